"""A curve that follows a file has at each frame what the file has at that time: stems, notes, tables."""

import struct
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from synthetic import clicks, ffmpeg, panned, write_film

from vidream.analysis.levels import read_levels
from vidream.clock import Driver
from vidream.cluster.units import absolute, relocated
from vidream.config import configure
from vidream.config.curve_files import stays_beside
from vidream.curve_parts import drivers_of
from vidream.errors import ConfigError, MediaError
from vidream.jobs.dry_run import DryRun
from vidream.jobs.jobfile import read_job_file
from vidream.jobs.jobspec import JobSpec
from vidream.jobs.music import plan_music
from vidream.jobs.video import plan_video
from vidream.jobs.zoom import plan_zoom, zoom_job
from vidream.notation import read_curve

HITS = [0.5, 1.0, 1.5]


def midi(path: Path, notes: list[tuple[float, int, int, int]]) -> Path:
    """A MIDI file at 120 a minute. notes: (beat, channel, pitch, velocity), rising; each lasts half a beat."""
    events = [(round(96 * (beat + off)), channel, pitch, velocity * (off == 0))
              for beat, channel, pitch, velocity in notes for off in (0, 0.5)]  # fmt: skip
    track, tick = b"", 0
    for at, channel, pitch, velocity in sorted(events):
        delta = at - tick
        track += bytes([0x80 | delta >> 7, delta & 0x7F, 0x90 | (channel - 1), pitch, velocity])
        tick = at
    track += b"\0\xff\x2f\0"
    path.write_bytes(b"MThd" + struct.pack(">IHHH", 6, 0, 1, 96) + b"MTrk" + struct.pack(">I", len(track)) + track)
    return path


@pytest.fixture
def drums(tmp_path):
    return clicks(tmp_path / "drums.wav", HITS, 2)


@pytest.fixture
def said(caplog):
    caplog.set_level("INFO", "vidream")
    return caplog


def strengths(plan: Any, frames: range) -> list[float]:
    return [plan.config.at(frame, plan.clock).dream.strength for frame in frames]


def zoomed(seed: Path, curve: Any, seconds: float = 2, fps: int = 20) -> list[float]:
    """What a curve comes to in a zoom."""
    plan = plan_zoom(seed, seed.with_name("out.mp4"), length=f"{seconds}s", fps=fps, strength=curve)
    return strengths(plan, range(plan.count))


def test_a_stem_is_followed_by_a_zoom_a_film_and_music(seed, drums, film, tmp_path):
    curve = {"follow": "percussive", "of": drums, "attack": "0s", "release": "0.01s"}
    levels = np.array(zoomed(seed, curve))
    assert set(np.flatnonzero(levels > 0.6)) == {10, 20, 30}
    assert levels[[5, 15, 25, 39]].max() < 0.05
    plan: Any = plan_video(film, tmp_path / "out.mp4", strength=curve, start=0.4, fps=20)
    levels = np.array(strengths(plan, range(plan.count)))
    assert set(np.flatnonzero(levels > 0.6)) == {2, 12, 22}
    song = clicks(tmp_path / "song.wav", [0.1], 2)
    plan = plan_music(song, seed, tmp_path / "out.mp4", strength=curve, start=0.25, fps=20, pulse=0)
    levels = np.array(strengths(plan, range(plan.count)))
    assert set(np.flatnonzero(levels > 0.6)) == {5, 15, 25}


def test_under_a_sound_of_its_own_a_film_goes_by_that_ones_clock(drums, film, tmp_path):
    curve = {"follow": "percussive", "of": drums, "attack": "0s", "release": "0.01s"}
    plan = plan_video(film, tmp_path / "out.mp4", strength=curve, start=0.4, fps=20, sound=drums)
    levels = np.array(strengths(plan, range(plan.count)))
    assert set(np.flatnonzero(levels > 0.6)) == {10, 20, 30}


BEATS: Any = {"follow": "beats", "attack": "0s", "release": "0.01s"}


