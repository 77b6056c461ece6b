"""Films and batches, spread over a cluster; what comes back is kept as it comes."""

import threading
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from vidream.cluster.board import Board
from vidream.cluster.engines import with_common_engine
from vidream.cluster.farm import MEMORY, Answered, Asked, Farm, FarmGone, Lost, News, Node, NodeCheck, Told
from vidream.cluster.outputs import Outputs
from vidream.cluster.progress import ClusterProgress, PartEvent
from vidream.cluster.ray_farm import ray_farm
from vidream.cluster.standing import Failure
from vidream.cluster.units import Answer, Refusal, Unit, absolute, check_divisible
from vidream.errors import Cancelled, ConfigError, Problems, RenderError, VidreamError
from vidream.events import Event, FrameEvent, Listener, StageEvent, WarningEvent, checkpoint, note, scope, tell, warn
from vidream.jobs.batch import carry_out
from vidream.jobs.item import BatchItem, BatchResult
from vidream.jobs.job import Job, Rendered, cancelled
from vidream.jobs.jobspec import JobSpec
from vidream.jobs.records import Records
from vidream.render.parted import frames_of_parts
from vidream.text import counted
from vidream.version import __version__

LOOK = 0.5
"""Seconds between two looks at the cluster."""
ASKING = 20.0
"""Seconds that nodes have to say whether they can take part, before those who can begin; the others may come later."""
PATIENCE = 120.0
"""Seconds that they have while none has answered."""
LONELY = 60.0
"""Seconds without any node that can take part, after which a run ends."""
SILENT = 600.0
"""Seconds in which all nodes may be silent: it may be the network."""
CACHE = 20 * 10**9
"""Bytes of copies of sources that each node keeps."""


