"""`vidream clean` shows what is ours on a machine, or on every node; removes it on request, and nothing of a user's."""

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from vidream.analysis import listening, numba_cache, prepare_numba_cache
from vidream.cli import main
from vidream.cluster import cleaning, kept, places
from vidream.cluster.cleaning import Belongings, belongings
from vidream.cluster.copies import SharedFile, local_path, unit_folder
from vidream.cluster.kept import Kept

FILM = SharedFile("/nowhere/film.mov", "98ea6e4f216f2fb4b69fff9b3a44842c38686ca685f3f55dc48c5d3fb1107be4", 3)


@pytest.fixture(autouse=True)
def machine(tmp_path, monkeypatch):
    """A home and a temporary folder of the test's own."""
    for name in ("home", "temporary"):
        (tmp_path / name).mkdir(mode=0o700)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("TMPDIR", str(tmp_path / "temporary"))
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.delenv(numba_cache.VARIABLE, raising=False)
    monkeypatch.setattr(numba_cache, "_IN_USE", {})
    yield tmp_path
    os.environ.pop(numba_cache.VARIABLE, None)
    for lock in numba_cache._IN_USE.values():
        lock.close()


@contextmanager
def copied():
    """A copy of a source, in use."""
    with local_path(FILM, lambda offset, length: b"hi\n") as copy:
        yield copy


@pytest.fixture
def compiled(monkeypatch) -> Path:
    """The folder of what was compiled, by a process that has ended."""
    monkeypatch.setattr(numba_cache, "_compile", lambda: None)
    with listening():
        folder = Path(os.environ[numba_cache.VARIABLE])
        (folder / "librosa.nbi").write_bytes(bytes(5000))
    forget()
    return folder


def forget() -> None:
    """As if the process had ended."""
    os.environ.pop(numba_cache.VARIABLE, None)
    for lock in numba_cache._IN_USE.values():
        lock.close()
    numba_cache._IN_USE.clear()


def test_where_nothing_is_kept_it_says_so(capsys):
    assert main(["clean"]) == 0
    assert capsys.readouterr().out == "nothing is kept\n"
    assert main(["clean", "--remove"]) == 0
    assert capsys.readouterr().out == "nothing is kept\n"


def test_what_is_kept_is_shown_and_stays(capsys, compiled):
    with copied() as copy, unit_folder() as unit:
        assert main(["clean"]) == 0
    out = capsys.readouterr().out
    date = re.escape(time.strftime("%Y-%m-%d "))
    assert re.search(rf"copy of film.mov +1 kB +in use +{re.escape(str(copy.parent))}\b", out)
    assert re.search(rf"part under way +0 kB +in use +{re.escape(str(unit))}\b", out)
    assert re.search(rf"digests +1 kB +{date}\d\d:\d\d +{re.escape(str(places.seen_folder()))}\b", out)
    assert re.search(rf"compiled code +\d kB +{date}\d\d:\d\d +{re.escape(str(compiled))}\b", out)
    assert re.search(r"^\d+ kB in all; `vidream clean --remove` removes what is not in use$", out, re.MULTILINE)
    assert copy.exists()
    assert compiled.exists()


def test_what_is_not_in_use_is_removed_on_request(capsys, machine, compiled):
    film, session = machine / "temporary" / "film.mp4", machine / "temporary" / "film.mp4.vidream"
    session.mkdir()
    (session / "progress.json").write_text("{}")
    film.write_bytes(b"a film")
    with unit_folder() as unit:
        with copied() as copy:
            pass
        assert main(["clean", "--remove"]) == 0
        assert unit.exists()
    assert not copy.exists()
    assert not compiled.exists()
    assert re.search(r"^6 kB removed; 0 kB in use, which stays$", capsys.readouterr().out, re.MULTILINE)
    assert (session / "progress.json").exists()
    assert film.exists()
    assert main(["clean"]) == 0
    assert capsys.readouterr().out == "nothing is kept\n"


def test_a_copy_in_use_is_not_removed(capsys):
    with copied() as copy:
        assert main(["clean", "--remove"]) == 0
        assert copy.read_bytes() == b"hi\n"
    assert "which stays" in capsys.readouterr().out


def test_what_one_compiled_who_lives_is_not_removed(capsys, compiled):
    prepare_numba_cache()
    with listening():
        pass  # and may compile more at any time
    assert main(["clean", "--remove"]) == 0
    assert "in use" in capsys.readouterr().out
    assert compiled.exists()
    forget()
    assert main(["clean", "--remove"]) == 0
    assert not compiled.exists()


