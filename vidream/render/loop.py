"""The one loop: warp what was dreamed before, put it where it can be trusted, dream a little more, yield.

film, residual:  start = source + persistence * trust * warp(dreamed_before - source_before)
film, picture:   start = source + persistence * trust * (warp(dreamed_before) - source)
zoom:            start = match_sharpness(match_anchor(warp(dreamed_before)))
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import partial

import numpy as np

from vidream.config import RunConfig
from vidream.frames import Flow, Image, Pixels, Trust, as_pixels, size_of
from vidream.plan.bars import Bars
from vidream.plan.cadence import FILM_STEP_EXPONENT, ZOOM_STEP_EXPONENT, scale_step_for_cadence
from vidream.plan.step import Return, Step
from vidream.render.composite import composite, fade_colour, match_anchor, match_sharpness
from vidream.render.state import Dreamer, LoopState, no_dream
from vidream.resample import flow_at, resize_linear, resized
from vidream.warp import SWELLS, shrunk_warp, warp, warp_lanczos, warp_linear

SETTLED = 0.005  # a shot is warm when a pass changes its strength by less than this share
LONGEST_WARM_UP = 80  # passes
Fetch = Callable[[Image], Image]
Carry = Callable[[Image, Image, Image, Fetch], Image]


def _carry_residual(source: Image, source_before: Image, dreamed_before: Image, fetch: Fetch) -> Image:
    return fetch(dreamed_before - source_before)


def _carry_picture(source: Image, source_before: Image, dreamed_before: Image, fetch: Fetch) -> Image:
    return fetch(dreamed_before) - source


CARRIES: Mapping[str, Carry] = {"residual": _carry_residual, "picture": _carry_picture}


Rendering = Iterator[tuple[Step, Pixels, LoopState | None]]


def render(steps: Iterable[Step], dreamer: Dreamer, carried: LoopState | None = None) -> Rendering:
    """Each step with its output frame, and what it hands on; nothing is handed on where nothing is carried.

    Args:
        steps: of a plan.
        dreamer: the dream; `no_dream` is the identity.
        carried: from the step before the first of `steps`, if there was one.
    """
    for step in steps:
        now = step.config
        if step.source is None:
            carried = _zoomed(step, dreamer, carried)
            yield step, as_pixels(carried.shown(now)), carried
            continue
        if dreamer is no_dream:
            yield step, step.source, None
            continue
        full = step.source.astype(np.float32)
        bars = _bars(step, carried)
        small = resized(full, size_of(full).at_most(now.dream.dream_size))
        carried = _filmed(step, small, dreamer, carried, bars)
        pixels = as_pixels(composite(full, carried.shown(now) - carried.source, now.dream, step.mask))
        pixels = pixels if bars is None else bars.between(pixels, step.source)
        carried = carried if now.motion.persistence else None
        yield step, pixels, carried


def _bars(step: Step, before: LoopState | None) -> Bars | None:
    """A film's black bars, as far as its shot has told of them; once there are none, there are none in all of it."""
    if step.bars is None or step.flow is None or before is None:
        return step.bars
    return None if before.bars is None else step.bars.and_before(before.bars)


def _filmed(step: Step, source: Image, dreamer: Dreamer, before: LoopState | None, bars: Bars | None) -> LoopState:
    """A film's frame: its source, with what can be believed of the dream before; no dream where its bars are."""
    now, borders = step.config, None if bars is None else bars.borders
    if bars is not None and any(bars.widths):
        dreamer = between(dreamer, source, bars)
    if now.motion.persistence == 0:
        return LoopState(source, dreamer(source, now, now.dream.first_steps, (step.index,)))
    if step.flow is None or before is None:
        return LoopState(source, warmed_up(source, dreamer, now), age=now.dream.dream_every - 1, bars=borders)
    flow = flow_at(step.flow, size_of(source))
    trust = None if step.trust is None else resize_linear(step.trust, size_of(source))
    faith = np.float32(now.motion.persistence) * (1 if trust is None else trust)
    fetch = partial(warp_lanczos if now.motion.persistence * SWELLS < 1 else warp, flow=flow)
    start: Image = source + faith * CARRIES[now.motion.carry](source, before.source, before.dreamed, fetch)
    start = start if bars is None else bars.between(start, source)
    fresh: Image | None = None if before.fresh is None else faith * fetch(before.fresh)
    if bars is not None and fresh is not None:
        fresh = bars.between(fresh, np.zeros_like(fresh))
    trust = _mean_trust(trust, before, flow)
    if not before.due(now):
        return LoopState(source, start, fresh, before.age + 1, trust, borders)
    dreamed = dreamer(start, scale_step_for_cadence(now, FILM_STEP_EXPONENT), now.dream.steps, trust=trust)
    return LoopState(source, dreamed, _added(dreamed, start, now), bars=borders)


