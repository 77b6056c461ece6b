"""A film or a sound file -> the facts about it, asked of ffmpeg in one run.

What ffmpeg *writes* is read, not what it logs: `-f framecrc` of the undecoded streams lists every packet of the picture
with its time, its duration and what is beside it, codecs, clock and channels; and the first frame's own time comes as
all frames' do (vidream.media.stamps). Both streams are in use in that run and in all others, so that they have one
clock. Of the log three things are taken, each from lines that nothing in a file can imitate: the filter showinfo's
report of the first frame (size, shape of px, colours), since no muxer writes that; the length that the header promises;
and whether the file breaks off.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

from vidream.errors import MediaError
from vidream.frames import Size, Sound
from vidream.media.colour import Stored
from vidream.media.ffmpeg import Told, ask
from vidream.media.overlaps import laid_out, overlaps_of
from vidream.media.paths import check_pixels
from vidream.media.stamps import STAMPS
from vidream.media.streams import choice, chosen, pictures, sounds
from vidream.media.timing import Packet

PACKETS = ("-c", "copy", "-f", "framecrc", "-")
LOOKED_AT = ("-vf", "showinfo=checksum=0", "-frames:v", "1", "-fps_mode", "passthrough", STAMPS, "-f", "null")
LOWEST = "lavfi.signalstats.YMIN"
SEEN_THROUGH = ("-vf", f"alphaextract,format=gray,signalstats,metadata=print:key={LOWEST}:file=-")
LOOKED_THROUGH = 8  # frames, whose alpha tells whether a film has any that shows
DISCARDED = 4  # ffmpeg's flag of packets that are decoded but not shown, as an edit list says
UNKNOWN = -(2**63)
OPAQUE = 255
# kinds of file of which several make one; they have no header that could promise a length
JOINED = re.compile(r"^Input #0, (?:mpegts|mpeg), ", re.MULTILINE)
ALPHA_CODECS = ("vp8", "vp9")  # whose alpha is a film of its own beside the picture

_SHOWINFO = r"^\[Parsed_showinfo_0 @ \w+\] "
_FRAME = re.compile(
    _SHOWINFO + r"n: *0 .*? fmt:(?P<pixels>\w+) .*?sar:(?P<across>\d+)/(?P<down>\d+) s:(?P<width>\d+)x(?P<height>\d+) "
    r"i:(?P<fields>\w)",
    re.MULTILINE,
)
_COLOURS = re.compile(
    _SHOWINFO + r"color_range:(?P<span>\S+) color_space:(?P<matrix>\S+) color_primaries:(?P<primaries>\S+) "
    r"color_trc:(?P<transfer>\S+)",
    re.MULTILINE,
)
_NOMINAL = re.compile(_SHOWINFO + r"config in .*frame_rate: (\d+)/(\d+)", re.MULTILINE)
_PROMISED = re.compile(r"^  Duration: (\d+):(\d+):(\d+\.\d+), ", re.MULTILINE)
_CUT_SHORT = re.compile(
    r"^\[[^\]\n]* @ 0x[0-9a-f]+\] .*"
    r"(?:partial file|ended prematurely|Error during demuxing|Truncating packet|Packet corrupt)",
    re.MULTILINE,
)
_HOLED = re.compile(r"^\[[^\]\n]* @ 0x[0-9a-f]+\] Packet corrupt \(stream = 0,", re.MULTILINE)
_JUMPS = re.compile(r"^\[[^\]\n]* @ 0x[0-9a-f]+\] timestamp discontinuity", re.MULTILINE)
_LARGE = re.compile(r"^(?:\[[^\]\n]* @ 0x[0-9a-f]+\] )+Picture size (\d+)x(\d+) exceeds", re.MULTILINE)
_REFUSED = re.compile(r"^\[[^\]\n]* @ 0x[0-9a-f]+\] Format not on whitelist", re.MULTILINE)


@dataclass(frozen=True)
class Facts:
    """A film as it lies in its file. Its times are on the file's own clock, which picture and sound share."""

    stored: Stored
    aspect: Fraction
    """How many times as wide as high a stored px is shown; 1 where that is not told."""

    interlaced: bool
    begins: Fraction
    """Seconds, of the first frame that can be decoded."""

    tick: Fraction
    """Seconds, of which packets' times are told."""

    nominal: Fraction
    """Frames a second, as ffmpeg guesses from the header and a few times; 0 when it does not."""

    packets: tuple[Packet, ...]
    """Of the frames that are shown; of joined recordings, with nothing overlapping."""

    alpha: bool
    """Whether anything of its first frames can be seen through; or of any, where its alpha lies beside its picture."""

    sound: Sound | None
    promised: Fraction | None
    """Seconds that the header says the file lasts, where it breaks off before its end; else None."""

    track: int
    """Which of the file's pictures it is."""

    choices: tuple[str, ...]
    """What is to be said of tracks that were not taken."""

    holed: bool
    """Whether parts of the file are missing on the way, so that a long step from one packet to the next is a loss."""


