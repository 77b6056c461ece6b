"""Who makes what: the nodes of a run, their room, the units and the attempts at them. It has no cluster and no clock.

A unit is in the hands of one attempt, as a rule. It has another when its node has been silent for too long, when a node
is gone or has trouble of its own, and in the end, when one is far slower than the others were; the first answer counts.
"""

from collections import deque
from collections.abc import Callable, Collection, Iterator, Mapping
from statistics import median

from vidream.cluster.farm import Node
from vidream.cluster.progress import RunningUnit
from vidream.cluster.roster import Roster
from vidream.cluster.standing import Attempt, Failure, Known, Place, could, why_nobody
from vidream.cluster.units import Refusal, Unit
from vidream.cluster.waiting import Waiting
from vidream.events import FrameEvent, StageEvent

GAP = 5.0
"""Seconds between two looks at the board above which it was the driver that slept, and nobody was silent."""
SAY_SO = 2
"""Nodes that must refuse a unit before it is the job's own fault."""
ALL_FULL = 4
"""Nodes that must refuse it for what looks like their own trouble: it may be that it fills every disk."""
AGAIN = 3
"""Times that a unit's process may end without an answer on one node; and units, in a row, whose processes end there."""
LOSSES = 10
"""Times that it may do so on all nodes together: they may die of it."""
SLOW = 2.0
"""Times what others took, after which a unit has a second attempt where nothing else is to be done."""
LEAST_SLOW = 30.0
"""Seconds that a unit may take in any case."""


