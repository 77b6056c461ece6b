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
Bias = NDArray[np.floating]
Convolution = Callable[[Tensor], Tensor]
"""(N, H, W, inputs) -> (N, H / stride, W / stride, outputs), SAME padding; of the weights' dtype."""


def convolution(kernel: Kernel, bias: Bias, stride: int) -> Convolution:
    """Any one, with ReLU6: kernel (h, w, inputs, outputs), bias (outputs,)."""
    there, shift = tf.constant(kernel), tf.constant(bias)
    return lambda x: tf.nn.relu6(tf.nn.bias_add(tf.nn.conv2d(x, there, stride, "SAME"), shift))


def pointwise(kernel: Kernel, bias: Bias, active: bool = True) -> Convolution:
    """1x1: kernel (1, 1, inputs, outputs), bias (outputs,); with ReLU6 if it is active."""
    there, turned = tf.constant(kernel), tf.constant(kernel.transpose(0, 1, 3, 2))
    return _layer(
        lambda x: tf.nn.conv2d(x, there, 1, "SAME"),
        lambda slope, _: tf.nn.conv2d(slope, turned, 1, "SAME"),
        bias,
        active,
    )


def depthwise(kernel: Kernel, bias: Bias, stride: int) -> Convolution:
    """Each channel by itself, with ReLU6: kernel (side, side, channels, 1), its side odd; bias (channels,)."""
    strides = (1, stride, stride, 1)
    there, turned = tf.constant(kernel), tf.constant(kernel[::-1, ::-1])

    def back(slope: Tensor, shape: Tensor) -> Tensor:
        if stride == 1:
            return tf.nn.depthwise_conv2d(slope, turned, strides, "SAME")
        return tf.nn.depthwise_conv2d_backprop_input(shape, there, slope, strides, "SAME")

    return _layer(lambda x: tf.nn.depthwise_conv2d(x, there, strides, "SAME"), back, bias, active=True)


def _layer(convolve: Convolution, back: Callable[[Tensor, Tensor], Tensor], bias: Bias, active: bool) -> Convolution:
    """back: (slope of the convolution's output, shape of its input) -> slope of its input."""
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
