"""The command line: its flags, its messages, its exit statuses, signals."""

import io
import os
import re
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from synthetic import SAMPLES, frame_event, panned, read_film, textured, write_film

from vidream.cli import main
from vidream.cli.film import made
from vidream.cli.messages import messages, notes
from vidream.cli.output import Console, say
from vidream.cli.progress import Lines, Work, alive, described, span
from vidream.config import COMMANDS, flag, knobs
from vidream.events import CountEvent, StageEvent, note, tell, warn
from vidream.frames import Size
from vidream.jobs.job import Rendered
from vidream.jobs.pace import Pace
from vidream.jobs.render_job import RenderJob
from vidream.media.still import Picture, write_picture
from vidream.render.workfolder import Workfolder


@pytest.fixture
def film(tmp_path):
    return write_film(tmp_path / "in.mp4", panned(4))


def test_help_imports_nothing_heavy(tmp_path):
    script = """
import sys
from vidream.cli import main
status = main(["--help"])
print(status, sorted({"tensorflow", "cv2", "keras", "PIL", "imageio_ffmpeg"} & set(sys.modules)))
"""
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert run.stdout.splitlines()[-1] == "0 []"
    assert run.stderr == ""


@pytest.mark.parametrize("command", COMMANDS)
def test_help_names_every_knob_its_default_and_its_panel(vidream_command, command):
    shown = " ".join(vidream_command(command, "--help-all", env=os.environ | {"COLUMNS": "260"}).stdout.split())
    for _, each in knobs(command):
        assert flag(each.name) in shown.replace("--[no-]", "--")
        assert each.metadata["about"].split(";")[0][:40] in shown
    for panel in ("Look", "Strength", "Fine points", "Limits"):
        assert f"─ {panel} ─" in shown
    assert ("─ Camera ─" in shown) == (command in ("zoom", "music"))
    assert "block10 of efficientnet-lite0" in shown
    films = command in ("video", "music")
    assert ("[640; with --toward or --guide" in shown) == films
    assert ("[of a picture: 1.4, of a film: 1; with --toward or --guide of a picture: 2, of a film: 5]" in shown) == (
        command == "music"
    )


def test_presets_are_listed_with_what_they_are_for_and_look_like(vidream_command, monkeypatch):
    monkeypatch.setenv("COLUMNS", "400")
    monkeypatch.setenv("XDG_CACHE_HOME", "/nowhere")
    lines = {line.split()[0]: line for line in vidream_command("presets").stdout.splitlines()}
    assert len(lines) >= 5
    assert lines["animals"].split()[1] == "video"
    assert "Animals and eyes" in lines["animals"]
    assert [name for name, line in lines.items() if "The default." in line] == ["animals"]
    assert "Not here yet: the GoogLeNet of 2015; fetched at first use" in lines["googlenet-2015"]
    assert "Not here yet" not in lines["kick"]


def refused(run, *parts):
    assert run.returncode == 2, run.stderr
    assert run.stdout == ""
    assert len(run.stderr.splitlines()) == 1, run.stderr
    assert run.stderr.startswith("vidream: ")
    for part in parts:
        assert part in run.stderr


