"""What a preview keeps for the next one: dreamers, opened films, pictures, dreams. All of it bounded."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from fractions import Fraction
from pathlib import Path
from typing import Generic, TypeVar

from vidream.config import RunConfig
from vidream.frames import Frame
from vidream.jobs.preview_cost import TimedDreamer, dreamer_key, timed_dreamer
from vidream.media.nearby import NearbyFrames, film_near
from vidream.media.reader import open_video
from vidream.media.video import Video
from vidream.plan.seed import file_of, read_seed, time_of

Value = TypeVar("Value")

SMALL = 640
"""Px, at most, of the long side of frames that are kept small."""


class Kept(Generic[Value]):
    """Values by key; the ones that were asked for longest ago go when there are too many, or they weigh too much."""

    def __init__(
        self,
        most: int,
        gone: Callable[[Value], None] = lambda _: None,
        weight: Callable[[Value], int] = lambda _: 0,
        heaviest: int = 0,
    ) -> None:
        """Nothing is kept yet.

        Args:
            most: how many.
            gone: called with each that goes.
            weight: of a value, bytes.
            heaviest: bytes of all of them together; the newest stays whatever it weighs.
        """
        self._most, self._gone, self._weight, self._heaviest = most, gone, weight, heaviest
        self._values: OrderedDict[Hashable, Value] = OrderedDict()

    def __len__(self) -> int:
        return len(self._values)

    def get(self, key: Hashable) -> Value | None:
        """What is kept under a key, if anything is."""
        if key not in self._values:
            return None
        self._values.move_to_end(key)
        return self._values[key]

    def put(self, key: Hashable, value: Value) -> Value:
        """Keep a value."""
        self._values[key] = value
        self._values.move_to_end(key)
        while len(self._values) > self._most or (
            len(self._values) > 1 and sum(map(self._weight, self._values.values())) > self._heaviest > 0
        ):
            _, oldest = self._values.popitem(last=False)
            self._gone(oldest)
        return value

    def make(self, key: Hashable, made: Callable[[], Value]) -> Value:
        """What is kept under a key; it is made first where nothing is."""
        value = self.get(key)
        return self.put(key, made()) if value is None else value

    def clear(self) -> None:
        """Let all go."""
        for value in self._values.values():
            self._gone(value)
        self._values.clear()


class Shelf:
    """The files that previews are of, and what dreams of them."""

    def __init__(self) -> None:
        self._videos: Kept[Video] = Kept(8)
        self._near: Kept[NearbyFrames] = Kept(2, NearbyFrames.close)
        self._frames: Kept[Frame] = Kept(4, weight=lambda frame: frame.samples.nbytes, heaviest=256 * 2**20)
        self._dreamers: Kept[TimedDreamer] = Kept(6)

    def video(self, path: Path, fps: Fraction | None, max_pixels: int) -> Video:
        """A film, opened. Arguments and errors: those of vidream.media.reader.open_video."""
        return self._videos.make((*_facts(path), fps, max_pixels), lambda: open_video(path, fps, max_pixels))

    def near(self, video: Video, *, alpha: bool) -> NearbyFrames:
        """Its frames, small."""
        key = (*_facts(video.path), video.fps, alpha)
        return self._near.make(key, lambda: NearbyFrames(video, SMALL, alpha=alpha))

    def frame(self, video: Video, number: int, *, alpha: bool, hdr: bool) -> Frame:
        """One of its frames as it is."""
        key = (*_facts(video.path), video.fps, number, alpha, hdr)
        return self._frames.make(key, lambda: film_near(video, number, alpha=alpha, hdr=hdr))

    def seed(self, source: str, max_pixels: int) -> Frame:
        """A picture, or a film's frame. Arguments and errors: those of vidream.plan.seed.read_seed."""
        path, second = file_of(source), time_of(source)
        if second is None:
            return self._frames.make((*_facts(path), max_pixels), lambda: read_seed(source, max_pixels))
        video = self.video(path, None, max_pixels)
        number = int(second * video.fps)
        return self.frame(
            video, number if video.count is None else min(number, video.count - 1), alpha=False, hdr=False
        )

    def dreamer(self, config: RunConfig) -> TimedDreamer:
        """What dreams with the network and the layers of a config."""
        return self._dreamers.make(dreamer_key(config), lambda: timed_dreamer(config))

    def close(self) -> None:
        """Let all go."""
        for each in (self._videos, self._near, self._frames, self._dreamers):
            each.clear()


def _facts(path: Path) -> tuple[Hashable, ...]:
    """A file as it is now; a file that is not there is told of by whoever opens it."""
    try:
        facts = path.stat()
    except OSError:
        return (path,)
    return path, facts.st_mtime_ns, facts.st_size
