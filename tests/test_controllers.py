"""A MIDI device plays the board by a mapping: from the bytes that devices send, without one."""

import random
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from playing import FakeBoard

from vidream.errors import ConfigError, MediaError
from vidream.events import scope
from vidream.live import midi_port
from vidream.live.actions import check_order
from vidream.live.midi import MidiPlayer, signal_of
from vidream.live.midi_hand import learn_midi, open_midi
from vidream.live.midi_map import RELATIVE, Button, Fader, MidiMap, map_text, read_map

CC, NOTE, OFF, BEND, PROGRAM, PRESSURE, CLOCK, START, CONTINUE, STOP = (
    *(0xB0, 0x90, 0x80, 0xE0, 0xC0, 0xD0),
    *(0xF8, 0xFA, 0xFB, 0xFC),
)
STRENGTH = Fader(("controller", 7), "strength", 0.0, 2.0)


@pytest.fixture
def board():
    return FakeBoard()


class Device(MidiPlayer):
    """What is mapped, and what of it could not be done."""

    def __init__(self, mapping, board) -> None:
        self.refused: list[str] = []
        super().__init__(mapping, board, self.refused.append)


def player(board, *parts, clock=False) -> Device:
    faders = tuple(part for part in parts if isinstance(part, Fader))
    buttons = tuple(part for part in parts if isinstance(part, Button))
    return Device(MidiMap(faders, buttons, clock=clock), board)


def feed(player, *messages) -> None:
    for message in messages:
        player.take(message)


def turns(board) -> list[float]:
    return [value for _, _, value in board.done]


def test_a_fader_goes_from_end_to_end(board):
    feed(player(board, STRENGTH), [CC, 7, 0], [CC, 7, 127], [CC | 9, 7, 127], [CC, 8, 5])
    assert board.done == [("set", "strength", 0.0), ("set", "strength", 2.0), ("set", "strength", 2.0)]


def test_a_fader_may_go_the_other_way(board):
    feed(player(board, replace(STRENGTH, low=2.0, high=1.0)), [CC, 7, 0], [CC, 7, 127])
    assert turns(board) == [2.0, 1.0]


def test_a_channel_is_heard_alone(board):
    feed(player(board, replace(STRENGTH, channel=10)), [CC, 7, 127], [CC | 9, 7, 0])
    assert turns(board) == [0.0]


def test_a_fine_fader_has_14_bits(board):
    fine = replace(STRENGTH, fine=True)
    feed(player(board, fine), [CC, 7, 64], [CC, 39, 1], [CC, 7, 127], [CC, 39, 127])
    assert turns(board) == pytest.approx([2 * value / 16383 for value in (8192, 8193, 127 * 128, 16383)])


def test_the_bend_wheel_and_pressure_move_knobs(board):
    bend = Fader(("bend", 0), "drift x", -1.0, 1.0)
    feed(player(board, bend), [BEND, 0, 64], [BEND, 0, 0], [BEND, 127, 127], [BEND, 1, 64])
    assert turns(board) == pytest.approx([0, -1, 1, 2 * 8193 / 16383 - 1])
    board.done.clear()
    feed(player(board, Fader(("pressure", 0), "strength", 0.0, 1.27)), [PRESSURE, 100])
    assert turns(board) == pytest.approx([1.0])


@pytest.mark.parametrize(("relative", "right", "left"), [("twos", 1, 127), ("offset", 65, 63), ("sign", 1, 65)])
def test_an_endless_controller_goes_by_steps_and_stops_at_its_ends(board, relative, right, left):
    device = player(board, replace(STRENGTH, relative=relative))
    feed(device, [CC, 7, right])
    assert turns(board) == pytest.approx([1 + 2 / 127])
    feed(device, [CC, 7, left])
    assert board.knobs["strength"] == pytest.approx(1)
    feed(device, *[[CC, 7, right]] * 200)
    assert board.knobs["strength"] == 2
    feed(device, *[[CC, 7, left]] * 200)
    assert board.knobs["strength"] == 0


