"""Docstrings of vidream as reStructuredText, where sphinx.ext.napoleon would read them otherwise than they are meant.

In `Returns:` and in the docstring of a field, what comes before a colon is part of the sentence; napoleon takes it for
a type. What stands in backticks is a name of vidream, which is linked, or code. Types that have a name get it back.
"""

import re
from dataclasses import is_dataclass
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.ext.napoleon.docstring import GoogleDocstring

import vidream

FIELDS = ("attribute", "data", "property")
"""What autodoc calls a field, an alias, a property."""
NAME = re.compile(r"(?<!`)`(?:vidream\.)?([^`]+)`(?!`)|\bvidream\.(\w+)")
SECTION = re.compile(r"(Args|Returns|Raises):$")
TWO_ERRORS = re.compile(r"(\s+)(\w+), (\w+(?:, \w+)*):(.*)")
COLON = "\ue000"
"""Stands for a colon while napoleon reads."""
NAMED = {
    "~numpy.ndarray[tuple[~typing.Any, ...], ~numpy.dtype[~numpy.uint8]]": "~vidream.frames.Pixels",
    "~collections.abc.Callable[[~vidream.events.Event], None]": "~vidream.events.Listener",
}
"""Types as autodoc writes them, and their names."""


def before(app: Sphinx, what: str, _name: str, _obj: Any, _options: Any, lines: list[str]) -> None:
    """Hide colons that end no type; let names lead to their entries."""
    lines[:] = [NAME.sub(_reference, line) for line in _one_error_a_line(lines)]
    if what in FIELDS:
        read = str(GoogleDocstring(lines, app.config, app, "function"))
        lines[:] = read.replace(":", COLON).splitlines()
    section = ""
    for number, line in enumerate(lines):
        heading = SECTION.match(line)
        section = heading[1] if heading else section
        if section == "Returns" and not heading:
            lines[number] = line.replace(":", COLON)


def after(_app: Sphinx, _what: str, _name: str, _obj: Any, _options: Any, lines: list[str]) -> None:
    """Put the colons back."""
    lines[:] = [line.replace(COLON, ":") for line in lines]


def shortened(
    _app: Sphinx, _what: str, _name: str, _obj: Any, _options: Any, signature: str | None, returned: str | None
) -> tuple[str | None, str | None]:
    """A signature with the names of its types."""
    return _with_names(signature), _with_names(returned)


def is_left_out(_app: Sphinx, _what: str, name: str, obj: Any, _skip: bool, _options: Any) -> bool | None:
    """Whether a member is left out: how a dataclass, an error or a protocol is made, as users get these."""
    if name != "__init__":
        return True if name == "__new__" else None
    home = getattr(obj, "__globals__", {}).get(obj.__qualname__.split(".")[0])
    made_by_users = isinstance(home, type) and not is_dataclass(home) and not issubclass(home, Exception)
    return None if made_by_users else True


def with_dashes(_app: Sphinx, page: nodes.document, _name: str) -> None:
    """Set a dash between a parameter and what it is: Sphinx has two hyphens there."""
    for text in [*page.findall(nodes.Text)]:
        if text == " -- ":
            text.parent.replace(text, nodes.Text(" – "))


def _one_error_a_line(lines: list[str]) -> list[str]:
    found = []
    for line in lines:
        several = TWO_ERRORS.fullmatch(line)
        if several:
            found += [f"{several[1]}{error}:{several[4]}" for error in (several[2], *several[3].split(", "))]
        else:
            found.append(line)
    return found


def _reference(written: re.Match[str]) -> str:
    name = written[1] or written[2]
    if name in vidream.__all__:
        return f"{COLON}py{COLON}obj{COLON}`~vidream.{name}`"
    return f"``{name}``" if written[1] else written[0]


def _with_names(text: str | None) -> str | None:
    for whole, name in NAMED.items():
        text = text and text.replace(whole, name)
    return text


def setup(app: Sphinx) -> dict[str, bool]:
    """What Sphinx calls. napoleon's own handler has the priority 500."""
    app.connect("autodoc-process-docstring", before, priority=400)
    app.connect("autodoc-process-docstring", after, priority=600)
    app.connect("autodoc-process-signature", shortened)
    app.connect("autodoc-skip-member", is_left_out)
    app.connect("doctree-resolved", with_dashes)
    return {"parallel_read_safe": True}
