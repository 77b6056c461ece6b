"""`vidream clean`: what lies on machines that is ours, and no user's, as a table."""

import os
import time
from collections.abc import Iterable, Mapping
from pathlib import Path

from vidream.amounts import amount
from vidream.cli.messages import console
from vidream.cli.output import say, show_table, table
from vidream.cli.progress import alive
from vidream.cluster.cleaning import Belongings, belongings, on_nodes
from vidream.cluster.connection import connected
from vidream.cluster.kept import Kept
from vidream.errors import RenderError
from vidream.text import shell_command

NOTHING = "nothing is kept"


def show(*, remove: bool) -> None:
    """What is ours on this machine, on standard output; removed, if that is asked for."""
    with alive(console(), "looking for what is kept"):
        found = belongings(remove=remove)
    _show({"": found}, remove=remove, command=["vidream", "clean", "--remove"])


def show_nodes(address: str, *, remove: bool) -> None:
    """The same of every node of a cluster.

    Raises:
        ConfigError: no cluster answers.
        RenderError: its head does not any more; or a node does not, and what the others say is shown.
    """
    with alive(console(), f"asking the nodes of {address}"), connected(address, log=Path(os.devnull)) as ray:
        found, silent = on_nodes(ray, remove=remove)
    _show(found, remove=remove, command=["vidream", "clean", "--cluster", address, "--remove"])
    if silent:
        raise RenderError("; ".join(f"node {name}: {reason}" for name, reason in silent.items()))


def _show(found: Mapping[str, Belongings], *, remove: bool, command: Iterable[str]) -> None:
    things = [(name, thing) for name, there in found.items() for thing in there.things]
    if things:
        titles = ("what", "size", "last use", "place")
        listed = table(*(("node",) if any(found) else ()), *titles, right=("size",))
        for name, thing in things:
            listed.add_row(*((name,) if any(found) else ()), *_row(thing))
        show_table(listed)
    size = amount(sum(thing.bytes for _, thing in things))
    freed = amount(sum(there.freed for there in found.values()))
    if remove and things:
        say(f"{freed} removed; {size} in use, which stays")
    elif remove:
        say(f"{freed} removed" if any(there.freed for there in found.values()) else NOTHING)
    elif things:
        say(f"{size} in all; `{shell_command(command)}` removes what is not in use")
    else:
        say(NOTHING)


def _row(thing: Kept) -> tuple[str, ...]:
    what = f"{thing.what} of {thing.name}" if thing.name else thing.what
    last_use = time.strftime("%Y-%m-%d %H:%M", time.localtime(thing.last_use))
    return what, amount(thing.bytes), "in use" if thing.in_use else last_use, thing.place
