"""A knob that moves is at each frame what its curve says."""

from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from synthetic import tensor_engine

from vidream.clock import Clock
from vidream.config import configure
from vidream.config.run_config import Origin
from vidream.errors import ConfigError
from vidream.notation import read_curve

CLOCK = Clock(Fraction(25))


def at(given, *frames):
    curve = read_curve(given)
    return [curve.at(frame, CLOCK) for frame in frames]


def test_a_number_is_itself():
    assert at(1.5, 0, 7, 1e6) == [1.5] * 3


def test_keys_in_seconds_and_in_frames_are_the_same_curve():
    seconds = {"keys": [["0s", 1.0], ["4s", 3.0]]}
    frames = {"keys": [[0, 1.0], [100, 3.0]]}
    assert at(seconds, 0, 25, 50, 100) == at(frames, 0, 25, 50, 100) == [1, 1.5, 2, 3]


def test_before_the_first_key_and_after_the_last_it_holds():
    assert at({"keys": [[10, 2], [20, 4]]}, 0, 10, 20, 300) == [2, 2, 4, 4]
    assert at({"keys": [[10, 2]]}, 0, 10, 300) == [2, 2, 2]


def test_a_curve_follows_the_clock():
    curve = read_curve({"keys": [["0s", 0], ["2s", 1]]})
    assert curve.at(60, Clock(Fraction(60))) == curve.at(30, Clock(Fraction(30))) == 0.5
    ntsc = Clock(Fraction(30000, 1001))
    assert curve.at(30000 / 1001, ntsc) == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("ease", "quarter", "half"),
    [
        ("linear", 0.25, 0.5),
        ("in", 1 / 16, 0.25),
        ("out", 7 / 16, 0.75),
        ("in-out", 5 / 32, 0.5),
        ("hold", 0, 0),
    ],
)
def test_eases(ease, quarter, half):
    assert at({"keys": [[0, 0], [8, 1], [16, 5]], "ease": ease}, 0, 2, 4, 8, 16) == [0, quarter, half, 1, 5]


def test_a_sine():
    assert at({"sine": [1, 0.3], "period": "2s"}, 0, 12.5, 25, 37.5) == pytest.approx([1, 1.3, 1, 0.7])
    assert at({"sine": [1, 0.3], "period": 40, "phase": 0.25}, 0, 10, 20) == pytest.approx([1.3, 1, 0.7])


def test_sums_and_products_nest():
    wave = {"sine": [0, 1], "period": 4}
    assert at({"sum": [2, wave, {"product": [3, wave]}]}, 0, 1, 3) == pytest.approx([2, 6, -2])


def test_the_span_is_never_left():
    curve = read_curve(
        {
            "product": [
                {"sum": [{"sine": [0.2, 1], "period": 7}, {"keys": [[0, -1], [9, 2]]}]},
                {"sine": [1, 3], "period": 5},
            ]
        }
    )
    low, high = curve.span
    values = [curve.at(frame / 4, CLOCK) for frame in range(400)]
    assert low <= min(values) < max(values) <= high
    assert (low, high) == pytest.approx((-7.2, 12.8))


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"keys": [["4s", 1], ["2s", 2]]}, "--strength has keys out of order: 2s after 4s"),
        ({"keys": [["4s", 1], ["4s", 2]]}, "out of order"),
        ({"keys": [["4s", 1], [120, 2]]}, "keys in frames and keys in seconds"),
        ({"keys": [["4m", 1]]}, "--strength has '4m' as a key's time"),
        ({"keys": [[-1, 1]]}, "has -1 as a key's time"),
        ({"keys": [["1s", "2"]]}, "has '2' where a key's value must stand"),
        ({"keys": [["1s", 1, 2]]}, "each of which must be"),
        ({"keys": []}, "must be a list with something in it"),
        ({"keys": [[0, 1]], "ease": "inout"}, "the ease 'inout'; did you mean in-out"),
        ({"keys": [[0, 1], [5, 2]], "ease": ["in"]}, "the ease ['in']"),
        ({"sine": [1, 0.3], "period": 1e-310}, "which is too short"),
        ({"sine": [10**400, 0.3], "period": 2}, "where a sine's number must stand"),
        ({"keys": [[0, 1]], "eased": "in"}, "has 'eased' in a curve of keys; did you mean ease?"),
        ({"sine": [1, 0.3]}, "a sine without a period"),
        ({"sine": [1], "period": 3}, "a sine of 1 numbers"),
        ({"sine": [1, 0.3], "period": "0s"}, "a period of 0"),
        ({"sine": [1, 0.3], "period": "2 s"}, "as a period"),
        ({"sinus": [1, 0.3]}, "must have one of keys, sine, sum, product"),
        ({"fllow_": "low"}, "follow; did you mean follow?"),
        ({"follow": "bassline"}, "did you mean low?"),
        ({"sine": [1, 0.3], "sum": [1], "period": 2}, "must have one of"),
        (
            {"sine": [1, 2], "period": "2s"},
            "has values that must be a number from 0 to 10; its curve goes from -1 to 3",
        ),
        ({"sum": [8, {"keys": [[0, 3]]}]}, "goes from 11 to 11"),
        ({"sum": [float("nan")]}, "has nan where"),
        ({"product": [True]}, "has True where"),
        ("{ keys = [[0, 1]]", "not TOML"),
    ],
)
def test_what_is_wrong_in_a_curve_is_said_with_the_knobs_name(given, said):
    with pytest.raises(ConfigError) as caught:
        configure("video", strength=given)
    assert said in str(caught.value)
    assert str(caught.value).startswith("--strength ")


