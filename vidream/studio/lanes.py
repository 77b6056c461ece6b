"""What of a look may move: each number that may be a curve, and what it holds now. A lane of the timeline shows one."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from numbers import Real
from typing import Any

from vidream.config.commands import knobs, unused_knobs
from vidream.config.kinds import Kind, Number, Pair
from vidream.config.layers import WEIGHT, Layers
from vidream.config.toml_writer import toml_text
from vidream.notation import is_curve

WEIGHED = (0.0, 4.0)
"""What a layer's weight is drawn within, unless it goes further: it may be nearly anything."""
SHAPES = ("keys", "sine", "cycle", "follow")
"""Curves that can be drawn with the hand, or set by a few fields; all others are text."""
AXES = {0: "across", 1: "down"}


@dataclass(frozen=True)
class Lane:
    """A number that may move."""

    id: str
    """As vidream.config.RunConfig.by_name calls it: "strength", "drift x", "layer block4"."""
    knob: str
    """The knob that it is, or is a part of."""
    part: int | None
    """Which part of the knob; None: all of it."""
    kind: str
    """What the knob is: "number", "pair", or "layers"."""
    label: str
    """What people call it."""
    about: str
    """The knob's line of help."""
    low: float
    """The least that it may be."""
    high: float
    """The most."""
    whole: bool
    """Whether it is rounded to whole numbers."""
    value: Any
    """A number, or a curve, as TOML holds it."""
    name: str = ""
    """Of a layer: what stands before its weight."""

    @property
    def moves(self) -> bool:
        """Whether it is a curve now."""
        return is_curve(self.value)

    @property
    def shape(self) -> str:
        """Which curve it is: a name in SHAPES; "text" for another; "" for a number."""
        return shape_of(self.value) if self.moves else ""

    @property
    def json(self) -> dict[str, Any]:
        """For the page."""
        table = dict(vars(self))
        return {**table, "shape": self.shape, "text": toml_text(self.value)}


def lanes(command: str, base: str | None, values: Mapping[str, Any]) -> Iterator[Lane]:
    """Each number of a look that may move, in the order of help.

    Args:
        command: a name in vidream.config.COMMANDS.
        base: of a music visual, the command that it is like.
        values: every knob of the look, as TOML holds it.
    """
    unused = unused_knobs(command, base)
    for _, knob in knobs(command):
        if knob.name in unused or values.get(knob.name) in (None, (), []):
            continue
        kind: Kind = knob.metadata["kind"]
        yield from _parts(knob.name, kind, str(knob.metadata["about"]), values[knob.name])


def _parts(name: str, kind: Kind, about: str, value: Any) -> Iterator[Lane]:
    label = name.rstrip("_").replace("_", " ").capitalize()
    if isinstance(kind, Number) and not kind.fixed:
        yield Lane(name, name, None, "number", label, about, kind.low, kind.high, kind.integer, value)
    elif isinstance(kind, Pair):
        for part, number in enumerate(_pair(value)):
            lane = f"{name} {'xy'[part]}"
            yield Lane(lane, name, part, "pair", f"{label} {AXES[part]}", about, kind.low, kind.high, False, number)
    elif isinstance(kind, Layers):
        raw = value if isinstance(value, list | tuple) else [value]
        for part, (each, layer) in enumerate(zip(raw, kind.read(value), strict=True)):
            weight = each.get("weight", 1) if isinstance(each, Mapping) else layer.weight
            bounds = WEIGHT.low, WEIGHT.high
            lane, shown = f"{name} {layer.label}", layer.label
            yield Lane(lane, name, part, "layers", shown, about, *bounds, False, weight, layer.label)


def _pair(value: Any) -> Sequence[Any]:
    """The two parts of a pair, which may be written as a text."""
    if isinstance(value, str):
        return [float(part) for part in value.strip("[] ").split(",")]
    return [*value]


def shape_of(raw: Mapping[str, Any]) -> str:
    """Which of SHAPES a curve is; "text" where it holds more than such a one can be set to by hand."""
    shape = next((each for each in SHAPES if each in raw), "text")
    if shape == "follow" and not all(_is_number(raw.get(each, 0)) for each in ("base", "amount")):
        return "text"
    return shape


def _is_number(value: object) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool)
