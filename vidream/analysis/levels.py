"""Tables of levels over time, .csv: a row for each moment, its second first, then a number in each column."""

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from vidream.analysis.labels import read_seconds
from vidream.analysis.samples import Floats, Times
from vidream.analysis.user_file import read_bounded
from vidream.errors import MediaError, nearest
from vidream.text import figure

LARGEST = 16_000_000
"""Bytes of a table, at most."""

MOST_ROWS, MOST_COLUMNS = 500_000, 200
"""Of a table."""

ONLY = "level"
"""What the second column is called in a table that does not name it."""


@dataclass(frozen=True, eq=False)
class Levels:
    """One column of a table."""

    times: Times
    """(n,) float64 seconds, rising"""
    values: Floats
    """(n,) float32, 0..1"""
    scaled: bool
    """Whether they were brought to 0..1, from the least in the table to the greatest"""

    @property
    def duration(self) -> float:
        """Seconds, to the last row."""
        return float(self.times[-1])


def read_levels(path: Path, column: str) -> Levels:
    """A column of a table. Values from 0 to 1 are as they stand; if any lies outside, all are scaled to 0..1.

    Args:
        path: of a text in UTF-8, with commas, semicolons or tabs between; the first row may be a heading. Beside
            semicolons and tabs a comma is a decimal one.
        column: its name in the heading; ONLY: the second column, whatever it is called.

    Raises:
        MediaError: it cannot be read, has no such column, or a row that is none; the message says which.
    """
    rows = _rows(path)
    index = _index(path, rows, column)
    if read_seconds(rows[0][1][0]) is None:
        rows = rows[1:]
    if not rows:
        raise MediaError(f"{path}: has no row of numbers")
    times, values = np.empty(len(rows)), np.empty(len(rows))
    for place, (number, row) in enumerate(rows):
        second, value = read_seconds(row[0]), _number(row[index] if index < len(row) else "")
        if second is None or value is None:
            raise MediaError(f"{path}: row {number} must be a second, 0 or later, and a number in column {index + 1}")
        if place and second <= times[place - 1]:
            raise MediaError(
                f"{path}: row {number} is at {figure(second)} s, after one at {figure(times[place - 1])} s; sort them"
            )
        times[place], values[place] = second, value
    low, high = float(values.min()), float(values.max())
    scaled = low < 0 or high > 1
    if scaled:
        halves, span = values / 2 - low / 2, high / 2 - low / 2  # the whole may be more than a float holds
        values = halves / (span or 1.0)
    return Levels(times, values.astype(np.float32), scaled)


def _rows(path: Path) -> list[tuple[int, list[str]]]:
    """(number from 1, fields) of each row that is not blank."""
    try:
        text = read_bounded(path, LARGEST).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise MediaError(f"{path}: not a text file in UTF-8; save it as one") from None
    lines = text.splitlines()
    if len(lines) > MOST_ROWS:
        raise MediaError(f"{path}: {len(lines):,} rows; {MOST_ROWS:,} are the most")
    heading = lines[0] if lines else ""
    delimiter = next((sign for sign in "\t;" if sign in heading), ",")
    try:
        rows = [(number, row) for number, row in enumerate(csv.reader(lines, delimiter=delimiter), 1) if any(row)]
    except csv.Error:
        raise MediaError(f"{path}: not a table of comma-separated values") from None
    if not rows or len(rows[0][1]) < 2:
        raise MediaError(f"{path}: must have rows of a second and a number, such as 0.5,0.8")
    if len(rows[0][1]) > MOST_COLUMNS:
        raise MediaError(f"{path}: {len(rows[0][1])} columns; {MOST_COLUMNS} are the most")
    if delimiter != ",":
        rows = [(number, [field.replace(",", ".") for field in row]) for number, row in rows]
    return rows


def _index(path: Path, rows: list[tuple[int, list[str]]], column: str) -> int:
    heading = [field.strip().casefold() for field in rows[0][1]]
    named = read_seconds(rows[0][1][0]) is None
    if named and column.casefold() in heading[1:]:
        return heading.index(column.casefold(), 1)
    if column == ONLY:
        return 1
    known = [name for name in heading[1:] if named and name] or [ONLY]
    raise MediaError(f"{path}: has no column {column[:80]!r}; {nearest(column[:80], [name[:80] for name in known])}")


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if np.isfinite(value) and "_" not in text else None
