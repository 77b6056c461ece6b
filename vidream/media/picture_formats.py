"""Kinds of picture, a row each, alone or in a row.

Whoever adds a kind of picture adds a row to PICTURE_FORMATS. Nothing else in vidream.media asks for an ending of one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from vidream.media.raw import FLOAT, RGB24, RGB48, RawFormat


@dataclass(frozen=True)
class PictureFormat:
    """A kind of picture, alone or as a frame of a sequence. Pillow reads and writes it where it has 8 bits."""

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
    """Pillow's, for what is written with 8 bits."""
    bits: tuple[int, ...] = (8,)
    """Of a sample, the fewest first."""
    browsable: bool = True
    """Whether browsers show it."""
    light: bool = False
    """Whether its samples are floats, of linear light; else whole numbers, of levels."""

    def bits_for(self, deep: bool) -> int:
        """Of a sample, as it is written where no --codec says it: 16 of what has more than 8, if it takes so many."""
        return min(16, self.bits[-1]) if deep else self.bits[0]

    def raw(self, bits: int) -> RawFormat:
        """The depth that frames are brought to before they are written with so many bits."""
        if self.light:
            return FLOAT
        return RGB24 if bits == 8 else RGB48


PNG = PictureFormat("PNG", (".png",), least_px_bytes=3 / 1032, bits=(8, 16))  # Deflate makes 1032 bytes one at most
TIFF = PictureFormat("TIFF", (".tif", ".tiff"), least_px_bytes=3 / 1032, bits=(8, 16), browsable=False)
EXR = PictureFormat("OpenEXR", (".exr",), bits=(16, 32), browsable=False, light=True)
PICTURE_FORMATS = (
    PNG,
    PictureFormat(
        name="JPEG",
        endings=(".jpg", ".jpeg"),
        alpha=False,
        longest=65500,
        options=MappingProxyType({"quality": 95, "subsampling": 0}),
    ),
    PictureFormat("WEBP", (".webp",), longest=16383, options=MappingProxyType({"quality": 95})),
    TIFF,
    EXR,
    PictureFormat("BMP", (".bmp",), writable=False),
)
PICTURE_PX_BYTES: Mapping[int, float] = MappingProxyType({8: 2.0, 16: 5.5, 32: 12.0})
"""Bits of a sample -> bytes for each px of a dreamed frame in a picture, about."""

PICTURES = tuple(ending for kind in PICTURE_FORMATS if kind.writable for ending in kind.endings)
"""Endings of pictures that are written."""

BROWSABLE = tuple(ending for kind in PICTURE_FORMATS if kind.writable and kind.browsable for ending in kind.endings)
"""Endings of pictures that are written, and that browsers show."""

PICTURES_READ = tuple(ending for kind in PICTURE_FORMATS for ending in kind.endings)
"""Endings of pictures that are read."""


@dataclass(frozen=True)
class PictureCodec:
    """A word of --codec for pictures."""

    kind: PictureFormat
    """What they are."""
    bits: int
    """Of a sample."""


PICTURE_CODECS: Mapping[str, PictureCodec] = MappingProxyType(
    {
        "png": PictureCodec(PNG, 8),
        "png16": PictureCodec(PNG, 16),
        "tiff16": PictureCodec(TIFF, 16),
        "exr": PictureCodec(EXR, 16),
        "exr32": PictureCodec(EXR, 32),
    }
)
PICTURE_WORDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {word: codec.kind.endings for word, codec in PICTURE_CODECS.items()}
)
"""What --codec calls a kind of pictures -> the endings that it fits."""


def bits_of(out: Path, word: str | None, deep: bool) -> int:
    """Bits of a sample of pictures.

    Args:
        out: their path or pattern; its ending is one of PICTURES.
        word: of --codec, which fits the ending; None: as many as their source asks for.
        deep: whether their source has more than 8.
    """
    if word is not None:
        return PICTURE_CODECS[word].bits
    kind = picture_format_of(out)
    return 8 if kind is None else kind.bits_for(deep)


def picture_format_of(path: Path) -> PictureFormat | None:
    """The kind of picture that a path's ending stands for; None where that is no picture's."""
    return next((kind for kind in PICTURE_FORMATS if path.suffix.lower() in kind.endings), None)
