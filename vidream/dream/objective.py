"""Activations -> what is wanted. Objectives add and scale:

mean_of("block4") + 0.5 * l2_of("block10")
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from vidream.config import Goal
from vidream.dream.runtime import Tensor, tf


def _mean(activation: Tensor) -> Tensor:
    return tf.reduce_mean(activation)


def _mean_of_squares(activation: Tensor) -> Tensor:
    return tf.reduce_mean(tf.square(activation))


MEASURES: Mapping[str, Callable[[Tensor], Tensor]] = {"mean": _mean, "l2": _mean_of_squares}


@dataclass(frozen=True)
class Objective:
    """A weighted sum of measures of layers, to be raised.

    terms    (layer, measure) each: what is compiled
    weights  one for each term: an input of what is compiled, so that a new look costs no compilation
    """

    terms: tuple[tuple[str, str], ...]
    weights: tuple[float, ...]

    @property
    def layers(self) -> frozenset[str]:
        return frozenset(layer for layer, _ in self.terms)

    def value(self, activations: Mapping[str, Tensor], weights: Tensor) -> Tensor:
        """The scalar to be raised, float32; `weights` is float32 (terms,)."""
        values = [MEASURES[measure](activations[layer]) for layer, measure in self.terms]
        return tf.reduce_sum(tf.stack(values) * weights)

    def __add__(self, other: "Objective") -> "Objective":
        return Objective(self.terms + other.terms, self.weights + other.weights)

    def __rmul__(self, scale: float) -> "Objective":
        return Objective(self.terms, tuple(scale * weight for weight in self.weights))


def mean_of(layer: str) -> Objective:
    return Objective(((layer, "mean"),), (1.0,))


def l2_of(layer: str) -> Objective:
    return Objective(((layer, "l2"),), (1.0,))


def objective(goal: Goal) -> Objective:
    """What the knobs ask for: the chosen measure over each layer by its weight."""
    terms = tuple((layer.name, goal.objective) for layer in goal.layer)
    return Objective(terms, tuple(layer.weight for layer in goal.layer))
