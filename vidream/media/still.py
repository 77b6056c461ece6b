"""Pictures on disk: any kind in as sRGB pixels, what cannot be dreamed (alpha, profile) kept aside and put back."""

import io
import struct
import sys
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
from numpy.typing import NDArray
from PIL import ExifTags, ImageCms, ImageOps, TiffImagePlugin, UnidentifiedImageError

from vidream.config import MAX_PIXELS
from vidream.errors import MediaError
from vidream.events import warn
from vidream.frames import Pixels, Size
from vidream.media.paths import check_pixels, check_source

DAMAGED = (OSError, SyntaxError, ValueError, TypeError, IndexError, KeyError, OverflowError, EOFError, struct.error)
"""What Pillow raises on files that are not what they say."""

_bound = threading.Lock()  # of Pillow, while it is lifted

PICTURES = (".png", ".jpg", ".jpeg", ".webp")  # that are written
READ_ENDINGS = (".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".bmp")
READ = ("PNG", "JPEG", "WEBP", "TIFF", "BMP", "GIF")
LONGEST = {".webp": 16383, ".jpg": 65500, ".jpeg": 65500}  # px a side
LARGEST_TILE = 4096**2  # px, of a TIFF
NO_ALPHA = (".jpg", ".jpeg")
QUALITY = {
    ".jpg": {"quality": 95, "subsampling": 0},
    ".jpeg": {"quality": 95, "subsampling": 0},
    ".webp": {"quality": 95},
}


@dataclass(frozen=True)
class Picture:
    """A decoded picture.

    pixels  (H, W, 3), upright
    alpha   uint8 (H, W), or None when it has none
    profile ICC profile that the pixels are in, or None for sRGB
    """

    pixels: Pixels
    alpha: NDArray[np.uint8] | None = None
    profile: bytes | None = None

    @property
    def transparent(self) -> bool:
        """Whether any px of it is less than opaque."""
        return self.alpha is not None and bool(self.alpha.min() < 255)


def read_picture(path: Path, max_pixels: int = MAX_PIXELS) -> Picture:
    """A picture file: JPEG (CMYK too), PNG (16 bit too: rounded to 8), WebP, TIFF, BMP; turned as its EXIF data says.

    Raises:
        MediaError: there is no such file, it is no picture, or it has more px than `max_pixels`.
    """
    with _opened(path, max_pixels) as file:
        ImageOps.exif_transpose(file, in_place=True)
        profile = file.info.get("icc_profile")
        alpha = np.array(file.convert("RGBA").getchannel("A")) if file.has_transparency_data else None
        if file.mode == "CMYK" or file.mode.startswith("I") or file.mode in ("L", "LA", "1", "F"):
            pixels, profile = np.array(_rgb(file, profile)), None
        else:
            pixels = np.array(file if file.mode == "RGB" else file.convert("RGB"))
        return Picture(pixels, alpha, profile)


def picture_size(path: Path, max_pixels: int = MAX_PIXELS) -> Size:
    """The size that a picture file claims, turned as its EXIF data says; nothing is decoded.

    Raises:
        MediaError: as read_picture, but for damage further on.
    """
    with _opened(path, max_pixels) as file:
        width, height = file.size
        sideways = file.getexif().get(ExifTags.Base.Orientation, 1) in (5, 6, 7, 8)
        return Size(height, width) if sideways else Size(width, height)


@contextmanager
def _opened(path: Path, max_pixels: int) -> Iterator[PIL.Image.Image]:
    """A picture whose header has been read, and bounded."""
    check_source(path, "picture")
    try:
        with warnings.catch_warnings(action="ignore"), _unbounded(max_pixels):
            file = PIL.Image.open(path, formats=READ)
        with warnings.catch_warnings(action="ignore"), file:
            check_pixels(path, Size(*file.size), max_pixels)
            _check_tiles(file)
            yield file
    except UnidentifiedImageError:
        raise MediaError(f"{path}: not a picture that can be read ({', '.join(READ)})") from None
    except PIL.Image.DecompressionBombError:  # Pillow's own bound, which does not say the size
        with warnings.catch_warnings(action="ignore"), _unbounded(sys.maxsize):
            claimed = Size(*PIL.Image.open(path, formats=READ).size)
        check_pixels(path, claimed, max_pixels)
        raise MediaError(f"{path}: claims more px than --max-pixels {max_pixels} allows") from None
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
        before, PIL.Image.MAX_IMAGE_PIXELS = PIL.Image.MAX_IMAGE_PIXELS, None
        try:
            yield
        finally:
            PIL.Image.MAX_IMAGE_PIXELS = before


def _check_tiles(file: PIL.Image.Image) -> None:
    """Raise ValueError if a TIFF's tiles are far larger than its picture: each is decoded whole."""
    tags = getattr(file, "tag_v2", {})
    sides = [tags.get(number, 1) for number in (TiffImagePlugin.TILEWIDTH, TiffImagePlugin.TILELENGTH)]
    if sides[0] * sides[1] > max(LARGEST_TILE, 4 * file.width * file.height):
        raise ValueError(f"its tiles claim {sides[0]}x{sides[1]} px")


def as_srgb(picture: Picture, path: Path) -> Pixels:
    """A picture's pixels where nothing can be put back: its profile is applied, its alpha left out, which is said."""
    if picture.transparent:
        warn("its transparency is left out", path)
    if picture.profile is None:
        return picture.pixels
    image = PIL.Image.fromarray(picture.pixels)
    try:
        turned = ImageCms.profileToProfile(
            image, io.BytesIO(picture.profile), ImageCms.createProfile("sRGB"), outputMode="RGB"
        )
    except (ImageCms.PyCMSError, OSError):
        warn("its colour profile cannot be read; it is taken for sRGB", path)
        return picture.pixels
    return np.array(turned)


def _rgb(image: PIL.Image.Image, profile: bytes | None) -> PIL.Image.Image:
    """Make sRGB of a mode that has no colours of its own to keep a profile for."""
    if image.mode == "F":
        raise ValueError("its pixels are floating-point, of unknown range; save it with 8 or 16 bits")
    if image.mode.startswith("I"):  # Pillow's own conversion clips 16 bit at 255
        deep = np.asarray(image).astype(np.float32)
        deep /= 257
        np.rint(deep, out=deep)
        return PIL.Image.fromarray(deep.clip(0, 255, out=deep).astype(np.uint8)).convert("RGB")
    if image.mode == "CMYK" and profile:
        try:
            srgb = ImageCms.createProfile("sRGB")
            turned = ImageCms.profileToProfile(image, io.BytesIO(profile), srgb, outputMode="RGB")
        except ImageCms.PyCMSError:
            turned = None  # a broken profile: the plain conversion is what remains
        if turned is not None:
            return turned
    return image.convert("RGB")


def check_size(path: Path, size: Size) -> None:
    """Raise MediaError if a picture with the path's ending cannot be as large as `size`."""
    longest = LONGEST.get(path.suffix.lower())
    if longest and max(size) > longest:
        raise MediaError(f"{path}: {path.suffix} holds {longest} px a side at most, not {size}; .png holds more")


def write_picture(path: Path, picture: Picture) -> None:
    """PNG, JPEG or WebP by the path's ending; JPEG has no alpha and leaves it out. OSError if the disk refuses."""
    image = PIL.Image.fromarray(picture.pixels)
    if picture.alpha is not None:
        if path.suffix.lower() in NO_ALPHA:
            warn("JPEG has no alpha: it is left out; .png and .webp keep it")
        else:
            image.putalpha(PIL.Image.fromarray(picture.alpha))
    options: dict[str, Any] = QUALITY.get(path.suffix.lower(), {})
    image.save(path, icc_profile=picture.profile, **options)