@pytest.fixture(scope="module")
def stem(tmp_path_factory):
    """120 a minute from 0.25 s on."""
    return clicks(tmp_path_factory.mktemp("stem") / "stem.wav", [0.25 + 0.5 * beat for beat in range(23)], 12)


def beats_of(plan: Any) -> list[int]:
    levels = np.array(strengths(plan, range(plan.count)))
    return [int(frame) for frame in np.flatnonzero(levels > 0.6)]


def test_beats_that_are_given_are_those_of_whatever_is_followed(seed, film, stem, tmp_path):
    """20 frames a second: a beat is on frame 5, 15, 25, ..."""
    table, out, curve = tmp_path / "beats.csv", tmp_path / "out.mp4", {**BEATS, "of": stem}
    table.write_text("0.1,1\n0.9,2\n1.5,3\n2.1,1\n")

    def zoom(**given: Any) -> list[int]:
        return beats_of(plan_zoom(seed, out, length="3s", fps=20, beat_height="even", strength=curve, **given))

    assert zoom() == [5, 15, 25, 35, 45, 55]
    assert zoom(half=True) in ([5, 25, 45], [15, 35, 55])
    assert zoom(double=True)[:5] == [5, 10, 15, 20, 25]
    assert zoom(tempo=60, first_beat="0.5") == [10, 30, 50]
    assert zoom(first_beat="0.75") == [15, 25, 35, 45, 55]
    assert zoom(beats=table) == [2, 18, 30, 42]
    bars = plan_zoom(seed, out, length="3s", fps=20, strength={**curve, "follow": "bars"}, bar=3)
    assert beats_of(bars)[1] - beats_of(bars)[0] == 30
    knobs: dict[str, Any] = {"fps": 20, "strength": curve, "beat_height": "even"}
    assert beats_of(plan_video(film, out, tempo=60, first_beat="0.5", **knobs)) == [10, 30]
    song = clicks(tmp_path / "song.wav", [0.1], 3)
    assert beats_of(plan_music(song, seed, out, pulse=0, beats=table, **knobs)) == [2, 18, 30, 42]


def test_all_beats_of_what_is_followed_are_alike_where_they_are_to_be(seed, tmp_path):
    loud = [0.25 + 0.5 * beat for beat in range(12)]
    clicks(tmp_path / "clicks.wav", loud, 12)
    fading = tmp_path / "fading.wav"
    ffmpeg("-i", tmp_path / "clicks.wav", "-af", "volume='if(gt(t,3),0.05,1)':eval=frame", fading)

    def lowest(height: Any) -> float:
        curve = {**BEATS, "of": fading}
        plan: Any = plan_zoom(seed, tmp_path / "out.mp4", length="5s", fps=20, strength=curve, beat_height=height)
        return min(strengths(plan, range(5, 96, 10)))

    assert lowest("loud") < 0.5
    assert lowest("even") == 1


def test_what_follows_no_beats_needs_none_given(seed, drums, stem, film, tmp_path):
    def refused(words: str, **knobs: Any) -> None:
        for plan in (lambda: plan_zoom(seed, "out.mp4", **knobs), lambda: plan_video(film, "out.mp4", **knobs)):
            with pytest.raises(ConfigError, match=words) as caught:
                plan()
            assert len(str(caught.value).splitlines()) == 1

    beats: dict[str, Any] = {"strength": {**BEATS, "of": stem}}
    refused("--half: says how long beats or bars are, and no --length is counted in them, nor does", half=True)
    refused("--beats: says how long", beats="b.csv", strength={"follow": "low", "of": drums})
    refused("--first-beat: says where beats begin, and no curve", first_beat=1, tempo=90, length="4beats")
    refused("--half with --double: each says how fast", half=True, double=True)
    refused("--first-beat: 30 s is after the song's end, 12.0 s", **beats, first_beat=30)
    with pytest.raises(MediaError, match=r"b\.csv: no such file"):
        plan_zoom(seed, "out.mp4", beats=tmp_path / "b.csv", **beats)
    refused("--half with --double", **beats, half=True, double=True)
    longer = plan_zoom(
        seed, tmp_path / "out.mp4", sound=stem, strength={**BEATS, "of": drums}, tempo=120, first_beat="5.0", fps=20
    )
    assert not beats_of(longer)  # the stem ends before the first beat of the song


