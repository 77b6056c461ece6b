"""The figures of `vidream report`: as a table, CSV, JSON, and drawn."""

import csv as csv_format
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from vidream.errors import ConfigError
from vidream.media.paths import check_out
from vidream.report import COLUMNS, Measured, measure, rows, summary

SAID = {
    "excess": "flicker that the dream added (excess warp error, 0..1 squared, x 1e-4)",
    "warp_error": "warp error of the dreamed film",
    "warp_error_source": "warp error of the source",
    "edges": "warp error at motion boundaries",
    "strength": "strength: mean |dreamed - source|, 0..255",
    "strength_ends": "strength, second tenth and last tenth",
    "luma_drift": "brightness, last tenth less first, 0..255",
    "chroma_drift": "tint, last tenth less first, 0..255",
    "sharpness_ends": "sharpness, second tenth and last tenth",
    "low_trust": "share in which motion cannot be followed",
    "cuts": "cuts",
    "frames": "frames",
}


def show(
    source: Path, dreamed: Path, *, csv: Path | None, as_json: bool, plot: Path | None, max_flicker: float | None
) -> bool:
    """Measure and tell; False if the flicker is above what is allowed. Outputs are checked before the work."""
    for out, ending in ((csv, ".csv"), (plot, ".png")):
        if out is not None:
            check_out(out, True, source, (ending,))
            if out.exists() and out.samefile(dreamed):
                raise ConfigError(f"{out}: is the dreamed film itself; name another file")
    measured = list(measure(source, dreamed))
    sums = summary(measured)
    if csv is not None:
        with csv.open("w", newline="", encoding="utf-8") as file:
            table = csv_format.DictWriter(file, COLUMNS)
            table.writeheader()
            table.writerows(rows(measured))
    if plot is not None:
        cv2.imwrite(str(plot), drawn(measured, f"{dreamed.name} against {source.name}"))
    if as_json:
        print(json.dumps({**sums, "per_frame": list(rows(measured))}))
    else:
        _print(sums)
    return max_flicker is None or float(sums["excess"]) <= max_flicker  # type: ignore[arg-type]


def _print(sums: Mapping[str, Any]) -> None:
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    for name, said in SAID.items():
        value = sums[name]
        table.add_row(name, " ".join(f"{each:g}" for each in value) if isinstance(value, list) else f"{value:g}", said)
    Console().print(table)


PANELS = (
    ("Flicker: warp error, x 1e-4 (lower is steadier)", (("warp_error", "dreamed"), ("warp_error_source", "source"))),
    ("Strength: mean |dreamed - source|, 0..255", (("strength", "strength"),)),
    ("Brightness and tint: dreamed less source, 0..255", (("luma", "brightness"), ("chroma", "tint"))),
    ("Share in which motion cannot be followed", (("low_trust", "share"),)),
)
INKS = ((40, 60, 200), (150, 120, 40))  # BGR
WIDTH, HEIGHT, LEFT, TOP, BOTTOM = 1200, 260, 90, 44, 34  # px of a panel


def drawn(measured: Sequence[Measured], title: str) -> NDArray[np.uint8]:
    """Four panels under one another, frames from left to right, cuts as grey lines: (H, W, 3) uint8, BGR."""
    head = np.full((50, WIDTH, 3), 255, np.uint8)
    _text(head, title, (LEFT, 34), 0.8)
    return np.vstack([head, *(_panel(measured, name, lines) for name, lines in PANELS)])


def _panel(measured: Sequence[Measured], name: str, lines: Sequence[tuple[str, str]]) -> NDArray[np.uint8]:
    panel = np.full((HEIGHT, WIDTH, 3), 255, np.uint8)
    values = {key: [getattr(row, key) for row in measured] for key, _ in lines}
    known = [value for line in values.values() for value in line if value is not None] or [0.0]
    low, high = min(0.0, *known), max(0.0, *known)
    high = high if high > low else low + 1

    def at(frame: int, value: float) -> tuple[int, int]:
        x = LEFT + (WIDTH - LEFT - 30) * frame / max(1, len(measured) - 1)
        return round(x), round(TOP + (HEIGHT - TOP - BOTTOM) * (high - value) / (high - low))

    for row in measured:
        if row.cut:
            cv2.line(panel, at(row.frame, low), at(row.frame, high), (200, 200, 200), 1, cv2.LINE_AA)
    for tick in np.linspace(low, high, 3):
        cv2.line(panel, at(0, tick), at(len(measured) - 1, tick), (225, 225, 225), 1)
        _text(panel, f"{tick:.3g}", (12, at(0, tick)[1] + 5), 0.45)
    for tick in range(0, len(measured), max(1, len(measured) // 10)):
        _text(panel, str(tick), (at(tick, low)[0] - 8, HEIGHT - 14), 0.45)
    _text(panel, name, (LEFT, 26), 0.6)
    for number, (key, label) in enumerate(lines):
        points = [at(frame, value) for frame, value in enumerate(values[key]) if value is not None]
        cv2.polylines(panel, [np.array(points or [(0, 0)], np.int32)], False, INKS[number], 2, cv2.LINE_AA)
        _text(panel, label, (WIDTH - 130 - 120 * number, 26), 0.55, INKS[number])
    return panel


def _text(
    panel: NDArray[np.uint8], text: str, at: tuple[int, int], scale: float, ink: tuple[int, int, int] = (60, 60, 60)
) -> None:
    plain = text.encode("ascii", "replace").decode()  # OpenCV's letters
    cv2.putText(panel, plain, at, cv2.FONT_HERSHEY_SIMPLEX, scale, ink, 1, cv2.LINE_AA)
