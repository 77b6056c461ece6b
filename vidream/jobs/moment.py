"""The moment that shows a look as what it is for: a picture, the last frame of a film, or one frame of a zoom.

Of a zoom whose layers take turns there is a moment of each turn, side by side.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import islice, pairwise
from typing import Any

import numpy as np

from vidream.clock import Time
from vidream.config import Goal, RunConfig
from vidream.curve_parts import parts_of, rebuilt
from vidream.curves import Curve, Cycle
from vidream.frames import Context, Pixels, as_pixels, last_of, size_of
from vidream.jobs.scene import RATE, Scene
from vidream.plan.film import FilmPlan
from vidream.plan.mask import shares
from vidream.plan.zoom import ZoomPlan
from vidream.render.composite import composite
from vidream.render.loop import render
from vidream.render.state import Dreamer

ZOOM_FRAME = 60
"""The frame of a zoom that is shown: in two seconds its look has grown over all that the seed had."""

TURN, CHANGE = Time(24, "frames"), Time(8, "frames")
"""How long a turn and the change to it last where layers take turns: long enough for each to grow out of the last."""
BETWEEN = 2
"""Px: the dark line between two turns."""

SHOWN_BY: Mapping[str, str] = {"video": "video", "zoom": "zoom", "music": "zoom", "image": "image"}
"""The command for which a look is made -> the one that shows it: without a song, a zoom stands for music."""


KINDS: Mapping[str, str] = {"image": "still", "video": "film", "zoom": "zoom"}
"""The command that shows a look -> what vidream.plan.memory calls that which it makes."""


def of_picture(scene: Scene, config: RunConfig, dreamer: Dreamer) -> Pixels:
    """The scene's picture, dreamed as `vidream image` does: uint8 (H, W, 3).

    Args:
        scene: what is dreamed over.
        config: of `vidream image`; its numbers are numbers.
        dreamer: of the config.
    """
    source = scene.picture.astype(np.float32)
    dreamed = dreamer(source, config, config.dream.steps, Context((0,)))
    mask = next(shares(config.mask, size_of(source), None, config.files.max_pixels))
    return as_pixels(composite(source, dreamed - source, config.dream, mask))


def of_film(scene: Scene, config: RunConfig, dreamer: Dreamer) -> Pixels:
    """The last frame of the scene's film, dreamed as `vidream video` does. Arguments: see `of_picture`."""
    plan = FilmPlan(scene.clip(), _plain(config), look_ahead=0)
    return last_of(render(plan.steps(), dreamer)).frame.pixels()


def of_zoom(scene: Scene, config: RunConfig, dreamer: Dreamer) -> Pixels:
    """Frame ZOOM_FRAME of a zoom into the scene's picture, as `vidream zoom` does; or a strip of each turn.

    Arguments: see `of_picture`.
    """
    turns = max((len(cycle.values) for cycle in _cycles(config.goal)), default=0)
    if turns < 2:
        return last_of(_zoom(scene, config, dreamer, ZOOM_FRAME + 1))
    config = replace(config, goal=_hastened(config.goal))
    length = int(TURN.value)
    return _strips([*islice(_zoom(scene, config, dreamer, turns * length), length - 1, None, length)])


def _zoom(scene: Scene, config: RunConfig, dreamer: Dreamer, frames: int) -> Iterator[Pixels]:
    """The first frames of a zoom into the scene's picture."""
    camera = replace(config.camera, frames=frames)
    plan = ZoomPlan(scene.picture, replace(_plain(config), camera=camera))
    return (rendered.frame.pixels() for rendered in render(plan.steps(), dreamer))


def _cycles(goal: Goal) -> list[Cycle]:
    """What makes layers take turns: the cycles in their weights."""
    weights: list[Any] = [layer.weight for layer in goal.layer]
    curves = [weight for weight in weights if isinstance(weight, Curve)]
    return [part for curve in curves for part in parts_of(curve) if isinstance(part, Cycle)]


def _hastened(goal: Goal) -> Goal:
    """The same layers, whose turns last TURN each."""

    def hasten(part: Curve) -> Curve:
        return replace(part, every=TURN, fade=CHANGE) if isinstance(part, Cycle) else part

    layers = []
    for layer in goal.layer:
        weight: Any = layer.weight
        if isinstance(weight, Curve):
            weight = rebuilt(weight, hasten)
        layers.append(replace(layer, weight=weight))
    return replace(goal, layer=tuple(layers))


def _strips(shown: list[Pixels]) -> Pixels:
    """Of each picture a strip, where it lies in that picture, side by side along the long side: uint8 (H, W, 3)."""
    height, width = shown[0].shape[:2]
    if height > width:
        return _strips([picture.swapaxes(0, 1) for picture in shown]).swapaxes(0, 1)
    strips = shown[0].copy()
    edges = np.linspace(0, width, len(shown) + 1).round().astype(int)
    for picture, (start, end) in zip(shown[1:], pairwise(edges[1:]), strict=True):
        strips[:, start:end] = picture[:, start:end]
        strips[:, start : start + BETWEEN] = 0
    return strips


def _plain(config: RunConfig) -> RunConfig:
    """A config of a scene's own size and rate, and of no loop, whose end is its beginning."""
    return replace(config, film=replace(config.film, size=None, fps=RATE, loop=False))


MOMENTS: Mapping[str, Callable[[Scene, RunConfig, Dreamer], Pixels]] = {
    "image": of_picture,
    "video": of_film,
    "zoom": of_zoom,
}
"""By the command that shows a look."""
