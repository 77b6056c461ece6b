"""Markers are where their file says: Audacity's labels, subtitles, a WAV's cue points; in curves, in --start, --end."""

import struct
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from synthetic import clicks

from vidream.analysis import cues
from vidream.analysis.cues import read_cues
from vidream.analysis.labels import Label
from vidream.analysis.markers import read_markers
from vidream.analysis.srt import read_srt
from vidream.clock import Marker
from vidream.config import configure
from vidream.errors import ConfigError, MediaError
from vidream.jobs.music import plan_music
from vidream.jobs.video import plan_video
from vidream.jobs.zoom import plan_zoom

RATE = 8000
LABELS = "0.5\t0.5\tVerse\n1.0\t1.25\tchorus\n1.5\t1.5\t\n1.75\t1.75\tChorus\n"


def chunk(name: bytes, content: bytes) -> bytes:
    return name + struct.pack("<I", len(content)) + content + b"\0" * (len(content) % 2)


def wav(path: Path, cues: list[tuple[int, int]], names: dict[int, str], *more: bytes, seconds: float = 2) -> Path:
    """A WAV file. cues: (number, sample) of each; names: of some."""
    body = b"WAVE" + b"".join(more) + chunk(b"fmt ", struct.pack("<HHIIHH", 1, 1, RATE, RATE * 2, 2, 16))
    body += chunk(b"data", np.zeros(int(seconds * RATE), "<i2").tobytes())
    points = b"".join(struct.pack("<II4sIII", number, sample, b"data", 0, 0, sample) for number, sample in cues)
    body += chunk(b"cue ", struct.pack("<I", len(cues)) + points)
    labels = b"".join(chunk(b"labl", struct.pack("<I", each) + name.encode() + b"\0") for each, name in names.items())
    body += chunk(b"LIST", b"adtl" + chunk(b"note", b"\1\0\0\0aside\0") + labels)
    path.write_bytes(b"RIFF" + struct.pack("<I", len(body)) + body)
    return path


@pytest.fixture
def labels(tmp_path):
    (tmp_path / "labels.txt").write_text(LABELS)
    return tmp_path / "labels.txt"


def test_labels_have_their_names_in_small_letters_and_a_number_from_the_second_on(labels):
    assert read_markers(labels) == {"verse": 0.5, "chorus": 1.0, "chorus#2": 1.75}


def test_labels_of_a_country_with_decimal_commas(tmp_path):
    (tmp_path / "labels.txt").write_bytes(b"0,500000\t0,500000\tverse\r\n1,25\t2,5\tone, two\r\n")
    assert read_markers(tmp_path / "labels.txt") == {"verse": 0.5, "one, two": 1.25}


def test_what_is_no_file_is_said_to_be_none(tmp_path):
    (tmp_path / "folder.txt").mkdir()
    with pytest.raises(MediaError, match=r"folder.txt: not a file"):
        read_markers(tmp_path / "folder.txt")


def test_subtitles(tmp_path):
    (tmp_path / "a.srt").write_text(
        "\ufeff1\r\n00:00:01,500 --> 00:00:04,000\r\n<i>The  first</i>\r\nchorus\r\n\r\n"
        "2\n01:02:03.25 --> 01:02:04,5 X1:10 Y1:20\n{\\an8}verse 2\n\n3\n00:00:00,000 --> 00:00:00,100\n",
        encoding="utf-8",
    )
    assert read_srt(tmp_path / "a.srt") == (
        Label(0.0, 0.1, ""),
        Label(1.5, 4.0, "The  first chorus"),
        Label(3723.25, 3724.5, "verse 2"),
    )
    assert read_markers(tmp_path / "a.srt") == {"the first chorus": 1.5, "verse 2": 3723.25}