def test_a_fader_that_picks_up_waits_until_it_comes_past_the_knob(board):
    device = player(board, replace(STRENGTH, pick_up=True))
    feed(device, [CC, 7, 0], [CC, 7, 20], [CC, 7, 40])
    assert not board.done
    feed(device, [CC, 7, 80])
    assert turns(board) == pytest.approx([2 * 80 / 127])
    feed(device, [CC, 7, 20])
    assert board.knobs["strength"] == pytest.approx(2 * 20 / 127)
    board.set("strength", 1.8)
    feed(device, [CC, 7, 24])
    assert board.knobs["strength"] == 1.8
    feed(device, [CC, 7, 113], [CC, 7, 50])
    assert board.knobs["strength"] == pytest.approx(2 * 50 / 127)


def test_whole_numbers_and_switches_are_moved_as_they_can_be(board):
    board.knobs["octaves"] = 3
    feed(player(board, Fader(("controller", 1), "octaves", 1.0, 6.0)), [CC, 1, 70])
    feed(player(board, Fader(("controller", 1), "keep-colour", 0.0, 1.0)), [CC, 1, 70], [CC, 1, 20])
    assert board.done == [("set", "octaves", 4), ("set", "keep-colour", True), ("set", "keep-colour", False)]
    board.done.clear()
    feed(player(board, Fader(("controller", 1), "octaves", 1.0, 6.0, relative="twos")), [CC, 1, 1], [CC, 1, 127])
    assert turns(board) == [5, 4]


def test_a_note_does_something_when_it_is_struck(board):
    feed(player(board, Button(("note", 36), "preset 3")), [NOTE, 36, 100], [NOTE, 36, 0], [NOTE, 37, 100], [OFF, 36, 9])
    assert board.done == [("play", "3")]


def test_a_controller_is_a_button_at_the_middle(board):
    feed(
        player(board, Button(("controller", 20), "next")), *([CC, 20, value] for value in (10, 63, 64, 127, 90, 0, 127))
    )
    assert board.done == [("next",), ("next",)]


def test_a_program_is_a_button(board):
    feed(player(board, Button(("program", 2), "next")), [PROGRAM, 2], [PROGRAM, 2], [PROGRAM, 3])
    assert board.done == [("next",), ("next",)]


def test_what_is_held_is_undone_when_it_is_let_go(board):
    device = player(board, Button(("note", 1), "black", held=True), Button(("note", 2), "strength 3", held=True))
    feed(device, [NOTE, 1, 1])
    assert board.black
    feed(device, [OFF, 1, 0])
    assert not board.black
    board.knobs["strength"] = 0.75
    feed(device, [NOTE, 2, 1])
    assert board.knobs["strength"] == 3
    feed(device, [NOTE, 2, 0], [NOTE, 2, 0])
    assert board.knobs["strength"] == 0.75
    assert not device.refused


def test_a_clock_is_a_beat_each_24_pulses(board):
    device = player(board, clock=True)
    feed(device, [START], *[[CLOCK]] * 49)
    assert board.done == [("beat", True), ("beat", False), ("beat", False)]
    feed(device, [STOP], *[[CLOCK]] * 48)
    assert len(board.done) == 3
    feed(device, [0xF2, 8, 0], [CONTINUE], [CLOCK])  # the eighth sixteenth is the third beat
    assert board.done[3:] == [("beat", False)]
    feed(device, [0xF2, 0, 0], [CLOCK])
    assert board.done[4:] == [("beat", True)]


def test_a_clock_that_is_not_asked_for_is_left_alone(board):
    feed(player(board, STRENGTH), [START], *[[CLOCK]] * 48)
    assert not board.done


def test_what_cannot_be_done_is_told_and_the_others_go_on(board):
    device = player(board, replace(STRENGTH, high=20.0), Fader(("controller", 7), "drift x", 0.0, 1.0))
    feed(device, [CC, 7, 127])
    assert board.done == [("set", "drift x", 1.0)]
    assert "from 0 to 10" in device.refused[0]
    board.next = None
    device = player(board, Button(("note", 1), "next"), Button(("note", 1), "tap"))
    feed(device, [NOTE, 1, 1])
    assert board.done[1:] == [("tap",)]
    assert "TypeError" in device.refused[0]


