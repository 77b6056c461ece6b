"""Knobs are read once, from flags, files and keywords alike, and refused in one line."""

import tomllib
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest

from vidream.config import AIMS, COMMANDS, DEFAULT, Fit, Layer, Preset, configure, default_of, flag, knobs, presets
from vidream.config.codec_words import CODEC_WORDS, CODECS_MEANT
from vidream.config.presets import configs_folder
from vidream.dream.catalogue import check_goal, chosen_layers
from vidream.errors import ConfigError
from vidream.frames import Size


def test_later_wins_defaults_preset_draft_flags(tmp_path):
    look = tmp_path / "look.toml"
    look.write_text('steps = 3\ncrf = 20\nsize = "200x100"\n[image]\nsteps = 7\n')
    assert configure("video").dream.steps == 1
    assert configure("video", preset=str(look)).dream.steps == 3
    assert configure("image", preset=str(look)).dream.steps == 7
    assert configure("video", preset=str(look)).film.crf == 20
    assert configure("video", preset=str(look), draft=True).film.quality == "small"
    assert configure("video", preset=str(look), draft=True).film.crf is None
    assert configure("video", preset=str(look), draft=True, crf=5, steps=4).film.crf == 5
    assert configure("video", preset=str(look), draft=True, crf=5).film.quality is None
    assert configure("video", preset=str(look), quality="master").film.crf is None
    assert configure("video", preset=str(look), draft=True, crf=5, steps=4).dream.steps == 4


def test_any_layer_replaces_all_of_the_presets(tmp_path):
    look = tmp_path / "look.toml"
    look.write_text('layer = ["block4=0.5", "block7"]\n')
    assert configure("video", preset=str(look)).goal.layer == (Layer("block4", 0.5), Layer("block7", 1.0))
    assert configure("video", preset=str(look), layer=["block9"]).goal.layer == (Layer("block9", 1.0),)


def test_films_and_stills_differ_where_the_issue_says():
    film, still = configure("video").dream, configure("image").dream
    assert (film.octaves, film.dream_size, film.steps) == (3, 640, 1)
    assert (still.octaves, still.dream_size) == (4, 0)
    assert still.steps > 1


def test_an_aim_brings_defaults_that_anything_given_overrides(tmp_path):
    for aim, value, shape in (("toward", "goldfish", "natural"), ("guide", "feather.jpg", "soft")):
        given: dict[str, Any] = {aim: value}
        plain, aimed = configure("image"), configure("image", **given)
        assert (plain.dream.shape, aimed.dream.shape) == ("cascade", shape)
        assert aimed.dream.steps == AIMS[aim]["image"]["steps"] > plain.dream.steps
        assert configure("image", **given, steps=3, shape="none").dream.steps == 3
        assert configure("image", **given, draft=True).dream.dream_size == 320
        look = tmp_path / f"{aim}.toml"
        look.write_text("steps = 7\n")
        assert configure("image", preset=str(look), **given).dream.steps == 7
    look.write_text('toward = "dogs"\n')
    assert configure("image", preset=str(look)).dream.shape == "natural"
    assert configure("music", base="zoom", toward="dogs").dream == configure("zoom", toward="dogs").dream
    assert configure("image", toward=()) == configure("image")
    for aim, commands in AIMS.items():
        assert set(commands) == {"image", "video", "zoom"}, aim
        for command, values in commands.items():
            assert set(values) <= {knob.name for _, knob in knobs(command)}


def test_none_counts_as_not_given():
    assert configure("video", octaves=None) == configure("video")


