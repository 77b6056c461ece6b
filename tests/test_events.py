"""What a run tells its caller, and how its caller stops it."""

import logging
import os
import threading
import time
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from synthetic import clicks, panned, read_film, textured, write_film

import vidream
from vidream import events
from vidream.analysis import analyser
from vidream.errors import Cancelled, MediaError
from vidream.events import (
    THUMBNAIL,
    Event,
    FrameEvent,
    MessageEvent,
    NoteEvent,
    StageEvent,
    WarningEvent,
    checkpoint,
    note,
    scope,
    tell,
    thumbnail,
    warn,
)
from vidream.frames import PEAK, Frame
from vidream.jobs.batch import run_batch
from vidream.jobs.estimate import estimate_batch
from vidream.jobs.item import BatchEvent, ItemEndEvent, ItemStartEvent
from vidream.jobs.still import render_image
from vidream.media.still import Picture, write_picture
from vidream.render.ahead import ahead
from vidream.render.leftovers import frames_safe
from vidream.render.workfolder import folder_of


class Broken(Exception):  # noqa: N818
    """What a listener of the caller's raises."""


def kinds(heard: list[Event], kind: type) -> list:
    return [event for event in heard if isinstance(event, kind)]


def cancel_at(kind: type, number: int = 1, **fields: Any) -> dict[str, Any]:
    """(listener, cancel): it is set at the so many-th event of a kind with these fields."""
    cancel, left = threading.Event(), [number]

    def listener(event: Event) -> None:
        if isinstance(event, kind) and all(getattr(event, name) == value for name, value in fields.items()):
            left[0] -= 1
            if left[0] == 0:
                cancel.set()

    return {"on_event": listener, "cancel": cancel}


# ---------------------------------------------------------------- the scope


def test_events_go_to_the_innermost_listener_first_then_outward():
    heard: list[tuple[str, Any]] = []
    with scope(lambda event: heard.append(("outer", event))):
        with scope(lambda event: heard.append(("inner", event))):
            tell(StageEvent("joining"))
        tell(StageEvent("rendering"))
    tell(StageEvent("listening"))  # nobody listens
    assert [(name, event.stage) for name, event in heard] == [
        ("inner", "joining"),
        ("outer", "joining"),
        ("outer", "rendering"),
    ]


def test_warnings_reach_the_listener_whatever_the_host_does_with_its_logging():
    heard: list[Event] = []
    logging.disable(logging.CRITICAL)
    try:
        with scope(heard.append):
            warn("its transparency is left out", Path("a.png"))
            note("4 bars")
    finally:
        logging.disable(logging.NOTSET)
    assert heard == [WarningEvent("its transparency is left out", Path("a.png")), NoteEvent("4 bars")]
    assert [event.message for event in kinds(heard, MessageEvent)] == ["a.png: its transparency is left out", "4 bars"]


def test_warnings_are_logged_too_with_and_without_a_run(caplog):
    caplog.set_level(logging.INFO)
    warn("one", "a")
    with scope():
        note("two")
    assert [(record.name, record.levelname, record.getMessage()) for record in caplog.records] == [
        ("vidream", "WARNING", "a: one"),
        ("vidream", "INFO", "two"),
    ]


def test_what_another_thread_tells_is_heard_in_the_callers():
    heard = []

    def items():
        for number in range(3):
            warn(str(number))
            yield number

    def listener(event: Any) -> None:
        heard.append((event.text, threading.get_ident()))

    with scope(listener):
        assert list(ahead(items())) == [0, 1, 2]
    assert heard == [(text, threading.get_ident()) for text in "012"]


def test_runs_in_several_threads_do_not_mix():
    heard = {name: [] for name in "ab"}
    barrier = threading.Barrier(2, timeout=10)

    def run(name):
        with scope(heard[name].append):
            for _ in range(50):
                barrier.wait()
                warn(name)

    threads = [threading.Thread(target=run, args=(name,)) for name in heard]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {name: {event.text for event in each} for name, each in heard.items()} == {"a": {"a"}, "b": {"b"}}


