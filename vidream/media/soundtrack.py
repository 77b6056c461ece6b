"""How a film gets its sound: which track, and whether it is copied as it is or encoded anew.

What a header promises is not believed: some moments of a track are decoded. Many files have a track that nobody can
decode: Apple's spatial sound, protected music, what a broken download has left.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from pathlib import Path

from vidream.errors import MediaError
from vidream.events import note, warn
from vidream.media.containers import SoundCodec, SoundRule
from vidream.media.ffmpeg import ask
from vidream.media.files import stamp_of
from vidream.media.paths import check_source
from vidream.media.streams import choice, default_track, pictures, sounds
from vidream.media.video import Sound

COPY = ("-c:a", "copy", "-copypriorss:a", "0")  # nothing of what lies before the start
LOSSLESS = ("pcm_", "flac", "alac")
"""Beginnings of the names of codecs that lose nothing, so that sound in them can be cut at any sample."""
FLOATS = "pcm_f"  # codecs whose samples may be no numbers, which encoders refuse and players do not know
NUMBERS = r"aeval=if(isnan(val(ch))+isinf(val(ch))\,0\,%s):c=same"
AS_THEY_ARE, CLIPPED = NUMBERS % "val(ch)", NUMBERS % r"clip(val(ch)\,-1\,1)"
NOT_COPIED = "cannot be copied (it is damaged, or of a kind that this kind of file cannot hold)"
DECODED = 10  # frames of sound, of 20 ms or so: what is decoded to see whether a track can be
LEFT = ("FL", "BL", "SL", "FLC", "WL", "TFL", "TBL", "TSL", "BFL", "SDL", "SSL", "TTL")
CENTRE = ("FC", "BC", "LFE", "TC", "TFC", "TBC", "BFC")  # LFE2, of 22.2, has a name that `pan` cannot read
RIGHT = ("FR", "BR", "SR", "FRC", "WR", "TFR", "TBR", "TSR", "BFR", "SDR", "SSR", "TTR")
LOUDEST = 0.55  # of full scale: what is mixed is held under it, so far that what an encoder adds does not clip


@dataclass(frozen=True)
class Way:
    """One way to get a film's sound."""

    sound: Sound
    """The track."""
    encoder: tuple[str, ...]
    """ffmpeg's arguments."""
    filters: tuple[str, ...] = ()
    """ffmpeg's, which the track goes through first; none where it is copied."""
    message: str = ""
    """What a listener should know: what of the track is not kept; "" if nothing."""

    @property
    def copied(self) -> bool:
        """Whether the track is not encoded anew."""
        return self.encoder == COPY

    @property
    def exact(self) -> bool:
        """Whether it can end at any sample."""
        return self.encoder[1].startswith(LOSSLESS)


@dataclass(frozen=True)
class Track:
    """A track that can be decoded."""

    sound: Sound
    """The track."""
    layout: str
    """ffmpeg's name of the channels' layout: stereo, 5.1(side), 12 channels."""
    channels: int
    """How many channels it has."""


def named_sound(path: Path) -> Sound:
    """The sound of a file that somebody has named for it: its default track, or the first, if it can be decoded.

    Raises:
        MediaError: there is no such file, or none.
    """
    check_source(path, "sound")
    listed = sounds(_log(str(path), stamp_of(path), Fraction(0), 0, DECODED))
    default = default_track(listed)
    track = next(tracks(Sound(path, "", track=default)), None)
    if track is None and not listed:
        raise MediaError(f"{path}: has no sound that can be read; name another file")
    if track is None:
        codecs = ", ".join(row.codec for row in listed)
        raise MediaError(f"{path}: its sound ({codecs}) cannot be decoded; convert it first, or name another")
    if track.sound.track != default:
        warn(f"its sound track {default + 1} cannot be decoded; track {track.sound.track + 1} is taken", path)
    elif choice(listed, "sound"):
        note(choice(listed, "sound"), path)
    return track.sound


def tracks(sound: Sound, start: Fraction = Fraction(0)) -> Iterator[Track]:
    """The tracks of a file that can be decoded: the wanted one first, then the others.

    Args:
        sound: the track that is wanted.
        start: second of the sound from which on it must be possible.

    Raises:
        MediaError: there is no such file.
    """
    check_source(sound.path, "sound")
    if sound.jumps:
        start = Fraction(0)
    place = str(sound.path), stamp_of(sound.path), start
    count = len(sounds(_log(*place, sound.track, DECODED)))
    for number in (sound.track, *(number for number in range(count) if number != sound.track)):
        track = _track(*place, number)
        if track is not None:
            yield track


