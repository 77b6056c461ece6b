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

from vidream.cluster.units import Answer, Refusal, RenderedPicture, Unit, relocated
from vidream.dream.choice import is_here, native_label
from vidream.dream.settings import RuntimeSettings, set_runtime
from vidream.errors import RenderError, VidreamError
from vidream.events import Event, FrameEvent, Listener, StageEvent, WarningEvent, scope
from vidream.jobs.job import Job
from vidream.jobs.jobspec import JobSpec
from vidream.jobs.render_job import RenderJob
from vidream.jobs.still import StillJob
from vidream.media.files import write_file
from vidream.media.paths import disk_refusals
from vidream.media.program import executable
from vidream.media.sequence import pictures_of
from vidream.version import __version__

LOOK = 0.5  # seconds between two letters of how far a unit is


@dataclass(frozen=True)
class SharedFile:
    """A file that units read."""

    path: str
    """Where the driver has it."""
    digest: str
    """SHA-256 of its content, in hexadecimal."""
    content: Any
    """What Ray keeps its content under."""

    def local_path(self) -> Path:
        """Where this node has it: in the same place, if that is the same file; else in a copy, kept for the next."""
        original = Path(self.path)
        if original.is_file() and digest(self.path, original.stat().st_mtime_ns) == self.digest:
            return original
        import ray

        folder = private_folder(copies() / self.digest[:32])
        copy = folder / original.name
        if copy.is_symlink() or (copy.exists() and not copy.is_file()):
            copy = Path(tempfile.mkdtemp(dir=folder)) / original.name
        if not copy.exists() or digest(str(copy), copy.stat().st_mtime_ns) != self.digest:
            with disk_refusals(copy):
                write_file(copy, ray.get(self.content), mode=0o600)
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
def digest(path: str, modified: int) -> str:  # noqa: ARG001 (a key of the cache)
    """SHA-256 of a file's content, in hexadecimal; read once for each time (ns) at which it was `modified`."""
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@dataclass(frozen=True)
class NodeCheck:
    """Whether a node can take part."""

    version: str
    """Of vidream, there."""
    problems: tuple[str, ...] = ()
    """What it lacks of what a unit needs, each in words."""
    native: str = ""
    """The label of its native engine; "" where it has none."""


def check_node(paths: Sequence[str]) -> NodeCheck:
    """What this node lacks. paths: files that it must have itself, in the same places."""
    problems = [
        f"does not see {path}; put it into a folder that all nodes share"
        for path in paths
        if not pictures_of(Path(path)) and not exists(path)
    ]
    try:
        executable()
    except RenderError as error:
        problems.append(str(error))
    if importlib.util.find_spec("tensorflow") is None:
        problems.append("has no TensorFlow")
    return NodeCheck(__version__, tuple(problems), native_label())


def render_unit(
    unit: Unit, number: int, files: Mapping[str, SharedFile], cores: int, mailbox: Any, version: str
) -> Answer:
    """Make a unit on this node.

    Args:
        unit: what is to be made.
        number: of the unit in the run.
        files: what it reads, by path.
        cores: how many threads it may use.
        mailbox: the actor that takes this node's letters.
        version: of vidream, where the run was started.
    """
    import ray

    if version != __version__:  # of a node that has come later
        return Refusal(f"a node runs vidream {__version__}, this is {version}; install the same everywhere")
    set_runtime(RuntimeSettings(threads=cores))
    cv2.setNumThreads(cores)
    with tempfile.TemporaryDirectory(prefix="vidream-unit-") as folder:
        try:
            post = Correspondent(mailbox, number, ray.get_runtime_context().get_node_id())
            copies = {path: str(file.local_path()) for path, file in files.items()}
            with scope(post.listener({copy: path for path, copy in copies.items()})):
                return _rendered(unit, copies, Path(folder) / "made")
        except VidreamError as error:
            return Refusal(str(error))


def _rendered(unit: Unit, copies: Mapping[str, str], folder: Path) -> Answer:
    spec = relocated(unit.spec, copies)
    job, out = _last_job.of(spec), folder / spec.out.name
    out.parent.mkdir()
    if isinstance(job, RenderJob):
        plan: Any = job.plan
        if unit.part:
            plan = replace(plan, part=unit.part)
        if unit.engine and not is_here(unit.engine, job.config.goal.network):  # on a node that has come later
            raise RenderError(f"a node has no engine {unit.engine}, with which {spec.out.name} was begun")
        return replace(job, out=out, plan=plan, engine=unit.engine).render_part(unit.first)
    assert isinstance(job, StillJob)
    replace(job, out=out).run()
    return RenderedPicture(out.read_bytes())


class _LastJob:
    """The job that this worker has built last: its next unit is most often a part of the same film."""

    def __init__(self) -> None:
        self._spec: JobSpec | None = None
        self._job: Job | None = None

    def of(self, spec: JobSpec) -> Job:
        """The job of a spec. Raises as JobSpec.job."""
        if self._job is None or spec != self._spec:
            self._job = spec.job()
            self._spec = spec
        return self._job


_last_job = _LastJob()


class Correspondent:
    """Sends what a unit tells to the driver."""

    def __init__(self, mailbox: Any, number: int, node: str) -> None:
        self.mailbox, self.number, self.node = mailbox, number, node
        self._last_frame = 0.0
        self._send(None)

    def _send(self, event: Event | None) -> None:
        self.mailbox.post.remote(Letter(self.number, self.node, event))

    def listener(self, originals: Mapping[str, str]) -> Listener:
        """A listener that sends warnings, stages, and a frame every LOOK seconds.

        originals: the path where the driver has a file, by the path of its copy here.
        """

        def send(event: Event) -> None:
            if isinstance(event, WarningEvent):
                self._send(replace(event, about=originals.get(str(event.about), event.about)))
            elif isinstance(event, StageEvent):
                self._send(event)
            elif isinstance(event, FrameEvent) and time.monotonic() - self._last_frame >= LOOK:
                self._last_frame = time.monotonic()
                self._send(event)

        return send


@dataclass(frozen=True)
class Letter:
    """What a node tells the driver of a unit."""

    unit: int
    """Number of the unit."""
    node: str
    """Ray's id of the node."""
    event: Event | None
    """What the unit has told; None: it has begun."""


class Mailbox:
    """An actor: nodes post letters, the driver collects them. Of each unit the latest frame alone is kept."""

    def __init__(self) -> None:
        self.letters: list[Letter] = []

    def post(self, letter: Letter) -> None:
        """Take a letter."""
        if isinstance(letter.event, FrameEvent):
            self.letters = [
                each for each in self.letters if each.unit != letter.unit or not isinstance(each.event, FrameEvent)
            ]
        self.letters.append(letter)

    def collect(self) -> list[Letter]:
        """All letters since the last time."""
        letters, self.letters = self.letters, []
        return letters
