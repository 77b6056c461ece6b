"""Sections that are given in a file of markers override those that are heard; a dry run says where they are."""

import shlex
from pathlib import Path

import numpy as np
import pytest
from synthetic import clicks, panned, textured, write_film

from vidream.analysis import Events, GivenBeats, SongAnalysis, with_beats
from vidream.analysis.markers import read_sections
from vidream.analysis.song import SIGNALS
from vidream.cli import main
from vidream.config import configure
from vidream.errors import ConfigError, MediaError
from vidream.jobs import song_score
from vidream.jobs.drivers import OpenDrivers
from vidream.jobs.given_beats import given_beats
from vidream.jobs.marks import Marks
from vidream.jobs.music import plan_music
from vidream.jobs.sections import warn_of_one_section
from vidream.jobs.song_score import SongScore, first_bar_of, sections_of
from vidream.jobs.video import plan_video
from vidream.media.still import Picture, write_picture
from vidream.text import clock_time

SECONDS = 20.0
BY_SECTIONS = {"cycle": [1, 3], "every": "sections"}
LABELS = "0.4\t0.4\tSection: verse\n8.2\t12\tsection chorus\n9\t9\tbar 4\n12.6\t12.6\tSECTION 3\n13\t13\tsectional\n"


def analysed(song=None, digest="", sections=(0.0,), first=0.5) -> SongAnalysis:
    """120 beats a minute from `first` on, bars from the third beat."""
    times = np.arange(first, SECONDS, 0.5)
    events = {"beats": times, "bars": times[2::4], "sections": np.array(sections), "onset": times}
    signals = dict.fromkeys(SIGNALS, np.ones(2000, np.float32))
    return SongAnalysis(SECONDS, 120.0, 4, {name: Events.regular(each) for name, each in events.items()}, signals, 0.01)


@pytest.fixture
def song(tmp_path, monkeypatch) -> Path:
    monkeypatch.setattr(song_score, "_analysis", analysed)
    return clicks(tmp_path / "song.wav", [0.5], SECONDS)


@pytest.fixture
def labels(tmp_path) -> Path:
    (tmp_path / "parts.txt").write_text(LABELS)
    return tmp_path / "parts.txt"


def test_sections_are_the_markers_that_are_called_so(labels):
    assert read_sections(labels).tolist() == [0.4, 8.2, 12.6]


def test_given_sections_leave_beats_and_bars_and_their_sureness_as_they_are_heard():
    heard = analysed(sections=(0.0, 5.5))
    song = with_beats(heard, GivenBeats(sections=np.array([0.4, 8.2, 12.6])))
    assert song.sections.tolist() == [0, 8.2, 12.6]  # what is a mere moment belongs to the first
    assert (song.beats is heard.beats, song.bars is heard.bars) == (True, True)
    assert with_beats(heard, GivenBeats(sections=np.array([4.0]))).sections.tolist() == [0, 4]
    both = with_beats(heard, GivenBeats(tempo=60, first_beat=0.0, sections=np.array([8.2])))
    assert (both.tempo, both.sections.tolist()) == (60, [0, 8.2])


def test_sections_after_the_songs_end_count_for_nothing_and_are_told(labels, caplog):
    given = given_beats(configure("music", markers=str(labels)), 10.0)
    assert given is not None
    assert not given.of_beats
    assert given.sections is not None
    assert given.sections.tolist() == [0.4, 8.2]
    assert "1 section in it would begin after the song's end, 10.0 s" in caplog.text
    assert given_beats(configure("music", markers=str(labels)), 0.3) is None


def test_a_look_changes_where_the_given_sections_begin(song, labels, seed, tmp_path):
    """The film begins at 8 s of the song: the chorus begins in its second frame."""
    plan = plan_music(song, seed, tmp_path / "out.mp4", start=8, fps=5, steps=BY_SECTIONS, pulse=0, markers=str(labels))
    steps = [plan.config.at(frame, plan.clock).dream.steps for frame in (0, 1, 22, 23)]
    assert steps == [1, 3, 3, 1]


