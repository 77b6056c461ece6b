"""A film or a sound file -> the facts about it, asked of ffmpeg in one run.

What ffmpeg *writes* is read, not what it logs: `-f framecrc` of the undecoded streams lists every packet of the picture
with its time, its duration and what is beside it, codecs, clock and channels; and the first frame's own time comes as
all frames' do (vidream.media.stamps). Both streams are in use in that run and in all others, so that they have one
clock. Of the log three things are taken, each from lines that nothing in a file can imitate: the filter showinfo's
report of the first frame (size, shape of px, colours), since no muxer writes that; the length that the header promises;
and whether the file breaks off.
"""

import re
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

from vidream.errors import MediaError
from vidream.frames import Size
from vidream.media.colour import UNTAGGED, Stored
from vidream.media.ffmpeg import Answer, ask, decoder
from vidream.media.framecrc import PACKETS, UNKNOWN, header_of, packets_of, rows_of
from vidream.media.overlaps import overlaps_of, to_film_clock
from vidream.media.paths import check_pixels
from vidream.media.stamps import STAMPS
from vidream.media.streams import choice, default_track, pictures, sounds
from vidream.media.timing import Packet
from vidream.media.video import Hdr, Mastering, Sound, Video

FIRST_FRAME = ("-vf", "showinfo=checksum=0", "-frames:v", "1", "-fps_mode", "passthrough", STAMPS, "-f", "null")
LOWEST = "lavfi.signalstats.YMIN"
LEAST_ALPHA = ("extractplanes=a", "format=gray", "signalstats", f"metadata=print:key={LOWEST}:file=-")
ALPHA_FRAMES = 8  # frames, whose alpha tells whether a film has any that shows
OPAQUE = 255
# kinds of file of which several make one; they have no header that could promise a length
JOINED = re.compile(r"^Input #0, (?:mpegts|mpeg), ", re.MULTILINE)
ALPHA_DECODERS = {"vp8": "libvpx", "vp9": "libvpx-vp9"}
"""Codecs whose alpha is a film of its own beside the picture, and ffmpeg's decoders that read both."""
BESIDE = "yuva420p"
"""The pixel format of what they read."""

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
_MASTERING = re.compile(
    _SHOWINFO + r"  side data - Mastering display metadata: has_primaries:1 has_luminance:1 "
    r"r\(([\d.]+),([\d.]+)\) g\(([\d.]+),([\d.]+)\) b\(([\d.]+) ([\d.]+)\) wp\(([\d.]+), ([\d.]+)\) "
    r"min_luminance=([\d.]+), max_luminance=([\d.]+)$",
    re.MULTILINE,
)
_BRIGHTEST = re.compile(
    _SHOWINFO + r"  side data - Content light level metadata: MaxCLL=(\d+), MaxFALL=(\d+)$", re.MULTILINE
)
_PREMULTIPLIED = re.compile(_SHOWINFO + r"alpha_mode:premultiplied$", re.MULTILINE)
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
    """How the first frame is stored, with the alpha that lies beside it."""
    aspect: Fraction
    """How many times as wide as high a stored px is shown; 1 where that is not told."""
    interlaced: bool
    """Whether a frame is two fields, one after the other in time."""
    begins: Fraction
    """Second at which the first frame lies that can be decoded."""
    tick: Fraction
    """Seconds of a tick of the clock that packets' times are told by."""
    nominal: Fraction
    """Frames a second, as ffmpeg guesses from the header and a few times; 0 when it does not."""
    packets: tuple[Packet, ...]
    """The frames that are shown; of joined recordings, with nothing overlapping."""
    alpha_decoder: str
    """ffmpeg's decoder of an alpha that lies beside the picture; "" where none lies there."""
    sound: Sound | None
    """None for a silent film."""
    promised: Fraction | None
    """Seconds that the header says the file lasts, where it breaks off before its end; else None."""
    track: int
    """The number of the picture among the file's."""
    choice: str
    """What is to be told of the choice of the picture; "" where there is none."""
    hdr: Hdr | None
    """How it is coded, but for its filters, where it is of HDR; None: it is of SDR."""
    holed: bool
    """Whether parts of the file are missing on the way, so that a long step from one packet to the next is a loss."""


