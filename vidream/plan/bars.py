"""The black bars of a film, above and below its picture or beside it: where they end, in one frame and over a shot.

A bar is told from a dark picture by its inner edge: straight, sudden, lit along most of its length, and about as far
from its side as the one opposite. Where no such edge is seen, as in the night, between two scenes, or before a fade has
begun, there are no bars; where anything shows in them, there are none from there on.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil
from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from vidream.cuts import differs
from vidream.frames import Image, Pixels, Size, size_of

Values = TypeVar("Values", Pixels, Image)

KEEP = "keep"
BLACK = 2  # levels: what a bar has at most
SPECKS = 0.95  # of a line's px: the most that may be more, by an encoder's noise
NOISE = 8  # levels: what a line has with them, in the mean, at most
RINGING, REACH = 32, 16  # levels, and px: what an encoder leaves of an edge, and how far beside it
FEW = 0.05  # of a line's px: the most that may be more there
BLED = 1  # px beside an edge that halved colour, or scaling, mixes with the picture
STEEP, FLAT = 0.5, 0.2  # of what follows it: a line of the picture is as light; what lies before BLED is not
LIT = 0.5  # of an edge's length: what is lit at least
UNEVEN, ROUNDED = 8, 0.01  # px, and of a side: how much wider than the other a bar may be, since encoders round places
NARROWEST = 2  # px
PICTURE = 0.25  # of the width, or the height, at least, is picture: upright in a wide film it has 0.32

Borders = NDArray[np.int32]
"""(3, 4), px at top, bottom, left, right: how far all is black; how far nothing is lighter than an edge's ringing;
where a picture is seen to begin, 0 where none is.
"""


@dataclass(frozen=True)
class Bars:
    """What is known of a shot's bars."""

    size: Size
    """Of the frames in which the borders are, px."""
    borders: Borders
    """How far all is black, how far nothing is bright, where a picture is seen to begin."""

    def with_earlier(self, borders: Borders) -> "Bars":
        """With what the shot told before: black is what was always black, an edge the outermost one."""
        return Bars(self.size, join_borders(borders, self.borders))

    @property
    def widths(self) -> tuple[int, int, int, int]:
        """Px of bar at top, bottom, left, right; 0 where there is none."""
        black, dim, edges = self.borders
        sure = (edges > 0) & (black >= edges - REACH) & (dim >= edges - BLED)
        top, bottom, left, right = map(int, edges)
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


def within(bars: Bars | None, pixels: Pixels) -> tuple[slice, slice]:
    """Rows and columns of a frame of any size that no bar touches; of all of it without bars."""
    height, width = pixels.shape[:2]
    if bars is None:
        return slice(0, height), slice(0, width)
    down, across = height / bars.size.height, width / bars.size.width
    top, bottom, left, right = bars.widths
    return (
        slice(ceil(top * down), height - ceil(bottom * down)),
        slice(ceil(left * across), width - ceil(right * across)),
    )


def extend(values: Image, inside: tuple[slice, slice], pixels: Pixels) -> Image:
    """(h, w, C) of what is `inside` a frame, for all of the frame: the outermost go on to its borders."""
    sides = [(part.start, side - part.stop) for part, side in zip(inside, pixels.shape[:2], strict=True)]
    if not np.any(sides):
        return values
    return np.pad(values, (*sides, (0, 0)), mode="edge")


def join_borders(one: Borders, other: Borders) -> Borders:
    """The Borders of two frames together: as far as both are black, or dim, and the outermost edge of either."""
    far = np.int32(2**30)
    nearest = np.minimum(np.where(one[2] > 0, one[2], far), np.where(other[2] > 0, other[2], far))
    both: Borders = np.vstack([np.minimum(one[:2], other[:2]), np.where(nearest < far, nearest, 0)])
    return both


def bars_ahead(size: Size, frames: Sequence[tuple[Borders | None, Pixels]], cut_threshold: float) -> Bars | None:
    """What a frame and those that follow it in its shot tell of its bars; None where something shows at every side.

    Args:
        size: in which the borders are.
        frames: (borders, Pixels of any one size) of each.
        cut_threshold: of vidream.cuts.differs.
    """
    borders = frames[0][0]
    for (_, previous), (following, current) in pairwise(frames):
        if borders is None:
            return None
        is_less = following is None or bool((following[:2] < borders[:2]).any())
        if is_less and differs(current, previous, cut_threshold):
            break  # another shot, with bars of its own
        if following is None:
            return None
        borders = join_borders(borders, following)
    return Bars(size, borders) if borders is not None else None


