"""Where numba keeps what it compiles: somewhere that can be written, and by nobody else."""

import logging
import os
import stat
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
from synthetic import SAMPLES

from vidream.analysis import listening, numba_cache, prepare_numba_cache
from vidream.errors import Cancelled, MediaError
from vidream.events import scope
from vidream.jobs import song_score

NUMBA_WITHOUT_ITS_OWN_PLACES = """
import numba.core.caching as caching
for name in ("InTreeCacheLocator", "UserWideCacheLocator", "_InTreeCacheLocator", "_UserWideCacheLocator"):
    if hasattr(caching, name):
        setattr(getattr(caching, name), "from_function", classmethod(lambda *_: None))
import sys, numpy
from vidream.analysis import analyse

def compile_little():  # instead of librosa
    import little
    print(little.doubled(21))
    raise SystemExit

sys.modules["vidream.analysis.numba_cache"]._compile = compile_little
analyse(numpy.ones(999, numpy.float32))
"""


@pytest.fixture(autouse=True)
def places(monkeypatch, tmp_path):
    """A home and a temporary folder of the test's own; nothing is named by the environment."""
    for name in ("home", "temporary"):
        (tmp_path / name).mkdir(mode=0o700)
    monkeypatch.delenv(numba_cache.VARIABLE, raising=False)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("TMPDIR", str(tmp_path / "temporary"))
    monkeypatch.setattr(tempfile, "tempdir", None)
    yield tmp_path
    os.environ.pop(numba_cache.VARIABLE, None)


def chosen() -> Path:
    prepare_numba_cache()
    folder = Path(os.environ[numba_cache.VARIABLE])
    assert folder.is_dir()
    assert not folder.is_symlink()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert folder.stat().st_uid == os.geteuid()
    return folder


def test_it_is_the_users_cache_folder(places, monkeypatch):
    assert chosen() == places / "home/.cache/vidream/numba"
    monkeypatch.delenv(numba_cache.VARIABLE)
    monkeypatch.setenv("XDG_CACHE_HOME", str(places / "elsewhere"))
    assert chosen() == places / "elsewhere/vidream/numba"


@pytest.mark.parametrize("home", ["/proc/nohome", "/dev/null", "relative", None])
def test_without_a_home_it_is_a_folder_of_ones_own_and_stays_the_same(places, monkeypatch, home):
    def homeless():
        raise RuntimeError("Could not determine home directory.")

    if home:
        monkeypatch.setenv("HOME", home)
    else:
        monkeypatch.setattr(Path, "home", homeless)
    folder = chosen()
    assert folder.parent == places / "temporary"
    monkeypatch.delenv(numba_cache.VARIABLE)
    assert chosen() == folder


@pytest.mark.parametrize("made", ["open to all", "open to a group", "a link", "a file"])
def test_a_folder_that_others_can_write_to_is_not_taken(places, monkeypatch, made):
    monkeypatch.setenv("HOME", "/proc/nohome")
    known = chosen()
    known.rmdir()
    monkeypatch.delenv(numba_cache.VARIABLE)
    if made == "a link":
        (places / "theirs").mkdir()
        known.symlink_to(places / "theirs")
    elif made == "a file":
        known.touch()
    else:
        known.mkdir(mode=0o700)
        known.chmod(0o777 if made == "open to all" else 0o770)
    folder = chosen()
    assert folder != known
    assert folder.parent == known.parent


def test_a_home_that_others_can_change_is_not_taken(places):
    (places / "home").chmod(0o777)
    assert chosen().parent == places / "temporary"


def test_another_users_home_is_not_taken(places, monkeypatch):
    nobody = os.geteuid() + 1
    monkeypatch.setattr(os, "geteuid", lambda: nobody)  # all that is made here is the first user's, then
    prepare_numba_cache()
    assert Path(os.environ[numba_cache.VARIABLE]).parent == places / "temporary"
    assert Path(os.environ[numba_cache.VARIABLE]).name != f"vidream-numba-{nobody}"


def test_what_the_environment_names_is_kept_if_it_can_be_written(places, monkeypatch, caplog):
    monkeypatch.setenv(numba_cache.VARIABLE, str(places / "named"))
    assert prepare_numba_cache()
    assert os.environ[numba_cache.VARIABLE] == str(places / "named")
    monkeypatch.setenv(numba_cache.VARIABLE, "/proc/named")
    assert chosen() == places / "home/.cache/vidream/numba"
    assert caplog.messages == ["NUMBA_CACHE_DIR=/proc/named: cannot be written; another folder is used"]


def test_where_nothing_can_be_written_it_is_said_in_one_line(monkeypatch):
    monkeypatch.setenv("HOME", "/proc/nohome")
    monkeypatch.setattr(tempfile, "gettempdir", lambda: "/proc")
    with pytest.raises(MediaError, match="name one by NUMBA_CACHE_DIR") as refused:
        prepare_numba_cache()
    assert "\n" not in str(refused.value)


