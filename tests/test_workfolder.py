"""Nothing that a user made is ever lost: what lies where vidream keeps its own, and what is in it, may be anybody's."""

import io
import json
import os
import socket
import stat
import subprocess
import sys
import threading
import zipfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from synthetic import Stop, contents, each_frame, ffmpeg, panned, read_film, stop_after, stopped, write_film

from vidream.analysis import SAVED_NUMBERS, SAVED_ROWS
from vidream.errors import MediaError, RenderError
from vidream.frames import Size
from vidream.jobs.kept_song import KeptSong
from vidream.jobs.still import render_image
from vidream.jobs.video import render_video, video_job
from vidream.media.paths import check_source
from vidream.media.still import Picture, write_picture
from vidream.render import journal
from vidream.render.filenames import session_names
from vidream.render.leftovers import frames_safe
from vidream.render.workfolder import Workfolder, folder_of


@pytest.fixture(scope="module")
def clip(tmp_path_factory) -> Path:
    """40 frames: `film` is a copy of it."""
    return write_film(tmp_path_factory.mktemp("clip") / "in.mp4", panned(40, 48, 64))


def note(folder: Path) -> None:
    folder.mkdir()
    (folder / "notes.txt").write_text("mine")
    (folder / "sub").mkdir()
    (folder / "sub" / "deep.txt").write_text("mine, too")


def names_of_ours(folder: Path) -> None:
    folder.mkdir()
    (folder / "00000001.mp4").write_text("mine")


def inner_folder(folder: Path) -> None:
    (folder / "waiting").mkdir(parents=True)
    (folder / "session.json").write_text('{"source": ""}')
    (folder / "waiting" / "guests.txt").write_text("mine")


def link(folder: Path) -> None:
    note(folder.parent / "Documents")
    folder.symlink_to(folder.parent / "Documents")


def file(folder: Path) -> None:
    folder.write_text("mine")


def pipe(folder: Path) -> None:
    os.mkfifo(folder)


THEIRS = [note, names_of_ours, inner_folder, link, file, pipe]


@pytest.mark.parametrize("fresh", [False, True])
@pytest.mark.parametrize("theirs", THEIRS)
def test_what_is_called_as_a_sessions_folder_and_is_none_is_refused_as_it_is(tmp_path, film, theirs, fresh):
    theirs(tmp_path / "out.mp4.vidream")
    before = contents(tmp_path)
    with pytest.raises(MediaError, match=r"out\.mp4\.vidream: .*move it away") as error:
        render_video(film, tmp_path / "out.mp4", strength=0, fresh=fresh)
    assert "\n" not in str(error.value)
    assert contents(tmp_path) == before


@pytest.mark.parametrize("theirs", [note, link, file, pipe])
@pytest.mark.parametrize("flags", [(), ("--dry-run",)])
def test_what_is_called_as_a_batchs_folder_and_is_none_is_refused_as_it_is(
    tmp_path, film, vidream_command, theirs, flags
):
    (tmp_path / "jobs.toml").write_text('[[job]]\ncommand = "video"\nsource = "none.mp4"\noutput = "o.mp4"')
    theirs(tmp_path / "jobs.toml.vidream")
    before = contents(tmp_path)
    run = vidream_command("batch", "jobs.toml", *flags)
    assert (run.returncode, len(run.stderr.splitlines())) == (2, 1), run.stderr
    assert contents(tmp_path) == before


def test_a_batch_that_fails_its_check_leaves_what_was_there(tmp_path, vidream_command):
    (tmp_path / "jobs.toml").write_text('[[job]]\ncommand = "video"\nsource = "none.mp4"\noutput = "o.mp4"')
    assert vidream_command("batch", "jobs.toml").returncode == 2
    assert not (tmp_path / "jobs.toml.vidream").exists()
    (tmp_path / "jobs.toml.vidream").mkdir()
    (tmp_path / "jobs.toml.vidream" / "o.mp4-012abc.log").write_text("of yesterday")
    before = contents(tmp_path)
    for flags in ((), ("--dry-run",)):
        assert vidream_command("batch", "jobs.toml", *flags).returncode == 2
        assert contents(tmp_path) == before


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"{}", b'{"source": 3}', b"\xff" * 99, b"[" * 100_000])
def test_a_session_that_does_not_say_whose_it_is_is_not_deleted(tmp_path, film, content):
    folder = stopped(film, tmp_path / "out.mp4")
    (folder / "session.json").write_bytes(content)
    before = contents(folder)
    with pytest.raises(MediaError, match=r"damaged: session\.json .*; --fresh starts over"):
        render_video(film, tmp_path / "out.mp4", strength=0)
    assert contents(folder).items() >= (before.items() - {("lock", b"")})
    assert render_video(film, tmp_path / "out.mp4", strength=0, fresh=True).frames == 40
    assert not folder.exists()


