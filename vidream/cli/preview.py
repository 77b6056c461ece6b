"""`vidream preview`: the sheet and its page, on disk."""

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from vidream.cli.messages import console, notes
from vidream.cli.output import say
from vidream.cli.progress import progress_bar, span
from vidream.config import MAX_PIXELS, configure, flag
from vidream.errors import ConfigError, MediaError
from vidream.events import FrameEvent, scope, tell, thumbnail
from vidream.frames import PEAK, Frame, size_of
from vidream.jobs.places import place
from vidream.jobs.sheet import CELL, Cell, channel_looks, is_page, layer_looks, page, preset_looks, sheet, tried
from vidream.media.files import moved
from vidream.media.paths import check_out, workshop
from vidream.media.still import PICTURES, Picture, write_picture
from vidream.plan.inputs import files_beside
from vidream.plan.seed import file_of, read_seed
from vidream.resample import fitted


def make(
    source: str, out: Path, knobs: Mapping[str, Any], *, layers: bool, channels: str | None, top: int, presets: bool
) -> None:
    """Try what is asked for, all of it if several are; the shipped looks if nothing is."""
    began = time.monotonic()
    given = {name: value for name, value in knobs.items() if name != "overwrite"}
    pixels = read_seed(source, given.get("max_pixels") or MAX_PIXELS)
    sources = [file_of(source), *files_beside(configure("image", **given))]
    for path, endings in ((out, PICTURES), (out.with_suffix(".html"), (".html",))):
        check_out(path, bool(knobs.get("overwrite")), sources, endings)
    html = out.with_suffix(".html")
    if place(html) == place(out) or (html.exists() and not is_page(html)):
        said = "is no page of an earlier preview, and would be replaced"
        raise MediaError(f"{html}: {said}; name another file than {out}")
    small = fitted(pixels, size_of(pixels).at_most(CELL))
    looks = [
        *(layer_looks(given) if layers else []),
        *(channel_looks(given, channels, top, small) if channels else []),
        *(preset_looks(given) if presets or not (layers or channels) else []),
    ]
    cells: list[Cell] = []
    with notes(), progress_bar(console()) as listener, scope(listener):
        for cell in tried(small, looks):
            cells.append(cell)
            tell(FrameEvent(out, len(cells), len(looks), time.monotonic() - began, thumbnail(Frame(cell.pixels, PEAK))))
    if not cells:
        raise ConfigError("nothing could be tried; efficientnet-lite0 works offline")
    drawn = sheet([("as it is", small), *((cell.look.label, cell.pixels) for cell in cells)])
    with workshop(out) as folder:
        write_picture(folder / out.name, Picture(drawn))
        html = folder / "page.html"
        flags = _flags({name: value for name, value in given.items() if name != "layer"})
        html.write_text(page(source, flags, out.name, cells), encoding="utf-8", errors="replace")
        for fresh, final in ((html, out.with_suffix(".html")), (folder / out.name, out)):
            moved(fresh, final, overwrite=bool(knobs.get("overwrite")), sources=sources)
    made = span(time.monotonic() - began)
    say(f"{out}: {len(cells)} looks, {size_of(drawn)}, {made}; {out.with_suffix('.html')} copies their commands")


def _flags(given: Mapping[str, Any]) -> list[str]:
    """Knobs as they are typed."""
    flags = []
    for name, value in given.items():
        if isinstance(value, bool):
            flags.append(flag(name) if value else f"--no-{name}")
        else:
            for each in value if isinstance(value, list) else [value]:
                flags += [flag(name), str(each)]
    return flags
