"""The one loop: warp what was dreamed before, put it where it can be trusted, dream a little more, yield.

film, residual:  start = source + persistence * trust * warp(dreamed_before - source_before)
film, picture:   start = source + persistence * trust * (warp(dreamed_before) - source)
zoom:            start = kept_sharp(anchored(warp(dreamed_before)))
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import partial

import numpy as np

from vidream.config import RunConfig
from vidream.frames import Flow, Image, Pixels, Trust, size_of
from vidream.motion import SWELLS, shrunk_warp, warp, warp_fading, warp_once
from vidream.plan.bars import Bars
from vidream.plan.cadence import ADD_UP, WANDER, further
from vidream.plan.step import Return, Step
from vidream.render.composite import anchored, faded, kept_sharp, laid_over
from vidream.render.state import Carried, Deepen, asleep
from vidream.resample import as_pixels, flow_at, resized, resized_between

SETTLED = 0.005  # a shot is warm when a pass changes its strength by less than this share
LONGEST_WARM_UP = 80  # passes
Fetch = Callable[[Image], Image]
Carry = Callable[[Image, Image, Image, Fetch], Image]


def _carry_residual(source: Image, source_before: Image, dreamed_before: Image, fetch: Fetch) -> Image:
    return fetch(dreamed_before - source_before)


def _carry_picture(source: Image, source_before: Image, dreamed_before: Image, fetch: Fetch) -> Image:
    return fetch(dreamed_before) - source


CARRIES: Mapping[str, Carry] = {"residual": _carry_residual, "picture": _carry_picture}


Rendering = Iterator[tuple[Step, Pixels, Carried | None]]


def render(steps: Iterable[Step], deepen: Deepen, carried: Carried | None = None) -> Rendering:
    """Each step with its output frame, and what it hands on; nothing is handed on where nothing is carried.

    Args:
        steps: of a plan.
        deepen: the dream; `asleep` is the identity.
        carried: from the step before the first of `steps`, if there was one.
    """
    for step in steps:
        now = step.config
        if step.source is None:
            carried = _zoomed(step, deepen, carried)
            yield step, as_pixels(carried.shown(now)), carried
            continue
        if deepen is asleep:
            yield step, step.source, None
            continue
        full = step.source.astype(np.float32)
        bars = _bars(step, carried)
        small = resized(full, size_of(full).at_most(now.dream.dream_size))
        carried = _filmed(step, small, deepen, carried, bars)
        pixels = as_pixels(laid_over(full, carried.shown(now) - carried.source, now.dream, step.mask))
        pixels = pixels if bars is None else bars.between(pixels, step.source)
        carried = carried if now.motion.persistence else None
        yield step, pixels, carried


def _bars(step: Step, before: Carried | None) -> Bars | None:
    """A film's black bars, as far as its shot has told of them; once there are none, there are none in all of it."""
    if step.bars is None or step.flow is None or before is None:
        return step.bars
    return None if before.bars is None else step.bars.and_before(before.bars)


def _filmed(step: Step, source: Image, deepen: Deepen, before: Carried | None, bars: Bars | None) -> Carried:
    """A film's frame: its source, with what can be believed of the dream before; no dream where its bars are."""
    now, borders = step.config, None if bars is None else bars.borders
    if bars is not None and any(bars.widths):
        deepen = between(deepen, source, bars)
    if now.motion.persistence == 0:
        return Carried(source, deepen(source, now, now.dream.first_steps, (step.index,)))
    if step.flow is None or before is None:
        return Carried(source, warmed_up(source, deepen, now), age=now.dream.dream_every - 1, bars=borders)
    flow = flow_at(step.flow, size_of(source))
    trust = None if step.trust is None else resized_between(step.trust, size_of(source))
    faith = np.float32(now.motion.persistence) * (1 if trust is None else trust)
    fetch = partial(warp_fading if now.motion.persistence * SWELLS < 1 else warp, flow=flow)
    start: Image = source + faith * CARRIES[now.motion.carry](source, before.source, before.dreamed, fetch)
    start = start if bars is None else bars.between(start, source)
    fresh: Image | None = None if before.fresh is None else faith * fetch(before.fresh)
    if bars is not None and fresh is not None:
        fresh = bars.between(fresh, np.zeros_like(fresh))
    trust = _mean_trust(trust, before, flow)
    if not before.due(now):
        return Carried(source, start, fresh, before.age + 1, trust, borders)
    dreamed = deepen(start, further(now, ADD_UP), now.dream.steps, trust=trust)
    return Carried(source, dreamed, _added(dreamed, start, now), bars=borders)


