"""Stand-in."""

import re
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from vidream.cluster.farm import Node
from vidream.errors import ConfigError

ANSWER = 10


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


class Head:
    """Who knows the nodes."""

    def __init__(self, ray: Any) -> None:
        self._ray = ray

    def __enter__(self) -> "Head":
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def nodes(self) -> dict[str, Node]:
        nodes = {}
        for entry in self._ray.nodes():
            if entry["Alive"]:
                name = f"{entry['NodeManagerHostname']} {entry['NodeManagerAddress']}:{entry['NodeManagerPort']}"
                cores, gpus, memory = (entry["Resources"].get(kind, 0.0) for kind in ("CPU", "GPU", "memory"))
                nodes[entry["NodeID"]] = Node(entry["NodeID"], name, cores, gpus, memory)
        return nodes
