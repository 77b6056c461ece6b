"""A job file -> films, one after the other; one that fails does not stop the rest, and nothing is made twice."""

import logging
import re
import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Literal

from vidream.errors import Cancelled, MediaError, Problems, VidreamError
from vidream.events import Event, Listener, NoteEvent, WarningEvent, checkpoint, note, scope, tell
from vidream.frames import Size
from vidream.jobs.job import Job, Rendered
from vidream.jobs.jobfile import read_job_file
from vidream.jobs.jobspec import JobSpec
from vidream.jobs.records import Records
from vidream.media.paths import check_source
from vidream.media.sequence import pictures_of
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


def run_batch(
    jobs: str | Path, on_event: Listener | None = None, cancel: threading.Event | None = None
) -> list[BatchResult]:
    """Carry out a job file. Run again, it goes on where it was.

    Args:
        jobs: the job file (.toml).
        on_event: called with each event: BatchEvent, then ItemStartEvent, frames, ItemEndEvent of each output.
        cancel: set it, and the batch ends within a frame with Cancelled; what is done stays.

    Returns:
        What became of each output: those that were done before first, then the others as they came.

    Raises:
        Problems: it cannot be carried out as it is; nothing has been begun.
        ConfigError, MediaError: it is no job file; or somebody else carries it out at the moment.
        Cancelled: `cancel` was set.
    """
    with scope(on_event, cancel):
        return carry_out(Path(jobs), run_items)


def carry_out(jobs: Path, runner: Runner) -> list[BatchResult]:
    """`run_batch` with any runner, within the scope of whoever calls."""
    specs, problems = read_job_file(jobs)
    with Records(jobs) as records:
        items = plan_batch(specs, records, problems)
        left = tuple(item for item in items if not item.done)
        skipped = tuple(BatchResult(item.spec, "skipped") for item in items if item.done)
        tell(BatchEvent(left, skipped))
        results = [*skipped]
        try:
            with closing(runner(left, records)) as outcomes:
                for index, result in outcomes:
                    results.append(result)
                    tell(ItemEndEvent(index, result))
        except Cancelled:
            done = sum(result.state == "done" for result in results)
            raise Cancelled(
                f"{jobs}: cancelled; {done} of {len(left)} films are done, and the same call goes on from there"
            ) from None
    return results


def run_items(items: Sequence[BatchItem], records: Records) -> Generator[tuple[int, BatchResult]]:
    """Make items on this machine, one after the other."""
    for index, item in enumerate(items):
        checkpoint()
        tell(ItemStartEvent(index, item))
        yield index, run_item(item.spec, records)


def plan_batch(specs: Sequence[JobSpec], records: Records, problems: Sequence[str] = ()) -> list[BatchItem]:
    """What there is to do; no folder that is made to try stays.

    Args:
        specs: of a job file.
        records: of the same.
        problems: with the job file itself, to be raised with the others.

    Raises:
        Problems: all that cannot be carried out, and why.
    """
    lines, items = [*problems], []
    for spec in specs:
        checkpoint()
        lines += [f"{spec.title} makes {spec.out}, which {reader} finds" for reader in records.strange_readers(spec)]
        try:
            items.append(_looked_into(spec, records))
        except Cancelled:
            raise
        except VidreamError as error:
            lines.append(f"{spec.title}: {_in_words_of_a_job_file(str(error))}")
    if lines:
        raise Problems(f"{records.jobs}: {line}" for line in lines)
    return items


def _looked_into(spec: JobSpec, records: Records) -> BatchItem:
    job = spec.job()
    with in_folder(spec.folder):
        for path in spec.files:
            if not pictures_of(path):
                check_source(path, "file")
        done = records.has(job)
        if not done:
            job.check()
    return BatchItem(spec, job.frames, job.size, done)


def _in_words_of_a_job_file(message: str) -> str:
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


def run_item(spec: JobSpec, records: Records) -> BatchResult:
    """Make one output, with its log. Whatever goes wrong with it is in the result.

    Raises:
        Cancelled: the run of which this is a part was cancelled.
    """
    with _ItemLog(records.log_of(spec)) as log, scope(log.listen):
        note(spec.title)
        try:
            job = spec.job()
            if records.has(job):
                return BatchResult(spec, "skipped")
            with in_folder(spec.folder, stays=True):
                job.check()
            records.begin(job)
            rendered = job.run(placed=partial(records.end, job))
        except Cancelled:
            raise
        except VidreamError as error:
            checkpoint()  # a listener's error is none of this film's
            reason = _in_words_of_a_job_file(str(error))
            log.write("ERROR", reason)
            return BatchResult(spec, "failed", reason)
        except Exception as error:  # noqa: BLE001 (a bug in one is none of the others')
            checkpoint()
            log.write("ERROR", "a bug in vidream", error)
            return BatchResult(spec, "failed", f"a bug ({type(error).__name__}: {error}); see {records.log_of(spec)}")
        note(f"{rendered.frames} frames in {rendered.seconds:.0f} s")
        return BatchResult(spec, "done", rendered=rendered, warnings=tuple(log.warnings))


class _ItemLog:
    """The log of one output: a listener that writes messages into a file, and keeps the warnings."""

    def __init__(self, path: Path) -> None:
        path.touch(mode=0o600)
        self.warnings: dict[str, None] = {}  # each once, in order
        self._file = logging.FileHandler(path, encoding="utf-8", errors="backslashreplace")
        self._file.setFormatter(LogFormatter("%(asctime)s %(levelname)s %(message)s"))

    def __enter__(self) -> "_ItemLog":
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
