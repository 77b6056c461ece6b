"""From one look to another: numbers go straight, what is dreamed is a mixture, what has no between changes half-way."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from vidream.config import Goal, Layer, RunConfig
from vidream.config.between import value_between
from vidream.config.run_config import Origin
from vidream.live.turns import MIXED

MOST_PARTS = 4
"""Goals that are dreamed together, where looks are played faster than they fade."""


@dataclass(frozen=True)
class Part:
    """A goal in a fade."""

    goal: Goal
    """With the weights of the moment."""
    share: float
    """0..1: how much of the whole it is; the shares of all add up to 1."""


@dataclass(frozen=True)
class Fading(Goal):
    """Goals that go over into one: all that Goal has is of that one, which comes."""

    parts: tuple[Part, ...] = ()
    """They differ by more than weights; the one that comes is the last."""


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
                knob.name: value_between(knob.metadata["kind"], getattr(old, knob.name), getattr(new, knob.name), share)
                for knob in fields(new)
            }
            groups[group.name] = replace(new, **mixed)
    return RunConfig(**groups)


def _goal_between(old: Goal, new: Goal, share: float) -> Goal:
    """One goal whose weights lie between, where nothing else differs; else all of them."""
    before = [replace(part, share=part.share * (1 - share)) for part in parts_of(old)]
    parts = _largest(_merged([*before, Part(new, share)]))
    if len(parts) == 1:
        return parts[0].goal
    return Fading(**_knobs(parts[-1].goal), parts=parts)


def parts_of(goal: Goal) -> tuple[Part, ...]:
    """What is dreamed together: a goal alone, or those of a fade."""
    if isinstance(goal, Fading):
        return goal.parts
    return (Part(goal, 1.0),)


def _merged(parts: Sequence[Part]) -> list[Part]:
    """Parts of which no two differ by weights alone; the last stays the last."""
    merged: dict[Goal, Part] = {}
    for part in parts:
        key = bare(part.goal)
        other = merged.pop(key, None)
        merged[key] = part if other is None else _merge(other, part)
    return [*merged.values()]


def _merge(old: Part, new: Part) -> Part:
    """Two parts that differ by weights alone, as one."""
    share = old.share + new.share
    way = new.share / share if share else 1.0
    layer, toward = (_weights_between(getattr(old.goal, name), getattr(new.goal, name), way) for name in MIXED)
    return Part(replace(new.goal, layer=layer, toward=toward), share)


def _weights_between(old: tuple[Layer, ...], new: tuple[Layer, ...], way: float) -> tuple[Layer, ...]:
    """Of the same layers in the same order."""
    pairs = zip(old, new, strict=True)
    return tuple(replace(after, weight=before.weight + way * (after.weight - before.weight)) for before, after in pairs)


def _largest(parts: Sequence[Part]) -> tuple[Part, ...]:
    """The one that comes, and the largest of those that go; their shares add up to 1."""
    *going, coming = parts
    kept = sorted(going, key=lambda part: -part.share)[: MOST_PARTS - 1]
    whole = coming.share + sum(part.share for part in kept)
    return tuple(replace(part, share=part.share / whole) for part in parts if part in kept or part is coming)


def bare(goal: Goal) -> Goal:
    """A goal whose weights are all 1: what an engine is made for, whatever they are."""
    alike = {name: tuple(replace(layer, weight=1.0) for layer in getattr(goal, name)) for name in MIXED}
    return Goal(**_knobs(goal) | alike)


def _knobs(goal: Goal) -> dict[str, Any]:
    return {knob.name: getattr(goal, knob.name) for knob in fields(Goal)}
