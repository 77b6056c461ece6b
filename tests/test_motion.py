import cv2
import numpy as np
import pytest
from synthetic import panned, textured

from vidream.frames import Size
from vidream.motion import FLOWS, SWELLS, _places, optical_flow, trust, warp, warp_lanczos
from vidream.resample import fitted, flow_at, resized


@pytest.mark.parametrize("method", FLOWS)
def test_a_still_camera_moves_nothing(method):
    frame = textured(72, 96)
    flow = optical_flow(frame, frame, method)
    assert np.abs(flow).max() < 0.1
    assert trust(frame, frame, flow, flow).min() > 0.99


@pytest.mark.parametrize("method", FLOWS)
def test_a_camera_that_pans_is_followed_backwards(method):
    before, now = panned(2, 96, 128, by=(3, 1))
    flow = optical_flow(now, before, method)
    inner = flow[16:-16, 16:-16].reshape(-1, 2)
    np.testing.assert_allclose(np.median(inner, 0), (3, 1), atol=0.1)  # this px was 3 px further right, 1 further down
    assert np.abs(inner - (3, 1)).mean() < 0.2


@pytest.mark.parametrize("times", [1, -3, 400])
def test_what_is_fetched_from_very_far_is_mirrored_just_the_same(times):
    """Twice the width away lies the same px; and OpenCV is not left to mirror it fold by fold."""
    image = textured(64, 96).astype(np.float32)
    far = np.zeros((64, 96, 2), np.float32) + np.float32([times * 2 * 96, 0])
    np.testing.assert_allclose(warp(image, far), image, atol=0.5)
    for places, side in zip(_places(far), (96, 64), strict=True):
        assert -side <= places.min() <= places.max() <= 2 * side


def test_warp_fetches_from_where_the_flow_points():
    image = np.random.default_rng(0).uniform(0, 255, (20, 30, 3)).astype(np.float32)
    nowhere = np.zeros((20, 30, 2), np.float32)
    np.testing.assert_allclose(warp(image, nowhere), image, atol=5e-3)
    shifted = warp(image, nowhere + np.float32([2, -1]))
    np.testing.assert_allclose(shifted[1:, :-2], image[:-1, 2:], atol=1e-2)


def test_warped_again_and_again_a_picture_neither_swells_nor_blurs_away():
    """A carry is fetched hundreds of times: half a px to and fro leaves forms of 8 px and more what they were."""
    waves = np.sin(np.arange(120) * 2 * np.pi / 8, dtype=np.float32) * np.ones((24, 1), np.float32)
    image = np.repeat(waves[..., None] * 50, 3, 2)
    there = np.zeros((24, 120, 2), np.float32) + np.float32([0.5, 0])
    for _ in range(10):
        image = warp(warp(image, there), -there)
    amplitude = image[:, 40:80].max() / 50
    assert 0.8 < amplitude < 1.05


def test_what_was_hidden_is_not_trusted():
    """A square moves over a still ground; what it uncovers cannot have been seen before."""
    ground, square = textured(96, 128, 1), textured(40, 40, 2)

    def frame(left):
        picture = ground.copy()
        picture[28:68, left : left + 40] = square
        return picture

    before, now = frame(30), frame(42)
    backward, forward = optical_flow(now, before), optical_flow(before, now)
    believed = trust(now, before, backward, forward)[..., 0]
    assert believed[32:64, 32:40].mean() < 0.3  # uncovered
    assert believed[36:60, 50:74].mean() > 0.9  # the square itself
    assert believed[8:90, 90:120].mean() > 0.95  # ground


def test_nothing_is_trusted_across_a_cut():
    before, now = textured(96, 128, 1), textured(96, 128, 9)
    assert trust(now, before, optical_flow(now, before), optical_flow(before, now)).mean() < 0.1


def test_what_comes_from_outside_the_picture_is_not_trusted():
    before, now = panned(2, 96, 128, by=(8, 0))
    flow = np.zeros((96, 128, 2), np.float32) + np.float32([8, 0])
    believed = trust(now, before, flow, -flow)[..., 0]
    assert believed[:, :110].min() > 0.99
    assert believed[:, -4:].max() < 0.1


def test_a_flat_sky_moves_with_what_has_form():
    """In a flat, noisy, flickering sky the measured flow follows the noise; ours goes on from the ground."""
    rng = np.random.default_rng(3)
    sky, ground = np.full((60, 160, 3), 40, np.uint8), panned(2, 60, 160, by=(2, 0))
    noisy = [
        np.clip(np.vstack([sky, part]) + rng.normal(0, 1, (120, 160, 3)) + step, 0, 255).astype(np.uint8)
        for step, part in zip((0, 1), ground, strict=True)
    ]
    blurred = [cv2.GaussianBlur(frame, (0, 0), 1) for frame in noisy]
    flow = optical_flow(blurred[1], blurred[0])
    measured = FLOWS["dis"](*(cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY) for frame in (blurred[1], blurred[0])))
    near = slice(44, 56), slice(16, 144)
    assert np.abs(flow[near] - (2, 0)).mean() < 0.6
    assert np.abs(flow[near] - (2, 0)).mean() < 0.5 * np.abs(measured[near] - (2, 0)).mean()
    np.testing.assert_allclose(np.median(flow[70:110, 16:144].reshape(-1, 2), 0), (2, 0), atol=0.1)


@pytest.mark.parametrize("size", [(1, 1), (2, 2), (5, 40), (11, 11)])
@pytest.mark.parametrize("method", FLOWS)
def test_the_smallest_pictures_have_a_flow(size, method):
    flow = optical_flow(textured(*size, 1), textured(*size, 2), method)
    assert flow.shape == (*size, 2)
    assert np.isfinite(flow).all()
    assert trust(textured(*size), textured(*size), flow, flow).shape == (*size, 1)


def test_a_flow_at_another_size_is_the_same_motion():
    flow = np.zeros((10, 20, 2), np.float32) + np.float32([1, -2])
    np.testing.assert_allclose(flow_at(flow, Size(60, 20))[0, 0], (3, -4))
    assert flow_at(flow, Size(20, 10)).shape == (10, 20, 2)


def test_fitting_fills_and_crops_the_centre():
    wide = np.zeros((10, 40, 3), np.uint8)
    wide[:, 15:25] = 200
    assert (fitted(wide, Size(10, 10)) == 200).all()
    assert (fitted(wide.transpose(1, 0, 2), Size(10, 10)) == 200).all()
    assert fitted(wide, Size(40, 10)) is wide
    assert fitted(wide, Size(81, 20)).shape == (20, 81, 3)
    assert resized(np.ones((4, 4, 1), np.float32), Size(2, 2)).shape == (2, 2, 1)


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
