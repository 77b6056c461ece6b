"""The page beside a contact sheet: HTML whose cells can be looked at large, and copy the commands that make them."""

import html
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from string import Template
from urllib.parse import quote

from vidream.frames import Size

GENERATOR = '<meta name="generator" content="vidream preview">'
TEMPLATE = Path(__file__).with_name("sheet_page.html")


@dataclass(frozen=True)
class PageCell:
    """A part of the sheet, with what makes it."""

    caption: str
    """What stands under it."""
    corner: tuple[int, int]
    """The left top corner of its picture in the sheet, px."""
    commands: tuple[str, ...] = ()
    """What makes it, and what else can be made of its look; none of the picture as it is."""


def sheet_page(source: str, picture: str, sheet: Size, cell: Size, cells: Sequence[PageCell]) -> str:
    """HTML that shows parts of a sheet. It asks nothing of any address but for the sheet, which lies beside it.

    Args:
        source: the picture's name as it was given.
        picture: the sheet's file name.
        sheet: px.
        cell: px of each cell's picture.
        cells: in their order.
    """
    return Template(TEMPLATE.read_text(encoding="utf-8")).substitute(
        title=html.escape(source),
        picture=quote(picture),
        sheet_width=sheet.width,
        sheet_height=sheet.height,
        width=cell.width,
        height=cell.height,
        cells="\n".join(_item(each) for each in cells),
    )


def _item(cell: PageCell) -> str:
    caption, (x, y) = html.escape(cell.caption), cell.corner
    typed = html.escape(json.dumps(cell.commands))
    copy = ""
    if cell.commands:
        copy = f'<button class="copy" aria-label="Copy the command of {caption}">copy</button>'
    return (
        f'<li style="--x:{x};--y:{y}" data-caption="{caption}" data-commands="{typed}">'
        f'<button class="view picture" aria-label="{caption}, larger"></button><p><span>{caption}</span>{copy}</p></li>'
    )


def is_page(path: Path) -> bool:
    """Whether a file is a page that was made here: only such a one is replaced, as nobody has named it."""
    with path.open("rb") as file:
        return GENERATOR.encode() in file.read(1000)
