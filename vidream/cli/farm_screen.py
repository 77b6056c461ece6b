"""A cluster at work, shown: a line that lives from the first second, and tables of who makes what."""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Group, RenderableType
from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from vidream.cli.farm_view import FarmView, rounded, stage_of
from vidream.cli.output import Console, shortened, table
from vidream.cli.progress import EVERY, FIRST, ticking
from vidream.cluster.progress import NodeState, RunningUnit
from vidream.cluster.units import Unit
from vidream.events import Event, Listener
from vidream.text import printable

SETTLED = 0.5
"""Seconds that a stage lasts before a pipe has a line of it."""
LEAST_ROWS = 4
"""Of a table, however low the terminal is."""
PART = 24
"""The most characters of a part's name beside a node."""
FIGURES = 38
"""Columns that a node's figures take."""
ORDER = ("working", "idle", "asked", "silent", "left out", "gone")
"""In which nodes are listed, by how they are."""


def parts_table(view: FarmView, width: int, rows: int) -> Table:
    """What runs where, a row each. width: of the terminal, columns; rows: the most."""
    listed = table("node", "part", "frames", right=("frames",))
    listed.columns[2].no_wrap = True
    most, several = max(30, width - 24), len({each.unit.item for each in view.running}) > 1
    for each in view.running[:rows]:
        state = f"{each.frames} of {each.unit.frames or '?'}"
        listed.add_row(
            shortened(each.node, most * 6 // 10),
            _part(each.unit, most * 4 // 10, named=several),
            _stage(view, each) or state,
        )
    return _with_more(listed, len(view.running) - rows)


def nodes_table(view: FarmView, width: int, rows: int | None = None) -> Table:
    """The nodes, a row each, those that work first. width: of the terminal, columns; rows: the most; None: all."""
    titles = ("at a time", "parts", "frames", "a second")
    listed = table("node", *titles, "", right=titles)
    nodes = sorted(view.progress.nodes, key=lambda node: ORDER.index(node.state)) if view.progress is not None else []
    counts = Counter(each.node for each in view.running)
    firsts = {each.node: each for each in reversed(view.running)}
    named = len({each.unit.item for each in view.running}) > 1
    for node in nodes[:rows]:
        rate = view.pace.of_node(node.name)
        figures = (str(node.room), str(node.parts), str(node.frames), rounded(rate) if rate else "")
        words = _node(view, node, firsts.get(node.name), counts[node.name], named=named)
        listed.add_row(shortened(node.name, max(16, (width - FIGURES) // 2)), *figures, words)
    return _with_more(listed, 0 if rows is None else len(nodes) - rows)


def _node(view: FarmView, node: NodeState, first: RunningUnit | None, count: int, *, named: bool) -> str:
    """What a node is at, or how it is."""
    if first is None or node.state not in ("working", "silent"):
        if node.state == "idle" and view.is_over:
            return ""
        return f"{node.state}: {node.reason}" if node.reason else node.state
    stage = _stage(view, first)
    at = (
        _part(first.unit, PART, named=named)
        + (f", {stage}" if stage else "")
        + (f"; {count - 1} more" if count > 1 else "")
    )
    return f"silent, at {at}" if node.state == "silent" else at


def _stage(view: FarmView, running: RunningUnit) -> str:
    """What is done of a unit that is not frames, with how much is sent; "" where it is frames."""
    stage = stage_of(running) or ""
    return f"sending{view.size_of(running.unit, ' ')}" if stage == "sending" else stage


def _part(unit: Unit, most: int, *, named: bool = True) -> str:
    """A unit's name, short: its frames are not cut off; named: with its film's, where it has frames."""
    name, frames = unit.spec.out.name, str(unit).removeprefix(unit.spec.out.name)
    if frames and not named:
        return frames.strip()
    return f"{shortened(name, max(10, most - len(frames)))}{frames}"


def _with_more(listed: Table, more: int) -> Table:
    if more > 0:
        listed.add_row(f"and {more} more")
    return listed


@contextmanager
def showing(console: Console, begin: str, *, nodes: bool = False) -> Iterator[tuple[FarmView, Listener]]:
    """What there is to see, and the listener that takes it; on a terminal it is drawn, on a pipe lines are written.

    Args:
        console: where.
        begin: what is done before the first stage is told.
        nodes: a table of the nodes is wanted, and on a terminal takes the place of the parts.
    """
    view, lock = FarmView(begin, time.monotonic()), threading.Lock()
    lines = None if console.is_terminal else Lines(view, console)

    def listen(event: Event) -> None:
        with lock:
            view.see(event, time.monotonic())
            if lines is not None:
                lines.tick(time.monotonic())

    try:
        if lines is not None:
            with ticking(lines.tick, lock):
                yield view, listen
        else:
            drawing = _Drawing(view, console, lock, nodes=nodes)
            with Live(console=console, get_renderable=drawing.draw, refresh_per_second=4, transient=True):
                yield view, listen
    finally:
        if nodes and view.progress is not None and view.progress.nodes:
            console.print(nodes_table(view, console.width))


class _Drawing:
    """What stands on the terminal."""

    def __init__(self, view: FarmView, console: Console, lock: threading.Lock, *, nodes: bool) -> None:
        self._view, self._console, self._lock, self._nodes = view, console, lock, nodes
        self._spinner = Spinner("dots")

    def draw(self) -> RenderableType:
        """A line that moves, and a table below it as soon as there is something in it."""
        width, height = self._console.size
        rows = max(LEAST_ROWS, height - 6)
        with self._lock:
            view = self._view
            head = f"{view.summary(named=False)} ({view.elapsed(time.monotonic())})"
            self._spinner.update(text=Text(printable(head)))
            if self._nodes and view.progress is not None and view.progress.nodes:
                return Group(self._spinner, nodes_table(view, width, rows))
            if view.running:
                return Group(self._spinner, parts_table(view, width, rows))
        return self._spinner


class Lines:
    """On a pipe: a line when something new is done, and one now and then."""

    def __init__(self, view: FarmView, console: Console) -> None:
        self._view, self._console = view, console
        self._told: set[str] = set()
        self._since: dict[str, float] = {}  # when what is done now began, by kind
        self._last = time.monotonic()

    def tick(self, at: float) -> None:
        """Write a line, if it is time for one."""
        kinds = self._view.kinds()
        self._since = {kind: self._since.get(kind, at) for kind in kinds}
        new = {kind for kind in kinds - self._told if at - self._since[kind] >= (SETTLED if kind else FIRST)}
        if new or at - self._last >= EVERY:
            self._told |= kinds
            self._last = at
            self._console.say(self._view.summary(named=True))
