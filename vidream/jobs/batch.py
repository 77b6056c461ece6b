"""Orders -> films, one after the other; one that fails does not stop the rest, one that is done is not done again."""

import hashlib
import json
import logging
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Literal, Self

from vidream.errors import MediaError, Problems, VidreamError
from vidream.frames import Size
from vidream.jobs.job import Job, Progress, Rendered
from vidream.jobs.jobfile import JobSpec
from vidream.media.codecs import PICTURES
from vidream.media.files import fitting
from vidream.media.paths import check_source, disk_refusals
from vidream.media.sequence import pictures_of, sequence
from vidream.render.kept import table
from vidream.render.remains import written_at
from vidream.render.workfolder import BATCH_NAMES, Workfolder, folder_of
from vidream.text import LogFormatter

log = logging.getLogger(__name__)

BEGUN = "begun.json"

State = Literal["done", "skipped", "failed"]


@dataclass(frozen=True)
class Result:
    """What became of an order. why: it failed; rendered: it is done; warnings: what was said while it was made."""

    order: JobSpec
    state: State
    why: str = ""
    rendered: Rendered | None = None
    warnings: tuple[str, ...] = ()


class Records:
    """What of a job file has been done, in a folder beside it; and a log of each.

    `with Records(jobs) as records:` for whoever carries it out: raises MediaError if somebody else is at it. To look
    only, no `with` is needed, and nothing is written.
    """

    def __init__(self, jobs: Path) -> None:
        path = folder_of(jobs.absolute())
        self.jobs, self.folder = jobs, Workfolder(path, BATCH_NAMES, jobs)
        there = Workfolder.there(path, BATCH_NAMES, jobs)
        self._begun: dict[str, Any] = {}
        if there is not None:
            with closing(there):
                self._begun = _begun_in(there)

    def __enter__(self) -> Self:
        with disk_refusals(self.folder.path):
            self.folder.__enter__()
            try:
                self._begun = _begun_in(self.folder)
            except BaseException:
                self.folder.__exit__()
                raise
        return self

    def __exit__(self, *_: object) -> None:
        self.folder.__exit__()

    def begin(self, job: Job) -> None:
        """It is about to be made: what OUT is now is not it."""
        key, digest, before = self._key(job.out), digest_of(job), written_at(job.out)
        last = self._begun.get(key, {})
        if last.get("digest") == digest and last.get("size", 0) is None:
            before = last["before"]  # it was stopped, perhaps when OUT was in its place already
        self._begun[key] = {"digest": digest, "before": before, "size": None}
        with disk_refusals(self.folder.path):
            self.folder.write(BEGUN, json.dumps(self._begun, indent=1).encode())

    def end(self, job: Job, frames: int) -> None:
        """It has been made, of so many frames: what OUT is now is it."""
        self._begun[self._key(job.out)] |= {"size": _size_of(job.out, frames), "frames": frames}
        with disk_refusals(self.folder.path):
            self.folder.write(BEGUN, json.dumps(self._begun, indent=1).encode())

    def unknown_of(self, order: JobSpec) -> Sequence[str]:
        """Who else reads what an order is to replace, if that is none of what this batch has made."""
        return () if self._key(order.out) in self._begun else order.finders

    def has(self, job: Job) -> bool:
        """Whether OUT is what this job makes.

        Raises:
            MediaError: it was made by this job file, but of other sources, or with other knobs.
        """
        if not self._made(job.out):
            return False
        entry = self._begun[self._key(job.out)]
        same, size = entry["digest"] == digest_of(job), _size_of(job.out, entry.get("frames", 1))
        if entry.get("size", size) is None:
            return False  # it was stopped on the way, or could not be made: what is there now is not it
        if same and entry.get("size", size) == size:
            return True
        if same and not job.config.files.overwrite:
            raise MediaError(
                f"{job.out}: is not what was made there any more; overwrite = true makes it anew, or name another file"
            )
        if not job.config.files.overwrite:
            raise MediaError(
                f"{job.out}: was made of other sources, or with other knobs; overwrite = true makes it anew, "
                "or name another file"
            )
        return False

    def _made(self, out: Path) -> bool:
        """Whether it is what was begun. It appears whole or not at all: one that is new is done."""
        begun, now = self._begun.get(self._key(out)), written_at(out)
        return begun is not None and now is not None and now != begun["before"]

    def log_of(self, order: JobSpec) -> Path:
        key = self._key(order.out)
        name = re.sub(r"[^\w.-]+", "_", key)[-80:]
        ending = f"-{hashlib.sha256(os.fsencode(key)).hexdigest()[:6]}.log"
        return self.folder.path / fitting(name, ending)

    def _key(self, out: Path) -> str:
        """OUT, as it lies to the job file: the two may be moved together."""
        return os.path.relpath(out.absolute(), self.jobs.absolute().parent)


