"""Links of a page to what is in the repository and has a page of the site, too: here they lead to the page.

So pages have no dead links where the repository is browsed, which has none of what the build makes. Links to any other
file of the repository are Sphinx's: it puts a copy beside the page, and warns where there is none.
"""

import re
from pathlib import Path
from posixpath import normpath, relpath

from sphinx.application import Sphinx

PAGES = {
    "../README.md": "index.md",
    "../CONTRIBUTING.md": "contributing.md",
    "../CHANGELOG.md": "changes.md",
    "../configs/README.md": "curves.md",
    "looks/README.md": "made/looks/index.md",
}
"""Files by their paths from docs/, and the pages that show them."""
LOOK = re.compile(r"\.\./configs/([\w-]+)\.toml")
"""The file of a look, whose page is made/looks/NAME.md."""
LINK = re.compile(r"(?<=\]\()([^)#\s]+)")
COMMAND = re.compile(r"\[(?:`vidream\s+(\w+)`|[^\]]*)\]\(((?:\.\./)*)terminal\.md#commands\)")
"""A link to the list of commands: to the page of the command that is its text, else to the index of these pages."""
LISTED = re.compile(r"^\| `vidream (\w+)` \|", re.MULTILINE)
"""A row of that list, in terminal.md."""


def lead(_: Sphinx, page: str, source: list[str]) -> None:
    """Let the links of a page lead to pages."""
    source[0] = led(page, source[0])


def led(page: str, text: str) -> str:
    """The text of a page whose links lead to pages of the site.

    Args:
        page: its path from docs/, without its ending.
        text: as it stands in the repository.
    """
    folder = Path(page).parent.as_posix()

    def target(link: re.Match[str]) -> str:
        path = normpath(f"{folder}/{link[1]}")
        look = LOOK.fullmatch(path)
        shown = f"made/looks/{look[1]}.md" if look else PAGES.get(path)
        return relpath(shown, folder) if shown else link[1]

    def to_command(link: re.Match[str]) -> str:
        words = link[0].partition("](")[0]
        return f"{words}]({link[2]}made/commands/{link[1] or 'index'}.md)"

    text = COMMAND.sub(to_command, text)
    if page == "terminal":
        text = LISTED.sub(r"| [`vidream \1`](made/commands/\1.md) |", text)
    return LINK.sub(target, text)


def setup(app: Sphinx) -> dict[str, bool]:
    """What Sphinx calls."""
    app.connect("source-read", lead)
    return {"parallel_read_safe": True}