def test_numba_compiles_where_neither_its_package_nor_the_home_can_be_written(places):
    (places / "little.py").write_text("import numba\n\n\n@numba.njit(cache=True)\ndef doubled(n):\n    return 2 * n\n")
    paths = os.pathsep.join([str(places), str(Path(numba_cache.__file__).parents[2])])
    environment = {**os.environ, "HOME": "/proc/nohome", "PYTHONPATH": paths}
    run = subprocess.run(
        [sys.executable, "-c", NUMBA_WITHOUT_ITS_OWN_PLACES],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.stdout == "42\n", run.stderr
    assert list((places / "temporary").glob("*/*/little.doubled*.nbi"))


def test_the_first_time_is_said_to_take_long(places, monkeypatch, caplog):
    monkeypatch.setattr(song_score, "read_sound", lambda *_: None)
    analysis = SimpleNamespace(tempo=120.0, has_beats=True, bars=[], sections=[], sureness=1.0, other_tempo=0.0)
    monkeypatch.setattr(song_score, "analyse", lambda *_: analysis)
    caplog.set_level(logging.INFO)
    song_score._analysis.__wrapped__(Path("song.wav"), "digest")
    assert caplog.messages[0] == "song.wav: listening; the first time on a machine takes up to two minutes"
    monkeypatch.setattr(numba_cache, "_compile", lambda: None)
    with listening():
        pass
    caplog.clear()
    song_score._analysis.__wrapped__(Path("song.wav"), "digest")
    assert caplog.messages[0] == "song.wav: listening"


@pytest.fixture
def compiled(monkeypatch):
    """How often something was compiled."""
    count = []
    monkeypatch.setattr(numba_cache, "_compile", lambda: count.append(1))
    monkeypatch.setattr(numba_cache, "TURN", 0.001)
    return count


def test_the_first_who_listen_take_turns_and_the_next_do_not(compiled):
    inside, most, lock = [], [], threading.Lock()
    first = threading.Barrier(3)

    def listen():
        first.wait()
        with listening():
            with lock:
                inside.append(1)
                most.append(len(inside))
            time.sleep(0.02)
            inside.pop()

    threads = [threading.Thread(target=listen) for _ in range(2)]
    for thread in threads:
        thread.start()
    first.wait()
    for thread in threads:
        thread.join()
    assert most == [1, 1]
    assert compiled
    compiled.clear()
    with listening(), listening():  # would wait for itself
        assert not compiled


def test_who_fails_at_first_leaves_the_turn_to_the_next(compiled):
    first = listening()
    first.__enter__()
    assert not first.__exit__(MediaError, MediaError("no"), None)
    assert prepare_numba_cache()
    with listening():
        assert len(compiled) == 2
    assert not prepare_numba_cache()


def test_who_waits_for_another_can_be_cancelled(compiled):
    cancel = threading.Event()
    cancel.set()
    with listening(), scope(cancel=cancel), pytest.raises(Cancelled):
        listening().__enter__()
    assert len(compiled) == 1


@pytest.mark.parametrize("changed", ["processor", "version", "another librosa"])
def test_where_something_else_compiles_it_is_the_first_time_again(compiled, monkeypatch, changed):
    with listening():
        pass
    if changed == "processor":
        monkeypatch.setattr("llvmlite.binding.get_host_cpu_name", lambda: "another")
    elif changed == "version":
        monkeypatch.setattr(numba_cache, "version", lambda name: f"99 of {name}")
    else:
        monkeypatch.setattr(numba_cache, "find_spec", lambda name: SimpleNamespace(origin=f"/elsewhere/{name}.py"))
    assert prepare_numba_cache()


LISTEN = """
import sys
from pathlib import Path
from vidream.analysis import SAMPLE_RATE, analyse
from vidream.media.sound import read_sound
print(len(analyse(read_sound(Path(sys.argv[1]), SAMPLE_RATE)).bars))
"""


@pytest.mark.slow
def test_processes_that_listen_at_once_for_the_first_time_spoil_nothing(places):
    """Without turns, numba kept one's loop and the other's call of it: then, and for ever, librosa crashed."""
    command = [sys.executable, "-c", LISTEN, str(SAMPLES / "groove120.mp3")]
    environment = {**os.environ, "PYTHONPATH": str(Path(numba_cache.__file__).parents[2])}
    both = []
    for _ in range(2):
        both.append(subprocess.Popen(command, env=environment, stdout=subprocess.PIPE))
        time.sleep(0.3)
    heard = [int(process.communicate()[0]) for process in both]
    heard.append(int(subprocess.run(command, env=environment, capture_output=True, check=True).stdout))
    assert len({*heard}) == 1
    assert (places / "home/.cache/vidream/numba").is_dir()