def test_a_session_without_what_says_whose_it_is_is_not_deleted(tmp_path, film):
    folder = stopped(film, tmp_path / "out.mp4")
    (folder / "session.json").unlink()
    with pytest.raises(MediaError, match=r"session\.json is missing; --fresh starts over"):
        render_video(film, tmp_path / "out.mp4", strength=0)
    assert frames_safe(tmp_path / "out.mp4") == 24


NAMES = ["progress.new", "session.new", "segments.ffconcat", "whole.mp4", "00000024.mp4", "lock", "progress.json"]


@pytest.mark.parametrize("how", [os.symlink, os.link])
@pytest.mark.parametrize("name", NAMES)
def test_no_link_in_a_session_is_written_through(tmp_path, film, name, how):
    folder = stopped(film, tmp_path / "out.mp4")
    victim = tmp_path / "victim.txt"
    victim.write_text("mine")
    (folder / name).unlink(missing_ok=True)
    how(victim, folder / name)
    with pytest.raises(MediaError, match=f"holds {name}, .*move it away"):
        render_video(film, tmp_path / "out.mp4", strength=0)
    assert victim.read_text() == "mine"
    assert not (tmp_path / "out.mp4").exists()


def test_what_is_planted_does_not_replace_the_film(tmp_path, film):
    """A session that says that it is finished, of anything, by whatever way."""
    out = tmp_path / "out.mp4"
    folder = stopped(film, out)
    broken_progress(finished=True, carried="")(folder)
    (folder / "whole.mp4").write_bytes(b"hostile")
    out.write_bytes(b"mine")
    with pytest.raises(MediaError, match="is there already; --overwrite"):  # what belongs to it
        render_video(film, out, strength=0)
    with pytest.raises(MediaError, match="is there already; --overwrite"):  # what belongs to another
        render_video(film, out, strength=0, crf=20)
    owner = (folder / "session.json").read_bytes()
    (folder / "session.json").unlink()
    with pytest.raises(MediaError, match="is there already; --overwrite"):
        render_video(film, out, strength=0)
    with pytest.raises(MediaError, match=r"session\.json is missing"):
        render_video(film, out, strength=0, overwrite=True)
    (folder / "session.json").write_bytes(owner)
    assert out.read_bytes() == b"mine"


@pytest.mark.parametrize("name", ["out.mp4", "out.gif", "%02d.png"])
def test_what_comes_to_out_while_it_is_made_is_not_replaced(tmp_path, film, name):
    (tmp_path / "made").mkdir()
    out = tmp_path / "made" / name
    mine = tmp_path / "made" / name.replace("%02d", "07")

    def arrive(done, total):
        mine.write_bytes(b"mine")

    with pytest.raises(MediaError, match="is there already, and was not when this began"):
        render_video(film, out, strength=0, on_event=each_frame(arrive))
    assert mine.read_bytes() == b"mine"
    mine.unlink()
    assert render_video(film, out, strength=0).frames == 40
    assert mine.exists()
    assert not folder_of(out).exists()


def broken_progress(**values):
    """Without the digest, which whoever changes it on purpose can leave out."""

    def break_it(folder: Path) -> None:
        done = json.loads((folder / "progress.json").read_text())
        del done["check"]
        (folder / "progress.json").write_text(json.dumps({**done, **values}))

    return break_it


def changed_progress(**values):
    """By chance."""

    def break_it(folder: Path) -> None:
        done = json.loads((folder / "progress.json").read_text())
        (folder / "progress.json").write_text(json.dumps({**done, **values}))

    return break_it


def cut(name: str, share: float):
    """As a power cut may leave a file."""

    def break_it(folder: Path) -> None:
        content = (folder / name).read_bytes()
        (folder / name).write_bytes(content[: int(share * len(content))])

    return break_it


def without(name: str):
    def break_it(folder: Path) -> None:
        (folder / name).unlink()

    return break_it


def holding(name: str, content: bytes):
    def break_it(folder: Path) -> None:
        (folder / name).write_bytes(content)

    return break_it