def between(dreamer: Dreamer, source: Image, bars: Bars) -> Dreamer:
    """The dream that leaves a film's bars as they are in `source`."""

    def deepened(
        start: Image, now: RunConfig, steps: int, place: tuple[int, ...] = (), trust: Trust | None = None
    ) -> Image:
        return bars.between(dreamer(start, now, steps, place, trust), source)

    return deepened


def _zoomed(step: Step, dreamer: Dreamer, before: LoopState | None) -> LoopState:
    """A zoom's frame: the one before, moved by the camera."""
    now = step.config
    if step.flow is None or before is None:
        assert step.seed is not None
        seed = step.seed.astype(np.float32)
        dreamed = dreamer(seed, now, now.dream.first_steps, (step.index,))
        first = composite(seed, dreamed - seed, now.dream, step.mask)
        return LoopState(first, first, age=now.dream.dream_every - 1)
    start = match_anchor(warp(before.dreamed, step.flow), before.source, now.camera.anchor, now.camera.vivid)
    start = match_sharpness(start, before.source, now.camera.anchor)
    fresh = None if before.fresh is None else warp(before.fresh, step.flow)
    trust = _mean_trust(step.trust, before, step.flow)
    after = LoopState(before.source, start, fresh, before.age + 1, trust)
    if before.due(now):
        dreamed = dreamer(start, scale_step_for_cadence(now, ZOOM_STEP_EXPONENT), now.dream.steps, (step.index,), trust)
        residual = dreamed - start if now.camera.vivid >= 1 else fade_colour(dreamed - start, now.camera.vivid)
        dreamed = composite(start, residual, now.dream, step.mask)
        after = LoopState(before.source, dreamed, _added(dreamed, start, now))
    return after if step.back is None else _led_back(after, step.back)


def _added(dreamed: Image, start: Image, now: RunConfig) -> Image | None:
    """What is to be handed over; None where every frame is dreamed."""
    return dreamed - start if now.dream.dream_every > 1 else None


def _led_back(after: LoopState, back: Return) -> LoopState:
    """The end of a loop: its first frame, as it is seen from here, comes up."""
    home = shrunk_warp(after.source, back.flow)
    fresh = None if after.fresh is None else (1 - back.share) * after.fresh
    return replace(after, dreamed=after.dreamed + back.share * (home - after.dreamed), fresh=fresh)


def _mean_trust(trust: Trust | None, before: LoopState, flow: Flow) -> Trust | None:
    """Of this step, and of the ones before it that were not dreamed."""
    if before.age == 0 or (trust is None and before.trust is None):
        return trust
    sure = np.ones((1, 1, 1), np.float32)
    earlier = sure if before.trust is None else warp_linear(before.trust, flow).reshape(before.trust.shape)
    mean: Trust = (before.age * earlier + (sure if trust is None else trust)) / np.float32(before.age + 1)
    return mean


def warmed_up(source: Image, dreamer: Dreamer, now: RunConfig) -> Image:
    """A shot's first frame, as if the shot had stood still before it: the carry step with zero flow, until it settles.

    Without it a film begins pale and swells.
    """
    dreamed, strength = source, 0.0
    for _ in range(LONGEST_WARM_UP):
        dreamed = dreamer(source + np.float32(now.motion.persistence) * (dreamed - source), now, now.dream.steps)
        before, strength = strength, float(np.abs(dreamed - source).mean(dtype=np.float64))
        if abs(strength - before) <= SETTLED * strength:
            break
    return dreamed
