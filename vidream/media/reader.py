"""A path -> what it is (Video), and its frames, one after the other, at a constant rate and as they should look.

Three foundations were compared: PyAV for the facts and ffmpeg for the pixels; PyAV for all; and the ffmpeg that
imageio-ffmpeg ships, alone, but asked for what it writes instead of what it logs. The last is the smallest that is
right: the packets' times, exact times of frames, size and codecs all come from outputs that are made for programs
(vidream.media.probe, vidream.media.stamps), picture and sound on one clock. It brings zimg, which converts primaries
and HDR and which PyAV's wheel lacks; a decoder that crashes or hangs is a process of its own; what may be opened is a
list; and no second ffmpeg comes along, whose clock might be another. PyAV 18.1 told the same rates, counts and starts
of a dozen kinds of film; it would have added 104 MB, and a child process of our own for safety.

All that lasts for a whole film is done here, after frames have left ffmpeg: counting them, and holding and dropping
them for a constant rate. ffmpeg builds its filters anew wherever a film's size or colours change, and whatever they
have counted begins again.

OpenCV's own reader rounds down when it converts to RGB: a film came out 0.8 to 1.4 levels (of 255) darker than it was,
more than its encoding costs. It also gets counts wrong, reads interlaced MPEG-2 as black and AV1 not at all, and
follows playlists that are named .mp4.
"""

import re
from collections.abc import Generator
from contextlib import closing
from fractions import Fraction
from math import floor
from pathlib import Path

from vidream.config import MAX_PIXELS
from vidream.errors import MediaError
from vidream.events import checkpoint, note, warn
from vidream.frames import Frame, Pace, Pixels, Size, Sound, Video
from vidream.media.colour import shown
from vidream.media.ffmpeg import Ffmpeg, beside, source
from vidream.media.overlaps import laid_out, on_clock
from vidream.media.paths import check_pixels, check_source
from vidream.media.pictures import first_size, pictures_shown
from vidream.media.probe import Facts, look, look_at_sound, too_large
from vidream.media.raw import RGB24, RGB48
from vidream.media.sequence import pictures_of
from vidream.media.stamps import STAMPS
from vidream.media.timing import missing, pace_of, slot_of

SEQUENCE_FPS = Fraction(25)  # of pictures, when nobody says otherwise
WIDEST = 20  # times as wide as high, or as high as wide: a stored px that is told to be more is a mistake
DEINTERLACED = "bwdif=mode=send_frame:deint=interlaced"
LARGEST = 2**31 - 1  # px that ffmpeg can be told
DECODE_ERRORS = re.compile(r"^\[in#0.* @ 0x[0-9a-f]+\] .*?(\d+) decode errors")


def open_video(path: Path, fps: Fraction | None = None, max_pixels: int = MAX_PIXELS) -> Video:
    """Look at a film: its first frame is decoded; its frames are counted as they lie in the file, undecoded.

    Args:
        path: a film; or pictures as a film: a folder of them, or a pattern such as frames/%05d.png.
        fps: of pictures, which have no rate of their own; a film's own rate is never overruled.
        max_pixels: that a frame may have.

    Raises:
        MediaError: there is no such file, it is no film, or it has no frame that can be read.
    """
    max_pixels = min(max_pixels, LARGEST)
    pictures = pictures_of(path)
    if pictures:
        size = first_size(path, pictures, max_pixels)
        return Video(path, size, fps or SEQUENCE_FPS, len(pictures), pictures=pictures, max_pixels=max_pixels)
    check_source(path, "film")
    facts = look(path, max_pixels)
    pace = pace_of(facts.packets, facts.tick, facts.nominal, facts.interlaced) if facts.packets else None
    if pace is None:
        raise MediaError(f"{path}: gives no frame rate that could be true; convert it first")
    size = _squared(path, facts, max_pixels)
    _tell_of_what_is_left_out(path, facts, pace)
    return Video(
        path=path,
        size=size,
        fps=pace.rate,
        count=pace.count,
        begins=facts.begins,
        sound=facts.sound,
        filters=(*([DEINTERLACED] if facts.interlaced else []), *shown(facts.stored, size)),
        pace=pace,
        max_pixels=max_pixels,
        track=facts.track,
        deep=facts.stored.raw is RGB48,
    )


def open_sound(path: Path) -> Sound:
    """The sound track of a file of any kind that is flagged default, or the first.

    Raises:
        MediaError: there is no such file, it is of a kind that is not read, or nothing in it can be heard.
    """
    check_source(path, "sound")
    return look_at_sound(path)


def frame_at(path: Path, seconds: Fraction, max_pixels: int = MAX_PIXELS) -> Pixels:
    """The frame that a film shows at a time.

    Raises:
        MediaError: as open_video; or the film is not that long.
    """
    video = open_video(path, max_pixels=max_pixels)
    with closing(frames(video, floor(seconds * video.fps))) as following:
        frame = next(following, None)
    if frame is None:
        length = "" if video.count is None else f"; it is {float(video.count / video.fps):.2f} s long"
        raise MediaError(f"{path}: has no frame at {float(seconds):g} s{length}")
    return frame.pixels()


