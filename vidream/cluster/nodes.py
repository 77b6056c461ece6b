"""The cluster: Ray, connected to it; its nodes, and whether they can take part."""

import re
import signal
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from vidream.cluster.node import NodeCheck, check_node
from vidream.errors import ConfigError, Problems
from vidream.events import checkpoint
from vidream.version import __version__

MEMORY = 2 * 2**30  # bytes that a unit is allowed
ANSWER = 10  # seconds for a cluster to answer at all
PATIENCE = 120  # seconds for a node to say what it is


@dataclass(frozen=True)
class Node:
    """A machine of the cluster."""

    id: str
    """Ray's."""
    name: str
    """For a person: host and address."""
    cores: float
    """Of its CPUs, as Ray counts them."""
    gpus: float
    """How many."""
    memory: float
    """Bytes."""

    def takes(self, cores: int, on_gpu: bool) -> bool:
        """Whether it can make a unit of so many cores, or of a GPU."""
        strong = self.gpus >= 1 if on_gpu else self.cores >= cores
        return strong and self.memory >= MEMORY


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
        reason = str(error).splitlines()[0]
        raise ConfigError(
            f"--cluster {address}: no Ray cluster answers ({reason}); `ray start --head` begins one"
        ) from None
    try:
        yield ray
    finally:
        ray.shutdown()


@contextmanager
def _signals() -> Iterator[None]:
    """What happens at a signal is afterwards what happened before."""
    handlers = {}
    if threading.current_thread() is threading.main_thread():
        handlers = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)


def nodes_of(ray: Any) -> list[Node]:
    """The machines of the cluster that are alive."""
    nodes = []
    for entry in ray.nodes():
        if entry["Alive"]:
            name = f"{entry['NodeManagerHostname']} {entry['NodeManagerAddress']}:{entry['NodeManagerPort']}"
            cores, gpus, memory = (entry["Resources"].get(kind, 0.0) for kind in ("CPU", "GPU", "memory"))
            nodes.append(Node(entry["NodeID"], name, cores, gpus, memory))
    return nodes


def check_nodes(ray: Any, nodes: Sequence[Node], paths: Sequence[str], cores: int) -> dict[str, str]:
    """Ask each node whether it can take part.

    Args:
        ray: connected.
        nodes: of the cluster.
        paths: files that each must have itself.
        cores: for each unit.

    Returns:
        The label of the native engine of each node that takes units, by its name; "" where it has none.

    Raises:
        Problems: they name each node that cannot take part, and why.
    """
    from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

    task = ray.remote(num_cpus=0, max_retries=0)(check_node)
    answers = [
        task.options(scheduling_strategy=NodeAffinitySchedulingStrategy(node.id, soft=False)).remote(paths)
        for node in nodes
    ]
    problems, engines = [], dict[str, str]()
    for node, answer in zip(nodes, answers, strict=True):
        try:
            check = patient_get(ray, answer)
            problems += [f"node {node.name}: {line}" for line in refusals(check)]
            engines[node.name] = getattr(check, "native", "")  # of another vidream, which is refused, there is none
        except ray.exceptions.RayError as error:
            reason = last_line(error)
            problems.append(f"node {node.name}: cannot run vidream ({reason}); install vidream {__version__} there")
    on_gpu = any(node.gpus for node in nodes)
    if not any(node.takes(cores, on_gpu) for node in nodes):
        problems.append(_too_small(nodes, cores, on_gpu))
    if problems:
        raise Problems(problems)
    return {node.name: engines[node.name] for node in nodes if node.takes(cores, on_gpu)}


def _too_small(nodes: Sequence[Node], cores: int, on_gpu: bool) -> str:
    largest = max(nodes, key=lambda node: (node.cores, node.memory))
    need = "a GPU" if on_gpu else f"{cores} cores"
    return (
        f"--cores {cores}: no node has {need} and {MEMORY / 2**30:g} GB of memory; "
        f"the largest, {largest.name}, has {largest.cores:g} cores and {largest.memory / 2**30:.1f} GB"
    )


def refusals(check: NodeCheck) -> Iterator[str]:
    """Why a node that answers so cannot take part."""
    if check.version != __version__:
        yield f"runs vidream {check.version}, this is {__version__}; install the same everywhere"
    if check.problems:
        yield "; ".join(check.problems)


def patient_get(ray: Any, reference: Any) -> Any:
    """What a task answers within PATIENCE seconds; a cancelled run does not wait for it."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        checkpoint()
        if ray.wait([reference], timeout=ANSWER / 20)[0]:
            break
    return ray.get(reference, timeout=ANSWER)


def last_line(error: Exception) -> str:
    """What an error of Ray's says in the end; its kind, if it says nothing."""
    lines = str(error).strip().splitlines()
    return lines[-1] if lines else type(error).__name__
