"""Pictures on disk: any kind in, at its depth, what cannot be dreamed (alpha, profile) kept aside and put back."""

import io
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
from PIL import ExifTags, ImageCms, ImageOps

from vidream.config import MAX_PIXELS
from vidream.errors import MediaError
from vidream.events import warn
from vidream.frames import PEAK, Frame, Pixels, Size
from vidream.media.deep import look_at_deep
from vidream.media.light_picture import write_light
from vidream.media.picture import Picture, Remark, upright_size
from vidream.media.picture_formats import PNG, TIFF, PictureFormat, picture_format_of
from vidream.media.pillow import damage, opened
from vidream.media.png import text_chunks, write_png
from vidream.media.tiff import write_tiff
from vidream.media.xmp import packet_of

__all__ = [
    "Picture",
    "as_srgb",
    "check_size",
    "is_deep",
    "picture_size",
    "read_picture",
    "srgb_frame",
    "write_picture",
]

COLOURLESS = ("CMYK", "L", "LA", "1", "F")  # modes without RGB to keep a profile for, as all that begin with I
MOST_XMP = 65_000  # bytes, of a JPEG's marker


def read_picture(path: Path, max_pixels: int = MAX_PIXELS, remark: Remark | None = None) -> Picture:
    """Read a picture file at its own depth: PNG, TIFF (floats, too), OpenEXR, JPEG (CMYK too), WebP, BMP.

    It is turned as its EXIF data says.

    Args:
        path: the file.
        max_pixels: px that it may have.
        remark: is told what is to be said of it, which else is a warning.

    Raises:
        MediaError: there is no such file, it is no picture, or it has more px than `max_pixels`.
    """
    deep = look_at_deep(path, max_pixels)
    if deep is not None:
        with damage(path):
            return deep.decoded(remark or partial(warn, about=path))
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
    deep = look_at_deep(path, max_pixels)
    if deep is not None:
        return deep.size
    with opened(path, max_pixels) as file:
        return upright_size(Size(*file.size), file.getexif().get(ExifTags.Base.Orientation, 1))


def srgb_frame(picture: Picture, path: Path) -> Frame:
    """A picture as sRGB, at its own depth; a profile is applied by 8 bits. A warning tells where its alpha is left out.

    Args:
        picture: what was read.
        path: of its file, for messages.
    """
    if picture.transparent:
        warn("its transparency is left out", path)
    frame = Frame(picture.samples, picture.peak)
    if picture.profile is None:
        return frame
    converted = _converted(PIL.Image.fromarray(picture.pixels), picture.profile)
    if converted is None:
        warn("its colour profile cannot be read; it is taken for sRGB", path)
        return frame
    return Frame(np.array(converted), PEAK)


def as_srgb(picture: Picture, path: Path) -> Pixels:
    """A picture as sRGB with 8 bits, (H, W, 3). Arguments and warnings are those of `srgb_frame`."""
    return srgb_frame(picture, path).pixels()


def is_deep(path: Path, max_pixels: int = MAX_PIXELS) -> bool:
    """Whether a picture file has more than 8 bits; nothing is decoded. Arguments and errors: `picture_size`."""
    return look_at_deep(path, max_pixels) is not None


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


def write_picture(path: Path, picture: Picture, text: Mapping[str, str] | None = None, bits: int | None = None) -> None:
    """Write a picture.

    Args:
        path: its ending tells the kind, one of vidream.media.picture_formats.PICTURES.
        picture: with its alpha and its profile, where the kind has them; a warning tells where it has none.
        text: what is said of it, by name (vidream.media.xmp.NAME); vidream.media.picture_text.read_text reads it.
        bits: of a sample, one of the kind's; None: as many as the picture has, as far as the kind goes.

    Raises:
        OSError: the disk refuses.
        ValueError: the ending is no picture's, or the kind does not hold the size.
    """
    kind = picture_format_of(path)
    if kind is None:
        raise ValueError(f"{path}: no kind of picture has this ending")
    if picture.alpha is not None and not kind.alpha:
        warn(f"{kind.name} has no alpha: it is left out; .png, .tif, .exr and .webp keep it")
        picture = replace(picture, alpha=None)
    text, bits = text or {}, bits or kind.bits_for(picture.samples.dtype != np.uint8)
    if kind.light:
        if picture.profile:
            warn(f"{kind.name} has no ICC profile: its colours are taken for sRGB's; .png and .tif keep it", path.name)
        write_light(path, picture, text, bits)
        return
    picture = picture.quantised(kind.raw(bits))
    if kind is TIFF:
        write_tiff(path, picture, text)
    elif bits > 8:
        write_png(path, picture, text)
    else:
        _write_by_pillow(path, picture, kind, text)


def _write_by_pillow(path: Path, picture: Picture, kind: PictureFormat, text: Mapping[str, str]) -> None:
    """Write a picture of 8 bits."""
    image = PIL.Image.fromarray(picture.samples)
    if picture.alpha is not None:
        image.putalpha(PIL.Image.fromarray(picture.alpha))
    words: dict[str, Any] = {}
    if text and kind is PNG:
        words = {"pnginfo": text_chunks(text)}
    elif text:
        words = {"xmp": packet_of(text)}
        if len(words["xmp"]) > MOST_XMP:
            warn(f"what it says of itself is left out: {len(words['xmp'])} bytes are too many for {kind.name}")
            words = {}
    image.save(path, icc_profile=picture.profile, **kind.options, **words)
