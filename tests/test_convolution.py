"""The network's own ways back against TensorFlow's: the algebra in float64, the bytes in float32."""

from collections.abc import Iterator

import numpy as np
import pytest
from synthetic import TINY, tensor_engine, textured, tiny_weights

from vidream.bench.stock import stock_gradient
from vidream.dream.batch_norm import BATCH_NORM_EPSILON
from vidream.dream.embedded import EmbeddedNetwork
from vidream.dream.families.in_the_box import EMBEDDED, embedded
from vidream.dream.objective import l2_of
from vidream.dream.runtime import tf
from vidream.dream.tiles import TiledGradient

WEIGHTS = {name: value.astype(np.float64) for name, value in tiny_weights().items()}


def stock(images) -> Iterator[tuple[str, object]]:
    """The tiny network's layers by TensorFlow's own operations, its batch norms not folded."""

    def normed(x, norm):
        of = (WEIGHTS[f"{norm}.{part}"] for part in ("running_mean", "running_var", "bias", "weight"))
        return tf.nn.batch_normalization(x, *of, BATCH_NORM_EPSILON)

    def convolution(x, kernel, norm, stride=1):
        return normed(tf.nn.conv2d(x, WEIGHTS[f"{kernel}.weight"].transpose(2, 3, 1, 0), stride, "SAME"), norm)

    x = tf.nn.relu6(convolution((images - 127) / 128, "_conv_stem", "_bn0", 2))
    yield "stem", x
    for index, block in enumerate(TINY.blocks()):
        at, below = f"_blocks.{index}.", x
        if block.expand > 1:
            x = tf.nn.relu6(convolution(x, f"{at}_expand_conv", f"{at}_bn0"))
            yield f"{block.name}_expand", x
        kernel = WEIGHTS[f"{at}_depthwise_conv.weight"].transpose(2, 3, 0, 1)
        x = tf.nn.depthwise_conv2d(x, kernel, (1, block.stride, block.stride, 1), "SAME")
        x = convolution(tf.nn.relu6(normed(x, f"{at}_bn1")), f"{at}_project_conv", f"{at}_bn2")
        x = x + below if block.adds_input else x
        yield block.name, x
    x = tf.nn.relu6(convolution(x, "_conv_head", "_bn1"))
    yield "head", x
    yield "logits", tf.reduce_mean(x, (1, 2)) @ WEIGHTS["_fc.weight"].T + WEIGHTS["_fc.bias"]


def picture(height: int, width: int):
    return tf.constant(textured(height, width)[None].astype(np.float64))


def pulled(forward, images, layers) -> tuple[list[np.ndarray], np.ndarray]:
    """What the layers answer, and what comes back to the picture when each of them is pulled at random."""
    rng = np.random.default_rng(3)
    with tf.GradientTape() as tape:
        tape.watch(images)
        answers = forward(images)
        found = [answers[name] for name in layers]
    slopes = [tf.constant(rng.normal(0, 1, each.shape)) for each in found]
    return [each.numpy() for each in found], tape.gradient(found, images, slopes).numpy()


SEVERAL = [("stem", "block2_expand", "block3"), ("block0", "block1_expand", "head", "logits"), tuple(TINY.layers)]


@pytest.mark.parametrize("size", [(37, 53), (48, 64), (33, 40), (3, 2)])
@pytest.mark.parametrize("layers", [*((name,) for name in TINY.layers), *SEVERAL], ids="+".join)
def test_what_comes_back_is_what_autodiff_says(layers, size):
    images, mine = picture(*size), EmbeddedNetwork(TINY, WEIGHTS)
    answers, slope = pulled(lambda x: mine.activations(x, layers), images, layers)
    answers_of_stock, slope_of_stock = pulled(lambda x: dict(stock(x)), images, layers)
    for ours, theirs in zip(answers, answers_of_stock, strict=True):
        assert np.abs(ours - theirs).max() <= 1e-12 * np.abs(theirs).max()
    assert slope_of_stock.any()
    assert np.abs(slope - slope_of_stock).max() <= 1e-12 * np.abs(slope_of_stock).max()


def test_ten_pictures_in_float32_and_the_same_bytes_again():
    ours = TiledGradient(embedded("efficientnet-lite0"), l2_of("block10"), 512)
    lite = EMBEDDED["efficientnet-lite0"]
    stock_network = stock_gradient(lite.architecture, lite.read_weights(), "block10")
    for seed in range(10):
        image = textured(96 + 7 * seed, 128 - 5 * seed, seed).astype(np.float32)
        _, mine = ours(image)
        theirs = stock_network(image)
        assert np.linalg.norm(mine - theirs) < 1e-2 * np.linalg.norm(theirs)
        assert np.vdot(mine, theirs) > 0.9999 * np.linalg.norm(mine) * np.linalg.norm(theirs)
        assert ours(image)[1].tobytes() == mine.tobytes()


def test_only_the_strided_ones_go_back_by_tensorflows_own_way(tiny_network):
    gradient = TiledGradient(tiny_network, l2_of("head"), 512)
    kinds = [each.type for each in tensor_engine(gradient).function.get_concrete_function().graph.get_operations()]
    strided = sum(block.stride > 1 for block in TINY.blocks())
    assert kinds.count("Conv2DBackpropInput") == 1  # the stem
    assert kinds.count("DepthwiseConv2dNativeBackpropInput") == strided
