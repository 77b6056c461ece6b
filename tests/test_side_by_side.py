"""Jobs side by side come to what they come to one after the other; and whoever dies, the rest is as it should be."""

import io
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import nullcontext, suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from synthetic import needs_native, panned, write_film

from vidream.cli.batch import batch_bars
from vidream.cli.output import Console
from vidream.errors import Cancelled, ConfigError, RenderError
from vidream.events import Event, FrameEvent, NoteEvent, StageEvent, WarningEvent
from vidream.frames import Size
from vidream.jobs import crew
from vidream.jobs.batch import run_batch
from vidream.jobs.crew import Crew, choose_crew
from vidream.jobs.item import BatchEvent, BatchItem, BatchResult, ItemEndEvent, ItemStartEvent
from vidream.jobs.jobspec import JobSpec
from vidream.jobs.wire import decoded, encoded
from vidream.jobs.workers import GRACE, Workers
from vidream.render.leftovers import frames_safe
from vidream.render.workfolder import folder_of

CHEAP = '[defaults]\nstrength = 0\nsize = "64x48"\n'
LONG = 6000  # frames of a zoom that nobody waits for


def films(folder: Path, count: int = 4) -> Path:
    """A job file of cheap films."""
    text = CHEAP
    for number in range(count):
        write_film(folder / f"c{number}.mp4", panned(8 + number, 48, 64))
        text += f'[[job]]\ncommand = "video"\nsource = "c{number}.mp4"\noutput = "o/{number}.mp4"\n'
    return written(folder, text)


def zooms(folder: Path, *frames: int) -> Path:
    """A job file of cheap zooms, so many frames each."""
    text = CHEAP
    for number, count in enumerate(frames):
        text += f'[[job]]\ncommand = "zoom"\nsource = "noise"\noutput = "{number}.mp4"\nframes = {count}\nseed = 5\n'
    return written(folder, text)


def written(folder: Path, text: str) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "jobs.toml").write_text(text)
    return folder / "jobs.toml"


@pytest.fixture
def aside(tmp_path, monkeypatch) -> Path:
    """The folder of temporary files, of ours and of whom we start."""
    folder = tmp_path / "aside"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def processes(*words: str) -> list[int]:
    """The processes that live and have all of the words in their command line."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            line = path.read_bytes()
            if all(os.fsencode(word) in line for word in words):
                found.append(int(path.parent.name))
    return found


def workers_of(aside: Path) -> list[int]:
    """The workers that live and were given a folder in that of temporary files."""
    return processes("vidream.jobs.worker", f"{aside}/")


def wait_for(condition, seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.02)


def kinds(heard: list[Event], kind: type) -> list:
    return [event for event in heard if isinstance(event, kind)]


def log_lines(jobs: Path) -> dict[str, list[str]]:
    """What the logs of a batch say, without the times: log's name -> its lines."""
    logs = folder_of(jobs).glob("*.log")
    return {
        log.name: [re.sub(r"^[\d-]+ [\d:,]+ |in \d+ s", "", line) for line in log.read_text().splitlines()]
        for log in logs
    }


def test_files_records_and_logs_are_those_of_one_after_the_other(tmp_path, aside):
    folders = []
    for count in (1, 2):
        (tmp_path / str(count)).mkdir()
        jobs = films(tmp_path / str(count))
        results = run_batch(jobs, side_by_side=count)
        assert {result.state for result in results} == {"done"}
        assert sorted(result.rendered.frames for result in results) == [8, 9, 10, 11]
        assert {result.rendered.size for result in results} == {Size(64, 48)}
        folders.append(jobs)
    one, two = folders
    for number in range(4):
        made = [jobs.parent / "o" / f"{number}.mp4" for jobs in folders]
        assert made[0].read_bytes() == made[1].read_bytes()
    begun = [json.loads((folder_of(jobs) / "begun.json").read_text()) for jobs in folders]
    assert begun[0] == begun[1]
    assert log_lines(one) == log_lines(two)
    assert len(log_lines(one)) == 4
    assert [result.state for result in run_batch(two, side_by_side=2)] == ["skipped"] * 4
    assert list(aside.iterdir()) == []


