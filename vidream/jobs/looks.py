"""Looks to try on one picture: each layer of a network, channels of one, the looks that are shipped."""

from collections.abc import Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias

import numpy as np

from vidream.clock import START
from vidream.config import Layer, Preset, RunConfig, configure, knobs_of, presets
from vidream.dream.anatomy import LayerInfo
from vidream.dream.catalogue import check_goal
from vidream.dream.families import family_of
from vidream.dream.layers import check_layers
from vidream.dream.load import outline
from vidream.errors import ConfigError, MediaError, nearest
from vidream.events import checkpoint, note, warn
from vidream.frames import Pixels
from vidream.jobs.moment import MOMENTS, SHOWN_BY
from vidream.jobs.scene import Scene
from vidream.render.dreamer import make_dreamer
from vidream.render.state import Dreamer

Kind: TypeAlias = Literal["layer", "channel", "preset"]
"""What of a look is tried: a layer of the network, a channel of one, or a shipped look."""

MOST_ALIKE, LAYERS_ALIKE = 4, 4
"""Of what looks like a picture: channels of one layer, and layers, at most."""


@dataclass(frozen=True)
class Look:
    """Something to try."""

    kind: Kind
    """What it is."""
    title: str
    """Its name, which stands under its cell."""
    flags: tuple[str, ...]
    """What makes it, as typed after a command's IN and OUT."""
    config: RunConfig
    """Every knob of a run that makes it."""
    command: str = "image"
    """The command for which it is made."""


@dataclass(frozen=True)
class Cell:
    """A look, tried."""

    look: Look
    """What was tried."""
    pixels: Pixels
    """What shows it: uint8 (H, W, 3), of the size of the scene."""


def layer_looks(knobs: Mapping[str, Any]) -> list[Look]:
    """Each layer of the network that the knobs of `vidream image` name.

    One objective holds them all, each time with other weights, so that it is compiled once.
    """
    base = _config(knobs)
    names = dreamable(outline(base.goal))
    return [_one_of(base, [Layer(each) for each in names], number) for number in range(len(names))]


