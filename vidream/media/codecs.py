"""The codecs of films, a row each: word, encoder, depths, limits of size, grades.

To add one, add a row here, its place in CODECS, and its place in a Container of vidream.media.containers. Nothing else
in vidream.media asks for a codec's name.

A row encodes the same frames on any machine: what its encoder would choose by the count of cores or by the processor,
and frames depend on, is said in the row. Of libx264 that is the count of threads, and which way it adds up what blocks
are worth; of libx265 the count of frames at a time, and whether it has over 11 workers; of libvpx whether it has one
thread or several. The others are the same on any.
"""

from dataclasses import replace

from vidream.frames import Size
from vidream.media.codec import Codec
from vidream.media.grades import LOSSLESS, QUALITIES, Grade, crf_grades, equal_grades
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
)

KEYS = "250"
"""Frames from one key frame to the next at most, where an encoder's own habit is fewer; x264 and x265 have the same."""

H264 = Codec(
    word="h264",
    name="H.264",
    key="H.264",
    encoder=("-c:v", "libx264", "-preset", "medium", "-threads", "6", "-x264-params", "cpu-independent=1"),
    grades=crf_grades((28, 18, 8), (YUV420, YUV422, YUV444, YUV420_10), 0.05),
    segment=".mp4",
    longest=16384,
    reorder=2,  # B-frames in a pyramid
    plain=True,
)
HEVC = Codec(
    word="hevc",
    name="HEVC",
    key="HEVC",
    encoder=("-c:v", "libx265", "-preset", "medium", "-x265-params", "log-level=error:frame-threads=3:pools=8"),
    grades=crf_grades(
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
    grades=crf_grades((28, 18, 6), (YUV420_10, YUV422_10, YUV444_10), 0.05),
)
AV1 = Codec(
    word="av1",
    name="AV1",
    key="AV1",
    encoder=("-c:v", "libsvtav1", "-preset", "8", "-g", KEYS),
    grades=crf_grades((38, 24, 8), (YUV420, YUV420_10), 0.04, finer=12),
    segment=".mp4",
    longest=16384,
    least=Size(16, 16),
)
VP9 = Codec(
    word="vp9",
    name="VP9",
    key="VP9",
    encoder=("-c:v", "libvpx-vp9", "-b:v", "0", "-row-mt", "1", "-threads", "8", "-cpu-used", "4", "-g", KEYS),
    grades=crf_grades((34, 18, 4), (YUV420, YUV422, YUV444, YUV420_10, YUVA420), 0.06, finer=11),
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
    with_alpha="prores4444",
)
PRORES_4444 = replace(
    PRORES,
    word="prores4444",
    with_alpha="",
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
    grades=equal_grades((TEXTURE,), 0.5),
    segment=".mov",
    longest=16384,
    multiple=Size(4, 4),
    intra=True,
    with_alpha="hapalpha",
)
HAP_Q = replace(
    HAP,
    word="hapq",
    name="HAP Q",
    key="HAP Q",
    encoder=("-c:v", "hap", "-format", "hap_q"),
    grades=equal_grades((TEXTURE,), 1.0),
)
HAP_ALPHA = replace(
    HAP,
    word="hapalpha",
    with_alpha="",
    name="HAP Alpha",
    key="HAP Alpha",
    encoder=("-c:v", "hap", "-format", "hap_alpha"),
    grades=equal_grades((TEXTURE_ALPHA,), 1.0),
)
DXV = replace(
    HAP,
    word="dxv",
    name="DXV",
    key="DXV",
    encoder=("-c:v", "dxv"),
    least=Size(16, 16),  # smaller ones it writes, and cannot read
    grades=equal_grades((TEXTURE,), 0.5),
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
    multiple=Size(16, 2),  # with an odd number of eights across a plane of colour, some heights cannot be read again
    intra=True,
)
FFV1 = Codec(
    word="ffv1",
    name="FFV1",
    key="FFV1",
    encoder=("-c:v", "ffv1", "-level", "3", "-g", "1", "-slicecrc", "1"),
    grades=(
        *equal_grades((RGB_8,), 1.3),
        *equal_grades((RGB_16,), 2.8),
        *equal_grades((RGBA_8,), 1.8),
        *equal_grades((RGBA_16,), 3.8),
    ),
    segment=".mkv",
    longest=65535,
    intra=True,
)
V210 = Codec(
    word="v210",
    name="v210",
    key="v210",
    encoder=("-c:v", "v210"),
    grades=equal_grades((YUV422_10,), 8 / 3),
    segment=".mov",
    longest=16384,
    intra=True,
)
GIF = Codec(
    word="gif",
    name="GIF",
    key="gif",
    encoder=("-c:v", "libx264rgb", "-preset", "ultrafast", "-qp", "0"),  # until there is a palette for the whole film
    grades=equal_grades((PALETTED,), LOSSLESS),
    segment=".mp4",
    longest=65535,
)
CODECS = (
    *(H264, HEVC, HEVC_10, AV1, VP9, PRORES, PRORES_4444, DNXHR, DNXHR_444, HAP, HAP_Q, HAP_ALPHA, DXV, CINEFORM),
    *(FFV1, V210, GIF),
)

NARROW = 32
"""Px of a side below which FFV1 may not be able to cut a frame into slices."""


def kept_whole(size: Size) -> tuple[str, ...]:
    """Ffmpeg's arguments that encode frames of a size without any loss, for a while: by FFV1, each alone.

    It cuts them into as many slices as it needs, which it encodes at once: into 4, or more from 12 million px on.
    """
    if min(size) < NARROW:
        return ("-c:v", "ffv1", "-g", "1", "-level", "1")
    return ("-c:v", "ffv1", "-g", "1", "-level", "3", "-slicecrc", "1")
