"""Makes of README.md what a package index shows: there, links and pictures by paths of the repository lead nowhere.

Where pyproject.toml has the repository's address, `[project.urls]` Repository, they are made to lead there, at the
version's tag. Where it has none, pictures are left out, and of links their words stay.
"""

import re
from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface

ELSEWHERE = r"(?:[a-z]+:|//|#)"
"""How an address begins that is no path."""
PICTURE = re.compile(rf"!\[([^\]]*)\]\((?!{ELSEWHERE})([^)\s]+)\)")
LINK = re.compile(rf"(?<!!)\[([^\]]*)\]\((?!{ELSEWHERE})([^)\s]+)\)")
IMAGE_TAG = re.compile(rf'<img\b([^>]*?)\bsrc="(?!{ELSEWHERE})([^"]+)"([^>]*)>')
ANCHOR_TAG = re.compile(rf'<a\b[^>]*?\bhref="(?!{ELSEWHERE})([^"]+)"[^>]*>(.*?)</a>', re.DOTALL)


class ReadmeHook(MetadataHookInterface):
    """Called by hatchling for the metadata of each package."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Put the long description in."""
        root = Path(self.root)
        text = (root / "README.md").read_text(encoding="utf-8")
        version = re.findall(r'"(.+)"', (root / "vidream" / "version.py").read_text(encoding="utf-8"))[-1]
        repository = metadata.get("urls", {}).get("Repository")
        metadata["readme"] = {"content-type": "text/markdown", "text": described(text, version, repository)}


def described(text: str, version: str, repository: str | None) -> str:
    """README.md as an index shows it.

    Args:
        text: README.md.
        version: such as 0.3.0, whose tag is v0.3.0.
        repository: its address, https://..., without a slash at its end; None where there is none yet.
    """
    if repository is None:
        text = ANCHOR_TAG.sub(r"\2", text)
        text = IMAGE_TAG.sub("", text)
        text = PICTURE.sub("", text)
        text = LINK.sub(r"\1", text)
        return re.sub(r"\n{3,}", "\n\n", text)
    raw, page = f"{repository}/raw/v{version}", f"{repository}/blob/v{version}"
    text = IMAGE_TAG.sub(rf'<img\1src="{raw}/\2"\3>', text)
    text = re.sub(rf'(<a\b[^>]*?\bhref=")(?!{ELSEWHERE})([^"]+")', rf"\1{page}/\2", text)
    text = PICTURE.sub(rf"![\1]({raw}/\2)", text)
    return re.sub(rf"\]\((?!{ELSEWHERE})([^)\s]+)\)", rf"]({page}/\1)", text)