def render_video(
    source: str | Path,
    out: str | Path,
    address: str,
    *,
    cores: int = 2,
    cache: int = CACHE,
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
            ((_, result),) = run_items([item], address, cores, cache=cache)
        except Cancelled:
            raise cancelled(out, frames_of_parts(out)) from None
        except FarmGone as error:
            safe = f"{counted(frames_of_parts(out), 'frame')} of it are safe"
            raise FarmGone(f"{out}: {error}; {safe}, and the same command goes on from there") from None
    if result.rendered is None:
        raise RenderError(result.reason)
    return result.rendered


def run_batch(
    jobs: str | Path,
    address: str,
    *,
    cores: int = 2,
    cache: int = CACHE,
    on_event: Listener | None = None,
    cancel: threading.Event | None = None,
) -> list[BatchResult]:
    """Carry out a job file as `vidream.run_batch` does, spread over a Ray cluster.

    Args:
        jobs: the job file (.toml).
        address: of the cluster, HOST:PORT; or "auto", the one that this machine belongs to.
        cores: of a CPU, for each part; where there are GPUs a part has one of them instead.
        cache: bytes of copies of sources that each node keeps for the next run.
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
            return carry_out(Path(jobs), lambda items, records: run_items(items, address, cores, records, cache))
        except FarmGone as error:
            raise FarmGone(f"{jobs}: {error}; what is done stays, and the same command goes on from there") from None


def run_items(
    items: Sequence[BatchItem], address: str, cores: int, records: Records | None = None, cache: int = CACHE
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
    with ray_farm(address, cores, cache) as farm, ExitStack() as stack:
        items = [replace(item, spec=absolute(item.spec)) for item in items]
        paths = {str(path) for item in items for path in item.spec.files if not path.is_file()}
        run = Run(farm, cores, paths)
        natives = run.gather()
        choose: Callable[[Job], Job] = partial(with_common_engine, natives=natives, on_gpus=run.on_gpu)
        yield from run.results(stack.enter_context(Outputs(items, farm, choose, records)))


class Work(Protocol):
    """What a run is to make: see vidream.cluster.outputs.Outputs."""

    frames: int
    messages: set[str]

    @property
    def over(self) -> bool:
        """Whether every output has ended, and been taken."""

    @property
    def total(self) -> int:
        """Output frames in all, as far as can be known."""

    def more(self, *, wanted: bool) -> Iterable[Unit]:
        """The units that were found since the last time."""

    def keep(self, unit: Unit, answer: Answer) -> int:
        """Keep what a unit has made, and return how many frames that is."""

    def fail(self, index: int, error: str | BaseException) -> None:
        """An output cannot be made."""

    def ended(self) -> Iterable[tuple[int, BatchResult]]:
        """What has become of outputs since the last time."""


class Run:
    """One run on a farm: nodes are asked, units given out, answers kept, until all outputs have ended."""

    def __init__(self, farm: Farm, cores: int, paths: Iterable[str] = ()) -> None:
        """Nothing is asked yet.

        Args:
            farm: the machines.
            cores: of a CPU for each unit, where there are no GPUs.
            paths: folders of pictures, which nodes must have themselves.
        """
        nodes = farm.nodes()
        self.farm, self.on_gpu = farm, any(node.gpus for node in nodes.values())
        self._cores, self._paths = cores, {*paths}
        self._said: list[str] | None = []  # until it is known whether anybody takes part
        self._board = Board(cores, self.on_gpu, self._say)
        self._of_item: dict[int, set[int]] = {}  # numbers of an output's units that are not made
        self._fresh = 0
        self._lonely: float | None = None

    def _say(self, text: str) -> None:
        if self._said is None:
            warn(text)
        else:
            self._said.append(text)

    def gather(self) -> dict[str, str]:
        """Ask the nodes whether they can take part, until all have answered, or those who have begin without the rest.

        Returns:
            The label of the native engine of each that can, by its name; "" where it has none.

        Raises:
            Problems: none can; why, by name.
            FarmGone: the cluster's head is gone.
        """
        began, places = self.farm.now(), self._board.places
        while True:
            self._look()
            if not places:
                raise Problems([_too_small([*self.farm.nodes().values()], self._cores, self.on_gpu)])
            for news in self.farm.news(LOOK):
                self._take(news)
            self._tell()
            checkpoint()
            asked = any(place.state == "asked" for place in places.values())
            ready = {place.node.name: place.check for place in places.values() if place.state == "ready" and place.check}
            waited = self.farm.now() - began
            if not asked or (ready and waited > ASKING) or waited > PATIENCE:
                break
        if not ready:
            raise Problems(self._said or ["no node of the cluster answers"])
        for place in places.values():
            if place.state == "asked":
                warn(f"node {place.node.name} has not answered yet; it takes part when it does")
        for text in self._said or ():
            warn(text)
        self._said = None
        return {name: check.native for name, check in ready.items()}

    def results(self, work: Work) -> Iterator[tuple[int, BatchResult]]:
        """Make all of it, and yield what becomes of each output as it comes.

        Raises:
            FarmGone: the cluster's head is gone, or all its nodes.
            Cancelled: asked for.
        """
        board, farm = self._board, self.farm
        while not work.over:
            self._look()
            for unit in work.more(wanted=board.waiting < 2 * board.room):
                self._of_item.setdefault(unit.item, set()).add(board.add(unit))
            for attempt in board.choose(farm.now()):
                farm.start(attempt.number, attempt.node, board.unit(attempt.unit))
            for news in farm.news(LOOK if board.unmade else LOOK / 5):
                self._take(news, work)
            for node in board.silence(farm.now()) if farm.hears() else ():
                note(f"node {board.places[node].node.name}: nothing is heard of it; others do its part")
                farm.ask(node, self._paths)
            for failure in board.hopeless():
                self._fail(failure, work)
            self._end_if_alone()
            yield from work.ended()
            self._tell(work)
            checkpoint()

    def _look(self) -> None:
        """See which nodes there are; ask those that have come."""
        new = self._board.see(self.farm.nodes())
        if new:
            tell(StageEvent("asking nodes", counted(len(new), "node")))
        for node in new:
            self.farm.ask(node, self._paths)

    def _take(self, news: News, work: Work | None = None) -> None:
        board, now = self._board, self.farm.now()
        if isinstance(news, Asked):
            self._answered(news)
        elif work is None:
            return
        elif isinstance(news, Told):
            board.heard(news.attempt, news.event, now)
            if isinstance(news.event, WarningEvent) and news.event.message not in work.messages:
                work.messages.add(news.event.message)
                tell(news.event)
        elif isinstance(news, Lost):
            self._fail(board.lost(news.attempt, news.reason, memory=news.memory), work)
        elif isinstance(news.answer, Refusal):
            self._fail(board.refused(news.attempt, news.answer), work)
        else:
            self._keep(news, work)

    def _answered(self, asked: Asked) -> None:
        """What a node says of itself."""
        problems = [asked.reason] if asked.check is None else refusals(asked.check)
        if problems:
            self._board.leave_out(asked.node, "; ".join(problems))
        elif asked.check is not None:
            self._board.admit(asked.node, asked.check)

    def _keep(self, answered: Answered, work: Work) -> None:
        board = self._board
        attempt = board.attempts.get(answered.attempt)
        if attempt is None:  # another was first
            return
        unit, node = board.unit(attempt.unit), board.places[attempt.node].node.name
        try:
            frames = work.keep(unit, answered.answer)
        except VidreamError as error:
            self._fail(Failure(attempt.unit, str(error)), work)
            return
        made = board.made(answered.attempt, frames, self.farm.now())
        assert made is not None
        self.farm.stop(made[1])
        self._of_item[unit.item].discard(made[0])
        self._fresh += frames
        tell(PartEvent(unit, frames, node))

    def _fail(self, failure: Failure | None, work: Work) -> None:
        """An output fails with one of its units; the others are not made."""
        if failure is None:
            return
        index = self._board.unit(failure.number).item
        self.farm.stop(self._board.drop(self._of_item.pop(index, set())))
        work.fail(index, failure.reason)

    def _end_if_alone(self) -> None:
        """Raise FarmGone when nobody has been there for too long who could help."""
        board, now = self._board, self.farm.now()
        if board.is_heard() or not board.unmade:
            self._lonely = None
            return
        if self._lonely is None:
            self._lonely = now
            if not board.may_help():
                note("no node is left; waiting for one that comes")
        if now - self._lonely > (SILENT if board.may_help() else LONELY):
            reasons = {f"{place.node.name}: {place.reason}" for place in board.places.values() if place.reason}
            raise FarmGone("; ".join(["no node is left that takes part", *sorted(reasons)]))

    def _tell(self, work: Work | None = None) -> None:
        """Tell how far everything is."""
        running = self._board.running()
        nodes = tuple(place.shown() for place in self._board.places.values())
        frames, total = (work.frames, work.total) if work else (0, 0)
        frames += sum(unit.frames for unit in running)
        tell(ClusterProgress(running, frames, total, nodes, self._board.waiting, self._fresh))


def refusals(check: NodeCheck) -> list[str]:
    """Why a node that answers so cannot take part."""
    if check.version != __version__:
        return [f"it runs vidream {check.version}, this is {__version__}; install the same everywhere"]
    return [*check.problems]


def _too_small(nodes: Sequence[Node], cores: int, on_gpu: bool) -> str:
    need = "a GPU" if on_gpu else counted(cores, "core")
    largest = max(nodes, key=lambda node: (node.cores, node.memory), default=None)
    said = f"--cores {cores}: no node has {need} and {MEMORY / 2**30:g} GB of memory"
    if largest is None:
        return said
    memory = largest.memory / 2**30
    return f"{said}; the largest, {largest.name}, has {largest.cores:g} cores and {memory:.1f} GB"
