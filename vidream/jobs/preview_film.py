"""A moment of a film, as near as can be to what the film will have there; and what comes after it, in motion."""

from collections.abc import Generator, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from itertools import count as counted
from math import floor

import numpy as np

from vidream.config import Fit, RunConfig
from vidream.events import checkpoint
from vidream.frames import Flow, Frame, Image, Shot, Size, size_of
from vidream.jobs.preview_cost import TimedDreamer, largest_within, patience_within
from vidream.jobs.preview_kept import Kept, Shelf
from vidream.jobs.preview_parts import (
    BEST_FIRST,
    COARSE,
    COARSE_SIDES,
    FINE,
    FINE_SIDE,
    Dreamt,
    Shown,
    Stage,
    Wanted,
    dreamed_alike,
)
from vidream.media.nearby import NearbyFrames
from vidream.motion import FLOW_SIZE, View, optical_flow
from vidream.plan.bars import KEEP, Bars, bars_ahead, borders_of
from vidream.plan.film import FilmPlan
from vidream.plan.follow import LOOK_AHEAD, SourceFrame, follow
from vidream.plan.mask import ALPHA, MOTION, Masks
from vidream.plan.source import Source, hdr_of, video_of
from vidream.plan.step import FilmStep
from vidream.render.ahead import ahead
from vidream.render.composite import RenderedFrame
from vidream.render.loop import PATIENT, Patience, growing_frame, render
from vidream.render.state import LoopState
from vidream.resample import fit_frame, resize

QUICK = Patience(whole=3, early=1, gain=2.2)
"""With a coarse dream: about as strong as a film's; measured."""
STRONG = 0.97
"""Of the strength of what is shown, from which a dream that still grows is shown in its place."""
FURTHEST = 48
"""Frames before a moment at which its shot may begin for the moment to be dreamed as the film has it."""
PACE = 1 / 12
"""Seconds that a frame of a play may take, at most, where its size leaves a choice."""
PLAYED_SIDES = (480, 400, 320, 256, 224)
"""Px of the long side at which a play is dreamed."""


