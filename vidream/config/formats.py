"""Sizes and rates of films by what they are for."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from vidream.config.sizing import Fit


@dataclass(frozen=True)
class Format:
    """What is usual for films of a kind."""

    size: Fit
    """Width and height."""

    fps: Fraction
    """Frames a second, of what has no rate of its own: a zoom, music over a picture."""


_UPRIGHT = Format(Fit(1080, 1920), Fraction(30))

FORMATS: Mapping[str, Format] = {
    "reel": _UPRIGHT,
    "story": _UPRIGHT,
    "square": Format(Fit(1080, 1080), Fraction(30)),
    "landscape": Format(Fit(1920, 1080), Fraction(30)),
    "4k": Format(Fit(3840, 2160), Fraction(30)),
}
"""What a film is for, as --for names it -> its size and rate."""
