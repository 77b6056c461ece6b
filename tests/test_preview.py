"""The contact sheet, and the page that copies its commands."""

import html
import json
import re
import shlex
import urllib.request
from dataclasses import replace
from typing import Any

import cv2
import numpy as np
import pytest
from synthetic import panned, tensor_engine, textured, write_film

from vidream.config import DEFAULT, Layer, configure, presets
from vidream.dream.neutral import neutral_pictures
from vidream.dream.resemblance import resemblance
from vidream.errors import ConfigError, MediaError
from vidream.events import Event, FrameEvent, NoteEvent, scope
from vidream.frames import Size
from vidream.jobs.crew import Crew
from vidream.jobs.looks import Look, alike, channel_looks, excited_channels, layer_looks, preset_looks, try_looks
from vidream.jobs.looks_side_by_side import try_side_by_side
from vidream.jobs.moment import SHOWN_BY
from vidream.jobs.scene import Scene
from vidream.jobs.sheet import CELL, GAP, LABEL, draw_sheet, grid, make_sheet
from vidream.jobs.still import dream_image
from vidream.jobs.workers import Death
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
    cells = [cell for _, cell in try_looks(Scene(source), looks)]
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
    looks = channel_looks(given, excited_channels(given, "block2", 4, source))
    answer = tiny_network.activations(source[None].astype(np.float32), ["block2"])["block2"].numpy().mean((0, 1, 2))
    assert [look.title for look in looks] == [f"block2:{number}" for number in np.argsort(-answer)[:4]]
    cells = [cell for _, cell in try_looks(Scene(source), looks)]
    alone = dream_image(source, **given, layer=looks[1].title)
    np.testing.assert_array_equal(cells[1].pixels, alone)


TUTORIALS = {"googlenet-2015", "inception-v3"}


