"""A dreamed film beside its source, frame by frame: of another length, another rate, or a part of it alone."""

from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import replace
from fractions import Fraction
from math import floor
from pathlib import Path

from vidream.errors import ConfigError
from vidream.events import warn
from vidream.frames import Pixels, size_of
from vidream.media.reader import frames, open_video
from vidream.media.video import Video
from vidream.plan.timeline import Timeline
from vidream.resample import fitted

WIDTH = 480  # px at most, at which films are measured
SAME_RATE = Fraction(1, 1000)  # relative difference of two frame rates that are taken for one


class Comparison:
    """A dreamed film beside what it was made of: which of the source's frames each of its frames shows.

    By number where they have one frame rate, or where that gives as many frames as there are; else by time.

    Raises:
        ConfigError: nothing lies between start and end.
        MediaError: one of them is no film.
    """

    def __init__(self, source: Path, dreamed: Path, start: Fraction | None = None, end: Fraction | None = None) -> None:
        """start, end: the part of the source that was dreamed, in seconds."""
        self.dreamed = open_video(dreamed)
        self.source = open_video(source, self.dreamed.fps)
        if self.dreamed.pictures:  # they have no rate of their own
            self.dreamed = open_video(dreamed, self.source.fps)
        own, other = self.source.fps, self.dreamed.fps
        self.whole = start is None and end is None
        self.timeline = Timeline.of_part(own, self.source.count, own, start or Fraction(0), end)
        if self._expected() == 0:
            raise ConfigError(f"{source}: no frame lies between --start and --end")
        self.by_time = abs(own - other) > SAME_RATE * own and self._expected() != self.dreamed.count
        if self.by_time:
            self.timeline = replace(self.timeline, output=other)

    def _expected(self) -> int | None:
        """Frames that the dreamed film would have, were it whole; None when the source does not say."""
        count = self.source.count
        return self.timeline.limit if count is None else self.timeline.count(count)

    @property
    def most(self) -> int:
        """Frames of the dreamed film, or that it would have, were it whole: what is more."""
        return max(self.dreamed.count or 0, self._expected() or 0)

    def pairs(self) -> Iterator[tuple[Pixels, Pixels]]:
        """(source, dreamed) for each frame of the dreamed film, at one size; what was left out is said."""
        own, other = self.source.fps, self.dreamed.fps
        if self.by_time:
            warn(
                f"{self.dreamed.path} has {float(other):g} frames a second, {self.source.path} has {float(own):g}: "
                "its frames are compared with those at their times"
            )
        compared = 0
        with closing(self._shown()) as shown, closing(small(self.dreamed)) as dreamed:
            for here in shown:
                there = next(dreamed, None)
                if there is None:
                    self._tell_of_the_rest(compared)
                    return
                yield here, fitted(there, size_of(here))
                compared += 1
            if compared and next(dreamed, None) is not None:
                warn(
                    f"{self.dreamed.path} goes on after {compared} frames, where {self.source.path} ends: "
                    "they were compared, the rest was not"
                )

    def _tell_of_the_rest(self, compared: int) -> None:
        of = f"of {self._expected()} " if self._expected() else ""
        other = "; if it begins later than the source, or shows a part of it, give --start and --end"
        hint = other if self.whole else ""
        warn(f"{self.dreamed.path} ends after {compared} {of}frames: they were compared{hint}")

    def _shown(self) -> Generator[Pixels]:
        """The source's frame that each output frame shows, as in a render."""
        timeline, made = self.timeline, 0
        first = floor(timeline.start * timeline.source)
        before: Pixels | None = None
        index = first
        for index, pixels in enumerate(small(self.source, first), first):
            until = timeline.first(index)
            if timeline.limit is not None and until >= timeline.limit:
                until = timeline.limit
                break
            if before is not None:
                yield from [before] * (until - made)
                made = until
            before = pixels
        else:
            until = timeline.count(index + 1)
        if before is not None:
            yield from [before] * (until - made)


def small(video: Video, first: int = 0) -> Generator[Pixels]:
    """A film's frames, from number `first` on, at the size at which they are measured."""
    size = video.size.scaled_to(WIDTH) if video.size.width > WIDTH else video.size
    with closing(frames(video, first)) as played:
        for frame in played:
            yield fitted(frame.pixels(), size)
