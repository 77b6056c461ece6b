"""What a knob may hold, and how it is read from a flag, a TOML value or Python.

A kind turns what was given into the value, or raises ValueError with what it must be. Reading is idempotent: a value
that has been read reads as itself.
"""

import os
import re
import reprlib
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from numbers import Real
from typing import Any, Protocol

import numpy as np

from vidream.curves import Curve
from vidream.frames import Size
from vidream.notation import read_curve

NTSC = {"23.976": Fraction(24000, 1001), "29.97": Fraction(30000, 1001), "59.94": Fraction(60000, 1001)}


class Kind(Protocol):
    """`metavar` is how help writes the value."""

    @property
    def metavar(self) -> str: ...
    def read(self, given: object) -> object: ...


def wrong(name: str, error: ValueError, given: object) -> str:
    """What is said of a knob that cannot be read: its name, what it must be, what was given."""
    said = str(error)
    return f"{name} {said}, not {reprlib.repr(given)}" if said.startswith("must") else f"{name} {said}"


@dataclass(frozen=True)
class Number:
    """An int or a float from `low` to `high`, both included; or a curve that stays there, unless it is `fixed`."""

    low: float
    high: float
    integer: bool = False
    fixed: bool = False

    @property
    def metavar(self) -> str:
        return f"{_figure(self.low)}..{_figure(self.high)}" if self.high < 1e6 else f"{_figure(self.low)}.."

    def read(self, given: object) -> int | float | Curve:
        must = f"must be a {'whole ' if self.integer else ''}number from {_figure(self.low)} to {_figure(self.high)}"
        given = _table(given)
        if isinstance(given, Curve | Mapping):
            return self._curve(given, must)
        if isinstance(given, bool) or not isinstance(given, Real | str):  # numpy's numbers too
            raise ValueError(must)
        try:
            value = float(given)
        except (ValueError, OverflowError):
            raise ValueError(must) from None
        if not self.low <= value <= self.high or (self.integer and not value.is_integer()):  # nan is refused too
            raise ValueError(must)
        return int(value) if self.integer else value

    def moves(self, value: float | Curve) -> bool:
        """Whether it ever is anything but 0."""
        return value.span != (0, 0) if isinstance(value, Curve) else value != 0

    def _curve(self, given: object, must: str) -> Curve:
        if self.fixed:
            raise ValueError(f"cannot move over time; it {must}")
        curve = read_curve(given)
        low, high = curve.span
        if not self.low <= low <= high <= self.high:
            raise ValueError(f"has values that {must}; its curve goes from {low:g} to {high:g}")
        return curve


def _figure(number: float) -> str:
    """A bound as people write it: 0.01, 16384, 10,000,000."""
    return f"{number:,.0f}" if abs(number) >= 1e5 else f"{number:g}"


def _table(given: object) -> object:
    """A TOML table that was written on the command line: '{ sine = [1, 0.3], period = "2s" }'."""
    if not isinstance(given, str) or not given.lstrip().startswith("{"):
        return given
    try:
        return tomllib.loads(f"given = {given}")["given"]
    except (ValueError, RecursionError) as error:
        raise ValueError(f"has a curve that is not TOML: {error}") from None


@dataclass(frozen=True)
class Pair:
    """Two numbers from `low` to `high`, across and down: `0.5,0.45`, or a list of two; each may be a curve."""

    low: float
    high: float
    metavar: str = "X,Y"

    def read(self, given: object) -> tuple[float | Curve, float | Curve]:
        must = f'must be two numbers from {self.low:g} to {self.high:g}, such as "0.5,0.45" or [0.5, 0.45]'
        parts: Any = given
        if isinstance(given, str):
            parts = _table("{ pair = [" + given.strip("[] ") + "] }") if "{" in given else given.strip("[] ").split(",")
            parts = parts["pair"] if isinstance(parts, Mapping) else parts
        if not isinstance(parts, Sequence | np.ndarray) or len(parts) != 2:
            raise ValueError(must)
        try:
            x, y = (Number(self.low, self.high).read(part) for part in parts)
        except ValueError as error:
            raise ValueError(must if str(error).startswith("must") else str(error)) from None
        return x, y


