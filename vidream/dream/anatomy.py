"""What is known of a network's layers before any picture goes through it."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

LARGEST_STRIDE = 2**20
"""px: beyond, one px of the layer sees any picture whole."""


@dataclass(frozen=True)
class Part:
    """One operation of a network.

    name      unique in it
    inputs    names of the parts that it reads; none: it reads the picture
    channels  of its output; 0: its output has no place in the picture
    kernel    px of its input, along a side, that one px of its output sees; inf: all of them
    stride    px of its input to one px of its output
    cost      multiply-adds for one px of its output
    """

    name: str
    inputs: tuple[str, ...]
    channels: int
    kernel: float = 1
    stride: int = 1
    cost: float = 0


@dataclass(frozen=True)
class Facts:
    """What is known of a layer.

    channels  of its activations
    stride    px of the picture to one of the layer's, along a side
    field     its receptive field: px of the picture, along a side, that one of the layer's px can see; inf: all
    share     what a step that climbs it costs, as a share of one that climbs the costliest layer
    """

    channels: int
    stride: int
    field: float
    share: float


def facts(parts: Iterable[Part]) -> dict[str, Facts]:
    """The facts of each part whose output has a place in the picture."""
    by_name = {part.name: part for part in parts}
    parts = [by_name[name] for name in in_order({part.name: part.inputs for part in by_name.values()})]
    strides: dict[str, int] = {}
    fields: dict[str, float] = {}
    costly = {part.name: number for number, part in enumerate(part for part in parts if part.cost)}
    below: dict[str, int] = {}  # what of `costly` must be computed for a part, a bit each
    costs = np.zeros(len(costly))
    for part in parts:
        stride = max((strides[each] for each in part.inputs), default=1)
        field = max((fields[each] for each in part.inputs), default=1)
        strides[part.name] = min(stride * part.stride, LARGEST_STRIDE)
        fields[part.name] = field + (part.kernel - 1) * stride
        needed = 0
        for each in part.inputs:
            needed |= below[each]
        if part.name in costly:
            needed |= 1 << costly[part.name]
            costs[costly[part.name]] = part.cost / strides[part.name] ** 2
        below[part.name] = needed
    by_need = {needed: _sum_of(costs, needed) for needed in set(below.values())}
    sums = {name: by_need[needed] for name, needed in below.items()}
    most = max(sums.values(), default=0) or 1
    return {
        part.name: Facts(part.channels, strides[part.name], fields[part.name], sums[part.name] / most)
        for part in parts
        if part.channels
    }


def _sum_of(costs: NDArray[np.float64], bits: int) -> float:
    """The sum of those whose bit is set."""
    chosen = np.unpackbits(
        np.frombuffer(bits.to_bytes(-(-len(costs) // 8), "little"), np.uint8), count=len(costs), bitorder="little"
    )
    return float(costs @ chosen)


def in_order(inputs: Mapping[str, Collection[str]]) -> list[str]:
    """The names, each after those that it reads; otherwise as they stand. Of a circle, each once."""
    placed: dict[str, None] = {}
    begun: set[str] = set()
    waiting = [(name, False) for name in reversed(list(inputs))]
    while waiting:
        name, ready = waiting.pop()
        if ready:
            placed[name] = None
        elif name not in begun and name in inputs:
            begun.add(name)
            waiting.append((name, True))
            waiting += [(each, False) for each in inputs[name] if each not in begun]
    return list(placed)
