"""`vidream demo` makes a film of what comes with vidream, over nothing, opens it, and says what to try next."""

import importlib
import os

import pytest
from synthetic import read_film

from vidream.cli import main

demo = importlib.import_module("vidream.cli.demo")  # the module, and not its command


@pytest.fixture
def quick(monkeypatch, tmp_path):
    """A demo of a few frames that are not dreamed, in an empty folder; what is opened."""
    opened = []
    monkeypatch.setattr(demo, "KNOBS", {"end": 0.2, "size": "48", "strength": 0})
    monkeypatch.setattr(demo, "open_file", lambda path: opened.append(path) or True)
    monkeypatch.chdir(tmp_path)
    return opened


def test_a_film_and_what_is_next(quick, tmp_path, capsys):
    assert main(["demo"]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0].startswith("vidream-demo.mp4: 5 frames, 48x28, ")
    assert "CC BY 3.0" in said[1]
    assert [line.strip() for line in said[-3:]] == [*demo.NEXT]
    assert [path.name for path in quick] == ["vidream-demo.mp4"]
    assert len(read_film(tmp_path / "vidream-demo.mp4")[0]) == 5


def test_nothing_is_replaced_and_nothing_opened_that_was_not_asked_for(quick, tmp_path, capsys):
    (tmp_path / "vidream-demo.mp4").write_text("mine")
    assert main(["demo"]) == 2
    assert "vidream-demo.mp4: is there already; --overwrite replaces it, or name OUT" in capsys.readouterr().err
    assert main(["demo", "other.mp4", "--no-open"]) == 0
    assert (tmp_path / "vidream-demo.mp4").read_text() == "mine"
    assert quick == []


@pytest.mark.parametrize("name", ["foo.txt", "a", "nodir/a.mp4", "a.png", "frames/%d.png"])
def test_a_name_that_cannot_be_is_refused_before_anything_is_said(name, quick, capsys):
    assert main(["demo", name]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith(f"vidream: {name}: ")
    assert said.err.count("\n") == 1
    assert ".tif" not in said.err


def test_where_there_is_no_desktop_it_is_said(quick, monkeypatch, capsys):
    monkeypatch.setattr(demo, "open_file", lambda path: False)
    assert main(["demo"]) == 0
    assert "Nothing was opened: there is no desktop here, or no program for it." in capsys.readouterr().out


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_where_nothing_can_be_written_it_is_said(quick, tmp_path, capsys):
    tmp_path.chmod(0o555)
    assert main(["demo"]) == 2
    assert "is not writable; name OUT" in capsys.readouterr().err
    tmp_path.chmod(0o755)


def test_an_install_without_the_clip_says_what_to_do(quick, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(demo, "__file__", str(tmp_path / "vidream" / "cli" / "demo.py"))
    assert main(["demo"]) == 2
    assert "install vidream again, or name a film of your own" in capsys.readouterr().err
