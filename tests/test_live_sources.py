"""Where live frames come from: the newest counts, a clip keeps its own time, and nothing is left behind."""

import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from itertools import islice, product
from pathlib import Path
from typing import ClassVar

import cv2
import numpy as np
import pytest
from synthetic import SAMPLES, ffmpeg, panned, pixels_of, write_film

from vidream.config import configure
from vidream.errors import Cancelled, ConfigError, MediaError
from vidream.events import scope
from vidream.frames import Pixels, Size, size_of
from vidream.live import camera, clip, feeds, inlet, screen, sources
from vidream.live.decoder import Decoded, fit_filters
from vidream.live.feeds import LONG, SHORT, Feed, Newest
from vidream.live.source import LiveFrame, LiveSource
from vidream.live.sources import is_zoom, open_source
from vidream.media import decode
from vidream.media.reader import fit_video, open_video


@dataclass(eq=False)
class Listed(Feed):
    """Frames from a list, with the seconds at which they are there."""

    timed: Iterable[tuple[float, Pixels]]
    """(seconds since the feed was begun, frame), in order. After the last it is lost; it is begun anew then."""
    name: str = "a list"
    """In messages."""
    silence: float = SHORT
    patience: float = LONG
    waits: float = 10.0

    def __str__(self) -> str:
        return self.name

    def frames(self, stop: threading.Event) -> Generator[Pixels]:
        begin = time.monotonic()
        for second, pixels in self.timed:
            if stop.wait(max(0.0, begin + second - time.monotonic())):
                return
            yield pixels


def children() -> set[str]:
    """The programs that this process has started and that still run."""
    names = set()
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            name, _, rest = stat.read_text().partition(" (")[2].rpartition(") ")
            if int(rest.split()[1]) == os.getpid():
                names.add(name)
    return names


@pytest.fixture(autouse=True)
def nothing_left() -> Iterator[None]:
    """No thread and no process outlives a test."""
    threads = set(threading.enumerate())
    yield
    assert ends(lambda: set(threading.enumerate()) <= threads)
    assert ends(lambda: not any("ffmpeg" in name for name in children()))


def live(**knobs):
    return configure("live", base="video", **knobs)


def grey(level: int, height: int = 36, width: int = 64) -> np.ndarray:
    return np.full((height, width, 3), level, np.uint8)


def level(frame: LiveFrame | None) -> int:
    assert frame is not None
    return round(float(frame.frame.pixels().mean()))


def taken(source: LiveSource, count: int, seconds: float = 60.0) -> list[LiveFrame]:
    """So many frames, each as soon as it is there."""
    until, frames = time.monotonic() + seconds, list[LiveFrame]()
    while len(frames) < count and time.monotonic() < until:
        frame = source.newest(0.1)
        if frame is not None:
            frames.append(frame)
    assert len(frames) == count
    return frames


def ends(action, seconds: float = 60.0) -> bool:
    """Whether something becomes true in time."""
    until = time.monotonic() + seconds
    while not action() and time.monotonic() < until:
        time.sleep(0.01)
    return bool(action())


class Hours(threading.Event):
    """A clock that goes on only while somebody waits: what time.monotonic and the event that ends a feed are."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 100.0

    def monotonic(self) -> float:
        return self.now

    def wait(self, timeout: float | None = None) -> bool:
        self.now += timeout or 0
        return False


@pytest.fixture
def hours(monkeypatch) -> Hours:
    """The time of clips."""
    hours = Hours()
    monkeypatch.setattr(clip, "time", hours)
    return hours


def clip_of(path: Path, **knobs) -> clip.Clip:
    """The feed that the path of a clip means."""
    feed = sources._feed(str(path), live(**knobs))
    assert isinstance(feed, clip.Clip)
    return feed


def played(feed: clip.Clip, count: int, hours: Hours) -> list[tuple[float, int]]:
    """Of a clip's first frames, however fast the machine is: seconds since the first, and level."""
    with closing(feed.frames(hours)) as frames:
        timed = [(hours.now, round(float(pixels.mean()))) for pixels in islice(frames, count)]
    return [(second - timed[0][0], each) for second, each in timed]