@pytest.mark.parametrize(
    "message",
    [
        [],
        [0],
        [7, 7, 7],
        [CC],
        [CC, 7],
        [CC, 7, 1, 2],
        [CC, 128, 7],
        [CC, 7, 255],
        [0xF0, 1, 2, 0xF7],
        [0xFE],
        [0xA0, 1, 2],
    ],
)
def test_bytes_that_mean_nothing_do_nothing(board, message):
    assert signal_of(message) is None
    feed(player(board, STRENGTH, Button(("note", 7), "tap"), clock=True), message)
    assert not board.done


def test_any_bytes_at_all_do_no_harm(board):
    chance = random.Random(3)
    device = player(board, STRENGTH, Button(("note", 36), "tap"), clock=True)
    for _ in range(20_000):
        device.take([chance.randrange(256) for _ in range(chance.choice((0, 1, 2, 3, 3, 3, 4)))])
    assert not device.refused
    assert 0 <= board.knobs["strength"] <= 2


# --- the file

MAPPING = """
device = "nano"
clock = true

[[fader]]
controller = 7
knob = "strength"

[[fader]]
controller = "bend"
channel = 2
knob = "drift x"
from = -0.25
to = 0.25
pick_up = true

[[fader]]
controller = 16
knob = "layer block10"
relative = "offset"

[[fader]]
controller = 1
knob = "step-size"
to = 3
fine = true

[[button]]
note = 36
channel = 10
do = "tap"

[[button]]
controller = 64
do = "strength 2"
held = true

[[button]]
program = 0
do = "preset kick"
"""


def read(tmp_path, text, board=None):
    path = tmp_path / "map.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_map(path, lambda order, held: check_order(order, board or FakeBoard(), held))


def test_a_mapping_is_read(tmp_path):
    mapping = read(tmp_path, MAPPING)
    assert mapping.device == "nano"
    assert mapping.clock
    assert mapping.faders == (
        STRENGTH,
        Fader(("bend", 0), "drift x", -0.25, 0.25, channel=2, pick_up=True),
        Fader(("controller", 16), "layer block10", 0, 1, relative="offset"),
        Fader(("controller", 1), "step-size", 0, 3, fine=True),
    )
    assert mapping.buttons == (
        Button(("note", 36), "tap", channel=10),
        Button(("controller", 64), "strength 2", held=True),
        Button(("program", 0), "preset kick"),
    )


def test_a_mapping_that_is_written_reads_as_itself(tmp_path):
    mapping = read(tmp_path, MAPPING)
    assert read(tmp_path, map_text(mapping)) == mapping
    every = MidiMap(tuple(Fader(("controller", 40), "strength", 2.0, 0.1, relative=way) for way in RELATIVE))
    assert read(tmp_path, map_text(every)) == every


def test_the_mapping_in_the_documents_is_read(tmp_path):
    text = (Path(__file__).parents[1] / "docs" / "live.md").read_text(encoding="utf-8")
    example = text.split("## MIDI")[1].split("```toml")[1].split("```")[0]
    mapping = read(tmp_path, example)
    assert mapping.faders[0] == STRENGTH
    assert [button.do for button in mapping.buttons] == ["tap", "preset 3", "black"]