BAD = {
    "missing file": (["video", "none.mp4", "out.mp4"], "none.mp4: no such file"),
    "not a film": (["video", "text.mp4", "out.mp4"], "text.mp4: not a film that can be read"),
    "no frames": (["video", "sound.wav", "out.mp4"], "sound.wav: a song: vidream music sound.wav"),
    "unknown preset": (["video", "in.mp4", "out.mp4", "--preset", "animal"], "did you mean animals"),
    "unknown layer": (["video", "in.mp4", "out.mp4", "--layer", "blok10"], "did you mean block10"),
    "unknown network": (["video", "in.mp4", "out.mp4", "--network", "lite"], "no such network"),
    "out of range": (["video", "in.mp4", "out.mp4", "--octaves", "0"], "from 1 to 12, not '0'"),
    "a codec of another ending": (
        ["video", "in.mp4", "out.mp4", "--codec", "hap"],
        "--codec hap goes into .mov; .mp4 takes",
    ),
    "two words for one thing": (
        ["video", "in.mp4", "out.mp4", "--crf", "20", "--quality", "good"],
        "--crf and --quality both say how finely it is encoded; leave one out",
    ),
    "none of a few": (
        ["video", "in.mp4", "out.mp4", "--pix-fmt", "yuv411p"],
        "--pix-fmt must be one of yuv420p, yuv422p, yuv444p, yuva420p, yuv420p10le, ",
    ),
    "not a number": (["video", "in.mp4", "out.mp4", "--crf", "x"], "--crf must be a whole number"),
    "unknown flag": (["video", "in.mp4", "out.mp4", "--octavs", "3"], "--octavs", "--octaves"),
    "no folder": (["video", "in.mp4", "no/out.mp4"], "the folder no does not exist; make it first"),
    "unknown ending": (["video", "in.mp4", "out.avi"], "out.avi: ends in .avi; give .mov or .mp4 or .mkv"),
    "already there": (["video", "in.mp4", "there.mp4"], "there.mp4: is there already; --overwrite replaces it"),
    "onto itself": (["video", "in.mp4", "in.mp4", "--overwrite"], "is the source itself"),
    "nothing left": (["video", "in.mp4", "out.mp4", "--start", "99"], "no frame lies between --start and --end"),
    "missing argument": (["video"], "SOURCE"),
    "unknown command": (["vido"], "video"),
    "missing picture": (["image", "none.png", "out.png"], "none.png: no such file"),
    "not a picture": (["image", "text.mp4", "out.png"], "text.mp4: a film: vidream video text.mp4"),
    "picture as film": (["image", "in.png", "out.mp4"], "ends in .mp4"),
    "film knob": (["image", "in.png", "out.png", "--persistence", "0.5"], "--persistence"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_one_line_and_leaves_nothing_behind(tmp_path, film, vidream_command, case):
    arguments, *parts = BAD[case]
    (tmp_path / "text.mp4").write_text("this is no film\n" * 100)
    (tmp_path / "there.mp4").write_text("mine")
    (tmp_path / "sound.wav").write_bytes(
        b"RIFF$\x00\x00\x00WAVEfmt \x10\0\0\0\1\0\1\0@\x1f\0\0@\x1f\0\0\1\0\x08\0data\4\0\0\0\0\0\0\0"
    )
    write_picture(tmp_path / "in.png", Picture(textured(8, 8)))
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    refused(vidream_command(*arguments), *parts)
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_film_from_the_command_line(tmp_path, film, vidream_command):
    run = vidream_command("video", film, "out.mp4", "--strength", "0", "--size", "48", "--overwrite")
    assert run.returncode == 0, run.stderr
    assert run.stderr == ""
    assert run.stdout.startswith("out.mp4: 4 frames, 48x32, ")
    assert run.stdout.endswith(" s a frame\n")
    assert len(read_film(tmp_path / "out.mp4")[0]) == 4


def test_the_real_network_dreams_a_real_clip_and_says_nothing_else(tmp_path, vidream_command):
    run = vidream_command("video", SAMPLES / "city_tiny.mp4", "out.mp4", "--end", "0.2", "--preset", "engraving")
    assert run.returncode == 0, run.stderr
    said = [line for line in run.stderr.splitlines() if not line.startswith("frame ")]  # each 10 s, if it is that slow
    assert said == []  # nothing that TensorFlow prints reaches the user
    assert len(run.stdout.splitlines()) == 1
    assert len(read_film(tmp_path / "out.mp4")[0]) == 5


def test_a_picture_from_the_command_line(tmp_path, vidream_command):
    write_picture(tmp_path / "in.png", Picture(textured(40, 60)))
    run = vidream_command("image", "in.png", "out.webp", "--draft", "--steps", "1")
    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout.startswith("out.webp: 60x40, ")


@pytest.fixture
def under_way(tmp_path):
    """A render of which something is done: how it is begun, and sent a signal."""
    source = write_film(tmp_path / "in.mp4", panned(120, 60, 80, by=(1, 0)), crf=30)
    command = [sys.executable, "-m", "vidream", "video", str(source), str(tmp_path / "out.mp4"), "--persistence", "0.3"]

    def heeded():
        """Whoever runs the tests in the background ignores some, and what they start would, too."""
        for number in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
            signal.signal(number, signal.SIG_DFL)

    def send(*signals, by=()):
        options: dict[str, Any] = {"stderr": subprocess.PIPE, "start_new_session": True, "preexec_fn": heeded}
        with subprocess.Popen([*by, *command], **options) as run:
            while not (tmp_path / "out.mp4.vidream" / "progress.json").exists():
                assert run.poll() is None
                time.sleep(0.02)
            for each in signals:
                run.send_signal(each)
            return run.wait(timeout=120), run.stderr.read().decode()

    return SimpleNamespace(send=send, command=command)


@pytest.mark.parametrize(
    ("by", "sent"),
    [
        (("nohup",), signal.SIGHUP),
        (("sh", "-c", 'trap "" TERM; exec "$@"', "sh"), signal.SIGTERM),
        (("sh", "-c", 'trap "" INT; exec "$@"', "sh"), signal.SIGINT),  # as `command &` in a script
    ],
)
def test_a_signal_that_is_ignored_at_the_start_stays_ignored(tmp_path, under_way, by, sent):
    status, said = under_way.send(sent, by=by)
    assert status == 0, said
    assert "stopped" not in said
    assert len(read_film(tmp_path / "out.mp4")[0]) == 120


def test_a_program_that_calls_main_keeps_its_own_handlers(capsys):
    def mine(*_):
        raise AssertionError

    before = signal.signal(signal.SIGTERM, mine)
    try:
        assert main(["presets"]) == 0
        assert signal.getsignal(signal.SIGTERM) is mine
        statuses = []
        thread = threading.Thread(target=lambda: statuses.append(main(["presets"])))  # none may be set there
        thread.start()
        thread.join()
        assert statuses == [0]
    finally:
        signal.signal(signal.SIGTERM, before)


@pytest.mark.parametrize(
    ("sent", "status"),
    [((signal.SIGINT,), 130), ((signal.SIGTERM,), 143), ((signal.SIGHUP, signal.SIGHUP), 129)],
)
def test_stopped_halfway_a_render_goes_on_where_it_was(tmp_path, under_way, sent, status):
    ended, said = under_way.send(*sent)
    assert ended == status
    assert "Traceback" not in said
    last = said.splitlines()[-1]  # before it, a line every 10 s
    assert re.fullmatch(r"vidream: stopped: \d+ frames are safe; the same command goes on from there", last)
    assert {path.name for path in tmp_path.iterdir()} == {"in.mp4", "out.mp4.vidream"}
    again = subprocess.run(under_way.command, capture_output=True, text=True, check=True)
    assert "frames are done; going on from there" in again.stderr
    assert "120 frames" in again.stdout
    assert {path.name for path in tmp_path.iterdir()} == {"in.mp4", "out.mp4"}


def test_the_time_left_is_honest():
    """The first frame pays for the start; then two seconds a frame, then one: the estimate follows."""
    pace = Pace()
    pace.see(1, 30.0)
    assert pace.left(100) is None
    for done in range(2, 12):
        pace.see(done, 30.0 + 2 * (done - 1))
    assert pace.seconds_a_frame == pytest.approx(2)
    assert pace.left(100) == pytest.approx(2 * 89)
    for done in range(12, 52):
        pace.see(done, 50.0 + done - 11)
    assert pace.left(100) == pytest.approx(49, rel=0.05)
    assert pace.left(None) is None
    assert described(pace, 100) == f"frame 51 of 100, {pace.seconds_a_frame:.2f} s a frame, {span(pace.left(100))} left"
    assert described(pace, None).startswith("frame 51 of ?, ")


@pytest.mark.parametrize(("seconds", "text"), [(0.4, "0 s"), (27, "27 s"), (245, "4 min 05 s"), (7620, "2 h 07 min")])
def test_spans_of_time_are_read_at_a_glance(seconds, text):
    assert span(seconds) == text


def test_on_a_pipe_a_plain_line_now_and_then(capsys):
    work = Work("looking at it")
    lines = Lines(work, Console(stderr=True, force_terminal=False), 100.0)
    told = {
        103.0: StageEvent("listening", Path("songs/a.wav")),
        111.0: StageEvent("comparing", "b.mp4"),
        111.25: CountEvent(7, 80),
        114.0: frame_event(1, 9),
        118.0: frame_event(2, 9),
        122.0: frame_event(3, 9),
        132.0: StageEvent("warming up"),
        133.0: StageEvent("joining", "c.mp4"),
    }
    for quarter in range(400, 600):
        if quarter / 4 in told:
            work.see(told[quarter / 4], quarter / 4)
        lines.tick(quarter / 4)
    assert capsys.readouterr().err.splitlines() == [
        "looking at it (2 s)",
        "comparing b.mp4, 7 of 80 (12 s)",
        "frame 3 of 9, 4.00 s a frame, 24 s left",
        "frame 3 of 9, 4.00 s a frame, 24 s left",
        "joining c.mp4 (42 s)",
    ]


def test_the_last_figure_leaves_out_the_start():
    pace = Pace()
    assert pace.mean is None
    pace.see(3, 40.0)
    assert pace.mean is None
    for done, at in ((4, 41.0), (8, 43.0)):
        pace.see(done, at)
    assert pace.mean == 3 / 5


def test_on_a_sheet_looks_are_counted():
    work = Work("looking at it")
    for at, event in enumerate(
        [StageEvent("trying looks"), StageEvent("warming up"), *map(frame_event, (1, 2), (9, 9))]
    ):
        work.see(event, float(at))
    assert work.words == "look 2 of 9, 1.00 s a look, 7 s left"


def test_the_last_line_names_the_passes(tmp_path):
    rendered = Rendered(Path("o.mov"), 4, Size(48, 32), 2.0)
    assert made(rendered, 0.25) == "o.mov: 4 frames, 48x32, 2 s, 0.25 s a frame"
    assert made(rendered, None) == "o.mov: 4 frames, 48x32, 2 s"
    assert made(replace(rendered, passes=(Path("o.dream.mov"),)), 0.25).endswith("s a frame; pass: o.dream.mov")
    two = (Path("o.dream/%05d.exr"), Path("o.flow/%05d.exr"))
    assert made(replace(rendered, passes=two), None).endswith("; passes: o.dream/%05d.exr, o.flow/%05d.exr")


def test_a_sign_of_life_comes_while_nothing_is_told(capsys, monkeypatch):
    """Nobody calls: a thread looks. What ends within two seconds has no line."""
    with alive(Console(stderr=True, force_terminal=False), "reading"):
        pass
    assert capsys.readouterr().err == ""
    monkeypatch.setattr("vidream.cli.progress.FIRST", 0.0)
    monkeypatch.setattr("vidream.cli.progress.TICK", 0.01)
    said, deadline = "", time.monotonic() + 10
    with alive(Console(stderr=True, force_terminal=False), "reading"):
        tell(StageEvent("listening", "a.wav"))
        while not said and time.monotonic() < deadline:
            time.sleep(0.01)
            said = capsys.readouterr().err
    assert said in ("reading (0 s)\n", "listening to a.wav (0 s)\n")


def test_a_sign_of_life_takes_nothing_of_standard_output(capsys):
    console = Console(file=(shown := io.StringIO()), force_terminal=True)
    with alive(console, "reading"):
        say("data")
    assert capsys.readouterr().out == "data\n"
    assert "reading" in shown.getvalue()


def interrupted(*_):
    raise KeyboardInterrupt


@pytest.mark.parametrize("name", ["out.mp4", "out/%d.png"])
def test_stopped_when_all_was_made_it_is_said_to_be_made(tmp_path, monkeypatch, capsys, name):
    film, out = write_film(tmp_path / "in.mp4", panned(6, 48, 64)), tmp_path / name
    command = ["video", str(film), str(out), "--strength", "0", "--overwrite"]
    moments = ((Workfolder, "remove", f"{out} was made already"), (RenderJob, "_write", "no frame was done yet"))
    for owner, moment, said in moments:
        with monkeypatch.context() as patch:
            patch.setattr(owner, moment, interrupted)
            assert main(command) == 130
        assert " ".join(capsys.readouterr().err.split()).endswith(f"vidream: stopped: {said}")


def test_what_is_told_twice_is_shown_once(capsys):
    with messages(), notes():
        for _ in range(2):
            warn("it is odd", Path("a.mp4"))
            note("it is well", Path("a.mp4"))
    assert capsys.readouterr().err.splitlines() == ["a.mp4: it is odd", "a.mp4: it is well"]


def test_ctrl_c_while_it_is_loaded_is_a_line():
    code = """
import sys
class Interrupts:
    def find_spec(self, name, *_):
        if name == "vidream.cli":
            raise KeyboardInterrupt
sys.meta_path.insert(0, Interrupts())
from vidream.__main__ import main
sys.exit(main())
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (run.returncode, run.stderr) == (130, "vidream: stopped\n")
