"""The hand with which pages play a live dream: its board, its beats, and its ears."""

import threading
import time
from contextlib import suppress
from dataclasses import replace
from typing import Any

from vidream.config import RunConfig, knobs
from vidream.config.toml_writer import toml_value
from vidream.errors import ConfigError, VidreamError
from vidream.live.board import Board
from vidream.live.ears import Ears, NoEars, open_ears
from vidream.live.midi_map import swing_of
from vidream.studio.child import Send

TOLD = 0.25
"""Seconds between two words of how the board stands, at least, unless somebody has just done something."""


class PageHand:
    """What pages do goes to the board; how that stands goes to the server. See `vidream.live.hands.Hand`."""

    def __init__(self, board: Board, config: RunConfig, send: Send) -> None:
        """Play a board. config: of the run."""
        self.board, self._config, self._send = board, config, send
        self._ears: Ears | NoEars = NoEars()
        self._ears_lock, self._closed = threading.Lock(), False
        self._told, self._moment = {}, 0.0  # type: dict[str, Any], float

    @property
    def trouble(self) -> str:
        """What is wrong with the ears."""
        return self._ears.trouble

    def close(self) -> None:
        """Listen no more."""
        with self._ears_lock:
            self._closed = True
            self._ears.close()

    def beat(self) -> dict[str, Any]:
        """Where in the music it is, for a frame's header: tempo, beat of the bar, beats a bar."""
        place = self.board.score.beat_at()
        return {"beat": [round(place.tempo, 2), round(place.beat, 3), place.metre]}

    def tell(self, *, at_once: bool = False) -> None:
        """Tell the server how the board stands, if that is another than it was told last."""
        if not at_once and time.monotonic() - self._moment < TOLD:
            return
        self._moment = time.monotonic()
        state = self.state()
        if state != self._told:
            self._told = state
            self._send({"kind": "board", **state})

    def state(self) -> dict[str, Any]:
        """The board's state, with what a page's sliders need: of the knobs those that a fader would usually move."""
        state = self.board.state()
        turned = {*state["turned"]}
        knobs = [
            {**entry, "turned": name in turned}
            for name, value in state["knobs"].items()
            if (entry := self._slider(name, value, name in turned)) is not None
        ]
        return {**state, "knobs": knobs}

    def _slider(self, name: str, value: Any, turned: bool) -> dict[str, Any] | None:
        """A knob for a page: name, value, least and most; None: it has no number, or is seldom turned."""
        swing = swing_of(name)
        if not isinstance(value, int | float) or (swing is None and not turned):
            return None
        with suppress(ConfigError):
            bounds = self.board.bounds(name)
            if bounds is not None:
                low, high = swing or bounds
                low, high = min(low, value), max(high, value)
                return {"name": name, "value": value, "low": low, "high": high, "whole": type(value) is int}
        return None

    def kept(self) -> dict[str, Any]:
        """What hands have turned, by knob, as TOML holds it, for the look of the page."""
        kinds = {knob.name: knob.metadata["kind"] for group, knob in knobs("live") if group != "live"}
        return {name: toml_value(kinds[name], value) for name, value in self.board.turned.items() if name in kinds}

    def listen_to(self, words: str | None) -> None:
        """Have other ears, or none: in a thread, which tells how it went; something may have to be compiled."""
        threading.Thread(target=self._listen_to, args=(words,), name="ears of the page", daemon=True).start()

    def _listen_to(self, words: str | None) -> None:
        with self._ears_lock:
            self._ears.close()
            self._ears = NoEars()
            if words is None or self._closed:
                self._send({"kind": "ears", "state": "off"})
                return
            self._send({"kind": "ears", "state": "opening"})
            try:
                live = replace(self._config.live, ears=words)
                self._ears = open_ears(replace(self._config, live=live), self.board.score)
                self._ears.start()
            except VidreamError as error:
                self._send({"kind": "ears", "state": "off", "problem": str(error)})
            else:
                self._send({"kind": "ears", "state": "on"})
