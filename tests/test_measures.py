"""What is measured by numpy is what TensorFlow measures, and its slope is the gradient that TensorFlow finds."""

import numpy as np
import pytest

from vidream.dream import measures
from vidream.dream.measures import ALL, MATCH, MEASURES
from vidream.dream.runtime import tf

SHAPES = ((1, 7, 5, 12), (3, 4, 6, 12), (1, 12))


def wanted_of(measure: str, channels: int) -> list[np.ndarray]:
    rng = np.random.default_rng(2)
    if measure == MATCH:
        return [rng.normal(size=(9, channels + 1)).astype("f4"), np.abs(rng.normal(size=(1, channels + 1)), dtype="f4")]
    return [ALL, rng.normal(size=channels).astype(np.float32), np.eye(channels, dtype=np.float32)[3] * channels]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("measure", MEASURES)
def test_a_slope_is_the_gradient_that_autodiff_finds(measure, shape):
    activation = np.random.default_rng(1).normal(size=shape).astype(np.float32)
    for wanted in wanted_of(measure, shape[-1]):
        value, slope = MEASURES[measure].value_and_slope(activation, wanted)
        tensor = tf.constant(activation)
        with tf.GradientTape() as tape:
            tape.watch(tensor)
            expected = MEASURES[measure].of_tensor(tensor, tf.constant(wanted))
        assert value == pytest.approx(float(expected), rel=1e-5, abs=1e-6)
        assert (slope.shape, slope.dtype) == (shape, np.float32)
        np.testing.assert_allclose(slope, tape.gradient(expected, tensor), rtol=1e-6, atol=1e-7)
        assert np.ptp(slope) > 0 or wanted is ALL


def test_the_best_match_is_that_of_the_whole_product_however_it_is_cut_up(monkeypatch):
    rng = np.random.default_rng(3)
    features, guide = (rng.normal(size=(count, 40)).astype(np.float32) for count in (83, 61))
    products = features.astype(np.float64) @ guide.T.astype(np.float64)
    for most in (1, 8 * 40 * 7, 2**18):
        monkeypatch.setattr(measures, "LARGEST_PRODUCT", most)
        best, product = measures._best(features, guide)
        np.testing.assert_array_equal(best, products.argmax(1))
        np.testing.assert_allclose(product, products.max(1), rtol=1e-12)
    same = np.repeat(guide[:1], 5, 0)
    assert not measures._best(features, same)[0].any()  # of equals, the first