def test_notes_are_as_high_as_they_are_struck(seed, tmp_path):
    song = midi(tmp_path / "song.mid", [(0, 10, 36, 127), (1, 10, 38, 64), (2, 1, 36, 100), (3, 10, 35, 32)])
    curve: dict[str, Any] = {"follow": "notes", "of": song, "attack": "0s", "release": "0s"}

    def peaks(**more: Any) -> dict[int, float]:
        values = zoomed(seed, {**curve, **more})
        return {frame: round(value * 127, 3) for frame, value in enumerate(values) if value}

    assert peaks() == {0: 127, 10: 64, 20: 100, 30: 32}
    assert peaks(channel=10) == {0: 127, 10: 64, 30: 32}
    assert peaks(channel=10, pitch=[35, 36]) == {0: 127, 30: 32}
    assert peaks(pitch=38) == {10: 64}
    soft = zoomed(seed, {"follow": "notes", "of": song, "release": "0.1s", "base": 1, "amount": 2})
    assert soft[0] == pytest.approx(3)
    assert soft[2] == pytest.approx(1 + 2 * np.exp(-1), abs=1e-3)


def test_a_table_is_straight_from_row_to_row_and_still_after_the_last(seed, tmp_path):
    table = tmp_path / "levels.csv"
    table.write_text("time,bass,treble\n0.5,0,1\n1.0,1,0.5\n1.5,0.25,0\n")
    bass = zoomed(seed, {"follow": "bass", "of": table})
    assert [bass[frame] for frame in (0, 10, 15, 20, 25, 30, 31, 39)] == pytest.approx(
        [0, 0, 0.5, 1, 0.625, 0.25, 0, 0]
    )
    treble = zoomed(seed, {"follow": "Treble", "of": str(table)})
    assert [treble[frame] for frame in (0, 10, 15, 30)] == pytest.approx([1, 1, 0.75, 0])
    held = zoomed(seed, {"follow": "bass", "of": table, "release": "1s"})
    assert held[30] == pytest.approx(np.exp(-0.5), abs=0.01)
    assert zoomed(seed, {"follow": "level", "of": table}) == bass