FADER, BUTTON = "[[fader]]\n", "[[button]]\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "neither a"),
        ("[[fader]", "not TOML"),
        (b"\xff\xfe[\0", "UTF-16"),
        (b"\x80\x81", "not UTF-8"),
        ("x" * 5_000_000, "more than a person writes"),
        ("fader = 3", r"must be tables that begin with \[\[fader\]\]"),
        ("fader = [1, 2]", r"must be tables"),
        ("faders = []", "did you mean fader"),
        ("device = 7\n" + FADER + 'controller = 7\nknob = "strength"', "device must be a text"),
        ("clock = 1", "clock must be true or false"),
        (FADER, r"\[\[fader\]\] 1: needs controller"),
        (FADER + "controller = 7", "needs knob"),
        (FADER + 'controller = 7\nknob = ""', "needs knob"),
        (FADER + 'controller = 128\nknob = "strength"', 'from 0 to 127, or "bend"'),
        (FADER + 'controller = true\nknob = "strength"', "from 0 to 127"),
        (FADER + 'controller = 7.5\nknob = "strength"', "from 0 to 127"),
        (FADER + 'controller = 7\nknob = "strenght"', "1: strenght: no such knob; did you mean strength"),
        (FADER + 'controller = 7\nknob = "tv"', "tv needs from and to"),
        (FADER + 'controler = 7\nknob = "strength"', "no such key 'controler'; did you mean controller"),
        (BUTTON + 'noten = 7\ndo = "tap"', "no such key 'noten'; did you mean note"),
        (FADER + 'controller = 7\nknob = "strenght"\nfrom = 0\nto = 1', "did you mean strength"),
        (FADER + 'controller = 7\nknob = "strength"\nto = 11', "from 0 to 10"),
        (FADER + 'controller = 7\nknob = "strength"\nto = nan', "to must be a number"),
        (FADER + 'controller = 7\nknob = "strength"\nto = 0', "would never move"),
        (FADER + 'controller = 7\nknob = "strength"\nchannel = 0', "from 1 to 16"),
        (FADER + 'controller = 7\nknob = "strength"\nchanel = 1', "did you mean channel"),
        (FADER + 'controller = 7\nknob = "strength"\nrelative = "yes"', "one of twos"),
        (FADER + 'controller = 70\nknob = "strength"\nfine = true', "from 0 to 31"),
        (FADER + 'note = 7\nknob = "strength"', "needs controller"),
        (FADER + 'note = 7\ncontroller = 7\nknob = "strength"', "needs controller$"),
        (BUTTON + 'do = "tap"', "needs note or controller or program"),
        (BUTTON + 'note = 1\nprogram = 1\ndo = "tap"', "one of them"),
        (BUTTON + "note = 1", "needs do"),
        (BUTTON + 'note = 1\ndo = "tapp"', "did you mean tap"),
        (BUTTON + 'note = 1\ndo = "tap twice"', "stands alone"),
        (BUTTON + 'note = 1\ndo = "strength 11"', "from 0 to 10"),
        (BUTTON + 'note = 1\ndo = "strength loud"', "needs a number"),
        (BUTTON + 'note = "bend"\ndo = "tap"', "from 0 to 127"),
        (BUTTON + 'note = 1\ndo = "tap"\nheld = true', "cannot be undone"),
        (BUTTON + 'program = 1\ndo = "black"\nheld = true', "cannot be held"),
        (BUTTON + 'note = 1\ndo = "' + "x" * 1000 + '"', "needs do"),
        ((BUTTON + 'note = 1\ndo = "tap"\n') * 1001, "1000 are the most"),
    ],
)
def test_a_damaged_mapping_is_refused_in_a_line_that_says_where(tmp_path, text, message):
    with pytest.raises(ConfigError, match=message) as error:
        read(tmp_path, text)
    assert str(error.value).startswith(f"--midi {tmp_path / 'map.toml'}: ")
    assert "\n" not in str(error.value)
    assert len(str(error.value)) < 600


def test_a_mapping_that_is_not_there_is_said_so(tmp_path):
    with pytest.raises(ConfigError, match=r"no\.toml: cannot be read: No such file"):
        read_map(tmp_path / "no.toml", lambda order, held: None)


# --- devices


class FakePorts:
    """Devices that are plugged in and out."""

    def __init__(self, *names) -> None:
        self.there = {name: [] for name in names}
        self.broken: set[str] = set()
        self.opened: list[str] = []

    def names(self):
        return [*self.there]

    def open(self, name):
        if name in self.broken:
            raise OSError("busy")
        self.opened.append(name)
        return FakePort(self.there.setdefault(name, []))


class FakePort:
    def __init__(self, waiting) -> None:
        self.waiting, self.closed = waiting, False

    def read(self):
        return self.waiting.pop(0) if self.waiting and not self.closed else None

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def mapping(tmp_path):
    path = tmp_path / "map.toml"
    path.write_text(FADER + 'controller = 7\nknob = "strength"\n')
    return path


