"""Every row of the table of speed in docs/speed.md, for two editions of vidream by turns.

    python docs/benchmarks/measure.py BEFORE AFTER [--cores N] [--rounds N] [--only TEXT] [--json PATH]

BEFORE and AFTER are each a tree of the sources, or the Python of an environment that vidream is installed in.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
WORKER = "--work"
"""What this script is called with to be the process that measures parts of an edition."""

SIZES = ((256, 192), (480, 320), (640, 360), (960, 540))

FIRST_FRAME = """
import sys, vidream
class Enough(Exception): pass
def stop(event):
    if isinstance(event, vidream.FrameEvent): raise Enough
try:
    vidream.render_video(sys.argv[1], sys.argv[2], on_event=stop)
except Enough:
    pass
"""


@dataclass(frozen=True)
class Cost:
    """What one turn of a row has taken."""

    wall: float
    """Seconds."""

    cpu: float
    """Seconds of all cores together, with those of processes that were started."""

    memory: float = 0.0
    """MB, the most that a process of it has held; 0: not asked."""


@dataclass(frozen=True)
class Row:
    """A row for both editions: what each round took."""

    name: str
    """What was measured."""

    before: list[Cost]
    """Of the first edition, by round."""

    after: list[Cost]
    """Of the second."""


@dataclass
class Edition:
    """One edition: how its Python is called."""

    python: str
    """The interpreter."""

    environment: dict[str, str]
    """Of its processes."""

    cores: int
    """That they may use."""

    worker: "subprocess.Popen[str] | None" = None
    """The process that measures its parts, once it is needed."""

    def start(self, *arguments: str, **options: int) -> "subprocess.Popen[str]":
        """A process of it."""
        command = [self.python, "-P", *arguments]  # not what happens to lie where this is called
        if self.cores and hasattr(os, "sched_setaffinity"):
            first = sorted(os.sched_getaffinity(0))[: self.cores]
            command = ["taskset", "-c", ",".join(map(str, first)), *command]
        return subprocess.Popen(command, env=self.environment, text=True, **options)  # type: ignore[call-overload]

    def part(self, name: str) -> Cost:
        """What a part costs, measured within a process that has done it before."""
        if self.worker is None:
            self.worker = self.start(__file__, WORKER, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert self.worker.stdin
        assert self.worker.stdout
        print(name, file=self.worker.stdin, flush=True)
        line = self.worker.stdout.readline()
        if not line:
            sys.exit(f"{name}: {self.python} cannot measure it")
        return Cost(*json.loads(line))

    def command(self, *arguments: str) -> Cost:
        """What a whole process costs, from its start to its end."""
        began = time.perf_counter()
        process = self.start(*arguments, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            sys.exit(f"{' '.join(arguments)}: {self.python} fails")
        return Cost(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def edition(place: str, cores: int) -> Edition:
    """The edition that a tree holds, or that an interpreter finds."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    if Path(place).is_dir():
        return Edition(sys.executable, {**environment, "PYTHONPATH": str(Path(place).resolve())}, cores)
    return Edition(place, environment, cores)


def rows(folder: Path) -> Iterator[tuple[str, Callable[[Edition], Cost]]]:
    """(name, how it is measured) of each row."""
    for width, height in SIZES:
        name = f"gradient {width}x{height}"
        yield name, lambda edition, name=name: edition.part(name)  # type: ignore[misc]
    for name in ("decode", "encode", "flow", "warp"):
        yield name, lambda edition, name=name: edition.part(name)  # type: ignore[misc]
    cat, city, out = str(SAMPLES / "cat.png"), str(SAMPLES / "city.mp4"), folder / "out"
    vidream = ("-m", "vidream")
    yield "a picture, command and all", lambda each: each.command(*vidream, "image", cat, f"{out}.png", "--overwrite")
    for size in ("320x180", "640x360"):
        film = str(_film(folder, size))
        yield (
            f"until the first frame of {size}",
            lambda each, film=film: each.command("-c", FIRST_FRAME, film, str(_new(folder))),  # type: ignore[misc]
        )
    yield (
        "a default film, 640x360, 2 s, command and all",
        lambda each: each.command(*vidream, "video", city, f"{out}.mp4", "--overwrite", "--end", "2"),
    )
    yield (
        "a default zoom, 12 frames, command and all",
        lambda each: each.command(*vidream, "zoom", cat, f"{out}.mp4", "--overwrite", "--frames", "12"),
    )


def _film(folder: Path, size: str) -> Path:
    """A second of film."""
    from imageio_ffmpeg import get_ffmpeg_exe

    path = folder / f"{size}.mp4"
    source = ["-i", str(SAMPLES / "city.mp4"), "-t", "1", "-vf", f"scale={size.replace('x', ':')}", "-crf", "12"]
    subprocess.run([get_ffmpeg_exe(), "-v", "error", *source, str(path)], check=True)
    return path