def test_sections_are_those_of_a_stem_too(song, labels, tmp_path):
    write_film(tmp_path / "in.mp4", panned(10))
    follow = {"follow": "sections", "of": str(song), "amount": 1, "base": 0.5}
    plan = plan_video(tmp_path / "in.mp4", tmp_path / "out.mp4", strength=follow, markers=str(labels))
    assert isinstance(plan.drivers, OpenDrivers)
    score = plan.drivers.score(next(iter(plan.drivers.files)))
    assert score is not None
    assert score.analysis.sections.tolist() == [0, 8.2, 12.6]


def test_one_section_is_warned_of_where_curves_go_by_sections(song, seed, tmp_path, labels, caplog):
    def warned(**knobs) -> bool:
        caplog.clear()
        warn_of_one_section(plan_music(song, seed, tmp_path / "out.mp4", **knobs))
        return "1 section is" in caplog.text

    assert not warned()
    assert not warned(steps=BY_SECTIONS, markers=str(labels))
    assert warned(steps=BY_SECTIONS)
    assert "song.wav: 1 section is heard in it: what goes by sections (steps) stays as it begins" in caplog.text
    assert warned(strength={"follow": "sections", "of": str(song)})
    (tmp_path / "one.txt").write_text("0\t0\tsection 1\n")
    assert warned(zoom={"follow": "sections", "base": 1.1}, markers=str(tmp_path / "one.txt"))
    assert "1 section is given" in caplog.text


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0:00"), (31.2, "0:31.2"), (59.96, "1:00"), (62, "1:02"), (4265.04, "71:05")]
)
def test_a_time_is_told_as_start_takes_it(seconds, text):
    assert clock_time(seconds) == text
    assert abs(float(configure("video", start=text).film.start or 0) - seconds) < 0.051


def test_sections_are_told_with_their_places():
    assert sections_of(analysed()) == "1 section"
    assert sections_of(analysed(sections=(0, 8.25, 61.5))) == "3 sections at 0:00, 0:08.2, 1:01.5"
    assert sections_of(analysed(sections=(0, 8)), given=True) == "2 sections as given at 0:00, 0:08"
    assert sections_of(analysed(sections=range(23))).endswith("0:18, 0:19 and 3 more")


def test_bar_one_is_told_with_its_place():
    assert first_bar_of(analysed()) == "bar one at 0:01.5 (--first-beat moves it), "
    assert first_bar_of(with_beats(analysed(), GivenBeats(first_beat=0.5)), given=True) == "bar one at 0:00.5, "
    assert not first_bar_of(analysed(first=SECONDS))


def test_a_dry_run_writes_markers_which_are_edited_and_read_back(song, tmp_path, capsys, monkeypatch):
    """What it wrote may stay where it is the same; what was edited is not replaced."""
    monkeypatch.chdir(tmp_path)
    dry = ["music", song.name, "--dry-run", "--fps", "5", "--size", "64"]
    assert main([*dry, "--write-markers", "parts.txt"]) == 0
    assert "parts.txt: the markers are written" in capsys.readouterr().err
    assert main([*dry, "--write-markers", "parts.txt"]) == 0
    path = tmp_path / "parts.txt"
    path.write_text(path.read_text() + "8\t8\tsection 2\n")
    capsys.readouterr()
    assert main([*dry, "--write-markers", "parts.txt"]) == 2
    assert "parts.txt: is there already" in capsys.readouterr().err
    assert main([*dry, "--markers", "parts.txt"]) == 0
    *_, last = capsys.readouterr().out.splitlines()
    assert last.endswith(
        "(100% sure), 4 a bar, 10.0 bars, bar one at 0:01.5 (--first-beat moves it), 2 sections as given at 0:00, 0:08"
    )


