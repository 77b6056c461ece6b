"""Pictures on disk: any kind in as sRGB pixels, what cannot be dreamed (alpha, profile) kept aside and put back."""

import io
import struct
import sys
import threading
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
from numpy.typing import NDArray
from PIL import ExifTags, ImageCms, ImageOps, PngImagePlugin, TiffImagePlugin, UnidentifiedImageError

from vidream.config import MAX_PIXELS
from vidream.errors import MediaError
from vidream.events import warn
from vidream.frames import PEAK, Frame, Pixels, Size
from vidream.media.paths import check_pixels, check_source
from vidream.media.picture_formats import PICTURE_FORMATS, PictureFormat, picture_format_of
from vidream.media.xmp import packet_of

DAMAGED = (OSError, SyntaxError, ValueError, TypeError, IndexError, KeyError, OverflowError, EOFError, struct.error)
"""What Pillow raises on files that are not what they say."""

_bound = threading.Lock()  # of Pillow, while it is lifted

READ = (*(kind.name for kind in PICTURE_FORMATS), "GIF")  # by Pillow's names, whatever a file's ending
COLOURLESS = ("CMYK", "L", "LA", "1", "F")  # modes without RGB to keep a profile for, as all that begin with I
SIDEWAYS = (5, 6, 7, 8)  # EXIF's orientations that exchange width and height
LARGEST_TILE = 4096**2  # px, of a TIFF
MOST_XMP = 65_000  # bytes, of a JPEG's marker


@dataclass(frozen=True)
class Picture:
    """A decoded picture."""

    pixels: Pixels
    """(H, W, 3), upright."""
    alpha: NDArray[np.uint8] | None = None
    """(H, W), 255 where it is opaque; None when it has none."""
    profile: bytes | None = None
    """The ICC profile that the pixels are in; None for sRGB."""

    @property
    def frame(self) -> Frame:
        """It as a frame, in the colours of its profile."""
        return Frame(self.pixels, PEAK, None if self.alpha is None else self.alpha[..., None])

    @property
    def transparent(self) -> bool:
        """Whether any px is less than opaque."""
        return self.alpha is not None and bool(self.alpha.min() < 255)


def read_picture(path: Path, max_pixels: int = MAX_PIXELS) -> Picture:
    """Read a picture file: JPEG (CMYK too), PNG (16 bit too: rounded to 8), WebP, TIFF, BMP.

    It is turned as its EXIF data says.

    Args:
        path: the file.
        max_pixels: px that it may have.

    Raises:
        MediaError: there is no such file, it is no picture, or it has more px than `max_pixels`.
    """
    with opened(path, max_pixels) as file:
        ImageOps.exif_transpose(file, in_place=True)
        profile = file.info.get("icc_profile")
        alpha = None
        if file.has_transparency_data:
            alpha = np.array(file.convert("RGBA").getchannel("A"))
        if file.mode in COLOURLESS or file.mode.startswith("I"):
            return Picture(np.array(_rgb(file, profile)), alpha)
        rgb: PIL.Image.Image = file
        if file.mode != "RGB":
            rgb = file.convert("RGB")
        return Picture(np.array(rgb), alpha, profile)


def picture_size(path: Path, max_pixels: int = MAX_PIXELS) -> Size:
    """The size that a picture file claims, px, turned as its EXIF data says; nothing is decoded.

    Args:
        path: the file.
        max_pixels: px that it may have.

    Raises:
        MediaError: there is no such file, it is no picture, or it claims more px than `max_pixels`.
    """
    with opened(path, max_pixels) as file:
        size = Size(*file.size)
        if file.getexif().get(ExifTags.Base.Orientation, 1) in SIDEWAYS:
            return Size(size.height, size.width)
        return size


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
        bound, PIL.Image.MAX_IMAGE_PIXELS = PIL.Image.MAX_IMAGE_PIXELS, None
        try:
            yield
        finally:
            PIL.Image.MAX_IMAGE_PIXELS = bound