class Board:
    """The state of one run; whoever calls says what time it is, in seconds of any clock."""

    def __init__(self, cores: int, on_gpu: bool = False, say: Callable[[str], None] = lambda _: None) -> None:
        """Empty.

        Args:
            cores: of a CPU for each unit, where there are no GPUs.
            on_gpu: each unit has a GPU.
            say: called with a sentence for a person, each once.
        """
        self.roster = Roster(cores, on_gpu, say)
        self.attempts: dict[int, Attempt] = {}
        self._units: dict[int, Known] = {}
        self._waiting = Waiting()
        self._count = self._tries = 0
        self._paces: deque[float] = deque(maxlen=100)  # seconds for each unit of work
        self._looked: float | None = None

    # Nodes

    def see(self, nodes: Mapping[str, Node]) -> list[str]:
        """Take the nodes that are alive, and return those that are new: they are to be asked."""
        new, gone = self.roster.see(nodes)
        for key in gone:
            for attempt in [*self.places[key].attempts]:
                self._end(attempt)
        return new

    @property
    def places(self) -> dict[str, Place]:
        """Every node that has been seen and does work, by id."""
        return self.roster.places

    # Units

    def add(self, unit: Unit) -> int:
        """A unit is to be made; its number."""
        self._count += 1
        self._units[self._count] = Known(unit)
        self._waiting.add(self._count, unit.weight)
        return self._count

    def drop(self, numbers: Collection[int]) -> list[int]:
        """Units are not wanted any more: the attempts to be stopped."""
        stopped = []
        for number in numbers:
            known = self._units.pop(number, None)
            self._waiting.discard(number)
            for attempt in known.attempts if known is not None else ():
                stopped.append(attempt)
                self._take_away(attempt)
        return stopped

    @property
    def waiting(self) -> int:
        """How many units nobody is at."""
        return len(self._waiting)

    @property
    def unmade(self) -> int:
        """How many units are not made yet."""
        return len(self._units)

    def unit(self, number: int) -> Unit:
        """A unit that is not made yet, by its number."""
        return self._units[number].unit

    def running(self) -> tuple[RunningUnit, ...]:
        """What nodes are at, in the order of units."""
        ordered = sorted(self.attempts.values(), key=lambda attempt: (attempt.unit, attempt.number))
        return tuple(
            RunningUnit(self.unit(each.unit), self.places[each.node].node.name, each.frames, each.stage)
            for each in ordered
            if not each.silent
        )

    # Who makes what

    def choose(self, now: float) -> Iterator[Attempt]:
        """New attempts: free nodes get the units that wait, and in the end second attempts at slow ones."""
        places = self.places.items()
        free = {key: place for key, place in places if place.state == "ready" and len(place.attempts) < place.room}
        put_back = list[tuple[int, float]]()
        while free and len(put_back) < 100 and (first := self._waiting.take()):  # a look at more would take too long
            known = self._units[first[0]]
            if self._in_hand(known):  # it was silent, and is heard again
                continue
            node = self._best(free, known)
            if node is None:
                put_back.append(first)
                continue
            yield self._begin(first[0], node, now)
            if not free[node].is_free:
                del free[node]
        for number, weight in put_back:
            self._waiting.add(number, weight)
        if free and not self._waiting:
            yield from self._second_attempts(free, now)

    def _best(self, free: Mapping[str, Place], known: Known) -> str | None:
        """The node with the most room left that can make a unit, is not at it, and has not refused it."""
        at_it = {self.attempts[each].node for each in known.attempts}
        able = [key for key, place in free.items() if key not in at_it and could(place, known)]
        return max(able, key=lambda key: free[key].room - len(free[key].attempts), default=None)

    def _second_attempts(self, free: dict[str, Place], now: float) -> Iterator[Attempt]:
        if len(self._paces) < 2:
            return
        pace = median(self._paces)
        slow = [
            each
            for each in self.attempts.values()
            if len(self._units[each.unit].attempts) == 1
            and now - each.began > max(LEAST_SLOW, SLOW * pace * self.unit(each.unit).work)
        ]
        for each in sorted(slow, key=lambda attempt: attempt.began):
            node = self._best(free, self._units[each.unit])
            if node is not None:
                yield self._begin(each.unit, node, now)
                if not free[node].is_free:
                    del free[node]

    def _begin(self, number: int, node: str, now: float) -> Attempt:
        self._tries += 1
        attempt = Attempt(self._tries, number, node, now, now)
        self.attempts[attempt.number] = attempt
        self.places[node].attempts.add(attempt.number)
        self._units[number].attempts.add(attempt.number)
        return attempt

    # What comes of it

    def heard(self, attempt: int, event: object, now: float) -> None:
        """An attempt has told something."""
        known = self.attempts.get(attempt)
        if known is None:
            return
        known.heard, known.has_begun, known.silent = now, True, False
        place = self.places[known.node]
        if place.state == "silent":
            place.state = "ready"
        if isinstance(event, FrameEvent):
            known.frames, known.stage = event.frames - self.unit(known.unit).first, None
        elif isinstance(event, StageEvent):
            known.stage = event.stage

    def made(self, attempt: int, frames: int, now: float) -> tuple[int, list[int]] | None:
        """An attempt has made its unit: its number, and the attempts that are not wanted any more. None: it is late."""
        known = self.attempts.get(attempt)
        if known is None:
            return None
        place, work = self.places[known.node], self.unit(known.unit).work
        if work:
            self._paces.append((now - known.began) / work)
        place.parts, place.frames = place.parts + 1, place.frames + frames
        place.lost.clear()
        self._take_away(attempt)
        if place.state == "silent":
            place.state = "ready"
        return known.unit, self.drop([known.unit])

    def refused(self, attempt: int, refusal: Refusal) -> Failure | None:
        """A node cannot make a unit: another gets it; unless enough of them say so, or nobody else can."""
        known = self.attempts.get(attempt)
        if known is None:
            return None
        unit, place = self._units[known.unit], self.places[known.node]
        unit.refusals[known.node] = f"node {place.node.name}: {refusal.reason}"
        self._take_away(attempt)
        if refusal.of_node:
            unit.excused.add(known.node)
            self.roster.leave_out(known.node, refusal.reason)
        return self._given_on(known.unit)

    def lost(self, attempt: int, reason: str, *, memory: bool = False) -> Failure | None:
        """The process of an attempt has ended, or its node is gone."""
        known = self.attempts.get(attempt)
        if known is None:
            return None
        unit, place = self._units[known.unit], self.places[known.node]
        self._take_away(attempt)
        if memory and place.room > 1:
            place.room -= 1
            return self._given_on(known.unit)
        said = f"node {place.node.name}: {reason}"
        unit.losses.append(known.node)
        place.lost.add(known.unit)
        if memory or unit.losses.count(known.node) >= AGAIN:
            unit.refusals[known.node] = said
        if len(place.lost) >= AGAIN:
            self.roster.leave_out(known.node, f"its processes end ({reason}); look at its memory and its log")
        if len(unit.losses) >= LOSSES:
            return Failure(known.unit, said)
        return self._given_on(known.unit)

    def silence(self, now: float) -> list[str]:
        """Look who has been silent for too long, and has others do it. Returns the nodes that have become silent."""
        looked, self._looked = self._looked, now
        if looked is not None and now - looked > GAP:  # the driver slept, or its machine
            for each in self.attempts.values():
                each.heard += now - looked
        nodes = []
        for each in self.attempts.values():
            if not each.silent and now - each.heard > each.patience:
                each.silent = True
                place = self.places[each.node]
                if place.state == "ready":
                    place.state = "silent"
                    nodes.append(each.node)
                if not self._in_hand(self._units[each.unit]):
                    self._waiting.add(each.unit)
        return nodes

    def hopeless(self) -> list[Failure]:
        """Units that wait, and that no node of this run can make: one of each output."""
        if not any(place.check and place.state in ("ready", "silent") for place in self.places.values()):
            return []  # it is not for them that nobody is there
        failures: dict[int, Failure] = {}
        for number in self._waiting:
            known = self._units[number]
            if known.unit.item not in failures and not self._in_hand(known) and not self._anyone(known):
                failures[known.unit.item] = Failure(number, why_nobody(known, self.places))
        return [*failures.values()]

    def _given_on(self, number: int) -> Failure | None:
        """A unit that was not made waits again; or nobody makes it."""
        known = self._units[number]
        said = len(known.refusals)
        enough = said - len(known.excused) >= SAY_SO or said >= ALL_FULL
        if enough or (said and not self._in_hand(known) and not self._anyone(known)):
            for key in known.excused if said >= SAY_SO or not self.roster.may_help() else ():  # it may be the unit
                self.roster.take_in_again(key)
            return Failure(number, "; ".join(known.refusals.values()))
        if not self._in_hand(known):
            self._waiting.add(number)
        return None

    def _anyone(self, known: Known) -> bool:
        """Whether a node that takes part, or may soon, can make a unit."""
        return any(
            place.state == "asked" or (place.state in ("ready", "silent") and could(place, known))
            for place in self.places.values()
        )

    def _in_hand(self, known: Known) -> bool:
        """Whether a node is at a unit that is heard of."""
        return any(not self.attempts[each].silent for each in known.attempts)

    def _end(self, attempt: int) -> None:
        """An attempt is over, for no fault of its unit's."""
        number = self.attempts[attempt].unit
        self._take_away(attempt)
        if not self._in_hand(self._units[number]):
            self._waiting.add(number)

    def _take_away(self, attempt: int) -> None:
        known = self.attempts.pop(attempt)
        self.places[known.node].attempts.discard(attempt)
        if known.unit in self._units:
            self._units[known.unit].attempts.discard(attempt)
