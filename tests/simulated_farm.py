"""A farm made up for tests: nodes that work, die, freeze and are full, on a clock of its own, all from one seed.

It keeps what `vidream.cluster.farm.Farm` promises, and a record of who was busy when, and of what was done about
trouble.
"""

import heapq
import random
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any, Literal, TypeAlias

import numpy as np

from vidream.cluster.farm import MEMORY, Answered, Asked, Lost, News, Node, NodeCheck, Told
from vidream.cluster.units import Answer, Refusal, RenderedPicture, Unit
from vidream.events import FrameEvent, StageEvent
from vidream.version import __version__

LOOK = 0.5
"""Seconds between two letters of how far a unit is, on a small farm."""
LETTERS = 200
"""Letters a second of how far units are, on a large one."""
BEAT = 3.0
"""Seconds between two signs of life of an attempt."""
KNOWN_DEAD = 64.0
"""Seconds after which Ray calls a node dead that is silent."""
NOTHING_SEEN = np.zeros((1, 1, 3), np.uint8)

What: TypeAlias = Literal["dies", "vanishes", "freezes", "thaws", "fills", "slows", "loses a worker"]
"""dies: its connection breaks; vanishes: the same, and no word of what it was at ever comes; freezes: says nothing
more, and is listed until KNOWN_DEAD; fills: its disk does; slows: to a tenth; loses a worker: a process of it ends.
"""
State: TypeAlias = Literal["away", "up", "frozen", "dead"]


@dataclass(frozen=True)
class Trouble:
    """Something that happens to a node."""

    at: float
    """When, s."""
    what: What
    """What happens."""


@dataclass
class Machine:
    """A made-up node, and how it is now."""

    node: Node
    """As the cluster lists it."""
    speed: float = 1.0
    """How fast it is; 1: usual."""
    answer: float = 1.0
    """Seconds until it says what it is."""
    wake: float = 8.0
    """Seconds until a process of it begins with its first unit."""
    check: NodeCheck | None = field(default_factory=lambda: NodeCheck(__version__, (), "native 1 avx2", "avx2"))
    """What it says when it is asked; None: vidream cannot run there."""
    comes: float = 0.0
    """When it joins the cluster, s."""
    troubles: Sequence[Trouble] = ()
    """What happens to it."""
    refuses: str = ""
    """What it says of every unit, as if that were the unit's trouble."""
    listed: bool = False
    state: State = "away"
    full: bool = False
    awake: int = 0
    able: float = 0.0
    """Seconds in which it could have worked, until `since`."""
    since: float = 0.0
    attempts: dict[int, "_Attempt"] = field(default_factory=dict)


@dataclass(frozen=True)
class Span:
    """An attempt that has ended, however it did."""

    node: str
    unit: tuple[int, int]
    began: float
    ended: float
    waking: float
    """Seconds of it before the first frame."""
    how: Literal["made", "made again", "refused", "lost", "stopped"]
    """made again: another attempt was first."""


@dataclass
class _Attempt:
    number: int
    machine: Machine
    unit: Unit
    began: float
    left: float
    """Seconds of work until it answers, at the node's usual speed."""
    since: float
    """When `left` was true."""
    waking: float
    """Seconds of `left` before its first frame, when it began."""
    turn: int = 0
    """Counts changes: what was foreseen before one does not happen."""
    total: float = 0.0


def key(unit: Unit) -> tuple[int, int]:
    """What names a unit: its item, and its first frame."""
    return unit.item, unit.first


