"""MIDI files and label tracks: what they say, in seconds; what is damaged is refused in one line."""

import random
import struct
import time

import numpy as np
import pytest

from vidream.analysis.labels import Label, read_labels
from vidream.analysis.midi import Note, read_midi
from vidream.errors import MediaError

TICKS = 96


def length(value: int) -> bytes:
    digits = [value & 0x7F]
    while value := value >> 7:
        digits.append(value & 0x7F | 0x80)
    return bytes(reversed(digits))


def tempo(microseconds: int) -> bytes:
    return b"\xff\x51\x03" + microseconds.to_bytes(3, "big")


def signature(beats: int, power: int) -> bytes:
    return bytes([0xFF, 0x58, 4, beats, power, 24, 8])


def track(*events: tuple[int, bytes], end: int = 0) -> bytes:
    """(ticks after the event before, event), and the track's end so many ticks later."""
    body = b"".join(length(delta) + event for delta, event in (*events, (end, b"\xff\x2f\x00")))
    return b"MTrk" + struct.pack(">I", len(body)) + body


def midi(path, *tracks: bytes, kind: int = 1, division: int = TICKS):
    path.write_bytes(b"MThd" + struct.pack(">IHHH", 6, kind, len(tracks), division) + b"".join(tracks))
    return path


@pytest.fixture
def path(tmp_path):
    return tmp_path / "song.mid"


def test_notes_in_seconds_through_a_change_of_tempo(path):
    """120 a minute for a quarter note, then 60."""
    midi(
        path,
        track((0, tempo(500_000)), (TICKS, tempo(1_000_000))),
        track(
            (0, b"\x90\x3c\x40"),  # channel 1, middle C
            (TICKS // 2, b"\x3c\x00"),  # running status; velocity 0 ends it
            (TICKS, b"\x99\x24\x7f"),  # channel 10, half a quarter after the change
            (0, b"\xf0\x03\x01\x02\xf7"),  # passed over
            (0, b"\xc9\x05"),
            (TICKS, b"\x89\x24\x00"),
        ),
    )
    song = read_midi(path)
    assert song.notes == (Note(0.0, 0.25, 1, 60, 64), Note(1.0, 2.0, 10, 36, 127))
    assert song.tempi == ((0.0, 120.0), (0.5, 60.0))
    assert song.duration == 2.0


def test_notes_of_one_pitch_end_in_their_order_and_at_the_tracks_end(path):
    on, off = b"\x90\x3c\x40", b"\x80\x3c\x00"
    song = read_midi(midi(path, track((0, on), (TICKS, on), (TICKS, off), end=2 * TICKS)))
    assert [(note.start, note.end) for note in song.notes] == [(0.0, 1.0), (0.5, 2.0)]


def test_film_frames_as_time(path):
    song = read_midi(midi(path, track((50, b"\x90\x3c\x40"), end=50), division=(256 - 25) << 8 | 40))
    assert song.notes[0][:2] == (0.05, 0.1)
    with pytest.raises(ValueError, match="no beats"):
        song.beats(10)


def test_beats_go_by_tempo_and_signature(path):
    """A bar of 3/4 at 120, two bars of 6/8 with dotted quarters at 80; then they go on."""
    midi(
        path,
        track(
            (0, signature(3, 2)),
            (0, tempo(500_000)),
            (3 * TICKS, signature(6, 3)),
            (0, b"\xff\x51\x03" + (500_000).to_bytes(3, "big")),
        ),
    )
    beats, bars = read_midi(path).beats(4.6)
    np.testing.assert_allclose(beats, [0, 0.5, 1, 1.5, 2.25, 3, 3.75, 4.5])
    np.testing.assert_allclose(bars, [0, 1.5, 3, 4.5])


def test_of_two_signatures_at_one_place_the_later_counts(path):
    midi(path, track((0, signature(4, 2)), (0, signature(3, 2))))
    assert [each.beats for each in read_midi(path).signatures] == [3]


def test_a_file_without_a_tempo_beats_at_120(path):
    beats, bars = read_midi(midi(path, track())).beats(3)
    np.testing.assert_allclose(beats, np.arange(6) / 2)
    np.testing.assert_allclose(bars, [0, 2])


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"RIFF and so on, which is no MIDI", "not a MIDI file"),
        (b"MThd" + struct.pack(">IHHH", 6, 2, 0, 96), "kind 2"),
        (b"MThd" + struct.pack(">IHHH", 6, 1, 0, 0), "no ticks in a quarter"),
        (b"MThd" + struct.pack(">IHHH", 6, 1, 0, 0xF000), "time code"),
        (b"MThd" + struct.pack(">IHHH", 6, 0, 1, 96) + track((0, b"\x90\x3c"))[:-4], "breaks off"),
        (b"MThd" + struct.pack(">IHHH", 6, 0, 1, 96) + track((0, tempo(0))), "a tempo that is none"),
        (b"MThd" + struct.pack(">IHHH", 6, 0, 1, 96) + track((0, signature(4, 200))), "time signature"),
        (b"MThd" + struct.pack(">IHHH", 6, 0, 1, 96) + track((0, b"\x3c\x40")), "without a status"),
        (b"MThd" + struct.pack(">IHHH", 6, 0, 1, 96) + track((0, b"\x90\xff\x40")), "a note that is none"),
        (b"MThd" + struct.pack(">IHHH", 6, 0, 1, 96) + b"MTrk\0\0\0\x05\xff\xff\xff\xff\x7f", "more than four bytes"),
    ],
)
def test_what_is_no_midi_file_is_refused(path, content, words):
    path.write_bytes(content)
    with pytest.raises(MediaError, match=words) as error:
        read_midi(path)
    assert str(error.value).startswith(f"{path}: ")
    assert "\n" not in str(error.value)


