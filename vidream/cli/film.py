"""A command that makes one film: what stands beside it, a bar while it is rendered, a line when it is there."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vidream.cli.messages import console, notes
from vidream.cli.output import say
from vidream.cli.progress import alive, progress_bar, said_safe, span
from vidream.errors import Cancelled
from vidream.text import counted

if TYPE_CHECKING:
    from vidream.events import Listener
    from vidream.jobs.job import Rendered
    from vidream.jobs.side_file import SideFile
    from vidream.plan.step import Plan


def render_film(out: Path, render: "Callable[[Listener], Rendered]") -> None:
    """Render with a bar, and say what was made, or what is safe."""
    from vidream.render.leftovers import frames_safe, written_at

    written = written_at(out)
    try:
        with notes(), progress_bar(console()) as listener:
            rendered = render(listener)
    except KeyboardInterrupt:
        safe = frames_safe(out)
        state = said_safe(safe) if safe else "no frame was done yet"
        if not safe and written_at(out) != written:
            state = f"{out} was made already"
        raise Cancelled(f"stopped: {state}") from None
    seconds_a_frame = rendered.seconds / rendered.frames
    say(
        f"{rendered.out}: {counted(rendered.frames, 'frame')}, {rendered.size}, {span(rendered.seconds)}, "
        f"{seconds_a_frame:.2f} s a frame"
    )


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


@contextmanager
def planning(dry_run: bool) -> Iterator[None]:
    """Within the block a plan is made; in a dry run, with what there is to note of it."""
    with notes() if dry_run else nullcontext(), alive(console(), "looking at what there is"):
        yield


def show_timeline(
    plan: "Plan", out: Path, sources: Sequence[Path | None], table: bool, plot: "SideFile | None"
) -> None:
    """Print what is written beside OUT, and every knob that moves, and draw these."""
    from vidream.cli.timeline import show

    with notes():
        show(plan, out, sources, table=table, plot=plot)
