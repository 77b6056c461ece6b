"""What a knob may hold, and how it is read from a flag, a TOML value or Python.

A kind makes a value of what a person or a program gives, or raises ValueError with what it must be. Reading is
idempotent: a value that has been read reads as itself.
"""

import os
import re
import reprlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import nan
from numbers import Real
from typing import Any, Protocol

import numpy as np

from vidream.clock import Marker
from vidream.config.unquoted import as_number, table_of
from vidream.curves import Curve
from vidream.notation import read_curve
from vidream.text import figure

NTSC = {"23.976": Fraction(24000, 1001), "29.97": Fraction(30000, 1001), "59.94": Fraction(60000, 1001)}
"""How people write a rate -> the rate."""


class Kind(Protocol):
    """What a knob may hold."""

    @property
    def metavar(self) -> str:
        """How help writes the value."""

    def read(self, raw: object) -> object:
        """The value.

        Raises:
            ValueError: with what is wrong, as the end of a sentence that begins with the knob's name: "must be ...".
        """


def wrong(name: str, error: ValueError, raw: object) -> str:
    """The message of a knob that cannot be read: its name, what it must be, what was given.

    Args:
        name: of the knob, as the person wrote it.
        error: what its kind raised.
        raw: what could not be read.
    """
    message = f"{name} {error}"
    if str(error).startswith("must"):
        message += f", not {reprlib.repr(raw)}"
    if str(error).startswith(("must be a number", "must be a whole number")):
        message += as_number(raw, whole="whole" in str(error))
    return message


@dataclass(frozen=True)
class Number:
    """A number from `low` to `high`, both included; or a curve that stays there."""

    low: float
    """The least."""

    high: float
    """The most."""

    integer: bool = False
    """Whether it must be whole; a curve of it is rounded at each frame."""

    fixed: bool = False
    """Whether it may not be a curve."""

    @property
    def metavar(self) -> str:
        """1..12; without the most, where that is no bound that anybody meets."""
        if self.high >= 1e6:
            return f"{_figure(self.low)}.."
        return f"{_figure(self.low)}..{_figure(self.high)}"

    def read(self, raw: object) -> int | float | Curve:
        """A number, the text of one, a curve, or what TOML holds of a curve."""
        raw = table_of(raw)
        if isinstance(raw, Curve | Mapping):
            return self._curve(raw)
        if isinstance(raw, bool) or not isinstance(raw, Real | str):  # numpy's numbers too
            raise ValueError(self._must)
        try:
            value = float(raw)
        except (ValueError, OverflowError):
            raise ValueError(self._must + (self._or_curve if str(raw)[:1].isalpha() else "")) from None
        if not self.low <= value <= self.high or (self.integer and not value.is_integer()):  # nan is refused too
            raise ValueError(self._must)
        if self.integer:
            return int(value)
        return value

    @property
    def _must(self) -> str:
        number = "whole number" if self.integer else "number"
        return f"must be a {number} from {_figure(self.low)} to {_figure(self.high)}"

    @property
    def _or_curve(self) -> str:
        """The end of an error about a word: how a curve is written, if it may be one."""
        if self.fixed:
            return ""
        base = 1 if 0 < self.low <= 1 < self.high else self.low
        parts = f"base = {figure(base)}, amount = {figure(min(1, self.high - base))}"
        if self.low <= 0:
            parts = f"amount = {figure(min(60, self.high / 10))}"
        return f", or a curve: '{{ follow = \"low\", {parts} }}'"

    def moves(self, value: float | Curve) -> bool:
        """Whether a value is ever anything but 0."""
        if isinstance(value, Curve):
            return value.span != (0, 0)
        return value != 0

    def _curve(self, raw: object) -> Curve:
        if self.fixed:
            raise ValueError(f"cannot move over time; it {self._must}")
        curve = read_curve(raw)
        low, high = curve.span
        if not self.low <= low <= high <= self.high:
            raise ValueError(f"has values that {self._must}; its curve goes from {figure(low)} to {figure(high)}")
        return curve


def _figure(number: float) -> str:
    """A bound as people write it: 0.01, 16384, 10,000,000."""
    if abs(number) >= 1e5:
        return f"{number:,.0f}"
    return figure(number)


@dataclass(frozen=True)
class Pair:
    """Two numbers from `low` to `high`, across and down: `0.5,0.45`, or a list of two; each may be a curve."""

    low: float
    """The least that each may be."""

    high: float
    """The most that each may be."""

    metavar: str = "X,Y"
    """How help writes the value."""

    def read(self, raw: object) -> tuple[float | Curve, float | Curve]:
        """A list of two, or a text with a comma."""
        must = f'must be two numbers from {figure(self.low)} to {figure(self.high)}, such as "0.5,0.45" or [0.5, 0.45]'
        parts: Any = raw
        if isinstance(raw, str) and "{" in raw:
            parts = pair_of_tables(raw)
        elif isinstance(raw, str):
            parts = raw.strip("[] ").split(",")
        if not isinstance(parts, Sequence | np.ndarray) or len(parts) != 2:
            raise ValueError(must)
        try:
            x, y = (Number(self.low, self.high).read(part) for part in parts)
        except ValueError as error:
            message = must if str(error).startswith("must") else str(error)
            raise ValueError(message) from None
        return x, y


