"""How many jobs this machine can do side by side, and how many threads each may use."""

import sys
from collections.abc import Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from vidream.dream import settings
from vidream.dream.choice import TENSORFLOW
from vidream.dream.processor import has_gpu
from vidream.errors import ConfigError
from vidream.events import note
from vidream.jobs.workers import Workers
from vidream.system.memory import available

ALONE = 4
"""Up to so many cores each gets a job of its own; beyond, two cores share one: memory and disk are shared by all."""


@dataclass(frozen=True)
class Crew:
    """How jobs are done side by side."""

    count: int
    """How many at a time; 1: in the process of whoever asks, as if there were no crew."""
    threads: int | None
    """Of each; None: as many as the machine has."""
    gpus: int = 0
    """Of the machine; each job has one of them."""
    shortage: str = ""
    """Why they are not more, if memory is the reason."""

    def tell(self, what: str) -> None:
        """Say it on one line, unless there is nothing to say. what: is made, such as "films"."""
        if self.count == 1:
            if self.shortage:
                note(f"{what} one after the other; {self.shortage}")
            return
        share = f"{self.threads} threads each"
        if self.gpus:
            share = "a GPU each" if self.count <= self.gpus else f"{self.gpus} GPUs in all"
        elif self.threads == 1:
            share = "one thread each"
        note("; ".join(filter(None, (f"{self.count} {what} side by side, {share}", self.shortage))))


def choose_crew(jobs: int, memory: int, engines: Collection[str], wanted: int | None) -> Crew:
    """How so many jobs are best done.

    Args:
        jobs: how many there are.
        memory: bytes that the largest takes.
        engines: what computes their gradients: of vidream.dream.choice.ENGINES.
        wanted: how many at a time; None: as many as there are cores, memory and GPUs for.

    Raises:
        ConfigError: `wanted` is none; or there can be no second process.
    """
    if wanted is not None and wanted < 1:
        raise ConfigError(f"jobs side by side must be 1 or more, not {wanted}")
    if min(jobs, wanted or jobs) <= 1:
        return Crew(1, None)
    if not can_start():
        if wanted:
            raise ConfigError("jobs side by side: this program has no Python to start a second time; do one at a time")
        return Crew(1, None)
    count, shortage = wanted, ""
    if count is None:
        count, shortage = _room(jobs, memory)
    count = min(count, jobs)
    gpus = count_gpus() if count > 1 and TENSORFLOW in engines else 0
    if gpus and wanted is None:
        count = min(count, gpus)
    if count == 1:
        return Crew(1, None, shortage=shortage)
    return Crew(count, max(1, cores() // count), gpus, shortage)


def _room(jobs: int, memory: int) -> tuple[int, str]:
    """How many jobs the cores and the memory of this machine are enough for, and what memory lacks for more."""
    count = min(jobs, max(min(cores(), ALONE), cores() // 2))
    free = available()
    if count == 1 or free is None or count * memory <= free:
        return count, ""
    figures = f"one takes about {memory / 1e9:.1f} GB of memory, and {free / 1e9:.1f} GB are free"
    return max(1, free // memory), figures


def can_start() -> bool:
    """Whether this process can start another Python: not where it is a part of another program."""
    return bool(sys.executable) and not getattr(sys, "frozen", False)


def cores() -> int:
    """How many cores this process may use, by its system and by its container."""
    return max(1, min([settings.cores(), *_quotas()]))


def _quotas(root: Path = Path("/sys/fs/cgroup"), groups: Path = Path("/proc/self/cgroup")) -> Iterable[int]:
    """Cores, rounded up, that each control group allows which the process is in, of version 1 and of version 2."""
    with suppress(OSError, ValueError):
        for line in groups.read_text().splitlines():
            _, kinds, path = line.split(":", 2)
            if kinds and "cpu" not in kinds.split(","):
                continue
            top = root / kinds if kinds else root
            folder = top / path.lstrip("/")
            for group in (folder, *folder.parents):
                if group.is_relative_to(root):
                    yield from _quota(group)


def _quota(folder: Path) -> Iterable[int]:
    with suppress(OSError, ValueError):
        quota, period = (folder / "cpu.max").read_text().split()
        yield -(-int(quota) // int(period))  # "max" is no number: no limit
    with suppress(OSError, ValueError):
        microseconds = int((folder / "cpu.cfs_quota_us").read_text())
        if microseconds > 0:
            yield -(-microseconds // int((folder / "cpu.cfs_period_us").read_text()))


def count_gpus() -> int:
    """How many GPUs TensorFlow can use here: a process of its own is asked, but only where there may be one."""
    if not has_gpu():
        return 0
    with Workers(1, threads=1) as workers:
        return int(workers.ask({"task": "gpus"})["gpus"])
