"""The board: any thread turns a knob, plays a look; a fade goes straight; rubbish is refused in one line."""

import json
import threading
from fractions import Fraction

import numpy as np
import pytest

from vidream.clock import Clock, Silence
from vidream.config import DEFAULT, Camera, configure
from vidream.curves import Curve
from vidream.errors import ConfigError, InputError
from vidream.live.board import Board
from vidream.live.fade import Fading
from vidream.live.kick import THROW, thrown
from vidream.live.turns import MOST_MIXED

CLOCK = Clock(Fraction(1000), Silence())
RUBBISH = [
    ("strength", 11),
    ("strength", float("nan")),
    ("strength", None),
    ("strength", [1] * 100_000),
    ("strength", "x" * 100_000),
    ("strength", {"follow": "low", "of": "/etc/passwd.csv"}),
    ("strength", {"keys": [["@chorus", 0], ["@verse", 1]]}),
    ("octaves", 2.5),
    ("keep colour", 2),
    ("shape", "round"),
    ("drift x", 0.5),  # of a zoom
    ("tile", 300),
    ("size", 4096),
    ("dream size", 320),  # the pace is kept within limits of the run
    ("least size", 320),
    ("dream rate", 3),
    ("mask", "/etc/passwd"),
    ("to", "rtmp://elsewhere"),
    ("network", "/etc/passwd"),
    ("network", "vgg99"),
    ("network", "vgg16"),  # would have to be fetched
    ("layer", 1),
    ("layer block99", 1),
    ("layer block10:9999", 1),
    ("layer block10=3", 1),
    ("layer " + "x" * 100_000, 1),
    ("toward", 1),
    ("toward unicorn", 1),
    ("nothing", 1),
    ("", 1),
    (None, 1),
    (("strength",), 1),
    ("strength\nblack", 1),
]


def board_of(base: str = "video", **knobs) -> Board:
    return Board(configure("live", base=base, **knobs), CLOCK, knobs)


def look(tmp_path, name: str, text: str) -> str:
    path = tmp_path / f"{name}.toml"
    path.write_text(text)
    return str(path)


def weights(board: Board, second: float = 0.0) -> dict[str, float]:
    return {layer.label: layer.weight for layer in board.config_at(second).goal.layer}


@pytest.mark.parametrize("name", ["step size", "step-size", "step_size", " Step Size "])
def test_a_knob_goes_by_the_names_people_say(name):
    board = board_of()
    board.set(name, "2.5")
    assert board.config_at(0).dream.step_size == 2.5
    assert board.state()["turned"] == ["step_size"]
    board.reset()
    assert board.config_at(0).dream.step_size == 1.0
    assert board.state()["turned"] == []


def test_one_of_two_numbers_is_turned_by_itself():
    board = board_of("zoom")
    board.set("drift x", 0.25)
    board.set("focus y", 0.75)
    camera = board.config_at(0).camera
    assert camera.drift == (0.25, 0.0)
    assert camera.focus == (0.5, 0.75)


def test_a_layer_is_weighed_by_name_and_a_new_one_stands_beside_the_usual_one():
    board = board_of()
    assert weights(board) == {"block10": 1.0}
    board.set("layer block10", 0.25)
    board.set("layer block4:3-5", -0.5)
    board.set("toward dogs", 2)
    assert weights(board) == {"block10": 0.25, "block4:3-5": -0.5}
    (dogs,) = board.config_at(0).goal.toward
    assert (dogs.name, dogs.weight) == ("dogs", 2.0)
    assert board.state()["knobs"]["layer block4:3-5"] == -0.5


def test_layers_that_hands_bring_in_are_bounded():
    board = board_of()
    for channel in range(MOST_MIXED - 1):
        board.set(f"layer block10:{channel}", 0.5)
    with pytest.raises(ConfigError):
        board.set("layer block4", 0.5)
    board.set("layer block10:3", 0.25)
    board.reset()
    board.set("layer block4", 0.5)


def test_a_knob_may_be_given_a_curve():
    board = board_of()
    board.set("strength", '{ keys = [["0s", 0], ["10s", 1]] }')
    assert board.config_at(2.5).dream.strength == pytest.approx(0.25)