def pair_of_tables(text: str) -> object:
    """What a list of curves holds that was written on the command line: '{ sine = ... }, 0.5'."""
    table = table_of("{ pair = [" + text.strip("[] ") + "] }")
    assert isinstance(table, Mapping)
    return table["pair"]


@dataclass(frozen=True)
class Choice:
    """One of a few names."""

    names: tuple[str, ...]
    """All of them, in the order of help."""

    word: str = ""
    """How help writes the value where the names are too many to stand beside the flag; "": by them."""

    @property
    def metavar(self) -> str:
        """The names, with | between them."""
        return self.word or "|".join(self.names)

    def read(self, raw: object) -> str:
        """A name."""
        if raw not in self.names:
            raise ValueError(f"must be one of {', '.join(self.names)}")
        return str(raw)


@dataclass(frozen=True)
class Names:
    """Some of a few names: "zoom,turn", or a list of them."""

    names: tuple[str, ...]
    """All of them, in the order of help."""

    @property
    def metavar(self) -> str:
        """The names, with | between them."""
        return "|".join(self.names)

    def read(self, raw: object) -> str:
        """The names with commas between them, each once, with hyphens as in a flag."""
        given: Sequence[object] = raw if isinstance(raw, list | tuple) else str(raw).split(",")
        names = [str(name).strip().replace("_", "-") for name in given]
        if not names or not {*names} <= {*self.names}:
            raise ValueError(f"must be one or several of {', '.join(self.names)}, with commas between")
        return ",".join(dict.fromkeys(names))


@dataclass(frozen=True)
class Text:
    """A name, or a path."""

    metavar: str
    """How help writes the value."""

    def read(self, raw: object) -> str:
        """A text that is not empty, or a path."""
        text = raw
        if isinstance(raw, os.PathLike):
            text = os.fspath(raw)
        if not isinstance(text, str) or not text:
            raise ValueError(f"must be a text ({self.metavar.lower()})")
        return text


@dataclass(frozen=True)
class Switch:
    """True or false."""

    metavar: str = ""
    """A flag without a value."""

    def read(self, raw: object) -> bool:
        """A bool, numpy's too."""
        if not isinstance(raw, bool | np.bool_):
            raise ValueError("must be true or false")
        return bool(raw)


@dataclass(frozen=True)
class Timestamp:
    """Seconds from the start, exact: 12.5, "1:30", "01:02:03.5"."""

    metavar: str = "TIME"
    """How help writes the value."""

    marked: bool = False
    """Whether it may be a marker, "@chorus", which a file names."""

    def read(self, raw: object) -> Fraction | Marker:
        """Seconds, or a text such as "1:30"; a Fraction is exact, a float what it is written as."""
        if self.marked and isinstance(raw, Marker):
            return raw
        if self.marked and isinstance(raw, str) and re.fullmatch(r"@\s*\S[^\0]{0,999}", raw):
            return Marker(nan, "seconds", raw[1:].strip())
        return self.seconds(raw)

    def seconds(self, raw: object) -> Fraction:
        """What is no marker."""
        if isinstance(raw, Fraction) and raw >= 0:
            return raw
        text = ""
        if isinstance(raw, int | float | str):
            text = str(raw)
        if isinstance(raw, bool) or not re.fullmatch(r"(\d+:)?(\d+:)?\d+(\.\d*)?|\.\d+", text, re.ASCII):
            raise ValueError("must be seconds or mm:ss, such as 12.5 or 1:30")
        seconds = Fraction(0)
        for part in text.split(":"):
            seconds = seconds * 60 + Fraction(part)
        return seconds


@dataclass(frozen=True)
class Rate:
    """Frames a second, exact. 29.97 and its like mean what they stand for: 30000/1001."""

    metavar: str = "FPS"
    """How help writes the value."""

    def read(self, raw: object) -> Fraction:
        """A number, or a text such as "30000/1001"."""
        text = str(raw)
        known = isinstance(raw, Real | str) and not isinstance(raw, bool)
        if not known or not re.fullmatch(r"\d+(\.\d+)?|\d+/0*[1-9]\d*", text, re.ASCII):
            raise ValueError("must be frames a second, such as 25, 29.97 or 30000/1001")
        rate = NTSC.get(text) or Fraction(text)
        if not Fraction(1, 100) <= rate <= 1000:
            raise ValueError("must be from 0.01 to 1000 frames a second")
        return rate
