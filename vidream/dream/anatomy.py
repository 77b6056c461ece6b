"""What is known of a network's layers before any picture goes through it."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

LARGEST_STRIDE = 2**20
"""px: beyond, one px of the layer sees any picture whole."""


@dataclass(frozen=True)
class Op:
    """One operation of a network."""

    name: str
    """Unique in the network."""

    inputs: tuple[str, ...]
    """Names of the operations that it reads; none: it reads the picture."""

    channels: int
    """Of its output; 0: its output has no place in the picture."""

    kernel: float = 1
    """px of its input, along a side, that one px of its output sees; inf: all of them."""

    stride: int = 1
    """px of its input to one px of its output."""

    cost: float = 0
    """Multiply-adds for one px of its output."""


@dataclass(frozen=True)
class LayerInfo:
    """What is known of a layer that can be dreamed with."""

    channels: int
    """Of its activations."""

    stride: int
    """px of the picture to one of the layer's, along a side."""

    field: float
    """Its receptive field: px of the picture, along a side, that one of the layer's px can see; inf: all."""

    share: float
    """What a step that climbs it costs, as a share of one that climbs the costliest layer; 0..1."""


def layer_infos(ops: Iterable[Op]) -> dict[str, LayerInfo]:
    """What is known of each layer: of each operation whose output has a place in the picture.

    A receptive field grows by (kernel - 1) strides of what is below (Araujo, Norris and Sim 2019).

    Args:
        ops: a network's operations, in any order; what an operation reads must be among them.

    Returns:
        By name, from the picture up.
    """
    by_name = {op.name: op for op in ops}
    ordered = [by_name[name] for name in in_order({op.name: op.inputs for op in by_name.values()})]
    strides: dict[str, int] = {}
    fields: dict[str, float] = {}
    for op in ordered:
        stride = max((strides[name] for name in op.inputs), default=1)
        field = max((fields[name] for name in op.inputs), default=1)
        strides[op.name] = min(stride * op.stride, LARGEST_STRIDE)
        fields[op.name] = field + (op.kernel - 1) * stride
    shares = _shares(ordered, strides)
    return {
        op.name: LayerInfo(op.channels, strides[op.name], fields[op.name], shares[op.name])
        for op in ordered
        if op.channels
    }


def _shares(ops: Iterable[Op], strides: Mapping[str, int]) -> dict[str, float]:
    """What it costs to compute each operation with all that it needs, as a share of the most."""
    ops = tuple(ops)
    costly = {op.name: number for number, op in enumerate(op for op in ops if op.cost)}
    costs = np.zeros(len(costly))
    needs: dict[str, int] = {}  # a bit for each of `costly` that must be computed
    for op in ops:
        needed = 0
        for name in op.inputs:
            needed |= needs[name]
        if op.name in costly:
            needed |= 1 << costly[op.name]
            costs[costly[op.name]] = op.cost / strides[op.name] ** 2
        needs[op.name] = needed
    sums = {needed: _sum_of(costs, needed) for needed in set(needs.values())}
    most = max(sums.values(), default=0) or 1
    return {name: sums[needed] / most for name, needed in needs.items()}


def _sum_of(costs: NDArray[np.float64], bits: int) -> float:
    """The sum of those whose bit is set."""
    chosen = np.unpackbits(
        np.frombuffer(bits.to_bytes(-(-len(costs) // 8), "little"), np.uint8), count=len(costs), bitorder="little"
    )
    return float(costs @ chosen)


def in_order(inputs: Mapping[str, Collection[str]]) -> list[str]:
    """The names, each after those that it reads; otherwise in the order given. Of a circle, each once.

    Args:
        inputs: a name -> the names that it reads; those that are no keys are left out.
    """
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
            waiting += [(other, False) for other in inputs[name] if other not in begun]
    return list(placed)
