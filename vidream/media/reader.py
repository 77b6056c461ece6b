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

from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from math import floor
from pathlib import Path

import numpy as np

from vidream.config import MAX_PIXELS
from vidream.errors import MediaError
from vidream.events import checkpoint, note, warn
from vidream.frames import Frame, Pixels, Size, size_of
from vidream.media.colour import alpha_filters, display_filters
from vidream.media.fflog import decode_errors
from vidream.media.ffmpeg import Ffmpeg, decoder, in_use, input_file
from vidream.media.overlaps import to_file_clock, to_film_clock
from vidream.media.paths import check_pixels, check_source
from vidream.media.pictures import first_picture, picture_frames
from vidream.media.probe import Facts, is_transparent, look_at_film, look_at_sound, too_large
from vidream.media.raw import RGB24, RGB48, RGBA32, RGBA64, RawFormat
from vidream.media.sequence import pictures_of
from vidream.media.stamps import STAMPS
from vidream.media.timing import missing, pace_of, slot_of
from vidream.media.video import Overlap, Pace, Sound, Video

SEQUENCE_FPS = Fraction(25)
"""Frames a second of pictures, when nobody says otherwise."""
WIDEST = 20
"""Times as wide as high, or as high as wide: a stored px that is told to be more is a mistake."""
LARGEST = 2**31 - 1
"""Px of a frame that ffmpeg can be told."""
DEINTERLACE = "bwdif=mode=send_frame:deint=interlaced"


def open_video(path: Path, fps: Fraction | None = None, max_pixels: int = MAX_PIXELS) -> Video:
    """Look at a film: its first frame is decoded; its frames are counted as they lie in the file, undecoded.

    Args:
        path: a film; or pictures as a film: a folder of them, or a pattern such as frames/%05d.png.
        fps: frames a second of pictures, which have no rate of their own; a film's own rate is never overruled.
        max_pixels: px that a frame may have.

    Raises:
        MediaError: there is no such file, it is no film, or it has no frame that can be read.
    """
    max_pixels = min(max_pixels, LARGEST)
    pictures = pictures_of(path)
    if pictures:
        picture = first_picture(path, pictures, max_pixels)
        return Video(
            path=path,
            size=size_of(picture.samples),
            fps=fps or SEQUENCE_FPS,
            count=len(pictures),
            pictures=pictures,
            max_pixels=max_pixels,
            deep=picture.samples.dtype != np.uint8,
            alpha=picture.alpha is not None,
        )
    check_source(path, "film")
    facts = look_at_film(path, max_pixels)
    pace = pace_of(facts.packets, facts.tick, facts.nominal, facts.interlaced)
    if pace is None:
        raise MediaError(f"{path}: gives no frame rate that could be true; convert it first")
    size = _square_size(path, facts, max_pixels)
    _tell_of_facts(path, facts, pace)
    stored, before = facts.stored, (DEINTERLACE,) if facts.interlaced else ()
    return Video(
        path=path,
        size=size,
        fps=pace.rate,
        count=pace.count,
        begins=facts.begins,
        sound=facts.sound,
        filters=(*before, *display_filters(stored, size)),
        pace=pace,
        max_pixels=max_pixels,
        track=facts.track,
        deep=stored.deep,
        alpha=stored.alpha,
        alpha_filters=(*before, *alpha_filters(stored, size)) if stored.alpha else (),
        alpha_decoder=facts.alpha_decoder,
    )


def open_sound(path: Path) -> Sound:
    """The sound track of a file of any kind that is flagged default, or else the first.

    Raises:
        MediaError: there is no such file, it is of a kind that is not read, or nothing in it can be heard.
    """
    check_source(path, "sound")
    return look_at_sound(path)


