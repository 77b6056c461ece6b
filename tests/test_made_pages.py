"""What the site generates is whole: each command has its page, and each of its flags a heading to link to."""

from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from vidream.cli import app
from vidream.cli.examples import EXAMPLES

ROOT = Path(__file__).parents[1]

pytest.importorskip("sphinx", reason="no Sphinx: the site is not built")


@pytest.fixture
def extensions(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "docs" / "_site"))


@pytest.fixture
def command_pages(extensions) -> dict[str, str]:
    import commands

    return commands.pages()


def test_every_flag_of_every_command_has_one_heading(command_pages):
    program: Any = get_command(app)
    for name, command in program.commands.items():
        lines = command_pages[f"{name}.md"].splitlines()
        for parameter in command.params:
            longest = next((each for each in parameter.opts if each.startswith("--")), parameter.metavar)
            assert lines.count(f"### `{longest}`") == 1, (name, longest)
        assert {example.command for example in EXAMPLES[name]} <= {*lines}


def test_a_knob_says_its_range_its_default_its_key_and_its_keyword(command_pages):
    text = command_pages["zoom.md"]
    assert "### `--step-size`\n\n{.facts}\n`--step-size 0..100` · default: 1.4; with" in text
    assert "TOML `step-size` · [may move](../../curves.md) · Python `step_size=`" in text
    assert "### `--for`" in text
    assert "TOML `for`" in text
    assert "Python `for_=`" in text


def test_pages_that_nothing_makes_are_taken_away_and_the_others_keep_their_time(extensions, tmp_path, monkeypatch):
    import generated

    monkeypatch.setattr(generated, "MADE", tmp_path)
    generated.write_pages(tmp_path / "looks", {"a.md": "one", "b/c.md": "two"})
    before = (tmp_path / "looks" / "a.md").stat().st_mtime_ns
    generated.write_pages(tmp_path / "looks", {"a.md": "one", "d.md": "three"})
    assert (tmp_path / "looks" / "a.md").stat().st_mtime_ns == before
    assert [path.name for path in sorted((tmp_path / "looks").rglob("*.md"))] == ["a.md", "d.md"]
