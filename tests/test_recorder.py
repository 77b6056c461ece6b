"""A film of a show has the times of showing, its colours, and all but its last moment whatever ends it."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import nullcontext, suppress
from pathlib import Path
from unittest.mock import Mock

import av
import numpy as np
import pytest

from vidream.errors import MediaError, RenderError
from vidream.events import scope
from vidream.frames import Size
from vidream.live.output import Shown
from vidream.live.recorder import Recorder, check_recording
from vidream.media.program import executable

SIZE = Size(96, 64)
TIMES = [0.0, 0.067, 0.15, 0.1504, 0.4, 0.41, 1.9, 2.0, 2.0667]


def flat(level: int, size: Size = SIZE) -> np.ndarray:
    return np.full((size.height, size.width, 3), level, np.uint8)


def shown_at(times: list[float], start: float = 0.0) -> list[Shown]:
    return [Shown(flat(20 * number % 256), number, start + second) for number, second in enumerate(times)]


def read_times(path: Path, *, torn: bool = False) -> list[int]:
    """Milliseconds of each frame; of a film that is torn, of those before the tear, as players do."""
    times = []
    with av.open(str(path)) as film, suppress(av.error.InvalidDataError) if torn else nullcontext():
        for frame in film.decode(video=0):
            times.append(round(frame.time * 1000))
    return times


def until(done: Callable[[], bool]) -> None:
    """Wait for something that a busy machine does later."""
    deadline = time.monotonic() + 60
    while not done():
        assert time.monotonic() < deadline, "never"
        time.sleep(0.02)


@pytest.mark.parametrize("name", ["show.mp4", "show.mkv", "-v %05d: 'a' #1.mp4", "file:\n.MKV"])
def test_a_film_has_the_times_of_showing(tmp_path: Path, name: str):
    path = tmp_path / name
    recorder = Recorder(path, SIZE, 15.0)
    for shown in shown_at(TIMES, 0.5):
        recorder.show(shown)
    recorder.close()
    assert recorder.trouble == ""
    assert read_times(path) == [0, 67, 150, 151, 400, 410, 1900, 2000, 2067]  # of two in one tick, one is late by one


@pytest.mark.parametrize("ending", [".mp4", ".mkv"])
def test_colours_come_back_and_are_tagged(tmp_path: Path, ending: str):
    path = tmp_path / f"show{ending}"
    colours = np.array([[255, 0, 0], [0, 255, 0], [0, 0, 255], [128, 64, 200]], np.uint8)
    pixels = np.ascontiguousarray(np.broadcast_to(np.repeat(colours, 24, 0), (64, 96, 3)))
    recorder = Recorder(path, SIZE, 15.0)
    for number in range(3):
        recorder.show(Shown(pixels, number, number / 15))
    recorder.close()
    with av.open(str(path)) as film:
        frame = list(film.decode(video=0))[-1]
        back = frame.to_ndarray(format="rgb24", src_colorspace="ITU709").astype(int)
        tags = film.streams.video[0].codec_context
        assert (tags.color_primaries, tags.color_trc, tags.colorspace, tags.color_range) == (1, 1, 1, 1)
    assert np.abs(back[32, 12::24] - colours.astype(int)).max() <= 6


def test_a_clean_end_makes_an_ordinary_film(tmp_path: Path):
    path = tmp_path / "show.mp4"
    recorder = Recorder(path, SIZE, 15.0)
    for shown in shown_at(TIMES):
        recorder.show(shown)
    recorder.close()
    data = path.read_bytes()
    boxes, at = [], 0
    while at < len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        boxes.append(data[at + 4 : at + 8])
        at += size if size > 1 else int.from_bytes(data[at + 8 : at + 16], "big")
    assert b"moov" in boxes
    assert b"moof" not in boxes


PLAYED = """
import sys, time
from pathlib import Path
sys.path.insert(0, {tests!r})
from test_recorder import SIZE, flat
from vidream.live.output import Shown
from vidream.live.recorder import Recorder
recorder = Recorder(Path(sys.argv[1]), SIZE, 25.0)
for number in range(61):
    recorder.show(Shown(flat(number % 200), number, number / 25))
    while recorder._frames <= number:
        time.sleep(0.001)
    print(number, recorder._encoder._run._process.pid, flush=True)
