"""A spline through the pixels: exact on ramps, no frequency gains, nothing fades, mirrored outside."""

import numpy as np
import pytest
from synthetic import textured

from vidream.spline import sample_spline


def places(height, width, dx=0.0, dy=0.0):
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
    return columns + np.float32(dx), rows + np.float32(dy)


def waves(wavelength, dx=0.0, size=(48, 96)):
    x = np.arange(size[1], dtype=np.float64) + dx
    line = 100 * np.sin(2 * np.pi * x / wavelength)
    return np.repeat(np.tile(line.astype(np.float32), (size[0], 1))[..., None], 3, axis=2)


def test_at_whole_px_it_is_the_picture():
    image = textured(40, 60).astype(np.float32)
    np.testing.assert_allclose(sample_spline(image, *places(40, 60)), image, atol=5e-3)
    shifted = sample_spline(image, *places(40, 60, 3, -2))
    np.testing.assert_allclose(shifted[2:, :-3], image[:-2, 3:], atol=5e-3)


@pytest.mark.parametrize("dx", [0.01, 0.1, 0.37, 0.5, 0.93])
def test_a_ramp_is_fetched_exactly_by_any_step(dx):
    """OpenCV's Lanczos rounds 0.01 px to nothing, and its cubic makes 0.136 of 0.1."""
    ramp = np.repeat(np.tile(np.arange(96, dtype=np.float32), (48, 1))[..., None], 3, axis=2)
    moved = sample_spline(ramp, *places(48, 96, dx, dx))
    np.testing.assert_allclose(moved[:, 20:-20], ramp[:, 20:-20] + dx, atol=2e-4)


@pytest.mark.parametrize("wavelength", [16, 8, 6])
def test_waves_neither_fade_nor_swell_however_often(wavelength):
    image = waves(wavelength)
    for _ in range(30):
        image = sample_spline(image, *places(48, 96, 0.37))
    inner = image[:, 30:-30, 0]
    expected = waves(wavelength, 30 * 0.37)[:, 30:-30, 0]
    np.testing.assert_allclose(inner, expected, atol=3)


def amplitude(line, wavelength):
    """Of the wave in it, by least squares."""
    x = 2 * np.pi * np.arange(len(line)) / wavelength
    (sine, cosine), *_ = np.linalg.lstsq(np.stack([np.sin(x), np.cos(x)], 1), line)
    return np.hypot(sine, cosine)


@pytest.mark.parametrize("wavelength", [2.1, 2.5, 3, 4, 5, 7, 12])
def test_no_frequency_gains_by_any_shift(wavelength):
    for dx in (0.05, 0.25, 0.5, 0.75):
        moved = sample_spline(waves(wavelength), *places(48, 96, dx))
        assert amplitude(moved[24, 20:-20, 0], wavelength) <= 100.05


def test_what_lies_outside_is_mirrored():
    image = textured(40, 60).astype(np.float32)
    moved = sample_spline(image, *places(40, 60, -4, 0))
    np.testing.assert_allclose(moved[:, :4], image[:, 3::-1], atol=5e-3)
