"""A counter that is burned into frames and can be read again after they were dreamed, scaled and encoded.

Two rows of blocks along the lower edge: the bits of the number in Gray code, white for 1, and their complements below.
A bit is told by which of its two blocks is lighter, so that no dream, which changes both alike, hides it; and from one
number to the next a single pair of blocks changes, which is hardly any motion.
"""

import numpy as np

from vidream.frames import Pixels

BITS = 12
"""Numbers from 0 to 4095."""
SHARE = 1 / 8
"""Of a frame's height: both rows together."""
CLEAR = 24.0
"""Levels, 0..255, by which the blocks of each pair must differ."""
EDGE = 0.25
"""Of a block, at each of its sides: what is not looked at, since flow and filters smear it."""


def strip_rows(height: int) -> int:
    """Px from the top that show the scene; the rest is the counter's."""
    return height - round(height * SHARE)


def burn(pixels: Pixels, number: int) -> Pixels:
    """A copy of a frame with a number in it. pixels: (H, W, 3), 48 px wide or more. number: from 0 to 4095."""
    burned = pixels.copy()
    for row in (0, 1):
        for bit in range(BITS):
            white = (_gray(number) >> bit & 1) ^ row
            burned[_block(pixels, row, bit, 0)] = 235 * white + 10
    return burned


def read(pixels: Pixels) -> int | None:
    """The number in a frame of any size; None: none can be told."""
    code = 0
    for bit in range(BITS):
        upper, lower = (float(pixels[_block(pixels, row, bit, EDGE)].mean()) for row in (0, 1))
        if abs(upper - lower) < CLEAR:
            return None
        code |= (upper > lower) << bit
    return _number(code)


def _block(pixels: Pixels, row: int, bit: int, edge: float) -> tuple[slice, slice]:
    """Rows and columns of a block, less its edge."""
    height, width = pixels.shape[:2]
    top = strip_rows(height)
    tall, wide = (height - top) / 2, width / BITS
    rows = (top + tall * (row + edge), top + tall * (row + 1 - edge))
    columns = (wide * (bit + edge), wide * (bit + 1 - edge))
    return slice(*np.rint(rows).astype(int)), slice(*np.rint(columns).astype(int))


def _gray(number: int) -> int:
    return number ^ number >> 1


def _number(code: int) -> int:
    number = 0
    while code:
        number ^= code
        code >>= 1
    return number
