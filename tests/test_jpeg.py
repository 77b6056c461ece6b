"""A JPEG in memory is the picture, red is red, and what JPEG cannot hold is refused."""

import io

import numpy as np
import pytest
from PIL import Image
from synthetic import textured

from vidream.errors import RenderError
from vidream.media.jpeg import jpeg_of


def test_a_jpeg_is_its_picture_and_smaller_at_less_quality():
    pixels = textured(48, 64)
    pixels[..., 0] = 200  # a red one
    seen = np.asarray(Image.open(io.BytesIO(jpeg_of(pixels, 95))))
    assert seen.shape == pixels.shape
    assert np.abs(seen.astype(int) - pixels).mean() < 8
    assert len(jpeg_of(pixels, 40)) < len(jpeg_of(pixels)) < len(jpeg_of(pixels, 95))


def test_what_a_jpeg_cannot_hold_is_refused():
    with pytest.raises(RenderError, match="70000x1"):
        jpeg_of(np.zeros((1, 70000, 3), np.uint8))
