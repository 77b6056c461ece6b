"""The one loop: warp what was dreamed before, put it where it can be trusted, dream a little more, yield.

film, residual:  start = source + persistence * trust * warp(dreamed_before - source_before)
film, picture:   start = source + persistence * trust * (warp(dreamed_before) - source)
zoom:            start = kept_sharp(anchored(warp(dreamed_before)))
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Protocol

import cv2
import numpy as np

from vidream.config import Dream, RunConfig
from vidream.frames import Flow, Image, Pixels, Size, Trust, size_of
from vidream.motion import SWELLS, shrunk_warp, warp, warp_fading, warp_once
from vidream.render.bars import Bars, Borders
from vidream.render.step import Return, Step
from vidream.resample import as_pixels, flow_at, resized, resized_between

SETTLED = 0.005  # a shot is warm when a pass changes its strength by less than this share
LONGEST_WARM_UP = 80  # passes
LUMA = np.array([[0.2126], [0.7152], [0.0722]], np.float32)  # of R, G, B (ITU-R BT.709)
# R, G, B -> luma, and Cb and Cr in levels around 0, -127.5..127.5 (BT.709)
LUMA_CHROMA = np.array([[0.2126, 0.7152, 0.0722], [-0.2126, -0.7152, 0.9278], [0.7874, -0.7152, -0.0722]])
LUMA_CHROMA /= np.array([[1], [1.8556], [1.5748]])
FAINTEST = 0.1  # levels: a deviation below that is noise, and is not made stronger
CRISPER = 0.5  # of the anchor's pull: how far detail is drawn; measured
SHARPEST = 1.4  # times the anchor's detail, what soft photos have after a second: more of it is drawn back; measured

# N frames' steps in one: how much larger it must be for the same strength, as a power of N; measured. A film's jitter
# is the same at every frame, and its steps add up, almost; a zoom's is not, and they add up as a random walk does.
ADD_UP, WANDER = 0.85, 0.5


class Deepen(Protocol):
    """A picture -> the picture, dreamed: see vidream.dream.octaves.dream."""

    def __call__(
        self, start: Image, now: RunConfig, steps: int, place: tuple[int, ...] = (), trust: Trust | None = None
    ) -> Image: ...


def asleep(start: Image, now: RunConfig, steps: int, place: tuple[int, ...] = (), trust: Trust | None = None) -> Image:
    """The Deepen that dreams nothing."""
    return start


Fetch = Callable[[Image], Image]
Carry = Callable[[Image, Image, Image, Fetch], Image]


def _carry_residual(source: Image, source_before: Image, dreamed_before: Image, fetch: Fetch) -> Image:
    return fetch(dreamed_before - source_before)


def _carry_picture(source: Image, source_before: Image, dreamed_before: Image, fetch: Fetch) -> Image:
    return fetch(dreamed_before) - source


CARRIES: Mapping[str, Carry] = {"residual": _carry_residual, "picture": _carry_picture}


@dataclass(frozen=True)
class Carried:
    """What one step hands to the next: Images of the dream's size. All that a stopped render needs to go on.

    source   of a film, the frame's source; of a zoom, its first frame, dreamed: what it is anchored to
    dreamed  the frame, dreamed
    fresh    what the last dreamed step added; None: nothing is being handed over
    age      steps since then
    trust    the mean of what those steps have fetched; None: all of it
    bars     what is known of the shot's black bars; None: there are none
    """

    source: Image
    dreamed: Image
    fresh: Image | None = None
    age: int = 0
    trust: Trust | None = None
    bars: Borders | None = None

    def due(self, now: RunConfig) -> bool:
        """Whether the next step is one to be dreamed."""
        return self.age + 1 >= now.dream.dream_every

    def shown(self, now: RunConfig) -> Image:
        """What is seen: with `dream_every` N, each of N frames shows an Nth more of what the dreamed one added.

        So what is added appears as smoothly as what is carried fades: no pulse.
        """
        if self.fresh is None:
            return self.dreamed
        share = (self.age + 1) / now.dream.dream_every
        return self.dreamed - np.float32(1 - share) * self.fresh


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
        small = resized(full, dream_size(size_of(full), now.dream.dream_size))
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


def further(now: RunConfig, power: float) -> RunConfig:
    """Of N frames one is dreamed, further."""
    return replace(now, dream=replace(now.dream, step_size=now.dream.step_size * now.dream.dream_every**power))


def anchored(image: Image, anchor: Image, pull: float, vivid: float = 1.0) -> Image:
    """The means and standard deviations of luma, Cb and Cr, drawn to those of `anchor`; by 1 they become them.

    vivid: the anchor's Cb and Cr are taken so many times as strong; its mean colour only less, by what is under 1.

    Not of R, G and B: their deviations can hold while they part from each other, and colour grows between them.
    """
    if pull == 0:
        return image
    (mean, deviation), (to_mean, to_deviation) = (
        [each.reshape(-1) for each in cv2.meanStdDev(cv2.transform(picture, LUMA_CHROMA))]
        for picture in (image, anchor)
    )
    to_mean = to_mean * (1, min(1, vivid), min(1, vivid))
    to_deviation = to_deviation * (1, vivid, vivid)
    gain = 1 + pull * (to_deviation / np.maximum(deviation, FAINTEST) - 1)
    offset = mean + pull * (to_mean - mean) - gain * mean
    back = np.linalg.inv(LUMA_CHROMA)
    drawn: Image = cv2.transform(image, np.column_stack([back @ np.diag(gain) @ LUMA_CHROMA, back @ offset]))
    return drawn


def kept_sharp(image: Image, anchor: Image, pull: float) -> Image:
    """Its fine detail, in light and dark, drawn to at least as much as `anchor` has, at most to SHARPEST times that.

    Without it a sharp photo, moved faster than a step dreams, goes soft in a second; a soft one gathers too much.
    """
    if pull == 0:
        return image
    (detail, mine), theirs = _detail(image), _detail(anchor)[1]
    mine = max(mine, FAINTEST)
    lack = min(1.0, min(max(mine, theirs), SHARPEST * theirs) / mine - 1)
    crisper: Image = image if lack == 0 else image + np.float32(CRISPER * pull * lack) * detail
    return crisper


def _detail(image: Image) -> tuple[Image, float]:
    """What of the luma differs from its 3 x 3 mean, (H, W, 1), and its mean strength, levels."""
    light = image @ LUMA
    detail: Image = light - cv2.blur(light, (3, 3))[..., None]
    return detail, float(np.abs(detail).mean())


def faded(image: Image, share: float) -> Image:
    """With that share of its colour; its light and dark stay."""
    light: Image = image @ LUMA
    paler: Image = light + np.float32(share) * (image - light)
    return paler


def dream_size(size: Size, long_side: int) -> Size:
    """The size at which the network sees a picture of `size`: never larger than it; 0 is full size."""
    return size.at_most(long_side)


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


def laid_over(source: Image, residual: Image, knobs: Dream, mask: Image | None = None) -> Image:
    """The source with the residual over it, enlarged to its size, as strong as is asked for.

    In all colours, or in light and dark only; where the mask, (H, W, 1) 0..1, lets it be seen.
    """
    if knobs.keep_colour:
        residual = np.repeat(residual @ LUMA, 3, axis=-1)
    seen = np.float32(knobs.strength) * (1 if mask is None else mask)
    return source + seen * resized(residual, size_of(source))
