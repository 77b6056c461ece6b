"""Where live frames come from: the newest counts, a clip keeps its own time, and nothing is left behind."""

import os
import subprocess
import threading
import time
from collections.abc import Iterator
from itertools import pairwise, product
from pathlib import Path

import numpy as np
import pytest
from synthetic import SAMPLES, ffmpeg, panned, pixels_of, write_film

from vidream.config import configure
from vidream.errors import MediaError
from vidream.frames import Size
from vidream.live import clip, feeds
from vidream.live.feeds import Listed, Newest
from vidream.live.source import LiveFrame, LiveSource
from vidream.live.sources import is_zoom, open_source
from vidream.media.reader import fit_video, open_video


@pytest.fixture(autouse=True)
def nothing_left() -> Iterator[None]:
    """No thread and no process outlives a test."""
    threads = set(threading.enumerate())
    yield
    assert set(threading.enumerate()) <= threads
    listed = subprocess.run(["ps", "-o", "pid=,args=", "--ppid", str(os.getpid())], capture_output=True, check=False)
    assert b"ffmpeg" not in listed.stdout


def live(**knobs):
    return configure("live", base="video", **knobs)


def grey(level: int, height: int = 36, width: int = 64) -> np.ndarray:
    return np.full((height, width, 3), level, np.uint8)


def level(frame: LiveFrame | None) -> int:
    assert frame is not None
    return round(float(frame.frame.pixels().mean()))


def taken(source: LiveSource, count: int, seconds: float = 10.0) -> list[LiveFrame]:
    """So many frames, each as soon as it is there."""
    until, frames = time.monotonic() + seconds, list[LiveFrame]()
    while len(frames) < count and time.monotonic() < until:
        frame = source.newest(0.1)
        if frame is not None:
            frames.append(frame)
    assert len(frames) == count
    return frames


def ends(action, seconds: float = 5.0) -> bool:
    """Whether something becomes true in time."""
    until = time.monotonic() + seconds
    while not action() and time.monotonic() < until:
        time.sleep(0.01)
    return bool(action())


def blinking(path: Path, levels, fps: int = 25, **options) -> Path:
    return write_film(path, [grey(each) for each in levels], fps, **options)


def test_the_newest_frame_counts_and_those_before_it_are_dropped():
    source = Newest(Listed([(0.0, grey(10)), (0.05, grey(20)), (0.1, grey(30)), (60, grey(0))]), lambda size: size)
    time.sleep(0.3)
    frame = source.newest(0)
    assert (level(frame), frame.number, source.dropped) == (30, 2, 2)
    assert source.newest(0.05) is None
    source.close()


def test_what_is_lost_is_looked_for_again_and_said(monkeypatch):
    monkeypatch.setattr(feeds, "RETRY", 0.2)
    source = Newest(Listed([(0.0, grey(10)), (0.05, grey(20))], "the camera"), lambda size: size)
    assert ends(lambda: source.trouble == "the camera: has ended; looking again")
    numbers = [frame.number for frame in taken(source, 4)]
    assert numbers == sorted(numbers)
    assert numbers[-1] >= 3
    source.close()


def test_a_size_that_changes_is_fitted_to_the_first():
    halves = np.concatenate([grey(0, 90, 45), grey(200, 90, 45)], axis=1)
    source = Newest(Listed([(0.0, grey(10, 37, 65)), (0.2, halves), (60, grey(0))]), lambda size: size)
    first, second = taken(source, 2)
    assert first.frame.size == second.frame.size == source.size == Size(64, 36)
    assert (second.frame.pixels()[:, 30].max(), second.frame.pixels()[:, 34].min()) == (0, 200)
    source.close()


def test_silence_is_told_and_begun_anew(monkeypatch):
    monkeypatch.setattr(feeds, "SILENCE", 0.1)
    feed, interrupted = Listed([(0.0, grey(10)), (60, grey(0))], "the camera"), threading.Event()
    monkeypatch.setattr(Listed, "interrupt", lambda _: interrupted.set())
    source = Newest(feed, lambda size: size)
    taken(source, 1)
    assert ends(lambda: source.trouble == "the camera: no picture for 0 s")
    assert not interrupted.is_set()
    assert ends(lambda: source.newest(0.05) is None and interrupted.is_set())
    source.close()


