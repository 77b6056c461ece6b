"""One picture under many looks, to choose from by eye: a contact sheet, and a page whose cells know their command."""

import html
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import cv2
import numpy as np

from vidream.clock import START
from vidream.config import Layer, RunConfig, configure, presets
from vidream.dream.catalogue import check_goal
from vidream.errors import ConfigError, MediaError
from vidream.events import warn
from vidream.frames import Pixels, Size, as_pixels, size_of
from vidream.plan.mask import shares
from vidream.render.composite import composite
from vidream.render.dreamer import make_dreamer
from vidream.render.state import Dreamer
from vidream.resample import fitted
from vidream.text import shell_command

CELL = 320  # px, the long side of a cell's picture
LABEL, GAP = 30, 8  # px: the strip under a cell, the space between cells
WIDEST = 6  # cells in a row
GROUND, INK = 18, (235, 235, 235)


@dataclass(frozen=True)
class Look:
    """Something to try.

    label  what stands under its cell
    flags  what makes it, as typed after `vidream image IN OUT`
    config of a run that does
    """

    label: str
    flags: tuple[str, ...]
    config: RunConfig


@dataclass(frozen=True)
class Cell:
    """A look, tried. pixels: at most CELL px on the long side."""

    look: Look
    pixels: Pixels


def layer_looks(given: Mapping[str, Any]) -> list[Look]:
    """Each layer of the network. One objective holds them all, each time with other weights: one compilation."""
    from vidream.dream.network import outline

    base = _config(given)
    names = [name for name, facts in outline(base.goal).items() if name != "logits" and facts.channels]
    return [_one_of(base, [Layer(each) for each in names], number) for number in range(len(names))]


def channel_looks(given: Mapping[str, Any], layer: str, top: int, pixels: Pixels) -> list[Look]:
    """The channels of a layer that the picture excites most."""
    base = _config({**given, "layer": layer})
    if str(base.goal.layer[0]) != base.goal.layer[0].name:
        raise ConfigError(f"--channels {layer}: must be the name of a layer alone")
    from vidream.dream.network import network
    from vidream.dream.objective import answer

    excited = answer(network(base.goal), pixels.astype(np.float32), layer).mean(0)
    strongest = np.argsort(-excited, kind="stable")[:top]
    labels = [f"{layer}:{number}" for number in strongest]
    return [Look(each, ("--layer", each), _config({**given, "layer": each})) for each in labels]


def preset_looks(given: Mapping[str, Any]) -> list[Look]:
    """The shipped looks."""
    return [Look(each.name, ("--preset", each.name), _config(given, each.name)) for each in presets()]


def _config(given: Mapping[str, Any], preset: str | None = None) -> RunConfig:
    config = configure("image", preset=preset, **given)
    check_goal(config.goal)
    return config.at(0, START)


def _one_of(base: RunConfig, layers: Sequence[Layer], chosen: int) -> Look:
    """One layer, of an objective that holds them all."""
    weighed = tuple(replace(each, weight=float(number == chosen)) for number, each in enumerate(layers))
    name = layers[chosen].name
    return Look(name, ("--layer", name), replace(base, goal=replace(base.goal, layer=weighed)))


def tried(pixels: Pixels, looks: Sequence[Look]) -> Iterator[Cell]:
    """Each look on the picture. What cannot be tried here (a network that is not here) is left out, and said."""
    small = fitted(pixels, size_of(pixels).at_most(CELL)).astype(np.float32)
    ready: dict[Any, Dreamer] = {}
    for look in looks:
        config = look.config
        terms = tuple((layer.name, len(layer.channels) > 0) for layer in config.goal.layer)
        key = config.goal.network, config.goal.objective, config.dream.tile, terms, config.goal.guide
        try:
            dreamer = ready.get(key) or make_dreamer(config)
        except (MediaError, ConfigError) as error:
            warn(f"left out: {error}", look.label)
            continue
        ready[key] = dreamer
        dreamed = dreamer(small, config, config.dream.steps, (0,))
        mask = next(shares(config.mask, size_of(small), None, config.files.max_pixels))
        yield Cell(look, as_pixels(composite(small, dreamed - small, config.dream, mask)))


