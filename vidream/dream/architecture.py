"""Networks on paper: their layers by name, so that a request can be checked before TensorFlow is imported."""

from collections.abc import Iterator
from dataclasses import dataclass

from vidream.config import Goal
from vidream.errors import ConfigError, nearest


@dataclass(frozen=True)
class Block:
    """One inverted residual (Sandler et al. 2018): 1x1 expansion, depthwise kernel x kernel, 1x1 projection.

    expand  how many times wider the inside is; 1 means that there is no expansion
    """

    name: str
    inputs: int
    outputs: int
    kernel: int
    stride: int
    expand: int

    @property
    def width(self) -> int:
        return self.inputs * self.expand

    @property
    def adds_input(self) -> bool:
        return self.stride == 1 and self.inputs == self.outputs


@dataclass(frozen=True)
class EfficientNet:
    """An EfficientNet-Lite (Tan and Le 2019; the Lite variants: no squeeze-excite, ReLU6).

    stages  (repeats, kernel, stride, expand, outputs) of each stage, after the 3x3 stem with stride 2
    """

    stem: int
    stages: tuple[tuple[int, int, int, int, int], ...]
    head: int
    classes: int

    def blocks(self) -> Iterator[Block]:
        inputs, index = self.stem, 0
        for repeats, kernel, stride, expand, outputs in self.stages:
            for repeat in range(repeats):
                yield Block(f"block{index}", inputs, outputs, kernel, 1 if repeat else stride, expand)
                inputs, index = outputs, index + 1

    @property
    def strides(self) -> dict[str, int]:
        """Every layer that can be dreamed with, from the picture up: px of the picture to one of the layer's.

        The logits have no place in the picture; theirs is the top layer's.
        """
        stride = 2
        strides = {"stem": stride}
        for block in self.blocks():
            if block.expand > 1:
                strides[f"{block.name}_expand"] = stride
            stride *= block.stride
            strides[block.name] = stride
        return strides | {"head": stride, "logits": stride}

    @property
    def layers(self) -> tuple[str, ...]:
        return tuple(self.strides)


EFFICIENTNET_LITE0 = EfficientNet(
    stem=32,
    stages=(
        (1, 3, 1, 1, 16),
        (2, 3, 2, 6, 24),
        (2, 5, 2, 6, 40),
        (3, 3, 2, 6, 80),
        (3, 5, 1, 6, 112),
        (4, 5, 2, 6, 192),
        (1, 3, 1, 6, 320),
    ),
    head=1280,
    classes=1000,
)

NETWORKS = {"efficientnet-lite0": EFFICIENTNET_LITE0}

WEIGHTS_SHA256 = {"efficientnet-lite0": "57934424"}  # the digits that the file of weights has in its name


def check_goal(goal: Goal) -> None:
    """Raise ConfigError unless the network and its layers are there."""
    if goal.network not in NETWORKS:
        raise ConfigError(f"--network {goal.network}: no such network; {nearest(goal.network, NETWORKS)}")
    layers = NETWORKS[goal.network].layers
    for layer in goal.layer:
        if layer.name not in layers:
            raise ConfigError(f"--layer {layer.name}: {goal.network} has no such layer; {nearest(layer.name, layers)}")
