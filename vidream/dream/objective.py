"""Activations -> what is wanted. Objectives add and scale.

mean_of("block4") + 0.5 * l2_of("block10", channels)
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vidream.config import Goal, Layer
from vidream.dream.anatomy import Facts
from vidream.dream.catalogue import GUIDE_SIDE, chosen_layers
from vidream.dream.classes import class_number
from vidream.dream.network import Network
from vidream.dream.runtime import Tensor, tf
from vidream.frames import Image, size_of
from vidream.resample import resized

Wanted = NDArray[np.float32]
Terms = tuple[tuple[str, str], ...]
ALL: Wanted = np.ones(1, np.float32)


def _mean(activation: Tensor, wanted: Tensor) -> Tensor:
    """Of the wanted channels."""
    return tf.reduce_mean(activation * wanted)


def _mean_of_squares(activation: Tensor, wanted: Tensor) -> Tensor:
    return tf.reduce_mean(tf.square(activation) * wanted)


def _match(activation: Tensor, wanted: Tensor) -> Tensor:
    """The mean product of each px's features with the guide's, where they match best (Mordvintsev et al. 2015)."""
    here = tf.reshape(activation, (-1, tf.shape(wanted)[1]))
    best = tf.argmax(tf.matmul(here, wanted, transpose_b=True), axis=1)
    return tf.reduce_mean(here * tf.gather(wanted, best))


MEASURES: Mapping[str, Callable[[Tensor, Tensor], Tensor]] = {"mean": _mean, "l2": _mean_of_squares, "match": _match}


@dataclass(frozen=True, eq=False)
class Objective:
    """A weighted sum of measures of layers, to be raised.

    terms    (layer, measure) each: what is compiled
    weights  one for each term
    wanted   what each term wants: of its channels, (channels,) how much each counts, ALL if all do alike; for "match",
             (px, channels) features of the guide. Like the weights an input of what is compiled: a new look costs no
             compilation.
    """

    terms: Terms
    weights: tuple[float, ...]
    wanted: tuple[Wanted, ...]

    @property
    def layers(self) -> frozenset[str]:
        return frozenset(layer for layer, _ in self.terms)

    def value(self, activations: Mapping[str, Tensor], weights: Tensor, wanted: Sequence[Tensor]) -> Tensor:
        """The scalar to be raised, float32; `weights` is float32 (terms,)."""
        pairs = zip(self.terms, wanted, strict=True)
        values = [MEASURES[measure](activations[layer], each) for (layer, measure), each in pairs]
        return tf.reduce_sum(tf.stack(values) * weights)

    def __add__(self, other: "Objective") -> "Objective":
        return Objective(self.terms + other.terms, self.weights + other.weights, self.wanted + other.wanted)

    def __rmul__(self, scale: float) -> "Objective":
        return Objective(self.terms, tuple(scale * weight for weight in self.weights), self.wanted)


def mean_of(layer: str, wanted: Wanted = ALL) -> Objective:
    """The mean activation of a layer's wanted channels."""
    return Objective(((layer, "mean"),), (1.0,), (wanted,))


def l2_of(layer: str, wanted: Wanted = ALL) -> Objective:
    """The mean square activation of a layer's wanted channels."""
    return Objective(((layer, "l2"),), (1.0,), (wanted,))


def match_of(layer: str, features: Wanted) -> Objective:
    """How well a layer's activations match the features of a guide."""
    return Objective(((layer, "match"),), (1.0,), (features,))


def channels(of: int, ranges: Iterable[tuple[int, int]]) -> Wanted:
    """What a term wants so that its mean is over some of a layer's channels: (of,); ALL for no ranges.

    ranges: (first, last) each, from 0.
    """
    chosen = np.zeros(of, np.float32)
    for first, last in ranges:
        chosen[first : last + 1] = 1
    return chosen * np.float32(of / chosen.sum()) if chosen.any() else ALL


def objective(goal: Goal, network: Network, guide: Image | None = None) -> Objective:
    """What the knobs ask for.

    Of each layer, by its weight, the chosen measure, or how well it matches the guide; and the classes.
    The terms stand in the order of `weights_of`.
    """
    terms = [
        _of_layer(layer, goal, network.layers, None if guide is None else (network, guide))
        for layer in chosen_layers(goal, network.layers)
    ]
    terms += [_of_class(layer, network.layers["logits"].channels) for layer in goal.toward]
    first, *others = terms
    for other in others:
        first += other
    return Objective(first.terms, weights_of(goal, network.layers), first.wanted)


def weights_of(goal: Goal, layers: Mapping[str, Facts]) -> tuple[float, ...]:
    """The weights of an objective's terms, at this moment."""
    return tuple(each.weight for each in (*chosen_layers(goal, layers), *goal.toward))


def _of_layer(layer: Layer, goal: Goal, layers: Mapping[str, Facts], guided: tuple[Network, Image] | None) -> Objective:
    wanted = channels(layers[layer.name].channels, layer.channels)
    if guided is not None:
        return match_of(layer.name, features(*guided, layer.name) * wanted)
    return Objective(((layer.name, goal.objective),), (1.0,), (wanted,))


def _of_class(named: Layer, classes: int) -> Objective:
    number = class_number(named.name)
    return mean_of("logits", channels(classes, [(number, number)]))


def features(network: Network, guide: Image, layer: str) -> Wanted:
    """What a layer answers to a picture that is brought to GUIDE_SIDE px of the layer: (px, channels)."""
    side = GUIDE_SIDE * network.layers[layer].stride
    return answer(network, resized(guide, size_of(guide).scaled_to(side)), layer)


def answer(network: Network, image: Image, layer: str) -> Wanted:
    """What a layer answers to a picture, px by px: (px, channels). One too small for the network is mirrored."""
    short = [max(0, network.smallest - side) for side in image.shape[:2]]
    padded = np.pad(image, ((0, short[0]), (0, short[1]), (0, 0)), "symmetric")
    answered = network.activations(tf.constant(padded[None]), [layer])[layer].numpy()
    flat: Wanted = answered.reshape(-1, answered.shape[-1])
    return flat
