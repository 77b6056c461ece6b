"""Networks that our own native code runs: activations and the way back by vidream.native.lite, slopes by numpy."""

from collections.abc import Collection, Mapping, Sequence

import numpy as np

from vidream.dream.anatomy import LayerInfo
from vidream.dream.architecture import Block, EfficientNet
from vidream.dream.batch_norm import folded
from vidream.dream.engine import Engine
from vidream.dream.measures import MEASURES, Activation, Terms, Wanted
from vidream.dream.network import Classifier
from vidream.dream.settings import threads_of_a_run
from vidream.dream.torchfile import StateDict
from vidream.frames import Image
from vidream.native.lite import BlockNumbers, Convolution, Lite


class NativeNetwork:
    """An EfficientNet-Lite that native code runs: see vidream.dream.network.Network."""

    smallest = 1

    def __init__(self, architecture: EfficientNet, weights: StateDict) -> None:
        """Fold the weights, and lay them out as the native code wants them.

        Args:
            architecture: the layers.
            weights: by their names in the state dict that torch's EfficientNet-Lite saves.
        """
        self.layers: Mapping[str, LayerInfo] = architecture.layers
        self.classifier: Classifier | None = Classifier.of("head", weights["_fc.weight"], weights["_fc.bias"])
        self.lite = Lite(
            Convolution(*folded(weights, "_conv_stem", "_bn0")),
            [_numbers(weights, block, index) for index, block in enumerate(architecture.blocks())],
            Convolution(*folded(weights, "_conv_head", "_bn1")),
            Convolution(weights["_fc.weight"].T[None, None], weights["_fc.bias"]),
        )

    def engine(self, terms: Terms) -> Engine:
        """What computes value and gradient of some terms: see vidream.dream.network.Network."""
        return NativeEngine(self, terms)

    def answers(self, picture: Image, layers: Collection[str]) -> dict[str, Activation]:
        """What layers answer to a picture: see vidream.dream.network.Network."""
        picture = np.ascontiguousarray(picture, np.float32)
        return dict(self.lite.forward(picture, layers, threads_of_a_run()).activations)


def _numbers(weights: StateDict, block: Block, index: int) -> BlockNumbers:
    """A block's convolutions, each with its batch norm folded in."""
    at = f"_blocks.{index}."
    kernel, bias = folded(weights, f"{at}_depthwise_conv", f"{at}_bn1")
    expand = None
    if block.expand > 1:
        expand = Convolution(*folded(weights, f"{at}_expand_conv", f"{at}_bn0"))
    project = Convolution(*folded(weights, f"{at}_project_conv", f"{at}_bn2"))
    return BlockNumbers(expand, Convolution(kernel[:, :, 0], bias), project, block.stride, block.adds_input)


class NativeEngine:
    """Value and gradient by native code, the same bytes on any number of threads: see vidream.dream.engine.Engine."""

    def __init__(self, network: NativeNetwork, terms: Terms) -> None:
        """There is nothing to compile.

        Args:
            network: it has the terms' layers.
            terms: of the objective.
        """
        self.network, self.terms = network, terms

    def __call__(self, picture: Image, weights: Sequence[float], wanted: Sequence[Wanted]) -> tuple[float, Image]:
        """Value and gradient: see vidream.dream.engine.Engine."""
        if picture.ndim == 3:
            return self._of_picture(picture, weights, wanted)
        answers = [self._of_picture(each, weights, wanted) for each in picture]
        values, gradients = zip(*answers, strict=True)
        return float(np.mean(values)), (np.stack(gradients) / len(gradients)).astype(np.float32)

    def _of_picture(self, picture: Image, weights: Sequence[float], wanted: Sequence[Wanted]) -> tuple[float, Image]:
        parts = [part for part in zip(self.terms, weights, wanted, strict=True) if part[1]]  # the others pull nowhere
        if not parts:
            return 0.0, np.zeros_like(picture)
        layers = {layer for (layer, _), _, _ in parts}
        passed = self.network.lite.forward(np.ascontiguousarray(picture, np.float32), layers, threads_of_a_run())
        total, slopes = 0.0, dict[str, Activation]()
        for (layer, measure), weight, want in parts:
            value, slope = MEASURES[measure].value_and_slope(passed.activations[layer], want)
            total += weight * value
            slope = slope * np.float32(weight)
            slopes[layer] = slopes[layer] + slope if layer in slopes else slope
        return total, passed.backward(slopes)
