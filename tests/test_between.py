"""A look between two is the first at 0, the second at 1, and everywhere one that a file can hold; a surprise is one."""

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest

from vidream.clock import Clock, Time
from vidream.config import Goal, Layer, configure, presets
from vidream.config.between import value_between
from vidream.config.kinds import Choice, Number, Pair
from vidream.config.toml import parse_toml
from vidream.config.toml_writer import toml_entry
from vidream.curves import Sine
from vidream.dream.families import family_of
from vidream.jobs.between import Part, look_between, look_knobs, mixed_goal
from vidream.jobs.surprise import surprise

GOALS = {each.name: configure("image", preset=each.name).goal for each in presets()}
NAMES = [name for name, goal in GOALS.items() if family_of(goal.network).is_here(goal.network)]
PICTURE = np.random.default_rng(0).integers(0, 256, (48, 64, 3)).astype(np.uint8)


def test_a_number_that_may_be_0_goes_straight_and_a_factor_by_ratios():
    assert value_between(Number(0, 10), 1.0, 3.0, 0.25) == 1.5
    assert value_between(Number(0.01, 100), 1.0, 4.0, 0.5) == pytest.approx(2)
    assert value_between(Number(1, 12, True), 3, 6, 0.5) == 4
    assert value_between(Pair(0, 1), (0.0, 1.0), (1.0, 1.0), 0.25) == (0.25, 1.0)
    assert value_between(Choice(("a", "b")), "a", "b", 0.49) == "a"
    assert value_between(Choice(("a", "b")), "a", "b", 0.5) == "b"


def test_a_curve_is_faded_into_a_number():
    wave = Sine(1.0, 0.5, Time(2, "seconds"))
    curve = value_between(Number(0, 10), wave, 3.0, 0.25)
    clock = Clock(Fraction(30))
    for frame in range(0, 60, 7):
        assert curve.at(frame, clock) == pytest.approx(0.75 * wave.at(frame, clock) + 0.75)


@pytest.mark.parametrize("command", ["video", "zoom", "image"])
def test_the_ends_are_the_looks_themselves(command):
    for one, other in pairwise(NAMES):
        a, b = (configure(command, preset=name) for name in (one, other))
        for share, end in ((0, a), (1, b)):
            found = configure(command, **look_between(a, b, share))
            assert replace(found, film=end.film) == end  # how long a film is belongs to no look


@pytest.mark.parametrize("command", ["video", "zoom", "image"])
def test_what_lies_between_is_a_look(command):
    for one, other in pairwise(NAMES):
        a, b = (configure(command, preset=name) for name in (one, other))
        for share in (0.01, 0.3, 0.5, 0.77, 0.99):
            knobs = look_between(a, b, share)
            text = "\n".join(toml_entry(name.rstrip("_"), value) for name, value in knobs.items())
            assert configure(command, **parse_toml(text.encode(), "it")).goal.layer


def test_a_curve_that_stays_at_its_bounds_is_taken_at_each_share():
    wave = {"sine": [0.5, 0.5], "period": "2s"}
    a, b = configure("zoom", anchor=wave), configure("zoom", anchor=1.0)
    for share in range(101):
        configure("zoom", **look_between(a, b, share / 100))


def test_layers_are_united_by_their_shares():
    a, b = configure("video", layer=["block4", "block10=2"]), configure("video", layer=["block10", "block7"])
    knobs = look_between(a, b, 0.25)
    assert knobs["layer"] == ["block4", "block10=2.33", "block7=0.333"]


def test_a_class_beside_a_layer_brings_its_own_defaults():
    a, b = configure("image", toward="goldfish"), configure("image", layer="block4")
    config = configure("image", **look_between(a, b, 0.5))
    assert [layer.name for layer in config.goal.toward] == ["goldfish"]
    assert [layer.name for layer in config.goal.layer] == ["block4"]
    assert config.dream.steps == round((110 * 10) ** 0.5)


def test_of_two_networks_the_nearer_dreams():
    a, b = configure("zoom", preset="coral"), configure("zoom", preset="apes")
    assert look_between(a, b, 0.4)["layer"] == ["block14:54"]
    assert look_between(a, b, 0.6)["network"] == "efficientnet-lite2"


def test_what_pulls_harder_gets_the_smaller_weight():
    goal = Goal(objective="mean")
    parts = [Part(Goal(layer=(Layer(name),)), 1) for name in ("block2", "block14")]
    one, other = mixed_goal(goal, parts, PICTURE).layer
    tenfold = [replace(parts[0], goal=Goal(layer=(Layer("block2", 10.0),))), parts[1]]
    again = mixed_goal(goal, tenfold, PICTURE).layer
    assert one.weight / other.weight == pytest.approx(again[0].weight / again[1].weight, rel=0.02)
    assert one.weight != other.weight


@pytest.mark.parametrize("command", ["video", "zoom", "image"])
def test_surprises_are_looks_and_the_same_for_the_same_seed(command):
    found = [surprise(command, seed) for seed in range(16)]
    assert found == [surprise(command, seed) for seed in range(16)]
    assert len({str(each.knobs) for each in found}) > 12
    for each in found:
        config = configure(command, **each.knobs)
        assert look_knobs(config) == each.knobs
        assert each.title
