"""What dreaming costs here, learned as it goes, so that a preview knows what it can do in the time that it has."""

import time
from collections.abc import Callable, Hashable, Iterable
from dataclasses import replace
from pathlib import Path

from vidream.config import Goal, RunConfig
from vidream.dream.recipe import RECIPES
from vidream.frames import Context, Image, Size, size_of
from vidream.render.dreamer import make_dreamer
from vidream.render.loop import PATIENT, Patience
from vidream.render.state import Dreamer, no_dream

LEARNED = 0.3
"""Share of what is known of the cost that each dream makes anew."""
A_STEP = 3000
"""Px that take as long as what each step takes besides."""
LARGER = 0.22
"""How much larger steps are where there is time for few passes, as a power of how many times fewer they are: the dream
is then about as strong; measured."""


class TimedDreamer:
    """A Dreamer that knows what it costs."""

    def __init__(self, dreamer: Dreamer) -> None:
        self.dreamer = dreamer
        self._rate: float | None = None  # seconds for each px and step

    def __call__(self, start: Image, config: RunConfig, steps: int, /, context: Context = Context()) -> Image:
        """See vidream.render.state.Dreamer."""
        began = time.perf_counter()
        dreamed = self.dreamer(start, config, steps, context)
        rate = (time.perf_counter() - began) / px_of(size_of(start), config, steps)
        self._rate = rate if self._rate is None else self._rate + LEARNED * (rate - self._rate)
        return dreamed

    def warm(self, picture: Image, config: RunConfig) -> None:
        """Dream for nothing, where it has not been dreamed with yet: what it costs the first time says nothing."""
        if self._rate is None:
            for _ in range(2):
                self._rate = None
                self(picture, replace(config, dream=replace(config.dream, octaves=1)), 1)

    def seconds(self, size: Size, config: RunConfig, steps: int) -> float:
        """How long a dream takes, as far as is known. Arguments: of the dream."""
        return (self._rate or 0.0) * px_of(size, config, steps)

    def warm_up_seconds(self, size: Size, config: RunConfig, patience: Patience) -> float:
        """How long a shot's first frame takes, at most."""
        total, dream = patience.whole * self.seconds(size, config, config.dream.steps), config.dream
        for octaves in range(1, dream.octaves):
            side = round(max(size) * dream.octave_ratio ** (octaves - dream.octaves))
            stage = replace(config, dream=replace(dream, octaves=octaves))
            total += patience.early * self.seconds(size.scaled_to(max(1, side)), stage, dream.steps)
        return total


def px_of(size: Size, config: RunConfig, steps: int) -> float:
    """Px that a network sees in a dream, each as often as it does."""
    knobs, total = config.dream, 0.0
    for level, each in enumerate(RECIPES[knobs.recipe].sizes(size, knobs)):
        total += (each.width * each.height + A_STEP) * max(1, round(steps * knobs.taper**level))
    return total


def patience_within(dreamer: TimedDreamer, size: Size, config: RunConfig, seconds: float) -> Patience:
    """The patience for a shot's first frame for which there is time; with fewer passes each goes further."""
    full = dreamer.warm_up_seconds(size, config, PATIENT)
    share = seconds / full if full > seconds else 1.0
    if share >= 1:
        return PATIENT
    whole, early = max(1, int(PATIENT.whole * share)), max(1, int(PATIENT.early * share))
    return Patience(whole, early, (PATIENT.whole / whole) ** LARGER)


def largest_within(sides: Iterable[int], cost: Callable[[int], float], seconds: float) -> int:
    """The largest of some sides, px, falling, that costs no more seconds; the last where all cost more."""
    side = 0
    for side in sides:
        if cost(side) <= seconds:
            break
    return side


def dreamer_key(config: RunConfig) -> Hashable:
    """What makes one dreamer serve another config, too: the same network, measures and tile; weights may differ."""
    goal = config.goal
    terms = tuple((layer.name, bool(layer.channels)) for layer in goal.layer)
    files = tuple(_facts(name) for name in (goal.guide, goal.weights, goal.network))
    return goal.network, goal.objective, goal.engine, config.dream.tile, terms, _labels(goal), files


def _labels(goal: Goal) -> tuple[str, ...]:
    return tuple(layer.label for layer in goal.toward)


def _facts(name: str | None) -> Hashable:
    """A file as it is now."""
    try:
        facts = Path(name or "").stat()
    except OSError:
        return name
    return name, facts.st_mtime_ns, facts.st_size


def timed_dreamer(config: RunConfig) -> TimedDreamer:
    """The dreamer of a config, whose strength is not 0. Errors: as make_dreamer."""
    dreamer = make_dreamer(replace(config, dream=replace(config.dream, strength=1.0)))
    assert dreamer is not no_dream
    return TimedDreamer(dreamer)
