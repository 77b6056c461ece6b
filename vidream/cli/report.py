"""The figures of `vidream report`: as a table, CSV, JSON, and drawn."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from vidream.cli.messages import console
from vidream.cli.output import say, show_table, table
from vidream.cli.panels import Drawing, page, panel, save
from vidream.cli.progress import alive
from vidream.jobs.side_file import SideFile
from vidream.report import FrameFigures, make_report
from vidream.text import figure

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
    "cuts": "cuts of the source",
    "unfollowed": "frames that cannot be followed from the one before: cuts, noise, what is too fast",
    "frames": "frames",
}


def show(
    source: Path,
    dreamed: Path,
    *,
    start: str | None,
    end: str | None,
    length: str | None,
    csv: SideFile | None,
    as_json: bool,
    plot: SideFile | None,
    max_flicker: float | None,
) -> None:
    """Measure, tell and write.

    Raises:
        VidreamError: the flicker is above what is allowed, or too little was measured to say so.
    """
    with alive(console(), f"looking at {dreamed.name}"):
        report = make_report(source, dreamed, start=start, end=end, length=length)
    if csv is not None:
        report.write_csv(csv)
    if plot is not None:
        save(plot, draw(report.figures, f"{dreamed.name} against {source.name}"))
    if as_json:
        print(json.dumps(report.as_json()))
    else:
        _print(report.summary)
        for line in report.words:
            say(line)
    if max_flicker is not None:
        report.check_flicker(max_flicker)


def _print(sums: Mapping[str, Any]) -> None:
    listed = table("figure", "value", "what it is", header=False)
    for name, meaning in SAID.items():
        values = sums[name]
        if not isinstance(values, list):
            values = [values]
        listed.add_row(name, " ".join(map(figure, values)), meaning)
    show_table(listed)
    say(f"measured {sums['measured']} of {sums['frames']} frames: those that can be followed from the one before")


PANELS = (
    ("Flicker: warp error, x 1e-4 (lower is steadier)", (("warp_error", "dreamed"), ("warp_error_source", "source"))),
    ("Strength: mean |dreamed - source|, 0..255", (("strength", "strength"),)),
    ("Brightness and tint: dreamed less source, 0..255", (("luma", "brightness"), ("chroma", "tint"))),
    ("Share in which motion cannot be followed", (("low_trust", "share"),)),
)


def draw(figures: Sequence[FrameFigures], title: str) -> Drawing:
    """Four panels, cuts as grey lines."""
    cuts = [row.frame for row in figures if row.cut]
    panels = (
        panel(name, {label: [getattr(row, key) for row in figures] for key, label in lines}, cuts)
        for name, lines in PANELS
    )
    return page(title, list(panels))
