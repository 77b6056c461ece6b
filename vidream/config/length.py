"""How long a film is to be, and how that is read."""

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from vidream.config.kinds import Timestamp
from vidream.text import figure

LengthUnit = Literal["frames", "seconds", "beats", "bars"]
"""What a length may be counted in."""

UNITS: dict[str, LengthUnit] = {
    "": "frames",
    "s": "seconds",
    "b": "beats",
    "beat": "beats",
    "beats": "beats",
    "bar": "bars",
    "bars": "bars",
}
"""What may stand after a number -> the unit."""

MOST = 10_000_000
"""Of any unit."""


@dataclass(frozen=True)
class Length:
    """How long a film is to be."""

    value: Fraction
    """In the unit; above 0, of frames a whole number."""

    unit: LengthUnit
    """What it is counted in; beats and bars are those of its music."""

    @property
    def musical(self) -> bool:
        """Whether it is counted in beats or bars."""
        return self.unit in ("beats", "bars")

    def __str__(self) -> str:
        short = {"frames": "", "seconds": "s", "beats": "beats", "bars": "bars"}[self.unit]
        return f"{figure(float(self.value))}{short}"


@dataclass(frozen=True)
class Lengths:
    """`300` frames, `10s`, `1:30`, `32beats` or `8bars`: see Length."""

    metavar: str = "10s|300|8bars"
    """How help writes the value."""

    def read(self, raw: object) -> Length:
        """A whole number of frames, or a text such as "8bars"."""
        if isinstance(raw, Length):
            return raw
        must = 'must be seconds such as "10s" or "1:30", frames such as 300, or beats or bars, "32beats", "8bars"'
        within = f"must be more than 0, and at most {MOST:,}"
        if isinstance(raw, bool) or not isinstance(raw, int | str):
            raise ValueError(must)
        text = str(raw)
        match = re.fullmatch(r"(\d{1,12}(?:\.\d{0,12})?|\.\d{1,12})([a-z]*)", text, re.ASCII)
        huge = re.fullmatch(r"[1-9]\d{12,}(?:\.\d*)?([a-z]*)", text, re.ASCII)
        if huge and huge[1] in UNITS:
            raise ValueError(within)
        if match and match[2] in UNITS:
            length = Length(Fraction(match[1]), UNITS[match[2]])
        elif ":" in text:
            length = Length(_seconds(text, must), "seconds")
        else:
            raise ValueError(must)
        if length.unit == "frames" and length.value.denominator != 1:
            raise ValueError(must)
        if not 0 < length.value <= MOST:
            raise ValueError(within)
        return length


def _seconds(text: str, must: str) -> Fraction:
    try:
        return Timestamp().seconds(text)
    except ValueError:
        raise ValueError(must) from None
