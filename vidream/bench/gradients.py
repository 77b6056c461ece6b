"""What one gradient costs: by the engine of a render, by TensorFlow, by stock Keras layers."""

import statistics
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from vidream.bench import timing
from vidream.bench.pictures import textured
from vidream.bench.timing import best, costs
from vidream.config import configure
from vidream.dream.architecture import EfficientNet
from vidream.dream.catalogue import chosen_layers
from vidream.dream.choice import TENSORFLOW
from vidream.dream.families.in_the_box import EMBEDDED
from vidream.dream.load import load_network
from vidream.dream.objective import l2_of
from vidream.dream.tiles import TiledGradient
from vidream.frames import Image, Size

NETWORK, LAYER = "efficientnet-lite0", "block10"
SIZES = (Size(256, 192), Size(480, 320), Size(640, 360), Size(960, 540))
NETWORKS_SIZE = Size(640, 360)
"""Of the picture whose gradient each network in the box computes."""

RENDER, STOCK = "a render", "stock Keras"
"""What the ways are called, beside TENSORFLOW, where that is not what renders."""


@dataclass(frozen=True)
class Gradient:
    """One gradient step at one size, timed by turns with what it is compared with."""

    size: Size
    """Of the picture."""

    ms: float
    """By the engine of a render."""

    cpu_ms: float
    """The same as time of all cores together."""

    gflops: float
    """Thousand million operations a second, by the engine of a render: multiply and add are two, forward and back."""

    limit: float
    """Of the machine's peak, 0..1."""

    tensorflow_ms: float | None
    """By the TensorFlow engine; None where that renders, or is left out."""

    stock_ms: float | None
    """By stock Keras layers; None where TensorFlow is left out."""

    faster: float | None
    """How many times as fast as the stock network."""


def gradient_costs(peak: float, engine: str, compared: bool) -> Iterator[Gradient]:
    """A gradient at each of SIZES.

    Args:
        peak: GFLOP/s that the machine can do.
        engine: NATIVE or TENSORFLOW, which renders.
        compared: with TensorFlow's, and with stock Keras layers.
    """
    lite = EMBEDDED[NETWORK]
    ways = dict(_ways(engine, compared))
    cost = cost_up_to(lite.architecture, LAYER)
    for size in SIZES:
        image = textured(size).astype(np.float32)
        for way in ways.values():
            way(image)
        rounds = [{name: costs(partial(way, image)) for name, way in ways.items()} for _ in range(timing.ROUNDS)]
        ms = {name: statistics.median(each[name][0] for each in rounds) * 1e3 for name in ways}
        cpu_ms = statistics.median(each[RENDER][1] for each in rounds) * 1e3
        gflops = 4 * cost * size.width * size.height / ms[RENDER] / 1e6
        faster = statistics.median(each[STOCK][0] / each[RENDER][0] for each in rounds) if STOCK in ways else None
        yield Gradient(size, ms[RENDER], cpu_ms, gflops, gflops / peak, ms.get(TENSORFLOW), ms.get(STOCK), faster)


def network_costs(engine: str) -> dict[str, float]:
    """Milliseconds of a gradient of NETWORKS_SIZE, at its default layer, by each network in the box that is here.

    Args:
        engine: NATIVE or TENSORFLOW.
    """
    image, ways = textured(NETWORKS_SIZE).astype(np.float32), {}
    for name, each in EMBEDDED.items():
        if each.is_here:
            goal = replace(configure("image").goal, network=name, engine=engine)
            (layer,) = chosen_layers(goal, each.architecture.layers)
            gradient = TiledGradient(load_network(goal), l2_of(layer.name), max(NETWORKS_SIZE))
            ways[name] = partial(gradient, image)
    return {name: 1e3 * best(way) for name, way in ways.items()}


def _ways(engine: str, compared: bool) -> Iterator[tuple[str, Callable[[Image], object]]]:
    """(name, what computes a gradient), of the engine that renders and of what it is compared with."""
    config, tile = configure("image"), max(max(size) for size in SIZES)
    for name, each in ((RENDER, engine), (TENSORFLOW, TENSORFLOW)):
        if name == RENDER or (compared and engine != TENSORFLOW):
            network = load_network(replace(config.goal, network=NETWORK, engine=each))
            yield name, TiledGradient(network, l2_of(LAYER), tile)
    if compared:
        from vidream.bench.stock import stock_gradient  # brings TensorFlow

        lite = EMBEDDED[NETWORK]
        yield STOCK, stock_gradient(lite.architecture, lite.read_weights(), LAYER)


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
