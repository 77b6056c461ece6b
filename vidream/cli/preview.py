"""`vidream preview`: a sheet with a bar while it is made, and a line when it is there."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from vidream.cli.messages import console, notes
from vidream.cli.output import say
from vidream.cli.progress import progress_bar, span
from vidream.errors import Cancelled
from vidream.jobs.looks import Look
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
    try:
        with notes(), progress_bar(console(), f"looking at {source}") as listener:
            sheet = make_sheet(source, out, on_event=listener, side_by_side=side_by_side, **asked, **knobs)
    except KeyboardInterrupt:
        raise Cancelled(stopped(asked)) from None
    figures = f"{len(sheet.looks)} looks, {sheet.size}, {span(sheet.seconds)}"
    line = told_apart(sheet.looks)
    if line:
        console().say(line)
    say(f"{sheet.out}: {figures}; {sheet.page} copies their commands")


def stopped(asked: Mapping[str, Any]) -> str:
    """What is said of a sheet that was stopped. asked: as in `make`."""
    others = asked.get("layers") or asked.get("channels") or asked.get("like")
    are_all = asked.get("presets") is True or not (asked.get("presets") or others)
    fewer = "; --preset video makes fewer looks" if are_all else ""
    return f"stopped: nothing was kept, a sheet is written when all its looks are done{fewer}"


def told_apart(looks: Sequence[Look]) -> str:
    """What is said where a sheet of shipped looks holds some that are made for zooms beside others; "" where not."""
    shipped = [look for look in looks if look.kind == "preset"]
    zooms = [look for look in shipped if look.command in ("zoom", "music")]
    if not zooms or len(zooms) == len(shipped):
        return ""
    count = f"{len(zooms)} of {len(shipped)} looks are made for zoom or music"
    return f"{count}, and shown as a zoom; --preset video,image leaves them out"