class SimulatedFarm:
    """Machines that make units in no time at all, and tell of it as real ones would."""

    def __init__(
        self,
        machines: Sequence[Machine],
        seconds: Callable[[Unit], float],
        seed: int = 1,
        refusal: Callable[[Unit], str] = lambda unit: "",
        too_large: Callable[[Unit], bool] = lambda unit: False,
        answer: Callable[[Unit], Answer] = lambda unit: RenderedPicture(b""),
    ) -> None:
        """Nothing has happened yet.

        Args:
            machines: the nodes, those that come later among them.
            seconds: that a unit takes on a usual node that is awake.
            seed: of everything that is drawn here.
            refusal: why no node can make a unit; "": all can.
            too_large: whether a unit fills the disk of any node.
            answer: what a node sends for a unit.
        """
        self.machines = {machine.node.id: machine for machine in machines}
        self.seconds, self.refusal, self.answer = seconds, refusal, answer
        self.too_large = too_large
        self.random = random.Random(seed)
        self.clock = 0.0
        self.offered: set[Path] = set()
        self.spans: list[Span] = []
        self.made: Counter[tuple[int, int]] = Counter()
        self.troubles: list[tuple[float, str, str]] = []
        """When, what, which node."""
        self.starts: dict[tuple[int, int], list[tuple[float, str]]] = defaultdict(list)
        """When and where each unit was begun."""
        self.at_work: dict[tuple[float, str, str], list[tuple[int, int]]] = {}
        """The units that a node was at when it was in trouble."""
        self.calls: Counter[str] = Counter()
        self.letters = 0
        self.cpu = 0.0
        """Seconds of CPU that the farm itself has taken, which are not the driver's."""
        self._attempts: dict[int, _Attempt] = {}
        self._due: list[tuple[float, int, Callable[[], News | None]]] = []
        self._order = count()
        self._told: list[News] = []
        self._nodes: dict[str, Node] = {}
        for machine in machines:
            self._later(machine.comes, partial(self._joins, machine))
            for trouble in machine.troubles:
                self._later(trouble.at, partial(self._happens, machine, trouble.what))
        self._run_until(0.0)

    # What a driver asks

    def now(self) -> float:
        return self.clock

    def nodes(self) -> Mapping[str, Node]:
        self.calls["nodes"] += 1
        return self._nodes

    def ask(self, node: str, paths: Collection[str]) -> None:
        self.calls["ask"] += 1
        machine = self.machines[node]
        self._after(machine.answer, partial(self._says, machine))

    def offer(self, paths: Collection[Path]) -> None:
        self.offered |= set(paths)

    def withdraw(self, paths: Collection[Path]) -> None:
        self.offered -= set(paths)

    def start(self, attempt: int, node: str, unit: Unit) -> None:
        self.calls["start"] += 1
        assert attempt not in self._attempts, "numbers are used once"
        machine = self.machines[node]
        self.starts[key(unit)].append((self.clock, node))
        if machine.state == "dead":
            if self.random.random() < 0.5:  # else nothing comes of it
                self._after(1.0, lambda: Lost(attempt, "the node is gone"))
            return
        wake = machine.wake if machine.awake < 1 + len(machine.attempts) else 0.0
        work = self.seconds(unit) * self.random.uniform(0.9, 1.1)
        entry = _Attempt(attempt, machine, unit, self.clock, wake + work, self.clock, wake)
        entry.total = entry.left
        machine.attempts[attempt] = self._attempts[attempt] = entry
        if machine.state == "up":
            self._after(self.random.uniform(0.02, 0.2), partial(self._begins, entry))

    def stop(self, attempts: Collection[int]) -> None:
        for number in attempts:
            if (attempt := self._attempts.get(number)) is not None:
                self._ends(attempt, "stopped")

    def news(self, seconds: float) -> Iterable[News]:
        self.calls["news"] += 1
        began = time.process_time()
        news = self._run_until(self.clock + seconds)
        news, self._told = [*self._told, *news], []
        self.cpu += time.process_time() - began
        return news

    def hears(self) -> bool:
        return True

    # What happens

    def _later(self, when: float, what: Callable[[], News | None]) -> None:
        heapq.heappush(self._due, (when, next(self._order), what))

    def _after(self, seconds: float, what: Callable[[], News | None]) -> None:
        self._later(self.clock + seconds, what)

    def _run_until(self, end: float) -> list[News]:
        """What comes first but letters, which wait for it, and do not keep anybody from waiting until `end`."""
        while self._due and self._due[0][0] <= end:
            self.clock, _, what = heapq.heappop(self._due)
            event = what()
            if isinstance(event, Told):
                self.letters += 1
                self._told.append(event)
            elif event is not None:
                return [event]
        self.clock = max(self.clock, end)
        return []

    def able(self, machine: Machine) -> float:
        """Seconds in which a machine could have worked, until now."""
        works = machine.state == "up" and not machine.full and machine.check is not None
        return machine.able + (self.clock - machine.since if works else 0.0)

    def _becomes(self, machine: Machine, state: State) -> None:
        machine.able, machine.since = self.able(machine), self.clock
        machine.state = state

    def _joins(self, machine: Machine) -> None:
        self._becomes(machine, "up")
        self._list(machine, True)

    def _list(self, machine: Machine, listed: bool) -> None:
        machine.listed = listed
        self._nodes = {id: machine.node for id, machine in self.machines.items() if machine.listed}

    def _says(self, machine: Machine) -> News | None:
        if machine.state == "up":
            return Asked(machine.node.id, machine.check, "" if machine.check else "no module named vidream")
        if machine.state == "frozen":  # it is asked until it thaws
            self._after(1.0, partial(self._says, machine))
            return None
        return Asked(machine.node.id, None, "the node is gone")

    def _begins(self, attempt: _Attempt) -> News | None:
        machine = attempt.machine
        if attempt.number not in self._attempts or machine.state != "up":
            return None
        machine.awake = max(machine.awake, len(machine.attempts))
        reason = self.refusal(attempt.unit) or machine.refuses
        if machine.full or reason or self.too_large(attempt.unit):
            self._after(0.3, partial(self._refuses, attempt, reason))
        else:
            self._goes_on(attempt)
            if attempt.waking:
                self._after(0.0, lambda: Told(attempt.number, StageEvent("waking the network")))
        return Told(attempt.number, None)

    def _goes_on(self, attempt: _Attempt) -> None:
        """An attempt works from now on, as fast as its node is now."""
        attempt.turn += 1
        attempt.since = self.clock
        turn = attempt.turn
        self._after(attempt.left / attempt.machine.speed, partial(self._answers, attempt, turn))
        self._after(self._look(), partial(self._writes, attempt, turn))
        self._after(BEAT, partial(self._lives, attempt, turn))

    def _look(self) -> float:
        return max(LOOK, len(self._attempts) / LETTERS)

    def _halts(self, attempt: _Attempt) -> None:
        attempt.left -= (self.clock - attempt.since) * attempt.machine.speed
        attempt.since = self.clock
        attempt.turn += 1

    def _is_at(self, attempt: _Attempt, turn: int) -> bool:
        return attempt.turn == turn and attempt.number in self._attempts

    def _writes(self, attempt: _Attempt, turn: int) -> News | None:
        """A letter of how far it is."""
        if not self._is_at(attempt, turn):
            return None
        self._after(self._look(), partial(self._writes, attempt, turn))
        done = attempt.total - attempt.left + (self.clock - attempt.since) * attempt.machine.speed - attempt.waking
        if done <= 0:
            return None
        unit, frames = attempt.unit, attempt.unit.frames or 1
        number = int(frames * done / (attempt.total - attempt.waking))
        return Told(attempt.number, FrameEvent(unit.spec.out, unit.first + number, None, done, NOTHING_SEEN))

    def _lives(self, attempt: _Attempt, turn: int) -> News | None:
        if not self._is_at(attempt, turn):
            return None
        self._after(BEAT, partial(self._lives, attempt, turn))
        return Told(attempt.number, None)

    def _answers(self, attempt: _Attempt, turn: int) -> News | None:
        if not self._is_at(attempt, turn):
            return None
        unit = key(attempt.unit)
        self._ends(attempt, "made again" if self.made[unit] else "made")
        self.made[unit] += 1
        return Answered(attempt.number, self.answer(attempt.unit))

    def _refuses(self, attempt: _Attempt, reason: str) -> News | None:
        if attempt.number not in self._attempts or attempt.machine.state != "up":
            return None
        if not reason:
            self._troubled(attempt.machine, "fills", [key(attempt.unit)])
        self._ends(attempt, "refused")
        return Answered(attempt.number, Refusal(reason or "No space left on device", of_node=not reason))

    def _ends(self, attempt: _Attempt, how: Any) -> None:
        ended = self.clock if attempt.machine.state == "up" else attempt.since
        self.spans.append(Span(attempt.machine.node.id, key(attempt.unit), attempt.began, ended, attempt.waking, how))
        del self._attempts[attempt.number], attempt.machine.attempts[attempt.number]

    def _loses(self, attempt: _Attempt, reason: str) -> News | None:
        if attempt.number not in self._attempts:
            return None
        self._ends(attempt, "lost")
        return Lost(attempt.number, reason)

    def _troubled(self, machine: Machine, what: str, units: list[tuple[int, int]] | None = None) -> None:
        trouble = self.clock, what, machine.node.id
        self.troubles.append(trouble)
        self.at_work[trouble] = [key(a.unit) for a in machine.attempts.values()] if units is None else units

    def _happens(self, machine: Machine, what: What) -> None:
        if machine.state in {"dead", "away"}:
            return
        if what == "fills":  # a trouble as soon as a unit needs room
            self._becomes(machine, "up")
            machine.full = True
            for attempt in machine.attempts.values():
                self._halts(attempt)
                self._after(0.3, partial(self._refuses, attempt, ""))
            return
        if what == "thaws":
            if machine.state == "frozen":
                self._becomes(machine, "up")
                for attempt in machine.attempts.values():
                    self._goes_on(attempt)
            return
        self._troubled(machine, what)
        if what == "slows":
            for attempt in machine.attempts.values():
                self._halts(attempt)
            machine.speed /= 10
            for attempt in machine.attempts.values():
                self._goes_on(attempt)
        elif what == "loses a worker":
            for attempt in list(machine.attempts.values())[:1]:
                self._halts(attempt)
                machine.awake -= 1
                self._after(0.2, partial(self._loses, attempt, "the worker died"))
        else:
            for attempt in machine.attempts.values():
                self._halts(attempt)
            self._becomes(machine, "frozen" if what == "freezes" else "dead")
            self._after(KNOWN_DEAD if what == "freezes" else 0.7, partial(self._known_dead, machine, what))

    def _known_dead(self, machine: Machine, what: str) -> None:
        if what == "freezes" and machine.state != "frozen":
            return  # it has thawed
        self._becomes(machine, "dead")
        self._list(machine, False)
        for attempt in list(machine.attempts.values()):
            if what == "vanishes":
                self._ends(attempt, "lost")
            else:
                self._after(0.3, partial(self._loses, attempt, "the node died"))


def machines(
    number: int,
    seed: int = 1,
    *,
    cores: int = 2,
    spread: float = 0.2,
    wake: float = 8.0,
) -> list[Machine]:
    """Nodes of drawn speeds that answer and wake in drawn times.

    Args:
        number: how many.
        seed: of what is drawn.
        cores: of each.
        spread: standard deviation of the natural logarithm of their speeds; 0: all are equal.
        wake: seconds until a process begins with its first unit, in the middle.
    """
    draw = random.Random(seed)
    return [
        Machine(
            Node(f"node{index:04}", f"host{index:04} 10.0.{index // 256}.{index % 256}:1", cores, 0, 8 * MEMORY),
            speed=draw.lognormvariate(0, spread),
            answer=draw.uniform(0.3, 4),
            wake=wake * draw.uniform(0.7, 1.5),
        )
        for index in range(number)
    ]