@pytest.mark.parametrize(("name", "value"), RUBBISH, ids=lambda each: repr(each)[:20])
def test_rubbish_is_refused_in_one_line_and_changes_nothing(name, value):
    board = board_of()
    with pytest.raises(ConfigError) as caught:
        board.set(name, value)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 1000
    assert board.state() == board_of().state()


def test_switches_take_what_a_controller_sends():
    board = board_of()
    board.set("keep color", 1.0)
    assert board.config_at(0).dream.keep_colour is True
    board.set("keep colour", False)
    assert board.config_at(0).dream.keep_colour is False


def test_bounds_are_those_of_the_knobs():
    board = board_of("zoom")
    assert board.bounds("strength") == (0, 10)
    assert board.bounds("drift y") == (-10, 10)
    assert board.bounds("keep colour") == (0, 1)
    assert board.bounds("shape") is None
    assert board.bounds("layer block10") == (-1e6, 1e6)
    with pytest.raises(ConfigError):
        board.bounds("tile")


def test_a_look_is_played_by_name_path_and_number(tmp_path):
    path = look(tmp_path, "mine", 'layer = ["block4"]\nstrength = 0.5\n')
    board = board_of(looks=("engraving", path), fade=0)
    for called in (2, "2", path, "mine"):
        board.play(1)
        assert weights(board) == {"block4": 1.0}
        board.play(called)
        assert board.config_at(0).dream.strength == 0.5
        assert board.state()["look"] == path
    board.play("animals")  # it comes with vidream
    assert weights(board) == {"block10": 1.0}


@pytest.mark.parametrize("called", [0, 3, -1, 1.5, True, "nothing", "../mine.toml", "", None, "9" * 1000])
def test_what_is_no_look_is_refused_in_one_line(tmp_path, called):
    """A path that the run did not name is not opened, even where there is one."""
    look(tmp_path, "mine", "strength = 0.5\n")
    board = board_of(looks=("engraving", "animals"))
    with pytest.raises(ConfigError) as caught:
        board.play(called)
    assert "\n" not in str(caught.value)
    with pytest.raises(ConfigError):
        board.play(str(tmp_path / "mine.toml"))
    assert board.state()["look"] == DEFAULT


@pytest.mark.parametrize("text", ["strength = 11\n", "nonsense = 1\n", 'layer = ["block99"]\n', "not toml"])
def test_a_look_that_cannot_be_is_said_before_the_first_frame(tmp_path, text):
    with pytest.raises(ConfigError):
        board_of(looks=(look(tmp_path, "wrong", text),))


def test_next_goes_round():
    board = board_of(looks=("engraving", "animals"), fade=0)
    played = []
    for _ in range(3):
        board.next()
        played.append(board.state()["look"])
    assert played == ["engraving", "animals", "engraving"]


def own(**knobs):
    return configure("live", base="video", **{"fade": 0} | knobs)


def test_a_look_of_a_program_is_gone_over_into_and_then_changes_at_once():
    board = board_of(fade=2)
    board.play_own("mine", own(strength=0.5, fade=2))
    assert board.look == "mine"
    assert board.config_at(0).dream.strength == 1.0
    assert board.config_at(1).dream.strength == pytest.approx(0.75)
    assert board.config_at(2).dream.strength == 0.5
    board.play_own("mine", own(strength=0.25))
    assert board.config_at(2).dream.strength == 0.25


def test_what_hands_turned_of_a_look_of_a_program_stays_until_the_program_turns_it():
    board = board_of(fade=0)
    board.play_own("mine", own(layer="block4"))
    board.set("strength", 0.5)
    board.set("step size", 3)
    board.play_own("mine", own(layer="block4", swell=0.5))
    assert board.state()["turned"] == ["strength", "step_size"]
    assert board.turned == {"strength": 0.5, "step_size": 3.0}
    board.play_own("mine", own(layer=["block4", "block10=0.5"], strength=0.75, swell=0.5))
    assert board.turned == {"step_size": 3.0}  # the program has turned the other one
    config = board.config_at(0)
    assert (config.dream.strength, config.dream.step_size, config.motion.swell) == (0.75, 3, 0.5)
    assert weights(board) == {"block4": 1.0, "block10": 0.5}
    board.play("engraving")
    assert board.state()["turned"] == []


