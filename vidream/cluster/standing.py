"""How the nodes of a run stand, and its units, and the attempts of nodes at units."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from vidream.cluster.farm import Node, NodeCheck
from vidream.cluster.progress import NodeState, NodeStateName
from vidream.cluster.units import Unit
from vidream.dream.choice import TENSORFLOW
from vidream.events import StageName

SILENCE = 15.0
"""Seconds without a word of a unit under way, after which another node gets it: five heartbeats."""
FIRST_WORD = 30.0
"""Seconds until the first word of a unit: a process begins, and loads what dreams."""
COMING_BACK = 300.0
"""Seconds without a word of a unit that is made, and on its way: a process that has ended says nothing."""


@dataclass
class Attempt:
    """A node at a unit."""

    number: int
    """Of this attempt."""
    unit: int
    """Number of the unit."""
    node: str
    """Id of the node."""
    began: float
    """When it was given to it."""
    heard: float
    """When something was heard of it last; or it was given to it."""
    has_begun: bool = False
    """Whether anything was heard."""
    silent: bool = False
    """Whether it has been silent for too long."""
    frames: int = 0
    """Output frames that are done."""
    stage: StageName | None = None
    """What is done, before frames are, or after them."""

    @property
    def patience(self) -> float:
        """Seconds without a word of it, after which another node gets its unit."""
        if self.stage == "sending back":
            return COMING_BACK
        return SILENCE if self.has_begun else FIRST_WORD


@dataclass
class Place:
    """A node on the board."""

    node: Node
    """The node."""
    room: int
    """Units that it makes at a time."""
    state: Literal["asked", "ready", "silent", "left out", "gone"] = "asked"
    """How it is."""
    check: NodeCheck | None = None
    """What it has said of itself."""
    reason: str = ""
    """Why it is left out."""
    attempts: set[int] = field(default_factory=set)
    """Numbers of what it is at."""
    parts: int = 0
    """Units that are safe."""
    frames: int = 0
    """Output frames of those."""
    lost: set[int] = field(default_factory=set)
    """Numbers of units whose processes have ended there, since one has answered."""

    @property
    def is_free(self) -> bool:
        """Whether it takes another unit."""
        return self.state == "ready" and len(self.attempts) < self.room

    def shown(self) -> NodeState:
        """As progress tells it."""
        state: NodeStateName = "idle"
        if self.state != "ready":
            state = self.state
        elif self.attempts:
            state = "working"
        return NodeState(self.node.name, state, self.room, self.parts, self.frames, self.reason)


@dataclass
class Known:
    """A unit on the board."""

    unit: Unit
    """What is to be made."""
    attempts: set[int] = field(default_factory=set)
    """Numbers of those under way."""
    refusals: dict[str, str] = field(default_factory=dict)
    """Why nodes have refused it, by their ids."""
    excused: set[str] = field(default_factory=set)
    """Those of them that have said that it was trouble of their own."""
    losses: list[str] = field(default_factory=list)
    """The node of each attempt that has ended without an answer."""


@dataclass(frozen=True)
class Failure:
    """A unit that nobody makes."""

    number: int
    """Of the unit."""
    reason: str
    """Why, on one line."""


def could(place: Place, known: Known) -> bool:
    """Whether a node can make a unit, as far as is known of both."""
    check, engine = place.check, known.unit.engine
    if check is None or place.node.id in known.refusals or known.unit.needs & {*check.unseen}:
        return False
    if engine not in ("", TENSORFLOW):
        return engine == check.native
    return known.unit.processor in ("", check.tensorflow)


def why_nobody(known: Known, places: Mapping[str, Place]) -> str:
    """Why no node makes a unit, on one line."""
    if known.refusals:
        return "; ".join(known.refusals.values())
    checks = [place.check for place in places.values() if place.check]
    unseen = known.unit.needs & {path for check in checks for path in check.unseen}
    if unseen:
        return f"no node sees {min(unseen)}; put it into a folder that all nodes share"
    engine = " on ".join(part for part in (known.unit.engine, known.unit.processor) if part)
    return f"no node has the engine {engine}, with which it was begun"
