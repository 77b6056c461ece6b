"""Hard clips of which the true motion is known: photographs that pass by, before each other, blurred, faded, grainy.

A steadiness that is measured along the true flow has no flow's errors in it, and sees what a measured one leaves out.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np

SAMPLES = Path(__file__).parents[1] / "samples"
SIZE = (108, 192)
"""Rows and columns."""
SHUTTER = (-0.25, -0.17, -0.08, 0.0, 0.08, 0.17, 0.25)
"""Moments of a frame of which a blurred one is the mean, in frames."""


@dataclass(frozen=True)
class Layer:
    """A picture that moves, or a part of it."""

    picture: np.ndarray
    """(H, W, 3), larger than a frame; beyond its edges it is mirrored."""
    begin: tuple[float, float]
    """Row and column of the picture that lie in a frame's corner at frame 0."""
    by: tuple[float, float]
    """Rows and columns by which it moves across the frame, each frame."""
    middle: tuple[float, float] | None = None
    """Of the ellipse of the picture that is there; None: all of it is."""
    radius: float = 24
    """Rows; it is half again as wide."""

    def places(self, moment: float) -> tuple[np.ndarray, np.ndarray]:
        """Of each px of a frame its row and column in the picture."""
        rows, columns = np.mgrid[: SIZE[0], : SIZE[1]].astype(np.float32)
        return rows + self.begin[0] - moment * self.by[0], columns + self.begin[1] - moment * self.by[1]

    def opacity(self, moment: float) -> np.ndarray:
        """(H, W, 1), 0..1."""
        rows, columns = self.places(moment)
        if self.middle is None:
            return np.ones((*SIZE, 1), np.float32)
        away = np.hypot(rows - self.middle[0], (columns - self.middle[1]) / 1.5)
        return np.clip(self.radius - away + 0.5, 0, 1)[..., None]

    def pixels(self, moment: float) -> np.ndarray:
        """(H, W, 3) float32."""
        rows, columns = self.places(moment)
        return cv2.remap(self.picture, columns, rows, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT_101)


@dataclass(frozen=True)
class Clip:
    """A clip of some layers, the later before the earlier."""

    layers: list[Layer]
    """They move, and hide each other."""
    blurred: bool = False
    """By a shutter that is open for half of each frame."""
    finish: Callable[[np.ndarray, int], np.ndarray] = field(default=lambda pixels, index: pixels)
    """What becomes of a frame's pixels at last."""

    def frame(self, index: int) -> np.ndarray:
        """(H, W, 3) uint8."""
        moments = [index + part for part in SHUTTER] if self.blurred else [index]
        pixels = np.mean([self._at(moment) for moment in moments], 0)
        return np.clip(np.rint(self.finish(pixels, index)), 0, 255).astype(np.uint8)

    def _at(self, moment: float) -> np.ndarray:
        pixels: np.ndarray = np.zeros((*SIZE, 3), np.float32)
        for layer in self.layers:
            share = layer.opacity(moment)
            pixels = pixels + share * (layer.pixels(moment) - pixels)
        return pixels

    def foremost(self, index: int) -> np.ndarray:
        """(H, W): the number of the layer that is seen."""
        seen = np.zeros(SIZE, int)
        for number, layer in enumerate(self.layers):
            seen[layer.opacity(index)[..., 0] > 0.5] = number
        return seen

    def flow(self, index: int, before: int) -> tuple[np.ndarray, np.ndarray]:
        """Where each px of a frame was in an earlier one, (H, W, 2) px; and where it was seen there, (H, W)."""
        seen, earlier = self.foremost(index), self.foremost(before)
        moves = np.array([layer.by[::-1] for layer in self.layers], np.float32) * (before - index)
        flow = moves[seen]
        rows, columns = np.mgrid[: SIZE[0], : SIZE[1]]
        fetched = np.stack([rows + flow[..., 1], columns + flow[..., 0]])
        inside = (fetched >= 1).all(0) & (fetched[0] < SIZE[0] - 2) & (fetched[1] < SIZE[1] - 2)
        at = np.clip(np.rint(fetched).astype(int), 0, np.array(SIZE)[:, None, None] - 1)
        edge = cv2.morphologyEx(seen.astype(np.uint8), cv2.MORPH_GRADIENT, np.ones((7, 7), np.uint8)) > 0
        return flow, inside & (earlier[at[0], at[1]] == seen) & ~edge


def _photograph(name: str, width: int) -> np.ndarray:
    pixels = cv2.imread(str(SAMPLES / name))[..., ::-1]
    height = round(pixels.shape[0] * width / pixels.shape[1])
    return cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA).astype(np.float32)


def clips() -> dict[str, Clip]:
    """By name."""
    far, near = _photograph("mountains.jpg", 640), _photograph("cat.png", 320)
    still = Layer(far, (120, 150), (0, 0))
    slow, fast = Layer(far, (120, 200), (0.6, 1.7)), Layer(far, (120, 400), (-1.3, 18))
    passing = Layer(near, (66, 190), (0.4, 9), (120, 150))
    grain = np.random.default_rng(3)

    def dark(pixels: np.ndarray, index: int) -> np.ndarray:
        del index
        return pixels * 0.25 + cv2.GaussianBlur(grain.normal(0, 1, pixels.shape), (0, 0), 0.6) * 4 + 4

    def fading(pixels: np.ndarray, index: int) -> np.ndarray:
        return pixels * (0.2 + 0.8 * abs(index - 5) / 5)

    def letterboxed(pixels: np.ndarray, index: int) -> np.ndarray:
        del index
        return pixels * np.pad(np.ones((SIZE[0] - 32, 1, 1)), ((16, 16), (0, 0), (0, 0)))

    return {
        "slow": Clip([slow]),
        "fast": Clip([fast]),
        "passing": Clip([still, passing]),
        "blurred": Clip([slow, passing], blurred=True),
        "dark": Clip([slow, passing], finish=dark),
        "fading": Clip([slow], finish=fading),
        "letterboxed": Clip([fast], finish=letterboxed),
    }
