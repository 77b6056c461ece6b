"""The one loop: warp what was dreamed before, put it where it can be trusted, dream a little more, yield.

residual:  start = source + persistence * trust * warp(dreamed_before - source_before)
picture:   start = source + persistence * trust * (warp(dreamed_before) - source)
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import repeat
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


def render(steps: Iterable[Step], deepen: Deepen | None, config: RunConfig) -> Iterator[Pixels]:
    """The output frames, each step's as often as it is held. `deepen` None is the identity."""
    knobs, motion = config.dream, config.motion
    source_before = dreamed_before = np.empty((0, 0, 3), np.float32)
    for step in steps:
        if deepen is None:
            yield from repeat(step.source, step.hold)
            continue
        full = step.source.astype(np.float32)
        size = dream_size(size_of(full), knobs.dream_size)
        source = resized(full, size)
        if motion.persistence == 0:
            dreamed = deepen(source, knobs.first_steps, (step.index,))
        elif step.flow is None:
            dreamed = warmed_up(source, deepen, knobs.steps, motion.persistence)
        else:
            flow = flow_at(step.flow, size)
            trust = None if step.trust is None else resized_between(step.trust, size)
            carried = CARRIES[motion.carry](source, source_before, dreamed_before, flow)
            faith = np.float32(motion.persistence) * (1 if trust is None else trust)
            dreamed = deepen(source + faith * carried, knobs.steps, trust=trust)
        yield from repeat(delivered(full, dreamed - source, knobs.strength), step.hold)
        source_before, dreamed_before = source, dreamed


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