def excited_channels(knobs: Mapping[str, Any], layer: str, top: int, pixels: Pixels) -> list[str]:
    """The channels of a layer that a picture excites most, the most excited first: "block2:7" and so on.

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
    return [f"{layer}:{number}" for number in strongest]


def alike(knobs: Mapping[str, Any], example: Pixels, top: int) -> tuple[list[str], list[str]]:
    """What answers to a picture and not to neutral ones: see vidream.dream.resemblance.

    Of a layer there are at most MOST_ALIKE channels. A lite's expansions and head are left out: most of their
    channels are silent most of the time, and stand out by chance.

    Args:
        knobs: of `vidream image`.
        example: the picture.
        top: how many channels.

    Returns:
        Names of layers, those of the first channels first, at most LAYERS_ALIKE; and channels, "block2:7" and so on.
    """
    base = _config(knobs)
    from vidream.dream.load import load_network
    from vidream.dream.resemblance import resemblance

    network = load_network(base.goal)
    names = [name for name in dreamable(network.layers) if not name.endswith(("_expand", "head"))]
    found = resemblance(network, example.astype(np.float32), names)
    best = {name: np.argsort(-each, kind="stable")[:MOST_ALIKE] for name, each in found.items()}
    ranked = sorted((-found[name][number], name, number) for name in names for number in best[name])
    layers = list(dict.fromkeys(name for _, name, _ in ranked))
    return layers[:LAYERS_ALIKE], [f"{name}:{number}" for _, name, number in ranked[:top]]


def alike_looks(knobs: Mapping[str, Any], example: Pixels, top: int) -> list[Look]:
    """The layers, then the channels, that look like a picture: see `alike`."""
    layers, channels = alike(knobs, example, top)
    of_layers = {look.title: look for look in layer_looks(knobs)}
    return [*(of_layers[name] for name in layers), *channel_looks(knobs, channels)]


def dreamable(layers: Mapping[str, LayerInfo]) -> list[str]:
    """The names of the layers that can be dreamed with by channels and have a place in the picture."""
    return [name for name, facts in layers.items() if name != "logits" and facts.channels]


def channel_looks(knobs: Mapping[str, Any], channels: Iterable[str]) -> list[Look]:
    """Channels, each alone: "block2:7" and so on."""
    return [Look("channel", each, ("--layer", each), _config({**knobs, "layer": each})) for each in channels]


def preset_looks(knobs: Mapping[str, Any], names: Sequence[str] = ()) -> list[Look]:
    """The shipped looks, each as what it is for, with those knobs over it that its command has.

    A look whose own network is not on this machine is left out, with a note: nobody has asked to fetch it.

    Args:
        knobs: of `vidream image`.
        names: of looks, or of commands for which they are made; () for all.

    Raises:
        ConfigError: there is no look of that name, and no command that looks are made for.
    """
    shipped = list(presets())
    known = {name for each in shipped for name in (each.name, each.command)}
    for name in names:
        if name not in known:
            close = nearest(name, known, cutoff=0.6)
            close = close if close.startswith("did you mean") else "`vidream presets` lists them"
            raise ConfigError(f"--preset {name}: no such look; {close}")
    wanted = [each for each in shipped if not names or {each.name, each.command} & {*names}]
    return [look for look in (_preset_look(knobs, each) for each in wanted) if _is_here(look, knobs)]


def _is_here(look: Look, knobs: Mapping[str, Any]) -> bool:
    """Whether all that a look needs is on this machine, or was asked for by name; else it is said."""
    network = look.config.goal.network
    if {"network", "weights"} & knobs.keys() or family_of(network).is_here(network):
        return True
    note(f"left out; not here: {network} ({family_of(network).origin(network)})", look.title)
    return False


def _preset_look(knobs: Mapping[str, Any], preset: Preset) -> Look:
    flags, command = ("--preset", preset.name), SHOWN_BY[preset.command]
    if command == "image":
        return Look("preset", preset.name, flags, _config(knobs, preset.name), preset.command)
    config = configure(command, preset=preset.name, **knobs_of(command, knobs))
    if family_of(config.goal.network).is_here(config.goal.network):
        check_goal(config.goal)
    return Look("preset", preset.name, flags, config, preset.command)


def look_of(knobs: Mapping[str, Any], kind: Kind, title: str) -> Look:
    """The look of a kind and a title, made anew: as it is in the list of those of its kind."""
    if kind == "channel":
        return channel_looks(knobs, [title])[0]
    if kind == "preset":
        return next(_preset_look(knobs, each) for each in presets() if each.name == title)
    return next(look for look in layer_looks(knobs) if look.title == title)


def _config(knobs: Mapping[str, Any], preset: str | None = None) -> RunConfig:
    config = configure("image", preset=preset, **knobs)
    check_goal(config.goal)
    return config.at(0, START)


def _one_of(base: RunConfig, layers: Sequence[Layer], index: int) -> Look:
    """One layer, of an objective that holds them all."""
    weighed = tuple(replace(each, weight=float(number == index)) for number, each in enumerate(layers))
    name = layers[index].name
    return Look("layer", name, ("--layer", name), replace(base, goal=replace(base.goal, layer=weighed)))


class Trial:
    """Looks, tried one after the other; what dreams of one look is kept for others like it."""

    def __init__(self, most: int | None = None) -> None:
        """most: of what is kept, at most; None: all."""
        self._dreamers: dict[Any, Dreamer] = {}
        self._most = most

    def cell(self, look: Look, scene: Scene) -> Cell | None:
        """A look, tried; None, with a warning, where it cannot be tried here, as its network is missing."""
        checkpoint()
        try:
            dreamer = self.dreamer(look.config)
        except (MediaError, ConfigError) as error:
            warn(f"left out: {error}", look.title)
            return None
        return Cell(look, MOMENTS[SHOWN_BY[look.command]](scene, look.config, dreamer))

    def dreamer(self, config: RunConfig) -> Dreamer:
        """What dreams a config.

        Raises:
            ConfigError: the network has not the layers that are asked for.
            MediaError: the network, or the guide, cannot be read.
        """
        goal = config.goal
        terms = tuple((layer.name, len(layer.channels) > 0) for layer in goal.layer)
        key = (
            goal.network,
            goal.objective,
            config.dream.tile,
            terms,
            len(goal.toward),
            goal.guide,
            config.dream.strength == 0,
        )
        dreamer = self._dreamers.pop(key, None)
        if dreamer is None:
            dreamer = make_dreamer(config)
        else:
            check_layers(goal, outline(goal))  # its channels may be others
        self._dreamers[key] = dreamer  # the last one used comes last
        if self._most is not None and len(self._dreamers) > self._most:
            del self._dreamers[next(iter(self._dreamers))]
        return dreamer


def try_looks(scene: Scene, looks: Sequence[Look]) -> Generator[tuple[int, Cell | None]]:
    """Each look on a scene, in their order, with its index: see Trial.cell."""
    trial = Trial()
    for index, look in enumerate(looks):
        yield index, trial.cell(look, scene)
