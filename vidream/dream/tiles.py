"""The gradient of a picture of any size: one tile at a time, overlapping, blended.

Two things make the blend agree with the gradient of the whole picture. The tiles are cut so that every layer's grid
falls on the same pixels as the whole picture's: SAME padding depends on a side's remainder by the stride, so a tile has
the picture's remainder and begins at a multiple of the stride. And a gradient is worst at its tile's border, where the
network saw zeros, so the outer MARGIN of a tile counts nothing and the next RAMP px fade it in.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from math import prod

import numpy as np

from vidream.dream.network import Network
from vidream.dream.objective import Objective, Terms
from vidream.dream.runtime import Tensor, tf
from vidream.errors import RenderError
from vidream.events import checkpoint
from vidream.frames import Image

MARGIN, RAMP = 32, 32  # px
OVERLAP = 2 * MARGIN + RAMP  # px that neighbours share, at least


@dataclass(frozen=True)
class Span:
    """One tile along one side: its first px, its length, and how much each of its px counts, (length,) float32."""

    start: int
    length: int
    weight: np.ndarray


def spans(side: int, tile: int, stride: int) -> list[Span]:
    """Tiles that cover `side` px, none much longer than `tile`; their weights add to 1 at every px.

    Each begins at a multiple of `stride` and has the remainder of `side` by it, so the last one ends with the picture.
    """
    if side <= tile:
        return [Span(0, side, np.ones(side, np.float32))]
    number = -(-(side - OVERLAP) // max(stride, tile - OVERLAP))
    if number == 1:
        return [Span(0, side, np.ones(side, np.float32))]
    rest = side % stride
    units = (side - rest) // stride  # of the picture, in strides
    length = -(-(-(-(side + (number - 1) * OVERLAP) // number) - rest) // stride)  # of a tile, in strides
    length = min(length, units)
    starts = [index * (units - length) // (number - 1) * stride for index in range(number)]
    length = length * stride + rest
    weights = [_weight(start, length, side) for start in starts]
    total = np.zeros(side, np.float32)
    for start, weight in zip(starts, weights, strict=True):
        total[start : start + length] += weight
    return [
        Span(start, length, weight / total[start : start + length])
        for start, weight in zip(starts, weights, strict=True)
    ]


def _weight(start: int, length: int, side: int) -> np.ndarray:
    """1 inside, falling over RAMP px to almost 0 in the MARGIN; never falling where the tile ends with the picture."""
    place = np.arange(length, dtype=np.float32) + 0.5
    from_left = place if start > 0 else np.inf
    from_right = length - place if start + length < side else np.inf
    return np.clip((np.minimum(from_left, from_right) - MARGIN) / RAMP, 1e-6, 1) * np.ones(length, np.float32)


class Compiled:
    """Objective and gradient of one tile, compiled once for all sizes, weights and wanted channels of some terms.

    traces  how often it has been compiled
    """

    def __init__(self, network: Network, terms: Terms, ranks: tuple[int, ...]) -> None:
        self.network, self.objective = network, Objective(terms, (), ())
        self.traces = 0
        self.function = tf.function(
            self._of_tile,
            input_signature=[
                tf.TensorSpec((None, None, 3), tf.float32),
                tf.TensorSpec((len(terms),), tf.float32),
                [tf.TensorSpec((None,) * rank, tf.float32) for rank in ranks],
            ],
            autograph=False,
        )

    def _of_tile(self, tile: Tensor, weights: Tensor, wanted: list[Tensor]) -> tuple[Tensor, Tensor]:
        self.traces += 1  # runs when it is traced only
        images = tile[None]
        with tf.GradientTape() as tape:
            tape.watch(images)
            activations = self.network.activations(images, self.objective.layers)
            value = self.objective.value(activations, weights, wanted)
        return value, tape.gradient(value, images)[0]


@lru_cache(maxsize=16)
def compiled(network: Network, terms: Terms, ranks: tuple[int, ...]) -> Compiled:
    """The same for the same: the films of a batch share it."""
    return Compiled(network, terms, ranks)


class TiledGradient:
    """The gradient of an objective with respect to a picture.

    tile     px; a picture of at most tile x tile px in all is one tile, whatever its shape
    weights  of the objective's terms; they may be changed between calls
    """

    def __init__(self, network: Network, objective: Objective, tile: int) -> None:
        self.network, self.objective, self.tile = network, objective, tile
        self.want(objective)
        self._grid = max(each.stride for each in network.layers.values())
        self._shared = compiled(network, objective.terms, tuple(wanted.ndim for wanted in objective.wanted))
        self._compiled = self._shared.function

    @property
    def traces(self) -> int:
        """How often what it shares with others of its terms has been compiled."""
        return self._shared.traces

    def want(self, objective: Objective) -> None:
        """Another objective of the same terms: nothing is compiled anew."""
        assert objective.terms == self.objective.terms
        self.weights, self.wanted = objective.weights, [tf.constant(wanted) for wanted in objective.wanted]

    def _tiles(self, height: int, width: int) -> Iterator[tuple[Span, Span]]:
        rows, columns = (spans(side, self.tile, self._grid) for side in (height, width))
        return ((row, column) for row in rows for column in columns)

    def _shares(self, tile: tuple[int, int], picture: tuple[int, int]) -> Tensor:
        """The terms' weights for a tile: by its share of each layer's px, so that the tiles' objectives add up."""
        strides = [self.network.layers[layer].stride for layer, _ in self.objective.terms]
        shares = [prod(-(-a // s) / -(-b // s) for a, b in zip(tile, picture, strict=True)) for s in strides]
        return tf.constant(np.multiply(self.weights, shares), tf.float32)

    def __call__(self, image: Image) -> tuple[float, Image]:
        """The objective's value and its gradient for `image`."""
        height, width = image.shape[:2]
        least = self.network.smallest
        if min(height, width) < least:  # mirrored, until the network can see it
            padded = np.pad(image, ((0, max(0, least - height)), (0, max(0, least - width)), (0, 0)), "symmetric")
            value, gradient = self(padded)
            return value, gradient[:height, :width]
        value, gradient = self._blended(image) if height * width > self.tile**2 else self._of_part(image, image)
        if not np.isfinite(value) or not np.isfinite(gradient).all():
            raise RenderError("the network answers with what is no number (NaN): its weights are damaged")
        return value, gradient

    def _blended(self, image: Image) -> tuple[float, Image]:
        """Of a picture of several tiles."""
        value, gradient = 0.0, np.zeros_like(image)
        for row, column in self._tiles(*image.shape[:2]):
            checkpoint()
            at = slice(row.start, row.start + row.length), slice(column.start, column.start + column.length)
            weight = row.weight[:, None, None] * column.weight[:, None]
            of_tile, piece = self._of_part(image[at], image)
            value += of_tile * float(weight.mean())
            gradient[at] += piece * weight
        return value, gradient

    def _of_part(self, tile: Image, image: Image) -> tuple[float, Image]:
        weights = self._shares(tile.shape[:2], image.shape[:2])
        value, gradient = self._compiled(np.ascontiguousarray(tile), weights, self.wanted)
        return float(value), gradient.numpy()