def test_a_look_of_a_program_changes_nothing_that_needs_a_new_start():
    board = board_of(rate=20, tile=256)
    board.play_own("mine", own(rate=5, tile=512))
    config = board.config_at(9)
    assert (config.live.rate, config.dream.tile) == (20, 256)


def test_a_look_of_a_program_that_cannot_be_is_refused_and_changes_nothing(tmp_path):
    song = tmp_path / "levels.csv"
    song.write_text("0,0\n1,1\n")
    follows = own(strength={"follow": "level", "of": str(song)})
    for wrong in (configure("live", base="zoom"), configure("video"), own(network="vgg16"), follows):
        board = board_of()
        with pytest.raises(ConfigError) as caught:
            board.play_own("mine", wrong)
        assert "\n" not in str(caught.value)
        assert board.state() == board_of().state()
    board = Board(follows, CLOCK)
    board.play_own("mine", follows)  # read at the beginning
    assert board.look == "mine"


def test_without_looks_those_made_for_what_is_dreamed_are_there():
    assert {"animals", "engraving"} <= {*board_of("video").looks}
    assert {"eyes", "kick"} <= {*board_of("zoom").looks}
    assert "eyes" not in board_of("video").looks


def test_usual_looks_that_do_not_go_with_what_was_given_are_left_out():
    whole, part = board_of(), board_of(network="efficientnet-lite2")
    assert 0 < len(part.looks) < len(whole.looks)
    assert {look.goal.network for look in part.looks.values()} == {"efficientnet-lite2"}
    part.next()


def test_what_was_given_stands_over_every_look(tmp_path):
    path = look(tmp_path, "mine", "strength = 0.5\nstep_size = 3\n")
    board = board_of(looks=(path,), fade=0, strength=0.75)
    board.play(1)
    assert board.config_at(0).dream.strength == 0.75
    assert board.config_at(0).dream.step_size == 3


def test_a_look_leaves_what_belongs_to_the_run(tmp_path):
    path = look(tmp_path, "mine", "size = 320\ntile = 128\nstrength = 0.5\n")
    board = board_of(looks=(path,), fade=0, size=640, mask="motion", seconds=60)
    before = board.config_at(0)
    board.play(1)
    after = board.config_at(0)
    assert after.dream.strength == 0.5
    assert (after.film.size, after.dream.tile, after.mask, after.live) == (
        before.film.size,
        before.dream.tile,
        before.mask,
        before.live,
    )


def test_frames_of_a_look_last_as_in_a_film_of_that_rate(tmp_path):
    path = look(tmp_path, "mine", "strength = { keys = [[0, 0], [100, 1]] }\n")
    board = board_of(looks=(path,), fade=0, rate=20)
    board.play(1)
    assert board.config_at(2.5).dream.strength == pytest.approx(0.5)


def test_a_fade_goes_straight_and_what_has_no_between_changes_half_way(tmp_path):
    one = look(tmp_path, "one", 'layer = ["block4"]\nstrength = 0.25\noctaves = 2\nshape = "soft"\n')
    other = look(tmp_path, "other", 'layer = ["block10=3"]\nstrength = 1.25\noctaves = 4\nshape = "none"\n')
    board = board_of(looks=(one, other), fade=4)
    board.play(1)
    board.config_at(0)
    board.config_at(4)
    board.play(2)
    assert board.state()["fading"] == 0
    assert board.config_at(10).dream.strength == pytest.approx(0.25), "it begins when it is first seen"
    assert board.config_at(11.9).dream.shape == "soft"
    half = board.config_at(12)
    assert half.dream.strength == pytest.approx(0.75)
    assert half.dream.octaves == 3
    assert half.dream.shape == "none"
    assert isinstance(half.goal, Fading)
    assert [part.share for part in half.goal.parts] == pytest.approx([0.5, 0.5])
    assert half.goal.layer[0].name == "block10"
    assert half.goal.parts[0].goal.layer[0].name == "block4"
    assert board.state()["fading"] == pytest.approx(0.5)
    done = board.config_at(14)
    assert done.dream.strength == 1.25
    assert not isinstance(done.goal, Fading)