def _check_tiles(file: PIL.Image.Image) -> None:
    """Raise ValueError if a TIFF's tiles are far larger than its picture: each is decoded whole."""
    tags = getattr(file, "tag_v2", {})
    sides = [tags.get(number, 1) for number in (TiffImagePlugin.TILEWIDTH, TiffImagePlugin.TILELENGTH)]
    if sides[0] * sides[1] > max(LARGEST_TILE, 4 * file.width * file.height):
        raise ValueError(f"its tiles claim {sides[0]}x{sides[1]} px")


def as_srgb(picture: Picture, path: Path) -> Pixels:
    """A picture as sRGB, (H, W, 3): its profile is applied; a warning tells where its alpha is left out.

    Args:
        picture: what was read.
        path: of its file, for messages.
    """
    if picture.transparent:
        warn("its transparency is left out", path)
    if picture.profile is None:
        return picture.pixels
    converted = _converted(PIL.Image.fromarray(picture.pixels), picture.profile)
    if converted is None:
        warn("its colour profile cannot be read; it is taken for sRGB", path)
        return picture.pixels
    return np.array(converted)


def _converted(image: PIL.Image.Image, profile: bytes) -> PIL.Image.Image | None:
    """An image of a profile as sRGB; None if the profile is broken."""
    srgb = ImageCms.createProfile("sRGB")
    try:
        return ImageCms.profileToProfile(image, io.BytesIO(profile), srgb, outputMode="RGB")
    except (ImageCms.PyCMSError, OSError):
        return None


def _rgb(image: PIL.Image.Image, profile: bytes | None) -> PIL.Image.Image:
    """Make sRGB of a mode that has no colours of its own to keep a profile for."""
    if image.mode == "F":
        raise ValueError("its pixels are floating-point, of unknown range; save it with 8 or 16 bits")
    if image.mode.startswith("I"):  # Pillow's own conversion clips 16 bit at 255
        deep = np.asarray(image).astype(np.float32)
        deep /= 257
        np.rint(deep, out=deep)
        return PIL.Image.fromarray(deep.clip(0, 255, out=deep).astype(np.uint8)).convert("RGB")
    converted = None
    if image.mode == "CMYK" and profile:
        converted = _converted(image, profile)
    return converted or image.convert("RGB")  # of a broken profile, the plain conversion is what remains


def check_size(path: Path, size: Size) -> None:
    """Raise MediaError if a picture with the path's ending cannot be as large as `size`."""
    kind = picture_format_of(path)
    if kind and kind.longest and max(size) > kind.longest:
        raise MediaError(f"{path}: {path.suffix} holds {kind.longest} px a side at most, not {size}; .png holds more")


def write_picture(path: Path, picture: Picture, text: Mapping[str, str] | None = None) -> None:
    """Write a picture.

    Args:
        path: its ending tells the kind, one of vidream.media.codecs.PICTURES.
        picture: with its alpha, where the kind has one; a warning tells where it has none.
        text: what is said of it, by name (vidream.media.xmp.NAME); vidream.media.picture_text.read_text reads it.

    Raises:
        OSError: the disk refuses.
        ValueError: the ending is no picture's, or the kind does not hold the size.
    """
    image, kind = PIL.Image.fromarray(picture.pixels), picture_format_of(path)
    if kind is None:
        raise ValueError(f"{path}: no kind of picture has this ending")
    if picture.alpha is not None and not kind.alpha:
        warn(f"{kind.name} has no alpha: it is left out; .png and .webp keep it")
    elif picture.alpha is not None:
        image.putalpha(PIL.Image.fromarray(picture.alpha))
    image.save(path, icc_profile=picture.profile, **kind.options, **_words(kind, text or {}))


def _words(kind: PictureFormat, text: Mapping[str, str]) -> dict[str, Any]:
    """Pillow's options that put texts into a picture of a kind."""
    if not text:
        return {}
    if kind.name == "PNG":
        info = PngImagePlugin.PngInfo()
        for name, words in text.items():
            info.add_itxt(name, words)
        return {"pnginfo": info}
    packet = packet_of(text)
    if len(packet) > MOST_XMP:
        warn(f"what it says of itself is left out: {len(packet)} bytes are too many for {kind.name}")
        return {}
    return {"xmp": packet}
