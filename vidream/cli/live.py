"""`vidream live`: what a person sees of it beside the window, in the terminal."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from rich.progress import Progress, SpinnerColumn

from vidream.cli.messages import console, notes
from vidream.cli.output import Console, say
from vidream.cli.progress import EVERY, span
from vidream.events import Event, Listener
from vidream.live.status import StatusEvent


def play(source: str, preset: str | None, knobs: dict[str, Any]) -> None:
    """Run it until its time is up, its window is closed, or Ctrl-C."""
    from vidream.live.run import run_live

    with notes(), status_line(console(), bool(knobs.get("midi_learn"))) as listen:
        played = run_live(source, preset=preset, on_event=listen, terminal=True, **knobs)
    left_out = f"{played.dropped} of the source dropped, {played.late} shown late"
    say(f"{played.frames} frames in {span(played.seconds)}; {left_out}")


@contextmanager
def status_line(console: Console, dialogue: bool = False) -> Iterator[Listener]:
    """A listener that shows how it goes: one line on a terminal, one now and then on a pipe.

    On a pipe troubles are told when they begin and end, too.

    Args:
        console: where to.
        dialogue: whether the person is asked something first: the line comes when they have answered.
    """
    if console.is_terminal:
        bar = Progress(SpinnerColumn(), "{task.description}", console=console, transient=True)  # no markup: see Console
        task = bar.add_task("opening", total=None)

        def draw(event: Event) -> None:
            if isinstance(event, StatusEvent):
                bar.start()
                bar.update(task, description="; ".join(event.status.lines))

        try:
            if not dialogue:
                bar.start()
            yield draw
        finally:
            bar.stop()
        return
    last: list[StatusEvent] = []

    def print_line(event: Event) -> None:
        if not isinstance(event, StatusEvent):
            return
        told = last[-1:] and last[-1]
        troubled = bool(event.status.troubles)
        if not told or event.second - told.second >= EVERY or troubled != bool(told.status.troubles):
            last[:] = [event]
            console.say("; ".join(event.status.lines))

    yield print_line