def test_who_listens_while_it_is_removed_begins_anew(compiled):
    """As if the folder was taken away between two looks at it."""
    assert numba_cache.remove(compiled)
    with listening():
        assert Path(os.environ[numba_cache.VARIABLE]) == compiled
        assert numba_cache.is_in_use(compiled)


def test_a_folder_for_compiled_code_that_the_user_named_is_the_users(capsys, machine, monkeypatch):
    monkeypatch.setattr(numba_cache, "_compile", lambda: None)
    monkeypatch.setenv(numba_cache.VARIABLE, str(machine / "named"))
    with listening():
        pass
    forget()
    assert main(["clean", "--remove"]) == 0
    assert (machine / "named").exists()
    assert str(machine / "named") not in capsys.readouterr().out


@pytest.mark.parametrize("made", ["a link", "open to all", "a user's"])
def test_a_folder_that_only_looks_like_ours_is_left_alone(machine, made):
    like = machine / "temporary" / "vidream-numba-1"
    if made == "a link":
        (machine / "theirs").mkdir()
        (machine / "theirs" / "vidream.use").touch()
        like.symlink_to(machine / "theirs")
    else:
        like.mkdir(mode=0o700)
        (like / ("vidream.use" if made == "open to all" else "letter.txt")).touch()
    if made == "open to all":
        like.chmod(0o777)
    assert belongings(remove=True).things == ()
    assert len(list(like.iterdir())) == 1


def test_of_nodes_that_share_a_folder_one_tells_of_it():
    def node(place, host):
        return Belongings((Kept(place, kept.COPY, 1, 2.0, False),), host=host)

    found = {"a": node("/x", "one"), "b": node("/x", "one"), "c": node("/x", "two")}
    assert {name: len(there.things) for name, there in cleaning._once(found).items()} == {"a": 1, "b": 0, "c": 1}


def test_without_a_cluster_it_is_said(capsys):
    assert main(["clean", "--cluster", "127.0.0.1:1"]) == 2
    assert "--cluster 127.0.0.1:1: " in capsys.readouterr().err


@pytest.fixture
def cluster(monkeypatch, machine):
    """Ray's head, and a node with a temporary folder of its own."""
    from ray.cluster_utils import Cluster

    monkeypatch.setenv("RAY_ENABLE_UV_RUN_RUNTIME_ENV", "0")
    (machine / "other").mkdir(mode=0o700)
    own, others = ({"TMPDIR": str(machine / name)} for name in ("temporary", "other"))
    with monkeypatch.context() as patch:  # Ray's own sockets need a short path
        patch.delenv("TMPDIR")
        patch.setattr(tempfile, "tempdir", None)
        made = Cluster(True, head_node_args={"num_cpus": 0, "include_dashboard": False, "env_vars": own})
        other = made.add_node(num_cpus=1, env_vars=others)
    yield made, other
    made.shutdown()


def clean(address, *flags):
    command = [sys.executable, "-m", "vidream", "clean", "--cluster", address, *flags]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.slow
def test_the_nodes_of_a_cluster_are_shown_and_cleaned_and_a_frozen_one_is_named(cluster, machine, monkeypatch):
    """All that is left here is as if it had been left on the node."""
    made, other = cluster
    monkeypatch.setattr(tempfile, "tempdir", str(machine / "other"))
    with copied() as copy:
        pass
    shown = clean(made.address)
    assert shown.returncode == 0, shown.stderr
    assert re.search(rf"^\S+ \S+:\d+ +copy of film.mov .*{re.escape(str(copy.parent))}", shown.stdout, re.MULTILINE)
    assert f"`vidream clean --cluster {made.address} --remove`" in shown.stdout
    assert shown.stderr == ""
    removed = clean(made.address, "--remove")
    assert removed.returncode == 0, removed.stderr
    assert not copy.exists()
    raylet = other.all_processes["raylet"][0].process
    raylet.send_signal(signal.SIGSTOP)
    try:
        frozen = clean(made.address)
    finally:
        raylet.send_signal(signal.SIGCONT)
    assert frozen.returncode == 1
    assert re.fullmatch(r"vidream: node \S+ \S+:\d+: does not answer within 20 s\n", frozen.stderr)