def look(path: Path, max_pixels: int) -> Facts:
    """Look at a film: one frame is decoded.

    Raises:
        MediaError: it is no film, none of its frames can be read, or one has more px than `max_pixels`.
    """
    inputs = ["-max_pixels", str(max_pixels)]
    told, track, heard = _asked(path, inputs, 0, 0), 0, 0
    seen, sounds_there = pictures(told.said), sounds(told.said)
    if chosen(seen) or chosen(sounds_there):
        again = _asked(path, inputs, chosen(seen), chosen(sounds_there))
        if again.begins is not None or told.begins is None:
            told, track, heard = again, chosen(seen), chosen(sounds_there)
    header, large = _header(told.written), too_large(told.said)
    if not re.search(r"^Input #0", told.said, re.MULTILINE):
        raise MediaError(f"{path}: not a film that can be read")
    for width, height in re.findall(r"(\d+)x(\d+)", header.get("dimensions 0", "")):
        check_pixels(path, Size(int(width), int(height)), max_pixels)
    frame, colours = _FRAME.search(told.said), _COLOURS.search(told.said)
    if large and not frame:
        check_pixels(path, large, max_pixels)
    if frame is None or colours is None or told.begins is None or "tb 0" not in header:
        raise MediaError(f"{path}: has no frame that can be read; is it damaged, or sound only?")
    tick = Fraction(header["tb 0"])
    rows = list(_rows(told.written))
    stored = Stored(Size(int(frame["width"]), int(frame["height"])), frame["pixels"], **colours.groupdict())
    beside = header.get("codec_id 0") in ALPHA_CODECS and bool(rows) and rows[-1].beside
    jumps = _JUMPS.search(told.said) is not None
    sound, joined = _sound(path, header, 1, pictured=True, track=heard), JOINED.search(told.said) is not None
    if sound and joined:
        times = ((row.shown, row.duration) for row in _rows(told.written, 1) if row.shown > UNKNOWN)
        sound = replace(sound, overlaps=overlaps_of(times, Fraction(header["tb 1"])), jumps=jumps)
    packets = _shown(rows, told.begins, tick)
    if sound and sound.overlaps:
        packets = tuple(
            replace(each, time=round(laid_out(each.time * tick, sound.overlaps) / tick)) for each in packets
        )
    promised, nominal = _PROMISED.search(told.said), _NOMINAL.search(told.said)
    return Facts(
        stored=stored,
        aspect=_ratio(frame["across"], frame["down"]) or Fraction(1),
        interlaced=frame["fields"] in "TB",
        begins=told.begins,
        tick=tick,
        nominal=_ratio(nominal[1], nominal[2]) if nominal else Fraction(0),
        packets=packets,
        alpha=beside or (stored.alpha and _seen_through(path, inputs, track)),
        sound=sound,
        promised=_seconds(*promised.groups()) if promised and not joined and _CUT_SHORT.search(told.said) else None,
        track=track,
        choices=tuple(filter(None, (choice(seen, "picture"), choice(sounds_there, "sound")))),
        holed=joined and not jumps and _HOLED.search(told.said) is not None,
    )


def _asked(path: Path, inputs: list[str], track: int, heard: int) -> Told:
    """What ffmpeg tells of a file's picture number `track` and, beside it, of its sound number `heard`."""
    picture, sound = ("-map", f"0:V:{track}"), ("-map", f"0:a:{heard}?")
    told = ask(path, inputs, [*picture, *sound, *PACKETS, *picture, *LOOKED_AT, "-"])
    if "#tb 0:" not in told.written:  # a sound that ffmpeg has no parameters of ends all
        told = ask(path, inputs, [*picture, *PACKETS, *picture, *LOOKED_AT, "-"])
    return told


