"""What is written, a row each: pixel formats, codecs, kinds of sound, of film and of picture.

Whoever adds a codec adds a row to CODECS, and its pixel formats; a kind of file, a row to CONTAINERS or
PICTURE_FORMATS. All of vidream.media reads these rows; nothing there asks for a name or an ending.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from vidream.errors import MediaError
from vidream.frames import Size
from vidream.media.raw import RGB24, RGB48, RawFormat

BEST_CRF = 18
"""The CRF at which Codec.px_bytes is told."""
FINER = 6
"""Steps of CRF for twice the bytes."""
LOSSLESS = 1.3
"""Bytes for each px of a dreamed frame without any loss, about."""

# Raw frames are full range; without these, ffmpeg converts by BT.601 and says nothing, and HD players shift the hue
TAGS = ("-color_range", "tv", "-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709")
TAGGED = "setparams=color_primaries=bt709:color_trc=bt709"
SHARED = "flags=accurate_rnd+full_chroma_inp+lanczos"
"""swscale's options where px begin to share samples of colour."""


@dataclass(frozen=True)
class PixelFormat:
    """How an encoder's px are stored."""

    name: str
    """ffmpeg's name of it, which --pix-fmt takes."""
    bits: int
    """Of a sample; frames are fed with 16 bits where these are more than 8."""
    chroma: Size
    """Px of the picture that share one sample of colour, across and down; 2x2 is 4:2:0."""
    rgb: bool = False
    """Whether it stores RGB, full range; else limited-range YCbCr of BT.709."""

    @property
    def raw(self) -> RawFormat:
        """How frames are fed to ffmpeg."""
        return RGB24 if self.bits == 8 else RGB48

    @property
    def arguments(self) -> tuple[str, ...]:
        """ffmpeg's, of an output: the format, and how raw frames become it."""
        if self.rgb:
            return ("-pix_fmt", self.name)
        filters = f"scale=in_range=full:out_range=limited:out_color_matrix=bt709:{SHARED},{TAGGED}"
        if self.raw is RGB48:  # by zimg, since swscale takes 65280 for white; colour is shared as with 8 bits
            matrix = "zscale=matrixin=gbr:rangein=full:matrix=bt709:range=limited"
            filters = f"format=gbrp16le,{matrix},format=yuv444p{self.bits}le,scale={SHARED},{TAGGED}"
        return ("-pix_fmt", self.name, "-vf", filters, *TAGS)


YUV420 = PixelFormat("yuv420p", 8, Size(2, 2))
YUV422 = PixelFormat("yuv422p", 8, Size(2, 1))
YUV444 = PixelFormat("yuv444p", 8, Size(1, 1))
YUV420_10 = PixelFormat("yuv420p10le", 10, Size(2, 2))
RGB = PixelFormat("rgb24", 8, Size(1, 1), rgb=True)


@dataclass(frozen=True)
class Codec:
    """How a film's picture is encoded."""

    name: str
    """As people call it."""
    key: str
    """What the records of a session call segments of this codec; those of another are of no use to it."""
    encoder: tuple[str, ...]
    """ffmpeg's arguments."""
    rate: tuple[str, ...]
    """ffmpeg's arguments for the quality, in which {crf} stands for --crf."""
    pixel_formats: tuple[PixelFormat, ...]
    """Those that it takes. Where there is one alone, --pix-fmt leaves no choice, and is not asked."""
    segment: str
    """The ending of its segments: a kind of file that keeps time exactly, and that ffmpeg joins without encoding."""
    longest: int
    """The longest side that it takes, px."""
    px_bytes: float
    """Bytes for each px of a dreamed frame, about; at BEST_CRF where it has a CRF."""
    reorder: int = 0
    """How many frames later than its turn to be decoded a frame may be shown; 0 without B-frames."""
    odd: bool = False
    """Whether sides may be odd where samples of colour are shared by px."""

    def pixel_format(self, name: str) -> PixelFormat:
        """The row of a pixel format.

        Raises:
            MediaError: the codec does not take it.
        """
        if len(self.pixel_formats) == 1:
            return self.pixel_formats[0]
        rows = {row.name: row for row in self.pixel_formats}
        if name not in rows:
            raise MediaError(f"--pix-fmt {name}: {self.name} does not take it; give one of {', '.join(rows)}")
        return rows[name]

    def stored_size(self, size: Size, pixel_format: PixelFormat) -> Size:
        """The size at which frames of `size` are stored: where a side must be even and is not, it grows by a px."""
        if self.odd:
            return size
        across, down = pixel_format.chroma
        return Size(size.width + -size.width % across, size.height + -size.height % down)

    def quality(self, crf: int) -> list[str]:
        """`rate` for a certain --crf."""
        return [argument.format(crf=crf) for argument in self.rate]

    def px_bytes_at(self, crf: int) -> float:
        """Bytes for each px of a dreamed frame at a certain --crf, about."""
        if not any("{crf}" in argument for argument in self.rate):
            return self.px_bytes
        return min(LOSSLESS, self.px_bytes * 2 ** ((BEST_CRF - crf) / FINER))


