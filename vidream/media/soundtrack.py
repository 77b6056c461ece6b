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
from vidream.frames import Sound
from vidream.media.containers import Container, SoundCodec
from vidream.media.ffmpeg import ask
from vidream.media.files import stamp_of
from vidream.media.paths import check_source
from vidream.media.streams import choice, chosen, pictures, sounds

COPY = ("-c:a", "copy", "-copypriorss:a", "0")  # nothing of what lies before the start
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
    said: str = ""
    """What its listener should know: what of the track is not kept; "" if nothing."""

    @property
    def copied(self) -> bool:
        return self.encoder == COPY


@dataclass(frozen=True)
class Track:
    """A track that can be decoded."""

    sound: Sound
    layout: str
    """Of its channels, by ffmpeg's name: stereo, 5.1(side), 12 channels."""
    channels: int


def named_sound(path: Path) -> Sound:
    """The sound of a file that somebody has named for it: its default track, or the first, if it can be decoded.

    Raises:
        MediaError: there is no such file, or none.
    """
    check_source(path, "sound")
    listed = sounds(_said(str(path), stamp_of(path), Fraction(0), 0, DECODED))
    wanted = chosen(listed)
    track = next(tracks(Sound(path, "", track=wanted)), None)
    if track is None:
        codecs = [each.codec for each in listed]
        if not codecs:
            raise MediaError(f"{path}: has no sound that can be read; name another file")
        raise MediaError(
            f"{path}: its sound ({', '.join(codecs)}) cannot be decoded; convert it first, or name another"
        )
    if track.sound.track != wanted:
        taken = track.sound.track + 1
        warn(f"its sound track {wanted + 1} cannot be decoded; track {taken} is taken", path)
    elif choice(listed, "sound"):
        note(choice(listed, "sound"), path)
    return track.sound


def tracks(sound: Sound, start: Fraction = Fraction(0)) -> Iterator[Track]:
    """The tracks of a file that can be decoded from `start` seconds on: `sound` first, then the others.

    Raises:
        MediaError: there is no such file.
    """
    check_source(sound.path, "sound")
    asked = str(sound.path), stamp_of(sound.path), Fraction(0) if sound.jumps else start
    first = _track(*asked, sound.track)
    if first is not None:
        yield first
    for number in range(len(sounds(_said(*asked, sound.track, DECODED)))):
        other = _track(*asked, number) if number != sound.track else None
        if other is not None:
            yield other


def ways(sound: Sound, container: Container, start: Fraction = Fraction(0), faded: bool = False) -> Iterator[Way]:
    """The ways to get a sound into a film, the best first; whether the container takes it is for a trial to tell.

    Args:
        sound: the track that is wanted.
        container: of the film.
        start: seconds of the sound that are left out.
        faded: whether its end is, so that it cannot be copied.
    """
    for track in tracks(sound, start):
        wanted, taken = sound.track + 1, track.sound.track + 1
        other = f"its sound track {wanted} ({sound.codec}) cannot be used; track {taken} is" if taken != wanted else ""
        kept = container.sounds is None or track.sound.codec in container.sounds
        kept = kept and not faded and not track.sound.codec.startswith(FLOATS)
        if kept:
            yield Way(track.sound, COPY, said=other)
        floats = track.sound.codec.startswith(FLOATS)
        if floats and not faded and container.sounds is None:
            exact = "pcm_f64le" if track.sound.codec.startswith("pcm_f64") else "pcm_f32le"
            yield Way(track.sound, ("-c:a", exact), (AS_THEY_ARE,), other)
        codec = container.sound_codec
        filters, mixed = _mix(track, codec)
        anew = f"its {track.sound.codec} sound {NOT_COPIED}; it is encoded anew" if kept else ""
        cleaned = (CLIPPED,) if floats else ()
        yield Way(track.sound, codec.encoder, (*cleaned, *filters), "; ".join(filter(None, (other, mixed or anew))))


def silence(sound: Sound, start: Fraction, why: str = "") -> str:
    """What is to be said of a sound of which nothing can be taken. why: what a trial of it ended with."""
    if not why and start and next(tracks(sound), None):
        return f"its sound ends before {float(start):.2f} s"
    return f"its sound ({sound.codec}) cannot be used: {why or 'it cannot be decoded'}"


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
        said = _said(path, stamp, start, number, most)
        found = _HEARD.search(said)
        if found and "exceeds maximum" not in said:
            sound = Sound(Path(path), sounds(said)[number].codec, found["layout"], bool(pictures(said)), number)
            return Track(sound, found["layout"], int(found["channels"]))
        if "no decoder found" in said or "matches no streams" in said:
            break
    return None


_HEARD = re.compile(
    r"^\[Parsed_ashowinfo\S* @ \S+\] n:.* channels:(?P<channels>\d+) chlayout:(?P<layout>.+) rate:\d+", re.MULTILINE
)


@lru_cache(maxsize=100)
def _said(path: str, stamp: tuple[int, int], start: Fraction, number: int, most: int) -> str:  # noqa: ARG001 (a key of the cache)
    """What ffmpeg says while it decodes at most so many frames of a track's sound; 0: all."""
    seek = ["-ss", f"{float(start):.6f}"] if start else []
    some = ["-af", "ashowinfo", "-frames:a", str(most)] if most else ["-af", r"aselect=eq(n\,0),ashowinfo"]
    return ask(Path(path), seek, ["-map", f"0:a:{number}", *some, "-f", "null", "-"]).said