def test_curves_within_curves_without_end_are_refused():
    given: Any = 1.0
    for _ in range(2000):
        given = {"sum": [given]}
    with pytest.raises(ConfigError, match="curves in curves"):
        configure("video", strength=given)


@pytest.mark.parametrize("name", ["seed", "tile", "dream_size", "crf", "dream_every", "cut_threshold", "max_pixels"])
def test_what_cannot_move_says_so(name):
    with pytest.raises(ConfigError, match=f"--{name.replace('_', '-')} cannot move over time"):
        configure("video", **dict[str, Any]({name: {"keys": [[0, 200]]}}))


def test_every_other_number_may_move():
    rise = {"keys": [[0, 0.5], [100, 1]]}
    whole = {"keys": [[0, 2], [100, 4]]}
    given: dict[str, Any] = dict.fromkeys(("strength", "step_size", "tv", "zoom", "turn", "anchor"), rise)
    given |= {"octaves": whole, "steps": whole, "first_steps": whole, "jitter": whole}
    given |= {"octave_ratio": {"keys": [[0, 1.2], [100, 1.4]]}, "drift": [rise, 0.25], "focus": (0, rise)}
    given |= {"layer": [{"name": "block4", "weight": rise}, "block10=0.5"]}
    config = configure("zoom", **given)
    assert set(config.moving) == (set(given) - {"drift", "focus", "layer"}) | {"drift x", "focus y", "layer block4"}
    now = config.at(50, CLOCK)
    assert (now.dream.strength, now.camera.zoom, now.camera.drift, now.camera.focus) == (
        0.75,
        0.75,
        (0.75, 0.25),
        (0, 0.75),
    )
    assert [layer.weight for layer in now.goal.layer] == [0.75, 0.5]
    assert (now.dream.octaves, now.dream.steps) == (3, 3)
    assert isinstance(now.dream.octaves, int)
    assert now.dream.octave_ratio == pytest.approx(1.3)
    assert now.moving == {}
    assert configure("video", persistence=rise).at(0, CLOCK).motion.persistence == 0.5


def test_pairs_move_from_the_command_line_and_from_python():
    config = configure("zoom", drift='{ sine = [0, 0.1], period = "2s" },0', focus="[0.25, 0.5]")
    assert list(config.moving) == ["drift x"]
    assert config.camera.focus == (0.25, 0.5)
    assert configure("zoom", drift=np.array([0.1, 0.2])).camera.drift == (0.1, 0.2)  # type: ignore[call-overload]
    with pytest.raises(ConfigError, match="needs a layer with a weight other than 0"):
        configure("zoom", layer=[{"name": "block4", "weight": {"sine": [0, 0], "period": 3}}])


def test_a_picture_is_as_things_are_at_the_beginning(tiny):
    from vidream.jobs.still import dream_image

    image = np.random.default_rng(0).integers(0, 255, (32, 48, 3), np.uint8)
    moving = dream_image(image, **tiny, strength={"keys": [["0s", 0.5], ["1s", 3]]}, steps={"keys": [[0, 2], [9, 8]]})
    np.testing.assert_array_equal(moving, dream_image(image, **tiny, strength=0.5, steps=2))


def test_what_does_not_move_is_the_same_object():
    config = configure("video")
    assert config.at(12, CLOCK) is config


