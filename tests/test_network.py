"""The embedded network: its names, widths and ranges, and that nothing above the highest layer is computed."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from synthetic import SAMPLES, TINY, textured, tiny_weights

from vidream.config import configure
from vidream.dream.architecture import EFFICIENTNET_LITE0
from vidream.dream.batch_norm import BATCH_NORM_EPSILON, folded
from vidream.dream.catalogue import check_goal
from vidream.dream.embedded import EmbeddedNetwork
from vidream.dream.families.in_the_box import embedded
from vidream.dream.load import load_network
from vidream.dream.runtime import tf
from vidream.errors import ConfigError


def test_the_embedded_network_knows_an_egyptian_cat():
    cat = cv2.imread(str(SAMPLES / "cat.png"))[..., ::-1]
    side = min(cat.shape[:2])
    top, left = ((n - side) // 2 for n in cat.shape[:2])
    square = cv2.resize(cat[top : top + side, left : left + side], (224, 224), interpolation=cv2.INTER_AREA)
    logits = embedded("efficientnet-lite0").activations(square[None].astype(np.float32), ["logits"])["logits"]
    chance = tf.nn.softmax(logits)[0].numpy()
    assert chance.argmax() == 285
    assert chance[285] == pytest.approx(0.40, abs=0.01)


def test_layers_have_names_that_people_can_guess():
    layers = tuple(EFFICIENTNET_LITE0.layers)
    assert layers[:4] == ("stem", "block0", "block1_expand", "block1")
    assert layers[-4:] == ("block15_expand", "block15", "head", "logits")
    assert "block0_expand" not in layers  # its expansion is 1: there is none
    assert len(layers) == 1 + 16 + 15 + 2
    assert EFFICIENTNET_LITE0.layers["block10"].stride == 16
    assert EFFICIENTNET_LITE0.layers["block5_expand"].stride == 8
    assert EFFICIENTNET_LITE0.layers["head"].stride == 32


def test_every_layer_answers_with_its_width(tiny_network):
    found = tiny_network.activations(textured(64, 96)[None].astype(np.float32), TINY.layers)
    assert tuple(found) == tuple(TINY.layers)
    shapes = {name: tuple(value.shape[1:]) for name, value in found.items()}
    assert shapes["stem"] == (32, 48, 8)
    assert shapes["block1_expand"] == (32, 48, 24)
    assert shapes["block1"] == (16, 24, 12)
    assert shapes["block3"] == (8, 12, 16)
    assert shapes["head"] == (8, 12, 24)
    assert shapes["logits"] == (10,)
    for name in list(TINY.layers)[:-1]:
        assert shapes[name][:2] == (64 / TINY.layers[name].stride, 96 / TINY.layers[name].stride)


def test_nothing_above_the_highest_layer_is_computed(tiny_network):
    @tf.function
    def stem(images):
        return tiny_network.activations(images, ["stem"])["stem"]

    graph = stem.get_concrete_function(tf.TensorSpec((1, None, None, 3))).graph
    assert [op.type for op in graph.get_operations()].count("Conv2D") == 1
    assert "DepthwiseConv2dNative" not in {op.type for op in graph.get_operations()}


def test_folding_batch_norm_changes_nothing():
    weights = tiny_weights()
    x = np.random.default_rng(1).normal(0, 1, (1, 9, 9, 3)).astype(np.float32)
    kernel, bias = folded(weights, "_conv_stem", "_bn0")
    ours = tf.nn.conv2d(x, kernel, 2, "SAME") + bias
    plain = tf.nn.conv2d(x, weights["_conv_stem.weight"].transpose(2, 3, 1, 0), 2, "SAME")
    norm = (weights[f"_bn0.{part}"] for part in ("running_mean", "running_var", "bias", "weight"))
    np.testing.assert_allclose(ours, tf.nn.batch_normalization(plain, *norm, BATCH_NORM_EPSILON), atol=1e-5)


def test_the_input_range_is_the_networks(tiny_network):
    grey = np.full((1, 32, 32, 3), 127, np.float32)  # (x - 127) / 128 is zero: only the bias is left, but at the edge
    stem = tiny_network.activations(grey, ["stem"])["stem"].numpy()
    _, bias = folded(tiny_weights(), "_conv_stem", "_bn0")
    np.testing.assert_allclose(stem[0, 5, 5], np.clip(bias, 0, 6), atol=1e-6)


def test_the_same_name_is_the_same_network(tiny):
    goal = configure("video", engine="tensorflow", **tiny).goal
    assert load_network(goal) is load_network(replace(goal, objective="mean"))
    assert isinstance(load_network(goal), EmbeddedNetwork)


def test_unknown_networks_and_layers_get_the_nearest():
    with pytest.raises(ConfigError, match="did you mean efficientnet-lite0"):
        check_goal(configure("video", network="efficientnet-lite").goal)
    with pytest.raises(ConfigError, match=r"no such layer; did you mean .*block10"):
        check_goal(configure("video", layer="blok10").goal)
    check_goal(configure("video", layer=list(EFFICIENTNET_LITE0.layers)).goal)
