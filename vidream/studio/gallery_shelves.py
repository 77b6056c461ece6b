"""The gallery's shelves: which cells stand on each, and what each cell is found by."""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from vidream.config import MAX_PIXELS
from vidream.studio import gallery_cells
from vidream.studio.gallery_cells import Cell
from vidream.studio.gallery_kept import ENDINGS, Kept
from vidream.studio.gallery_maker import Maker
from vidream.studio.gallery_subject import Subject

SHELVES = ("looks", "layers", "channels", "like", "classes")
"""Their names."""
PAGE = 24
"""Channels at a time."""
MOST_CHANNELS = 10_000
"""That a layer has."""
MOST_TRIED = 60
"""Classes that stand on their shelf; the oldest give way."""
CHANNEL = r"\d{1,6}(-\d{1,6})?(,\d{1,6}(-\d{1,6})?){0,20}"
FIRST_CLASSES = (
    *("dogs", "cats", "wolves", "birds", "fish", "snakes", "butterflies", "flowers", "fruit", "mushrooms"),
    *("churches", "mountains"),
)
"""Groups that stand there at the beginning."""


@dataclass
class Chosen:
    """What a person has chosen to see."""

    shelf: str = "looks"
    layer: str = ""
    like: str = ""
    added: list[str] = field(default_factory=list)
    tried: list[str] = field(default_factory=list)