BROKEN = [
    *(holding("progress.json", content) for content in (b"", b"{}", b"[]", b"null", b'{"frames": 24}')),
    *(broken_progress(frames=value) for value in ("a", -5, 1.5, None, True, 10**30, [])),
    *(broken_progress(segments=value) for value in (["../../x"], [-1, 1e9], "0", [], [0, 0], [5], [0, 30], {"0": 0})),
    *(broken_progress(carried=value) for value in ("../../x", "carried-00000001.npz", 3, None, "carried-00000024.npz")),
    *(broken_progress(after=value) for value in ("a", -1, [], 10**30)),
    *(broken_progress(through=value) for value in ("a", -1, 0)),
    *(broken_progress(frames=value) for value in (25, 5000, 10**8)),
    broken_progress(finished="yes"),
    broken_progress(after=None),
    changed_progress(after=0),
    changed_progress(segments=[0, 23]),
    changed_progress(through=None),
    holding("00000000.nut", b""),
    cut("00000000.nut", 0.5),
    cut("00000000.nut", 0.99),
    without("00000000.nut"),
    holding("00000000.nut", b"#EXTM3U\nsecret.ts"),
    holding("00000000.nut", b"ffconcat version 1.0\nfile /etc/passwd"),
]


@pytest.mark.parametrize("break_it", BROKEN)
def test_a_damaged_session_is_said_in_one_line_and_kept(tmp_path, film, break_it):
    folder = stopped(film, tmp_path / "out.mp4")
    (folder / "00000024.nut").unlink(missing_ok=True)  # of a segment that was not ended
    break_it(folder)
    before = contents(folder)
    with pytest.raises(MediaError, match=r"out\.mp4\.vidream: damaged: .*; --fresh starts over"):
        render_video(film, tmp_path / "out.mp4", strength=0)
    assert contents(folder).items() >= (before.items() - {("lock", b"")})
    assert render_video(film, tmp_path / "out.mp4", strength=0, fresh=True).frames == 40


def test_a_frame_beyond_the_end_is_damage(tmp_path, film):
    folder = stopped(film, tmp_path / "out.mp4")
    (folder / "00000024.nut").unlink(missing_ok=True)  # of a segment that was not ended
    broken_progress(after=23_000, frames=24_000, through=None)(folder)
    with pytest.raises(MediaError, match="--fresh starts over"):
        render_video(film, tmp_path / "out.mp4", strength=0)


@pytest.mark.parametrize("kind", ["folder", "pipe", "socket"])
def test_a_lock_that_is_no_file_is_not_waited_for(tmp_path, film, kind, monkeypatch):
    folder = stopped(film, tmp_path / "out.mp4")
    (folder / "lock").unlink(missing_ok=True)
    if kind == "folder":
        (folder / "lock").mkdir()
    elif kind == "pipe":
        os.mkfifo(folder / "lock")
    else:
        monkeypatch.chdir(folder)
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind("lock")
    with pytest.raises(MediaError, match=r"holds lock, a .*where vidream has a file"):
        render_video(film, tmp_path / "out.mp4", strength=0)


SIZE = Size(64, 48)


def packed(**arrays) -> io.BytesIO:
    file = io.BytesIO()
    np.savez(file, **arrays)
    return io.BytesIO(file.getvalue())


def image(*shape: int, dtype=np.float32):
    return np.zeros(shape or (48, 64, 3), dtype)


