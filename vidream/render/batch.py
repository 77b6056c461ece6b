"""Orders -> films, one after the other; one that fails does not stop the rest, one that is done is not done again."""

import hashlib
import json
import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Literal, Self

from vidream.errors import Problems, VidreamError
from vidream.frames import Size
from vidream.media.paths import disk_refusals
from vidream.media.sequence import sequence
from vidream.media.still import PICTURES
from vidream.render.job import Job, Progress, Rendered
from vidream.render.orders import Order
from vidream.render.session import folder_of, locked, read_json, save_json

log = logging.getLogger(__name__)

State = Literal["done", "skipped", "failed"]


@dataclass(frozen=True)
class Result:
    """What became of an order. why: it failed; rendered: it is done."""

    order: Order
    state: State
    why: str = ""
    rendered: Rendered | None = None


class Records:
    """`with Records(jobs) as records:` what of a job file has been done, in a folder beside it; and a log of each.

    Raises MediaError if somebody else is at it.
    """

    def __init__(self, jobs: Path) -> None:
        self.jobs, self.folder = jobs, folder_of(jobs)

    def __enter__(self) -> Self:
        with disk_refusals(self.folder):
            self.folder.mkdir(exist_ok=True)
            self._lock: IO[bytes] = locked(self.folder / "lock", self.jobs)
        self._begun: dict[str, Any] = read_json(self.folder / "begun.json") or {}
        return self

    def __exit__(self, *_: object) -> None:
        self._lock.close()

    def begin(self, job: Job) -> None:
        """It is about to be made: what OUT is now is not it."""
        self._begun[_key(job.out)] = {"digest": digest_of(job), "before": _made_at(job.out)}
        with disk_refusals(self.folder):
            save_json(self.folder / "begun.json", self._begun)

    def has(self, job: Job) -> bool:
        """Whether OUT is what this job makes. It appears whole or not at all, so that one that is new is done."""
        begun, now = self._begun.get(_key(job.out)), _made_at(job.out)
        return begun is not None and now is not None and now != begun["before"] and begun["digest"] == digest_of(job)

    def log_of(self, order: Order) -> Path:
        return self.folder / f"{order.out.name.replace('%', '_')}.log"


def _key(out: Path) -> str:
    return str(out.absolute())


def _made_at(out: Path) -> int | None:
    """When a film, or the first of its pictures, was last written, in ns; None if it is not there."""
    many = sequence(out, PICTURES)
    first = next(iter(many.there()), None) if many else out
    return first.stat().st_mtime_ns if first is not None and first.exists() else None


def digest_of(job: Job) -> str:
    return hashlib.sha256(json.dumps(job.belongs(), sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True)
class Work:
    """An order, looked into: its frames, None when the source does not say; its size; whether it is done already."""

    order: Order
    frames: int | None
    size: Size
    done: bool


def check(orders: Sequence[Order], records: Records) -> list[Work]:
    """What there is to do.

    Raises:
        Problems: all that cannot be carried out, and why.
    """
    problems, work, folders = [], [], list[Path]()
    for order in orders:
        try:
            job = order.job()
            folders += _made(order.folder)
            done = records.has(job)
            if not done:
                job.check()
            work.append(Work(order, job.frames, job.size, done))
        except VidreamError as error:
            problems.append(f"{order.label}: {error}")
    if problems:
        for folder in reversed(folders):
            folder.rmdir()
        raise Problems(problems)
    return work


def _made(folder: Path) -> list[Path]:
    """Make a folder, with those that it lies in: the ones that were not there, outermost first."""
    missing = [each for each in (*reversed(folder.parents), folder) if not each.exists()]
    with disk_refusals(folder):
        folder.mkdir(parents=True, exist_ok=True)
    return missing


def carry_out(order: Order, records: Records, progress: Progress | None = None) -> Result:
    """One order, with its log. Whatever goes wrong is its own affair."""
    with _logged(records.log_of(order)):
        log.info("%s: %s", time.strftime("%Y-%m-%d %H:%M:%S"), order.label)
        try:
            job = order.job()
            if records.has(job):
                return Result(order, "skipped")
            job.check()
            records.begin(job)
            rendered = job.run(progress)
        except VidreamError as error:
            log.error("%s", error)
            return Result(order, "failed", str(error))
        except Exception as error:
            log.exception("a bug in vidream")
            return Result(order, "failed", f"a bug ({type(error).__name__}: {error}); see {records.log_of(order)}")
        log.info("%d frames in %.0f s", rendered.frames, rendered.seconds)
        return Result(order, "done", rendered=rendered)


@contextmanager
def _logged(path: Path) -> Iterator[None]:
    """What the core says goes into a file, too."""
    handler = logging.FileHandler(path, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(levelname)s %(message)s"))
    logger = logging.getLogger("vidream")
    before = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        yield
    finally:
        logger.setLevel(before)
        logger.removeHandler(handler)
        handler.close()
