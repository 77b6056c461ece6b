"""What the gallery shows, as data: cells, each with what it is, and the run that shows it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from vidream.config import RunConfig, configure, presets
from vidream.config.toml import read_toml
from vidream.dream.families import family_of
from vidream.errors import VidreamError, first_line
from vidream.jobs.between import configured
from vidream.studio.gallery_kept import key_of
from vidream.studio.look_files import saved_looks

MOST_OWN = 200
"""Looks of people's own."""
MANNER = ("network", "weights", "objective", "shape")
"""Knobs of the look that is worked on in which layers, channels and classes are shown."""


@dataclass(frozen=True)
class Cell:
    """A look to choose."""

    kind: str
    """preset, own, layer, channel or class."""
    title: str
    """Its name."""
    about: str = ""
    """What it looks like."""
    made_for: str = ""
    """The command for which it is made; "" for any."""
    look: Mapping[str, Any] = field(default_factory=dict)
    """The run that shows it: preset and knobs, as `vidream.jobs.between.configured` takes them."""
    problem: str = ""
    """Why it cannot be shown, or used."""

    @property
    def id(self) -> str:
        """What the page calls it."""
        return f"{self.kind}:{self.title}"


def looks(folder: Path, command: str) -> list[Cell]:
    """People's own looks, and the shipped ones whose networks are here.

    Args:
        folder: FOLDER.
        command: video, zoom or image, that shows them.
    """
    return [*_own(folder, command), *shipped()]


@cache
def shipped() -> tuple[Cell, ...]:
    """The shipped looks whose networks are here, by name."""
    cells = []
    for preset in presets():
        network = configure("image", preset=preset.name).goal.network
        if family_of(network).is_here(network):
            cells.append(Cell("preset", preset.name, preset.about, preset.command, {"preset": preset.name}))
    return tuple(cells)


def _own(folder: Path, command: str) -> Iterator[Cell]:
    """People's own looks, in FOLDER and in FOLDER/looks."""
    for title in saved_looks(folder)[:MOST_OWN]:
        path = folder / title
        try:
            made_for = str(read_toml(path, title).get("command", ""))
            configured(command, {"preset": str(path)})
            about = _first_comment(path)
        except (VidreamError, OSError) as error:
            yield Cell("own", title, problem=first_line(error).replace(str(path), title))
        else:
            yield Cell("own", title, about, made_for, {"preset": str(path)})


def _first_comment(path: Path) -> str:
    with path.open(encoding="utf-8", errors="replace") as file:
        line = file.readline(300)
    return line.lstrip("# ").strip() if line.startswith("#") else ""


def layers(found: Sequence[tuple[str, int]], manner: Mapping[str, Any]) -> list[Cell]:
    """A network's layers. found: their names and how many channels each has."""
    knobs = _manner(manner)
    return [
        Cell("layer", name, f"{count} channels", look={"knobs": {**knobs, "layer": [name]}}) for name, count in found
    ]


def channels(names: Iterable[str], manner: Mapping[str, Any]) -> list[Cell]:
    """Channels, each alone: "block2:7"; raised by their mean, the purest of looks."""
    knobs = {**_manner(manner), "objective": "mean"}
    return [Cell("channel", name, look={"knobs": {**knobs, "layer": [name]}}) for name in names]


def classes(names: Iterable[str], manner: Mapping[str, Any]) -> list[Cell]:
    """Classes of ImageNet, or groups of them."""
    knobs = {name: value for name, value in _manner(manner).items() if name in ("network", "weights")}
    return [Cell("class", name, look={"knobs": {**knobs, "toward": [name]}}) for name in names]


def _manner(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: values[name] for name in MANNER if values.get(name) is not None}


def keys(cells: Iterable[Cell], command: str, content: str, second: float) -> dict[str, str]:
    """What each cell's glimpse is found by, by its id; those that cannot be made are left out."""
    found = {}
    for cell in cells:
        try:
            found[cell.id] = key_of(content, second, _config(cell, command))
        except VidreamError:
            continue
    return found


def _config(cell: Cell, command: str) -> RunConfig:
    if cell.kind == "preset":
        return _shipped_config(cell.title, command)
    return configured(command, cell.look)


@cache
def _shipped_config(name: str, command: str) -> RunConfig:
    return configured(command, {"preset": name})
