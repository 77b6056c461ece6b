"""How steady a dreamed film is, and how strong: measured against its source, frame by frame."""

from vidream.report.comparison import Comparison
from vidream.report.flicker import FrameFigures, measure, trusted_regions
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
    "summary",
    "trusted_regions",
]
