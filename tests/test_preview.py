"""The contact sheet, and the page that copies its commands."""

import re
import shlex
import urllib.request
from typing import Any

import cv2
import numpy as np
import pytest
from synthetic import panned, tensor_engine, textured, write_film

from vidream.config import presets
from vidream.errors import ConfigError
from vidream.frames import Size
from vidream.jobs.looks import CELL, channel_looks, layer_looks, preset_looks, try_looks
from vidream.jobs.sheet import GAP, LABEL, draw_sheet, grid
from vidream.jobs.still import dream_image
from vidream.media.still import Picture, write_picture


def test_a_sheet_holds_every_picture_in_its_place_with_a_label():
    cells = [(f"look {number}", np.full((40, 60, 3), 20 * number + 40, np.uint8)) for number in range(8)]
    drawn = draw_sheet(cells)
    columns, places = grid(8, Size(60, 40))
    assert columns == 6
    assert drawn.shape == (GAP + 2 * (40 + LABEL + GAP), GAP + 6 * (60 + GAP), 3)
    for (_, pixels), (x, y) in zip(cells, places, strict=True):
        np.testing.assert_array_equal(drawn[y : y + 40, x : x + 60], pixels)
        assert drawn[y + 40 : y + 40 + LABEL, x : x + 60].max() > 150  # something is written


def test_each_layer_is_tried_alone_and_nothing_is_compiled_twice(tiny, monkeypatch):
    from vidream.dream import tiles

    made, build = [], tiles.TiledGradient.__init__
    monkeypatch.setattr(tiles.TiledGradient, "__init__", lambda self, *a: made.append(self) or build(self, *a))
    source = textured(48, 64)
    given: dict[str, Any] = {"network": "tiny", "octaves": 2, "steps": 2, "engine": "tensorflow"}
    looks = layer_looks(given)
    cells = list(try_looks(source, looks))
    assert [cell.look.title for cell in cells][:3] == ["stem", "block0", "block1_expand"]
    assert (len(made), tensor_engine(made[0]).traces) == (1, 1)
    for name in ("block1", "block3"):
        (cell,) = (cell for cell in cells if cell.look.title == name)
        alone = dream_image(source, **given, layer=name)
        assert np.abs(cell.pixels.astype(int) - alone).mean() < 0.5
        assert cell.look.flags == ("--layer", name)


def test_the_channels_that_a_picture_excites_most_are_try_looks(tiny, tiny_network):
    source = textured(48, 64)
    given: dict[str, Any] = {"network": "tiny", "octaves": 1, "steps": 1}
    looks = channel_looks(given, "block2", 4, source)
    answer = tiny_network.activations(source[None].astype(np.float32), ["block2"])["block2"].numpy().mean((0, 1, 2))
    assert [look.title for look in looks] == [f"block2:{number}" for number in np.argsort(-answer)[:4]]
    cells = list(try_looks(source, looks))
    alone = dream_image(source, **given, layer=looks[1].title)
    np.testing.assert_array_equal(cells[1].pixels, alone)


def test_every_shipped_look_is_there():
    assert [look.title for look in preset_looks({})] == [each.name for each in presets()]
    assert all(not look.config.moving for look in preset_looks({}))


def test_a_network_that_is_not_here_is_left_out_and_said(caplog, monkeypatch):
    def offline(url, timeout):
        raise OSError("no route")

    monkeypatch.setattr(urllib.request, "urlopen", offline)
    monkeypatch.setenv("XDG_CACHE_HOME", "/nowhere")
    looks = [look for look in preset_looks({"steps": 1, "octaves": 1}) if look.title in ("googlenet-2015", "engraving")]
    assert [cell.look.title for cell in try_looks(textured(32, 48), looks)] == ["engraving"]
    assert "googlenet-2015: left out: inception5h: not on this machine" in caplog.text


def test_the_command_makes_a_sheet_and_a_page_whose_commands_work(vidream_command, tmp_path):
    write_picture(tmp_path / "my photo.png", Picture(textured(480, 640)))
    run = vidream_command("preview", "my photo.png", "sheet.png", "--channels", "block4", "--top", 3, "--steps", 1)
    assert run.returncode == 0, run.stderr
    drawn = cv2.imread(str(tmp_path / "sheet.png"))
    assert drawn.shape[:2] == (GAP + 240 + LABEL + GAP, GAP + 4 * (CELL + GAP))
    page = (tmp_path / "sheet.html").read_text()
    assert 'url("sheet.png")' in page
    commands = re.findall('data-command="(.*?)"', page)
    assert len(commands) == 3
    program, command, source, out, *flags = shlex.split(commands[0].replace("&#x27;", "'"))
    assert (program, command, source, out) == ("vidream", "image", "my photo.png", "dream.png")
    assert vidream_command(command, source, out, *flags, "--dream-size", 64).returncode == 0
    assert flags[:2] == ["--steps", "1"]  # what was given goes with it
    (tmp_path / "other.html").write_text("mine")
    assert vidream_command("preview", "my photo.png", "other.png").returncode == 2
    assert (tmp_path / "other.html").read_text() == "mine"
    again = vidream_command("preview", "my photo.png", "sheet.png")
    assert (again.returncode, again.stderr.count("\n")) == (2, 1)


@pytest.mark.parametrize("source", ["clip.mp4@0.04", "clip.mp4@9"])
def test_a_films_frame_can_be_previewed(vidream_command, tmp_path, source):
    write_film(tmp_path / "clip.mp4", panned(3))
    run = vidream_command(
        "preview", source, "sheet.png", "--channels", "block1", "--top", 1, "--steps", 1, "--octaves", 1
    )
    assert run.returncode == (0 if source.endswith("4") else 2)
    assert (tmp_path / "sheet.png").exists() == source.endswith("4")


def test_channels_are_of_a_layer_named_alone(tiny):
    with pytest.raises(ConfigError, match="must be the name of a layer alone"):
        channel_looks({"network": "tiny"}, "block2:3", 4, textured(48, 64))
