"""What there is to see of a cluster at work, from what it tells, and the one line that says it."""

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import replace
from pathlib import Path

from vidream.amounts import amount
from vidream.cli.farm_pace import FarmPace
from vidream.cli.output import shortened
from vidream.cli.progress import span, stage_words
from vidream.cluster.progress import ClusterProgress, NodeState, PartEvent, RunningUnit
from vidream.cluster.units import Unit
from vidream.events import Event, StageEvent, StageName
from vidream.jobs.item import BatchEvent, ItemEndEvent
from vidream.text import counted

STAGES: Collection[StageName] = ("connecting", "asking nodes", "finding shots", "listening", "joining")
"""Stages of the run itself; what nodes are at stands beside their parts."""


class FarmView:
    """A listener that knows what there is to see; its methods may be called by any thread."""

    def __init__(self, begin: str, at: float) -> None:
        """Nothing is known yet.

        Args:
            begin: what is done before the first stage is told.
            at: seconds of any clock, as all times here.
        """
        self.progress: ClusterProgress | None = None
        self.pace = FarmPace()
        self.helped: set[str] = set()
        """The names of the nodes that have made a part."""
        self._begin, self._began = begin, at
        self._stage: StageEvent | None = None  # of the run itself, the latest
        self._items: dict[
            int, int | None
        ] = {}  # frames of the outputs of a batch that have not ended, by their numbers
        self._sizes: dict[str, str] = {}  # of sources, as they are said

    def see(self, event: Event, at: float) -> None:
        """Take what is told at a time."""
        if isinstance(event, ClusterProgress):
            self.progress = event
            self.pace.see(event, at)
        elif isinstance(event, PartEvent):
            self.helped.add(event.node)
            self.pace.see_part(event, at)
        elif isinstance(event, StageEvent) and event.stage in STAGES:
            self._stage = event
        elif isinstance(event, BatchEvent):
            self._items = {number: item.frames for number, item in enumerate(event.items)}
        elif isinstance(event, ItemEndEvent):
            self._items.pop(event.index, None)
            if not self._items:
                self._begin, self._stage = "leaving the cluster", None

    @property
    def is_counted(self) -> bool:
        """Whether all outputs of a batch that are not made yet say how many frames they have."""
        return None not in self._items.values()

    @property
    def running(self) -> tuple[RunningUnit, ...]:
        """What nodes are at."""
        return self.progress.running if self.progress is not None else ()

    @property
    def left_out(self) -> list[NodeState]:
        """Nodes that take no part, for a reason that was said."""
        nodes = self.progress.nodes if self.progress is not None else ()
        return [node for node in nodes if node.state == "left out"]

    @property
    def is_over(self) -> bool:
        """Whether all is made."""
        return self.progress is not None and not self.running and self.progress.frames >= self.progress.total > 0

    def kinds(self) -> set[str]:
        """What is done now, by kinds: a pipe has a line when there is a new one."""
        if self.running:
            return {stage_of(each) or "frames" for each in self.running}
        return {self._stage.stage if self._stage is not None else ""}

    def stage(self) -> str:
        """What the run itself is at."""
        if self._stage is None:
            return self._begin
        if self._stage.stage == "asking nodes" and not self._stage.about:
            nodes = self.progress.nodes if self.progress is not None else ()
            asked = sum(node.state == "asked" for node in nodes)
            return stage_words(replace(self._stage, about=counted(asked, "node") if asked else "nodes"))
        return stage_words(self._stage)

    def summary(self, *, named: bool) -> str:
        """All of it on one line; named: with what nodes are at beside frames."""
        if self.progress is None or not (self.running or self.progress.frames):
            return self.stage()
        parts = [self._frames()]
        if self.running:
            nodes = len({each.node for each in self.running})
            units = len({(each.unit.item, each.unit.first) for each in self.running})  # a slow one has two nodes
            parts.append(f"{counted(units, 'part')} on {counted(nodes, 'node')}")
            parts += self._stages() if named else []
        silent = sum(node.state == "silent" for node in self.progress.nodes)
        if silent:
            parts.append(f"{counted(silent, 'node', are=True)} silent")
        if (rate := self.pace.rate) is not None:
            parts.append(f"{rounded(rate)} frames a second")
        if (left := self.pace.left) is not None and self.is_counted:
            parts.append(f"{span(left)} left")
        if not self.running or self._is_short_of_parts():
            parts.append(self.stage())
        return ", ".join(parts)

    def _is_short_of_parts(self) -> bool:
        """Whether nodes have nothing to do since shots are still being found."""
        assert self.progress is not None
        left = sum((each.unit.frames or 0) - each.frames for each in self.running)
        is_finding = self._stage is not None and self._stage.stage == "finding shots"
        idle = any(node.state == "idle" for node in self.progress.nodes)
        return is_finding and idle and not self.progress.waiting and self.progress.total > self.progress.frames + left

    def _frames(self) -> str:
        assert self.progress is not None
        done, total = self.progress.frames, self.progress.total
        if not total or done > total:
            return counted(done, "frame")
        so_far = " so far" if self.pace.is_growing or not self.is_counted else ""
        return f"{done} of {counted(total, 'frame')}{so_far}"

    def _stages(self) -> Iterator[str]:
        """What nodes are at that is not frames: of one, its name; of more, how many."""
        counts = Counter(stage for each in self.running if (stage := stage_of(each)) is not None)
        for stage, count in counts.items():
            one = next(each for each in self.running if stage_of(each) == stage)
            if count == 1 and stage == "sending":
                name = shortened(Path(one.unit.spec.source).name)
                yield f"sending {name} to {one.node}{self.size_of(one.unit, ': ')}"
            elif count == 1:
                yield f"{one.node}: {stage}"
            else:
                yield f"{count} {stage}"

    def size_of(self, unit: Unit, before: str) -> str:
        """How large the source of a unit is, where that is a file of some size."""
        source = unit.spec.source
        if source not in self._sizes:
            try:
                size = Path(source).stat().st_size
            except (OSError, ValueError):
                size = 0
            self._sizes[source] = amount(size) if size >= 1e6 else ""
        said = self._sizes[source]
        return f"{before}{said}" if said else ""

    def elapsed(self, at: float) -> str:
        """For how long."""
        return span(at - self._began)


def rounded(rate: float) -> str:
    """A rate with two digits, or with all before the point."""
    return f"{rate:.0f}" if rate >= 10 else f"{rate:.2g}"


def stage_of(running: RunningUnit) -> StageName | None:
    """What is done of a unit that is not frames; None where it is frames."""
    return None if running.frames or running.stage == "rendering" else running.stage
