"""Lines over frames, drawn: a page of panels under one another."""

from collections.abc import Collection, Mapping, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from vidream.jobs.side_file import SideFile
from vidream.media.still import Picture, write_picture
from vidream.text import figure

INKS = ((40, 60, 200), (150, 120, 40))  # BGR
WIDTH, HEIGHT, LEFT, TOP, BOTTOM = 1200, 260, 90, 44, 34  # px of a panel

Drawing = NDArray[np.uint8]
"""(H, W, 3) uint8, BGR."""


def page(title: str, panels: Sequence[Drawing]) -> Drawing:
    """Panels below one another, under a title: (H, WIDTH, 3) uint8."""
    head = np.full((50, WIDTH, 3), 255, np.uint8)
    _text(head, title, (LEFT, 34), 0.8)
    return np.vstack([head, *panels])


def panel(
    name: str,
    lines: Mapping[str, Sequence[float | None]],
    marks: Collection[int] = (),
    every: int = 1,
) -> Drawing:
    """Each line's values by frame, from left to right, from 0 or the lowest value under it to the highest.

    Args:
        name: the panel's title.
        lines: values by a line's name; None leaves a gap.
        marks: frames at which a grey line stands.
        every: the values are those of each so many-th frame.
    """
    drawing = np.full((HEIGHT, WIDTH, 3), 255, np.uint8)
    count = max(map(len, lines.values()))
    heights = [0.0, *(value for line in lines.values() for value in line if value is not None)]
    low, high = min(heights), max(heights)
    if high == low:
        high = low + 1

    def at(frame: int, value: float) -> tuple[int, int]:
        x = LEFT + (WIDTH - LEFT - 30) * frame / max(1, count - 1)
        return round(x), round(TOP + (HEIGHT - TOP - BOTTOM) * (high - value) / (high - low))

    for frame in marks:
        cv2.line(drawing, at(frame, low), at(frame, high), (200, 200, 200), 1, cv2.LINE_AA)
    for tick in np.linspace(low, high, 3):
        cv2.line(drawing, at(0, tick), at(count - 1, tick), (225, 225, 225), 1)
        _text(drawing, figure(tick, 3), (12, at(0, tick)[1] + 5), 0.45)
    for frame in range(0, count, max(1, count // 10)):
        _text(drawing, str(frame * every), (at(frame, low)[0] - 8, HEIGHT - 14), 0.45)
    _text(drawing, name, (LEFT, 26), 0.6)
    for number, (label, values) in enumerate(lines.items()):
        points = [at(frame, value) for frame, value in enumerate(values) if value is not None]
        cv2.polylines(drawing, [np.array(points or [(0, 0)], np.int32)], False, INKS[number], 2, cv2.LINE_AA)
        _text(drawing, label, (WIDTH - 130 - 120 * number, 26), 0.55, INKS[number])
    return drawing


def curve(name: str, points: Sequence[tuple[float, float]]) -> Drawing:
    """Values over what they depend on, from 0: a line through the points, each with its two numbers."""
    drawing = np.full((HEIGHT, WIDTH, 3), 255, np.uint8)
    most = max(x for x, _ in points), max(y for _, y in points)

    def at(x: float, y: float) -> tuple[int, int]:
        across = LEFT + (WIDTH - LEFT - 80) * x / most[0]
        return round(across), round(TOP + 16 + (HEIGHT - TOP - BOTTOM - 16) * (1 - y / most[1]))

    cv2.line(drawing, at(0, 0), at(most[0], 0), (225, 225, 225), 1)
    cv2.polylines(drawing, [np.array([at(*point) for point in points], np.int32)], False, INKS[0], 2, cv2.LINE_AA)
    for x, y in points:
        cv2.circle(drawing, at(x, y), 4, INKS[0], -1, cv2.LINE_AA)
        _text(drawing, f"{y:.3f}", (at(x, y)[0] - 24, at(x, y)[1] - 10), 0.5, INKS[0])
        _text(drawing, figure(x), (at(x, 0)[0] - 10, HEIGHT - 14), 0.45)
    _text(drawing, name, (LEFT, 26), 0.6)
    return drawing


def save(plot: SideFile, drawing: Drawing) -> None:
    """As a PNG, whole or not at all. Raises as SideFile.open."""
    with plot.open() as path:
        write_picture(path, Picture(np.ascontiguousarray(drawing[..., ::-1])))


def _text(
    panel: Drawing, text: str, at: tuple[int, int], scale: float, ink: tuple[int, int, int] = (60, 60, 60)
) -> None:
    plain = text.encode("ascii", "replace").decode()  # OpenCV's letters
    cv2.putText(panel, plain, at, cv2.FONT_HERSHEY_SIMPLEX, scale, ink, 1, cv2.LINE_AA)