def _seen_through(path: Path, inputs: list[str], track: int) -> bool:
    """Whether any px of the first frames is less than opaque: GIFs and others have an alpha, needed or not."""
    picture = ("-map", f"0:V:{track}")
    told = ask(path, inputs, [*picture, *SEEN_THROUGH, "-frames:v", str(LOOKED_THROUGH), "-f", "null", "-"])
    lowest = re.findall(rf"^{re.escape(LOWEST)}=(\d+)", told.written, re.MULTILINE)
    return not lowest or min(map(int, lowest)) < OPAQUE


def look_at_sound(path: Path) -> Sound:
    """The sound track of a file of any kind that is flagged default, or the first.

    Raises:
        MediaError: nothing in it can be heard.
    """
    for picture in (["-map", "0:V:0", "-frames:v", "1"], []):
        told, track = _heard(path, picture, 0), 0
        if chosen(sounds(told.said)):
            track = chosen(sounds(told.said))
            told = _heard(path, picture, track)
        sound = _sound(path, _header(told.written), 0, pictured=bool(picture), track=track)
        if sound and told.begins is not None:
            return sound
    if _REFUSED.search(told.said):
        raise MediaError(f"{path}: a kind of file that is not read, so no sound can be had of it; convert it first")
    raise MediaError(f"{path}: has no sound that can be read")


def _heard(path: Path, picture: list[str], track: int) -> Told:
    """What ffmpeg tells of the first moment of sound number `track`, with the picture beside it."""
    moment = ("-map", f"0:a:{track}", "-frames:a", "1")
    return ask(path, [], [*moment, *picture, *PACKETS, *moment, STAMPS, "-f", "null", "-"])


def too_large(said: str) -> Size | None:
    """The size of a frame that was refused for it."""
    found = _LARGE.search(said)
    return Size(int(found[1]), int(found[2])) if found else None


@dataclass(frozen=True)
class _Row:
    """A packet of the picture, as framecrc lists it; `beside`: it has data beside it, such as a picture's alpha."""

    shown: int
    decoded: int
    duration: int
    discarded: bool
    beside: bool


def _rows(written: str, stream: int = 0) -> Iterator[_Row]:
    for line in written.splitlines():
        parts = line.split(",")
        if parts[0] != str(stream) or len(parts) < 6:
            continue
        _, decoded, shown, duration = map(int, parts[:4])
        flags = next((int(part[3:], 16) for part in parts[6:] if part.startswith(" F=")), 0)
        beside = "BlockAdditional" in line or re.search(r", S=1, +\d+(?:,|$)", line) is not None
        yield _Row(shown, decoded, duration, bool(flags & DISCARDED), beside)


def _header(written: str) -> dict[str, str]:
    """What a header tells, by name: "tb 0" -> "1/25", "codec_id 0" -> "h264", "channel_layout_name 1", ..."""
    found = re.findall(r"^#(\w+ \d+): (.*)$", written, re.MULTILINE)
    return {name: value.strip() for name, value in found}


def _shown(rows: list[_Row], begins: Fraction, tick: Fraction) -> tuple[Packet, ...]:
    """Those from the first frame on that can be decoded; by the times of decoding where the others are not told."""
    first = round(begins / tick)
    if any(row.shown <= UNKNOWN for row in rows):
        return _in_turn([Packet(row.decoded, row.duration) for row in rows if row.decoded > UNKNOWN], first)
    return tuple(Packet(row.shown, row.duration) for row in rows if not row.discarded and row.shown >= first)


def _in_turn(decoded: list[Packet], first: int) -> tuple[Packet, ...]:
    """When each frame is shown, of packets of which only the time of decoding is told.

    A decoder that puts frames in order shows each when a later packet is decoded, and the last ones at the end.
    """
    shown = [packet for packet in decoded if packet.time >= first]
    for _ in range(len(decoded) - len(shown) if shown else 0):
        shown.append(Packet(shown[-1].time + shown[-1].duration, shown[-1].duration))
    return tuple(shown or decoded)


def _sound(path: Path, header: dict[str, str], stream: int, *, pictured: bool, track: int) -> Sound | None:
    codec = header.get(f"codec_id {stream}")
    if codec is None or header.get(f"media_type {stream}") != "audio":
        return None
    return Sound(path, codec, header.get(f"channel_layout_name {stream}", ""), pictured, track)


def _ratio(over: str, under: str) -> Fraction:
    """0 for what is no number, such as 0/0."""
    return Fraction(int(over), int(under)) if int(under) else Fraction(0)


def _seconds(hours: str, minutes: str, seconds: str) -> Fraction:
    return int(hours) * 3600 + int(minutes) * 60 + Fraction(seconds)