def blinking(path: Path, levels, fps: int = 25, **options) -> Path:
    return write_film(path, [grey(each) for each in levels], fps, **options)


def test_the_newest_frame_counts_and_those_before_it_are_dropped():
    source = Newest(Listed([(0.0, grey(10)), (0.05, grey(20)), (0.1, grey(30)), (60, grey(0))]), lambda size: size)
    assert ends(lambda: source.dropped == 2)
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


@pytest.mark.parametrize(
    "error", [OSError(11, "Resource temporarily unavailable"), cv2.error("bad frame"), MemoryError()]
)
def test_what_the_system_refuses_is_lost_and_found_too(monkeypatch, error):
    monkeypatch.setattr(feeds, "RETRY", 0.1)
    rounds, told = iter([[(0.0, grey(10)), error], [(0.0, grey(20)), (600, grey(0))]]), threading.Event()

    class Refused(Listed):
        opened = 0

        def frames(self, stop):
            self.opened += 1
            assert self.opened == 1 or told.wait(60)
            for item in next(rounds):
                if isinstance(item, Exception):
                    raise item
                yield from Listed([item]).frames(stop)

    source = Newest(Refused([], "the camera"), lambda size: size)
    assert level(taken(source, 1)[0]) == 10
    assert ends(lambda: source.trouble.startswith("the camera: "))
    told.set()
    assert level(taken(source, 1)[0]) == 20
    assert not source.trouble
    source.close()


def test_a_size_that_changes_is_fitted_to_the_first():
    halves = np.concatenate([grey(0, 90, 45), grey(200, 90, 45)], axis=1)
    seen = threading.Event()

    def timed():
        yield 0.0, grey(10, 37, 65)
        assert seen.wait(60)
        yield 0.0, halves
        yield 600, grey(0)

    source = Newest(Listed(timed()), lambda size: size)
    (first,) = taken(source, 1)
    seen.set()
    (second,) = taken(source, 1)
    assert first.frame.size == second.frame.size == source.size == Size(64, 36)
    assert (second.frame.pixels()[:, 30].max(), second.frame.pixels()[:, 34].min()) == (0, 200)
    source.close()


def test_silence_is_told_and_begun_anew(monkeypatch):
    hours = Hours()
    monkeypatch.setattr(feeds, "time", hours)
    feed = Listed([(0.0, grey(10)), (600, grey(0))], "the camera", silence=2.0, patience=6.0)
    interrupted = threading.Event()
    monkeypatch.setattr(Listed, "interrupt", lambda _: interrupted.set())
    source = Newest(feed, lambda size: size)
    taken(source, 1)
    assert source.trouble == ""
    hours.wait(4)
    assert source.trouble == "the camera: no picture for 4 s"
    assert source.newest(0) is None
    assert not interrupted.is_set()
    hours.wait(4)
    assert source.newest(0) is None
    assert interrupted.is_set()
    source.close()


def test_a_feed_that_gives_nothing_is_an_error_before_the_first_frame():
    with pytest.raises(MediaError, match="the camera: has ended"):
        Newest(Listed([], "the camera"), lambda size: size)
    with pytest.raises(MediaError, match="the camera: no picture came in 0 s"):
        Newest(Listed([(60, grey(0))], "the camera", waits=0.2), lambda size: size)


@pytest.mark.parametrize("kept", [0, clip.KEPT])
def test_a_clip_plays_in_its_own_time_again_and_again(tmp_path, monkeypatch, hours, kept):
    monkeypatch.setattr(clip, "KEPT", kept)
    monkeypatch.setattr(clip, "EARLY", 0.2)
    begun = list[float]()

    def start(film):
        begun.append(hours.now)
        return decode.start(film)

    monkeypatch.setattr(clip, "start", start)
    levels = list(range(20, 220, 20))
    frames = played(clip_of(blinking(tmp_path / "a.mp4", levels, fps=20)), 28, hours)
    assert [each for _, each in frames] == pytest.approx([levels[number % 10] for number in range(28)], abs=1)
    assert [second for second, _ in frames] == pytest.approx([number / 20 for number in range(28)])
    assert len(begun) == (1 if kept else 4)
    if not kept:  # before the last frame of the round
        assert begun[1] - begun[0] == pytest.approx(5 / 20)  # the frame before is shown, the next decoded


