"""The gradient of a picture of any size: one tile at a time, overlapping, blended.

Two things make the blend agree with the gradient of the whole picture. The tiles are cut so that every layer's grid
falls on the same pixels as the whole picture's: SAME padding depends on a side's remainder by the stride, so a tile has
the picture's remainder and begins at a multiple of the stride. And a gradient is worst at its tile's border, where the
network saw zeros, so the outer MARGIN of a tile counts nothing and the next RAMP px fade it in.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import prod
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from vidream.dream.engine import Engine
from vidream.dream.network import Network
from vidream.dream.objective import Objective, mirrored
from vidream.errors import RenderError
from vidream.events import checkpoint
from vidream.frames import Image

MARGIN, RAMP = 32, 32
"""px."""

OVERLAP = 2 * MARGIN + RAMP
"""px that neighbours share, at least."""


@dataclass(frozen=True)
class Span:
    """One tile along one side of the picture."""

    start: int
    """Its first px."""

    length: int
    """px."""

    weight: NDArray[np.float32]
    """(length,): how much each of its px counts, 0..1."""


def spans(side: int, tile: int, stride: int) -> list[Span]:
    """Tiles that cover a side of a picture; their weights add to 1 at every px.

    Each begins at a multiple of `stride` and has the remainder of `side` by it, so the last one ends with the picture.

    Args:
        side: px.
        tile: px; no tile is much longer.
        stride: the network's largest, px.
    """
    count = -(-(side - OVERLAP) // max(stride, tile - OVERLAP))
    if side <= tile or count == 1:
        return [Span(0, side, np.ones(side, np.float32))]
    rest = side % stride
    units = (side - rest) // stride  # of the picture, in strides
    length = -(-(-(-(side + (count - 1) * OVERLAP) // count) - rest) // stride)  # of a tile, in strides
    length = min(length, units)
    starts = [index * (units - length) // (count - 1) * stride for index in range(count)]
    length = length * stride + rest
    weights = [_weight(start, length, side) for start in starts]
    total = np.zeros(side, np.float32)
    for start, weight in zip(starts, weights, strict=True):
        total[start : start + length] += weight
    return [
        Span(start, length, weight / total[start : start + length])
        for start, weight in zip(starts, weights, strict=True)
    ]


def _weight(start: int, length: int, side: int) -> NDArray[np.float32]:
    """1 inside, falling over RAMP px to almost 0 in the MARGIN; never falling where the tile ends with the picture."""
    place = np.arange(length, dtype=np.float32) + 0.5
    distance = np.full(length, np.inf, np.float32)
    if start > 0:
        distance = place
    if start + length < side:
        distance = np.minimum(distance, length - place)
    return np.clip((distance - MARGIN) / RAMP, 1e-6, 1).astype(np.float32)


class TiledGradient:
    """The gradient of an objective with respect to a picture of any size."""

    weights: tuple[float, ...]
    """Of the objective's terms; they may be changed between calls."""

    engine: Engine
    """What computes value and gradient of a tile."""

    seconds: float
    """Spent so far in computing gradients, of all tiles."""

    def __init__(self, network: Network, objective: Objective, tile: int) -> None:
        """Nothing is compiled before the first call.

        Args:
            network: it has the objective's layers.
            objective: what is to be raised.
            tile: px; a picture of at most tile x tile px in all is one tile, whatever its shape.
        """
        self.network, self.objective, self.tile, self.seconds = network, objective, tile, 0.0
        self.want(objective)
        self._grid = max(info.stride for info in network.layers.values())
        self.engine = network.engine(objective.terms)

    def want(self, objective: Objective) -> None:
        """Raise another objective of the same terms from now on: nothing is compiled anew."""
        assert objective.terms == self.objective.terms
        self.weights, self.wanted = objective.weights, objective.wanted

    def __call__(self, image: Image) -> tuple[float, Image]:
        """Value and gradient of the objective.

        Args:
            image: (H, W, 3); one too small for the network is mirrored until the network can see it.

        Returns:
            The value, and the gradient, (H, W, 3).

        Raises:
            RenderError: the network's answer is not finite.
        """
        height, width = image.shape[:2]
        if min(height, width) < self.network.smallest:
            value, gradient = self(mirrored(image, self.network.smallest))
            return value, gradient[:height, :width]
        if height * width > self.tile**2:
            value, gradient = self._blended(image)
        else:
            value, gradient = self._of_part(image, image)
        if not np.isfinite(value) or not np.isfinite(gradient).all():
            raise RenderError("the network returned NaN or infinity; its weights are damaged")
        return value, gradient

    def _blended(self, image: Image) -> tuple[float, Image]:
        """Of a picture of several tiles."""
        value, gradient = 0.0, np.zeros_like(image)
        for row, column in self._tiles(*image.shape[:2]):
            checkpoint()
            part = slice(row.start, row.start + row.length), slice(column.start, column.start + column.length)
            weight = row.weight[:, None, None] * column.weight[:, None]
            value_of_tile, gradient_of_tile = self._of_part(image[part], image)
            value += value_of_tile * float(weight.mean())
            gradient[part] += gradient_of_tile * weight
        return value, gradient

    def _tiles(self, height: int, width: int) -> Iterator[tuple[Span, Span]]:
        rows, columns = (spans(side, self.tile, self._grid) for side in (height, width))
        return ((row, column) for row in rows for column in columns)

    def _of_part(self, tile: Image, image: Image) -> tuple[float, Image]:
        """Of one tile of a picture."""
        began = perf_counter()
        result = self.engine(tile, self._weights_in(tile.shape[:2], image.shape[:2]), self.wanted)
        self.seconds += perf_counter() - began
        return result

    def _weights_in(self, tile: tuple[int, ...], picture: tuple[int, ...]) -> list[float]:
        """The terms' weights for a tile: by its share of each layer's px, so that the tiles' objectives add up."""
        strides = [self.network.layers[layer].stride for layer, _ in self.objective.terms]
        shares = [prod(-(-a // s) / -(-b // s) for a, b in zip(tile, picture, strict=True)) for s in strides]
        return [float(weight * share) for weight, share in zip(self.weights, shares, strict=True)]