def test_events_tell_whose_they_are_and_come_one_at_a_time_where_they_are_waited_for(tmp_path, aside):
    heard: list[Event] = []
    threads = set()

    def listener(event: Event) -> None:
        threads.add(threading.get_ident())
        heard.append(event)

    jobs = films(tmp_path)
    run_batch(jobs, listener, side_by_side=2)
    assert threads == {threading.get_ident()}
    assert [event.index for event in kinds(heard, ItemStartEvent)] == [0, 1, 2, 3]
    outs = [event.item.spec.out for event in kinds(heard, ItemStartEvent)]
    at_work: set[Path] = set()
    most = 0
    for event in heard:
        if isinstance(event, ItemStartEvent):
            at_work.add(event.item.spec.out)
            most = max(most, len(at_work))
        elif isinstance(event, ItemEndEvent):
            at_work.remove(event.result.spec.out)
        elif isinstance(event, FrameEvent):
            assert event.out in at_work
            assert event.picture.shape == (48, 64, 3)
    assert (most, at_work) == (2, set())
    for number, out in enumerate(outs):
        frames = [event.frames for event in kinds(heard, FrameEvent) if event.out == out]
        assert frames == list(range(1, 9 + number))
        assert any(event.about == out and "frames in" in event.text for event in kinds(heard, NoteEvent))
    assert kinds(heard, NoteEvent)[0].text == "2 films side by side, one thread each"


@pytest.mark.parametrize("count", [1, 2])
def test_one_that_fails_leaves_the_others(tmp_path, aside, count):
    jobs = films(tmp_path)

    def spoil(event: Event) -> None:
        if isinstance(event, BatchEvent):
            (tmp_path / "c1.mp4").write_bytes(b"no more")

    results = run_batch(jobs, spoil, side_by_side=count)
    states = {result.spec.out.name: result.state for result in results}
    assert states == {"0.mp4": "done", "1.mp4": "failed", "2.mp4": "done", "3.mp4": "done"}
    (failed,) = (result for result in results if result.state == "failed")
    assert failed.reason.startswith(f"{tmp_path / 'c1.mp4'}: not a film that can be read")
    (log,) = (lines for name, lines in log_lines(jobs).items() if name.startswith("o_1"))
    assert failed.reason in log[-1]


@pytest.mark.parametrize("sent", [signal.SIGKILL, signal.SIGTERM])
def test_one_whose_process_is_ended_leaves_the_others_and_goes_on_later(tmp_path, aside, sent):
    jobs = zooms(tmp_path / "f", LONG, 30, 30, 30)
    long = tmp_path / "f" / "0.mp4"
    worker: list[int] = []

    def kill(event: Event) -> None:
        """When the second begins, there is one worker, and it is at the long one."""
        if isinstance(event, ItemStartEvent) and event.index == 1:
            wait_for(lambda: len(workers_of(aside)) == 1)
            worker.extend(workers_of(aside))
        if isinstance(event, FrameEvent) and worker and frames_safe(long):
            os.kill(worker.pop(), sent)

    results = {result.spec.out.name: result for result in run_batch(jobs, kill, side_by_side=2)}
    assert {name: result.state for name, result in results.items()} == {
        "0.mp4": "failed",
        "1.mp4": "done",
        "2.mp4": "done",
        "3.mp4": "done",
    }
    assert f"its process was ended by {sent.name}" in results["0.mp4"].reason
    assert "\n" not in results["0.mp4"].reason
    assert sent.name in next(lines for name, lines in log_lines(jobs).items() if name.startswith("0.mp4"))[-1]
    assert frames_safe(long) >= 24
    wait_for(lambda: not processes(f"{tmp_path}/f/"), 10)  # its ffmpeg, too
    assert (workers_of(aside), list(aside.iterdir())) == ([], [])


def test_a_process_that_dies_is_replaced_as_long_as_there_is_work(tmp_path, aside, monkeypatch):
    jobs = films(tmp_path)
    monkeypatch.setattr(sys, "executable", "/bin/false")
    results = run_batch(jobs, side_by_side=2)
    assert [result.state for result in results] == ["failed"] * 4
    assert {result.reason for result in results} == {"its process ended by itself, with status 1"}


def test_a_process_that_cannot_be_started_is_one_line(tmp_path, aside, monkeypatch):
    monkeypatch.setattr(sys, "executable", str(tmp_path / "none"))
    with pytest.raises(RenderError, match="none: cannot be started once more: No such file or directory"):
        run_batch(films(tmp_path), side_by_side=2)
    assert list(aside.iterdir()) == []


