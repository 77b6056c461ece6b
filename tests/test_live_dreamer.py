"""A live dream's dreamer: looks pull alike in a fade, what is not ready is made beside, what fails is told."""

import threading
from dataclasses import replace
from fractions import Fraction
from math import inf

import numpy as np
import pytest

from vidream.clock import Clock, Silence
from vidream.config import Goal, Layer, configure, presets
from vidream.dream.anatomy import LayerInfo
from vidream.errors import MediaError
from vidream.live import dreamer as dreamer_module
from vidream.live import mixture as mixture_module
from vidream.live.board import Board
from vidream.live.dreamer import KEPT, LiveDreamer
from vidream.live.fade import MOST_PARTS, Fading, between, parts_of

GREY = np.full((24, 32, 3), 128, np.float32)
RED, GREEN, BLUE = np.eye(3, dtype=np.float32)
COLOURS = {"red": RED, "green": 100 * GREEN, "blue": 0.01 * BLUE}
"""A layer -> the gradient of its term, at every px: each of another size."""


class Network:
    """One whose layers pull towards colours. It counts what it is asked."""

    smallest = 1
    classifier = None
    layers = {name: LayerInfo(1, 1, inf, 1.0) for name in COLOURS}  # noqa: RUF012 (nobody changes it)

    def __init__(self) -> None:
        self.calls = 0

    def engine(self, terms):
        def gradient(picture, weights, wanted):
            self.calls += 1
            pull = sum(weight * COLOURS[layer] for (layer, _), weight in zip(terms, weights, strict=True))
            return 0.0, np.broadcast_to(np.float32(pull), picture.shape).copy()

        return gradient


@pytest.fixture
def networks(monkeypatch):
    """Networks by name; a name that has an event waits for it, a name with an error raises it."""
    loaded: dict[str, object] = {"one": Network(), "other": Network()}

    def load(goal):
        network = loaded[goal.network]
        if isinstance(network, tuple):
            event, network = network
            assert event.wait(60)
        if isinstance(network, Exception):
            raise network
        return network

    monkeypatch.setattr(mixture_module, "load_network", load)
    monkeypatch.setattr(dreamer_module, "load_network", load)
    monkeypatch.setattr(dreamer_module, "note_fallback", lambda goal: None)
    return loaded


def config_of(*layers: str, network: str = "one"):
    config = configure("live", base="video", octaves=1, shape="none", jitter=0, step_size=3)
    weighed = [layer.partition("=") for layer in layers]
    goal = Goal(network, layer=tuple(Layer(name, float(weight or 1)) for name, _, weight in weighed))
    return replace(config, goal=goal)


def step(dreamer, config, wait: bool = True):
    """What a dream adds to grey, in levels of red, green and blue."""
    added = dreamer(GREY, config, 1) - GREY
    if wait:
        dreamer.close()
    return added.mean((0, 1))


def colours(dreamer, config):
    """What it adds in the end, when all that is missing has been made."""
    step(dreamer, config)
    return step(dreamer, config)


def test_looks_pull_alike_in_the_middle_of_a_fade(networks):
    """However much harder one of them pulls by its weights and by its layers."""
    red, green = config_of("red"), config_of("green=7")
    dreamer = LiveDreamer(red)
    for share in (0.25, 0.5, 0.75):
        r, g, b = colours(dreamer, between(red, green, share))
        assert r / (r + g) == pytest.approx(1 - share, abs=0.01)
        assert b == 0
    assert colours(dreamer, green) == pytest.approx((0, 9, 0), rel=1e-3)
    assert colours(dreamer, red) == pytest.approx((9, 0, 0), rel=1e-3)


def test_within_a_look_weights_count_as_they_are(networks):
    one, other = config_of("red", "green=0.01"), config_of("blue")
    dreamer = LiveDreamer(one)
    r, g, b = colours(dreamer, between(one, other, 0.5))
    assert r == pytest.approx(g)
    assert b == pytest.approx(np.hypot(r, g), rel=1e-3)


def test_a_fade_whose_look_is_left_again_holds_all_that_is_seen(networks):
    red, green, blue = (config_of(name) for name in COLOURS)
    midway = between(between(red, green, 0.5), blue, 0.5)
    assert [round(part.share, 3) for part in parts_of(midway.goal)] == [0.25, 0.25, 0.5]
    dreamer = LiveDreamer(red)
    r, g, b = colours(dreamer, midway)
    assert (r / b, g / b) == pytest.approx((0.5, 0.5), rel=0.01)
    back = between(between(red, green, 0.5), red, 0.5)
    assert [part.goal.layer[0].name for part in parts_of(back.goal)] == ["green", "red"]


def test_looks_that_come_faster_than_they_fade_do_not_pile_up(networks):
    config = config_of("red")
    for number in range(50):
        config = between(config, config_of("green", network=f"{number}"), 0.1)
        parts = parts_of(config.goal)
        assert len(parts) <= MOST_PARTS
        assert sum(part.share for part in parts) == pytest.approx(1)
        assert parts[-1].goal.network == f"{number}"


