"""The one loop: carry what was dreamed before to where it can be trusted, dream a little more, hand it on.

film, residual:  carried = trust * warp(dreamed_before - source_before)
film, picture:   carried = trust * (warp(dreamed_before) - source)
film:            start = source + persistence * carried
zoom:            start = match_sharpness(match_anchor(warp(dreamed_before)))

What a film shows follows what is dreamed a little late, along the flow, so that what a dream changes to and fro is not
seen: unseen = LATE * trust * (dreamed - source - carried + warp(unseen_before)); shown = dreamed - unseen.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import partial

import numpy as np

from vidream.config import RunConfig
from vidream.dream.flat import flatness
from vidream.events import StageEvent, checkpoint, tell
from vidream.frames import Context, Image, size_of
from vidream.plan.bars import Bars
from vidream.plan.cadence import FILM_STEP_EXPONENT, ZOOM_STEP_EXPONENT, scale_step_for_cadence
from vidream.plan.step import FilmStep, Return, Step, ZoomStep
from vidream.render.composite import Anchor, RenderedFrame, composite, fade_colour, match_anchor, match_sharpness
from vidream.render.state import Dreamer, LoopState, no_dream
from vidream.resample import flow_at, in_colours, resize, resize_linear
from vidream.warp import SWELLS, shrunk_warp, warp, warp_lanczos, warp_linear

SETTLED = 0.005
"""A shot is warm when a pass changes its strength by less than this share."""
LONGEST_WARM_UP = 80
"""Passes of a warm-up with all octaves, at most."""
EARLY = 24
"""Passes of a warm-up with each number of octaves before, at most."""

LATE = 2 / 3
"""Of what a film's dream has changed in what was carried, the share that is not seen at once; a third of the rest comes
up at each frame after. Larger, forms lag behind their own growth; where nothing could be carried all is seen at once,
as a film with fast motion would grow pale."""

Fetch = Callable[[Image], Image]
Carry = Callable[[Image, Image, Image, Fetch], Image]


def _carry_residual(source: Image, source_before: Image, dreamed_before: Image, fetch: Fetch) -> Image:
    del source
    return fetch(dreamed_before - source_before)


def _carry_picture(source: Image, source_before: Image, dreamed_before: Image, fetch: Fetch) -> Image:
    del source_before
    return fetch(dreamed_before) - source


CARRIES: Mapping[str, Carry] = {"residual": _carry_residual, "picture": _carry_picture}
"""By the name that --carry has: what is added to the source of the dream before."""


def render(steps: Iterable[Step], dreamer: Dreamer, state: LoopState | None = None) -> Iterator[RenderedFrame]:
    """What is made of each step, one after the other.

    Args:
        steps: of a plan.
        dreamer: the dream; `no_dream` is the identity.
        state: what the step before the first of `steps` handed on; None: nothing.
    """
    anchor: Anchor | None = None
    for step in steps:
        if isinstance(step, ZoomStep):
            if state is not None and (anchor is None or anchor.image is not state.reference):
                anchor = Anchor(state.reference)
            rendered = _zoom_frame(step, dreamer, state, anchor)
        elif dreamer is no_dream:
            rendered = RenderedFrame(step)
        else:
            rendered = _film_frame(step, dreamer, state)
        state = rendered.state
        yield rendered


def _film_frame(step: FilmStep, dreamer: Dreamer, previous: LoopState | None) -> RenderedFrame:
    """A film's frame: its source, with what can be trusted of the dream before, dreamed a little more."""
    config, full = step.config, step.source.image()
    bars = _known_bars(step, previous)
    source = resize(full, size_of(full).at_most(config.dream.dream_size))
    if bars is not None and any(bars.widths):
        dreamer = between_bars(dreamer, source, bars)
    state = _film_state(step, source, dreamer, previous, bars)
    residual = state.visible - source
    return RenderedFrame(step, full, residual, state if config.motion.persistence else None, bars)


def _film_state(
    step: FilmStep, source: Image, dreamer: Dreamer, previous: LoopState | None, bars: Bars | None
) -> LoopState:
    config = step.config
    borders = bars.borders if bars else None
    if config.motion.persistence == 0:
        return LoopState(source, dreamer(source, config, config.dream.first_steps, Context((step.index,))))
    if step.flow is None or previous is None:
        warm = warm_up(source, dreamer, config)
        return LoopState(source, warm, frames_since_dream=config.dream.dream_every - 1, bars=borders)
    flow = flow_at(step.flow, size_of(source))
    trust = resize_linear(step.trust, size_of(source)) if step.trust is not None else None
    trusted = in_colours(trust) if trust is not None else np.float32(1)
    fades = config.motion.persistence * SWELLS < 1
    fetch = partial(warp_lanczos if fades else warp, flow=flow)
    carried: Image = trusted * CARRIES[config.motion.carry](source, previous.reference, previous.dreamed, fetch)
    unseen = trusted * warp_linear(previous.unseen, flow) if previous.unseen is not None else np.zeros_like(source)
    if bars is not None:
        carried, unseen = (bars.between(image, np.zeros_like(image)) for image in (carried, unseen))
    start: Image = source + np.float32(config.motion.persistence) * carried
    mean_trust, travel, turn = previous.mean_trust(trust, flow), previous.further_travel(flow), previous.turn
    if not previous.is_due(config):
        unseen *= previous.unseen_share(config)
        return LoopState(source, start, unseen, previous.frames_since_dream + 1, mean_trust, borders, travel, turn)
    further = scale_step_for_cadence(config, FILM_STEP_EXPONENT)
    context = Context(trust=mean_trust, flat=flatness(source), turn=turn, travel=travel)
    dreamed = dreamer(start, further, config.dream.steps, context)
    if config.dream.dream_every > 1:
        late = _unseen(dreamed, start, config)
    else:
        late = dreamed - source
        late -= carried
        late += unseen
        late *= np.float32(LATE) * trusted
    return LoopState(source, dreamed, late, bars=borders, travel=travel, turn=turn + 1)


