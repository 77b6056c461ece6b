"""TIFF of 16 bits and of floats, of which Pillow reads greys alone: OpenCV reads the px, tifffile writes them."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import TiffImagePlugin as Tiff

from vidream.errors import MediaError
from vidream.frames import Size, size_of
from vidream.media.light_picture import picture_of_light
from vidream.media.paths import check_pixels
from vidream.media.picture import Picture, Remark, by_opencv, straight, upright_size
from vidream.media.pillow import check_tiles
from vidream.media.raw import RGB48
from vidream.media.xmp import packet_of

BEGINNINGS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
INTEGERS, FLOATS = 1, 3
"""Kinds of samples (TIFF 6.0, SampleFormat)."""
DEEP = ((16, INTEGERS), (32, FLOATS), (64, FLOATS))
LAYOUTS = ((1, 1), (2, 3), (2, 4))
"""What is read: whether black is 0 or px are RGB (PhotometricInterpretation), and how many samples a px has."""
PREMULTIPLIED, ALPHA = 1, 2
"""What the fourth sample of a px is (ExtraSamples)."""
ORIENTATION = 274
BIG = 2**32 - 2**25
"""Bytes of px from which on a file is a BigTIFF."""

_silent = Lock()


@dataclass(frozen=True)
class TiffPicture:
    """A TIFF of 16 bits or of floats. It is a vidream.media.picture.DeepPicture."""

    path: Path
    """Its file."""
    size: Size
    """Px, upright."""
    extra: int
    """What the fourth sample of a px is."""
    floats: bool
    """Whether its samples are linear light."""
    profile: bytes | None
    """Its ICC profile, if it has colours."""

    def decoded(self, remark: Remark) -> Picture:
        with _without_words_of_opencv():
            samples = by_opencv(np.memmap(self.path, np.uint8, "r"))  # turned upright, of a TIFF alone
        if size_of(samples) != self.size:
            raise ValueError(f"its px are {size_of(samples)}, not {self.size}")
        colours, alpha = np.ascontiguousarray(samples[..., :3]), None
        if samples.shape[2] == 4 and self.extra in (PREMULTIPLIED, ALPHA):
            alpha = samples[..., 3]
        if alpha is not None and self.extra == PREMULTIPLIED:
            light = straight(colours, alpha, 1 if self.floats else RGB48.peak)
            colours = light if self.floats else np.rint(light).clip(0, RGB48.peak).astype(np.uint16)
        if not self.floats:
            return Picture(colours, alpha, self.profile)
        remark("its floats are taken for linear light, 1.0 being white")
        if self.profile:
            remark("its colour profile is left out: its colours are taken for those of sRGB")
        return picture_of_light(colours, alpha, remark)


def look_at_tiff(path: Path, max_pixels: int) -> TiffPicture | None:
    """What is known of a TIFF of more than 8 bits before its px are decoded; None where Pillow reads it.

    Raises:
        MediaError: it claims more px than `max_pixels`, or has planes of 16 bits, which Pillow misreads.
        ValueError: it is damaged, as any of vidream.media.pillow.DAMAGED.
    """
    with path.open("rb") as file:
        begin = file.read(8)
        if b"+" in begin[:4]:
            begin += file.read(8)
        tags = Tiff.ImageFileDirectory_v2(begin)
        file.seek(tags.next)
        tags.load(file)
    channels, planar = tags.get(Tiff.SAMPLESPERPIXEL, 1), tags.get(Tiff.PLANAR_CONFIGURATION, 1)
    kinds = set(zip(_listed(tags, Tiff.BITSPERSAMPLE), _listed(tags, Tiff.SAMPLEFORMAT) * channels, strict=False))
    if len(kinds) != 1 or not kinds <= set(DEEP):
        return None
    if planar != 1:
        raise MediaError(f"{path}: its colours lie in planes of their own; save it with px that lie together first")
    if (tags.get(Tiff.PHOTOMETRIC_INTERPRETATION), channels) not in LAYOUTS:
        return None
    size = Size(tags[Tiff.IMAGEWIDTH], tags[Tiff.IMAGELENGTH])
    check_pixels(path, size, max_pixels)
    check_tiles(tags, size)
    size, profile = upright_size(size, tags.get(ORIENTATION, 1)), None
    if channels > 1:
        profile = tags.get(Tiff.ICCPROFILE)
    return TiffPicture(path, size, _listed(tags, Tiff.EXTRASAMPLES)[0], (16, INTEGERS) not in kinds, profile)


def _listed(tags: Mapping[int, Any], number: int) -> tuple[int, ...]:
    """The values of a tag; 1, the default of those that are asked for, where it is not there."""
    value = tags.get(number, 1)
    return value if isinstance(value, tuple) else (value,)


@contextmanager
def _without_words_of_opencv() -> Iterator[None]:
    """OpenCV, which prints what libtiff complains of, is silent: what is wrong is told in a line of our own."""
    with _silent:
        level = cv2.utils.logging.setLogLevel(0)
        try:
            yield
        finally:
            cv2.utils.logging.setLogLevel(level)


def write_tiff(path: Path, picture: Picture, text: Mapping[str, str]) -> None:
    """Write a TIFF of 8 or 16 bits, compressed without loss (Deflate).

    Args:
        path: of any ending.
        picture: of 8 or 16 bits.
        text: what is said of it, by name, as XMP.

    Raises:
        OSError: the disk refuses.
    """
    import tifffile

    samples: NDArray[Any] = picture.samples
    if picture.alpha is not None:
        samples = np.dstack([samples, picture.alpha])
    packet = packet_of(text) if text else b""
    tifffile.imwrite(
        path,
        samples,
        bigtiff=samples.nbytes > BIG,
        photometric="rgb",
        extrasamples=[] if picture.alpha is None else ["unassalpha"],
        compression="zlib",
        predictor=True,
        iccprofile=picture.profile or None,
        extratags=[(Tiff.XMP, 1, len(packet), packet, True)] if packet else [],
        metadata=None,
        software=False,
    )
