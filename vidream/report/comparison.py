"""A dreamed film beside its source, frame by frame: of another length, another rate, or a part of it alone."""

from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import replace
from fractions import Fraction
from functools import cached_property
from itertools import repeat
from math import floor
from pathlib import Path

from vidream.config.length import Length
from vidream.config.sizing import Fit
from vidream.errors import ConfigError
from vidream.events import note, warn
from vidream.frames import PEAK, Frame, Pixels, Size, size_of
from vidream.media.reader import frames, open_video
from vidream.media.video import Video
from vidream.plan.timeline import Timeline
from vidream.report.made import check_source, made_as, part_of, seconds_of
from vidream.resample import fit_pixels, without_padding
from vidream.text import shell_command

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

    def __init__(
        self,
        source: Path,
        dreamed: Path,
        start: Fraction | None = None,
        end: Fraction | None = None,
        length: Length | None = None,
    ) -> None:
        """Open both films; no frame is read.

        Where the dreamed film has as many frames as the part of the source that its recipe names, or as the whole
        source, that is what it shows, and `start`, `end` and `length` say what of it is compared. Else they say what it
        shows.

        Args:
            source: the film, or pictures, that was dreamed.
            dreamed: what became of it.
            start: seconds of the source; None: where the dreamed film begins.
            end: seconds of the source; None: where the dreamed film ends.
            length: in place of `end`, from `start` on.

        Raises:
            ConfigError: nothing lies between start and end, a length is in beats, or the films have changed places.
            MediaError: one of them is no film, or by its recipe the dreamed one was made of none.
        """
        self.dreamed = open_video(dreamed)
        made = made_as(dreamed)
        self.source = open_video(source, self.dreamed.fps)
        self.made = replace(made, is_of_another=check_source(self.source, dreamed, made))
        if self.dreamed.pictures:  # they have no rate of their own
            self.dreamed = open_video(dreamed, self.source.fps)
        self._begins, self._ends = start is not None, end is not None or length is not None
        self.skipped = 0
        """Frames of the dreamed film before those that are compared."""
        self._whole: Timeline | None = None
        """Of all that the dreamed film shows; None: it is not known."""
        self.timeline = self._timeline(start, end, length)
        if self._expected_count() == 0:
            raise ConfigError(self._nothing_left(start, end, length))

    @property
    def begins(self) -> Fraction:
        """Seconds of the source before the dreamed film's first frame."""
        return self.timeline.start - self.skipped / self.timeline.output

    def _nothing_left(self, start: Fraction | None, end: Fraction | None, length: Length | None) -> str:
        """What is said where no frame lies in the part that is asked for."""
        seconds = {"--start": start, "--end": end}
        asked = [f"{name} {float(value):.6g}" for name, value in seconds.items() if value is not None]
        asked += [] if length is None else [f"--length {length}"]
        by = " ".join(asked) or "the part that its recipe names"
        if self._whole is not None:
            begin = self._whole.start
            end = begin + (self.dreamed.count or 0) / self._whole.output
            shows = f"{self.dreamed.path} shows {float(begin):.6g} to {float(end):.6g} s of {self.source.path}"
        else:
            shows = f"{self.source.path} is {float((self.source.count or 0) / self.source.fps):.6g} s long"
        return f"{shows}: no frame of that lies in {by}"

    def _timeline(self, start: Fraction | None, end: Fraction | None, length: Length | None) -> Timeline:
        """Which source frames are shown by the frames that are compared; `skipped` and `_whole` are set, too."""
        by_recipe, whole = self._part_by_recipe(), None
        for begun, ended in (by_recipe, (None, None)):
            complete = self._of_part(begun, ended)
            if self.dreamed.count is not None and self._count(complete) == self.dreamed.count:
                whole = complete
                break
        else:
            begun, ended = by_recipe if start is None else (None, None)
        self._whole = whole
        self._tell_part(begun, ended)
        first = begun if start is None else start
        if length is not None:
            end = (first or Fraction(0)) + seconds_of(length, self.source.fps)
        if whole is None:
            return self._of_part(first, ended if end is None else end)
        wanted = Timeline.of_part(whole.source, self.source.count, whole.output, first or Fraction(0), end)
        self.skipped = max(0, floor((wanted.start - whole.start) * whole.output + Fraction(1, 2)))
        ends = [each for each in (wanted.end, whole.end) if each is not None]
        return replace(whole, start=whole.start + self.skipped / whole.output, end=min(ends, default=None))

    def _part_by_recipe(self) -> tuple[Fraction | None, Fraction | None]:
        """Where in the source the dreamed film begins and ends, seconds, as its recipe says."""
        if self.made.film is None:
            return None, None
        lasts = None if self.dreamed.count is None else self.dreamed.count / self.dreamed.fps
        return part_of(self.made.film, self.source.fps, lasts)

    def _tell_part(self, begun: Fraction | None, ended: Fraction | None) -> None:
        """Note which part of the source the dreamed film shows, where its recipe has said it."""
        if (begun, ended) == (None, None):
            return
        ending = "" if ended is None else f" and ends at {float(ended):.6g} s"
        note(
            f"begins at {float(begun or 0):.6g} s{ending} of {self.source.path}, as its recipe says", self.dreamed.path
        )

    def _of_part(self, start: Fraction | None, end: Fraction | None) -> Timeline:
        """Which source frames a dreamed film of a part of the source shows: by number, or else by time."""
        fps, dreamed_fps = self.source.fps, self.dreamed.fps
        timeline = Timeline.of_part(fps, self.source.count, fps, start or Fraction(0), end)
        is_other_rate = abs(fps - dreamed_fps) > SAME_RATE * fps
        if is_other_rate and self._count(timeline) != self.dreamed.count:
            return replace(timeline, output=dreamed_fps)
        return timeline

    def _count(self, timeline: Timeline) -> int | None:
        """Frames that a complete dreamed film has; None where the source does not say."""
        count = self.source.count
        return timeline.limit if count is None else timeline.count(count)

    def _expected_count(self) -> int | None:
        return self._count(self.timeline)

    @property
    def by_time(self) -> bool:
        """Whether the source's frames are found by their times, not by their numbers."""
        return self.timeline.output != self.timeline.source

    @property
    def frame_count(self) -> int:
        """Frames of the dreamed film that are compared, or of the complete one, which are more."""
        expected = self._expected_count() or 0
        if self._ends and expected:
            return expected
        return max((self.dreamed.count or 0) - self.skipped, expected)

    def pairs(self) -> Iterator[tuple[Pixels, Pixels]]:
        """(source, dreamed) for each frame of the dreamed film, at one size; what is left out is a warning."""
        if self.by_time:
            warn(
                f"{self.dreamed.path} has {float(self.dreamed.fps):g} frames a second, {self.source.path} has "
                f"{float(self.source.fps):g}: its frames are compared with those at their times"
            )
        self._tell_shape()
        count = 0
        with closing(self._source_frames()) as source_frames, closing(self._dreamed_frames()) as dreamed_frames:
            for source in source_frames:
                dreamed = next(dreamed_frames, None)
                if dreamed is None:
                    self._warn_of_early_end(count)
                    return
                yield source, fit_pixels(dreamed, size_of(source))
                count += 1
            if count and not self._ends and next(dreamed_frames, None) is not None:
                warn(
                    f"{self.dreamed.path} goes on after {count} frames, where {self.source.path} ends: "
                    "they were compared, the rest was not"
                )

    def _warn_of_early_end(self, count: int) -> None:
        expected, advice = "", ""
        if self._expected_count():
            expected = f"of {self._expected_count()} "
        if not (self._begins or self._ends):
            advice = "; if it begins later than the source, or shows a part of it, give --start and --end"
        warn(f"{self.dreamed.path} ends after {count} {expected}frames: they were compared{advice}")

    def _tell_shape(self) -> None:
        """Say what is compared where the dreamed film has another shape than its source."""
        if self.made.film is not None and self.made.film.sizes(self.source.size)[1] == self.dreamed.size:
            if self._picture is not None:
                note(f"its bars are left out: its picture is {self._picture}, as its recipe says", self.dreamed.path)
            return
        if self._size != self._whole_size:
            width, height = Fit(*self.dreamed.size).within(self.source.size)
            cut = ["ffmpeg", "-i", str(self.dreamed.path), "-vf", f"crop={width}:{height}", "-crf", "0", "no-bars.mp4"]
            warn(
                f"{self.dreamed.path} has another shape than {self.source.path}: what both show is compared, as if it "
                f"was cropped; if it has bars instead, cut them off first: {shell_command(cut)}"
            )

    @cached_property
    def _picture(self) -> Size | None:
        """Of the picture in the dreamed film, px, where its recipe says that bars were put around it; else None."""
        if self.made.film is None:
            return None
        picture, frame = self.made.film.sizes(self.source.size)
        return picture if frame == self.dreamed.size != picture else None

    @cached_property
    def _whole_size(self) -> Size:
        """At which the source is measured: no larger than it is in the dreamed film, so that this is not blurred."""
        own, shown = self.source.size, self._picture or self.dreamed.size
        scale = max(Fraction(shown.width, own.width), Fraction(shown.height, own.height))
        return measured_size(self.source).at_most(max(1, round(max(own) * scale)))

    @cached_property
    def _size(self) -> Size:
        """At which frames are compared: the source's, less what a dreamed film of another shape does not show."""
        size, shown = self._whole_size, self._picture or self.dreamed.size
        width = min(size.width, round(Fraction(size.height * shown.width, shown.height)))
        height = min(size.height, round(Fraction(size.width * shown.height, shown.width)))
        if size.width - width <= ROUNDED and size.height - height <= ROUNDED:
            return size
        return Size(max(1, width), max(1, height))

    def _dreamed_frames(self) -> Generator[Pixels]:
        """The dreamed film's frames that are compared, at most as large as they are measured, without bars."""
        if self._picture is None:
            yield from small_frames(self.dreamed, self.skipped)
            return
        with closing(frames(self.dreamed, self.skipped)) as decoded:
            for frame in decoded:
                yield without_padding(frame.pixels(), self._picture)

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
