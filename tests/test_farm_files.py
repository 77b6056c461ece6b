"""The files for clusters under Kubernetes and Slurm say what Kubernetes, Slurm, Ray and vidream understand."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

import vidream

FARM = Path(__file__).parents[1] / "docs" / "farm"
BATCH = FARM / "vidream.sbatch"
FIELDS = {  # of KubeRay's API, ray.io/v1, and of pods: those that our files need
    "RayCluster": "apiVersion kind metadata spec",
    "RayJob": "apiVersion kind metadata spec",
    "metadata": "name",
    "RayCluster.spec": "rayVersion headGroupSpec workerGroupSpecs",
    "RayJob.spec": "entrypoint backoffLimit shutdownAfterJobFinishes ttlSecondsAfterFinished rayClusterSpec",
    "rayClusterSpec": "rayVersion headGroupSpec workerGroupSpecs",
    "headGroupSpec": "rayStartParams template",
    "workerGroupSpecs": "groupName replicas minReplicas maxReplicas rayStartParams template",
    "template": "spec",
    "template.spec": "containers volumes",
    "containers": "name image resources volumeMounts",
    "resources": "requests limits",
    "requests": "cpu memory",
    "limits": "cpu memory",
    "volumeMounts": "name mountPath",
    "volumes": "name persistentVolumeClaim emptyDir",
    "persistentVolumeClaim": "claimName",
    "emptyDir": "sizeLimit",
}


def read(name: str) -> dict[str, Any]:
    yaml = pytest.importorskip("yaml", reason="comes with Ray")
    return yaml.safe_load((FARM / name).read_text())


def options(command: str) -> set[str]:
    """The flags that a command knows."""
    words = {"ray": [sys.executable, "-m", "ray.scripts.scripts"], "vidream": [sys.executable, "-m", "vidream"]}
    name, *rest = command.split()
    environment = {**os.environ, "COLUMNS": "200", "NO_COLOR": "1", "TERM": "dumb"}
    asked = "--help-all" if rest == ["video"] else "--help"
    ran = subprocess.run(
        [*words[name], *rest, asked], capture_output=True, text=True, check=True, env=environment, timeout=100
    )
    return set(re.findall(r"(?<![\w-])--[a-z][\w-]*", ran.stdout))


def unknown_fields(name: str, value: Any, kind: str = "") -> Iterator[str]:
    """Fields at any depth that are not in FIELDS."""
    if isinstance(value, list):
        for entry in value:
            yield from unknown_fields(name, entry)
    elif isinstance(value, Mapping) and name != "rayStartParams":
        known = FIELDS[f"{kind}.spec" if f"{kind}.{name}" in FIELDS else name].split()
        for key, below in value.items():
            if key not in known:
                yield f"{name}.{key}"
            else:
                place = f"{name}.{key}" if f"{name}.{key}" in FIELDS else key
                yield from unknown_fields(place, below, kind)


@pytest.mark.parametrize("name", ["raycluster.yaml", "rayjob.yaml"])
def test_a_manifest_has_fields_of_the_api_alone(name):
    manifest = read(name)
    kind = manifest["kind"]
    assert manifest["apiVersion"] == "ray.io/v1"
    assert not list(unknown_fields(kind, manifest, kind))
    assert list(unknown_fields(kind, {**manifest, "replica": 1}, kind)) == [f"{kind}.replica"]
    spec = manifest["spec"].get("rayClusterSpec", manifest["spec"])
    groups = [spec["headGroupSpec"], *spec["workerGroupSpecs"]]
    pods = [group["template"]["spec"] for group in groups]
    for pod in pods:
        names = {volume["name"] for volume in pod["volumes"]}
        for container in pod["containers"]:
            assert {mount["name"] for mount in container["volumeMounts"]} == names
            assert container["resources"]["requests"] == container["resources"]["limits"]
    assert {container["image"] for pod in pods for container in pod["containers"]} == {
        f"REGISTRY/vidream:{vidream.__version__}"
    }
    docker = (FARM.parents[1] / "Dockerfile").read_text()
    assert re.search(r"ARG RAY=(\S+)", docker)[1] == spec["rayVersion"]
    assert all(str(value) == value for group in groups for value in group["rayStartParams"].values())


def test_both_manifests_have_the_same_nodes():
    cluster, job = read("raycluster.yaml")["spec"], read("rayjob.yaml")["spec"]["rayClusterSpec"]
    assert cluster == job


def test_what_a_manifest_runs_is_a_command_of_ours():
    words = read("rayjob.yaml")["spec"]["entrypoint"].split()
    assert words[:2] == ["vidream", "batch"]
    assert "--cluster" in options("vidream batch")
    given = read("raycluster.yaml")["spec"]["headGroupSpec"]["rayStartParams"]
    assert {f"--{name}" for name in given} <= options("ray start")


def test_the_batch_script_gives_ray_flags_that_it_has():
    text = BATCH.read_text().replace("\\\n", " ")
    for command in ("ray start", "ray status"):
        used = {flag for line in text.splitlines() if command in line for flag in flags_after(line, command)}
        assert used
        assert used <= options(command)


def flags_after(line: str, command: str) -> set[str]:
    return set(re.findall(r"(?<![\w-])--[a-z][\w-]*", line.partition(command)[2]))


STAND_IN = """#!/usr/bin/env bash
echo "$(basename "$0") $*" >> "$CALLS"
case "$(basename "$0")" in
    scontrol) [ "$1" != show ] || printf 'localhost\\nother1\\nother2\\n' ;;
    srun) exec sleep 300 ;;
    ray) [ "$1" = status ] ;;
    vidream)
        trap 'echo "vidream is stopped" >> "$CALLS"; exit 143' TERM
        echo here >> "$HERE"
        [ -z "${SOON:-}" ] || exit "$SOON"
        for _ in $(seq 600); do sleep 0.1; done ;;
