"""A live dream, from what was asked for to its last frame."""

import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from datetime import datetime
from fractions import Fraction
from functools import partial
from math import inf
from pathlib import Path
from typing import Any, Unpack

import numpy as np

from vidream.clock import Clock
from vidream.config import Recipe, RunConfig
from vidream.config.keywords import LiveKnobs
from vidream.dream.catalogue import check_goal
from vidream.errors import Cancelled, ConfigError
from vidream.events import Listener, scope, tell
from vidream.frames import size_of
from vidream.jobs.given_beats import given_beats
from vidream.jobs.settings import config_of
from vidream.jobs.zoom import first_frame
from vidream.live.attract import Attract
from vidream.live.board import Board
from vidream.live.dreamer import LiveDreamer
from vidream.live.ears import open_ears
from vidream.live.feeds import ENDING, even
from vidream.live.film import FilmSteps
from vidream.live.governor import Governor
from vidream.live.hands import HandOpener, open_hands
from vidream.live.keys import help_lines, press
from vidream.live.output import Opener, Shown
from vidream.live.outputs import check_outputs, open_outputs, with_time
from vidream.live.score import RATE, LiveScore
from vidream.live.seed import ZoomSteps
from vidream.live.show import Show
from vidream.live.source import LiveSource
from vidream.live.sources import is_zoom, open_source
from vidream.live.stage import Stage, Steps
from vidream.live.status import Status, StatusEvent
from vidream.live.timebase import TimeBase
from vidream.plan.inputs import files_beside
from vidream.plan.seed import file_of
from vidream.render.ahead import ahead

TOLD = 1.0
"""Seconds from one word of how it goes to the next."""
WAITING = 2
"""Frames that wait to be shown, at most."""


@dataclass(frozen=True)
class Played:
    """What a live dream was."""

    frames: int
    """That were shown."""
    seconds: float
    """From the first shown frame to the end."""
    dropped: int
    """Frames of the source that came too soon for the rate."""
    late: int
    """Shown frames that came more than half an interval late."""


def run_live(
    source: str = "",
    *,
    preset: str | Recipe | None = None,
    config: RunConfig | None = None,
    on_event: Listener | None = None,
    cancel: threading.Event | None = None,
    terminal: bool = False,
    outputs: Sequence[Opener] = (),
    hands: Sequence[HandOpener] = (),
    **knobs: Unpack[LiveKnobs],
) -> Played:
    """Dream while somebody looks, until the time is up, the window is closed, or `cancel` is set.

    Args:
        source: what `open_source` takes: "camera", "screen", a clip, which plays again and again, a pipe, an address;
            or a picture or "noise", which is zoomed into; "": the camera.
        preset: as `render_video`.
        config: every knob, built by `configure("live", base=...)`; in place of preset and knobs.
        on_event: called with each vidream.Event, in this thread; a StatusEvent about once a second.
        cancel: set it from another thread, and the show ends within a frame, as if its time were up; before the first
            frame it raises Cancelled.
        outputs: what makes outputs of your own, beside the window and those of `to`; each is called with the size of
            the frames, px, and about how many are shown in a second.
        hands: what makes hands of your own, beside OSC, MIDI and keys; each is called with the board that it plays.
        terminal: read the keys that are typed at the terminal, where there is one; it is left as it was.
        **knobs: the flags of `vidream live` by name.

    Raises:
        ConfigError: an unknown preset, knob, network or layer, or a value out of range.
        MediaError: the source cannot be opened, or what is to be written may not be.
    """
    base = "zoom" if is_zoom(source) else "video"
    given = {name: value for name, value in knobs.items() if value is not None}
    with scope(on_event, cancel), ExitStack() as stack:
        config = _begun_with(config, preset, given, base)
        check_goal(config.goal)
        if base == "zoom" and config.live.attract is not None:
            raise ConfigError(f"{source}: --attract waits for motion, and a zoom's picture has none; leave it out")
        if not (config.live.window or config.live.to or outputs):
            raise ConfigError("--no-window: nothing would show it; give --to, too")
        config = with_time(config, datetime.now())
        check_outputs(config, sources=_files_of(source, config))
        return _Run(source, config, given, stack, terminal=terminal, openers=outputs, hands=hands).play()


def _files_of(source: str, config: RunConfig) -> list[Path]:
    """Every file that may be read, which no recording replaces."""
    return [file_of(source), *files_beside(config), *([Path(config.live.ears)] if config.live.ears else [])]