@dataclass(frozen=True, eq=False)
class FilmMoment:
    """A film's plan, and a frame of it."""

    plan: FilmPlan
    """As the film is made."""
    near: NearbyFrames
    """Its source, small."""
    shelf: Shelf
    """What is kept."""
    dreams: Kept[Dreamt]
    """What was dreamed lately."""
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

    # -- what is seen of it -------------------------------------------------------------------------------------------

    def see(self) -> Generator[Shown]:
        """It, better and better."""
        config = self.config
        step = self._step(config, self.wanted.side)
        if config.dream.strength == 0:
            yield self._shown(RenderedFrame(self._final_step(config)), "film", settled=True, last=True)
            return
        dreamer, best = self.shelf.dreamer(config), self._kept(config)
        if best is None or best.stage == "coarse":
            dreamer.warm(resize(step.source.image(), step.source.size.at_most(96)), config)
        if best is not None:
            small = best.stage in ("coarse", "fine")
            yield self._of_kept(step if small else self._final_step(config), best)
        if best is None:
            side = self._coarse_side(dreamer, config, step.source.size)
            best = yield from self._grow(self._at(step, side), dreamer, QUICK, "coarse", None)
        largest = config.dream.dream_size or max(self.plan.size)
        if best.stage == "coarse" and largest > FINE_SIDE:
            fine = self._at(step, FINE_SIDE)
            size = step.source.size.at_most(FINE_SIDE)
            best = yield from self._grow(fine, dreamer, patience_within(dreamer, size, config, FINE), "fine", best)
        if best.stage not in ("deep", "film"):
            best = yield from self._grow(self._final_step(config), dreamer, PATIENT, "deep", best)
        if best.stage == "deep":
            yield from self._carried(dreamer, config, best)

    def source(self) -> Shown:
        """The film's own frame there."""
        return self._shown(RenderedFrame(self._step(self.config, self.wanted.side, masked=False)), "source")

    def full_source(self) -> Shown:
        """The film's own frame, at the size that the last picture has."""
        return self._shown(RenderedFrame(self._final_step(self.config, masked=False)), "source", settled=True)

    def _coarse_side(self, dreamer: TimedDreamer, config: RunConfig, size: Size) -> int:
        def cost(side: int) -> float:
            if config.motion.persistence == 0:
                return dreamer.seconds(size.at_most(side), config, config.dream.first_steps)
            return dreamer.warm_up_seconds(size.at_most(side), config, QUICK)

        return largest_within(COARSE_SIDES, cost, COARSE)

    def _grow(
        self, step: FilmStep, dreamer: TimedDreamer, patience: Patience, stage: Stage, shown: Dreamt | None
    ) -> Generator[Shown, None, Dreamt]:
        """A stage's pictures, those that are no weaker than what is shown already."""
        needed = 0.0 if shown is None else STRONG * _strength(shown)
        dreamed, last, told = Dreamt(stage, np.zeros((1, 1, 3), np.float32)), None, 0.0
        for rendered in growing_frame(step, dreamer, patience):
            assert rendered.residual is not None
            dreamed, last = Dreamt(stage, rendered.residual), rendered
            whole = rendered.state is not None and shown is not None
            strength = _strength(dreamed) if whole else 0.0
            if whole and strength >= needed and strength > 1.06 * told:
                told = strength
                yield self._shown(rendered, stage)
                checkpoint()
        assert last is not None
        self.dreams.put(self._key(step.config, stage), dreamed)
        yield self._shown(last, stage, settled=True)
        return dreamed

    def _carried(self, dreamer: TimedDreamer, config: RunConfig, shown: Dreamt) -> Generator[Shown]:
        """As the film has it, where its shot began so shortly before that it can be dreamed from there on."""
        first, dreamt = self._shot_start(), shown
        if config.motion.persistence == 0 or first == self.number:
            dreamt = replace(shown, stage="film")
        elif first is not None:
            residual: Image | None = None
            side = config.dream.dream_size or max(self.plan.size)
            for rendered in render(ahead(self._steps(side, self.number, first)), dreamer):
                checkpoint()
                residual = rendered.residual
            assert residual is not None
            dreamt = Dreamt("film", residual)
        self.dreams.put(self._key(config, dreamt.stage), dreamt)
        yield replace(self._of_kept(self._final_step(config), dreamt), last=True)

    def _shot_start(self) -> int | None:
        """The number of the frame with which its shot begins; None: that is longer ago than FURTHEST frames."""
        motion, earliest = self.plan.config.motion, max(0, self.number - FURTHEST)
        if self.plan.length is not None:
            return None
        begin = self.plan.timeline.first_index
        size = self.near.size.at_most(FLOW_SIZE)
        start = begin if begin >= earliest else None
        numbers = range(max(begin, earliest), min(self.number + LOOK_AHEAD, (self.near.count or 0) - 1) + 1)

        def frames() -> Generator[SourceFrame]:
            for number in numbers:
                frame = self.near.at(number)
                yield SourceFrame(number, frame, 1, fit_frame(frame, size).pixels())

        for followed in follow(frames(), motion, size):
            checkpoint()
            if followed.source.index > self.number:
                break
            if followed.change == "cut" and followed.source.index > numbers.start:
                start = followed.source.index
        return start

    def _kept(self, config: RunConfig) -> Dreamt | None:
        """The best that was dreamed of this before."""
        return next((kept for stage in BEST_FIRST if (kept := self.dreams.get(self._key(config, stage)))), None)

    def _key(self, config: RunConfig, stage: Stage) -> tuple[object, ...]:
        dream = self.config.dream
        alike = dreamed_alike(replace(config, dream=replace(config.dream, dream_size=dream.dream_size)))
        return str(self.plan.source), self.near, self.number, self.plan.canvas, stage, alike

    def _of_kept(self, step: FilmStep, kept: Dreamt) -> Shown:
        rendered = RenderedFrame(step, step.source.image(), kept.residual, None, step.bars)
        return self._shown(rendered, kept.stage, settled=True, last=kept.stage == "film")

    def _shown(
        self, rendered: RenderedFrame, stage: Stage, *, settled: bool = False, last: bool = False, number: int = -1
    ) -> Shown:
        seen = None if rendered.residual is None else size_of(rendered.residual)
        number = self.number if number < 0 else number
        return Shown(rendered.frame.pixels(), stage, seen, self.plan.canvas, settled, number, last)

    # -- steps --------------------------------------------------------------------------------------------------------

    def _final_step(self, config: RunConfig, *, masked: bool = True) -> FilmStep:
        """The step as the film has it, from its own frame; small where no full size is wanted."""
        side = max(self.plan.canvas) if self.wanted.full else self.wanted.side
        if max(self.near.size) == max(self.plan.source.size):
            return self._step(config, side, masked=masked)
        video = video_of(self.plan.source)
        assert video is not None
        alpha = config.mask.mask == ALPHA
        hdr = hdr_of(self.plan.source) is not None
        frame = self.shelf.frame(video, self._index, alpha=alpha, hdr=hdr)
        return self._step(config, side, frame, masked=masked)

    def _step(self, config: RunConfig, side: int, frame: Frame | None = None, *, masked: bool = True) -> FilmStep:
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

    def _at(self, step: FilmStep, side: int) -> FilmStep:
        """A step that is dreamed no larger than a side."""
        size = step.config.dream.dream_size
        dream = replace(step.config.dream, dream_size=min(side, size) if size else side)
        return replace(step, config=replace(step.config, dream=dream))

    # -- play ---------------------------------------------------------------------------------------------------------

    def play(self, seconds: float) -> Generator[Shown]:
        """What comes after it, frame by frame, the dream that is seen now carried on; `settled` tells of the last."""
        config = self.config
        if config.dream.strength == 0:
            yield from self._plain(seconds)
            return
        dreamer, kept = self.shelf.dreamer(config), self._kept(config)
        step = self._step(config, self.wanted.side)
        dreamer.warm(resize(step.source.image(), step.source.size.at_most(96)), config)
        side = self._played_side(dreamer, config, step.source.size)
        begun = self._at(step, side)
        if kept is None:
            *_, rendered = growing_frame(begun, dreamer, QUICK)
        else:
            rendered = RenderedFrame(begun, step.source.image(), kept.residual, None, step.bars)
        yield self._shown(rendered, "coarse", number=self.number)
        state = _state(rendered, begun, side)
        last = self._last(seconds)
        for each in render(ahead(self._steps(side, last)), dreamer, state, QUICK):
            checkpoint()
            yield self._shown(each, "coarse", number=each.step.index, settled=each.step.index == last)

    def _plain(self, seconds: float) -> Generator[Shown]:
        last = self._last(seconds)
        for number in range(self.number, last + 1):
            moment = replace(self, wanted=replace(self.wanted, second=float((number + Fraction(1, 2)) / self.near.fps)))
            yield replace(moment.source(), settled=number == last)

    def _last(self, seconds: float) -> int:
        last = self.number + max(1, round(seconds * self.plan.source.fps))
        if self.plan.length is None and self.plan.source.count is not None:
            last = min(last, self.plan.source.count - 1)
        return last

    def _played_side(self, dreamer: TimedDreamer, config: RunConfig, size: Size) -> int:
        def cost(side: int) -> float:
            return dreamer.seconds(size.at_most(side), config, config.dream.steps)

        return largest_within(PLAYED_SIDES, cost, PACE / 2)

    def _steps(self, side: int, last: int, first: int | None = None) -> Iterator[FilmStep]:
        """The steps after this moment's, small; or, from `first` on, those up to it."""
        canvas = self.plan.canvas.at_most(min(self.wanted.side, FINE_SIDE))
        film = replace(_sized(self.plan.config, canvas).film, start=None, end=None, loop=False, fps=None)
        config = replace(self.plan.config, film=film)
        source: Source = _Again(self.near) if self.plan.length is not None else self.near
        part = Shot(self.number if first is None else first, last)
        small = FilmPlan(source, config, part=part, look_ahead=0 if first is None else LOOK_AHEAD)
        for step in small.steps(after=self.number if first is None else None):
            if step.index > last:
                return
            yield self._at(replace(step, config=self._kept_size(step.index, config)), side)

    def _kept_size(self, number: int, config: RunConfig) -> RunConfig:
        """Every knob as it is at a frame of the whole film; the size as it is in a small one."""
        return replace(self._config_at(number), film=config.film)


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


def _strength(dreamt: Dreamt) -> float:
    return float(np.abs(dreamt.residual[::2, ::2]).mean())


def _state(rendered: RenderedFrame, step: FilmStep, side: int) -> LoopState | None:
    """What a first frame hands on."""
    if step.config.motion.persistence == 0:
        return None
    assert rendered.residual is not None
    size = step.source.size.at_most(min(side, step.config.dream.dream_size or side))
    source = resize(step.source.image(), size)
    residual = resize(rendered.residual, size)
    since = step.config.dream.dream_every - 1
    return LoopState(source, source + residual, frames_since_dream=since, bars=step.bars.borders if step.bars else None)
