"""A camera's moves compose, invert and leave their focus; what they uncover is not trusted."""

import numpy as np
import pytest
from synthetic import textured

from vidream.camera import STILL, border_distance, camera_flow, compose, invert, move, uncovered
from vidream.frames import Size
from vidream.warp import warp

SIZE = Size(96, 64)
MIDDLE = (0.5, 0.5)
NO_DRIFT = (0.0, 0.0)


def fetched_from(moved, x, y):
    dx, dy = camera_flow(SIZE, moved)[y, x]
    return x + dx, y + dy


def test_a_camera_that_stands_still_moves_nothing():
    moved = move(SIZE, 1, 0, NO_DRIFT, (0.3, 0.8))
    np.testing.assert_array_equal(camera_flow(SIZE, moved), 0)
    assert uncovered(SIZE, moved) is None


def test_a_zoom_fetches_from_nearer_to_the_focus_and_leaves_the_focus():
    moved = move(SIZE, 2, 0, NO_DRIFT, (0.25, 0.5))
    centre = np.array([0.25 * 96 - 0.5, 0.5 * 64 - 0.5])
    for place in ((0, 0), (95, 63), (50, 10)):
        np.testing.assert_allclose(fetched_from(moved, *place), centre + (np.array(place) - centre) / 2, atol=1e-4)


def test_a_turn_is_clockwise():
    """What was right of the focus is seen below it after a quarter."""
    moved = move(SIZE, 1, 90, NO_DRIFT, MIDDLE)
    x, y = fetched_from(moved, 47, 31 + 20)
    assert (x, y) == pytest.approx((47.5 + 19.5, 31.5 + 0.5), abs=1e-4)


def test_drift_moves_the_camera_right_and_down_by_widths():
    moved = move(SIZE, 1, 0, (0.1, 0.05), MIDDLE)
    assert fetched_from(moved, 10, 10) == pytest.approx((10 + 9.6, 10 + 4.8), abs=1e-4)


def test_in_then_out_returns():
    moved = move(SIZE, 1.3, 7, (0.02, 0.01), (0.4, 0.6))
    np.testing.assert_allclose(compose(moved, invert(moved)), STILL, atol=1e-9)
    np.testing.assert_allclose(compose(invert(moved), moved), STILL, atol=1e-9)
    image = textured(64, 96).astype(np.float32)
    there = warp(image, camera_flow(SIZE, invert(moved)))  # out: nothing of the middle is lost
    back = warp(there, camera_flow(SIZE, moved))
    assert np.abs(back - image)[16:-16, 16:-16].mean() < 1


def test_moves_follow_one_another_in_time():
    """Zooming in by 2, then going right by a quarter of the width, looks at what lay an eighth to the right."""
    both = compose(move(SIZE, 2, 0, NO_DRIFT, MIDDLE), move(SIZE, 1, 0, (0.25, 0), MIDDLE))
    assert fetched_from(both, 47, 31)[0] == pytest.approx(47.25 + 12, abs=1e-3)
    other = compose(move(SIZE, 1, 0, (0.25, 0), MIDDLE), move(SIZE, 2, 0, NO_DRIFT, MIDDLE))
    assert fetched_from(other, 47, 31)[0] == pytest.approx(47.25 + 24, abs=1e-3)


def test_two_half_moves_are_one():
    whole, half = (move(SIZE, zoom, turn, NO_DRIFT, (0.3, 0.6)) for zoom, turn in ((1.21, 8), (1.1, 4)))
    np.testing.assert_allclose(compose(half, half), whole, atol=1e-9)


def test_what_comes_from_outside_is_not_trusted():
    assert uncovered(SIZE, move(SIZE, 1.2, 0, NO_DRIFT, (0.1, 0.9))) is None
    trust = uncovered(SIZE, move(SIZE, 1, 0, (0.1, 0), MIDDLE))
    assert trust.shape == (64, 96, 1)
    assert trust[:, -6:].max() < 0.2
    assert trust[:, :-14].min() > 0.99
    depth = border_distance(SIZE, move(SIZE, 0.5, 0, NO_DRIFT, MIDDLE))
    assert depth[0, 0] == pytest.approx(-48, abs=1)
    assert depth[32, 48] == pytest.approx(32, abs=1.5)


def test_flows_are_shared_and_so_cannot_be_changed():
    flow = camera_flow(SIZE, move(SIZE, 1.1, 0, NO_DRIFT, MIDDLE))
    with pytest.raises(ValueError, match="read-only"):
        flow[0, 0] = 1
