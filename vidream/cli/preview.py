"""`vidream preview`: a sheet with a bar while it is made, and a line when it is there."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from vidream.cli.messages import console, notes
from vidream.cli.output import say
from vidream.cli.progress import progress_bar, span
from vidream.jobs.sheet import make_sheet


def make(source: str, out: Path, knobs: Mapping[str, Any], asked: Mapping[str, Any], side_by_side: int | None) -> None:
    """Make the sheet, and say what was made.

    Args:
        source: a picture, or a film's frame.
        out: the sheet.
        knobs: flags of `vidream image`, by name.
        asked: which looks, as keywords of make_sheet.
        side_by_side: how many looks at a time; None: as the machine has room for.
    """
    with notes(), progress_bar(console(), f"looking at {source}") as listener:
        sheet = make_sheet(source, out, on_event=listener, side_by_side=side_by_side, **asked, **knobs)
    figures = f"{len(sheet.looks)} looks, {sheet.size}, {span(sheet.seconds)}"
    say(f"{sheet.out}: {figures}; {sheet.page} copies their commands")
