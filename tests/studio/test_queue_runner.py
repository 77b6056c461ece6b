"""The runner makes a queue's films as `vidream batch` does, outlives a kill -9, and heeds what is wanted meanwhile."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from synthetic import panned, textured, write_film

from vidream.jobs.video import render_video
from vidream.media.still import Picture, write_picture
from vidream.render.leftovers import frames_safe
from vidream.render.segments import SEGMENT
from vidream.studio.job_text import job_table
from vidream.studio.queue_file import change
from vidream.studio.queue_items import read_queue
from vidream.studio.queue_place import QueuePlace, Wanted
from vidream.studio.queue_runner import RunnerProcess

PATIENCE = 90.0
FAST: dict[str, Any] = {"octaves": 1, "first_steps": 1, "steps": 1, "layer": "block2"}
FRAMES = 80
RUNNERS: list[RunnerProcess] = []
"""Those that a test has started."""


def until(true: Callable[[], object], what: str) -> None:
    """Wait for something, with an end."""
    deadline = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


@pytest.fixture
def place(tmp_path: Path):
    kept = tmp_path / ".vidream-studio" / "queue"
    kept.mkdir(parents=True)
    write_film(tmp_path / "clip.mp4", panned(FRAMES, 48, 64), fps=25)
    write_picture(tmp_path / "seed.png", Picture(textured(48, 64)))
    place = QueuePlace(tmp_path, kept)
    yield place
    for runner in RUNNERS:
        runner.leave()
    RUNNERS.clear()
    place.write_wanted(Wanted(going=False))
    until(lambda: not place.is_at_work(), "the runner has not ended")


def film(name: str, **knobs) -> str:
    return job_table({"command": "video", "source": "clip.mp4", "output": f"films/{name}.mp4", **FAST, **knobs})


def states(place: QueuePlace) -> dict[str, str]:
    queue = read_queue(place, place.read_wanted(), place.read_ends())
    assert queue.problems == ()
    return {Path(item.key).stem: item.state for item in queue.items}


def begin(place: QueuePlace, *jobs: str) -> RunnerProcess:
    """Queue films, and have them made."""
    change(place, lambda file: file.added(jobs))
    place.write_wanted(Wanted(going=True))
    runner = RunnerProcess(place)
    RUNNERS.append(runner)
    runner.start()
    return runner


def batch(place: QueuePlace) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "vidream", "batch", str(place.jobs), "--jobs", "1"]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.slow
@pytest.mark.ci
def test_what_the_runner_makes_is_what_the_command_line_makes_and_batch_makes_it_no_second_time(place, tmp_path):
    runner = begin(place, film("one"), film("bad", source="gone.mp4"), film("two", octaves=2))
    until(lambda: not runner.is_at_work(), "not done")
    assert states(place) == {"one": "done", "bad": "failed", "two": "done"}
    assert "gone.mp4: no such file" in place.read_ends()["films/bad.mp4"].reason
    assert (place.read_status().ended, runner.crash(place.read_status())) == ("done", "")
    render_video(tmp_path / "clip.mp4", tmp_path / "same.mp4", **FAST)
    assert (tmp_path / "films/one.mp4").read_bytes() == (tmp_path / "same.mp4").read_bytes()
    change(place, lambda file: file.without(2))
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "films").iterdir()}
    run = batch(place)
    assert run.returncode == 0, run.stderr
    assert run.stdout.count("skipped") == 2
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "films").iterdir()} == before


@pytest.mark.slow
@pytest.mark.ci
def test_a_runner_that_was_killed_is_told_of_and_the_next_goes_on(place, tmp_path):
    runner = begin(place, film("one", octaves=3, steps=4), film("two"))
    until(lambda: frames_safe(tmp_path / "films/one.mp4") > 0, "no frame is safe")
    status = place.read_status()
    os.kill(status.pid, signal.SIGKILL)
    until(lambda: not runner.is_at_work(), "it lives")
    assert "was killed, most likely for lack of memory" in runner.crash(place.read_status())
    stranger = RunnerProcess(place)  # of the next server
    assert "the machine was switched off, or it was killed" in stranger.crash(place.read_status())
    assert states(place) == {"one": "waiting", "two": "waiting"}
    safe = frames_safe(tmp_path / "films/one.mp4")
    stranger.start()
    until(lambda: place.read_status().frames > 0 and place.read_status().pid != status.pid, "it does not go on")
    assert place.read_status().frames > safe
    until(lambda: not stranger.is_at_work(), "not done")
    assert states(place) == {"one": "done", "two": "done"}


@pytest.mark.slow
def test_it_pauses_within_a_frame_cancels_one_film_and_takes_what_was_added_and_moved_meanwhile(place, tmp_path):
    runner = begin(place, film("one", octaves=3, steps=4), film("two"))
    until(lambda: place.read_status().frames > SEGMENT, "no frame")
    place.write_wanted(Wanted(going=False))
    until(lambda: not runner.is_at_work(), "it does not pause")
    assert place.read_status().ended == "paused"
    assert 0 < frames_safe(tmp_path / "films/one.mp4") < FRAMES
    assert place.picture("films/one.mp4").read_bytes().startswith(b"\xff\xd8")
    place.write_wanted(Wanted(going=True))
    runner.start()
    until(lambda: place.read_status().frames > 1 and not place.read_status().ended, "it does not go on")
    change(place, lambda file: file.added([film("three")]).moved(3, 2).without(1))
    place.write_wanted(Wanted(going=True, cancelled={"films/one.mp4": 1}))
    until(lambda: not runner.is_at_work(), "not done")
    assert states(place) == {"three": "done", "two": "done"}
    ends = [(tmp_path / f"films/{name}.mp4").stat().st_mtime_ns for name in ("three", "two")]
    assert ends == sorted(ends)
    assert not (tmp_path / "films/one.mp4").exists()
    assert frames_safe(tmp_path / "films/one.mp4") > 0


@pytest.mark.slow
def test_there_is_one_runner_for_a_folder_and_batch_waits_its_turn(place):
    runner = begin(place, film("one", octaves=3, steps=100))
    until(lambda: place.read_status().frames > 0, "no frame")
    second = RunnerProcess(place)
    second.start()
    assert second._process is not None
    assert second._process.wait(PATIENCE) == 0
    assert runner.is_at_work()
    run = batch(place)
    assert run.returncode == 2
    assert "is being rendered by somebody else" in run.stderr
    assert place.read_status().pid == runner._process.pid


@pytest.mark.slow
def test_a_signal_ends_it_and_keeps_what_is_done(place, tmp_path):
    runner = begin(place, film("one", octaves=3, steps=4))
    until(lambda: place.read_status().frames > SEGMENT, "no frame")
    os.kill(place.read_status().pid, signal.SIGTERM)
    until(lambda: not runner.is_at_work(), "it lives")
    assert place.read_status().ended == "stopped"
    assert frames_safe(tmp_path / "films/one.mp4") > 0


def test_what_is_held_failed_or_taken_away_is_not_made_by_itself(place):
    begin_nothing = [film("one"), film("two")]
    change(place, lambda file: file.added(begin_nothing))
    place.write_wanted(Wanted(going=True, held=("films/two.mp4",)))
    assert states(place) == {"one": "waiting", "two": "held"}


def test_what_is_damaged_says_nothing(place):
    for content in (b"{", b"[]", b"\xff", b'{"films/one.mp4": 3}', b"[" * 100_000):
        (place.kept / "ends.json").write_bytes(content)
        assert place.read_ends() == {}
        (place.kept / "wanted.json").write_bytes(content)
        assert place.read_wanted() == Wanted()
