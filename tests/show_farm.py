"""What a cluster's driver makes of farms that are made up: a table of figures, as docs/farm.md has them.

python tests/show_farm.py              # in 10, 100 and 1,000 nodes, with and without trouble; some minutes
python tests/show_farm.py --trouble    # when each kind of trouble is noticed
"""

import argparse
import json
import random
import time
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

from simulated_farm import Machine, SimulatedFarm, Trouble, What, key, machines

from vidream.cluster.finders import FINDERS, Order
from vidream.cluster.outputs import LARGE, SMALL
from vidream.cluster.run import Run
from vidream.cluster.units import Answer, Unit
from vidream.events import Event, scope
from vidream.frames import Size
from vidream.jobs.item import BatchItem, BatchResult
from vidream.jobs.job import Rendered
from vidream.jobs.jobspec import JobSpec

FRAMES_A_SECOND = 8.0
"""Output frames of 640x360 that two cores make in a second, once they are awake."""


class MadeUpWork:
    """Outputs that are never made: it keeps which units have come home, and looks that none does so twice."""

    def __init__(self, farm: SimulatedFarm, films: Sequence[Sequence[int]], finding: float = 0.0) -> None:
        """Nothing is begun.

        Args:
            farm: whose clock it is.
            films: the frames of each unit, of each output; of one unit: what one node makes whole.
            finding: seconds for each frame of a film until it is known where its shots begin.
        """
        self.farm, self.finding = farm, finding
        self.frames, self.messages = 0, set[str]()
        self.units = [units(index, film) for index, film in enumerate(films)]
        size = Size(1, 1)
        kinds = ["zoom" if len(film) == 1 else "video" for film in films]
        specs = [JobSpec(str(index), kind, "x", Path("x")) for index, kind in enumerate(kinds)]
        items = [BatchItem(spec, sum(film), size, done=False) for spec, film in zip(specs, films, strict=True)]
        self._order = Order(items)
        self._finding: list[deque[tuple[float, Unit]]] = []
        self._left = [len(film) for film in films]
        self._open = len(films)
        self._ended: list[tuple[int, BatchResult]] = []
        self.results: dict[int, BatchResult] = {}
        self.kept: set[tuple[int, int]] = set()
        self.total = sum(map(sum, films))

    @property
    def over(self) -> bool:
        return not self._open

    def more(self, wanted: int, room: int) -> list[Unit]:
        now, found = self.farm.now(), list[Unit]()
        while len(found) < wanted and self._order and len(self._finding) < FINDERS:
            film, known = self.units[self._order.take(room)[0]], now
            frames = sum(unit.frames for unit in film)
            share = (self.total - self.frames) / room
            if frames < LARGE and (len(self._order) >= room or frames <= SMALL * share):
                film = self.units[film[0].item] = units(film[0].item, [frames])
                self._left[film[0].item] = 1
            if self.finding and len(film) > 1:
                self._finding.append(deque())
                for unit in film:
                    known += self.finding * unit.frames
                    self._finding[-1].append((known, unit))
            else:
                found += film
        for waiting in self._finding:
            while waiting and waiting[0][0] <= now:
                found.append(waiting.popleft()[1])
        self._finding = [waiting for waiting in self._finding if waiting]
        return [unit for unit in found if unit.item not in self.results]

    def keep(self, unit: Unit, answer: Answer) -> int:
        assert key(unit) not in self.kept, "an answer counts once"
        assert unit.item not in self.results
        self.kept.add(key(unit))
        self._left[unit.item] -= 1
        if not self._left[unit.item]:
            rendered = Rendered(unit.spec.out, 1, Size(1, 1), 0.0)
            self._end(unit.item, BatchResult(unit.spec, "done", rendered=rendered))
        self.frames += unit.frames
        return unit.frames

    def fail(self, index: int, error: str | BaseException) -> None:
        self._end(index, BatchResult(self.units[index][0].spec, "failed", str(error)))

    def _end(self, index: int, result: BatchResult) -> None:
        assert index not in self.results, "an output ends once"
        self.results[index] = result
        self._ended.append((index, result))

    def ended(self) -> Iterator[tuple[int, BatchResult]]:
        ended, self._ended = self._ended, []
        self._open -= len(ended)
        yield from ended