def frame_at(path: Path, seconds: Fraction, max_pixels: int = MAX_PIXELS) -> Pixels:
    """The frame that a film shows at a time, (H, W, 3) uint8.

    Args:
        path: a film.
        seconds: since its first frame.
        max_pixels: px that the frame may have.

    Raises:
        MediaError: there is no such film, or it is not that long.
    """
    (frame,) = frames_until(path, seconds, 1, max_pixels)
    return frame.pixels()


def frames_until(path: Path, seconds: Fraction, count: int, max_pixels: int = MAX_PIXELS) -> Generator[Frame]:
    """A film's frames up to the one that it shows at a time, which is the last of them.

    Args:
        path: a film.
        seconds: since its first frame.
        count: how many, at most; fewer where the film has only just begun.
        max_pixels: px that a frame may have.

    Raises:
        MediaError: there is no such film, or it is not that long.
    """
    video = open_video(path, max_pixels=max_pixels)
    tell_of_transparency(video)
    last = floor(seconds * video.fps)
    left = range(max(0, last - count + 1), last + 1)
    with closing(frames(video, left.start)) as following:
        for frame in islice(following, len(left)):
            left = left[1:]
            yield frame
    if left:
        length = ""
        if video.count is not None:
            length = f"; it is {float(video.count / video.fps):.2f} s long"
        raise MediaError(f"{path}: has no frame at {float(seconds):g} s{length}")


def _square_size(path: Path, facts: Facts, max_pixels: int) -> Size:
    """The size with square px that keeps the shape and loses nothing: the shorter side grows."""
    stored, aspect = facts.stored.size, facts.aspect
    size = Size(stored.width, round(stored.height / min(aspect, Fraction(1))))
    if aspect > 1:
        size = Size(round(stored.width * aspect), stored.height)
    check_pixels(path, size, max_pixels)
    if not Fraction(1, WIDEST) <= aspect <= WIDEST:
        warn(f"says that its px are {aspect} times as wide as high; they are taken for square", path)
        return stored
    return size


def _tell_of_facts(path: Path, facts: Facts, pace: Pace) -> None:
    """Say what of a film is left out, and what is missing."""
    for choice in facts.choices:
        note(choice, path)
    if facts.promised is not None:
        lost = round((facts.promised - facts.begins) * pace.rate) - pace.count
        if lost > 0:
            warn(f"damaged: it ends before its time; about {lost} of its frames are lost", path)
    if facts.holed:
        count = missing(facts.packets, facts.tick, pace.rate)
        if count:
            warn(f"damaged: about {count} of its frames are missing; what lies before is shown", path)


def tell_of_transparency(video: Video, kept: str = "") -> None:
    """Say of a film that is read without its alpha that something of it can be seen through.

    Args:
        video: the film.
        kept: the end of the sentence: what would keep it.
    """
    if not video.alpha:
        return
    if video.pictures:
        transparent = first_picture(video.path, video.pictures, video.max_pixels).transparent
    else:
        transparent = is_transparent(video)
    if transparent:
        warn("its transparency is left out; " + (kept or "films that play everywhere have none"), video.path)


def frames(video: Video, first: int = 0, *, alpha: bool = False) -> Generator[Frame]:
    """The film's frames from number `first` on, at its size and at its own depth, streaming.

    Samples are uint8 with peak 255; of a film whose stored samples have more than 8 bits, uint16 with peak 65535; of
    pictures of floats, float32 with peak 255. A frame of a number is the same, wherever reading begins. Frames that
    cannot be read are told of in a warning, and the frame before is shown in their place.

    Args:
        video: the film.
        first: the number of the first frame.
        alpha: whether they have their alpha, where the film has one.

    Raises:
        RenderError: ffmpeg failed in the middle.
    """
    if video.pace is None:
        yield from picture_frames(video, first, alpha=alpha)
        return
    number, last_slot, previous = first, -1, None
    with closing(_stored_frames(_ReadFilm(video, video.pace, alpha and video.alpha), first)) as stored:
        for slot, frame in stored:
            if previous is None and slot > number:  # what lies before could not be read
                previous = frame
            while previous is not None and number < slot:
                yield previous
                number += 1
            previous, last_slot = frame, slot
    while previous is not None and number < last_slot + video.pace.ending:
        yield previous
        number += 1


