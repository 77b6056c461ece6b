"""What `--dry-run` and `--plot` show: every knob that moves, frame by frame, before anything is dreamed."""

import os
import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import chain

from vidream.analysis import SongAnalysis
from vidream.cli.forecast import forecast
from vidream.cli.messages import console
from vidream.cli.panels import Drawing, page, panel, save
from vidream.cli.progress import alive
from vidream.jobs import encoding, marks, passes, source_file
from vidream.jobs.dry_run import DryRun, DryRunFrame, Sound
from vidream.jobs.render_job import RenderJob
from vidream.jobs.side_file import SideFile
from vidream.jobs.song_score import describe
from vidream.plan.inputs import files_beside
from vidream.text import counted, figure, printable

MOST_DRAWN = 20_000  # frames of a plot, which is some 1,100 px wide: of more, every second is drawn, every third


def show(job: RenderJob, *, table: bool, plot: SideFile | None, costs: bool) -> None:
    """Print the timeline, and draw it.

    Args:
        job: whose plan it is.
        table: whether it is printed, with what is known before it is begun.
        plot: where it is drawn.
        costs: whether a few frames are made, to measure how long it takes.

    Raises:
        ConfigError: the plan cannot say how many frames there will be, so there is nothing to draw over.
    """
    plan, out, beside = job.plan, job.out, list[str]()
    with alive(console(), "looking at what there is"):
        run = DryRun(plan)
        rate = figure(float(plan.fps), 5)
        title = f"{counted(run.count, 'frame')}, {plan.canvas}, {rate} a second, {float(run.seconds):.2f} s"
        if run.song is not None:
            title += f"; {_heard(run, run.song)}"
        if plot is not None:
            plot = replace(plot, sources=[*plot.sources, *job.read, *files_beside(plan.config)])
            plot.check()
            save(plot, page(title, list(_panels(run))))
        if table:
            for lines in (encoding, source_file, passes, marks):
                beside += lines.described(plan, out)
            beside += forecast(job, costs=costs)
    if table:
        for line in beside:
            print(printable(line), file=sys.stderr)  # apart from the table, which programs read
        _print([title], _rows(run))


def _print(*parts: Iterable[str]) -> None:
    """Line by line, for as long as anybody reads them."""
    try:
        for line in chain.from_iterable(parts):
            print(line)
        sys.stdout.flush()
    except BrokenPipeError:  # `| head` has seen enough; what is still held back goes nowhere
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _heard(run: DryRun, song: SongAnalysis) -> str:
    """The song's beats in words: as they are heard, and as they are given."""
    parts = f"{song.metre} a bar, {run.bars:.1f} bars, {len(song.sections)} sections"
    if run.heard is not None:
        return f"given: {song.tempo:.1f} beats a minute, {parts}; heard: {describe(run.heard)}"
    if not song.has_beats:
        return "no beats are heard"
    return f"{describe(song)}, {parts}"


def _panels(run: DryRun) -> Iterator[Drawing]:
    """The sound, if there is one, and each knob that moves."""
    if run.sound is not None:
        yield from _sound_panels(run.sound)
    every = -(-run.count // MOST_DRAWN)
    frames: list[DryRunFrame] = list(run.frames(every))
    for name in (*run.followed, *run.moving):
        yield panel(name, {"": [frame.values[name] for frame in frames]}, every=every)
    if not run.moving:
        yield panel("nothing moves", {"": [0.0]})


def _sound_panels(sound: Sound) -> Iterator[Drawing]:
    """The sound's peaks, with its beats, as they are heard too where others are given; its loudness, its sections."""
    given = "" if sound.heard_beats is None else " that are given"
    yield panel(f"{sound.name}: peaks, and its beats{given}", {"": sound.peaks}, sound.beats)
    if sound.heard_beats is not None:
        yield panel(f"{sound.name}: its beats that are heard", {"": sound.peaks}, sound.heard_beats)
    yield panel("loudness, and its sections", {"": sound.loudness}, sound.sections)


def _rows(run: DryRun) -> Iterator[str]:
    """A row for each frame."""
    if not run.moving:
        yield "no knob moves: each stays as it is"
        return
    widths = {name: max(len(name), 8) for name in (*run.moving, *run.followed)}
    yield "  ".join([" frame", "    time", *(f"{name:>{width}}" for name, width in widths.items())])
    for frame in run.frames():
        numbers = (f"{figure(frame.values[name], 4):>{width}}" for name, width in widths.items())
        yield "  ".join([f"{frame.frame:6d}", f"{float(frame.seconds):8.3f}", *numbers])
