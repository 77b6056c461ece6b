"""How fast nodes make frames, and how long the rest will take them."""

import heapq
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import ceil
from typing import TypeAlias

from vidream.cluster.progress import ClusterProgress, PartEvent, RunningUnit
from vidream.cluster.units import Unit
from vidream.events import StageName

BEFORE_FRAMES: dict[StageName, float] = {
    "connecting": 60.0,
    "reading": 60.0,
    "sending": 60.0,
    "finding shots": 60.0,
    "waking the network": 60.0,
    "listening": 240.0,
}
"""Stages in which a unit makes no frame, and seconds that each may take: where no more is left, nothing is said."""
ENOUGH = 24
"""Frames that have to be measured before anything is said: a shot's first takes ten times as long as the next."""
KEPT = 0.8
"""What a node's past weighs after each part that comes home."""
PRIOR = 8.0
"""Frames that all nodes' pace weighs beside a node's own."""
GROWING = 30.0
"""Seconds for which the number of frames counts as not known, after it has grown."""
FEW = 4
"""Frames that have to be measured of a node, before its pace is known."""
KNOWN = 2
"""Units whose pace has to be known, for each of which it is not."""
ROUNDS = 3
"""Parts for each place that are dealt out one by one; what comes before these is divided."""

Key: TypeAlias = tuple[str, int, int]
"""Node, item and first frame of a unit under way."""


@dataclass
class _Run:
    """A unit under way."""

    is_first: bool
    """Of its process, as far as can be known: its first frame pays for the start, too, and is left out."""
    since: float
    """When its frame at hand was begun."""
    frames: int = 0
    """That are done."""
    counts: bool = False
    """Whether its time is that of frames."""
    is_dark: bool = False
    """Whether its first frames are being made, by a node of which nobody knows how fast it is."""


@dataclass
class _Tally:
    """What has been measured of a node; older parts weigh less."""

    frames: float = 0.0
    """Made while it was measured."""
    busy: float = 0.0
    """Seconds that its units took for them, all together."""
    wall: float = 0.0
    """Seconds in which it made any."""
    begun: int = 0
    """Units."""
    counting: int = 0
    """Units of it whose time is that of frames now."""
    at: float = 0.0
    """Until when it is measured."""

    def pass_to(self, at: float) -> None:
        """Time goes on for what is under way."""
        seconds, self.at = at - self.at, at
        if self.counting:
            self.wall += seconds
            self.busy += seconds * self.counting


@dataclass(order=True)
class _Place:
    """Where a unit is made, and then the next."""

    seconds: float
    """Until it is free."""
    pace: float
    """Frames a second."""
    frames: int = 0
    """That are left of what it is at."""