def look_at_film(path: Path, max_pixels: int) -> Facts:
    """Look at a film: one frame is decoded.

    Args:
        path: the film.
        max_pixels: px that a frame may have.

    Raises:
        MediaError: it is no film, none of its frames can be read, or one has more px than `max_pixels`.
    """
    inputs = ["-max_pixels", str(max_pixels)]
    answer, track, sound_track = _default_answer(path, inputs)
    log, header = answer.log, header_of(answer.output)
    stored, aspect, interlaced = _first_frame(path, answer, header, max_pixels)
    assert answer.begins is not None
    tick, rows = Fraction(header["tb 0"]), list(rows_of(answer.output))
    joined, jumps = JOINED.search(log) is not None, _JUMPS.search(log) is not None
    sound = _sound(path, header, 1, pictured=True, track=sound_track)
    sound = sound and replace(sound, choice=choice(sounds(log), "sound"))
    if sound and joined:
        times = ((row.time, row.duration) for row in rows_of(answer.output, 1) if row.time > UNKNOWN)
        sound = replace(sound, overlaps=overlaps_of(times, Fraction(header["tb 1"])), jumps=jumps)
    alpha_decoder = ""
    if rows and rows[-1].has_side_data:
        alpha_decoder = ALPHA_DECODERS.get(header.get("codec_id 0", ""), "")
    nominal = _NOMINAL.search(log)
    if alpha_decoder:
        stored = replace(stored, pixels=BESIDE)
    return Facts(
        stored=stored,
        aspect=aspect,
        interlaced=interlaced,
        begins=answer.begins,
        tick=tick,
        nominal=_ratio(*nominal.groups()) if nominal else Fraction(0),
        packets=_without_overlaps(packets_of(rows, answer.begins, tick), tick, sound),
        alpha_decoder=alpha_decoder,
        sound=sound,
        promised=None if joined else _promised(log),
        track=track,
        choice=choice(pictures(log), "picture"),
        hdr=_hdr(stored, log),
        holed=joined and not jumps and _HOLED.search(log) is not None,
    )


def _hdr(stored: Stored, log: str) -> Hdr | None:
    """What the first frame tells of HDR; None where it is of SDR."""
    if not stored.hdr:
        return None
    mastering, brightest = _MASTERING.search(log), _BRIGHTEST.search(log)
    display: Mastering | None = None
    if mastering:
        *points, least, most = map(Fraction, mastering.groups())
        display = Mastering(tuple(points), least, most)
    return Hdr(
        transfer=stored.transfer,
        primaries="bt2020" if stored.primaries in UNTAGGED else stored.primaries,
        mastering=display,
        brightest=(int(brightest[1]), int(brightest[2])) if brightest else None,
    )


def _default_answer(path: Path, inputs: list[str]) -> tuple[Answer, int, int]:
    """What ffmpeg tells of a film's default tracks, and the numbers of its picture and its sound."""
    answer = _ask_film(path, inputs, 0, 0)
    picture, sound = default_track(pictures(answer.log)), default_track(sounds(answer.log))
    if not picture and not sound:
        return answer, 0, 0
    other = _ask_film(path, inputs, picture, sound)
    if other.begins is None and answer.begins is not None:
        return answer, 0, 0
    return other, picture, sound


def _ask_film(path: Path, inputs: list[str], track: int, sound_track: int) -> Answer:
    """What ffmpeg tells of one of a file's pictures and, beside it, of one of its sounds."""
    picture, sound = ("-map", f"0:V:{track}"), ("-map", f"0:a:{sound_track}?")
    answer = ask(path, inputs, [*picture, *sound, *PACKETS, *picture, *FIRST_FRAME, "-"])
    if "#tb 0:" not in answer.output:  # a sound that ffmpeg has no parameters of ends all
        answer = ask(path, inputs, [*picture, *PACKETS, *picture, *FIRST_FRAME, "-"])
    return answer


