"""The knobs that may be turned while a dream runs: their names as people say them, and what they may hold."""

import re
import reprlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from vidream.config import Goal, Layer, RunConfig, flag, knobs, unused_knobs
from vidream.config.kinds import Kind, Number, Pair, Switch, wrong
from vidream.config.layers import WEIGHT, Layers
from vidream.curve_parts import drivers_of, markers_of
from vidream.curves import Curve
from vidream.dream.catalogue import check_goal, chosen_layers
from vidream.dream.families import family_of, network_names
from vidream.dream.layers import check_layers
from vidream.errors import ConfigError, nearest

HELD = (
    *("tile", "recipe", "guide", "mask_feather", "mask_invert", "bars", "flow", "cuts", "cut_threshold"),
    *("pulse_to", "beat_height", "size", "fit", "rate", "dream_size", "dream_rate", "least_size"),
)
"""Knobs that stay as they were when the dream began; those of one run, such as files, do, too."""

LONGEST_NAME = 200
"""Characters."""

MOST_MIXED = 40
"""Layers and classes that hands may bring a look to: each is measured at each step."""

MIXED = ("layer", "toward")
"""Knobs of several names, each with a weight that is a knob of its own: "layer block10", "toward dogs"."""


@dataclass(frozen=True)
class Turn:
    """A knob, or a part of one, and what it was turned to."""

    name: str
    """As RunConfig.by_name has it: "strength", "drift x", "layer block10"."""
    group: str
    """The field of RunConfig that it is in."""
    knob: str
    """The field of the group."""
    part: str = ""
    """"x" or "y" of a pair; of MIXED the name whose weight it is, with its channels; "" for all of the knob."""
    value: Any = None
    """A number, a switch, a name or a curve."""

    def put(self, config: RunConfig) -> RunConfig:
        """A config with the knob turned."""
        group = getattr(config, self.group)
        value = getattr(group, self.knob)
        if self.knob in MIXED:
            value = _weighed(value, self.part, self.value, self.knob == "toward")
        elif self.part:
            value = (self.value, value[1]) if self.part == "x" else (value[0], self.value)
        else:
            value = self.value
        return replace(config, **{self.group: replace(group, **{self.knob: value})})

    def copy(self, source: RunConfig, config: RunConfig) -> RunConfig:
        """A config with what the knob is in another one."""
        value = getattr(getattr(source, self.group), self.knob)
        if self.part:
            value = value["xy".index(self.part)]
        return replace(self, value=value).put(config)


def _weighed(layers: tuple[Layer, ...], label: str, weight: Any, classes: bool) -> tuple[Layer, ...]:
    """Layers, or classes, of which one has another weight; one that is not among them comes last."""
    if any(layer.label == label for layer in layers):
        return tuple(replace(layer, weight=weight) if layer.label == label else layer for layer in layers)
    (added,) = Layers(classes=classes).read(label)
    return (*layers, replace(added, weight=weight))


def _count(goal: Goal) -> int:
    return len(goal.layer) + len(goal.toward)


