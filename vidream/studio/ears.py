"""What takes long to know of a film: how its sound looks, what is heard in its songs, where it is cut. A thread."""

import hashlib
import json
import threading
import time
from collections.abc import Callable, Sequence
from contextvars import copy_context
from dataclasses import dataclass, replace
from fractions import Fraction
from math import inf
from pathlib import Path
from typing import Any, Literal

from vidream.config.sizing import Sizing
from vidream.errors import Cancelled, VidreamError
from vidream.events import Event, MessageEvent, scope
from vidream.jobs.laid_out import LaidOut
from vidream.jobs.shots import shots_of
from vidream.jobs.song_score import SongScore, digest_of, kept_name
from vidream.jobs.song_shelf import ShelvedSong
from vidream.jobs.wave import COARSER, FINEST, RESOLUTIONS, read_peaks
from vidream.media.files import write_file
from vidream.plan.film import FilmPlan
from vidream.plan.source import files_of
from vidream.studio.child import Send

OFTEN = 0.5
"""Seconds, at least, from one message about cuts to the next."""
MOST_KEPT = 300
"""Waves, and lists of cuts, that are kept; the oldest go."""
LOOKED_AT = "480max"
"""The size at which cuts are looked for: motion is measured at no larger one."""


@dataclass(frozen=True)
class Task:
    """Something to be known of a file."""

    kind: Literal["wave", "song", "cuts"]
    path: Path
    most_seconds: float = inf
    """That a sound may last."""
    plan: FilmPlan | None = None
    """Of the film whose cuts are wanted."""

    @property
    def key(self) -> str:
        """The same for the same work on the same content."""
        facts = self.path.stat()
        parts: list[object] = [self.path, facts.st_size, facts.st_mtime_ns]
        if self.plan is not None:
            config = self.plan.config
            parts += [config.motion.cut_threshold, config.mask.bars, config.dream.dream_size, config.motion.flow]
        return hashlib.sha256(repr(parts).encode()).hexdigest()[:32]


def tasks_of(laid: LaidOut) -> list[Task]:
    """What is wanted of a film that is laid out, the quickest first."""
    plan, most = laid.plan, laid.plan.config.files.max_seconds
    tasks = [] if laid.sound is None else [Task("wave", laid.sound, most)]
    tasks += [Task("song", path, most) for path in laid.sounds]
    files = files_of(plan.source) if isinstance(plan, FilmPlan) else ()
    if isinstance(plan, FilmPlan) and files:
        tasks.append(Task("cuts", files[0], most, plan))
    return tasks


def is_heard(path: Path) -> bool:
    """Whether what is heard in a sound is known already."""
    try:
        return ShelvedSong(kept_name(digest_of(path))).there
    except OSError:
        return False


class Ears:
    """A thread that does what is wanted, one after the other, and keeps it in a folder."""

    def __init__(self, folder: Path, heard: Callable[[], None], send: Send) -> None:
        """Begin to wait.

        Args:
            folder: where it is kept.
            heard: called when a song has been listened to.
            send: to the server: {"wave": ...}, {"cuts": ...}, {"listens": ...}.
        """
        self._folder, self._heard, self._send = folder, heard, send
        self._wanted: list[Task] = []
        self._done: dict[str, str] = {}  # key and kind -> what went wrong, or ""
        self._current, self._cancel = "", threading.Event()
        self._changed = threading.Condition()
        context = copy_context()
        threading.Thread(target=context.run, args=(self._work,), name="ears", daemon=True).start()

    def want(self, tasks: Sequence[Task]) -> None:
        """Do these, and nothing else."""
        with self._changed:
            self._wanted, names = [*tasks], {_name(task) for task in tasks}
            self._done = {name: problem for name, problem in self._done.items() if name in names}
            if self._current not in names:
                self._cancel.set()
            self._changed.notify()

    def _work(self) -> None:
        while True:
            task = self._next()
            try:
                with scope(self._tell, self._cancel):
                    DOERS[task.kind](self, task)
                self._finish(task, "")
            except Cancelled:
                continue
            except (VidreamError, OSError) as error:
                self._finish(task, str(error))

    def _next(self) -> Task:
        """The next that is not done, when there is one."""
        with self._changed:
            while True:
                task = next((task for task in self._wanted if _name(task) not in self._done), None)
                if task is not None:
                    self._current, self._cancel = _name(task), threading.Event()
                    return task
                self._current = ""
                self._send({"listens": None})
                self._changed.wait()

    def _finish(self, task: Task, problem: str) -> None:
        with self._changed:
            self._done[_name(task)] = problem
        if problem:
            self._send({"failed": task.kind, "problem": problem})

    def _tell(self, event: Event) -> None:
        if isinstance(event, MessageEvent):
            self._send({"says": event.text})

    def show_wave(self, task: Task) -> None:
        """How a sound looks, for the page to draw."""
        files = [self._folder / wave_name(task.key, level) for level in range(RESOLUTIONS)]
        if not all(file.is_file() for file in files):
            self._send({"listens": "wave", "name": task.path.name})
            for file, peaks in zip(files, read_peaks(task.path, task.most_seconds), strict=True):
                write_file(str(file), peaks.tobytes(), mode=0o600)
            self._make_room("wave-*.i8")
        rates = [FINEST / COARSER**level for level in range(RESOLUTIONS)]
        self._send({"wave": task.key, "name": task.path.name, "rates": rates})

    def hear_song(self, task: Task) -> None:
        """What is heard in a song."""
        if not is_heard(task.path):
            self._send({"listens": "song", "name": task.path.name})
            _ = SongScore(task.path, Fraction(30), 0, self._folder / "none.mp4").heard
        self._heard()

    def find_cuts(self, task: Task) -> None:
        """Where a film is cut, told as it is found."""
        kept = self._folder / f"cuts-{task.key}.json"
        assert task.plan is not None
        if kept.is_file():
            self._send({"cuts": json.loads(kept.read_bytes()), "found": True})
            return
        self._send({"listens": "cuts", "name": task.path.name})
        cuts, told = list[float](), 0.0
        for shot in shots_of(_whole(task.plan)):
            cuts += [float(shot.first / task.plan.source.fps)] if shot.first else []
            if time.monotonic() > told + OFTEN:
                told = time.monotonic()
                self._send({"cuts": cuts, "found": False})
        write_file(str(kept), json.dumps(cuts).encode(), mode=0o600)
        self._make_room("cuts-*.json")
        self._send({"cuts": cuts, "found": True})

    def _make_room(self, pattern: str) -> None:
        """Take away the oldest of what is kept, where there is too much."""
        kept = sorted(self._folder.glob(pattern), key=lambda path: path.stat().st_mtime)
        for path in kept[:-MOST_KEPT]:
            path.unlink(missing_ok=True)


def wave_name(key: str, level: int) -> str:
    """The name of the file that keeps how a sound looks."""
    return f"wave-{key}-{level}.i8"


DOERS: dict[str, Callable[[Ears, Task], Any]] = {
    "wave": Ears.show_wave,
    "song": Ears.hear_song,
    "cuts": Ears.find_cuts,
}


def _name(task: Task) -> str:
    try:
        return f"{task.kind} {task.key}"
    except OSError:
        return f"{task.kind} {task.path}"


def _whole(plan: FilmPlan) -> FilmPlan:
    """A film from its first frame to its last, at its own rate, small."""
    config = plan.config
    film = replace(config.film, start=None, end=None, fps=None, size=Sizing().read(LOOKED_AT), loop=False)
    mask = replace(config.mask, mask=None)
    return FilmPlan(plan.source, replace(config, film=film, mask=mask))