def with_header(shape: str, compression: int = zipfile.ZIP_STORED, content: bytes = b"") -> io.BytesIO:
    """A .npz whose picture claims a shape."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as archive:
        for name in ("source", "dreamed"):
            header = f"{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}}}".ljust(117) + "\n"
            archive.writestr(f"{name}.npy", b"\x93NUMPY\x01\x00\x76\x00" + header.encode() + content)
        age = io.BytesIO()
        np.save(age, 0)
        archive.writestr("age.npy", age.getvalue())
    return io.BytesIO(file.getvalue())


CARRIED = {
    "garbage": io.BytesIO(b"PK\x03\x04 and then nothing"),
    "empty": io.BytesIO(),
    "objects": packed(source=np.array([{}], dtype=object), dreamed=image(), age=0),
    "names": packed(evil=image(), source=image(), dreamed=image(), age=0),
    "one missing": packed(source=image(), age=0),
    "another size": packed(source=image(50, 64, 3), dreamed=image(50, 64, 3), age=0),
    "another kind": packed(source=image(dtype=np.float64), dreamed=image(), age=0),
    "flat": packed(source=image(48, 64), dreamed=image(48, 64), age=0),
    "trust": packed(source=image(), dreamed=image(), trust=image(), age=0),
    "no age": packed(source=image(), dreamed=image(), age=-1),
    "ages": packed(source=image(), dreamed=image(), age=np.arange(3)),
    "travels": packed(source=image(), dreamed=image(), age=0, travel=np.zeros(3)),
    "backdrops": packed(source=image(), dreamed=image(), age=0, backdrop=np.zeros((3, 48, 64, 3), np.float32)),
    "another place": packed(source=image(), dreamed=image(), age=0, backdrop=np.zeros((2, 40, 64, 3), np.float32)),
    "nowhere": packed(source=image(), dreamed=image(), age=0, travel=[np.nan, 0.0]),
    "turns": packed(source=image(), dreamed=image(), age=0, turn=np.zeros(1, int)),
    "before its shot": packed(source=image(), dreamed=image(), age=0, turn=-1),
    "112 GB": with_header("(100000, 100000, 3)"),
    "less than it says": with_header("(48, 64, 3)", content=b"\0" * 100),
    "nested": with_header("(" * 4 + ")" * 4),
    "bomb": with_header("(48, 64, 3)", zipfile.ZIP_DEFLATED, b"\0" * 10**8),
}


@pytest.mark.parametrize("name", CARRIED)
def test_what_is_carried_is_looked_at_before_memory_is_taken(name):
    import tracemalloc

    CARRIED[name].seek(0)
    tracemalloc.start()
    try:
        with pytest.raises(ValueError, match=r"\S"):
            journal.read_state(CARRIED[name], [SIZE])
        assert tracemalloc.get_traced_memory()[1] < 2e6
    finally:
        tracemalloc.stop()


def test_what_is_carried_is_read_back():
    arrays = {
        name: np.random.default_rng(1).normal(0, 1, (48, 64, 3)).astype(np.float32) for name in ("source", "dreamed")
    }
    backdrop = np.stack([arrays["dreamed"], arrays["source"]])
    kept = packed(**arrays, trust=image(48, 64, 1), age=3, travel=[2.5, -1e6], turn=7, backdrop=backdrop)
    back = journal.read_state(kept, [SIZE])
    assert np.array_equal(back.reference, arrays["source"])
    assert np.array_equal(back.dreamed, arrays["dreamed"])
    assert (back.frames_since_dream, back.unseen, back.trust.shape) == (3, None, (48, 64, 1))
    assert (back.travel, back.turn) == ((2.5, -1e6), 7)
    assert np.array_equal(back.backdrop, backdrop)


def test_a_damaged_carry_is_said(tmp_path, tiny, film):
    out = tmp_path / "out.mp4"
    with pytest.raises(Stop):
        render_video(film, out, **tiny, on_event=stop_after(30))
    (carried,) = folder_of(out).glob("carried-*.npz")
    carried.write_bytes(CARRIED["112 GB"].getvalue())
    with pytest.raises(MediaError, match=r"damaged: carried-00000024\.npz: .*--fresh starts over"):
        render_video(film, out, **tiny)


@pytest.mark.parametrize(
    "content",
    [
        b"[]",
        b'{"a": 3}',
        b'{"a": {}}',
        b'{"o.mp4": {"digest": 3, "before": 1}}',
        b'{"a": {"digest": "", "before": "x"}}',
        b"",
    ],
)
def test_a_damaged_record_of_a_batch_is_said(tmp_path, film, vidream_command, content):
    (tmp_path / "jobs.toml").write_text('[[job]]\ncommand = "video"\nsource = "in.mp4"\noutput = "o.mp4"\nstrength = 0')
    (tmp_path / "jobs.toml.vidream").mkdir()
    (tmp_path / "jobs.toml.vidream" / "begun.json").write_bytes(content)
    for flags in ((), ("--dry-run",)):
        run = vidream_command("batch", "jobs.toml", *flags)
        assert (run.returncode, len(run.stderr.splitlines())) == (2, 1), run.stderr
        assert "damaged: begun.json" in run.stderr


@pytest.mark.parametrize("name", [*CARRIED, "out of range", "backwards"])
def test_a_song_that_was_kept_and_is_damaged_is_analysed_anew(tmp_path, name, caplog):
    folder = tmp_path / "out.mp4.vidream"
    folder.mkdir()
    (folder / "session.json").write_text('{"source": ""}')
    rows = {name: np.zeros(4) for name in SAVED_ROWS} | {name: np.array(1) for name in SAVED_NUMBERS}
    made = {"out of range": {"hop": np.array(0.0)}, "backwards": {"beats": np.array([3.0, 1.0])}}.get(name)
    content = CARRIED[name] if made is None else packed(**rows | made)
    (folder / "heard-0123456789abcdef.npz").write_bytes(content.getvalue())
    assert KeptSong(tmp_path / "out.mp4", "heard-0123456789abcdef.npz").load() is None
    assert "it is analysed anew" in caplog.text


def test_a_song_is_kept_nowhere_but_in_a_session(tmp_path):
    (tmp_path / "out.mp4.vidream").mkdir()
    song = KeptSong(tmp_path / "out.mp4", "heard-0123456789abcdef.npz")
    song.save(None)
    assert song.load() is None
    assert list((tmp_path / "out.mp4.vidream").iterdir()) == []
    (tmp_path / "out.mp4.vidream").rmdir()
    note(tmp_path / "out.mp4.vidream")
    with pytest.raises(MediaError, match="move it away"):
        song.load()


# The folder


def test_a_folder_that_others_may_write_into_becomes_ours_alone(tmp_path, film):
    folder = stopped(film, tmp_path / "out.mp4")
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    folder.chmod(0o775)
    seen = []

    def look(done, total):
        seen.append(stat.S_IMODE(folder.stat().st_mode))

    render_video(film, tmp_path / "out.mp4", strength=0, on_event=each_frame(look))
    assert set(seen) == {0o700}


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give a folder away")
@pytest.mark.parametrize("name", ["", "progress.json", "00000000.nut"])
def test_what_belongs_to_somebody_else_is_refused(tmp_path, film, name):
    folder = stopped(film, tmp_path / "out.mp4")
    os.chown(folder / name, 12345, 12345)
    with pytest.raises(MediaError, match="belongs to somebody else"):
        render_video(film, tmp_path / "out.mp4", strength=0)


def test_a_disk_that_gives_all_files_to_one_owner_is_no_stranger(tmp_path, film, monkeypatch):
    folder = stopped(film, tmp_path / "out.mp4")
    monkeypatch.setattr(os, "geteuid", lambda: 999_999)
    assert render_video(film, tmp_path / "out.mp4", strength=0).frames == 40
    assert not folder.exists()


def test_systems_without_open_folders_are_served(tmp_path, film, monkeypatch):
    monkeypatch.setattr(os, "supports_dir_fd", set())
    folder = stopped(film, tmp_path / "out.mp4")
    assert render_video(film, tmp_path / "out.mp4", strength=0).frames == 40
    assert not folder.exists()
    note(folder)
    with pytest.raises(MediaError, match="move it away"):
        render_video(film, tmp_path / "two.mp4", strength=0) and render_video(film, tmp_path / "out.mp4", strength=0)


def test_a_folder_that_is_swapped_for_a_link_is_noticed(tmp_path, film):
    out = tmp_path / "out.mp4"
    (tmp_path / "home").mkdir()

    def swap(done, total):
        if done == 10:
            folder_of(out).rename(tmp_path / "away")
            folder_of(out).symlink_to(tmp_path / "home")

    with pytest.raises(RenderError, match="was moved or replaced while it was in use"):
        render_video(film, out, strength=0, on_event=each_frame(swap))
    left = {path.name for path in (tmp_path / "home").iterdir()}
    assert left <= {"00000000.nut"}  # ffmpeg, which knows but a path, may have opened its file after the swap


def test_what_a_user_puts_there_meanwhile_stays(tmp_path, film):
    out = tmp_path / "out.mp4"

    def put(done, total):
        (folder_of(out) / "notes.txt").write_text("mine")

    assert render_video(film, out, strength=0, on_event=each_frame(put)).frames == 40
    assert contents(folder_of(out)) == {"notes.txt": b"mine"}


def test_one_that_is_removed_before_it_is_locked_is_made_again(tmp_path, monkeypatch):
    path, names = folder_of(tmp_path / "out.mp4"), session_names(tmp_path / "out.mp4")
    removed = []

    def remove(_):
        if not removed:
            path.rmdir()
            removed.append(path)

    monkeypatch.setattr(Workfolder, "_keep_to_ourselves", remove)
    with Workfolder(path, names, tmp_path / "out.mp4") as folder:
        assert removed
        assert path.is_dir()
        folder.remove()
    assert not path.exists()


def test_of_many_at_once_one_has_it(tmp_path):
    """Some make it, others remove it; never two at a time."""
    path, names = folder_of(tmp_path / "out.mp4"), session_names(tmp_path / "out.mp4")
    inside, most, entered, refused = [], [], [], set()

    def work():
        for _ in range(60):
            try:
                with Workfolder(path, names, tmp_path / "out.mp4") as folder:
                    inside.append(1)
                    most.append(len(inside))
                    folder.write("progress.json", b"{}")
                    folder.clear()
                    inside.pop()
                    folder.remove()
                    entered.append(1)
            except MediaError as error:
                refused.add(str(error))

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert max(most) == 1
    assert all("somebody else" in each for each in refused)
    assert len(entered) > 8
    assert not path.exists()


@pytest.mark.parametrize("name", ["out.mp4", "out.mkv", "out.webm", "out.gif", "%05d.png", "%05d.JPG"])
@pytest.mark.parametrize("command", ["video", "zoom"])
def test_every_name_that_a_maker_makes_is_known(tmp_path, film, name, command, monkeypatch):
    """Also while it joins, and while a segment that runs backwards waits."""
    from vidream.jobs.zoom import render_zoom
    from vidream.media import ffmpeg, writer

    (tmp_path / "made").mkdir()
    out = tmp_path / "made" / name
    seen: set[str] = set()

    def look(*_):
        if folder_of(out).exists():  # not yet, where it is only tried
            seen.update(path.name for path in folder_of(out).iterdir())

    for module in (ffmpeg, writer):
        whole = module.run
        monkeypatch.setattr(module, "run", lambda *given, whole=whole: (whole(*given), look()))
    if command == "video":
        render_video(film, out, strength=0, on_event=each_frame(look))
    else:
        write_picture(tmp_path / "seed.png", Picture(panned(1, 48, 64)[0]))
        render_zoom(
            tmp_path / "seed.png", out, strength=0, size="64x48", frames=30, reverse=True, on_event=each_frame(look)
        )
    assert {"lock", "session.json"} <= seen
    assert [each for each in seen if not session_names(out).fullmatch(each)] == []


# The first edition's


def test_a_session_of_the_first_edition_goes_on(tmp_path, film):
    out = tmp_path / "out.mp4"
    folder = stopped(film, out)
    owner, done = (json.loads((folder / name).read_text()) for name in ("session.json", "progress.json"))
    rush = folder / "00000000.nut"
    ffmpeg("-i", rush, "-c:v", "libx264", rush.with_suffix(".mp4"))
    rush.unlink()
    (folder / "session.json").write_text(json.dumps({**owner, "sound": "None"}))
    (folder / "progress.json").write_text(json.dumps({name: done[name] for name in OLD}))
    folder.chmod(0o755)
    (folder / "lock").touch()
    (folder / "progress.new").write_text("{")
    (folder / "waiting").mkdir()
    (folder / "waiting" / "0").write_bytes(b"half a frame")
    frames = []
    render_video(film, out, strength=0, on_event=each_frame(lambda done, total: frames.append(done)))
    assert frames[0] == 25
    assert not folder.exists()
    assert len(read_film(out)[0]) == 40


OLD = ("frames", "after", "segments", "carried", "finished")


# Names, links, modes

LONG = [
    "x" * 239 + ".mp4",
    "x" * 251 + ".mp4",
    "映" * 83 + ".mp4",
    "é" * 120 + ".mp4",
]


@pytest.mark.parametrize("name", LONG)
def test_long_names_are_made_and_gone_on_with(tmp_path, film, name):
    out = tmp_path / name
    folder = stopped(film, out)
    assert folder.is_dir()
    assert len(os.fsencode(folder.name)) <= 255
    assert folder_of(tmp_path / (name[1:-5] + "y.mp4")) != folder
    assert render_video(film, out, strength=0).frames == 40
    assert not folder.exists()


def test_long_names_of_pictures_folders_stills_and_batches(tmp_path, film, vidream_command):
    write_picture(tmp_path / "in.png", Picture(panned(1, 48, 64)[0]))
    assert render_video(film, tmp_path / ("f" * 250) / f"{'n' * 246}%04d.png", strength=0).frames == 40
    render_image(tmp_path / "in.png", tmp_path / ("s" * 251 + ".png"), strength=0)
    jobs = tmp_path / ("j" * 250 + ".toml")
    jobs.write_text(
        f'[[job]]\ncommand = "image"\nsource = "in.png"\noutput = "{"界" * 70}/{"映" * 80}.png"\nstrength = 0'
    )
    run = vidream_command("batch", jobs)
    assert run.returncode == 0, run.stderr
    assert (tmp_path / ("界" * 70) / ("映" * 80 + ".png")).exists()
    from vidream.jobs.default_out import default_out

    for made in (default_out("music", "s" * 251 + ".wav"), default_out("zoom", "s" * 251 + ".png")):
        assert len(made.name) <= 255
        assert made.suffix == ".mp4"


def test_a_path_that_no_folder_takes_is_one_line(tmp_path, film):
    deep = tmp_path
    while len(str(deep)) < 3600:
        deep /= "d" * 200
    deep.mkdir(parents=True)
    for room in (400, 490, 494, 520):
        name = "o" * min(240, max(1, 4095 - len(str(deep)) - room)) + ".mp4"
        with suppress(MediaError, RenderError):
            render_video(film, deep / ("e" * 200) / name, strength=0)
    with pytest.raises(MediaError, match="cannot be written: File name too long"):
        render_video(film, tmp_path / ("x" * 252 + ".mp4"), strength=0)


@pytest.mark.parametrize("kind", ["film", "still"])
def test_a_link_is_followed_and_its_target_replaced(tmp_path, film, kind):
    (tmp_path / "other").mkdir()
    name = "real.mp4" if kind == "film" else "real.png"
    real, out = tmp_path / "other" / name, tmp_path / f"link.{name[-3:]}"
    real.write_bytes(b"old")
    out.symlink_to(Path("other") / name)
    write_picture(tmp_path / "in.png", Picture(panned(1, 48, 64)[0]))

    def make(**knobs):
        if kind == "film":
            return render_video(film, out, strength=0, **knobs)
        return render_image(tmp_path / "in.png", out, strength=0, **knobs)

    with pytest.raises(MediaError, match="is there already; --overwrite"):
        make()
    make(overwrite=True)
    assert out.is_symlink()
    assert real.stat().st_size > 100
    assert sorted(path.name for path in (tmp_path / "other").iterdir()) == [name]
    real.unlink()
    for overwrite in (False, True):
        with pytest.raises(MediaError, match=r"a link to .*, which is not there"):
            make(overwrite=overwrite)
    assert out.is_symlink()
    assert not real.exists()


def test_two_names_of_one_film_have_one_session(tmp_path):
    (tmp_path / "link.mp4").symlink_to("real.mp4")
    assert folder_of(tmp_path / "link.mp4") == folder_of((tmp_path / "real.mp4").resolve())


def test_a_film_is_moved_to_another_disk(tmp_path, film, monkeypatch):
    import errno

    whole = Path.replace

    def other_disk(self, target):
        if self.name == "whole.mp4":
            raise OSError(errno.EXDEV, "Invalid cross-device link")
        return whole(self, target)

    monkeypatch.setattr(Path, "replace", other_disk)
    render_video(film, tmp_path / "out.mp4", strength=0)
    assert len(read_film(tmp_path / "out.mp4")[0]) == 40
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.mp4", "out.mp4"]


@pytest.mark.parametrize("kind", ["pipe", "device", "folder"])
def test_what_is_no_file_is_not_replaced(tmp_path, film, kind):
    out = tmp_path / "out.mp4"
    if kind == "pipe":
        os.mkfifo(out)
    elif kind == "device":
        out.symlink_to("/dev/null")
    else:
        out.mkdir()
    with pytest.raises(MediaError, match=f"a.* {kind}|a {kind}"):
        render_video(film, out, strength=0, overwrite=True)
    assert os.path.lexists(out)


@pytest.mark.parametrize(
    ("mode", "expected"), [(0o600, 0o600), (0o640, 0o640), (0o604, 0o604), (0o644, 0o644), (0o666, 0o644)]
)
def test_what_is_made_is_no_more_readable_than_its_source(tmp_path, film, mode, expected):
    write_picture(tmp_path / "in.png", Picture(panned(1, 48, 64)[0]))
    for source in (film, tmp_path / "in.png"):
        source.chmod(mode)
    render_video(film, tmp_path / "out.mp4", strength=0)
    render_video(film, tmp_path / "out.gif", strength=0)
    render_video(film, tmp_path / "%03d.png", strength=0)
    render_image(tmp_path / "in.png", tmp_path / "still.jpg", strength=0)
    for name in ("out.mp4", "out.gif", "001.png", "040.png", ".vidream-frames.json", "still.jpg"):
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == expected, name


def test_what_is_replaced_keeps_to_those_who_could_read_it(tmp_path, film):
    (tmp_path / "out.mp4").touch(0o600)
    render_video(film, tmp_path / "out.mp4", strength=0, overwrite=True)
    assert stat.S_IMODE((tmp_path / "out.mp4").stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("kind", "said"),
    [("pipe", "a named pipe, not a file"), ("socket", "a socket, not a file"), ("device", "a device, not a file")],
)
def test_a_source_that_is_no_file_is_told_for_what_it_is(tmp_path, kind, said, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = Path("in.mp4")
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "socket":
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(path))
    else:
        path.symlink_to("/dev/null")
    with pytest.raises(MediaError, match=said):
        check_source(path, "film")
    with pytest.raises(MediaError, match=said):
        video_job(path, tmp_path / "o.mp4")


def test_a_film_that_another_run_has_just_made_is_not_made_again(tmp_path, film, monkeypatch):
    """It looked at OUT before the other run ended, and at the folder after that."""
    out = tmp_path / "out.mp4"
    look = Workfolder.__enter__

    def late(self):
        out.write_bytes(b"theirs")
        return look(self)

    monkeypatch.setattr(Workfolder, "__enter__", late)
    with pytest.raises(MediaError, match=r"out\.mp4: is there already; --overwrite replaces it"):
        render_video(film, out, strength=0)
    assert out.read_bytes() == b"theirs"
    assert not folder_of(out).exists()


def test_two_commands_at_once_leave_one_film(tmp_path, film):
    """The second is refused, or waits for nothing; whatever it is, the film is whole."""
    command = [sys.executable, "-m", "vidream", "video", str(film), str(tmp_path / "out.mp4"), "--strength", "0"]
    runs = [subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    ended = [(run.communicate()[1], run.returncode) for run in runs]
    assert sorted(status for _, status in ended)[0] == 0
    assert all(status in (0, 2) and len(said.splitlines()) <= 2 and "Traceback" not in said for said, status in ended)
    assert len(read_film(tmp_path / "out.mp4")[0]) == 40
    assert not folder_of(tmp_path / "out.mp4").exists()
    assert frames_safe(tmp_path / "out.mp4") == 0


# Found by trying


@pytest.mark.parametrize("fresh", [False, True])
def test_two_outputs_whose_folders_have_one_name_do_not_meet(tmp_path, film, fresh):
    """fr/%05d.png is collected beside fr/, in a folder that fr-%05d.png has, too."""
    folder = stopped(film, tmp_path / "fr" / "%05d.png")
    before = contents(folder)
    with pytest.raises(MediaError, match=r"holds frames of fr/%05d\.png, which is another output"):
        render_video(film, tmp_path / "fr-%05d.png", strength=0, fresh=fresh)
    assert contents(folder).items() >= (before.items() - {("lock", b"")})
    assert render_video(film, tmp_path / "fr" / "%05d.png", strength=0).frames == 40


@pytest.mark.parametrize(("name", "lost"), [("out.mp4", "00000000.nut"), ("fr/%05d.png", "00000003.png")])
def test_what_is_missing_is_not_made_up_for_by_what_was_not_ended(tmp_path, film, name, lost):
    folder = stopped(film, tmp_path / name)
    (folder / lost).rename(folder / f"00000999{Path(lost).suffix}")
    with pytest.raises(MediaError, match=rf"damaged: {lost} is missing; --fresh starts over"):
        render_video(film, tmp_path / name, strength=0)


def test_pictures_that_a_power_cut_has_emptied_are_not_put_in_place(tmp_path, film):
    folder = stopped(film, tmp_path / "fr" / "%05d.png")
    (folder / "00000005.png").write_bytes(b"")
    with pytest.raises(MediaError, match=r"damaged: 00000005\.png is not whole; --fresh starts over"):
        render_video(film, tmp_path / "fr" / "%05d.png", strength=0)


@pytest.mark.parametrize("name", ["out.mp4", "%05d.png", "out.gif"])
def test_what_is_said_to_be_done_is_on_the_disk_before(tmp_path, film, name, monkeypatch):
    flushed: list[str] = []
    whole = os.fsync

    def fsync(number: int) -> None:
        flushed.append(Path(f"/proc/self/fd/{number}").readlink().name)
        whole(number)

    monkeypatch.setattr(os, "fsync", fsync)
    render_video(film, tmp_path / name, strength=0)
    made = [each for each in flushed if each[0].isdigit()]
    assert len(made) == {"out.mp4": 3, "out.gif": 2}.get(name, 40)
    temporary = next(number for number, each in enumerate(flushed) if each.startswith(".vidream-"))  # session.json
    assert temporary == 0
    assert flushed.index(made[0]) == 1  # before progress.json
    assert any(each.startswith("whole.") for each in flushed) == (name != "%05d.png")


def test_a_source_that_is_replaced_on_the_way_is_no_film_of_two(tmp_path, film):
    other, out, begun = write_film(tmp_path / "other.mp4", panned(40, 48, 64, by=(0, 1))), tmp_path / "out.mp4", []

    def replaced_once(done, total):
        if not begun:
            begun.append(done)
            other.replace(film)

    with pytest.raises(MediaError, match=r"changed while it was read"):
        render_video(film, out, strength=0, on_event=each_frame(replaced_once))
    assert not out.exists()
    assert frames_safe(out) == 0


@pytest.mark.parametrize("wrong", [{"mask": "bad.h5"}, {"guide": "bad.png", "strength": 1}])
def test_fresh_keeps_what_is_done_where_the_new_run_cannot_begin(tmp_path, film, wrong):
    (tmp_path / "bad.h5").write_bytes(b"bad")
    (tmp_path / "bad.png").write_bytes(b"bad")
    folder = stopped(film, tmp_path / "out.mp4")
    before = contents(folder)
    given: dict[str, Any] = {
        name: str(tmp_path / value) if isinstance(value, str) else value for name, value in wrong.items()
    }
    with pytest.raises(MediaError, match="bad"):
        render_video(film, tmp_path / "out.mp4", fresh=True, **{"strength": 0, **given})
    assert contents(folder).items() >= (before.items() - {("lock", b"")})
