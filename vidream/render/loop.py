"""The one loop: carry what was dreamed before to where it can be trusted, dream a little more, hand it on.

film:  start = source + persistence * carried    (render/carry.py)
zoom:  start = match_sharpness(match_anchor(warp(dreamed_before)))
"""

from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from vidream.config import RunConfig
from vidream.dream.flat import flatness
from vidream.events import StageEvent, checkpoint, tell
from vidream.frames import PEAK, Context, Image, last_of, size_of
from vidream.plan.bars import Bars
from vidream.plan.cadence import FILM_STEP_EXPONENT, ZOOM_STEP_EXPONENT, scale_step_for_cadence
from vidream.plan.step import FilmStep, Return, Step, ZoomStep
from vidream.render.backdrop import renew
from vidream.render.carry import carry
from vidream.render.composite import Anchor, RenderedFrame, composite, fade_colour, match_anchor, match_sharpness
from vidream.render.state import Dreamer, LoopState, no_dream
from vidream.resample import resize
from vidream.warp import shrunk_warp, warp

SETTLED = 0.005
"""A shot is warm when a pass changes its strength by less than this share."""


@dataclass(frozen=True)
class Patience:
    """How long a shot's first frame may be warmed up."""

    whole: int = 80
    """Passes with all octaves, at most."""
    early: int = 24
    """Passes with each number of octaves before, at most."""
    gain: float = 1.0
    """Times a step, how large each of them is: more where there is time for few."""


PATIENT = Patience()
"""A film's: until it settles."""


def render(
    steps: Iterable[Step], dreamer: Dreamer, state: LoopState | None = None, patience: Patience = PATIENT
) -> Iterator[RenderedFrame]:
    """What is made of each step, one after the other.

    Args:
        steps: of a plan.
        dreamer: the dream; `no_dream` is the identity.
        state: what the step before the first of `steps` handed on; None: nothing.
        patience: with the first frame of each shot of a film.
    """
    anchor: Anchor | None = None
    for step in steps:
        if isinstance(step, ZoomStep):
            if state is not None and step.flow is not None:
                state = state.at_size(size_of(step.flow))
            if state is not None and (anchor is None or anchor.image is not state.reference):
                anchor = Anchor(state.reference)
            rendered = _zoom_frame(step, dreamer, state, anchor)
        elif dreamer is no_dream:
            rendered = RenderedFrame(step)
        else:
            rendered = _film_frame(step, dreamer, state, patience)
        state = rendered.state
        yield rendered


def _film_frame(step: FilmStep, dreamer: Dreamer, previous: LoopState | None, patience: Patience) -> RenderedFrame:
    """A film's frame: its source, with what can be trusted of the dream before, dreamed a little more."""
    config, full = step.config, step.source.image()
    bars = _known_bars(step, previous)
    source = _dreamed_over(step, full)
    if bars is not None and any(bars.widths):
        dreamer = between_bars(dreamer, source, bars)
    if previous is not None:
        previous = previous.at_size(size_of(source))
    state = _film_state(step, source, dreamer, previous, bars, patience)
    residual = state.visible - source
    return RenderedFrame(step, full, residual, state if config.motion.persistence else None, bars)


def growing_frame(step: FilmStep, dreamer: Dreamer, patience: Patience = PATIENT) -> Generator[RenderedFrame]:
    """A shot's first frame as it gets better; the last is what `render` makes of it. For whoever looks meanwhile.

    Args:
        step: whatever its flow says, nothing is carried into it.
        dreamer: the dream.
        patience: how long it is warmed up, if it is.
    """
    if dreamer is no_dream:
        yield RenderedFrame(step)
        return
    config, full = step.config, step.source.image()
    source = _dreamed_over(step, full)
    if step.bars is not None and any(step.bars.widths):
        dreamer = between_bars(dreamer, source, step.bars)
    if config.motion.persistence == 0:
        dreamed = dreamer(source, config, config.dream.first_steps, Context((step.index,)))
        yield RenderedFrame(step, full, dreamed - source, None, step.bars)
        return
    borders = step.bars.borders if step.bars else None
    for better in warming_up(source, dreamer, config, patience):
        residual = better
        state: LoopState | None = None
        if size_of(residual) == size_of(source):
            since = config.dream.dream_every - 1
            state = LoopState(source, source + residual, frames_since_dream=since, bars=borders)
            residual = state.dreamed - source
        yield RenderedFrame(step, full, residual, state, step.bars)