def _begun_with(
    config: RunConfig | None, preset: str | Recipe | None, given: Mapping[str, Any], base: str
) -> RunConfig:
    """Every knob at the beginning: without a preset those of the first of --looks, if it names any."""
    begun = config_of("live", config, preset, False, given, base=base)
    if config is not None or preset is not None or not begun.live.looks:
        return begun
    return config_of("live", None, begun.live.looks[0], False, given, base=base)


class _Run:
    """Everything of one live dream; what is open is closed with its stack."""

    def __init__(
        self,
        source: str,
        config: RunConfig,
        given: Mapping[str, Any],
        stack: ExitStack,
        *,
        terminal: bool,
        openers: Sequence[Opener],
        hands: Sequence[HandOpener],
    ) -> None:
        self.config = config
        self.score = LiveScore(given_beats(config, inf), even=config.music.beat_height == "even")
        self.time_base = TimeBase(self.score.begin)
        self.board = Board(config, Clock(Fraction(RATE), self.score), given)
        self.ended, self.latest = threading.Event(), Status()
        end = self.ended.set if terminal else None  # hands come first: their errors need no device to be opened
        own = [partial(opener, self.board) for opener in hands]
        opened = open_hands(config, self.board, lambda: self.latest.lines, end=end, openers=own)
        self.hands = stack.enter_context(closing(opened))
        self.ears = stack.enter_context(closing(open_ears(config, self.score)))
        self.source: LiveSource | None = None
        self.attract: Attract | None = None
        if config.origin.base == "zoom":
            seed = first_frame(source, config)
            self.size = even(size_of(seed))
            self.steps: Steps = ZoomSteps(seed.astype(np.float32), config, self.size)
        else:
            self.source = stack.enter_context(closing(open_source(source, config)))
            if config.live.attract is not None:
                self.source = self.attract = Attract(self.source, config.live.attract)
            self.size = even(config.film.sizes(self.source.size)[1])
            self.steps = FilmSteps(self.source, config, self.source.size)
        self.outputs = stack.enter_context(closing(open_outputs(config, self.size, float(config.live.rate), openers)))
        self.governor = Governor(self.board.config_at(0), max(self.size))
        self.show = Show(self.board, self.governor, self.size, self.time_base)
        self.show.troubles = self._troubles
        self.show.look = self._look
        if self.outputs.window is not None:
            self.outputs.window.lines = lambda: (*self.latest.lines, "", *help_lines([*self.board.looks]))
            self.outputs.window.dark = lambda: self.board.black
        self.show.lost = lambda: self.source is not None and bool(self.source.trouble)
        self.dreamer: LiveDreamer | None = None
        self._told = 0.0

    def play(self) -> Played:
        """Show frames until there is an end."""
        self.dreamer = LiveDreamer(self.board.config_at(0), self.board.looks.values())
        stage = Stage(self.steps, self.dreamer, self.board, self.governor, self.time_base)
        self.ears.start()
        if self.attract is not None:
            stage.deepen = self.attract.deepened
        try:
            with closing(ahead(stage.frames(), WAITING)) as frames:
                self.show.run(frames, self._take, self.config.live.seconds)
        except Cancelled:
            if self.time_base.start is None:
                raise
        finally:
            self.dreamer.close(ENDING)
        seconds = self.time_base.second(time.monotonic())
        return Played(self.show.counts.frames, seconds, self._dropped, self.show.counts.late)

    def _take(self, shown: Shown) -> bool:
        """Hand a frame on; whether another is wanted."""
        self.outputs.show(shown)
        if shown.second - self._told >= TOLD:
            self._told = shown.second
            self.latest = self.status
            tell(StatusEvent(shown.second, self.latest))
        return not self.ended.is_set()

    def _look(self) -> bool:
        """Do what the keys say that were pressed in the window; whether the show goes on."""
        window = self.outputs.window
        if window is None:
            return True
        for key in window.poll():
            done = press(key, self.board)
            if done is not None:
                window.say(done)
        return not window.closed

    @property
    def status(self) -> Status:
        """How it goes."""
        return replace(
            self.show.status(),
            dropped=self._dropped,
            look=str(self.board.state()["look"]),
            beat=str(self.score.beat_at()),
        )

    @property
    def _dropped(self) -> int:
        return self.source.dropped if self.source is not None else 0

    def _troubles(self) -> tuple[str, ...]:
        of_source = (self.source.trouble,) if self.source is not None else ()
        of_dream = (self.dreamer.trouble,) if self.dreamer is not None else ()
        return tuple(
            filter(None, (*of_source, *of_dream, *self.outputs.troubles, self.hands.trouble, self.ears.trouble))
        )