def until(so) -> None:
    end = time.monotonic() + 3
    while not so():
        assert time.monotonic() < end
        time.sleep(0.005)


def test_a_device_plays_until_it_is_closed(board, mapping):
    ports = FakePorts("nanoKONTROL2 20:0", "other")
    with closing(open_midi(mapping, board, lambda: ports)) as midi:
        ports.there["other"].append([CC, 7, 127])
        until(lambda: board.done)
        assert ports.opened == ["nanoKONTROL2 20:0", "other"]
        assert not midi.trouble
    ports.there["other"].append([CC, 7, 0])
    time.sleep(0.02)
    assert turns(board) == [2.0]


def test_a_device_is_heard_by_a_part_of_its_name(board, mapping):
    mapping.write_text('device = "NANO"\n' + mapping.read_text())
    ports = FakePorts("nanoKONTROL2 20:0", "other")
    open_midi(mapping, board, lambda: ports).close()
    assert ports.opened == ["nanoKONTROL2 20:0"]
    with pytest.raises(ConfigError, match="no device called 'NANO'; there are: other"):
        open_midi(mapping, board, lambda: FakePorts("other"))


def test_without_a_device_it_is_said_so(board, mapping):
    with pytest.raises(
        ConfigError, match=r"no MIDI device is plugged in; the faders and buttons of .*map\.toml are right"
    ):
        open_midi(mapping, board, FakePorts)


def test_a_machine_without_midi_is_said_so_by_us_alone(board, mapping, monkeypatch, tmp_path, capfd):
    monkeypatch.setattr(midi_port, "SEQUENCER", tmp_path / "seq")
    monkeypatch.setattr("sys.platform", "linux")
    with pytest.raises(ConfigError, match=r"this machine has no MIDI \(.*; the faders and buttons of .* are right"):
        open_midi(mapping, board)
    assert capfd.readouterr() == ("", "")


def test_a_mapping_is_checked_whole_before_a_device_is_looked_for(board, mapping):
    def ports():
        raise AssertionError

    mapping.write_text(mapping.read_text() + BUTTON + 'note = 8\ndo = "preset nothing"\n')
    with pytest.raises(ConfigError, match=r"\[\[button\]\] 1: nothing: no such look"):
        open_midi(mapping, board, ports)


def test_a_device_that_goes_is_told_of_and_found_again_under_another_number(board, mapping, monkeypatch):
    monkeypatch.setattr(midi_port, "EVERY", 0.01)
    ports = FakePorts("nano 20:0")
    with closing(open_midi(mapping, board, lambda: ports)) as midi:
        ports.there = {}
        until(lambda: midi.trouble == "MIDI: nano 20:0 has gone; looking for it")
        ports.there = {"nano 24:0": [[CC, 7, 127]]}
        until(lambda: board.done)
        until(lambda: not midi.trouble)


def test_a_device_that_another_program_has_is_told_of(board, mapping, monkeypatch):
    ports = FakePorts("nano", "other")
    ports.broken = {"nano"}
    with closing(open_midi(mapping, board, lambda: ports)) as midi:
        assert midi.trouble == "MIDI: nano cannot be opened: busy"
    ports.broken = {"nano", "other"}
    with pytest.raises(ConfigError, match="cannot be opened: busy"):
        open_midi(mapping, board, lambda: ports)


def test_a_flood_is_played_and_ends(board, mapping):
    ports = FakePorts("nano")
    ports.there["nano"] += [[CC, 7, number % 128] for number in range(5000)]
    begun = time.process_time()
    with closing(open_midi(mapping, board, lambda: ports)):
        until(lambda: not ports.there["nano"])
    assert turns(board)[-1] == pytest.approx(2 * (4999 % 128) / 127)
    assert time.process_time() - begun < 1


def test_without_rtmidi2_the_extra_is_named(board, mapping, monkeypatch):
    monkeypatch.setattr(midi_port, "find_spec", lambda name: None)
    with pytest.raises(ConfigError, match=r"pip install 'vidream\[live\]'"):
        open_midi(mapping, board)