@pytest.mark.parametrize("said", ["no JSON", '{"$kind": "Popen"}'])
def test_what_is_no_message_of_ours_ends_the_process_that_says_it(tmp_path, aside, monkeypatch, said):
    program = tmp_path / "python"
    program.write_text(f"#!/bin/sh\necho '{said}'\nexec sleep 60\n")
    program.chmod(0o700)
    monkeypatch.setattr(sys, "executable", str(program))
    monkeypatch.setattr("vidream.jobs.workers.GRACE", 0.2)
    results = run_batch(films(tmp_path, 2), side_by_side=2)
    assert [result.state for result in results] == ["failed"] * 2
    assert all("was ended by SIGKILL" in result.reason for result in results)


def test_a_person_sees_how_far_each_film_is_and_the_whole(monkeypatch, capsys):
    """On a pipe: a line of each film at hand now and then, and what is left of all after the last."""
    now = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    ticks: list[Callable[[float], None]] = []

    def ticking(tick, _):  # no thread: the test looks itself
        ticks.append(tick)
        return nullcontext()

    monkeypatch.setattr("vidream.cli.batch.ticking", ticking)
    monkeypatch.setattr("vidream.cli.batch.alive", lambda *_: nullcontext())
    specs = [JobSpec(f"job {name}", "zoom", "noise", Path(f"{name}.mp4")) for name in "abc"]
    items = tuple(BatchItem(spec, 10, Size(4, 4), done=False) for spec in specs)
    picture = np.zeros((1, 1, 3), np.uint8)
    told = {
        0: BatchEvent(items, ()),
        1: ItemStartEvent(0, items[0]),
        2: ItemStartEvent(1, items[1]),
        20: FrameEvent(Path("a.mp4"), 1, 10, 0.0, picture),
        40: FrameEvent(Path("b.mp4"), 1, 10, 0.0, picture),
        60: FrameEvent(Path("a.mp4"), 2, 10, 0.0, picture),
        61: ItemEndEvent(0, BatchResult(specs[0], "failed", "the reason")),
        62: ItemStartEvent(2, items[2]),
        80: FrameEvent(Path("b.mp4"), 2, 10, 0.0, picture),
    }
    with batch_bars(Console(stderr=True, force_terminal=False)) as listener:
        for second, event in told.items():
            now[0] = float(second)
            listener(event)
            ticks[0](now[0])
    assert capsys.readouterr().err.splitlines() == [
        "1 of 3, a.mp4: waking up",
        "2 of 3, b.mp4: waking up",
        "1 of 3, a.mp4: frame 1 of 10",
        "2 of 3, b.mp4: waking up",
        "1 of 3, a.mp4: frame 1 of 10",
        "2 of 3, b.mp4: frame 1 of 10; 9 min 20 s left in all",
        "1 of 3, a.mp4: frame 2 of 10, 40.00 s a frame, 5 min 20 s left",
        "2 of 3, b.mp4: frame 1 of 10; 9 min 00 s left in all",
        "the reason",
        "2 of 3, b.mp4: frame 2 of 10, 40.00 s a frame, 5 min 20 s left",
        "3 of 3, c.mp4: waking up; 1 min 14 s left in all",
    ]


def test_on_a_terminal_each_film_at_hand_has_a_bar(tmp_path, aside):
    shown = io.StringIO()
    terminal = Console(file=shown, force_terminal=True, width=200, color_system=None)
    jobs = films(tmp_path, 3)
    most = 0

    with batch_bars(terminal) as bars:
        listener: Any = bars

        def listen(event: Event) -> None:
            nonlocal most
            listener(event)
            most = max(most, len(listener.bars.tasks))

        run_batch(jobs, listen, side_by_side=2)
        assert [task.description for task in listener.bars.tasks] == ["all"]
        assert listener.bars.tasks[0].completed == 8 + 9 + 10
    assert most == 3
    text = shown.getvalue()
    assert all(f"{number + 1} of 3, {number}.mp4" in text for number in range(3))


