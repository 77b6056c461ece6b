"""Where the queue lies, and what the server and the runner tell each other: small files, each written by one of them.

FOLDER/queue.toml: the jobs, a person's file, too; beside it, in queue.toml.vidream, what of it was made and a log of
each film, as `vidream batch` keeps them. In FOLDER/.vidream-studio/queue:

- wanted.json: what the server wants of the runner
- status.json: what the runner is at
- ends.json, ID.jpg: what became of each film, and its newest frame: the runner's
- runner.log: what the runner says to nobody
- runner.lock: locked while a runner lives
"""

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, TypeVar

from vidream.jobs.jobspec import JobSpec
from vidream.media.files import create_file, fresh_name, open_file
from vidream.system.locks import try_lock

JOBS = "queue.toml"
"""The job file of a folder."""
UTF8 = "utf-8", "surrogateescape"
LARGEST = 2**24
"""Bytes of a file that one tells the other by."""


@dataclass(frozen=True)
class Wanted:
    """What the server wants of the runner."""

    going: bool = False
    """Whether films are to be made; False: the queue pauses."""
    cancelled: Mapping[str, int] = field(default_factory=dict)
    """How often a film was cancelled, by key: if that grows while it is made, its making ends."""
    again: Mapping[str, int] = field(default_factory=dict)
    """How often a film that failed was asked for anew, by key."""
    held: tuple[str, ...] = ()
    """Keys of films that stand in the file and are not to be made now."""


@dataclass(frozen=True)
class Status:
    """What the runner is at."""

    pid: int = 0
    """Its own."""
    key: str = ""
    """Of the film that is made; "": none."""
    stage: str = ""
    """What is done to it now, a vidream.events.StageName."""
    frames: int = 0
    """Output frames that are done, those of earlier runs among them."""
    total: int | None = None
    """Output frames in all; None: not known."""
    left: float | None = None
    """Seconds until it is done; None: not known yet."""
    pace: float | None = None
    """Seconds a frame; None: not known yet."""
    newest: int = 0
    """The number of the frame in ID.jpg; 0: there is none of this run."""
    warnings: tuple[str, ...] = ()
    """What was warned of."""
    ended: str = "done"
    """Why the runner ended: "done" (nothing is left), "paused", "stopped" (by a signal), or "problem"; "": it is at
    work, or did not come to say it.
    """
    problem: str = ""
    """What kept it from its work."""


@dataclass(frozen=True)
class End:
    """What became of a film."""

    state: str
    """A vidream.jobs.item.State."""
    again: int
    """How often it had been asked for anew."""
    job: str = ""
    """What it was made of: see job_mark."""
    reason: str = ""
    """Why it failed."""
    warnings: tuple[str, ...] = ()
    """What was warned of."""
    frames: int = 0
    """Output frames."""
    seconds: float = 0.0
    """How long it took."""


Told = TypeVar("Told", Wanted, Status, End)


class QueuePlace:
    """The files of a folder's queue."""

    def __init__(self, folder: Path, kept: Path) -> None:
        """folder: people's own; kept: the room's own folder in it."""
        self.folder, self.kept = folder, kept
        self.jobs = folder / JOBS
        self.log = kept / "runner.log"

    def read_wanted(self) -> Wanted:
        return _read(self.kept / "wanted.json", Wanted)

    def write_wanted(self, wanted: Wanted) -> None:
        self._write("wanted.json", asdict(wanted))

    def read_status(self) -> Status:
        return _read(self.kept / "status.json", Status)

    def write_status(self, status: Status) -> None:
        self._write("status.json", asdict(status))

    def read_ends(self) -> dict[str, End]:
        """What became of each film, by key."""
        table = _table(self.kept / "ends.json")
        return {key: _told(entry, End) for key, entry in table.items() if isinstance(entry, dict) and "state" in entry}

    def write_ends(self, ends: Mapping[str, End]) -> None:
        self._write("ends.json", {key: asdict(end) for key, end in ends.items()})

    def picture(self, key: str) -> Path:
        """Where the newest frame of a film is."""
        return self.kept / f"{id_of(key)}.jpg"

    def write_picture(self, key: str, jpeg: bytes) -> None:
        with suppress(OSError):
            _put(self.picture(key), jpeg)

    def key(self, out: Path) -> str:
        """What a film is known by: OUT, relative to the folder."""
        return Path(os.path.relpath(out, self.folder)).as_posix()

    def out(self, key: str) -> Path:
        """Where a film is made. key: as `key` gives it."""
        return self.folder / key

    def told(self, message: str) -> str:
        """A message as the page shows it: files by their names in the folder."""
        return message.replace(f"{self.folder}{os.sep}", "")

    @contextmanager
    def alone(self) -> Iterator[bool]:
        """Within the block nobody else is the runner of this folder; False: somebody else is."""
        with (self.kept / "runner.lock").open("a+b") as file:
            yield try_lock(file)

    def is_at_work(self) -> bool:
        """Whether a runner lives. A lock ends with whoever holds it: no number of a process is trusted."""
        with self.alone() as nobody:
            return not nobody

    def _write(self, name: str, table: Mapping[str, Any]) -> None:
        _put(self.kept / name, json.dumps(table).encode())


def _put(path: Path, content: bytes) -> None:
    """Make a file, or replace it, whole or not at all; it is not waited for until the disk has it."""
    fresh = path.with_name(fresh_name())
    try:
        with create_file(fresh, mode=0o600) as file:
            file.write(content)
        fresh.replace(path)
    except BaseException:
        with suppress(OSError):
            fresh.unlink()
        raise


def job_mark(spec: JobSpec) -> str:
    """A text that is another when a person has changed a job in its file."""
    return hashlib.sha256(repr((spec.command, spec.source, spec.song, spec.arguments)).encode(*UTF8)).hexdigest()[:16]


def id_of(key: str) -> str:
    """What the page calls a film."""
    return hashlib.sha256(key.encode(*UTF8)).hexdigest()[:16]


def _read(path: Path, kind: type[Told]) -> Told:
    return _told(_table(path), kind)


def _table(path: Path) -> dict[str, Any]:
    """The JSON object in a file of ours; empty if it is not there, or damaged: what was made is not said here."""
    try:
        with open_file(path) as file:
            table = json.loads(file.read(LARGEST))
    except (OSError, ValueError, RecursionError):
        return {}
    return table if isinstance(table, dict) else {}


def _told(table: Mapping[str, Any], kind: type[Told]) -> Told:
    """A record from JSON; lists are tuples in it."""
    known = {each.name for each in fields(kind)}
    values: dict[str, Any] = {name: value for name, value in table.items() if name in known}
    values |= {name: tuple(value) for name, value in values.items() if isinstance(value, list)}
    return kind(**values)