def test_curves_are_read_from_a_preset_a_flag_and_python_alike(tmp_path):
    look = tmp_path / "look.toml"
    look.write_text(
        'strength = { keys = [["0s", 0.2], ["2s", 1]], ease = "in" }\n'
        'layer = ["block10", { name = "block4", weight = { sine = [0.5, 0.5], period = "1s" } }]\n'
    )
    flags: dict[str, Any] = {
        "strength": '{ keys = [["0s", 0.2], ["2s", 1]], ease = "in" }',
        "layer": ["block10", 'block4={ sine = [0.5, 0.5], period = "1s" }'],
    }
    tables: dict[str, Any] = {
        "strength": {"keys": [["0s", 0.2], ["2s", 1]], "ease": "in"},
        "layer": ["block10", {"name": "block4", "weight": {"sine": [0.5, 0.5], "period": "1s"}}],
    }
    by_look = replace(configure("video", preset=str(look)), origin=Origin())
    assert by_look == configure("video", **flags) == configure("video", **tables)


def test_a_zoom_table_and_a_zoom_knob_are_told_apart(tmp_path):
    look = tmp_path / "look.toml"
    look.write_text("zoom = 1.5\n")
    assert configure("zoom", preset=str(look)).camera.zoom == 1.5
    assert configure("video", preset=str(look)) == replace(configure("video"), origin=Origin(str(look)))
    look.write_text("[zoom]\nzoom = 1.6\nturn = 3\n")
    assert configure("zoom", preset=str(look)).camera.zoom == 1.6
    look.write_text("zoom = { sine = [1.5, 0.2], period = 50 }\n")
    assert "zoom" in configure("zoom", preset=str(look)).moving
    look.write_text("[zoom]\nzom = 1.6\n")
    with pytest.raises(ConfigError, match=r"\[zoom\] zom: no such knob, did you mean zoom"):
        configure("zoom", preset=str(look))


def test_a_layers_weights_cross_fade(tiny, tiny_network):
    """At each end of the fade the picture is the one that the layer alone gives."""
    from vidream.dream.octaves import OctaveDreamer

    image = np.random.default_rng(0).uniform(50, 200, (48, 64, 3)).astype(np.float32)
    given = tiny | {"jitter": 0, "engine": "tensorflow"}
    fade = [
        {"name": "block1", "weight": {"keys": [[0, 1], [10, 0]]}},
        {"name": "block3", "weight": {"keys": [[0, 0], [10, 1]]}},
    ]
    config = configure("zoom", **given | {"layer": fade})
    dreamer = OctaveDreamer(config)
    for frame, layer in ((0, "block1"), (10, "block3")):
        alone = configure("zoom", **given | {"layer": layer})
        faded = dreamer(image, config.at(frame, CLOCK), 2)
        np.testing.assert_allclose(faded, OctaveDreamer(alone)(image, alone, 2), atol=1e-2)
    assert tensor_engine(dreamer.gradient).traces == 1  # a look that moves costs no compilation


class Song:
    """A Score: beats each half second from 0.25 s on, bars of four; its lows are as loud as the frame's number."""

    def beat(self, second):
        return (second - 0.25) * 2

    def second(self, beat):
        return beat / 2 + 0.25

    def marks(self, name):
        return {"beats": [0.25, 0.75, 1.25, 1.75, 2.25], "bars": [0.25, 2.25], "sections": [0.0, 2.25]}[name]

    def level(self, name, attack, release, frame):
        return {"low": frame / 100, "high": 0.5 if (attack, release) == (None, 0.3) else 0.0}[name]


PLAYED = Clock(Fraction(20), Song())


def played(given, *frames):
    curve = read_curve(given)
    assert curve.musical
    low, high = curve.span
    values = [curve.at(frame, PLAYED) for frame in frames]
    assert all(low - 1e-9 <= value <= high + 1e-9 for value in values)
    return values


def test_a_cycle_goes_from_value_to_value_and_begins_again():
    assert at({"cycle": [1, 5, 3], "every": "2s"}, 0, 49, 50, 99, 100, 149, 150, 200) == [1, 1, 5, 5, 3, 3, 1, 5]
    assert at({"cycle": [1, 5], "every": 10}, 9, 10, 20) == [1, 5, 1]


def test_a_cycle_fades_from_the_change_on():
    fade = {"cycle": [0, 1], "every": 10, "fade": 4}
    assert at(fade, 0, 9, 10, 11, 12, 13, 14, 20, 22) == pytest.approx([0, 0, 0, 5 / 32, 0.5, 27 / 32, 1, 1, 0.5])