def test_a_clip_plays_in_real_time(tmp_path):
    levels = list(range(20, 220, 20))
    source = open_source(str(blinking(tmp_path / "a.mp4", levels, fps=20)), live())
    frames = taken(source, 8)
    source.close()
    for frame in frames:
        assert abs(level(frame) - levels[frame.number % 10]) <= 1
    passed, count = frames[-1].second - frames[0].second, frames[-1].number - frames[0].number
    assert count >= 7
    assert passed > (count - 2) / 20  # the first frame may come late


def test_a_clip_is_what_the_film_is():
    film = open_video(SAMPLES / "city_tiny.mp4")
    source = open_source(str(film.path), live())
    frames, wanted = taken(source, 5), list(pixels_of(film))
    source.close()
    for frame in frames:
        assert np.array_equal(frame.frame.pixels(), wanted[frame.number % len(wanted)])


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
    both, wide = tmp_path / "both.mkv", ("-vf", "scale=out_range=pc", "-color_range", "pc")
    ffmpeg("-i", tmp_path / "plain.mp4", *wide, "-c:v", "ffv1", "-pix_fmt", "yuv420p10le", both)
    for path, size in product((deep, hdr, full, both), ("320", "160")):
        source, film = open_source(str(path), live(size=size)), open_video(path)
        (frame,) = taken(source, 1)
        source.close()
        whole = next(pixels_of(film))
        assert frame.frame.samples.dtype == np.uint8
        assert np.abs(frame.frame.pixels().astype(float) - feeds.fitted(whole, source.size)).mean() < 1.5, (path, size)


@pytest.mark.parametrize("fps", [5, 60])
def test_slow_and_fast_clips_keep_their_rate(tmp_path, hours, fps):
    frames = played(clip_of(blinking(tmp_path / "a.mp4", range(0, 240, 8), fps=fps), rate=60), 40, hours)
    assert [second for second, _ in frames] == pytest.approx([number / fps for number in range(40)])