class FarmPace:
    """A cluster's pace, from what it tells: how fast each node makes frames, and what is left.

    Times are seconds of any clock.
    """

    def __init__(self) -> None:
        self._at = 0.0
        self._runs: dict[Key, _Run] = {}
        self._tallies: dict[str, _Tally] = {}
        self._measured = 0
        self._grown: float | None = None  # when the total grew last
        self._last: ClusterProgress | None = None

    def see(self, progress: ClusterProgress, at: float) -> None:
        """Take what is told at a time."""
        self._at = at
        for tally in self._tallies.values():
            tally.pass_to(at)
        if self._last is not None and 0 < self._last.total < progress.total:
            self._grown = at
        rooms = {node.name: node.room for node in progress.nodes}
        runs: dict[Key, _Run] = {}
        for running in progress.running:
            key, tally = _key(running.unit, running.node), self._tally(running.node)
            run = self._runs.get(key)
            if run is None:
                tally.begun += 1
                run = _Run(tally.begun <= rooms.get(running.node, 1), at)
            self._count(run, tally, running.frames)
            is_ready = running.stage not in BEFORE_FRAMES
            run.counts = is_ready and (running.frames > 0 or not run.is_first)
            run.is_dark = is_ready and run.is_first and tally.frames < FEW
            runs[key] = run
        counting = Counter(node for (node, _, _), run in runs.items() if run.counts)
        for name, tally in self._tallies.items():
            tally.counting = counting[name]
        self._runs, self._last = runs, progress

    def see_part(self, part: PartEvent, at: float) -> None:
        """Take that a part has come home at a time."""
        self._at = at
        run, tally = self._runs.pop(_key(part.unit, part.node), None), self._tally(part.node)
        tally.pass_to(at)
        if run is not None:
            self._count(run, tally, part.frames)
            tally.counting -= run.counts
        tally.frames, tally.busy, tally.wall = KEPT * tally.frames, KEPT * tally.busy, KEPT * tally.wall

    def _count(self, run: _Run, tally: _Tally, frames: int) -> None:
        if run.counts and frames > run.frames:
            tally.frames += frames - run.frames
            self._measured += frames - run.frames
        if frames > run.frames:
            run.since = self._at
        run.frames = frames

    def _tally(self, node: str) -> _Tally:
        if node not in self._tallies:
            self._tallies[node] = _Tally(at=self._at)
        return self._tallies[node]

    def of_node(self, node: str) -> float | None:
        """Frames a second that a node makes; None while nobody can know."""
        tally = self._tallies.get(node)
        if tally is None or tally.frames < PRIOR or not tally.wall:
            return None
        return tally.frames / tally.wall

    @property
    def rate(self) -> float | None:
        """Frames a second that are made now, by all nodes; None while nobody can know, or none is made."""
        pace = self._pace()
        if pace is None:
            return None
        return sum(self._pace_of(node, pace) for (node, _, _), run in self._runs.items() if run.counts) or None

    @property
    def is_growing(self) -> bool:
        """Whether there are more frames than was known until lately, and may be more yet."""
        return self._grown is not None and self._at - self._grown < GROWING

    @property
    def left(self) -> float | None:
        """Seconds until all is made; None while nobody can know."""
        progress, pace = self._last, self._pace()
        if progress is None or pace is None or self.is_growing or progress.frames >= progress.total:
            return None
        known = sum(run.counts and not run.is_dark for run in self._runs.values())
        if not known or known < KNOWN * sum(run.is_dark for run in self._runs.values()):
            return None
        paces = {node.name: self._pace_of(node.name, pace) for node in progress.nodes}
        paces |= {each.node: self._pace_of(each.node, pace) for each in progress.running}
        running = self._each_once(progress.running, paces)
        if running is None:
            return None
        rest = progress.total - progress.frames - sum(place.frames for place in running)
        counts = Counter(each.node for each in progress.running)
        free = [
            _Place(0.0, paces[node.name])
            for node in progress.nodes
            if node.state in ("working", "idle")
            for _ in range(node.room - counts[node.name])
        ]
        seconds = _dealt([*running, *free], rest, _lengths(progress, rest))
        unknown = max((BEFORE_FRAMES.get(each.stage or "rendering", 0.0) for each in progress.running), default=0.0)
        return None if seconds < unknown else seconds

    def _each_once(self, running: Iterable[RunningUnit], paces: Mapping[str, float]) -> list[_Place] | None:
        """The place of each unit, of several nodes at one that of the first to end; None: not known how long it is."""
        units: dict[tuple[int, int], _Place] = {}
        for each in running:
            if each.unit.frames is None:
                return None
            left, pace = max(0, each.unit.frames - each.frames), paces[each.node]
            run, seconds = self._runs.get(_key(each.unit, each.node)), 0.0  # None: it has come home since
            if run is not None:
                seconds = max(0.0, left / pace - min(self._at - run.since, 1 / pace))  # less the frame at hand
            key, own = (each.unit.item, each.unit.first), _Place(seconds, pace, left)
            units[key] = min(own, units.get(key, own))
        return [*units.values()]

    def _pace(self) -> float | None:
        """Frames a second of one unit, in the mean."""
        busy = sum(tally.busy for tally in self._tallies.values())
        frames = sum(tally.frames for tally in self._tallies.values())
        if self._measured < ENOUGH or not busy or not frames:
            return None
        return frames / busy

    def _pace_of(self, node: str, pace: float) -> float:
        """That of a unit of a node: its own, as far as it is known."""
        tally = self._tally(node)
        return (tally.frames + PRIOR) / (tally.busy + PRIOR / pace)


def _key(unit: Unit, node: str) -> Key:
    return node, unit.item, unit.first


def _lengths(progress: ClusterProgress, rest: int) -> int:
    """How many units make up the frames that nobody is at."""
    lengths = [each.unit.frames for each in progress.running if each.unit.frames]
    typical = sum(lengths) / len(lengths) if lengths else rest
    return max(progress.waiting, ceil(rest / max(typical, 1)), 1)


def _dealt(places: list[_Place], rest: int, count: int) -> float:
    """Seconds until all is made, where each place takes the next unit when it has ended its own.

    Args:
        places: where it is made, at least one.
        rest: frames of the units that nobody is at.
        count: how many units these are.
    """
    if rest <= 0:
        return max(places).seconds
    together = sum(place.pace for place in places)
    divided = max(0, count - ROUNDS * len(places))
    before, each = divided / count * rest / together, rest / count
    heap = [_Place(place.seconds + before, place.pace) for place in places]
    heapq.heapify(heap)
    for _ in range(count - divided):
        next_free = heap[0]
        heapq.heapreplace(heap, _Place(next_free.seconds + each / next_free.pace, next_free.pace))
    return max(heap).seconds
