"""A film as data: which of its frames are shown, and how each follows from the one before."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import chain

import numpy as np

from vidream.clock import Clock, Drivers, Score
from vidream.config import RunConfig
from vidream.errors import MediaError
from vidream.frames import Flow, Frame, Shot, Size
from vidream.motion import FLOW_SIZE, View, optical_flow
from vidream.plan.bars import KEEP, Borders, borders_of
from vidream.plan.follow import LOOK_AHEAD, FollowedFrame, SourceFrame, follow
from vidream.plan.mask import MOTION, Masks, is_picture, mask_files
from vidream.plan.source import Repeated, Source
from vidream.plan.step import FilmStep
from vidream.plan.timeline import Timeline
from vidream.resample import fit_frame

ENDING = 60
"""Frames of its end that a loop is warmed up on; at the default persistence 0.05 of the first is left."""


@dataclass(frozen=True)
class FilmPlan:
    """The steps of a film: a source's frames at the output's size, with the motion between them."""

    source: Source
    """Where its frames come from."""
    config: RunConfig
    """Of the run; its numbers may be curves."""
    score: Score | None = None
    """Of its music; None: it has none."""
    drivers: Drivers | None = None
    """The files that its curves follow; None: they follow none."""
    length: Fraction | None = None
    """Seconds that it lasts, its source beginning again whenever it ends; None: as long as its source, from --start
    to --end."""
    part: Shot | None = None
    """The source frames that are rendered, whole shots of it; None: all."""
    look_ahead: int = LOOK_AHEAD
    """How many frames after each are waited for, to tell a flash from a cut. With 0, and at the source's own rate, a
    step is there as soon as its frame is."""

    @property
    def fps(self) -> Fraction:
        """Frames a second of the output, exact."""
        return self.config.film.fps or self.source.fps

    @property
    def clock(self) -> Clock:
        """Of the output: what its curves go by."""
        return Clock(self.fps, self.score, self.drivers)

    @property
    def size(self) -> Size:
        """Of what is dreamed, px: the output, less the bars that --fit pad puts round it."""
        return self.config.film.sizes(self.source.size)[0]

    @property
    def canvas(self) -> Size:
        """Of the output, px."""
        return self.config.film.sizes(self.source.size)[1]

    @property
    def timeline(self) -> Timeline:
        """Which source frame each output frame shows."""
        film, source = self.config.film, self.source
        if self.length is not None:
            return Timeline(source.fps, self.fps, end=self.length)
        return Timeline.of_part(source.fps, source.count, self.fps, film.start or Fraction(0), film.end)

    @property
    def count(self) -> int | None:
        """Output frames in all; None when the source does not say."""
        if self.length is not None or self.source.count is None:
            return self.timeline.limit
        return self.timeline.count(self.source.count)

    @property
    def carries(self) -> bool:
        """Whether anything is carried from a frame to the next; without, every frame is dreamed alone."""
        return self.config.motion.persistence != 0 and self.config.dream.strength != 0

    def steps(self, after: int | None = None) -> Iterator[FilmStep]:
        """The film's steps, or those after source frame `after`, which must have been shown and be no flash.

        A loop begins with the steps of its end, which are dreamed but not shown.

        Raises:
            MediaError: the source has no frame `after`.
        """
        start = after
        if self.part and after is None:
            start = self.part.first
        frames = self._frames(start)
        previous: View | None = None
        if after is not None:
            last = next(frames, None)
            if last is None:
                raise MediaError(f"{self.source}: has no frame {after}, where it was left; --fresh starts over")
            previous = last.view
        elif self.config.film.loop:
            frames = chain(self._ending(), frames)
        masks, clock = Masks(self.config, self.size, self.fps), self.clock
        for frame in self._follow(frames, previous):
            source = frame.source
            if self.part and source.index > self.part.last:
                return
            first = self.timeline.first(source.index)
            mask = masks.at(first, source.frame, self._mask_motion(frame)) if source.hold else None
            yield FilmStep(
                index=source.index,
                config=self.config.at(first, clock),
                source=source.frame,
                cut=frame.change == "cut",
                flow=frame.flow,
                trust=frame.trust,
                hold=source.hold,
                flash=frame.change == "flash",
                mask=mask,
                bars=frame.bars,
            )

    def shots(self) -> Iterator[Shot]:
        """The film's shots: nothing is carried into the first frame of any, so each can be rendered on its own.

        This costs little more than reading the film: motion is measured only where two frames look different.
        """
        shot: Shot | None = None
        for frame in self._follow(self._frames(), None):
            index = frame.source.index
            if shot is None:
                shot = Shot(index, index)
            elif frame.change == "cut":
                yield shot
                shot = Shot(index, index)
            else:
                shot = Shot(shot.first, index)
        if shot is not None:
            yield shot

    def _follow(self, frames: Iterator[SourceFrame], previous: View | None) -> Iterator[FollowedFrame]:
        motion = self.config.motion
        return follow(frames, motion, self.size, carries=self.carries, look_ahead=self.look_ahead, previous=previous)

    def _mask_motion(self, frame: FollowedFrame) -> Flow | None:
        """The motion to mask by.

        From the frame before; of a shot's first frame, or one that repeats it, to the next; of a flash, across it.
        """
        if self.config.mask.mask != MOTION:
            return None
        view, previous, method = frame.source.view, frame.previous, self.config.motion.flow
        if frame.change == "flash" and previous is not None and frame.following:
            return optical_flow(previous, frame.following[-1].view, method)
        if frame.flow is not None and previous is not None and not np.array_equal(view.pixels, previous.pixels):
            return frame.flow
        later = (other.view for other in frame.following if not np.array_equal(other.small, view.pixels))
        other = next(later, previous)
        if other is None:
            return None
        return optical_flow(view, other, method)

    def _ending(self) -> Iterator[SourceFrame]:
        """The last frames, no larger than the dream, shown for no time."""
        size = self.size.at_most(self.config.dream.dream_size)
        frames = (replace(frame, frame=fit_frame(frame.frame, size), hold=0) for frame in self._frames())
        yield from deque(frames, ENDING)

    def _frames(self, first: int | None = None) -> Iterator[SourceFrame]:
        """The frames that are shown, in their order, from source frame `first` on; from --start, if it is None."""
        source: Source = self.source
        if self.length is not None:
            source = Repeated(source)
        if first is None:
            first = self.timeline.first_index
        for index, frame, hold in self.timeline.hold(
            source.frames(first), merge=self.look_ahead > 0 and not self._varies
        ):
            yield self._prepared(index, frame, hold)

    @property
    def _varies(self) -> bool:
        """Whether a frame that repeats the one before may look different: a knob or the mask moves."""
        mask = self.config.mask
        return bool(self.config.moving) or bool(mask_files(mask) and not is_picture(mask))

    def _prepared(self, index: int, frame: Frame, hold: int) -> SourceFrame:
        """A frame at the sizes at which it is dreamed over and followed."""
        frame = fit_frame(frame, self.size)
        small = self.size.at_most(self.config.dream.dream_size).at_most(FLOW_SIZE)
        borders: Borders | None = None
        if self.config.mask.bars == KEEP:
            borders = borders_of(frame.pixels())
        return SourceFrame(index, frame, hold, fit_frame(frame, small).pixels(), borders)
