"""OSC plays the board, answers, and outlives whatever comes: broken, hostile, too much."""

import random
import socket
import struct
import time
from collections.abc import Callable
from contextlib import closing
from types import SimpleNamespace

import pytest
from playing import FakeBoard
from pythonosc.osc_message_builder import OscMessageBuilder

from vidream.errors import ConfigError
from vidream.live import osc
from vidream.live.osc import open_osc
from vidream.live.osc_packets import DEEPEST, MOST_MESSAGES, Message, messages_of, packets_of

BUNDLE = b"#bundle\0" + struct.pack(">Q", 1)


def packed(address: str, *values) -> bytes:
    builder = OscMessageBuilder(address)
    for value in values:
        builder.add_arg(value)
    return builder.build().dgram


def bundled(*parts: bytes) -> bytes:
    return BUNDLE + b"".join(struct.pack(">i", len(part)) + part for part in parts)


class Player:
    """Another program: says things, and hears what is answered."""

    def __init__(self, port: int) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.connect(("127.0.0.1", port))
        self.socket.settimeout(30)

    def say(self, address: str, *values) -> None:
        self.socket.send(packed(address, *values))

    def answer(self) -> list[tuple]:
        return [(message.address, *message.values) for message in messages_of(self.socket.recv(70_000))]

    def ask(self, address: str, *values) -> list[tuple]:
        self.say(address, *values)
        return self.answer()


@pytest.fixture
def board():
    return FakeBoard()


@pytest.fixture
def port():
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def hand(board, port):
    with closing(open_osc(str(port), board, lambda: ("14.9 shown", "dream 320 px"))) as hand:
        yield hand


@pytest.fixture
def player(hand, port):
    player = Player(port)
    yield player
    player.socket.close()


def until(done: Callable[[], bool]) -> None:
    """Wait for something that a busy machine does later."""
    deadline = time.monotonic() + 60
    while not done():
        assert time.monotonic() < deadline, "never"
        time.sleep(0.01)


def played(player: Player) -> None:
    """Wait until all that was said is done."""
    while player.ask("/vidream/status")[0][0] != "/vidream/status":
        pass


@pytest.mark.parametrize(
    ("address", "values", "done"),
    [
        ("/vidream/strength", [0.5], ("set", "strength", 0.5)),
        ("/vidream/strength", [2], ("set", "strength", 2)),
        ("/vidream/layer/block10", [0.25], ("set", "layer block10", 0.25)),
        ("/vidream/set", ["layer block10", 0.25], ("set", "layer block10", 0.25)),
        ("/vidream/drift/x", [0.5], ("set", "drift x", 0.5)),
        ("/vidream/keep-colour", [True], ("set", "keep-colour", True)),
        ("/vidream/preset", ["kick"], ("play", "kick")),
        ("/vidream/preset", [3.0], ("play", "3")),
        ("/vidream/preset/3", [1.0], ("play", "3")),
        ("/vidream/next", [], ("next",)),
        ("/vidream/next", [1.0], ("next",)),
        ("/vidream/tap", [], ("tap",)),
        ("/vidream/nudge", [-0.25], ("nudge", -0.25)),
        ("/vidream/beat", [], ("beat", False)),
        ("/vidream/beat", [1], ("beat", True)),
        ("/vidream/bar", [], ("bar",)),
        ("/vidream/listen", [], ("listen",)),
        ("/vidream/reset", [], ("reset",)),
    ],
)
def test_a_message_plays_the_board(player, board, address, values, done):
    player.say(address, *values)
    played(player)
    assert board.done == [done]


def test_a_button_that_is_let_go_does_nothing(player, board):
    for address in ("/vidream/tap", "/vidream/next", "/vidream/reset", "/vidream/preset/3"):
        player.say(address, 0.0)
    played(player)
    assert board.done == []


def test_black_and_freeze_go_on_off_and_over(player, board):
    for values, black in (([1.0], True), ([1], True), ([0], False), ([], True), (["off"], False)):
        player.say("/vidream/black", *values)
        played(player)
        assert board.black is black
    player.say("/vidream/freeze")
    played(player)
    assert board.frozen


