"""However a run over a cluster ends, nodes keep nothing but copies; what a kill -9 leaves goes with the next run."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from synthetic import cut_film

pytestmark = pytest.mark.slow
FLAGS = ["--octaves", "3", "--dream-size", "128", "--layer", "block4", "--cores", "1"]


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    """A head that does no work, and two nodes of one core each, with temporary folders of their own."""
    from ray.cluster_utils import Cluster

    os.environ["RAY_ENABLE_UV_RUN_RUNTIME_ENV"] = "0"
    made = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False})
    made.folders = [tmp_path_factory.mktemp("node") for _ in range(2)]
    for folder in made.folders:
        made.add_node(num_cpus=1, env_vars={"TMPDIR": str(folder)})
    yield made
    made.shutdown()


@pytest.fixture(scope="module")
def film(tmp_path_factory) -> Path:
    return cut_film(tmp_path_factory.mktemp("film") / "cut.mp4", 4)


def begun(cluster, film, out, *flags) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "vidream", "video", str(film), str(out), *FLAGS, "--cluster", cluster.address]
    return subprocess.Popen([*command, *flags], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def units(cluster) -> list[Path]:
    """The folders of units on the nodes."""
    return [path for folder in cluster.folders for path in folder.glob("vidream-*/units/*") if path.is_dir()]


def left(cluster) -> list[Path]:
    """What is on the nodes' disks: files, and folders of units; digests of files left out."""
    files = [path for folder in cluster.folders for path in folder.rglob("*") if path.parent.name != "seen"]
    return [path for path in files if path.is_file() or path.parent.name == "units"]


def wait_for(condition, process, seconds=120.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "nothing has come of it"
        assert process.poll() is None, process.communicate()[1]
        time.sleep(0.05)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_run_that_is_stopped_leaves_nothing(cluster, film, tmp_path, number):
    process = begun(cluster, film, tmp_path / "out.mp4")
    wait_for(lambda: sum(any((unit / "made").glob("*/*")) for unit in units(cluster)) == 2, process)
    process.send_signal(number)
    _, said = process.communicate(timeout=60)

    assert process.returncode in (130, 143), said
    assert left(cluster) == []


def test_a_run_that_fails_leaves_nothing(cluster, film, tmp_path):
    """Its folder is taken away under it."""
    out = tmp_path / "away" / "out.mp4"
    out.parent.mkdir()
    process = begun(cluster, film, out)
    wait_for(lambda: sum(any((unit / "made").glob("*/*")) for unit in units(cluster)) == 2, process)
    out.parent.rename(tmp_path / "elsewhere")
    _, said = process.communicate(timeout=120)

    assert process.returncode == 1, said
    assert left(cluster) == []


def test_what_a_killed_run_leaves_goes_with_the_next(cluster, film, tmp_path):
    process = begun(cluster, film, tmp_path / "out.mp4")
    wait_for(lambda: sum(any((unit / "made").glob("*/*")) for unit in units(cluster)) == 2, process)
    process.kill()
    process.communicate()

    next_run = begun(cluster, film, tmp_path / "out.mp4")
    _, said = next_run.communicate(timeout=200)
    assert next_run.returncode == 0, said
    assert left(cluster) == []