def test_a_feed_that_gives_nothing_is_an_error_before_the_first_frame():
    with pytest.raises(MediaError, match="the camera: has ended"):
        Newest(Listed([], "the camera"), lambda size: size)
    with pytest.raises(MediaError, match="the camera: no picture came in 0 s"):
        Newest(Listed([(60, grey(0))], "the camera", waits=0.2), lambda size: size)


@pytest.mark.parametrize("kept", [0, clip.KEPT])
def test_a_clip_plays_in_its_own_time_again_and_again(tmp_path, monkeypatch, kept):
    monkeypatch.setattr(clip, "KEPT", kept)
    monkeypatch.setattr(clip, "EARLY", 0.4)
    levels = list(range(20, 220, 20))
    source = open_source(str(blinking(tmp_path / "a.mp4", levels, fps=20)), live())
    frames = taken(source, 25)
    source.close()
    for frame in frames:
        assert abs(level(frame) - levels[frame.number % 10]) <= 1
    assert [frame.number for frame in frames] == list(range(25))
    gaps = [later.second - earlier.second for earlier, later in pairwise(frames)]
    assert frames[-1].second - frames[0].second == pytest.approx(24 / 20, abs=0.04)
    assert max(gaps) < 0.15


def test_a_clip_is_what_the_film_is():
    film = open_video(SAMPLES / "city_tiny.mp4")
    source = open_source(str(film.path), live())
    frames, wanted = taken(source, 5), list(pixels_of(film))
    source.close()
    for frame in frames:
        assert np.array_equal(frame.frame.pixels(), wanted[frame.number])


@pytest.mark.parametrize("size", ["64", "48x48", "120max", "200x100"])
def test_a_clip_comes_in_the_size_that_is_shown(size):
    film = open_video(SAMPLES / "city.mp4")
    config = live(size=size)
    wanted = config.film.sizes(film.size)[0]
    small = fit_video(film, wanted)
    assert small.filters[1].startswith(f"scale={wanted.width}:")  # before anything is done with colours
    (pixels, *_), (whole, *_) = pixels_of(small), pixels_of(film)
    assert np.abs(pixels.astype(float) - feeds.fitted(whole, wanted)).mean() < 3


def test_deep_and_hdr_clips_become_pixels(tmp_path):
    ramp = np.tile(np.linspace(0, 255, 320).astype(np.uint8)[None, :, None], (180, 1, 3))
    write_film(tmp_path / "plain.mp4", [ramp] * 3)
    deep, hdr = tmp_path / "deep.mkv", tmp_path / "hdr.mkv"
    ffmpeg("-i", tmp_path / "plain.mp4", "-c:v", "ffv1", "-pix_fmt", "yuv420p10le", deep)
    tags = "setparams=color_primaries=bt2020:color_trc=smpte2084:colorspace=bt2020nc"
    ffmpeg("-i", deep, "-vf", tags, "-c:v", "ffv1", "-pix_fmt", "yuv420p10le", hdr)
    full = tmp_path / "full.mkv"
    ffmpeg("-i", tmp_path / "plain.mp4", "-vf", "scale=out_range=pc", "-c:v", "ffv1", "-pix_fmt", "yuvj420p", full)
    for path, size in product((deep, hdr, full), ("320", "160")):
        source, film = open_source(str(path), live(size=size)), open_video(path)
        (frame,) = taken(source, 1)
        source.close()
        whole = next(pixels_of(film))
        assert frame.frame.samples.dtype == np.uint8
        assert np.abs(frame.frame.pixels().astype(float) - feeds.fitted(whole, source.size)).mean() < 1.5, (path, size)


@pytest.mark.parametrize("fps", [5, 60])
def test_slow_and_fast_clips_keep_their_rate(tmp_path, fps):
    source = open_source(str(blinking(tmp_path / "a.mp4", range(0, 240, 8), fps=fps)), live())
    frames = taken(source, 5)
    source.close()
    passed = frames[-1].second - frames[0].second
    assert passed == pytest.approx((frames[-1].number - frames[0].number) / fps, abs=0.03)


