"""What a node keeps: whole copies, within a bound, never taken from who uses them; nothing of the dead stays."""

import errno
import hashlib
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from vidream.amounts import amount, bytes_of
from vidream.cluster import copies, digests, kept, places
from vidream.cluster.copies import PIECE, SharedFile, clear, local_path, share, sweep, unit_folder
from vidream.cluster.trouble import NodeTrouble, in_words, is_own
from vidream.errors import Cancelled, MediaError, RenderError
from vidream.events import scope
from vidream.media.files import create_file
from vidream.media.stamps import STAMPS, Stamps
from vidream.system import locks

ENDLESS = 60.0  # seconds after which a test fails that waits


@pytest.fixture(autouse=True)
def temporary(tmp_path, monkeypatch) -> Path:
    """A node's folder for temporary files."""
    folder = tmp_path / "temporary"
    folder.mkdir(mode=0o700)
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    monkeypatch.setenv("TMPDIR", str(folder))
    digests._KNOWN.clear()
    return folder


class Source:
    """A film that the driver alone has."""

    def __init__(self, size: int = 1000, name: str = "film.mov", seed: int = 0) -> None:
        self.content = hashlib.shake_256(bytes([seed])).digest(size)
        self.file = SharedFile(f"/nowhere/{name}", hashlib.sha256(self.content).hexdigest(), size)
        self.asked: list[tuple[int, int]] = []

    def fetch(self, offset: int, length: int) -> bytes:
        self.asked.append((offset, length))
        return self.content[offset : offset + length]


def never(offset: int, length: int) -> bytes:
    raise AssertionError("nothing had to be sent")


def wait_for(condition: Callable[[], object]) -> None:
    end = time.monotonic() + ENDLESS
    while not condition():
        assert time.monotonic() < end, "nothing has come of it"
        time.sleep(0.01)


def files_in(folder: Path) -> list[str]:
    """Its files; locks and records left out."""
    root = folder.rglob("*")
    return sorted(
        path.name for path in root if path.is_file() and path.suffix != ".lock" and path.parent.name != "seen"
    )


def keep(*sources: Source, bound: int = copies.BOUND) -> None:
    for source in sources:
        with local_path(source.file, source.fetch, bound):
            pass
        time.sleep(0.01)  # the times of their last uses differ


def test_a_file_that_is_there_is_never_sent(tmp_path, temporary):
    path = tmp_path / "film.mov"
    path.write_bytes(b"frames")
    with local_path(share(path), never) as local:
        assert local == path
    assert files_in(temporary) == []
    changed = share(path)
    path.write_bytes(b"others")
    with local_path(changed, lambda offset, length: b"frames"[offset:]) as local:
        assert local != path
        assert local.read_bytes() == b"frames"


def test_a_copy_comes_in_pieces_and_is_kept_for_the_next(temporary):
    source, told = Source(2 * PIECE + 1), list[int]()
    with local_path(source.file, source.fetch, told=told.append) as copy:
        assert copy.read_bytes() == source.content
        assert copy.name == "film.mov"
        assert copy.stat().st_mode & 0o077 == 0
        assert copy.parent.parent.parent.stat().st_mode & 0o077 == 0
    assert source.asked == [(0, PIECE), (PIECE, PIECE), (2 * PIECE, 1)]
    assert told == [PIECE, 2 * PIECE, 2 * PIECE + 1]
    with local_path(source.file, never) as again:
        assert again == copy
    assert files_in(temporary) == ["film.mov"]


def test_the_same_film_under_another_name_is_not_sent_again(temporary):
    source = Source()
    keep(source)
    with local_path(SharedFile("/nowhere/other.mp4", source.file.digest, source.file.size), never) as copy:
        assert copy.name == "other.mp4"
        assert copy.read_bytes() == source.content
        assert [thing.bytes for thing in kept.kept() if thing.what == kept.COPY] == [1000]


@pytest.mark.parametrize("damage", ["other bytes", "cut short", "a link"])
def test_a_copy_that_is_damaged_is_sent_again(damage, temporary, tmp_path):
    source = Source()
    with local_path(source.file, source.fetch) as copy:
        pass
    users = tmp_path / "letter"
    users.write_bytes(b"dear")
    copy.unlink()
    if damage == "a link":
        copy.symlink_to(users)
    else:
        copy.write_bytes(bytes(1000 if damage == "other bytes" else 10))
    with local_path(source.file, source.fetch) as copy:
        assert copy.read_bytes() == source.content
        assert not copy.is_symlink()
    assert len(source.asked) == 2
    assert users.read_bytes() == b"dear"