def _size_of(out: Path, frames: int) -> int | None:
    """Bytes of a film, or of so many pictures; None if it, or one of them, is not there."""
    many = sequence(out, PICTURES)
    paths = map(many.picture, range(1, frames + 1)) if many else [out]
    try:
        return sum(path.stat().st_size for path in paths)
    except OSError:
        return None


def _begun_in(folder: Workfolder) -> dict[str, Any]:
    """What a batch has begun: OUT -> the digest of its job, and when OUT was last written before."""
    try:
        content = folder.read(BEGUN)
        begun = {} if content is None else table(content)
        if not all(map(_is_entry, begun.values())):
            raise ValueError("does not say what was begun")
    except (OSError, ValueError) as error:
        raise MediaError(f"{folder.path}: damaged: {BEGUN} {error}; remove that file to begin anew") from None
    return begun


def _is_entry(entry: object) -> bool:
    return (
        isinstance(entry, Mapping)
        and isinstance(entry.get("digest"), str)
        and isinstance(entry.get("before", 0), int | None)
        and isinstance(entry.get("size", 0), int | None)
        and isinstance(entry.get("frames", 1), int)
    )


def digest_of(job: Job) -> str:
    return hashlib.sha256(json.dumps(job.belongs(), sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True)
class Work:
    """An order, looked into: its frames, None when the source does not say; its size; whether it is done already."""

    order: JobSpec
    frames: int | None
    size: Size
    done: bool


def _as_in_a_job(message: str) -> str:
    """A message whose flags are those of a job file."""
    return re.sub(r"--(overwrite|fresh)\b", r"\1 = true", message)


def check(orders: Sequence[JobSpec], records: Records, problems: Sequence[str] = ()) -> list[Work]:
    """What there is to do; no folder that is made to try stays.

    problems: with the job file itself.

    Raises:
        Problems: all that cannot be carried out, and why.
    """
    said, work = [*problems], []
    for order in orders:
        said += [f"{order.label} makes {order.out}, which {who} finds" for who in records.unknown_of(order)]
        try:
            job = order.job()
            with in_folder(order.folder):
                for path in order.files:
                    if not pictures_of(path):
                        check_source(path, "file")
                done = records.has(job)
                if not done:
                    job.check()
            work.append(Work(order, job.frames, job.size, done))
        except VidreamError as error:
            said.append(f"{order.label}: {_as_in_a_job(str(error))}")
    if said:
        raise Problems(f"{records.jobs}: {each}" for each in said)
    return work


@contextmanager
def in_folder(folder: Path, stays: bool = False) -> Iterator[None]:
    """A folder, with those that it lies in; what was not there before is gone afterwards, unless it `stays`."""
    made = []
    try:
        for each in (*reversed(folder.parents), folder):
            if not each.exists():
                each.mkdir()
                made.append(each)
    except (OSError, ValueError) as error:
        raise MediaError(f"{folder}: cannot be made: {getattr(error, 'strerror', None) or error}") from None
    try:
        yield
    finally:
        if not stays:
            for each in reversed(made):
                with suppress(OSError):  # somebody has put something there
                    each.rmdir()


def carry_out(order: JobSpec, records: Records, progress: Progress | None = None) -> Result:
    """One order, with its log. Whatever goes wrong is its own affair."""
    with _logged(records.log_of(order)) as warnings:
        try:
            log.info("%s", order.label)
            job = order.job()
            if records.has(job):
                return Result(order, "skipped")
            with in_folder(order.folder, stays=True):
                job.check()
            records.begin(job)
            rendered = job.run(progress, partial(records.end, job))
        except VidreamError as error:
            why = _as_in_a_job(str(error))
            log.error("%s", why)
            return Result(order, "failed", why)
        except Exception as error:
            log.exception("a bug in vidream")
            return Result(order, "failed", f"a bug ({type(error).__name__}: {error}); see {records.log_of(order)}")
        log.info("%d frames in %.0f s", rendered.frames, rendered.seconds)
        return Result(order, "done", rendered=rendered, warnings=tuple(warnings.said))


class _Warnings(logging.Handler):
    """Keeps what is said of a kind that a person should see at the end, each once."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.said: dict[str, None] = {}  # in order

    def emit(self, record: logging.LogRecord) -> None:
        self.said[record.getMessage()] = None


@contextmanager
def _logged(path: Path) -> Iterator[_Warnings]:
    """What the core says goes into a file, too; its warnings are kept besides."""
    warnings = _Warnings()
    path.touch(mode=0o600)
    handler = logging.FileHandler(path, encoding="utf-8", errors="backslashreplace")
    handler.setFormatter(LogFormatter("%(asctime)s %(levelname)s %(message)s"))
    logger = logging.getLogger("vidream")
    before = logger.level
    logger.addHandler(handler)
    logger.addHandler(warnings)
    logger.setLevel(logging.INFO)
    try:
        yield warnings
    finally:
        logger.setLevel(before)
        logger.removeHandler(warnings)
        logger.removeHandler(handler)
        handler.close()
