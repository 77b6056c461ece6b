"""The figures of each release, by kind of machine, as a plot and as a table in README.md.

    python docs/benchmarks/over_releases.py

reads RELEASE/KIND.json, each what `vidream bench --json` has printed, and writes KIND.svg and the table.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
BEGIN, END = "<!-- made by over_releases.py -->\n", "<!-- to here -->\n"

Figures = Mapping[str, Any]
"""What `vidream bench --json` prints."""


@dataclass(frozen=True)
class Row:
    """One figure that is followed over releases."""

    name: str
    """What it is."""
    unit: str
    """Its unit."""
    of: Callable[[Figures], float]
    """Where it stands in what bench prints."""


def gradient(width: int, height: int) -> Callable[[Figures], float]:
    """CPU milliseconds of the gradient of a picture of this size, all cores together."""
    return lambda figures: next(each["cpu_ms"] for each in figures["gradients"] if each["size"] == [width, height])


def said(value: float) -> str:
    """A figure to three digits."""
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"


ROWS = (
    Row("a gradient of 640x360", "CPU ms", gradient(640, 360)),
    Row("a gradient of 960x540", "CPU ms", gradient(960, 540)),
    Row("what 480x320 reaches of a core's matrix product", "%", lambda figures: 100 * figures["core"]),
    Row("memory, at most", "MB", lambda figures: figures["memory"]),
)
"""None is of wall time, which says as much of the other work on a machine as of a release."""
WIDTH, HEIGHT, TOP, MARGIN = 380, 190, 56, 46
"""Px of a panel, of its head, and left and right of its line."""


def kept() -> dict[str, dict[str, Figures]]:
    """What is kept: figures by kind of machine, then by release, the oldest first."""
    found: dict[str, dict[str, Figures]] = {}
    for path in sorted(HERE.glob("*/*.json"), key=lambda path: [int(part) for part in path.parent.name.split(".")]):
        found.setdefault(path.stem, {})[path.parent.name] = json.loads(path.read_text("utf-8"))
    return dict(sorted(found.items()))


def drawn(kind: str, releases: Mapping[str, Figures]) -> str:
    """A panel for each row, from the oldest release to the newest, from 0 up: SVG."""
    width, height = 2 * WIDTH, (len(ROWS) + 1) // 2 * HEIGHT + 36
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
        f'height="{height}" font-family="sans-serif" font-size="13">',
        f'<rect width="{width}" height="{height}" fill="white"/>',
        f'<text x="{MARGIN}" y="24" font-size="16">{kind}</text>',
    ]
    for number, row in enumerate(ROWS):
        left, top = number % 2 * WIDTH, 36 + number // 2 * HEIGHT
        values = {release: row.of(figures) for release, figures in releases.items()}
        parts += [f'<g transform="translate({left} {top})">', *_panel(row, values), "</g>"]
    return "\n".join([*parts, "</svg>"]) + "\n"


def _panel(row: Row, values: Mapping[str, float]) -> Iterator[str]:
    ground, most = HEIGHT - 30, max(values.values())
    step = (WIDTH - 2 * MARGIN) / max(1, len(values) - 1)
    points = [
        (MARGIN + step * number, ground - (ground - TOP) * value / most) for number, value in enumerate(values.values())
    ]
    yield f'<text x="{MARGIN}" y="22" fill="#333">{row.name}, {row.unit}</text>'
    yield f'<line x1="{MARGIN}" y1="{ground}" x2="{WIDTH - MARGIN}" y2="{ground}" stroke="#bbb"/>'
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    yield f'<polyline points="{line}" fill="none" stroke="#2a6f97" stroke-width="2"/>'
    for (release, value), (x, y) in zip(values.items(), points, strict=True):
        yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="#2a6f97"/>'
        yield f'<text x="{x:.1f}" y="{y - 9:.1f}" text-anchor="middle">{said(value)}</text>'
        yield f'<text x="{x:.1f}" y="{ground + 18}" text-anchor="middle" fill="#666">{release}</text>'


def table(found: Mapping[str, Mapping[str, Figures]]) -> str:
    """All of them as Markdown: a plot for each kind, and a row for each release."""
    parts = []
    for kind, releases in found.items():
        parts += [f"## {kind}\n", f"![Figures of {kind} over releases]({kind}.svg)\n"]
        lines = ["| release | " + " | ".join(f"{row.name}, {row.unit}" for row in ROWS) + " |", "|---" * 5 + "|"]
        for release, figures in releases.items():
            lines.append(f"| {release} | " + " | ".join(said(row.of(figures)) for row in ROWS) + " |")
        parts.append("\n".join(lines) + "\n")
    return "\n".join(parts)


def made() -> dict[Path, str]:
    """Each file that this writes, with what it comes to."""
    found, readme = kept(), HERE / "README.md"
    before, _, rest = readme.read_text("utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    plots = {HERE / f"{kind}.svg": drawn(kind, releases) for kind, releases in found.items()}
    return {**plots, readme: f"{before}{BEGIN}\n{table(found)}\n{END}{after}"}


if __name__ == "__main__":
    for path, text in made().items():
        path.write_text(text, "utf-8")
