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
from fractions import Fraction

from vidream.frames import Size
from vidream.hdr import HLG, PQ
from vidream.media.raw import RGB24, RGB48, RGBA32, RGBA64, RawFormat

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

HDR = frozenset({PQ, HLG})
"""PQ and HLG."""

HONOURED: Mapping[str, str] = {"linear": "linear", "log100": "log100", "log316": "log316"}
"""Transfers, by zimg's names, that are no display's; all others are decoded by BT.1886, zimg's reading of "bt709"."""

TONE_MAPPED = (
    "format=gbrpf32le",
    "zscale=primaries=bt709",
    "tonemap=mobius:desat=0",  # leaves what is darker than its knee as it is
)
SDR_OF_8_BITS = ("zscale=transfer=bt709:matrix=bt709:range=limited", "format=yuv444p10le")
SDR_OF_16_BITS = ("zscale=transfer=bt709:matrix=gbr:range=full", "format=gbrp16")
ALONE = ":threads=1"
"""Where zimg enlarges chroma. With several threads it cuts a frame up, and what is at a cut depends on their number."""
CHROMA = ":filter=lanczos:chromalin=center"  # how swscale enlarges it, wherever it is said to lie
RGB = re.compile(r"[0-9a-z]*(?:rgb|bgr|gbr|pal8|gray|mono|xyz|bayer)")
WORDS = re.compile(r"(?!(?:rgb|bgr)(?:444|555|565)).*(?:le|be)$")
"""Formats whose samples are of more bytes than one, so that these have an order; three pack all of a px in two."""

ALPHA = re.compile(r"yuva|rgba|argb|abgr|bgra|gbrap|ya\d|pal8|ayuv|vuya|uyva")


@dataclass(frozen=True)
class Stored:
    """How a film's frames lie in it, in ffmpeg's words, by its first frame."""

    size: Size
    """Px of a frame, which may not be square."""
    pixels: str
    """The pixel format: yuv420p, gbrp10le, ..."""
    span: str
    """tv or pc: limited or full range."""
    matrix: str
    """Of luma and colour differences: bt709, bt2020nc, unknown, ..."""
    primaries: str
    """What red, green and blue are: bt709, bt2020, unknown, ..."""
    transfer: str
    """How light becomes samples: bt709, smpte2084, unknown, ..."""
    premultiplied: bool = False
    """Whether it says that its colours are multiplied by its alpha."""

    @property
    def alpha(self) -> bool:
        """Whether its px have an alpha."""
        return bool(ALPHA.match(self.pixels))

    @property
    def deep(self) -> bool:
        """Whether its samples have more than 8 bits."""
        return bool(WORDS.match(self.pixels))

    @property
    def raw(self) -> RawFormat:
        """What its frames are read as, so that nothing of their depth is lost."""
        return RGB48 if self.deep else RGB24

    @property
    def rgb(self) -> bool:
        """Whether it stores no luma with colour differences: RGB, greys and the like."""
        return bool(RGB.match(self.pixels))

    @property
    def hdr(self) -> bool:
        """Whether it is brighter than a display of SDR."""
        return self.transfer in HDR


def display_filters(stored: Stored, size: Size) -> tuple[str, ...]:
    """Ffmpeg's filters that make of stored frames what a display would show, as raw video.

    None of them keeps anything from frame to frame.

    Args:
        stored: how the frames lie in the film.
        size: px, square; the size at which they are shown.
    """
    scale, raw = f"scale={size.width}:{size.height}:flags={ACCURATE}", f"format={stored.raw.name}"
    if stored.hdr:
        return (*_to_sdr(stored), scale, raw)
    if stored.rgb:
        converted = _to_bt709(stored)
        if converted and stored.alpha:
            scale = f"{raw},{scale}"  # of GBRAP of 16 bits, swscale makes a GBRP whose last row is half black
        return (*_whitened(stored), scale, *converted, raw)
    matrix = matrix_of(stored)
    if matrix in ZIMG or (stored.deep and matrix in MATRICES):
        return (*_to_rgb(stored, matrix), scale, *_to_bt709(stored), raw)
    if matrix == "bt709" and _large(stored.size):  # swscale reads what has no tag as BT.601
        scale += ":in_color_matrix=bt709"
    return (scale, *_to_bt709(stored), raw)


def small_filters(stored: Stored, shown: Size, size: Size) -> tuple[str, ...]:
    """Ffmpeg's filters that make of stored frames what a display would show, at another size and with 8 bits.

    They are scaled before their colours are converted: of a large film that is shown small, less is to be done.

    Args:
        stored: how the frames lie in the film.
        shown: px, square; the size at which they would be shown.
        size: px, even; what they are to fill, what stands over being cropped.
    """
    scale = max(Fraction(size.width, shown.width), Fraction(size.height, shown.height))
    across, down = (float(least / (scale * side)) for least, side in zip(size, shown, strict=True))
    scaled = f"scale={size.width}:{size.height}:flags={'area' if scale < 1 else 'bicubic'}"
    filters = [f"crop=iw*{across:.6f}:ih*{down:.6f}", scaled]
    if not stored.rgb:  # luma and colours at one size: else these would be scaled twice
        filters[1] += f":out_range={'pc' if stored.span == 'pc' else 'tv'}"
        filters.append(f"format={'yuv444p16le' if stored.deep else 'yuv444p'}")
    return (*filters, *display_filters(stored, size), f"format={RGB24.name}")


