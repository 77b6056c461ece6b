"""How long jobs will take on this machine, and how much disk: a few frames of each kind are made, and thrown away."""

import tempfile
import threading
import time
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from vidream.clock import Silence, Stillness
from vidream.events import Listener, StageEvent, scope, tell
from vidream.frames import Context
from vidream.jobs.batch import plan_batch
from vidream.jobs.encoding import encoding_of
from vidream.jobs.item import BatchItem
from vidream.jobs.job import Job
from vidream.jobs.jobfile import read_job_file
from vidream.jobs.records import Records
from vidream.jobs.render_job import RenderJob
from vidream.media.maker import ENCODED
from vidream.media.writer import maker
from vidream.plan.film import FilmPlan
from vidream.plan.zoom import ZoomPlan
from vidream.render.composite import RenderedFrame
from vidream.render.dreamer import make_dreamer
from vidream.render.output import Output
from vidream.render.segments import SEGMENT

TRIED, LEAST = 6, 3  # frames, at most and at least
ENOUGH = 4.0  # seconds, after which no further frame is tried
PICTURE = 2.0  # bytes a px of a PNG that was dreamed


@dataclass(frozen=True)
class Estimate:
    """What one job costs on this machine."""

    first: float
    """Seconds until its first frame is done, the network's waking left out."""
    frame: float
    """Seconds for each frame after it."""
    size: float
    """Bytes on disk for each frame."""

    def seconds(self, frames: int) -> float:
        """How long so many frames take."""
        return self.first + self.frame * (frames - 1)


@dataclass(frozen=True)
class ItemEstimate:
    """What one output of a job file will cost on this machine."""

    item: BatchItem
    """The output."""
    seconds: float | None = None
    """How long it takes; None where it is done, or where the source does not say how long it is."""
    bytes: float | None = None
    """How large it gets; None as `seconds`."""


def estimate_batch(
    jobs: str | Path, on_event: Listener | None = None, cancel: threading.Event | None = None
) -> list[ItemEstimate]:
    """What each output of a job file will cost: a few frames of each kind are made, and thrown away.

    Raises:
        Problems: it cannot be carried out as it is.
        Cancelled: `cancel` was set.
    """
    with scope(on_event, cancel):
        specs, problems = read_job_file(Path(jobs))
        calibration = Calibration()
        return [_estimated(item, calibration) for item in plan_batch(specs, Records(Path(jobs)), problems)]


def _estimated(item: BatchItem, calibration: "Calibration") -> ItemEstimate:
    if item.done or item.frames is None:
        return ItemEstimate(item)
    estimate = calibration.of(item.spec.job())
    return ItemEstimate(item, estimate.seconds(item.frames), estimate.size * item.frames)


class Calibration:
    """Estimates of jobs; those that differ in nothing that costs time share one."""

    def __init__(self) -> None:
        self._measured: dict[str, Estimate] = {}

    def of(self, job: Job) -> Estimate:
        """What a job costs; measured, if no job like it has been."""
        config, encoding = job.config, None
        kind: type = type(job)
        if isinstance(job, RenderJob):
            kind, encoding = type(job.plan), encoding_of(job.plan)
        passes = config.film.passes, config.film.passes_as
        key = repr((kind, job.size, job.out.suffix, config.goal, config.dream, config.motion, encoding, passes))
        if key not in self._measured:
            tell(StageEvent("measuring", "how fast a few frames are made"))
            self._measured[key] = _measured(job)
        return self._measured[key]


def _measured(job: Job) -> Estimate:
    if isinstance(job, RenderJob):
        return _of_film(job)
    return _of_still(job)


def _of_film(job: RenderJob) -> Estimate:
    output = Output(job.out, maker(job.out, replace(job.encoding, sound=None)), job.output().passes)
    first, shown, times = None, 0, [time.monotonic()]
    with tempfile.TemporaryDirectory() as folder:
        with closing(_unheard(job).first_frames()) as frames, output.segment(Path(folder), 0) as write:
            for rendered in islice(frames, TRIED):
                write(rendered)
                times.append(time.monotonic())
                shown += rendered.step.hold
                first = first or (rendered if rendered.step.hold else None)
                if len(times) > LEAST and times[-1] - times[1] > ENOUGH:
                    break
        output.encode(Path(folder), [0], shown)
        ended, size = time.monotonic(), _size_of(output, Path(folder), shown)
    assert first is not None
    begun, first_size = first.step.hold, _size_alone(output, first)
    length = ENCODED if output.rushes else SEGMENT
    later = max(1, shown - begun)
    return Estimate(
        first=times[1] - times[0],
        frame=(ended - times[1]) / later,
        size=(first_size + (length - begun) * (size - first_size) / later) / length,
    )


def _unheard(job: RenderJob) -> RenderJob:
    """A job whose sounds, and whose files that curves follow, are not read; it begins with its first frame."""
    plan: Any = job.plan
    if isinstance(plan, FilmPlan):
        config = plan.config
        plan = replace(plan, config=replace(config, film=replace(config.film, loop=False)))
    if isinstance(plan, FilmPlan | ZoomPlan) and plan.score is not None:
        plan = replace(plan, score=Silence())
    if isinstance(plan, FilmPlan | ZoomPlan) and plan.drivers is not None:
        plan = replace(plan, drivers=Stillness())
    return replace(job, plan=plan)


def _size_alone(output: Output, rendered: RenderedFrame) -> int:
    """Bytes of a segment of one frame, with those of its passes."""
    with tempfile.TemporaryDirectory() as folder:
        with output.segment(Path(folder), 0) as write:
            write(rendered)
        output.encode(Path(folder), [0], rendered.step.hold)
        return _size_of(output, Path(folder), rendered.step.hold)


def _size_of(output: Output, folder: Path, frames: int) -> int:
    """Bytes of a segment of so many frames, with those of its passes."""
    return sum((folder / name).stat().st_size for name in output.names(0, frames))


def _of_still(job: Job) -> Estimate:
    size = job.size.at_most(job.config.dream.dream_size)
    picture = np.random.default_rng(0).uniform(0, 255, (size.height, size.width, 3)).astype(np.float32)
    dreamer, times = make_dreamer(job.config), []
    for steps in (1, 1, 2):
        began = time.monotonic()
        dreamer(picture, job.config, steps, Context((0,)))
        times.append(time.monotonic() - began)
    step = max(0.0, times[2] - times[1])
    return Estimate(times[1] + step * (job.config.dream.steps - 1), 0.0, PICTURE * job.size.width * job.size.height)
