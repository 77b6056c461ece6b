"""What is known of a network's layers before any picture goes through it."""

import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass


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
    below: dict[str, frozenset[str]] = {}  # what must be computed for a part
    costs: dict[str, float] = {}
    for part in parts:
        stride = max((strides[each] for each in part.inputs), default=1)
        field = max((fields[each] for each in part.inputs), default=1)
        strides[part.name] = stride * part.stride
        fields[part.name] = field + (part.kernel - 1) * stride
        below[part.name] = frozenset({part.name}).union(*(below[each] for each in part.inputs))
        costs[part.name] = part.cost / strides[part.name] ** 2
    sums = {name: math.fsum(costs[each] for each in needed) for name, needed in below.items()}
    most = max(sums.values(), default=0) or 1
    return {
        part.name: Facts(part.channels, strides[part.name], fields[part.name], sums[part.name] / most)
        for part in parts
        if part.channels
    }


def in_order(inputs: Mapping[str, Collection[str]]) -> list[str]:
    """The names, each after those that it reads; otherwise as they stand."""
    placed: dict[str, None] = {}
    waiting = [(name, False) for name in reversed(list(inputs))]
    while waiting:
        name, ready = waiting.pop()
        if ready:
            placed[name] = None
        elif name not in placed and name in inputs:
            waiting.append((name, True))
            waiting += [(each, False) for each in inputs[name] if each not in placed]
    return list(placed)
