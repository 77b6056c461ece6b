"""The sidebar of pages that stand in no toctree: one for all of a folder, as none of them is marked in it.

To draw it for each of 122 layers takes a third of a build.
"""

from posixpath import dirname
from typing import Any

from sphinx.application import Sphinx

_TREES: dict[tuple[str, str], str] = {}
"""The folder of a page, and what is asked for -> the tree."""


def share(app: Sphinx, page: str, _template: str, context: dict[str, Any], _doctree: object) -> None:
    """Let a page that is an orphan have the tree of the first one in its folder."""
    if "orphan" not in app.env.metadata.get(page, {}):
        return
    draw = context["toctree"]

    def toctree(**options: Any) -> str:
        key = dirname(page), repr(sorted(options.items()))
        if key not in _TREES:
            _TREES[key] = draw(**options)
        return _TREES[key]

    context["toctree"] = toctree


def forget(*_: object) -> None:
    """Another build has another tree."""
    _TREES.clear()


def setup(app: Sphinx) -> dict[str, bool]:
    """What Sphinx calls."""
    app.connect("builder-inited", forget)
    app.connect("html-page-context", share, priority=400)  # the theme's own, at 500, draws it
    return {"parallel_read_safe": True}