def test_what_is_loaded_beside_does_not_hold_up_the_dream(networks):
    event = threading.Event()
    networks["other"] = (event, networks["other"])
    red, green = config_of("red"), config_of("green", network="other")
    dreamer = LiveDreamer(red)
    for _ in range(5):
        r, g, _ = step(dreamer, green, wait=False)
        assert r > 0
        assert g == 0
    assert dreamer.trouble == ""
    event.set()
    dreamer.close()
    assert step(dreamer, green)[0] == 0


def test_one_thread_makes_things_and_what_is_kept_is_bounded(networks):
    dreamer = LiveDreamer(config_of("red"))
    event = threading.Event()
    networks["slow"] = (event, networks["other"])
    step(dreamer, config_of("green", network="slow"), wait=False)
    before = threading.active_count()
    for number in range(40):
        step(dreamer, config_of("green" if number % 2 else "blue", network="slow"), wait=False)
    assert threading.active_count() <= before
    event.set()
    for number in range(2 * KEPT):
        networks[f"{number}"] = networks["other"]
        colours(dreamer, config_of("green", network=f"{number}"))
    assert len(dreamer._ready) == KEPT


@pytest.mark.parametrize(
    "error", [MediaError("its weights are damaged"), MemoryError("no room\nat all"), KeyError("x")]
)
def test_what_fails_is_told_and_the_dream_goes_on(networks, error):
    networks["other"] = error
    red, green = config_of("red"), config_of("green", network="other")
    dreamer = LiveDreamer(red)
    maker = None
    for _ in range(3):
        assert colours(dreamer, green)[0] > 0
        assert dreamer._maker is (maker := maker or dreamer._maker), "it is not tried again and again"
    for _ in range(3):
        assert colours(dreamer, between(red, green, 0.5))[0] > 0
    assert dreamer.trouble.startswith("other: ")
    assert "\n" not in dreamer.trouble
    assert colours(dreamer, red)[0] > 0
    assert dreamer.trouble == "", "nobody asks for it any more"
    networks["other"] = networks["one"]
    assert colours(dreamer, green)[1] > 0, "it is tried again when it is asked for again"


@pytest.mark.parametrize("share", [0.1, 0.25, 0.5, 0.8])
def test_networks_take_turns(networks, share):
    red, green = config_of("red"), config_of("green", network="other")
    dreamer = LiveDreamer(red)
    midway = between(red, green, share)
    assert isinstance(midway.goal, Fading)
    colours(dreamer, midway)
    turns = ["g" if step(dreamer, midway)[1] > 0 else "r" for _ in range(100)]
    assert turns.count("g") == pytest.approx(100 * share, abs=2)
    longest = max(map(len, "".join(turns).split("g" if share < 0.5 else "r")))
    assert longest <= np.ceil(1 / min(share, 1 - share)), "evenly"


def test_weights_of_the_moment_count(networks):
    dreamer = LiveDreamer(config_of("red", "blue=100"))
    assert colours(dreamer, config_of("red", "blue=0")) == pytest.approx((9, 0, 0), rel=1e-3)
    assert colours(dreamer, config_of("red=0", "blue=0")) == pytest.approx((0, 0, 0))


def test_a_gradient_that_fails_leaves_the_picture_as_it_is_until_it_works_again(networks):
    config = config_of("red")
    dreamer = LiveDreamer(config)
    red = COLOURS["red"].copy()
    try:
        COLOURS["red"] = red * np.float32(np.nan)
        assert colours(dreamer, config) == pytest.approx((0, 0, 0))
        assert "NaN" in dreamer.trouble
    finally:
        COLOURS["red"] = red
    assert colours(dreamer, config)[0] > 0
    assert dreamer.trouble == ""


@pytest.mark.slow
@pytest.mark.parametrize("base", ["video", "zoom"])
def test_every_look_fades_into_the_next_without_a_jump(base):
    """On a picture that stands still, carried as in a film: no step changes it much more than those within a look."""
    names = tuple(preset.name for preset in presets() if preset.command != "image")
    board = Board(configure("live", base=base, looks=names, fade=1), Clock(Fraction(1000), Silence()))
    dreamer = LiveDreamer(board.config_at(0), board.looks.values())
    y, x = np.mgrid[:72, :128]
    source = (128 + 60 * np.sin(x / 9) * np.sin(y / 13))[..., None].repeat(3, 2).astype(np.float32)
    residual, steps = np.zeros_like(source), []
    for frame in range(20 * len(names)):
        if frame % 20 == 0:
            board.next()
        config = board.config_at(frame / 10)
        config = replace(config, dream=replace(config.dream, octaves=min(3, config.dream.octaves)))
        start = source + np.float32(0.95) * residual
        dreamed = dreamer(start, config, 1) - source
        dreamer.close()
        steps.append(float(np.abs(dreamed - residual).mean()))
        residual = dreamed
        assert dreamer.trouble == ""
        assert residual.std() > 1 or frame < 5
    assert max(steps) < 3 * np.median(steps)
