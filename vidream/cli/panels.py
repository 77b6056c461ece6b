"""Lines over frames, or over time, drawn: a page of panels under one another."""

from collections.abc import Collection, Iterator, Mapping, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from vidream.jobs.side_file import SideFile
from vidream.media.still import Picture, write_picture
from vidream.text import clock_time, figure

INKS = ((40, 60, 200), (150, 120, 40))  # BGR
BAR_INK = (110, 110, 110)
WIDTH, HEIGHT, LEFT, TOP, BOTTOM = 1200, 260, 90, 44, 34  # px of a panel

TITLE, TITLE_LINE = 0.7, 30  # size of a page's title, and px from one of its lines to the next
TICKS = 11  # the most times under a panel
STEPS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1200, 1800, 3600)  # s from one of them to the next

Drawing = NDArray[np.uint8]
"""(H, W, 3) uint8, BGR."""


def page(title: str, panels: Sequence[Drawing]) -> Drawing:
    """Panels below one another, under a title of as many lines as it takes: (H, WIDTH, 3) uint8."""
    lines = _wrapped(title)
    head = np.full((20 + TITLE_LINE * len(lines), WIDTH, 3), 255, np.uint8)
    for number, line in enumerate(lines):
        _text(head, line, (LEFT, 34 + TITLE_LINE * number), TITLE)
    return np.vstack([head, *panels])


def panel(
    name: str,
    lines: Mapping[str, Sequence[float | None]],
    marks: Collection[float] = (),
    interval: float | None = None,
    bars: Collection[float] = (),
) -> Drawing:
    """Each line's values, from left to right, from 0 or the lowest value under it to the highest.

    Args:
        name: the panel's title.
        lines: values by a line's name; None leaves a gap.
        marks: where a grey line stands: the number of a value.
        interval: seconds from one value to the next, which are told as times; None: they are of frames, by number.
        bars: where a darker line stands, over those of `marks`.
    """
    drawing = np.full((HEIGHT, WIDTH, 3), 255, np.uint8)
    count = max(map(len, lines.values()))
    heights = [0.0, *(value for line in lines.values() for value in line if value is not None)]
    low, high = min(heights), max(heights)
    if high == low:
        high = low + 1

    def at(frame: float, value: float) -> tuple[int, int]:
        x = LEFT + (WIDTH - LEFT - 30) * frame / max(1, count - 1)
        return round(x), round(TOP + (HEIGHT - TOP - BOTTOM) * (high - value) / (high - low))

    for frame in marks:
        cv2.line(drawing, at(frame, low), at(frame, high), (200, 200, 200), 1, cv2.LINE_AA)
    for frame in bars:
        cv2.line(drawing, at(frame, low), at(frame, high), BAR_INK, 2, cv2.LINE_AA)
    for tick in np.linspace(low, high, 3):
        cv2.line(drawing, at(0, tick), at(count - 1, tick), (225, 225, 225), 1)
        _text(drawing, figure(tick, 3), (12, at(0, tick)[1] + 5), 0.45)
    for place, tick_text in _ticks(count, interval):
        _text(drawing, tick_text, (at(place, low)[0] - 8, HEIGHT - 14), 0.45)
    _text(drawing, name, (LEFT, 26), 0.6)
    for number, (label, values) in enumerate(lines.items()):
        points = [at(frame, value) for frame, value in enumerate(values) if value is not None]
        cv2.polylines(drawing, [np.array(points or [(0, 0)], np.int32)], False, INKS[number], 2, cv2.LINE_AA)
        _text(drawing, label, (WIDTH - 130 - 120 * number, 26), 0.55, INKS[number])
    return drawing


def _ticks(count: int, interval: float | None) -> Iterator[tuple[float, str]]:
    """What stands under a panel of so many values: at the number of which, a frame or a time."""
    if interval is None:
        yield from ((frame, str(frame)) for frame in range(0, count, max(1, count // 10)))
        return
    length = (count - 1) * interval
    step = next((step for step in STEPS if length / step < TICKS), length / (TICKS - 1))
    for number in range(int(length / step + 1e-6) + 1):
        yield number * step / interval, clock_time(number * step)


def _wrapped(title: str) -> list[str]:
    """The lines of a title, none wider than a page, unless a single word is."""
    lines = [""]
    for word in title.split(" "):
        longer = f"{lines[-1]} {word}".strip()
        (width, _), _ = cv2.getTextSize(longer, cv2.FONT_HERSHEY_SIMPLEX, TITLE, 1)
        if width <= WIDTH - LEFT - 30 or not lines[-1]:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


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
