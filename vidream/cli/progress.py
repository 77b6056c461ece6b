"""What a person sees while frames are made: one bar on a terminal, a plain line now and then on a pipe."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TimeElapsedColumn

from vidream.cli.output import Console
from vidream.events import Event, FrameEvent, Listener
from vidream.jobs.pace import Pace
from vidream.text import counted

EVERY = 10.0  # seconds between lines on a pipe


def described(pace: Pace, total: int | None) -> str:
    """How far a render is, such as "frame 12 of 100, 0.31 s a frame, 27 s left"."""
    parts = [f"frame {pace.done} of {total or '?'}"]
    left = pace.left(total)
    if pace.seconds_a_frame is not None:
        parts.append(f"{pace.seconds_a_frame:.2f} s a frame")
    if left is not None:
        parts.append(f"{span(left)} left")
    return ", ".join(parts)


def span(seconds: float) -> str:
    """27 s, 4 min 05 s, 2 h 07 min."""
    total = round(seconds)
    if total < 60:
        return f"{total} s"
    if total < 3600:
        return f"{total // 60} min {total % 60:02d} s"
    return f"{total // 3600} h {total % 3600 // 60:02d} min"


def said_safe(frames: int) -> str:
    """What is said of a film that was stopped, with so many frames on disk."""
    return f"{counted(frames, 'frame', are=True)} safe; the same command goes on from there"


@contextmanager
def progress_bar(console: Console) -> Iterator[Listener]:
    """A listener for a render's `on_event`: a bar on a terminal, a plain line now and then on a pipe."""
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

            def draw(event: Event) -> None:
                if isinstance(event, FrameEvent):
                    pace.see(event.frames, time.monotonic())
                    description = described(pace, event.total).partition(", ")[2]
                    bar.update(task, completed=event.frames, total=event.total, description=description)

            yield draw
        return
    last_line = time.monotonic()

    def print_line(event: Event) -> None:
        nonlocal last_line
        if not isinstance(event, FrameEvent):
            return
        time_now = time.monotonic()
        pace.see(event.frames, time_now)
        if time_now - last_line >= EVERY:
            last_line = time_now
            console.say(described(pace, event.total))

    yield print_line


@contextmanager
def waiting(console: Console, what: str) -> Iterator[None]:
    """On a terminal, a sign of life while something is done that nobody can count."""
    if not console.is_terminal:
        yield
        return
    with Progress(SpinnerColumn(), "{task.description}", TimeElapsedColumn(), console=console, transient=True) as bar:
        bar.add_task(what, total=None)
        yield