@pytest.mark.parametrize(
    ("text", "column", "values"),
    [
        ("0,0.5\n1,1\n", "level", [0.5, 1]),
        ("s;v\n0;0,5\n1;1\n", "v", [0.5, 1]),
        ("\ufeffs\tv\n0\t.5\n\n1\t1\n", "V", [0.5, 1]),
        ("s\tv\r\n0,0\t0,25\r\n1\t1\r\n", "v", [0.25, 1]),
        ('"s","a ""b"", c"\n0,0\n1,1\n', 'a "b", c', [0, 1]),
        ("0,-60\n1,-20\n2,-40\n", "level", [0, 1, 0.5]),
        ("0,7\n1,7\n", "level", [0, 0]),
        ("0,-1.7e308\n1,1.7e308\n2,0\n", "level", [0, 1, 0.5]),
    ],
)
def test_how_a_table_may_be_written(tmp_path, text, column, values):
    (tmp_path / "a.csv").write_text(text, encoding="utf-8")
    levels = read_levels(tmp_path / "a.csv", column)
    assert levels.values == pytest.approx(values)
    assert levels.times[:2] == pytest.approx([0, 1])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "must have rows of a second and a number"),
        ("hello\n", "must have rows of a second and a number"),
        ("time,bass\n", "has no row of numbers"),
        ("time,low\n0,1\n", "has no column 'bass'; did you mean low|known: low"),
        ("time,bass\n0,1\n0,2\n", "row 3 is at 0 s, after one at 0 s; sort them"),
        ("time,bass\n0,1\nx,2\n", "row 3 must be a second, 0 or later, and a number in column 2"),
        ("time,bass\n0,1\n1,nan\n", "row 3 must be a second"),
        ("time,bass\n0,1\n1\n", "row 3 must be a second"),
        ("time,bass" + ",x" * 300 + "\n0,1\n", "302 columns; 200 are the most"),
        ("\n" * 600_000, "600,000 rows; 500,000 are the most"),
        (b"\xff\xfe0,1", "not a text file in UTF-8"),
        ("time,bass\n0," + "1" * 200_000, "not a table of comma-separated values"),
    ],
)
def test_what_is_no_table_is_said(tmp_path, text, said):
    (tmp_path / "a.csv").write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(MediaError, match=said) as caught:
        read_levels(tmp_path / "a.csv", "bass")
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"follow": "bass", "of": "a.wav"}, "--strength follows 'bass' of 'a.wav'; "),
        ({"follow": "low", "of": "a.mid"}, "follows 'low' of 'a.mid'; known: notes"),
        ({"follow": "low", "of": 3}, "has of = 3, which must be a file"),
        ({"follow": "low", "of": ""}, "has of = '', which must be a file"),
        ({"follow": "low", "of": "a\0.wav"}, "which must be a file"),
        ({"follow": "low", "of": "a.wav", "channel": 3}, "has a channel or a pitch, and 'a.wav' is no MIDI file"),
        ({"follow": "notes", "of": "a.mid", "channel": 17}, "has channel = 17, which must be a whole number from 1"),
        ({"follow": "notes", "of": "a.mid", "pitch": [36, 35]}, "has pitch = .36, 35., which must be a note"),
        ({"follow": "notes", "of": "a.mid", "pitch": "C2"}, "has pitch = 'C2', which must be a note"),
        ({"follow": "notes", "of": "a.mid", "pitch": True}, "has pitch = True"),
        ({"follow": "low", "channel": 1}, 'has channel without a file; add of = "song.mid"'),
        ({"follow": ["low"], "of": "a.csv"}, "follows .'low'."),
    ],
)
def test_what_is_wrong_in_a_curve_that_follows_a_file_is_said(given, said):
    with pytest.raises(ConfigError, match=said):
        configure("zoom", strength=given)


def test_a_file_that_is_not_there_or_no_sound_is_said_before_anything_is_dreamed(seed, tmp_path):
    def refused(name: str, follow: str, said: str) -> None:
        with pytest.raises(MediaError, match=said) as caught:
            plan_zoom(seed, tmp_path / "out.mp4", strength={"follow": follow, "of": str(tmp_path / name)})
        assert len(str(caught.value).splitlines()) == 1

    for name in ("text.wav", "text.mid"):
        (tmp_path / name).write_text("hello")
    (tmp_path / "list.wav").write_text("#EXTM3U\n/etc/passwd\n")
    refused("none.wav", "low", "none.wav: no such file")
    refused("none.mid", "notes", "none.mid: no such file")
    refused("none.csv", "x", "none.csv: no such file")
    refused("text.wav", "low", "text.wav: ")
    refused("list.wav", "low", "list.wav: ")
    refused("text.mid", "notes", "text.mid: not a MIDI file")
    refused("seed.png", "low", "seed.png: a kind of file that is not read")
    with pytest.raises(ConfigError, match=r"--strength: follows low of a\.wav, and a picture has no time"):
        configure("image", strength={"follow": "low", "of": "a.wav"})


def test_a_file_that_ends_before_the_film_is_said_once_and_silent(seed, drums, said):
    curve = {"sum": [{"follow": "percussive", "of": drums}, {"follow": "low", "of": drums}]}
    assert zoomed(seed, curve, 5)[-1] < 1e-6
    assert said.text.count("drums.wav: ends at 2.0 s of the film's 5.0 s, and is silent after it") == 1


