"""A frame of a film as steps of the loop: alone, with those that lead up to it, with those that follow it."""

from collections.abc import Generator, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from itertools import count as counted
from math import floor

from vidream.config import Fit, RunConfig
from vidream.events import checkpoint
from vidream.frames import Flow, Frame, Shot, Size
from vidream.jobs.preview_kept import Shelf
from vidream.jobs.preview_parts import FINE_SIDE, Wanted
from vidream.media.nearby import NearbyFrames
from vidream.motion import FLOW_SIZE, View, optical_flow
from vidream.plan.bars import KEEP, Bars, bars_ahead, borders_of
from vidream.plan.film import FilmPlan
from vidream.plan.follow import LOOK_AHEAD, SourceFrame, follow
from vidream.plan.mask import ALPHA, MOTION, Masks
from vidream.plan.source import FilmFile, Source, hdr_of, video_of
from vidream.plan.step import FilmStep
from vidream.resample import fit_frame

FURTHEST = 48
"""Frames before a moment at which its shot may begin for the moment to be dreamed as the film has it."""


@dataclass(frozen=True, eq=False)
class FilmPlace:
    """A film's plan, and a frame of it."""

    plan: FilmPlan
    """As the film is made."""
    near: NearbyFrames
    """Its source, small."""
    shelf: Shelf
    """What is kept."""
    wanted: Wanted
    """What is to be seen."""

    @property
    def number(self) -> int:
        """Of the frame of the plan's source, which goes on when its film begins again."""
        second = Fraction(self.wanted.second).limit_denominator(10**6)
        number, plan = max(0, floor(second * self.plan.source.fps)), self.plan
        if plan.length is not None:
            number = max(0, number - floor(self._song_start * plan.source.fps))
        elif plan.source.count is not None:
            number = min(number, plan.source.count - 1)
        return number

    @property
    def _song_start(self) -> Fraction:
        start: Fraction = getattr(self.plan.score, "start", Fraction(0))
        return start

    @property
    def _index(self) -> int:
        """Of the frame in its film."""
        count = self.plan.source.count
        return self.number % count if count and self.plan.length is not None else self.number

    @cached_property
    def config(self) -> RunConfig:
        """Every knob as it is there."""
        return self._config_at(self.number)

    def _config_at(self, number: int) -> RunConfig:
        config = self.plan.config.at(self.plan.timeline.first(number), self.plan.clock)
        return replace(config, film=replace(config.film, start=None, end=None, loop=False))

    def final_step(self, config: RunConfig, *, masked: bool = True) -> FilmStep:
        """The step as the film has it, from its own frame; small where no full size is wanted."""
        side = max(self.plan.canvas) if self.wanted.full else self.wanted.side
        if max(self.near.size) == max(self.plan.source.size):
            return self.step(config, side, masked=masked)
        video = video_of(self.plan.source)
        assert video is not None
        alpha = config.mask.mask == ALPHA
        hdr = hdr_of(self.plan.source) is not None
        frame = self.shelf.frame(video, self._index, alpha=alpha, hdr=hdr)
        return self.step(config, side, frame, masked=masked)

    def step(self, config: RunConfig, side: int, frame: Frame | None = None, *, masked: bool = True) -> FilmStep:
        """The step of the moment, no larger than a side, to which nothing is carried."""
        frame, config = frame or self.near.at(self._index), _sized(config, self.plan.canvas.at_most(side))
        size = config.film.sizes(self.plan.source.size)[0]
        frame = fit_frame(frame, size)
        bars: Bars | None = None
        if config.mask.bars == KEEP:
            bars = bars_ahead(size, [(borders_of(frame.pixels()), frame.pixels())], config.motion.cut_threshold)
        mask = None
        if masked and config.mask.mask is not None:
            first = self.plan.timeline.first(self.number)
            mask = Masks(config, size, self.plan.fps).at(first, frame, self._motion(config))
        return FilmStep(self.number, config, frame, cut=True, mask=mask, bars=bars)

    def _motion(self, config: RunConfig) -> Flow | None:
        """The motion to mask by; None where nobody asks."""
        if config.mask.mask != MOTION:
            return None
        other = self._index - 1 if self._index else self._index + 1
        view, beside = View(self.near.at(self._index).pixels()), View(self.near.at(other).pixels())
        return optical_flow(view, beside, config.motion.flow)

    def at(self, step: FilmStep, side: int) -> FilmStep:
        """A step that is dreamed no larger than a side."""
        size = step.config.dream.dream_size
        dream = replace(step.config.dream, dream_size=min(side, size) if size else side)
        return replace(step, config=replace(step.config, dream=dream))

    def shot_start(self) -> int | None:
        """The number of the frame with which its shot begins; None: that is longer ago than FURTHEST frames."""
        motion, earliest = self.plan.config.motion, max(0, self.number - FURTHEST)
        if self.plan.length is not None:
            return None
        begin = self.plan.timeline.first_index
        size = self.near.size.at_most(FLOW_SIZE)
        start = begin if begin >= earliest else None
        numbers = range(max(begin, earliest), min(self.number + LOOK_AHEAD, (self.near.count or 0) - 1) + 1)

        def looked_at() -> Generator[SourceFrame]:
            for number in numbers:
                frame = self.near.at(number)
                yield SourceFrame(number, frame, 1, fit_frame(frame, size).pixels())

        for followed in follow(looked_at(), motion, size):
            checkpoint()
            if followed.source.index > self.number:
                break
            if followed.change == "cut" and followed.source.index > numbers.start:
                start = followed.source.index
        return start

    def steps_after(self, side: int, last: int) -> Iterator[FilmStep]:
        """The steps after this moment's, small.

        Args:
            side: px, at most, of the long side at which they are dreamed.
            last: the number of the last frame.
        """
        config = _sized(self.plan.config, self.plan.canvas.at_most(max(side, FINE_SIDE)))
        source: Source = _Again(self.near) if self.plan.length is not None else self.near
        for step in self._steps(source, config, Shot(self.number, last), after=self.number, look_ahead=0):
            yield self.at(step, side)

    def steps_from(self, first: int) -> Iterator[FilmStep]:
        """The steps up to this moment's, as the film has them. first: the number of the first of them."""
        source = self.plan.source
        video = video_of(source)
        if video is not None:
            alpha, hdr = self.config.mask.mask == ALPHA, hdr_of(source) is not None
            source = FilmFile(video, alpha=alpha, hdr=hdr, sought=True)
        return self._steps(source, self.plan.config, Shot(first, self.number), after=None, look_ahead=LOOK_AHEAD)

    def _steps(
        self, source: Source, config: RunConfig, part: Shot, *, after: int | None, look_ahead: int
    ) -> Iterator[FilmStep]:
        film = replace(config.film, start=None, end=None, loop=False, fps=None)
        plan = FilmPlan(source, replace(config, film=film), part=part, look_ahead=look_ahead)
        for step in plan.steps(after):
            if step.index > part.last:
                return
            yield replace(step, config=replace(self._config_at(step.index), film=film))


@dataclass(frozen=True)
class _Again:
    """Nearby frames that begin again where they end."""

    near: NearbyFrames
    count: int | None = None

    @property
    def size(self) -> Size:
        """Of every frame, px."""
        return self.near.size

    @property
    def fps(self) -> Fraction:
        """Frames a second."""
        return self.near.fps

    def frames(self, first: int = 0) -> Generator[tuple[int, Frame]]:
        """(number, frame) from number `first` on, without end."""
        for number in counted(first):
            yield number, self.near.at(number % (self.near.count or number + 1))


def _sized(config: RunConfig, size: Size) -> RunConfig:
    """A config whose output has exactly a size."""
    return replace(config, film=replace(config.film, size=Fit(*size)))