def test_a_run_that_a_listener_starts_is_a_run_of_its_own():
    outer, inner = [], []

    def listener(event):
        outer.append(event)
        with scope(inner.append):
            warn("inside")

    with scope(listener):
        warn("outside")
    assert ([event.text for event in outer], [event.text for event in inner]) == (["outside"], ["inside"])


def test_a_checkpoint_heeds_the_cancel_of_every_scope_around_it():
    checkpoint()  # of no run
    cancel = threading.Event()
    with scope(cancel=cancel), scope():
        checkpoint()
        cancel.set()
        with pytest.raises(Cancelled):
            checkpoint()
    assert Cancelled.exit_status == 130


def test_waiting_for_what_another_thread_makes_is_ended_by_cancel():
    cancel, ended = threading.Event(), threading.Event()

    def items():
        ended.wait(1)  # longer than it takes to notice
        yield from ()

    threading.Timer(0.1, cancel.set).start()
    with scope(cancel=cancel), pytest.raises(Cancelled):
        list(ahead(items()))


def test_what_a_listener_raises_reaches_the_caller_whoever_catches_it():
    calls = []

    def listener(event):
        calls.append(event)
        raise Broken

    def work():
        try:
            warn("one")
        except Exception as error:
            raise MediaError("made into something else") from error

    def swallow():
        with suppress(Broken):
            warn("three")
        checkpoint()

    with pytest.raises(Broken), scope(listener):
        work()
    with pytest.raises(Broken), scope(listener), pytest.raises(Broken):
        warn("two")  # and swallowed
    with pytest.raises(Broken), scope(listener):
        swallow()
    assert len(calls) == 3  # it hears nothing after that


@pytest.mark.parametrize(("shape", "small"), [((1080, 1920), (90, 160)), ((161, 90), (81, 45)), ((64, 96), (64, 96))])
def test_a_thumbnail_is_small_and_a_copy(shape, small):
    pixels = np.zeros((*shape, 3), np.uint8)
    assert thumbnail(Frame(pixels, PEAK)).shape == (*small, 3)
    assert max(small) <= THUMBNAIL
    assert not np.shares_memory(thumbnail(Frame(pixels, PEAK)), pixels)


# ---------------------------------------------------------------- jobs


@pytest.fixture
def film(tmp_path) -> Path:
    return write_film(tmp_path / "in.mp4", panned(60, 48, 64), 25)


def test_a_film_tells_its_stages_and_every_frame(tmp_path, tiny, film):
    heard: list[Event] = []
    vidream.render_video(film, tmp_path / "out.mp4", **tiny, first_steps=1, on_event=heard.append)
    stages = [event.stage for event in kinds(heard, StageEvent)]
    assert stages == ["waking the network", "rendering", "warming up", "joining"]
    frames = kinds(heard, FrameEvent)
    assert [(event.frames, event.total) for event in frames] == [(number, 60) for number in range(1, 61)]
    assert all(one.seconds <= other.seconds for one, other in pairwise(frames))
    assert frames[-1].picture.shape == (48, 64, 3)
    assert frames[-1].picture.std() > 1


def test_a_cancelled_film_writes_nothing_and_goes_on(tmp_path, film):
    out, heard = tmp_path / "out.mp4", []
    with pytest.raises(Cancelled, match="30 frames are safe, and the same call goes on from there"):
        vidream.render_video(film, out, strength=0, **cancel_at(FrameEvent, frames=30))
    assert not out.exists()
    assert frames_safe(out) == 30
    vidream.render_video(film, out, strength=0, on_event=heard.append)
    assert kinds(heard, FrameEvent)[0].frames == 31
    assert "30 frames are done; going on from there" in [event.text for event in kinds(heard, WarningEvent)]
    assert len(read_film(out)[0]) == 60


