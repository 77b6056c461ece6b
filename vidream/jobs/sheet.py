"""One picture under many looks, to choose from by eye: a contact sheet, and a page whose cells know their command."""

import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Unpack

import cv2
import numpy as np

from vidream.config import DEFAULT, MAX_PIXELS, configure
from vidream.config.keywords import ImageKnobs
from vidream.dream.choice import engine_of
from vidream.errors import Cancelled, ConfigError, MediaError
from vidream.events import FrameEvent, Listener, StageEvent, scope, tell, thumbnail
from vidream.frames import PEAK, Frame, Pixels, Size, size_of
from vidream.jobs.crew import choose_crew
from vidream.jobs.likeness import order, signature
from vidream.jobs.look_commands import caption, commands
from vidream.jobs.looks import (
    Cell,
    Look,
    alike_looks,
    channel_looks,
    excited_channels,
    layer_looks,
    preset_looks,
    try_looks,
)
from vidream.jobs.looks_side_by_side import try_side_by_side
from vidream.jobs.moment import KINDS, SHOWN_BY
from vidream.jobs.places import place
from vidream.jobs.scene import Scene, read_scene
from vidream.jobs.sheet_page import PageCell, is_page, sheet_page
from vidream.media.paths import check_out, replacing
from vidream.media.picture_formats import BROWSABLE
from vidream.media.still import Picture, write_picture
from vidream.plan.inputs import files_beside
from vidream.plan.memory import needed
from vidream.plan.seed import check_example, file_of, read_seed

CELL, LOOK_CELL = 320, 480
"""Px of the long side of a cell's picture, at most; the second on a sheet of shipped looks alone, which are fewer.
A form is about as many px wide in a small picture as in a large one, so that a small one shows fewer of them."""
LABEL, GAP = 30, 8  # px: the strip under a cell, the space between cells
PLAIN = "as it is"
"""What stands under the picture that is dreamed over."""
LEAST = 4  # looks for each process, unless somebody asks for more processes: about what its start costs
WIDEST = 6  # cells in a row
GROUND, INK = 18, (235, 235, 235)


@dataclass(frozen=True)
class Sheet:
    """A contact sheet that was made."""

    out: Path
    """The sheet, a picture."""
    page: Path
    """The page beside it, whose cells copy their commands."""
    looks: tuple[Look, ...]
    """What could be tried, in the order of the cells after the first, which is the picture as it is. Shipped looks come
    last: the default one, and then always the one that differs most from all before it."""
    size: Size
    """Of the sheet, px."""
    seconds: float
    """How long it took."""


def make_sheet(
    source: str | Path,
    out: str | Path,
    *,
    layers: bool = False,
    channels: str | None = None,
    like: str | Path | None = None,
    top: int = 24,
    presets: bool | str = False,
    on_event: Listener | None = None,
    cancel: threading.Event | None = None,
    side_by_side: int | None = 1,
    **knobs: Unpack[ImageKnobs],
) -> Sheet:
    """Try many looks on one picture: all that is asked for, and the shipped looks if nothing is.

    Args:
        source: a picture; a film's frame, `clip.mp4@12.5`, to which what comes before leads up; or a film.
        out: .png, .jpg or .webp; a page of the same name goes beside it.
        layers: try each layer of the network.
        channels: a layer, of which those channels are tried that the picture excites most.
        like: a picture, of which those layers and channels are tried that answer to it and not to neutral pictures.
        top: how many channels.
        presets: try the shipped looks whose networks are on this machine, each as what it is for: the last frame of a
            second of film, frame 60 of a zoom; of a zoom whose layers take turns, a strip of each turn. Or their names,
            "coral,silk", or those of commands for which they are made, "video".
        on_event: called with each vidream.Event; a FrameEvent for each look.
        cancel: set it from another thread, and the run ends within a step with Cancelled; nothing is written.
        side_by_side: how many looks are tried at a time, each in a process of its own; 1: in this process, one after
            the other; None: by cores, memory and GPUs.
        **knobs: the flags of `vidream image` by name, for all looks whose command has them.

    Returns:
        Where the sheet and its page lie, and what could be tried.

    Raises:
        ConfigError: a wrong knob; or nothing could be tried.
        MediaError: SOURCE is no picture, or OUT or the page may not be written.
        Cancelled: `cancel` was set.
    """
    with scope(on_event, cancel):
        try:
            began = time.monotonic()
            overwrite = bool(knobs.pop("overwrite", False))
            paths = _Paths(str(source), Path(out), overwrite, knobs, like)
            paths.check()
            side = CELL if layers or channels or like else LOOK_CELL
            scene = read_scene(str(source), side, knobs.get("max_pixels") or MAX_PIXELS)
            looks: list[Look] = []
            if layers:
                looks += layer_looks(knobs)
            if channels:
                looks += channel_looks(knobs, excited_channels(knobs, channels, top, scene.picture))
            if like is not None:
                example = read_seed(str(like), knobs.get("max_pixels") or MAX_PIXELS).pixels()
                check_example(example, like)
                looks += alike_looks(knobs, example, top)
            if presets or not (layers or channels or like):
                looks += preset_looks(knobs, presets.split(",") if isinstance(presets, str) else ())
            cells = _tried(Path(out), scene, looks, knobs, side_by_side)
            return paths.write(scene, _sorted(cells), began)
        except Cancelled:
            raise Cancelled(f"{out}: cancelled; nothing was written") from None


