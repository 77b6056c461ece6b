"""Networks on paper: their layers by name, so that a request can be checked before TensorFlow is imported."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from vidream.dream.anatomy import LayerInfo, Op, layer_infos


@dataclass(frozen=True)
class Block:
    """One inverted residual (Sandler et al. 2018): 1x1 expansion, depthwise convolution, 1x1 projection."""

    name: str
    """Of the layer at its end."""

    inputs: int
    """Channels that it reads."""

    outputs: int
    """Channels of its projection."""

    kernel: int
    """Side of the depthwise kernel, px."""

    stride: int
    """Of the depthwise convolution, px."""

    expand: int
    """How many times wider the inside is; 1 means that there is no expansion."""

    @property
    def width(self) -> int:
        """Channels of the inside."""
        return self.inputs * self.expand

    @property
    def adds_input(self) -> bool:
        """Whether what it reads is added to its projection."""
        return self.stride == 1 and self.inputs == self.outputs


@dataclass(frozen=True)
class EfficientNet:
    """An EfficientNet-Lite (Tan and Le 2019; the Lite variants: no squeeze-excite, ReLU6)."""

    stem: int
    """Channels of the 3x3 stem, whose stride is 2."""

    stages: tuple[tuple[int, int, int, int, int], ...]
    """(repeats, kernel, stride, expand, outputs) of each stage; the stride is that of its first block."""

    head: int
    """Channels of the 1x1 head."""

    classes: int
    """Of the logits."""

    def blocks(self) -> Iterator[Block]:
        """The blocks of all stages, from the picture up."""
        inputs, index = self.stem, 0
        for repeats, kernel, stride, expand, outputs in self.stages:
            for repeat in range(repeats):
                yield Block(f"block{index}", inputs, outputs, kernel, 1 if repeat else stride, expand)
                inputs, index = outputs, index + 1

    def ops(self) -> Iterator[Op]:
        """Every operation, from the picture up. Layers that can be dreamed with have plain names."""
        yield Op("stem", (), self.stem, 3, 2, 27 * self.stem)
        below = "stem"
        for block in self.blocks():
            inside, depthwise = below, f"{block.name}.depthwise"
            if block.expand > 1:
                inside = f"{block.name}_expand"
                yield Op(inside, (below,), block.width, cost=block.inputs * block.width)
            yield Op(depthwise, (inside,), 0, block.kernel, block.stride, block.kernel**2 * block.width)
            inputs = (depthwise, below) if block.adds_input else (depthwise,)
            yield Op(block.name, inputs, block.outputs, cost=block.width * block.outputs)
            below = block.name
        yield Op("head", (below,), self.head, cost=self.stages[-1][-1] * self.head)
        yield Op("logits", ("head",), self.classes, math.inf)

    @cached_property
    def layers(self) -> dict[str, LayerInfo]:
        """Every layer that can be dreamed with, from the picture up.

        The logits have no place in the picture; their stride is the top layer's.
        """
        return layer_infos(self.ops())


LITE0_STAGES = (
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
)
"""Those of the smallest EfficientNet, from the picture up: see EfficientNet.stages."""


def efficientnet_lite(width: float, depth: float) -> EfficientNet:
    """An EfficientNet-Lite for the 1000 classes of ImageNet, scaled from the smallest (Tan and Le 2019).

    Of a Lite, the widths of stem and head and the repeats of the first and the last stage are never scaled.

    Args:
        width: factor of each stage's outputs, which are rounded to a multiple of 8.
        depth: factor of each stage's repeats, which are rounded up.
    """
    stages = []
    for index, (repeats, kernel, stride, expand, outputs) in enumerate(LITE0_STAGES):
        factor = depth if 0 < index < len(LITE0_STAGES) - 1 else 1.0
        wider = 8 * math.floor(width * outputs / 8 + 0.5)
        stages.append((math.ceil(factor * repeats), kernel, stride, expand, wider))
    return EfficientNet(stem=32, stages=tuple(stages), head=1280, classes=1000)


EFFICIENTNET_LITE0 = efficientnet_lite(width=1.0, depth=1.0)
EFFICIENTNET_LITE1 = efficientnet_lite(width=1.0, depth=1.1)
EFFICIENTNET_LITE2 = efficientnet_lite(width=1.1, depth=1.2)