def _first_frame(path: Path, answer: Answer, header: dict[str, str], max_pixels: int) -> tuple[Stored, Fraction, bool]:
    """How the frames are stored, how many times as wide as high a px is, and whether they are interlaced.

    Raises:
        MediaError: it is no film, none of its frames can be read, or one has more px than `max_pixels`.
    """
    log = answer.log
    if not re.search(r"^Input #0", log, re.MULTILINE):
        raise MediaError(f"{path}: not a film that can be read")
    for width, height in re.findall(r"(\d+)x(\d+)", header.get("dimensions 0", "")):
        check_pixels(path, Size(int(width), int(height)), max_pixels)
    frame, colours, large = _FRAME.search(log), _COLOURS.search(log), too_large(log)
    if large and not frame:
        check_pixels(path, large, max_pixels)
    if frame is None or colours is None or answer.begins is None or "tb 0" not in header:
        raise MediaError(f"{path}: has no frame that can be read; is it damaged, or sound only?")
    stored = Stored(
        size=Size(int(frame["width"]), int(frame["height"])),
        pixels=frame["pixels"],
        **colours.groupdict(),
        premultiplied=_PREMULTIPLIED.search(log) is not None,
    )
    return stored, _ratio(frame["across"], frame["down"]) or Fraction(1), frame["fields"] in "TB"


def _without_overlaps(packets: tuple[Packet, ...], tick: Fraction, sound: Sound | None) -> tuple[Packet, ...]:
    """Packets at their times with nothing overlapping, as the sound of joined recordings tells."""
    if sound is None or not sound.overlaps:
        return packets
    times = (to_film_clock(packet.time * tick, sound.overlaps) / tick for packet in packets)
    return tuple(replace(packet, time=round(time)) for packet, time in zip(packets, times, strict=True))


def _promised(log: str) -> Fraction | None:
    """Seconds that the header says the file lasts, where it breaks off before its end; else None."""
    match = _PROMISED.search(log)
    return _seconds(*match.groups()) if match and _CUT_SHORT.search(log) else None


def is_transparent(video: Video) -> bool:
    """Whether any px of a film's first frames is less than opaque: GIFs and others have an alpha, needed or not.

    Args:
        video: a film whose px have an alpha.
    """
    inputs = [*decoder(video.alpha_decoder), "-max_pixels", str(video.max_pixels)]
    picture = ("-map", f"0:V:{video.track}", "-vf", ",".join((*video.alpha_filters, *LEAST_ALPHA)))
    answer = ask(video.path, inputs, [*picture, "-frames:v", str(ALPHA_FRAMES), "-f", "null", "-"])
    lowest = re.findall(rf"^{re.escape(LOWEST)}=(\d+)", answer.output, re.MULTILINE)
    return not lowest or min(map(int, lowest)) < OPAQUE


def look_at_sound(path: Path) -> Sound:
    """The sound track of a file of any kind that is flagged default, or else the first.

    Raises:
        MediaError: nothing in it can be heard.
    """
    for picture in (["-map", "0:V:0", "-frames:v", "1"], []):
        answer, track = _ask_sound(path, picture, 0), 0
        if default_track(sounds(answer.log)):
            track = default_track(sounds(answer.log))
            answer = _ask_sound(path, picture, track)
        sound = _sound(path, header_of(answer.output), 0, pictured=bool(picture), track=track)
        if sound and answer.begins is not None:
            return sound
    if _REFUSED.search(answer.log):
        raise MediaError(f"{path}: a kind of file that is not read, so no sound can be had of it; convert it first")
    raise MediaError(f"{path}: has no sound that can be read")


def _ask_sound(path: Path, picture: list[str], track: int) -> Answer:
    """What ffmpeg tells of the first moment of one of a file's sounds, with the picture beside it."""
    moment = ("-map", f"0:a:{track}", "-frames:a", "1")
    return ask(path, [], [*moment, *picture, *PACKETS, *moment, STAMPS, "-f", "null", "-"])


def too_large(log: str) -> Size | None:
    """The size of a frame that ffmpeg refused for its size, by what it logged; None where it refused none."""
    match = _LARGE.search(log)
    return Size(int(match[1]), int(match[2])) if match else None


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
