"""A picture, dreamed as `vidream image` does, small first."""

from collections.abc import Generator
from dataclasses import dataclass, replace
from functools import cached_property

from vidream.config import RunConfig
from vidream.events import checkpoint
from vidream.frames import PEAK, Context, Frame, Image, Size, as_pixels, size_of
from vidream.jobs.preview_cost import TimedDreamer, largest_within
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
from vidream.plan.mask import ALPHA, Share, alpha_share, shares
from vidream.render.composite import composite
from vidream.resample import fit_frame, resize

FEWEST = 4
"""Times fewer steps than asked for that a dream may have, each as many times larger, where it is to be quick."""


@dataclass(frozen=True, eq=False)
class StillMoment:
    """A picture that is dreamed."""

    frame: Frame
    """As it is read."""
    config: RunConfig
    """Every knob."""
    shelf: Shelf
    """What is kept."""
    dreams: Kept[Dreamt]
    """What was dreamed lately."""
    wanted: Wanted
    """What is to be seen."""

    def see(self) -> Generator[Shown]:
        """It, better and better."""
        config = self.config
        if config.dream.strength == 0:
            yield replace(self.full_source(), stage="film", last=True)
            return
        dreamer, best = self.shelf.dreamer(config), self._kept()
        dreamer.warm(self._dreamed_over(96), config)
        if best is not None:
            yield self._shown(best)
        stages: list[tuple[Stage, int, float]] = [("coarse", self._coarse_side(dreamer), COARSE)]
        largest = max(self.frame.size.at_most(config.dream.dream_size))
        if largest > FINE_SIDE:
            stages.append(("fine", FINE_SIDE, FINE))
        stages.append(("film", 0, float("inf")))
        done = -1 if best is None else [stage for stage, _, _ in stages].index(best.stage)
        for stage, side, seconds in stages[done + 1 :]:
            checkpoint()
            dreamt = self._dream(dreamer, stage, side, seconds)
            yield self._shown(self.dreams.put(self._key(stage), dreamt))

    def source(self) -> Shown:
        """The picture itself."""
        pixels = fit_frame(self.frame, self.frame.size.at_most(self.wanted.side)).pixels()
        return Shown(pixels, "source", None, self.frame.size)

    def full_source(self) -> Shown:
        """The picture itself, at the size that the last one has."""
        size = self.frame.size if self.wanted.full else self.frame.size.at_most(self.wanted.side)
        return Shown(fit_frame(self.frame, size).pixels(), "source", None, self.frame.size, settled=True)

    def _coarse_side(self, dreamer: TimedDreamer) -> int:
        def cost(side: int) -> float:
            size = self.frame.size.at_most(side).at_most(self.config.dream.dream_size)
            return dreamer.seconds(size, self.config, max(1, self.config.dream.steps // 2))

        return largest_within(COARSE_SIDES, cost, COARSE)

    def _dream(self, dreamer: TimedDreamer, stage: Stage, side: int, seconds: float) -> Dreamt:
        """A stage. side: px at most, 0: as large as it is made; seconds: that it may take."""
        source, config, dream = self._dreamed_over(side), self.config, self.config.dream
        longest = dreamer.seconds(size_of(source), config, dream.steps)
        share = min(1.0, max(seconds / max(longest, 1e-6), 1 / FEWEST))
        steps = max(1, round(dream.steps * share))
        config = replace(config, dream=replace(dream, step_size=dream.step_size * dream.steps / steps))
        return Dreamt(stage, dreamer(source, config, steps, Context((0,))) - source)

    def _dreamed_over(self, side: int) -> Image:
        size = self.frame.size.at_most(self.config.dream.dream_size)
        source: Image = resize(self._image, size.at_most(side)).clip(0, PEAK)
        return source

    @cached_property
    def _image(self) -> Image:
        return self.frame.image()

    def _kept(self) -> Dreamt | None:
        return next((kept for stage in BEST_FIRST if (kept := self.dreams.get(self._key(stage)))), None)

    def _key(self, stage: Stage) -> tuple[object, ...]:
        return "picture", self.wanted.source, id(self.frame), stage, dreamed_alike(self.config)

    def _shown(self, dreamt: Dreamt) -> Shown:
        last = dreamt.stage == "film"
        size: Size = self.frame.size
        if not (self.wanted.full and last):
            size = size.at_most(self.wanted.side)
        frame = fit_frame(self.frame, size)
        pixels = as_pixels(composite(frame.image(), dreamt.residual, self.config.dream, self._mask(frame)))
        return Shown(pixels, dreamt.stage, size_of(dreamt.residual), self.frame.size, settled=True, last=last)

    def _mask(self, frame: Frame) -> Share | None:
        if self.config.mask.mask == ALPHA:
            return alpha_share(frame, self.config.mask)
        return next(shares(self.config.mask, frame.size, None, self.config.files.max_pixels))
