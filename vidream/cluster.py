"""Many machines: films, and the shots within a film, spread over a Ray cluster that is there already.

A unit is what needs nothing from outside: some whole shots of a film; or all of a film that cannot be cut up, a zoom, a
loop; or a picture. Nodes are given what a unit reads (unless they see the same file themselves), and give back its
segments. They are kept in the film's session as they come, so that what has been done is done, whoever dies.
"""

import getpass
import hashlib
import importlib.util
import logging
import os
import re
import signal
import socket
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from functools import lru_cache
from os.path import exists
from pathlib import Path
from typing import Any

import cv2

import vidream
from vidream.errors import ConfigError, Problems, RenderError, VidreamError
from vidream.frames import Shot
from vidream.media.ffmpeg import executable
from vidream.media.paths import workshop
from vidream.media.sequence import pictures_of
from vidream.render.batch import Records, Result, Work, in_folder
from vidream.render.film import FilmJob
from vidream.render.film_plan import FilmPlan
from vidream.render.job import Job, Rendered
from vidream.render.orders import Order, names_file
from vidream.render.seen import file_of
from vidream.render.session import Gathering, Pieces

log = logging.getLogger(__name__)

LEAST = 48  # output frames of a unit: shots are put together until they have so many
MEMORY = 2 * 2**30  # bytes that a unit is allowed
RETRIES = 5  # times that a unit is begun again when its worker, or its node, is gone
ANSWER = 10  # seconds for a cluster to answer at all
PATIENCE = 120  # seconds for a node to say what it is
LOOK = 0.5  # seconds between looks at what is done


@dataclass(frozen=True)
class Unit:
    """What one node does at a time.

    film    number of its order
    part    source frames; None: all of it
    first   its first output frame
    frames  how many, as far as can be known
    """

    film: int
    order: Order
    part: Shot | None
    first: int
    frames: int | None

    def __str__(self) -> str:
        return self.order.out.name + (f" {self.first}-{self.first + (self.frames or 1) - 1}" if self.part else "")


@dataclass(frozen=True)
class Node:
    """A machine of the cluster: Ray's id, its name, what it has."""

    id: str
    name: str
    cores: float
    gpus: float
    memory: float

    def takes(self, cores: int, on_gpu: bool) -> bool:
        return self.memory >= MEMORY and (self.gpus >= 1 if on_gpu else self.cores >= cores)


@dataclass(frozen=True)
class Seen:
    """How far everything is, for a person: units under way (unit, node, frames done), frames done in all."""

    running: Sequence[tuple[Unit, str, int]]
    frames: int
    total: int
    nodes: int


Told = Callable[[Seen], None]


def units_of(number: int, order: Order, job: Job) -> list[Unit]:
    """What an order is cut into."""
    whole = [Unit(number, order, None, 0, job.frames)]
    if not isinstance(job, FilmJob) or not isinstance(job.plan, FilmPlan) or job.plan.config.film.loop:
        return whole
    if job.plan.alone:  # no frame begins a shot, and segments end where their number ends them
        return whole
    plan, parts = job.plan, list[Shot]()
    for shot in plan.shots():
        if parts and plan.timeline.first(shot.first) - plan.timeline.first(parts[-1].first) < LEAST:
            parts[-1] = replace(parts[-1], last=shot.last)
        else:
            parts.append(shot)
    if len(parts) < 2:
        return whole
    firsts = [plan.timeline.first(part.first) for part in parts]
    ends = [*firsts[1:], plan.count or plan.timeline.first(parts[-1].last) + 1]
    return [Unit(number, order, part, first, end - first) for part, first, end in zip(parts, firsts, ends, strict=True)]


# What runs on a node


@dataclass(frozen=True)
class Sent:
    """A file that units read: where its sender has it, its digest, and what Ray keeps its content under."""

    path: str
    digest: str
    content: Any

    def here(self) -> Path:
        """Where this node has it: in the same place, if that is the same file; else in a copy, kept for the next."""
        own = Path(self.path)
        if own.is_file() and _digest(self.path, own.stat().st_mtime_ns) == self.digest:
            return own
        import ray

        copy = Path(tempfile.gettempdir()) / f"vidream-{getpass.getuser()}" / self.digest[:32] / own.name
        if not copy.is_file() or _digest(str(copy), copy.stat().st_mtime_ns) != self.digest:
            copy.parent.parent.mkdir(mode=0o700, exist_ok=True)
            copy.parent.mkdir(mode=0o700, exist_ok=True)
            with workshop(copy) as folder:
                (folder / copy.name).write_bytes(ray.get(self.content))
                (folder / copy.name).replace(copy)
        return copy


@lru_cache(maxsize=1000)
def _digest(path: str, modified: int) -> str:
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
    return {"vidream": vidream.__version__, "lacks": "; ".join(lacks)}


def made(
    unit: Unit, number: int, sent: Mapping[str, Sent], cores: int, board: Any, version: str
) -> "Pieces | bytes | str":
    """A unit's pieces; of a picture the file's content; or, in words, why it cannot be made."""
    import ray

    if version != vidream.__version__:  # of a node that has come later
        return f"a node runs vidream {vidream.__version__}, this is {version}; install the same everywhere"
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


# What runs where the command was given


def absolute(order: Order) -> Order:
    """The same, with whatever it reads named from the root: a node has another working directory."""
    return placed(order, {str(path): str(path.absolute()) for path in order.files})