@pytest.mark.parametrize("change", [lambda content: content[:-1] + b"x", lambda content: b""])
def test_a_film_that_changes_meanwhile_is_no_copy(change, temporary):
    source = Source()
    source.content = change(source.content)
    with pytest.raises(RenderError, match=r"film.mov: changed while it was read") as raised:  # noqa: SIM117
        with local_path(source.file, source.fetch):
            pass
    assert not is_own(raised.value)
    assert files_in(temporary) == []


def test_two_who_want_it_at_once_fetch_it_once(temporary):
    source, inside = Source(), threading.Barrier(3, timeout=ENDLESS)

    def use() -> None:
        with local_path(source.file, source.fetch) as copy:
            assert copy.read_bytes() == source.content
            inside.wait()  # all of them have it at once

    users = [threading.Thread(target=use) for _ in range(2)]
    for user in users:
        user.start()
    inside.wait()
    for user in users:
        user.join()
    assert len(source.asked) == 1


def test_who_waits_for_another_can_be_cancelled(temporary):
    source, coming, go_on, cancel = Source(), threading.Event(), threading.Event(), threading.Event()

    def slowly(offset: int, length: int) -> bytes:
        coming.set()
        assert go_on.wait(ENDLESS)
        return source.fetch(offset, length)

    def use() -> None:
        with local_path(source.file, slowly):
            pass

    first = threading.Thread(target=use)
    first.start()
    assert coming.wait(ENDLESS)
    cancel.set()
    with pytest.raises(Cancelled), scope(cancel=cancel), local_path(source.file, never):
        pass
    go_on.set()
    first.join()
    assert len(source.asked) == 1


def here(*sources: Source) -> list[bool]:
    """Whether there is a copy of each."""
    return [(places.copies_folder() / source.file.digest[:32]).exists() for source in sources]


def test_what_was_used_last_stays(temporary):
    first, second, third = (Source(seed=seed) for seed in range(3))
    keep(first, second, first)
    keep(third, bound=2500)
    assert here(first, second, third) == [True, False, True]


def test_what_is_in_use_stays(temporary):
    first, second, third = (Source(seed=seed) for seed in range(3))
    keep(first, second)
    with local_path(first.file, never):
        keep(third, bound=1000)
        assert here(first, second, third) == [True, False, True]


def test_a_lock_that_was_removed_before_it_was_had_is_none(temporary, monkeypatch):
    """As when a sweep takes a thing away between the opening of its lock and the locking."""
    lock = temporary / "thing.lock"
    lock_it = locks.try_lock
    monkeypatch.setattr(locks, "try_lock", lambda file, **kind: lock_it(file, **kind) and not lock.unlink())
    assert locks.try_lock_at(lock, shared=True) is None


def test_a_film_larger_than_the_bound_is_kept_alone(temporary):
    small, large = Source(seed=1), Source(5000, seed=2)
    keep(small)
    keep(large, bound=2000)
    assert [thing.bytes for thing in kept.kept() if thing.what == kept.COPY] == [5000]
    with local_path(large.file, never):
        pass


def test_a_copy_that_nobody_has_wanted_for_two_weeks_goes(temporary):
    old, new = Source(seed=1), Source(seed=2)
    keep(old, new)
    for path in (places.copies_folder() / old.file.digest[:32]).parent.glob(f"{old.file.digest[:32]}*"):
        os.utime(path, (time.time() - 15 * kept.DAY,) * 2)
    sweep()
    with local_path(new.file, never):
        pass
    assert [thing.bytes for thing in kept.kept() if thing.what == kept.COPY] == [1000]


def test_a_disk_without_room_is_the_nodes_trouble_before_anything_is_sent(temporary, monkeypatch):
    usage = lambda path: type("Usage", (), {"free": 10**9})  # noqa: E731
    monkeypatch.setattr("shutil.disk_usage", usage)
    large = SharedFile("/nowhere/film.mov", "0" * 64, 2_100_000_000)
    with pytest.raises(NodeTrouble) as raised, local_path(large, never):
        pass
    root = temporary / places.root().name
    assert str(raised.value) == (
        f"has 1.0 GB free in {root}, film.mov needs 2.1 GB: make room there, or start its node with another TMPDIR"
    )
    assert is_own(raised.value)
    assert in_words(raised.value) == str(raised.value)


