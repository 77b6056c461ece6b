"""The figures of `vidream report`: as a table, CSV, JSON, and drawn."""

import csv as csv_format
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from vidream.cli.panels import Drawing, page, panel, save
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
            check_out(out, True, [source, dreamed], (ending,))
    measured = list(measure(source, dreamed))
    sums = summary(measured)
    if csv is not None:
        with csv.open("w", newline="", encoding="utf-8") as file:
            table = csv_format.DictWriter(file, COLUMNS)
            table.writeheader()
            table.writerows(rows(measured))
    if plot is not None:
        save(plot, drawn(measured, f"{dreamed.name} against {source.name}"))
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


def drawn(measured: Sequence[Measured], title: str) -> Drawing:
    """Four panels, cuts as grey lines."""
    cuts = [row.frame for row in measured if row.cut]
    panels = (
        panel(name, {label: [getattr(row, key) for row in measured] for key, label in lines}, cuts)
        for name, lines in PANELS
    )
    return page(title, list(panels))
