"""What a person sees of a cluster at work: one table of what runs where, frames a second in all, time left."""

import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.live import Live
from rich.table import Table

from vidream.cli.output import Console, table
from vidream.cli.progress import EVERY, log_to, span
from vidream.cluster.spread import Seen, run
from vidream.errors import RenderError, Stopped
from vidream.jobs.batch import Records, Result, Work
from vidream.jobs.jobfile import JobSpec
from vidream.render.parted import frames_of_parts

WINDOW = 60.0  # seconds over which frames a second are counted


def spread(
    console: Console, work: Sequence[Work], address: str, cores: int, records: Records | None = None
) -> Iterator[Result]:
    """Each result as it comes. Raises as vidream.cluster.spread.run."""
    watch = Watch()
    if not console.is_terminal:
        said = time.monotonic()

        def line(seen: Seen) -> None:
            nonlocal said
            watch.see(seen)
            if time.monotonic() - said >= EVERY:
                said = time.monotonic()
                console.say(watch.said())

        yield from run(work, address, cores=cores, records=records, told=line)
        return
    with Live(console=console, refresh_per_second=2, transient=True) as live:

        def draw(seen: Seen) -> None:
            watch.see(seen)
            live.update(watch.table())

        yield from run(work, address, cores=cores, records=records, told=draw)


def film(source: Path, out: Path, asked: Mapping[str, Any], address: str, cores: int) -> str:
    """One film, on a cluster: what is said of it when it is there.

    Raises:
        RenderError: it could not be made.
    """
    console = Console(stderr=True)
    log_to(console)
    order = JobSpec(source.name, "video", str(source), out, asked=asked)
    job = order.job()
    job.check()
    try:
        (result,) = spread(console, [Work(order, job.frames, job.size, done=False)], address, cores)
    except KeyboardInterrupt:
        safe = frames_of_parts(out)
        goes_on = f"{safe} frames are safe; the same command goes on from there" if safe else "no part was done yet"
        raise Stopped(f"stopped: {goes_on}") from None
    if result.rendered is None:
        raise RenderError(result.why)
    made = result.rendered
    return f"{made.out}: {made.frames} frames, {made.size}, {span(made.seconds)}"


class Watch:
    """Frames a second, from what has been seen in the last minute."""

    def __init__(self) -> None:
        self.seen: list[tuple[float, int]] = []
        self.last: Seen | None = None

    def see(self, seen: Seen, now: float | None = None) -> None:
        now = time.monotonic() if now is None else now
        self.last = seen
        self.seen = [each for each in self.seen if each[0] > now - WINDOW] + [(now, seen.frames)]

    @property
    def rate(self) -> float | None:
        (start, before), (end, after) = self.seen[0], self.seen[-1]
        return (after - before) / (end - start) if after > before else None

    def said(self) -> str:
        assert self.last is not None
        seen, rate = self.last, self.rate
        parts = [f"{seen.frames} of {seen.total or '?'} frames", f"{len(seen.running)} parts on {seen.nodes} nodes"]
        parts += [f"{rate:.2g} frames a second"] if rate else []
        parts += [f"{span(max(0, seen.total - seen.frames) / rate)} left"] if rate and seen.total else []
        return ", ".join(parts)

    def table(self) -> Table:
        assert self.last is not None
        listed = table("node", "part", "frames", right=("frames",))
        listed.title, listed.title_justify = self.said(), "left"
        for unit, node, done in self.last.running:
            listed.add_row(node, str(unit), f"{done} of {unit.frames or '?'}")
        return listed
