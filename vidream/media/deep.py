"""Pictures of more than 8 bits: PNG, TIFF and OpenEXR, told by the first bytes of their files."""

import warnings
from pathlib import Path

from vidream.media.exr import MAGIC
from vidream.media.light_picture import look_at_exr
from vidream.media.paths import check_source
from vidream.media.picture import DeepPicture
from vidream.media.pillow import damage
from vidream.media.png import is_deep_png, look_at_png
from vidream.media.tiff import BEGINNINGS, look_at_tiff

BEGINNING = 32
"""Bytes by which a kind is known."""


def look_at_deep(path: Path, max_pixels: int) -> DeepPicture | None:
    """What is known of a picture of more than 8 bits before they are decoded; None where Pillow reads it.

    Args:
        path: the file.
        max_pixels: px that it may have.

    Raises:
        MediaError: there is no such file, it is damaged, or claims more px than `max_pixels`.
    """
    check_source(path, "picture")
    with damage(path), warnings.catch_warnings(action="ignore"):
        with path.open("rb") as file:
            begin = file.read(BEGINNING)
        if begin.startswith(MAGIC):
            return look_at_exr(path, max_pixels)
        if begin.startswith(BEGINNINGS):
            return look_at_tiff(path, max_pixels)
        if is_deep_png(begin):
            return look_at_png(path, max_pixels)
    return None