@dataclass(frozen=True)
class Choice:
    """One of a few names."""

    names: tuple[str, ...]

    @property
    def metavar(self) -> str:
        return "|".join(self.names)

    def read(self, given: object) -> str:
        if given not in self.names:
            raise ValueError(f"must be one of {', '.join(self.names)}")
        return str(given)


@dataclass(frozen=True)
class Text:
    """Any text."""

    metavar: str

    def read(self, given: object) -> str:
        text = os.fspath(given) if isinstance(given, os.PathLike) else given
        if not isinstance(text, str) or not text:
            raise ValueError(f"must be a text ({self.metavar.lower()})")
        return text


@dataclass(frozen=True)
class Switch:
    """On or off."""

    metavar: str = ""

    def read(self, given: object) -> bool:
        if not isinstance(given, bool | np.bool_):
            raise ValueError("must be true or false")
        return bool(given)


@dataclass(frozen=True)
class Time:
    """Seconds from the start, exact: 12.5, "1:30", "01:02:03.5"."""

    metavar: str = "TIME"

    def read(self, given: object) -> Fraction:
        text = str(given) if isinstance(given, int | float | str) else ""
        if isinstance(given, Fraction) and given >= 0:
            return given
        if isinstance(given, bool) or not re.fullmatch(r"(\d+:)?(\d+:)?\d+(\.\d*)?|\.\d+", text, re.ASCII):
            raise ValueError("must be seconds or mm:ss, such as 12.5 or 1:30")
        seconds = Fraction(0)
        for part in text.split(":"):
            seconds = seconds * 60 + Fraction(part)
        return seconds


@dataclass(frozen=True)
class Rate:
    """Frames a second, exact. 29.97 and its like mean what they stand for: 30000/1001."""

    metavar: str = "FPS"

    def read(self, given: object) -> Fraction:
        text = str(given)
        known = isinstance(given, Real | str) and not isinstance(given, bool)
        if not known or not re.fullmatch(r"\d+(\.\d+)?|\d+/0*[1-9]\d*", text, re.ASCII):
            raise ValueError("must be frames a second, such as 25, 29.97 or 30000/1001")
        rate = NTSC.get(text) or Fraction(text)
        if not Fraction(1, 100) <= rate <= 1000:
            raise ValueError("must be from 0.01 to 1000 frames a second")
        return rate


@dataclass(frozen=True)
class Fit:
    """The size that a picture is brought to.

    width, height  filled, the rest cropped evenly; or height None: `width` is the long side
    shrink_only    the long side is a bound: what is smaller stays as it is
    """

    width: int
    height: int | None = None
    shrink_only: bool = False

    def of(self, size: Size) -> Size:
        """The size that a picture of `size` gets; what is computed is even, as most codecs want it."""
        if self.height is not None:
            return Size(self.width, self.height)
        if self.shrink_only and max(size) <= self.width:
            return size
        fitted = size.scaled_to(self.width)
        return Size(max(2, round(fitted.width / 2) * 2), max(2, round(fitted.height / 2) * 2))

    def __str__(self) -> str:
        if self.height is not None:
            return f"{self.width}x{self.height}"
        return f"{self.width}{'max' if self.shrink_only else ''}"


@dataclass(frozen=True)
class Sizing:
    """`1280x720`, `1280`, `1280max`: see Fit."""

    metavar: str = "WxH|LONG"

    def read(self, given: object) -> Fit:
        if isinstance(given, Fit):
            return given
        text = str(given)
        must = "must be WxH such as 1280x720, a long side such as 1280, or one that only shrinks, 1280max"
        match = re.fullmatch(r"(\d{1,5})(?:x(\d{1,5})|(max))?", text, re.ASCII)
        if isinstance(given, bool | float) or not match:
            raise ValueError(must)
        fit = Fit(int(match[1]), int(match[2]) if match[2] else None, bool(match[3]))
        if min(fit.width, fit.height or fit.width) < 2 or max(fit.width, fit.height or 0) > 16384:
            raise ValueError("must be from 2 to 16384 px a side")
        return fit
