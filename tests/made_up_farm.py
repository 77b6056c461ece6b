"""What a run on a cluster tells, made up: nodes that wake, begin shots slowly, are fast or slow, die or are left out.

`python tests/made_up_farm.py [--nodes] [--fast]` plays a run as `vidream video --cluster` would show it: look at it on
terminals of several widths, and on a pipe.
"""

import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from vidream.cluster.progress import ClusterProgress, NodeState, NodeStateName, PartEvent, RunningUnit
from vidream.cluster.units import Unit
from vidream.events import Event, StageEvent, StageName
from vidream.frames import Shot
from vidream.jobs.jobspec import JobSpec

LOOK = 0.5  # seconds between two looks at the nodes
DEAREST = 10.0  # what the first frame of a shot takes, in frames


@dataclass
class MadeUpNode:
    """A node that makes units as it is told here."""

    name: str
    pace: float = 2.0
    """Frames a second, of a unit, but for the first of a shot."""
    waking: float = 8.0
    """Seconds before the first frame of all."""
    sending: float = 0.0
    """Seconds before that."""
    room: int = 1
    dies: float = float("inf")
    """When."""
    comes: float = 0.0
    """When."""
    reason: str = ""
    """Why it is left out, from the beginning."""
    at: list["_At"] = field(default_factory=list)
    parts: int = 0
    frames: int = 0
    woken: int = 0
    """Of its places."""

    @property
    def state(self) -> NodeState:
        name: NodeStateName = "left out" if self.reason else "working" if self.at else "idle"
        return NodeState(self.name, name, self.room, self.parts, self.frames, self.reason)


@dataclass
class _At:
    unit: Unit
    ready: float
    sent: float
    done: float = 0.0

    @property
    def frames(self) -> int:
        """Whole frames: the first takes as long as ten."""
        return max(0, min(self.unit.frames or 1, int(self.done - DEAREST) + 1))


def units_of_film(lengths: Sequence[int], name: str = "film.mp4", source: str = "clips/source.mp4") -> list[Unit]:
    """A film in parts of so many frames each."""
    spec, units, first = JobSpec("it", "video", source, Path(name)), [], 0
    for length in lengths:
        units.append(Unit(0, spec, Shot(first, first + length - 1), first, length))
        first += length
    return units


def played(
    nodes: Sequence[MadeUpNode],
    units: Sequence[Unit],
    *,
    earlier: int = 0,
    total: int | None = None,
    found: float = 0.0,
) -> Iterator[tuple[float, Event]]:
    """(time, event) of a run; times are seconds since it began.

    Args:
        nodes: who makes it.
        units: what is made, in this order.
        earlier: frames that an earlier run has made.
        total: frames, as the source says; None: it does not, and they are counted as units are found.
        found: seconds that finding each unit takes.
    """
    at, fresh, waiting, left = 0.0, 0, [], [*units]
    while left or waiting or any(node.at for node in nodes):
        while left and (len(units) - len(left)) * found <= at:
            waiting.append(left.pop(0))
        alive = [node for node in nodes if node.comes <= at < node.dies and not node.reason]
        for node in nodes:
            if node.dies <= at:
                waiting[:0], node.at = [each.unit for each in node.at], []
        for node in alive:
            while waiting and len(node.at) < node.room:
                wake = 0.0 if node.woken >= node.room else node.waking + node.sending
                node.at.append(_At(waiting.pop(0), at + wake, at + (node.sending if wake else 0)))
                node.woken += wake > 0
        at += LOOK
        for node in alive:
            for each in [*node.at]:
                each.done += node.pace * min(LOOK, max(0.0, at - each.ready))
                if each.done >= (each.unit.frames or 1) - 1 + DEAREST:
                    node.at.remove(each)
                    frames = each.unit.frames or 1
                    node.parts, node.frames, fresh = node.parts + 1, node.frames + frames, fresh + frames
                    yield at, PartEvent(each.unit, frames, node.name)
        running = tuple(_running(node, each, at) for node in alive for each in node.at)
        known = sum(unit.frames or 0 for unit in units[: len(units) - len(left)])
        yield (
            at,
            ClusterProgress(
                running=tuple(sorted(running, key=lambda each: each.unit.first)),
                frames=earlier + fresh + sum(each.frames for each in running),
                total=earlier + known if total is None else total,
                nodes=tuple(node.state for node in nodes if node.comes <= at < node.dies),
                waiting=len(waiting),
                fresh=fresh,
            ),
        )


def _running(node: MadeUpNode, each: _At, at: float) -> RunningUnit:
    stage: StageName | None = None
    if at < each.sent:
        stage = "sending"
    elif at < each.ready:
        stage = "waking the network"
    return RunningUnit(each.unit, node.name, each.frames, stage)


def beginning(source: Path, nodes: int) -> Iterator[tuple[float, Event]]:
    """What comes before any node is at work."""
    states = tuple(NodeState(f"node{number} 10.0.0.{number}:6379", "asked", 1, 0, 0) for number in range(nodes))
    yield 1.5, StageEvent("connecting", "head.example:6379")
    yield 3.0, StageEvent("asking nodes")
    yield 3.1, ClusterProgress((), 0, 406, states)
    yield 5.0, StageEvent("finding shots", source)


def play(*, nodes: bool, speed: float = 1.0) -> None:
    """Show a run here, so many times as fast as it would be."""
    from vidream.cli.farm_screen import showing
    from vidream.cli.output import Console

    source = Path("a film with quite a long name, its second take.mp4")
    made = [
        MadeUpNode("ip-10-0-12-101.ec2.internal 10.0.12.101:41429", sending=4, room=2),
        MadeUpNode("node2 10.0.0.2:41430", pace=4),
        MadeUpNode("node3 10.0.0.3:41431", dies=25),
        MadeUpNode("node4 10.0.0.4:1", reason="no ffmpeg found: pip install imageio-ffmpeg, or put ffmpeg on the PATH"),
    ]
    units = units_of_film([48, 60, 52, 80, 48, 48, 70], source.name.replace("film", "dream"), str(source))
    last = 0.0
    with showing(Console(stderr=True), f"looking at {source.name}", nodes=nodes) as (_, listen):
        later = ((at + 6, event) for at, event in played(made, units, total=406, found=1.0))
        for at, event in (*beginning(source, 4), *later):
            time.sleep(max(0.0, at - last) / speed)
            last = at
            listen(event)


if __name__ == "__main__":
    play(nodes="--nodes" in sys.argv, speed=4.0 if "--fast" in sys.argv else 1.0)
