"""Orders, spread over a cluster; what comes back is kept as it comes."""

import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from vidream.cluster.node import LOOK, Board, Sent, digest, made
from vidream.cluster.nodes import ANSWER, MEMORY, Node, check_nodes, connected, nodes_of
from vidream.cluster.units import Unit, absolute, units_of
from vidream.errors import RenderError, VidreamError
from vidream.jobs.batch import Records, Result, Work, in_folder
from vidream.jobs.film import FilmJob
from vidream.jobs.job import Job, Rendered
from vidream.media.files import moved
from vidream.media.paths import workshop
from vidream.render.parted import PartedSession
from vidream.text import printable
from vidream.version import __version__

log = logging.getLogger(__name__)

RETRIES = 5  # times that a unit is begun again when its worker, or its node, is gone


@dataclass(frozen=True)
class Seen:
    """How far everything is, for a person: units under way (unit, node, frames done), frames done in all."""

    running: Sequence[tuple[Unit, str, int]]
    frames: int
    total: int
    nodes: int


Told = Callable[[Seen], None]


@dataclass
class Film:
    """An output on its way: its job, its units, and the session that gathers them; None for a picture."""

    work: Work
    job: Job
    units: list[Unit]
    began: float
    gathering: PartedSession | None = None
    waiting: set[int] = field(default_factory=set)  # numbers of units


def run(
    work: Sequence[Work], address: str, *, cores: int = 2, records: Records | None = None, told: Told | None = None
) -> Iterator[Result]:
    """Carry out what is not done yet on the cluster; each result as it comes.

    Args:
        work: looked into.
        address: of the cluster, or "auto": the one that this machine belongs to.
        cores: of a CPU, for each unit; where there are GPUs a unit has one of them instead.
        records: of the batch.
        told: called twice a second.

    Raises:
        ConfigError: no cluster answers there.
        Problems: nodes that cannot take part, by name.
    """
    left = [each for each in work if not each.done]
    with connected(address) as ray, ExitStack() as sessions:
        left = [replace(each, order=absolute(each.order)) for each in left]
        names = dict.fromkeys(str(path) for each in left for path in each.order.files)
        nodes = nodes_of(ray)
        check_nodes(ray, nodes, [path for path in names if not Path(path).is_file()], cores)
        sent = {
            path: Sent(
                str(Path(path).absolute()),
                digest(path, Path(path).stat().st_mtime_ns),
                ray.put(Path(path).read_bytes()),
            )
            for path in names
            if Path(path).is_file()
        }
        yield from _Run(ray, nodes, sent, cores, records, told, sessions).results(left)