def test_state_is_told_as_the_messages_that_bring_it_back(player, board):
    board.knobs |= {"layer block3_2:1,7": 0.5, "layer block15_expand": 0.25}
    told = player.ask("/vidream/state")
    assert told[0] == ("/vidream/preset", "kick"), "it lets go of what was turned before it"
    assert ("/vidream/strength", 1.0) in told
    assert ("/vidream/layer/block15_expand", 0.25) in told
    assert ("/vidream/set", "layer block3_2:1,7", 0.5) in told
    assert ("/vidream/keep-colour", 0) in told
    assert ("/vidream/freeze", 0) in told


def test_an_answer_goes_to_another_port_if_that_is_said(player, board):
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as other:
        other.bind(("127.0.0.1", 0))
        other.settimeout(30)
        for address in ("/vidream/state", "/vidream/status"):
            player.say(address, other.getsockname()[1])
            assert messages_of(other.recv(70_000))
    for port in (0, -1, 65536, "9000", 9000.5, True):
        assert player.ask("/vidream/status", port)[0][0] == "/vidream/status"


def test_a_state_that_is_long_comes_in_packets_that_networks_carry(player, board):
    board.knobs |= {f"layer block{number}": 0.5 for number in range(200)}
    player.say("/vidream/state")
    told: set = set()
    while len(told) < len(board.knobs) + 3:
        packet = player.socket.recv(70_000)
        assert len(packet) <= 1472
        told |= {message.address for message in messages_of(packet)}


def test_a_knob_without_a_value_is_answered_with_the_one_it_has(player):
    assert player.ask("/vidream/strength") == [("/vidream/strength", 1.0)]
    assert player.ask("/vidream/status") == [("/vidream/status", "14.9 shown", "dream 320 px")]


@pytest.mark.parametrize(
    ("address", "values", "message"),
    [
        ("/vidream/strenght", [0.5], "did you mean strength"),
        ("/vidream/strenght", [], "did you mean strength"),
        ("/vidream/octaves", [], "the look that is played has none"),
        ("/vidream/", [], "no such knob"),
        ("/vidream/strength", [11.0], "from 0 to 10"),
        ("/vidream/strength", [float("nan")], "must be a number"),
        ("/vidream/strength", [float("inf")], "must be a number"),
        ("/vidream/strength", ["loud"], "must be a number"),
        ("/vidream/strength", [b"\1\2"], "not bytes"),
        ("/vidream/strength", [None], "not nothing"),
        ("/vidream/strength", [1.0, 2.0, 3.0], "3 values"),
        ("/vidream/strength", [0.5, 0.5], "no such knob"),
        ("/vidream/keep-colour", [0.5], "true or false"),
        ("/vidream/preset", ["nothing"], "no such look"),
        ("/vidream/preset", [], "which"),
        ("/vidream/nudge", ["early"], "needs a number"),
        ("/vidream/black", ["maybe"], "on or off"),
        ("/vidream/set", ["strength"], "a knob's name and a value"),
        ("/vidream/set", [1, 2], "a knob's name and a value"),
    ],
)
def test_what_cannot_be_done_is_answered_with_an_error_and_shown(player, hand, board, address, values, message):
    ((answered, about, line),) = player.ask(address, *values)
    assert (answered, about) == ("/vidream/error", address)
    assert message in line
    assert message in hand.trouble
    assert not board.done


def test_a_bug_at_one_message_is_none_of_the_others(player, hand, board, monkeypatch, caplog):
    monkeypatch.setattr(board, "next", lambda: board.knobs["look"])
    assert player.ask("/vidream/next") == [("/vidream/error", "/vidream/next", "KeyError: 'look'")]
    assert "Traceback" in caplog.text
    player.say("/vidream/tap")
    played(player)
    assert board.done == [("tap",)]


def test_an_error_is_not_answered_or_two_would_go_on_for_ever(player, board):
    player.say("/vidream/error", "/vidream/strength", "no")
    assert player.ask("/vidream/strength") == [("/vidream/strength", 1.0)]


@pytest.mark.parametrize("address", ["/vidreams/strength", "/foo/bar", "/", "/vidream"])
def test_an_address_that_is_none_of_ours_is_answered_once(player, hand, board, address):
    reason = "no such address; each begins with /vidream/"
    assert player.ask(address, 0.5) == [("/vidream/error", address, reason)]
    assert hand.trouble == f"OSC: {address}: {reason}"
    for _ in range(5):
        player.say(address, 0.5)
    assert player.ask("/vidream/strength") == [("/vidream/strength", 1.0)]
    assert not board.done


