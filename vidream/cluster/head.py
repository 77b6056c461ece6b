"""The cluster's head, watched while it works: which nodes are alive, and whether it answers at all."""

import threading
import time
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

from vidream.cluster.calls import SILENCE, HeadGone
from vidream.cluster.farm import Node
from vidream.events import checkpoint, note

LOOK = 0.5
"""Seconds between two looks at the nodes, where that costs little."""
WORRY = 0.4
"""Of the time after which the head is gone: when its silence is told."""
SHARE = 0.04
"""Of one core: what looking at the nodes may cost."""


def nodes_of(ray: Any) -> list[Node]:
    """The machines of the cluster that are alive. It waits for the head."""
    nodes = []
    for entry in ray.nodes():
        if entry["Alive"]:
            name = f"{entry['NodeManagerHostname']} {entry['NodeManagerAddress']}:{entry['NodeManagerPort']}"
            cores, gpus, memory = (entry["Resources"].get(kind, 0.0) for kind in ("CPU", "GPU", "memory"))
            nodes.append(Node(entry["NodeID"], name, cores, gpus, memory))
    return nodes


class Head:
    """The head, watched by a thread: which nodes are alive, and whether it answers at all."""

    def __init__(self, ray: Any, *, silence: float = SILENCE) -> None:
        """ray: connected. silence: seconds after which it is gone."""
        self._ray, self._silence = ray, silence
        self._nodes: dict[str, Node] = {}
        self._worried = False  # whether its silence was told
        self._quiet = 0.0  # seconds of our own life since its last answer
        self._answered, self._over = threading.Event(), threading.Event()
        self._threads = [
            threading.Thread(target=task, name="vidream-head", daemon=True) for task in (self._ask, self._count)
        ]

    def __enter__(self) -> Self:
        """Begin to look, and wait for the first answer. Raises HeadGone."""
        for thread in self._threads:
            thread.start()
        try:
            while not self._answered.wait(0.1):
                checkpoint()
                self.nodes()
        except BaseException:
            self._over.set()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Look no more."""
        self._over.set()
        if not self.is_gone:
            self._threads[0].join(1.0)  # Ray's state is taken down after us

    def nodes(self) -> Mapping[str, Node]:
        """The nodes that are alive, by id, as the head has said last. It does not wait; a silence is noted.

        Raises:
            HeadGone: that is too long ago.
        """
        if self.is_gone:
            raise HeadGone
        worried = self._quiet >= self._silence * WORRY
        if worried and not self._worried:
            note(f"the cluster's head does not answer; it is gone if it does not within {self._silence:g} s")
        self._worried = worried
        return self._nodes

    @property
    def is_gone(self) -> bool:
        """Whether it has not answered for too long."""
        return self._quiet >= self._silence

    def _ask(self) -> None:
        pause = 0.0
        while not self._over.wait(pause):
            start = time.thread_time()
            try:
                nodes = {node.id: node for node in nodes_of(self._ray)}
            except Exception:  # noqa: BLE001 (no answer, whatever Ray calls it)
                pause = LOOK
                continue
            if self._over.is_set():
                return
            self._nodes, self._quiet = nodes, 0.0
            self._answered.set()
            pause = max(LOOK, (time.thread_time() - start) / SHARE)

    def _count(self) -> None:
        """Count time in which we live: after a Ctrl-Z the head gets its time to answer."""
        last = time.monotonic()
        while not self._over.wait(LOOK / 2):
            now = time.monotonic()
            self._quiet += min(now - last, LOOK)
            last = now