def _squared(path: Path, facts: Facts, max_pixels: int) -> Size:
    """The size with square px that keeps the shape and loses nothing: the shorter side grows."""
    stored, aspect = facts.stored.size, facts.aspect
    wide = Size(round(stored.width * aspect), stored.height)
    size = wide if aspect >= 1 else Size(stored.width, round(stored.height / aspect))
    check_pixels(path, size, max_pixels)
    if not Fraction(1, WIDEST) <= aspect <= WIDEST:
        warn(f"says that its px are {aspect} times as wide as high; they are taken for square", path)
        return stored
    return size


def _tell_of_what_is_left_out(path: Path, facts: Facts, pace: Pace) -> None:
    for choice in facts.choices:
        note(choice, path)
    if facts.alpha:
        warn("its transparency is left out; films that play everywhere have none", path)
    if facts.promised is not None:
        lost = round((facts.promised - facts.begins) * pace.rate) - pace.count
        if lost > 0:
            warn(f"damaged: it ends before its time; about {lost} of its frames are lost", path)
    gone = missing(facts.packets, facts.tick, pace.rate) if facts.holed else 0
    if gone:
        warn(f"damaged: about {gone} of its frames are missing; what lies before is shown", path)


def frames(video: Video, first: int = 0) -> Generator[Frame]:
    """The film's frames from number `first` on, at its size and at its own depth, streaming.

    Their samples are uint8, of peak 255; of a film whose own have more than 8 bits, uint16, of peak 65535.

    From wherever it is begun, a frame of a number is the same. Frames that cannot be read are said, and what lies
    before is shown in their place.

    Raises:
        RenderError: ffmpeg failed in the middle.
    """
    if video.pace is None:
        yield from pictures_shown(video, first)
        return
    number, last, held = first, -1, None
    with closing(_stored(video, video.pace, first)) as stored:
        for slot, frame in stored:
            if held is None and slot > number:  # what lies before could not be read
                held = frame
            while held is not None and number < slot:
                yield held
                number += 1
            held, last = frame, slot
    while held is not None and number < last + video.pace.ending:
        yield held
        number += 1


def _stored(video: Video, pace: Pace, first: int) -> Generator[tuple[int, Frame]]:
    """The film's stored frames, with their numbers at its rate; of those before `first`, the last one at least.

    All are decoded, which is the only seeking that is exact; those that are not needed are left out before they are
    converted, where the times of the rest tell their numbers.
    """
    if not first or pace.in_order:
        yield from _decoded(video, pace, None)
        return
    overlaps = video.sound.overlaps if video.sound else ()
    since = on_clock(video.begins + (first - 1) / pace.rate - pace.longest, overlaps)
    with closing(_decoded(video, pace, since)) as decoded:
        found = next(decoded, None)
        if found is not None and found[0] <= first:
            yield found
            yield from decoded
            return
    yield from _decoded(video, pace, None)  # the frames just before cannot be read: what is before them is shown


def _decoded(video: Video, pace: Pace, since: Fraction | None) -> Generator[tuple[int, Frame]]:
    """Stored frames from a time on, with their numbers."""
    chain = list(video.filters)
    if since is not None:
        chain.insert(1 if chain[0] == DEINTERLACED else 0, f"select=gte(t\\,{float(since):.6f})")
    raw = RGB48 if video.deep else RGB24
    frame_bytes = raw.frame_bytes(video.size)
    picture = ("-map", f"0:V:{video.track}", "-vf", ",".join(chain))
    made = (*picture, "-fps_mode", "passthrough", STAMPS, "-f", "rawvideo", "-")
    other = beside(f"a:{video.sound.track}") if video.sound else []
    opened = source(video.path, "-max_pixels", str(video.max_pixels))
    with Ffmpeg([*opened, *made, *other], f"read {video.path}", pulled=True) as film:
        expected, overlaps = 0, video.sound.overlaps if video.sound else ()
        while (data := film.pull(frame_bytes)) is not None:
            stamp = film.stamps.next()
            slot = slot_of(None if stamp is None else laid_out(stamp, overlaps), expected, video.begins, pace)
            checkpoint()
            yield slot, raw.frame(data, video.size)
            expected = slot + 1
        if expected or since is None:  # else there is nothing from that time on
            _tell_of_damage(video, film.said(), expected)


def _tell_of_damage(video: Video, said: list[str], reached: int) -> None:
    """Once it has been read to its end: how many frames could not be read, by ffmpeg's count and by their times."""
    errors = max((int(found[1]) for line in said if (found := DECODE_ERRORS.search(line))), default=0)
    assert video.pace is not None
    lost = max(errors, video.pace.count - video.pace.ending + 1 - reached)
    large = too_large("\n".join(said))
    if lost > 0 and large is not None:
        given = f"of its frames are {large}, more than --max-pixels {video.max_pixels} allows, or cannot be read"
        warn(f"{lost} {given}; what lies before is shown", video.path)
    elif lost > 0:
        warn(f"damaged: {lost} of its frames cannot be read; what lies before is shown", video.path)
