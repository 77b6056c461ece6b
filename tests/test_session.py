"""A render that is stopped, however it is stopped, goes on where it was, and nobody can tell from the film."""

import errno
import json
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from itertools import count
from pathlib import Path

import numpy as np
import pytest
from synthetic import (
    Stop,
    add_sound,
    clicks,
    each_frame,
    ffmpeg,
    heard,
    panned,
    read_film,
    stop_after,
    textured,
    write_film,
)

from vidream.errors import Cancelled, MediaError, RenderError
from vidream.jobs.video import render_video, video_job
from vidream.media import writer
from vidream.media.ffmpeg import Ffmpeg, run
from vidream.media.still import Picture, write_picture
from vidream.render import fingerprint, segments, session
from vidream.render.leftovers import frames_safe
from vidream.render.segments import SEGMENT
from vidream.render.workfolder import Workfolder, folder_of


def scenes() -> list[np.ndarray]:
    """Two shots, a flash of light across where a segment would end, and a frame that is held."""
    first, second = panned(40, 60, 80, by=(1, 0)), [frame[::-1].copy() for frame in panned(20, 60, 80)]
    first[SEGMENT - 1] = first[SEGMENT] = np.full_like(first[0], 255)
    second[5] = second[4]
    return first + second


def same_film(a: Path, b: Path) -> bool:
    one, other = read_film(a)[0], read_film(b)[0]
    return len(one) == len(other) and all(np.array_equal(x, y) for x, y in zip(one, other, strict=True))


@pytest.fixture
def film(tmp_path):
    return add_sound(write_film(tmp_path / "silent.mp4", scenes()), tmp_path / "in.mp4", seconds=2.4)


KNOBS = [{}, {"carry": "picture"}, {"loop": True}, {"persistence": 0}, {"fps": 30}, {"strength": 0}]
KNOBS += [
    {"dream_every": 3},
    {"strength": {"sine": [0.6, 0.4], "period": 20}, "persistence": {"keys": [[0, 0.5], [60, 1]]}},
]


@pytest.mark.parametrize(
    ("ending", "given"), [(".mp4", given) for given in KNOBS] + [(ending, {}) for ending in (".webm", ".mkv", ".gif")]
)
def test_resumed_equals_straight(tmp_path, tiny, film, ending, given):
    straight, resumed = tmp_path / f"straight{ending}", tmp_path / f"resumed{ending}"
    render_video(film, straight, **given, **tiny)
    said = []
    for frames in (30, 45, 999):
        try:
            render_video(film, resumed, **given, **tiny, on_event=stop_after(frames))
        except Stop:
            said.append(json.loads((folder_of(resumed) / "progress.json").read_text())["frames"])
    assert len(said) == 2
    assert 0 < said[0] <= said[1]
    assert same_film(straight, resumed)
    assert not folder_of(resumed).exists()


@pytest.mark.parametrize(("ending", "codec"), [("png", None), ("png", "png16"), ("tif", "tiff16"), ("exr", "exr")])
def test_pictures_are_resumed_as_well(tmp_path, tiny, film, ending, codec):
    out, knobs = tmp_path / "shots" / f"%03d.{ending}", {**tiny, "codec": codec}
    with pytest.raises(Stop):
        render_video(film, out, **knobs, on_event=stop_after(40))
    assert not out.parent.exists()
    assert frames_safe(out) >= 40 - SEGMENT
    render_video(film, out, **knobs)
    render_video(film, tmp_path / "straight" / f"%03d.{ending}", **knobs)
    names = sorted(path.name for path in out.parent.glob("[!.]*"))
    assert names == [f"{number:03d}.{ending}" for number in range(1, 61)]
    for name in names:
        assert (out.parent / name).read_bytes() == (tmp_path / "straight" / name).read_bytes()


