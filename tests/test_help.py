"""Help is in order: every knob in one panel, what everybody needs first; --help is short, --help-all is all of it."""

import os
import re
from typing import Any

import pytest
from typer.main import get_command

from vidream.cli import app
from vidream.cli.help_order import FIRST, PANELS, RARE, RARE_FOR, order
from vidream.config import COMMANDS, EVERY_COMMAND, flag, knobs


def panels(shown):
    return re.findall(r"^╭─ (.+?) ─+╮$", shown, re.MULTILINE)


def test_every_knob_stands_in_one_panel():
    placed = [name for names in PANELS.values() for name in names]
    assert len(placed) == len({*placed})
    assert {*placed} == {knob.name for command in EVERY_COMMAND for _, knob in knobs(command)}
    assert {*RARE, *(panel for rare in RARE_FOR.values() for panel in rare)} <= {*PANELS}


@pytest.mark.parametrize("command", COMMANDS)
def test_help_is_short_and_begins_with_what_the_command_is_about(vidream_command, command):
    shown = vidream_command(command, "--help", env=os.environ | {"COLUMNS": "100"}).stdout
    assert len(shown.splitlines()) < 150
    titles = panels(shown)
    assert titles[:2] == ["Arguments", "Options"]
    assert titles[2 : 2 + len(FIRST.get(command, ()))] == [*FIRST.get(command, ())]
    assert titles[2:] == [panel for panel in order(command) if panel in titles]
    assert not {*titles} & {*RARE, *RARE_FOR.get(command, ())}
    rare = [each for each in knobs_in(command) if each not in shown.replace("--[no-]", "--")]
    assert "--max-pixels" in rare
    assert "More: --help-all (" in shown
    assert "with --toward" not in shown
    assert "<bool>" not in shown


def knobs_in(command):
    return [flag(knob.name) for _, knob in knobs(command)]


def test_help_marks_what_may_move_and_says_how(vidream_command):
    shown = " ".join(vidream_command("music", "--help", env=os.environ | {"COLUMNS": "200"}).stdout.split())
    assert "clockwise. (curve) [0]" in shown
    assert '(curve): a number that may change over time, or with music: --strength \'{ follow = "low"' in shown
    assert "bars. (curve)" not in shown


def test_all_of_help_has_every_panel_in_the_order_of_need(vidream_command):
    shown = vidream_command("video", "--help-all", env=os.environ | {"COLUMNS": "100"}).stdout
    titles = panels(shown)
    assert titles == ["Arguments", "Options", *(panel for panel in order("video") if panel in titles)]
    assert titles[-1] == "Cluster"
    assert {*RARE} < {*titles}


def test_a_command_keeps_all_of_its_flags_whatever_help_shows(vidream_command):
    commands: Any = get_command(app)
    command = commands.commands["video"]
    before = [(each.name, each.opts, each.secondary_opts, each.help) for each in command.params]
    with pytest.raises(SystemExit) as ended:
        app(["video", "--help"], standalone_mode=True)
    assert ended.value.code == 0
    assert [(each.name, each.opts, each.secondary_opts, each.help) for each in command.params] == before
    assert "--no-keep-colour" in {opt for each in command.params for opt in each.secondary_opts}
