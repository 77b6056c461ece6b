"""What a run asks for is opened at once, all or nothing, and closed together."""

import socket
from contextlib import closing

import pytest
from playing import FakeBoard

from vidream.config import configure
from vidream.errors import ConfigError
from vidream.live.hands import Hands, open_hands


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


def test_learning_needs_to_know_where_to_write():
    with pytest.raises(ConfigError, match="--midi FILE"):
        open_hands(live(midi_learn=True), FakeBoard())


def test_looks_are_named_with_commas_between_them():
    assert live(looks="kick, coral").live.looks == ("kick", "coral")
    assert live(looks=["kick", "coral,wolf"]).live.looks == ("kick", "coral", "wolf")
    assert live(to=["a,b.mp4"]).live.to == ("a,b.mp4",)
    with pytest.raises(ConfigError, match="list of texts"):
        live(looks="kick,,coral")
