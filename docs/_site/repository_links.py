"""Links of a page to files outside of docs/ that are pages of the site, too: here they lead to the page.

Links to any other file of the repository are Sphinx's: it puts a copy beside the page, and warns where there is none.
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
}
"""Files by their paths from docs/, and the pages that show them."""
LINK = re.compile(r"(?<=\]\()([^)#\s]+)")


def lead(_: Sphinx, page: str, source: list[str]) -> None:
    """Let the links of a page lead to pages."""
    folder = Path(page).parent.as_posix()

    def target(link: re.Match[str]) -> str:
        shown = PAGES.get(normpath(f"{folder}/{link[1]}"))
        return relpath(shown, folder) if shown else link[1]

    source[0] = LINK.sub(target, source[0])


def setup(app: Sphinx) -> dict[str, bool]:
    """What Sphinx calls."""
    app.connect("source-read", lead)
    return {"parallel_read_safe": True}
