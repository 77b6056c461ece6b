"""A command that makes one film: what stands beside it, a bar while it is rendered, a line when it is there."""

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vidream.cli.messages import both, console, notes
from vidream.cli.output import say
from vidream.cli.progress import alive, progress_bar, said_safe, span
from vidream.errors import Cancelled
from vidream.events import Event, FrameEvent
from vidream.jobs.pace import Pace
from vidream.text import counted

if TYPE_CHECKING:
    from vidream.events import Listener
    from vidream.jobs.job import Rendered
    from vidream.jobs.render_job import RenderJob
    from vidream.jobs.side_file import SideFile


def render_film(out: Path, render: "Callable[[Listener], Rendered]") -> None:
    """Render with a bar, and say what was made, or what is safe."""
    from vidream.render.leftovers import frames_safe, written_at

    written, pace = written_at(out), Pace()

    def see(event: Event) -> None:
        if isinstance(event, FrameEvent):
            pace.see(event.frames, time.monotonic())

    try:
        with notes(), progress_bar(console()) as listener:
            rendered = render(both(listener, see))
    except KeyboardInterrupt:
        safe = frames_safe(out)
        state = said_safe(safe) if safe else "no frame was done yet"
        if not safe and written_at(out) != written:
            state = f"{out} was made already"
        raise Cancelled(f"stopped: {state}") from None
    say(made(rendered, pace.mean))


def made(rendered: "Rendered", seconds_a_frame: float | None) -> str:
    """What is said of a film that is made, and of its passes; seconds_a_frame: without the start, None: not known."""
    words = [
        f"{rendered.out}: {counted(rendered.frames, 'frame')}",
        str(rendered.size),
        span(rendered.seconds),
        *([] if seconds_a_frame is None else [f"{seconds_a_frame:.2f} s a frame"]),
    ]
    passes = [f"{'pass' if len(rendered.passes) == 1 else 'passes'}: {', '.join(map(str, rendered.passes))}"]
    return "; ".join([", ".join(words), *(passes if rendered.passes else [])])


def render_picture(source: str, out: Path, preset: str | None, draft: bool, knobs: Mapping[str, Any]) -> None:
    """Dream a picture, and say what was made."""
    from vidream.jobs.still import render_image

    with notes(), alive(console(), f"looking at {source}"):
        rendered = render_image(source, out, preset=preset, draft=draft, **knobs)
    say(f"{rendered.out}: {rendered.size}, {span(rendered.seconds)}")


def where(
    out: Path | None,
    command: str,
    source: str | Path,
    preset: str | None,
    draft: bool,
    knobs: Mapping[str, Any],
    *,
    dry_run: bool = False,
    seed: str = "",
) -> Path:
    """OUT, or where it goes if it was left out: beside `source`, of a `command`, and over nothing.

    seed: what a music visual is made of.
    """
    from vidream.jobs.default_out import check_default, out_or_default
    from vidream.jobs.music import base_command

    base = base_command(seed) if seed else None
    found = out_or_default(command, source, out, preset=preset, draft=draft, knobs=knobs, base=base)
    if out is None and not dry_run:
        check_default(found, overwrite=bool(knobs.get("overwrite")))
    return found


def side_file(
    path: Path | None, knobs: Mapping[str, Any], sources: Sequence[Path | None], out: Path | None, ending: str = ".png"
) -> "SideFile | None":
    """A plot or a table that was asked for, checked before any work is done."""
    from vidream.jobs.side_file import SideFile

    if path is None:
        return None
    file = SideFile(path, ending, bool(knobs.get("overwrite")), sources, out)
    file.check()
    return file


def make_film(
    make_job: "Callable[[], RenderJob]", out: Path, *, dry_run: bool, plot: "SideFile | None", costs: bool = True
) -> None:
    """Make a film, or show what it will be, or both; its plan is made once.

    Args:
        make_job: makes its job.
        out: of the job.
        dry_run: it is shown, and not made.
        plot: where its timeline is drawn.
        costs: whether it can be made as it is: all that the render would check is checked, and a few frames are made to
            measure how long it takes. False: a song without a seed.
    """
    from vidream.jobs.job import check_and_run

    if not (dry_run or plot):
        render_film(out, lambda listen: listened(listen, lambda: check_and_run(make_job())))
        return
    from vidream.cli.timeline import show

    with notes() if dry_run else nullcontext(), alive(console(), "looking at what there is"):
        job = make_job()
        if not dry_run:
            job.check()
        elif costs:
            job.check_dry()
    with notes():
        show(job, table=dry_run, plot=plot, costs=costs)
    if not dry_run:
        render_film(out, job.run)


def draw_timeline(job: "RenderJob", plot: "SideFile") -> None:
    """Draw every knob that moves, of a film that is made elsewhere."""
    from vidream.cli.timeline import show

    with notes():
        show(job, table=False, plot=plot, costs=False)


def listened(listen: "Listener", run: "Callable[[], Rendered]") -> "Rendered":
    """What a run makes, whose events reach a listener."""
    from vidream.events import scope

    with scope(listen):
        return run()
