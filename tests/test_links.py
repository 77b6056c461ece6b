"""Links of the pages lead to what is in the repository; those of the site, to the pages that it makes."""

import re
from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from posixpath import normpath
from typing import Any

import pytest
from documents import PAGES, ROOT
from markdown_it import MarkdownIt
from markdown_it.token import Token
from typer.main import get_command

from vidream.cli import app
from vidream.config import presets

BESIDE = [*ROOT.glob("*.md"), *(ROOT / ".github").glob("*.md"), ROOT / "samples" / "SOURCES.md"]
ALL = sorted({*PAGES, *BESIDE})
MADE = ROOT / "docs" / "made"
MARKDOWN = MarkdownIt().enable("table")
ELSEWHERE = re.compile(r"[a-z]+:|//")
"""How an address begins that is no path."""


class Addresses(HTMLParser):
    """The addresses in a piece of HTML."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value for name, value in attrs if name in ("href", "src") and value]


def tokens_of(page: Path) -> Iterator[Token]:
    """A page's tokens, those within lines, too."""
    for token in parsed(page):
        yield token
        yield from token.children or ()


@cache
def parsed(page: Path) -> list[Token]:
    return MARKDOWN.parse(page.read_text(encoding="utf-8"))


def links(page: Path) -> Iterator[str]:
    """The addresses of a page that are paths or anchors."""
    for token in tokens_of(page):
        found: list[Any] = [token.attrGet("href"), token.attrGet("src")]
        if token.type in ("html_block", "html_inline"):
            found += Addresses(token.content).found
        yield from (each for each in found if each and not ELSEWHERE.match(each))


@cache
def anchors(page: Path) -> set[str]:
    """Those of a page's headings, as a host makes them."""
    tokens = parsed(page)
    titles = [text for before, text in pairwise(tokens) if before.type == "heading_open"]
    words = ["".join(each.content for each in title.children or ()) for title in titles]
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in words}


def wrong_of(page: Path, link: str) -> str | None:
    """What is wrong with a link; None: nothing."""
    path, _, anchor = link.partition("#")
    target = Path(normpath(page.parent / path)) if path else page
    if not target.exists() or target.is_relative_to(MADE):
        return f"{link}: nothing is there"
    if anchor and anchor not in anchors(target):
        return f"{link}: no such heading"
    return None


@pytest.mark.parametrize("page", ALL, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_each_link_leads_to_what_is_in_the_repository(page):
    assert [wrong for link in links(page) if (wrong := wrong_of(page, link))] == []


def test_links_are_found_and_so_is_what_is_wrong_with_them(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(
        "# A `title`, here\n\n[a](none.md) [b](#a-title-here) [c](page.md#no) <https://x.y>\n\n"
        '| ![d](d.png) |\n|---|\n\n<a href="e.md"><img src="f.png"></a> text\n\n    [not](g.md)\n'
    )
    assert [*links(page)] == ["none.md", "#a-title-here", "page.md#no", "d.png", "e.md", "f.png"]
    wrong = [link for link in links(page) if wrong_of(page, link)]
    assert wrong == ["none.md", "page.md#no", "d.png", "e.md", "f.png"]
    made = ROOT / "docs" / "page.md"
    assert wrong_of(made, "made/looks/index.md") == "made/looks/index.md: nothing is there"


def test_each_command_is_in_the_list_of_commands():
    program: Any = get_command(app)
    shown = {name for name, command in program.commands.items() if not command.hidden}
    text = (ROOT / "docs" / "terminal.md").read_text(encoding="utf-8")
    assert sorted(re.findall(r"^\| `vidream (\w+)` \|", text, re.MULTILINE)) == sorted(shown)


@pytest.fixture
def site(monkeypatch) -> Any:
    """The module that rewrites links."""
    pytest.importorskip("sphinx", reason="no Sphinx: the site is not built")
    monkeypatch.syspath_prepend(str(ROOT / "docs" / "_site"))
    import repository_links

    return repository_links


@pytest.mark.parametrize(
    ("page", "text", "led"),
    [
        ("zooms", "[j](../configs/journey.toml)", "[j](made/looks/journey.md)"),
        ("decisions/a", "[j](../../configs/inception-v3.toml)", "[j](../made/looks/inception-v3.md)"),
        ("zooms", "[all](looks/README.md)", "[all](made/looks/index.md)"),
        ("zooms", "[`vidream zoom`](terminal.md#commands)", "[`vidream zoom`](made/commands/zoom.md)"),
        ("zooms", "[`vidream\nzoom`](terminal.md#commands)", "[`vidream\nzoom`](made/commands/zoom.md)"),
        ("decisions/a", "[`vidream zoom`](../terminal.md#commands)", "[`vidream zoom`](../made/commands/zoom.md)"),
        ("api", "[The commands](terminal.md#commands)", "[The commands](made/commands/index.md)"),
        ("terminal", "\n| `vidream zoom` | falls |", "\n| [`vidream zoom`](made/commands/zoom.md) | falls |"),
        ("zooms", "\n| `vidream zoom` | falls |", "\n| `vidream zoom` | falls |"),
        ("zooms", "[c](../configs/README.md#a) [t](terminal.md#pipes)", "[c](curves.md#a) [t](terminal.md#pipes)"),
    ],
)
def test_the_site_leads_to_its_own_pages(site, page, text, led):
    assert site.led(page, text) == led


def test_the_page_of_all_looks_is_what_its_script_makes(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "docs" / "looks"))
    import pictures

    page = (ROOT / "docs" / "looks" / "README.md").read_text(encoding="utf-8")
    assert page == pictures.page()
    assert all(f"<b>{look.name}</b>" in page for look in presets())
