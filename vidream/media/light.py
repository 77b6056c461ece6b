"""Linear light, which OpenEXR files hold <-> levels, the display-coded values of an Image."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from vidream.frames import PEAK, Image
from vidream.hdr import GAMMA

BT709 = (0.64, 0.33, 0.3, 0.6, 0.15, 0.06, 0.3127, 0.329)
"""Chromaticities of BT.709 and sRGB: x and y of red, green, blue and white (ITU-R BT.709)."""

SAME = 0.001
"""Chromaticities that differ by no more than this count as equal."""

BRADFORD = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])
"""XYZ -> the cone responses by which one white is adapted to another: Bradford (ICC.1:2022, annex E)."""


def level_of(light: NDArray[np.float32]) -> Image:
    """Linear light as levels: 1.0 becomes 255. Negative light becomes negative levels, by the same curve.

    Args:
        light: of any shape; it is not changed.
    """
    level: Image = np.abs(light)
    np.power(level, np.float32(1 / GAMMA), out=level)
    level *= np.float32(PEAK)
    return np.copysign(level, light, out=level)


def light_of(level: Image) -> NDArray[np.float32]:
    """Levels as linear light: the inverse of `level_of`."""
    light: NDArray[np.float32] = np.abs(level)
    light /= np.float32(PEAK)
    np.power(light, np.float32(GAMMA), out=light)
    return np.copysign(light, level, out=light)


def to_bt709(light: NDArray[np.float32], chromaticities: Sequence[float]) -> NDArray[np.float32]:
    """Light of any primaries as light of BT.709's, its white adapted; the array itself if nothing is to be done.

    Args:
        light: (H, W, 3), linear.
        chromaticities: x and y of its red, green, blue and white.

    Raises:
        ValueError: no colour space has such chromaticities.
    """
    if len(chromaticities) != len(BT709):
        raise ValueError(f"{len(chromaticities)} chromaticities, not {len(BT709)}")
    if np.allclose(chromaticities, BT709, rtol=0, atol=SAME):
        return light
    try:
        matrix = np.linalg.solve(_to_xyz(BT709), _adaptation(chromaticities) @ _to_xyz(chromaticities))
    except (np.linalg.LinAlgError, ZeroDivisionError):
        raise ValueError("its chromaticities are no primaries") from None
    if not np.isfinite(matrix).all():
        raise ValueError("its chromaticities are no primaries")
    return light @ matrix.T.astype(np.float32)


def _to_xyz(chromaticities: Sequence[float]) -> NDArray[np.float64]:
    """(3, 3): linear RGB -> XYZ (SMPTE RP 177)."""
    red, green, blue, white = (_xyz(*chromaticities[place : place + 2]) for place in range(0, 8, 2))
    primaries = np.stack([red, green, blue], axis=1)
    matrix: NDArray[np.float64] = primaries * np.linalg.solve(primaries, white)
    return matrix


def _xyz(x: float, y: float) -> NDArray[np.float64]:
    """A colour of luminance 1."""
    return np.array([x / y, 1, (1 - x - y) / y])


def _adaptation(chromaticities: Sequence[float]) -> NDArray[np.float64]:
    """(3, 3): XYZ -> XYZ, from the white of some chromaticities to that of BT.709."""
    own, other = (BRADFORD @ _xyz(*each[6:8]) for each in (chromaticities, BT709))
    matrix: NDArray[np.float64] = np.linalg.solve(BRADFORD, (other / own)[:, None] * BRADFORD)
    return matrix
