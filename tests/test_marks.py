"""Markers for editors: where shots, sections, bars and beats fall, in files that other programs read."""

import threading
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from opentimelineio import adapters, opentime
from synthetic import panned, textured, write_film

from vidream.analysis import SongAnalysis
from vidream.analysis.markers import read_markers
from vidream.analysis.song import SIGNALS, Events
from vidream.cli import main
from vidream.config import configure
from vidream.config.marker_files import MARKER_ENDINGS, MarkerFiles
from vidream.config.timecode import Timecode
from vidream.errors import Cancelled, ConfigError, MediaError
from vidream.events import FrameEvent
from vidream.jobs import song_score
from vidream.jobs.jobfile import read_job_file
from vidream.jobs.jobspec import JobSpec
from vidream.jobs.marks import WRITERS, Marks
from vidream.jobs.music import plan_music
from vidream.jobs.render_job import RenderJob
from vidream.jobs.video import plan_video, render_video
from vidream.jobs.zoom import plan_zoom
from vidream.media.marks import Mark, MarkedFilm, edl, labels, table
from vidream.media.otio import otio

NTSC = Fraction(30000, 1001)
MARKS = (
    Mark(0, "shot", "shot 1"),
    Mark(0, "section", "section 1"),
    Mark(12, "beat", "beat 1"),
    Mark(60, "shot", "shot 2"),
    Mark(60, "bar", "bar 1"),
    Mark(1799, "beat", "beat 2"),
    Mark(1800, "beat", "beat 3"),
)


def marked(fps: Fraction | int = 25, begins: Timecode | None = None, out: str = "a film.mp4") -> MarkedFilm:
    return MarkedFilm(Path("folder", out), Fraction(fps), 1900, begins or Timecode(1, 0, 0, 0), MARKS)


def test_an_edl_to_the_letter():
    """Drop frame: after 00:00:59;29 comes 00:01:00;02."""
    lines = edl(marked(NTSC, Timecode(0, 0, 0, 0, drop=True))).splitlines()
    assert lines == [
        "TITLE: a film.mp4",
        "FCM: DROP FRAME",
        "",
        "001  AX       V     C        00:00:00;00 00:00:02;00 00:00:00;00 00:00:02;00",
        "* FROM CLIP NAME: a film.mp4",
        "* LOC: 00:00:00;00 RED     section 1",
        "* LOC: 00:00:00;12 GREEN   beat 1",
        "",
        "002  AX       V     C        00:00:02;00 00:01:03;12 00:00:02;00 00:01:03;12",
        "* FROM CLIP NAME: a film.mp4",
        "* LOC: 00:00:02;00 YELLOW  bar 1",
        "* LOC: 00:00:59;29 GREEN   beat 2",
        "* LOC: 00:01:00;02 GREEN   beat 3",
    ]


@pytest.mark.parametrize(
    ("fps", "drop"),
    [(25, False), (24, False), (NTSC, False), (NTSC, True), (2 * NTSC, True), (Fraction(24000, 1001), False)],
)
def test_an_edl_as_another_program_reads_it(tmp_path, fps, drop):
    path = tmp_path / "film.edl"
    path.write_text(edl(marked(fps, Timecode(1, 0, 0, 0, drop))))
    track = adapters.read_from_file(str(path), rate=float(fps)).tracks[0]
    start = opentime.from_timecode("01:00:00;00" if drop else "01:00:00:00", float(fps)).value
    spans = [(clip.source_range.start_time.value - start, clip.source_range.duration.value) for clip in track]
    assert spans == [(0, 60), (60, 1840)]
    if not drop:  # that reader knows no comments with a semicolon
        found = [(mark.name, mark.marked_range.start_time.value - start) for clip in track for mark in clip.markers]
        assert found == [(mark.name, mark.frame) for mark in MARKS if mark.kind != "shot"]