def test_cancel_is_heeded_within_a_frame_and_in_its_warm_up(tmp_path, tiny, film, monkeypatch):
    from vidream.dream.octaves import OctaveDreamer

    calls, dream = [], OctaveDreamer.__call__
    monkeypatch.setattr(OctaveDreamer, "__call__", lambda self, *a, **k: calls.append(1) or dream(self, *a, **k))
    stops = [(cancel_at(StageEvent, stage="warming up"), 0, 0), (cancel_at(FrameEvent, frames=1), 80, 1)]
    for stop, most, safe in stops:
        calls.clear()
        with pytest.raises(Cancelled):
            vidream.render_video(film, tmp_path / "out.mp4", **tiny, **stop)
        assert len(calls) <= most
        assert folder_of(tmp_path / "out.mp4").exists() == bool(safe)
        assert frames_safe(tmp_path / "out.mp4") == safe


def test_a_cancelled_zoom_and_a_cancelled_music_visual_write_nothing(tmp_path):
    write_picture(tmp_path / "seed.png", Picture(textured(48, 64)))
    song = clicks(tmp_path / "song.wav", [0.25, 0.75], 2.0)
    out = tmp_path / "out.mp4"
    knobs: dict[str, Any] = {"strength": 0, "size": "64x48", "first_steps": 1, "octaves": 1}
    with pytest.raises(Cancelled):
        vidream.render_zoom(tmp_path / "seed.png", out, **knobs, frames=60, **cancel_at(FrameEvent, frames=30))
    assert frames_safe(out) == 30
    other = tmp_path / "music.mp4"
    with pytest.raises(Cancelled, match="no frame was safe yet"):
        vidream.render_music(song, tmp_path / "seed.png", other, **knobs, **cancel_at(StageEvent, stage="listening"))
    assert not out.exists()
    assert not other.exists()
    assert not folder_of(other).exists()


def test_cancel_is_heeded_while_a_file_is_looked_through(tmp_path, monkeypatch):
    from vidream.media import ffmpeg

    slow, cancel = tmp_path / "slow", threading.Event()
    slow.write_text(f"#!/bin/sh\necho $$ > {tmp_path / 'pid'}\nexec sleep 30\n")
    slow.chmod(0o700)
    monkeypatch.setattr(ffmpeg, "executable", lambda: str(slow))
    threading.Timer(0.5, cancel.set).start()
    began = time.monotonic()
    with scope(cancel=cancel), pytest.raises(Cancelled):
        ffmpeg.ask(tmp_path / "in.mp4", [], [])
    assert time.monotonic() - began < 10
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)


def test_cancel_is_heeded_while_a_sound_is_decoded(tmp_path):
    from vidream.media.sound import read_sound

    song, cancel = clicks(tmp_path / "song.wav", [0.25], 2.0), threading.Event()
    cancel.set()
    with scope(cancel=cancel), pytest.raises(Cancelled):
        read_sound(song, 22_050)