def test_a_clip_of_a_variable_rate_holds_each_frame_as_long_as_it_says(tmp_path, hours):
    blinking(tmp_path / "even.mkv", range(20, 180, 20), fps=20)
    uneven = tmp_path / "uneven.mkv"
    ffmpeg("-i", tmp_path / "even.mkv", "-vf", "select='not(between(n,2,5))'", "-fps_mode", "passthrough", uneven)
    seconds, levels = zip(*played(clip_of(uneven), 4, hours), strict=True)
    assert levels == pytest.approx((20, 40, 140, 160), abs=1)
    assert seconds == pytest.approx((0, 0.05, 0.3, 0.35), abs=0.001)


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
        assert all(level(frame) // 50 == (1, 3)[frame.number % 2] for frame in taken(source, 3))
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


def test_a_clip_that_is_left_on_the_way_is_not_called_damaged(tmp_path):
    written, warnings = write_film(tmp_path / "long.mp4", panned(50, 36, 64), 10), []
    with scope(warnings.append), closing(open_source(str(written), live())) as source:
        taken(source, 2)
    assert not warnings


def test_a_feed_with_a_bug_is_named_and_looked_for_again(monkeypatch):
    monkeypatch.setattr(feeds, "RETRY", 0.05)

    class Buggy(Listed):
        def frames(self, stop):
            yield from super().frames(stop)
            raise ZeroDivisionError("a bug")

    with closing(Newest(Buggy([(0, grey(1))]), lambda size: size)) as source:
        assert level(taken(source, 1)[0]) == 1
        assert ends(lambda: "a list: ZeroDivisionError: a bug; looking again" in source.trouble)
        assert level(taken(source, 1)[0]) == 1


def test_a_clip_that_is_decoded_too_slowly_plays_later_and_says_so(tmp_path, monkeypatch, hours):
    monkeypatch.setattr(clip, "LATE", 0.05)
    monkeypatch.setattr(clip, "TOLD", 0.3)
    honest = clip.Clip._once

    def slow(self, *arguments, **options):
        for frame in honest(self, *arguments, **options):
            hours.wait(0.06)
            yield frame

    monkeypatch.setattr(clip.Clip, "_once", slow)
    feed, told = clip_of(blinking(tmp_path / "a.mp4", range(0, 200, 20), fps=25)), list[str]()
    with closing(feed.frames(hours)) as frames:
        for pixels, wanted in zip(frames, [*range(0, 200, 20)] * 2, strict=False):
            assert pixels.mean() == pytest.approx(wanted, abs=1)
            told.append(feed.remark)
    assert told[0] == ""
    assert told[9].endswith("a.mp4: is decoded slower than it plays; a smaller copy would keep its time")
    assert told[-1] == ""  # now it is kept


def test_of_a_fast_clip_no_more_is_read_than_can_be_shown(tmp_path, hours):
    levels = range(10, 190, 3)
    frames = played(clip_of(blinking(tmp_path / "a.mp4", levels, fps=60), rate=15), 12, hours)
    assert [second for second, _ in frames] == pytest.approx([number / 30 for number in range(12)])
    assert [each for _, each in frames] == pytest.approx([10 + 6 * number for number in range(12)], abs=1)


def test_a_fast_clip_of_which_frames_are_left_out_is_not_called_damaged(tmp_path, hours):
    warnings = []
    film = blinking(tmp_path / "a.mp4", range(10, 130, 2), fps=60)
    with scope(warnings.append):
        played(clip_of(film, rate=5), 12, hours)  # of ten a round
    assert not warnings


def test_of_a_heavy_clip_what_no_frame_needs_is_not_decoded(tmp_path, monkeypatch, hours):
    blinking(tmp_path / "all.mp4", range(20, 200, 6), fps=20)
    film = tmp_path / "b.mp4"
    ffmpeg("-i", tmp_path / "all.mp4", "-bf", 2, "-x264-params", "b-adapt=0:scenecut=0", "-qp", 4, film)
    monkeypatch.setattr(clip, "HEAVY", 20 * 64 * 36 - 1)
    frames = played(clip_of(film), 6, hours)
    assert frames[-1][0] > 6.5 / 20  # of three, one or two are left out
    for second, each in frames:
        assert each == pytest.approx(20 + 6 * 20 * second, abs=3)


def test_a_turned_an_interlaced_and_an_anamorphic_clip_are_as_a_film_is(tmp_path):
    scene = [np.ascontiguousarray(frame) for frame in panned(4, 96, 128)]
    plain = write_film(tmp_path / "plain.mp4", scene)
    turned, woven, wide = (tmp_path / f"{name}.mp4" for name in ("turned", "woven", "wide"))
    ffmpeg("-display_rotation", 90, "-i", plain, "-c", "copy", turned)
    ffmpeg("-i", plain, "-vf", "tinterlace=interleave_top,format=yuv420p", "-flags", "+ilme+ildct", "-qp", 1, woven)
    ffmpeg("-i", plain, "-vf", "setsar=2/1", "-qp", 1, wide)
    for path, shape in ((turned, Size(48, 64)), (woven, Size(64, 48)), (wide, Size(64, 24))):
        film = open_video(path)
        source = open_source(str(path), live(size="64"))
        (frame,) = taken(source, 1)
        source.close()
        assert source.size == shape, path
        whole = next(pixels_of(film))
        assert np.abs(frame.frame.pixels().astype(float) - feeds.fitted(whole, shape)).mean() < 3, path


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
        ("", False),
        ("camera", False),
        ("camera:/dev/video1", False),
        ("screen:640x360+0+0", False),
        ("-", False),
        ("rtsp://me:word@10.0.0.1", False),
    ],
)
def test_a_word_means_a_zoom_or_a_source(word, zoom):
    assert is_zoom(word) == zoom