esac
"""


@pytest.fixture
def slurm(tmp_path):
    """Start the batch script as Slurm would, with stand-ins for all that it calls; they are stopped afterwards."""
    if shutil.which("bash") is None or shutil.which("getent") is None:
        pytest.skip("needs bash and getent")
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("scontrol", "srun", "ray", "vidream"):
        (programs / name).write_text(STAND_IN)
        (programs / name).chmod(0o755)
    started = []

    def start(*words: str, **more: str) -> subprocess.Popen:
        environment = {
            **os.environ,
            "PATH": f"{programs}:{os.environ['PATH']}",
            "CALLS": str(tmp_path / "calls"),
            "HERE": str(tmp_path / "here"),
            "SLURM_JOB_NODELIST": "localhost,other[1-2]",
            "SLURM_JOB_ID": "81234",
            "SLURM_JOB_NUM_NODES": "3",
            "SLURM_CPUS_PER_TASK": "8",
            **more,
        }
        started.append(subprocess.Popen(["bash", BATCH, *words], env=environment, start_new_session=True))
        return started[-1]

    yield start
    for process in started:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def calls(folder: Path) -> list[str]:
    return (folder / "calls").read_text().splitlines()


def test_the_batch_script_starts_a_head_nodes_and_the_command(slurm, tmp_path):
    assert slurm("batch", "album.toml", SOON="1").wait(60) == 1  # what the command says, Slurm is told
    made = calls(tmp_path)
    head, nodes = [line for line in made if line.startswith("srun")]
    assert "--nodelist=localhost" in head
    assert "ray start --head --block" in head
    assert "--node-ip-address=127.0.0.1 --port=21234 --num-cpus=6" in head
    assert "--nodes=2 --ntasks=2 --exclude=localhost" in nodes
    assert "--address=127.0.0.1:21234 --num-cpus=8" in nodes
    assert "ray status --address 127.0.0.1:21234" in made
    assert "vidream batch album.toml --cluster 127.0.0.1:21234" in made
    assert not [line for line in made if "requeue" in line]  # it has failed by itself


def test_at_the_time_limit_the_command_is_stopped_and_the_job_queued_again(slurm, tmp_path):
    script = slurm("batch", "album.toml")
    deadline = time.monotonic() + 60
    while not (tmp_path / "here").exists():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    script.send_signal(signal.SIGUSR1)
    assert script.wait(60) == 143
    assert calls(tmp_path)[-2:] == ["vidream is stopped", "scontrol requeue 81234"]


def test_the_batch_script_wants_words(slurm, tmp_path):
    assert slurm().wait(60) == 2
    assert not (tmp_path / "calls").exists()


def test_the_batch_script_is_clean():
    if shutil.which("shellcheck") is None:
        pytest.skip("needs shellcheck")
    subprocess.run(["shellcheck", BATCH], check=True)


def test_the_page_names_files_and_flags_that_are_there():
    page = FARM.with_name("farm.md")
    text = page.read_text()
    for name in re.findall(r"\]\(((?!made/)[\w/.-]+)\)", text):  # made/: pages that the site's build makes
        assert (page.parent / name).exists(), name
    for name in re.findall(r"python (\S+\.py)", text):
        assert (FARM.parents[1] / name).exists(), name
    known = options("vidream batch") | options("vidream video") | options("vidream clean") | options("ray start")
    known |= {"--trouble", "--nodes", "--time", "--version"}  # of show_farm.py, of sbatch, of vidream itself
    known |= {"--target"}  # of docker build
    assert set(re.findall(r"(?<![\w-])--[a-z][\w-]*", text)) <= known
