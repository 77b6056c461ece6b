"""What a run will take in memory, and what there is."""

import resource
import subprocess
import sys

import numpy as np
import PIL.Image
import pytest
from synthetic import SAMPLES, clicks, needs_native, textured

from vidream.config import configure
from vidream.errors import MediaError
from vidream.frames import PEAK, Frame, Size, as_pixels
from vidream.jobs import music
from vidream.jobs.music import plan_music
from vidream.jobs.still import _composite_by_rows, image_job
from vidream.jobs.zoom import plan_zoom
from vidream.media.raw import RGB24
from vidream.media.still import picture_size, read_picture
from vidream.plan import memory
from vidream.plan.memory import check_memory, needed
from vidream.system.memory import _of_container, available, resident


def test_what_is_reckoned_grows_with_what_is_made_and_what_is_dreamed():
    draft, whole = (configure("image", draft=draft, engine="tensorflow") for draft in (True, False))
    small, large = Size(1000, 1000), Size(10_000, 10_000)
    assert needed(draft, small, "still") < needed(whole, small, "still") < 2e9
    assert 2.2e9 < needed(draft, large, "still") < 3.2e9  # measured: 2.6 GB
    assert needed(whole, large, "still") > 3 * needed(draft, large, "still")
    assert needed(configure("zoom"), Size(16384, 16384), "zoom") > 50e9
    film = configure("video", engine="tensorflow")
    assert needed(film, Size(3840, 2160), "film") < 5e9
    assert needed(configure("video", strength=0), Size(640, 360), "film") < 0.3e9
    assert needed(configure("video", mask="motion", engine="tensorflow"), small, "film") > needed(film, small, "film")


@needs_native
def test_the_native_engine_takes_far_less():
    native, tensorflow = configure("video", engine="native"), configure("video", engine="tensorflow")
    assert needed(native, Size(640, 360), "film") < needed(tensorflow, Size(640, 360), "film") - 500_000_000


@needs_native
@pytest.mark.slow
@pytest.mark.ci
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_a_default_film_takes_little_and_not_more_than_is_reckoned(tmp_path):
    """The most that its process holds, its imports and all; ru_maxrss would begin with what its parent holds."""
    code = (
        "import re, sys, vidream\nvidream.render_video(sys.argv[1], sys.argv[2], engine='native', end=1)\n"
        "print(int(re.search(r'VmHWM:\\s*(\\d+) kB', open('/proc/self/status').read())[1]) * 1024)"
    )
    command = [sys.executable, "-c", code, str(SAMPLES / "city.mp4"), str(tmp_path / "out.mp4")]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    held = int(run.stdout)
    assert held < 450_000_000
    assert held < needed(configure("video", engine="native"), Size(640, 360), "film")


def test_a_run_that_takes_more_than_there_is_is_refused_and_a_large_one_is_said(monkeypatch, caplog):
    config, size = configure("zoom", engine="tensorflow"), Size(4000, 4000)
    monkeypatch.setattr(memory, "available", lambda: 3_000_000_000)
    with pytest.raises(MediaError, match=r"4000x4000: takes about 7\.\d GB of memory, and 3\.0 GB are free here"):
        check_memory(config, size, "zoom")
    for there in (20_000_000_000, None):
        caplog.clear()
        monkeypatch.setattr(memory, "available", lambda there=there: there)
        with caplog.at_level("INFO", "vidream"):
            check_memory(config, size, "zoom")
        assert "takes about 7." in caplog.text