def test_older_copies_go_where_the_disk_is_full(temporary, monkeypatch):
    old = Source(seed=1)
    keep(old)
    at = places.copies_folder() / old.file.digest[:32]
    free = lambda path: type("Usage", (), {"free": copies.SPARE + (1000 if not at.exists() else 999)})  # noqa: E731
    monkeypatch.setattr("shutil.disk_usage", free)
    keep(Source(seed=2))
    assert not at.exists()


def test_a_disk_that_is_full_in_the_middle_keeps_nothing(temporary, monkeypatch):
    source = Source(PIECE + 1)

    class Full:
        def __init__(self, file):
            self.file = file

        def __enter__(self):
            return self

        def __exit__(self, *_):
            self.file.close()

        def write(self, piece):
            if self.file.tell():
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return self.file.write(piece)

    monkeypatch.setattr(copies, "create_file", lambda *args, **kwargs: Full(create_file(*args, **kwargs)))
    full = "cannot be written: No space left on device; make room there"
    with pytest.raises(NodeTrouble, match=full), local_path(source.file, source.fetch):
        pass
    assert files_in(temporary) == []


KILLED = """
import sys
from vidream.cluster.copies import *
def fetch(offset, length):
    if offset:
        print("half", flush=True)
        sys.stdin.read()
    return bytes(length)
if sys.argv[1] == "copy":
    with local_path(SharedFile("/nowhere/film.mov", sys.argv[2], 2 * PIECE), fetch):
        pass
with unit_folder() as folder:
    (folder / "segment.mp4").write_bytes(bytes(1000))
    print(folder, flush=True)
    sys.stdin.read()
"""


def begun(*arguments: str) -> tuple[subprocess.Popen[str], str]:
    """Another process of this node, and the first line it says."""
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    return process, process.stdout.readline().strip()


def killed(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.communicate()


def test_of_a_copy_that_was_being_made_at_a_kill_nothing_counts_and_nothing_stays(temporary):
    content = bytes(2 * PIECE)
    file = SharedFile("/nowhere/film.mov", hashlib.sha256(content).hexdigest(), len(content))
    process, said = begun("copy", file.digest)
    assert said == "half"
    killed(process)
    assert len(files_in(temporary)) == 1
    assert "film.mov" not in files_in(temporary)
    with local_path(file, lambda offset, length: content[offset : offset + length]) as copy:
        assert copy.read_bytes() == content
    assert files_in(temporary) == ["film.mov"]


def test_who_waits_for_one_that_is_killed_fetches_it_then(temporary):
    content = bytes(2 * PIECE)
    file = SharedFile("/nowhere/film.mov", hashlib.sha256(content).hexdigest(), len(content))
    process, said = begun("copy", file.digest)
    assert said == "half"
    asked, copied = list[int](), list[bytes]()

    def fetch(offset: int, length: int) -> bytes:
        asked.append(offset)
        return content[offset : offset + length]

    def use() -> None:
        with local_path(file, fetch) as copy:
            copied.append(copy.read_bytes())

    waiting = threading.Thread(target=use)
    waiting.start()
    waiting.join(10 * digests.TURN)
    assert asked == []
    killed(process)
    waiting.join(ENDLESS)
    assert copied == [content]


def test_a_units_folder_is_gone_after_it_and_after_a_kill_when_the_next_begins(temporary):
    with unit_folder() as folder:
        (folder / "made").mkdir()
        assert folder.stat().st_mode & 0o077 == 0
    assert not folder.exists()
    process, said = begun("unit")
    other = Path(said)
    with unit_folder():
        assert (other / "segment.mp4").exists()  # its owner lives
    killed(process)
    with unit_folder() as mine:
        assert not other.exists()
        sweep()
        assert mine.exists()
    assert list(places.units_folder().iterdir()) == []


def test_what_the_first_edition_left_goes_a_day_later(temporary):
    """Folders of units in the open, copies by their digests: of those that are ours."""
    names = ["young_01", "old_0001", "others_1", "users_01", "backup"]
    young, old, others, users, backup = (temporary / f"vidream-unit-{name}" for name in names)
    copy = places.root() / ("a1" * 16)
    for folder in (young, old, others, users, backup, copy):
        folder.mkdir(mode=0o700)
        (folder / ("letter.txt" if folder == users else "made")).write_bytes(b"1234")
    others.chmod(0o755)  # as we make none
    for folder in (old, others, users, backup, copy):
        os.utime(folder, (time.time() - 2 * kept.DAY,) * 2)
    sweep()
    assert {*temporary.iterdir()} == {places.root(), young, others, users, backup}
    assert not copy.exists()


def test_the_times_of_a_film_that_is_read_are_in_no_file_once_there_is_one(temporary):
    with closing(Stamps()) as stamps:
        stamps.named([STAMPS])
        (path,) = temporary.iterdir()
        assert stamps.next() is None
        assert path.exists()
        path.write_text("25 1/25\n")
        assert stamps.next() == 1
        assert path.exists() == (os.name == "nt")
    assert not path.exists()


def test_what_a_kill_left_of_them_goes_a_day_later(temporary):
    for name, age in (("young_01", 0.5), ("old_0001", 2), ("users", 2)):
        path = temporary / f"vidream-stamps-{name}"
        path.touch(mode=0o600)
        os.utime(path, (time.time() - age * kept.DAY,) * 2)
    sweep()
    assert {path.name for path in temporary.iterdir()} == {"vidream-stamps-young_01", "vidream-stamps-users"}


def test_what_is_kept_is_shown_and_cleared_but_for_what_is_in_use(temporary):
    used, unused = Source(2000, seed=1), Source(3000, seed=2)
    keep(unused)
    with ExitStack() as stack:
        stack.enter_context(local_path(used.file, used.fetch))
        stack.enter_context(unit_folder())
        shown = {(thing.what, thing.bytes, thing.in_use) for thing in kept.kept() if thing.what != kept.SEEN}
        assert shown == {(kept.COPY, 2000, True), (kept.COPY, 3000, False), (kept.UNIT, 0, True)}
        assert all(time.time() - thing.last_use < ENDLESS for thing in kept.kept())
        assert clear() >= 3000
        assert {thing.what for thing in kept.kept()} == {kept.COPY, kept.UNIT}
        assert files_in(temporary) == ["film.mov"]
    clear()
    assert kept.kept() == []
    assert [path for path in temporary.rglob("*") if path.is_file()] == []


def test_a_log_goes_when_its_process_is_gone():
    dead = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, check=True)
    for number in (os.getpid(), int(dead.stdout)):
        (places.logs_folder() / f"ray-20261127-035240-{number}.log").write_text("Ray's own lines\n")
    clear()
    assert [(thing.what, thing.in_use) for thing in kept.kept()] == [(kept.LOG, True)]


