"""What a run asks of machines that work together, and what they say: Ray's, or made-up ones in a test.

The run decides which node makes which unit (`board`); a Farm does as it says, and brings the news.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeAlias

from vidream.cluster.units import Answer, Unit
from vidream.errors import RenderError
from vidream.events import Event

MEMORY = 2 * 2**30
"""Bytes that a unit is allowed, where its job does not say that it needs more."""


class FarmGone(RenderError):  # noqa: N818 (nothing is wrong here)
    """The cluster cannot go on: its head is gone, or all of its nodes. What has come back stays."""


@dataclass(frozen=True)
class Node:
    """A machine of the cluster."""

    id: str
    """The cluster's own."""
    name: str
    """For a person: host and address."""
    cores: float
    """Of its CPUs, as the cluster counts them; 0 for a head that does no work."""
    gpus: float
    """How many."""
    memory: float
    """Bytes."""

    def room(self, cores: int, on_gpu: bool) -> int:
        """How many units it makes at a time: of so many cores each, or of a GPU."""
        places = int(self.gpus) if on_gpu else int(self.cores // cores)
        return min(places, int(self.memory // MEMORY))


@dataclass(frozen=True)
class NodeCheck:
    """What a node says when it is asked whether it can take part."""

    version: str
    """Of vidream, there."""
    problems: tuple[str, ...] = ()
    """What it lacks of what any unit needs, each in words, with what to do."""
    native: str = ""
    """The label of its native engine; "" where it has none."""
    processor: str = ""
    """What TensorFlow's bytes depend on: see vidream.dream.processor.processor_kind."""
    unseen: tuple[str, ...] = ()
    """Of the files and folders that it must have itself: those that it does not see."""

    @property
    def tensorflow(self) -> str:
        """Of which kind the frames are that it makes by TensorFlow; the native part fetches between pixels, too."""
        return self.processor if self.native else f"{self.processor}, without the native part"


@dataclass(frozen=True)
class Asked:
    """A node has answered whether it can take part, or cannot answer."""

    node: str
    """Its id."""
    check: NodeCheck | None
    """What it says; None: vidream cannot run there."""
    reason: str = ""
    """Why it cannot."""


@dataclass(frozen=True)
class Told:
    """A node tells of a unit that it is at."""

    attempt: int
    """Number of the attempt."""
    event: Event | None
    """What the unit has told; None: it has begun, or is alive."""


@dataclass(frozen=True)
class Answered:
    """A node has made a unit, or says why it cannot."""

    attempt: int
    """Number of the attempt."""
    answer: Answer
    """What it sends."""


@dataclass(frozen=True)
class Lost:
    """An attempt has ended without an answer: its process is gone, or its node."""

    attempt: int
    """Its number."""
    reason: str
    """What is known of it."""
    memory: bool = False
    """Whether it was ended because the node's memory was full."""


News: TypeAlias = Asked | Told | Answered | Lost


class Offers(Protocol):
    """Who lets nodes read files of the driver's."""

    def offer(self, paths: Collection[Path]) -> None:
        """Let nodes read these files, until they are withdrawn.

        Raises:
            MediaError: one cannot be read.
        """

    def withdraw(self, paths: Collection[Path]) -> None:
        """Let nodes read these files no more."""


class Farm(Offers, Protocol):
    """Machines that make units. No method waits, but `news`; none raises for what goes wrong on a node."""

    def now(self) -> float:
        """Seconds of a clock that only goes forward."""

    def nodes(self) -> Mapping[str, Node]:
        """The nodes that are alive, by id, as far as is known.

        Raises:
            FarmGone: the cluster's head is gone.
        """

    def ask(self, node: str, paths: Collection[str]) -> None:
        """Have a node say what it is; `paths`: what it must have itself. An Asked is the answer."""

    def start(self, attempt: int, node: str, unit: Unit) -> None:
        """Have a node make a unit. Told, then an Answered or a Lost, will come; of a dead node late, or never."""

    def stop(self, attempts: Collection[int]) -> None:
        """End attempts at once; nothing more comes of them."""

    def news(self, seconds: float) -> Iterable[News]:
        """What has come; waits so long at most for the first."""

    def hears(self) -> bool:
        """Whether what nodes tell comes through at the moment; else nobody can be said to be silent."""
