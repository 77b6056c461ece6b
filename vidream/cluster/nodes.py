"""The cluster: Ray, connected to it; its nodes, and whether they can take part."""

import re
import signal
import socket
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from vidream.cluster.node import about
from vidream.errors import ConfigError, Problems
from vidream.version import __version__

MEMORY = 2 * 2**30  # bytes that a unit is allowed
ANSWER = 10  # seconds for a cluster to answer at all
PATIENCE = 120  # seconds for a node to say what it is


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
            problems.append(f"node {node.name}: cannot run vidream ({said}); install vidream {__version__} there")
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
    if answer["vidream"] != __version__:
        yield f"runs vidream {answer['vidream']}, this is {__version__}; install the same everywhere"
    if answer["lacks"]:
        yield answer["lacks"]