def test_a_fade_between_weights_alone_is_a_goal_like_any_other(tmp_path):
    one = look(tmp_path, "one", 'layer = ["block4", "block10=3"]\n')
    other = look(tmp_path, "other", 'layer = ["block4=0", "block10=1"]\n')
    board = board_of(looks=(one, other), fade=4)
    board.play(1)
    board.config_at(0)
    board.config_at(4)
    board.play(2)
    board.config_at(4)
    assert not isinstance(board.config_at(6).goal, Fading)
    assert weights(board, 6) == {"block4": 0.5, "block10": 2.0}


def test_a_look_played_within_a_fade_goes_on_from_what_is_seen(tmp_path):
    looks = [look(tmp_path, str(number), f"strength = {number}\n") for number in (1, 3, 2)]
    board = board_of(looks=tuple(looks), fade=2)
    board.play(1)
    board.config_at(0)
    board.config_at(2)
    board.play(2)
    board.config_at(2)
    assert board.config_at(3).dream.strength == pytest.approx(2)
    board.play(3)
    assert board.config_at(3).dream.strength == pytest.approx(2), "no jump"
    assert board.config_at(4).dream.strength == pytest.approx(2)
    assert board.config_at(5).dream.strength == pytest.approx(2)


def test_what_is_turned_within_a_fade_is_turned_at_once_and_goes_with_its_look():
    board = board_of(looks=("engraving", "animals"), fade=9)
    board.set("strength", 0.5)
    board.set("fade", 2)
    board.play(1)
    board.config_at(0)
    assert board.config_at(1).dream.strength == pytest.approx(0.75), "half-way from 0.5 to the look's own"
    board.set("strength", 0.25)
    assert board.config_at(1.01).dream.strength == 0.25
    assert board.config_at(3).live.fade == 2, "how looks are played is of no look"


def test_a_state_is_json_and_names_what_can_be_set():
    for base in ("video", "zoom"):
        board = board_of(base)
        board.set("strength", '{ sine = [0.5, 0.25], period = "2s" }')
        board.next()
        board.config_at(1)
        board.config_at(1.5)
        state = json.loads(json.dumps(board.state()))
        assert 0 < state["fading"] < 1
        for name, value in state["knobs"].items():
            board.set(name, value)


def test_threads_that_hammer_the_board_leave_it_whole():
    board = board_of(looks=("engraving", "animals", "melting"), fade=0.05)
    done = threading.Event()
    problems: list[object] = []

    def hammer(number: int) -> None:
        try:
            for count in range(150):
                board.set("strength", (number + count) % 10)
                board.set(f"layer block{count % 5}", 0.5)
                board.state()
                board.play(1 + count % 3)
                board.reset()
                board.next()
        except Exception as error:  # noqa: BLE001 (any is a failure)
            problems.append(error)

    def watch() -> None:
        second = 0.0
        while not done.is_set():
            second += 0.01
            config = board.config_at(second)
            moving = [value for value in config.by_name.values() if isinstance(value, Curve)]
            if moving or not 0 <= config.dream.strength <= 10:
                problems.append(config)

    threads = [threading.Thread(target=hammer, args=(number,)) for number in range(4)]
    watcher = threading.Thread(target=watch)
    for thread in (watcher, *threads):
        thread.start()
    for thread in threads:
        thread.join()
    done.set()
    watcher.join()
    assert problems == []
    board.play("animals")
    board.reset()
    board.config_at(1e6)
    assert board.config_at(2e6).dream.strength == 1


class Beating(Silence):
    """A score whose beats are known from a second on; each is as strong as `strength` says, for as long as that is."""

    def __init__(self) -> None:
        self.known, self.strength = True, 0.0

    def marks(self, name: str) -> tuple[float, ...]:
        return (0.0, 0.5) if self.known else ()

    def level(self, name: str, attack: float | None, release: float | None, frame: int) -> float:
        return self.strength


def beating(base: str, **knobs) -> tuple[Board, Beating]:
    score = Beating()
    return Board(configure("live", base=base, **knobs), Clock(Fraction(1000), score), knobs), score


def test_without_beats_a_pulse_leaves_a_look_as_it_is_and_comes_up_with_them():
    board, score = beating("video")
    score.known = False
    assert board.config_at(5).dream.strength == 1
    score.known = True
    strengths = [board.config_at(5 + second).dream.strength for second in (0, 0.5, 1, 2)]
    assert strengths[0] == 1
    assert strengths == sorted(strengths, reverse=True)
    assert strengths[-2:] == pytest.approx([0.85, 0.85]), "calmer between beats"
    score.strength = 1.0
    on_beat = board.config_at(7)
    assert on_beat.dream.strength == pytest.approx(1.15)
    assert on_beat.motion.swell == pytest.approx(1)
    board.set("pulse", 0)
    assert board.config_at(7).dream.strength == 1
    assert board.state()["knobs"]["strength"] == 1


