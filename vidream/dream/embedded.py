"""The embedded network as TensorFlow runs it: its weights, and its activations."""

from collections.abc import Collection, Iterator, Mapping

from vidream.dream.anatomy import LayerInfo
from vidream.dream.architecture import Block, EfficientNet
from vidream.dream.batch_norm import folded
from vidream.dream.convolution import Convolution, convolution, depthwise, pointwise
from vidream.dream.network import Classifier
from vidream.dream.runtime import Tensor, tf
from vidream.dream.tensors import TensorNetwork
from vidream.dream.torchfile import StateDict


class EmbeddedNetwork(TensorNetwork):
    """An EfficientNet-Lite with batch norm folded into its convolutions, padded as TensorFlow pads (SAME).

    See vidream.dream.tensors.TensorNetwork; it computes in the weights' dtype.
    """

    smallest = 1

    def __init__(self, architecture: EfficientNet, weights: StateDict) -> None:
        """Fold the weights, and lay them out as TensorFlow wants them.

        Args:
            architecture: the layers.
            weights: by their names in the state dict that torch's EfficientNet-Lite saves.
        """
        self.layers: Mapping[str, LayerInfo] = architecture.layers
        self._stem = convolution(*folded(weights, "_conv_stem", "_bn0"), stride=2)
        self._blocks = [
            (block, _convolutions(weights, block, index)) for index, block in enumerate(architecture.blocks())
        ]
        self._head = pointwise(*folded(weights, "_conv_head", "_bn1"))
        self.classifier: Classifier | None = Classifier.of("head", weights["_fc.weight"], weights["_fc.bias"])
        self._logits = tf.constant(weights["_fc.weight"].T), tf.constant(weights["_fc.bias"])

    def activations(self, images: Tensor, layers: Collection[str]) -> dict[str, Tensor]:
        """What the layers answer: see vidream.dream.tensors.TensorNetwork."""
        wanted, answers = set(layers), {}
        for name, value in self._forward(images):
            if name in wanted:
                answers[name] = value
            if len(answers) == len(wanted):
                break
        return answers

    def _forward(self, images: Tensor) -> Iterator[tuple[str, Tensor]]:
        x = self._stem((images - 127.0) / 128.0)
        yield "stem", x
        for block, parts in self._blocks:
            inside = x
            if block.expand > 1:
                inside = parts["expand"](x)
                yield f"{block.name}_expand", inside
            projected = parts["project"](parts["depthwise"](inside))
            if block.adds_input:
                projected += x
            x = projected
            yield block.name, x
        x = self._head(x)
        yield "head", x
        kernel, bias = self._logits
        yield "logits", tf.reduce_mean(x, (1, 2)) @ kernel + bias


def _convolutions(weights: StateDict, block: Block, index: int) -> dict[str, Convolution]:
    """By name "expand", where the block does, "depthwise" and "project", each with its batch norm folded in."""
    at = f"_blocks.{index}."
    kernel, bias = folded(weights, f"{at}_depthwise_conv", f"{at}_bn1")
    parts = {
        "depthwise": depthwise(kernel.transpose(0, 1, 3, 2), bias, block.stride),
        "project": pointwise(*folded(weights, f"{at}_project_conv", f"{at}_bn2"), active=False),
    }
    if block.expand > 1:
        parts["expand"] = pointwise(*folded(weights, f"{at}_expand_conv", f"{at}_bn0"))
    return parts