def grid(count: int, cell: Size) -> tuple[int, list[tuple[int, int]]]:
    """(cells in a row, the left top corner of each cell's picture, px)."""
    columns = min(count, WIDEST)
    across, down = cell.width + GAP, cell.height + LABEL + GAP
    return columns, [(GAP + n % columns * across, GAP + n // columns * down) for n in range(count)]


def sheet(cells: Sequence[tuple[str, Pixels]]) -> Pixels:
    """Pictures of one size, each with its label under it."""
    size = size_of(cells[0][1])
    columns, places = grid(len(cells), size)
    rows = -(-len(cells) // columns)
    shape = (GAP + rows * (size.height + LABEL + GAP), GAP + columns * (size.width + GAP), 3)
    drawn: Pixels = np.full(shape, GROUND, np.uint8)
    for (label, pixels), (x, y) in zip(cells, places, strict=True):
        drawn[y : y + size.height, x : x + size.width] = pixels
        _write(drawn, label, x, y + size.height, size.width)
    return drawn


def _write(drawn: Pixels, label: str, x: int, y: int, width: int) -> None:
    font, scale = cv2.FONT_HERSHEY_SIMPLEX, 0.6
    (long, _), _ = cv2.getTextSize(label, font, scale, 1)
    scale *= min(1.0, (width - 4) / max(1, long))
    cv2.putText(drawn, label, (x + 2, y + LABEL - 9), font, scale, INK, 1, cv2.LINE_AA)


def page(source: str, flags: Sequence[str], picture: str, cells: Sequence[Cell]) -> str:
    """HTML whose cells show parts of the sheet, and copy, when they are clicked, the command that makes them.

    source: the picture's name as it was given; flags: that all cells have in common; picture: the sheet's file name.
    """
    _, places = grid(len(cells) + 1, size_of(cells[0].pixels))
    cell = size_of(cells[0].pixels)
    shown = "\n".join(
        f'<button style="background-position:-{x}px -{y}px" '
        f'data-command="{html.escape(_command(source, flags, each.look))}">'
        f"<span>{html.escape(each.look.label)}</span></button>"
        for each, (x, y) in zip(cells, places[1:], strict=True)
    )
    return PAGE.format(
        title=html.escape(source), picture=quote(picture), width=cell.width, height=cell.height, cells=shown
    )


def _command(source: str, flags: Sequence[str], look: Look) -> str:
    named = f"./{source}" if source.startswith("-") else source
    return shell_command(["vidream", "image", named, "dream.png", *flags, *look.flags])


def is_page(path: Path) -> bool:
    """Whether a file is a page that was made here. Nobody has named it, so that nothing else is replaced by one."""
    with path.open("rb") as file:
        return GENERATOR.encode() in file.read(1000)


GENERATOR = '<meta name="generator" content="vidream preview">'
PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="generator" content="vidream preview"><title>{title}</title>
<style>
body {{ background: #121212; color: #ebebeb; font: 15px/1.4 system-ui, sans-serif; margin: 24px; }}
main {{ display: flex; flex-wrap: wrap; gap: 12px; }}
button {{ width: {width}px; height: {height}px; border: 0; padding: 0; cursor: copy; position: relative;
  background-image: url("{picture}"); background-repeat: no-repeat; }}
span {{ position: absolute; left: 0; bottom: 0; padding: 2px 8px; background: #000a; color: #fff; font: inherit; }}
#said {{ font-family: monospace; min-height: 1.4em; }}
</style>
<h1>{title}</h1><p>Click a picture to copy the command that makes it.</p><p id="said"></p>
<main>
{cells}
</main>
<script>
for (const button of document.querySelectorAll("button")) button.onclick = () => {{
  const command = button.dataset.command;
  document.getElementById("said").textContent = command;
  if (navigator.clipboard) navigator.clipboard.writeText(command);
}};
</script>
</html>
"""