class FakeCamera:
    """What cv2.VideoCapture is to a camera; a test says which frames it gives, and unplugs it."""

    frame: np.ndarray | None = None
    asked: ClassVar[dict[int, float]] = {}
    open_now = opened = 0
    misses = 0  # reads that give nothing, before it gives frames again

    def open(self, which, backend) -> bool:
        FakeCamera.open_now += FakeCamera.frame is not None
        FakeCamera.opened += 1
        return FakeCamera.frame is not None

    def set(self, knob: int, value: float) -> bool:
        FakeCamera.asked[knob] = value
        return True

    def read(self):
        time.sleep(0.02)
        FakeCamera.misses -= 1
        if FakeCamera.misses >= 0:
            return False, None
        return FakeCamera.frame is not None, FakeCamera.frame

    def release(self) -> None:
        FakeCamera.open_now = 0


@pytest.fixture
def fake_camera(monkeypatch):
    monkeypatch.setattr(cv2, "VideoCapture", FakeCamera)
    monkeypatch.setattr(FakeCamera, "frame", None)
    monkeypatch.setattr(FakeCamera, "asked", {})
    monkeypatch.setattr(FakeCamera, "opened", 0)
    monkeypatch.setattr(feeds, "RETRY", 0.1)
    return FakeCamera


def test_a_camera_is_asked_for_what_is_shown_and_gives_rgb(fake_camera):
    fake_camera.frame = np.dstack([grey(10), grey(20), grey(30)])[..., [0, 3, 6]]
    source = open_source("camera:1", live(size="1280max"))
    (frame,) = taken(source, 1)
    source.close()
    assert frame.frame.pixels()[0, 0].tolist() == [30, 20, 10]
    assert fake_camera.asked[cv2.CAP_PROP_FRAME_WIDTH] == 1280
    assert fake_camera.asked[cv2.CAP_PROP_FOURCC] == cv2.VideoWriter.fourcc(*"MJPG")
    assert fake_camera.open_now == 0
    source = open_source("", live(size="640"))
    source.close()
    assert (str(source), fake_camera.asked[cv2.CAP_PROP_FRAME_HEIGHT]) == ("camera:0", 360)


def test_a_camera_that_is_unplugged_is_found_again(fake_camera):
    fake_camera.frame = grey(90)
    source = open_source("camera", live())
    taken(source, 2)
    fake_camera.frame = None
    assert ends(lambda: source.trouble.startswith("camera:0: "))
    assert source.trouble.endswith("looking again")
    source.newest(0)
    assert source.newest(0.1) is None
    fake_camera.frame = grey(91, 90, 160)  # another one
    assert level(taken(source, 1)[0]) == 91
    assert not source.trouble
    assert source.size == Size(64, 36)
    source.close()


def test_a_camera_that_misses_a_frame_is_not_opened_again(fake_camera):
    fake_camera.frame = grey(90)
    source = open_source("camera", live())
    before, fake_camera.misses = fake_camera.open_now, camera.MISSES
    assert ends(lambda: fake_camera.misses < -2)
    assert taken(source, 2)[-1].number > 0
    assert (source.trouble, fake_camera.open_now, fake_camera.opened) == ("", before, 1)
    source.close()


@pytest.mark.parametrize(
    "word", ["camera", "camera:7", "/dev/video7", "/dev/v4l/by-id/usb-eye", "camera:front", "camera:"]
)
def test_a_camera_that_is_not_there_is_one_line(fake_camera, word):
    with pytest.raises((ConfigError, MediaError)) as caught:
        open_source(word, live())
    assert str(caught.value).startswith("camera:")
    assert "\n" not in str(caught.value)


def y4m(levels, seconds: float = 0.02) -> Iterator[bytes]:
    """Grey frames as they go through a pipe, in real time."""
    yield b"YUV4MPEG2 W64 H36 F25:1 Ip A1:1 C444\n"
    for each in levels:
        time.sleep(seconds)
        yield b"FRAME\n" + bytes([each]) * (64 * 36) + bytes([128]) * (2 * 64 * 36)


