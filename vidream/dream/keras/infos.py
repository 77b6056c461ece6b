"""What is known of a Keras model's layers."""

from collections.abc import Iterator, Mapping
from math import inf
from typing import Any

import numpy as np

from vidream.dream.anatomy import LayerInfo, Op, layer_infos


def layers_of(model: Any) -> Mapping[str, LayerInfo]:
    """The layers of a functional model, from the picture up; not the sums and products between them."""
    names = {layer.name for layer in model.layers}
    return {name: info for name, info in layer_infos(_ops(model)).items() if name in names}


def read_by(layer: Any) -> list[Any]:
    """The operations whose outputs a layer reads."""
    return [tensor._keras_history.operation for tensor in layer._inbound_nodes[-1].input_tensors]


def _ops(model: Any) -> Iterator[Op]:
    for layer in model.operations:
        if type(layer).__name__ == "InputLayer":
            yield Op(layer.name, (), 0)
            continue
        shape = layer.output.shape
        kernel, stride, cost = _window(layer)
        channels = 0
        if len(shape) == 4:
            channels = int(shape[-1])
        else:
            kernel = inf
        yield Op(layer.name, tuple(below.name for below in read_by(layer)), channels, kernel, stride, cost)


def _window(layer: Any) -> tuple[float, int, float]:
    """(kernel, stride, cost) of one layer, as an Op has them."""
    kind = type(layer).__name__
    if hasattr(layer, "layers"):
        return _window_of_all(layer.layers)
    if "Conv" in kind and hasattr(layer, "kernel_size"):
        spread = (max(layer.kernel_size) - 1) * max(layer.dilation_rate) + 1
        cost = sum(np.prod(weight.shape) for weight in layer.weights if len(weight.shape) == 4)
        return spread, layer.strides[0], float(cost)
    if "Pooling" in kind and hasattr(layer, "pool_size"):
        return max(layer.pool_size), layer.strides[0], 0
    if kind.startswith("Global"):
        return inf, 1, 0
    if kind == "Dense":
        return 1, 1, float(np.prod(layer.kernel.shape))
    return 1, 1, 0


def _window_of_all(layers: list[Any]) -> tuple[float, int, float]:
    """Of a model in a model: of all its layers in a row."""
    kernel, stride, cost = 1.0, 1, 0.0
    for layer in layers:
        added, step, multiply_adds = _window(layer)
        kernel, stride = kernel + (added - 1) * stride, stride * step
        cost += multiply_adds / step**2
    return kernel, stride, cost * stride**2
