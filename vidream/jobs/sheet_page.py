"""The page beside a contact sheet: HTML whose cells know the command that makes them."""

import html
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

from vidream.frames import Size
from vidream.jobs.looks import Look
from vidream.text import shell_command


def sheet_page(
    source: str, flags: Sequence[str], picture: str, cell: Size, places: Sequence[tuple[Look, tuple[int, int]]]
) -> str:
    """HTML whose cells show parts of the sheet, and copy, when they are clicked, the command that makes them.

    Args:
        source: the picture's name as it was given.
        flags: what all cells have in common, as typed.
        picture: the sheet's file name.
        cell: px.
        places: each look, with the left top corner of its cell in the sheet, px.
    """
    cells = "\n".join(
        f'<button style="background-position:-{x}px -{y}px" '
        f'data-command="{html.escape(_command(source, flags, look))}">'
        f"<span>{html.escape(look.title)}</span></button>"
        for look, (x, y) in places
    )
    return PAGE.format(
        title=html.escape(source), picture=quote(picture), width=cell.width, height=cell.height, cells=cells
    )


def _command(source: str, flags: Sequence[str], look: Look) -> str:
    named = f"./{source}" if source.startswith("-") else source
    return shell_command(["vidream", "image", named, "dream.png", *flags, *look.flags])


def is_page(path: Path) -> bool:
    """Whether a file is a page that was made here: only such a one is replaced, as nobody has named it."""
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
