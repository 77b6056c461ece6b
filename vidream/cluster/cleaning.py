"""What is ours on a machine, or on every node of a cluster, outside of a user's own folders: shown, or removed."""

import os
import socket
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vidream.analysis import numba_cache
from vidream.cluster import kept
from vidream.cluster.kept import Kept
from vidream.events import checkpoint

COMPILED = "compiled code, for listening"
"""What numba keeps, to a person."""
MANY = (kept.SEEN, kept.LOG)
"""Of these there may be many, and each says nothing to a person."""
ANSWER = 20.0
"""Seconds for the nodes of a cluster to answer."""
STEP = 0.5  # seconds between two looks at whether somebody wants it to stop


@dataclass(frozen=True)
class Belongings:
    """What is ours on a machine."""

    things: tuple[Kept, ...]
    """All of it, what was used last first."""
    freed: int = 0
    """Bytes that were removed."""
    host: str = ""
    """The machine's own name."""


def belongings(*, remove: bool = False) -> Belongings:
    """Look for what is ours here.

    Args:
        remove: take away what is not in use; what is left is told.
    """
    before = _all()
    if not remove:
        return Belongings(before, host=socket.gethostname())
    kept.clear()
    for folder in numba_cache.own_folders():
        numba_cache.remove(folder)
    left = _all()
    freed = sum(thing.bytes for thing in before) - sum(thing.bytes for thing in left)
    return Belongings(left, max(0, freed), socket.gethostname())


def _all() -> tuple[Kept, ...]:
    things = [*_together(kept.kept()), *map(_compiled, numba_cache.own_folders())]
    return tuple(sorted(things, key=lambda thing: -thing.last_use))


def _together(things: Sequence[Kept]) -> list[Kept]:
    """Those of which there are many as one for each folder."""
    single = [thing for thing in things if thing.what not in MANY]
    folders: dict[tuple[str, str], list[Kept]] = {}
    for thing in things:
        if thing.what in MANY:
            folders.setdefault((os.path.dirname(thing.place), thing.what), []).append(thing)  # noqa: PTH120
    for (place, what), many in folders.items():
        size, last_use = sum(thing.bytes for thing in many), max(thing.last_use for thing in many)
        single.append(Kept(place, f"{what}s", size, last_use, any(thing.in_use for thing in many)))
    return single


def _compiled(folder: Path) -> Kept:
    files = [path.lstat() for path in folder.rglob("*")]
    last_use = max([folder.lstat().st_mtime, *(file.st_atime for file in files), *(file.st_mtime for file in files)])
    size = sum(file.st_size for file in files)
    return Kept(str(folder), COMPILED, size, last_use, numba_cache.is_in_use(folder))


def on_nodes(
    ray: Any, look: Callable[..., Belongings] = belongings, *, remove: bool = False
) -> tuple[Mapping[str, Belongings], Mapping[str, str]]:
    """What is ours on each node of a cluster that is alive.

    Args:
        ray: connected.
        look: what each node is asked; by name, `remove`.
        remove: as in `belongings`.

    Returns:
        (what there is, by the node's name; why a node has not told, by its name). Of nodes that share a folder one
        tells of it.
    """
    from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

    task = ray.remote(num_cpus=0, max_retries=0)(look)
    waiting: dict[Any, str] = {}
    for node in ray.nodes():
        if node["Alive"]:
            there = NodeAffinitySchedulingStrategy(node["NodeID"], soft=False)
            name = f"{node['NodeManagerHostname']} {node['NodeManagerAddress']}:{node['NodeManagerPort']}"
            waiting[task.options(scheduling_strategy=there).remote(remove=remove)] = name
    found: dict[str, Belongings] = {}
    silent: dict[str, str] = {}
    end = time.monotonic() + ANSWER
    while waiting and time.monotonic() < end:
        checkpoint()
        for answer in ray.wait(list(waiting), num_returns=len(waiting), timeout=STEP)[0]:
            name = waiting.pop(answer)
            try:
                found[name] = ray.get(answer, timeout=STEP)
            except Exception as error:  # noqa: BLE001 (Ray raises there what was raised on the node)
                silent[name] = _reason(error)
    silent |= {name: f"does not answer within {ANSWER:.0f} s" for name in waiting.values()}
    return _once(found), silent


def _reason(error: Exception) -> str:
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return f"cannot tell ({lines[-1].strip()[:200]})"


def _once(found: Mapping[str, Belongings]) -> dict[str, Belongings]:
    """Each thing at one node: several of a machine see the same folders."""
    seen = set[tuple[str, str, float]]()
    singly = {}
    for name, there in sorted(found.items()):
        things = [thing for thing in there.things if (there.host, thing.place, thing.last_use) not in seen]
        seen |= {(there.host, thing.place, thing.last_use) for thing in things}
        singly[name] = Belongings(tuple(things), there.freed, there.host)
    return singly
