"""A film, or pictures in a row, in its own time, again and again: a Feed."""

import threading
import time
from collections.abc import Callable, Generator
from contextlib import closing
from fractions import Fraction
from itertools import count
from pathlib import Path

from vidream.errors import MediaError
from vidream.frames import Pixels, Size
from vidream.live.feeds import Feed, even
from vidream.media.decode import ReadFilm, decoded, start
from vidream.media.ffmpeg import Ffmpeg
from vidream.media.pictures import picture_frames
from vidream.media.reader import fit_video, open_video
from vidream.media.video import Video

KEPT = 256 * 2**20
"""Bytes: the frames of a clip that take no more are decoded once, and kept."""
EARLY = 1.0
"""Seconds before a clip's end at which it is opened for the next time, so that it goes on without a gap."""
LATE, TOLD = 0.5, 5.0
"""Seconds behind its time from which a clip that is decoded too slowly goes on there, later than it should; seconds for
which that is told."""
HEAVY = 300 * 10**6
"""Px to decode a second from which frames that no other frame needs are left out: 3840x2160 at 60 frames a second."""


class Clip(Feed):
    """A film or pictures in a row. Each frame comes when it is due, whenever those before it came."""

    silence, patience = float("inf"), float("inf")  # a frame may last as long as it likes
    waits = 600.0  # the packets of a long film are counted first

    def __init__(self, path: Path, sized: Callable[[Size], Size], most: Fraction, max_pixels: int) -> None:
        """A clip; nothing is looked at yet.

        Args:
            path: a film, or pictures as `vidream.media.reader.open_video` takes them.
            sized: the size, px, at which frames of a size are wanted; ffmpeg brings them to it.
            most: frames a second; of a clip that has more, some are left out.
            max_pixels: px that a frame may have.
        """
        self._path, self._sized, self._most, self._max_pixels = path, sized, most, max_pixels
        self._run: Ffmpeg | None = None  # that decodes
        self._next: Ffmpeg | None = None  # that will, once the clip is over
        self._told = False  # of its damages, once
        self._late = -TOLD  # when it last was

    def __str__(self) -> str:
        return str(self._path)

    def frames(self, stop: threading.Event) -> Generator[Pixels]:
        """Frames, each when it is due.

        Raises:
            VidreamError: it cannot be read, or no more.
        """
        video = open_video(self._path, max_pixels=self._max_pixels)
        sparse, wanted = _heavy(video), even(self._sized(video.size))
        video = fit_video(video, wanted, self._most)
        begin: float | None = None
        with closing(self._endless(video, sparse)) as numbered:
            for number, pixels in numbered:
                if begin is None:
                    begin = time.monotonic()
                early = begin + float(number / video.fps) - time.monotonic()
                if early < -LATE:
                    begin, self._late = begin - early, time.monotonic()
                if stop.wait(max(0.0, early)):
                    return
                yield pixels

    @property
    def remark(self) -> str:
        """That it is decoded too slowly, if it is."""
        if time.monotonic() - self._late < TOLD:
            return f"{self}: is decoded slower than it plays; a smaller copy would keep its time"
        return ""

    def interrupt(self) -> None:
        run = self._run
        if run is not None:
            run.kill()

    def _endless(self, video: Video, sparse: bool) -> Generator[tuple[int, Pixels]]:
        """Its frames again and again, with their numbers at its rate, which go on."""
        length, begin = video.count or 1, 0
        keeps = length * video.size.width * video.size.height * 3 <= KEPT
        kept: list[tuple[int, Pixels]] = []
        try:
            while not kept:
                last = -1
                with closing(self._once(video, sparse, ahead=not keeps)) as numbered:
                    for last, pixels in numbered:
                        yield begin + last, pixels
                        if keeps:
                            kept.append((last, pixels))
                if last < 0:
                    raise MediaError(f"{self}: has no frame that can be read any more")
                length = max(length, last + 1)
                begin += length
            for again in count(begin, length):
                for number, pixels in kept:
                    yield again + number, pixels
        finally:
            following, self._next = self._next, None
            if following is not None:
                following.close()

    def _once(self, video: Video, sparse: bool, *, ahead: bool) -> Generator[tuple[int, Pixels]]:
        """Its frames, once, with their numbers at its rate.

        Args:
            video: the clip.
            sparse: whether frames that no other frame needs are left out.
            ahead: whether it is opened for the next time before it is over.
        """
        if video.pace is None:
            yield from enumerate(frame.pixels() for frame in picture_frames(video, 0))
            return
        film, early = ReadFilm(video, video.pace, sparse=sparse), video.pace.count - EARLY * video.fps
        self._run, self._next = self._next or start(film), None
        with closing(decoded(film, self._run, told=not (self._told or sparse))) as numbered:
            for number, frame in numbered:
                if ahead and self._next is None and number >= early:
                    self._next = start(film)
                yield number, frame.pixels()
        self._told = True


def _heavy(video: Video) -> bool:
    """Whether a film is so large and fast that not all of its frames are decoded."""
    if video.stored is None or video.pace is None or video.pace.in_order:
        return False
    return video.stored.size.width * video.stored.size.height * video.fps > HEAVY
