"""JPEG in memory: a picture on its way to a page, or one that is remembered."""

import cv2
import numpy as np

from vidream.errors import RenderError
from vidream.frames import Pixels

QUALITY = 80
"""0..100: of a dream, what is lost at this is not seen, and it is a tenth of a PNG."""


def jpeg_of(pixels: Pixels, quality: int = QUALITY) -> bytes:
    """A picture as JPEG.

    Args:
        pixels: (H, W, 3), red first.
        quality: 0..100.

    Raises:
        RenderError: it has more than 65,535 px along a side, which JPEG cannot hold.
    """
    if max(pixels.shape[:2]) > 65_535:
        raise RenderError(f"{pixels.shape[1]}x{pixels.shape[0]}: a JPEG has at most 65,535 px along a side")
    _, encoded = cv2.imencode(".jpg", pixels[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(encoded).tobytes()
