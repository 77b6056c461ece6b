"""Looks to try on one picture: each layer of a network, channels of one, the looks that are shipped."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from vidream.clock import START
from vidream.config import Layer, RunConfig, configure, presets
from vidream.dream.catalogue import check_goal
from vidream.errors import ConfigError, MediaError
from vidream.events import checkpoint, warn
from vidream.frames import Pixels, as_pixels, size_of
from vidream.plan.mask import shares
from vidream.render.composite import composite
from vidream.render.dreamer import make_dreamer
from vidream.render.state import Dreamer
from vidream.resample import fit_pixels

CELL = 320
"""The long side of a cell's picture, px."""


@dataclass(frozen=True)
class Look:
    """Something to try."""

    title: str
    """What stands under its cell."""
    flags: tuple[str, ...]
    """What makes it, as typed after `vidream image IN OUT`."""
    config: RunConfig
    """Every knob of a run that makes it."""


@dataclass(frozen=True)
class Cell:
    """A look, tried."""

    look: Look
    """What was tried."""
    pixels: Pixels
    """The picture, dreamed: uint8 (H, W, 3), at most CELL px on the long side."""


def layer_looks(knobs: Mapping[str, Any]) -> list[Look]:
    """Each layer of the network that the knobs of `vidream image` name.

    One objective holds them all, each time with other weights, so that it is compiled once.
    """
    from vidream.dream.load import outline

    base = _config(knobs)
    names = [name for name, facts in outline(base.goal).items() if name != "logits" and facts.channels]
    return [_one_of(base, [Layer(each) for each in names], number) for number in range(len(names))]


def channel_looks(knobs: Mapping[str, Any], layer: str, top: int, pixels: Pixels) -> list[Look]:
    """The channels of a layer that a picture excites most, the most excited first.

    Args:
        knobs: of `vidream image`.
        layer: its name.
        top: how many channels.
        pixels: the picture.

    Raises:
        ConfigError: the network has no such layer.
    """
    base = _config({**knobs, "layer": layer})
    if str(base.goal.layer[0]) != base.goal.layer[0].name:
        raise ConfigError(f"--channels {layer}: must be the name of a layer alone")
    from vidream.dream.load import load_network
    from vidream.dream.objective import answer

    excited = answer(load_network(base.goal), pixels.astype(np.float32), layer).mean(0)
    strongest = np.argsort(-excited, kind="stable")[:top]
    titles = [f"{layer}:{number}" for number in strongest]
    return [Look(each, ("--layer", each), _config({**knobs, "layer": each})) for each in titles]


def preset_looks(knobs: Mapping[str, Any]) -> list[Look]:
    """The shipped looks, each with the knobs of `vidream image` over it."""
    return [Look(each.name, ("--preset", each.name), _config(knobs, each.name)) for each in presets()]


def _config(knobs: Mapping[str, Any], preset: str | None = None) -> RunConfig:
    config = configure("image", preset=preset, **knobs)
    check_goal(config.goal)
    return config.at(0, START)


def _one_of(base: RunConfig, layers: Sequence[Layer], index: int) -> Look:
    """One layer, of an objective that holds them all."""
    weighed = tuple(replace(each, weight=float(number == index)) for number, each in enumerate(layers))
    name = layers[index].name
    return Look(name, ("--layer", name), replace(base, goal=replace(base.goal, layer=weighed)))


def try_looks(pixels: Pixels, looks: Sequence[Look]) -> Iterator[Cell]:
    """Each look on a picture; one that cannot be tried here, as its network is missing, is left out with a warning."""
    small = fit_pixels(pixels, size_of(pixels).at_most(CELL)).astype(np.float32)
    ready: dict[Any, Dreamer] = {}
    for look in looks:
        checkpoint()
        config = look.config
        terms = tuple((layer.name, len(layer.channels) > 0) for layer in config.goal.layer)
        key = config.goal.network, config.goal.objective, config.dream.tile, terms, config.goal.guide
        try:
            dreamer = ready.get(key) or make_dreamer(config)
        except (MediaError, ConfigError) as error:
            warn(f"left out: {error}", look.title)
            continue
        ready[key] = dreamer
        dreamed = dreamer(small, config, config.dream.steps, (0,))
        mask = next(shares(config.mask, size_of(small), None, config.files.max_pixels))
        yield Cell(look, as_pixels(composite(small, dreamed - small, config.dream, mask)))
