"""Files by which a system starts a live dream again: they are well formed, and what they start is there."""

import configparser
import plistlib
import shlex
import shutil
import subprocess
from pathlib import Path
from xml.etree import ElementTree

import pytest
import typer.main

from vidream.cli import app

UNITS = Path(__file__).parents[1] / "docs" / "units"
TASK = "{http://schemas.microsoft.com/windows/2004/02/mit/task}"


def systemd_words() -> list[str]:
    unit = configparser.ConfigParser(interpolation=None)
    unit.read(UNITS / "vidream-live.service", encoding="utf-8")
    assert unit["Service"]["Restart"] == "always"
    return shlex.split(unit["Service"]["ExecStart"])


def launchd_words() -> list[str]:
    with (UNITS / "vidream.live.plist").open("rb") as file:
        job = plistlib.load(file)
    assert job["KeepAlive"]
    assert f"{job['Label']}.plist" == "vidream.live.plist"
    return job["ProgramArguments"]


def task_words() -> list[str]:
    task = ElementTree.parse(UNITS / "vidream-live.xml").getroot()
    assert task.findtext(f".//{TASK}MultipleInstancesPolicy") == "IgnoreNew"
    assert task.findtext(f".//{TASK}ExecutionTimeLimit") == "PT0S"
    return [task.findtext(f".//{TASK}Command"), *task.findtext(f".//{TASK}Arguments").split()]


@pytest.mark.parametrize("words", [systemd_words, launchd_words, task_words])
def test_what_is_started_is_a_live_dream(words):
    program, command, *given = words()
    assert "vidream" in program
    live = typer.main.get_group(app).commands[command]
    with live.make_context(command, given, resilient_parsing=False) as context:
        assert context.params["source"] == "camera"
        assert context.params["attract"] is not None


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd here")
def test_systemd_reads_its_unit(tmp_path):
    unit = (UNITS / "vidream-live.service").read_text(encoding="utf-8")
    program = tmp_path / "vidream"
    program.touch(mode=0o755)
    (tmp_path / "vidream-live.service").write_text(unit.replace("%h/vidream/bin/vidream", str(program)))
    read = subprocess.run(
        ["systemd-analyze", "verify", tmp_path / "vidream-live.service"], capture_output=True, text=True, check=False
    )
    assert "vidream-live" not in read.stderr