def test_files_of_a_look_lie_beside_it_and_nowhere_else(seed, drums, tmp_path, monkeypatch):
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    look = tmp_path / "look.toml"
    look.write_text(
        'strength = { follow = "percussive", of = "drums.wav" }\n'
        'focus = [0.5, { product = [0.1, { follow = "high", of = "drums.wav" }] }]\n'
        'layer = [{ name = "block4", weight = \'{ follow = "low", of = "drums.wav" }\' }]\n'
    )
    plan = plan_zoom(seed, "out.mp4", preset=str(look), length="2s")
    assert {driver.file for curve in plan.config.moving.values() for driver in drivers_of(curve)} == {str(drums)}
    assert max(strengths(plan, range(plan.count))) > 0.6
    for name in ("/etc/x.wav", "../x.wav", "a/../../x.wav", r"C:\x.wav", r"\\host\share\x.wav", "//h/x.wav", "C:x.wav"):
        look.write_text(f"strength = {{ follow = 'low', of = '{name}' }}\n")
        with pytest.raises(ConfigError, match=r"strength follows .*; a look's files lie beside it"):
            configure("zoom", preset=str(look))
    assert stays_beside("stems/drums.wav")
    look.write_text('strength = \'{ follow = "low", of = "../x.wav" }\'\n')
    with pytest.raises(ConfigError, match="a look's files lie beside it"):
        configure("zoom", preset=str(look))


def test_files_of_a_job_file_are_relative_to_it_and_known_as_read(seed, drums, tmp_path, monkeypatch):
    (tmp_path / "look.toml").write_text('tv = { follow = "level", of = "levels.csv" }\n')
    (tmp_path / "levels.csv").write_text("0,1\n3,1\n")
    (tmp_path / "labels.txt").write_text("0.5\t0.5\tverse\n")
    (tmp_path / "jobs.toml").write_text(
        '[[job]]\ncommand = "zoom"\nsource = "seed.png"\noutput = "a.mp4"\n'
        'preset = "look.toml"\nmarkers = "labels.txt"\n'
        'strength = { follow = "percussive", of = "drums.wav" }\n'
        "layer = \"block4={ follow = 'low', of = 'drums.wav' }\"\n"
    )
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    (spec,), problems = read_job_file(tmp_path / "jobs.toml")
    assert problems == []
    names = {path.name for path in spec.files}
    assert names == {"seed.png", "look.toml", "labels.txt", "drums.wav", "levels.csv"}
    job: Any = spec.job()
    job.check()
    assert job.plan.config.at(0, job.plan.clock).dream.tv == 1
    assert {path.name for path in job.read} == {"seed.png", "labels.txt", "drums.wav", "levels.csv"}
    (tmp_path / "jobs.toml").write_text((tmp_path / "jobs.toml").read_text().replace("a.mp4", "drums.wav"))
    assert "makes what" in read_job_file(tmp_path / "jobs.toml")[1][0]


