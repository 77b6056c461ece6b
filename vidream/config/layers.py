"""What is dreamed with: layers, their channels, and how much each counts; classes are named the same way."""

import re
import reprlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from vidream.config.kinds import Number, wrong


@dataclass(frozen=True)
class Layer:
    """A layer of the network.

    weight    how much it counts: a number, or a curve until RunConfig.at
    channels  (first, last) of each range of its channels that count, from 0; () for all
    """

    name: str
    weight: float = 1.0
    channels: tuple[tuple[int, int], ...] = ()

    @property
    def label(self) -> str:
        """Without its weight: block10:17,40-44."""
        ranges = ",".join(f"{first}" if first == last else f"{first}-{last}" for first, last in self.channels)
        return f"{self.name}:{ranges}" if ranges else self.name

    def __str__(self) -> str:
        return self.label if self.weight == 1 else f"{self.label}={self.weight:g}"


WEIGHT = Number(-1e6, 1e6)
_RANGE = r"\d{1,6}(?:-\d{1,6})?"
MOST_LAYERS = 300  # of which each is weighed at each frame


@dataclass(frozen=True)
class Layers:
    """One or several of `NAME`, `NAME:CHANNELS`, `NAME=WEIGHT`, or in TOML { name = ..., weight = ... }.

    Channels are numbers and ranges, `17,40-44`; a weight may be a curve.
    """

    metavar: str = "NAME[:CHANNELS][=WEIGHT]"
    spaces: bool = False  # in a name, and no channels

    def read(self, given: object) -> tuple[Layer, ...]:
        if isinstance(given, str | Layer | Mapping):
            given = [given]
        if given == ():
            return ()
        if not isinstance(given, Sequence) or not given:
            raise ValueError('must be one or more layers, such as ["block10", "block4=0.5"]')
        if len(given) > MOST_LAYERS:
            raise ValueError(f"has {len(given)} layers; {MOST_LAYERS} are the most")
        layers = tuple(self._one(each) for each in given)
        names = [layer.label for layer in layers]
        if len(set(names)) < len(names):
            raise ValueError("names a layer twice")
        if not any(WEIGHT.moves(layer.weight) for layer in layers):
            raise ValueError("needs a layer with a weight other than 0")
        return layers

    def _one(self, given: object) -> Layer:
        if isinstance(given, Layer):
            return given
        name, weight = self._parts(given)
        if self.spaces:
            match = re.fullmatch(r"([^=:]{1,300})()", name)
        else:
            match = re.fullmatch(rf"([^\s=:]{{1,300}})(?::({_RANGE}(?:,{_RANGE})*))?", name, re.ASCII)
        if not match and self.spaces:
            raise ValueError(f"has {reprlib.repr(given)}, which must be NAME or NAME=WEIGHT, such as goldfish=0.5")
        if not match:
            must = "must be NAME, NAME:CHANNELS or NAME=WEIGHT, such as block4:7,20-25=0.5"
            raise ValueError(f"has {reprlib.repr(given)}, which {must}")
        try:
            value = WEIGHT.read(weight)
        except ValueError as error:
            about = f"has a weight for {name} that" if str(error).startswith("must") else name
            raise ValueError(wrong(about, error, weight)) from None
        return Layer(match[1], value, self._channels(match[2]))  # type: ignore[arg-type]

    @staticmethod
    def _parts(given: object) -> tuple[str, object]:
        """The name, with its channels, and the weight."""
        if isinstance(given, Mapping) and isinstance(given.get("name"), str) and set(given) <= {"name", "weight"}:
            return given["name"], given.get("weight", 1.0)
        if not isinstance(given, str):
            return "", None
        name, equals, weight = given.partition("=")
        return name, weight.strip() if equals else 1.0

    @staticmethod
    def _channels(text: str | None) -> tuple[tuple[int, int], ...]:
        ranges = []
        for each in text.split(",") if text else []:
            first, _, last = each.partition("-")
            ranges.append((int(first), int(last or first)))
            if ranges[-1][0] > ranges[-1][1]:
                raise ValueError(f"has the channels {each}, which run backwards")
        return tuple(ranges)
