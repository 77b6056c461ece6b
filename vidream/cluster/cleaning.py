"""What is ours on a machine, or on every node of a cluster, outside of a user's own folders: shown, or removed."""

import os
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vidream.analysis import numba_cache
from vidream.cluster import kept
from vidream.cluster.calls import within
from vidream.cluster.head import nodes_of
from vidream.cluster.kept import Kept
from vidream.errors import RenderError, first_line

COMPILED = "compiled code"
"""What numba keeps for who listens, to a person."""
PLURALS = {kept.SEEN: "digests", kept.LOG: "logs", kept.STAMPS: "frame times"}
"""Things of which there may be many, and each says nothing to a person -> what they are together."""
ANSWER = 20.0
"""Seconds for the nodes of a cluster to answer."""
HEAD = 10.0
"""Seconds for its head to answer, over that."""


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
    single = [thing for thing in things if thing.what not in PLURALS]
    folders: dict[tuple[str, str], list[Kept]] = {}
    for thing in things:
        if thing.what in PLURALS:
            folders.setdefault((os.path.dirname(thing.place), thing.what), []).append(thing)  # noqa: PTH120
    for (place, what), many in folders.items():
        size, last_use = sum(thing.bytes for thing in many), max(thing.last_use for thing in many)
        single.append(Kept(place, PLURALS[what], size, last_use, any(thing.in_use for thing in many)))
    return single


def _compiled(folder: Path) -> Kept:
    files = [path.lstat() for path in folder.rglob("*")]
    last_use = max([folder.lstat().st_mtime, *(file.st_atime for file in files), *(file.st_mtime for file in files)])
    size = sum(file.st_size for file in files)
    return Kept(str(folder), COMPILED, size, last_use, numba_cache.is_in_use(folder))


def on_nodes(ray: Any, *, remove: bool = False) -> tuple[Mapping[str, Belongings], Mapping[str, str]]:
    """What is ours on each node of a cluster that is alive.

    Args:
        ray: connected.
        remove: as in `belongings`.

    Returns:
        (what there is, by the node's name; why a node has not told, by its name). Of nodes that share a folder one
        tells of it.

    Raises:
        RenderError: the cluster's head does not answer.
        Cancelled: asked for meanwhile.
    """
    try:
        found, silent = within(ANSWER + HEAD, lambda: _asked(ray, remove))
    except TimeoutError:
        raise RenderError("the cluster's head does not answer; start it again, or name another by --cluster") from None
    return _once(found), silent


def _asked(ray: Any, remove: bool) -> tuple[dict[str, Belongings], dict[str, str]]:
    from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

    task, names = ray.remote(num_cpus=0, max_retries=0)(belongings), {}
    for node in nodes_of(ray):
        there = NodeAffinitySchedulingStrategy(node.id, soft=False)
        names[task.options(scheduling_strategy=there).remote(remove=remove)] = node.name
    ready, waiting = ray.wait(list(names), num_returns=len(names), timeout=ANSWER) if names else ([], [])
    found = dict[str, Belongings]()
    silent = dict.fromkeys((names[answer] for answer in waiting), f"does not answer within {ANSWER:.0f} s")
    for answer in ready:
        try:
            found[names[answer]] = ray.get(answer, timeout=HEAD / 2)
        except Exception as error:  # noqa: BLE001 (Ray raises here what was raised there)
            lines = str(error).strip().splitlines()
            silent[names[answer]] = f"cannot tell ({lines[-1].strip()[:200] if lines else first_line(error)})"
    return found, silent


def _once(found: Mapping[str, Belongings]) -> dict[str, Belongings]:
    """Each thing at one node: several of a machine see the same folders."""
    seen = set[tuple[str, str, float]]()
    singly = {}
    for name, there in sorted(found.items()):
        things = [thing for thing in there.things if (there.host, thing.place, thing.last_use) not in seen]
        seen |= {(there.host, thing.place, thing.last_use) for thing in things}
        singly[name] = Belongings(tuple(things), there.freed, there.host)
    return singly
