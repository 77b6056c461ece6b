"""How each frame follows from the one before: cut, flash or moved, and along which flow. Decided here alone.

A picture that looks different may only have moved; one that is back within a few frames was interrupted by a flash of
light or a lost frame. To tell a flash from a cut, some frames ahead are looked at.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import Literal

import numpy as np

from vidream.config import Motion
from vidream.cuts import differs
from vidream.frames import Flow, Frame, Pixels, Size, Trust
from vidream.motion import View, optical_flow, trust
from vidream.plan.bars import Bars, Borders, bars_ahead, extend, within

MOVED_TRUST = 0.5
"""Mean trust, 0..1, from which a frame that looks different has only moved."""
LOOK_AHEAD = 6
"""Frames after the current one that a film looks at: a flash lasts no longer. A source that cannot wait has 0."""

Change = Literal["cut", "flash", "moved"]
"""How a frame follows from the one before.

cut    nothing is carried into it: another shot begins, or it is the first frame, or nothing is ever carried
flash  it interrupts a shot that goes on after it: the next frame follows from the one before it
moved  what was dreamed is carried into it along the flow
"""


@dataclass(frozen=True, eq=False)
class SourceFrame:
    """A source frame that is shown, at the sizes at which it is dreamed over and followed."""

    index: int
    """Its number in the source."""
    frame: Frame
    """At the output's size and the source's depth."""
    hold: int
    """How many output frames show it."""
    small: Pixels
    """At the size at which motion is measured."""
    borders: Borders | None = None
    """How far it is black at its sides, px at the output's size; None: it is not, or nobody asks."""

    @cached_property
    def view(self) -> View:
        """`small` as motion looks at it: against the frames before and after."""
        return View(self.small)


class FramePair:
    """Two frames, the later following from the earlier, looked at between the bars of the later."""

    def __init__(self, current: View, previous: View, bars: Bars | None, method: str) -> None:
        """Nothing is measured yet.

        Args:
            current: the later frame.
            previous: the earlier one, of the same size.
            bars: of the later; None: it has none.
            method: of vidream.motion.FLOWS.
        """
        self._inside = within(bars, current.pixels)
        self._whole = current.pixels
        self._current, self._previous = current.part(self._inside), previous.part(self._inside)
        self._method = method

    def differs(self, threshold: float) -> bool:
        """Whether they look as if of two shots. threshold: levels, 0..255, of vidream.cuts.differs."""
        return differs(self._current.pixels, self._previous.pixels, threshold)

    @cached_property
    def _motion(self) -> tuple[Flow, Trust]:
        current, previous = self._current, self._previous
        flow = optical_flow(current, previous, self._method)
        return flow, trust(current, previous, flow, optical_flow(previous, current, self._method))

    @property
    def mean_trust(self) -> float:
        """How far the flow can be believed, 0..1."""
        return float(self._motion[1].mean())

    @property
    def flow(self) -> Flow:
        """Flow at the frames' size; what moves beside a bar, which stands still, goes on beneath it."""
        return extend(self._motion[0], self._inside, self._whole)

    @property
    def trust(self) -> Trust:
        """Trust at the frames' size."""
        return extend(self._motion[1], self._inside, self._whole)


@dataclass(frozen=True, eq=False)
class FollowedFrame:
    """A source frame, and how it follows from the one before."""

    source: SourceFrame
    """The frame."""
    change: Change
    """How it follows."""
    bars: Bars | None
    """The black bars that it and the frames ahead tell of; None: there are none."""
    pair: FramePair | None
    """It and the frame that it follows from; None where nothing is ever carried, and of the first frame."""
    previous: View | None
    """The frame that it follows from, which is no flash, at the size at which motion is measured; None: the first."""
    following: Sequence[SourceFrame]
    """The frames after it, as far as they are looked at."""

    @property
    def flow(self) -> Flow | None:
        """Flow from the frame before; a dream stands still during a flash; None at a cut."""
        if self.change == "flash":
            return np.zeros((*self.source.small.shape[:2], 2), np.float32)
        if self.pair is None or self.change == "cut":
            return None
        return self.pair.flow

    @property
    def trust(self) -> Trust | None:
        """Trust in the flow; None: all of it (a flash), or there is no flow (a cut)."""
        if self.pair is None or self.change != "moved":
            return None
        return self.pair.trust


def follow(
    frames: Iterable[SourceFrame],
    motion: Motion,
    size: Size,
    *,
    carries: bool = True,
    look_ahead: int = LOOK_AHEAD,
    previous: View | None = None,
) -> Iterator[FollowedFrame]:
    """Each frame with how it follows from the one before. Motion is measured only where it is asked for, or decides.

    Args:
        frames: in order.
        motion: the knobs of motion.
        size: of the output, px, in which borders are.
        carries: False where nothing is carried from any frame to the next: every frame is a cut.
        look_ahead: how many frames after each are waited for; with 0 a flash is taken for a cut.
        previous: the small picture that the first frame follows from; None: it follows from nothing.
    """
    upcoming = iter(frames)
    window = deque(islice(upcoming, look_ahead + 1))
    while window:
        current = window.popleft()
        views = [(frame.borders, frame.small) for frame in (current, *window)]
        bars = bars_ahead(size, views, motion.cut_threshold)
        pair: FramePair | None = None
        change: Change = "cut"
        if previous is not None and carries:
            pair = FramePair(current.view, previous, bars, motion.flow)
            later = (FramePair(frame.view, previous, bars, motion.flow) for frame in window)
            change = _change(pair, later, motion)
        yield FollowedFrame(current, change, bars, pair, previous, tuple(window))
        if change != "flash":
            previous = current.view
        window.extend(islice(upcoming, 1))


def _change(pair: FramePair, later: Iterable[FramePair], motion: Motion) -> Change:
    """The decision. later: the frames ahead, each beside the frame that this one follows from."""
    if not motion.cuts or not pair.differs(motion.cut_threshold) or pair.mean_trust >= MOVED_TRUST:
        return "moved"
    if any(other.mean_trust >= MOVED_TRUST for other in later):
        return "flash"
    return "cut"
