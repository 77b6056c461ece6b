"""A shape calms a gradient as it says, and a norm is what it says."""

import cv2
import numpy as np
import pytest

from vidream.dream.shape import SHAPES, laplacian, normalised, total_variation_gradient


def noise(height=48, width=64):
    return np.random.default_rng(5).normal(0, 3, (height, width, 3)).astype(np.float32)


def share_of_fine(gradient):
    """How much of the gradient is in the differences between neighbours."""
    return np.abs(np.diff(gradient, axis=1)).mean() / np.abs(gradient).mean()


def test_none_leaves_it_and_the_others_make_it_calmer():
    plain = noise()
    assert SHAPES["none"](plain) is plain
    for name in ("cascade", "laplacian", "soft", "natural"):
        assert share_of_fine(SHAPES[name](plain)) < 0.8 * share_of_fine(plain)


def test_the_cascade_is_a_sum_of_three_blurs():
    flat = np.full((32, 32, 3), 2, np.float32)
    np.testing.assert_allclose(SHAPES["cascade"](flat), 6, rtol=1e-5)
    point = np.zeros((33, 33, 3), np.float32)
    point[16, 16] = 1
    blurred = SHAPES["cascade"](point)
    assert blurred.sum() == pytest.approx(9, rel=1e-3)  # three sigmas, three channels
    peaks = sum(1 / (2 * np.pi * sigma**2) for sigma in (1.0, 2.0))
    assert blurred[16, 16, 0] == pytest.approx(peaks + 0.62, rel=0.02)  # sigma 0.5 sampled on px


def test_the_laplacian_makes_all_levels_equally_strong_and_leaves_brightness_alone():
    weak_coarse = noise() + 0.01 * np.cos(np.arange(64) / 64 * 2 * np.pi).astype(np.float32)[None, :, None]
    bright = laplacian(weak_coarse + 5)
    np.testing.assert_allclose(bright.mean((0, 1)), 0, atol=0.1)
    np.testing.assert_allclose(laplacian(7 * weak_coarse), laplacian(weak_coarse), atol=1e-3)  # scale does not count
    tiny = noise(5, 5)
    assert laplacian(tiny) is tiny


def test_norms_are_what_they_say_and_zero_stays_zero():
    gradient = noise() + 1
    assert np.abs(normalised(gradient, "mean")).mean() == pytest.approx(1, rel=1e-5)
    assert normalised(gradient, "std").std() == pytest.approx(1, rel=1e-5)
    for norm in ("mean", "std"):
        assert not normalised(np.zeros((4, 4, 3), np.float32), norm).any()
        np.testing.assert_allclose(normalised(gradient * np.float32(1e-9), norm), normalised(gradient, norm), rtol=1e-3)


def test_the_gradient_of_total_variation_is_its_derivative():
    image = noise(6, 7).astype(np.float64) * 4

    def total_variation(x):
        dx, dy = np.diff(x, axis=1, append=x[:, -1:]), np.diff(x, axis=0, append=x[-1:])
        return np.sqrt(dx * dx + dy * dy + 1).sum()

    analytic = total_variation_gradient(image.astype(np.float32))
    for place in [(0, 0, 0), (0, 6, 1), (5, 0, 2), (5, 6, 0), (3, 4, 1), (2, 0, 2)]:
        step = np.zeros_like(image)
        step[place] = 1e-4
        numeric = (total_variation(image + step) - total_variation(image - step)) / 2e-4
        assert analytic[place] == pytest.approx(numeric, abs=1e-3)
    assert np.abs(analytic).max() <= 4


def test_soft_holds_the_finest_levels_down():
    noise = np.random.default_rng(1).normal(size=(64, 64, 3)).astype(np.float32)
    shares = {}
    for name in ("laplacian", "soft"):
        shaped = SHAPES[name](noise)
        shares[name] = (shaped - cv2.GaussianBlur(shaped, (0, 0), 1)).std() / shaped.std()
    assert shares["soft"] < 0.8 * shares["laplacian"]


def test_the_more_natural_a_shape_the_less_of_its_steps_is_colour_without_light():
    noise = np.random.default_rng(1).normal(size=(64, 64, 3)).astype(np.float32)
    shares = []
    for name in ("laplacian", "soft", "natural"):
        shaped = SHAPES[name](noise)
        shares.append((shaped - shaped.mean(2, keepdims=True)).std() / shaped.std())
    assert shares[0] > 1.2 * shares[1] > 1.2 * 1.2 * shares[2]