def test_a_timeline_as_the_package_reads_it(tmp_path):
    path = tmp_path / "film.otio"
    path.write_text(otio(marked(NTSC, Timecode(1, 0, 0, 0, drop=True))))
    timeline = adapters.read_from_file(str(path))
    assert timeline.global_start_time.to_timecode() == "01:00:00;00"
    clips = list(timeline.tracks[0])
    assert [(clip.name, clip.source_range.duration.value) for clip in clips] == [("shot 1", 60), ("shot 2", 1840)]
    assert [timeline.tracks[0].range_of_child(clip).start_time.value for clip in clips] == [0, 60]
    assert clips[1].source_range.start_time.to_timecode() == "01:00:02;00"
    assert clips[0].media_reference.target_url == "a%20film.mp4"
    assert clips[1].source_range.end_time_exclusive() == clips[1].media_reference.available_range.end_time_exclusive()
    assert clips[0].source_range.start_time == clips[0].media_reference.available_range.start_time
    found = [(mark.name, mark.marked_range.start_time.value) for mark in timeline.tracks.markers]
    assert found == [(mark.name, mark.frame) for mark in MARKS if mark.kind != "shot"]
    (tmp_path / "row.otio").write_text(otio(marked(out="f_%05d.png")))
    picture = adapters.read_from_file(str(tmp_path / "row.otio")).tracks[0][0].media_reference
    assert (picture.start_frame, picture.target_url_for_image_number(11)) == (1, "f_00012.png")


def test_labels_are_read_back_as_markers(tmp_path):
    for fps in (25, NTSC, Fraction(120)):
        path = tmp_path / "labels.txt"
        path.write_text(labels(marked(fps)))
        read = read_markers(path)
        assert list(read) == [mark.name for mark in MARKS]
        for mark in MARKS:
            assert read[mark.name] == pytest.approx(mark.frame / fps, abs=1e-6)


def test_a_table_has_a_line_for_each_mark():
    lines = table(marked()).splitlines()
    assert lines[0] == "frame,seconds,timecode,kind,name"
    assert lines[3] == "12,0.480000,01:00:00:12,beat,beat 1"
    assert len(lines) == 1 + len(MARKS)
    assert WRITERS.keys() == {*MARKER_ENDINGS}


def shots(path: Path) -> list[int]:
    """The frames of the shots in a table."""
    rows = (line.split(",") for line in path.read_text().splitlines()[1:])
    return [int(row[0]) for row in rows if row[3] == "shot"]


