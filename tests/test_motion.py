"""Motion is measured backwards, and is not trusted where it cannot be known."""

import cv2
import numpy as np
import pytest
from synthetic import panned, textured

from vidream.motion import FLOWS, optical_flow, trust


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
    flow = np.zeros((96, 128, 2), np.float32) + np.array([8, 0], np.float32)
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
    height, width = size
    flow = optical_flow(textured(height, width, 1), textured(height, width, 2), method)
    assert flow.shape == (*size, 2)
    assert np.isfinite(flow).all()
    assert trust(textured(*size), textured(*size), flow, flow).shape == (*size, 1)