@pytest.mark.parametrize(
    ("knob", "value", "must"),
    [
        ("octaves", 0, "whole number from 1 to 12"),
        ("octaves", 2.5, "whole number"),
        ("octaves", True, "whole number"),
        ("strength", "nan", "from 0 to 10"),
        ("strength", float("inf"), "from 0 to 10"),
        ("persistence", 1.01, "from 0 to 1"),
        ("shape", "lap", "none, cascade, laplacian"),
        ("layer", "block4=", "a weight for block4 that must be a number"),
        ("layer", ["block4", "block4=2"], "twice"),
        ("layer", [], "one or more"),
        ("layer", "block4=0", "other than 0"),
        ("start", "1:2:3:4", "mm:ss"),
        ("start", -1, "seconds or mm:ss"),
        ("start", Fraction(-1), "seconds or mm:ss"),
        pytest.param("step_size", 10**400, "from 0 to 100", id="huge"),
        ("fps", "0", "frames a second"),
        ("fps", "30000/0", "frames a second"),
        ("size", "1280x", "WxH"),
        ("size", "1", "from 2 to 16384"),
        ("size", "99999", "from 2 to 16384"),
    ],
)
def test_what_is_out_of_range_is_named_with_what_it_must_be(knob, value, must):
    with pytest.raises(ConfigError) as caught:
        configure("video", **{knob: value})
    assert must in str(caught.value)
    assert flag(knob) in str(caught.value)
    assert len(str(caught.value)) < 200


def test_all_problems_are_told_at_once(tmp_path):
    with pytest.raises(ConfigError, match=r"--octaves .*; --crf "):
        configure("video", octaves=0, crf=99)
    look = tmp_path / "bad.toml"
    look.write_text('octavs = 3\nsteps = 0\noverwrite = true\nvideo = 1\ncommand = "zom"\n[image]\nshape = "x"\n')
    with pytest.raises(ConfigError) as caught:
        configure("video", preset=str(look))
    for part in (
        "octavs: no such knob, did you mean octaves",
        "steps must",
        "overwrite",
        "video must",
        "command must be one of video, zoom",
        "[image] shape",
    ):
        assert part in str(caught.value)


def test_a_folder_is_no_preset_but_a_picture_in_it_may_be(tmp_path):
    folder = tmp_path / "film.dream"
    folder.mkdir()
    with pytest.raises(ConfigError, match=r"film\.dream: a folder; name a picture in it, a film, or a \.toml file"):
        configure("video", preset=str(folder))


def test_unknown_names_get_the_nearest():
    with pytest.raises(ConfigError, match="did you mean octaves"):
        configure("video", octavs=3)  # type: ignore[call-overload]
    with pytest.raises(ConfigError, match="did you mean animals"):
        configure("video", preset="animal")
    with pytest.raises(ConfigError, match="No such file"):
        configure("video", preset="no/such/look.toml")


@pytest.mark.parametrize(
    "text", ["steps = 1" + "0" * 5000, "a = " + "[" * 5000, "step_size = 1" + "0" * 400, "x" * 300]
)
def test_no_toml_is_a_traceback(tmp_path, text):
    look = tmp_path / "look.toml"
    look.write_text(text)
    for name in (str(look), text + ".toml", str(tmp_path)):
        with pytest.raises(ConfigError):
            configure("video", preset=name)


def test_a_preset_that_is_not_toml_is_one_line(tmp_path):
    look = tmp_path / "look.toml"
    look.write_bytes(b"\xff\xfe not toml")
    with pytest.raises(ConfigError) as caught:
        configure("video", preset=str(look))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("given", "seconds"),
    [
        ("12.5", Fraction(25, 2)),
        ("1:30", Fraction(90)),
        ("01:02:03.5", Fraction(7447, 2)),
        (2, 2),
        (0.1, Fraction(1, 10)),
    ],
)
def test_times_are_exact(given, seconds):
    assert configure("video", start=given).film.start == seconds


@pytest.mark.parametrize(
    ("given", "rate"),
    [
        ("29.97", Fraction(30000, 1001)),
        ("30000/1001", Fraction(30000, 1001)),
        (25, 25),
        (23.976, Fraction(24000, 1001)),
    ],
)
def test_rates_are_exact(given, rate):
    assert configure("video", fps=given).film.fps == rate


@pytest.mark.parametrize(
    ("given", "source", "size"),
    [
        ("1280x720", Size(640, 360), Size(1280, 720)),
        ("1280", Size(640, 360), Size(1280, 720)),
        ("480", Size(360, 640), Size(270, 480)),
        ("100", Size(641, 361), Size(100, 56)),
        ("480max", Size(640, 360), Size(480, 270)),
        ("480max", Size(333, 111), Size(333, 111)),
    ],
)
def test_sizes(given, source, size):
    assert configure("video", size=given).film.size.of(source) == size


