"""A job file -> films, one after the other or side by side; one that fails leaves the rest, nothing is made twice."""

import threading
from collections.abc import Generator, Sequence
from contextlib import closing
from pathlib import Path

from vidream.dream.choice import engine_of
from vidream.errors import Cancelled, Problems, VidreamError
from vidream.events import CountEvent, Listener, StageEvent, checkpoint, scope, tell
from vidream.jobs.crew import choose_crew
from vidream.jobs.item import (
    BatchEvent,
    BatchItem,
    BatchResult,
    ItemEndEvent,
    ItemStartEvent,
    Runner,
    in_folder,
    in_words_of_a_job_file,
    run_item,
)
from vidream.jobs.jobfile import read_job_file
from vidream.jobs.jobspec import JobSpec
from vidream.jobs.records import Records, mark_of
from vidream.jobs.side_by_side import run_side_by_side
from vidream.media.paths import check_source
from vidream.media.sequence import pictures_of
from vidream.text import counted


def run_batch(
    jobs: str | Path,
    on_event: Listener | None = None,
    cancel: threading.Event | None = None,
    *,
    side_by_side: int | None = 1,
) -> list[BatchResult]:
    """Carry out a job file. Run again, it goes on where it was.

    Args:
        jobs: the job file (.toml).
        on_event: called with each event: BatchEvent, then ItemStartEvent, frames, ItemEndEvent of each output. Of
            outputs that are made side by side they come mixed; the `out` of a frame says whose it is.
        cancel: set it, and the batch ends within a frame with Cancelled; what is done stays.
        side_by_side: how many outputs are made at a time, each in a process of its own; 1: in this process, one
            after the other; None: by cores, memory and GPUs.

    Returns:
        What became of each output: those that were done before first, then the others as they came.

    Raises:
        Problems: it cannot be carried out as it is; nothing has been begun.
        ConfigError, MediaError: it is no job file; or somebody else carries it out at the moment.
        Cancelled: `cancel` was set.
    """

    def run_here(items: Sequence[BatchItem], records: Records) -> Generator[tuple[int, BatchResult]]:
        memory = max((item.memory for item in items), default=0)
        crew = choose_crew(len(items), memory, {item.engine for item in items}, side_by_side)
        crew.tell("films")
        if crew.count == 1:
            yield from run_items(items, records)
        else:
            yield from run_side_by_side(items, records, crew)

    with scope(on_event, cancel):
        return carry_out(Path(jobs), run_here)


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
            state = f"{done} of {counted(len(left), 'film', are=True)} done, and the same call goes on from there"
            raise Cancelled(f"{jobs}: cancelled; {state}") from None
    return results


def run_items(items: Sequence[BatchItem], records: Records) -> Generator[tuple[int, BatchResult]]:
    """Make items in this process, one after the other."""
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
    for number, spec in enumerate(specs):
        checkpoint()
        tell(StageEvent("looking at", spec.source))
        tell(CountEvent(number, len(specs)))
        lines += [f"{spec.title} makes {spec.out}, which {reader} finds" for reader in records.strange_readers(spec)]
        try:
            items.append(looked_into(spec, records))
        except Cancelled:
            raise
        except VidreamError as error:
            lines.append(f"{spec.title}: {in_words_of_a_job_file(str(error))}")
    if lines:
        raise Problems(f"{records.jobs}: {line}" for line in lines)
    return items


def looked_into(spec: JobSpec, records: Records) -> BatchItem:
    """What is known of an output before it is made; no folder that is made to try stays.

    Raises:
        ConfigError, MediaError: it cannot be made as it is.
    """
    job = spec.job()
    with in_folder(spec.folder):
        for path in spec.files:
            if not pictures_of(path):
                check_source(path, "file")
        done = records.has(mark_of(job))
        if not done:
            job.check()
    return BatchItem(spec, job.frames, job.size, done, job.memory, engine_of(job.config.goal))
