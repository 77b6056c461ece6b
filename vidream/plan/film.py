"""A film as data: which of its frames are shown, and how each follows from the one before."""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import chain, islice
from math import ceil, floor
from pathlib import Path

import numpy as np

from vidream.clock import Clock, Score
from vidream.config import RunConfig
from vidream.cuts import differs
from vidream.errors import MediaError
from vidream.frames import Flow, Pixels, Shot, Size, Trust, Video
from vidream.media.reader import frames
from vidream.motion import FLOW_SIZE, optical_flow, trust
from vidream.plan.bars import KEEP, Bars, Borders, bars_ahead, borders_of, extended, within
from vidream.plan.mask import MOTION, Masks, is_picture, mask_files
from vidream.plan.step import Step
from vidream.resample import fitted

MOVED = 0.5  # mean trust from which a frame that looks different has only moved
FLASH = 6  # frames: a picture that is back within so many was only interrupted, by a flash of light or a lost frame
ENDING = 60  # frames of its end that a loop is warmed up on; at the default persistence 0.05 of the first is left


@dataclass(frozen=True)
class Timeline:
    """Which source frame each output frame shows: the nearest in time, the earlier of two that are equally near.

    source, output  frames a second, exact
    start, end      seconds of the source; end None: to its last frame
    """

    source: Fraction
    output: Fraction
    start: Fraction = Fraction(0)
    end: Fraction | None = None

    @classmethod
    def of_part(cls, video: Video, output: Fraction, start: Fraction, end: Fraction | None) -> "Timeline":
        """From the source frame that is nearest to `start`: picture and sound begin at that frame's own time."""
        nearest = ceil(start * video.fps - Fraction(1, 2))
        if video.count is not None and start < video.count / video.fps:
            nearest = min(nearest, video.count - 1)
        begins = max(0, nearest) / video.fps
        return cls(video.fps, output, begins, None if end is None else end - start + begins)

    def first(self, index: int) -> int:
        """The first output frame that shows source frame `index` or a later one."""
        return max(0, floor(((index - Fraction(1, 2)) / self.source - self.start) * self.output) + 1)

    @property
    def limit(self) -> int | None:
        """The most output frames that there may be, set by `end`."""
        return None if self.end is None else max(0, _nearest((self.end - self.start) * self.output))

    def count(self, source_count: int) -> int:
        """Output frames in all: the duration, at least one if any frame is left, at most the limit.

        The last source frame is shown until the duration is full; the ones before it, until the next begins.
        """
        left = Fraction(source_count) / self.source - self.start
        if left <= 0:
            return 0
        full = max(1, self.first(source_count - 1), _nearest(left * self.output))
        return full if self.limit is None else min(full, self.limit)


def _nearest(value: Fraction) -> int:
    return floor(value + Fraction(1, 2))


@dataclass(frozen=True)
class Frame:
    """A source frame that is shown: its index, Pixels at the output's size, output frames that show it.

    small    Pixels at the size at which motion is measured
    borders  how far it is black at its sides, at the output's size; None: it is not, or nobody asks
    """

    index: int
    pixels: Pixels
    hold: int
    small: Pixels
    borders: Borders | None = None


