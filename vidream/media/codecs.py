"""How a film's picture is encoded, a row each: what --codec calls it, its encoder, its depths, its limits, its grades.

Whoever adds a codec adds a row here, its place in CODECS, and in a Container of vidream.media.containers. Nothing else
in vidream.media asks for a codec's name.
"""

from dataclasses import dataclass, replace
from math import lcm

from vidream.frames import Size
from vidream.media.grades import LOSSLESS, QUALITIES, Grade, alike, by_crf
from vidream.media.pixels import (
    PALETTED,
    RGB_8,
    RGB_12,
    RGB_16,
    RGBA_8,
    RGBA_12,
    RGBA_16,
    TEXTURE,
    TEXTURE_ALPHA,
    YUV420,
    YUV420_10,
    YUV420_12,
    YUV422,
    YUV422_10,
    YUV444,
    YUV444_10,
    YUV444_12,
    YUVA420,
    YUVA444_10,
    PixelFormat,
)

ANY = Size(1, 1)
"""No bound of a frame, px."""


@dataclass(frozen=True)
class Codec:
    """How a film's picture is encoded."""

    word: str
    """What --codec calls it."""
    name: str
    """As people call it."""
    key: str
    """What the records of a session call segments of this codec; those of another are of no use to it."""
    encoder: tuple[str, ...]
    """ffmpeg's arguments, "-c:v" and the encoder's name the first two."""
    grades: tuple[Grade, ...]
    """Each quality has one or several, of which the first takes what has 8 bits."""
    segment: str
    """The ending of its segments: a kind of file that keeps time exactly, and that ffmpeg joins without encoding."""
    longest: int
    """The longest side that it takes, px."""
    least: Size = ANY
    """The smallest frame that it takes, px."""
    multiple: Size = ANY
    """What its sides are multiples of, px, whatever the pixel format."""
    reorder: int = 0
    """How many frames later than its turn to be decoded a frame may be shown; 0 without B-frames."""
    odd: bool = False
    """Whether sides may be odd where samples of colour are shared by px."""
    plain: bool = False
    """Whether it is given the usual pixel format whatever the source has, since players expect no other."""
    sdr: bool = False
    """Whether it says BT.709 of its picture, whatever that is."""
    intra: bool = False
    """Whether it encodes each frame by itself. Its films are for editing: their sound is PCM where that is held."""
    tag: str = ""
    """The tag by which QuickTime plays it, where ffmpeg would write another; "" where it would not."""
    alpha_segment: str = ""
    """`segment` of frames with alpha, where that is another."""

    @property
    def pixel_formats(self) -> tuple[PixelFormat, ...]:
        """Those that it takes in any grade, each once."""
        return tuple(dict.fromkeys(row for grade in self.grades for row in grade.pixel_formats))

    @property
    def has_crf(self) -> bool:
        """Whether --crf says something to it."""
        return any(grade.crf is not None for grade in self.grades)

    @property
    def needs(self) -> str:
        """The encoder, by ffmpeg's name."""
        return self.encoder[1]

    @property
    def segments(self) -> set[str]:
        """The endings that its segments may have."""
        return {self.segment_of(row) for row in self.pixel_formats}

    def segment_of(self, pixel_format: PixelFormat) -> str:
        """The ending of segments in a pixel format."""
        return self.alpha_segment if self.alpha_segment and pixel_format.alpha else self.segment

    def stored_size(self, size: Size, pixel_format: PixelFormat) -> Size:
        """The size at which frames of `size` are stored: sides that it does not take grow until it does."""
        shared = ANY if self.odd else pixel_format.chroma
        across, down = (lcm(*pair) for pair in zip(self.multiple, shared, strict=True))
        return Size(size.width + -size.width % across, size.height + -size.height % down)


