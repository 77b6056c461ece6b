"""Films and batches, spread over a cluster; what comes back is kept as it comes."""

import threading
from collections.abc import Generator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

from vidream.cluster.copies import BOUND
from vidream.cluster.engines import Engines
from vidream.cluster.farm import FarmGone
from vidream.cluster.outputs import Outputs
from vidream.cluster.ray_farm import ray_farm
from vidream.cluster.run import Run
from vidream.cluster.units import absolute, check_divisible
from vidream.errors import Cancelled, RenderError
from vidream.events import Listener, StageEvent, scope, tell
from vidream.jobs.batch import carry_out
from vidream.jobs.item import BatchItem, BatchResult
from vidream.jobs.job import Rendered, cancelled
from vidream.jobs.jobspec import JobSpec
from vidream.jobs.records import Records
from vidream.render.parted import frames_of_parts
from vidream.text import counted


def render_video(
    source: str | Path,
    out: str | Path,
    address: str,
    *,
    cores: int = 2,
    cache: int = BOUND,
    log: Path | None = None,
    on_event: Listener | None = None,
    cancel: threading.Event | None = None,
    **arguments: Any,
) -> Rendered:
    """Dream a film as `vidream.render_video` does, its shots spread over a Ray cluster.

    Args:
        source: a film.
        out: as `vidream.render_video`.
        address: of the cluster, HOST:PORT; or "auto", the one that this machine belongs to.
        cores: of a CPU, for each part; where there are GPUs a part has one of them instead.
        cache: bytes of copies of sources that each node keeps for the next run.
        log: where what Ray itself says goes, this process's standard output and error; None: it is not held back.
        on_event: called with each event: ClusterProgress twice a second, PartEvent, stages, warnings.
        cancel: set it, and the run ends within seconds with Cancelled; parts that have come back stay.
        **arguments: preset, draft and knobs, as of `vidream.render_video`.

    Returns:
        Where it lies, how many frames it has, their size, and how long it took.

    Raises:
        ConfigError: no cluster answers there; or as `vidream.render_video`.
        Problems: no node can take part; why, by name.
        RenderError: it could not be made, or the cluster is gone; what is done stays.
        Cancelled: `cancel` was set.
    """
    out = Path(out)
    with scope(on_event, cancel):
        spec = JobSpec(Path(source).name, "video", str(source), out, arguments=arguments)
        job = spec.job()
        check_divisible(job)
        job.check()
        item = BatchItem(spec, job.frames, job.size, done=False, job=job)
        try:
            ((_, result),) = run_items([item], address, cores, cache=cache, log=log)
        except Cancelled:
            raise cancelled(out, frames_of_parts(out)) from None
        except FarmGone as error:
            safe = f"{counted(frames_of_parts(out), 'frame', are=True)} safe"
            raise FarmGone(f"{out}: {error}; {safe}, and the same command goes on from there") from None
    if result.rendered is None:
        raise RenderError(result.reason)
    return result.rendered


def run_batch(
    jobs: str | Path,
    address: str,
    *,
    cores: int = 2,
    cache: int = BOUND,
    log: Path | None = None,
    on_event: Listener | None = None,
    cancel: threading.Event | None = None,
) -> list[BatchResult]:
    """Carry out a job file as `vidream.run_batch` does, spread over a Ray cluster.

    Args:
        jobs: the job file (.toml).
        address: of the cluster, HOST:PORT; or "auto", the one that this machine belongs to.
        cores: of a CPU, for each part; where there are GPUs a part has one of them instead.
        cache: bytes of copies of sources that each node keeps for the next run.
        log: where what Ray itself says goes, this process's standard output and error; None: it is not held back.
        on_event: called with each event: those of a batch, ClusterProgress twice a second, PartEvent.
        cancel: set it, and the run ends within seconds with Cancelled; what has come back stays.

    Returns:
        What became of each output: those that were done before first, then the others as they came.

    Raises:
        ConfigError: no cluster answers there.
        Problems: the job file cannot be carried out as it is; or no node can take part.
        RenderError: the cluster is gone; what is done stays.
        Cancelled: `cancel` was set.
    """
    with scope(on_event, cancel):
        try:
            return carry_out(Path(jobs), lambda items, records: run_items(items, address, cores, records, cache, log))
        except FarmGone as error:
            raise FarmGone(f"{jobs}: {error}; what is done stays, and the same command goes on from there") from None


def run_items(
    items: Sequence[BatchItem],
    address: str,
    cores: int,
    records: Records | None = None,
    cache: int = BOUND,
    log: Path | None = None,
) -> Generator[tuple[int, BatchResult]]:
    """Make items on a cluster, and yield what becomes of each as it comes, with its index.

    Raises:
        ConfigError: no cluster answers there.
        Problems: no node can take part; why, by name.
        FarmGone: the cluster's head is gone, or all its nodes.
        Cancelled: the run of which this is a part was cancelled.
    """
    if not items:
        return
    tell(StageEvent("connecting", address))
    with ray_farm(address, cores, cache, log) as farm, ExitStack() as stack:
        items = [replace(item, spec=absolute(item.spec)) for item in items]
        paths = {str(path) for item in items for path in item.spec.files if not path.is_file()}
        run = Run(farm, cores, paths)
        engines = Engines(run.gather(), run.on_gpu)
        yield from run.results(stack.enter_context(Outputs(items, farm, engines, records)))
