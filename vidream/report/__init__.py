"""How steady a dreamed film is, and how strong: measured against its source, frame by frame."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

from vidream.report.films import Comparison
from vidream.report.flicker import Measured, believed, measured
from vidream.report.report import Report, make_report
from vidream.report.summary import COLUMNS, check_flicker, rows, summary

__all__ = [
    "COLUMNS",
    "Comparison",
    "Measured",
    "Report",
    "believed",
    "check_flicker",
    "make_report",
    "measure",
    "measured",
    "rows",
    "summary",
]


def measure(
    source: Path, dreamed: Path, start: Fraction | None = None, end: Fraction | None = None
) -> Iterator[Measured]:
    """The frames of a dreamed film, one after the other, each against the source's frame that it shows.

    Args:
        source: the film, or pictures, that was dreamed.
        dreamed: what became of it.
        start, end: the part of the source that was dreamed, in seconds; None: from its first frame, to its last.

    Raises:
        ConfigError: nothing lies between start and end.
        MediaError: one of them is no film, or there is no frame to measure.
    """
    return measured(Comparison(source, dreamed, start, end))
