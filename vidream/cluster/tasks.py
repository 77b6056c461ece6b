"""Units at work on a cluster: they are submitted, waited for and cancelled here, and nowhere else."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from vidream.cluster.node import Letter, Mailbox, SharedFile, digest, render_unit
from vidream.cluster.nodes import ANSWER, MEMORY, Node, last_line
from vidream.cluster.units import Answer, Refusal, Unit
from vidream.version import __version__

RETRIES = 5  # times that a unit is begun again when its worker, or its node, is gone


class Tasks:
    """The units of one run, by their numbers, counted from 0 as they are submitted."""

    def __init__(self, ray: Any, nodes: Sequence[Node], cores: int) -> None:
        """No unit yet.

        Args:
            ray: connected.
            nodes: of the cluster; where any has a GPU, each unit gets one.
            cores: of a CPU for each unit, where there are no GPUs.
        """
        from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

        self._ray, self._cores = ray, cores
        self._names = {node.id: node.name for node in nodes}
        resources: dict[str, Any] = {"num_cpus": cores}
        if any(node.gpus for node in nodes):
            resources = {"num_gpus": 1, "num_cpus": 1}
        self._task = ray.remote(**resources, memory=MEMORY, max_retries=RETRIES)(render_unit)
        on_driver = NodeAffinitySchedulingStrategy(ray.get_runtime_context().get_node_id(), soft=True)
        mailbox = ray.remote(num_cpus=0)(Mailbox)
        self._mailbox = mailbox.options(scheduling_strategy=on_driver, max_restarts=-1).remote()
        self._files: dict[str, SharedFile] = {}
        self._pending: dict[Any, int] = {}
        self.units: list[Unit] = []

    def share(self, path: Path) -> None:
        """Make a file's content known to the cluster, so that units can read it."""
        absolute, modified = str(path.absolute()), path.stat().st_mtime_ns
        self._files[str(path)] = SharedFile(absolute, digest(str(path), modified), self._ray.put(path.read_bytes()))

    def submit(self, unit: Unit) -> int:
        """Have a unit made, and return its number."""
        number = len(self.units)
        self.units.append(unit)
        files = {str(path): self._files[str(path)] for path in unit.spec.files if str(path) in self._files}
        reference = self._task.remote(unit, number, files, self._cores, self._mailbox, __version__)
        self._pending[reference] = number
        return number

    @property
    def pending(self) -> set[int]:
        """The numbers of the units that are submitted, and neither answered nor cancelled."""
        return set(self._pending.values())

    def answers(self, seconds: float) -> Iterator[tuple[int, Answer]]:
        """What has been answered, by number; waits so long for the first."""
        if not self._pending:
            return
        ready, _ = self._ray.wait(list(self._pending), timeout=seconds)
        for reference in ready:
            number = self._pending.pop(reference, None)
            if number is not None:  # else it was cancelled meanwhile
                yield number, self._answer(number, reference)

    def _answer(self, number: int, reference: Any) -> Answer:
        try:
            answer: Answer = self._ray.get(reference)
        except self._ray.exceptions.RayError as error:
            return Refusal(f"{self.units[number]}: {last_line(error)}")
        return answer

    def cancel(self, numbers: set[int]) -> None:
        """Make no more of these units."""
        for reference in [reference for reference, number in self._pending.items() if number in numbers]:
            self._ray.cancel(reference)
            del self._pending[reference]

    def letters(self) -> list[Letter]:
        """What nodes have told since the last time; none while the mailbox moves to another node."""
        try:
            letters: list[Letter] = self._ray.get(self._mailbox.collect.remote(), timeout=ANSWER)
        except self._ray.exceptions.RayError:
            return []
        return letters

    def name_of(self, node: str) -> str:
        """What a person calls a node, by Ray's id; a part of the id, if it has come later."""
        return self._names.get(node, node[:8])