def test_a_folder_of_somebody_else_is_left_alone(temporary):
    first = places.root()
    first.rmdir()
    (temporary / "theirs").mkdir()
    first.symlink_to(temporary / "theirs")
    keep(Source())
    assert list((temporary / "theirs").iterdir()) == []
    first.unlink()
    first.mkdir(mode=0o777)
    first.chmod(0o777)
    keep(Source())
    assert list(first.iterdir()) == []
    assert len(kept.kept()) == 2  # the copy, and its digest
    for path in places.roots():
        if not path.exists():
            path.write_bytes(b"")
    places.roots()[1].rename(temporary / "kept")
    places.roots()[1].write_bytes(b"")
    with pytest.raises(NodeTrouble, match=r"no folder can be made \(somebody else has taken its names\)"):
        places.root()


def test_a_digest_is_read_once_on_a_node_until_the_file_changes(tmp_path, temporary, monkeypatch):
    path = tmp_path / "film.mov"
    path.write_bytes(b"frames")
    os.utime(path, (0, 0))
    monkeypatch.setattr(digests, "FRESH_FOR", -ENDLESS)  # it has not been changed just now
    reads = list[Path]()
    read = digests._read
    monkeypatch.setattr(digests, "_read", lambda path: reads.append(path) or read(path))
    for _ in range(2):
        digests._KNOWN.clear()  # another process
        assert digests.digest_of(path) == hashlib.sha256(b"frames").hexdigest()
    assert len(reads) == 1
    path.write_bytes(b"others")
    os.utime(path, (0, 0))
    assert digests.digest_of(path) == hashlib.sha256(b"others").hexdigest()


def test_what_was_changed_just_now_is_read_each_time(tmp_path, temporary, monkeypatch):
    """A disk may count its times so coarsely that they do not tell of a change."""
    path, now = tmp_path / "film.mov", time.time_ns()
    monkeypatch.setattr(digests, "_stamp", lambda status: (1, 2, status.st_size, now, now))
    for content in (b"frames", b"others"):
        path.write_bytes(content)
        assert share(path).digest == hashlib.sha256(content).hexdigest()