def test_a_cancelled_batch_leaves_nobody_behind_and_goes_on(tmp_path, aside):
    jobs = zooms(tmp_path / "f", LONG, LONG, 30)
    cancel = threading.Event()
    outs = [tmp_path / "f" / f"{number}.mp4" for number in range(2)]

    def stop(event: Event) -> None:
        if isinstance(event, FrameEvent) and not cancel.is_set() and all(map(frames_safe, outs)):
            cancel.set()
            began.append(time.monotonic())

    began: list[float] = []
    with pytest.raises(Cancelled, match=r"jobs\.toml: cancelled; 0 of 3 films are done, and the same call goes on"):
        run_batch(jobs, stop, cancel, side_by_side=2)
    assert time.monotonic() - began[0] < 0.8 * GRACE  # nobody had to be killed
    assert (workers_of(aside), list(aside.iterdir())) == ([], [])
    safe = [frames_safe(out) for out in outs]
    assert all(24 <= frames < LONG for frames in safe)
    heard: list[Event] = []
    cancel.clear()

    def stop_again(event: Event) -> None:
        heard.append(event)
        if len({event.out for event in kinds(heard, FrameEvent)}) == 2:
            cancel.set()

    with pytest.raises(Cancelled):
        run_batch(jobs, stop_again, cancel, side_by_side=2)
    said = {event.message for event in kinds(heard, WarningEvent)}
    assert said == {
        f"{out}: {frames} frames are done; going on from there" for out, frames in zip(outs, safe, strict=True)
    }


def test_what_a_listener_raises_ends_all(tmp_path, aside):
    def broken(event: Event) -> None:
        if isinstance(event, FrameEvent):
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run_batch(films(tmp_path), broken, side_by_side=2)
    assert (workers_of(aside), list(aside.iterdir())) == ([], [])


@pytest.fixture
def under_way(tmp_path, aside):
    """`vidream batch` in the middle of two films: what it is sent -> its status, what it said."""
    jobs = zooms(tmp_path / "f", LONG, LONG)
    outs = [tmp_path / "f" / f"{number}.mp4" for number in range(2)]

    def heeded() -> None:
        for number in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
            signal.signal(number, signal.SIG_DFL)

    def send(number: int, *, group: bool = False) -> tuple[int, str]:
        command = [sys.executable, "-m", "vidream", "batch", str(jobs), "--jobs", "2"]
        options: dict[str, Any] = {"stderr": subprocess.PIPE, "start_new_session": True, "preexec_fn": heeded}
        with subprocess.Popen(command, stdout=subprocess.PIPE, **options) as run:
            before = [frames_safe(out) for out in outs]
            wait_for(lambda: all(frames_safe(out) > old for out, old in zip(outs, before, strict=True)))
            wait_for(lambda: len(workers_of(aside)) == 2)  # for a moment a child of theirs looks as they do
            if group:
                os.killpg(run.pid, number)
            else:
                run.send_signal(number)
            _, said = run.communicate(timeout=60)
            return run.returncode, said.decode()

    return send, outs


@pytest.mark.parametrize(
    ("sent", "group", "status"),
    [
        (signal.SIGINT, False, 130),
        (signal.SIGINT, True, 130),
        (signal.SIGTERM, True, 143),
        (signal.SIGHUP, False, 129),
    ],
)
def test_a_batch_that_is_stopped_ends_cleanly(under_way, aside, sent, group, status):
    send, outs = under_way
    ended, said = send(sent, group=group)
    assert ended == status, said
    assert "Traceback" not in said
    assert said.splitlines()[-1] == "vidream: stopped: 0 of 2 films are done; the same command goes on from there"
    assert (workers_of(aside), list(aside.iterdir())) == ([], [])
    safe = [frames_safe(out) for out in outs]
    assert all(24 <= frames < LONG for frames in safe)
    _, again = send(sent, group=group)
    for out, frames in zip(outs, safe, strict=True):
        assert f"{out}: {frames} frames are done; going on from there" in again


def test_the_workers_of_a_driver_that_is_killed_end_by_themselves(under_way, aside):
    send, outs = under_way
    ended, _ = send(signal.SIGKILL)
    assert ended == -signal.SIGKILL
    wait_for(lambda: not workers_of(aside) and not processes(f"{outs[0].parent}/"), 10)
    assert list(aside.iterdir()) == []
    safe = [frames_safe(out) for out in outs]
    assert all(24 <= frames < LONG for frames in safe)
    _, again = send(signal.SIGINT)
    for out, frames in zip(outs, safe, strict=True):
        assert f"{out}: {frames} frames are done; going on from there" in again


