"""Keys, and what hands say in words, do to the board what the tables say, and nothing worse."""

import re
from pathlib import Path

import pytest
from playing import FakeBoard

from vidream.errors import ConfigError
from vidream.live.actions import ACTIONS, check_order, perform
from vidream.live.keys import KEYS, WINDOW_KEYS, help_lines, key_name, press


@pytest.fixture
def board():
    return FakeBoard()


@pytest.mark.parametrize(
    ("key", "done"),
    [
        ("3", ("play", "3")),
        ("n", ("next",)),
        ("up", ("set", "strength", pytest.approx(1.1))),
        ("down", ("set", "strength", pytest.approx(0.9))),
        ("space", ("tap",)),
        ("left", ("nudge", -0.01)),
        ("right", ("nudge", 0.01)),
        ("r", ("reset",)),
    ],
)
def test_a_key_plays_the_board(board, key, done):
    assert press(key, board)
    assert board.done == [done]


def test_black_and_freeze_go_on_and_off(board):
    assert (press("b", board), board.black) == ("black on", True)
    assert (press("b", board), board.black) == ("black off", False)
    assert (press("z", board), board.frozen) == ("freeze on", True)


def test_a_key_that_cannot_be_done_says_why(board):
    board.knobs["strength"] = 10.0
    assert "from 0 to 10" in press("up", board)


def test_other_keys_do_nothing_to_the_board(board):
    assert [press(key, board) for key in ("", "ü", "F1", *WINDOW_KEYS)] == [None] * (3 + len(WINDOW_KEYS))
    assert not board.done
    assert not set(KEYS) & set(WINDOW_KEYS)


@pytest.mark.parametrize(
    ("code", "name"),
    [
        (-1, ""),
        (ord("b"), "b"),
        (ord("B"), "b"),
        (0x100000 | ord("b"), "b"),  # num lock is on, GTK
        (32, "space"),
        (27, "escape"),
        (0xFF51, "left"),
        (0xFF54, "down"),
        (0x260000, "up"),
        (0xF703, "right"),
        (0xFFE1, ""),  # shift alone
        (0, ""),
    ],
)
def test_codes_of_windows_have_names(code, name):
    assert key_name(code) == name


def test_a_look_is_named_when_a_key_plays_it(board):
    assert (press("3", board), press("n", board)) == ("kick", "kick")


def test_help_names_the_looks_by_number():
    lines = help_lines(["kick", "coral", "ink", "mine.toml"] + 9 * ["x"])
    assert lines[0].split("  ", 1)[1].strip() == "1 kick, 2 coral, 3 ink"
    assert "4 mine.toml" in lines[1]
    assert "9 x" in lines[2]
    assert not any("10 x" in line for line in lines)


def test_each_key_stands_in_help():
    text = "\n".join(help_lines())
    assert all(name.isdigit() or f"{name} " in text for name in (*KEYS, *WINDOW_KEYS))


@pytest.mark.parametrize(
    ("order", "done"),
    [
        ("strength 0.8", ("set", "strength", "0.8")),
        ("layer block10 0.4", ("set", "layer block10", "0.4")),
        ("drift x up 0.25", ("set", "drift x", 0.25)),
        ("step-size down 0.5", ("set", "step-size", 0.5)),
        ("keep-colour on", ("set", "keep-colour", True)),
        ("preset my look.toml", ("play", "my look.toml")),
    ],
)
def test_words_play_the_board(board, order, done):
    perform(order, board)
    assert board.done == [done]


@pytest.mark.parametrize(
    ("order", "message"),
    [
        ("", "no action and no knob"),
        ("tapp", "did you mean tap"),
        ("strenght 0.8", "did you mean strength"),
        ("strength loud", "must be a number"),
        ("strength up nan", "needs a number"),
        ("keep-colour up 1", "no knob with a number"),
        ("nudge", "needs a number"),
        ("nudge inf", "needs a number"),
        ("nudge -1e30", "needs seconds from -10 to 10"),
        ("preset", "which"),
        ("black maybe", "on or off"),
        ("x" * 10_000, "no action and no knob"),
    ],
)
def test_words_that_mean_nothing_are_refused_in_a_line(board, order, message):
    with pytest.raises(ConfigError, match=message) as error:
        perform(order, board)
    assert "\n" not in str(error.value)
    assert len(str(error.value)) < 400
    assert not board.done


def test_the_documents_have_each_key_and_each_action():
    text = (Path(__file__).parents[1] / "docs" / "live.md").read_text(encoding="utf-8")
    keys, osc = text.split("## Keys")[1].split("## OSC")[0], text.split("## OSC")[1].split("## MIDI")[0]
    listed = {key for row in re.findall(r"^\| ([^|]+) \|", keys, re.MULTILINE) for key in row.split(", ")}
    assert {name for name in (*KEYS, *WINDOW_KEYS) if not name.isdigit()} <= listed
    assert set(ACTIONS) <= set(re.findall(r"`/vidream/(\w+)", osc))


@pytest.mark.parametrize(
    ("order", "held", "message"),
    [
        ("strength 11", False, "from 0 to 10"),
        ("strength loud", False, "needs a number"),
        ("strenght 1", False, "did you mean strength"),
        ("tap twice", False, "stands alone"),
        ("black maybe", False, "on or off"),
        ("tap", True, "cannot be undone"),
    ],
)
def test_what_cannot_be_done_is_known_before_it_is(board, order, held, message):
    with pytest.raises(ConfigError, match=message):
        check_order(order, board, held)
    assert not board.done


@pytest.mark.parametrize(
    "order", ["strength 10", "strength up 3", "keep-colour on", "keep-colour 1", "tap", "preset x"]
)
def test_what_can_be_done_is_let_through_and_not_done(board, order):
    check_order(order, board)
    assert not board.done
    perform(order, board)
    assert len(board.done) == 1


def test_a_step_may_be_larger_than_the_knob_goes(board):
    check_order("strength up 20", board)
