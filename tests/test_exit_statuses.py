"""The table of exit statuses in the documentation is what the program does: each row's command is run."""

import importlib
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from synthetic import panned, write_film

ROOT = Path(__file__).parents[1]
ROW = re.compile(r"^\| (\d+) \| .* \| `(.+)` \|$", re.MULTILINE)
ROWS = [
    (int(status), command.replace(r"\|", "|"))
    for status, command in ROW.findall((ROOT / "docs" / "terminal.md").read_text(encoding="utf-8"))
]


def test_every_status_has_a_row():
    assert {status for status, _ in ROWS} == {0, 1, 2, 129, 130, 143}
    assert len(ROWS) == len({command for _, command in ROWS}) > 8


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """What the commands of the table name."""
    folder = tmp_path_factory.mktemp("statuses")
    write_film(folder / "clip.mp4", panned(4))
    write_film(folder / "dream.mp4", panned(4, by=(3, 1)))
    job = {"command": "video", "source": "clip.mp4", "output": "frames/%d.png", "strength": 0, "size": 480}
    (folder / "album.toml").write_text("[[job]]\n" + "".join(f"{key} = {value!r}\n" for key, value in job.items()))
    (folder / "bin").mkdir()
    program = folder / "bin" / "vidream"
    program.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m vidream "$@"\n')
    program.chmod(0o755)
    return folder


def heeded():
    """Whoever runs the tests in the background ignores some signals, and what they start would, too."""
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)


def small_files():
    """As on a disk with little room: no picture of the batch fits, what it keeps of it does."""
    heeded()
    resource = importlib.import_module("resource")  # Windows has none
    resource.setrlimit(resource.RLIMIT_FSIZE, (8000, 8000))


@pytest.mark.skipif(shutil.which("bash") is None, reason="no bash: the table's commands are not run")
@pytest.mark.parametrize(("status", "command"), ROWS, ids=[command for _, command in ROWS])
def test_a_row_is_what_its_command_ends_with(status, command, folder):
    if "timeout" in command and shutil.which("timeout") is None:
        pytest.skip("no timeout: no signal is sent")
    if "/dev/full" in command and not Path("/dev/full").exists():
        pytest.skip("no /dev/full: no output that cannot be written")
    path = f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "PYTHONPATH": str(ROOT)}
    options: dict[str, Any] = {"cwd": folder, "env": environment, "capture_output": True, "text": True}
    small = "batch" in command
    run = subprocess.run(["bash", "-c", command], check=False, preexec_fn=small_files if small else heeded, **options)
    assert run.returncode == status, run.stderr
    assert "Traceback" not in run.stderr
    if status in (2, 130):
        assert run.stderr.splitlines()[-1].startswith("vidream: ")
