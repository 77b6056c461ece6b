"""The page of troubles quotes what vidream says: each message that it names is said somewhere."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
QUOTED = re.compile(r"^\*\*`([^`]+)`\.\*\*|^\*\*`([^`]+)`[^*]*\*\*", re.M)
"""A message at the beginning of a trouble."""
ELSEWHERE = {
    "pip install",
    "error: externally-managed-environment",
    "vidream: command not found",
    "--preset googlenet-2015",
}
"""What stands there, and others say."""


def messages() -> list[str]:
    page = (ROOT / "docs/troubles.md").read_text(encoding="utf-8")
    return [one or other for one, other in QUOTED.findall(page) if (one or other) not in ELSEWHERE]


@cache
def texts() -> list[str]:
    """Every text of the program, with a mark where something is filled in."""
    found = []
    for path in sorted((ROOT / "vidream").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.append(node.value)
            elif isinstance(node, ast.JoinedStr):
                found.append(
                    "".join(str(part.value) if isinstance(part, ast.Constant) else "\0" for part in node.values)
                )
    return found


@pytest.mark.parametrize("message", messages())
def test_a_message_of_the_page_is_said_by_the_program(message):
    parts = [re.escape(part.strip()) for part in message.split("...") if part.strip()]
    pattern = re.compile(".*?".join(parts), re.S)
    assert any(pattern.search(text) for text in texts())


def test_the_page_quotes_some():
    assert len(messages()) >= 6