CRF = ("-crf", "{crf}")
H264 = Codec(
    name="H.264",
    key="H.264",
    encoder=("-c:v", "libx264", "-preset", "medium"),
    rate=CRF,
    pixel_formats=(YUV420, YUV422, YUV444, YUV420_10),
    segment=".mp4",
    longest=16384,
    px_bytes=0.05,
    reorder=2,  # B-frames in a pyramid
)
VP9 = Codec(
    name="VP9",
    key="VP9",
    encoder=("-c:v", "libvpx-vp9", "-b:v", "0", "-row-mt", "1", "-cpu-used", "4"),
    rate=CRF,
    pixel_formats=(YUV420, YUV422, YUV444, YUV420_10),
    segment=".mp4",  # Matroska, and so WebM, rounds times to milliseconds
    longest=65535,
    px_bytes=0.05,
    odd=True,
)
GIF = Codec(
    name="GIF",
    key="gif",
    encoder=("-c:v", "libx264rgb", "-preset", "ultrafast"),  # without loss, until there is a palette for the whole film
    rate=("-qp", "0"),
    pixel_formats=(RGB,),
    segment=".mp4",
    longest=65535,
    px_bytes=LOSSLESS,
)
CODECS = (H264, VP9, GIF)


@dataclass(frozen=True)
class SoundCodec:
    """How sound is encoded that cannot be copied."""

    name: str
    """As people call it."""
    encoder: tuple[str, ...]
    """ffmpeg's arguments."""
    layouts: tuple[str, ...]
    """The channel layouts that it takes, by ffmpeg's names."""


@dataclass(frozen=True)
class SoundRule:
    """What sound a kind of film may have."""

    copied: frozenset[str] | None
    """Codecs that players expect in it, which are copied as they are; None: any that it can hold."""
    codec: SoundCodec
    """For all others."""


AAC = SoundCodec(
    "AAC",
    ("-c:a", "aac", "-b:a", "192k"),
    (
        *("mono", "stereo", "2.1", "3.0", "3.0(back)", "3.1", "4.0", "quad", "quad(side)", "4.1", "5.0", "5.0(side)"),
        *("5.1", "5.1(side)", "6.0", "6.0(front)", "hexagonal", "6.1", "6.1(back)", "6.1(front)", "7.0", "7.0(front)"),
        *("7.1", "7.1(wide)", "7.1(wide-side)", "octagonal", "downmix"),
    ),
)
OPUS = SoundCodec(
    "Opus", ("-c:a", "libopus", "-b:a", "160k"), ("mono", "stereo", "3.0", "quad", "5.0", "5.1", "6.1", "7.1")
)
QUICKTIME_SOUND = SoundRule(frozenset({"aac", "mp3", "ac3", "eac3"}), AAC)
EXACT = ("-fflags", "+bitexact")  # no number of its own in each file
FASTSTART = ("-movflags", "+faststart")


@dataclass(frozen=True)
class Container:
    """A kind of film, as its ending tells it."""

    codecs: tuple[Codec, ...]
    """That its picture may be encoded with, the usual one first."""
    sound: SoundRule | None
    """None: it has no sound."""
    muxer: tuple[str, ...] = ()
    """ffmpeg's arguments for the file."""
    palette: bool = False
    """Whether its segments get their final form when they are joined, by one palette for the whole film."""
    fastest: int | None = None
    """Frames a second that players show at most; they take anything faster for slow. None: no bound."""
    px_bytes: float | None = None
    """Bytes for each px of a dreamed frame, about; None: as many as its segments have."""

    @property
    def codec(self) -> Codec:
        """The usual one."""
        return self.codecs[0]


CONTAINERS: Mapping[str, Container] = {
    ".mp4": Container((H264,), QUICKTIME_SOUND, FASTSTART),
    ".mov": Container((H264,), QUICKTIME_SOUND, FASTSTART),
    ".mkv": Container((H264,), SoundRule(None, AAC), EXACT),
    ".webm": Container((VP9,), SoundRule(frozenset({"opus", "vorbis"}), OPUS), EXACT),
    ".gif": Container((GIF,), None, palette=True, fastest=50, px_bytes=0.6),
}
"""By ending."""

ENDINGS = tuple(CONTAINERS)
"""Of films that are written."""


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


def container_of(out: Path) -> Container | None:
    """The kind of film that a path's ending stands for; None where that is no film's."""
    return CONTAINERS.get(out.suffix.lower())


def picture_format_of(path: Path) -> PictureFormat | None:
    """The kind of picture that a path's ending stands for; None where that is no picture's."""
    return next((kind for kind in PICTURE_FORMATS if path.suffix.lower() in kind.endings), None)


def holds_alpha(out: Path) -> bool:
    """Whether the film, or the pictures, at OUT keep the alpha of their frames."""
    container, kind = container_of(out), picture_format_of(out)
    if container is not None:
        return any(row.raw.alpha for row in container.codec.pixel_formats)
    return kind is not None and kind.alpha


def encoded_as(out: Path) -> str:
    """What a session's records call the frames of OUT: its codec's key, or a picture's ending without the dot."""
    container = container_of(out)
    return container.codec.key if container else out.suffix.lower().lstrip(".")