@dataclass(frozen=True)
class FilmPlan:
    """The steps of a film: its frames at the output's size, with the motion between them.

    score   of its music
    length  seconds that it lasts, beginning again whenever it ends; None: as long as its source, from start to end
    part    the source frames that are rendered, whole shots of it; None: all
    """

    video: Video
    config: RunConfig
    score: Score | None = None
    length: Fraction | None = None
    part: Shot | None = None

    @property
    def fps(self) -> Fraction:
        return self.config.film.fps or self.video.fps

    @property
    def clock(self) -> Clock:
        return Clock(self.fps, self.score)

    @property
    def size(self) -> Size:
        fit = self.config.film.size
        return fit.of(self.video.size) if fit else self.video.size

    @property
    def files(self) -> tuple[Path, ...]:
        """What the film is read from."""
        return self.video.pictures or (self.video.path,)

    @property
    def timeline(self) -> Timeline:
        film, source = self.config.film, self.video
        if self.length is not None:
            return Timeline(source.fps, self.fps, end=self.length)
        return Timeline.of_part(source, self.fps, film.start or Fraction(0), film.end)

    @property
    def count(self) -> int | None:
        if self.length is not None or self.video.count is None:
            return self.timeline.limit
        return self.timeline.count(self.video.count)

    def steps(self, after: int | None = None) -> Iterator[Step]:
        """The film's steps, or those after source frame `after`, which must have been shown and be no flash.

        A loop begins with the steps of its end, which are dreamed but not shown.
        """
        upcoming = self._shown(self.part.first if self.part and after is None else after)
        before: Pixels | None = None  # what the next frame follows from: the last one that was no flash
        if after is not None:
            last = next(upcoming, None)
            if last is None:
                raise MediaError(f"{self.video.path}: has no frame {after}, where it was left; --fresh starts over")
            before = last.small
        elif self.config.film.loop:
            upcoming = chain(self._ending(), upcoming)
        ahead, clock = deque(islice(upcoming, FLASH + 1)), self.clock
        masks = Masks(self.config, self.size, self.fps)
        while ahead:
            now = ahead.popleft()
            if self.part and now.index > self.part.last:
                return
            bars = self._bars(now, ahead)
            flow, believed, flash = self._motion(now.small, before, [frame.small for frame in ahead], bars)
            first = self.timeline.first(now.index)
            mask = masks.at(first, self._seen_motion(flow, now, before, ahead, flash)) if now.hold else None
            config = self.config.at(first, clock)
            yield Step(now.index, config, now.pixels, flow, believed, now.hold, flash, mask=mask, bars=bars)
            before = before if flash else now.small
            ahead.extend(islice(upcoming, 1))

    def shots(self) -> Iterator[Shot]:
        """The film's shots: nothing is carried into the first frame of any, so each can be rendered on its own.

        Motion is looked at only where two frames look different, so that this costs little more than reading the film.
        """
        upcoming = self._shown()
        ahead, before = deque(islice(upcoming, FLASH + 1)), None
        shot: Shot | None = None
        while ahead:
            now = ahead.popleft()
            flash, bars = False, self._bars(now, ahead)
            if before is None or self.alone or self._differ(now.small, before, bars):
                flow, _, flash = self._motion(now.small, before, [frame.small for frame in ahead], bars)
                if flow is None:
                    if shot is not None:
                        yield shot
                    shot = Shot(now.index, now.index)
            assert shot is not None
            shot = replace(shot, last=now.index)
            before = before if flash else now.small
            ahead.extend(islice(upcoming, 1))
        if shot is not None:
            yield shot

    @property
    def alone(self) -> bool:
        """Nothing is carried from any frame to the next."""
        return self.config.motion.persistence == 0 or self.config.dream.strength == 0

    def _differ(self, now: Pixels, before: Pixels, bars: Bars | None) -> bool:
        """Whether two frames look as if of two shots, between the bars of the later one."""
        inside = within(bars, now)
        return differs(now[inside], before[inside], self.config.motion.cut_threshold)

    def _motion(
        self, now: Pixels, before: Pixels | None, following: list[Pixels], bars: Bars | None = None
    ) -> tuple[Flow | None, Trust | None, bool]:
        """Flow, trust, and whether it is a flash. Flow None: nothing is carried, as at a cut, or nothing is dreamed.

        Bars, which stand still, are left out; what moves beside them is taken to go on beneath them.
        """
        motion = self.config.motion
        if before is None or self.alone:
            return None, None, False
        if bars is not None and any(bars.widths):
            inside = within(bars, now)
            cropped = [frame[inside] for frame in following]
            flow, believed, flash = self._motion(now[inside], before[inside], cropped)
            return extended(flow, inside, now), extended(believed, inside, now), flash
        flow, believed = self._followed(now, before)
        if not motion.cuts or believed.mean() >= MOVED or not differs(now, before, motion.cut_threshold):
            return flow, believed, False
        if any(self._followed(later, before)[1].mean() >= MOVED for later in following):
            return np.zeros_like(flow), None, True  # the dream stands still while it lasts
        return None, None, False

    def _bars(self, now: Frame, ahead: Iterable[Frame]) -> Bars | None:
        frames = [(frame.borders, frame.small) for frame in (now, *ahead)]
        return bars_ahead(self.size, frames, self.config.motion.cut_threshold)

    def _seen_motion(
        self, flow: Flow | None, now: Frame, before: Pixels | None, ahead: Sequence[Frame], flash: bool
    ) -> Flow | None:
        """The motion to mask by: from the frame before; of a shot's first frame, or one that repeats it, to the next;
        of a flash, across it.
        """
        if self.config.mask.mask != MOTION:
            return None
        if flash and before is not None and ahead:
            return optical_flow(before, ahead[-1].small, self.config.motion.flow)
        if flow is not None and before is not None and not np.array_equal(now.small, before):
            return flow
        later = (frame.small for frame in ahead if not np.array_equal(frame.small, now.small))
        other = next(later, before)
        return None if other is None else optical_flow(now.small, other, self.config.motion.flow)

    def _followed(self, now: Pixels, before: Pixels) -> tuple[Flow, Trust]:
        """How `now` follows from `before`."""
        method = self.config.motion.flow
        flow = optical_flow(now, before, method)
        return flow, trust(now, before, flow, optical_flow(before, now, method))

    def _ending(self) -> Iterator[Frame]:
        """The last frames, no larger than the dream, shown for no time."""
        size = self.size.at_most(self.config.dream.dream_size)
        last = deque((replace(frame, pixels=fitted(frame.pixels, size), hold=0) for frame in self._shown()), ENDING)
        yield from last

    def _shown(self, since: int | None = None) -> Iterator[Frame]:
        """The frames that are shown, in their order; from the one with index `since`, if given."""
        timeline = self.timeline
        first = floor(timeline.start * self.video.fps) if since is None else since
        mask = self.config.mask
        moving = bool(self.config.moving) or bool(mask_files(mask) and not is_picture(mask))
        last: tuple[int, Pixels] | None = None
        index = first
        for index, pixels in self._played(first):
            if timeline.limit is not None and timeline.first(index) >= timeline.limit:
                until = timeline.limit
                break
            if last is not None and not moving and np.array_equal(pixels, last[1]):
                continue  # held: a frame repeated to fill the rate is dreamed once, unless a knob or a mask moves
            if last is not None:
                yield from self._held(*last, timeline.first(index))
            last = index, pixels
        else:
            until = 0 if last is None else timeline.count(index + 1)
        if last is not None:
            yield from self._held(*last, until)

    def _played(self, first: int) -> Iterator[tuple[int, Pixels]]:
        """The source's frames from number `first` on, with their numbers, which go on when it begins again."""
        if self.length is None:
            for index, frame in enumerate(frames(self.video, first), first):
                yield index, frame.pixels()
            return
        index = 0
        while True:
            began = index
            for index, frame in enumerate(frames(self.video), began):
                if index >= first:
                    yield index, frame.pixels()
            index += 1

    def _held(self, index: int, pixels: Pixels, until: int) -> Iterator[Frame]:
        hold = until - self.timeline.first(index)
        if hold > 0:
            pixels = fitted(pixels, self.size)
            small = self.size.at_most(self.config.dream.dream_size).at_most(FLOW_SIZE)
            borders = borders_of(pixels) if self.config.mask.bars == KEEP else None
            yield Frame(index, pixels, hold, fitted(pixels, small), borders)
