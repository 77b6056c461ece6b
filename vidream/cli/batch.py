"""`vidream batch`: what is to be done, what is being done, and what became of it."""

import os
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from rich.progress import BarColumn, Progress, TaskID, TimeElapsedColumn

from vidream.cli.arguments import Farm
from vidream.cli.messages import both, console, notes
from vidream.cli.output import Console, say, shortened, show_table, table
from vidream.cli.progress import EVERY, FIRST, alive, described, span, ticking
from vidream.errors import Cancelled, ConfigError
from vidream.events import Event, FrameEvent, Listener
from vidream.jobs.batch import run_batch
from vidream.jobs.estimate import ItemEstimate, estimate_batch
from vidream.jobs.item import BatchEvent, BatchItem, BatchResult, ItemEndEvent, ItemStartEvent
from vidream.jobs.pace import Pace
from vidream.text import counted


def make(
    jobs: Path,
    *,
    dry_run: bool = False,
    side_by_side: int | None = None,
    farm: Farm | None = None,
) -> bool:
    """Carry out a job file, here or on a cluster; whether all is well.

    Raises:
        ConfigError: both a cluster and how many are made at a time here.
        Problems: it cannot be carried out as it is; nothing has been begun.
        Cancelled: by Ctrl-C, with what is done.
    """
    if farm and side_by_side is not None:
        raise ConfigError("--jobs: a cluster has its own way of spreading work, --cores; leave out one of the two")
    if dry_run:
        with notes(), alive(console(), f"reading {jobs.name}"):
            estimates = estimate_batch(jobs)
        _list(estimates)
        return True
    summary = Summary()
    try:
        if farm:
            from vidream.cli.farm import spread_batch

            spread_batch(jobs, farm, summary)
        else:
            with notes(), batch_bars(console()) as bars:
                run_batch(jobs, both(bars, summary), side_by_side=side_by_side)
    except KeyboardInterrupt:
        done = sum(result.state == "done" for result in summary.results)
        state = f"{done} of {counted(summary.count, 'film', are=True)} done; the same command goes on from there"
        raise Cancelled(f"stopped: {state}") from None
    finally:
        summary.show()
    return all(result.state != "failed" for result in summary.results)


class Summary:
    """A listener that keeps what becomes of each output of a batch, for the table at the end."""

    def __init__(self) -> None:
        self.results: list[BatchResult] = []
        self.count = 0  # of what is to be made

    def __call__(self, event: Event) -> None:
        """Keep what an event says, and on a pipe print a line of each output that has ended."""
        if isinstance(event, BatchEvent):
            self.count = len(event.items)
            self.results += event.skipped
        elif isinstance(event, ItemEndEvent):
            self.results.append(event.result)
            if not console().is_terminal:
                parts = (event.result.state, str(event.result.spec.out), event.result.reason)
                console().say(": ".join(filter(None, parts)))

    def show(self) -> None:
        """The table, on standard output."""
        if not self.results:
            return
        listed = table("", "film", "frames", "time", "why", right=("frames", "time"))
        for result in self.results:
            figures = ("", "")
            if result.rendered:
                figures = (str(result.rendered.frames), span(result.rendered.seconds))
            listed.add_row(result.state, _name(result.spec.out), *figures, result.reason or "; ".join(result.warnings))
        show_table(listed)


def _name(out: Path) -> str:
    """A path as short as it can be written from here."""
    return min(str(out), os.path.relpath(out), key=len)


def _list(estimates: Sequence[ItemEstimate]) -> None:
    """What there is to do: frames, time, disk."""
    figures = ("frames", "time", "disk")
    listed = table("film", "size", *figures, "", right=figures)
    for estimate in estimates:
        listed.add_row(_name(estimate.item.spec.out), str(estimate.item.size), *_row(estimate))
    show_table(listed)
    left = [estimate for estimate in estimates if not estimate.item.done]
    seconds = sum(estimate.seconds or 0 for estimate in left)
    size = sum(estimate.bytes or 0 for estimate in left)
    costs = f"about {span(seconds)} here one after the other, {_bytes(size)}, twice that while they are made"
    unknown = sum(estimate.seconds is None for estimate in left)
    if unknown:
        costs += f", beside {unknown} that do not say how long they are"
    say(f"{len(left)} to make: {costs}")


def _row(estimate: ItemEstimate) -> tuple[str, str, str, str]:
    """Frames, time, disk, and what it is, of one output."""
    item = estimate.item
    frames = str(item.frames or "?")
    if item.done:
        return frames, "", "", "done"
    if estimate.seconds is None or estimate.bytes is None:
        return "?", "?", "?", item.spec.title
    return frames, span(estimate.seconds), _bytes(estimate.bytes), item.spec.title


