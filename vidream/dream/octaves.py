"""The whole dream: small to large, at each size a few steps uphill, the detail carried to the next."""

import numpy as np

from vidream.config import Dream, Goal, RunConfig
from vidream.dream.network import network
from vidream.dream.objective import Objective, objective, weights_of
from vidream.dream.recipe import RECIPES, octave_sizes
from vidream.dream.shape import SHAPES, normalised, total_variation_gradient
from vidream.dream.tiles import TiledGradient
from vidream.events import checkpoint
from vidream.frames import Image, Size, Trust, size_of
from vidream.resample import resize_linear

UNTRUSTED_GAIN = 4  # where nothing could be carried, a step is up to 1 + this times larger


def dream(
    start: Image,
    gradient: TiledGradient,
    knobs: Dream,
    steps: int,
    place: tuple[int, ...] = (),
    trust: Trust | None = None,
) -> Image:
    """A picture, dreamed `steps` times at each octave.

    Args:
        start: (H, W, 3); values a little outside of 0..255 are allowed.
        gradient: of the objective.
        knobs: of the dream.
        steps: at each octave.
        place: what chance depends on beside seed, octave and step: () within a shot, (frame,) for frames dreamed
            alone.
        trust: (h, w, 1) of any size; the step is larger where it is low.

    Returns:
        (H, W, 3), 0..255, but for a recipe that does not clip.

    The octave loop of the GoogLeNet tutorial (Mordvintsev et al. 2015), with one departure: the detail is what was
    added to `start`, which may hold what an earlier frame carried here. The other ways stand in RECIPES.
    """
    recipe, size = RECIPES[knobs.recipe], size_of(start)
    sizes = octave_sizes(size, knobs)
    image, detail = start, np.zeros((1, 1, 3), np.float32)
    for octave, base in enumerate(recipe.sources(start, sizes)):
        of_before = detail if recipe.detail else image
        image = recipe.resize(of_before, sizes[octave]) + (base if recipe.detail else 0)
        step_size = _step_size(knobs.step_size, trust, sizes[octave])
        for step in range(steps):
            checkpoint()
            shift = _shift(knobs, (*place, octave, step))
            _, slope = gradient(np.roll(image, shift, (0, 1)))
            slope = np.roll(slope, (-shift[0], -shift[1]), (0, 1))
            slope = normalised(SHAPES[knobs.shape](slope), knobs.norm, recipe.epsilon)
            if knobs.tv:
                slope -= np.float32(knobs.tv) * total_variation_gradient(image)
            image = image + step_size * slope
            image = np.clip(image, 0, 255) if recipe.clipped else image
        detail = image - base
    return image


def _shift(knobs: Dream, place: tuple[int, ...]) -> tuple[int, int]:
    """Rows and columns to roll by, 0..jitter: a function of the place, never of what was drawn before."""
    rows, columns = np.random.default_rng((knobs.seed, *place)).integers(0, knobs.jitter + 1, 2)
    return int(rows), int(columns)


def _step_size(step_size: float, trust: Trust | None, size: Size) -> np.float32 | Image:
    if trust is None:
        return np.float32(step_size)
    return np.float32(step_size) * (1 + UNTRUSTED_GAIN * (1 - resize_linear(trust, size)))


class OctaveDreamer:
    """The dream of one run: its network and objective, ready to be called on picture after picture.

    guide  the picture that config.goal.guide names
    """

    def __init__(self, config: RunConfig, guide: Image | None = None) -> None:
        self.network, self.guide = network(config.goal), guide
        self.gradient = TiledGradient(self.network, self._objective(config.goal), config.dream.tile)
        self._channels = _channels(config.goal)

    def _objective(self, goal: Goal) -> Objective:
        return objective(goal, self.network, self.guide)

    def __call__(
        self, start: Image, now: RunConfig, steps: int, place: tuple[int, ...] = (), trust: Trust | None = None
    ) -> Image:
        """See `dream`; `now` holds the knobs of this moment: the same network, objective, layers and tile.

        Weights may differ from call to call, and channels.
        """
        if _channels(now.goal) != self._channels:
            self.gradient.want(self._objective(now.goal))
            self._channels = _channels(now.goal)
        self.gradient.weights = weights_of(now.goal, self.network.layers)
        return dream(start, self.gradient, now.dream, steps, place, trust)


def _channels(goal: Goal) -> list[str]:
    return [layer.label for layer in (*goal.layer, *goal.toward)]
