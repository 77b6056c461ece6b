"""Pictures and flows at another size: filled, cropped evenly, and the same motion."""

import numpy as np

from vidream.frames import Size
from vidream.resample import fit_pixels, flow_at, resize


def test_a_flow_at_another_size_is_the_same_motion():
    flow = np.zeros((10, 20, 2), np.float32) + np.array([1, -2], np.float32)
    np.testing.assert_allclose(flow_at(flow, Size(60, 20))[0, 0], (3, -4))
    assert flow_at(flow, Size(20, 10)).shape == (10, 20, 2)


def test_fitting_fills_and_crops_the_centre():
    wide = np.zeros((10, 40, 3), np.uint8)
    wide[:, 15:25] = 200
    assert (fit_pixels(wide, Size(10, 10)) == 200).all()
    assert (fit_pixels(wide.transpose(1, 0, 2), Size(10, 10)) == 200).all()
    assert fit_pixels(wide, Size(40, 10)) is wide
    assert fit_pixels(wide, Size(81, 20)).shape == (20, 81, 3)
    assert resize(np.ones((4, 4, 1), np.float32), Size(2, 2)).shape == (2, 2, 1)
