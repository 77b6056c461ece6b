"""A path -> what it is (Video), and its frames, one after the other.

All is read through the ffmpeg that imageio-ffmpeg ships. OpenCV's own reader rounds down when it converts to RGB: a
film came out 0.8 to 1.4 levels (of 255) darker than it was, more than its encoding costs. It also gets counts wrong.
"""

import re
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np

from vidream.errors import MediaError
from vidream.frames import Pixels, Size, Sound, Video
from vidream.media.ffmpeg import Ffmpeg, describe, source
from vidream.media.paths import check_source

ACCURATE = "accurate_rnd+full_chroma_int+full_chroma_inp+lanczos"


def open_video(path: Path) -> Video:
    """Look at a film: its first frame is decoded; its frames are counted as they lie in the file, undecoded.

    Raises:
        MediaError: there is no such file, it is no film, or it has no frame that can be read.
    """
    check_source(path, "film")
    counted = ("-map", "0:v:0", "-c", "copy", "-f", "null", "-")
    looked_at = ("-map", "0:v:0", "-vf", "showinfo", "-frames:v", "1", "-f", "null", "-")
    said = describe(path, *counted, *looked_at)
    if not re.search(r"^Input #0", said, re.MULTILINE):
        raise MediaError(f"{path}: not a film that can be read")
    size = re.search(r"showinfo.* n: *0 .* s:(\d+)x(\d+) ", said)
    if not size:
        raise MediaError(f"{path}: has no frame that can be read; is it damaged, or sound only?")
    rate = re.search(r"showinfo.* config in .*frame_rate: (\d+)/(\d+)", said)
    fps = Fraction(int(rate[1]), int(rate[2])) if rate and int(rate[2]) else Fraction(0)
    if not Fraction(1, 100) <= fps <= 1000:
        raise MediaError(f"{path}: gives no frame rate that could be true ({fps}); convert it first")
    begins = re.search(r"showinfo.* n: *0 .* pts_time:(\d+(?:\.\d+)?) ", said)
    count = re.findall(r"frame= *(\d+)", said)
    sound = re.search(r"^ *Stream #0:\d+.*?: Audio: (\w+)", said, re.MULTILINE)
    return Video(
        path=path,
        size=Size(int(size[1]), int(size[2])),
        fps=fps,
        count=int(count[-1]) if count else None,
        begins=Fraction(begins[1]) if begins else Fraction(0),
        sound=Sound(path, sound[1]) if sound else None,
    )


def frames(video: Video, first: int = 0) -> Iterator[Pixels]:
    """The film's frames from number `first` on, as Pixels at its size, streaming.

    Raises:
        RenderError: ffmpeg failed in the middle.
    """
    later = f"select=gte(n\\,{first})," if first else ""  # decoding is the only seeking that is exact
    convert = f"{later}scale=flags={ACCURATE},format=rgb24"
    raw = ("-map", "0:v:0", "-vf", convert, "-fps_mode", "passthrough", "-f", "rawvideo", "-")
    width, height = video.size
    with Ffmpeg([*source(video.path), *raw], f"read {video.path}", pulled=True) as film:
        while (data := film.pull(width * height * 3)) is not None:
            yield np.frombuffer(data, np.uint8).reshape(height, width, 3)
