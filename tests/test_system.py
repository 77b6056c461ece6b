"""What differs between systems is asked for in one place, and each place answers as if on Windows, macOS and Linux."""

import ctypes
import io
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

from vidream.cli import output
from vidream.cli.process import ended_by
from vidream.errors import MediaError
from vidream.system import desktop, files, locks, memory, processes, signals

PACKAGE = Path(files.__file__).parents[1]

HOMES = {
    r"os\.name\b": {"system/.*", "jobs/globs"},
    r"sys\.platform\b": {"system/.*", "native/library", "live/.*"},
    r"\bmsvcrt\b": {"system/locks", "live/terminal"},
    r"\bfcntl\b": {"system/locks", "live/(decoder|loopback)"},
    r"SIGHUP": {"system/signals"},
    r"start_new_session|creationflags": {"system/processes"},
    r"get(e)?uid\(": {"system/files"},
    r"xdg-open|webbrowser|startfile": {"system/desktop"},
    r"renameat2": {"system/files"},
    r"get_ffmpeg_exe": {"media/program"},
    r"ImageFont": set[str](),  # titles are drawn by strokes that OpenCV brings: no font need be there
}
"""What only one system has, or what is called otherwise there -> the modules that may know it."""


@pytest.mark.parametrize("pattern", HOMES)
def test_each_difference_has_one_home(pattern):
    for path in PACKAGE.rglob("*.py"):
        name = path.relative_to(PACKAGE).with_suffix("").as_posix()
        if re.search(pattern, path.read_text(encoding="utf-8")):
            assert any(re.fullmatch(home, name) for home in HOMES[pattern]), f"{name} asks for {pattern}"


class OsOfWindows:
    """The module `os` as Windows has it, as far as we ask."""

    name = "nt"

    def __getattr__(self, name):
        if name in ("geteuid", "getuid", "O_NOFOLLOW", "O_NONBLOCK"):
            raise AttributeError(name)
        return getattr(os, name)


class Ranges(ModuleType):
    """The module `msvcrt`: bytes of a file are locked for an opening, alone."""

    LK_NBLCK = 2

    def __init__(self):
        super().__init__("msvcrt")
        self.taken: dict[int, set[int]] = {}

    def locking(self, number, mode, count):
        assert mode == self.LK_NBLCK
        first = os.lseek(number, 0, os.SEEK_CUR)
        wanted = set(range(first, first + count))
        if any(wanted & bytes_ for bytes_ in self.taken.values()):
            raise OSError("locked")
        self.taken.setdefault(number, set()).update(wanted)


@pytest.fixture
def windows(monkeypatch):
    """Windows, for the modules that ask what they are on."""
    for module in (desktop, files, locks, memory, processes):
        if hasattr(module, "os"):
            monkeypatch.setattr(module, "os", OsOfWindows())
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0x200, raising=False)
    monkeypatch.setattr(subprocess, "DETACHED_PROCESS", 0x8, raising=False)
    ranges = Ranges()
    monkeypatch.setitem(sys.modules, "msvcrt", ranges)
    monkeypatch.setitem(sys.modules, "fcntl", None)
    monkeypatch.setitem(sys.modules, "resource", None)
    return ranges


def check_locks(path, free):
    """One alone, or several together. free: called with an opening's number when it is closed."""

    def close(file):
        free(file.fileno())
        file.close()

    first = locks.try_lock_at(path)
    assert first is not None
    assert locks.try_lock_at(path) is None
    assert locks.try_lock_at(path, shared=True) is None
    close(first)
    one, other = (locks.try_lock_at(path, shared=True) for _ in range(2))
    assert one is not None
    assert other is not None
    assert locks.try_lock_at(path) is None
    close(one)
    close(other)
    again = locks.try_lock_at(path)
    assert again is not None
    close(again)


def test_a_lock_is_one_opening_s_alone_or_shared(tmp_path):
    check_locks(tmp_path / "lock", lambda number: None)


def test_a_lock_of_windows_too(tmp_path, windows):
    check_locks(tmp_path / "lock", lambda number: windows.taken.pop(number, None))


def test_without_locks_a_turn_is_everybody_s(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "fcntl", None)
    with locks.in_turn(Path(__file__)), locks.in_turn(Path(__file__)):
        pass


@pytest.mark.parametrize("system", ["linux", "windows"])
def test_a_new_name_replaces_nothing(tmp_path, system, request, monkeypatch):
    if system == "windows":
        request.getfixturevalue("windows")

        def rename(file, target):  # which replaces nothing there
            if target.exists():
                raise FileExistsError(target)
            os.rename(file, target)  # noqa: PTH104 (Path's own is this function)

        monkeypatch.setattr(Path, "rename", rename)
    (tmp_path / "made").write_text("made")
    (tmp_path / "mine").write_text("mine")
    with pytest.raises(FileExistsError):
        files.rename_to_new(tmp_path / "made", tmp_path / "mine")
    assert (tmp_path / "mine").read_text() == "mine"
    files.rename_to_new(tmp_path / "made", tmp_path / "new")
    assert (tmp_path / "new").read_text() == "made"


def test_whose_a_file_is(windows):
    assert files.user_number() is None
    assert not files.removes_open_files()


@pytest.mark.skipif(os.name == "nt", reason="asks for what Windows lacks")
def test_whose_a_file_is_where_users_have_numbers():
    assert files.user_number() == os.geteuid()
    assert files.removes_open_files()


