"""What of a job file has been made, in a folder beside it."""

import hashlib
import json
import os
import re
import threading
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from vidream.errors import MediaError
from vidream.jobs.job import Job
from vidream.jobs.jobspec import JobSpec
from vidream.media.paths import disk_refusals
from vidream.media.picture_formats import PICTURES
from vidream.media.sequence import sequence
from vidream.render.disk import fit_name
from vidream.render.filenames import BATCH_NAMES
from vidream.render.journal import read_table
from vidream.render.leftovers import written_at
from vidream.render.workfolder import Workfolder, folder_of

BEGUN = "begun.json"
"""The file of the folder that says what was begun, and what was made of it."""


@dataclass(frozen=True)
class JobMark:
    """What records know a job by."""

    out: Path
    """What it makes."""
    digest: str
    """A text that is another if anything changes of which it is made."""
    overwrite: bool
    """Whether what is at OUT may be replaced."""


class Records:
    """What of a job file has been made; the folder that says so holds a log of each output, too.

    `with Records(jobs) as records:` for whoever carries the job file out: raises MediaError if somebody else does. To
    look only, no `with` is needed, and nothing is written.
    """

    def __init__(self, jobs: Path) -> None:
        path = folder_of(jobs.absolute())
        self.jobs, self.folder = jobs, Workfolder(path, BATCH_NAMES, jobs)
        existing = Workfolder.there(path, BATCH_NAMES, jobs)
        self._begun: dict[str, Any] = {}
        self._turn = threading.Lock()  # outputs begin and end in several threads
        if existing is not None:
            with closing(existing):
                self._begun = _begun_in(existing)

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

    def begin(self, mark: JobMark) -> None:
        """Write down that a job is about to be made: what is at OUT now is not what it makes."""
        key, digest, previous = self._key(mark.out), mark.digest, written_at(mark.out)
        with self._turn, disk_refusals(self.folder.path):
            last = self._begun.get(key, {})
            if last.get("digest") == digest and last.get("size", 0) is None:
                previous = last["before"]  # it was stopped, perhaps when OUT was in its place already
            self._begun[key] = {"digest": digest, "before": previous, "size": None}
            self.folder.write(BEGUN, json.dumps(self._begun).encode())

    def end(self, out: Path, frames: int) -> None:
        """Write down that a job has been made, with so many frames: what is at OUT now is what it makes."""
        size = _size_of(out, frames)
        with self._turn, disk_refusals(self.folder.path):
            self._begun[self._key(out)] |= {"size": size, "frames": frames}
            self.folder.write(BEGUN, json.dumps(self._begun).encode())

    def strange_readers(self, spec: JobSpec) -> Sequence[str]:
        """The titles of those that read what a job would replace, unless this batch has made that itself."""
        return () if self._key(spec.out) in self._begun else spec.finders

    def has(self, mark: JobMark) -> bool:
        """Whether what is at OUT is what this job makes.

        Raises:
            MediaError: it was made by this job file, but of other sources, or with other knobs.
        """
        if not self._is_new(mark.out):
            return False
        entry = self._begun[self._key(mark.out)]
        same, size = entry["digest"] == mark.digest, _size_of(mark.out, entry.get("frames", 1))
        if entry.get("size", size) is None:
            return False  # it was stopped on the way, or could not be made: what is there now is not it
        if same and entry.get("size", size) == size:
            return True
        if same and not mark.overwrite:
            raise MediaError(
                f"{mark.out}: is not what was made there any more; overwrite = true makes it anew, or name another file"
            )
        if not mark.overwrite:
            raise MediaError(
                f"{mark.out}: was made of other sources, or with other knobs; overwrite = true makes it anew, "
                "or name another file"
            )
        return False

    def made(self, out: Path) -> bool:
        """Whether what is at OUT is what was made there last, by size and time: quickly, without its sources."""
        if not self._is_new(out):
            return False
        entry = self._begun[self._key(out)]
        size = _size_of(out, entry.get("frames", 1))
        return size is not None and entry.get("size", size) == size

    def _is_new(self, out: Path) -> bool:
        """Whether what is at OUT came there since it was begun. It appears whole or not at all: what is new is done."""
        begun, written = self._begun.get(self._key(out)), written_at(out)
        return begun is not None and written is not None and written != begun["before"]

    def log_of(self, spec: JobSpec) -> Path:
        """Where the log of an output is."""
        key = self._key(spec.out)
        name = re.sub(r"[^\w.-]+", "_", key)[-80:]
        ending = f"-{hashlib.sha256(os.fsencode(key)).hexdigest()[:6]}.log"
        return self.folder.path / fit_name(name, ending)

    def _key(self, out: Path) -> str:
        """OUT, relative to the job file: the two may be moved together."""
        return os.path.relpath(out.absolute(), self.jobs.absolute().parent)


def _size_of(out: Path, frames: int) -> int | None:
    """Bytes of a film, or of so many pictures; None if the film, or one of the pictures, is not there."""
    paths, pictures = [out], sequence(out, PICTURES)
    if pictures:
        paths = [pictures.picture(number) for number in range(1, frames + 1)]
    try:
        return sum(path.stat().st_size for path in paths)
    except OSError:
        return None


def _begun_in(folder: Workfolder) -> dict[str, Any]:
    """The entries of what a batch has begun, by OUT: see Records.begin and Records.end."""
    try:
        content = folder.read(BEGUN)
        begun = {} if content is None else read_table(content)
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


def mark_of(job: Job) -> JobMark:
    """What records know a job by; its sources are read for it."""
    return JobMark(job.out, digest_of(job), job.config.files.overwrite)


def digest_of(job: Job) -> str:
    """A text that is another if anything changes of which a job is made."""
    return hashlib.sha256(json.dumps(job.fingerprint(), sort_keys=True).encode()).hexdigest()
