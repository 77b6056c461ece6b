"""What a run on a cluster tells: how far everything is, and what has come back."""

from dataclasses import dataclass

from vidream.cluster.units import Unit
from vidream.events import Event


@dataclass(frozen=True)
class RunningUnit:
    """A unit that a node is at."""

    unit: Unit
    """What is made."""
    node: str
    """The name of the node."""
    frames: int
    """Output frames of it that are done."""


@dataclass(frozen=True)
class ClusterProgress(Event):
    """How far everything is; told twice a second."""

    running: tuple[RunningUnit, ...]
    """Units under way."""
    frames: int
    """Output frames that are done in all, those of units under way among them."""
    total: int
    """Output frames in all, as far as can be known."""
    nodes: int
    """How many nodes the cluster has now."""


@dataclass(frozen=True)
class PartEvent(Event):
    """A part of a film, or all of a job that is not cut up, has come back and is safe."""

    unit: Unit
    """What was made."""
    frames: int
    """How many output frames it has."""