def test_signals_that_a_system_lacks_are_left_out(monkeypatch):
    before = [signal.getsignal(number) for number in signals.numbers(*signals.ENDING)]
    monkeypatch.delattr(signal, "SIGHUP", raising=False)
    assert signals.numbers(*signals.ENDING) == [signal.SIGINT, signal.SIGTERM]
    with pytest.raises(KeyboardInterrupt), ended_by() as came:
        signal.raise_signal(signal.SIGTERM)
    assert came == [signal.SIGTERM]
    monkeypatch.undo()
    assert [signal.getsignal(number) for number in signals.numbers(*signals.ENDING)] == before


def test_what_is_ignored_stays_so_and_what_was_there_comes_back(monkeypatch):
    came: list[int] = []
    before = signal.signal(signal.SIGTERM, signal.SIG_IGN)
    try:
        with signals.heard(lambda number, _: came.append(number), signals.TOLD, signals.CTRL_C):
            signal.raise_signal(signal.SIGTERM)
            signal.raise_signal(signal.SIGINT)
        assert came == [signal.SIGINT]
        assert signal.getsignal(signal.SIGTERM) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGTERM, before)


def test_processes_of_their_own(windows):
    assert processes.own_session() == {"creationflags": 0x200}
    assert processes.detached() == {"creationflags": 0x208}


@pytest.mark.skipif(os.name == "nt", reason="sessions are of Linux and macOS")
def test_a_session_of_its_own():
    code = "import os; print(os.getsid(0))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, **processes.own_session())
    assert int(run.stdout) != os.getsid(0)
    assert processes.detached() == processes.own_session()


@pytest.mark.parametrize(
    ("platform", "command"),
    [
        ("darwin", ["open", "-R", "/films/a b.mp4"]),
        ("win32", ["explorer", "/select,/films/a b.mp4"]),
        ("linux", ["xdg-open", "/films"]),
    ],
)
def test_a_file_is_shown_by_the_system_s_own_program(monkeypatch, platform, command):
    started = []

    def popen(command, **options):
        started.append(command)
        return SimpleNamespace(wait=lambda seconds: 0)

    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setattr(subprocess, "Popen", popen)
    monkeypatch.setattr(desktop, "which", lambda name: f"/bin/{name}")
    desktop.reveal(Path("/films/a b.mp4"))
    assert started == [command]
    monkeypatch.setattr(desktop, "which", lambda name: None)
    with pytest.raises(MediaError, match=rf"^{command[0]}: not here, so no folder can be opened; the file is /films"):
        desktop.reveal(Path("/films/a b.mp4"))


@pytest.mark.parametrize(
    ("platform", "environment", "ended", "program", "opened"),
    [
        ("linux", {"DISPLAY": ":0"}, 0, "xdg-open", True),
        ("linux", {"WAYLAND_DISPLAY": "wayland-0"}, 3, "xdg-open", False),
        ("linux", {}, 0, None, False),
        ("linux", {"DISPLAY": ":10", "SSH_CONNECTION": "x"}, 0, None, False),
        ("darwin", {}, 0, "open", True),
        ("win32", {}, 1, "explorer", True),
    ],
)
def test_a_film_is_opened_where_somebody_sees_it(monkeypatch, platform, environment, ended, program, opened):
    started = []

    def popen(command, **options):
        started.append(command)
        return SimpleNamespace(wait=lambda seconds: ended)

    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setattr(os, "environ", environment)
    monkeypatch.setattr(subprocess, "Popen", popen)
    monkeypatch.setattr(desktop, "which", lambda name: f"/bin/{name}")
    assert desktop.open_file(Path("/films/a b.mp4")) == opened
    assert started == ([[program, "/films/a b.mp4"]] if program else [])
    monkeypatch.setattr(desktop, "which", lambda name: None)
    assert not desktop.open_file(Path("/films/a b.mp4"))


def test_memory_of_windows(windows, monkeypatch):
    def fill(status):
        status._obj.free = 7_000_000_000
        return 1

    monkeypatch.setattr(ctypes, "windll", SimpleNamespace(kernel32=SimpleNamespace(GlobalMemoryStatusEx=fill)), False)
    monkeypatch.setattr(memory, "_of_container", lambda: None)
    assert memory.available() == 7_000_000_000
    assert memory.most_resident() != memory.most_resident()  # nan: not known


def test_memory_where_there_is_no_proc(monkeypatch):
    """On macOS all that is there counts as free, and what a process held is told in bytes."""
    kilobytes = memory.most_resident()
    monkeypatch.setattr(memory, "Path", lambda path: Path("/nonexistent", path.lstrip("/")))
    monkeypatch.setattr(memory, "_of_container", lambda: None)
    monkeypatch.setattr(sys, "platform", "darwin")
    assert memory.available() == os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    assert memory.resident() == 0
    assert memory.most_resident() == pytest.approx(kilobytes / 1024, rel=0.01)


def test_a_console_that_lacks_a_letter_gets_an_escape(monkeypatch):
    written = io.BytesIO()
    for name in ("stdout", "stderr"):
        monkeypatch.setattr(sys, name, io.TextIOWrapper(written, encoding="cp1252", write_through=True))
    output.own_streams()
    output.say("Ärger × 2 → 猫")
    output.say_error("猫.mp4: no such file")
    assert written.getvalue().decode("cp1252").split(os.linesep)[:2] == [
        "Ärger × 2 \\u2192 \\u732b",
        "vidream: \\u732b.mp4: no such file",
    ]


@pytest.mark.parametrize(("encoding", "words"), [("cp1252", ["zoom", "--help"]), ("ascii", ["presets"])])
def test_help_and_tables_are_written_on_any_console(encoding, words):
    environment = {**os.environ, "PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"}
    command = [sys.executable, "-m", "vidream", *words]
    run = subprocess.run(command, capture_output=True, env=environment, check=True)
    assert len(run.stdout.decode(encoding)) > 1000
    assert not run.stderr