def test_a_knob_that_other_dreams_have_is_warned_of(board, mapping):
    mapping.write_text(mapping.read_text() + FADER + 'controller = 8\nknob = "zoom"\n')
    told = []
    with scope(told.append), closing(open_midi(mapping, board, lambda: FakePorts("nano"))):
        pass
    assert [event.message for event in told] == [
        f"{mapping}: zoom {value} does nothing in this dream" for value in ("0.5", "2")
    ]
    mapping.write_text(BUTTON + 'note = 8\ndo = "preset nothing"\n')
    with pytest.raises(ConfigError, match=r"\[\[button\]\] 1: nothing: no such look"):
        open_midi(mapping, board, lambda: FakePorts("nano"))
    mapping.write_text(FADER + 'controller = 8\nknob = "zooom"\nfrom = 0\nto = 1\n')
    with pytest.raises(ConfigError, match="no such knob"):
        open_midi(mapping, board, lambda: FakePorts("nano"))


# --- learn mode


class Person:
    """Moves something, then types."""

    def __init__(self, ports, *answers) -> None:
        self.ports, self.answers, self.asked = ports, list(answers), []

    def __call__(self, question: str) -> str:
        self.asked.append(question)
        if not self.answers:
            raise EOFError
        messages, answer = self.answers.pop(0)
        self.ports.there["nano"] += messages
        return answer


def learned(tmp_path, board, *answers, overwrite=False):
    """What the file says, and what was asked."""
    ports = FakePorts("nano")
    person = Person(ports, *answers)
    path = tmp_path / "new.toml"
    learn_midi(path, overwrite, board, person, lambda: ports).close()
    return read_map(path, lambda order, held: check_order(order, board, held)), person.asked


def test_what_is_learned_is_what_is_written(tmp_path, board):
    mapping, asked = learned(
        tmp_path,
        board,
        ([[CC, 7, value] for value in range(20, 60)] + [[CC, 9, 1]], "strength"),
        ([[CC | 1, 16, 5], [CC | 1, 16, 6]] + [[CLOCK]] * 900, "layer block10 0 0.5"),
        ([[BEND, 0, 70], [BEND, 0, 80]], "drift x"),
        ([[NOTE | 9, 36, 90], [OFF | 9, 36, 0]], "tap"),
        ([[NOTE | 9, 37, 90]], "strength 2"),
        ([[CC, 64, 127], [CC, 64, 0]], "next"),
        ([[PROGRAM, 5]], "preset kick"),
    )
    assert mapping == MidiMap(
        (
            replace(STRENGTH, channel=1),
            Fader(("controller", 16), "layer block10", 0, 0.5, channel=2),
            Fader(("bend", 0), "drift x", -0.5, 0.5, channel=1),
        ),
        (
            Button(("note", 36), "tap", channel=10),
            Button(("note", 37), "strength 2", channel=10),
            Button(("controller", 64), "next", channel=1),
            Button(("program", 5), "preset kick", channel=1),
        ),
    )
    assert asked[1].startswith("controller 7 of channel 1: strength")
    assert not board.done


def test_what_means_nothing_is_asked_again(tmp_path, board):
    turned = [[CC, 7, value] for value in range(9)]
    mapping, asked = learned(
        tmp_path,
        board,
        ([], "strength"),
        (turned, "strenght"),
        (turned, "step"),
        (turned, "strength 0 11"),
        ([[BEND, 0, 1]], "tap"),
        ([[NOTE, 1, 1]], "strength"),
        (turned, "strength"),
        ([], "  "),
    )
    reasons = ["Nothing came", "say between what values", "say between", "from 0 to 10", "presses nothing", "neither"]
    assert all(reason in question for reason, question in zip(reasons, asked[1:7], strict=True))
    assert mapping == MidiMap((replace(STRENGTH, channel=1),))


def test_a_controller_that_is_learned_again_does_the_new_thing(tmp_path, board):
    turned = [[CC, 7, value] for value in range(9)]
    mapping, _ = learned(tmp_path, board, (turned, "strength"), (turned, "drift x"), ([[CC, 7, 127]], "tap"))
    assert mapping == MidiMap((), (Button(("controller", 7), "tap", channel=1),))


