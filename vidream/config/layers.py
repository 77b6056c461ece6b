"""What is dreamed with: layers, their channels, and how much each counts; classes are named the same way."""

import re
import reprlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from vidream.config.kinds import Number, wrong
from vidream.text import figure


@dataclass(frozen=True)
class Layer:
    """A layer of the network; or, of --toward, a class."""

    name: str
    """As `vidream layers` lists it."""

    weight: float = 1.0
    """How much it counts: a number, or a curve until RunConfig.at."""

    channels: tuple[tuple[int, int], ...] = ()
    """(first, last) of each range of its channels that count, from 0; () for all."""

    @property
    def label(self) -> str:
        """The layer without its weight: block10:17,40-44."""
        if not self.channels:
            return self.name
        return f"{self.name}:{','.join(map(_range, self.channels))}"

    def __str__(self) -> str:
        if self.weight == 1 or not isinstance(self.weight, int | float):  # a curve has no short name
            return self.label
        return f"{self.label}={figure(self.weight)}"


def _range(channels: tuple[int, int]) -> str:
    first, last = channels
    if first == last:
        return str(first)
    return f"{first}-{last}"


WEIGHT = Number(-1e6, 1e6)
"""What a layer's weight may be."""

MOST_LAYERS = 300
"""Each is weighed at each frame."""

_RANGE = r"\d{1,6}(?:-\d{1,6})?"
_LAYER = re.compile(rf"([^\s=:]{{1,300}})(?::({_RANGE}(?:,{_RANGE})*))?", re.ASCII)
_CLASS = re.compile(r"([^=:]{1,300})()")


@dataclass(frozen=True)
class Layers:
    """One or several of `NAME`, `NAME:CHANNELS`, `NAME=WEIGHT`, or in TOML { name = ..., weight = ... }.

    Channels are numbers and ranges, `17,40-44`; a weight may be a curve.
    """

    metavar: str = "NAME[:CHANNELS][=WEIGHT]"
    """How help writes the value."""

    classes: bool = False
    """Whether classes are named, which may have spaces in their names, and have no channels."""

    def read(self, raw: object) -> tuple[Layer, ...]:
        """The layers that are named; () for none.

        Raises:
            ValueError: with what is wrong, as the end of a sentence that begins with the knob's name.
        """
        if isinstance(raw, str | Layer | Mapping):
            raw = [raw]
        if raw == ():
            return ()
        if not isinstance(raw, Sequence) or not raw:
            raise ValueError('must be one or more layers, such as ["block10", "block4=0.5"]')
        if len(raw) > MOST_LAYERS:
            raise ValueError(f"has {len(raw)} layers; {MOST_LAYERS} are the most")
        layers = tuple(self._layer(each) for each in raw)
        names = [layer.label for layer in layers]
        if len(set(names)) < len(names):
            raise ValueError("names a layer twice")
        if not any(WEIGHT.moves(layer.weight) for layer in layers):
            raise ValueError("needs a layer with a weight other than 0")
        return layers

    def _layer(self, raw: object) -> Layer:
        if isinstance(raw, Layer):
            return raw
        name, weight = _name_and_weight(raw)
        pattern = _CLASS if self.classes else _LAYER
        match = pattern.fullmatch(name)
        if not match:
            raise ValueError(f"has {reprlib.repr(raw)}, which {self._must}")
        try:
            value = WEIGHT.read(weight)
        except ValueError as error:
            about = f"has a weight for {name} that" if str(error).startswith("must") else name
            raise ValueError(wrong(about, error, weight)) from None
        return Layer(match[1], value, _channels(match[2] or ""))  # type: ignore[arg-type]

    @property
    def _must(self) -> str:
        if self.classes:
            return "must be NAME or NAME=WEIGHT, such as goldfish=0.5"
        return "must be NAME, NAME:CHANNELS or NAME=WEIGHT, such as block4:7,20-25=0.5"


def _name_and_weight(raw: object) -> tuple[str, object]:
    """The name, with its channels, and the weight; "" for what is neither text nor table of the two."""
    if isinstance(raw, Mapping) and isinstance(raw.get("name"), str) and set(raw) <= {"name", "weight"}:
        return raw["name"], raw.get("weight", 1.0)
    if not isinstance(raw, str):
        return "", None
    name, equals, weight = raw.partition("=")
    if not equals:
        return name, 1.0
    return name, weight.strip()


def _channels(text: str) -> tuple[tuple[int, int], ...]:
    """17,40-44 -> ((17, 17), (40, 44))."""
    ranges = []
    for part in filter(None, text.split(",")):
        first, _, last = part.partition("-")
        ranges.append((int(first), int(last or first)))
        if ranges[-1][0] > ranges[-1][1]:
            raise ValueError(f"has the channels {part}, which run backwards")
    return tuple(ranges)