def test_the_table_is_cut_where_a_person_reads_it(song, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    dry = ["music", song.name, "--dry-run", "--fps", "5", "--size", "64"]
    assert main(dry) == 0
    rows = capsys.readouterr().out.splitlines()
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    assert main(dry) == 0
    shown = capsys.readouterr().out.splitlines()
    cut = "   ... 84 more; --plot FILE.png draws them, and > FILE.txt keeps them all"
    assert shown == [*rows[:9], cut, *rows[-9:]]
    assert (len(rows), rows[-1].split()[1]) == (102, "frames,")


def test_bars_that_do_not_fit_are_told_the_beat_that_they_may_begin_with(song, seed, tmp_path):
    """40 beats in 20 s; bar one is heard at 1.5 s, the first beat at 0.5, so that there may be one at 0."""

    def refused(length) -> str:
        with pytest.raises(ConfigError) as refusal:
            plan_music(song, seed, tmp_path / "out.mp4", length=length, fps=10)
        return str(refusal.value)

    assert "bar one is heard at 1.50 s; if it is at 0.00 s, --first-beat 0 says so, and it fits" in refused("10bars")
    assert refused("11bars").endswith("song.wav has 18.50 s from there on; --length 9bars is the most that fits there")
    assert refused("41beats").endswith("--length 39beats is the most that fits there")
    assert refused("21s").endswith("that is longer than the whole song; less of it fits")
    with pytest.raises(ConfigError, match="less of it, or an earlier --start, fits"):
        plan_music(song, seed, tmp_path / "out.mp4", length="10s", start=15, fps=10)
    assert plan_music(song, seed, tmp_path / "out.mp4", length="9bars", fps=10).count == 180
    plan = plan_music(song, seed, tmp_path / "out.mp4", length="10bars", fps=10, first_beat=0)
    assert isinstance(plan.score, SongScore)
    assert (plan.count, plan.score.first) == (200, 0)


def test_an_end_after_the_songs_is_told(song, seed, tmp_path, caplog):
    caplog.set_level("INFO", "vidream")
    plan = plan_music(song, seed, tmp_path / "out.mp4", end="1:30.5", fps=10)
    assert plan.count == 200
    assert "song.wav: ends at 0:20, before --end 1:30.5; so does the film" in caplog.text
    caplog.clear()
    plan_music(song, seed, tmp_path / "out.mp4", end=20, fps=10)
    assert "before --end" not in caplog.text


def test_the_example_of_the_docs_does_what_it_says(song, tmp_path, capsys, monkeypatch):
    """Its third section begins after the end of this song."""
    text = (Path(__file__).parents[1] / "docs/music.md").read_text(encoding="utf-8")
    part = text.partition("### Say where sections begin")[2]
    (tmp_path / "parts.txt").write_text(part.partition("```text\n")[2].partition("```")[0])
    write_picture(tmp_path / "photo.jpg", Picture(textured(64, 96)))
    command = next(line for line in part.splitlines() if "--markers" in line)
    monkeypatch.chdir(tmp_path)
    assert main([*shlex.split(command)[1:], "--dry-run", "--fps", "5", "--size", "64"]) == 0
    *_, last = capsys.readouterr().out.splitlines()
    assert last.endswith("2 sections as given at 0:00, 0:15.8")
    assert read_sections(tmp_path / "parts.txt").tolist() == [0, 15.8, 31.2]


def test_what_a_dry_run_wrote_does_not_stand_in_the_way_of_the_film(song, seed, tmp_path):
    plan = plan_music(song, seed, tmp_path / "out.mp4", fps=10, size=64, write_markers="txt")
    marks = Marks(plan, tmp_path / "out.mp4")
    marks.write(marks.texts(200, ""))
    marks.check(overwrite=False)
    (tmp_path / "out.txt").write_text("0\t0\tsection 1\n")
    with pytest.raises(MediaError, match=r"out\.txt: is there already"):
        marks.check(overwrite=False)
