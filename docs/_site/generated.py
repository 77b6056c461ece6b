"""Pages made at the build, under docs/made/: written where they changed, taken away where nothing makes them."""

from collections.abc import Mapping
from pathlib import Path

DOCS = Path(__file__).resolve().parents[1]
MADE = DOCS / "made"


def write_pages(folder: Path, pages: Mapping[str, str]) -> None:
    """Let a folder hold these pages and no others.

    A page that is there already with the same text keeps its time, so that Sphinx does not read it again.

    Args:
        folder: in MADE; it is ours alone.
        pages: the text by the path in the folder, such as "video.md".
    """
    assert folder.is_relative_to(MADE)
    for path in folder.rglob("*.md"):
        if path.relative_to(folder).as_posix() not in pages:
            path.unlink()
    for name, text in pages.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")


def toctree(names: list[str], *options: str) -> str:
    """The list of the pages below a page."""
    return "\n".join(["```{toctree}", ":maxdepth: 1", *options, "", *names, "```", ""])


def cell(text: str) -> str:
    """A text as it stands in a table."""
    return text.replace("|", "\\|")
