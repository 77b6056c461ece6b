"""`vidream batch`: what is to be done, what is being done, and what became of it."""

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from rich.progress import BarColumn, Progress, TaskID, TimeElapsedColumn

from vidream.cli.output import Console, say, shortened, show_table, table
from vidream.cli.progress import EVERY, Pace, described, log_to, span
from vidream.errors import Stopped
from vidream.jobs.batch import Records, Result, Work, carry_out, check
from vidream.jobs.estimate import Calibration
from vidream.jobs.job import Progress as Report
from vidream.jobs.jobfile import read_job_file


def make(jobs: Path, *, dry_run: bool = False, cluster: str | None = None, cores: int = 2) -> bool:
    """Carry out a job file, here or on a cluster; whether all is well.

    Raises:
        Problems: it cannot be carried out as it is; nothing has been begun.
        Stopped: by Ctrl-C, with what is done.
    """
    console = Console(stderr=True)
    log_to(console)
    orders, problems = read_job_file(jobs)
    if dry_run:
        _list(check(orders, Records(jobs), problems))
        return True
    with Records(jobs) as records:
        work = check(orders, records, problems)
        results = [Result(each.order, "skipped") for each in work if each.done]
        left = [each for each in work if not each.done]
        try:
            for result in (
                _elsewhere(console, left, cluster, cores, records) if cluster else _here(console, left, records)
            ):
                results.append(result)
                _tell(console, result)
        except KeyboardInterrupt:
            done = sum(result.state == "done" for result in results)
            said = f"stopped: {done} of {len(left)} films are done; the same command goes on from there"
            raise Stopped(said) from None
        finally:
            _sum_up(results)
    return all(result.state != "failed" for result in results)


def _here(console: Console, left: Sequence[Work], records: Records) -> Iterator[Result]:
    with _shown(console, left) as reports:
        for number, each in enumerate(left):
            yield carry_out(each.order, records, reports.of(number))


def _elsewhere(console: Console, left: Sequence[Work], cluster: str, cores: int, records: Records) -> Iterator[Result]:
    from vidream.cli.farm import spread

    return spread(console, left, cluster, cores, records)


def _tell(console: Console, result: Result) -> None:
    if not console.is_terminal:
        said = f"{result.state}: {result.order.out}" + (f": {result.why}" if result.why else "")
        console.say(said)


def _sum_up(results: Sequence[Result]) -> None:
    """The table at the end, on standard output."""
    if not results:
        return
    listed = table("", "film", "frames", "time", "why", right=("frames", "time"))
    for result in results:
        made = result.rendered
        figures = (str(made.frames), span(made.seconds)) if made else ("", "")
        listed.add_row(result.state, _name(result.order.out), *figures, result.why or "; ".join(result.warnings))
    show_table(listed)


def _name(out: Path) -> str:
    """A path as short as it can be written from here."""
    return min(str(out), os.path.relpath(out), key=len)


def _list(work: Sequence[Work]) -> None:
    """What there is to do: frames, time, disk."""
    figures = ("frames", "time", "disk")
    calibration, listed = Calibration(), table("film", "size", *figures, "", right=figures)
    seconds, size, unknown = 0.0, 0.0, 0
    for each in work:
        out = _name(each.order.out)
        if each.done:
            listed.add_row(out, str(each.size), str(each.frames or "?"), "", "", "done")
            continue
        if each.frames is None:
            unknown += 1
            listed.add_row(out, str(each.size), "?", "?", "?", each.order.label)
            continue
        estimate = calibration.of(each.order.job())
        seconds += estimate.seconds(each.frames)
        size += estimate.size * each.frames
        costs = (span(estimate.seconds(each.frames)), _bytes(estimate.size * each.frames))
        listed.add_row(out, str(each.size), str(each.frames), *costs, each.order.label)
    show_table(listed)
    left = sum(not each.done for each in work)
    beside = f", beside {unknown} that do not say how long they are" if unknown else ""
    say(f"{left} to make: about {span(seconds)} here, {_bytes(size)}, twice that while they are made{beside}")


def _bytes(size: float) -> str:
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.1f} MB"


@contextmanager
def _shown(console: Console, left: Sequence[Work]) -> Iterator["Reports"]:
    """Two bars on a terminal, of the whole and of the film at hand; a plain line now and then on a pipe."""
    if not console.is_terminal:
        yield Reports(console, left)
        return
    columns = "{task.description}", BarColumn(), "{task.fields[said]}", TimeElapsedColumn()
    with Progress(*columns, console=console) as bars:
        yield Reports(console, left, bars)


class Reports:
    """What each film tells its progress to, and what a person sees of it."""

    def __init__(self, console: Console, left: Sequence[Work], bars: Progress | None = None) -> None:
        self.console, self.left, self.bars = console, left, bars
        self.total, self.pace = sum(each.frames or 0 for each in left), Pace()
        self._said = time.monotonic()
        self._tasks: list[TaskID] = []
        if bars:
            self._tasks = [bars.add_task("all", total=self.total, said=""), bars.add_task("", total=None, said="")]

    def of(self, number: int) -> Report:
        """For the film of that number."""
        work, pace = self.left[number], Pace()
        before = sum(each.frames or 0 for each in self.left[:number])
        name = f"{number + 1} of {len(self.left)}, {work.order.out.name}"
        if self.bars:
            short = f"{number + 1} of {len(self.left)}, {shortened(work.order.out.name)}"
            self.bars.update(self._tasks[1], description=short, completed=0, total=work.frames, said="waking up")

        def report(done: int, total: int | None) -> None:
            now = time.monotonic()
            pace.see(done, now)
            self.pace.see(before + done, now)
            whole = self.pace.left(self.total)
            left = f"{span(whole)} left in all" if whole is not None else ""
            if self.bars:
                self.bars.update(self._tasks[0], completed=before + done, said=left)
                self.bars.update(self._tasks[1], completed=done, total=total, said=described(pace, total))
            elif now - self._said >= EVERY:
                self._said = now
                said = f"{name}: {described(pace, total)}" + (f"; {left}" if left else "")
                self.console.say(said)

        return report