@pytest.fixture(scope="module")
def cut_film(tmp_path_factory) -> Path:
    """24 frames of one scene, 16 of another, 10 of a third."""
    other, third = [frame // 8 for frame in panned(16, 48, 64)], [255 - frame for frame in panned(10, 48, 64)]
    return write_film(tmp_path_factory.mktemp("cut") / "in.mp4", [*panned(24, 48, 64), *other, *third])


def test_shots_are_where_the_source_is_cut_whatever_is_carried(tmp_path, cut_film, tiny):
    out = tmp_path / "out.mp4"
    render_video(cut_film, out, **tiny, write_markers=["csv", tmp_path / "x.edl"], overwrite=True)
    assert shots(tmp_path / "out.csv") == [0, 24, 40]
    assert (tmp_path / "x.edl").read_text().count(" V     C ") == 3
    runs: list[tuple[dict[str, Any], list[int]]] = [
        ({"persistence": 0}, [0, 24, 40]),
        ({"cuts": False, "strength": 0}, [0, 24, 40]),
        ({"fps": 50}, [0, 48, 80]),
        ({"start": 0.48, "end": 1.8}, [0, 12, 28]),
        ({"cut_threshold": 255}, [0]),
    ]
    for knobs, expected in runs:
        plan = plan_video(cut_film, out, **{**tiny, **knobs}, write_markers="csv")
        text = Marks(plan, out).texts(plan.count or 0, "")[tmp_path / "out.csv"]
        (tmp_path / "again.csv").write_text(text)
        assert shots(tmp_path / "again.csv") == expected, knobs


def test_a_film_that_is_gone_on_with_has_all_of_its_shots(tmp_path, cut_film, tiny):
    out, stop = tmp_path / "out.mp4", threading.Event()

    def listen(event):
        if isinstance(event, FrameEvent) and event.frames > 41:
            stop.set()

    with pytest.raises(Cancelled, match="frames are safe"):
        render_video(cut_film, out, **tiny, on_event=listen, cancel=stop)
    assert not (tmp_path / "out.csv").exists()
    render_video(cut_film, out, **tiny, write_markers="csv", timecode="10:00:00:00")
    assert shots(tmp_path / "out.csv") == [0, 24, 40]
    assert ",10:00:01:15,shot,shot 3" in (tmp_path / "out.csv").read_text()


def analysed(song, digest):
    times = np.arange(0.5, 20, 0.5)
    events = {"beats": times, "bars": times[3::4], "sections": np.array([0.0, 8.0])}
    signals = dict.fromkeys(SIGNALS, np.ones(2000, np.float32))
    moments = {name: Events.regular(each) for name, each in events.items()} | {"onset": Events.regular(times)}
    return SongAnalysis(20.0, 120.0, 4, moments, signals, 0.01)


def test_what_is_heard_is_marked_from_where_the_film_begins(tmp_path, seed, film, monkeypatch, tiny):
    """Of a song, and of a sound that is put under a film or a zoom; bars begin at 2 s, the film at 7 s of the song."""
    monkeypatch.setattr(song_score, "_analysis", analysed)
    song, out = tmp_path / "song.wav", tmp_path / "out.mp4"
    write_sound(song, 20)
    given: dict[str, Any] = {**tiny, "write_markers": "txt"}
    plans: list[tuple[Any, int]] = [
        (plan_music(song, seed, out, start=7, end=9, fps=10, size=64, **given), 7),
        (plan_video(film, out, sound=song, fps=10, **given), 0),
        (plan_zoom(seed, out, sound=song, fps=10, frames=20, size=64, **given), 0),
    ]
    for plan, start in plans:
        (tmp_path / "out.txt").write_text(Marks(plan, out).texts(20, "")[tmp_path / "out.txt"])
        found = read_markers(tmp_path / "out.txt")
        beats = [second for name, second in found.items() if name.startswith("beat")]
        assert beats == pytest.approx([second - start for second in np.arange(0.5, 20, 0.5) if 0 <= second - start < 2])
        assert found["shot 1"] == 0
        if start:
            assert (found["bar 1"], found["section 1"]) == (1, 1)
    slow = plan_video(film, out, sound=song, fps=10, tempo=60, first_beat=0.25, **given)
    assert Marks(slow, out).texts(20, "")[tmp_path / "out.txt"].splitlines()[-1].split("\t")[::2] == [
        "1.200000",
        "beat 2",
    ]
    silent = plan_zoom(seed, out, fps=10, frames=2, size=64, **given)
    assert Marks(silent, out).texts(2, "") == {tmp_path / "out.txt": "0.000000\t0.000000\tshot 1\n"}


def write_sound(path: Path, seconds: int) -> None:
    import wave

    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(bytes(16000 * seconds))


REFUSED = {
    ("film.mid",): "--write-markers has 'film.mid': give otio, edl, csv or txt, or a file that ends in one of them",
    ("--write-markers", "xml"): "--write-markers has 'xml': give otio, edl, csv or txt, or a file that ends in one",
    ("--write-markers", "edl,OTIO"): "--write-markers has 'edl,OTIO': give the flag once for each",
    ("there.csv",): "there.csv: is there already; --overwrite replaces it",
    ("missing/a.csv",): "missing/a.csv: the folder missing does not exist",
    ("a.csv", "./a.csv"): "--write-markers: names a file twice",
    ("labels.txt", "--markers", "labels.txt", "--overwrite"): "labels.txt: is the source itself, or is read beside it",
}  # fmt: skip


def test_what_cannot_be_written_is_a_line_before_the_first_frame(tmp_path, film, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("there.csv").write_text("mine")
    Path("labels.txt").write_text("1\t1\tmine\n")
    for words, fault in REFUSED.items():
        flags = [word for name in words for word in (("--write-markers", name) if "." in name else (name,))]
        if "--markers" in words:
            flags = ["--write-markers", *words]
        assert main(["video", "in.mp4", "out.mp4", *flags]) == 2
        said = capsys.readouterr().err
        assert said.startswith(f"vidream: {fault}"), said
        assert said.count("\n") == 1
    monkeypatch.setattr("vidream.media.otio.find_spec", lambda name: None)
    assert main(["video", "in.mp4", "out.mp4", "--write-markers", "otio"]) == 2
    assert capsys.readouterr().err == (
        "vidream: --write-markers out.otio: needs OpenTimelineIO; pip install '.[editors]' in the project's folder; "
        "where there is none, pip install 'vidream[editors]'\n"
    )
    assert not Path("out.mp4").exists()
    assert Path("there.csv").read_text() == "mine"


def test_nothing_is_replaced_but_with_overwrite_and_what_is_the_same_stays(tmp_path, cut_film, tiny):
    out, beside = tmp_path / "out.mp4", tmp_path / "marks.csv"
    plan = plan_video(cut_film, out, **tiny, write_markers=beside)
    marks = Marks(plan, out)
    marks.write({beside: "one"})
    marks.write({beside: "one"})
    with pytest.raises(MediaError, match=r"marks\.csv: is there already"):
        marks.write({beside: "other"})
    over = plan_video(cut_film, out, **tiny, write_markers=beside, overwrite=True)
    Marks(over, out).write({beside: "other"})
    assert beside.read_text() == "other"


def test_endings_alone_are_beside_out():
    plan = plan_of(["otio", "x/y.csv"])
    assert Marks(plan, Path("a/b.mp4")).paths == (Path("a/b.otio"), Path("x/y.csv"))
    assert Marks(plan, Path("a/frames/%05d.png")).paths[0] == Path("a/frames.otio")
    assert Marks(plan, Path("%05d.png")).paths[0] == Path("frames.otio")
    with pytest.raises(ConfigError, match="must be a file, or an ending"):
        configure("video", write_markers=[])


def plan_of(names):
    from vidream.plan.zoom import ZoomPlan

    return ZoomPlan(textured(8, 8), configure("zoom", write_markers=names))


def test_a_job_file_places_them_beside_itself_and_refuses_two_of_a_name(tmp_path):
    jobs = tmp_path / "jobs.toml"
    (tmp_path / "a.mp4").touch()
    (tmp_path / "b.mp4").touch()
    text = '[defaults]\nwrite-markers = {}\n[[job]]\ncommand = "video"\nsource = "*.mp4"\noutput = "out/{{stem}}.mp4"\n'
    jobs.write_text(text.format('["csv", "otio"]'))
    specs, problems = read_job_file(jobs)
    assert not problems
    assert [spec.arguments["write_markers"] for spec in specs] == [["csv", "otio"]] * 2
    jobs.write_text(text.format('"all.csv"'))
    specs, problems = read_job_file(jobs)
    assert specs[0].arguments["write_markers"] == [str(tmp_path / "all.csv")]
    assert [problem for problem in problems if "both make" in problem and "an ending alone (csv)" in problem]


def test_a_film_that_is_made_in_parts_has_them_too(tmp_path, cut_film):
    arguments = {"strength": 0, "write_markers": "csv"}
    job = JobSpec("it", "video", str(cut_film), tmp_path / "x.mp4", arguments=arguments).job()
    assert isinstance(job, RenderJob)
    (tmp_path / "made").mkdir()
    part = replace(job, out=tmp_path / "made" / "x.mp4").render_part(0)
    with job.parted_session() as session:
        session.add(part)
        job.finish(session)
    assert shots(tmp_path / "x.csv") == [0, 24, 40]
    assert [path.name for path in (tmp_path / "made").iterdir() if path.suffix == ".csv"] == []


def test_the_words_are_read_in_any_case():
    assert MarkerFiles().read(["EDL", "edl", "Otio", "A.CSV"]) == ("edl", "otio", "A.CSV")
