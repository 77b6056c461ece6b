"""Each command's examples are carried out as far as their words go: commands, flags and values are there."""

import os
import re
import shlex
from typing import Any

import pytest
import typer

from vidream.cli import app
from vidream.cli.examples import EXAMPLES, WIDTH
from vidream.cli.welcome import FIRST, GROUPS
from vidream.config import EVERY_COMMAND, configure, knobs

GROUP: Any = typer.main.get_command(app)
LINES = [*dict.fromkeys([*(example.command for examples in EXAMPLES.values() for example in examples), *FIRST])]


def test_every_command_has_two_to_four_and_a_place():
    assert {*EXAMPLES} == {*GROUP.commands} == {name for names in GROUPS.values() for name in names}
    for command, examples in EXAMPLES.items():
        assert 2 <= len(examples) <= 4
        assert examples[0].command.split()[1] == command or command == "composite"  # of a pass, made first
        assert any(example.command.split()[1] == command for example in examples)


@pytest.mark.parametrize("line", LINES)
def test_an_example_is_what_its_command_takes(line):
    program, name, *words = shlex.split(line)
    assert program == "vidream"
    assert shlex.join([program, name, *words]) == line  # no quotes, which another shell may read otherwise
    assert len(line) <= WIDTH
    context = GROUP.commands[name].make_context(name, words)
    if name in EVERY_COMMAND:
        names = {knob.name for _, knob in knobs(name)}
        given: dict[str, Any] = {
            key: value for key, value in context.params.items() if key in names and value not in (None, [], ())
        }
        base = {"music": "zoom", "live": "video"}.get(name)
        if base:
            given["base"] = base
        if name != "composite":
            given["preset"] = _shipped(context.params.get("preset"))
        configure(name, **given)


def _shipped(preset):
    return None if preset is None or preset.endswith(".mp4") else preset


@pytest.mark.parametrize("command", ["video", "live", "classes"])
def test_help_ends_with_examples_each_in_a_line(vidream_command, command):
    shown = vidream_command(command, "--help", env=os.environ | {"COLUMNS": "80"}).stdout
    assert "\x1b" not in shown
    _, _, last = shown.rpartition(" Examples:")
    lines = [line.strip() for line in last.splitlines() if line.strip()]
    assert lines == [text for example in EXAMPLES[command] for text in (example.about, example.command)]


def test_without_a_command_it_says_what_it_is_and_how_to_begin(vidream_command):
    shown = vidream_command()
    assert (shown.returncode, shown.stderr) == (0, "")
    lines = shown.stdout.splitlines()
    assert re.fullmatch(r"vidream \d\S*, DeepDream for moving pictures\.", lines[0])
    assert [line.strip() for line in lines[-3:]] == [*FIRST]
    assert len(lines) < 24
    assert max(map(len, lines)) <= 80
    assert all(any(name in line for line in lines) for name in GROUP.commands)
