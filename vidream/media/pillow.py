"""Pillow, bounded: a picture whose header is read, and what is wrong with it in one line."""

import struct
import sys
import threading
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import PIL.Image
from PIL import TiffImagePlugin, UnidentifiedImageError

from vidream.errors import MediaError
from vidream.frames import Size
from vidream.media.paths import check_pixels, check_source
from vidream.media.picture_formats import PICTURE_FORMATS

DAMAGED = (OSError, SyntaxError, ValueError, TypeError, IndexError, KeyError, OverflowError, EOFError, struct.error)
"""What Pillow raises on files that are not what they say."""

READ = (*(kind.name for kind in PICTURE_FORMATS if not kind.light), "GIF")
"""Kinds that are read, by Pillow's names, whatever a file's ending."""

LARGEST_TILE = 4096**2
"""Px, of a TIFF."""

_bound = threading.Lock()  # of Pillow, while it is lifted


@contextmanager
def opened(path: Path, max_pixels: int) -> Iterator[PIL.Image.Image]:
    """A picture whose header has been read, and bounded; no px is decoded yet.

    Args:
        path: the file.
        max_pixels: px that it may have.

    Raises:
        MediaError: as `read_picture`, also for what goes wrong in the block.
    """
    check_source(path, "picture")
    try:
        with damage(path), warnings.catch_warnings(action="ignore"):
            with _unbounded(max_pixels):
                file = PIL.Image.open(path, formats=READ)
            with file:
                check_pixels(path, Size(*file.size), max_pixels)
                check_tiles(getattr(file, "tag_v2", {}), Size(*file.size))
                yield file
    except PIL.Image.DecompressionBombError:  # Pillow's own bound, which does not say the size
        with warnings.catch_warnings(action="ignore"), _unbounded(sys.maxsize):
            claimed = Size(*PIL.Image.open(path, formats=READ).size)
        check_pixels(path, claimed, max_pixels)
        raise MediaError(f"{path}: claims more px than --max-pixels {max_pixels} allows") from None


@contextmanager
def damage(path: Path) -> Iterator[None]:
    """What is raised in the block because of a damaged file becomes a MediaError of one line.

    Args:
        path: of the file.
    """
    try:
        yield
    except UnidentifiedImageError:
        kinds = ", ".join(dict.fromkeys([*(kind.name for kind in PICTURE_FORMATS), *READ]))
        raise MediaError(f"{path}: not a picture that can be read ({kinds})") from None
    except MemoryError:
        raise MediaError(f"{path}: takes more memory than there is; make it smaller first") from None
    except DAMAGED as error:
        raise MediaError(f"{path}: damaged: {error}") from None


@contextmanager
def _unbounded(max_pixels: int) -> Iterator[None]:
    """Pillow's own bound, which belongs to the whole program, is lifted only while a larger one is asked for."""
    if PIL.Image.MAX_IMAGE_PIXELS is None or max_pixels <= 2 * PIL.Image.MAX_IMAGE_PIXELS:
        yield
        return
    with _bound:
        bound, PIL.Image.MAX_IMAGE_PIXELS = PIL.Image.MAX_IMAGE_PIXELS, None
        try:
            yield
        finally:
            PIL.Image.MAX_IMAGE_PIXELS = bound


def check_tiles(tags: Mapping[int, Any], size: Size) -> None:
    """Raise ValueError if a TIFF's tiles are far larger than its picture: each is decoded whole.

    Args:
        tags: by number.
        size: of the picture, px.
    """
    sides = [tags.get(number, 1) for number in (TiffImagePlugin.TILEWIDTH, TiffImagePlugin.TILELENGTH)]
    if sides[0] * sides[1] > max(LARGEST_TILE, 4 * size.width * size.height):
        raise ValueError(f"its tiles claim {sides[0]}x{sides[1]} px")
