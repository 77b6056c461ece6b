"""A moment of a zoom, dreamed up to there from a little before; and the zoom in motion."""

from collections.abc import Generator
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property, partial
from typing import Any

from vidream.clock import Clock
from vidream.config import RunConfig
from vidream.events import checkpoint
from vidream.frames import Image, Pixels, Size, as_pixels, size_of
from vidream.jobs.preview_cost import TimedDreamer, largest_within
from vidream.jobs.preview_kept import Kept, Shelf
from vidream.jobs.preview_parts import BEST_FIRST, FINE, FINE_SIDE, Dreamt, Shown, Stage, Wanted
from vidream.plan.zoom import ZoomPlan
from vidream.render.composite import RenderedFrame
from vidream.render.loop import render
from vidream.resample import resize

SEEN = Fraction(2)
"""Seconds of a zoom after which its look has grown over all that the seed had: shown where nobody names a moment; and,
at most, how long before a moment the dream begins."""
COARSE = 0.18
"""Seconds that a coarse moment may take."""
COARSE_RATE, FINE_RATE = Fraction(6), Fraction(12)
"""Frames a second of what leads up to a moment, coarse and fine."""
COARSE_SIDES = (320, 256, 224, 192, 160, 128)
PLAYED_SIDES = (480, 400, 320, 256, 224, 192, 160)
FINE_SIDES = (480, 448, 400, 352, 320, 256)
PACE = 1 / 15
"""Seconds that a frame of a play may take."""