def _dreamed_over(step: FilmStep, full: Image) -> Image:
    """A film's frame, `full`, at the size at which it is dreamed."""
    source = resize(full, size_of(full).at_most(step.config.dream.dream_size))
    if step.source.samples.dtype == np.float32:
        source = source.clip(0, PEAK)  # what is brighter than white stays, and is not dreamed in
    return source


def _film_state(
    step: FilmStep, source: Image, dreamer: Dreamer, previous: LoopState | None, bars: Bars | None, patience: Patience
) -> LoopState:
    config = step.config
    borders = bars.borders if bars else None
    if config.motion.persistence == 0:
        return LoopState(source, dreamer(source, config, config.dream.first_steps, Context((step.index,))))
    if step.flow is None or previous is None:
        warm = warm_up(source, dreamer, config, patience)
        return LoopState(source, warm, frames_since_dream=config.dream.dream_every - 1, bars=borders)
    carried = carry(step, step.flow, source, previous, bars)
    start: Image = source + np.float32(config.motion.persistence) * carried.residual
    if previous.is_due(config):
        further = scale_step_for_cadence(config, FILM_STEP_EXPONENT)
        context = Context(trust=carried.trust, flat=flatness(source), turn=previous.turn, travel=carried.travel)
        dreamed = dreamer(start, further, config.dream.steps, context)
        unseen = _unseen(dreamed, start, config) if config.dream.dream_every > 1 else carried.unseen_of(dreamed, source)
        state = LoopState(source, dreamed, unseen, turn=previous.turn + 1)
    else:
        unseen = previous.unseen_share(config) * carried.unseen
        state = LoopState(source, start, unseen, previous.frames_since_dream + 1, carried.trust, turn=previous.turn)
    backdrop = carried.backdrop
    if carried.seen is not None:
        backdrop = renew(backdrop, source, state.dreamed - source, carried.seen)
    return replace(state, bars=borders, travel=carried.travel, backdrop=backdrop)


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


def warm_up(source: Image, dreamer: Dreamer, config: RunConfig, patience: Patience = PATIENT) -> Image:
    """A shot's first frame, dreamed as if the shot had stood still before it: with zero flow, until it settles.

    Without it a film begins pale and swells. It goes from the smallest octave alone, on a small picture, to all of
    them, so that large forms are there before fine ones. Until all are, each pass has a jitter of its own: with one
    for all, the network's grid adds up where the source has nothing.
    """
    return source + last_of(warming_up(source, dreamer, config, patience))


def warming_up(source: Image, dreamer: Dreamer, config: RunConfig, patience: Patience = PATIENT) -> Generator[Image]:
    """The residuals of `warm_up`, pass after pass, each better than the one before; the last is of the source's size.

    Arguments are those of `warm_up`. Those before may be smaller.
    """
    tell(StageEvent("warming up"))
    residual = np.zeros_like(source)
    knobs = replace(config.dream, step_size=patience.gain * config.dream.step_size)
    for octaves in range(1, knobs.octaves + 1):
        long_side = round(max(size_of(source)) * knobs.octave_ratio ** (octaves - knobs.octaves))
        picture = resize(source, size_of(source).scaled_to(max(1, long_side)))
        stage = replace(config, dream=replace(knobs, octaves=octaves))
        early = octaves < knobs.octaves
        most = patience.early if early else patience.whole
        start = resize(residual, size_of(picture))
        for residual in _settling(picture, start, dreamer, stage, most, early=early):
            yield residual


def _settling(
    picture: Image, residual: Image, dreamer: Dreamer, config: RunConfig, most: int, *, early: bool
) -> Generator[Image]:
    """The residuals of a picture that stands still, until it grows no more.

    Args:
        picture: (H, W, 3).
        residual: (H, W, 3): what to begin with.
        dreamer: of the run.
        config: with as many octaves as are dreamed.
        most: passes.
        early: more octaves are to come.
    """
    flat, strength = flatness(picture), 0.0
    for index in range(most):
        checkpoint()
        start = picture + np.float32(config.motion.persistence) * residual
        context = Context((config.dream.octaves, index) if early else (), flat=flat)
        residual = dreamer(start, config, config.dream.steps, context) - picture
        yield residual
        previous, strength = strength, float(np.abs(residual).mean(dtype=np.float64))
        if abs(strength - previous) <= SETTLED * strength:
            break
