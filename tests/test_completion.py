"""A shell completes what vidream takes: each word from the command line itself, and in bash, zsh and fish for real."""

import os
import re
import shlex
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from vidream.cli import app
from vidream.config import presets
from vidream.dream.classes import class_numbers, classes

ROOT = Path(__file__).parents[1]

OFFERED = {
    "vidream pre": ["presets", "preview"],
    "vidream --version vid": ["video"],
    "vidream video clip.mp4 --octave": ["--octaves", "--octave-ratio"],
    "vidream video clip.mp4 --preset en": ["enamel", "engraving"],
    "vidream video clip.mp4 --preset=en": ["enamel", "engraving"],
    "vidream video clip.mp4 --preset my-": [],  # a file, which the shell knows
    "vidream video cl": [],
    "vidream video --layer block9": ["block9_expand", "block9"],
    "vidream video --network efficientnet-lite2 --layer block2": [
        "block2_expand",
        "block2",
        "block20_expand",
        "block20",
    ],
    "vidream zoom photo.jpg --preset googlenet-2015 --layer mix": [],  # TensorFlow alone knows them
    "vidream preview photo.jpg out.png --channels block9": ["block9_expand", "block9"],
    "vidream image photo.jpg --toward gold": ["goldfish", "goldfinch", "golden-retriever"],
    "vidream image photo.jpg --toward birds": ["birds", "birds-of-prey"],
    "vidream video clip.mp4 --codec pro": ["prores", "prores4444"],
    "vidream zoom photo.jpg --for s": ["story", "square"],
    "vidream music song.wav photo.jpg --pulse-to zoom,v": ["zoom,vivid"],
    "vidream live --looks animals,en": ["animals,enamel", "animals,engraving"],
    "vidream video clip.mp4 --mask ": ["motion", "alpha"],
    "vidream layers efficientnet-lite": ["efficientnet-lite0", "efficientnet-lite1", "efficientnet-lite2"],
    "vidream classes big": ["big-cats"],
    "vidream bench --engine n": ["native"],
}


@pytest.mark.parametrize("line", OFFERED)
def test_what_is_offered_where_a_line_ends(line, monkeypatch, capsys):
    words = line.split(" ")
    monkeypatch.setenv("COMP_WORDS", line)
    monkeypatch.setenv("COMP_CWORD", str(len(words) - 1))
    monkeypatch.setenv("_VIDREAM_COMPLETE", "complete_bash")
    with pytest.raises(SystemExit) as ended:
        app([], prog_name="vidream", standalone_mode=False)
    assert ended.value.code == 0
    assert capsys.readouterr().out.split() == OFFERED[line]


def test_a_class_is_known_by_a_word_without_spaces():
    for number, name in enumerate(classes()):
        if number != classes().index("cardigan") and classes().count(name) == 1 and name.lower() != "cardigan":
            assert class_numbers(name.replace(" ", "-")) == class_numbers(name) == (number,)
    assert class_numbers("Birds-of-prey") == class_numbers("birds of prey")


@pytest.fixture
def shell_environment(tmp_path):
    """An environment of a new user, whose `vidream` is this one, in a folder with a film."""
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin" / "vidream"
    program.write_text(
        f'#!/bin/sh\nPYTHONPATH={shlex.quote(str(ROOT))} exec {shlex.quote(sys.executable)} -m vidream "$@"\n'
    )
    program.chmod(0o755)
    (tmp_path / "my clip.mp4").touch()
    path = f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}"
    return {"PATH": path, "HOME": str(tmp_path), "LC_ALL": "C.UTF-8", "TERM": "dumb"}


def test_completing_imports_nothing_heavy(shell_environment, tmp_path):
    code = """
import sys, atexit
atexit.register(lambda: print(sorted({"tensorflow", "cv2", "keras", "librosa"} & set(sys.modules))))
from vidream.cli import app
app([], prog_name="vidream", standalone_mode=False)
"""
    line = {"COMP_WORDS": "vidream video --layer block9", "COMP_CWORD": "3", "_VIDREAM_COMPLETE": "complete_bash"}
    command = [sys.executable, "-c", code]
    run = subprocess.run(command, env={**os.environ, **line}, cwd=ROOT, capture_output=True, text=True, check=True)
    assert run.stdout.split() == ["block9_expand", "block9", "[]"]


