"""Between two looks: a look on the way from one to the other; and several layers that pull alike. As TOML has them.

As in a live fade (vidream.live.fade): numbers go from one to the other, what is dreamed is a mixture in which each look
pulls by its share, what has no between changes half-way. But the result is one look, which a file can hold: of two
networks only one can dream, and one objective, mean or l2, is raised in all layers.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from vidream.clock import START
from vidream.config import Goal, Layer, RunConfig, configure
from vidream.config.between import HALF_WAY, times, value_between
from vidream.config.recipe import KNOBS, LOOK_KNOBS, changed_knobs
from vidream.config.toml_writer import toml_value
from vidream.curves import Curve, Sum
from vidream.dream.catalogue import chosen_layers
from vidream.dream.load import load_network, outline
from vidream.frames import Pixels

FIGURES = 3
"""Of a weight or another number that nobody has typed."""


@dataclass(frozen=True)
class Part:
    """What is dreamed, and how much of the whole it is."""

    goal: Goal
    """With layers, classes and their weights."""
    share: float
    """Above 0."""


def look_between(one: RunConfig, other: RunConfig, share: float, picture: Pixels | None = None) -> dict[str, Any]:
    """The knobs of a look on the way from one to another, as TOML holds them, over the defaults of their command.

    Args:
        one: as `configure` builds it: what comes out at 0.
        other: of the same command: what comes out at 1.
        share: 0..1, of the way.
        picture: uint8 (H, W, 3), at which it is measured how hard each layer pulls; None: all count as equal.

    Raises:
        ConfigError: a network has not the layers that are asked for.
        MediaError: a network cannot be read.
    """
    share = round(share, 2)
    if share in (0, 1):
        return look_knobs(other if share else one)
    mixed: dict[str, Any] = {"goal": _goal_between(one, other, share, picture)}
    for group in ("dream", "mask", "motion", "camera", "music"):
        old, new = getattr(one, group), getattr(other, group)
        values = {knob.name: _between(knob, old, new, share) for knob in fields(new)}
        mixed[group] = replace(new, **values)
    return look_knobs(replace(one, **mixed))


def look_knobs(config: RunConfig) -> dict[str, Any]:
    """The knobs of a look that differ from the defaults of its command, as TOML holds them: configure takes them back.

    Raises:
        ValueError: one is a curve that a program has made.
    """
    changed = {name: value for name, value in changed_knobs(config).items() if name in LOOK_KNOBS}
    return {name: toml_value(KNOBS[name], value) for name, value in changed.items()}


def _between(knob: Any, old: Any, new: Any, share: float) -> Any:
    kind = knob.metadata["kind"]
    value = value_between(kind, getattr(old, knob.name), getattr(new, knob.name), share)
    if isinstance(value, float):
        return rounded(value)
    if isinstance(value, tuple):
        return tuple(rounded(part) if isinstance(part, float) else part for part in value)
    return value


def rounded(value: float) -> float:
    """With FIGURES figures."""
    return float(f"{value:.{FIGURES}g}")


def _goal_between(one: RunConfig, other: RunConfig, share: float, picture: Pixels | None) -> Goal:
    nearer = other if share >= HALF_WAY else one
    if other.goal.network != one.goal.network or other.goal == one.goal:
        return nearer.goal
    parts = [Part(named(one.goal), 1 - share), Part(named(other.goal), share)]
    return mixed_goal(nearer.goal, parts, picture, nearer.dream.shape)


def named(goal: Goal) -> Goal:
    """A goal that names its layers, where those are its network's usual ones."""
    if goal.layer or goal.toward:
        return goal
    return replace(goal, layer=chosen_layers(goal, outline(goal)))


def mixed_goal(
    goal: Goal, parts: Sequence[Part], picture: Pixels | None = None, shape: str = "laplacian", first: bool = False
) -> Goal:
    """One goal in which each part pulls by its share, whatever the size of its layers' answers.

    Args:
        goal: that says all but layers and classes.
        parts: of its network.
        picture: uint8 (H, W, 3), at which is measured how hard they pull; None: they count as equal.
        shape: of gradients.
        first: whether the first part keeps its weights, and the others go by it; else the strongest does.
    """
    if picture is None:
        factors = [part.share for part in parts]
    else:
        factors = [part.share / _pull(replace(part.goal, objective=goal.objective), picture, shape) for part in parts]
    largest = factors[0] if first else max(factors)
    factors = [factor / largest for factor in factors]
    layers = _united([part.goal.layer for part in parts], factors)
    return replace(goal, layer=layers, toward=_united([part.goal.toward for part in parts], factors))


def _united(rows: Sequence[tuple[Layer, ...]], factors: Sequence[float]) -> tuple[Layer, ...]:
    """The layers of all rows, each once, with its weight times its row's factor."""
    weights: dict[str, list[float | Curve]] = {}
    layers: dict[str, Layer] = {}
    for row, factor in zip(rows, factors, strict=True):
        for layer in row:
            layers.setdefault(layer.label, layer)
            weights.setdefault(layer.label, []).append(_weight(layer.weight, rounded(factor)))
    united = [replace(layer, weight=_sum(weights[label])) for label, layer in layers.items()]
    return tuple(layer for layer in united if layer.weight != 0)


def _weight(weight: float | Curve, factor: float) -> float | Curve:
    if isinstance(weight, Curve):
        return weight if factor == 1 else times(weight, factor)
    return rounded(factor * weight)


def _sum(weights: Sequence[float | Curve]) -> Any:
    if len(weights) == 1:
        return weights[0]
    if any(isinstance(weight, Curve) for weight in weights):
        return Sum(tuple(times(weight, 1) if not isinstance(weight, Curve) else weight for weight in weights))
    return rounded(sum(weights))  # type: ignore[arg-type]


def _pull(goal: Goal, picture: Pixels, shape: str) -> float:
    """How hard a goal pulls at a picture; 1 where it pulls nowhere."""
    from vidream.dream.objective import objective, term_weights
    from vidream.dream.pull import pull_of, pulls
    from vidream.dream.tiles import TiledGradient

    still = replace(RunConfig(), goal=goal).at(0, START).goal
    network = load_network(still)
    gradient = TiledGradient(network, objective(still, network), max(picture.shape))
    found = pulls(gradient, picture.astype(np.float32), shape)
    return pull_of(term_weights(still, network.layers), found) or 1.0


def configured(command: str, look: Mapping[str, Any], base: str | None = None) -> RunConfig:
    """The config of a look {"preset": name or path, "knobs": as TOML holds them}. ConfigError: it is wrong."""
    build: Any = configure  # the knobs are not typed here: they are checked at run time
    config: RunConfig = build(command, base=base, preset=look.get("preset") or None, **look.get("knobs", {}))
    return config
