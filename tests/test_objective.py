"""Objectives add, scale and weigh what they say."""

import numpy as np
import pytest
from synthetic import tensor_engine, textured

from vidream.config import configure
from vidream.dream.objective import l2_of, mean_of, objective
from vidream.dream.octaves import dream
from vidream.dream.runtime import tf
from vidream.dream.tensors import value_of
from vidream.dream.tiles import TiledGradient


def value(wanted, activations):
    weights = tf.constant(wanted.weights, tf.float32)
    return float(value_of(wanted.terms, activations, weights, [tf.constant(each) for each in wanted.wanted]))


def test_objectives_add_and_scale():
    rng = np.random.default_rng(3)
    activations = {"a": tf.constant(rng.normal(size=(1, 4, 5, 6)), tf.float32), "b": tf.constant([[[[2.0, -4.0]]]])}
    assert value(mean_of("b"), activations) == -1
    assert value(l2_of("b"), activations) == 10
    assert value(mean_of("b") + l2_of("b", weight=0.5), activations) == 4
    both = mean_of("a", weight=2) + l2_of("b", weight=2)
    assert value(both, activations) == pytest.approx(2 * value(mean_of("a"), activations) + 20, rel=1e-5)
    assert both.layers == {"a", "b"}


def test_the_knobs_make_the_weighted_sum(tiny_network):
    goal = configure("video", layer=["block1", "block2=-0.5"], objective="mean").goal
    made, expected = objective(goal, tiny_network), mean_of("block1") + mean_of("block2", weight=-0.5)
    assert (made.terms, made.weights) == (expected.terms, expected.weights)


@pytest.mark.parametrize(
    "wanted",
    [
        mean_of("block3"),
        l2_of("block3"),
        l2_of("block1") + mean_of("block2_expand", weight=3),
        l2_of("block2", weight=-1),
        mean_of("logits"),
    ],
)
def test_three_steps_raise_the_objective(tiny_network, wanted):
    gradient = TiledGradient(tiny_network, wanted, 512)
    knobs = configure("image", octaves=1, jitter=0, shape="none").dream
    start = textured(64, 96).astype(np.float32)
    assert gradient(dream(start, gradient, knobs, 3))[0] > gradient(start)[0]


def test_weights_are_inputs_of_what_is_compiled(tiny_network):
    gradient = TiledGradient(tiny_network, l2_of("block1") + l2_of("block3"), 512)
    start = textured(32, 32).astype(np.float32)
    _, both = gradient(start)
    parts = []
    for weights in ((1.0, 0.0), (0.0, 1.0)):
        gradient.weights = weights
        parts.append(gradient(start)[1])
    np.testing.assert_allclose(parts[0] + parts[1], both, rtol=1e-3, atol=1e-6)
    assert not np.allclose(parts[0], parts[1])
    assert tensor_engine(gradient).traces == 1
