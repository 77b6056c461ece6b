"""PNG of 16 bits, which Pillow neither reads nor writes in colour: OpenCV does the px, the rest is done here."""

import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from PIL import ExifTags, PngImagePlugin

from vidream.frames import Size
from vidream.media.picture import Picture, Remark, by_opencv, upright, upright_size
from vidream.media.pillow import opened

SIGNATURE = b"\x89PNG\r\n\x1a\n"
DEPTH = 24
"""Where a PNG says how many bits a sample has (ISO 15948, 11.2.2)."""
NEEDED = (b"IHDR", b"tRNS", b"IDAT", b"IEND")
"""Chunks of which px are decoded; others are not shown to OpenCV."""
HEADER = len(SIGNATURE) + 25
"""Bytes before the first chunk that may stand anywhere."""


@dataclass(frozen=True)
class PngPicture:
    """A PNG of 16 bits. It is a vidream.media.picture.DeepPicture."""

    path: Path
    """Its file."""
    size: Size
    """Px, upright."""
    orientation: int
    """EXIF's number for which way is up."""
    profile: bytes | None
    """Its ICC profile, if it has colours."""

    def decoded(self, remark: Remark) -> Picture:
        content = b"".join([SIGNATURE, *_needed(self.path.read_bytes())])
        samples = upright(by_opencv(np.frombuffer(content, np.uint8)), self.orientation)
        alpha = samples[..., 3] if samples.shape[2] == 4 else None
        return Picture(np.ascontiguousarray(samples[..., :3]), alpha, self.profile)


def is_deep_png(beginning: bytes) -> bool:
    """Whether a file that begins so is a PNG of 16 bits."""
    return beginning.startswith(SIGNATURE) and beginning[DEPTH : DEPTH + 1] == b"\x10"


def look_at_png(path: Path, max_pixels: int) -> PngPicture:
    """What is known of a PNG of 16 bits before it is decoded. Arguments and errors: vidream.media.pillow.opened."""
    with opened(path, max_pixels) as file:
        orientation = file.getexif().get(ExifTags.Base.Orientation, 1)
        profile = None
        if file.mode in ("RGB", "RGBA"):
            profile = file.info.get("icc_profile")
        return PngPicture(path, upright_size(Size(*file.size), orientation), orientation, profile)


def _needed(content: bytes) -> Iterator[bytes]:
    """The chunks of which px are made. ValueError if one is cut short or damaged, which OpenCV would print."""
    place, kind = len(SIGNATURE), b""
    while kind != b"IEND":
        length, kind = int.from_bytes(content[place : place + 4]), content[place + 4 : place + 8]
        chunk = content[place : place + 12 + length]
        if len(chunk) < 12 + length:
            raise ValueError("it is cut short")
        if kind in NEEDED:
            if zlib.crc32(chunk[4:-4]) != int.from_bytes(chunk[-4:]):
                raise ValueError(f"its {kind.decode()} is not what it was")
            yield chunk
        place += 12 + length


def write_png(path: Path, picture: Picture, text: Mapping[str, str]) -> None:
    """Write a PNG of 16 bits.

    Args:
        path: of any ending.
        picture: of 16 bits.
        text: what is said of it, by name.

    Raises:
        OSError: the disk refuses.
    """
    if picture.alpha is None:
        samples = cv2.cvtColor(picture.samples, cv2.COLOR_RGB2BGR)
    else:
        samples = np.dstack([picture.samples[..., ::-1], picture.alpha])
    _, encoded = cv2.imencode(".png", samples)
    content = encoded.tobytes()
    with path.open("wb") as file:
        file.write(content[:HEADER])
        if picture.profile:
            PngImagePlugin.putchunk(file, b"iCCP", b"ICC Profile\0\0" + zlib.compress(picture.profile))
        for kind, body, *_ in text_chunks(text).chunks:
            PngImagePlugin.putchunk(file, kind, body)
        file.write(content[HEADER:])


def text_chunks(text: Mapping[str, str]) -> PngImagePlugin.PngInfo:
    """Chunks that say something of a picture, by name."""
    info = PngImagePlugin.PngInfo()
    for name, words in text.items():
        info.add_itxt(name, words)
    return info
