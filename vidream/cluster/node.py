"""What runs on a node."""

import getpass
import hashlib
import importlib.util
import os
import stat
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import lru_cache
from os.path import exists
from pathlib import Path
from typing import Any

import cv2

from vidream.cluster.units import Unit, placed
from vidream.errors import RenderError, VidreamError
from vidream.jobs.film import FilmJob
from vidream.media.ffmpeg import executable
from vidream.media.files import written
from vidream.media.paths import disk_refusals
from vidream.media.sequence import pictures_of
from vidream.render.parted import RenderedPart
from vidream.version import __version__

LOOK = 0.5  # seconds between two words of how far a unit is


@dataclass(frozen=True)
class Sent:
    """A file that units read: where its sender has it, its digest, and what Ray keeps its content under."""

    path: str
    digest: str
    content: Any

    def here(self) -> Path:
        """Where this node has it: in the same place, if that is the same file; else in a copy, kept for the next."""
        own = Path(self.path)
        if own.is_file() and digest(self.path, own.stat().st_mtime_ns) == self.digest:
            return own
        import ray

        folder = private_folder(copies() / self.digest[:32])
        copy = folder / own.name
        if copy.is_symlink() or (copy.exists() and not copy.is_file()):
            copy = Path(tempfile.mkdtemp(dir=folder)) / own.name
        if not copy.exists() or digest(str(copy), copy.stat().st_mtime_ns) != self.digest:
            with disk_refusals(copy):
                written(copy, ray.get(self.content), mode=0o600)
        return copy


@lru_cache(maxsize=1)
def copies() -> Path:
    """Where this node keeps copies of what it is sent: a folder that nobody else may look into, or write to."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # of a container, which may have a number alone
        user = str(os.getuid())
    return private_folder(Path(tempfile.gettempdir()) / f"vidream-{user}")


def private_folder(path: Path) -> Path:
    """A folder of ours alone, made if it is not there; a fresh one beside it where something else has its name."""
    with disk_refusals(path):
        with suppress(FileExistsError):
            path.mkdir(mode=0o700)
        status = path.lstat()
        ours = os.name == "nt" or (status.st_uid == os.geteuid() and stat.S_IMODE(status.st_mode) & 0o077 == 0)
        if stat.S_ISDIR(status.st_mode) and ours:
            return path
        return Path(tempfile.mkdtemp(prefix="vidream-", dir=path.parent))


@lru_cache(maxsize=1000)
def digest(path: str, modified: int) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def about(seen: Sequence[str]) -> dict[str, str]:
    """What a node is: "lacks" is what it has not of what a unit needs, in words, "" if nothing.

    seen: paths that it must see itself.
    """
    lacks = [
        f"does not see {path}; put it into a folder that all nodes share"
        for path in seen
        if not pictures_of(Path(path)) and not exists(path)
    ]
    try:
        executable()
    except RenderError as error:
        lacks.append(str(error))
    if importlib.util.find_spec("tensorflow") is None:
        lacks.append("has no TensorFlow")
    return {"vidream": __version__, "lacks": "; ".join(lacks)}


def made(
    unit: Unit, number: int, sent: Mapping[str, Sent], cores: int, board: Any, version: str
) -> "RenderedPart | bytes | str":
    """A unit's pieces; of a picture the file's content; or, in words, why it cannot be made."""
    import ray

    if version != __version__:  # of a node that has come later
        return f"a node runs vidream {__version__}, this is {version}; install the same everywhere"
    for name in ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"):  # heeded when TensorFlow is first imported
        os.environ.setdefault(name, str(cores))
    cv2.setNumThreads(cores)
    node, said = ray.get_runtime_context().get_node_id(), 0.0

    def say(done: int, total: int | None) -> None:
        nonlocal said
        if time.monotonic() - said >= LOOK:
            said = time.monotonic()
            board.say.remote(number, node, done - unit.first)

    with tempfile.TemporaryDirectory(prefix="vidream-unit-") as folder:
        try:
            board.say.remote(number, node, 0)
            order = placed(unit.order, {path: str(each.here()) for path, each in sent.items()})
            out = Path(folder) / "made" / order.out.name
            out.parent.mkdir()
            job = replace(order, out=out).job()
            if not isinstance(job, FilmJob):
                job.run()
                return out.read_bytes()
            plan: Any = job.plan
            job = replace(job, plan=replace(plan, part=unit.part)) if unit.part else job
            return job.pieces(unit.first, say)
        except VidreamError as error:
            return str(error)


class Board:
    """Who is at what: unit -> (node, frames done). An actor: nodes write it, the driver reads it."""

    def __init__(self) -> None:
        self.at: dict[int, tuple[str, int]] = {}

    def say(self, unit: int, node: str, done: int) -> None:
        self.at[unit] = node, done

    def all(self) -> dict[int, tuple[str, int]]:
        return self.at
