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
from dataclasses import replace
from fractions import Fraction
from functools import partial
from itertools import islice
from math import ceil, floor
from pathlib import Path

import numpy as np

from vidream.config import MAX_PIXELS
from vidream.errors import MediaError
from vidream.events import note, warn
from vidream.frames import Frame, Size, size_of
from vidream.media.colour import alpha_filters, coded_filters, display_filters, small_filters
from vidream.media.decode import DEINTERLACE, film_to_read, stored_frames
from vidream.media.paths import check_pixels, check_source
from vidream.media.pictures import first_picture, picture_frames
from vidream.media.probe import Facts, is_transparent, look_at_film, look_at_sound
from vidream.media.raw import RGB24
from vidream.media.sequence import pictures_of
from vidream.media.timing import missing, pace_of
from vidream.media.video import Pace, Sound, Video
from vidream.text import figure

SEQUENCE_FPS = Fraction(25)
"""Frames a second of pictures, when nobody says otherwise."""
WIDEST = 20
"""Times as wide as high, or as high as wide: a stored px that is told to be more is a mistake."""
LARGEST = 2**31 - 1
"""Px of a frame that ffmpeg can be told."""


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
        picture = first_picture(path, pictures, max_pixels, partial(warn, about=path))
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
        stored=stored,
        pace=pace,
        max_pixels=max_pixels,
        track=facts.track,
        deep=stored.deep,
        hdr=facts.hdr and replace(facts.hdr, filters=(*before, *coded_filters(stored, size))),
        alpha=stored.alpha,
        alpha_filters=(*before, *alpha_filters(stored, size)) if stored.alpha else (),
        alpha_decoder=facts.alpha_decoder,
    )


def fit_video(video: Video, size: Size, most: Fraction | None = None) -> Video:
    """The film for a show: at another size, with 8 bits and no alpha, HDR brought to SDR.

    Args:
        video: the film.
        size: px, even; what stands over is cropped, evenly on both sides.
        most: frames a second of which there are more left out, before anything is done with them; None: none are.
    """
    filters, before = video.filters, video.filters.count(DEINTERLACE)
    if video.stored is not None and size != video.size:
        filters = (*filters[:before], *small_filters(video.stored, video.size, size))
    elif video.deep:
        filters = (*filters, f"format={RGB24.name}")
    if video.pace is not None and most is not None and video.fps > most and not video.pace.in_order:
        longer = float(1 / most - 1 / (2 * video.fps))
        rarer = replace(video.pace, ending=video.pace.ending + ceil(video.fps / most))  # none is missed at the end
        video = replace(video, pace=rarer)
        every = f"select=isnan(prev_selected_t)+gte(t-prev_selected_t\\,{longer:.6f})"
        filters = (*filters[:before], every, *filters[before:])
    return replace(video, size=size, filters=filters, deep=False, hdr=None, alpha=False)


def open_sound(path: Path) -> Sound:
    """The sound track of a file of any kind that is flagged default, or else the first.

    Raises:
        MediaError: there is no such file, it is of a kind that is not read, or nothing in it can be heard.
    """
    check_source(path, "sound")
    return look_at_sound(path)


def frame_at(path: Path, seconds: Fraction, max_pixels: int = MAX_PIXELS, *, alpha: bool = False) -> Frame:
    """The frame that a film shows at a time, at its depth.

    Args:
        path: a film.
        seconds: since its first frame.
        max_pixels: px that the frame may have.
        alpha: whether it has its alpha, where the film has one; else a warning tells that it is left out.

    Raises:
        MediaError: there is no such film, or it is not that long.
    """
    (frame,) = frames_until(path, seconds, 1, max_pixels, alpha=alpha)
    return frame


def frames_until(
    path: Path, seconds: Fraction, count: int, max_pixels: int = MAX_PIXELS, *, alpha: bool = False
) -> Generator[Frame]:
    """A film's frames up to the one that it shows at a time, which is the last of them.

    Args:
        path: a film.
        seconds: since its first frame.
        count: how many, at most; fewer where the film has only just begun.
        max_pixels: px that a frame may have.
        alpha: whether they have their alpha, where the film has one; else a warning tells that it is left out.

    Raises:
        MediaError: there is no such film, or it is not that long.
    """
    video = open_video(path, max_pixels=max_pixels)
    if not alpha:
        tell_of_transparency(video)
    last = floor(seconds * video.fps)
    left = range(max(0, last - count + 1), last + 1)
    with closing(frames(video, left.start, alpha=alpha)) as following:
        for frame in islice(following, len(left)):
            left = left[1:]
            yield frame
    if left:
        length = ""
        if video.count is not None:
            length = f"; it is {float(video.count / video.fps):.2f} s long"
        raise MediaError(f"{path}: has no frame at {figure(float(seconds))} s{length}")


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
    if facts.choice:
        note(facts.choice, path)
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
        transparent = first_picture(video.path, video.pictures, video.max_pixels, lambda _: None).transparent
    else:
        transparent = is_transparent(video)
    if transparent:
        warn("its transparency is left out; " + (kept or "films that play everywhere have none"), video.path)


def frames(
    video: Video, first: int = 0, *, alpha: bool = False, hdr: bool = False, sought: bool = False
) -> Generator[Frame]:
    """The film's frames from number `first` on, at its size and at its own depth, streaming.

    Samples are uint8 with peak 255; of a film whose stored samples have more than 8 bits, uint16 with peak 65535; of
    pictures of floats, float32 with peak 255. A frame of a number is the same, wherever reading begins. Frames that
    cannot be read are told of in a warning, and the frame before is shown in their place.

    Args:
        video: the film.
        first: the number of the first frame.
        alpha: whether they have their alpha, where the film has one.
        hdr: whether they are coded as the film is, where it is of HDR; they then have no alpha.
        sought: whether the first is sought, where the file lets one, instead of counted to: for a look at a moment.

    Raises:
        RenderError: ffmpeg failed in the middle.
    """
    if video.pace is None:
        yield from picture_frames(video, first, alpha=alpha)
        return
    number, last_slot, previous = first, -1, None
    film = replace(film_to_read(video, video.pace, alpha=alpha, hdr=hdr), sought=sought)
    with closing(stored_frames(film, first)) as stored:
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
