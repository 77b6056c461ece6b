"""A network's convolutions, each with its bias, its ReLU6 and its way back.

TensorFlow's own way back through a convolution lays the weights out anew at each step. Here, where the strides allow
it, it is a plain convolution with weights that were turned once. Autodiff puts the ways together, so that a network
is written once, forward, and any of its layers may be tapped.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from vidream.dream.runtime import Tensor, tf

Kernel = NDArray[np.floating]
"""(h, w, inputs, outputs)."""

Bias = NDArray[np.floating]
"""(outputs,)."""

Convolution = Callable[[Tensor], Tensor]
"""(N, H, W, inputs) -> (N, H / stride, W / stride, outputs), SAME padding; of the weights' dtype."""


def convolution(kernel: Kernel, bias: Bias, stride: int) -> Convolution:
    """Any convolution, with ReLU6, and TensorFlow's own way back.

    Args:
        kernel: (h, w, inputs, outputs).
        bias: (outputs,).
        stride: px.
    """
    weights, shift = tf.constant(kernel), tf.constant(bias)
    return lambda x: tf.nn.relu6(tf.nn.bias_add(tf.nn.conv2d(x, weights, stride, "SAME"), shift))


def pointwise(kernel: Kernel, bias: Bias, active: bool = True) -> Convolution:
    """A 1x1 convolution.

    Args:
        kernel: (1, 1, inputs, outputs).
        bias: (outputs,).
        active: with ReLU6.
    """
    weights, turned = tf.constant(kernel), tf.constant(kernel.transpose(0, 1, 3, 2))
    return _layer(
        lambda x: tf.nn.conv2d(x, weights, 1, "SAME"),
        lambda slope, _: tf.nn.conv2d(slope, turned, 1, "SAME"),
        bias,
        active,
    )


def depthwise(kernel: Kernel, bias: Bias, stride: int) -> Convolution:
    """A convolution of each channel by itself, with ReLU6.

    Args:
        kernel: (side, side, channels, 1), its side odd.
        bias: (channels,).
        stride: px.
    """
    strides = (1, stride, stride, 1)
    weights, turned = tf.constant(kernel), tf.constant(kernel[::-1, ::-1])

    def back(slope: Tensor, shape: Tensor) -> Tensor:
        if stride == 1:
            return tf.nn.depthwise_conv2d(slope, turned, strides, "SAME")
        return tf.nn.depthwise_conv2d_backprop_input(shape, weights, slope, strides, "SAME")

    return _layer(lambda x: tf.nn.depthwise_conv2d(x, weights, strides, "SAME"), back, bias, active=True)


def _layer(convolve: Convolution, back: Callable[[Tensor, Tensor], Tensor], bias: Bias, active: bool) -> Convolution:
    """A convolution with its bias, its ReLU6 and a way back of our own.

    Args:
        convolve: the convolution alone.
        back: (slope of the convolution's output, shape of its input) -> slope of its input.
        bias: (outputs,).
        active: with ReLU6.
    """
    shift = tf.constant(bias)

    @tf.custom_gradient  # type: ignore[untyped-decorator,unused-ignore]
    def layer(x: Tensor) -> tuple[Tensor, Callable[[Tensor], Tensor]]:
        shifted = tf.nn.bias_add(convolve(x), shift)
        y = tf.nn.relu6(shifted) if active else shifted
        shape = tf.shape(x)

        def gradient(slope: Tensor) -> Tensor:
            return back(tf.raw_ops.Relu6Grad(gradients=slope, features=y) if active else slope, shape)

        return y, gradient

    return layer  # type: ignore[no-any-return,unused-ignore]
