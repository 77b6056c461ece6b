"""The figures of all frames in sum, as rows of a table, and judged."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, fields
from typing import Any

import numpy as np

from vidream.errors import VidreamError
from vidream.report.flicker import FrameFigures
from vidream.report.verdict import of_alone, standing_out, verdict
from vidream.text import figure

MIN_MEASURED = 0.5
"""Share of the frames that must have been measured for their flicker to be judged."""

AVERAGED = ("warp_error", "warp_error_source", "excess", "edges", "strength", "sharpness", "low_trust")
"""Figures whose mean over the frames is told."""

COLUMNS = tuple(field.name for field in fields(FrameFigures))
"""The figures of a frame, by name, in order."""


def summary(figures: Sequence[FrameFigures], *, is_alone: bool = False) -> dict[str, Any]:
    """All frames in sum: means, drifts from the first tenth of the film to the last, how many frames of which kind.

    Where nothing was measured, a mean is 0. "verdict" and "of_alone" are as in vidream.report.verdict; the latter is
    None where nothing can be said. "stands_out" has the numbers of frames. is_alone: each was dreamed alone.
    """
    tenth = max(1, len(figures) // 10)
    begin, end = figures[:tenth], figures[-tenth:]
    settled = figures[tenth : 2 * tenth] or figures  # a dream takes some frames to unfold
    measured = sum(row.excess is not None for row in figures)
    excess, strength = _mean(figures, "excess"), _mean(figures, "strength")
    word = verdict(measured, excess, strength, is_alone=is_alone)
    return {
        "verdict": word,
        "of_alone": None if word in ("unmeasured", "weak") else round(of_alone(excess, strength), 3),
        "stands_out": standing_out(figures),
        "frames": len(figures),
        "measured": measured,
        "cuts": sum(row.cut for row in figures),
        "unfollowed": sum(row.unfollowed for row in figures),
        **{name: _mean(figures, name) for name in AVERAGED},
        "strength_ends": [_mean(settled, "strength"), _mean(end, "strength")],
        "sharpness_ends": [_mean(settled, "sharpness"), _mean(end, "sharpness")],
        "luma_drift": round(_mean(end, "luma") - _mean(begin, "luma"), 3),
        "chroma_drift": round(_mean(end, "chroma") - _mean(begin, "chroma"), 3),
    }


def _mean(figures: Sequence[FrameFigures], name: str) -> float:
    values = [value for row in figures if (value := getattr(row, name)) is not None]
    if not values:
        return 0.0
    return round(float(np.mean(values)), 3)


def check_flicker(figures: Sequence[FrameFigures], most: float, frames: int) -> None:
    """Check that the mean excess is at most `most`.

    Args:
        figures: of the frames that were compared.
        most: the highest excess that is allowed.
        frames: of the dreamed film; the first, which follows from none, need not be measured.

    Raises:
        VidreamError: it is higher, or too little was measured to say so.
    """
    excesses = [row.excess for row in figures if row.excess is not None]
    if not excesses or len(excesses) < MIN_MEASURED * (frames - 1):
        raise VidreamError(
            f"the flicker of {len(excesses)} of {frames} frames was measured: too few to be judged by --max-flicker, "
            f"which wants {MIN_MEASURED:.0%}"
        )
    excess = _mean(figures, "excess")
    if not excess <= most:  # nan is no bound
        raise VidreamError(f"the flicker, an excess of {figure(excess)}, is above --max-flicker {figure(most)}")


def as_rows(figures: Sequence[FrameFigures]) -> Iterator[dict[str, Any]]:
    """Each frame's figures as a row of a table: a value for each of COLUMNS."""
    return (asdict(row) for row in figures)