def placed(order: Order, places: Mapping[str, str]) -> Order:
    """The same, with files in other places; what follows an @ stays."""

    def put(text: str) -> str:
        path = str(file_of(text))
        return places[path] + text[len(path) :] if path in places and text.startswith(path) else text

    asked = {name: put(value) if names_file(name, value) else value for name, value in order.asked.items()}
    return replace(order, source=put(order.source), song=order.song and put(order.song), asked=asked)


@contextmanager
def connected(address: str) -> Iterator[Any]:
    """Ray, connected to a cluster.

    Raises:
        ConfigError: it is not installed, or no cluster answers.
    """
    try:
        import ray
    except ImportError:
        raise ConfigError("--cluster: Ray is not installed; pip install 'vidream[cluster]'") from None
    try:
        if (at := re.fullmatch(r"(?:ray://)?(.+):(\d{1,5})", address)) is not None:
            socket.create_connection((at[1], int(at[2])), ANSWER).close()  # Ray itself would wait for minutes
        with _signals():  # Ray puts its own in their place
            ray.init(address=address, log_to_driver=False, logging_level="ERROR")
    except (OSError, ValueError, RuntimeError, OverflowError) as error:
        said = str(error).splitlines()[0]
        raise ConfigError(
            f"--cluster {address}: no Ray cluster answers ({said}); `ray start --head` begins one"
        ) from None
    try:
        yield ray
    finally:
        ray.shutdown()


@contextmanager
def _signals() -> Iterator[None]:
    """Afterwards what happens at a signal is what happened before."""
    ours = threading.current_thread() is threading.main_thread()
    kept = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)} if ours else {}
    try:
        yield
    finally:
        for number, handler in kept.items():
            signal.signal(number, handler)


def nodes_of(ray: Any) -> list[Node]:
    nodes = []
    for each in ray.nodes():
        if each["Alive"]:
            name = f"{each['NodeManagerHostname']} {each['NodeManagerAddress']}:{each['NodeManagerPort']}"
            has = each["Resources"]
            cores, gpus, memory = (has.get(kind, 0.0) for kind in ("CPU", "GPU", "memory"))
            nodes.append(Node(each["NodeID"], name, cores, gpus, memory))
    return nodes


def check_nodes(ray: Any, nodes: Sequence[Node], seen: Sequence[str], cores: int) -> None:
    """Raise Problems that name each node that cannot take part, and why."""
    from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

    task = ray.remote(num_cpus=0, max_retries=0)(about)
    asked = [
        task.options(scheduling_strategy=NodeAffinitySchedulingStrategy(node.id, soft=False)).remote(seen)
        for node in nodes
    ]
    problems = []
    for node, answer in zip(nodes, asked, strict=True):
        try:
            problems += [f"node {node.name}: {each}" for each in refusals(ray.get(answer, timeout=PATIENCE))]
        except ray.exceptions.RayError as error:
            said = (str(error).strip().splitlines() or [type(error).__name__])[-1]
            problems.append(
                f"node {node.name}: cannot run vidream ({said}); install vidream {vidream.__version__} there"
            )
    on_gpu = any(node.gpus for node in nodes)
    if not any(node.takes(cores, on_gpu) for node in nodes):
        most = max(nodes, key=lambda node: (node.cores, node.memory))
        need = "a GPU" if on_gpu else f"{cores} cores"
        problems.append(
            f"--cores {cores}: no node has {need} and {MEMORY / 2**30:g} GB of memory; "
            f"the largest, {most.name}, has {most.cores:g} cores and {most.memory / 2**30:.1f} GB"
        )
    if problems:
        raise Problems(problems)


def refusals(answer: Mapping[str, str]) -> Iterator[str]:
    """Why a node that answered `about` so cannot take part."""
    if answer["vidream"] != vidream.__version__:
        yield f"runs vidream {answer['vidream']}, this is {vidream.__version__}; install the same everywhere"
    if answer["lacks"]:
        yield answer["lacks"]


@dataclass
class Film:
    """An output on its way: its job, its units, and the session that gathers them; None for a picture."""

    work: Work
    job: Job
    units: list[Unit]
    began: float
    gathering: Gathering | None = None
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
                _digest(path, Path(path).stat().st_mtime_ns),
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
        self.ray, self.sent, self.cores, self.records, self.told, self.sessions = (
            ray,
            sent,
            cores,
            records,
            told,
            sessions,
        )
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
            said = f"{result.rendered.frames} frames" if result.rendered else result.why
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
            film.gathering = self.sessions.enter_context(
                Gathering(job.out, job.maker(), job.belongs(), fresh=job.config.files.fresh)
            )
            taken = film.gathering.taken if not film.gathering.finished else {unit.first for unit in film.units}
            self.frames += film.gathering.frames
        for unit in film.units:
            if unit.first not in taken:
                index = len(self.units)
                self.units.append(unit)
                film.waiting.add(index)
                files = {str(path): self.sent[str(path)] for path in unit.order.files if str(path) in self.sent}
                self.pending[self.task.remote(unit, index, files, self.cores, self.board, vidream.__version__)] = index
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
                (folder / film.job.out.name).replace(film.job.out)
            self.frames += 1
        else:
            film.gathering.take(answer)
            self.frames += answer.frames

    def _ended(self, film: Film) -> Result:
        frames = 1
        with self._guarded(film.work) as failed:
            if film.gathering is not None:
                film.gathering.finish()
                frames = film.gathering.frames
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