@pytest.mark.parametrize(
    ("values", "relative"),
    [
        ([1, 1, 1, 1, 127, 127, 127, 127], "twos"),
        ([1, 1, 1, 2, 2, 1, 1, 1], "twos"),
        ([65, 65, 65, 65, 63, 63, 63], "offset"),
        ([65, 65, 65, 65], "offset"),
        ([1, 1, 1, 1, 65, 65, 65], "sign"),
        ([10, 11, 12, 13, 14, 15], ""),
        ([0, 1, 2, 1, 0, 1, 2], ""),
        ([64, 127], ""),
    ],
)
def test_an_endless_controller_is_known(tmp_path, board, values, relative):
    mapping, _ = learned(tmp_path, board, ([[CC, 40, value] for value in values], "strength"))
    assert mapping.faders == (Fader(("controller", 40), "strength", 0, 2, channel=1, relative=relative),)


def test_a_controller_of_14_bits_is_known(tmp_path, board):
    messages = [[CC, number, value] for value in range(10, 15) for number in (3, 35)]
    mapping, _ = learned(tmp_path, board, (messages, "strength"))
    assert mapping.faders == (Fader(("controller", 3), "strength", 0, 2, channel=1, fine=True),)


def test_learning_never_writes_over_a_file_unless_asked(tmp_path, board):
    path = tmp_path / "new.toml"
    path.write_text("mine")
    with pytest.raises(MediaError, match="is there already; --overwrite"):
        learned(tmp_path, board, ([[CC, 7, 1]], "strength"))
    assert path.read_text() == "mine"
    mapping, _ = learned(tmp_path, board, ([[CC, 7, 1]], "strength"), overwrite=True)
    assert mapping.faders


def test_a_file_that_comes_while_it_is_learned_stays(tmp_path, board):
    ports = FakePorts("nano")

    def ask(_question):
        (tmp_path / "new.toml").write_text("theirs")
        ports.there["nano"].append([CC, 7, 1])
        return "strength"

    with pytest.raises(MediaError, match="was not when this began"):
        learn_midi(tmp_path / "new.toml", False, board, ask, lambda: ports)
    assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == [("new.toml", "theirs")]


def test_what_was_learned_is_there_whole_when_it_is_broken_off(tmp_path, board):
    ports = FakePorts("nano")
    answers = [([[CC, 7, 1]], "strength"), ([[NOTE, 36, 1]], "tap")]

    def ask(_question):
        if not answers:
            raise KeyboardInterrupt
        messages, answer = answers.pop(0)
        ports.there["nano"] += messages
        return answer

    with pytest.raises(KeyboardInterrupt):
        learn_midi(tmp_path / "new.toml", False, board, ask, lambda: ports)
    mapping = read_map(tmp_path / "new.toml", lambda order, held: None)
    assert (len(mapping.faders), len(mapping.buttons)) == (1, 1)
    assert [file.name for file in tmp_path.iterdir()] == ["new.toml"]


def test_nothing_learned_is_nothing_written(tmp_path, board):
    with pytest.raises(ConfigError, match="nothing was learned"):
        learned(tmp_path, board)
    assert not [*tmp_path.iterdir()]


@pytest.mark.parametrize("name", ["map.txt", "no/map.toml"])
def test_where_it_cannot_be_written_is_said_before_anything_is_asked(tmp_path, board, name):
    with pytest.raises(MediaError):
        learn_midi(tmp_path / name, False, board, pytest.fail, FakePorts)


def test_what_a_driver_raises_is_told_and_others_are_heard(board, mapping, monkeypatch):
    ports, read = FakePorts("nano", "other"), FakePort.read
    monkeypatch.setattr(midi_port, "EVERY", 0.02)
    with closing(open_midi(mapping, board, lambda: ports)) as midi:

        def fails(port):
            if port.waiting is lost:
                raise RuntimeError("no such device")
            return read(port)

        lost = ports.there["nano"]
        monkeypatch.setattr(FakePort, "read", fails)
        until(lambda: "no such device" in midi.trouble)
        del ports.there["nano"]
        ports.there["other"].append([CC, 7, 127])
        until(lambda: board.done)