def send(pipe: Path, levels) -> None:
    with pipe.open("wb", buffering=0) as file:
        for data in y4m(levels):
            file.write(data)


def until(over: threading.Event, each: int) -> Iterator[int]:
    """A level again and again."""
    while not over.is_set():
        yield each


def after(event: threading.Event, sent: Iterable[bytes]) -> Iterator[bytes]:
    """What is sent once something has happened."""
    assert event.wait(60)
    yield from sent


needs_fifo = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes")


@needs_fifo
def test_a_pipe_that_ends_is_found_again(tmp_path, monkeypatch):
    monkeypatch.setattr(feeds, "RETRY", 0.1)
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=send, args=(pipe, [60] * 10))
    writer.start()
    source = open_source(str(pipe), live())
    writer.join()
    assert ends(lambda: source.trouble == f"{pipe}: has ended; looking again")
    assert level(source.newest(0)) == pytest.approx(51, abs=1)  # (60 - 16) * 255 / 219
    assert source.newest(0.2) is None
    over = threading.Event()
    writer = threading.Thread(target=send, args=(pipe, until(over, 160)))
    writer.start()
    assert level(taken(source, 1)[0]) == pytest.approx(168, abs=1)
    assert not source.trouble
    over.set()
    writer.join()
    source.close()


@needs_fifo
def test_a_pipe_is_waited_for_until_the_run_is_cancelled(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    cancel = threading.Event()
    threading.Timer(0.3, cancel.set).start()
    with scope(None, cancel), pytest.raises(Cancelled):
        open_source(str(tmp_path / "pipe"), live())


def test_standard_input_plays_once(tmp_path):
    code = """
import sys, time
from vidream.config import configure
from vidream.live.sources import open_source
source = open_source("-", configure("live", base="video"))
until = time.monotonic() + 60
while not source.trouble and time.monotonic() < until:
    time.sleep(0.01)
print(source.size, source.newest(0).number, source.trouble)
source.close()
"""
    run = subprocess.run(
        [sys.executable, "-c", code], input=b"".join(y4m([50] * 5, 0)), capture_output=True, check=False, timeout=120
    )
    assert run.stdout.decode().strip() == "64x36 4 -: has ended", run.stderr.decode()


@contextmanager
def sender(*sent: Iterable[bytes]) -> Iterator[str]:
    """The address of a server that sends this to whoever comes, then hangs up; the next to whoever comes next."""

    def serve() -> None:
        for each in sent:
            with suppress(OSError):
                connection, _ = server.accept()
                with connection:
                    for data in each:
                        connection.sendall(data)

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve)
        thread.start()
        yield f"127.0.0.1:{server.getsockname()[1]}"
        server.shutdown(socket.SHUT_RDWR)
        thread.join()


def test_an_address_that_hangs_up_is_found_again_and_no_password_is_shown(monkeypatch):
    monkeypatch.setattr(feeds, "RETRY", 0.1)
    told = threading.Event()
    with sender(y4m([60] * 5), after(told, y4m([160] * 5))) as host:
        source = open_source(f"tcp://me:word@{host}", live())
        assert str(source) == f"tcp://{host}"
        assert ends(lambda: source.trouble == f"tcp://{host}: has ended; looking again")
        source.newest(0)
        told.set()
        assert level(taken(source, 1)[0]) == pytest.approx(168, abs=1)
        assert ends(lambda: "refused" in source.trouble or "reset" in source.trouble or "ended" in source.trouble)
        assert "word" not in source.trouble
        source.close()


def test_who_listens_for_packets_ends_by_itself_if_nobody_ends_it():
    with closing(socket.socket(type=socket.SOCK_DGRAM)) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    feed = inlet.address(f"udp://127.0.0.1:{port}", live())
    feed.arguments = tuple("500000" if argument == inlet.ALONE else argument for argument in feed.arguments)
    with pytest.raises(MediaError):
        list(feed.frames(threading.Event()))


