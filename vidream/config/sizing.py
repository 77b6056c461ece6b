"""The size that a picture is brought to, and how it is read."""

import re
from dataclasses import dataclass
from fractions import Fraction

from vidream.frames import Size


@dataclass(frozen=True)
class Fit:
    """The size that a picture is brought to."""

    width: int
    """px across; where there is no height, px of the long side."""

    height: int | None = None
    """px down: the picture fills width and height, and what is over is cropped evenly, or lies within them."""

    shrink_only: bool = False
    """The long side is a bound: what is smaller stays as it is."""

    def of(self, size: Size) -> Size:
        """The size that a picture gets; what is computed is even, as most codecs want it."""
        if self.height is not None:
            return Size(self.width, self.height)
        if self.shrink_only and max(size) <= self.width:
            return size
        fitted = size.scaled_to(self.width)
        return Size(max(2, round(fitted.width / 2) * 2), max(2, round(fitted.height / 2) * 2))

    def within(self, size: Size) -> Size:
        """The largest size of a picture's own shape that lies within that which `of` gives; its sides are even, too."""
        whole = self.of(size)
        if self.height is None:
            return whole
        scale = min(Fraction(whole.width, size.width), Fraction(whole.height, size.height))
        width, height = (
            max(2, 2 * min(round(own * scale / 2), most // 2)) for own, most in zip(size, whole, strict=True)
        )
        return Size(width, height)

    def __str__(self) -> str:
        if self.height is not None:
            return f"{self.width}x{self.height}"
        if self.shrink_only:
            return f"{self.width}max"
        return str(self.width)


@dataclass(frozen=True)
class Sizing:
    """`1280x720`, `1280`, `1280max`: see Fit."""

    metavar: str = "WxH|LONG"
    """How help writes the value."""

    def read(self, raw: object) -> Fit:
        """A long side as a number or a text, or a text such as "1280x720"."""
        if isinstance(raw, Fit):
            return raw
        text = str(raw)
        must = "must be WxH such as 1280x720, a long side such as 1280, or one that only shrinks, 1280max"
        match = re.fullmatch(r"(\d{1,5})(?:x(\d{1,5})|(max))?", text, re.ASCII)
        if isinstance(raw, bool | float) or not match:
            raise ValueError(must)
        height = int(match[2]) if match[2] else None
        fit = Fit(int(match[1]), height, bool(match[3]))
        if min(fit.width, fit.height or fit.width) < 2 or max(fit.width, fit.height or 0) > 16384:
            raise ValueError("must be from 2 to 16384 px a side")
        return fit
