"""What is measured by numpy is what TensorFlow measures, and its slope is the gradient that TensorFlow finds."""

import numpy as np
import pytest

from vidream.dream import measures
from vidream.dream.measures import ALL, EXAGGERATION, MATCH, MEASURES, NEAR
from vidream.dream.runtime import tf

SHAPES = ((1, 7, 5, 12), (3, 4, 6, 12), (1, 12))


def row(*numbers: float) -> np.ndarray:
    return np.array(numbers, np.float32)


def wanted_of(measure: str, channels: int) -> list[np.ndarray]:
    rng = np.random.default_rng(2)
    if measure == MATCH:
        return [rng.normal(size=(9, channels + 1)).astype("f4"), np.abs(rng.normal(size=(1, channels + 1)), dtype="f4")]
    if measure == NEAR:
        scale = np.abs(rng.normal(size=(1, channels)))
        scale[0, 3] = 0
        usual, examples = rng.normal(size=(1, channels)), rng.normal(size=(9, channels))
        examples[7] = 0
        return [np.concatenate([usual, scale, examples]).astype(np.float32)]
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


def test_what_is_near_an_example_goes_to_it_and_as_far_beyond_as_is_said_and_no_further():
    usual, scale = row(5, 1, 0), row(0.5, 2, 1)
    examples = np.stack([row(1, 0, 0), row(0, 3, 0), row(-1, -1, 0)])
    units = np.stack([row(0.9, 0.1, 0.4), row(0.1, 2, -5), row(-1, -0.2, 0), EXAGGERATION * row(0, 3, 0)])
    _, slope = MEASURES[NEAR].value_and_slope((units / scale + usual)[None], np.stack([usual, scale, *examples]))
    goals = EXAGGERATION * examples[[0, 1, 2, 1]]
    np.testing.assert_allclose(slope[0], (goals - units) * scale / 4, atol=1e-6)
    assert not slope[0, 3].any()


@pytest.mark.parametrize(
    ("examples", "taken"),
    [([row(1, 0), row(4, 0)], 1), ([row(1, 0), row(1.5, 3)], 0), ([row(1, 0), row(3, 3)], 1)],
    ids=["the longer of two", "a short one rather than one aslant", "a long one although aslant"],
)
def test_examples_count_by_their_likeness_and_the_root_of_their_lengths(examples, taken):
    place = row(1, 0)
    _, slope = MEASURES[NEAR].value_and_slope(place[None, None], np.stack([row(0, 0), row(1, 1), *examples]))
    np.testing.assert_allclose(slope[0, 0], EXAGGERATION * examples[taken] - place, atol=1e-6)
