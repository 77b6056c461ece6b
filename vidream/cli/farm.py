"""What a person sees of a cluster at work: one table of what runs where, frames a second in all, time left."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.live import Live
from rich.table import Table

from vidream.cli.messages import both, console, notes
from vidream.cli.output import Console, owns_streams, table
from vidream.cli.progress import EVERY, span
from vidream.cluster.progress import ClusterProgress
from vidream.cluster.quiet import hush
from vidream.cluster.spread import render_video, run_batch
from vidream.errors import Cancelled
from vidream.events import Event, Listener
from vidream.render.parted import frames_of_parts

WINDOW = 60.0  # seconds over which frames a second are counted


def spread_batch(jobs: Path, address: str, cores: int, on_event: Listener) -> None:
    """A batch, on a cluster. Raises as vidream.cluster.spread.run_batch."""
    _hush()
    with notes(), cluster_table(console()) as show:
        run_batch(jobs, address, cores=cores, on_event=both(show, on_event))


def spread_film(source: Path, out: Path, arguments: Mapping[str, Any], address: str, cores: int) -> str:
    """Make one film on a cluster, and return the line that says so. Raises as vidream.cluster.spread.render_video."""
    _hush()
    try:
        with notes(), cluster_table(console()) as show:
            rendered = render_video(source, out, address, cores=cores, on_event=show, **arguments)
    except KeyboardInterrupt:
        safe = frames_of_parts(out)
        state = f"{safe} frames are safe; the same command goes on from there" if safe else "no part was done yet"
        raise Cancelled(f"stopped: {state}") from None
    return f"{rendered.out}: {rendered.frames} frames, {rendered.size}, {span(rendered.seconds)}"


def _hush() -> None:
    """Keep Ray's own lines from the screen, where that is ours."""
    if owns_streams():
        hush()


@contextmanager
def cluster_table(console: Console) -> Iterator[Listener]:
    """A table on a terminal; a plain line now and then on a pipe."""
    watch = Watch()
    if not console.is_terminal:
        last_line = time.monotonic()

        def print_line(event: Event) -> None:
            nonlocal last_line
            if not isinstance(event, ClusterProgress):
                return
            watch.see(event)
            if time.monotonic() - last_line >= EVERY:
                last_line = time.monotonic()
                console.say(watch.summary())

        yield print_line
        return
    with Live(console=console, refresh_per_second=2, transient=True) as live:

        def draw(event: Event) -> None:
            if isinstance(event, ClusterProgress):
                watch.see(event)
                live.update(watch.table())

        yield draw


class Watch:
    """Frames a second, from what a cluster has told in the last minute."""

    def __init__(self) -> None:
        self.counts: list[tuple[float, int]] = []  # (time, frames done)
        self.last: ClusterProgress | None = None

    def see(self, progress: ClusterProgress, at: float | None = None) -> None:
        """Take what is told at a time, in seconds of any clock; None: now."""
        at = time.monotonic() if at is None else at
        self.last = progress
        self.counts = [count for count in self.counts if count[0] > at - WINDOW] + [(at, progress.frames)]

    @property
    def rate(self) -> float | None:
        """Frames a second; None while nothing has been done."""
        (start, frames_before), (end, frames_after) = self.counts[0], self.counts[-1]
        if frames_after <= frames_before:
            return None
        return (frames_after - frames_before) / (end - start)

    def summary(self) -> str:
        """All of it on one line."""
        assert self.last is not None
        progress, rate = self.last, self.rate
        parts = [
            f"{progress.frames} of {progress.total or '?'} frames",
            f"{len(progress.running)} parts on {progress.at_work} nodes",
        ]
        if rate:
            parts.append(f"{rate:.2g} frames a second")
        if rate and progress.total:
            parts.append(f"{span(max(0, progress.total - progress.frames) / rate)} left")
        return ", ".join(parts)

    def table(self) -> Table:
        """What runs where, a row each."""
        assert self.last is not None
        listed = table("node", "part", "frames", right=("frames",))
        listed.title, listed.title_justify = self.summary(), "left"
        for running in self.last.running:
            listed.add_row(running.node, str(running.unit), f"{running.frames} of {running.unit.frames or '?'}")
        return listed