class _Run:
    """One run of `run`."""

    def __init__(
        self,
        ray: Any,
        nodes: Sequence[Node],
        sent: Mapping[str, Sent],
        cores: int,
        records: Records | None,
        told: Told | None,
        sessions: ExitStack,
    ) -> None:
        self.ray, self.sessions = ray, sessions
        self.sent, self.cores = sent, cores
        self.records, self.told = records, told
        self.names = {node.id: node.name for node in nodes}
        here = ray.get_runtime_context().get_node_id()
        from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

        beside = NodeAffinitySchedulingStrategy(here, soft=True)
        self.board = ray.remote(num_cpus=0)(Board).options(scheduling_strategy=beside, max_restarts=-1).remote()
        share: dict[str, Any] = (
            {"num_gpus": 1, "num_cpus": 1} if any(node.gpus for node in nodes) else {"num_cpus": cores}
        )
        self.task = ray.remote(**share, memory=MEMORY, max_retries=RETRIES)(made)
        self.units: list[Unit] = []
        self.pending: dict[Any, int] = {}
        self.frames = 0

    def results(self, left: Sequence[Work]) -> Iterator[Result]:
        films: dict[int, Film] = {}
        for number, each in enumerate(left):
            with self._guarded(each) as failed:
                films[number] = self._begun(number, each)
            yield from failed
        total = sum(unit.frames or 0 for film in films.values() for unit in film.units)
        for film in films.values():
            if not film.waiting:  # all of it was gathered before
                yield self._ended(film)
        while self.pending:
            ready, _ = self.ray.wait(list(self.pending), timeout=LOOK)
            for ref in ready:
                unit = self.pending.pop(ref)
                film = films[self.units[unit].film]
                if unit in film.waiting:  # else of a film that has failed
                    yield from self._came(film, unit, ref)
            self._tell(total)

    def _came(self, film: Film, unit: int, ref: Any) -> Iterator[Result]:
        """A unit is done, or has failed, and with it perhaps its film."""
        with self._guarded(film.work) as failed:
            film.waiting.discard(unit)
            self._take(film, unit, ref)
        if failed:
            for other in [key for key, index in self.pending.items() if index in film.waiting]:
                self.ray.cancel(other)
                del self.pending[other]
            film.waiting.clear()
            yield from failed
        elif not film.waiting:
            yield self._ended(film)

    @contextmanager
    def _guarded(self, work: Work) -> Iterator[list[Result]]:
        """What goes wrong with a film is its own affair: it is in the list afterwards, and in its log."""
        failed: list[Result] = []
        try:
            yield failed
        except VidreamError as error:
            failed.append(Result(work.order, "failed", str(error)))
        except Exception as error:
            log.debug("a bug in vidream", exc_info=True)
            failed.append(Result(work.order, "failed", f"a bug ({type(error).__name__}: {error})"))
        self._note(failed)

    def _note(self, results: Sequence[Result]) -> None:
        """Into the films' logs."""
        for result in results if self.records else ():
            assert self.records is not None
            said = f"{result.rendered.frames} frames" if result.rendered else printable(result.why)
            with self.records.log_of(result.order).open("a", encoding="utf-8") as file:
                print(f"{time.strftime('%Y-%m-%d %H:%M:%S')} {result.state}, by a cluster: {said}", file=file)

    def _begun(self, number: int, work: Work) -> Film:
        job = work.order.job()
        with in_folder(work.order.folder, stays=True):
            job.check()
        film = Film(work, job, units_of(number, work.order, job), time.monotonic())
        if self.records:
            self.records.begin(job)
        taken: set[int] = set()
        if isinstance(job, FilmJob):
            film.gathering = self.sessions.enter_context(job.gathering())
            taken = film.gathering.taken if not film.gathering.finished else {unit.first for unit in film.units}
            self.frames += film.gathering.frames
        for unit in film.units:
            if unit.first not in taken:
                index = len(self.units)
                self.units.append(unit)
                film.waiting.add(index)
                files = {str(path): self.sent[str(path)] for path in unit.order.files if str(path) in self.sent}
                self.pending[self.task.remote(unit, index, files, self.cores, self.board, __version__)] = index
        return film

    def _take(self, film: Film, unit: int, ref: Any) -> None:
        """Keep what a unit has made. RenderError if it has made nothing."""
        try:
            answer = self.ray.get(ref)
        except self.ray.exceptions.RayError as error:
            said = (str(error).strip().splitlines() or [type(error).__name__])[-1]
            raise RenderError(f"{self.units[unit]}: {said}") from None
        if isinstance(answer, str):
            raise RenderError(answer)
        if film.gathering is None:
            with workshop(film.job.out) as folder:
                (folder / film.job.out.name).write_bytes(answer)
                moved(
                    folder / film.job.out.name,
                    film.job.out,
                    overwrite=film.job.config.files.overwrite,
                    sources=film.work.order.files,
                )
            self.frames += 1
        else:
            film.gathering.take(answer)
            self.frames += answer.frames

    def _ended(self, film: Film) -> Result:
        frames, placed = 1, partial(self.records.end, film.job) if self.records else None
        with self._guarded(film.work) as failed:
            if film.gathering is not None:
                film.gathering.finish(placed)
                frames = film.gathering.frames
            elif placed:
                placed(frames)
        if failed:
            return failed[0]
        rendered = Rendered(film.job.out, frames, film.job.size, time.monotonic() - film.began)
        result = Result(film.work.order, "done", rendered=rendered)
        self._note([result])
        return result

    def _tell(self, total: int) -> None:
        if self.told is None:
            return
        under_way = set(self.pending.values())
        try:
            said = self.ray.get(self.board.all.remote(), timeout=ANSWER)
        except self.ray.exceptions.RayError:  # its node is gone; it begins anew elsewhere, and hears of all again
            said = {}
        at = {unit: place for unit, place in said.items() if unit in under_way}
        running = [
            (self.units[unit], self.names.get(node, node[:8]), done) for unit, (node, done) in sorted(at.items())
        ]
        done = self.frames + sum(frames for _, _, frames in running)
        self.told(Seen(running, done, total, sum(each["Alive"] for each in self.ray.nodes())))
