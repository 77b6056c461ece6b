"""Kinds of picture, a row each, alone or in a row.

Whoever adds a kind of picture adds a row to PICTURE_FORMATS. Nothing else in vidream.media asks for an ending of one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any


@dataclass(frozen=True)
class PictureFormat:
    """A kind of picture, alone or as a frame of a sequence. Pillow reads and writes it."""

    name: str
    """Pillow's name of it."""
    endings: tuple[str, ...]
    """That its files may have."""
    writable: bool = True
    """Whether it is written, too."""
    alpha: bool = True
    """Whether it can be seen through."""
    longest: int | None = None
    """The longest side that it takes, px; None: no bound that matters."""
    least_px_bytes: float = 0.0
    """Bytes for each px at the very least, whatever is shown."""
    options: Mapping[str, Any] = field(default_factory=dict)
    """Pillow's, for what is written."""


PICTURE_FORMATS = (
    PictureFormat("PNG", (".png",), least_px_bytes=3 / 1032),  # Deflate makes 1032 bytes one at most
    PictureFormat(
        name="JPEG",
        endings=(".jpg", ".jpeg"),
        alpha=False,
        longest=65500,
        options=MappingProxyType({"quality": 95, "subsampling": 0}),
    ),
    PictureFormat("WEBP", (".webp",), longest=16383, options=MappingProxyType({"quality": 95})),
    PictureFormat("TIFF", (".tif", ".tiff"), writable=False),
    PictureFormat("BMP", (".bmp",), writable=False),
)
PICTURE_PX_BYTES = 2.0
"""Bytes for each px of a dreamed frame in a picture, about."""

PICTURES = tuple(ending for kind in PICTURE_FORMATS if kind.writable for ending in kind.endings)
"""Endings of pictures that are written."""

PICTURES_READ = tuple(ending for kind in PICTURE_FORMATS for ending in kind.endings)
"""Endings of pictures that are read."""


PICTURE_WORDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "png": (".png",),
        "png16": (".png",),
        "tiff16": (".tif", ".tiff"),
        "exr": (".exr",),
        "exr32": (".exr",),
    }
)
"""What --codec calls a kind of pictures in a row -> the endings that it fits."""


def picture_format_of(path: Path) -> PictureFormat | None:
    """The kind of picture that a path's ending stands for; None where that is no picture's."""
    return next((kind for kind in PICTURE_FORMATS if path.suffix.lower() in kind.endings), None)
