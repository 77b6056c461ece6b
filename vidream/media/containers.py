"""The kinds of film that are written, a row each: what encodes picture and sound, and how much they take."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Codec:
    """How a picture is encoded."""

    name: str
    """As people call it."""
    encoder: tuple[str, ...]
    """ffmpeg's arguments."""
    reorder: int
    """How many frames later than its turn to be decoded a frame may be shown; 0 without B-frames."""
    longest: int
    """The longest side that it takes, px."""
    odd: bool = False
    """Whether 4:2:0 may have odd sides."""


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
class Container:
    """How a film with a certain ending is made."""

    codec: Codec
    sounds: frozenset[str] | None
    """Sound codecs that players expect in it, which are copied as they are; None: any that it can hold."""
    sound_codec: SoundCodec
    """For all others."""
    muxer: tuple[str, ...] = ()
    """ffmpeg's arguments for the file."""


H264 = Codec("H.264", ("-c:v", "libx264", "-preset", "medium"), reorder=2, longest=16384)  # B-frames in a pyramid
VP9 = Codec(
    "VP9", ("-c:v", "libvpx-vp9", "-b:v", "0", "-row-mt", "1", "-cpu-used", "4"), reorder=0, longest=65535, odd=True
)
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
QUICKTIME_SOUNDS = frozenset({"aac", "mp3", "ac3", "eac3"})
EXACT = ("-fflags", "+bitexact")  # no number of its own in each file
FASTSTART = ("-movflags", "+faststart")

CONTAINERS: Mapping[str, Container] = {
    ".mp4": Container(H264, QUICKTIME_SOUNDS, AAC, FASTSTART),
    ".mov": Container(H264, QUICKTIME_SOUNDS, AAC, FASTSTART),
    ".mkv": Container(H264, None, AAC, EXACT),
    ".webm": Container(VP9, frozenset({"opus", "vorbis"}), OPUS, EXACT),
}
ENDINGS = (*CONTAINERS, ".gif")


def encoded_as(out: Path) -> str:
    """How a film's segments are encoded: its codec, or its ending. Those of one kind are of no use to another."""
    ending = out.suffix.lower()
    return CONTAINERS[ending].codec.name if ending in CONTAINERS else ending.lstrip(".")


GIF_FPS = 50  # players take anything faster for ten frames a second
GIF_LONGEST = 65535  # px
