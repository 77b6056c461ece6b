"""A moment of a film, as near as can be to what the film will have there; and what comes after it, in motion."""

from collections.abc import Generator
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from vidream.config import RunConfig
from vidream.events import checkpoint
from vidream.frames import Image, Size, last_of, size_of
from vidream.jobs.preview_cost import TimedDreamer, largest_within, patience_within
from vidream.jobs.preview_kept import Kept
from vidream.jobs.preview_parts import (
    BEST_FIRST,
    COARSE,
    COARSE_SIDES,
    FINE,
    FINE_SIDE,
    Dreamt,
    Shown,
    Stage,
    dreamed_alike,
)
from vidream.jobs.preview_steps import FilmPlace
from vidream.plan.step import FilmStep
from vidream.render.ahead import ahead
from vidream.render.composite import RenderedFrame
from vidream.render.loop import PATIENT, Patience, growing_frame, render
from vidream.render.state import LoopState
from vidream.resample import resize

QUICK = Patience(whole=3, early=1, gain=2.2)
"""With a coarse dream: about as strong as a film's; measured."""
STRONG = 0.97
"""Of the strength of what is shown, from which a dream that still grows is shown in its place."""
PACE = 1 / 12
"""Seconds that a frame of a play may take, at most, where its size leaves a choice."""
PLAYED_SIDES = (480, 400, 320, 256, 224)
"""Px of the long side at which a play is dreamed."""


@dataclass(frozen=True, eq=False)
class FilmMoment(FilmPlace):
    """A frame of a film, dreamed."""

    dreams: Kept[Dreamt]
    """What was dreamed lately."""

    def see(self) -> Generator[Shown]:
        """It, better and better."""
        config = self.config
        step = self.step(config, self.wanted.side)
        if config.dream.strength == 0:
            yield self._shown(RenderedFrame(self.final_step(config)), "film", settled=True, last=True)
            return
        dreamer, best = self.shelf.dreamer(config), self._kept(config)
        if best is None or best.stage == "coarse":
            dreamer.warm(resize(step.source.image(), step.source.size.at_most(96)), config)
        if best is not None:
            small = best.stage in ("coarse", "fine") and not self.wanted.full
            yield self._of_kept(step if small else self.final_step(config), best)
        if best is None:
            side = self._coarse_side(dreamer, config, step.source.size)
            best = yield from self._grow(self.at(step, side), dreamer, QUICK, "coarse", None)
        largest = config.dream.dream_size or max(self.plan.size)
        if best.stage == "coarse" and largest > FINE_SIDE:
            fine = self.at(step, FINE_SIDE)
            size = step.source.size.at_most(FINE_SIDE)
            best = yield from self._grow(fine, dreamer, patience_within(dreamer, size, config, FINE), "fine", best)
        if best.stage not in ("deep", "film"):
            best = yield from self._grow(self.final_step(config), dreamer, PATIENT, "deep", best)
        if best.stage == "deep":
            yield from self._carried(dreamer, config, best)

    def source(self) -> Shown:
        """The film's own frame there."""
        return self._shown(RenderedFrame(self.step(self.config, self.wanted.side, masked=False)), "source")

    def full_source(self) -> Shown:
        """The film's own frame, at the size that the last picture has."""
        return self._shown(RenderedFrame(self.final_step(self.config, masked=False)), "source", settled=True)

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
        first, dreamt = self.shot_start(), shown
        if config.motion.persistence == 0 or first == self.number:
            dreamt = replace(shown, stage="film")
        elif first is not None:
            residual: Image | None = None
            for rendered in render(ahead(self.steps_from(first)), dreamer):
                checkpoint()
                residual = rendered.residual
            assert residual is not None
            dreamt = Dreamt("film", residual)
        self.dreams.put(self._key(config, dreamt.stage), dreamt)
        yield replace(self._of_kept(self.final_step(config), dreamt), last=True)

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

    def play(self, seconds: float) -> Generator[Shown]:
        """What comes after it, frame by frame, the dream that is seen now carried on; `settled` tells of the last."""
        config = self.config
        if config.dream.strength == 0:
            yield from self._plain(seconds)
            return
        dreamer, kept = self.shelf.dreamer(config), self._kept(config)
        step = self.step(config, self.wanted.side)
        dreamer.warm(resize(step.source.image(), step.source.size.at_most(96)), config)
        side = self._played_side(dreamer, config, step.source.size)
        begun = self.at(step, side)
        if kept is None:
            rendered = last_of(growing_frame(begun, dreamer, QUICK))
        else:
            rendered = RenderedFrame(begun, step.source.image(), kept.residual, None, step.bars)
        last = self._last(seconds)
        yield self._shown(rendered, "coarse", number=self.number, settled=last == self.number)
        state = _state(rendered, begun, side)
        for each in render(ahead(self.steps_after(side, last)), dreamer, state, QUICK):
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
