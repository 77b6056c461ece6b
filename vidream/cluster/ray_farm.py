"""A farm that is a Ray cluster: tasks are begun where the run says, and what nodes say comes by a mailbox."""

import time
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from vidream.cluster.calls import answered, within
from vidream.cluster.connection import connected
from vidream.cluster.copies import SharedFile, share
from vidream.cluster.farm import MEMORY, Answered, Asked, Lost, News, Node, Told
from vidream.cluster.head import Head
from vidream.cluster.node import LOOK, check_node, render_unit, tidy
from vidream.cluster.post import Mailbox, Post, Sources
from vidream.cluster.units import Unit
from vidream.version import __version__

ANSWER = 10
"""Seconds for what the cluster answers at once, as a rule."""
SENDING = 3
"""Seconds for that to be said to them: it waits for the head."""
TIDYING = 10
"""Seconds that nodes have to take away what stopped units leave."""
DEAF = 3.0
"""Seconds without an answer of the mailbox, after which nobody can be said to be silent."""
LETTERS = 200
"""Letters a second that the mailbox gets of all frames together, at most."""
PIECES = 4
"""Pieces of sources that are read at a time."""


@contextmanager
def ray_farm(address: str, cores: int, cache: int, log: Path | None = None) -> Iterator["RayFarm"]:
    """Within the block, the Ray cluster of an address; afterwards nothing that was begun goes on.

    Args:
        address: HOST:PORT, or "auto".
        cores: of a CPU for each unit, where there are no GPUs.
        cache: bytes of copies of sources that each node keeps.
        log: where what Ray itself says goes; None: it is not held back.

    Raises:
        ConfigError: no cluster answers there.
    """
    with connected(address, log=log) as ray, Head(ray) as head:
        farm = RayFarm(ray, head, cores, cache)
        try:
            yield farm
        finally:
            farm.end()