def test_what_is_safe_is_not_dreamed_again(tmp_path, tiny, film, monkeypatch):
    from vidream.dream.octaves import OctaveDreamer

    out, calls, whole = tmp_path / "out.mp4", [], OctaveDreamer.__call__
    with pytest.raises(Stop):
        render_video(film, out, **tiny, persistence=0, on_event=stop_after(50))
    safe = frames_safe(out)
    assert safe >= 50 - SEGMENT
    monkeypatch.setattr(
        OctaveDreamer, "__call__", lambda self, *a, **k: calls.append(a[3].place) or whole(self, *a, **k)
    )
    render_video(film, out, **tiny, persistence=0)
    assert min(place[0] for place in calls) >= safe
    assert len(calls) <= 60 - safe


def test_segments_begin_at_cuts_and_never_span_one(tmp_path, tiny, film):
    out = tmp_path / "out.mp4"
    with pytest.raises(Stop):
        render_video(film, out, **tiny, on_event=stop_after(60))
    progress = json.loads((folder_of(out) / "progress.json").read_text())
    assert (progress["segments"], progress["encoded"]) == ([0], 40)


def test_a_rush_ends_with_no_flash(tmp_path, tiny, film):
    out = tmp_path / "out.mp4"
    with pytest.raises(Stop):
        render_video(film, out, **tiny, on_event=stop_after(SEGMENT + 4))
    progress = json.loads((folder_of(out) / "progress.json").read_text())
    assert (progress["segments"], progress["frames"], progress["encoded"]) == ([0], SEGMENT + 2, 0)


def crash() -> None:
    raise Stop


def cancel_at(cancel: threading.Event, frame: int) -> Callable[[int, int | None], None]:
    return lambda done, total: cancel.set() if done >= frame else None


def packets(path: Path) -> list[tuple[bool, str]]:
    """Of each frame of a film, as it is shown: whether it is a key frame, and its packet's sum and size."""
    rows = path.with_suffix(".framecrc")
    ffmpeg("-i", path, "-map", "0:v", "-c", "copy", "-f", "framecrc", rows)
    fields = [line.split(",") for line in rows.read_text().splitlines() if not line.startswith("#")]
    fields.sort(key=lambda row: int(row[2]))
    return [("F=0x0" not in "".join(row[6:]), "".join(row[4:6])) for row in fields]


@pytest.fixture
def few(monkeypatch):
    """Segments are encoded of fewer rushes."""
    monkeypatch.setattr(segments, "ENCODED", 30)


def test_segments_are_the_same_wherever_a_run_was_stopped(tmp_path, tiny, film, few):
    """By a signal, which ends a rush anywhere, or by a crash: the very packets are the same."""
    straight, out = tmp_path / "straight.mp4", tmp_path / "out.mp4"
    render_video(film, straight, **tiny)
    stops = []
    for number in (7, 30, 31, 44):
        cancel = threading.Event()
        with pytest.raises(Cancelled):
            render_video(film, out, **tiny, cancel=cancel, on_event=each_frame(cancel_at(cancel, number)))
        stops.append(frames_safe(out))
    assert stops == [7, 30, 31, 44]
    with pytest.raises(Stop):
        render_video(film, out, **tiny, on_event=stop_after(50))
    render_video(film, out, **tiny)
    assert packets(out) == packets(straight)


def test_key_frames_are_where_a_shot_begins_or_a_segment(tmp_path, tiny, film, few):
    out = tmp_path / "out.mp4"
    render_video(film, out, **tiny)
    keys = {number for number, (key, _) in enumerate(packets(out)) if key}
    assert keys - {SEGMENT + 1} == {0, 30, 40}  # and where the flash is over, as x264 finds


@pytest.mark.parametrize("saved", [False, True])
def test_a_crash_around_encoding_loses_nothing(tmp_path, tiny, film, few, monkeypatch, saved):
    straight, out = tmp_path / "straight.mp4", tmp_path / "out.mp4"
    render_video(film, straight, **tiny)
    with monkeypatch.context() as patch:
        if saved:
            patch.setattr(segments.Segments, "delete_unended", lambda self: self.rushes or crash())
        else:
            encode = segments.Segments.encode
            patch.setattr(segments.Segments, "encode", lambda self: encode(self) or crash())
        with pytest.raises(Stop):
            render_video(film, out, **tiny)
    assert frames_safe(out) == 30
    assert {path.suffix for path in folder_of(out).glob("0*")} == {".mp4", ".nut"}
    render_video(film, out, **tiny)
    assert packets(out) == packets(straight)
    assert not folder_of(out).exists()


