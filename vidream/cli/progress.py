"""What a person sees while a command works: a line that moves on a terminal, a plain line now and then on a pipe.

Whatever may take long is done within `alive` or `progress_bar`. What is done is told as events.
"""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeElapsedColumn

from vidream.cli.output import Console, shortened
from vidream.events import CountEvent, Event, FrameEvent, Listener, StageEvent, StageName, scope
from vidream.jobs.pace import Pace
from vidream.text import counted

FIRST = 2.0
"""Seconds before a pipe has the first line."""
EVERY = 10.0
"""Seconds between the lines after it."""
RATE = 5
"""Times a second that a terminal's line is drawn."""
TICK = 0.25
"""Seconds between two looks whether there is a line to write."""
NAME = 40
"""The most characters of a file's name in a line."""
STAGES: Mapping[StageName, str] = {
    "connecting": "connecting to {about}",
    "asking nodes": "asking {about}",
    "reading": "reading {about}",
    "sending": "sending {about}",
    "sending back": "sending {about} back",
    "listening": "listening to {about}",
    "finding shots": "finding shots in {about}",
    "waking the network": "waking the network",
    "warming up": "warming up",
    "rendering": "dreaming",
    "joining": "joining {about}",
    "trying looks": "trying looks",
    "looking at": "looking at {about}",
    "comparing": "comparing {about}",
    "measuring": "measuring {about}",
}
"""What is said of each stage."""

UNITS: Mapping[StageName, str] = {"rendering": "frame", "trying looks": "look"}
"""What is counted from a stage on."""


def stage_words(event: StageEvent) -> str:
    """What is said of a stage: "listening to song.wav"; the file's name alone, and of a long one its ends."""
    about = str(event.about or "")
    if event.stage not in ("connecting", "asking nodes", "measuring"):
        about = shortened(Path(about).name, NAME)
    return STAGES[event.stage].format(about=about).strip()


def described(pace: Pace, total: int | None, unit: str = "frame") -> str:
    """How far a render is, such as "frame 12 of 100, 0.31 s a frame, 27 s left". unit: what is counted."""
    parts = [f"{unit} {pace.done} of {total or '?'}"]
    left = pace.left(total)
    if pace.seconds_a_frame is not None:
        parts.append(f"{pace.seconds_a_frame:.2f} s a {unit}")
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


class Work:
    """What is being done, as its events say."""

    def __init__(self, begin: str) -> None:
        self.words = begin
        self.is_of_frames = False  # the words say how many are done
        self.done: int | None = None  # frames, or what else is counted; None: nothing is
        self.total: int | None = None
        self._pace, self._unit = Pace(), "frame"

    def see(self, event: Event, at: float) -> None:
        """Take what is told at a time, in seconds of any clock."""
        if isinstance(event, FrameEvent):
            self._pace.see(event.frames, at)
            self.done, self.total = event.frames, event.total
            self.words, self.is_of_frames = described(self._pace, event.total, self._unit), True
        elif isinstance(event, CountEvent):
            self.done, self.total = event.done, event.total
        elif isinstance(event, StageEvent) and (not self.is_of_frames or event.stage == "joining"):
            self.words, self.done, self.total = stage_words(event), None, None
            self._unit = UNITS.get(event.stage, self._unit)
            self.is_of_frames = False


@contextmanager
def progress_bar(console: Console, begin: str = "beginning", *, transient: bool = False) -> Iterator[Listener]:
    """A listener for a render's `on_event`: a bar on a terminal, a plain line now and then on a pipe.

    Args:
        console: where.
        begin: what is done before anything is told.
        transient: whether the bar goes in the end.
    """
    work, lock = Work(begin), threading.Lock()
    if console.is_terminal:
        columns = ("{task.description}", BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        options: dict[str, Any] = {"console": console, "transient": transient, "redirect_stdout": False}
        with Progress(*columns, **options, refresh_per_second=RATE) as bar:
            task = bar.add_task(begin, total=None)

            def draw(event: Event) -> None:
                work.see(event, time.monotonic())
                words = work.words.partition(", ")[2] if work.is_of_frames else work.words
                bar.update(task, completed=work.done or 0, total=work.total, description=words)

            yield draw
        return
    lines = Lines(work, console, time.monotonic())

    def listen(event: Event) -> None:
        with lock:
            work.see(event, time.monotonic())

    with ticking(lines.tick, lock):
        yield listen


@contextmanager
def alive(console: Console, begin: str) -> Iterator[None]:
    """Within the block there is a sign of life: what is done, as events tell it. Nothing may be printed there.

    Args:
        console: where.
        begin: what is done before anything is told.
    """
    with progress_bar(console, begin, transient=True) as listener, scope(listener):
        yield


class Lines:
    """On a pipe: a line after two seconds, and one now and then."""

    def __init__(self, work: Work, console: Console, began: float) -> None:
        self._work, self._console, self._began = work, console, began
        self._next = began + FIRST

    def tick(self, at: float) -> None:
        """Write a line, if it is time for one."""
        if at < self._next:
            return
        self._next = at + EVERY
        self._console.say(self._words(at))

    def _words(self, at: float) -> str:
        work = self._work
        if work.is_of_frames:
            return work.words
        counts = "" if work.done is None else f", {work.done} of {work.total or '?'}"
        return f"{work.words}{counts} ({span(at - self._began)})"


@contextmanager
def ticking(tick: Callable[[float], None], lock: threading.Lock) -> Iterator[None]:
    """Within the block `tick` is called with the time now and then, under the lock, even while nothing is told."""
    ended = threading.Event()

    def run() -> None:
        while not ended.wait(TICK):
            try:
                with lock:
                    tick(time.monotonic())
            except OSError:  # whoever listened is gone: who writes next in the main thread is told
                return

    thread = threading.Thread(target=run, name="tells", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