def test_a_script_is_not_run_again_by_workers_nor_is_anything_imported_from_where_it_stands(tmp_path, aside):
    jobs = films(tmp_path, 2)
    (tmp_path / "json.py").write_text("raise SystemExit('imported')\n")
    (tmp_path / "script").mkdir()
    (tmp_path / "script" / "mine.py").write_text(
        "import sys, vidream\nprint('begun')\n"
        "print([each.state for each in vidream.run_batch(sys.argv[1], side_by_side=2)])\n"
    )
    command = [sys.executable, str(tmp_path / "script" / "mine.py"), str(jobs)]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert run.stdout == "begun\n['done', 'done']\n"


def test_the_command_says_how_many_and_fails_if_one_does(tmp_path, aside, vidream_command):
    jobs = films(tmp_path)
    run = vidream_command("batch", jobs, "--jobs", 2)
    assert run.returncode == 0, run.stderr
    assert run.stderr.splitlines()[0] == "2 films side by side, one thread each"
    assert run.stdout.count("done ") == 4
    alone = vidream_command("batch", jobs, "--jobs", 1)
    assert (alone.returncode, alone.stderr) == (0, "")
    assert alone.stdout.count("skipped ") == 4
    for words in (("--jobs", 0), ("--jobs", 2, "--cluster", "auto")):
        refused = vidream_command("batch", jobs, *words)
        assert refused.returncode == 2
        assert len(refused.stderr.splitlines()) == 1
        assert "--jobs" in refused.stderr


@pytest.mark.parametrize(
    ("jobs", "wanted", "cores", "free", "gpus", "expected"),
    [
        (1, None, 8, None, 0, Crew(1, None)),
        (1, 4, 8, None, 0, Crew(1, None)),
        (9, 1, 8, None, 4, Crew(1, None)),
        (9, None, 1, None, 0, Crew(1, None)),
        (9, None, 2, None, 0, Crew(2, 1)),
        (9, None, 3, None, 0, Crew(3, 1)),
        (9, None, 6, None, 0, Crew(4, 1)),
        (9, None, 8, None, 0, Crew(4, 2)),
        (9, None, 16, None, 0, Crew(8, 2)),
        (3, None, 16, None, 0, Crew(3, 5)),
        (9, 6, 2, 1, 0, Crew(6, 1)),
        (9, None, 8, 3_500, 0, Crew(3, 2, shortage="one takes about 0.0 GB of memory, and 0.0 GB are free")),
        (9, None, 8, 1_500, 0, Crew(1, None, shortage="one takes about 0.0 GB of memory, and 0.0 GB are free")),
        (9, None, 8, None, 1, Crew(1, None)),
        (9, None, 8, None, 2, Crew(2, 4, 2)),
        (9, 3, 8, None, 2, Crew(3, 2, 2)),
    ],
)
def test_as_many_as_there_are_cores_memory_and_gpus_for(monkeypatch, jobs, wanted, cores, free, gpus, expected):
    monkeypatch.setattr(crew, "cores", lambda: cores)
    monkeypatch.setattr(crew, "available", lambda: free)
    monkeypatch.setattr(crew, "count_gpus", lambda: gpus)
    assert choose_crew(jobs, 1_000, {"native", "tensorflow"}, wanted) == expected


def test_a_gpu_is_none_of_the_native_engines_affair(monkeypatch):
    monkeypatch.setattr(crew, "cores", lambda: 8)
    monkeypatch.setattr(crew, "count_gpus", lambda: 1)
    assert choose_crew(9, 0, {"tensorflow"}, None) == Crew(1, None)
    assert choose_crew(9, 0, {"native"}, None) == Crew(4, 2)


def test_gpus_are_counted_by_a_process_of_its_own_where_there_may_be_one(monkeypatch):
    asked = []
    monkeypatch.setattr(Workers, "ask", lambda self, task: asked.append(task) or {"gpus": 3})
    monkeypatch.setattr(crew, "has_gpu", lambda: False)
    assert (crew.count_gpus(), asked) == (0, [])
    monkeypatch.setattr(crew, "has_gpu", lambda: True)
    assert (crew.count_gpus(), asked) == (3, [{"task": "gpus"}])


@pytest.mark.parametrize(
    ("visible", "expected"), [(None, ["0", "1", "0"]), ("", ["0", "1", "0"]), ("5, 7", ["5", "7", "5"])]
)
def test_each_worker_sees_one_gpu(monkeypatch, visible, expected):
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    if visible is not None:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    workers = Workers(3, threads=1, gpus=2)
    assert [workers._environment(place)["CUDA_VISIBLE_DEVICES"] for place in range(3)] == expected
    assert Workers(3, threads=1)._environment(0) == {}


