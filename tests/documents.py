"""The commands that README and docs name, and the small files that they need to be run."""

import re
import shlex
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from markdown_it import MarkdownIt

ROOT = Path(__file__).parents[1]
PAGES = [
    ROOT / "README.md",
    ROOT / "configs/README.md",
    *sorted(page for page in (ROOT / "docs").rglob("*.md") if "made" not in page.relative_to(ROOT).parts),
]
SHELLS = {"", "sh", "bash", "shell", "console", "text"}
"""Languages of blocks that may hold commands."""

ELSEWHERE = {
    "a second machine": r"--cluster|\bray\b",
    "a camera, a screen, a window, a sound card or another program": r"^vidream live",
    "a browser": r"^vidream studio",
    "a network that is not in the box": r"googlenet|inception|vgg|convnext|inception5h|\.keras|\.pb|--weights|resnet",
    "a shell": r"[|<>;]|\$\(|&&|\$\{|for .* do",
    "minutes": r"^vidream bench|^vidream demo",
}
"""What a command may need that a test has not: why it is not run, and how such commands are known."""

PLACEHOLDER = re.compile(r"\b(IN|OUT|SOURCE|FILE|NAME|COMMAND|SONG|SEED|DREAMED|FOLDER|PICTURE|WORD)\b|\.\.\.|…|\[|\{")
"""Of a line that shows a form, not a command."""


@dataclass(frozen=True)
class Command:
    """A command of a page."""

    page: str
    """The page's path in the repository."""
    line: int
    """Of the page, from 1."""
    text: str
    """As it stands there, without a comment."""

    @property
    def words(self) -> list[str]:
        """What follows `vidream`."""
        return shlex.split(self.text)[1:]

    @property
    def needs(self) -> str | None:
        """What it needs that a test has not; None: it can be run."""
        return next((need for need, sign in ELSEWHERE.items() if re.search(sign, self.text)), None)


def blocks(page: Path) -> list[tuple[int, str, list[str]]]:
    """A page's blocks of code: the first line's number, the language ("" if none is named), the lines."""
    found = []
    for token in MarkdownIt().parse(page.read_text(encoding="utf-8")):
        if token.type in ("fence", "code_block") and token.map:
            first = token.map[0] + (2 if token.type == "fence" else 1)
            found.append((first, token.info.strip(), token.content.splitlines()))
    return found


def commands_of(page: Path) -> list[Command]:
    """The commands of a page, in their order."""
    name = page.relative_to(ROOT).as_posix()
    found = []
    for first, language, lines in blocks(page):
        if language not in SHELLS:
            continue
        joined, start = "", 0
        for number, raw in enumerate(lines, start=first):
            line = raw.strip().removeprefix("$ ")
            start = start if joined else number
            joined = f"{joined} {line.removesuffix(chr(92)).strip()}".strip()
            if line.endswith("\\"):
                continue
            text = re.sub(r"\s+#\s.*$", "", joined).strip()
            text = re.sub(r"^pip install [^&]*&& ", "", text)
            joined = ""
            if text.startswith("vidream ") and not PLACEHOLDER.search(text):
                found.append(Command(name, start, text))
    return found


@cache
def all_commands() -> tuple[Command, ...]:
    """The commands of all pages, each text once."""
    texts: dict[str, Command] = {}
    for page in PAGES:
        for command in commands_of(page):
            texts.setdefault(command.text, command)
    return tuple(texts.values())