@pytest.mark.parametrize(
    "stage", ["measure_timbre", "measure_onsets", "measure_edges", "measure_kicks", "find_beats", "find_bars"]
)
def test_cancel_is_heeded_after_each_stage_of_an_analysis(monkeypatch, stage):
    cancel, function = threading.Event(), getattr(analyser, stage)
    monkeypatch.setattr(analyser, stage, lambda *a, **k: (cancel.set(), function(*a, **k))[1])
    beats = np.zeros(22_050 * 6, np.float32)
    beats[:: 22_050 // 2] = 0.8
    with scope(cancel=cancel), pytest.raises(Cancelled):
        analyser.analyse(beats)


def test_cancel_is_heeded_while_shots_are_found(tmp_path, film):
    from vidream.jobs.video import plan_video

    plan, cancel = plan_video(film, tmp_path / "out.mp4"), threading.Event()
    cancel.set()
    with scope(cancel=cancel), pytest.raises(Cancelled):
        list(plan.shots())


def test_a_cancelled_picture_writes_nothing(tmp_path, tiny):
    source = write_picture(tmp_path / "in.png", Picture(textured(48, 64))) or tmp_path / "in.png"
    heard: list[Event] = []
    with pytest.raises(Cancelled, match="nothing was written"):
        render_image(source, tmp_path / "out.png", **tiny, **cancel_at(StageEvent, stage="rendering"))
    assert not (tmp_path / "out.png").exists()
    render_image(source, tmp_path / "out.png", **tiny, steps=1, on_event=heard.append)
    assert [(event.frames, event.total) for event in kinds(heard, FrameEvent)] == [(1, 1)]
    with pytest.raises(Cancelled):
        vidream.dream_image(textured(48, 64), **tiny, **cancel_at(StageEvent, stage="rendering"))


@pytest.mark.parametrize("tile", [832, 128])
def test_cancel_is_heeded_at_the_next_step_or_tile_of_a_picture(tmp_path, tiny, monkeypatch, tile):
    from vidream.dream.tiles import TiledGradient

    cancel, calls, gradient = threading.Event(), [], TiledGradient._of_part

    def counted(self, *arguments):
        calls.append(1)
        if len(calls) == 3:
            cancel.set()
        return gradient(self, *arguments)

    monkeypatch.setattr(TiledGradient, "_of_part", counted)
    with pytest.raises(Cancelled):
        vidream.dream_image(textured(160, 240), **tiny | {"octaves": 1, "tile": tile, "steps": 8}, cancel=cancel)
    assert len(calls) == 3


def test_what_a_listener_raises_ends_a_film_cleanly(tmp_path, film):
    threads = threading.active_count()

    def listener(event):
        if isinstance(event, FrameEvent) and event.frames == 30:
            raise Broken

    with pytest.raises(Broken):
        vidream.render_video(film, tmp_path / "out.mp4", strength=0, on_event=listener)
    assert frames_safe(tmp_path / "out.mp4") == 24
    assert threading.active_count() <= threads
    assert not (tmp_path / "out.mp4").exists()


def test_progress_still_works_and_says_that_it_is_going(tmp_path, film):
    seen, heard = [], []
    with pytest.warns(DeprecationWarning, match="on_event= tells more") as caught:
        vidream.render_video(
            film, tmp_path / "out.mp4", strength=0, progress=lambda *at: seen.append(at), on_event=heard.append
        )
    assert caught[0].filename == __file__
    assert seen == [(number, 60) for number in range(1, 61)]
    assert len(kinds(heard, FrameEvent)) == 60


def test_a_render_leaves_the_hosts_logging_alone(tmp_path, film):
    logger = logging.getLogger("vidream")
    before = [*logger.handlers], logger.level, logger.propagate, [*logging.getLogger().handlers]
    vidream.render_video(film, tmp_path / "out.mp4", strength=0, on_event=lambda event: None)
    jobs = tmp_path / "jobs.toml"
    jobs.write_text('[[job]]\ncommand = "video"\nsource = "in.mp4"\noutput = "o.mp4"\nstrength = 0\n')
    levels = []
    run_batch(jobs, lambda event: levels.append(logger.level))
    assert set(levels) == {before[1]}
    assert ([*logger.handlers], logger.level, logger.propagate, [*logging.getLogger().handlers]) == before


# ---------------------------------------------------------------- sheets, reports


def test_a_cancelled_sheet_writes_nothing(tmp_path, tiny):
    source, out = tmp_path / "in.png", tmp_path / "sheet.png"
    write_picture(source, Picture(textured(48, 64)))
    knobs: dict[str, Any] = {"network": "tiny", "octaves": 1, "steps": 1}
    heard: list[Event] = []
    with pytest.raises(Cancelled, match="nothing was written"):
        vidream.make_sheet(source, out, layers=True, **knobs, **cancel_at(FrameEvent, frames=2))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.png"]
    sheet = vidream.make_sheet(source, out, layers=True, **knobs, on_event=heard.append)
    assert [event.frames for event in kinds(heard, FrameEvent)] == [*range(1, len(sheet.looks) + 1)]
    assert next(event.stage for event in kinds(heard, StageEvent)) == "trying looks"
    assert (sheet.out, sheet.page) == (out, tmp_path / "sheet.html")
    assert out.exists()
    assert sheet.page.exists()


def test_no_look_is_tried_after_a_cancel(tiny):
    from vidream.jobs.looks import layer_looks, try_looks
    from vidream.jobs.scene import Scene

    cancel = threading.Event()
    with scope(cancel=cancel):
        cells = try_looks(Scene(textured(48, 64)), layer_looks({"network": "tiny", "strength": 0}))
        next(cells)
        cancel.set()
        with pytest.raises(Cancelled):
            next(cells)


def test_a_report_can_be_cancelled(film):
    cancel = threading.Event()
    cancel.set()
    with pytest.raises(Cancelled):
        vidream.make_report(film, film, cancel=cancel)
    report = vidream.make_report(film, film)
    assert report.summary["strength"] == 0
    assert len(report.as_json()["per_frame"]) == 60


# ---------------------------------------------------------------- batches


@pytest.fixture
def jobs(tmp_path, film) -> Path:
    """Three films."""
    path = tmp_path / "jobs.toml"
    path.write_text("""
        [[job]]
        command = "video"
        source = "in.mp4"
        output = "out-{seed}.mp4"
        strength = 0
        matrix = { seed = [1, 2, 3] }
    """)
    return path


def test_a_batch_tells_what_it_will_make_and_what_becomes_of_it(jobs):
    heard: list[Event] = []
    results = run_batch(jobs, heard.append)
    (begin,) = kinds(heard, BatchEvent)
    assert [(item.spec.out.name, item.frames) for item in begin.items] == [(f"out-{n}.mp4", 60) for n in (1, 2, 3)]
    assert [event.index for event in kinds(heard, ItemStartEvent)] == [0, 1, 2]
    assert [event.result for event in kinds(heard, ItemEndEvent)] == results
    assert [(each.state, each.rendered.frames) for each in results] == [("done", 60)] * 3
    assert len(kinds(heard, FrameEvent)) == 180
    heard.clear()
    assert [each.state for each in run_batch(jobs, heard.append)] == ["skipped"] * 3
    assert kinds(heard, BatchEvent)[0].items == ()


def test_a_cancelled_batch_goes_on(jobs):
    with pytest.raises(Cancelled, match="1 of 3 films are done, and the same call goes on from there"):
        run_batch(jobs, **cancel_at(ItemEndEvent))
    assert [path.name for path in sorted(jobs.parent.glob("out-*"))] == ["out-1.mp4"]
    out = jobs.parent / "out-2.mp4"
    with pytest.raises(Cancelled):
        run_batch(jobs, **cancel_at(FrameEvent, frames=30))
    assert frames_safe(out) == 30
    heard: list[Event] = []
    assert [each.state for each in run_batch(jobs, heard.append)] == ["skipped", "done", "done"]
    assert kinds(heard, FrameEvent)[0].frames == 31


def test_what_a_listener_raises_is_no_films_failure(jobs):
    def listener(event):
        if isinstance(event, FrameEvent):
            raise MediaError("of the caller's")

    with pytest.raises(MediaError, match="of the caller's"):
        run_batch(jobs, listener)
    assert not list(jobs.parent.glob("out-*.mp4"))


def test_an_estimate_can_be_cancelled(jobs):
    cancel = threading.Event()
    cancel.set()
    with pytest.raises(Cancelled):
        estimate_batch(jobs, cancel=cancel)
    assert [each.seconds > 0 for each in estimate_batch(jobs)] == [True] * 3


def test_events_are_data():
    for name in vars(events):
        kind = getattr(events, name)
        if isinstance(kind, type) and issubclass(kind, Event):
            assert vars(kind)["__dataclass_params__"].frozen
