"""The figures of all frames in sum, as rows of a table, and judged."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, fields
from typing import Any

import numpy as np

from vidream.errors import VidreamError
from vidream.report.flicker import Measured

ENOUGH = 0.5  # share of the frames that must have been measured, for their flicker to be judged


def summary(measured: Sequence[Measured]) -> dict[str, float | int | list[float]]:
    """In sum: means over frames, drifts from the first tenth of the film to the last, how many frames of which kind."""
    tenth = max(1, len(measured) // 10)

    def mean(name: str, rows: Sequence[Measured] = measured) -> float:
        values = [value for row in rows if (value := getattr(row, name)) is not None]
        return round(float(np.mean(values)), 3) if values else 0.0

    def ends(name: str) -> list[float]:
        return [mean(name, measured[tenth : 2 * tenth] or measured), mean(name, measured[-tenth:])]

    averaged = ("warp_error", "warp_error_source", "excess", "edges", "strength", "sharpness", "low_trust")
    return {
        "frames": len(measured),
        "measured": sum(row.excess is not None for row in measured),
        "cuts": sum(row.cut for row in measured),
        "unfollowed": sum(row.unfollowed for row in measured),
        **{name: mean(name) for name in averaged},
        "strength_ends": ends("strength"),
        "sharpness_ends": ends("sharpness"),
        "luma_drift": round(mean("luma", measured[-tenth:]) - mean("luma", measured[:tenth]), 3),
        "chroma_drift": round(mean("chroma", measured[-tenth:]) - mean("chroma", measured[:tenth]), 3),
    }


def check_flicker(measured: Sequence[Measured], most: float, frames: int) -> None:
    """Raise VidreamError unless the mean excess is at most `most`, and enough was measured to say so.

    frames  of the dreamed film; the first, which follows from none, is not asked for
    """
    sums = summary(measured)
    count, excess = sums["measured"], sums["excess"]
    assert isinstance(count, int)
    assert isinstance(excess, float)
    if count == 0 or count < ENOUGH * (frames - 1):
        raise VidreamError(
            f"the flicker of {count} of {frames} frames was measured: too few to be judged by --max-flicker, "
            f"which wants {ENOUGH:.0%}"
        )
    if not excess <= most:  # nan is no bound
        raise VidreamError(f"the flicker, an excess of {excess:g}, is above --max-flicker {most:g}")


def rows(measured: Sequence[Measured]) -> Iterator[dict[str, Any]]:
    return (asdict(row) for row in measured)


COLUMNS = tuple(each.name for each in fields(Measured))