def test_bounds(path, tmp_path):
    with pytest.raises(MediaError, match="no such file"):
        read_midi(path)
    with pytest.raises(MediaError, match="not a file"):
        read_midi(tmp_path)
    path.write_bytes(b"MThd" + bytes(8_000_000))
    with pytest.raises(MediaError, match="larger than 8 MB"):
        read_midi(path)
    midi(path, track(*[(0, b"\xb0\x01\x01")] * 3, *[(0, b"\x01\x01")] * 1_000_000))
    with pytest.raises(MediaError, match="more than 1000000 events"):
        read_midi(path)
    fast = read_midi(midi(path, track((0, tempo(1)))))
    with pytest.raises(ValueError, match="more than 20 beats a second"):
        fast.beats(14_400)


def test_damaged_files_are_read_or_refused_in_one_line(path):
    events = [(random.Random(7).randrange(60), bytes([0x90 + n % 16, 40 + n % 40, 30 + n % 90])) for n in range(60)]
    midi(path, track((0, signature(7, 3)), (5, tempo(400_000)), (90, tempo(300_000))), track(*events))
    whole, dice, read, refused = path.read_bytes(), random.Random(3), 0, 0
    began = time.monotonic()
    for _ in range(400):
        data = bytearray(whole)
        for _ in range(dice.choice((1, 2, 5, 20))):
            data[dice.randrange(len(data))] = dice.randrange(256)
        path.write_bytes(data[: dice.choice((len(data), dice.randrange(len(data))))])
        told = ""
        try:
            song = read_midi(path)
        except MediaError as error:
            told = str(error)
        assert "\n" not in told
        if told:
            refused += 1
            continue
        read += 1
        assert all(0 <= note.start <= note.end < float("inf") for note in song.notes)
        if song.tempi:
            try:
                beats, _ = song.beats(60)
            except ValueError:
                continue
            assert (np.diff(beats) > 0).all()
            assert len(beats) <= 1200
    assert read > 40
    assert refused > 40
    assert time.monotonic() - began < 20


def test_labels_of_audacity(tmp_path):
    path = tmp_path / "labels.txt"
    path.write_bytes("\ufeff4.5\t9.25\tchorus two\r\n\\\t100\t200\r\n1.0\t1.0\t\r\n\r\n2\t3\n".encode())
    assert read_labels(path) == (Label(1, 1, ""), Label(2, 3, ""), Label(4.5, 9.25, "chorus two"))


def test_labels_written_by_hand_have_spaces_and_minutes(tmp_path):
    path = tmp_path / "labels.txt"
    path.write_text("0.0 0.0 section verse\n0:08  0:09.5   section two\n1:02:03\t3723,5\tlast\n 9\t 9\n")
    wanted = Label(0, 0, "section verse"), Label(8, 9.5, "section two"), Label(9, 9, ""), Label(3723, 3723.5, "last")
    assert read_labels(path) == wanted


@pytest.mark.parametrize(
    "line",
    [
        "1.0",
        "a\tb\tc",
        "2\t1\tx",
        "-1\t2\tx",
        "nan\t2\tx",
        "1\tinf\tx",
        "1 chorus",
        "1:2:3:4\t9\tx",
        ":1\t9\tx",
        "1_0\t11\tx",
    ],
)
def test_a_line_that_is_no_label_is_named(tmp_path, line):
    path = tmp_path / "labels.txt"
    path.write_text(f"1\t2\tfine\n\n{line}\n")
    with pytest.raises(
        MediaError, match=r"labels.txt: line 3 must be a label, START END TEXT, such as '8.0 8.0 chorus' or .*, not"
    ):
        read_labels(path)


def test_no_labels(tmp_path):
    path = tmp_path / "labels.txt"
    path.write_text("\n")
    with pytest.raises(MediaError, match="has no label"):
        read_labels(path)
    path.write_bytes(b"\xff\xfe1\x00\t\x00")
    with pytest.raises(MediaError, match="UTF-8"):
        read_labels(path)
    path.write_text("1\t2\tx\n" * 100_001)
    with pytest.raises(MediaError, match="100000 are the most"):
        read_labels(path)
