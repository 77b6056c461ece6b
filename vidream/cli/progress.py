"""What a person sees while frames are made: one bar on a terminal, a plain line now and then on a pipe."""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TimeElapsedColumn

from vidream.cli.output import Console
from vidream.jobs.job import Progress as Report

EVERY = 10.0  # seconds between lines on a pipe


class Pace:
    """Seconds a frame and seconds left, from what has been seen.

    The first frame pays for warm-up and start, and is left out; the last frames count more than those long ago.
    """

    MEMORY = 0.9  # weight of the past at each frame

    def __init__(self) -> None:
        self.done = 0
        self._at: float | None = None
        self._mean = self._weight = 0.0

    def see(self, done: int, now: float) -> None:
        """`done` frames are made at time `now`, in seconds of any clock."""
        if self._at is not None and done > self.done:
            each = (now - self._at) / (done - self.done)
            for _ in range(min(done - self.done, 100)):
                self._mean = self.MEMORY * self._mean + (1 - self.MEMORY) * each
                self._weight = self.MEMORY * self._weight + (1 - self.MEMORY)
        self.done, self._at = done, now

    @property
    def seconds_a_frame(self) -> float | None:
        return self._mean / self._weight if self._weight else None

    def left(self, total: int | None) -> float | None:
        """Seconds until `total` frames are done; None while nobody can know."""
        each = self.seconds_a_frame
        return None if each is None or total is None else each * max(0, total - self.done)


def described(pace: Pace, total: int | None) -> str:
    """`frame 12 of 100, 0.31 s a frame, 27 s left`"""
    parts = [f"frame {pace.done} of {total or '?'}"]
    each, left = pace.seconds_a_frame, pace.left(total)
    parts += [f"{each:.2f} s a frame"] if each is not None else []
    parts += [f"{span(left)} left"] if left is not None else []
    return ", ".join(parts)


def span(seconds: float) -> str:
    """27 s, 4 min 05 s, 2 h 07 min."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"


@contextmanager
def shown(console: Console) -> Iterator[Report]:
    """`with shown(console) as report: render_video(..., progress=report)`"""
    pace = Pace()
    if console.is_terminal:
        bar = Progress(
            "{task.description}",
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=console,
        )
        with bar:
            task = bar.add_task("waking the network, warming up", total=None)

            def draw(done: int, total: int | None) -> None:
                pace.see(done, time.monotonic())
                bar.update(task, completed=done, total=total, description=described(pace, total).partition(", ")[2])

            yield draw
        return
    said = time.monotonic()

    def line(done: int, total: int | None) -> None:
        nonlocal said
        now = time.monotonic()
        pace.see(done, now)
        if now - said >= EVERY:
            said = now
            console.say(described(pace, total))

    yield line


@contextmanager
def waiting(console: Console, what: str) -> Iterator[None]:
    """On a terminal, a sign of life while something is done that nobody can count."""
    if not console.is_terminal:
        yield
        return
    with Progress(SpinnerColumn(), "{task.description}", TimeElapsedColumn(), console=console, transient=True) as bar:
        bar.add_task(what, total=None)
        yield


def log_to(console: Console) -> None:
    """What the core has to say (a size changed, a sound left out) goes to the console, one line each."""
    logger = logging.getLogger("vidream")
    logger.handlers = [_Lines(console)]
    logger.setLevel(logging.INFO)
    logger.propagate = False


class _Lines(logging.Handler):
    def __init__(self, console: Console) -> None:
        super().__init__()
        self.console = console

    def emit(self, record: logging.LogRecord) -> None:
        self.console.say(record.getMessage())