def ways(sound: Sound, rule: SoundRule, start: Fraction = Fraction(0), cut: bool = False) -> Iterator[Way]:
    """The ways to get a sound into a film, the best first; whether its kind of file takes it is for a trial to tell.

    Args:
        sound: the track that is wanted.
        rule: what sound its kind of file may have.
        start: seconds of the sound that are left out.
        cut: whether it ends at a certain sample, or is faded out there, so that it cannot be copied.
    """
    for track in tracks(sound, start):
        codec = track.sound.codec
        message = ""
        if track.sound.track != sound.track:
            number = track.sound.track + 1
            message = f"its sound track {sound.track + 1} ({sound.codec}) cannot be used; track {number} is"
        floats = codec.startswith(FLOATS)
        copied = not floats and not cut and (rule.copied is None or codec in rule.copied)
        if copied and codec.startswith(LOSSLESS):  # packets of it would end after the picture
            yield Way(track.sound, ("-c:a", codec, "-strict:a", "experimental"), message=message)  # FLAC of 32 bits
        if copied:
            yield Way(track.sound, COPY, message=message)
        if floats and not cut and rule.copied is None:
            exact = "pcm_f64le" if codec.startswith("pcm_f64") else "pcm_f32le"
            yield Way(track.sound, ("-c:a", exact), (AS_THEY_ARE,), message)
        filters, change = _mix(track, rule.codec)
        if floats:
            filters = (CLIPPED, *filters)
        if copied and not change:
            change = f"its {codec} sound {NOT_COPIED}; it is encoded anew"
        yield Way(track.sound, rule.codec.encoder, filters, "; ".join(filter(None, (message, change))))


def silence_message(sound: Sound, start: Fraction, reason: str = "") -> str:
    """What is to be told of a sound of which nothing can be taken.

    Args:
        sound: the track that is wanted.
        start: seconds of it that are left out.
        reason: what a trial of it ended with; "" if there was none.
    """
    if not reason and start and next(tracks(sound), None):
        return f"its sound ends before {float(start):.2f} s"
    return f"its sound ({sound.codec}) cannot be used: {reason or 'it cannot be decoded'}"


def _mix(track: Track, codec: SoundCodec) -> tuple[tuple[str, ...], str]:
    """The filters that make of a track's channels what a codec takes, and what is to be said of it.

    Channels at other places, side or back, stay what they are. Whatever else is mixed down to two: the left ones
    left, the right ones right, the others in both; each side as loud as its channels together, and never too loud.
    """
    places = track.layout.split("(")[0]
    if track.layout in codec.layouts:
        return (f"aformat=channel_layouts={track.layout}",), ""
    if places in codec.layouts:
        return ("aresample=rematrix_maxval=1", f"aformat=channel_layouts={places}"), ""
    mixed = f"its {track.channels} channels are mixed down to two: {codec.name} does not take them as they are"
    return (*_stereo(track), f"alimiter=limit={LOUDEST}:level=0:latency=1"), mixed


def _stereo(track: Track) -> tuple[str, ...]:
    if re.fullmatch(r"\d+ channels|ambisonic .*", track.layout):  # nobody knows which is where
        numbered = [f"c{number}" for number in range(track.channels)]
        sides, both = (numbered[::2], numbered[1::2]), list[str]()
    else:
        sides, both = ([*LEFT], [*RIGHT]), [*CENTRE]
    gain = (2 / track.channels) ** 0.5
    shared = [f"{gain / 2**0.5:.4f}*{name}" for name in both]
    left, right = ("+".join([*(f"{gain:.4f}*{name}" for name in side), *shared]) for side in sides)
    return (f"pan=stereo|FL={left}|FR={right}",)


@lru_cache(maxsize=1000)
def _track(path: str, stamp: tuple[int, int], start: Fraction, number: int) -> Track | None:
    """Track `number` of a file whose time and size are `stamp`; None if it cannot be decoded.

    A track may be damaged where it begins: if most of what is decoded there is wrong, all of it is looked at.
    """
    for most in (DECODED, 0):
        log = _log(path, stamp, start, number, most)
        match = _HEARD.search(log)
        if match and "exceeds maximum" not in log:
            sound = Sound(Path(path), sounds(log)[number].codec, match["layout"], bool(pictures(log)), number)
            return Track(sound, match["layout"], int(match["channels"]))
        if "no decoder found" in log or "matches no streams" in log:
            break
    return None


_HEARD = re.compile(
    r"^\[Parsed_ashowinfo\S* @ \S+\] n:.* channels:(?P<channels>\d+) chlayout:(?P<layout>.+) rate:\d+", re.MULTILINE
)


@lru_cache(maxsize=100)
def _log(path: str, stamp: tuple[int, int], start: Fraction, number: int, most: int) -> str:  # noqa: ARG001 (a cache's key)
    """What ffmpeg logs while it decodes at most so many frames of a track's sound; 0: all."""
    seek, frames = list[str](), ["-af", r"aselect=eq(n\,0),ashowinfo"]
    if start:
        seek = ["-ss", f"{float(start):.6f}"]
    if most:
        frames = ["-af", "ashowinfo", "-frames:a", str(most)]
    return ask(Path(path), seek, ["-map", f"0:a:{number}", *frames, "-f", "null", "-"]).log
