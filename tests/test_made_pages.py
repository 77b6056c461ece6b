"""What the site generates is whole: commands with their flags, looks and layers with their pictures."""

from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from vidream.cli import app
from vidream.cli.examples import EXAMPLES
from vidream.config import presets

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
            if "--help-all" in parameter.opts:
                continue  # the page is what it shows
            longest = next((each for each in parameter.opts if each.startswith("--")), parameter.metavar)
            assert lines.count(f"### `{longest}`") == 1, (name, longest)
        assert {example.command for example in EXAMPLES[name]} <= {*lines}


def test_a_knob_says_its_range_its_default_its_key_and_its_keyword(command_pages):
    text = command_pages["zoom.md"]
    assert "### `--step-size`\n\n{.facts}\n`--step-size 0..100` · default: 1.4; with `--toward`" in text
    assert "TOML `step-size` · [may move](../../curves.md#numbers-that-move) · Python `step_size=`" in text
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


@pytest.fixture
def shown(extensions, monkeypatch):
    """The module that makes the pictures of the looks."""
    monkeypatch.syspath_prepend(str(ROOT / "docs" / "looks"))
    import pictures

    return pictures


def test_every_look_and_every_layer_in_the_box_has_its_picture_and_none_is_left_over(shown):
    looks = {preset.name for preset in presets()} - {*shown.NOT_HERE} - {*shown.gallery().STILLS}
    assert looks == {*shown.LOOKS}
    folder = ROOT / "docs" / "looks"
    held = {path.relative_to(folder).with_suffix("").as_posix() for path in folder.rglob("*.webp")}
    assert held == looks | {*shown.layers()}
    assert all((ROOT / "docs" / "gallery" / f"{name}.jpg").exists() for name in shown.gallery().STILLS)


def test_the_pictures_have_room(shown):
    sizes = [path.stat().st_size for path in (ROOT / "docs" / "looks").rglob("*.webp")]
    assert sum(sizes) < 1_500_000


def test_a_look_has_its_file_whole_and_links_to_its_layers(shown):
    import looks

    pages = looks.pages()
    preset = next(each for each in presets() if each.name == "journey")
    assert preset.path.read_text(encoding="utf-8").strip() in pages["journey.md"]
    assert "[`block10:72` `block10:15` `block10:59`](efficientnet-lite0/block10.md)" in pages["journey.md"]
    layer = pages["efficientnet-lite0/block10.md"]
    assert "- [journey](../journey.md): `block10:72`, `block10:15`, `block10:59`" in layer
    assert "- [animals](../animals.md): `block10`" in layer
    assert "| receptive field | 339 px |" in layer