def on_this_machine(monkeypatch, folder, *files):
    """Of the networks that must be fetched, those alone whose files are named."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder))
    monkeypatch.setenv("KERAS_HOME", str(folder))
    for name in files:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).touch()


def test_every_shipped_look_is_there_as_what_it_is_for(tmp_path, monkeypatch):
    weights = "models/inception_v3_weights_tf_dim_ordering_tf_kernels_notop.h5"
    on_this_machine(monkeypatch, tmp_path, "vidream/tensorflow_inception_graph.pb", weights)
    looks = preset_looks({"strength": 0.5, "dream_size": 64})
    assert [(look.title, look.command) for look in looks] == [(each.name, each.command) for each in presets()]
    for look in looks:
        assert look.config.dream.strength == 0.5
        assert look.config.origin.command == SHOWN_BY[look.command]
        assert (look.config.dream.dream_size == 64) == (SHOWN_BY[look.command] != "zoom")  # a zoom has no such knob


def test_a_look_whose_network_is_not_here_is_left_out_and_said(tmp_path, monkeypatch):
    """Nothing is fetched for it, as nobody has named it."""
    on_this_machine(monkeypatch, tmp_path)
    heard: list[Event] = []
    with scope(heard.append):
        titles = {look.title for look in preset_looks({})}
    assert titles == {each.name for each in presets()} - TUTORIALS
    said = [event.message for event in heard if isinstance(event, NoteEvent)]
    assert [each.split(" (")[0] for each in said] == [
        "googlenet-2015: left out; not here: inception5h",
        "inception-v3: left out; not here: inception-v3",
    ]
    assert {look.title for look in preset_looks({"network": "inception5h", "layer": "conv2d0"})} >= TUTORIALS


def test_a_network_that_was_named_and_cannot_be_fetched_is_left_out_and_said(tmp_path, caplog, monkeypatch):
    def offline(url, timeout):
        raise OSError("no route")

    monkeypatch.setattr(urllib.request, "urlopen", offline)
    on_this_machine(monkeypatch, tmp_path)
    looks = channel_looks({"network": "inception5h", "steps": 1}, ["mixed4d_3x3_bottleneck_pre_relu:139"])
    looks += [look for look in preset_looks({"steps": 1, "octaves": 1}) if look.title == "engraving"]
    tried = [cell for _, cell in try_looks(Scene(textured(32, 48)), looks)]
    assert [cell.look.title for cell in tried if cell is not None] == ["engraving"]
    assert "left out: inception5h: not on this machine" in caplog.text


def test_the_command_makes_a_sheet_and_a_page_whose_commands_work(vidream_command, tmp_path):
    write_picture(tmp_path / "my photo.png", Picture(textured(480, 640)))
    run = vidream_command("preview", "my photo.png", "sheet.png", "--channels", "block4", "--top", 3, "--steps", 1)
    assert run.returncode == 0, run.stderr
    drawn = cv2.imread(str(tmp_path / "sheet.png"))
    assert drawn.shape[:2] == (GAP + 240 + LABEL + GAP, GAP + 4 * (CELL + GAP))
    page = (tmp_path / "sheet.html").read_text()
    assert 'url("sheet.png")' in page
    listed = [json.loads(html.unescape(each)) for each in re.findall('data-commands="(.*?)"', page)]
    assert [len(each) for each in listed] == [0, 1, 1, 1]  # the picture as it is has none
    outs = []
    for (command,) in listed[1:]:
        program, name, source, out, *flags = shlex.split(command)
        assert (program, name, source, flags[:2]) == ("vidream", "image", "my photo.png", ["--steps", "1"])
        assert vidream_command(name, source, out, *flags, "--dream-size", 64).returncode == 0  # no name twice
        outs.append(out)
    assert all(re.fullmatch(r"my photo-block4-\d+\.png", out) for out in outs)
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
        excited_channels({"network": "tiny"}, "block2:3", 4, textured(48, 64))


def test_side_by_side_a_sheet_is_the_same_whoever_is_done_first(tmp_path, monkeypatch):
    """The order of its cells is by how they look; what the command says is the same, too."""

    def last_first(*given):
        yield from reversed(list(try_side_by_side(*given)))

    monkeypatch.setattr("vidream.jobs.sheet.try_side_by_side", last_first)
    on_this_machine(monkeypatch, tmp_path / "no networks")
    write_picture(tmp_path / "in.png", Picture(textured(90, 120)))
    sheets, pages = [], []
    for count in (1, 2):
        heard: list[Event] = []
        sheet = make_sheet(
            tmp_path / "in.png",
            tmp_path / "sheet.png",
            on_event=heard.append,
            overwrite=True,
            side_by_side=count,
            strength=0,
        )
        names = sorted({each.name for each in presets()} - TUTORIALS)
        assert sorted(look.title for look in sheet.looks) == names
        assert sheet.looks[0].title == DEFAULT
        assert [event.frames for event in heard if isinstance(event, FrameEvent)] == list(range(1, len(names) + 1))
        sheets.append(sheet.out.read_bytes())
        pages.append(sheet.page.read_text())
    assert sheets[0] == sheets[1]
    assert pages[0] == pages[1]


def test_looks_side_by_side_keep_their_places(monkeypatch):
    """The first takes longest; one whose process dies is left out, and so is one that cannot be tried."""

    class Fake:
        def __init__(self, *_):
            self.busy: set[int] = set()
            self.done: list[Any] = []

        def __enter__(self):
            return self

        def __exit__(self, *_):
            self.busy = {-1}

        @property
        def idle(self):
            return len(self.busy) < 4

        def submit(self, number, task):
            assert task["title"] == f"block{number}"
            assert task["picture"] is scene.picture
            assert task["film"] is (scene.film if number == 3 else None)  # it is large, and for films alone
            self.busy.add(number)

        def messages(self):
            number = max(self.busy)
            self.busy.remove(number)
            pixels = None if number == 2 else np.full((3, 4, 3), number, np.uint8)
            yield number, Death("gone") if number == 5 else {"result": {"pixels": pixels}}

    monkeypatch.setattr("vidream.jobs.looks_side_by_side.Workers", Fake)
    scene = Scene(textured(24, 32), film=np.zeros((2, 24, 32, 3), np.uint8))
    looks = [Look("layer", f"block{number}", (), configure("image")) for number in range(8)]
    looks[3] = replace(looks[3], command="video")
    order = []
    cells = {}
    for index, cell in try_side_by_side(scene, looks, {}, Crew(4, 1)):
        order.append(index)
        if cell is not None:
            assert cell.look is looks[index]
            cells[index] = cell.pixels[0, 0, 0]
    assert order != sorted(order)
    assert sorted(order) == list(range(8))
    assert cells == {index: index for index in (0, 1, 3, 4, 6, 7)}


def test_a_knob_that_cannot_be_told_is_refused(tmp_path):
    write_picture(tmp_path / "in.png", Picture(textured(24, 32)))
    knobs: dict[str, Any] = {"strength": 0, "layer": Layer("block3")}
    with pytest.raises(ConfigError, match="looks side by side: Layer cannot travel; give it as on a command line"):
        make_sheet(tmp_path / "in.png", tmp_path / "sheet.png", presets=True, side_by_side=2, **knobs)
    assert [path.name for path in tmp_path.iterdir()] == ["in.png"]


def test_a_picture_dreamed_with_one_channel_looks_like_that_channel_above_all():
    dreamed = dream_image(textured(160, 200, 3), layer="block4:20", octaves=2, steps=8)
    layers, channels = alike({}, dreamed, 12)
    assert channels[0] == "block4:20"
    assert layers[0] == "block4"
    assert len(channels) == 12
    assert max(sum(each.startswith(f"{layer}:") for each in channels) for layer in layers) <= 4
    assert not any("expand" in each or "head" in each or "logits" in each for each in channels)


def test_what_answers_to_a_picture_as_to_neutral_ones_does_not_stand_out(tiny_network, monkeypatch):
    found = resemblance(tiny_network, (255 * (textured(96, 96, 4) > 128)).astype(np.float32), ["block3"])["block3"]
    assert found.shape == (16,)
    assert (np.median(found), found.std()) == (pytest.approx(0, abs=1e-9), pytest.approx(1, rel=1e-6))
    one = neutral_pictures()[0]
    monkeypatch.setattr("vidream.dream.resemblance.neutral_pictures", lambda: (one,))
    np.testing.assert_allclose(resemblance(tiny_network, one, ["block3"])["block3"], 0, atol=1e-3)


def test_a_sheet_of_what_looks_like_a_picture(tmp_path, tiny):
    for name, seed in (("photo.png", 0), ("feather.png", 5)):
        write_picture(tmp_path / name, Picture(textured(48, 64, seed)))
    given: dict[str, Any] = {"network": "tiny", "octaves": 1, "steps": 1}
    sheet = make_sheet(tmp_path / "photo.png", tmp_path / "sheet.png", like=tmp_path / "feather.png", top=3, **given)
    layers, channels = alike(given, textured(48, 64, 5), 3)
    assert [look.title for look in sheet.looks] == [*layers, *channels]
    with pytest.raises(MediaError, match="is the source itself"):
        make_sheet(
            tmp_path / "photo.png", tmp_path / "feather.png", like=tmp_path / "feather.png", overwrite=True, **given
        )
    with pytest.raises(MediaError, match=r"no.png: no such file"):
        make_sheet(tmp_path / "photo.png", tmp_path / "other.png", like=tmp_path / "no.png", **given)
    write_picture(tmp_path / "grey.png", Picture(np.full((20, 30, 3), 128, np.uint8)))
    with pytest.raises(MediaError, match=r"grey.png: is of one colour; give a picture"):
        make_sheet(tmp_path / "photo.png", tmp_path / "other.png", like=tmp_path / "grey.png", **given)
