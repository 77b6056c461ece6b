"""The process that plays a live dream for pages. See `vidream.studio.child`.

The server sends {"do": NAME, "ask": NUMBER, ...}, a name in DOING, and gets {"kind": "answer", "ask": NUMBER} back,
with "said", what was done, or "problem", why not. Besides it is sent, by their "kind":

    frame       a JPEG: "number", "made" (of time.monotonic()), "beat" [tempo, beat of the bar, beats a bar]
    status      about once a second: vidream.live.status.Status
    board       how the board stands, whenever that changes: see PageHand.state
    stage       what it is busy with before the first frame: "text"
    note        a sentence: "text", "warning"
    ears        "state": off, opening, on; "problem"
    recording   "path"; recorded: "path", "problem"
    over        the dream has ended, with a black JPEG if it was seen; "run": the number with which it was asked for;
                "problem": why, "" where somebody wanted it to
"""

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from vidream.config import RunConfig
from vidream.errors import Cancelled, ConfigError, VidreamError, first_line
from vidream.events import Event, MessageEvent, StageEvent, WarningEvent, scope
from vidream.frames import Size
from vidream.live.actions import perform, turn
from vidream.live.board import Board
from vidream.live.keys import press
from vidream.live.run import run_live
from vidream.live.sources import is_zoom
from vidream.live.status import StatusEvent
from vidream.studio.child import Inbox, Message, Send
from vidream.studio.live_hand import PageHand
from vidream.studio.live_look import YOURS, live_config, with_looks
from vidream.studio.live_output import PageOutput

_LOG = logging.getLogger("vidream")

END = 15.0
"""Seconds in which a dream has to end before another may begin: a network may just be loading."""


class Performance:
    """One live dream, in a thread of its own."""

    def __init__(self, asked: Mapping[str, Any], send: Send) -> None:
        """Begin. asked: "source", a word as `vidream live` takes it; "look", "saved", "run": see live_look; "ears"."""
        self._asked, self._send = asked, send
        self._cancel = threading.Event()
        self.base = "zoom" if is_zoom(asked["source"]) else "video"
        self.look: Mapping[str, Any] = asked["look"]
        """The page's, as it is now."""
        self.hand: PageHand | None = None
        self.output: PageOutput | None = None
        self.watched = bool(asked.get("watched", True))
        self._thread = threading.Thread(target=self._play, name="live", daemon=True)
        self._thread.start()

    @property
    def playing(self) -> PageHand:
        """Its hand. ConfigError: it does not play yet, or no more."""
        if self.hand is None:
            raise ConfigError("nothing is played yet; wait for the first picture")
        return self.hand

    def end(self) -> None:
        """End it, and wait for that. ConfigError: it cannot be ended now."""
        self._cancel.set()
        self._thread.join(END)
        if self._thread.is_alive():
            raise ConfigError("the dream that plays cannot be ended yet: it is loading a network; try again")

    def lay(self, look: Mapping[str, Any]) -> None:
        """Play the page's look, as it is now."""
        self.look = look
        if self.hand is not None:
            self.hand.board.play_own(YOURS, live_config(self.base, look, {}))

    def watch(self, on: bool) -> None:
        """Say whether anybody sees it."""
        self.watched = on
        if self.output is not None:
            self.output.watched = on

    def _play(self) -> None:
        problem = ""
        try:
            with scope(self._heard, self._cancel):
                config = live_config(self.base, self.look, {**self._asked["run"], "window": False})
                config = with_looks(config, self._asked["saved"])
                hands = [lambda board: self._open_hand(board, config)]
                run_live(self._asked["source"], config=config, outputs=[self._open_output], hands=hands)
        except Cancelled:
            pass
        except VidreamError as error:
            problem = str(error)
        except Exception as error:  # a fault of ours: it is said, and another dream may begin  # noqa: BLE001
            _LOG.exception("live")
            problem = f"{type(error).__name__}: {first_line(error)}"
        finally:
            output, self.hand, self.output = self.output, None, None
            self._send(
                {"kind": "over", "run": self._asked["ask"], "problem": problem},
                output.black if output is not None else b"",
            )

    def _open_hand(self, board: Board, config: RunConfig) -> PageHand:
        hand = PageHand(board, config, self._send)
        if self.look is not self._asked["look"]:
            board.play_own(YOURS, live_config(self.base, self.look, {}))
        if self._asked.get("ears"):
            hand.listen_to(self._asked["ears"])
        self.hand = hand
        hand.tell(at_once=True)
        return hand

    def _open_output(self, size: Size, rate: float) -> PageOutput:
        self.output = PageOutput(size, rate, self._send, self._beside)
        self.output.watched = self.watched
        return self.output

    def _beside(self) -> dict[str, Any]:
        """What a frame's header says of the music; and now and then the board is told."""
        hand = self.hand
        if hand is None:
            return {}
        hand.tell()
        return hand.beat()

    def _heard(self, event: Event) -> None:
        if isinstance(event, StatusEvent):
            self._send({"kind": "status", "second": event.second, **asdict(event.status)})
        elif isinstance(event, StageEvent):
            about = event.about.name if isinstance(event.about, Path) else event.about
            self._send({"kind": "stage", "text": f"{event.stage}{f', {about}' if about else ''}"})
        elif isinstance(event, MessageEvent):
            self._send({"kind": "note", "text": event.message, "warning": isinstance(event, WarningEvent)})