def _zoom_frame(step: ZoomStep, dreamer: Dreamer, previous: LoopState | None, anchor: Anchor | None) -> RenderedFrame:
    """A zoom's frame: the one before, moved by the camera, dreamed a little more. anchor: its first frame."""
    config = step.config
    if step.flow is None or previous is None or anchor is None:
        assert step.seed is not None
        source = step.seed.astype(np.float32)
        dreamed = dreamer(source, config, config.dream.first_steps, Context((step.index,)))
        dreamed = composite(source, dreamed - source, config.dream, step.mask)
        state = LoopState(dreamed, dreamed, frames_since_dream=config.dream.dream_every - 1)
        return RenderedFrame(step, source, dreamed - source, state)
    camera = config.camera
    source = match_anchor(warp(previous.dreamed, step.flow), anchor, camera.anchor, camera.vivid)
    source = match_sharpness(source, anchor, camera.anchor)
    trust = previous.mean_trust(step.trust, step.flow)
    if previous.is_due(config):
        further = scale_step_for_cadence(config, ZOOM_STEP_EXPONENT)
        residual = dreamer(source, further, config.dream.steps, Context((step.index,), trust)) - source
        if config.camera.vivid < 1:
            residual = fade_colour(residual, config.camera.vivid)
        dreamed = composite(source, residual, config.dream, step.mask)
        state = LoopState(previous.reference, dreamed, _unseen(dreamed, source, config))
    else:
        unseen = None
        if previous.unseen is not None:
            unseen = previous.unseen_share(config) * warp(previous.unseen, step.flow)
        state = LoopState(previous.reference, source, unseen, previous.frames_since_dream + 1, trust)
    if step.back is not None:
        state = _lead_back(state, step.back)
    return RenderedFrame(step, source, state.visible - source, state)


def _known_bars(step: FilmStep, previous: LoopState | None) -> Bars | None:
    """A film's black bars, as far as its shot has told of them; once there are none, there are none in all of it."""
    if step.bars is None or step.flow is None or previous is None:
        return step.bars
    return None if previous.bars is None else step.bars.with_earlier(previous.bars)


def between_bars(dreamer: Dreamer, source: Image, bars: Bars) -> Dreamer:
    """The Dreamer that leaves a film's bars as they are in `source`."""

    def dream(start: Image, config: RunConfig, steps: int, /, context: Context = Context()) -> Image:
        dreamed = dreamer(start, config, steps, context)
        return bars.between(dreamed, resize(source, size_of(start)))

    return dream


def _unseen(dreamed: Image, start: Image, config: RunConfig) -> Image | None:
    """What a dream has added that comes up until the next one; None where every frame is dreamed."""
    every = config.dream.dream_every
    return np.float32(1 - 1 / every) * (dreamed - start) if every > 1 else None


def _lead_back(state: LoopState, back: Return) -> LoopState:
    """The end of a loop: its first frame, as it is seen from here, comes up."""
    first = shrunk_warp(state.reference, back.flow)
    unseen = state.unseen
    if unseen is not None:
        unseen = (1 - back.share) * unseen
    return replace(state, dreamed=state.dreamed + back.share * (first - state.dreamed), unseen=unseen)


def warm_up(source: Image, dreamer: Dreamer, config: RunConfig) -> Image:
    """A shot's first frame, dreamed as if the shot had stood still before it: with zero flow, until it settles.

    Without it a film begins pale and swells. It goes from the smallest octave alone, on a small picture, to all of
    them, so that large forms are there before fine ones. Until all are, each pass has a jitter of its own: with one
    for all, the network's grid adds up where the source has nothing.
    """
    tell(StageEvent("warming up"))
    residual = np.zeros_like(source)
    knobs = config.dream
    for octaves in range(1, knobs.octaves + 1):
        long_side = round(max(size_of(source)) * knobs.octave_ratio ** (octaves - knobs.octaves))
        picture = resize(source, size_of(source).scaled_to(max(1, long_side)))
        stage = replace(config, dream=replace(knobs, octaves=octaves))
        residual = _settle(picture, resize(residual, size_of(picture)), dreamer, stage, octaves < knobs.octaves)
    return source + residual


def _settle(picture: Image, residual: Image, dreamer: Dreamer, config: RunConfig, early: bool) -> Image:
    """The residual of a picture that stands still, when it grows no more.

    Args:
        picture: (H, W, 3).
        residual: (H, W, 3): what to begin with.
        dreamer: of the run.
        config: with as many octaves as are dreamed.
        early: more octaves are to come.
    """
    flat, strength = flatness(picture), 0.0
    for index in range(EARLY if early else LONGEST_WARM_UP):
        checkpoint()
        start = picture + np.float32(config.motion.persistence) * residual
        context = Context((config.dream.octaves, index) if early else (), flat=flat)
        residual = dreamer(start, config, config.dream.steps, context) - picture
        previous, strength = strength, float(np.abs(residual).mean(dtype=np.float64))
        if abs(strength - previous) <= SETTLED * strength:
            break
    return residual