def between(deepen: Deepen, source: Image, bars: Bars) -> Deepen:
    """The dream that leaves a film's bars as they are in `source`."""

    def deepened(
        start: Image, now: RunConfig, steps: int, place: tuple[int, ...] = (), trust: Trust | None = None
    ) -> Image:
        return bars.between(deepen(start, now, steps, place, trust), source)

    return deepened


def _zoomed(step: Step, deepen: Deepen, before: Carried | None) -> Carried:
    """A zoom's frame: the one before, moved by the camera."""
    now = step.config
    if step.flow is None or before is None:
        assert step.seed is not None
        seed = step.seed.astype(np.float32)
        dreamed = deepen(seed, now, now.dream.first_steps, (step.index,))
        first = laid_over(seed, dreamed - seed, now.dream, step.mask)
        return Carried(first, first, age=now.dream.dream_every - 1)
    start = anchored(warp(before.dreamed, step.flow), before.source, now.camera.anchor, now.camera.vivid)
    start = kept_sharp(start, before.source, now.camera.anchor)
    fresh = None if before.fresh is None else warp(before.fresh, step.flow)
    trust = _mean_trust(step.trust, before, step.flow)
    after = Carried(before.source, start, fresh, before.age + 1, trust)
    if before.due(now):
        dreamed = deepen(start, further(now, WANDER), now.dream.steps, (step.index,), trust)
        residual = dreamed - start if now.camera.vivid >= 1 else faded(dreamed - start, now.camera.vivid)
        dreamed = laid_over(start, residual, now.dream, step.mask)
        after = Carried(before.source, dreamed, _added(dreamed, start, now))
    return after if step.back is None else _led_back(after, step.back)


def _added(dreamed: Image, start: Image, now: RunConfig) -> Image | None:
    """What is to be handed over; None where every frame is dreamed."""
    return dreamed - start if now.dream.dream_every > 1 else None


def _led_back(after: Carried, back: Return) -> Carried:
    """The end of a loop: its first frame, as it is seen from here, comes up."""
    home = shrunk_warp(after.source, back.flow)
    fresh = None if after.fresh is None else (1 - back.share) * after.fresh
    return replace(after, dreamed=after.dreamed + back.share * (home - after.dreamed), fresh=fresh)


def _mean_trust(trust: Trust | None, before: Carried, flow: Flow) -> Trust | None:
    """Of this step, and of the ones before it that were not dreamed."""
    if before.age == 0 or (trust is None and before.trust is None):
        return trust
    sure = np.ones((1, 1, 1), np.float32)
    earlier = sure if before.trust is None else warp_once(before.trust, flow).reshape(before.trust.shape)
    mean: Trust = (before.age * earlier + (sure if trust is None else trust)) / np.float32(before.age + 1)
    return mean


def warmed_up(source: Image, deepen: Deepen, now: RunConfig) -> Image:
    """A shot's first frame, as if the shot had stood still before it: the carry step with zero flow, until it settles.

    Without it a film begins pale and swells.
    """
    dreamed, strength = source, 0.0
    for _ in range(LONGEST_WARM_UP):
        dreamed = deepen(source + np.float32(now.motion.persistence) * (dreamed - source), now, now.dream.steps)
        before, strength = strength, float(np.abs(dreamed - source).mean(dtype=np.float64))
        if abs(strength - before) <= SETTLED * strength:
            break
    return dreamed
