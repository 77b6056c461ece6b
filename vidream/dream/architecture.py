"""Networks on paper: their layers by name, so that a request can be checked before TensorFlow is imported."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from vidream.dream.anatomy import Facts, Part, facts


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

    def parts(self) -> Iterator[Part]:
        """Every operation, from the picture up. Layers that can be dreamed with have plain names."""
        yield Part("stem", (), self.stem, 3, 2, 27 * self.stem)
        below = "stem"
        for block in self.blocks():
            inside = below
            if block.expand > 1:
                inside = f"{block.name}_expand"
                yield Part(inside, (below,), block.width, cost=block.inputs * block.width)
            yield Part(
                f"{block.name}.depthwise", (inside,), 0, block.kernel, block.stride, block.kernel**2 * block.width
            )
            projected = (f"{block.name}.depthwise", *([below] if block.adds_input else []))
            yield Part(block.name, projected, block.outputs, cost=block.width * block.outputs)
            below = block.name
        yield Part("head", (below,), self.head, cost=self.stages[-1][-1] * self.head)
        yield Part("logits", ("head",), self.classes, math.inf)

    @cached_property
    def layers(self) -> dict[str, Facts]:
        """Every layer that can be dreamed with, from the picture up.

        The logits have no place in the picture; their stride is the top layer's.
        """
        return facts(self.parts())


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