def _new(folder: Path) -> Path:
    """A place for a film at which nothing was begun."""
    return Path(tempfile.mkdtemp(dir=folder)) / "out.mp4"


def measured(
    before: Edition, after: Edition, rounds: int, wanted: Sequence[tuple[str, Callable[[Edition], Cost]]]
) -> list[Row]:
    """Each row, of both by turns; a round that does not count comes first."""
    found = [Row(name, [], []) for name, _ in wanted]
    for number in range(rounds + 1):
        for row, (_, work) in zip(found, wanted, strict=True):
            costs = work(before), work(after)
            if number:
                row.before.append(costs[0])
                row.after.append(costs[1])
            print(f"\rround {number} of {rounds}: {row.name:50}", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return found


def lines(row: Row) -> Iterator[str]:
    """A line of a table for wall time, and one for CPU time: medians, lowest, ratio (median; lowest)."""
    for kind in ("wall", "cpu"):
        pairs = [(getattr(one, kind), getattr(two, kind)) for one, two in zip(row.before, row.after, strict=True)]
        ratios = [one / max(two, 1e-9) for one, two in pairs]
        figures = [f"{1e3 * statistics.median(each):.1f} ({1e3 * min(each):.1f})" for each in zip(*pairs, strict=True)]
        times = f"{statistics.median(ratios):.2f} ({min(ratios):.2f})"
        yield f"| {row.name} | {kind}, ms | {' | '.join(figures)} | {times} |"
    if row.after[0].memory:
        most = [f"{max(cost.memory for cost in costs):.0f}" for costs in (row.before, row.after)]
        yield f"| {row.name} | memory, MB | {' | '.join(most)} | |"


def work() -> None:
    """Measure what is asked for on standard input, a line each: [wall, cpu] in seconds, as JSON."""
    import numpy as np

    from vidream.bench import film, pictures, timing
    from vidream.config import configure
    from vidream.dream.load import load_network
    from vidream.dream.objective import l2_of
    from vidream.dream.tiles import TiledGradient
    from vidream.frames import Size

    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    gradient = TiledGradient(load_network(configure("video").goal), l2_of("block10"), 960)
    shots = list(pictures.panned(film.FILM, film.COUNT))
    path = Path(tempfile.mkdtemp()) / "film.mp4"
    film._encode(path, shots)
    best = timing.ROUNDS + 1  # how often timing.best does it
    parts: dict[str, tuple[Callable[[], object], int]] = {
        "decode": (lambda: film._decode(path), film.COUNT),
        "encode": (lambda: film._encode(path.with_name("again.mp4"), shots), film.COUNT),
        "flow": (lambda: film._flow(shots), best),
        "warp": (lambda: film._warp(shots), best),
    }
    for width, height in SIZES:
        image = pictures.textured(Size(width, height)).astype(np.float32)
        parts[f"gradient {width}x{height}"] = (lambda image=image: gradient(image), 1)  # type: ignore[misc]
    for line in sys.stdin:
        part, count = parts[line.strip()]
        began, spent = time.perf_counter(), os.times()
        part()
        wall, end = time.perf_counter() - began, os.times()
        cpu = sum(end[:4]) - sum(spent[:4])
        if count == 1:  # the clock of processes ticks in hundredths of a second: fastest of three, by a finer clock
            wall, cpu = min(_fine(part) for _ in range(3))
        print(json.dumps([wall / count, cpu / count]), file=answers, flush=True)


def _fine(part: Callable[[], object]) -> tuple[float, float]:
    began, spent = time.perf_counter(), time.process_time()
    part()
    return time.perf_counter() - began, time.process_time() - spent


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("before")
    parser.add_argument("after")
    parser.add_argument("--cores", type=int, default=0, help="that both may use (Linux); 0: all")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--only", default="", help="rows whose name holds this text")
    parser.add_argument("--json", type=Path, help="where all figures go")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        wanted = [row for row in rows(Path(name)) if given.only in row[0]]
        editions = (edition(given.before, given.cores), edition(given.after, given.cores))
        found = measured(*editions, given.rounds, wanted)
    for each in editions:
        if each.worker is not None and each.worker.stdin:
            each.worker.stdin.close()
            each.worker.wait()
    print("| what | | before: median (lowest) | after: median (lowest) | times as fast: median (lowest) |")
    print("|---|---|---|---|---|")
    print("\n".join(line for row in found for line in lines(row)))
    if given.json:
        given.json.write_text(json.dumps([asdict(row) for row in found], indent=1) + "\n")


if __name__ == "__main__":
    if sys.argv[1:] == [WORKER]:
        work()
    else:
        main()
