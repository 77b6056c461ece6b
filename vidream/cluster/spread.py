"""Films and batches, spread over a cluster; what comes back is kept as it comes."""

import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from vidream.cluster.engines import with_common_engine
from vidream.cluster.node import LOOK
from vidream.cluster.nodes import check_nodes, connected, nodes_of
from vidream.cluster.progress import ClusterProgress, NodeState, PartEvent, RunningUnit
from vidream.cluster.tasks import Tasks
from vidream.cluster.units import Answer, Refusal, RenderedPicture, Unit, absolute, check_divisible, units_of
from vidream.errors import Cancelled, RenderError, VidreamError
from vidream.events import Event, FrameEvent, Listener, MessageEvent, WarningEvent, checkpoint, scope, tell
from vidream.jobs.batch import carry_out
from vidream.jobs.item import BatchItem, BatchResult, ItemStartEvent, in_folder
from vidream.jobs.job import Job, Rendered, cancelled
from vidream.jobs.jobspec import JobSpec
from vidream.jobs.records import Records, mark_of
from vidream.jobs.render_job import RenderJob
from vidream.media.paths import replacing
from vidream.render.parted import PartedSession, frames_of_parts
from vidream.text import printable


def render_video(
    source: str | Path,
    out: str | Path,
    address: str,
    *,
    cores: int = 2,
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
        on_event: called with each event: ClusterProgress twice a second, PartEvent, warnings.
        cancel: set it, and the run ends within a second with Cancelled; parts that have come back stay.
        **arguments: preset, draft and knobs, as of `vidream.render_video`.

    Returns:
        Where it lies, how many frames it has, their size, and how long it took.

    Raises:
        ConfigError: no cluster answers there; or as `vidream.render_video`.
        Problems: nodes that cannot take part, by name.
        RenderError: it could not be made.
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
            ((_, result),) = run_items([item], address, cores)
        except Cancelled:
            raise cancelled(out, frames_of_parts(out)) from None
    if result.rendered is None:
        raise RenderError(result.reason)
    return result.rendered


def run_batch(
    jobs: str | Path,
    address: str,
    *,
    cores: int = 2,
    on_event: Listener | None = None,
    cancel: threading.Event | None = None,
) -> list[BatchResult]:
    """Carry out a job file as `vidream.run_batch` does, spread over a Ray cluster.

    Args:
        jobs: the job file (.toml).
        address: of the cluster, HOST:PORT; or "auto", the one that this machine belongs to.
        cores: of a CPU, for each part; where there are GPUs a part has one of them instead.
        on_event: called with each event: those of a batch, ClusterProgress twice a second, PartEvent.
        cancel: set it, and the run ends within a second with Cancelled; what has come back stays.

    Returns:
        What became of each output: those that were done before first, then the others as they came.

    Raises:
        ConfigError: no cluster answers there.
        Problems: the job file cannot be carried out as it is; or nodes cannot take part, by name.
        Cancelled: `cancel` was set.
    """
    with scope(on_event, cancel):
        return carry_out(Path(jobs), lambda items, records: run_items(items, address, cores, records))


def run_items(
    items: Sequence[BatchItem], address: str, cores: int, records: Records | None = None
) -> Generator[tuple[int, BatchResult]]:
    """Make items on a cluster, and yield what becomes of each as it comes, with its index.

    Raises:
        ConfigError: no cluster answers there.
        Problems: nodes that cannot take part, by name.
        Cancelled: the run of which this is a part was cancelled.
    """
    if not items:
        return
    with connected(address) as ray, ExitStack() as sessions:
        items = [replace(item, spec=absolute(item.spec)) for item in items]
        paths = [Path(name) for name in dict.fromkeys(str(path) for item in items for path in item.spec.files)]
        nodes = nodes_of(ray)
        natives = check_nodes(ray, nodes, [str(path) for path in paths if not path.is_file()], cores)
        tasks = Tasks(ray, nodes, cores)
        for path in paths:
            checkpoint()
            if path.is_file():
                tasks.share(path)
        choose = partial(with_common_engine, natives=natives, on_gpus=any(node.gpus for node in nodes))
        yield from _Spread(tasks, sessions, records, choose).results(items)


@dataclass
class _Output:
    """An output on its way."""

    index: int
    """Of its item."""
    item: BatchItem
    """What was asked for."""
    job: Job
    """Its job, built."""
    began: float
    """By time.monotonic."""
    session: PartedSession | None = None
    """What gathers its parts; None for a picture."""
    waiting: set[int] = field(default_factory=set)
    """Numbers of its units that have not come back."""


class _Spread:
    """One run: begins items, takes what comes back, tells how far it is."""

    def __init__(
        self, tasks: Tasks, sessions: ExitStack, records: Records | None, choose: Callable[[Job], Job]
    ) -> None:
        self.tasks, self.sessions, self.records, self.choose = tasks, sessions, records, choose
        self.outputs: dict[int, _Output] = {}  # by index
        self.frames = 0  # that are safe
        self.totals: list[int] = []  # frames of each item, as far as can be known
        self.running: dict[int, RunningUnit] = {}  # by number of the unit
        self.messages: set[str] = set()  # that were told already

    def results(self, items: Sequence[BatchItem]) -> Iterator[tuple[int, BatchResult]]:
        """What becomes of each item, as it comes."""
        self.totals = [item.frames or 0 for item in items]
        for index, item in enumerate(items):
            tell(ItemStartEvent(index, item))
            with self._guarded(item) as failures:
                self.outputs[index] = self._begin(index, item)
            yield from ((index, failure) for failure in failures)
            if not failures and not self.outputs[index].waiting:  # all of it was gathered before
                yield index, self._end(self.outputs[index])
            yield from self._collect(0)
        while self.tasks.pending:
            yield from self._collect(LOOK)

    def _begin(self, index: int, item: BatchItem) -> _Output:
        """Submit the units of an item that are not there yet."""
        with scope(self._remember):
            job = self.choose(item.job or item.spec.job())
            check_divisible(job)
            with in_folder(item.spec.folder, stays=True):
                job.check()
            units = units_of(index, item.spec, job)
        self.totals[index] = sum(unit.frames or 0 for unit in units)
        output = _Output(index, item, job, time.monotonic())
        if self.records:
            self.records.begin(mark_of(job))
        existing: set[int] = set()
        if isinstance(job, RenderJob):
            output.session = self.sessions.enter_context(job.parted_session())
            existing = output.session.taken
            if output.session.finished:
                existing = {unit.first for unit in units}
            self.frames += output.session.frames
        output.waiting = {self.tasks.submit(unit) for unit in units if unit.first not in existing}
        return output

    def _remember(self, event: Event) -> None:
        """A listener: what is told here need not be told again when a node finds it, too."""
        if isinstance(event, MessageEvent):
            self.messages.add(event.message)

    def _collect(self, seconds: float) -> Iterator[tuple[int, BatchResult]]:
        """Take what comes back within so many seconds, and tell how far everything is."""
        for number, answer in self.tasks.answers(seconds):
            output = self.outputs[self.tasks.units[number].item]
            if number in output.waiting:  # else of one that has failed
                yield from self._take(output, number, answer)
        self._read_letters()
        checkpoint()

    def _take(self, output: _Output, number: int, answer: Answer) -> Iterator[tuple[int, BatchResult]]:
        """Keep what a unit has made; the last one ends its output, and so does one that failed."""
        with self._guarded(output.item) as failures:
            output.waiting.discard(number)
            self._keep(output, self.tasks.units[number], answer)
        if failures:
            self.tasks.cancel(output.waiting)
            output.waiting.clear()
            yield output.index, failures[0]
        elif not output.waiting:
            yield output.index, self._end(output)

    def _keep(self, output: _Output, unit: Unit, answer: Answer) -> None:
        """Raise RenderError if a unit has made nothing."""
        if isinstance(answer, Refusal):
            raise RenderError(answer.reason)
        if isinstance(answer, RenderedPicture):
            out = output.job.out
            overwrite = output.job.config.files.overwrite
            with replacing(out, overwrite=overwrite, sources=output.item.spec.files) as path:
                path.write_bytes(answer.content)
            frames = 1
        else:
            assert output.session is not None
            output.session.add(answer)
            frames = answer.frames
        self.frames += frames
        tell(PartEvent(unit, frames))

    def _end(self, output: _Output) -> BatchResult:
        """Join what has come back."""
        frames, placed = 1, partial(self.records.end, output.job.out) if self.records else None
        with self._guarded(output.item) as failures:
            if output.session is not None:
                assert isinstance(output.job, RenderJob)
                output.job.finish(output.session, placed)
                frames = output.session.frames
            elif placed:
                placed(frames)
        if failures:
            return failures[0]
        size = output.job.written if isinstance(output.job, RenderJob) else output.job.size
        rendered = Rendered(output.job.out, frames, size, time.monotonic() - output.began)
        result = BatchResult(output.item.spec, "done", rendered=rendered)
        self._write_log(result, f"{frames} frames")
        return result

    @contextmanager
    def _guarded(self, item: BatchItem) -> Iterator[list[BatchResult]]:
        """What goes wrong with an output within the block is in the list afterwards, and in the output's log."""
        failures: list[BatchResult] = []
        try:
            yield failures
        except Cancelled:
            raise
        except VidreamError as error:
            checkpoint()  # a listener's error is none of this output's
            failures.append(BatchResult(item.spec, "failed", str(error)))
        except Exception as error:  # noqa: BLE001 (a bug in one is none of the others')
            checkpoint()
            failures.append(BatchResult(item.spec, "failed", f"a bug ({type(error).__name__}: {error})"))
        for failure in failures:
            self._write_log(failure, printable(failure.reason))

    def _write_log(self, result: BatchResult, text: str) -> None:
        """A line in the log of an output of a batch."""
        if self.records is None:
            return
        with self.records.log_of(result.spec).open("a", encoding="utf-8") as file:
            print(f"{time.strftime('%Y-%m-%d %H:%M:%S')} {result.state}, by a cluster: {text}", file=file)

    def _read_letters(self) -> None:
        """Tell what nodes have told, and how far everything is."""
        for letter in self.tasks.letters():
            unit, event = self.tasks.units[letter.unit], letter.event
            frames = event.frames - unit.first if isinstance(event, FrameEvent) else 0
            if event is None or isinstance(event, FrameEvent):
                self.running[letter.unit] = RunningUnit(unit, self.tasks.name_of(letter.node), frames)
            elif not isinstance(event, WarningEvent):
                tell(event)
            elif event.message not in self.messages:
                self.messages.add(event.message)
                tell(event)
        pending = self.tasks.pending
        running = tuple(unit for number, unit in sorted(self.running.items()) if number in pending)
        frames = self.frames + sum(unit.frames for unit in running)
        nodes = tuple(NodeState(name, "working", 1, 0, 0) for name in sorted({unit.node for unit in running}))
        tell(ClusterProgress(running, frames, sum(self.totals), nodes))
