"""The one loop: warp what was dreamed before, put it where it can be trusted, dream a little more, yield.

residual:  start = source + persistence * trust * warp(dreamed_before - source_before)
picture:   start = source + persistence * trust * (warp(dreamed_before) - source)
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from vidream.config import RunConfig
from vidream.frames import Flow, Image, Pixels, Size, Step, Trust, size_of
from vidream.motion import warp
from vidream.resample import as_pixels, flow_at, resized, resized_between

SETTLED = 0.005  # a shot is warm when a pass changes its strength by less than this share
LONGEST_WARM_UP = 80  # passes


class Deepen(Protocol):
    """A picture -> the picture, dreamed: see vidream.dream.octaves.dream."""

    def __call__(self, start: Image, steps: int, place: tuple[int, ...] = (), trust: Trust | None = None) -> Image: ...


Carry = Callable[[Image, Image, Image, Flow], Image]


def _carry_residual(source: Image, source_before: Image, dreamed_before: Image, flow: Flow) -> Image:
    return warp(dreamed_before - source_before, flow)


def _carry_picture(source: Image, source_before: Image, dreamed_before: Image, flow: Flow) -> Image:
    return warp(dreamed_before, flow) - source


CARRIES: Mapping[str, Carry] = {"residual": _carry_residual, "picture": _carry_picture}


@dataclass(frozen=True)
class Carried:
    """What one step hands to the next: Images of the dream's size. All that a stopped render needs to go on."""

    source: Image
    dreamed: Image


Rendering = Iterator[tuple[Step, Pixels, Carried | None]]


def render(
    steps: Iterable[Step], deepen: Deepen | None, config: RunConfig, carried: Carried | None = None
) -> Rendering:
    """Each step with its output frame, and what it hands on; nothing is handed on where nothing is carried.

    Args:
        steps: of a plan.
        deepen: None is the identity.
        config: of the run.
        carried: from the step before the first of `steps`, if there was one.
    """
    knobs, motion = config.dream, config.motion
    for step in steps:
        if deepen is None:
            yield step, step.source, None
            continue
        full = step.source.astype(np.float32)
        size = dream_size(size_of(full), knobs.dream_size)
        source = resized(full, size)
        if motion.persistence == 0:
            dreamed = deepen(source, knobs.first_steps, (step.index,))
        elif step.flow is None or carried is None:
            dreamed = warmed_up(source, deepen, knobs.steps, motion.persistence)
        else:
            flow = flow_at(step.flow, size)
            trust = None if step.trust is None else resized_between(step.trust, size)
            fetched = CARRIES[motion.carry](source, carried.source, carried.dreamed, flow)
            faith = np.float32(motion.persistence) * (1 if trust is None else trust)
            dreamed = deepen(source + faith * fetched, knobs.steps, trust=trust)
        carried = Carried(source, dreamed) if motion.persistence else None
        yield step, delivered(full, dreamed - source, knobs.strength), carried


def dream_size(size: Size, long_side: int) -> Size:
    """The size at which the network sees a picture of `size`: never larger than it; 0 is full size."""
    return size.at_most(long_side)


def warmed_up(source: Image, deepen: Deepen, steps: int, persistence: float) -> Image:
    """A shot's first frame, as if the shot had stood still before it: the carry step with zero flow, until it settles.

    Without it a film begins pale and swells.
    """
    dreamed, strength = source, 0.0
    for _ in range(LONGEST_WARM_UP):
        dreamed = deepen(source + np.float32(persistence) * (dreamed - source), steps)
        before, strength = strength, float(np.abs(dreamed - source).mean(dtype=np.float64))
        if abs(strength - before) <= SETTLED * strength:
            break
    return dreamed


def delivered(full: Image, residual: Image, strength: float) -> Pixels:
    """The source, full size, with the residual enlarged and laid over it."""
    return as_pixels(full + np.float32(strength) * resized(residual, size_of(full)))
