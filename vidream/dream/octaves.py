"""The whole dream: small to large, at each size a few steps uphill, the detail carried to the next."""

import numpy as np

from vidream.config import Dream, Goal, RunConfig
from vidream.dream.flat import FlatPlaces, flat_octaves
from vidream.dream.load import load_network
from vidream.dream.objective import Objective, objective, term_weights
from vidream.dream.recipe import RECIPES
from vidream.dream.shape import SHAPES, normalised, total_variation_gradient
from vidream.dream.tiles import TiledGradient
from vidream.events import checkpoint
from vidream.frames import Context, Image, Size, Travel, Trust, size_of
from vidream.resample import in_colours, resize_linear

STRIDE = 32
"""Px after which a network's grid repeats: the largest stride of those that we know; smaller ones divide it."""

UNTRUSTED_GAIN = 4
"""Where nothing could be carried, a step is up to 1 + this times larger."""


def dream(start: Image, gradient: TiledGradient, knobs: Dream, steps: int, context: Context = Context()) -> Image:
    """A picture, dreamed some steps at each octave.

    The octave loop of the GoogLeNet tutorial (Mordvintsev et al. 2015), with one departure: the detail is what was
    added to `start`, which may hold what an earlier frame carried here. The other ways stand in RECIPES.

    Args:
        start: (H, W, 3); values a little outside of 0..255 are allowed.
        gradient: of the objective.
        knobs: of the dream.
        steps: at each octave.
        context: of the picture. The network's grid moves by its travel, so that what moves is dreamed as it is where
            it stands still; without jitter the grid stays. For `flat` see dream/flat.py.

    Returns:
        (H, W, 3), 0..255, but for a recipe that does not clip.

    Raises:
        RenderError: the network's answer is not finite.
    """
    recipe = RECIPES[knobs.recipe]
    sizes = recipe.sizes(size_of(start), knobs)
    places: FlatPlaces | None = None
    early = 0
    if recipe.flat and context.flat is not None:
        places = FlatPlaces(context.flat, flat_octaves(sizes[0], knobs.octave_ratio), context.turn)
        early = len(places.sizes)
        sizes = [*places.sizes, *sizes]
    image = start
    detail: Image | None = None
    for octave, (source, size) in enumerate(zip(recipe.sources(start, sizes), sizes, strict=True)):
        if places is not None and places.rests(octave):
            continue
        if not recipe.detail:
            image = recipe.resize(image, size)
        elif detail is None:
            image = source
        else:
            image = source + recipe.resize(detail, size)
        gain = places.gain(octave, size) if places is not None else None
        step_size = _step_size(knobs.step_size, size, context.trust, gain)
        level = max(0, octave - early)
        count = max(1, round(steps * knobs.taper**level))
        for step in range(count):
            checkpoint()
            shift = _shift(knobs, (*context.place, octave, step))
            if knobs.jitter:
                shift = _moved_along(shift, context.travel, size.width / start.shape[1])
            slope = _uphill(image, gradient, knobs, shift, recipe.epsilon)
            if knobs.dream_tv:
                slope -= np.float32(knobs.dream_tv) * total_variation_gradient(image - source)
            slope *= step_size
            slope *= np.float32(knobs.taper ** ((level + step / count) / 2))
            slope += image
            image = np.clip(slope, 0, 255, out=slope) if recipe.clipped else slope
        detail = image - source
    return image


def _uphill(image: Image, gradient: TiledGradient, knobs: Dream, shift: tuple[int, int], epsilon: float) -> Image:
    """The direction of a step, (H, W, 3), whose mean size is about 1.

    Args:
        image: (H, W, 3).
        gradient: of the objective.
        knobs: of the dream.
        shift: rows and columns that the picture is rolled by while the network sees it.
        epsilon: added to what the gradient is divided by.
    """
    _, slope = gradient(np.roll(image, shift, (0, 1)))
    slope = SHAPES[knobs.shape](np.roll(slope, (-shift[0], -shift[1]), (0, 1)))
    slope = normalised(slope, knobs.norm, epsilon, out=slope)  # in place: new memory is slow
    if knobs.tv:
        slope -= np.float32(knobs.tv) * total_variation_gradient(image)
    return slope


def _shift(knobs: Dream, place: tuple[int, ...]) -> tuple[int, int]:
    """Rows and columns to roll by, 0..jitter: a function of the place, never of what was drawn before."""
    rows, columns = np.random.default_rng((knobs.seed, *place)).integers(0, knobs.jitter + 1, 2)
    return int(rows), int(columns)


def _moved_along(shift: tuple[int, int], travel: Travel, scale: float) -> tuple[int, int]:
    """The shift after which what has travelled lies on the network's grid as it did. scale: of the octave's size."""
    rows, columns = (px + -round(px_moved * scale) % STRIDE for px, px_moved in zip(shift, travel, strict=True))
    return rows, columns


def _step_size(step_size: float, size: Size, trust: Trust | None, gain: Trust | None) -> np.float32 | Image:
    """Levels: one number, or (H, W, 3) where trust, or the gain of flat places, differs from place to place."""
    levels: np.float32 | Trust = np.float32(step_size)
    if gain is not None:
        levels = levels * gain
    if trust is not None:
        levels = levels * (1 + UNTRUSTED_GAIN * (1 - resize_linear(trust, size)))
    if isinstance(levels, np.ndarray):
        return in_colours(levels)
    return levels


class OctaveDreamer:
    """The dream of one run: its network and objective, ready to be called on picture after picture."""

    def __init__(self, config: RunConfig, guide: Image | None = None) -> None:
        """Load the network.

        Args:
            config: of the run.
            guide: the picture that config.goal.guide names, (H, W, 3), 0..255.

        Raises:
            ConfigError: the network has not the layers that are asked for.
            MediaError: the network cannot be read.
        """
        self.network, self.guide = load_network(config.goal), guide
        self.gradient = TiledGradient(self.network, self._objective(config.goal), config.dream.tile)
        self._channels = _channels(config.goal)

    def _objective(self, goal: Goal) -> Objective:
        return objective(goal, self.network, self.guide)

    def __call__(
        self,
        start: Image,
        config: RunConfig,
        steps: int,
        /,
        context: Context = Context(),
    ) -> Image:
        """A picture, dreamed some steps at each octave: see `dream`.

        Args:
            start: (H, W, 3).
            config: at this moment: the same network, measures, layers and tile; weights and channels may differ.
            steps: at each octave.
            context: of the picture.
        """
        if _channels(config.goal) != self._channels:
            self.gradient.want(self._objective(config.goal))
            self._channels = _channels(config.goal)
        self.gradient.weights = term_weights(config.goal, self.network.layers)
        return dream(start, self.gradient, config.dream, steps, context)


def _channels(goal: Goal) -> list[str]:
    """What tells one choice of channels from another."""
    return [layer.label for layer in (*goal.layer, *goal.toward)]
