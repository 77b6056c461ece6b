"""Activations -> what is to be raised. Objectives add: `mean_of("block4") + l2_of("block10", weight=0.5)`."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import reduce
from operator import add

import numpy as np

from vidream.config import Goal, Layer
from vidream.dream.anatomy import LayerInfo
from vidream.dream.catalogue import chosen_layers
from vidream.dream.classes import class_numbers
from vidream.dream.measures import ALL, MATCH, NEAR, Terms, Wanted
from vidream.dream.network import Network
from vidream.dream.neutral import neutral_pictures
from vidream.frames import Image, size_of
from vidream.resample import resize

GUIDE_SIZE = 256
"""px: the long side at which a guide is looked at. Of a picture whose smallest octave is about as large, as those of
the guide's own defaults are, what fills the guide fills the picture.
"""


@dataclass(frozen=True, eq=False)
class Objective:
    """A weighted sum of measures of layers, to be raised.

    An engine is made for the terms alone. Weights, and what is wanted, are its inputs: a new look costs no compilation.
    """

    terms: Terms
    """What is measured."""

    weights: tuple[float, ...]
    """One for each term."""

    wanted: tuple[Wanted, ...]
    """One for each term."""

    @property
    def layers(self) -> frozenset[str]:
        """The layers whose activations it needs."""
        return frozenset(layer for layer, _ in self.terms)

    def __add__(self, other: "Objective") -> "Objective":
        return Objective(self.terms + other.terms, self.weights + other.weights, self.wanted + other.wanted)


def _one_term(layer: str, measure: str, wanted: Wanted, weight: float) -> Objective:
    return Objective(((layer, measure),), (weight,), (wanted,))


def mean_of(layer: str, wanted: Wanted = ALL, weight: float = 1.0) -> Objective:
    """The mean of a layer's activations.

    Args:
        layer: its name.
        wanted: (channels,), how much each channel counts; see `channels`.
        weight: of the term in a sum; under 0, the mean is lowered.
    """
    return _one_term(layer, "mean", wanted, weight)


def l2_of(layer: str, wanted: Wanted = ALL, weight: float = 1.0) -> Objective:
    """The mean of the squares of a layer's activations. Arguments: see `mean_of`."""
    return _one_term(layer, "l2", wanted, weight)


def match_of(layer: str, patterns: Wanted, weight: float = 1.0) -> Objective:
    """How well each px of a layer matches the pattern that it matches best.

    Args:
        layer: its name.
        patterns: (patterns, channels + 1), see vidream.dream.measures.Wanted.
        weight: of the term in a sum; under 0, the match is lowered.
    """
    return _one_term(layer, MATCH, patterns, weight)


def near_of(layer: str, examples: Wanted, weight: float = 1.0) -> Objective:
    """How near each px of a layer is to the example that it is most like.

    Args:
        layer: its name.
        examples: (2 + examples, channels), see vidream.dream.measures.Wanted; of a guide, see `features`.
        weight: of the term in a sum; under 0, it is driven away.
    """
    return _one_term(layer, NEAR, examples, weight)


def channels(count: int, ranges: Iterable[tuple[int, int]]) -> Wanted:
    """What a term wants so that its mean is over some of a layer's channels.

    Args:
        count: how many channels the layer has.
        ranges: (first, last) each, from 0, both included.

    Returns:
        (count,); ALL for no ranges.
    """
    chosen = np.zeros(count, np.float32)
    for first, last in ranges:
        chosen[first : last + 1] = 1
    if not chosen.any():
        return ALL
    return chosen * np.float32(count / chosen.sum())


def objective(goal: Goal, network: Network, guide: Image | None = None) -> Objective:
    """What the knobs ask for: the chosen measure of each layer, or how near it is to the guide; and the classes.

    Args:
        goal: the knobs. A weight that is a curve stays one: `term_weights` has the weights at a moment.
        network: its layers and classes are those that are asked for.
        guide: the picture that goal.guide names, (H, W, 3), 0..255.
    """
    terms = [_of_layer(layer, goal, network, guide) for layer in chosen_layers(goal, network.layers)]
    terms += [_of_class(named, network) for named in goal.toward]
    return reduce(add, terms)


def term_weights(goal: Goal, layers: Mapping[str, LayerInfo]) -> tuple[float, ...]:
    """The weights of the terms of `objective`, in their order.

    Args:
        goal: the knobs at a moment.
        layers: of the network.
    """
    return tuple(layer.weight for layer in (*chosen_layers(goal, layers), *goal.toward))


def _of_layer(layer: Layer, goal: Goal, network: Network, guide: Image | None) -> Objective:
    wanted = channels(network.layers[layer.name].channels, layer.channels)
    if guide is not None:
        return near_of(layer.name, features(network, guide, layer.name, wanted), layer.weight)
    return _one_term(layer.name, goal.objective, wanted, layer.weight)


def _of_class(named: Layer, network: Network) -> Objective:
    """How much of a class, or of the likeliest class of a group, is seen at each px of the layer before the logits."""
    assert network.classifier is not None  # by check_goal
    patterns = network.classifier.patterns[list(class_numbers(named.name))]
    return match_of(network.classifier.layer, patterns, named.weight)


def features(network: Network, guide: Image, layer: str, wanted: Wanted = ALL) -> Wanted:
    """The examples of a guide: what each px of a layer answers to it, as far as that is not what any picture gets.

    Channels are counted in their deviations from their mean over neutral pictures: else those that answer to
    everything outweigh those that tell the guide from other pictures. The examples' lengths are 1 in the root of
    their mean square, so that layers pull alike.

    Args:
        network: it has the layer.
        guide: (H, W, 3), 0..255; it is brought to GUIDE_SIZE px.
        layer: its name.
        wanted: (channels,), how much each channel counts, or ALL.

    Returns:
        (2 + px, channels), see vidream.dream.measures.Wanted.
    """
    mean, deviation = neutral_answer(network, layer)
    looked_at = resize(guide, size_of(guide).scaled_to(GUIDE_SIZE))
    unusual = (answer(network, looked_at, layer) - mean) / deviation * wanted
    length = np.sqrt(np.mean(np.sum(np.square(unusual), 1))) + np.float32(1e-6)
    return np.stack([mean, wanted / deviation / length, *(unusual / length)]).astype(np.float32)


def neutral_answer(network: Network, layer: str) -> tuple[Wanted, Wanted]:
    """Mean and deviation, (channels,) each, of what a layer answers to neutral pictures; no deviation is 0."""
    answers = np.concatenate([answer(network, picture, layer) for picture in neutral_pictures()])
    deviation = answers.std(0)
    return answers.mean(0), deviation + np.float32(1e-3) * deviation.max() + np.float32(1e-6)


def answer(network: Network, image: Image, layer: str) -> Wanted:
    """What a layer answers to a picture, px by px.

    Args:
        network: it has the layer.
        image: (H, W, 3), 0..255; one too small for the network is mirrored.
        layer: its name.

    Returns:
        (px, channels).
    """
    activation = network.answers(mirrored(image, network.smallest), [layer])[layer]
    flat: Wanted = activation.reshape(-1, activation.shape[-1])
    return flat


def mirrored(image: Image, smallest: int) -> Image:
    """A picture, mirrored at its right and lower border until no side is shorter than `smallest` px."""
    down, across = (max(0, smallest - side) for side in image.shape[:2])
    return np.pad(image, ((0, down), (0, across), (0, 0)), "symmetric")