def test_addresses_that_are_none_of_ours_are_remembered_within_bounds(player, hand, monkeypatch):
    monkeypatch.setattr(osc, "MOST_STRANGERS", 2)
    for number in range(4):
        player.say(f"/foo/{number}")
    played(player)
    assert len(hand._strangers) == 2


def test_numbers_are_those_that_were_sent():
    for value in (0.8, 1.05, 0.01, 1e-30, 3.0, -0.1):
        assert messages_of(packed("/vidream/strength", value)) == [Message("/vidream/strength", (value,))]


def test_a_bundle_is_played_in_its_order(player, board):
    inner = bundled(packed("/vidream/next"), packed("/vidream/strength", 0.75))
    player.socket.send(bundled(packed("/vidream/strength", 0.5), packed("/vidream/tap"), inner))
    played(player)
    assert board.done == [("set", "strength", 0.5), ("tap",), ("next",), ("set", "strength", 0.75)]


def test_a_bundle_for_later_is_played_at_once(player, board):
    later = b"#bundle\0" + struct.pack(">Q", 2**63) + struct.pack(">i", 20) + packed("/vidream/tap")
    player.socket.send(later)
    played(player)
    assert board.done == [("tap",)]


def deep(levels: int) -> bytes:
    packet = packed("/vidream/tap")
    for _ in range(levels):
        packet = bundled(packet)
    return packet


BROKEN = [
    b"",
    b"\0",
    b"/",
    b"/vidream/tap",
    b"/vidream/tap\0\0\0\0,f\0\0",
    b"/vidream/tap\0\0\0\0ifs\0",
    b"/vidream/tap\0\0\0\0,zq\0\0\0\0\0",
    b"/vidream/tap\0\0\0\0,[[[",
    b"/vidream/tap\0\0\0\0,s\0\0\xff\xfe\0\0",
    b"/vidream/tap\0\0\0\0,b\0\0\x7f\xff\xff\xff",
    b"/vidream/\xff\xff\0\0\0,f\0\0\0\0\0\0",
    b"/" + b"x" * 60_000 + b"\0\0\0,\0\0\0",
    b"/vidream/tap\0\0\0\0," + b"i" * 60_000,
    b"#bundle\0",
    BUNDLE + b"\0\0",
    BUNDLE + struct.pack(">i", -4),  # python-osc reads this one again and again
    BUNDLE + struct.pack(">i", 0) * 1000,
    BUNDLE + struct.pack(">i", 2**31 - 1) + b"/vidream/tap\0\0\0\0,\0\0\0",
    bundled(b"what is this"),
    deep(DEEPEST + 1),
    deep(3000),
    bundled(*[packed("/vidream/tap")] * (MOST_MESSAGES + 1)),
    random.Random(5).randbytes(65_000),
]


@pytest.mark.parametrize("packet", BROKEN, ids=range(len(BROKEN)))
def test_a_broken_packet_is_refused_whole_and_soon(packet):
    begun = time.process_time()
    with pytest.raises(ValueError, match=r"\w"):
        messages_of(packet)
    assert time.process_time() - begun < 0.5


def test_broken_packets_leave_it_listening(player, hand, board):
    for packet in BROKEN:
        player.socket.send(packet)
    player.say("/vidream/strength", 0.5)
    played(player)
    assert board.done == [("set", "strength", 0.5)]
    assert hand.trouble.startswith("OSC: a packet from 127.0.0.1: ")


def test_any_bytes_at_all_are_read_or_refused():
    chance = random.Random(7)
    whole = bundled(packed("/vidream/strength", 0.5), packed("/vidream/set", "layer block10", 1, b"123", True))
    for _ in range(3000):
        packet = bytearray(whole)
        for _ in range(chance.randint(1, 6)):
            packet[chance.randrange(len(packet))] = chance.choice((0, 1, 4, 47, 44, 127, 128, 255))
        try:
            messages_of(bytes(packet[: chance.randint(0, len(packet))]))
        except ValueError:
            continue


def test_over_the_bound_of_a_datagram():
    with pytest.raises(ValueError, match="bytes"):
        messages_of(packed("/vidream/set", "x" * 100_000))