def borders_of(pixels: Pixels) -> Borders | None:
    """The Borders of one frame; None where something shows at every side, or at the one opposite."""
    down = _is_dim(pixels[0]) and _is_dim(pixels[-1])
    across = _is_dim(pixels[:, 0]) and _is_dim(pixels[:, -1])
    if not (down or across):
        return None
    red, green, blue = cv2.split(pixels)
    light = cv2.max(cv2.max(red, green), blue)
    borders, sides = np.zeros((3, 4), np.int32), []
    top_bottom, left_right = slice(0, 2), slice(2, 4)
    if down:
        sides.append((_Lines.of(light, 1), top_bottom, left_right))
    if across:
        sides.append((_Lines.of(light, 0), left_right, top_bottom))
    for lines, ends, _ in sides:
        borders[0, ends], borders[1, ends] = _runs(lines.black), _runs(lines.dim)
    for lines, ends, other_ends in sides:
        borders[2, ends] = _edges(lines, borders[0, ends], lines.length - int(borders[0, other_ends].sum()))
    return borders


def _is_dim(line: Pixels) -> bool:
    return bool(np.count_nonzero(line.max(-1) > RINGING) <= FEW * len(line))


@dataclass(frozen=True)
class _Lines:
    """A frame's rows, or its columns."""

    length: int
    """Px of each."""
    lit: NDArray[np.int32]
    """Px of each that are over BLACK."""
    bright: NDArray[np.int32]
    """Px of each that are over RINGING."""
    mean: NDArray[np.float32]
    """The mean level of each, 0..255."""

    @classmethod
    def of(cls, light: NDArray[np.uint8], axis: int) -> "_Lines":
        """Of rows: axis 1; of columns: 0."""

        def over(level: int) -> NDArray[np.int32]:
            above = cv2.threshold(light, level, 1, cv2.THRESH_BINARY)[1]
            count: NDArray[np.int32] = cv2.reduce(above, axis, cv2.REDUCE_SUM, dtype=cv2.CV_32S).ravel()
            return count

        mean = cv2.reduce(light, axis, cv2.REDUCE_AVG, dtype=cv2.CV_32F).ravel()
        return cls(light.shape[axis], over(BLACK), over(RINGING), mean)

    @property
    def black(self) -> NDArray[np.bool_]:
        """Which are black, but for an encoder's noise."""
        has_specks_only = self.lit <= SPECKS * self.length
        black: NDArray[np.bool_] = (self.bright == 0) & has_specks_only & (self.mean <= NOISE)
        return black

    @property
    def dim(self) -> NDArray[np.bool_]:
        """Which are black, or as an encoder may leave them beside an edge."""
        dim: NDArray[np.bool_] = self.bright <= FEW * self.length
        return dim

    @property
    def backwards(self) -> "_Lines":
        """The same lines, the last first."""
        return _Lines(self.length, self.lit[::-1], self.bright[::-1], self.mean[::-1])


def _runs(holds: NDArray[np.bool_]) -> tuple[int, int]:
    """For how many lines it holds from each end on; for all of them where it holds everywhere."""
    if holds.all():
        return len(holds), len(holds)
    return int(np.argmin(holds)), int(np.argmin(holds[::-1]))


def _edges(lines: _Lines, black: NDArray[np.int32], length: int) -> tuple[int, int]:
    """Where a picture, `length` px long, begins at two opposite ends; (0, 0) if not both edges are seen, as far in."""
    one, other = _edge(lines, int(black[0]), length), _edge(lines.backwards, int(black[1]), length)
    side = len(lines.mean)
    uneven = abs(one - other) > max(UNEVEN, ROUNDED * side)
    if min(one, other) < NARROWEST or uneven or side - one - other < PICTURE * side:
        return 0, 0
    return one, other


def _edge(lines: _Lines, black: int, length: int) -> int:
    """The first line of the picture, past the ringing that follows what is black; 0 where none is seen."""
    if black == 0:
        return 0
    for at in range(black, min(black + REACH + 1, len(lines.mean) - 1)):
        outside, inside = max(at - 1 - BLED, 0), lines.mean[at + 1 : at + 1 + REACH].mean()
        is_lit = lines.lit[at] >= LIT * length > 0 and lines.mean[at] >= STEEP * inside
        if is_lit and lines.mean[outside] <= FLAT * inside and lines.bright[outside] <= FEW * length:
            return at
    return 0
