"""A film's frames around a moment, small, for whoever goes back and forth in it: decoded beside, a little ahead."""

import threading
from collections.abc import Callable, Generator
from contextlib import closing, suppress
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

from vidream.errors import MediaError, VidreamError
from vidream.events import checkpoint, scope
from vidream.frames import Frame, Size
from vidream.media.reader import fit_video, frames
from vidream.media.video import Video
from vidream.resample import fit_frame

MOST = 160 * 2**20
"""Bytes of frames that are kept, at most."""
BEFORE, AHEAD = 6, 48
"""Frames before and after one that is asked for that are decoded with it."""
NEAR = 40
"""Frames that a decoder goes on through for one that is asked for; for one further on it begins anew."""
GLANCE = 0.02
"""Seconds between two looks at whether the run is cancelled."""


class NearbyFrames:
    """A film's frames at a small size, at 8 bits, by number. Those around the last one asked for are kept.

    It is a vidream.plan.source.Source, whose frames are decoded in a thread of its own.
    """

    def __init__(self, video: Video, long_side: int, *, alpha: bool = False, most: int = MOST) -> None:
        """Nothing is decoded yet.

        Args:
            video: the film.
            long_side: px, at most, of a frame's long side.
            alpha: whether frames have their alpha, where the film has one.
            most: bytes of frames that are kept.
        """
        size = video.size.at_most(long_side)
        self.size = video.size if size == video.size else Size(max(2, size.width & ~1), max(2, size.height & ~1))
        """Of every frame, px."""
        self.fps, self.count, self.path, self.alpha = video.fps, video.count, video.path, alpha and video.alpha
        self._video = video if self.alpha or video.pictures else fit_video(video, self.size)
        self._kept: dict[int, Frame] = {}
        self._room = max(BEFORE + AHEAD, most // (self.size.width * self.size.height * (4 if self.alpha else 3)))
        self._news = threading.Condition()
        self._wanted = 0
        self._filler: _Filler | None = None

    def __str__(self) -> str:
        return str(self.path)

    def at(self, number: int) -> Frame:
        """The frame of a number; the one before it where the film has ended.

        Raises:
            VidreamError: it cannot be read.
            Cancelled: the run was cancelled.
        """
        with self._news:
            self._wanted = number
            while number not in self._kept:
                filler = self._filler
                if filler is None or not filler.comes_to(number):
                    self._fill(max(0, number - BEFORE))
                elif filler.problem is not None:
                    self._filler = None
                    raise filler.problem
                elif filler.ended:
                    return self._last(number)
                self._news.wait(GLANCE)
                checkpoint()
            frame = self._kept[number]
            self._look_ahead(number)
            return frame

    def frames(self, first: int = 0) -> Generator[tuple[int, Frame]]:
        """(number, frame) from number `first` on."""
        number = first
        while self.count is None or number < self.count:
            yield number, self.at(number)
            number += 1

    def close(self) -> None:
        """Decode no more, and forget all."""
        with self._news:
            if self._filler is not None:
                self._filler.stop()
            self._filler = None
            self._kept.clear()

    def _last(self, number: int) -> Frame:
        """The film's last frame, where it has fewer than its packets promise."""
        before = [kept for kept in self._kept if kept < number]
        if not before:
            raise MediaError(f"{self.path}: has no frame at {float(number / self.fps):.2f} s")
        return self._kept[max(before)]

    def _look_ahead(self, number: int) -> None:
        """Have the frames after one decoded, too."""
        last = number + AHEAD // 2 if self.count is None else min(self.count - 1, number + AHEAD // 2)
        if last in self._kept or (self._filler is not None and self._filler.comes_to(last)):
            return
        missing = next((each for each in range(number + 1, last + 1) if each not in self._kept), None)
        if missing is not None:
            self._fill(missing)

    def _fill(self, first: int) -> None:
        if self._filler is not None:
            self._filler.stop()
        self._filler = _Filler(self._decode, first, self._take)

    def _decode(self, first: int) -> Generator[Frame]:
        with closing(frames(self._video, first, alpha=self.alpha, sought=True)) as following:
            for frame in following:
                yield frame if frame.size == self.size else _small(frame, self.size)

    def _take(self, filler: "_Filler", frame: Frame | None) -> bool:
        """Keep a frame that was decoded; None: there is none. Whether the next is wanted."""
        with self._news:
            if filler is not self._filler:
                return False
            if frame is not None:
                self._kept[filler.number] = frame
                while len(self._kept) > self._room:
                    del self._kept[max(self._kept, key=lambda each: abs(each - self._wanted))]
            self._news.notify_all()
            return frame is not None and filler.number <= self._wanted + AHEAD


def _small(frame: Frame, size: Size) -> Frame:
    """A frame at another size, of 8 bits."""
    fitted = fit_frame(frame, size)
    alpha: Any = None if fitted.opacity is None else (fitted.opacity * 255).round().astype("uint8")
    return replace(Frame(fitted.pixels(), 255.0), alpha=alpha)


class _Filler:
    """A thread that decodes frames from a number on."""

    def __init__(
        self, decode: Callable[[int], Generator[Frame]], first: int, take: Callable[["_Filler", Frame | None], bool]
    ) -> None:
        self.first = self.number = first
        """The frame that it began with, and the one that is being decoded."""
        self.ended, self.done = False, False
        """Whether the film has; whether no more are decoded."""
        self.problem: VidreamError | None = None
        self._cancel = threading.Event()
        threading.Thread(target=self._run, args=(decode, take), name="frames nearby", daemon=True).start()

    def comes_to(self, number: int) -> bool:
        """Whether it will soon be at a frame; where it has ended or failed, that is told of it."""
        if self.done and self.problem is None:
            return self.ended and self.number <= number
        return self.number <= number <= self.number + NEAR

    def stop(self) -> None:
        """Let it end, soon."""
        self._cancel.set()

    def _run(self, decode: Callable[[int], Generator[Frame]], take: Callable[["_Filler", Frame | None], bool]) -> None:
        with scope(None, self._cancel), suppress(VidreamError):
            try:
                with closing(decode(self.first)) as following:
                    for frame in following:
                        if not take(self, frame):
                            break
                        self.number += 1
                    else:
                        self.ended = True
            except VidreamError as error:
                self.problem = error
            self.done = True
            take(self, None)


def film_near(video: Video, number: int, *, alpha: bool = False, hdr: bool = False) -> Frame:
    """One frame of a film as it is, sought. MediaError: the film has none of that number."""
    with closing(frames(video, number, alpha=alpha, hdr=hdr, sought=True)) as following:
        frame = next(islice(following, 1), None)
    if frame is None:
        raise MediaError(f"{Path(video.path)}: has no frame at {float(number / video.fps):.2f} s")
    return frame
