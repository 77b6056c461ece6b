"""One output of a batch: what is known of it before, how it is made, with its log, and what became of it."""

import logging
import re
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Literal, Protocol

from vidream.dream.choice import TENSORFLOW
from vidream.errors import Cancelled, MediaError, VidreamError
from vidream.events import Event, NoteEvent, WarningEvent, checkpoint, note, scope
from vidream.frames import Size
from vidream.jobs.job import Job, Rendered
from vidream.jobs.jobspec import JobSpec
from vidream.jobs.records import JobMark, Records, mark_of
from vidream.text import LogFormatter

State = Literal["done", "skipped", "failed"]


@dataclass(frozen=True)
class BatchItem:
    """One output of a job file, looked into: nothing is known to keep it from being made."""

    spec: JobSpec
    """What makes it."""
    frames: int | None
    """Output frames; None when the source does not say."""
    size: Size
    """Of the output, px."""
    done: bool
    """Whether an earlier run of the job file has made it."""
    memory: int = 0
    """Bytes that making it takes at most; 0: not known."""
    engine: str = TENSORFLOW
    """What computes its gradients: of vidream.dream.choice.ENGINES."""
    job: Job | None = field(default=None, repr=False, compare=False)
    """Its job, where that is built already; a batch of many would hold too much in memory."""


@dataclass(frozen=True)
class BatchResult:
    """What became of one output of a job file."""

    spec: JobSpec
    """What makes it."""
    state: State
    """"skipped": an earlier run has made it."""
    reason: str = ""
    """Why it failed, on one line."""
    rendered: Rendered | None = None
    """What was made, if it is done."""
    warnings: tuple[str, ...] = ()
    """What was warned of while it was made, each once."""


@dataclass(frozen=True)
class BatchEvent(Event):
    """A batch begins: all of it has been looked into, and nothing has been made yet."""

    items: tuple[BatchItem, ...]
    """What is to be made, in this order; what is done already is not among it."""
    skipped: tuple[BatchResult, ...]
    """What earlier runs have made."""


@dataclass(frozen=True)
class ItemStartEvent(Event):
    """An output of a batch begins; the frames and stages that follow are its own."""

    index: int
    """Its place in the items of BatchEvent, from 0."""
    item: BatchItem
    """What is begun."""


@dataclass(frozen=True)
class ItemEndEvent(Event):
    """An output of a batch is made, or could not be."""

    index: int
    """Its place in the items of BatchEvent, from 0."""
    result: BatchResult
    """What became of it."""


Runner = Callable[[Sequence[BatchItem], Records], Generator[tuple[int, BatchResult]]]
"""Makes items and yields what becomes of each as it comes, with its index."""


class Keeper(Protocol):
    """Who knows what of a job file has been made: Records, or somebody who asks them in another process."""

    def has(self, mark: JobMark) -> bool:
        """As Records.has."""

    def begin(self, mark: JobMark) -> None:
        """As Records.begin."""

    def end(self, out: Path, frames: int) -> None:
        """As Records.end."""

    def log_of(self, spec: JobSpec) -> Path:
        """As Records.log_of."""


def in_words_of_a_job_file(message: str) -> str:
    """A message whose flags are written as in a job file."""
    return re.sub(r"--(overwrite|fresh)\b", r"\1 = true", message)


@contextmanager
def in_folder(folder: Path, stays: bool = False) -> Iterator[None]:
    """A folder, with those that it lies in; what was not there before is gone afterwards, unless it `stays`."""
    created = []
    try:
        for path in (*reversed(folder.parents), folder):
            if not path.exists():
                path.mkdir()
                created.append(path)
    except (OSError, ValueError) as error:
        raise MediaError(f"{folder}: cannot be made: {getattr(error, 'strerror', None) or error}") from None
    try:
        yield
    finally:
        if not stays:
            for path in reversed(created):
                with suppress(OSError):  # somebody has put something there
                    path.rmdir()


def run_item(spec: JobSpec, records: Keeper) -> BatchResult:
    """Make one output, with its log. Whatever goes wrong with it is in the result.

    Raises:
        Cancelled: the run of which this is a part was cancelled.
    """
    with ItemLog(records.log_of(spec)) as log, scope(log.listen):
        note(spec.title)
        try:
            job = spec.job()
            mark = mark_of(job)
            if records.has(mark):
                return BatchResult(spec, "skipped")
            with in_folder(spec.folder, stays=True):
                job.check()
            records.begin(mark)
            rendered = job.run(placed=partial(records.end, mark.out))
        except Cancelled:
            raise
        except VidreamError as error:
            checkpoint()  # a listener's error is none of this film's
            reason = in_words_of_a_job_file(str(error))
            log.write("ERROR", reason)
            return BatchResult(spec, "failed", reason)
        except Exception as error:  # noqa: BLE001 (a bug in one is none of the others')
            checkpoint()
            log.write("ERROR", "a bug in vidream", error)
            return BatchResult(spec, "failed", f"a bug ({type(error).__name__}: {error}); see {records.log_of(spec)}")
        note(f"{rendered.frames} frames in {rendered.seconds:.0f} s")
        return BatchResult(spec, "done", rendered=rendered, warnings=tuple(log.warnings))


class ItemLog:
    """The log of one output: a listener that writes messages into a file, and keeps the warnings."""

    def __init__(self, path: Path) -> None:
        path.touch(mode=0o600)
        self.warnings: dict[str, None] = {}  # each once, in order
        self._file = logging.FileHandler(path, encoding="utf-8", errors="backslashreplace")
        self._file.setFormatter(LogFormatter("%(asctime)s %(levelname)s %(message)s"))

    def __enter__(self) -> "ItemLog":
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def listen(self, event: Event) -> None:
        """Write what an event says to a person."""
        if isinstance(event, WarningEvent):
            self.warnings[event.message] = None
            self.write("WARNING", event.message)
        elif isinstance(event, NoteEvent):
            self.write("INFO", event.message)

    def write(self, level: str, message: str, error: BaseException | None = None) -> None:
        """One line, and the traceback of an error."""
        fields: dict[str, Any] = {"levelname": level, "msg": message}
        if error is not None:
            fields["exc_info"] = (type(error), error, error.__traceback__)
        self._file.handle(logging.makeLogRecord(fields))
