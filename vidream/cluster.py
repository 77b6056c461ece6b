"""Many machines: films, and the shots within a film, spread over a Ray cluster that is there already.

A unit is what needs nothing from outside: some whole shots of a film; or all of a film that cannot be cut up, a zoom, a
loop; or a picture. Nodes are given what a unit reads (unless they see the same file themselves), and give back its
segments. They are kept in the film's session as they come, so that what has been done is done, whoever dies.
"""

import getpass
import hashlib
import importlib.util
import os
import re
import socket
import tempfile
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
from vidream.media.sequence import sequence
from vidream.media.still import READ_ENDINGS
from vidream.render.batch import Records, Result, Work
from vidream.render.film import FilmJob
from vidream.render.film_plan import FilmPlan
from vidream.render.job import Job, Rendered
from vidream.render.orders import Order
from vidream.render.seen import file_of
from vidream.render.session import Gathering, Pieces
from vidream.render.zoom import NOISE

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
        if not copy.exists():
            copy.parent.mkdir(parents=True, exist_ok=True)
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
    lacks = [f"does not see {path}; put it into a folder that all nodes share" for path in seen if not exists(path)]
    try:
        executable()
    except RenderError as error:
        lacks.append(str(error))
    if importlib.util.find_spec("tensorflow") is None:
        lacks.append("has no TensorFlow")
    return {"vidream": vidream.__version__, "lacks": "; ".join(lacks)}


def made(unit: Unit, number: int, sent: Mapping[str, Sent], cores: int, board: Any) -> "Pieces | bytes | str":
    """A unit's pieces; of a picture the file's content; or, in words, why it cannot be made."""
    import ray

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


def read_by(order: Order) -> Iterator[str]:
    """Every file that an order names, as it names it."""
    texts = [order.source, order.song, *order.asked.values()]
    for text in texts:
        if isinstance(text, str) and text and text != NOISE:
            path = str(file_of(text))
            if exists(path) or sequence(Path(path), READ_ENDINGS):
                yield path


def placed(order: Order, places: Mapping[str, str]) -> Order:
    """The same, with files in other places; what follows an @ stays."""

    def put(text: Any) -> Any:
        path = str(file_of(text)) if isinstance(text, str) and text else ""
        return places[path] + text[len(path) :] if path in places and text.startswith(path) else text

    asked = {name: put(value) for name, value in order.asked.items()}
    return replace(order, source=put(order.source), song=put(order.song), asked=asked)


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


def nodes_of(ray: Any) -> list[Node]:
    alive = [each for each in ray.nodes() if each["Alive"]]
    return [
        Node(each["NodeID"], f"{each['NodeManagerHostname']} {each['NodeManagerAddress']}:{each['NodeManagerPort']}",
             each["Resources"].get("CPU", 0.0), each["Resources"].get("GPU", 0.0))
        for each in alive
    ]  # fmt: skip


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
    if not any(node.gpus for node in nodes) and max(node.cores for node in nodes) < cores:
        problems.append(f"--cores {cores}: no node has so many; the largest has {max(n.cores for n in nodes):g}")
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
        names = dict.fromkeys(path for each in left for path in read_by(each.order))
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
        films = {}
        for number, each in enumerate(left):
            try:
                films[number] = self._begun(number, each)
            except VidreamError as error:
                yield Result(each.order, "failed", str(error))
        total = sum(unit.frames or 0 for film in films.values() for unit in film.units)
        for film in films.values():
            if not film.waiting:  # all of it was gathered before
                yield self._ended(film)
        while self.pending:
            ready, _ = self.ray.wait(list(self.pending), timeout=LOOK)
            for ref in ready:
                unit = self.pending.pop(ref)
                film = films[self.units[unit].film]
                if unit not in film.waiting:
                    continue  # of a film that has failed
                film.waiting.discard(unit)
                why = self._taken(film, unit, ref)
                if why:
                    film.waiting.clear()
                    for other in [
                        key for key, index in self.pending.items() if self.units[index].film == self.units[unit].film
                    ]:
                        self.ray.cancel(other)
                        del self.pending[other]
                    yield Result(film.work.order, "failed", why)
                elif not film.waiting:
                    yield self._ended(film)
            self._tell(total)

    def _begun(self, number: int, work: Work) -> Film:
        job = work.order.job()
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
                files = {path: self.sent[path] for path in read_by(unit.order) if path in self.sent}
                self.pending[self.task.remote(unit, index, files, self.cores, self.board)] = index
        return film

    def _taken(self, film: Film, unit: int, ref: Any) -> str:
        """Keep what a unit has made; why it has not, if it has not."""
        try:
            answer = self.ray.get(ref)
        except self.ray.exceptions.RayError as error:
            return f"{self.units[unit]}: {(str(error).strip().splitlines() or [type(error).__name__])[-1]}"
        if isinstance(answer, str):
            return answer
        if film.gathering is None:
            with workshop(film.job.out) as folder:
                (folder / film.job.out.name).write_bytes(answer)
                (folder / film.job.out.name).replace(film.job.out)
            self.frames += 1
        else:
            film.gathering.take(answer)
            self.frames += answer.frames
        return ""

    def _ended(self, film: Film) -> Result:
        frames = 1
        if film.gathering is not None:
            film.gathering.finish()
            frames = film.gathering.frames
        rendered = Rendered(film.job.out, frames, film.job.size, time.monotonic() - film.began)
        return Result(film.work.order, "done", rendered=rendered)

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
