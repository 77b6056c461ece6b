"""A picture fetched through a flow comes from where the flow points, sharp, and mirrored outside."""

import time

import numpy as np
import pytest
from synthetic import textured

from vidream.warp import SWELLS, fetch_places, is_inside, warp, warp_lanczos, warp_linear


def test_places_and_what_is_inside_are_counted_from_the_middle_of_the_first_px():
    flow = np.zeros((2, 3, 2), np.float32) + np.array([-0.25, 0.75], np.float32)
    columns, rows = fetch_places(flow)
    np.testing.assert_array_equal(columns, [[-0.25, 0.75, 1.75]] * 2)
    np.testing.assert_array_equal(rows, [[0.75] * 3, [1.75] * 3])
    assert is_inside(flow, 0.75).all()
    assert is_inside(flow, 0.5).tolist() == [[True] * 3, [False] * 3]
    assert is_inside(flow, 0).tolist() == [[False, True, True], [False] * 3]
    assert is_inside(-flow, 0).tolist() == [[False] * 3, [True, True, False]]


@pytest.mark.parametrize("fetch", [warp, warp_lanczos, warp_linear])
@pytest.mark.parametrize("widths", [2, -6, 80_000])
def test_what_is_fetched_from_very_far_is_mirrored_just_the_same(fetch, widths):
    """An even number of widths away lies the same px; and OpenCV is not left to mirror it fold by fold, for seconds."""
    image = textured(64, 96).astype(np.float32)
    far = np.zeros((64, 96, 2), np.float32) + np.array([widths * 96, 0], np.float32)
    begin = time.perf_counter()
    np.testing.assert_allclose(fetch(image, far), image, atol=0.5)
    assert time.perf_counter() - begin < 0.8


def test_warp_fetches_from_where_the_flow_points():
    image = np.random.default_rng(0).uniform(0, 255, (20, 30, 3)).astype(np.float32)
    nowhere = np.zeros((20, 30, 2), np.float32)
    np.testing.assert_allclose(warp(image, nowhere), image, atol=5e-3)
    shifted = warp(image, nowhere + np.array([2, -1], np.float32))
    np.testing.assert_allclose(shifted[1:, :-2], image[:-1, 2:], atol=1e-2)


def test_warped_again_and_again_a_picture_neither_swells_nor_blurs_away():
    """A carry is fetched hundreds of times: half a px to and fro leaves forms of 8 px and more what they were."""
    waves = np.sin(np.arange(120) * 2 * np.pi / 8, dtype=np.float32) * np.ones((24, 1), np.float32)
    image = np.repeat(waves[..., None] * 50, 3, 2)
    there = np.zeros((24, 120, 2), np.float32) + np.array([0.5, 0], np.float32)
    for _ in range(10):
        image = warp(warp(image, there), -there)
    amplitude = image[:, 40:80].max() / 50
    assert 0.8 < amplitude < 1.05


@pytest.mark.parametrize("wavelength", [3, 4, 6, 9, 20])
@pytest.mark.parametrize("shift", [0.25, 0.37, 0.5])
def test_what_fades_is_fetched_sharply_and_swells_by_no_more_than_is_said(wavelength, shift):
    phase = 2 * np.pi * np.arange(360, dtype=np.float32) / wavelength
    wave = np.repeat(np.repeat(np.sin(phase)[None, :, None], 32, 0), 3, 2).astype(np.float32)
    flow = np.zeros((32, 360, 2), np.float32)
    flow[..., 0] = shift
    gain = warp_lanczos(wave, flow)[16, 90:270].std() / wave[16, 90:270].std()
    assert gain <= SWELLS
    assert wavelength < 6 or gain > 0.99  # linearly it would be 0.87 at 6 px and half a px