def test_none_at_a_time_is_refused_and_so_is_what_cannot_be(monkeypatch):
    with pytest.raises(ConfigError, match="1 or more, not 0"):
        choose_crew(3, 0, (), 0)
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert choose_crew(3, 0, (), None) == Crew(1, None)
    with pytest.raises(ConfigError, match="no Python to start"):
        choose_crew(3, 0, (), 2)


@pytest.mark.parametrize(
    ("line", "files", "expected"),
    [
        ("0::/a/b", {"a/b/cpu.max": "max 100000", "a/cpu.max": "150000 100000"}, [2]),
        ("0::/a", {"a/cpu.max": "50000 100000", "cpu.max": "300000 100000"}, [1, 3]),
        (
            "4:cpu,cpuacct:/a",
            {"cpu,cpuacct/a/cpu.cfs_quota_us": "200000", "cpu,cpuacct/a/cpu.cfs_period_us": "100000"},
            [2],
        ),
        ("4:cpu:/a", {"cpu/a/cpu.cfs_quota_us": "-1", "cpu/a/cpu.cfs_period_us": "100000"}, []),
        ("4:memory:/a", {"memory/a/cpu.max": "100000 100000"}, []),
        ("0::/a", {}, []),
    ],
)
def test_a_containers_share_of_the_cores_is_known(tmp_path, line, files, expected):
    (tmp_path / "groups").write_text(line + "\n")
    for name, content in files.items():
        (tmp_path / "root" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "root" / name).write_text(content + "\n")
    assert list(crew._quotas(tmp_path / "root", tmp_path / "groups")) == expected
    assert 1 <= crew.cores() <= os.cpu_count()


def test_what_travels_arrives_as_it_was():
    picture = np.arange(24, dtype=np.uint8).reshape(2, 4, 3)
    spec = JobSpec(
        "job 1", "zoom", "noise", Path("a\udcff\n.mp4"), None, {"layer": ["block4"], "turn": 3.5}, finders=("x",)
    )
    sent: dict[str, Any] = {
        "events": [FrameEvent(spec.out, 3, None, 0.5, picture), StageEvent("rendering"), WarningEvent("é", spec.out)],
        "spec": spec,
        "plain": [1, None, "text", {"a": True}],
    }
    line = encoded(sent)
    assert (line.count(b"\n"), line[-1:]) == (1, b"\n")
    came = decoded(line)
    assert came == sent
    np.testing.assert_array_equal(came["events"][0].picture, picture)
    assert isinstance(came["events"][2].about, Path)
    for value in (threading.Event(), np.zeros(3), Crew(1, None)):
        with pytest.raises(TypeError, match="cannot travel"):
            encoded({"value": value})


def test_a_worker_that_dies_of_a_question_is_an_error(aside):
    with (
        Workers(1, threads=1) as workers,
        pytest.raises(RenderError, match="its process ended by itself, with status 1"),
    ):
        workers.ask({"task": "none that it knows"})
    assert list(aside.iterdir()) == []


@pytest.mark.parametrize(
    "engine", [pytest.param("native", marks=needs_native), pytest.param("tensorflow", marks=pytest.mark.slow)]
)
def test_a_dream_is_the_same_side_by_side(tmp_path, aside, vidream_command, engine):
    """By TensorFlow too: its threads for an operation are as many whatever the count of films at a time."""
    text = f'[defaults]\nend = 0.4\nsize = "160"\nengine = "{engine}"\n'
    for number in range(3):
        source = Path(__file__).parents[1] / "samples" / "city_tiny.mp4"
        text += f'[[job]]\ncommand = "video"\nsource = "{source}"\noutput = "{number}.mp4"\nseed = {number}\n'
    made = []
    for count in (1, 2):
        jobs = written(tmp_path / str(count), text)
        run = vidream_command("batch", jobs, "--jobs", count)
        assert run.returncode == 0, run.stderr
        made.append([(jobs.parent / f"{number}.mp4").read_bytes() for number in range(3)])
    assert made[0] == made[1]
    assert made[0][0] != made[0][1]


@pytest.mark.slow
def test_workers_know_their_gpus(aside):
    with Workers(1, threads=1) as workers:
        assert workers.ask({"task": "gpus"})["gpus"] >= 0