def units(index: int, film: Sequence[int]) -> list[Unit]:
    """Units of so many frames each; a film of one is made whole, and goes before others."""
    spec = JobSpec(str(index), "video", f"{index}.mp4", Path(f"made/{index}.mp4"))
    made, first = [], 0
    for frames in film:
        weight = float(frames) if len(film) == 1 else 0.0
        made.append(Unit(index, spec, None, first, frames, "", work=float(frames), weight=weight))
        first += frames
    return made


def films(number: int, seed: int = 1) -> list[list[int]]:
    """Outputs as a batch has them: two thirds that are made whole, of some minutes; the others cut into shots."""
    draw = random.Random(seed)
    return [
        [max(1, int(draw.lognormvariate(4.5, 0.8)))]
        if draw.random() < 2 / 3
        else [max(48, int(draw.lognormvariate(4, 0.6))) for _ in range(draw.randint(2, 12))]
        for _ in range(number)
    ]


KINDS: tuple[What, ...] = ("dies", "vanishes", "freezes", "fills", "loses a worker", "slows")


def plagued(nodes: list[Machine], seed: int, seconds: float, kinds: Sequence[What] = KINDS[:-1]) -> list[Machine]:
    """The same nodes, a fifth of them with trouble within so many seconds, and some that come later."""
    draw = random.Random(seed)
    for index, machine in enumerate(draw.sample(nodes, len(nodes) // 5)):
        when = draw.uniform(20, seconds)
        what = kinds[index % len(kinds)]
        machine.troubles = [Trouble(when, what)]
        if what == "freezes" and draw.random() < 0.5:
            machine.troubles = [Trouble(when, what), Trouble(when + draw.uniform(5, 60), "thaws")]
    for machine in draw.sample([machine for machine in nodes if not machine.troubles], len(nodes) // 20):
        machine.comes = draw.uniform(10, seconds)
    return nodes


@dataclass(frozen=True)
class Report:
    """What came of a run."""

    done: int
    """Outputs."""
    failed: dict[int, str]
    """Why others were not made."""
    seconds: float
    """Of the farm's clock, from the first question to the last output."""
    useful: float
    """Share of the nodes' time in which they made what was kept."""
    waking: float
    """Share in which their processes began."""
    thrown: float
    """Share in which they made what nobody wanted: it was made again, lost, stopped or refused."""
    idle: float
    """Share in which they had nothing to do."""
    driver: float
    """CPU seconds of the driver's own decisions."""
    letters: int
    """That it read."""
    looks: int
    """Times that it looked at the farm."""
    noticed: dict[str, list[float]]
    """By kind of trouble: seconds until each unit that was under way was begun elsewhere."""
    untouched: dict[str, int]
    """By kind of trouble: units that came home all the same."""


def run(farm: SimulatedFarm, work: MadeUpWork, cores: int = 2, told: list[Event] | None = None) -> Report:
    """Carry out all of it with the driver's own loop."""
    began = time.process_time()
    with scope(None if told is None else told.append):
        driver = Run(farm, cores)
        driver.gather()
        results = dict(driver.results(work))
    cpu = time.process_time() - began - farm.cpu
    assert results == work.results
    room = sum(farm.able(machine) * machine.node.room(cores, False) for machine in farm.machines.values())
    useful, waking, thrown = 0.0, 0.0, 0.0
    for span in farm.spans:
        if span.how == "made":
            useful += span.ended - span.began - span.waking
            waking += span.waking
        else:
            thrown += span.ended - span.began
    noticed: dict[str, list[float]] = {}
    untouched: dict[str, int] = {}
    for (when, what, _), at_work in farm.at_work.items():
        for unit in at_work:
            later = [at - when for at, where in farm.starts[unit] if at >= when]
            if later:
                noticed.setdefault(what, []).append(min(later))
            else:
                untouched[what] = untouched.get(what, 0) + 1
    failed = {index: result.reason for index, result in results.items() if result.state == "failed"}
    return Report(
        len(results) - len(failed), failed, farm.clock, useful / room, waking / room, thrown / room,
        1 - (useful + waking + thrown) / room, cpu, farm.letters, farm.calls["news"], noticed, untouched,
    )  # fmt: skip


def usual(unit: Unit) -> float:
    """Seconds that a usual node takes for a unit."""
    return unit.frames / FRAMES_A_SECOND


def scaled(nodes: int, jobs: int, trouble: Sequence[What] = (), finding: float = 0.0, seed: int = 1) -> Report:
    """A batch of so many jobs on so many nodes."""
    made = films(jobs, seed)
    expected = sum(map(sum, made)) / FRAMES_A_SECOND / nodes
    farm_nodes = machines(nodes, seed)
    if trouble:
        plagued(farm_nodes, seed, expected, trouble)
    farm = SimulatedFarm(farm_nodes, usual, seed)
    return run(farm, MadeUpWork(farm, made, finding))


def peak() -> float:
    """The most memory that this process has had, MB."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 1000
    raise OSError("/proc/self/status has no VmHWM")


def one_trouble(what: What, seed: int) -> tuple[Report, SimulatedFarm]:
    """Four long films on eight nodes, one of which has trouble at its film when the others have made what was short."""
    farm_nodes = machines(8, seed, spread=0.1)
    farm_nodes[seed % 4].troubles = [Trouble(200 + random.Random(seed).uniform(0, 30), what)]
    farm = SimulatedFarm(farm_nodes, usual, seed)
    return run(farm, MadeUpWork(farm, [*[[2900]] * 4, *[[200, 200]] * 12])), farm


def troubles(seeds: int = 20) -> Iterator[str]:
    """A row of a table for each kind of trouble."""
    yield "| trouble | its part is begun again after, s: in the middle, at most |"
    yield "|---|---|"
    for what in KINDS:
        times = [seconds for seed in range(seeds) for seconds in one_trouble(what, seed)[0].noticed.get(what, [])]
        yield f"| {what} | {median(times):.1f}, {max(times):.1f} |"


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trouble", action="store_true", help="when each kind of trouble is noticed")
    parser.add_argument("--nodes", type=int, nargs="+", default=[10, 100, 1000])
    parser.add_argument("--jobs", type=int, default=10, help="for each node")
    parser.add_argument("--setting", type=int, help="only this row for each")
    parser.add_argument("--json", action="store_true")
    words = parser.parse_args()
    if words.trouble:
        for row in troubles():
            print(row)
        return
    if not words.json:
        print("| nodes, jobs | | useful | waking | thrown away | idle | driver, of a core | letters a second | MB |")
        print("|---|---|---|---|---|---|---|---|---|")
    for nodes in words.nodes:
        for number, (name, trouble, finding) in enumerate(SETTINGS):
            if words.setting in (None, number):
                report = scaled(nodes, words.jobs * nodes, trouble, finding)
                if words.json:
                    print(json.dumps({**asdict(report), "megabytes": peak()}))
                else:
                    print(row_of(nodes, words.jobs * nodes, name, report), flush=True)


def row_of(nodes: int, jobs: int, name: str, report: Report) -> str:
    """Of the table."""
    shares = " | ".join(f"{share:.1%}" for share in (report.useful, report.waking, report.thrown, report.idle))
    load, letters = report.driver / report.seconds, report.letters / report.seconds
    return f"| {nodes}, {jobs} | {name} | {shares} | {load:.1%} | {letters:.0f} | {peak():.0f} |"


SETTINGS: tuple[tuple[str, Sequence[What], float], ...] = (
    ("nothing goes wrong", (), 0.01),
    ("a fifth of the nodes has trouble", KINDS[:-1], 0.01),
    ("a sixth of these become ten times slower", KINDS, 0.01),
)
"""Names, what trouble there is, seconds a frame in which shots are found."""


if __name__ == "__main__":
    main()
