"""A report of a dreamed film: measured, summed up, and written as a table."""

import csv as csv_format
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

from vidream.config import configure
from vidream.config.film_knobs import Film
from vidream.errors import ConfigError
from vidream.events import CountEvent, Listener, StageEvent, checkpoint, scope, tell
from vidream.jobs.side_file import SideFile
from vidream.report.comparison import Comparison
from vidream.report.flicker import FrameFigures, measure
from vidream.report.made import Made
from vidream.report.summary import COLUMNS, as_rows, check_flicker, summary
from vidream.report.verdict import words


@dataclass(frozen=True)
class Report:
    """How steady a dreamed film is, and how strong."""

    figures: Sequence[FrameFigures]
    """Of each frame."""
    summary: Mapping[str, Any]
    """Of all of them, by name."""
    frames: int
    """How many frames could be measured at most."""
    fps: Fraction
    """Frames a second of the dreamed film."""
    made: Made = field(default_factory=Made)
    """What the recipe of the dreamed film says."""
    begins: Fraction = Fraction(0)
    """Seconds of the source before the dreamed film's first frame."""

    @property
    def words(self) -> list[str]:
        """What the figures mean: whether it is steady, and which frames stand out."""
        return list(words(self.summary, self.figures, self.fps, self.made, self.begins))

    def as_json(self) -> dict[str, Any]:
        """All figures, as JSON may hold them."""
        return {**self.summary, "words": self.words, "per_frame": list(as_rows(self.figures))}

    def write_csv(self, table: SideFile) -> None:
        """Write every frame's figures. Raises as SideFile.open."""
        with table.open() as path, path.open("w", newline="", encoding="utf-8") as file:
            writer = csv_format.DictWriter(file, COLUMNS)
            writer.writeheader()
            writer.writerows(as_rows(self.figures))

    def check_flicker(self, most: float) -> None:
        """Raise VidreamError if the mean excess warp error is above `most`, or if too little was measured to say so."""
        check_flicker(self.figures, most, self.frames)


def make_report(
    source: str | Path,
    dreamed: str | Path,
    *,
    start: str | None = None,
    end: str | None = None,
    length: str | None = None,
    on_event: Listener | None = None,
    cancel: threading.Event | None = None,
) -> Report:
    """Measure a dreamed film against its source.

    Args:
        source: the film, or pictures, that was dreamed.
        dreamed: what became of it.
        start: measure from here on: seconds of the source, or mm:ss. Where neither the recipe of the dreamed film nor
            its count of frames says which part of the source it shows, it begins here.
        end: measure up to here: seconds of the source.
        length: in place of `end`: "10s", or a number of frames.
        on_event: called with each vidream.Event.
        cancel: set it from another thread, and the run ends within a frame with Cancelled.

    Raises:
        ConfigError: nothing lies between start and end, or the two films have changed places.
        MediaError: one of them is no film, or there is no frame to measure.
        Cancelled: `cancel` was set.
    """
    with scope(on_event, cancel):
        part = _part(start, end, length)
        films = Comparison(Path(source), Path(dreamed), part.start, part.end, part.length)
        tell(StageEvent("comparing", Path(dreamed)))
        figures: list[FrameFigures] = []
        for frame in measure(films):
            figures.append(frame)
            tell(CountEvent(len(figures), films.frame_count or None))
            checkpoint()
        sums = summary(figures, is_alone=films.made.is_alone)
        return Report(figures, sums, films.frame_count, films.dreamed.fps, films.made, films.begins)


def _part(start: str | None, end: str | None, length: str | None) -> Film:
    """The knobs of a part of a film, read as `vidream video` reads them."""
    for name, text in (("--start", start), ("--end", end)):
        if text is not None and text.startswith("@"):
            raise ConfigError(f"{name} {text}: a report has no markers; give seconds, or mm:ss")
    return configure("video", start=start, end=end, length=length).film