def _bytes(size: float) -> str:
    if size >= 1e9:
        return f"{size / 1e9:.1f} GB"
    return f"{size / 1e6:.1f} MB"


@contextmanager
def batch_bars(console: Console) -> Iterator[Listener]:
    """On a terminal a bar of the whole and one of each film at hand; on a pipe plain lines now and then."""
    with ExitStack() as stack:
        reading = stack.enter_context(ExitStack())
        shown = _BatchProgress(console, reading)
        reading.enter_context(alive(console, "reading the job file"))
        if console.is_terminal:
            columns = ("{task.description}", BarColumn(), "{task.fields[state]}", TimeElapsedColumn())
            shown.bars = Progress(*columns, console=console)
            stack.callback(shown.bars.stop)
        else:
            stack.enter_context(ticking(shown.tick, shown.lock))
        yield shown


@dataclass
class _Running:
    """A film at hand."""

    title: str
    """Which of how many it is, and its name."""
    frames: int = 0
    """Output frames that are done."""
    total: int | None = None
    """Output frames in all, as it tells; None while it has told nothing."""
    pace: Pace = field(default_factory=Pace)
    """Its own."""
    bar: TaskID | None = None
    """On a terminal."""

    @property
    def state(self) -> str:
        """How far it is."""
        return described(self.pace, self.total) if self.frames else "waking up"


class _BatchProgress:
    """A listener that shows how far a batch is."""

    bars: Progress | None = None
    """On a terminal, begun when there is something to make."""

    def __init__(self, console: Console, reading: ExitStack) -> None:
        """Of a batch whose job file is still read; `reading` is closed when it has been."""
        self.console, self.reading, self.lock = console, reading, threading.Lock()
        self.items: Sequence[BatchItem] = ()
        self.total = 0
        self.pace = Pace()  # of all
        self.running: dict[Path, _Running] = {}  # films at hand, by OUT
        self._ended = 0  # frames of those that have ended
        self._next = time.monotonic() + FIRST  # when a pipe has a line
        self._whole: TaskID | None = None

    def __call__(self, event: Event) -> None:
        if isinstance(event, BatchEvent):
            self.reading.close()
        with self.lock:
            self._see(event)

    def tick(self, at: float) -> None:
        """On a pipe, write how far it is, if it is time for that."""
        if self.running and at >= self._next:
            self._next = at + EVERY
            self._say_all()

    def _see(self, event: Event) -> None:
        if isinstance(event, BatchEvent):
            self._begin(event.items)
        elif isinstance(event, ItemStartEvent):
            self._begin_item(event.index, event.item)
        elif isinstance(event, FrameEvent):
            self._show(event)
        elif isinstance(event, ItemEndEvent):
            self._end_item(event)

    def _begin(self, items: Sequence[BatchItem]) -> None:
        self.items, self.total = items, sum(item.frames or 0 for item in items)
        if self.bars and items:
            self.bars.start()
            self._whole = self.bars.add_task("all", total=self.total, state="")

    def _begin_item(self, index: int, item: BatchItem) -> None:
        name = item.spec.out.name
        film = self.running[item.spec.out] = _Running(f"{index + 1} of {len(self.items)}, {name}")
        if self.bars:
            title = f"{index + 1} of {len(self.items)}, {shortened(name)}"
            film.bar = self.bars.add_task(title, total=item.frames, state="waking up")

    def _end_item(self, event: ItemEndEvent) -> None:
        item = self.items[event.index]
        self._ended += item.frames or 0
        film = self.running.pop(item.spec.out, None)
        if self.bars and film is not None and film.bar is not None:
            self.bars.remove_task(film.bar)
        if event.result.state == "failed":
            self.console.say(event.result.reason)

    def _show(self, event: FrameEvent) -> None:
        film = self.running.get(event.out)
        if film is None:
            return
        time_now = time.monotonic()
        film.frames, film.total = event.frames, event.total
        film.pace.see(event.frames, time_now)
        done = self._ended + sum(each.frames for each in self.running.values())
        self.pace.see(done, time_now)
        if self.bars and self._whole is not None and film.bar is not None:
            self.bars.update(self._whole, completed=done, state=self._left)
            self.bars.update(film.bar, completed=event.frames, total=event.total, state=film.state)

    @property
    def _left(self) -> str:
        """How much is left of all."""
        seconds = self.pace.left(self.total)
        return "" if seconds is None else f"{span(seconds)} left in all"

    def _say_all(self) -> None:
        """A line of each film at hand; how much is left of all ends the last."""
        lines = [f"{film.title}: {film.state}" for film in self.running.values()]
        for line in (*lines[:-1], "; ".join(filter(None, (lines[-1], self._left)))):
            self.console.say(line)
