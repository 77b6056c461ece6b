"""What one gradient costs: by the path of a render, and by stock Keras layers."""

import statistics
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np

from vidream.bench import timing
from vidream.bench.pictures import textured
from vidream.bench.stock import stock_gradient
from vidream.bench.timing import timed
from vidream.dream.architecture import EfficientNet
from vidream.dream.families.in_the_box import EMBEDDED, embedded
from vidream.dream.objective import l2_of
from vidream.dream.tiles import TiledGradient
from vidream.frames import Image, Size

NETWORK, LAYER = "efficientnet-lite0", "block10"
SIZES = (Size(256, 192), Size(480, 320), Size(960, 540))


@dataclass(frozen=True)
class Gradient:
    """One gradient step at one size, timed by turns with that of the stock network."""

    size: Size
    """Of the picture."""

    ms: float
    """By the path of a render."""

    stock_ms: float
    """By stock Keras layers."""

    gflops: float
    """Thousand million operations a second, by the path of a render: multiply and add are two, forward and back."""

    limit: float
    """Of the machine's peak, 0..1."""

    faster: float
    """How many times as fast as the stock network."""


def gradients(peak: float) -> Iterator[Gradient]:
    """A gradient at each of SIZES. peak: GFLOP/s that the machine can do."""
    lite = EMBEDDED[NETWORK]
    ours = TiledGradient(embedded(NETWORK), l2_of(LAYER), max(max(size) for size in SIZES))
    ways: tuple[Callable[[Image], object], ...] = (ours, stock_gradient(lite.architecture, lite.read_weights(), LAYER))
    cost = cost_up_to(lite.architecture, LAYER)
    for size in SIZES:
        image = textured(size).astype(np.float32)
        for way in ways:
            way(image)
        rounds = [[timed(partial(way, image)) for way in ways] for _ in range(timing.ROUNDS)]
        mine, theirs = (statistics.median(times) for times in zip(*rounds, strict=True))
        gflops = 4 * cost * size.width * size.height / mine / 1e9
        faster = statistics.median(theirs / mine for mine, theirs in rounds)
        yield Gradient(size, mine * 1e3, theirs * 1e3, gflops, gflops / peak, faster)


def cost_up_to(network: EfficientNet, layer: str) -> float:
    """Multiply-adds for each px of the picture, forward, up to a layer."""
    total, strides = 0.0, {"": 1}
    for op in network.ops():
        below = next(iter(op.inputs), "")
        strides[op.name] = strides[below] * op.stride
        total += op.cost / strides[op.name] ** 2
        if op.name == layer:
            break
    return total
