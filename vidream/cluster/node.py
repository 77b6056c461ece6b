"""What runs on a node."""

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from os.path import exists
from pathlib import Path
from typing import Any

import cv2

from vidream.cluster.copies import SharedFile, local_path, unit_folder
from vidream.cluster.farm import NodeCheck
from vidream.cluster.kept import sweep, units_in_use
from vidream.cluster.places import units_folder
from vidream.cluster.post import Correspondent, Post
from vidream.cluster.trouble import NodeTrouble, in_words, is_own
from vidream.cluster.units import Answer, Refusal, RenderedPicture, Unit, relocated
from vidream.dream.choice import is_here, native_label
from vidream.dream.presence import has_tensorflow, lack
from vidream.dream.processor import processor_kind
from vidream.dream.settings import RuntimeSettings, set_runtime
from vidream.errors import RenderError, VidreamError
from vidream.events import StageEvent, scope, tell
from vidream.jobs.job import Job
from vidream.jobs.jobspec import JobSpec
from vidream.jobs.render_job import RenderJob
from vidream.jobs.still import StillJob
from vidream.media.program import executable
from vidream.media.sequence import pictures_of
from vidream.version import __version__

LOOK = 0.5
"""Seconds between two letters of how far a unit is, where few nodes write them."""
ENDING = 3.0
"""Seconds that a process may take to die that is told to."""


def check_node(paths: Sequence[str]) -> NodeCheck:
    """What this node is, and lacks. paths: folders of pictures that some jobs need in the same places."""
    unseen = tuple(path for path in paths if not pictures_of(Path(path)) and not exists(path))
    problems = []
    try:
        executable()
        units_folder()
    except (RenderError, NodeTrouble) as error:
        problems.append(in_words(error))
    if not has_tensorflow():
        problems.append(f"every node needs TensorFlow; {lack()}")
    return NodeCheck(__version__, tuple(problems), native_label(), processor_kind(), unseen)


def tidy(cache: int) -> None:
    """Take away what ended runs have left here; parts that are being ended get a moment for that.

    cache: bytes of copies of sources that are kept.
    """
    end = time.monotonic() + ENDING
    sweep(cache)
    while units_in_use() and time.monotonic() < end:
        time.sleep(LOOK / 2)
        sweep(cache)


def render_unit(
    unit: Unit, files: Mapping[str, SharedFile], cores: int, cache: int, post: Post, version: str
) -> Answer:
    """Make a unit on this node.

    Args:
        unit: what is to be made.
        files: what it reads, by path.
        cores: how many threads it may use.
        cache: bytes of copies of sources that are kept here.
        post: to the driver.
        version: of vidream, where the run was started.
    """
    if version != __version__:
        return Refusal(f"it runs vidream {__version__}, this is {version}; install the same everywhere", of_node=True)
    set_runtime(RuntimeSettings(threads=cores))
    cv2.setNumThreads(cores)
    originals: dict[str, str] = {}
    with Correspondent(post, originals) as correspondent, scope(correspondent.listener), ExitStack() as stack:
        try:
            folder, copies = stack.enter_context(unit_folder()), dict[str, str]()
            for path, file in files.items():
                copies[path] = str(stack.enter_context(local_path(file, _telling(post.fetch(path), path), cache)))
                originals[copies[path]] = path
            answer = _rendered(unit, copies, folder / "made")
            tell(StageEvent("sending back", unit.spec.out.name))
            return answer
        except VidreamError as error:
            return Refusal(in_words(error) if is_own(error) else str(error), of_node=is_own(error))
        except (OSError, MemoryError, ImportError) as error:
            if not is_own(error):
                raise
            return Refusal(in_words(error), of_node=True)


def _telling(fetch: Callable[[int, int], bytes], path: str) -> Callable[[int, int], bytes]:
    """What fetches pieces of a file, and says so at the first."""

    def piece(offset: int, size: int) -> bytes:
        if offset == 0:
            tell(StageEvent("sending", Path(path).name))
        return fetch(offset, size)

    return piece


def _rendered(unit: Unit, copies: Mapping[str, str], folder: Path) -> Answer:
    spec = relocated(unit.spec, copies)
    job, out = _last_job.of(spec), folder / spec.out.name
    out.parent.mkdir()
    if isinstance(job, RenderJob):
        plan: Any = job.plan
        if unit.part:
            plan = replace(plan, part=unit.part)
        if unit.engine and not is_here(unit.engine, job.config.goal.network):
            raise RenderError(f"it has no engine {unit.engine}, with which {spec.out.name} was begun")
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