def test_subtitles_without_numbers_keep_their_last_line(tmp_path):
    lines = "00:00:01,000 --> 00:00:02,000\nverse\n\n00:00:03,000 --> 00:00:04,000\nthe last\nchorus\n"
    (tmp_path / "a.srt").write_text(lines, encoding="utf-8")
    assert read_srt(tmp_path / "a.srt") == (Label(1.0, 2.0, "verse"), Label(3.0, 4.0, "the last chorus"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "has no subtitle"),
        ("1\nhello\n", "has no subtitle"),
        ("1\n00:00:04,000 --> 00:00:01,000\nx\n", "line 2 ends before it begins"),
        (b"\xff\xfe\x00", "not a text file in UTF-8"),
    ],
)
def test_what_is_no_subtitle_is_said(tmp_path, text, said):
    (tmp_path / "a.srt").write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(MediaError, match=said):
        read_srt(tmp_path / "a.srt")


def test_cue_points_with_labels_and_without(tmp_path):
    path = wav(tmp_path / "a.wav", [(7, 12000), (3, 4000), (9, 2000)], {7: "Chorus", 3: "verse"})
    assert read_cues(path) == (Label(0.25, 0.25, "1"), Label(0.5, 0.5, "verse"), Label(1.5, 1.5, "Chorus"))
    assert read_markers(path) == {"1": 0.25, "verse": 0.5, "chorus": 1.5}


def test_cue_points_behind_samples_of_which_the_size_stands_elsewhere(tmp_path):
    """RF64: the data chunk says 0xFFFFFFFF, and ds64 the size."""
    plain = wav(tmp_path / "a.wav", [(1, 4000)], {1: "a"}).read_bytes()
    size = struct.pack("<I", 2 * RATE * 2)
    ds64 = chunk(b"ds64", struct.pack("<QQQI", len(plain), 2 * RATE * 2, 2 * RATE, 0))
    large = plain.replace(b"data" + size, b"data\xff\xff\xff\xff").replace(b"WAVE", b"WAVE" + ds64, 1)
    (tmp_path / "b.wav").write_bytes(b"RF64" + large[4:])
    assert read_cues(tmp_path / "b.wav") == read_cues(tmp_path / "a.wav")


def test_a_wav_that_is_damaged_is_one_line_whatever_is_in_it(tmp_path):
    content = wav(tmp_path / "a.wav", [(1, 4000), (2, 6000)], {1: "a", 2: "b"}, seconds=0.01).read_bytes()
    rng = np.random.default_rng(0)
    for trial in range(400):
        broken = bytearray(content[: len(content) - trial % 120])
        for place in rng.integers(0, len(broken), 1 + trial % 5):
            broken[place] = rng.integers(256)
        (tmp_path / "b.wav").write_bytes(broken)
        said = f"{tmp_path / 'b.wav'}: "
        try:
            assert len(read_cues(tmp_path / "b.wav")) <= 2
        except MediaError as error:
            said = str(error)
        assert said.startswith(f"{tmp_path / 'b.wav'}: ")
        assert "\n" not in said


def test_cue_points_have_a_bound(tmp_path, monkeypatch):
    monkeypatch.setattr(cues, "MOST_LABELS", 2)
    assert len(read_cues(wav(tmp_path / "a.wav", [(1, 10), (2, 20)], {}))) == 2
    for points, names in (([(1, 10), (2, 20), (3, 30)], {}), ([(1, 10)], {1: "a", 2: "b", 3: "c"})):
        with pytest.raises(MediaError, match="its cue points cannot be read"):
            read_cues(wav(tmp_path / "a.wav", points, names))


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.wav", b"RIFF\0\0\0\0AVI ", "its cue points cannot be read .not a WAV file"),
        ("a.wav", b"RIFF\0\0\0\0WAVE" + b"junk\0\0\0\0" * 10_001, "more than 10,000 chunks"),
        ("a.wav", b"RIFF\0\0\0\0WAVE" + b"LIST\xff\xff\xff\x7f", "a chunk of 2,147,483,647 bytes"),
        ("a.wav", b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0" + bytes(16), "has no cue point"),
        ("a.mp3", b"", "markers are read from Audacity's labels"),
        ("a.txt", b"hello\n", "line 1 must be a label"),
    ],
)
def test_what_has_no_markers_is_said(tmp_path, name, content, said):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(MediaError, match=said):
        read_markers(tmp_path / name)