class TurnableKnobs:
    """Those of a live dream of a base."""

    def __init__(self, base: str) -> None:
        """base: "zoom", "video" or ""."""
        self._base = base
        table = [(group, knob) for group, knob in knobs("live") if not knob.metadata["run_only"]]
        unused = self._unused = unused_knobs("live", base or None)
        self._kinds: Mapping[str, tuple[str, Kind]] = {
            knob.name: (group, knob.metadata["kind"])
            for group, knob in table
            if knob.name not in HELD and knob.name not in unused
        }
        self._others = {knob.name for _, knob in knobs("live")} - self._kinds.keys()

    @property
    def names(self) -> list[str]:
        """Of those that have one value each, or two."""
        parts = [
            (f"{name} x", f"{name} y") if isinstance(kind, Pair) else (name,)
            for name, (_, kind) in self._kinds.items()
            if name not in MIXED
        ]
        return [name for each in parts for name in each]

    def values(self, config: RunConfig) -> dict[str, Any]:
        """The value of each in a config, by name; of MIXED one for each name that has a weight."""
        known = {*self.names}
        return {
            name: value
            for name, value in config.by_name.items()
            if name in known or (name.partition(" ")[0] in MIXED and " " in name)
        }

    def bounds(self, name: str) -> tuple[float, float] | None:
        """The least and the most that a number may be; 0 and 1 of a switch; None of what is no number.

        Raises:
            ConfigError: there is no such knob, or it cannot be turned.
        """
        turn = self._find(name)
        kind = self._kind(turn)
        if isinstance(kind, Switch):
            return 0.0, 1.0
        if isinstance(kind, Number):
            return kind.low, kind.high
        return None

    def turn(self, name: object, value: object, playing: RunConfig) -> Turn:
        """A knob, turned.

        Args:
            name: as a person says it: "strength", "step size", "step-size", "drift x", "layer block10".
            value: as a flag or TOML has it; 0 and 1 do for a switch.
            playing: the config in which it is turned.

        Raises:
            ConfigError: there is no such knob, it cannot be turned, or it cannot be that.
        """
        found = self._find(name)
        kind = self._kind(found)
        if isinstance(kind, Switch) and not isinstance(value, bool) and value in (0, 1):
            value = bool(value)
        try:
            read = kind.read(value)
        except ValueError as error:
            raise ConfigError(wrong(found.name, error, value)) from None
        if isinstance(read, Curve):
            file = next(drivers_of(read), None) or next(markers_of(read), None)
            if file is not None:
                raise ConfigError(f"{found.name}: follows {file}; while a dream runs no file is opened")
        turned = replace(found, value=read)
        if found.group == "goal":
            goal = turned.put(playing).goal
            if _count(goal) > max(MOST_MIXED, _count(playing.goal)):
                raise ConfigError(f"{found.name}: there are {MOST_MIXED} layers and classes; reset lets go of them")
            if goal != playing.goal:
                check_turned(goal, turned)
        return turned

    def _find(self, name: object) -> Turn:
        if not isinstance(name, str) or not 0 < len(name) <= LONGEST_NAME:
            raise ConfigError(f"a knob's name is a text, such as strength, not {reprlib.repr(name)}")
        first, _, rest = name.strip().partition(" ")
        if first in MIXED:
            return self._mixed(first, rest.strip())
        key = re.sub(r"[\s-]+", "_", name.strip().lower()).replace("color", "colour")
        whole, _, axis = key.rpartition("_")
        if axis in ("x", "y") and isinstance(self._kinds.get(whole, ("", None))[1], Pair):
            return Turn(f"{whole} {axis}", self._kinds[whole][0], whole, axis)
        if key in self._kinds and key not in MIXED and not isinstance(self._kinds[key][1], Pair):
            return Turn(key, self._kinds[key][0], key)
        if key in self._unused or (axis in ("x", "y") and whole in self._unused):
            other = "films" if self._base == "zoom" else "zooms"
            raise ConfigError(f"{key.replace('_', '-')}: does nothing in this dream; it is for {other}")
        if key in self._others:
            raise ConfigError(f"{flag(key)}: cannot be turned while the dream runs")
        raise ConfigError(f"{reprlib.repr(name)}: no such knob; {nearest(key, self.names)[:300]}")

    def _mixed(self, knob: str, label: str) -> Turn:
        """The weight of a layer or a class."""
        try:
            (layer,) = Layers(classes=knob == "toward").read(label)
        except ValueError as error:
            raise ConfigError(wrong(knob, error, label)) from None
        if "=" in label:
            raise ConfigError(f"{knob} {label}: is a name alone; its weight is the value")
        return Turn(f"{knob} {layer.label}", self._kinds[knob][0], knob, layer.label)

    def _kind(self, turn: Turn) -> Kind:
        kind = self._kinds[turn.knob][1]
        if turn.knob in MIXED:
            return WEIGHT
        if isinstance(kind, Pair):
            return Number(kind.low, kind.high)
        return kind


def with_layers(config: RunConfig) -> RunConfig:
    """A config that names the layers it is dreamed with, where those are its network's usual ones: each is a knob."""
    goal = config.goal
    family = family_of(goal.network)
    usual = goal.network in family.default_layers or (goal.guide and goal.network in family.guide_layers)
    if goal.layer or not usual:
        return config
    return replace(config, goal=replace(goal, layer=chosen_layers(goal, {})))


def check_turned(goal: Goal, turned: Turn) -> None:
    """Raise ConfigError unless a goal can be dreamed, as far as that is known at once.

    Whoever plays it may sit at another machine: no file is opened for them, and nothing fetched.
    """
    if turned.knob == "network":
        if goal.network not in network_names():
            raise ConfigError(f"network {goal.network}: no such network; {nearest(goal.network, network_names())}")
        check_here(goal)
    check_goal(goal)
    family = family_of(goal.network)
    if family.load_native is not None and family.outline is not None:
        check_layers(goal, family.outline(goal.network))


def check_here(goal: Goal) -> None:
    """Raise ConfigError if a network would have to be fetched."""
    family = family_of(goal.network)
    if not goal.weights and not family.is_here(goal.network):
        raise ConfigError(f"{goal.network}: is not on this machine, and nothing is fetched while a dream runs")
