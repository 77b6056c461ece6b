"""A film's colours, as it is tagged -> ffmpeg's filters that show it as a display would: RGB of BT.709, for gamma 2.4.

    tag        none, or one that is no answer          honoured
    matrix     BT.709 from 1280 px wide or more than   each that ffmpeg knows, for each part of a film by its own tag
               576 lines, else BT.601: as players do
    range      limited, as swscale and players do      limited, full, for each part of a film
    primaries  BT.709: nothing is converted            all others are converted to BT.709 in linear light
    transfer   BT.1886                                 PQ and HLG: brought to SDR, 203 cd/m2 being white; linear and log

All other transfers (BT.709, 601, 2020, sRGB, "gamma 2.8") describe cameras or are display curves that displays do not
tell apart: they are shown with gamma 2.4 by BT.1886, whatever is tagged, and so nothing is to be converted.

The common case is one swscale pass in integers; where primaries are converted, zimg works in floats on its RGB. Films
of more than 8 bits go through zimg, by the matrix and the range of their first frame: of white, swscale makes 65283 of
65535, a level of 255 too dark.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from vidream.frames import Size
from vidream.media.raw import RGB24, RGB48, RawFormat

ACCURATE = "accurate_rnd+full_chroma_int+full_chroma_inp+lanczos"
UNTAGGED = frozenset({"unknown", "unspecified", "reserved"})
ZIMG = frozenset({"ycgco", "bt2020c", "ictcp", "chroma-derived-nc", "chroma-derived-c"})
"""Matrices that zimg knows and swscale does not."""

PRIMARIES = frozenset(
    {"bt470m", "bt470bg", "smpte170m", "smpte240m", "film", "bt2020", "smpte428", "smpte431", "smpte432", "ebu3213"}
)
"""All that zimg knows beside BT.709's, which are what is taken where there is no tag."""

MATRICES = ZIMG | {"bt709", "fcc", "bt470bg", "smpte170m", "smpte240m", "bt2020nc"}
"""All that zimg knows."""

HDR = frozenset({"smpte2084", "arib-std-b67"})
"""PQ and HLG."""

HONOURED: Mapping[str, str] = {"linear": "linear", "log100": "log100", "log316": "log316"}
"""Transfers, by zimg's names, that are no display's; all others are decoded by BT.1886, zimg's reading of "bt709"."""

TO_SDR = (
    "format=gbrpf32le",
    "zscale=primaries=bt709",
    "tonemap=mobius:desat=0",  # leaves what is darker than its knee as it is
)
SDR_OF_8_BITS = ("zscale=transfer=bt709:matrix=bt709:range=limited", "format=yuv444p10le")
SDR_OF_16_BITS = ("zscale=transfer=bt709:matrix=gbr:range=full", "format=gbrp16")
DEEP_GREY = ("zscale=rangein=full:range=full", "format=gray16")  # of 10 bits of grey, swscale makes no full white
CHROMA = ":filter=lanczos:chromalin=center"  # how swscale enlarges it, wherever it is said to lie
RGB = re.compile(r"[0-9a-z]*(?:rgb|bgr|gbr|pal8|gray|mono|xyz|bayer)")
WORDS = re.compile(r"(?!(?:rgb|bgr)(?:444|555|565)).*(?:le|be)$")
"""Formats whose samples are of more bytes than one, so that these have an order; three pack all of a px in two."""

ALPHA = re.compile(r"yuva|rgba|argb|abgr|bgra|gbrap|ya\d")


@dataclass(frozen=True)
class Stored:
    """How a film's frames lie in it, in ffmpeg's words, by its first frame."""

    size: Size
    """In px that may not be square."""

    pixels: str
    """yuv420p, gbrp10le, ..."""

    span: str
    """tv or pc: limited or full range."""

    matrix: str
    primaries: str
    transfer: str

    @property
    def alpha(self) -> bool:
        return bool(ALPHA.match(self.pixels))

    @property
    def raw(self) -> RawFormat:
        """What its frames are read as, so that nothing of their depth is lost."""
        return RGB48 if WORDS.match(self.pixels) else RGB24


def shown(stored: Stored, size: Size) -> tuple[str, ...]:
    """Filters that keep nothing from frame to frame: the stored frames at `size`, the last of them to their raw format.

    Args:
        stored: how the frames lie in the film.
        size: px, square; the size at which they are shown.
    """
    scaled, last = f"scale={size.width}:{size.height}:flags={ACCURATE}", f"format={stored.raw.name}"
    if RGB.match(stored.pixels):
        grey = stored.raw is RGB48 and stored.pixels.startswith("gray")
        return (*_from_hdr(stored), *(DEEP_GREY if grey else ()), scaled, *_converted(stored), last)
    if stored.transfer in HDR:
        return (*_from_hdr(stored), scaled, last)
    matrix = matrix_of(stored)
    if matrix in ZIMG or (stored.raw is RGB48 and matrix in MATRICES):
        chroma = CHROMA if stored.raw is RGB48 else ""
        full = f"zscale={_span(stored)}:matrixin={matrix}:matrix=gbr:range=full{chroma}"
        return (*_opaque(stored), full, "format=gbrp16", scaled, *_converted(stored), last)
    if matrix == "bt709" and _large(stored.size):  # swscale reads what has no tag as BT.601
        scaled += ":in_color_matrix=bt709"
    return (scaled, *_converted(stored), last)


def _opaque(stored: Stored) -> tuple[str, ...]:
    """Leave out the alpha before zimg does: it would show what is seen through on black."""
    opaque = re.sub("^yuva", "yuv", re.sub("^gbrap", "gbrp", stored.pixels))
    return () if opaque == stored.pixels else (f"format={opaque}",)


def matrix_of(stored: Stored) -> str:
    """The one that its colours are read by."""
    if stored.matrix not in UNTAGGED:
        return stored.matrix
    return "bt709" if _large(stored.size) else "smpte170m"


def _large(size: Size) -> bool:
    return size.width >= 1280 or size.height > 576


def _converted(stored: Stored) -> tuple[str, ...]:
    """RGB from the primaries and the transfer that it is tagged with to BT.709's."""
    primaries = stored.primaries if stored.primaries in PRIMARIES else "bt709"
    transfer = HONOURED.get(stored.transfer, "bt709")
    if (primaries, transfer) == ("bt709", "bt709") or stored.transfer in HDR:
        return ()
    given = f"matrixin=gbr:rangein=full:primariesin={primaries}:transferin={transfer}"
    planar = "gbrp16" if stored.raw is RGB48 else "gbrp"
    converted = f"zscale={given}:matrix=gbr:range=full:primaries=bt709:transfer=bt709"
    return ("format=gbrp16", converted, f"format={planar}")


def _from_hdr(stored: Stored) -> tuple[str, ...]:
    """Each part of a film is read by its own tags; those that the first lacks are BT.2020's."""
    if stored.transfer not in HDR:
        return ()
    given = [_span(stored)] if stored.span in UNTAGGED else []
    given += ["matrixin=bt2020nc"] if stored.matrix in UNTAGGED and not RGB.match(stored.pixels) else []
    given += ["primariesin=bt2020"] if stored.primaries in UNTAGGED else []
    linear = ":".join([*given, "transfer=linear", "npl=203"])  # 203 cd/m2: where ITU-R BT.2408 puts white
    return (*_opaque(stored), f"zscale={linear}", *TO_SDR, *(SDR_OF_16_BITS if stored.raw is RGB48 else SDR_OF_8_BITS))


def _span(stored: Stored) -> str:
    return f"rangein={'full' if stored.span == 'pc' else 'limited'}"