@dataclass(frozen=True)
class _ReadFilm:
    """A film, and how it is read."""

    video: Video
    pace: Pace
    alpha: bool

    @property
    def raw(self) -> RawFormat:
        """As which its frames come."""
        if self.alpha:
            return RGBA64 if self.video.deep else RGBA32
        return RGB48 if self.video.deep else RGB24

    def arguments(self, begin: Fraction | None) -> list[str]:
        """Ffmpeg's, that write raw frames from a time on, or all."""
        video, chosen = self.video, list[str]()
        filters = [*video.filters]
        if self.alpha:
            filters, chosen = [*video.alpha_filters], decoder(video.alpha_decoder)
        if begin is not None:
            filters.insert(filters.count(DEINTERLACE), f"select=gte(t\\,{float(begin):.6f})")
        opening = input_file(video.path, *chosen, "-max_pixels", str(video.max_pixels))
        picture = ["-map", f"0:V:{video.track}", "-vf", ",".join(filters), "-fps_mode", "passthrough", STAMPS]
        clock = in_use(f"a:{video.sound.track}") if video.sound else []
        return [*opening, *picture, "-f", "rawvideo", "-", *clock]


def _stored_frames(film: _ReadFilm, first: int) -> Generator[tuple[int, Frame]]:
    """The film's stored frames, with their numbers at its rate; of those before `first`, the last one at least.

    All are decoded, which is the only seeking that is exact; those that are not needed are left out before they are
    converted, where the times of the rest tell their numbers.
    """
    video, pace = film.video, film.pace
    if not first or pace.in_order:
        yield from _decode(film, None)
        return
    begin = to_file_clock(video.begins + (first - 1) / pace.rate - pace.longest, _overlaps(video))
    with closing(_decode(film, begin)) as decoded:
        numbered = next(decoded, None)
        if numbered is not None and numbered[0] <= first:
            yield numbered
            yield from decoded
            return
    yield from _decode(film, None)  # the frames just before cannot be read: what is before them is shown


def _decode(film: _ReadFilm, begin: Fraction | None) -> Generator[tuple[int, Frame]]:
    """Stored frames from a time on, or all, with their numbers."""
    video, pace, raw, expected = film.video, film.pace, film.raw, 0
    overlaps, frame_bytes = _overlaps(video), raw.frame_bytes(video.size)
    with Ffmpeg(film.arguments(begin), f"read {video.path}", pulled=True) as run:
        while (data := run.pull(frame_bytes)) is not None:
            time = run.stamps.next()
            if time is not None:
                time = to_film_clock(time, overlaps)
            slot = slot_of(time, expected, video.begins, pace)
            checkpoint()
            yield slot, raw.frame(data, video.size)
            expected = slot + 1
        if expected or begin is None:  # else there is nothing from that time on
            _tell_of_damage(video, pace, run.lines(), expected)


def _overlaps(video: Video) -> tuple[Overlap, ...]:
    return video.sound.overlaps if video.sound else ()


def _tell_of_damage(video: Video, pace: Pace, lines: list[str], reached: int) -> None:
    """Say, once the film is read to its end, how many frames could not be, by ffmpeg's count and by their times."""
    lost = max(decode_errors(lines), pace.count - pace.ending + 1 - reached)
    if lost <= 0:
        return
    large = too_large("\n".join(lines))
    if large is None:
        warn(f"damaged: {lost} of its frames cannot be read; what lies before is shown", video.path)
        return
    reason = f"{lost} of its frames are {large}, more than --max-pixels {video.max_pixels} allows, or cannot be read"
    warn(f"{reason}; what lies before is shown", video.path)