def test_what_is_sent_opens_nothing_else(tmp_path):
    film = blinking(tmp_path / "secret.mp4", [50] * 3)
    playlist = f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile://{film}\n#EXT-X-ENDLIST\n".encode()
    script = f"ffconcat version 1.0\nfile {film}\n".encode()
    for sent in (playlist, script, os.urandom(5000)):
        with sender([sent]) as host, pytest.raises(MediaError) as caught:
            open_source(f"tcp://{host}", live())
        assert "\n" not in str(caught.value)
    assert not {"hls", "concat", "image2", "dash", "lavfi", "webm_dash_manifest"} & set(inlet.SENT.split(","))
    assert not any({"file", "fd", "pipe"} & set(protocols) for protocols in inlet.SCHEMES.values())


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("gopher://host/x", "gopher://: no address that is read"),
        ("file:///etc/passwd", "file://: no address that is read"),
        ("concat://a", "concat://: no address that is read"),
        ("udp://", "udp://: has no host"),
        ("udp://127.0.0.1:", "udp://: needs a port"),
        ("srt://127.0.0.1:70000?mode=listener", "srt://: needs a port"),
        ("screen:1", "screen:1: must be a part of the screen"),
        ("screen:4x4+0+0", "screen:4x4\\+0\\+0: must be at least 16 px"),
    ],
)
def test_addresses_and_screens_that_cannot_be_are_told_before_the_first_frame(word, said):
    with pytest.raises(ConfigError, match=said):
        open_source(word, live())


def test_a_screen_is_read_as_each_system_has_it(monkeypatch):
    monkeypatch.setenv("DISPLAY", ":7")
    wanted = {"linux": ":7", "win32": "desktop", "darwin": "Capture screen 0:none"}
    for system, name in wanted.items():
        monkeypatch.setattr(sys, "platform", system)
        feed = screen.screen("640x360+100+50", live())
        assert feed.arguments[-1] == name
        assert "640:360:100:50" in feed.filters if system == "darwin" else "640x360" in feed.arguments
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.delenv("DISPLAY")
    with pytest.raises(ConfigError, match="there is no X display"):
        open_source("screen", live())


@pytest.mark.skipif(shutil.which("Xvfb") is None, reason="no Xvfb")
def test_a_screen_is_shown_and_found_again(monkeypatch):
    monkeypatch.setattr(feeds, "RETRY", 0.1)

    def display(number: int | None = None) -> subprocess.Popen:
        """An X server, its number chosen by itself unless it is given."""
        chosen = ["-displayfd", "1"] if number is None else [f":{number}", "-displayfd", "1"]
        command = ["Xvfb", *chosen, "-screen", "0", "320x240x24", "-nolisten", "tcp"]
        run = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        monkeypatch.setenv("DISPLAY", f":{int(run.stdout.readline())}")
        return run

    run = display()
    try:
        source = open_source("screen:160x120+20+10", live(size="80"))
        assert source.size == Size(80, 60)
        assert level(taken(source, 3)[-1]) < 10  # black, but for the mouse
        run.kill()
        run.communicate()
        assert ends(lambda: source.trouble.startswith("screen:160x120+20+10: "))
        source.newest(0)
        run = display(int(os.environ["DISPLAY"].removeprefix(":")))
        taken(source, 3)
        assert not source.trouble
        source.close()
    finally:
        run.kill()
        run.communicate()


@pytest.mark.parametrize("size", ["64", "48x48", "120max", "200x100"])
@pytest.mark.parametrize("fit", ["crop", "pad"])
def test_what_ffmpeg_scales_without_knowing_its_size_fits(size, fit):
    config = live(size=size, fit=fit)
    for given in (Size(160, 90), Size(90, 160), Size(61, 35)):
        feed = Decoded("x", ("-f", "lavfi", "-i", f"testsrc2=s={given}"), fit_filters(config.film), 10**6)
        with closing(feed.frames(threading.Event())) as frames:
            pixels = next(frames)
        wanted = config.film.sizes(given)[0]
        assert np.abs(np.subtract(size_of(pixels), wanted)).max() <= 2