def _tried(
    out: Path, scene: Scene, looks: Sequence[Look], knobs: Mapping[str, Any], side_by_side: int | None
) -> list[Cell]:
    """The looks that could be tried, in their order, whoever was done first. ConfigError if there is none."""
    size = size_of(scene.picture)
    memory = max((needed(look.config, size, KINDS[SHOWN_BY[look.command]]) for look in looks), default=0)
    most = len(looks) // LEAST if side_by_side is None else len(looks)
    crew = choose_crew(most, memory, {engine_of(look.config.goal) for look in looks}, side_by_side)
    crew.tell("looks")
    if crew.count == 1:
        trials = try_looks(scene, looks)
    else:
        trials = try_side_by_side(scene, looks, knobs, crew)
    tell(StageEvent("trying looks", out))
    cells: dict[int, Cell] = {}
    began = time.monotonic()
    with closing(trials):
        for index, cell in trials:
            if cell is not None:
                cells[index] = cell
                picture = thumbnail(Frame(cell.pixels, PEAK))
                tell(FrameEvent(out, len(cells), len(looks), time.monotonic() - began, picture))
    if not cells:
        raise ConfigError("nothing could be tried; efficientnet-lite0 works offline")
    return [cells[index] for index in sorted(cells)]


def _sorted(cells: Sequence[Cell]) -> list[Cell]:
    """Cells in their order, but shipped looks by how they look: see Sheet.looks."""
    others = [cell for cell in cells if cell.look.kind != "preset"]
    shipped = [cell for cell in cells if cell.look.kind == "preset"]
    first = next((index for index, cell in enumerate(shipped) if cell.look.title == DEFAULT), 0)
    return others + [shipped[index] for index in order([signature(cell.pixels) for cell in shipped], first)]


class _Paths:
    """What a sheet is read from and written to."""

    def __init__(
        self, source: str, out: Path, overwrite: bool, knobs: Mapping[str, Any], like: str | Path | None
    ) -> None:
        self.source, self.out, self.page = source, out, out.with_suffix(".html")
        self.overwrite, self.knobs = overwrite, knobs
        self.sources = [file_of(source), *files_beside(configure("image", **knobs))]
        if like is not None:
            self.sources.append(file_of(str(like)))

    def check(self) -> None:
        """Raise MediaError if the sheet or its page may not be written."""
        check_out(self.out, self.overwrite, self.sources, BROWSABLE)
        check_out(self.page, self.overwrite, self.sources, (".html",))
        if place(self.page) == place(self.out) or (self.page.exists() and not is_page(self.page)):
            problem = "is no page of an earlier preview, and would be replaced"
            raise MediaError(f"{self.page}: {problem}; name another file than {self.out}")

    def write(self, scene: Scene, cells: Sequence[Cell], began: float) -> Sheet:
        """Draw the sheet and its page, and put both in their places. began: by time.monotonic."""
        canvas = draw_sheet([(PLAIN, scene.picture), *((caption(cell.look), cell.pixels) for cell in cells)])
        looks = tuple(cell.look for cell in cells)
        size = size_of(scene.picture)
        _, corners = grid(len(cells) + 1, size)
        shown = [PageCell(PLAIN, corners[0])]
        for look, corner in zip(looks, corners[1:], strict=True):
            shown.append(PageCell(caption(look), corner, commands(look, self.source, scene.seed, self.knobs)))
        content = sheet_page(self.source, self.out.name, size_of(canvas), size, shown)
        with (
            replacing(self.out, overwrite=self.overwrite, sources=self.sources) as picture,
            replacing(self.page, overwrite=self.overwrite, sources=self.sources) as page,
        ):
            write_picture(picture, Picture(canvas))
            page.write_text(content, encoding="utf-8", errors="replace")
        return Sheet(self.out, self.page, looks, size_of(canvas), time.monotonic() - began)


def grid(count: int, cell: Size) -> tuple[int, list[tuple[int, int]]]:
    """(cells in a row, the left top corner of each cell's picture, px)."""
    columns = min(count, WIDEST)
    across, down = cell.width + GAP, cell.height + LABEL + GAP
    return columns, [(GAP + n % columns * across, GAP + n // columns * down) for n in range(count)]


def draw_sheet(cells: Sequence[tuple[str, Pixels]]) -> Pixels:
    """Pictures of one size side by side, each with its title under it: uint8 (H, W, 3)."""
    size = size_of(cells[0][1])
    columns, places = grid(len(cells), size)
    rows = -(-len(cells) // columns)
    shape = (GAP + rows * (size.height + LABEL + GAP), GAP + columns * (size.width + GAP), 3)
    canvas: Pixels = np.full(shape, GROUND, np.uint8)
    for (title, pixels), (x, y) in zip(cells, places, strict=True):
        canvas[y : y + size.height, x : x + size.width] = pixels
        _write(canvas, title, x, y + size.height, size.width)
    return canvas


def _write(canvas: Pixels, title: str, x: int, y: int, width: int) -> None:
    font, scale = cv2.FONT_HERSHEY_SIMPLEX, 0.6
    (long, _), _ = cv2.getTextSize(title, font, scale, 1)
    scale *= min(1.0, (width - 4) / max(1, long))
    cv2.putText(canvas, title, (x + 2, y + LABEL - 9), font, scale, INK, 1, cv2.LINE_AA)
