"""What the gallery's process is asked about looks, beside glimpses of them: by name, what it answers."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, TypeAlias

from vidream.config import RunConfig, configure
from vidream.config.recipe import KNOBS
from vidream.config.toml_writer import toml_value
from vidream.dream.families import family_of
from vidream.dream.load import outline
from vidream.errors import ConfigError
from vidream.frames import Pixels
from vidream.jobs.between import Part, configured, look_between, mixed_goal, named
from vidream.jobs.looks import alike, dreamable, excited_channels
from vidream.jobs.surprise import surprise
from vidream.plan.seed import check_example, read_seed

Picture: TypeAlias = Callable[[], Pixels]
"""What is dreamed over."""
ALIKE = 16
"""Channels that look like a picture."""


def here(config: RunConfig) -> RunConfig:
    """A config whose network is on this machine. ConfigError: it would have to be fetched, which nobody asked for."""
    network = config.goal.network
    if not config.goal.weights and not family_of(network).is_here(network):
        raise ConfigError(f"not here: {network} ({family_of(network).origin(network)})")
    return config


def layers(about: Mapping[str, Any], _picture: Picture) -> Any:
    """The layers that can be dreamed with, and how many channels each has."""
    found = outline(here(configure("image", **about["knobs"])).goal)
    return [[name, found[name].channels] for name in dreamable(found)]


def channels(about: Mapping[str, Any], picture: Picture) -> Any:
    """The channels of a layer, those first that the picture excites most."""
    here(configure("image", **about["knobs"]))
    return excited_channels(about["knobs"], about["layer"], about["most"], picture())


def like(about: Mapping[str, Any], _picture: Picture) -> Any:
    """The layers and channels that look like another picture."""
    here(configure("image", **about["knobs"]))
    example = read_seed(about["picture"], about["max_pixels"]).pixels()
    check_example(example, about["picture"])
    return [*alike(about["knobs"], example, ALIKE)]


def chance(about: Mapping[str, Any], picture: Picture) -> Any:
    """A look by chance."""
    found = surprise(about["command"], about["seed"], about["base"], picture())
    return {"title": found.title, "knobs": found.knobs}


def between(about: Mapping[str, Any], picture: Picture) -> Any:
    """A look on the way from one to another."""
    one, other = (here(configured(about["command"], about[name], about["base"])) for name in ("one", "other"))
    jumps = one.goal.network != other.goal.network
    return {"knobs": look_between(one, other, about["share"], picture()), "jumps": jumps}


def added(about: Mapping[str, Any], picture: Picture) -> Any:
    """The layers and classes of a look with those of another, or with one more layer, which pull as hard.

    Raises:
        ConfigError: the other dreams with another network.
    """
    config = here(configured(about["command"], about["look"], about["base"]))
    goal = named(config.goal)
    if "other" in about:
        new = named(here(configured(about["command"], about["other"], about["base"])).goal)
        if new.network != goal.network:
            networks = f"it dreams with {new.network}, this look with {goal.network}"
            raise ConfigError(f"{networks}: click it to use it instead")
    else:
        layer: Any = KNOBS["layer"].read(about["layer"])
        new = replace(goal, layer=layer, toward=())
    share = 1 if "other" in about else len(goal.layer) + len(goal.toward)
    mixed = mixed_goal(goal, [Part(goal, share), Part(new, 1)], picture(), config.dream.shape, first=True)
    came = [each.label for each in (*new.layer, *new.toward)]
    dreamed = {name: value for name in ("layer", "toward") if (value := getattr(mixed, name))}
    return {**{name: toml_value(KNOBS[name], value) for name, value in dreamed.items()}, "came": came}


ANSWERS: Mapping[str, Callable[[Mapping[str, Any], Picture], Any]] = {
    "layers": layers,
    "channels": channels,
    "like": like,
    "surprise": chance,
    "between": between,
    "added": added,
}
"""What is asked -> what answers. VidreamError: it cannot be."""
