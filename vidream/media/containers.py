"""Kinds of film, a row each, as the ending of OUT tells them: which codecs they hold, and which sound.

Whoever adds a kind of film adds a row to CONTAINERS. Nothing else in vidream.media asks for an ending of a film.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from vidream.media.codec import Codec
from vidream.media.codecs import (
    AV1,
    CINEFORM,
    DNXHR,
    DNXHR_444,
    DXV,
    FFV1,
    GIF,
    H264,
    HAP,
    HAP_ALPHA,
    HAP_Q,
    HEVC,
    HEVC_10,
    PRORES,
    PRORES_4444,
    V210,
    VP9,
)


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
class StreamRule:
    """What a kind of film may have beside picture and sound; with such a rule also chapters and a time code."""

    subtitles: frozenset[str]
    """Codecs of subtitles that are copied as they are."""
    subtitle_encoder: str
    """ffmpeg's name of what encodes all others that are text."""
    data: frozenset[str] = frozenset()
    """Data that it holds, by what QuickTime calls them: gpmd is what a GoPro measured."""
    attachments: bool = False
    """Whether it holds files, such as the fonts of its subtitles."""
    languages: Mapping[str, str] = field(default_factory=dict, hash=False)
    """Languages that it knows by another code of ISO 639-2, of the two that some have."""
    lost: frozenset[str] = frozenset()
    """Tags of the whole file that it does not hold, by ffmpeg's names."""


MACINTOSH = {
    **{"deu": "ger", "nld": "dut", "ell": "gre", "isl": "ice", "zho": "chi", "sqi": "alb", "hye": "arm", "kat": "geo"},
    **{"mkd": "mac", "bod": "tib", "mya": "bur", "msa": "may", "cym": "wel", "eus": "baq", "cze": "ces", "slo": "slk"},
    **{"rum": "ron", "fre": "fra", "swe": "sve", "nob": "nor"},
}
"""Languages by the codes that ffmpeg has for those of the Macintosh, which .mov tells languages by."""
QUICKTIME_STREAMS = StreamRule(frozenset({"mov_text"}), "mov_text", data=frozenset({"gpmd"}))
MATROSKA_STREAMS = StreamRule(
    subtitles=frozenset(
        {"subrip", "ass", "ssa", "webvtt", "hdmv_text_subtitle", "hdmv_pgs_subtitle", "dvd_subtitle", "dvb_subtitle"}
    ),
    subtitle_encoder="srt",
    attachments=True,
)
WEBM_STREAMS = StreamRule(frozenset({"webvtt"}), "webvtt")


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
    master_sound: SoundRule | None = None
    """Beside codecs for editing; None: as `sound`."""
    streams: StreamRule | None = None
    """What it may have beside picture and sound; None: nothing, neither chapters nor a time code."""
    quicktime: bool = False
    """Whether its codecs are told by QuickTime's tags, some of which are a choice."""

    @property
    def codec(self) -> Codec:
        """The usual one."""
        return self.codecs[0]


PCM = SoundCodec("PCM of 24 bits", ("-c:a", "pcm_s24le"), AAC.layouts)
EDITING_SOUND = SoundRule(frozenset({"pcm_s16le", "pcm_s24le", "pcm_s32le"}), PCM)
"""Editors read no AAC on every system, and want samples that can be cut anywhere."""

DELIVERY = (H264, HEVC, HEVC_10, AV1, VP9)
TEXTURES = (HAP, HAP_Q, HAP_ALPHA, DXV)
EDITING = (PRORES, PRORES_4444, DNXHR, DNXHR_444)

CONTAINERS: Mapping[str, Container] = {
    ".mp4": Container(DELIVERY, QUICKTIME_SOUND, FASTSTART, streams=QUICKTIME_STREAMS, quicktime=True),
    ".mov": Container(
        codecs=(H264, HEVC, HEVC_10, *EDITING, *TEXTURES, CINEFORM, V210),
        sound=QUICKTIME_SOUND,
        muxer=FASTSTART,
        master_sound=EDITING_SOUND,
        streams=replace(
            QUICKTIME_STREAMS, languages=MACINTOSH, lost=frozenset({"album_artist", "composer", "description"})
        ),
        quicktime=True,
    ),
    ".mkv": Container(
        codecs=(*DELIVERY, PRORES, PRORES_4444, FFV1),
        sound=SoundRule(None, AAC),
        muxer=EXACT,
        master_sound=SoundRule(None, PCM),
        streams=MATROSKA_STREAMS,
    ),
    ".webm": Container((VP9, AV1), SoundRule(frozenset({"opus", "vorbis"}), OPUS), EXACT, streams=WEBM_STREAMS),
    ".gif": Container((GIF,), None, palette=True, fastest=50, px_bytes=0.6),
}
"""By ending."""

ENDINGS = tuple(CONTAINERS)
"""Of films that are written."""


def container_of(out: Path) -> Container | None:
    """The kind of film that a path's ending stands for; None where that is no film's."""
    return CONTAINERS.get(out.suffix.lower())
