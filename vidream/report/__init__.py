"""How steady a dreamed film is, and how strong: measured against its source, frame by frame."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

from vidream.report.comparison import Comparison
from vidream.report.flicker import FrameFigures, measure_comparison, trusted_regions
from vidream.report.report import Report, make_report
from vidream.report.summary import COLUMNS, as_rows, check_flicker, summary

__all__ = [
    "COLUMNS",
    "Comparison",
    "FrameFigures",
    "Report",
    "as_rows",
    "check_flicker",
    "make_report",
    "measure",
    "measure_comparison",
    "summary",
    "trusted_regions",
]


def measure(
    source: Path, dreamed: Path, start: Fraction | None = None, end: Fraction | None = None
) -> Iterator[FrameFigures]:
    """The frames of a dreamed film, one after the other, each against the source's frame that it shows.

    Args:
        source: the film, or pictures, that was dreamed.
        dreamed: what became of it.
        start: seconds of the source at which the part that was dreamed begins; None: its first frame.
        end: seconds of the source at which that part ends; None: after its last frame.

    Raises:
        ConfigError: nothing lies between start and end.
        MediaError: one of them is no film, or there is no frame to measure.
    """
    return measure_comparison(Comparison(source, dreamed, start, end))
