"""The black bars of a film, above and below its picture or beside it: where they end, in one frame and over a shot.

A bar is told from a dark picture by its inner edge: straight, lit along most of its length, and as far from its side as
the one opposite. Where no such edge is seen, as in the night, between two scenes, or before a fade has begun, there are
no bars; where anything shows in them, there are none from there on.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from vidream.cuts import differs
from vidream.frames import Image, Pixels, Size, size_of

Values = TypeVar("Values", Pixels, Image)

KEEP = "keep"
BLACK = 2  # levels: what a bar has at most
RINGING = 16  # levels: what an encoder leaves beside an edge, in single px
SPECKS = 0.1  # of a line's px: the most that may be such
LIT = 0.5  # of an edge's length: what is lit at least
NEAR = 3  # px: an edge is lit within so many
UNEVEN = 1  # px: two bars are as wide as each other, give or take
NARROWEST = 2  # px
PICTURE = 0.25  # of the width, or the height, at least, is picture: upright in a wide film it has 0.32

Borders = NDArray[np.int32]
"""(2, 4), px at top, bottom, left, right: how far all is black; where a picture is seen to begin, 0 where none is."""


@dataclass(frozen=True)
class Bars:
    """What is known of a shot's bars: Borders in frames of `size`."""

    size: Size
    borders: Borders

    def and_before(self, borders: Borders) -> "Bars":
        """With what was known before in the shot: black is what was always black, an edge the outermost one."""
        return Bars(self.size, joined(borders, self.borders))

    @property
    def widths(self) -> tuple[int, int, int, int]:
        """Px of bar at top, bottom, left, right; 0 where there is none."""
        black, edges = self.borders
        sure = (edges > 0) & (edges <= black + UNEVEN)
        top, bottom, left, right = (int(width) for width in np.minimum(black, edges))
        down, across = bool(sure[:2].all()), bool(sure[2:].all())
        return (top * down, bottom * down, left * across, right * across)

    def inside(self, size: Size) -> tuple[slice, slice]:
        """Rows and columns of the picture between the bars, in a frame of another size."""
        top, bottom, left, right = self.widths
        down, across = size.height / self.size.height, size.width / self.size.width
        return (
            slice(int(top * down), size.height - int(bottom * down)),
            slice(int(left * across), size.width - int(right * across)),
        )

    def between(self, values: Values, around: Values) -> Values:
        """`values` where the picture is, `around` where the bars are."""
        if not any(self.widths):
            return values
        inside, result = self.inside(size_of(values)), around.copy()
        result[inside] = values[inside]
        return result


def joined(one: Borders, other: Borders) -> Borders:
    """Of two frames: as far as both are black, and the outermost edge that is seen in either."""
    edges = np.where((one[1] > 0) & (other[1] > 0), np.minimum(one[1], other[1]), np.maximum(one[1], other[1]))
    both: Borders = np.stack([np.minimum(one[0], other[0]), edges])
    return both


def bars_ahead(size: Size, frames: Sequence[tuple[Borders | None, Pixels]], cut_threshold: float) -> Bars | None:
    """What a frame and those that follow it in its shot tell of its bars; None where something shows at every side.

    Args:
        size: in which the borders are.
        frames: (borders, Pixels of any one size) of each.
        cut_threshold: of vidream.cuts.differs.
    """
    borders = frames[0][0]
    for (_, before), (following, now) in pairwise(frames):
        if borders is None:
            break
        less = following is None or bool((following[0] < borders[0]).any())
        if less and differs(now, before, cut_threshold):
            break  # another shot, with bars of its own
        borders = None if following is None else joined(borders, following)
    return None if borders is None else Bars(size, borders)


def borders_of(pixels: Pixels) -> Borders | None:
    """Of one frame; None where something shows at every side, or at the one opposite."""
    pairs = [
        _black(pixels[0]) and _black(pixels[-1]),
        _black(pixels[:, 0]) and _black(pixels[:, -1]),
    ]
    if not any(pairs):
        return None
    red, green, blue = cv2.split(pixels)
    light = cv2.max(cv2.max(red, green), blue)
    (rows, rows_lit), (columns, columns_lit) = _lines(light, 1), _lines(light, 0)
    black = np.array([*_runs(rows, pairs[0]), *_runs(columns, pairs[1])], np.int32)
    height, width = light.shape
    inner_width, inner_height = width - black[2] - black[3], height - black[0] - black[1]
    edges = np.array(
        [
            *_edges(black[:2], rows_lit, inner_width, height),
            *_edges(black[2:], columns_lit, inner_height, width),
        ],
        np.int32,
    )
    return np.stack([black, edges])


def _black(line: Pixels) -> bool:
    light = line.max(-1)
    return bool(light.max() <= RINGING and np.count_nonzero(light > BLACK) <= SPECKS * len(light))


def _lines(light: Pixels, axis: int) -> tuple[NDArray[np.bool_], NDArray[np.int32]]:
    """Of each row (axis 1) or column (axis 0): whether it is black, and how many of its px are lit."""
    brightest = cv2.reduce(light, axis, cv2.REDUCE_MAX).ravel()
    lit = cv2.reduce(cv2.threshold(light, BLACK, 1, cv2.THRESH_BINARY)[1], axis, cv2.REDUCE_SUM, dtype=cv2.CV_32S)
    lit = lit.ravel()
    return (brightest <= RINGING) & (lit <= SPECKS * light.shape[axis]), lit


def _runs(black: NDArray[np.bool_], at_both: bool) -> tuple[int, int]:
    """How many lines are black from each end; all of them where none is lit."""
    if not at_both:
        return 0, 0
    if black.all():
        return len(black), len(black)
    return int(np.argmin(black)), int(np.argmin(black[::-1]))


def _edges(black: Borders, lit: NDArray[np.int32], length: int, side: int) -> tuple[int, int]:
    """Where a picture `length` px long begins at two opposite sides: as `black`, or (0, 0) if that is not seen."""
    one, other = map(int, black)
    if abs(one - other) > UNEVEN or min(one, other) < NARROWEST or side - one - other < PICTURE * side:
        return 0, 0
    begins = lit[one : one + NEAR].max(), lit[::-1][other : other + NEAR].max()
    return (one, other) if min(begins) >= LIT * length else (0, 0)
