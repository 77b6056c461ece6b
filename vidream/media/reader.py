"""A path -> what it is (Video), and its frames, one after the other, at a constant rate and as they should look.

All is read through the ffmpeg that imageio-ffmpeg ships. OpenCV's own reader rounds down when it converts to RGB: a
film came out 0.8 to 1.4 levels (of 255) darker than it was, more than its encoding costs. It also gets counts wrong,
reads interlaced MPEG-2 as black and AV1 not at all, and follows playlists that are named .mp4.
"""

import logging
import re
from collections.abc import Generator
from contextlib import closing
from fractions import Fraction
from math import floor
from pathlib import Path

import numpy as np

from vidream.config import MAX_PIXELS
from vidream.errors import MediaError
from vidream.frames import Pixels, Size, Sound, Video, size_of
from vidream.media.ffmpeg import Ffmpeg, describe, source
from vidream.media.paths import check_pixels, check_source
from vidream.media.sequence import pictures_of
from vidream.media.still import read_picture
from vidream.resample import fitted

log = logging.getLogger(__name__)

SEQUENCE_FPS = Fraction(25)  # of pictures, when nobody says otherwise
HIGHEST_FPS = 240  # a nominal rate above is a clock, not a rate
ACCURATE = "accurate_rnd+full_chroma_int+full_chroma_inp+lanczos"
HDR = {"smpte2084", "arib-std-b67"}  # PQ and HLG
TO_SDR = (
    "zscale=transfer=linear:npl=203",  # 203 cd/m2: where ITU-R BT.2408 puts white
    "format=gbrpf32le",
    "zscale=primaries=bt709",
    "tonemap=mobius:desat=0",  # leaves what is darker than its knee as it is
    "zscale=transfer=bt709:matrix=bt709:range=limited",
    "format=yuv444p10le",
)
CUT_SHORT = re.compile(r"partial file|ended prematurely|Error during demuxing|Truncating packet|Packet corrupt")
ALPHA = re.compile(r"yuva|rgba|argb|abgr|bgra|gbrap|ya\d")


def open_video(path: Path, fps: Fraction | None = None, max_pixels: int = MAX_PIXELS) -> Video:
    """Look at a film: its first frame is decoded; its frames are counted as they lie in the file, undecoded.

    Args:
        path: a film; or pictures as a film: a folder of them, or a pattern such as frames/%05d.png.
        fps: of pictures, which have no rate of their own; a film's own rate is never overruled.
        max_pixels: that a frame may have.

    Raises:
        MediaError: there is no such file, it is no film, or it has no frame that can be read.
    """
    pictures = pictures_of(path)
    if pictures:
        size = size_of(read_picture(pictures[0], max_pixels).pixels)
        return Video(path, size, fps or SEQUENCE_FPS, len(pictures), pictures=pictures)
    check_source(path, "film")
    said = _said_of(path, max_pixels)
    first = _FIRST.search(said)
    if not first:
        raise MediaError(f"{path}: has no frame that can be read; is it damaged, or sound only?")
    rate, count = _rate_and_count(said)
    if not Fraction(1, 100) <= rate <= 1000:
        raise MediaError(f"{path}: gives no frame rate that could be true ({rate}); convert it first")
    _tell_of_what_is_left_out(path, said, first["format"], rate, count)
    size = _squared(Size(int(first["width"]), int(first["height"])), _ratio(first["aspect"]) or Fraction(1))
    return Video(
        path=path,
        size=size,
        fps=rate,
        count=count,
        begins=Fraction(first["time"]),
        sound=_sound(path, said),
        filters=_filters(size, rate, interlaced=first["fields"] in "TB", transfer=_TRANSFER.search(said)),
    )


def open_sound(path: Path) -> Sound:
    """The first sound track of a file of any kind.

    Raises:
        MediaError: there is no such file, or nothing in it can be heard.
    """
    check_source(path, "sound")
    said = describe(path, [], ["-map", "0:a:0", "-t", "0.1", "-f", "null", "-"])
    sound = _sound(path, said)
    if sound is None or not re.search(r"size=.*time=", said):
        raise MediaError(f"{path}: has no sound that can be read")
    return sound


def _sound(path: Path, said: str) -> Sound | None:
    found = re.search(r"^ *Stream #0:\d+.*?: Audio: (\w+)", said, re.MULTILINE)
    return Sound(path, found[1]) if found else None


def frame_at(path: Path, seconds: Fraction, max_pixels: int = MAX_PIXELS) -> Pixels:
    """The frame that a film shows at a time.

    Raises:
        MediaError: as open_video; or the film is not that long.
    """
    video = open_video(path, max_pixels=max_pixels)
    with closing(frames(video, floor(seconds * video.fps))) as following:
        pixels = next(following, None)
    if pixels is None:
        length = "" if video.count is None else f"; it is {float(video.count / video.fps):.2f} s long"
        raise MediaError(f"{path}: has no frame at {float(seconds):g} s{length}")
    return pixels