class Player:
    """Does what the server says, one thing after the other."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._performance: Performance | None = None

    def take(self, message: Message) -> None:
        """Do what a message says, and answer."""
        answer: dict[str, Any] = {"kind": "answer", "ask": message.get("ask")}
        try:
            answer["said"] = DOING[message["do"]](self, message)
        except VidreamError as error:
            answer["problem"] = str(error)
        except Exception as error:  # one order that goes wrong is not the end of the show  # noqa: BLE001
            _LOG.exception("live: %s", message.get("do"))
            answer["problem"] = f"{type(error).__name__}: {first_line(error)}"
        self._send(answer)
        performance = self._performance
        if performance is not None and performance.hand is not None:
            performance.hand.tell(at_once=True)

    def start(self, message: Message) -> str:
        """Begin a dream, in place of the one that plays."""
        self.stop(message)
        self._performance = Performance(message, self._send)
        return "starting"

    def stop(self, _: Message) -> str:
        """End the dream."""
        performance, self._performance = self._performance, None
        if performance is not None:
            performance.end()
        return "stopped"

    @property
    def _playing(self) -> PageHand:
        return self._dream.playing

    @property
    def _dream(self) -> Performance:
        if self._performance is None:
            raise ConfigError("nothing is played; start it first")
        return self._performance

    def order(self, message: Message) -> str:
        """An order in words, as in MIDI files: "tap", "nudge -0.01", "strength up 0.1"."""
        return perform(message["order"], self._playing.board)

    def key(self, message: Message) -> str | None:
        """A key that plays."""
        return press(message["key"], self._playing.board)

    def turn(self, message: Message) -> str:
        """A knob, and its value."""
        return turn(self._playing.board, message["name"], message["value"])

    def play(self, message: Message) -> str:
        """A look by its name: that of the page as it is now, or one of those of the board."""
        if message["look"] == YOURS:
            self._dream.lay(self._dream.look)
        else:
            self._playing.board.play(message["look"])
        return str(message["look"])

    def look(self, message: Message) -> str:
        """The page's look has changed."""
        self._dream.lay(message["look"])
        return YOURS

    def ears(self, message: Message) -> str:
        """Other ears, or none."""
        self._playing.listen_to(message["words"])
        return "ears"

    def record(self, message: Message) -> str:
        """Record, or no more."""
        output = self._dream.output
        if output is None:
            raise ConfigError("nothing is shown yet; record when the first picture is there")
        if message["path"] is None:
            output.end_recording()
        else:
            output.record(Path(message["path"]))
        return "recording"

    def kept(self, _: Message) -> dict[str, Any]:
        """What is played, to be kept: "look", its name; "knobs", those that hands have turned, as TOML holds them."""
        hand = self._playing
        return {"look": hand.board.look, "knobs": hand.kept()}

    def watch(self, message: Message) -> str:
        """Whether anybody sees it."""
        if self._performance is not None:
            self._performance.watch(message["on"])
        return "watched" if message["on"] else "not watched"


DOING: Mapping[str, Callable[[Player, Message], Any]] = {
    "start": Player.start,
    "stop": Player.stop,
    "order": Player.order,
    "key": Player.key,
    "turn": Player.turn,
    "play": Player.play,
    "look": Player.look,
    "ears": Player.ears,
    "record": Player.record,
    "kept": Player.kept,
    "watch": Player.watch,
}
"""What the server may say."""


def work(inbox: Inbox, send: Send) -> None:
    """Play until the server is gone."""
    player = Player(send)
    try:
        while True:
            player.take(inbox.wait()[0])
    finally:
        player.stop({})