def test_a_clip_of_a_variable_rate_holds_each_frame_as_long_as_it_says(tmp_path):
    blinking(tmp_path / "even.mkv", range(20, 180, 20), fps=20)
    uneven = tmp_path / "uneven.mkv"
    ffmpeg("-i", tmp_path / "even.mkv", "-vf", "select='not(between(n,2,5))'", "-fps_mode", "passthrough", uneven)
    source = open_source(str(uneven), live())
    frames = taken(source, 4)
    source.close()
    gaps = [later.second - earlier.second for earlier, later in pairwise(frames)]
    assert [level(frame) for frame in frames] == pytest.approx([20, 40, 140, 160], abs=1)
    assert gaps == pytest.approx([0.05, 0.25, 0.05], abs=0.03)


def test_one_frame_and_odd_sizes_play_on(tmp_path):
    one = blinking(tmp_path / "one.mp4", [90])
    odd = write_film(tmp_path / "odd.mkv", panned(3, 35, 61))
    for path, size in ((one, Size(64, 36)), (odd, Size(60, 34))):
        source = open_source(str(path), live())
        assert source.size == size
        assert all(frame.frame.size == size for frame in taken(source, 5))
        source.close()


def test_pictures_in_a_row_are_a_clip(tmp_path):
    blinking(tmp_path / "a.mp4", [50, 150])
    ffmpeg("-i", tmp_path / "a.mp4", tmp_path / "p%03d.png")
    for word in (str(tmp_path), str(tmp_path / "p%03d.png")):
        source = open_source(word, live())
        assert [level(frame) // 50 for frame in taken(source, 3)] == [1, 3, 1]
        source.close()


def test_a_clip_that_is_gone_comes_back(tmp_path, monkeypatch):
    monkeypatch.setattr(feeds, "RETRY", 0.2)
    monkeypatch.setattr(clip, "KEPT", 0)
    path = blinking(tmp_path / "a.mp4", [50] * 5)
    source = open_source(str(path), live())
    path.rename(tmp_path / "elsewhere.mp4")
    assert ends(lambda: "looking again" in source.trouble)
    assert "\n" not in source.trouble
    (tmp_path / "elsewhere.mp4").rename(path)
    assert ends(lambda: source.newest(0.05) is not None and not source.trouble)
    source.close()


def test_a_damaged_clip_plays_what_there_is(tmp_path, monkeypatch):
    monkeypatch.setattr(clip, "KEPT", 0)
    whole = write_film(tmp_path / "a.mkv", panned(40)).read_bytes()
    cut = tmp_path / "cut.mkv"
    cut.write_bytes(whole[: len(whole) // 3])
    source = open_source(str(cut), live())
    assert taken(source, 30)[-1].number >= 29  # again and again
    source.close()


def test_a_clip_that_is_decoded_too_slowly_plays_later(tmp_path, monkeypatch):
    monkeypatch.setattr(clip, "LATE", 0.05)
    source = open_source(str(blinking(tmp_path / "a.mp4", range(0, 200, 20), fps=100)), live())
    honest, slowed = clip.Clip._once, threading.Event()

    def slow(self, video, *, ahead):
        for frame in honest(self, video, ahead=ahead):
            slowed.set()
            time.sleep(0.03)
            yield frame

    source.close()
    monkeypatch.setattr(clip.Clip, "_once", slow)
    source = open_source(str(tmp_path / "a.mp4"), live())
    frames = taken(source, 8)
    source.close()
    assert slowed.is_set()
    assert [frame.number for frame in frames] == list(range(8))


def test_what_cannot_be_a_source_is_refused_in_one_line(tmp_path):
    (tmp_path / "text.mp4").write_text("no film")
    (tmp_path / "empty").mkdir()
    for word in (tmp_path / "none.mp4", tmp_path / "text.mp4", tmp_path / "empty"):
        with pytest.raises(MediaError) as caught:
            open_source(str(word), live())
        assert str(word) in str(caught.value)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("word", "zoom"),
    [
        ("noise", True),
        ("cat.png", True),
        ("clip.mp4@12.5", True),
        ("clip.mp4", False),
        ("p%03d.png", False),
    ],
)
def test_a_word_means_a_zoom_or_a_source(word, zoom):
    assert is_zoom(word) == zoom
