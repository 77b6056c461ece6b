"""Real Ray processes for tests: a head without cores, nodes of one core, and what can happen to them."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest


@contextmanager
def ray_cluster(nodes: int = 2) -> Iterator[Any]:
    """A head that does no work, and nodes of one core each, its `workers`."""
    from ray.cluster_utils import Cluster

    os.environ["RAY_ENABLE_UV_RUN_RUNTIME_ENV"] = "0"
    made = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False})
    try:
        made.workers = [made.add_node(num_cpus=1) for _ in range(nodes)]
        yield made
    finally:
        for process in processes_of(made.head_node, *made.worker_nodes):
            signal_all([process], signal.SIGCONT)
        made.shutdown()


def processes_of(*nodes: Any) -> list[int]:
    """The numbers of a node's processes, what they have begun among them."""
    first = [info.process.pid for node in nodes for kind in node.all_processes.values() for info in kind]
    return [*first, *children_of(first)]


def children_of(parents: list[int]) -> list[int]:
    """The numbers of all processes that others have begun, and so on."""
    parent_of: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                parent_of[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
    found, wave = [], {*parents}
    while wave:
        wave = {child for child, parent in parent_of.items() if parent in wave}
        found += wave
    return found


def signal_all(processes: list[int], number: signal.Signals) -> None:
    """Send a signal to each that is still there."""
    for process in processes:
        try:
            os.kill(process, number)
        except ProcessLookupError:
            continue


@contextmanager
def node_apart(address: str, hidden: Path, temporary: Path, **environment: str) -> Iterator[subprocess.Popen]:
    """A node that does not see a folder of this machine's, and has its own folder for temporary files."""
    unshare = shutil.which("unshare")
    tried = unshare and subprocess.run([unshare, "-m", "true"], check=False, capture_output=True)
    if not tried or tried.returncode:
        pytest.skip("no mount namespaces here")
    ray = Path(sys.executable).with_name("ray")
    start = f"mount -t tmpfs none '{hidden}' && exec '{ray}' start --address={address} --num-cpus=1 --block"
    variables = {**os.environ, "TMPDIR": str(temporary), **environment}
    node = subprocess.Popen(
        [unshare, "-m", "sh", "-c", start],
        env=variables,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield node
    finally:
        signal_all([node.pid, *children_of([node.pid])], signal.SIGKILL)
        node.wait()


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[Path]:
    """A file system of so many bytes ("3m"), in a folder."""
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size},mode=700", "none", str(folder)], check=False, capture_output=True
    )
    if mounted.returncode:
        pytest.skip("nothing can be mounted here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=False)


def wait_for(met: Any, seconds: float, what: str) -> None:
    """Wait until something is so."""
    end = time.monotonic() + seconds
    while not met():
        assert time.monotonic() < end, f"waited {seconds} s for {what}"
        time.sleep(0.2)