def test_a_file_that_cannot_be_read_is_said_to_be_so(tmp_path):
    with pytest.raises(MediaError, match=r"gone.mov: cannot be read: No such file or directory"):
        share(tmp_path / "gone.mov")


MEMORY = """
import hashlib, sys
from pathlib import Path
from vidream.cluster.copies import *

def peak():
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) * 1024

film = Path(sys.argv[1])
with film.open("r+b") as file:
    file.truncate(400_000_000)
    def fetch(offset, length):
        file.seek(offset)
        return file.read(length)
    before = peak()
    shared = share(film)
    gone = SharedFile(str(film) + ".gone.mov", shared.digest, shared.size)
    with local_path(gone, fetch) as copy:
        assert copy.stat().st_size == shared.size
    print(peak() - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the peak is Linux's to tell")
def test_memory_does_not_grow_with_a_source(tmp_path, temporary):
    """400 MB of holes go from disk to disk."""
    film = tmp_path / "film.mov"
    film.touch()
    run = subprocess.run([sys.executable, "-c", MEMORY, str(film)], capture_output=True, text=True, check=True)
    assert int(run.stdout) < 40e6


OWN = [
    OSError(errno.ENOSPC, "No space left on device"),
    OSError(errno.EDQUOT, "Disk quota exceeded"),
    OSError(errno.EMFILE, "Too many open files"),
    MemoryError(),
    ImportError("libtensorflow_framework.so.2: cannot open shared object file"),
    RenderError("no ffmpeg found: reinstall imageio-ffmpeg, or set IMAGEIO_FFMPEG_EXE to one"),
    RenderError("one.mp4: ffmpeg failed: Error writing trailer: No space left on device"),
    NodeTrouble("has no room"),
]
OTHERS = [
    MediaError("film.mov: no film"),
    RenderError("the network returned NaN or infinity; its weights are damaged"),
    OSError(errno.ENOENT, "No such file or directory", "/films/film.mov"),
    PermissionError(errno.EACCES, "Permission denied", "/films/film.mov"),
    ValueError("a bug"),
]


@pytest.mark.parametrize("error", OWN, ids=str)
def test_what_is_a_nodes_own_trouble(error):
    assert is_own(error)
    outer = RenderError("the film failed")
    outer.__context__ = error
    assert is_own(outer)
    assert "\n" not in in_words(error)


@pytest.mark.parametrize("error", OTHERS, ids=str)
def test_what_is_no_nodes_own_trouble(error):
    assert not is_own(error)


def test_a_picture_for_which_no_memory_is_enough_is_not_the_nodes_trouble():
    error = MediaError("bomb.png: cannot be read")
    error.__context__ = MemoryError()
    assert not is_own(error)


def test_what_the_temporary_folder_refuses_is_the_nodes_trouble(temporary):
    assert is_own(PermissionError(errno.EACCES, "Permission denied", str(temporary / "vidream-unit")))


def test_a_nodes_trouble_says_what_to_do():
    full = OSError(errno.ENOSPC, "No space left on device", "/tmp/x/one.mp4")
    assert in_words(full) == (
        "/tmp/x/one.mp4: No space left on device; make room there, or start its node with another TMPDIR"
    )


@pytest.mark.parametrize(
    ("text", "size"),
    [("20GB", 20 * 10**9), ("500 MB", 5 * 10**8), ("1.5tb", 15 * 10**11), ("2GiB", 2**31), ("0", 0), ("7B", 7)],
)
def test_sizes_are_read(text, size):
    assert bytes_of(text) == size


@pytest.mark.parametrize("text", ["", "20", "GB", "-1GB", "20 apples", "nanGB", "1e3GB", "9" * 400 + "TB", "1GB 2GB"])
def test_what_is_no_size_is_refused(text):
    with pytest.raises(ValueError, match=r"which must be a size such as 20GB or 500MB"):
        bytes_of(text)


@pytest.mark.parametrize(
    ("size", "text"),
    [(0, "0 kB"), (1, "1 kB"), (12e6, "12 MB"), (2.1e6, "2.1 MB"), (2.1e9, "2.1 GB"), (3e13, "30.0 TB")],
)
def test_sizes_are_said(size, text):
    assert amount(size) == text
