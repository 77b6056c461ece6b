"""A convolution and the batch norm after it as one convolution."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from vidream.dream.torchfile import StateDict

BATCH_NORM_EPSILON = 1e-3


def folded(weights: StateDict, kernel: str, norm: str) -> tuple[NDArray[Any], NDArray[Any]]:
    """A convolution and the batch norm after it as one.

    w' = w g / sqrt(v + e), b' = beta - m g / sqrt(v + e)   (Ioffe and Szegedy 2015, at inference)

    Args:
        weights: the state dict that holds both.
        kernel: the convolution's name in it, without ".weight".
        norm: the batch norm's.

    Returns:
        Kernel (h, w, in, out) and bias (out,), of the weights' dtype.
    """
    scale = weights[f"{norm}.weight"] / np.sqrt(weights[f"{norm}.running_var"] + BATCH_NORM_EPSILON)
    bias = weights[f"{norm}.bias"] - weights[f"{norm}.running_mean"] * scale
    torch_order = weights[f"{kernel}.weight"] * scale[:, None, None, None]  # (out, in, h, w)
    return torch_order.transpose(2, 3, 1, 0), bias