def coded_filters(stored: Stored, size: Size) -> tuple[str, ...]:
    """Ffmpeg's filters that make RGB of 16 bits of stored frames of HDR, in their own primaries and transfer."""
    scale, raw = f"scale={size.width}:{size.height}:flags={ACCURATE}", f"format={RGB48.name}"
    if stored.rgb:
        return (*_whitened(stored), scale, raw)
    matrix = "bt2020nc" if stored.matrix in UNTAGGED else stored.matrix
    return (*_to_rgb(stored, matrix), scale, raw)


def alpha_filters(stored: Stored, size: Size) -> tuple[str, ...]:
    """Ffmpeg's filters that make of stored frames with an alpha what `display_filters` makes, with their alpha.

    Colours that are said to be multiplied by the alpha are divided by it. The alpha goes a way of its own, since zimg
    would multiply the colours by it, and what is seen through would have none.

    Args:
        stored: how the frames lie in the film.
        size: px, square; the size at which they are shown.
    """
    colours, grey, merged, raw, before = "gbrp", "gray", "gbrap", RGBA32, ""
    if stored.deep:
        colours, grey, merged, raw = "gbrp16le", "gray16le", "gbrap16le", RGBA64
    shown = ",".join(display_filters(stored, size))  # ends with RGB, of which swscale loses nothing
    extracted = (*_grey_alpha(stored), f"scale={size.width}:{size.height}:flags={ACCURATE}", f"format={grey}")
    planes = ":".join(f"map{plane}s={plane // 3}:map{plane}p={plane % 3}" for plane in range(4))
    if stored.premultiplied:
        planar = () if stored.pixels.startswith("yuva") else (f"format={merged}",)
        before = ",".join((*planar, "unpremultiply=inplace=1", ""))
    graph = (
        f"{before}split[shown][clear];[clear]{','.join(extracted)}[alpha];"
        f"[shown]{shown},format={colours}[colours];[colours][alpha]mergeplanes={planes}:format={merged}"
    )
    return (graph, f"format={raw.name}")


def _grey_alpha(stored: Stored) -> tuple[str, ...]:
    """Greys of the alpha.

    A plane is taken as it is: of YUVA's, swscale makes an RGBA that is nowhere opaque. Of samples that lie otherwise it
    makes RGBA first, since it crashes where it is left to find a way.
    """
    if stored.pixels.startswith("yuva"):
        return ("extractplanes=a",)
    return (f"format={'rgba64le' if stored.deep else 'rgba'}", "extractplanes=a")


def matrix_of(stored: Stored) -> str:
    """The matrix that its colours are read by: its tag, or what players take where there is none."""
    if stored.matrix not in UNTAGGED:
        return stored.matrix
    return "bt709" if _large(stored.size) else "smpte170m"


def _large(size: Size) -> bool:
    return size.width >= 1280 or size.height > 576


def _whitened(stored: Stored) -> tuple[str, ...]:
    """Of greys of more than 8 bits, swscale makes no full white, or not all levels; zimg makes RGB of them."""
    if stored.deep and stored.pixels.startswith("gray"):
        return ("zscale=rangein=full:matrix=gbr:range=full", "format=gbrp16")
    return ()


def _to_rgb(stored: Stored, matrix: str) -> tuple[str, ...]:
    """RGB by zimg."""
    options = f"zscale={_range(stored)}:matrixin={matrix}:matrix=gbr:range=full{ALONE}"
    if stored.deep:
        options += CHROMA
    return (*_for_zimg(stored), options, "format=gbrp16")


def _for_zimg(stored: Stored) -> tuple[str, ...]:
    """What zimg does not take as it is: odd sides where px share samples of colour, and an alpha.

    It would show what is seen through on black.
    """
    if not stored.rgb and (stored.size.width % 2 or stored.size.height % 2):
        return (f"scale=flags={ACCURATE}", "format=yuv444p16")
    if not stored.alpha:
        return ()
    return (f"format={re.sub('^yuva', 'yuv', stored.pixels) if not stored.rgb else stored.raw.name}",)


def _to_bt709(stored: Stored) -> tuple[str, ...]:
    """RGB from the primaries and the transfer that it is tagged with to BT.709's."""
    primaries, transfer = "bt709", HONOURED.get(stored.transfer, "bt709")
    if stored.primaries in PRIMARIES:
        primaries = stored.primaries
    if (primaries, transfer) == ("bt709", "bt709"):
        return ()
    tags = f"matrixin=gbr:rangein=full:primariesin={primaries}:transferin={transfer}"
    converted = f"zscale={tags}:matrix=gbr:range=full:primaries=bt709:transfer=bt709"
    return ("format=gbrp16", converted, "format=gbrp16" if stored.deep else "format=gbrp")


def _to_sdr(stored: Stored) -> tuple[str, ...]:
    """Tone mapping. Each part of a film is read by its own tags; those that the first lacks are BT.2020's."""
    options = []
    if stored.span in UNTAGGED:
        options.append(_range(stored))
    if stored.matrix in UNTAGGED and not stored.rgb:
        options.append("matrixin=bt2020nc")
    if stored.primaries in UNTAGGED:
        options.append("primariesin=bt2020:primaries=bt2020")
    linear = ":".join([*options, "transfer=linear", "npl=203"])  # 203 cd/m2: where ITU-R BT.2408 puts white
    sdr = SDR_OF_16_BITS if stored.deep else SDR_OF_8_BITS
    return (*_for_zimg(stored), f"zscale={linear}{ALONE}", *TONE_MAPPED, *sdr)


def _range(stored: Stored) -> str:
    return "rangein=full" if stored.span == "pc" else "rangein=limited"
