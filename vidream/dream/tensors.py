"""Networks that TensorFlow runs: their activations are tensors, and autodiff finds the way back."""

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache

import numpy as np

from vidream.dream.anatomy import LayerInfo
from vidream.dream.engine import Engine
from vidream.dream.measures import MEASURES, Activation, Terms, Wanted
from vidream.dream.network import Classifier
from vidream.dream.runtime import Tensor, deterministic, tf
from vidream.frames import Image


class TensorNetwork(ABC):
    """A network whose activations TensorFlow can differentiate: see vidream.dream.network.Network."""

    layers: Mapping[str, LayerInfo]
    """Each layer that `activations` knows, from the picture up, and what is known of it."""

    smallest: int
    """Px a side: the least that it can see."""

    classifier: Classifier | None = None
    """Its last step, where it knows the classes of ImageNet."""

    @abstractmethod
    def activations(self, images: Tensor, layers: Collection[str]) -> dict[str, Tensor]:
        """What the layers answer; nothing above the highest of them is computed.

        Args:
            images: float32 (N, H, W, 3), sRGB 0..255.
            layers: names from `layers`.

        Returns:
            float32 (N, h, w, channels) for each layer; (N, channels) for one that has no place in the picture.
        """

    def engine(self, terms: Terms) -> Engine:
        """What computes value and gradient of some terms: see vidream.dream.network.Network."""
        return compiled(self, terms)

    def answers(self, picture: Image, layers: Collection[str]) -> dict[str, Activation]:
        """What layers answer to a picture: see vidream.dream.network.Network."""
        with deterministic():
            answers = self.activations(tf.constant(picture[None]), layers)
            return {name: answer.numpy() for name, answer in answers.items()}


class TensorFlowEngine:
    """Value and gradient, compiled once for all sizes, weights and wanted channels of some terms.

    See vidream.dream.engine.Engine.
    """

    def __init__(self, network: TensorNetwork, terms: Terms) -> None:
        """Nothing is compiled before the first picture.

        Args:
            network: it has the terms' layers.
            terms: of the objective.
        """
        self.network, self.terms = network, terms
        self.traces = 0
        """How often it has been compiled."""
        self.function = tf.function(
            self._of_images,
            input_signature=[
                tf.TensorSpec((None, None, None, 3), tf.float32),
                tf.TensorSpec((len(terms),), tf.float32),
                [tf.TensorSpec((None,) * MEASURES[measure].rank, tf.float32) for _, measure in terms],
            ],
            autograph=False,
        )

    def __call__(self, picture: Image, weights: Sequence[float], wanted: Sequence[Wanted]) -> tuple[float, Image]:
        """Value and gradient: see vidream.dream.engine.Engine."""
        images = np.ascontiguousarray(picture).reshape(-1, *picture.shape[-3:])
        with deterministic():
            value, gradient = self.function(images, tf.constant(weights, tf.float32), list(wanted))
            return float(value), gradient.numpy().reshape(picture.shape)

    def _of_images(self, images: Tensor, weights: Tensor, wanted: list[Tensor]) -> tuple[Tensor, Tensor]:
        self.traces += 1  # runs when it is traced only
        with tf.GradientTape() as tape:
            tape.watch(images)
            activations = self.network.activations(images, frozenset(layer for layer, _ in self.terms))
            value = value_of(self.terms, activations, weights, wanted)
        return value, tape.gradient(value, images)


def value_of(terms: Terms, activations: Mapping[str, Tensor], weights: Tensor, wanted: Sequence[Tensor]) -> Tensor:
    """The scalar to be raised, float32.

    Args:
        terms: what is measured.
        activations: of each layer of the terms, float32 (N, h, w, channels).
        weights: of the terms, float32 (terms,).
        wanted: one for each term.
    """
    pairs = zip(terms, wanted, strict=True)
    values = [MEASURES[measure].of_tensor(activations[layer], each) for (layer, measure), each in pairs]
    return tf.reduce_sum(tf.stack(values) * weights)


@lru_cache(maxsize=16)
def compiled(network: TensorNetwork, terms: Terms) -> TensorFlowEngine:
    """The same object for the same arguments: the films of a batch share it. Arguments: see TensorFlowEngine."""
    return TensorFlowEngine(network, terms)