def test_a_cycle_counts_beats_bars_and_sections():
    assert played({"cycle": [1, 2], "every": "bars"}, 0, 4, 5, 44, 45) == [1, 1, 2, 2, 1]
    assert played({"cycle": [1, 2, 3], "every": "beats"}, 4, 5, 15, 25) == [1, 2, 3, 1]
    # the first section begins with the music: it is no change
    assert played({"cycle": [1, 2], "every": "sections"}, 0, 44, 45) == [1, 1, 2]
    assert played({"cycle": [1, 2], "every": "2b"}, 0, 24, 25, 45) == [1, 1, 2, 1]
    assert played({"cycle": [0, 1], "every": "4b", "fade": "2b"}, 45, 55, 65) == pytest.approx([0, 0.5, 1])


def test_a_short_fade_stays_between_its_values():
    for fade in ("0.001s", "0.01s", 0.5, 1, "0.05b"):
        for every in ("beats", "bars", "2b", 7):
            curve = read_curve({"cycle": [1, 0, 3], "every": every, "fade": fade})
            values = [curve.at(frame / 4, PLAYED) for frame in range(200)]
            assert 0 <= min(values) <= max(values) <= 3
    early = clock_of([0.26])  # 5.2 frames: frame 5 is the nearest
    assert [read_curve({"cycle": [1, 2], "every": "beats"}).at(frame, early) for frame in (4, 5)] == [1, 2]


def clock_of(beats):
    class Beats(Song):
        def marks(self, name):
            return beats

    return Clock(Fraction(20), Beats())


def test_keys_and_waves_may_be_timed_in_beats():
    assert played({"keys": [["0b", 0], ["4b", 1]]}, 0, 5, 25, 45) == pytest.approx([0, 0, 0.5, 1])
    assert played({"sine": [0, 1], "period": "4b"}, 5, 15, 25, 35) == pytest.approx([0, 1, 0, -1], abs=1e-9)


def test_an_envelope_is_followed():
    assert played({"follow": "low"}, 0, 20, 100) == [0, 0.2, 1]
    assert played({"follow": "low"}, 19.5) == [0.2]  # between two frames: as at the second
    assert played({"follow": "high", "release": "0.3s"}, 3) == [0.5]
    assert played({"base": 1.15, "follow": "low", "amount": 0.6}, 0, 50) == pytest.approx([1.15, 1.45])
    assert played({"follow": "low", "amount": -2}, 50) == [-1]
    moving = {"follow": "low", "amount": {"sine": [0, 2], "period": 40}}
    assert played(moving, 10, 30) == pytest.approx([0.2, -0.6])


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"follow": "zebra"}, "known: beats, bars"),
        ({"follow": "bass"}, "follows 'bass'; did you mean low?"),
        ({"follow": "Drums"}, "follows 'Drums'; did you mean percussive?"),
        ({"follow": "treble", "of": "a.wav"}, "follows 'treble' of 'a.wav'; did you mean high?"),
        ("{ follow = low, amount = 2 }", "not TOML: low has no quotes; write follow = \"low\", with '...' round"),
        ({"follow": "lo"}, "did you mean low"),
        ({"follow": ["low"]}, "follows ['low']"),
        ({"follow": "low", "attack": "2b"}, "an attack, which must be seconds"),
        ({"follow": "low", "amount": 200}, "its curve goes from 0 to 200"),
        ({"cycle": [1, 2]}, "does not say when"),
        ({"cycle": [1, 2], "every": "0s"}, "every 0s, which is too short"),
        ({"cycle": [1, 2], "every": "verses"}, "must be a frame such as 24"),
        ({"cycle": [], "every": "bars"}, "a list with something in it"),
    ],
)
def test_what_is_wrong_with_what_follows_music_is_said(given, said):
    with pytest.raises(ConfigError) as error:
        configure("music", base="zoom", strength=given)
    assert said in str(error.value)


@pytest.mark.parametrize("curve", [{"follow": "low"}, {"sine": [1, 0.5], "period": "4b"}])
@pytest.mark.parametrize("command", ["video", "zoom", "image"])
def test_what_has_no_music_follows_none(command, curve):
    with pytest.raises(ConfigError, match=f"--strength: follows music, and {command} has none"):
        configure(command, strength={"sum": [0.5, {"product": [1, curve]}]})
