"""Showing: each frame when it is due, with the newest knobs."""

import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from math import pi, sin

import numpy as np

from vidream.config import RunConfig
from vidream.events import checkpoint
from vidream.frames import Pixels, Size, as_pixels
from vidream.live.board import Board
from vidream.live.governor import Governor
from vidream.live.kick import thrown
from vidream.live.output import Shown
from vidream.live.stage import Made
from vidream.live.status import Status
from vidream.live.timebase import TimeBase
from vidream.plan.step import ZoomStep
from vidream.resample import resize

BREATH, DEPTH = 6.0, 0.6
"""Seconds of a breath, and how far forms swell in it, while nothing comes from the source."""
QUIET = 1.0
"""Seconds without a frame from a source in trouble, from which on it breathes: some trouble comes with frames."""
NAP = 0.005
"""Seconds between two looks at the window while a frame waits."""
STALE = 2.0
"""Seconds without a new frame of the source after which there is no delay to tell."""
SURE, HELD = 2.0, 0.93
"""Seconds' worth of frames before it is said that the rate is not held; the part of it that counts as held."""


@dataclass
class Counts:
    """What was shown in the last second or so, and since the start."""

    shown: deque[tuple[float, bool]] = field(default_factory=lambda: deque(maxlen=120))
    """When, of time.monotonic(), and whether it was dreamed."""
    latency: float = 0.0
    """Seconds, a mean of the source's frames, each once, in which the last ones count most."""
    captured: float = -1.0
    """Of time.monotonic(): when the newest of those was there."""
    renewed: float = 0.0
    """Of time.monotonic(): when the last of them was first shown."""
    fresh: int = 0
    """How many they are."""
    frames: int = 0
    """Since the start."""
    late: int = 0
    """Of them, shown more than half an interval late."""

    def rates(self) -> tuple[float, float]:
        """Shown and dreamed frames a second, over the last second or two."""
        if len(self.shown) < 2:
            return 0.0, 0.0
        recent = [entry for entry in self.shown if self.shown[-1][0] - entry[0] <= 2.0]
        length = max(1e-6, recent[-1][0] - recent[0][0])
        return (len(recent) - 1) / length, sum(dreamed for _, dreamed in recent[1:]) / length


class Show:
    """Shows frames in the thread that calls it: a window wants the main one."""

    def __init__(self, board: Board, governor: Governor, size: Size, time_base: TimeBase) -> None:
        """Nothing is shown yet.

        Args:
            board: the knobs.
            governor: which says how long after its tick a frame is due.
            size: of what is shown, px, even.
            time_base: begins with the first frame.
        """
        self._board, self._governor, self._size, self._time_base = board, governor, size, time_base
        self.counts = Counts()
        self.troubles: Callable[[], tuple[str, ...]] = tuple
        self.lost: Callable[[], bool] = bool  # whether the source is in trouble
        self.look: Callable[[], bool] = lambda: True  # takes keys while a frame waits; False ends the show
        self._made: Made | None = None

    def run(self, frames: Iterable[Made], show: Callable[[Shown], bool], seconds: float | None) -> None:
        """Show frames until the time is up, or nobody wants more.

        Args:
            frames: of a Stage.
            show: takes each; False ends the show.
            seconds: after the first one; None: without end.
        """
        for made in frames:
            due = made.tick + self._governor.delay
            if not self.look():
                return
            while (left := due - time.monotonic()) > 0:
                time.sleep(min(left, NAP))
                if not self.look():
                    return
            checkpoint()
            now = time.monotonic()
            self._time_base.begin(now)
            second = self._time_base.second(now)
            if seconds is not None and second >= seconds:
                return
            shown = Shown(self.pixels(made, now), self.counts.frames, second)
            if not show(shown):
                return
            self._count(made, due, time.monotonic())

    def pixels(self, made: Made, now: float) -> Pixels:
        """What is seen of a frame at a moment of time.monotonic()."""
        if self._board.black:
            return np.zeros((self._size.height, self._size.width, 3), np.uint8)
        config = self._board.config_at(self._time_base.second(now))
        if now - made.captured > QUIET and self.lost():
            breath = DEPTH * sin(2 * pi * now / BREATH)
            config = replace(config, motion=replace(config.motion, swell=config.motion.swell + breath))
        rendered = made.rendered
        if isinstance(rendered.step, ZoomStep):
            pixels = as_pixels(resize(rendered.picture.image(), self._size))
            return thrown(pixels, *self._board.throw_at(self._time_base.second(now)))
        rendered = replace(rendered, step=replace(rendered.step, config=with_sizes(config, rendered.step.config)))
        return np.ascontiguousarray(rendered.frame.pixels()[: self._size.height, : self._size.width])

    def _count(self, made: Made, due: float, now: float) -> None:
        counts = self.counts
        counts.frames += 1
        counts.late += now - due > self._governor.interval / 2
        counts.shown.append((now, made.dreamed))
        if made.captured != counts.captured:  # the same frame, shown again, says nothing of the delay
            counts.captured, counts.renewed = made.captured, now
            counts.fresh += 1
            counts.latency += (now - made.captured - counts.latency) / min(counts.fresh, 15)
        self._made = made

    def status(self) -> Status:
        """How it goes."""
        rate, dream_rate = self.counts.rates()
        wanted = round(1 / self._governor.interval, 2)
        missed = self._governor.at_least and self.counts.frames > SURE * wanted and rate < HELD * wanted
        stale = self.lost() or time.monotonic() - self.counts.renewed > STALE
        return Status(
            rate=rate,
            dream_rate=dream_rate,
            size=self._made.rendered.step.config.dream.dream_size if self._made else 0,
            octaves=self._made.rendered.step.config.dream.octaves if self._made else 0,
            latency=None if stale else self.counts.latency,
            late=self.counts.late,
            missed_rate=wanted if missed else 0.0,
            troubles=self.troubles(),
        )


def with_sizes(config: RunConfig, before: RunConfig) -> RunConfig:
    """A config whose sizes are those that a frame was made with."""
    return replace(config, film=before.film)
