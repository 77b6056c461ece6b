"""What a run asks for is opened at once, all or nothing, and closed together."""

import math
import random
import socket
from contextlib import closing, suppress
from fractions import Fraction

import pytest
from playing import FakeBoard

from vidream.clock import Clock
from vidream.config import DEFAULT, configure
from vidream.errors import ConfigError
from vidream.live.actions import ACTIONS, check_order, perform
from vidream.live.board import Board
from vidream.live.hands import Hands, open_hands
from vidream.live.keys import press
from vidream.live.osc_messages import obey
from vidream.live.osc_packets import Message, messages_of, packets_of
from vidream.live.score import RATE, LiveScore


def live(**knobs):
    return configure("live", base="zoom", **knobs)


def test_nothing_is_opened_where_nothing_is_asked_for():
    with closing(open_hands(live(), FakeBoard())) as hands:
        assert hands.trouble == ""


def test_troubles_are_said_in_a_line():
    class Hand:
        def __init__(self, trouble):
            self.trouble, self.closed = trouble, False

        def close(self):
            self.closed = True

    each = [Hand("OSC: no"), Hand(""), Hand("MIDI: gone")]
    hands = Hands(each)
    assert hands.trouble == "OSC: no; MIDI: gone"
    hands.close()
    assert all(hand.closed for hand in each)


def test_a_port_is_listened_on_until_it_is_closed():
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with closing(open_hands(live(osc=str(port)), FakeBoard())), pytest.raises(ConfigError, match="another program"):
        open_hands(live(osc=str(port)), FakeBoard())
    open_hands(live(osc=str(port)), FakeBoard()).close()


def test_hands_of_ones_own_are_opened_last_and_closed_with_the_others():
    closed = []

    class Mine:
        trouble = "out of tune"

        def close(self):
            closed.append(self)

    with closing(open_hands(live(), FakeBoard(), openers=[Mine])) as hands:
        assert hands.trouble == "out of tune"
    assert len(closed) == 1


def test_a_hand_that_cannot_be_opened_leaves_none_open():
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]

    def none():
        raise ConfigError("no hands today")

    for _ in range(2):
        with pytest.raises(ConfigError, match="no hands today"):
            open_hands(live(osc=str(port)), FakeBoard(), openers=[none])


def test_learning_needs_to_know_where_to_write():
    with pytest.raises(ConfigError, match="--midi FILE"):
        open_hands(live(midi_learn=True), FakeBoard())


def test_looks_are_named_with_commas_between_them():
    assert live(looks="kick, coral").live.looks == ("kick", "coral")
    assert live(looks=["kick", "coral,wolf"]).live.looks == ("kick", "coral", "wolf")
    assert live(to=["a,b.mp4"]).live.to == ("a,b.mp4",)
    with pytest.raises(ConfigError, match="list of texts"):
        live(looks="kick,,coral")


def board_of(base: str) -> Board:
    config = configure("live", base=base, preset="kick", looks=["kick", "coral"])
    return Board(config, Clock(Fraction(RATE), LiveScore()))


ORDERS = {
    "video": ("strength 0.8", "persistence 0.9", "network efficientnet-lite1", "layer block4:3 0.3"),
    "zoom": ("drift x 0.25", "zoom 0.01", "fade 7.3", "layer block10:1,7 0.4", "toward dogs 1", "seed 4294967295"),
}


@pytest.mark.parametrize("base", ["zoom", "video"])
def test_what_a_board_tells_brings_it_back_in_its_order(base):
    board = board_of(base)
    look = "coral"
    if base == "video":
        look = "engraving"  # it comes with vidream, and no --looks names it
    for order in (f"preset {look}", "octave-ratio 1.05", "keep-colour on", *ORDERS[base], "black", "freeze"):
        perform(order, board)
    board.config_at(0)
    board.config_at(100)
    state = board.state()
    assert state["fading"] == 1
    told = packets_of(obey(Message("/vidream/state"), board, tuple))
    for order in ("reset", "preset kick", "strength 3", "layer block10 2", "fade 3", "black off", "freeze off"):
        perform(order, board)
    board.config_at(101)
    board.config_at(200)
    assert board.state()["knobs"] != state["knobs"]
    for message in (message for packet in told for message in messages_of(packet)):
        obey(message, board, tuple)
    board.config_at(201)
    board.config_at(300)
    assert {**board.state(), "turned": ()} == {**state, "turned": ()}


def test_what_was_begun_with_comes_back_from_a_file_that_no_looks_name(tmp_path):
    path = tmp_path / "my look.toml"
    path.write_text("strength = 0.8\n")
    board = Board(configure("live", base="video", preset=str(path), fade=0), Clock(Fraction(RATE), LiveScore()))
    told = obey(Message("/vidream/state"), board, tuple)
    perform("preset engraving", board)
    for message in told:
        obey(message, board, tuple)
    assert board.look == str(path)
    assert board.config_at(1).dream.strength == 0.8


def test_without_a_preset_it_is_the_usual_look_that_is_played():
    assert Board(configure("live", base="video"), Clock(Fraction(RATE), LiveScore())).look == DEFAULT


@pytest.mark.parametrize(
    ("order", "message"),
    [
        ("preset coralx", "no such look; did you mean coral"),
        ("preset 3", "look 3: there are 2"),
        ("zoom 2", "zoom: does nothing in this dream; it is for zooms"),
        ("drift x 2", "drift-x: does nothing in this dream; it is for zooms"),
        ("size 320", "--size: cannot be turned"),
    ],
)
def test_an_order_that_cannot_be_done_is_known_before_it_is(order, message):
    board = board_of("video")
    for does in (check_order, perform):
        with pytest.raises(ConfigError, match=message):
            does(order, board)
    with pytest.raises(ConfigError, match="persistence: does nothing in this dream; it is for films"):
        check_order("persistence 1", board_of("zoom"))


@pytest.mark.parametrize("base", ["zoom", "video"])
def test_whatever_is_said_a_board_takes_it_or_refuses_it(base):
    chance, board = random.Random(11), board_of(base)
    names = [*board.state()["knobs"], *ACTIONS, "set", "layer", "toward dogs", "drift", "guide", "to", "layer block4=3"]
    values = [
        0,
        1,
        -1,
        0.5,
        1e9,
        math.nan,
        math.inf,
        2**62,
        "",
        "on",
        "kick",
        "/etc/passwd",
        "0",
        None,
        True,
        b"1",
        "x" * 999,
    ]
    values += [
        "{ sine = [1, 0.3], period = '2s' }",
        "{ follow = 'low', of = '/etc/passwd' }",
        "{" * 60,
        "\0",
        "\n",
        "ü",
    ]
    for number in range(1500):
        name = chance.choice(names) + chance.choice(["", "", "", "/x", " x", "=", "-", "//"])
        said = tuple(chance.choice(values) for _ in range(chance.choice((0, 1, 1, 1, 2, 3))))
        with suppress(ConfigError):
            obey(Message(f"/vidream/{name}", said), board, tuple)
        with suppress(ConfigError):
            check_order(f"{name} {said}", board)
        if number % 50 == 0:
            board.config_at(number / 50)


def test_a_bug_at_a_key_is_told_and_the_show_goes_on():
    class Buggy(FakeBoard):
        def reset(self) -> None:
            raise ZeroDivisionError("a bug")

    assert press("r", Buggy()) == "ZeroDivisionError: a bug"
