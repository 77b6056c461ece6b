"""What a run on a cluster tells: how far everything is, and what has come back."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from vidream.cluster.units import Unit
from vidream.events import Event, StageName

NodeStateName: TypeAlias = Literal["asked", "idle", "working", "silent", "left out", "gone"]
"""A node is asked whether it can take part; has nothing to do; makes units; has not been heard of for a while; cannot
take part, for a reason that was said; is no more in the cluster.
"""


@dataclass(frozen=True)
class RunningUnit:
    """A unit that a node is at."""

    unit: Unit
    """What is made."""
    node: str
    """The name of the node."""
    frames: int
    """Output frames of it that are done."""
    stage: StageName | None = None
    """What is done now, where that is not frames: "waking the network", "sending", "listening"; None: frames."""


@dataclass(frozen=True)
class NodeState:
    """How a node is, and what it has made."""

    name: str
    """For a person."""
    state: NodeStateName
    """How it is."""
    room: int
    """Units that it makes at a time."""
    parts: int
    """Units of it that are safe."""
    frames: int
    """Output frames of those."""
    reason: str = ""
    """Why it is left out."""


@dataclass(frozen=True)
class ClusterProgress(Event):
    """How far everything is; told twice a second."""

    running: tuple[RunningUnit, ...]
    """Units under way."""
    frames: int
    """Output frames that are done in all, those of units under way and of earlier runs among them."""
    total: int
    """Output frames in all, as far as can be known."""
    nodes: tuple[NodeState, ...]
    """Every node that has been seen and does work, those that are gone or left out among them."""
    waiting: int = 0
    """Units that are known, and that nobody is at yet."""
    fresh: int = 0
    """Of `frames`: those that this run has made, of units that are safe."""

    @property
    def at_work(self) -> int:
        """How many nodes make units."""
        return sum(node.state == "working" for node in self.nodes)


@dataclass(frozen=True)
class PartEvent(Event):
    """A part of a film, or all of a job that is not cut up, has come back and is safe."""

    unit: Unit
    """What was made."""
    frames: int
    """How many output frames it has."""
    node: str = ""
    """The name of the node that made it."""
