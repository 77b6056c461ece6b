"""What `--dry-run` and `--plot` show: every knob that moves, frame by frame, before anything is dreamed."""

import os
import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace

from vidream.analysis import SongAnalysis
from vidream.cli.forecast import forecast
from vidream.cli.messages import console
from vidream.cli.panels import Drawing, page, panel, save
from vidream.cli.progress import alive
from vidream.jobs import encoding, passes, source_file
from vidream.jobs.dry_run import DryRun, DryRunFrame, Sound
from vidream.jobs.render_job import RenderJob
from vidream.jobs.sections import warn_of_one_section
from vidream.jobs.side_file import SideFile
from vidream.jobs.song_score import describe, first_bar_of, sections_of
from vidream.plan.inputs import files_beside
from vidream.text import counted, figure, printable

MOST_DRAWN = 20_000  # frames of a plot, which is some 1,100 px wide: of more, every second is drawn, every third
SHOWN = 8  # rows at each end of the table that are shown on a terminal


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
    plan, beside = job.plan, list[str]()
    if table:
        job.marks.check(overwrite=True)  # what is there already, and is the same, may stay: that is known later
    with alive(console(), "looking at what there is"):
        run = DryRun(plan)
        rate = figure(float(plan.fps), 5)
        title = f"{counted(run.count, 'frame')}, {job.written}, {rate} a second, {float(run.seconds):.2f} s"
        if run.song is not None:
            title += f"; {_heard(run, run.song)}"
        if plot is not None:
            plot = replace(plot, sources=[*plot.sources, *job.read, *files_beside(plan.config)])
            plot.check()
            save(plot, page(title, list(_panels(run))))
        if table:
            beside += _before(job, costs=costs)
    if table:
        _print(_cut(run) if sys.stdout.isatty() else _rows(run))
        for line in beside:
            print(printable(line), file=sys.stderr)  # apart from the table, which programs read
        warn_of_one_section(plan)
        _print([title])  # last, where it is seen


def _before(job: RenderJob, *, costs: bool) -> Iterator[str]:
    """What is known of a film before it is begun, a line each; its markers are written, as they are known, too."""
    if job.marks.paths:
        job.marks.write(job.marks.texts(DryRun(job.plan).count, job.timecode))
    for lines in (encoding, source_file, passes):
        yield from lines.described(job.plan, job.out)
    yield from forecast(job, costs=costs)
    for path in job.marks.paths:
        yield f"{path}: the markers are written"


def _print(lines: Iterable[str]) -> None:
    """Line by line, for as long as anybody reads them."""
    try:
        for line in lines:
            print(line)
        sys.stdout.flush()
    except BrokenPipeError:  # `| head` has seen enough; what is still held back goes nowhere
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _heard(run: DryRun, song: SongAnalysis) -> str:
    """The song's beats in words: as they are heard, and as they are given."""
    bar_one = first_bar_of(song, given=run.heard is not None)
    parts = f"{song.metre} a bar, {run.bars:.1f} bars, {bar_one}{sections_of(song, given=run.sections_given)}"
    if run.heard is not None:
        return f"given: {song.tempo:.1f} beats a minute, {parts}; heard: {describe(run.heard)}"
    if not song.has_beats:
        return "no beats are heard"
    return f"{describe(song)}, {parts}"


def _panels(run: DryRun) -> Iterator[Drawing]:
    """The sound, if there is one, and each knob that moves."""
    if run.sound is not None:
        yield from _sound_panels(run.sound, float(1 / run.plan.fps))
    every = -(-run.count // MOST_DRAWN)
    frames: list[DryRunFrame] = list(run.frames(every))
    for name in (*run.followed, *run.moving):
        yield panel(name, {"": [frame.values[name] for frame in frames]}, interval=float(every / run.plan.fps))
    if not run.moving:
        yield panel("nothing moves", {"": [0.0]})


def _sound_panels(sound: Sound, interval: float) -> Iterator[Drawing]:
    """The sound's peaks, with its beats, as they are heard too where others are given; its loudness, its sections.

    interval: seconds from one frame to the next.
    """
    given = "" if sound.heard_beats is None else " that are given"
    yield panel(
        f"{sound.name}: peaks, and its beats and bars{given}", {"": sound.peaks}, sound.beats, interval, sound.bars
    )
    if sound.heard_beats is not None:
        yield panel(f"{sound.name}: its beats that are heard", {"": sound.peaks}, sound.heard_beats, interval)
    yield panel("loudness, and its sections", {"": sound.loudness}, sound.sections, interval)


def _cut(run: DryRun) -> Iterator[str]:
    """The rows that a person looks at: the first and the last ones."""
    head, left = 1 + SHOWN, run.count - 2 * SHOWN
    for number, row in enumerate(_rows(run)):
        if left < 1 or number < head or number >= head + left:
            yield row
        elif number == head:
            yield f"   ... {left} more; --plot FILE.png draws them, and > FILE.txt keeps them all"


def _rows(run: DryRun) -> Iterator[str]:
    """A row for each frame; none if no knob moves."""
    if not run.moving:
        return
    widths = {name: max(len(name), 8) for name in (*run.moving, *run.followed)}
    yield "  ".join([" frame", "    time", *(f"{name:>{width}}" for name, width in widths.items())])
    for frame in run.frames():
        numbers = (f"{figure(frame.values[name], 4):>{width}}" for name, width in widths.items())
        yield "  ".join([f"{frame.frame:6d}", f"{float(frame.seconds):8.3f}", *numbers])
