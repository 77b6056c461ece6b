"""A dreamed film beside its source, frame by frame: of another length, another rate, or a part of it alone."""

from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import replace
from fractions import Fraction
from functools import cached_property
from itertools import repeat
from pathlib import Path

from vidream.errors import ConfigError
from vidream.events import warn
from vidream.frames import PEAK, Frame, Pixels, Size, size_of
from vidream.media.reader import frames, open_video
from vidream.media.video import Video
from vidream.plan.timeline import Timeline
from vidream.resample import fit_pixels

WIDTH = 480
"""Px, at most, at which films are measured."""

ROUNDED = 3
"""Px by which a side may differ in a film of the same shape, whose sides were rounded."""

SAME_RATE = Fraction(1, 1000)
"""Relative difference of two frame rates that are taken for one."""


class Comparison:
    """A dreamed film beside its source: which of the source's frames each of its frames shows.

    By number where they have one frame rate, or where that gives as many frames as there are; else by time.
    """

    def __init__(self, source: Path, dreamed: Path, start: Fraction | None = None, end: Fraction | None = None) -> None:
        """Open both films; no frame is read.

        Args:
            source: the film, or pictures, that was dreamed.
            dreamed: what became of it.
            start: seconds of the source at which the part that was dreamed begins; None: its first frame.
            end: seconds of the source at which that part ends; None: after its last frame.

        Raises:
            ConfigError: nothing lies between start and end.
            MediaError: one of them is no film.
        """
        self.dreamed = open_video(dreamed)
        self.source = open_video(source, self.dreamed.fps)
        if self.dreamed.pictures:  # they have no rate of their own
            self.dreamed = open_video(dreamed, self.source.fps)
        source_fps, dreamed_fps = self.source.fps, self.dreamed.fps
        self.is_part = start is not None or end is not None
        self.timeline = Timeline.of_part(source_fps, self.source.count, source_fps, start or Fraction(0), end)
        if self._expected_count() == 0:
            raise ConfigError(f"{source}: no frame lies between --start and --end")
        is_other_rate = abs(source_fps - dreamed_fps) > SAME_RATE * source_fps
        self.by_time = is_other_rate and self._expected_count() != self.dreamed.count
        if self.by_time:
            self.timeline = replace(self.timeline, output=dreamed_fps)

    def _expected_count(self) -> int | None:
        """Frames that the complete dreamed film has; None where the source does not say."""
        count = self.source.count
        if count is None:
            return self.timeline.limit
        return self.timeline.count(count)

    @property
    def frame_count(self) -> int:
        """Frames of the dreamed film, or of the complete one, which are more."""
        return max(self.dreamed.count or 0, self._expected_count() or 0)

    def pairs(self) -> Iterator[tuple[Pixels, Pixels]]:
        """(source, dreamed) for each frame of the dreamed film, at one size; what is left out is a warning."""
        if self.by_time:
            warn(
                f"{self.dreamed.path} has {float(self.dreamed.fps):g} frames a second, {self.source.path} has "
                f"{float(self.source.fps):g}: its frames are compared with those at their times"
            )
        if self._size != measured_size(self.source):
            warn(
                f"{self.dreamed.path} has another shape than {self.source.path}: what both show is compared, as if it "
                "was cropped; with --fit pad the figures say nothing"
            )
        count = 0
        with closing(self._source_frames()) as source_frames, closing(small_frames(self.dreamed)) as dreamed_frames:
            for source in source_frames:
                dreamed = next(dreamed_frames, None)
                if dreamed is None:
                    self._warn_of_early_end(count)
                    return
                yield source, fit_pixels(dreamed, size_of(source))
                count += 1
            if count and next(dreamed_frames, None) is not None:
                warn(
                    f"{self.dreamed.path} goes on after {count} frames, where {self.source.path} ends: "
                    "they were compared, the rest was not"
                )

    def _warn_of_early_end(self, count: int) -> None:
        expected, advice = "", ""
        if self._expected_count():
            expected = f"of {self._expected_count()} "
        if not self.is_part:
            advice = "; if it begins later than the source, or shows a part of it, give --start and --end"
        warn(f"{self.dreamed.path} ends after {count} {expected}frames: they were compared{advice}")

    @cached_property
    def _size(self) -> Size:
        """At which frames are compared: the source's, less what a dreamed film of another shape does not show."""
        size, shown = measured_size(self.source), self.dreamed.size
        width = min(size.width, round(Fraction(size.height * shown.width, shown.height)))
        height = min(size.height, round(Fraction(size.width * shown.height, shown.width)))
        if size.width - width <= ROUNDED and size.height - height <= ROUNDED:
            return size
        return Size(max(1, width), max(1, height))

    def _source_frames(self) -> Generator[Pixels]:
        """The source's frame that each output frame shows, as in a render."""
        first = self.timeline.first_index
        with closing(small_frames(self.source, first, self._size)) as played:
            numbered = ((index, Frame(pixels, PEAK)) for index, pixels in enumerate(played, first))
            for _, frame, hold in self.timeline.hold(numbered, merge=False):
                yield from repeat(frame.pixels(), hold)


def measured_size(video: Video) -> Size:
    """The size at which a film is measured, px."""
    if video.size.width > WIDTH:
        return video.size.scaled_to(WIDTH)
    return video.size


def small_frames(video: Video, first: int = 0, size: Size | None = None) -> Generator[Pixels]:
    """A film's frames, from number `first` on, at a size, or at that at which it is measured."""
    size = size or measured_size(video)
    with closing(frames(video, first)) as decoded:
        for frame in decoded:
            yield fit_pixels(frame.pixels(), size)