def test_looks_played_within_fades_have_one_pulse_however_many_they_are(tmp_path):
    looks = [look(tmp_path, str(number), f"strength = {1 + number % 2}\npulse = 1\n") for number in range(6)]
    board, score = beating("video", looks=tuple(looks), fade=2)
    score.strength = 1.0
    for second in range(5):
        board.config_at(second)
    for number in range(30):
        board.next()
        strength = board.config_at(5 + number / 10).dream.strength
        assert 1.15 - 1e-9 <= strength <= 2 * 1.15 + 1e-9
        board.next()
        assert board.config_at(5 + number / 10).dream.strength == pytest.approx(strength), "no jump"


def test_a_zoom_is_thrown_by_a_beat_as_it_is_shown_and_its_loop_goes_evenly():
    board, score = beating("zoom", zoom=1.5, turn=10)
    board.config_at(0)
    board.config_at(2)
    camera, ahead = board.throw_at(2)
    assert ahead == 0
    score.strength = 1.0
    assert board.config_at(2).camera.zoom == 1.5
    assert board.config_at(2).dream.step_size > 1.4
    camera, ahead = board.throw_at(2)
    assert (camera.zoom, camera.turn) == (1.5, 10)
    assert ahead == pytest.approx(THROW)
    board.set("pulse", 2)
    assert board.throw_at(2)[1] == pytest.approx(2 * THROW)
    board.set("pulse", 0)
    assert board.throw_at(2)[1] == 0


def test_what_pulse_to_names_is_thrown_alone():
    board, score = beating("zoom", zoom=1.5, turn=10, pulse_to="turn")
    score.strength = 1.0
    board.config_at(0)
    board.config_at(2)
    camera, ahead = board.throw_at(2)
    assert (camera.zoom, camera.turn, camera.drift) == (1, 10, (0, 0))
    assert ahead > 0
    board, score = beating("zoom", zoom=1.5, pulse_to="step-size")
    score.strength = 1.0
    board.config_at(0)
    board.config_at(2)
    assert board.throw_at(2)[1] == 0
    with pytest.raises(ConfigError, match="pulse-to"):
        beating("video", pulse_to="turn")


def test_a_frame_is_thrown_towards_where_the_camera_goes():
    pixels = np.zeros((90, 160, 3), np.uint8)
    pixels[40:50, 75:85] = 255
    camera = Camera(zoom=4.0)
    assert thrown(pixels, camera, 0.0) is pixels
    larger = thrown(pixels, camera, 0.5)  # twice as large
    assert larger.mean() == pytest.approx(4 * pixels.mean(), rel=0.05)
    aside = thrown(pixels, Camera(zoom=1, drift=(0.25, 0)), 0.5)  # the camera goes to the right by an eighth
    assert np.array_equal(aside[:, 40:100], pixels[:, 60:120])


def test_a_file_that_a_curve_follows_plays_again_and_again(tmp_path):
    (tmp_path / "levels.csv").write_text("0,0\n1,1\n2,0\n")
    path = look(tmp_path, "mine", 'strength = { follow = "level", of = "levels.csv", amount = 2 }\n')
    board = board_of(looks=(path,), fade=0)
    board.play(1)
    strengths = [board.config_at(second).dream.strength for second in (0, 0.5, 1, 1.5, 2.5, 1000.5)]
    assert strengths == pytest.approx([0, 1, 2, 1, 1, 1], abs=0.05)


@pytest.mark.parametrize("curve", ['{ follow = "level", of = "none.csv" }', '{ keys = [["@a", 0], ["@b", 1]] }'])
def test_a_file_or_a_marker_that_is_not_there_is_said_before_the_first_frame(tmp_path, curve):
    with pytest.raises(InputError) as caught:
        board_of(looks=(look(tmp_path, "mine", f"strength = {curve}\n"),))
    assert "\n" not in str(caught.value)
    assert "--markers" not in str(caught.value), "a live dream has none"