time.sleep(600)
"""


@pytest.mark.parametrize("ending", [".mp4", ".mkv"])
@pytest.mark.parametrize("killed", ["vidream", "ffmpeg and vidream"])
def test_what_is_killed_can_be_played(tmp_path: Path, ending: str, killed: str):
    path = tmp_path / f"show{ending}"
    script = PLAYED.format(tests=str(Path(__file__).parent))
    with subprocess.Popen([sys.executable, "-c", script, str(path)], stdout=subprocess.PIPE, text=True) as player:
        lines = (line.split() for line in player.stdout)
        pid = next(int(pid) for number, pid in lines if int(number) == 60)
        until(lambda: len(read_times(path, torn=True)) >= 35)  # while it is written: all but the last second
        if killed != "vidream":
            os.kill(pid, signal.SIGKILL)
        player.kill()
    until(lambda: not Path(f"/proc/{pid}").exists())
    times = read_times(path)
    assert len(times) >= (58 if killed == "vidream" else 35)
    assert times == sorted(set(times))


def test_a_full_disk_breaks_it_and_leaves_what_was_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """No file may be larger than 512 KB here, which ffmpeg is told as it is told of a disk that is full."""
    path, bounded = tmp_path / "show.mp4", tmp_path / "bounded"
    bounded.write_text(f"#!/bin/bash\ntrap '' XFSZ\nulimit -f 512\nexec '{executable()}' \"$@\"\n")
    bounded.chmod(0o755)
    monkeypatch.setattr("vidream.media.ffmpeg.executable", lambda: str(bounded))
    noise = np.random.default_rng(0).integers(0, 256, (8, 64, 96, 3), np.uint8)
    recorder = Recorder(path, SIZE, 15.0)

    def show_all() -> None:
        for number in range(20_000):
            recorder.show(Shown(noise[number % 8], number, number / 15))
            time.sleep(0.005)

    with pytest.raises(RenderError, match=r"write .*show\.mp4: .*File too large"):
        show_all()
    recorder.close()
    assert len(read_times(path, torn=True)) > 20


def test_a_disk_without_room_is_named_whatever_ffmpeg_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    recorder = Recorder(tmp_path / "show.mp4", SIZE, 15.0)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Mock(free=4096))
    recorder._encoder.kill()

    def show_all() -> None:
        for number in range(20_000):
            recorder.show(Shown(flat(0), number, number / 15))
            time.sleep(0.005)

    with pytest.raises(RenderError, match=r"show\.mp4: the disk is full; what was written can be played$"):
        show_all()
    recorder.close()


def test_a_film_that_breaks_at_its_end_is_told(tmp_path: Path):
    recorder, warnings = Recorder(tmp_path / "show.mp4", SIZE, 15.0), []
    recorder.show(Shown(flat(0), 0, 0.0))
    recorder._backlog.close(10)
    recorder._encoder.kill()
    with scope(warnings.append):
        recorder.close()
    (warning,) = warnings
    assert "could not write" in warning.message
    assert "show.mp4" in warning.message


def test_nothing_is_replaced_unless_it_may_be(tmp_path: Path):
    path = tmp_path / "show.mp4"
    path.write_text("mine")
    with pytest.raises(MediaError, match=r"is there already; --overwrite replaces it"):
        check_recording(path)
    with pytest.raises(MediaError, match=r"is there already; --overwrite replaces it"):
        Recorder(path, SIZE, 15.0)
    assert path.read_text() == "mine"
    recorder = Recorder(path, SIZE, 15.0, overwrite=True)
    for shown in shown_at(TIMES):
        recorder.show(shown)
    recorder.close()
    assert len(read_times(path)) == len(TIMES)
    with pytest.raises(MediaError, match="is the source itself"):
        check_recording(path, overwrite=True, sources=(path,))


def test_a_show_without_frames_leaves_nothing(tmp_path: Path):
    Recorder(tmp_path / "show.mp4", SIZE, 15.0).close()
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["show.avi", "show", "gone/show.mp4", "frames/%05d.png"])
def test_what_cannot_be_recorded_is_refused(tmp_path: Path, name: str):
    with pytest.raises(MediaError, match=r"\.mp4|folder"):
        check_recording(tmp_path / name)


def test_frames_that_come_too_fast_are_left_out_and_counted(tmp_path: Path):
    recorder = Recorder(tmp_path / "show.mp4", SIZE, 15.0)
    os.kill(recorder._encoder._run._process.pid, signal.SIGSTOP)
    began = time.monotonic()
    for number in range(200):
        recorder.show(Shown(flat(0), number, number / 15))
    assert time.monotonic() - began < 10  # it would wait without end
    assert "frames are left out" in recorder.trouble
    os.kill(recorder._encoder._run._process.pid, signal.SIGCONT)
    recorder.close()
    assert 30 <= len(read_times(tmp_path / "show.mp4")) < 200
