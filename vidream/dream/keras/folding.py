"""Batch norms of a Keras model, folded into the convolutions before them: fewer operations, the same answers."""

from typing import Any

import numpy as np

from vidream.dream.keras import keras
from vidream.dream.keras.infos import read_by
from vidream.dream.runtime import Tensor


class Absorbed(keras.layers.Layer):  # type: ignore[misc]
    """In the place of a batch norm that has been folded into the convolution before it."""

    def call(self, inputs: Tensor, training: bool | None = None, mask: Tensor | None = None) -> Tensor:
        """What it reads, as it is."""
        return inputs


def fold(model: Any) -> tuple[frozenset[str], Any]:
    """Fold each batch norm of a model into the convolution before it.

    It can be, where nothing else reads the convolution and no activation lies between: w' = w g / sqrt(v + e),
    b' = beta + (b - m) g / sqrt(v + e)   (Ioffe and Szegedy 2015, at inference).

    Args:
        model: a functional Keras model; it is left as it is.

    Returns:
        The names of the convolutions that answer otherwise than before, and the folded model.
    """
    convolutions = {layer.name: _only_convolution_before(layer) for layer in model.layers}
    norms = {each.name: model.get_layer(norm) for norm, each in convolutions.items() if each is not None}
    absorbed = {norm.name for norm in norms.values()}

    def clone(layer: Any) -> Any:
        config = layer.get_config()
        if layer.name in absorbed:
            return Absorbed(name=layer.name)
        if layer.name in norms:
            config |= {"use_bias": True}
        return type(layer).from_config(config)

    folded = keras.models.clone_model(model, clone_function=clone)
    for layer in model.layers:
        if layer.name in norms:
            folded.get_layer(layer.name).set_weights(_with_norm(layer, norms[layer.name]))
        elif layer.name not in absorbed and layer.weights:
            folded.get_layer(layer.name).set_weights(layer.get_weights())
    return frozenset(norms), folded


def _only_convolution_before(layer: Any) -> Any:
    """The convolution that a batch norm can be folded into; None if there is none."""
    if type(layer).__name__ != "BatchNormalization":
        return None
    below = read_by(layer)
    if len(layer._inbound_nodes) != 1 or any(len(each._inbound_nodes) != 1 for each in below):
        return None  # used more than once
    if len(below) != 1 or type(below[0]).__name__ not in ("Conv2D", "DepthwiseConv2D"):
        return None
    (convolution,) = below
    if getattr(convolution.activation, "__name__", None) != "linear" or len(convolution._outbound_nodes) != 1:
        return None
    return convolution


def _with_norm(convolution: Any, norm: Any) -> list[np.ndarray]:
    """Kernel and bias that do what a convolution and the norm after it did."""
    kernel, *biases = convolution.get_weights()
    gain, shift, bias = 1, 0, 0
    if norm.scale:
        gain = norm.gamma.numpy()
    if norm.center:
        shift = norm.beta.numpy()
    if biases:
        bias = biases[0]
    scale = gain / np.sqrt(norm.moving_variance.numpy() + norm.epsilon)
    by_channel = scale
    if type(convolution).__name__ == "DepthwiseConv2D":  # (h, w, channels, multiplier), else (h, w, in, out)
        by_channel = scale.reshape(kernel.shape[2:])
    return [kernel * by_channel, shift + (bias - norm.moving_mean.numpy()) * scale]
