"""The embedded network once more, of stock Keras layers: what it would cost without our own way back."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from vidream.dream.architecture import EfficientNet
from vidream.dream.batch_norm import BATCH_NORM_EPSILON
from vidream.dream.runtime import deterministic, tf
from vidream.dream.torchfile import StateDict
from vidream.frames import Image


def stock_gradient(network: EfficientNet, weights: StateDict, layer: str) -> Callable[[Image], Image]:
    """The gradient of the mean of a layer's squares by stock Keras layers, batch norm and all, in one tf.function."""
    model = stock_network(network, weights, layer)

    @tf.function(input_signature=[tf.TensorSpec((None, None, 3), tf.float32)])  # type: ignore[untyped-decorator,unused-ignore]
    def gradient(image: Any) -> Any:
        with tf.GradientTape() as tape:
            tape.watch(image)
            value = tf.reduce_mean(tf.square(model((image[None] - 127.0) / 128.0, training=False)))
        return tape.gradient(value, image)

    def computed(image: Image) -> Image:
        with deterministic():
            slope: Image = gradient(tf.constant(image)).numpy()
        return slope

    return computed


def stock_network(network: EfficientNet, weights: StateDict, layer: str) -> Any:
    """A Keras model of the embedded network up to a layer; it reads pictures that are normalised."""
    stock = _Stock(weights)
    picture = tf.keras.Input((None, None, 3))
    x = stock.convolution(picture, "_conv_stem", "_bn0", network.stem, 3, 2)
    for index, block in enumerate(network.blocks()):
        at, below = f"_blocks.{index}.", x
        if block.expand > 1:
            x = stock.convolution(x, f"{at}_expand_conv", f"{at}_bn0", block.width)
        x = stock.depthwise(x, f"{at}_depthwise_conv", f"{at}_bn1", block.kernel, block.stride)
        x = stock.convolution(x, f"{at}_project_conv", f"{at}_bn2", block.outputs, active=False)
        if block.adds_input:
            x = tf.keras.layers.Add()([x, below])
        if block.name == layer:
            break
    model = tf.keras.Model(picture, x)
    model.set_weights(stock.values)
    return model


class _Stock:
    """Layers of Keras, and their weights in the order in which Keras wants them."""

    def __init__(self, weights: Mapping[str, Any]) -> None:
        self.weights = weights
        self.values: list[np.ndarray] = []

    def convolution(
        self, x: Any, kernel: str, norm: str, outputs: int, side: int = 1, stride: int = 1, *, active: bool = True
    ) -> Any:
        self.values.append(self.weights[f"{kernel}.weight"].transpose(2, 3, 1, 0))
        return self._normed(tf.keras.layers.Conv2D(outputs, side, stride, "same", use_bias=False)(x), norm, active)

    def depthwise(self, x: Any, kernel: str, norm: str, side: int, stride: int) -> Any:
        self.values.append(self.weights[f"{kernel}.weight"].transpose(2, 3, 0, 1))
        return self._normed(tf.keras.layers.DepthwiseConv2D(side, stride, "same", use_bias=False)(x), norm, True)

    def _normed(self, x: Any, norm: str, active: bool) -> Any:
        x = tf.keras.layers.BatchNormalization(epsilon=BATCH_NORM_EPSILON)(x)
        self.values += [self.weights[f"{norm}.{name}"] for name in ("weight", "bias", "running_mean", "running_var")]
        if active:
            x = tf.keras.layers.ReLU(6.0)(x)
        return x