def test_a_flood_of_a_knob_is_its_last_value_and_costs_little(player, board):
    begun, began = time.process_time(), time.monotonic()
    for number in range(1000):
        player.say("/vidream/strength", number / 100)
        if number % 10 == 0:
            time.sleep(0.01)
    played(player)
    assert board.knobs["strength"] == pytest.approx(9.99)
    assert len(board.done) < (time.monotonic() - began) * 50 + 10
    assert time.process_time() - begun < 0.7  # both sides of a second's thousand


def test_a_flood_of_rubbish_is_answered_now_and_then(player, board, monkeypatch):
    answered: list = []
    send = packets_of
    monkeypatch.setattr(osc, "packets_of", lambda messages: answered.append(messages) or send(messages))
    now = 100.0
    monkeypatch.setattr(osc, "time", SimpleNamespace(monotonic=lambda: now))
    for number in range(1000):
        player.say("/vidream/strenght")
        if number % 20 == 0:
            time.sleep(0.01)
    player.say("/vidream/tap")
    until(lambda: board.done == [("tap",)])
    assert len(answered) == osc.MOST_ANSWERS  # in one second
    now += 1.1
    for _ in range(osc.MOST_ANSWERS):
        assert player.answer()[0][0] == "/vidream/error"
    assert player.ask("/vidream/strength") == [("/vidream/strength", 1.0)]


def test_knobs_that_are_turned_on_either_side_of_an_action_stay_there(player, board):
    values = [("strength", 0.5), ("drift/x", 0.25), ("strength", 0.75), ("reset",), ("strength", 1.5)]
    player.socket.send(bundled(*(packed(f"/vidream/{word}", *rest) for word, *rest in values)))
    played(player)
    assert board.done == [("set", "drift x", 0.25), ("set", "strength", 0.75), ("reset",), ("set", "strength", 1.5)]


def test_the_last_value_of_a_knob_is_not_waited_for(player, board):
    for value in (0.25, 0.5, 0.75):
        player.say("/vidream/strength", value)
        time.sleep(0.004)
    until(lambda: board.knobs["strength"] == 0.75)


@pytest.mark.parametrize("where", ["", "x", "0", "65536", "-1", "9000:", "host:", "localhost:9,000", "٣"])
def test_no_port_is_refused_in_a_line(board, where):
    with pytest.raises(ConfigError, match="PORT") as error:
        open_osc(where, board, tuple)
    assert "\n" not in str(error.value)


def test_a_port_that_is_taken_is_refused_in_a_line(hand, board, port):
    with pytest.raises(ConfigError, match=f"port {port} .*choose another"):
        open_osc(str(port), board, tuple)


def test_no_such_host_is_refused_in_a_line(board, port):
    for host in ("no.such.host.invalid", "x" * 300, "192.0.2.1"):
        with pytest.raises(ConfigError, match="--osc: "):
            open_osc(f"{host}:{port}", board, tuple)


def test_it_is_heard_from_this_machine_alone_unless_a_host_is_said(board):
    assert osc.host_and_port("9000") == ("127.0.0.1", 9000)
    assert osc.host_and_port("0.0.0.0:9000") == ("0.0.0.0", 9000)
    assert osc.host_and_port("[::1]:9000") == ("::1", 9000)


def test_without_python_osc_the_extra_is_named(board, monkeypatch):
    monkeypatch.setattr(osc, "find_spec", lambda name: None)
    with pytest.raises(ConfigError, match=r"pip install 'vidream\[live\]'"):
        open_osc("9000", board, tuple)


def test_it_ends_soon_and_leaves_the_port(board, port):
    for _ in range(3):
        begun = time.monotonic()
        open_osc(str(port), board, tuple).close()
        assert time.monotonic() - begun < 10


def test_packets_come_back():
    messages = [Message("/vidream/strength", (0.5,)), Message("/vidream/preset", ("kick ü", 3, True, None))]
    (packet,) = packets_of(messages)
    assert messages_of(packet) == messages
    assert packets_of([]) == []


def test_an_answer_that_osc_cannot_have_is_not_the_end(board, port):
    lines = ["\udcff"]  # of a path that is no UTF-8
    player = Player(port)
    with closing(player.socket), closing(open_osc(str(port), board, lambda: lines)) as hand:
        player.say("/vidream/status")
        end = time.monotonic() + 5
        while not hand.trouble and time.monotonic() < end:
            time.sleep(0.01)
        lines[:] = ["well"]
        assert player.ask("/vidream/status") == [("/vidream/status", "well")]
