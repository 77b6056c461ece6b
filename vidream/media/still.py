"""Pictures on disk: any kind in as sRGB pixels, what cannot be dreamed (alpha, profile) kept aside and put back."""

import io
import logging
import struct
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
from numpy.typing import NDArray
from PIL import ImageCms, ImageOps, UnidentifiedImageError

from vidream.config import MAX_PIXELS
from vidream.errors import MediaError
from vidream.frames import Pixels, Size
from vidream.media.paths import check_pixels, check_source

DAMAGED = (OSError, SyntaxError, ValueError, TypeError, IndexError, KeyError, OverflowError, EOFError, struct.error)
"""What Pillow raises on files that are not what they say."""

log = logging.getLogger(__name__)

PIL.Image.MAX_IMAGE_PIXELS = None  # asked in read_picture, of everything, by a number that the user can set

PICTURES = (".png", ".jpg", ".jpeg", ".webp")  # that are written
READ_ENDINGS = (".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".bmp")
READ = ("PNG", "JPEG", "WEBP", "TIFF", "BMP", "GIF")
LONGEST = {".webp": 16383, ".jpg": 65500, ".jpeg": 65500}  # px a side
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


def read_picture(path: Path, max_pixels: int = MAX_PIXELS) -> Picture:
    """A picture file: JPEG (CMYK too), PNG (16 bit too: rounded to 8), WebP, TIFF, BMP; turned as its EXIF data says.

    Raises:
        MediaError: there is no such file, it is no picture, or it has more px than `max_pixels`.
    """
    check_source(path, "picture")
    try:
        with warnings.catch_warnings(action="ignore"), PIL.Image.open(path, formats=READ) as file:
            check_pixels(path, Size(*file.size), max_pixels)
            upright = ImageOps.exif_transpose(file)
            profile = upright.info.get("icc_profile")
            alpha = upright.convert("RGBA").getchannel("A") if upright.has_transparency_data else None
            if upright.mode == "CMYK" or upright.mode.startswith("I") or upright.mode in ("L", "LA", "1", "F"):
                pixels, profile = _rgb(upright, profile), None
            else:
                pixels = upright.convert("RGB")
            return Picture(np.array(pixels), None if alpha is None else np.array(alpha), profile)
    except UnidentifiedImageError:
        raise MediaError(f"{path}: not a picture that can be read ({', '.join(READ)})") from None
    except DAMAGED as error:
        raise MediaError(f"{path}: damaged: {error}") from None


def as_srgb(picture: Picture, path: Path) -> Pixels:
    """A picture's pixels where nothing can be put back: its profile is applied, its alpha left out, which is said."""
    if picture.alpha is not None and picture.alpha.min() < 255:
        log.warning("%s: its transparency is left out", path)
    if picture.profile is None:
        return picture.pixels
    image = PIL.Image.fromarray(picture.pixels)
    try:
        turned = ImageCms.profileToProfile(
            image, io.BytesIO(picture.profile), ImageCms.createProfile("sRGB"), outputMode="RGB"
        )
    except (ImageCms.PyCMSError, OSError):
        log.warning("%s: its colour profile cannot be read; it is taken for sRGB", path)
        return picture.pixels
    return np.array(turned)


def _rgb(image: PIL.Image.Image, profile: bytes | None) -> PIL.Image.Image:
    """sRGB from a mode that has no colours of its own to keep a profile for."""
    if image.mode == "F":
        raise ValueError("its pixels are floating-point, of unknown range; save it with 8 or 16 bits")
    if image.mode.startswith("I"):  # Pillow's own conversion clips 16 bit at 255
        deep = np.asarray(image).astype(np.float64)
        return PIL.Image.fromarray(np.rint(deep / 257).clip(0, 255).astype(np.uint8)).convert("RGB")
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
            log.warning("JPEG has no alpha: it is left out; .png and .webp keep it")
        else:
            image.putalpha(PIL.Image.fromarray(picture.alpha))
    options: dict[str, Any] = QUALITY.get(path.suffix.lower(), {})
    image.save(path, icc_profile=picture.profile, **options)