class RayFarm:
    """See vidream.cluster.farm.Farm."""

    def __init__(self, ray: Any, head: Head, cores: int, cache: int) -> None:
        """Nothing has begun.

        Args:
            ray: connected.
            head: who knows the nodes.
            cores: of a CPU for each unit, where there are no GPUs.
            cache: bytes of copies of sources that each node keeps.
        """
        self._ray, self._head, self._cores, self._cache = ray, head, cores, cache
        resources: dict[str, Any] = {"num_cpus": cores}
        if any(node.gpus for node in head.nodes().values()):
            resources = {"num_gpus": 1, "num_cpus": 1}
        self._render = ray.remote(**resources, memory=MEMORY, max_retries=0)(render_unit)
        self._check = ray.remote(num_cpus=0, max_retries=0)(check_node)
        self._tidy = ray.remote(num_cpus=0, max_retries=0)(tidy)
        here = self._on(ray.get_runtime_context().get_node_id())
        mailbox = ray.remote(num_cpus=0)(Mailbox).options(**here, max_restarts=-1)
        sources = ray.remote(num_cpus=0)(Sources).options(**here, max_concurrency=PIECES)
        self._mailbox, self._sources = answered(lambda: (mailbox.remote(), sources.remote()))
        self._known: list[Any] = []  # functions that the head has
        self._files: dict[str, SharedFile] = {}
        self._attempts: dict[Any, tuple[int, str]] = {}  # (number, node) by reference
        self._references: dict[int, Any] = {}
        self._questions: dict[Any, str] = {}  # node by reference
        self._letters: Any = None  # what the mailbox was asked for,
        self._posted = 0.0  # and when
        self._used: set[str] = set()  # nodes that may have something of ours

    def _on(self, node: str) -> dict[str, Any]:
        from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

        return {"scheduling_strategy": NodeAffinitySchedulingStrategy(node, soft=False)}

    def _begin(self, function: Any, node: str, *arguments: Any) -> Any:
        """Have a node call a function. The head is sent it first, and may be gone: raises FarmGone."""
        task = function.options(**self._on(node))
        if function in self._known:
            return task.remote(*arguments)
        reference = answered(lambda: task.remote(*arguments))
        self._known.append(function)
        return reference

    def now(self) -> float:
        """Seconds of a clock that only goes forward."""
        return time.monotonic()

    def nodes(self) -> Mapping[str, Node]:
        """The nodes that are alive, by id. Raises FarmGone."""
        return self._head.nodes()

    def ask(self, node: str, paths: Collection[str]) -> None:
        """Have a node say what it is."""
        self._questions[self._begin(self._check, node, sorted(paths))] = node

    def offer(self, paths: Collection[Path]) -> None:
        """Let nodes read these files. Raises MediaError."""
        for path in paths:
            self._files[str(path)] = share(path)
            self._sources.offer.remote(str(path))

    def withdraw(self, paths: Collection[Path]) -> None:
        """Let nodes read these files no more."""
        for path in paths:
            self._sources.withdraw.remote(str(path))

    def start(self, attempt: int, node: str, unit: Unit) -> None:
        """Have a node make a unit."""
        files = {str(path): self._files[str(path)] for path in unit.spec.files if str(path) in self._files}
        look = max(LOOK, len(self._attempts) / LETTERS)
        post = Post(attempt, self._mailbox, self._sources, look)
        given = (unit, files, self._cores, self._cache, post, __version__)
        reference = self._begin(self._render, node, *given)
        self._attempts[reference] = attempt, node
        self._references[attempt] = reference
        self._used.add(node)

    def stop(self, attempts: Collection[int]) -> None:
        """End attempts at once, by ending their processes."""
        for attempt in attempts:
            reference = self._references.pop(attempt, None)
            if reference is not None:
                del self._attempts[reference]
                with suppress(self._ray.exceptions.RayError):
                    self._ray.cancel(reference, force=True)

    def news(self, seconds: float) -> Iterable[News]:
        """What has come; waits so long at most for the first answer, and then takes what was told."""
        if self._letters is None:
            self._letters, self._posted = self._mailbox.collect.remote(), self.now()
        known, answers = [*self._attempts, *self._questions], list[Any]()
        if known:
            answers, _ = self._ray.wait(known, timeout=seconds)
            answers, _ = self._ray.wait(known, num_returns=len(known), timeout=0) if answers else ([], [])
        else:
            time.sleep(seconds)
        if self._ray.wait([self._letters], timeout=0)[0]:
            yield from self._read()
        for reference in answers:
            if reference in self._attempts or reference in self._questions:  # else one before it has stopped it
                yield from self._answer(reference)

    def hears(self) -> bool:
        """Whether what nodes tell comes through at the moment."""
        return self._letters is None or self.now() - self._posted < DEAF

    def _read(self) -> Iterator[News]:
        reference, self._letters = self._letters, None
        with suppress(self._ray.exceptions.RayError):  # the mailbox moves: what nodes say meanwhile is lost
            yield from [Told(*letter) for letter in self._ray.get(reference, timeout=ANSWER)]

    def _answer(self, reference: Any) -> Iterator[News]:
        error: Exception | None = None
        answer: Any = None
        try:
            answer = self._ray.get(reference, timeout=ANSWER)
        except Exception as failure:  # noqa: BLE001 (of another vidream's code, anything)
            error = failure
        node = self._questions.pop(reference, None)
        if node is not None:
            yield Asked(node, answer, "" if error is None else self._why_not(error))
            return
        attempt, node = self._attempts.pop(reference)
        del self._references[attempt]
        if error is None:
            yield Answered(attempt, answer)
        else:
            full = isinstance(error, self._ray.exceptions.OutOfMemoryError)
            yield Lost(attempt, "its memory is full" if full else last_line(error), memory=full)

    def _why_not(self, error: Exception) -> str:
        """Why vidream cannot be asked on a node."""
        return f"cannot run vidream ({last_line(error)}); install vidream {__version__} there"

    def end(self) -> None:
        """End what is under way, and have nodes take away what that leaves; bounded in time."""
        self.stop([*self._references])
        with suppress(Exception):  # the head may be gone: the next run takes it away
            alive = self._used & {*self.nodes()}
            tidy = [self._tidy.options(**self._on(node)) for node in alive]
            asked = within(SENDING, lambda: [task.remote(self._cache) for task in tidy], heeding=False)
            if asked:
                self._ray.wait(asked, num_returns=len(asked), timeout=TIDYING)


def last_line(error: Exception) -> str:
    """What an error of Ray's says in the end; its kind, if it says nothing."""
    lines = str(error).strip().splitlines()
    return lines[-1] if lines else type(error).__name__
