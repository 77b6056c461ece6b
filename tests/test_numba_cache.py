"""Where numba keeps what it compiles: somewhere that can be written, and by nobody else."""

import logging
import os
import stat
import subprocess
import sys
import tempfile
from pathlib import Path
from types import SimpleNamespace

import pytest

from vidream.analysis import numba_cache, prepare_numba_cache
from vidream.errors import MediaError
from vidream.jobs import song_score

NUMBA_WITHOUT_ITS_OWN_PLACES = """
import numba.core.caching as caching
for name in ("InTreeCacheLocator", "UserWideCacheLocator", "_InTreeCacheLocator", "_UserWideCacheLocator"):
    if hasattr(caching, name):
        setattr(getattr(caching, name), "from_function", classmethod(lambda *_: None))
import sys, numpy
from vidream.analysis import analyse

def measure_timbre(*_):  # is the first stage, and would import librosa
    import little
    print(little.doubled(21))
    raise SystemExit

sys.modules["vidream.analysis.analyser"].measure_timbre = measure_timbre
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
    assert chosen() == places / "home/.cache/vidream/compiled"
    monkeypatch.delenv(numba_cache.VARIABLE)
    monkeypatch.setenv("XDG_CACHE_HOME", str(places / "elsewhere"))
    assert chosen() == places / "elsewhere/vidream/compiled"


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
    assert Path(os.environ[numba_cache.VARIABLE]).name != f"vidream-compiled-{nobody}"


def test_what_the_environment_names_is_kept_if_it_can_be_written(places, monkeypatch, caplog):
    monkeypatch.setenv(numba_cache.VARIABLE, str(places / "named"))
    assert prepare_numba_cache()
    assert os.environ[numba_cache.VARIABLE] == str(places / "named")
    monkeypatch.setenv(numba_cache.VARIABLE, "/proc/named")
    assert chosen() == places / "home/.cache/vidream/compiled"
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
    folder = Path(os.environ[numba_cache.VARIABLE]) / "librosa"
    folder.mkdir()
    (folder / "beat.nbi").touch()
    caplog.clear()
    song_score._analysis.__wrapped__(Path("song.wav"), "digest")
    assert caplog.messages[0] == "song.wav: listening"