@dataclass(frozen=True, eq=False)
class ZoomMoment:
    """A zoom's plan, and a frame of it."""

    plan: ZoomPlan
    """As the zoom is made."""
    shelf: Shelf
    """What is kept."""
    dreams: Kept[Dreamt]
    """What was dreamed lately: whole pictures."""
    wanted: Wanted
    """What is to be seen."""

    @cached_property
    def index(self) -> int:
        """Of the frame."""
        start: Fraction = getattr(self.plan.score, "start", Fraction(0))
        second = Fraction(self.wanted.second).limit_denominator(10**6) - start
        if "@" in self.wanted.source or self.wanted.second <= 0:
            second = SEEN
        return max(0, min(self.plan.count - 1, int(second * self.plan.fps)))

    @cached_property
    def _config(self) -> RunConfig:
        return self.plan.config.at(self.index, self.plan.clock)

    def see(self) -> Generator[Shown]:
        """It, better and better."""
        config = self._config
        if config.dream.strength == 0:
            yield replace(self.source(), stage="film", last=True)
            return
        dreamer, best = self.shelf.dreamer(config), self._kept()
        dreamer.warm(resize(self._seed, self.plan.size.at_most(96)), config)
        if best is not None:
            yield self._shown(best)
        stages: tuple[tuple[Stage, Fraction, tuple[int, ...], float], ...] = (
            ("coarse", COARSE_RATE, COARSE_SIDES, COARSE),
            ("fine", FINE_RATE, FINE_SIDES, FINE),
            ("deep", self.plan.fps, (FINE_SIDE,), FINE),
        )
        done = -1 if best is None else [stage for stage, *_ in stages].index(best.stage)
        for stage, rate, sides, seconds in stages[done + 1 :]:
            side = largest_within(sides, partial(self._cost, dreamer, rate), seconds)
            if stage == "deep" and self.wanted.full:
                side = max(self.plan.size)
            dreamt = Dreamt(stage, self._reached(dreamer, side, rate))
            yield self._shown(self.dreams.put(self._key(stage), dreamt))

    def source(self) -> Shown:
        """What it begins with."""
        size = self.plan.size.at_most(self.wanted.side)
        return Shown(as_pixels(resize(self._seed, size)), "source", None, self.plan.canvas, index=self.index)

    full_source = source

    def play(self, seconds: float) -> Generator[Shown]:
        """The zoom from its beginning on, or from the moment that is seen; `settled` tells of the last."""
        dreamer = self.shelf.dreamer(self._config)
        dreamer.warm(resize(self._seed, self.plan.size.at_most(96)), self._config)

        def cost(side: int) -> float:
            return dreamer.seconds(self.plan.size.at_most(side), self._config, self._config.dream.steps)

        rate = min(self.plan.fps, Fraction(15))
        side = largest_within(PLAYED_SIDES, cost, PACE / 2)
        first = self.index if self.wanted.second > 0 and "@" not in self.wanted.source else 0
        count = max(2, round(seconds * rate))
        small = self._small(side, rate, first, count)
        for number, rendered in enumerate(render(small.steps(), dreamer)):
            checkpoint()
            index = first + int(number * self.plan.fps / rate)
            last = number == count - 1
            yield self._picture(rendered, "coarse", index, settled=last)
            if last:
                return

    def _reached(self, dreamer: TimedDreamer, side: int, rate: Fraction) -> Image:
        """The moment, at a size, dreamed up to from a little before, at a rate."""
        lead = min(Fraction(self.index, 1) / self.plan.fps, SEEN)
        first, count = self.index - int(lead * self.plan.fps), max(1, round(lead * rate) + 1)
        rendered: RenderedFrame | None = None
        for each in render(self._small(side, rate, first, count).steps(), dreamer):
            checkpoint()
            rendered = each
        assert rendered is not None
        assert rendered.state is not None
        return rendered.state.visible

    def _cost(self, dreamer: TimedDreamer, rate: Fraction, side: int) -> float:
        lead = min(float(self.index / self.plan.fps), float(SEEN))
        size, dream = self.plan.size.at_most(side), self._config.dream
        each = dreamer.seconds(size, self._config, dream.steps) * 1.3  # the camera's part
        return max(1, round(lead * rate)) * each + dreamer.seconds(size, self._config, dream.first_steps)

    def _small(self, side: int, rate: Fraction, first: int, count: int) -> ZoomPlan:
        """A zoom into the seed, small and at another rate, whose knobs are those from frame `first` on."""
        size = self.plan.size.at_most(side)
        film = replace(self.plan.config.film, size=None, fps=rate, loop=False, fit="crop")
        camera = replace(self.plan.config.camera, frames=count)
        config = _LaterKnobs(film=film, camera=camera, mask=self.plan.config.mask, of=self.plan, first=first)
        return ZoomPlan(as_pixels(resize(self._seed, size)), config)

    @cached_property
    def _seed(self) -> Image:
        seed: Any = self.plan.seed
        image: Image = seed.astype("float32")
        return image

    def _kept(self) -> Dreamt | None:
        return next((kept for stage in BEST_FIRST if (kept := self.dreams.get(self._key(stage)))), None)

    def _key(self, stage: Stage) -> tuple[object, ...]:
        config = self.plan.config
        alike = replace(config, film=replace(config.film, codec=None), origin=replace(config.origin, asked=None))
        return "zoom", self.wanted.source, self.wanted.song, self.plan.size, self.index, stage, alike, self._full(stage)

    def _full(self, stage: Stage) -> bool:
        return stage == "deep" and self.wanted.full

    def _shown(self, dreamt: Dreamt) -> Shown:
        full, size = self._full(dreamt.stage), size_of(dreamt.residual)
        if not full:
            size = self.plan.size.at_most(max(self.wanted.side, *size))
        pixels: Pixels = as_pixels(resize(dreamt.residual, size))
        last = dreamt.stage == "deep"
        return Shown(pixels, dreamt.stage, size_of(dreamt.residual), self.plan.canvas, True, self.index, last)

    def _picture(self, rendered: RenderedFrame, stage: Stage, index: int, *, settled: bool) -> Shown:
        pixels = rendered.frame.pixels()
        size: Size = size_of(pixels)
        return Shown(pixels, stage, size, self.plan.canvas, settled, index)


@dataclass(frozen=True)
class _LaterKnobs(RunConfig):
    """The knobs of a small zoom, which are those that another has from one of its frames on, at that one's times."""

    of: ZoomPlan | None = None
    """The other."""
    first: int = 0
    """Its frame at which the small one begins."""

    def at(self, frame: float, clock: Clock) -> RunConfig:
        """Every knob at one frame of the small zoom."""
        assert self.of is not None
        there = self.first + frame * float(self.of.fps / clock.fps)
        config = self.of.config.at(there, self.of.clock)
        return replace(config, film=self.film, camera=replace(config.camera, frames=self.camera.frames))