_SHOWINFO = r"^\[Parsed_showinfo\S* @ \S+\] "
_FIRST = re.compile(
    _SHOWINFO + r"n: *0 .*?pts_time:(?P<time>\d+(?:\.\d+)?) .*?fmt:(?P<format>\w+) .*?sar:(?P<aspect>\d+/\d+) "
    r"s:(?P<width>\d+)x(?P<height>\d+) i:(?P<fields>\w)",
    re.MULTILINE,
)
_RATE = re.compile(_SHOWINFO + r"config in .*frame_rate: (\d+/\d+)", re.MULTILINE)
_TRANSFER = re.compile(_SHOWINFO + r"color_range.* color_trc:(\S+)", re.MULTILINE)


def _said_of(path: Path, max_pixels: int) -> str:
    """What ffmpeg says of a film while it decodes its first frame, and counts them all."""
    counted = ("-map", "0:V:0", "-c", "copy", "-f", "null", "-")
    looked_at = ("-map", "0:V:0", "-vf", "showinfo", "-frames:v", "1", "-f", "null", "-")
    said = describe(path, ["-max_pixels", str(min(max_pixels, 2**31 - 1))], [*counted, *looked_at])
    if not re.search(r"^Input #0", said, re.MULTILINE):
        raise MediaError(f"{path}: not a film that can be read")
    claimed = re.search(r"^ *Stream #0:\d+.*?: Video: .*?, (\d+)x(\d+)\b", said, re.MULTILINE)
    if claimed:
        check_pixels(path, Size(int(claimed[1]), int(claimed[2])), max_pixels)
    return said


def _filters(size: Size, rate: Fraction, *, interlaced: bool, transfer: re.Match[str] | None) -> tuple[str, ...]:
    return (
        *(["bwdif=mode=send_frame:deint=interlaced"] if interlaced else []),
        f"fps={rate}",
        *(TO_SDR if transfer and transfer[1] in HDR else []),
        f"scale={size.width}:{size.height}:flags={ACCURATE}",
        "format=rgb24",
    )


def _tell_of_what_is_left_out(path: Path, said: str, pixel_format: str, rate: Fraction, count: int | None) -> None:
    if ALPHA.match(pixel_format) and "Video: gif" not in said:
        log.warning("%s: its transparency is left out; films that play everywhere have none", path)
    promised = re.search(r"^ *Duration: (\d+):(\d+):(\d+\.\d+)", said, re.MULTILINE)
    if promised and count is not None and CUT_SHORT.search(said):
        lost = max(0, round(_time(*promised.groups()) * rate) - count)
        log.warning("%s: damaged: it ends before its time; about %d of its frames are lost", path, lost)


def _ratio(text: str) -> Fraction:
    """0 for what is no number, such as 0/0."""
    over, under = map(int, text.split("/"))
    return Fraction(over, under) if under else Fraction(0)


def _time(hours: str, minutes: str, seconds: str) -> Fraction:
    return int(hours) * 3600 + int(minutes) * 60 + Fraction(seconds)


def _squared(stored: Size, aspect: Fraction) -> Size:
    """The size with square px that keeps the shape and loses nothing: the shorter side grows."""
    if aspect >= 1:
        return Size(round(stored.width * aspect), stored.height)
    return Size(stored.width, round(stored.height / aspect))


def _rate_and_count(said: str) -> tuple[Fraction, int | None]:
    """The nominal rate, and how many frames there are at it; from what ffmpeg said."""
    nominal = _RATE.search(said)
    rate = _ratio(nominal[1]) if nominal else Fraction(0)
    stored = re.findall(r"frame= *(\d+)", said)
    ended = re.findall(r"time=(\d+):(\d+):(\d+\.\d+)", said)
    if not stored or not ended:
        return rate, None
    count, last = int(stored[-1]), _time(*ended[-1])
    if rate > HIGHEST_FPS and last:
        rate = ((count - 1) / last).limit_denominator(1001)
    # of a constant rate, the last frame comes where the count says, but for frames out of order and rounding
    expected = round(last * rate) + 1
    return rate, count if abs(expected - count) <= 3 else expected


def frames(video: Video, first: int = 0) -> Generator[Pixels]:
    """The film's frames from number `first` on, as Pixels at its size, streaming.

    Raises:
        RenderError: ffmpeg failed in the middle.
        MediaError: one of the pictures cannot be read.
    """
    if video.pictures:
        for path in video.pictures[first:]:
            yield fitted(read_picture(path).pixels, video.size)
        return
    *made, converted, last = video.filters
    chosen = [f"select=gte(n\\,{first})"] if first else []  # decoding is the only seeking that is exact
    raw = ("-map", "0:V:0", "-vf", ",".join([*made, *chosen, converted, last]), "-fps_mode", "passthrough")
    width, height = video.size
    with Ffmpeg([*source(video.path), *raw, "-f", "rawvideo", "-"], f"read {video.path}", pulled=True) as film:
        while (data := film.pull(width * height * 3)) is not None:
            yield np.frombuffer(data, np.uint8).reshape(height, width, 3)
        _tell_of_damage(video, film.said())


def _tell_of_damage(video: Video, said: list[str]) -> None:
    errors = [int(each) for line in said for each in re.findall(r"(\d+) decode errors", line)]
    if any(errors):
        log.warning("%s: damaged: %d of its frames cannot be read; what lies before is shown", video.path, max(errors))