class Shelves:
    """Cells, by shelf; only the shelf that is shown is filled."""

    def __init__(self, root: Path, maker: Maker, remembered: object) -> None:
        """root: FOLDER. remembered: by an earlier run."""
        self._root, self._maker = root, maker
        self._chosen = _chosen(remembered)
        self._picture: Path | None = None
        self._cells: dict[str, list[Cell]] = {}
        self._keys: dict[str, str] = {}
        self._layers: list[tuple[str, int]] = []
        self._ranked: list[str] = []
        self._count = PAGE
        self._filled: dict[str, Any] = {}
        self.apart: list[Cell] = []
        """Cells that are shown beside the shelf: stills are made of them, before all else."""

    @property
    def shelf(self) -> str:
        """Which is shown."""
        return self._chosen.shelf

    def cell(self, name: str) -> Cell | None:
        """A cell by its id."""
        return next((cell for cells in self._cells.values() for cell in cells if cell.id == name), None)

    def remembered(self) -> dict[str, Any]:
        """What a later run begins with: JSON."""
        return {"shelf": self._chosen.shelf, "layer": self._chosen.layer, "tried": self._chosen.tried}

    def choose(self, shelf: str, layer: object, like: object, path_of: Callable[[str], Path]) -> None:
        """Show another shelf. InputError: there is no such picture."""
        if isinstance(like, str) and like:
            self._picture = path_of(like)
            self._chosen.like = like
        if isinstance(layer, str) and any(name == layer for name, _ in self._layers) and layer != self._chosen.layer:
            self._chosen.layer, self._chosen.added, self._count = layer, [], PAGE
        self._chosen.shelf = shelf

    def more(self) -> None:
        """Show more channels."""
        self._count += PAGE

    def add_channels(self, text: str) -> None:
        """Show channels of the layer that is shown: 17, or 17,40-44."""
        name = f"{self._chosen.layer}:{text}"
        self._chosen.added = [name, *(each for each in self._chosen.added if each != name)][:PAGE]

    def add_class(self, name: str) -> None:
        """Show a class, or a group of them."""
        self._chosen.tried = [name, *(each for each in self._chosen.tried if each != name)][:MOST_TRIED]

    async def fill(self, subject: Subject) -> None:
        """Put on the shelf that is shown what stands there. RenderError: the process cannot say."""
        manner, shelf = dict(subject.manner), self.shelf
        if shelf == "looks":
            cells = await asyncio.to_thread(gallery_cells.looks, self._root, subject.command)
        elif shelf == "layers":
            cells = gallery_cells.layers(await self._find_layers(manner), manner)
        elif shelf == "channels":
            cells = await self._channels(subject, manner)
        elif shelf == "like":
            cells = await self._alike(manner)
        else:
            cells = gallery_cells.classes(self._chosen.tried, manner)
        self._cells[shelf] = cells
        arguments = [*self.apart, *cells], subject.command, subject.content, subject.second
        self._keys.update(await asyncio.to_thread(gallery_cells.keys, *arguments))

    def wanted(self, seen: Sequence[str], moving: bool) -> list[tuple[Cell, str, str]]:
        """(cell, key, "still" or "loop") to be made, in their order: what is seen first, stills before loops."""
        shown = {cell.id: cell for cell in self._cells.get(self.shelf, ()) if cell.id in self._keys}
        first = [shown[each] for each in dict.fromkeys(seen) if each in shown]
        rest = [cell for cell in shown.values() if cell not in first]
        apart = [cell for cell in self.apart if cell.id in self._keys]
        order = [(apart, "still"), (first, "still"), (first, "loop"), (rest, "still"), (rest, "loop")]
        parts = [(cells, part) for cells, part in order if part == "still" or moving]
        return [(cell, self._keys[cell.id], part) for cells, part in parts for cell in cells]

    def still_of(self, cell: Cell, kept: Kept) -> str:
        """The file of a cell's still; "" while there is none."""
        key = self._keys.get(cell.id, "")
        return key + ENDINGS["still"] if key and kept.has(key, "still") else ""

    def snapshot(self, kept: Kept) -> dict[str, Any]:
        """What a page shows."""
        chosen = self._chosen
        cells = [*self._told(self._cells.get(self.shelf, ()), kept)]
        about = {"shelf": chosen.shelf, "layer": chosen.layer, "like": chosen.like}
        left = max(0, len(self._ranked) - self._count) if self.shelf == "channels" else 0
        return {**about, "cells": cells, "layers": [name for name, _ in self._layers], "left": left}

    def _told(self, cells: Sequence[Cell], kept: Kept) -> Iterator[dict[str, Any]]:
        for cell in cells:
            key = self._keys.get(cell.id, "")
            files = {part: key + ending if key and kept.has(key, part) else "" for part, ending in ENDINGS.items()}
            about = {"id": cell.id, "kind": cell.kind, "title": cell.title, "about": cell.about, "for": cell.made_for}
            yield {**about, **files, "problem": cell.problem or self._maker.problem_of(key)}

    async def _find_layers(self, manner: Mapping[str, Any]) -> list[tuple[str, int]]:
        network = {name: manner[name] for name in ("network", "weights") if name in manner}
        if self._filled.get("layers") != network:
            found = await self._maker.ask("layers", {"knobs": network})
            self._layers = [(name, count) for name, count in found]
            self._filled["layers"] = network
        if self._layers and self._chosen.layer not in dict(self._layers):
            names = [name for name, _ in self._layers]
            self._chosen.layer = "block10" if "block10" in names else names[-1]
            self._chosen.added, self._count = [], PAGE
        return self._layers

    async def _channels(self, subject: Subject, manner: Mapping[str, Any]) -> list[Cell]:
        await self._find_layers(manner)
        layer = self._chosen.layer
        network = {name: manner[name] for name in ("network", "weights") if name in manner}
        ranked = layer, network, subject.content, subject.second
        if self._filled.get("channels") != ranked:
            about = {"knobs": network, "layer": layer, "most": MOST_CHANNELS}
            self._ranked = await self._maker.ask("channels", about)
            self._filled["channels"] = ranked
        names = dict.fromkeys([*self._chosen.added, *self._ranked[: self._count]])
        return gallery_cells.channels(names, manner)

    async def _alike(self, manner: Mapping[str, Any]) -> list[Cell]:
        if self._picture is None:
            return []
        network = {name: manner[name] for name in ("network", "weights") if name in manner}
        found = str(self._picture), network
        if self._filled.get("like") != found:
            about = {"knobs": network, "picture": str(self._picture), "max_pixels": MAX_PIXELS}
            self._filled["alike"] = await self._maker.ask("like", about)
            self._filled["like"] = found
        names, ranked = self._filled["alike"]
        counts = dict(await self._find_layers(manner))
        of_layers = gallery_cells.layers([(name, counts[name]) for name in names], manner)
        return [*gallery_cells.channels(ranked, manner), *of_layers]


def _chosen(remembered: object) -> Chosen:
    """What an earlier run remembered, as far as it is that."""
    if not isinstance(remembered, dict):
        return Chosen(tried=[*FIRST_CLASSES])
    shelf, layer, tried = (remembered.get(name) for name in ("shelf", "layer", "tried"))
    names = [each for each in tried if isinstance(each, str)] if isinstance(tried, list) else [*FIRST_CLASSES]
    return Chosen(shelf if shelf in SHELVES else "looks", layer if isinstance(layer, str) else "", tried=names)