def test_what_a_process_holds_already_need_not_be_free(monkeypatch):
    """The second film of a batch finds the network awake."""
    config, size = configure("video"), Size(640, 360)
    total = needed(config, size, "film")
    monkeypatch.setattr(memory, "available", lambda: total // 2)
    monkeypatch.setattr(memory, "resident", lambda: total // 2 + 1)
    check_memory(config, size, "film")
    monkeypatch.setattr(memory, "resident", lambda: total // 4)
    with pytest.raises(MediaError, match="of memory"):
        check_memory(config, size, "film")
    monkeypatch.undo()
    assert 10_000_000 < resident() < 50_000_000_000


def test_it_is_asked_before_a_picture_is_decoded_or_a_seed_is_made(tmp_path, monkeypatch):
    PIL.Image.new("RGB", (3000, 3000)).save(tmp_path / "large.png")
    monkeypatch.setattr(memory, "available", lambda: 500_000_000)
    monkeypatch.setattr(memory, "resident", lambda: 0)
    monkeypatch.setattr("vidream.jobs.still.read_picture", lambda *_: pytest.fail("decoded"))
    with pytest.raises(MediaError, match="of memory"):
        image_job(tmp_path / "large.png", tmp_path / "o.png")
    monkeypatch.setattr("vidream.jobs.zoom.noise", lambda *_: pytest.fail("made"))
    with pytest.raises(MediaError, match="of memory"):
        plan_zoom("noise", "z.mp4", size="4000x4000")


@pytest.mark.parametrize(
    ("line", "files", "left"),
    [
        ("0::/", {"": ("500", "100", "inactive_file 30")}, 430),
        ("0::/a/b", {"": ("max", "1", "x 0"), "a": ("300", "100", "inactive_file 0"), "a/b": ("900", "0", "x 1")}, 200),
        ("0::/a", {"a": ("max", "1", "x 0")}, None),
    ],
)
def test_a_container_gives_what_its_groups_leave(tmp_path, line, files, left):
    for folder, (most, used, stat) in files.items():
        (tmp_path / "fs" / folder).mkdir(parents=True, exist_ok=True)
        for name, text in (("memory.max", most), ("memory.current", used), ("memory.stat", stat)):
            (tmp_path / "fs" / folder / name).write_text(f"{text}\n")
    (tmp_path / "own").write_text(f"{line}\n")
    assert _of_container(tmp_path / "fs", tmp_path / "own") == left


def test_a_container_of_the_first_kind_too(tmp_path):
    folder = tmp_path / "fs" / "memory" / "docker"
    folder.mkdir(parents=True)
    for name, text in (("limit_in_bytes", "700"), ("usage_in_bytes", "300"), ("stat", "total_inactive_file 50")):
        (folder / f"memory.{name}").write_text(f"{text}\n")
    (tmp_path / "own").write_text("5:memory:/docker\n4:cpu:/docker\n")
    assert _of_container(tmp_path / "fs", tmp_path / "own") == 450


def test_what_a_process_may_take_bounds_what_there_is():
    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    try:
        resource.setrlimit(resource.RLIMIT_DATA, (50_000_000_000, hard))
        assert 0 <= available() < 50_000_000_000
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))


@pytest.mark.parametrize("knobs", [{}, {"keep_colour": True, "strength": 0.7}])
@pytest.mark.parametrize("masked", [False, True])
def test_rows_that_are_laid_over_apart_are_those_of_the_whole(knobs, masked):
    from vidream.render.composite import composite

    pixels, dream = textured(700, 90), configure("image", **knobs).dream
    residual = textured(70, 9, seed=1).astype(np.float32) - 128
    mask = textured(700, 90, seed=2)[..., :1].astype(np.float32) / np.float32(255) if masked else None
    whole = as_pixels(composite(pixels.astype(np.float32), residual, dream, mask))
    made = _composite_by_rows(Frame(pixels, PEAK), residual, dream, mask, RGB24)
    np.testing.assert_array_equal(made.samples, whole)


def test_pillows_own_bound_stays_the_programs(tmp_path):
    before = PIL.Image.MAX_IMAGE_PIXELS
    assert before is not None
    PIL.Image.new("1", (15_000, 15_000)).save(tmp_path / "large.png")  # more than twice Pillow's bound
    with pytest.raises(MediaError, match="--max-pixels 100000000"):
        read_picture(tmp_path / "large.png")
    assert picture_size(tmp_path / "large.png", 300_000_000) == (15_000, 15_000)
    assert before == PIL.Image.MAX_IMAGE_PIXELS


def test_a_pictures_size_is_told_upright(tmp_path):
    exif = PIL.Image.Exif()
    exif[0x0112] = 6
    PIL.Image.new("RGB", (40, 20)).save(tmp_path / "a.jpg", exif=exif)
    assert picture_size(tmp_path / "a.jpg") == (20, 40)
    assert read_picture(tmp_path / "a.jpg").pixels.shape == (40, 20, 3)


def test_a_long_song_is_not_listened_to_where_memory_is_short(tmp_path, monkeypatch):
    monkeypatch.setattr(memory, "available", lambda: 1_400_000_000)
    memory.check_listening(tmp_path / "hour.wav", 3480)
    with pytest.raises(MediaError, match=r"hour\.wav: 60 minutes of sound take 1\.4 GB of memory to be heard"):
        memory.check_listening(tmp_path / "hour.wav", 3600)
    monkeypatch.setattr(memory, "available", lambda: 2_000_000_000)
    song = clicks(tmp_path / "song.wav", [0.1], 0.5)
    plan_music(song, "noise", tmp_path / "o.mp4", size="64x48")
    heard = []
    monkeypatch.setattr(music, "check_listening", lambda path, seconds: heard.append((path, seconds)))
    plan_music(song, "noise", tmp_path / "o.mp4", size="64x48")
    assert heard == [(song, 0.5)]
