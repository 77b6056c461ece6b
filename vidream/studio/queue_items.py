"""What stands in a queue: each film of the job file, and what became of it, without any source being opened."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from vidream.errors import ConfigError, VidreamError
from vidream.jobs.jobfile import NO_JOBS, read_job_file
from vidream.jobs.jobspec import JobSpec
from vidream.jobs.records import Records
from vidream.studio.queue_place import End, QueuePlace, Wanted, job_mark


@dataclass(frozen=True)
class QueueItem:
    """A film of the queue."""

    key: str
    """What it is known by."""
    spec: JobSpec
    """What makes it."""
    state: str
    """"waiting", "held", "failed", "done"; "gone": it was made, and somebody has taken it away or changed it since.
    Whether it is made at the moment, the runner's status says.
    """
    end: End | None
    """What became of it, where it was tried."""


@dataclass(frozen=True)
class Queue:
    """The films of a job file, in its order."""

    items: Sequence[QueueItem]
    """Those that can be told; a job that is wrong has none."""
    problems: tuple[str, ...]
    """What is wrong in the file, as `vidream batch` says it."""

    def next(self) -> QueueItem | None:
        """The film that is to be made next."""
        return next((item for item in self.items if item.state == "waiting"), None)

    def find(self, key: str) -> QueueItem | None:
        """The film of that key."""
        return next((item for item in self.items if item.key == key), None)


def read_queue(place: QueuePlace, wanted: Wanted, ends: Mapping[str, End], records: Records | None = None) -> Queue:
    """The queue as it stands in its file.

    Args:
        place: of the queue.
        wanted: what is held, what is asked for anew.
        ends: what became of films, by key.
        records: of the job file; None: as they lie on disk.
    """
    if not place.jobs.exists():
        return Queue((), ())
    try:
        specs, problems = read_job_file(place.jobs)
        records = records or Records(place.jobs)
    except VidreamError as error:
        return Queue((), tuple(getattr(error, "lines", None) or [str(error)]))
    if not specs and problems == [NO_JOBS]:
        return Queue((), ())
    items = [_item(place, spec, wanted, ends, records) for spec in specs]
    return Queue(items, tuple(problems))


def _item(place: QueuePlace, spec: JobSpec, wanted: Wanted, ends: Mapping[str, End], records: Records) -> QueueItem:
    key = place.key(spec.out)
    end = ends.get(key)
    is_other = end is not None and end.job != job_mark(spec)  # what was made there was another job
    if end is not None and (is_other or end.again != wanted.again.get(key, 0)):
        end = None
    if records.made(spec.out) and not is_other:
        state = "done"
    elif key in wanted.held:
        state = "held"
    elif end is not None:
        state = "failed" if end.state == "failed" else "gone"
    else:
        state = "waiting"
    return QueueItem(key, spec, state, end)


def jobs_of(specs: Sequence[JobSpec], number: int) -> int:
    """How many films a job of the file makes. number: of the job, from 1."""
    return sum(spec.number == number for spec in specs)


def check_inside(place: QueuePlace, path: Path) -> None:
    """Raise ConfigError if a path lies outside of the folder, wherever links lead."""
    if not path.resolve().is_relative_to(place.folder.resolve()):
        raise ConfigError(f"{path}: is not in {place.folder}; the studio makes films there alone")
