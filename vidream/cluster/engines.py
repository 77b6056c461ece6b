"""Which nodes make a film that is cut up: those of one kind, whose frames are the same to the byte."""

import threading
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace

from vidream.cluster.farm import NodeCheck
from vidream.cluster.units import UNSAID, work_of
from vidream.dream.choice import TENSORFLOW, prefers_tensorflow
from vidream.dream.families import family_of
from vidream.errors import RenderError
from vidream.events import note
from vidream.jobs.job import Job
from vidream.jobs.render_job import RenderJob
from vidream.text import counted


class Engines:
    """The kinds of nodes of a run: films are shared out among them, so that all have something to do."""

    def __init__(self, nodes: Iterable[tuple[NodeCheck, int]], on_gpus: bool) -> None:
        """No film yet.

        Args:
            nodes: those that take part: what each says of itself, and how many units it makes at a time.
            on_gpus: each unit has a GPU.
        """
        self._on_gpus = on_gpus
        self._natives, self._tensorflows = Counter[str](), Counter[str]()  # room by kind
        for check, room in nodes:
            self._tensorflows[check.tensorflow] += room
            if check.native:
                self._natives[check.native] += room
        self._given: dict[str, float] = {}  # work by kind
        self._turn = threading.Lock()

    def with_engine(self, job: Job) -> Job:
        """A job that names the engine of all its parts; a picture, which one node makes, stays as it is.

        With engine "auto" that is what an earlier run began with; else the native engine of some nodes.

        Raises:
            RenderError: the native engine is asked for, and no node has it.
        """
        if not isinstance(job, RenderJob):
            return job
        goal = job.config.goal
        if goal.engine == TENSORFLOW or family_of(goal.network).load_native is None:
            return replace(job, engine=TENSORFLOW)
        if goal.engine != "auto" and not self._natives:
            raise RenderError("--engine native: no node has the native part; leave it out, and TensorFlow dreams")
        begun = job.engine_begun(self._natives)
        if begun is not None:
            return replace(job, engine=begun)
        if goal.engine == "auto" and (not self._natives or self._prefer_tensorflow()):
            return replace(job, engine=TENSORFLOW)
        return replace(job, engine=self._of_several(job, self._natives))

    def _prefer_tensorflow(self) -> bool:
        return all(prefers_tensorflow(label.rpartition(" ")[2], self._on_gpus) for label in self._natives)

    def processor(self, job: Job, kind: str = "") -> str:
        """What nodes must be, beside having a job's engine, to make its parts; "" if there is nothing.

        Args:
            job: with its engine.
            kind: of the parts that are there already: see vidream.render.fingerprint.kind_of_part.
        """
        if not isinstance(job, RenderJob) or job.engine != TENSORFLOW:
            return ""
        begun = {name: room for name, room in self._tensorflows.items() if name.partition(", ")[0] in kind.split(", ")}
        return self._of_several(job, begun or self._tensorflows)

    def _of_several(self, job: Job, rooms: Mapping[str, int]) -> str:
        """The kind of nodes that will be done with its films first."""
        if len(rooms) == 1:
            return next(iter(rooms))
        work = work_of(job, job.frames or UNSAID)
        with self._turn:
            kind = min(rooms, key=lambda name: (self._given.get(name, 0.0) + work) / max(1, rooms[name]))
            self._given[kind] = self._given.get(kind, 0.0) + work
        others = [f"{name} ({counted(room, 'part')} at a time)" for name, room in rooms.items() if name != kind]
        note(f"made by the nodes with {kind}; others would make it otherwise: {', '.join(others)}", job.out)
        return kind