def script(shell, environment):
    """What --show-completion prints in a shell."""
    environment = {**environment, "_VIDREAM_COMPLETE": f"source_{shell}"}
    return subprocess.run(["vidream"], env=environment, capture_output=True, text=True, check=True).stdout


ZSH = "autoload -Uz compinit; compinit -u -D\n"
"""What makes it complete at all."""


def needs(shell):
    return pytest.mark.skipif(shutil.which(shell) is None, reason=f"no {shell}: its completion is not tried")


@pytest.mark.skipif(sys.platform == "win32", reason="pseudo terminals are POSIX")
@pytest.mark.parametrize(
    ("shell", "begin"),
    [
        pytest.param(["bash", "--norc", "--noprofile", "-i"], "", marks=needs("bash")),
        pytest.param(["zsh", "-f", "-i"], ZSH, marks=[needs("zsh"), pytest.mark.slow]),
    ],
    ids=["bash", "zsh"],
)
def test_a_key_completes_in_a_shell(shell, begin, shell_environment, tmp_path):
    (tmp_path / "completion").write_text(begin + script(shell[0], shell_environment))
    said = in_terminal(shell, tmp_path, shell_environment, {
        "PS1='rea''dy> '; bindkey -e 2>/dev/null; . ./completion\n": "ready> ",
        "vidream video my\t": "clip.mp4",
        " --preset engr\t": "aving",
        "\x01echo made: \n": "\nmade: ",  # Ctrl-A goes to the beginning of the line
    })  # fmt: skip
    assert re.search(r"^made: vidream video my(\\)? clip.mp4 --preset engraving *$", said, re.MULTILINE)


def in_terminal(command, folder, environment, awaited):
    """What a program says on a terminal on which texts are typed, each once what the last one awaits is there."""
    import pty

    leader, follower = pty.openpty()
    options: dict[str, Any] = {"stdin": follower, "stdout": follower, "stderr": follower, "start_new_session": True}
    with subprocess.Popen(command, cwd=folder, env=environment, **options) as process:
        os.close(follower)
        said = ""
        for typed, text in awaited.items():
            os.write(leader, typed.encode())
            said += heard(leader, text)
        process.kill()
    os.close(leader)
    return said


def heard(leader, awaited):
    """What comes until a text is there, and it is silent."""
    import select

    said, end = "", time.monotonic() + 30
    while True:
        if select.select([leader], [], [], 0.1)[0]:
            said += os.read(leader, 4096).decode(errors="replace").replace("\r", "")
        elif awaited in said:
            return said
        assert time.monotonic() < end, said


@pytest.mark.slow
@needs("fish")
def test_fish_completes(shell_environment, tmp_path):
    (tmp_path / "completion.fish").write_text(script("fish", shell_environment))
    code = "source completion.fish; complete -C 'vidream video --preset engr'; complete -C 'vidream video my'"
    run = subprocess.run(
        ["fish", "-c", code], cwd=tmp_path, env=shell_environment, capture_output=True, text=True, check=True
    )
    about = next(look.about for look in presets() if look.name == "engraving")
    assert run.stdout.splitlines() == [f"engraving\t{about}", "my clip.mp4"]


@needs("bash")
def test_installed_for_bash_what_was_in_its_file_stays(shell_environment, tmp_path):
    (tmp_path / ".bashrc").write_text("alias mine=true")
    run = subprocess.run(
        ["bash", "-c", "vidream --install-completion; exit $?"],
        env=shell_environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "bash completion installed in" in run.stdout
    lines = (tmp_path / ".bashrc").read_text().splitlines()
    assert lines[0] == "alias mine=true"
    assert (
        Path(lines[1].removeprefix("source ").strip("'")).read_text().strip()
        == script("bash", shell_environment).strip()
    )