def test_a_state_outlives_what_is_encoded_at_once_after_a_stop(tmp_path, tiny, film, few, monkeypatch):
    """A run that ends between a rush and its encoding, then another that ends right after that, hand on the same."""
    straight, out = tmp_path / "straight.mp4", tmp_path / "out.mp4"
    render_video(film, straight, **tiny)
    encode = session.Session._encode
    for ending in (lambda self: crash(), lambda self: encode(self) or crash()):
        with monkeypatch.context() as patch:
            patch.setattr(session.Session, "_encode", ending)
            with pytest.raises(Stop):
                render_video(film, out, **tiny)
        assert [path.name for path in folder_of(out).glob("carried*")] == ["carried-00000030.npz"]
    render_video(film, out, **tiny)
    assert packets(out) == packets(straight)


@pytest.mark.parametrize("moment", ["in a frame", "in the end of a rush"])
def test_ctrl_c_while_something_is_written_adds_no_frame(tmp_path, tiny, film, monkeypatch, moment):
    straight, out = tmp_path / "straight.mp4", tmp_path / "out.mp4"
    render_video(film, straight, **tiny)
    feed, fed = Ffmpeg.feed, count(1)

    def stop(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        if moment == "in a frame":
            patch.setattr(Ffmpeg, "feed", lambda *given: feed(*given) or (next(fed) == 14 and stop()))
        else:
            patch.setattr(segments, "flush", stop)
        with pytest.raises(KeyboardInterrupt):
            render_video(film, out, **tiny)
    render_video(film, out, **tiny)
    assert packets(out) == packets(straight)


def test_a_run_is_cancelled_while_it_encodes(tmp_path, tiny, film, monkeypatch):
    """What would encode it takes no end: it is ended."""
    out, cancel = tmp_path / "out.mp4", threading.Event()

    def for_ever(*_):
        threading.Timer(0.3, cancel.set).start()
        run(["-re", "-f", "lavfi", "-i", "color", "-f", "null", "-"], "encode")

    monkeypatch.setattr(segments.Segments, "encode", for_ever)
    with pytest.raises(Cancelled):
        render_video(film, out, **tiny, cancel=cancel)
    assert frames_safe(out) == 40


@pytest.mark.parametrize("codecs", [("h264", "prores"), ("prores", "h264")])
def test_fresh_begins_anew_with_another_codec_as_well(tmp_path, tiny, film, codecs):
    out, tiny = tmp_path / "out.mov", {**tiny, "strength": 0}
    with pytest.raises(Stop):
        render_video(film, out, codec=codecs[0], **tiny, on_event=stop_after(30))
    with pytest.raises(MediaError, match=r"changed: codec .*--fresh starts over"):
        render_video(film, out, codec=codecs[1], **tiny)
    mine = folder_of(out) / "00000999.mov"
    mine.write_bytes(b"mine")
    with pytest.raises(MediaError, match=r"holds 00000999\.mov, which is not what was made"):
        render_video(film, out, codec=codecs[1], **tiny, fresh=True)
    mine.unlink()
    assert render_video(film, out, codec=codecs[1], **tiny, fresh=True).frames == 60


def test_another_look_is_told_as_that_and_not_by_its_knobs(tmp_path, tiny, film):
    out = tmp_path / "out.mp4"
    with pytest.raises(Stop):
        render_video(film, out, preset="impasto", **tiny, on_event=stop_after(30))

    def told(**knobs):
        with pytest.raises(MediaError) as caught:
            render_video(film, out, **tiny, **knobs)
        return str(caught.value).partition("changed: ")[2].partition("; --fresh")[0]

    assert told(preset="melting") == "preset (was impasto, is melting)"
    assert told() == "preset (was impasto, is none)"
    assert told(preset="melting", seed=9).split("), ") == ["preset (was impasto, is melting", "seed (was 0, is 9)"]
    assert told(preset="impasto", seed=9) == "seed (was 0, is 9)"
    render_video(film, out, preset="impasto", **tiny)


def test_another_render_to_the_same_out_says_what_changed(tmp_path, tiny, film):
    out = tmp_path / "out.mp4"
    with pytest.raises(Stop):
        render_video(film, out, **tiny, on_event=stop_after(30))
    with pytest.raises(MediaError, match=r"changed: step_size \(was 1.0, is 2.0\); --fresh starts over"):
        render_video(film, out, step_size=2, **tiny)
    write_film(tmp_path / "silent.mp4", panned(50, 60, 80)).replace(film)
    with pytest.raises(MediaError, match=r"changed: source; --fresh starts over"):
        render_video(film, out, **tiny)
    made = render_video(film, out, fresh=True, **tiny)
    assert made.frames == 50
    assert not folder_of(out).exists()


@pytest.fixture
def folder(tmp_path) -> Path:
    """60 pictures, IMG_01.png to IMG_60.png; 7 and 8 are the same."""
    (tmp_path / "seq").mkdir()
    for number, pixels in enumerate(panned(60, 48, 64), 1):
        write_picture(tmp_path / "seq" / f"IMG_{number:02d}.png", Picture(pixels))
    shutil.copy(tmp_path / "seq" / "IMG_07.png", tmp_path / "seq" / "IMG_08.png")
    return tmp_path / "seq"


def other(path: Path) -> None:
    write_picture(path, Picture(textured(48, 64, seed=99)))


def one_more(path: Path) -> None:
    other(path.with_name(path.stem + "a.png"))


CHANGES: dict[str, Callable[[Path], None]] = {"other": other, "removed": Path.unlink, "one more": one_more}


@pytest.mark.parametrize("change", CHANGES)
def test_a_picture_that_is_changed_after_the_safe_point_keeps_what_is_safe(tmp_path, folder, change):
    out, safe = tmp_path / "out.mp4", []
    with pytest.raises(Stop):
        render_video(folder, out, strength=0, on_event=stop_after(40))
    assert frames_safe(out) == SEGMENT
    CHANGES[change](folder / "IMG_30.png")
    render_video(folder, out, strength=0, on_event=each_frame(lambda done, total: safe.append(done)))
    assert safe[0] == SEGMENT + 1
    render_video(folder, tmp_path / "straight.mp4", strength=0)
    assert same_film(tmp_path / "straight.mp4", out)


@pytest.mark.parametrize("number", [1, 7, 12, SEGMENT])
@pytest.mark.parametrize("change", CHANGES)
def test_a_picture_that_is_changed_before_the_safe_point_is_named(tmp_path, folder, change, number):
    out = tmp_path / "out.mp4"
    with pytest.raises(Stop):
        render_video(folder, out, strength=0, on_event=stop_after(40))
    CHANGES[change](folder / f"IMG_{number:02d}.png")
    first = {"other": number, "removed": number, "one more": number + 1}[change]
    if (change, number) == ("removed", 7):
        first = 8  # as 8 was the same, it is 9 that has come to another's place
    if first > SEGMENT:
        return
    with pytest.raises(MediaError, match=rf"changed: source \(picture {first}, IMG_{first:02d}\.png\); --fresh"):
        render_video(folder, out, strength=0)
    assert frames_safe(out) == SEGMENT


def test_a_picture_that_would_hold_on_what_is_safe_is_another_film(tmp_path, folder):
    out = tmp_path / "out.mp4"
    with pytest.raises(Stop):
        render_video(folder, out, strength=0, on_event=stop_after(40))
    shutil.copy(folder / f"IMG_{SEGMENT:02d}.png", folder / f"IMG_{SEGMENT + 1:02d}.png")
    with pytest.raises(MediaError, match=r"source \(picture 25, IMG_25\.png\)"):
        render_video(folder, out, strength=0)


def test_pictures_that_were_removed_up_to_the_safe_point_are_another_film(tmp_path, folder):
    out = tmp_path / "out.mp4"
    with pytest.raises(Stop):
        render_video(folder, out, strength=0, on_event=stop_after(40))
    for number in range(5, 61):
        (folder / f"IMG_{number:02d}.png").unlink()
    with pytest.raises(MediaError, match=r"source \(picture 5, IMG_05\.png\)"):
        render_video(folder, out, strength=0)


def test_of_a_loop_every_picture_counts(tmp_path, tiny, folder):
    out = tmp_path / "out.mp4"
    with pytest.raises(Stop):
        render_video(folder, out, **tiny, loop=True, on_event=stop_after(40))
    other(folder / "IMG_60.png")
    with pytest.raises(MediaError, match=r"source \(picture 60, IMG_60\.png\)"):
        render_video(folder, out, **tiny, loop=True)


def test_another_sound_keeps_the_frames(tmp_path, film):
    """Put under it, taken away, another one."""
    out = tmp_path / "out.mp4"
    first, second = clicks(tmp_path / "a.wav", [1.0], 3), clicks(tmp_path / "b.wav", [0.5], 3)
    with pytest.raises(Stop):
        render_video(film, out, strength=0, on_event=stop_after(40))
    frames = []

    def seen(done, total):
        frames.append(done)
        raise Stop

    for sound in (first, second, None, first):
        with pytest.raises(Stop):
            render_video(film, out, strength=0, sound=sound, on_event=each_frame(seen))
    assert min(frames) == frames_safe(out) + 1 > SEGMENT
    render_video(film, out, strength=0, sound=second)
    assert heard(out) == [pytest.approx(0.5, abs=0.04)]


def test_another_sound_is_put_under_what_was_joined_already(tmp_path, film, monkeypatch):
    """Cut short before the film was in its place, and after it."""
    out = tmp_path / "out.mp4"
    first, second = clicks(tmp_path / "a.wav", [1.0], 3), clicks(tmp_path / "b.wav", [0.5], 3)
    with monkeypatch.context() as patch:
        patch.setattr(writer.EncodedFilm, "place", lambda *_, **how: (_ for _ in ()).throw(Stop))
        with pytest.raises(Stop):
            render_video(film, out, strength=0, sound=first)
    frames = []
    with monkeypatch.context() as patch:
        patch.setattr(session.Session, "_remove", lambda self: None)
        render_video(film, out, strength=0, sound=second, on_event=each_frame(lambda *at: frames.append(at)))
    assert frames == []
    assert heard(out) == [pytest.approx(0.5, abs=0.04)]
    with pytest.raises(MediaError, match="is there already"):
        render_video(film, out, strength=0, sound=first)
    render_video(film, out, strength=0, sound=first, overwrite=True)
    assert heard(out) == [pytest.approx(1.0, abs=0.04)]
    assert not folder_of(out).exists()


def test_with_what_belongs_to_a_sound_a_session_of_the_first_edition_goes_on(tmp_path, film):
    out, sound = tmp_path / "out.mp4", clicks(tmp_path / "a.wav", [1.0], 3)
    with pytest.raises(Stop):
        render_video(film, out, strength=0, sound=sound, on_event=stop_after(40))
    before = frames_safe(out)
    job = video_job(film, out, strength=0, sound=sound)
    (folder_of(out) / "session.json").write_text(json.dumps(job.fingerprint()))
    frames = []
    render_video(film, out, strength=0, sound=sound, on_event=each_frame(lambda done, total: frames.append(done)))
    assert frames[0] > before >= SEGMENT


def test_another_version_does_not_go_on(tmp_path, tiny, film, monkeypatch):
    with pytest.raises(Stop):
        render_video(film, tmp_path / "out.mp4", **tiny, on_event=stop_after(30))
    monkeypatch.setattr(fingerprint, "__version__", "99")
    with pytest.raises(MediaError, match=r"changed: vidream \(was .*, is 99\)"):
        render_video(film, tmp_path / "out.mp4", **tiny)


def test_two_at_once_are_refused_and_a_dead_ones_lock_is_not(tmp_path, film):
    out = tmp_path / "out.mp4"
    refused = []

    def meanwhile(done, total):
        if done == 30:
            with pytest.raises(MediaError, match="is being rendered by somebody else"):
                render_video(film, out, strength=0)
            refused.append(True)

    render_video(film, out, strength=0, on_event=each_frame(meanwhile))
    assert refused
    folder_of(out).mkdir()
    (folder_of(out) / "lock").touch()  # its owner is gone
    render_video(film, out, strength=0, overwrite=True)


def test_if_only_the_folder_is_left_it_is_removed(tmp_path, film, monkeypatch):
    """Cut short between the last rename and the removal; and just before the rename."""
    out = tmp_path / "out.mp4"
    with monkeypatch.context() as patch:
        patch.setattr(session.Session, "_remove", lambda self: None)
        render_video(film, out, strength=0)
    assert folder_of(out).exists()
    before = out.read_bytes()
    assert render_video(film, out, strength=0).frames == 60
    assert out.read_bytes() == before
    assert not folder_of(out).exists()

    def cut_short(self):
        for path in self.folder.path.iterdir():
            if path.name != "progress.json":
                path.unlink()

    out.unlink()
    with monkeypatch.context() as patch:
        patch.setattr(session.Session, "_remove", cut_short)
        render_video(film, out, strength=0)
    assert render_video(film, out, strength=0).frames == 60
    assert out.read_bytes() == before
    assert not folder_of(out).exists()

    out.unlink()
    with monkeypatch.context() as patch:
        patch.setattr(writer.EncodedFilm, "place", lambda *_, **how: (_ for _ in ()).throw(Stop))
        with pytest.raises(Stop):
            render_video(film, out, strength=0)
    assert not out.exists()
    render_video(film, out, strength=0)
    assert out.read_bytes() == before


def test_a_full_disk_is_one_line_and_what_is_done_stays(tmp_path, film, monkeypatch):
    out, saves = tmp_path / "out.mp4", count(1)
    whole = Workfolder.write

    def full(self, name, content):
        if name == "progress.json" and next(saves) == 2:
            raise OSError(errno.ENOSPC, "No space left on device")
        whole(self, name, content)

    with monkeypatch.context() as patch:
        patch.setattr(Workfolder, "write", full)
        with pytest.raises(
            RenderError, match=r"out\.mp4: cannot be written: No space left on device; what is done stays"
        ):
            render_video(film, out, strength=0)
    assert SEGMENT <= frames_safe(out) < SEGMENT + 3
    assert render_video(film, out, strength=0).frames == 60


@pytest.mark.slow
@pytest.mark.ci
def test_killed_at_twenty_moments_nothing_is_lost(tmp_path):
    """By kill -9, mostly, at random moments of every phase; the same command until it is done; the same film each."""
    frames = panned(60, 60, 80, by=(1, 0)) + [textured(60, 80, 5)] * 10
    silent = write_film(tmp_path / "silent.mp4", frames)
    source = add_sound(silent, tmp_path / "in.mp4", seconds=2.8)
    common = [sys.executable, "-m", "vidream", "video", str(source)]
    look = ["--layer", "block2", "--octaves", "2", "--steps", "2"]
    began = time.monotonic()
    subprocess.run([*common, str(tmp_path / "straight.mp4"), *look], check=True, capture_output=True)
    whole = time.monotonic() - began
    dice, killed = random.Random(11), 0
    out = tmp_path / "out.mp4"
    for _ in range(200):
        if killed == 20:
            break
        run = subprocess.Popen([*common, str(out), *look], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            assert run.wait(timeout=dice.uniform(0.3, 1.02) * whole) == 0
        except subprocess.TimeoutExpired:
            run.send_signal(signal.SIGKILL if dice.random() < 0.8 else signal.SIGTERM)
            run.wait()
            killed += 1
        if out.exists():
            assert same_film(tmp_path / "straight.mp4", out)
            if not folder_of(out).exists():  # done: once more, from the start
                out.unlink()
    assert killed == 20
    if not out.exists():
        subprocess.run([*common, str(out), *look], check=True, capture_output=True)
    assert same_film(tmp_path / "straight.mp4", out)
    assert not folder_of(out).exists()
    assert out.stat().st_size > 0