def test_reading_a_value_that_was_read_changes_nothing():
    config = configure("video", start="1:30", fps="29.97", size="480max", layer=["block4=0.5"])
    again = configure(
        "video", start=config.film.start, fps=config.film.fps, size=config.film.size, layer=config.goal.layer
    )
    assert again == config
    assert str(Fit(480, shrink_only=True)) == "480max"


def test_every_shipped_look_loads_says_what_it_looks_like_and_changes_something():
    looks = list(presets())
    assert len(looks) >= 5
    for look in looks:
        assert len(look.about) > 20
        assert look.path.read_text().startswith("# ")
        for command in COMMANDS:
            configure(command, preset=look.name)
        assert tomllib.loads(look.path.read_text()).get("command") in COMMANDS, (
            f'{look.path.name}: add command = "zoom", ...'
        )
    assert {path.stem for path in configs_folder().iterdir() if path.name != "README.md"} == {
        look.name for look in looks
    }


def test_a_look_says_which_command_it_is_for(tmp_path):
    look = tmp_path / "own.toml"
    look.write_text('# Mine.\ncommand = "zoom"\nsteps = 2\n')
    assert Preset("own", "Mine.", look).command == "zoom"
    assert configure("video", preset=str(look)).dream.steps == 2  # every command takes it
    commands = {each.name: each.command for each in presets()}
    assert (commands["animals"], commands["kick"]) == ("video", "music")


@pytest.mark.parametrize("command", COMMANDS)
def test_the_default_look_is_what_is_dreamed_without_one(command):
    plain, named = configure(command), configure(command, preset=DEFAULT)
    layers = chosen_layers(plain.goal, {})
    assert named == replace(plain, goal=replace(plain.goal, layer=layers))


@pytest.mark.parametrize("command", COMMANDS)
def test_every_default_is_a_value_its_knob_takes(command):
    for _, each in knobs(command):
        default = default_of(command, each)
        if default is not None:
            assert each.metadata["kind"].read(default) == default
        assert each.metadata["about"].endswith(".")


def test_former_names_warn_and_still_do():
    with pytest.warns(DeprecationWarning, match="base="):
        assert configure("music", like="zoom") == configure("music", base="zoom")  # type: ignore[call-overload]
    with pytest.warns(DeprecationWarning, match="by_name"):
        assert configure("video").numbers == configure("video").by_name


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        *(("h265", "hevc"), ("x264", "h264"), ("ProRes", "prores"), ("prores422", "prores"), ("apch", "prores")),
        *(("DNxHD", "dnxhr"), ("tiff", "tiff16"), ("tif16", "tiff16"), ("exr16", "exr"), ("hap_q", "hapq")),
    ],
)
def test_a_codec_by_another_name_gets_the_one_that_is_meant(given, meant):
    with pytest.raises(ConfigError, match=rf"codec knows no '{given}'; did you mean {meant}\?$"):
        configure("video", codec=given)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("cinefrm", r"codec knows no 'cinefrm'; did you mean cineform\?$"),
        ("zzz", "codec must be one of h264, hevc, .*, exr32, not 'zzz'$"),
        (3, "codec must be one of h264, hevc, .*, exr32, not 3$"),
    ],
)
def test_a_codec_that_is_misspelt_gets_the_nearest_and_any_other_gets_all(given, message):
    with pytest.raises(ConfigError, match=message):
        configure("image", codec=given)


def test_what_people_call_a_codec_is_no_word_of_its_own():
    assert not {*CODECS_MEANT} & {*CODEC_WORDS}
    assert {*CODECS_MEANT.values()} <= {*CODEC_WORDS}


def test_a_channel_that_is_not_there_is_said_of_a_layer_whose_weight_moves_too():
    layer = {"name": "block8:999", "weight": {"sine": [1, 0.5], "period": "2s"}}
    with pytest.raises(ConfigError, match="--layer block8:999: block8 has the channels"):
        check_goal(configure("video", layer=[layer]).goal)
