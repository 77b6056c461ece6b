"""What is measured of a layer's activations: each measure once for numpy, with its slope, and once for TensorFlow."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from vidream.dream.runtime import Tensor

Activation: TypeAlias = NDArray[np.floating]
"""What a layer answers: (N, h, w, channels); (N, channels) of one that has no place in the picture."""

Wanted: TypeAlias = NDArray[np.float32]
"""What a term wants. Of its channels: (channels,), how much each counts, or ALL. Of a match: (patterns, channels + 1),
each pattern's weights of the channels, then what is added to their sum. Of nearness: (2 + examples, channels): what
each channel usually answers, what the rest of its answer is multiplied by, and examples in these units.
"""

Terms: TypeAlias = tuple[tuple[str, str], ...]
"""(layer, measure) each; measures are names in MEASURES."""

ALL: Wanted = np.ones(1, np.float32)
"""All channels alike."""

TINY = 1e-6
"""Added to an example's length, which may be 0."""

FAINT = 0.01
"""Of a match: what is below pulls as hard as this, so that there is a way up where nothing matches yet."""

EXAGGERATION = 1.5
"""Of nearness: how far beyond its example a px is drawn, as a caricature goes beyond its model."""

LARGEST_PRODUCT = 2**18
"""Multiply-adds of a matrix product that BLAS libraries carry out on one thread, whatever they are allowed."""


def _mean(activation: Activation, wanted: Wanted) -> tuple[float, Activation]:
    slope = np.broadcast_to(wanted / wanted.dtype.type(activation.size), activation.shape)
    return float(np.mean(activation * wanted, dtype=np.float64)), slope


def _mean_of_tensor(activation: "Tensor", wanted: "Tensor") -> "Tensor":
    from vidream.dream.runtime import tf

    return tf.reduce_mean(activation * wanted)


def _mean_of_squares(activation: Activation, wanted: Wanted) -> tuple[float, Activation]:
    weighed = activation * wanted
    value = float(np.mean(activation * weighed, dtype=np.float64))
    weighed *= activation.dtype.type(2 / activation.size)
    return value, weighed


def _mean_of_squares_of_tensor(activation: "Tensor", wanted: "Tensor") -> "Tensor":
    from vidream.dream.runtime import tf

    return tf.reduce_mean(tf.square(activation) * wanted)


def _match(activation: Activation, wanted: Wanted) -> tuple[float, Activation]:
    features = activation.reshape(-1, activation.shape[-1])
    best, product = _best(np.concatenate([features, np.ones_like(features[:, :1])], 1), wanted)
    value = float(np.mean(np.where(product > FAINT, (np.square(product) + FAINT**2) / 2, FAINT * product)))
    pull = (np.maximum(product, FAINT) / len(features)).astype(activation.dtype)
    return value, (pull[:, None] * wanted[best, :-1]).reshape(activation.shape)


def _near(activation: Activation, wanted: Wanted) -> tuple[float, Activation]:
    usual, scale, examples = wanted[0], wanted[1], wanted[2:]
    features = (activation.reshape(-1, activation.shape[-1]) - usual) * scale
    lengths = np.linalg.norm(examples, axis=1, keepdims=True) + TINY
    best, _ = _best(features, (examples / np.sqrt(lengths)).astype(np.float32))
    goal = examples[best] * np.float32(EXAGGERATION)
    value = float(np.mean(np.sum((goal - features / 2) * features, 1, dtype=np.float64)))
    pull = (goal - features) * (scale / np.float32(len(features)))
    return value, pull.reshape(activation.shape).astype(activation.dtype)


def _best(features: Activation, wanted: Wanted) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """For each px's features, the number of the row whose product with them is largest, the first of equals; and that.

    In float64, in blocks that depend on the sizes alone and are too small to be shared out: the answer does not depend
    on the number of threads.

    Args:
        features: (px, columns).
        wanted: (rows, columns).
    """
    rows = 8
    columns = max(1, LARGEST_PRODUCT // (rows * wanted.shape[1]))
    turned = np.ascontiguousarray(wanted.T, np.float64)
    blocks = [np.ascontiguousarray(turned[:, first : first + columns]) for first in range(0, len(wanted), columns)]
    best, product = np.empty(len(features), np.intp), np.empty(len(features))
    for first in range(0, len(features), rows):
        few = features[first : first + rows].astype(np.float64)
        products = np.concatenate([few @ block for block in blocks], 1)
        best[first : first + rows] = products.argmax(1)
        product[first : first + rows] = products.max(1)
    return best, product


def _match_of_tensor(activation: "Tensor", wanted: "Tensor") -> "Tensor":
    from vidream.dream.runtime import tf

    features = tf.reshape(activation, (-1, activation.shape[-1]))
    products = tf.matmul(features, wanted[:, :-1], transpose_b=True) + wanted[:, -1]
    best = tf.gather(wanted, tf.argmax(products, axis=1))
    product = tf.reduce_sum(features * best[:, :-1], 1) + best[:, -1]
    return tf.reduce_mean(tf.where(product > FAINT, (tf.square(product) + FAINT**2) / 2, FAINT * product))


def _near_of_tensor(activation: "Tensor", wanted: "Tensor") -> "Tensor":
    from vidream.dream.runtime import tf

    usual, scale, examples = wanted[0], wanted[1], wanted[2:]
    features = (tf.reshape(activation, (-1, activation.shape[-1])) - usual) * scale
    directions = examples / tf.sqrt(tf.norm(examples, axis=1, keepdims=True) + TINY)
    best = tf.argmax(tf.matmul(features, directions, transpose_b=True), axis=1)
    goal = tf.gather(examples, best) * EXAGGERATION
    return tf.reduce_mean(tf.reduce_sum((goal - features / 2) * features, 1))


@dataclass(frozen=True)
class Measure:
    """A number that is raised by climbing, made of a layer's activations."""

    value_and_slope: Callable[[Activation, Wanted], tuple[float, Activation]]
    """(activations, what is wanted) -> the value, and its slope with respect to each activation, of their shape."""

    of_tensor: "Callable[[Tensor, Tensor], Tensor]"
    """(activations, what is wanted) -> the value, a scalar tensor, which TensorFlow differentiates."""

    rank: int = 1
    """Dimensions of what it wants."""


MATCH, NEAR = "match", "near"
"""The measures that a class and a guide bring with them; the others are choices of --objective."""

MEASURES: Mapping[str, Measure] = {
    # of the wanted channels
    "mean": Measure(_mean, _mean_of_tensor),
    # of the wanted channels; the objective of the first DeepDream (Mordvintsev et al. 2015)
    "l2": Measure(_mean_of_squares, _mean_of_squares_of_tensor),
    # how well each px's features match the pattern that they match best: half the square of their product, so that
    # what is there already is raised more, and one whole thing forms, not a little of it everywhere
    MATCH: Measure(_match, _match_of_tensor, rank=2),
    # how near each px's features are to the example that is most like them, which has the largest product with them,
    # as with the guide of the first DeepDream (Mordvintsev et al. 2015): less half the square of their distance. What
    # the example has not is taken away, as with the nearest patches of Li and Wand (2016): a product alone also grows
    # by what the network likes best, faces. Examples are divided by the root of their lengths: of the products
    # themselves, the most striking would win everywhere; of those with directions, the dullest in dull places
    NEAR: Measure(_near, _near_of_tensor, rank=2),
}
"""By name."""