def test_a_cluster_is_sent_what_curves_follow(seed, drums, tmp_path, monkeypatch):
    """A node has files under other names, and a preset without its folder."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "look.toml").write_text('tv = { follow = "low", of = "drums.wav" }\nstrength = 0.5\n')
    curve = {"follow": "percussive", "of": "drums.wav"}
    spec = JobSpec("", "zoom", "seed.png", Path("out.mp4"), arguments={"preset": "look.toml", "strength": curve})
    spec = absolute(spec)
    assert set(spec.files) == {seed, drums, tmp_path / "look.toml"}
    for name in ("copied.wav", "copied.png", "copied.toml"):
        (tmp_path / "node").mkdir(exist_ok=True)
        source = {"copied.wav": drums, "copied.png": seed, "copied.toml": tmp_path / "look.toml"}[name]
        (tmp_path / "node" / name).write_bytes(source.read_bytes())
    places = {str(drums): "copied.wav", str(seed): "copied.png", str(tmp_path / "look.toml"): "copied.toml"}
    there = relocated(spec, {path: str(tmp_path / "node" / name) for path, name in places.items()})
    drums.unlink()
    config = there.job().config
    assert [driver.file for curve in config.moving.values() for driver in drivers_of(curve)] == [
        str(tmp_path / "node" / "copied.wav")
    ] * 2


def test_another_content_is_another_film(seed, tmp_path):
    table = tmp_path / "levels.csv"

    def fingerprints(text: str) -> tuple[str, str]:
        table.write_text(text)
        job: Any = zoom_job(seed, tmp_path / "out.mp4", strength={"follow": "level", "of": table})
        return job.fingerprint()["source"], job.frames_fingerprint()["source"]

    one, other = fingerprints("0,1\n9,1\n"), fingerprints("0,1\n9,0\n")
    assert one[0] != other[0]
    assert one[1] != other[1]
    assert fingerprints("0,1\n9,1\n") == one


def test_a_dry_run_has_a_row_for_what_is_followed(vidream_command, seed, tmp_path):
    (tmp_path / "levels.csv").write_text("0,0\n1,1\n")
    shown = vidream_command(
        "zoom", seed, "--length", "2s", "--dry-run", "--plot", "plan.png", "--strength",
        '{ follow = "level", of = "levels.csv", amount = 2 }',
    )  # fmt: skip
    assert shown.returncode == 0, shown.stderr
    lines = shown.stdout.splitlines()
    assert lines[0].split() == ["frame", "time", "strength", "level", "of", "levels.csv"]
    assert lines[16].split() == ["15", "0.500", "1", "0.5"]
    assert "levels.csv: ends at 1.0 s of the film's 2.0 s" in shown.stderr
    assert (tmp_path / "plan.png").stat().st_size > 5_000


def test_a_dry_run_tells_curves_apart_that_read_alike(seed, tmp_path):
    """One file twice, and another of its name elsewhere; what is followed in the same way stands once."""
    (tmp_path / "more").mkdir()
    for place in (tmp_path / "levels.csv", tmp_path / "more" / "levels.csv"):
        place.write_text("0,0\n1,1\n2,0\n")
    one = {"follow": "level", "of": str(tmp_path / "levels.csv")}
    slow, other = {**one, "release": "1s"}, {**one, "of": str(tmp_path / "more" / "levels.csv")}
    run = DryRun(plan_zoom(seed, tmp_path / "o.mp4", length="2s", strength={"sum": [one, slow, other]}, anchor=one))
    assert [*run.followed] == [f"level of levels.csv{number}" for number in ("", " #2", " #3")]
    assert {name: each.release for name, each in run.followed.items()}["level of levels.csv #2"] == 1
    assert {*run.followed} < {*next(run.frames()).values}


def test_a_driver_in_words():
    assert str(Driver("notes", "a/b.mid", 10, (35, 36))) == "notes channel 10 pitch 35 to 36 of b.mid"
    curve = read_curve({"follow": "low", "of": Path("a.wav"), "base": 1})
    assert [str(driver) for driver in drivers_of(curve)] == ["low of a.wav"]
    assert not curve.musical


def test_a_film_with_a_driver_is_dreamed(tmp_path, tiny):
    from vidream.jobs.video import render_video

    film = write_film(tmp_path / "film.mp4", panned(6, 48, 64))
    (tmp_path / "levels.csv").write_text("0,0\n0.1,1\n0.3,1\n")
    knobs: dict[str, Any] = {**tiny, "strength": {"follow": "level", "of": tmp_path / "levels.csv"}}
    made = render_video(film, tmp_path / "out.mp4", **knobs)
    assert made.frames == 6
    assert DryRun(plan_video(film, tmp_path / "out.mp4", **knobs)).seconds == Fraction(6, 25)