H264 = Codec(
    word="h264",
    name="H.264",
    key="H.264",
    encoder=("-c:v", "libx264", "-preset", "medium"),
    grades=by_crf((28, 18, 8), (YUV420, YUV422, YUV444, YUV420_10), 0.05),
    segment=".mp4",
    longest=16384,
    reorder=2,  # B-frames in a pyramid
    plain=True,
)
HEVC = Codec(
    word="hevc",
    name="HEVC",
    key="HEVC",
    encoder=("-c:v", "libx265", "-preset", "medium", "-x265-params", "log-level=error"),
    grades=by_crf(
        (28, 18, 6),
        (YUV420, YUV420_10, YUV420_12, YUV422_10, YUV444, YUV444_10, YUV444_12),
        0.05,
    ),
    segment=".mp4",
    longest=16384,
    least=Size(16, 16),
    reorder=2,
    tag="hvc1",
)
HEVC_10 = replace(
    HEVC,
    word="hevc10",
    name="HEVC of 10 bits",
    grades=by_crf((28, 18, 6), (YUV420_10, YUV422_10, YUV444_10), 0.05),
)
AV1 = Codec(
    word="av1",
    name="AV1",
    key="AV1",
    encoder=("-c:v", "libsvtav1", "-preset", "8"),
    grades=by_crf((38, 24, 8), (YUV420, YUV420_10), 0.04, finer=12),
    segment=".mp4",
    longest=16384,
    least=Size(16, 16),
)
VP9 = Codec(
    word="vp9",
    name="VP9",
    key="VP9",
    encoder=("-c:v", "libvpx-vp9", "-b:v", "0", "-row-mt", "1", "-cpu-used", "4"),
    grades=by_crf((34, 18, 4), (YUV420, YUV422, YUV444, YUV420_10, YUVA420), 0.06, finer=11),
    segment=".mp4",  # Matroska, and so WebM, rounds times to milliseconds
    alpha_segment=".mkv",  # an .mp4 has no room for it
    longest=65535,
    odd=True,
)
PRORES = Codec(
    word="prores",
    name="ProRes 422",
    key="ProRes",
    encoder=("-c:v", "prores_ks", "-vendor", "apl0"),
    grades=(
        Grade("small", (YUV422_10,), 0.4, ("-profile:v", "lt")),
        Grade("good", (YUV422_10,), 0.55, ("-profile:v", "standard")),
        Grade("master", (YUV422_10,), 0.8, ("-profile:v", "hq")),
    ),
    segment=".mov",
    longest=16384,
    intra=True,
)
PRORES_4444 = replace(
    PRORES,
    word="prores4444",
    name="ProRes 4444",
    key="ProRes 4444",
    grades=(
        Grade("small", (YUV444_10, YUVA444_10), 0.5, ("-profile:v", "4444", "-bits_per_mb", "1000")),
        Grade("good", (YUV444_10, YUVA444_10), 1.2, ("-profile:v", "4444")),
        Grade("master", (YUV444_10, YUVA444_10), 1.7, ("-profile:v", "4444xq")),
    ),
)
DNXHR = Codec(
    word="dnxhr",
    name="DNxHR",
    key="DNxHR",
    encoder=("-c:v", "dnxhd"),
    grades=(
        Grade("small", (YUV422,), 0.3, ("-profile:v", "dnxhr_sq")),
        Grade("good", (YUV422,), 0.5, ("-profile:v", "dnxhr_hq")),
        Grade("good", (YUV422_10,), 0.5, ("-profile:v", "dnxhr_hqx")),
        Grade("master", (YUV422_10,), 0.5, ("-profile:v", "dnxhr_hqx")),
    ),
    segment=".mov",
    longest=16384,
    least=Size(256, 120),
    sdr=True,
    intra=True,
)
DNXHR_444 = replace(
    DNXHR,
    word="dnxhr444",
    name="DNxHR 444",
    key="DNxHR 444",
    grades=tuple(Grade(word, (YUV444_10,), 0.9, ("-profile:v", "dnxhr_444")) for word in QUALITIES),
)
HAP = Codec(
    word="hap",
    name="HAP",
    key="HAP",
    encoder=("-c:v", "hap", "-format", "hap"),
    grades=alike((TEXTURE,), 0.5),
    segment=".mov",
    longest=16384,
    multiple=Size(4, 4),
    intra=True,
)
HAP_Q = replace(
    HAP,
    word="hapq",
    name="HAP Q",
    key="HAP Q",
    encoder=("-c:v", "hap", "-format", "hap_q"),
    grades=alike((TEXTURE,), 1.0),
)
HAP_ALPHA = replace(
    HAP,
    word="hapalpha",
    name="HAP Alpha",
    key="HAP Alpha",
    encoder=("-c:v", "hap", "-format", "hap_alpha"),
    grades=alike((TEXTURE_ALPHA,), 1.0),
)
DXV = replace(
    HAP,
    word="dxv",
    name="DXV",
    key="DXV",
    encoder=("-c:v", "dxv"),
    least=Size(16, 16),  # smaller ones it writes, and cannot read
    grades=alike((TEXTURE,), 0.5),
)
CINEFORM = Codec(
    word="cineform",
    name="CineForm",
    key="CineForm",
    encoder=("-c:v", "cfhd"),
    grades=(
        Grade("small", (YUV422_10, RGB_12, RGBA_12), 0.6, ("-quality", "high")),
        Grade("good", (YUV422_10, RGB_12, RGBA_12), 0.7, ("-quality", "film1")),
        Grade("master", (RGB_12, YUV422_10, RGBA_12), 1.7, ("-quality", "film3+")),  # 4:2:2 comes back a shade darker
    ),
    segment=".mov",
    longest=16384,
    least=Size(64, 32),
    multiple=Size(32, 2),  # with an odd number of sixteens across, 4:2:2 of some heights cannot be read again
    intra=True,
)
FFV1 = Codec(
    word="ffv1",
    name="FFV1",
    key="FFV1",
    encoder=("-c:v", "ffv1", "-level", "3", "-g", "1", "-slicecrc", "1"),
    grades=(*alike((RGB_8,), 1.3), *alike((RGB_16,), 2.8), *alike((RGBA_8,), 1.8), *alike((RGBA_16,), 3.8)),
    segment=".mkv",
    longest=65535,
    intra=True,
)
V210 = Codec(
    word="v210",
    name="v210",
    key="v210",
    encoder=("-c:v", "v210"),
    grades=alike((YUV422_10,), 8 / 3),
    segment=".mov",
    longest=16384,
    intra=True,
)
GIF = Codec(
    word="gif",
    name="GIF",
    key="gif",
    encoder=("-c:v", "libx264rgb", "-preset", "ultrafast", "-qp", "0"),  # until there is a palette for the whole film
    grades=alike((PALETTED,), LOSSLESS),
    segment=".mp4",
    longest=65535,
)
CODECS = (
    *(H264, HEVC, HEVC_10, AV1, VP9, PRORES, PRORES_4444, DNXHR, DNXHR_444, HAP, HAP_Q, HAP_ALPHA, DXV, CINEFORM),
    *(FFV1, V210, GIF),
)
