"""`vidream preview`: a sheet with a bar while it is made, and a line when it is there."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from vidream.cli.messages import console, notes
from vidream.cli.output import say
from vidream.cli.progress import progress_bar, span
from vidream.jobs.sheet import make_sheet


def make(
    source: str, out: Path, knobs: Mapping[str, Any], *, layers: bool, channels: str | None, top: int, presets: bool
) -> None:
    """Make the sheet, and say what was made."""
    with notes(), progress_bar(console()) as listener:
        sheet = make_sheet(
            source, out, layers=layers, channels=channels, top=top, presets=presets, on_event=listener, **knobs
        )
    figures = f"{len(sheet.looks)} looks, {sheet.size}, {span(sheet.seconds)}"
    say(f"{sheet.out}: {figures}; {sheet.page} copies their commands")
