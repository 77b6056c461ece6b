"""What README and docs say to type is what vidream takes; what needs this machine alone is done, on tiny files."""

import re
from pathlib import Path
from typing import Any

import pytest
import typer
from documents import ELSEWHERE, Command, all_commands
from tiny_inputs import make, make_dreamed

from vidream.cli import app, main

GROUP: Any = typer.main.get_command(app)
COMMANDS = all_commands()
WRITTEN = {"out", "plot", "csv", "json", "to", "write_markers"}
"""Parameters that name no file that is read."""
SMALLER = [
    (re.compile(r"--frames \d+"), "--frames 6"),
    (re.compile(r"--size \d+x\d+"), "--size 64x36"),
    (re.compile(r"--size \d+(?!\S)"), "--size 64"),
    (re.compile(r"--for \w+"), "--size 36x64"),
    (re.compile(r"--steps \d+"), "--steps 1"),
    (re.compile(r"--length (\d+)(s|min)\b"), "--length 1s"),
    (re.compile(r"(--preset journey)(?!.*--length)"), r"\1 --length 1s"),
]
"""How a command is made small, so that it takes a second or two."""


WITHOUT = {"zoom": {"--size": "64x36", "--frames": "6"}, "music": {"--size": "64x36"}}
"""What a command is given where it says nothing of it, for the same reason: else it makes a large film, a long one."""
LENGTHS = ("--length", "--frames", "--end", "--loop")


def small(command: Command) -> Command:
    """The command, for tiny files."""
    text = command.text
    for pattern, less in SMALLER:
        text = pattern.sub(less, text)
    for flag, value in WITHOUT.get(command.words[0], {}).items():
        said = LENGTHS if flag == "--frames" else (flag,)
        if not any(each in text for each in said):
            text += f" {flag} {value}"
    return Command(command.page, command.line, text)


def named(command: Command) -> str:
    """What a test of it is called."""
    return f"{command.page}:{command.line}"


def parsed(command: Command) -> Any:
    words = command.words
    name, *words = words[: words.index(">")] if ">" in words else words
    if name == "--version":
        return GROUP.make_context("vidream", [], resilient_parsing=True)
    return GROUP.commands[name].make_context(name, words)


@pytest.mark.parametrize("command", COMMANDS, ids=named)
def test_a_command_is_one_and_has_such_flags(command):
    parsed(command)


@pytest.mark.parametrize("need", ELSEWHERE)
def test_what_is_not_run_is_there(need):
    assert any(command.needs == need for command in COMMANDS), "nothing of the docs needs that any more"


def prepare(command: Command, folder: Path) -> None:
    """Make what a command reads."""
    page = Path(__file__).parents[1] / command.page
    for name, value in parsed(command).params.items():
        values = value if isinstance(value, (list, tuple)) else [value]
        for each in values:
            text = str(each)
            for driver in re.findall(r'of = "([^"]+)"', text):
                make(folder / driver, command.text, page)
            if name in WRITTEN or value is None or text.startswith("{") or not is_named(name, text):
                continue
            path = folder / text.partition("@")[0]
            if re.search(r"dream(ed)?\.\w+$|\.dream$", text):
                make_dreamed(path, command.text, page)
            else:
                make(path, command.text, page)


def is_named(name: str, text: str) -> bool:
    """Whether a parameter's text names a file, or a folder, that is read."""
    if name == "source" and text not in ("noise", "camera", "screen"):
        return True
    return re.search(r"\.[a-z]\w{1,4}(@[\d.:]+)?$", text) is not None


@pytest.mark.slow
@pytest.mark.parametrize(
    "command",
    [
        pytest.param(each, marks=pytest.mark.ci if each.page == "README.md" else ())
        for each in COMMANDS
        if each.needs is None
    ],
    ids=named,
)
def test_a_command_does_what_it_says(command, tmp_path, monkeypatch, capfd):
    command = small(command)
    monkeypatch.chdir(tmp_path)
    if command.words[0] == "clean":
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / ".cache"))  # or it would clean this machine
    prepare(command, tmp_path)
    status = main(command.words)
    said = capfd.readouterr()
    assert status == 0, said.err
    out = parsed(command).params.get("out")
    if out is not None and "--dry-run" not in command.text:
        assert Path(str(out).replace("%05d", "00001").replace("%04d", "0001")).exists() or "%" in str(out), said.err