def test_a_key_at_a_marker(seed, labels, tmp_path):
    turn = {"keys": [["0s", 0], ["@Chorus", 10], ["@chorus#2", 20], ["5s", 0]]}
    plan = plan_zoom(seed, tmp_path / "out.mp4", turn=turn, markers=labels, length="6s", fps=20)
    assert [plan.config.at(frame, plan.clock).camera.turn for frame in (0, 10, 20, 35, 100)] == [0, 5, 10, 20, 0]
    assert "@" not in repr(plan.config.moving)


def test_a_marker_is_a_time_of_the_song_whatever_part_of_it_is_played(seed, labels, tmp_path):
    song = clicks(tmp_path / "song.wav", [0.25 + 0.5 * beat for beat in range(8)], 4)
    look: dict[str, Any] = {"turn": {"keys": [["@verse", 0], ["@chorus", 10]]}, "markers": labels, "pulse": 0}
    whole = plan_music(song, seed, tmp_path / "out.mp4", fps=20, **look)
    part = plan_music(song, seed, tmp_path / "out.mp4", fps=20, start="0.75", **look)
    for plan, frames in ((whole, (10, 15, 20)), (part, (-5, 0, 5))):
        assert [plan.config.at(max(0, frame), plan.clock).camera.turn for frame in frames[1:]] == [5, 10]


def test_start_and_end_at_markers(film, labels, tmp_path):
    """25 frames a second."""
    plan = plan_video(film, tmp_path / "out.mp4", start="@verse", end="@chorus", markers=labels)
    same = plan_video(film, tmp_path / "out.mp4", start=0.5, end=1, markers=labels)
    assert plan.count in {12, 13}
    assert plan.config == same.config
    assert plan.config.film.start == Fraction(1, 2)
    strength = {"keys": [["@verse", 0], ["@chorus", 1]]}
    plan = plan_video(film, tmp_path / "out.mp4", start="@verse", markers=labels, strength=strength)
    assert plan.config.at(0, plan.clock).dream.strength == pytest.approx(0, abs=0.05)
    assert plan.config.at(12.5, plan.clock).dream.strength == pytest.approx(1, abs=0.05)


def test_what_is_wrong_with_a_marker_is_said_at_once(seed, film, labels, tmp_path):
    def refused(said: str, **knobs: Any) -> None:
        with pytest.raises(ConfigError, match=said):
            plan_zoom(seed, tmp_path / "out.mp4", **knobs)

    keys = {"keys": [["0s", 0], ["@chorus", 1]]}
    refused("--turn: has the marker @chorus; --markers FILE says where that is", turn=keys)
    refused(
        "@choruss: .*labels.txt has no such marker; did you mean chorus",
        turn={"keys": [["@choruss", 1]]},
        markers=labels,
    )
    refused("--turn has keys in frames and keys in seconds", turn={"keys": [[0, 0], ["@chorus", 1]]}, markers=labels)
    refused(
        "--turn has keys out of order: @verse, at 0.50 s of the film, after @chorus, at 1.00 s",
        turn={"keys": [["@chorus", 0], ["@verse", 1]]},
        markers=labels,
    )
    refused("has '@' as a key's time; a marker is @ and its name", turn={"keys": [["@", 0]]}, markers=labels)
    refused("has '@chorus' as a period", turn={"sine": [0, 1], "period": "@chorus"}, markers=labels)
    with pytest.raises(ConfigError, match="--start: has the marker @verse; --markers FILE says"):
        plan_video(film, tmp_path / "out.mp4", start="@verse")
    with pytest.raises(ConfigError, match="--strength: follows @chorus, and a picture has no time"):
        configure("image", strength=keys)
    with pytest.raises(MediaError, match=r"none.txt: no such file"):
        plan_zoom(seed, tmp_path / "out.mp4", turn=keys, markers=tmp_path / "none.txt")


def test_start_may_be_a_marker_and_a_first_beat_may_not():
    config = configure("video", start="@verse", markers="labels.txt")
    assert isinstance(config.film.start, Marker)
    with pytest.raises(ConfigError, match="--first-beat must be seconds"):
        configure("music", base="zoom", first_beat="@verse")
