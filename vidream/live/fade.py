"""From one look to another: numbers go straight, what is dreamed is a mixture, what has no between changes half-way."""

from dataclasses import dataclass, field, fields, replace
from typing import Any

from vidream.config import Goal, Layer, RunConfig
from vidream.config.kinds import Number, Pair
from vidream.config.run_config import Origin

HALF_WAY = 0.5
"""The share at which changes what has no between."""


@dataclass(frozen=True)
class Fading(Goal):
    """A goal that another one goes over into: all that Goal has is of the one that comes."""

    leaving: Goal = field(default_factory=Goal)
    """The one that goes."""
    share: float = 1.0
    """0..1: how much of the way it has gone."""


def between(leaving: RunConfig, coming: RunConfig, share: float) -> RunConfig:
    """A config on the way from one to another.

    Args:
        leaving: every number a number.
        coming: likewise.
        share: 0..1, of the way.
    """
    groups: dict[str, Any] = {}
    for group in fields(RunConfig):
        old, new = getattr(leaving, group.name), getattr(coming, group.name)
        if isinstance(new, Goal):
            groups[group.name] = _goal_between(old, new, share)
        elif isinstance(new, Origin):
            groups[group.name] = new
        else:
            mixed = {
                knob.name: _value_between(knob, getattr(old, knob.name), getattr(new, knob.name), share)
                for knob in fields(new)
            }
            groups[group.name] = replace(new, **mixed)
    return RunConfig(**groups)


def _value_between(knob: Any, old: Any, new: Any, share: float) -> Any:
    kind = knob.metadata["kind"]
    if isinstance(kind, Pair):
        return tuple(a + share * (b - a) for a, b in zip(old, new, strict=True))
    if isinstance(kind, Number) and not kind.fixed:
        value = old + share * (new - old)
        return round(value) if kind.integer else value
    return new if share >= HALF_WAY else old


def _goal_between(old: Goal, new: Goal, share: float) -> Goal:
    """One goal whose weights lie between, where nothing else differs; else both of them."""
    if _sorted_aim(old) != _sorted_aim(new):
        return Fading(**{knob.name: getattr(new, knob.name) for knob in fields(Goal)}, leaving=old, share=share)
    layer, toward = (_weights_between(getattr(old, name), getattr(new, name), share) for name in ("layer", "toward"))
    return replace(new, layer=layer, toward=toward)


def _weights_between(old: tuple[Layer, ...], new: tuple[Layer, ...], share: float) -> tuple[Layer, ...]:
    weights = {layer.label: layer.weight for layer in old}
    return tuple(
        replace(layer, weight=weights[layer.label] + share * (layer.weight - weights[layer.label])) for layer in new
    )


def aim(goal: Goal) -> Goal:
    """What a goal is but for its weights: what tells one that an engine is made for from another."""
    alike = {name: tuple(replace(layer, weight=1.0) for layer in getattr(goal, name)) for name in ("layer", "toward")}
    return Goal(**{knob.name: getattr(goal, knob.name) for knob in fields(Goal)} | alike)


def _sorted_aim(goal: Goal) -> tuple[Goal, frozenset[Layer], frozenset[Layer]]:
    found = aim(goal)
    return replace(found, layer=(), toward=()), frozenset(found.layer), frozenset(found.toward)
