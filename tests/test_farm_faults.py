"""What happens to one node is its own trouble: real Ray processes are frozen, filled, killed, and the film is whole."""

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from ray_nodes import children_of, node_apart, processes_of, ray_cluster, signal_all, small_disk, wait_for
from synthetic import cut_film, same_film, textured

import vidream
from vidream.cluster.progress import ClusterProgress, NodeState, PartEvent
from vidream.events import Event, WarningEvent
from vidream.media.still import Picture, write_picture
from vidream.render.workfolder import folder_of

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc"),
]
VARIABLES = {**os.environ, "PYTHONPATH": str(Path(vidream.__file__).parents[1])}
KNOBS: dict[str, Any] = {"octaves": 3, "dream_size": 128, "layer": "block4", "steps": 8}


@pytest.fixture
def cluster(monkeypatch, tmp_path):
    with ray_cluster() as made:
        yield made


@pytest.fixture(scope="module")
def film(tmp_path_factory) -> Path:
    return cut_film(tmp_path_factory.mktemp("film") / "cut.mp4", 4)


@pytest.fixture(scope="module")
def straight(film, tmp_path_factory) -> Path:
    """The film as one machine makes it."""
    return vidream.render_video(film, tmp_path_factory.mktemp("one") / "one.mp4", **KNOBS).out


def record(text: str) -> None:
    """What a person who runs this with -s sees, for a table."""
    sys.stdout.write(f"\n{text}\n")


class Watch:
    """A listener that remembers when nodes were how, and may do something when a condition is met first."""

    def __init__(self, when=lambda event: False, do=lambda: None) -> None:
        self.when, self.do, self.done = when, do, 0.0
        self.states: dict[str, list[tuple[float, NodeState]]] = {}
        self.warnings: list[str] = []
        self.parts: list[tuple[float, PartEvent]] = []
        self.last: ClusterProgress | None = None

    def __call__(self, event: Event) -> None:
        now = time.monotonic()
        if isinstance(event, WarningEvent):
            self.warnings.append(event.message)
        elif isinstance(event, PartEvent):
            self.parts.append((now, event))
        elif isinstance(event, ClusterProgress):
            self.last = event
            for node in event.nodes:
                known = self.states.setdefault(node.name, [])
                if not known or known[-1][1].state != node.state:
                    known.append((now, node))
            if not self.done and self.when(event):
                self.done = now
                self.do()

    def since(self, state: str) -> dict[str, float]:
        """Seconds from what was done to the first time that a node was so, by name."""
        return {
            name: next(at for at, node in known if node.state == state) - self.done
            for name, known in self.states.items()
            if any(node.state == state and at >= self.done for at, node in known)
        }


def both_at_work(event: ClusterProgress) -> bool:
    """In the middle of a part each, with others to come."""
    return len([each for each in event.running if 0 < each.frames < 40]) == 2 and event.waiting > 0


def spread(cluster, film, out, watch, **given):
    from vidream.cluster.spread import render_video

    return render_video(film, out, cluster.address, cores=1, on_event=watch, **{**KNOBS, **given}).out


def worker_elsewhere(cluster) -> Any:
    """A node that the driver is not attached to, and so may be frozen."""
    import ray

    here = ray.get_runtime_context().get_node_id()
    return next(node for node in cluster.workers if node.node_id != here)


def test_the_part_of_a_frozen_node_is_made_elsewhere_in_time(cluster, film, straight, tmp_path):
    frozen = []

    def freeze() -> None:
        frozen.extend(processes_of(worker_elsewhere(cluster)))
        signal_all(frozen, signal.SIGSTOP)

    watch = Watch(both_at_work, freeze)
    try:
        made = spread(cluster, film, tmp_path / "many.mp4", watch)
    finally:
        signal_all(frozen, signal.SIGCONT)
    assert same_film(straight, made)
    ((_, noticed),) = watch.since("silent").items()
    record(f"frozen: noticed after {noticed:.1f} s, done after {time.monotonic() - watch.done:.1f} s")
    assert noticed < 30


def test_a_full_node_is_left_out_and_named_and_the_other_makes_the_film(film, straight, tmp_path):
    with (
        ray_cluster(1) as cluster,
        small_disk(tmp_path / "small", "1m") as small,
        node_apart(cluster.address, film.parent, small),
    ):
        wait_for(lambda: alive(cluster) == 3, 60, "the node")
        watch = Watch()
        made = spread(cluster, film, tmp_path / "many.mp4", watch)
    assert same_film(straight, made)
    (warned,) = [message for message in watch.warnings if "is left out" in message]
    record(f"full: {warned}")
    assert "make room there, or start its node with another TMPDIR" in warned


def test_a_batch_is_not_swallowed_by_a_full_node(film, tmp_path):
    from vidream.cluster.spread import run_batch

    write_picture(tmp_path / "seed.png", Picture(textured(480, 640)))
    (tmp_path / "jobs.toml").write_text(
        '[[job]]\ncommand = "image"\nsource = "seed.png"\noutput = "{layer}-{octaves}.png"\n'
        '[job.matrix]\nlayer = ["block3", "block4"]\noctaves = [1, 2, 3]\n'
    )
    with (
        ray_cluster(1) as cluster,
        small_disk(tmp_path / "small", "256k") as small,
        node_apart(cluster.address, film.parent, small),
    ):
        wait_for(lambda: alive(cluster) == 3, 60, "the node")
        results = run_batch(tmp_path / "jobs.toml", cluster.address, cores=1, on_event=Watch())
    assert [result.state for result in results] == ["done"] * 6


def command(source: Path, out: Path, address: str, **knobs: Any) -> list[str]:
    flags = [part for key, value in knobs.items() for part in (f"--{key.replace('_', '-')}", value)]
    words = ["video", source, out, *flags, "--cluster", address, "--cores", 1]
    return [sys.executable, "-m", "vidream", *map(str, words)]


def test_a_node_of_another_version_that_joins_is_left_out_and_named(cluster, tmp_path):
    other = tmp_path / "other"
    shutil.copytree(Path(vidream.__file__).parent, other / "vidream")
    version = other / "vidream" / "version.py"
    version.write_text(version.read_text().replace(f'"{vidream.__version__}"', '"0.0.1"'))
    film, out = cut_film(tmp_path / "film.mp4", 8), tmp_path / "many.mp4"
    words = command(film, out, cluster.address, **KNOBS)
    with subprocess.Popen(words, cwd=tmp_path, env=VARIABLES, stderr=subprocess.PIPE, text=True) as driver:
        wait_for((folder_of(out) / "parts.json").exists, 120, "the first part")
        cluster.add_node(num_cpus=1, env_vars={"PYTHONPATH": str(other)})
        _, said = driver.communicate(timeout=200)
    assert driver.returncode == 0, said
    (warned,) = [line for line in said.splitlines() if "is left out" in line]
    assert "it runs vidream 0.0.1, this is" in warned
    assert same_film(vidream.render_video(film, tmp_path / "one.mp4", **KNOBS).out, out)


def test_a_node_that_has_just_died_or_is_frozen_does_not_stop_the_start(cluster, film, straight, tmp_path):
    third = cluster.add_node(num_cpus=1)
    fourth = cluster.add_node(num_cpus=1)
    signal_all(processes_of(third), signal.SIGKILL)
    frozen = processes_of(fourth)
    signal_all(frozen, signal.SIGSTOP)
    watch = Watch()
    try:
        made = spread(cluster, film, tmp_path / "many.mp4", watch)
    finally:
        signal_all(frozen, signal.SIGCONT)
    assert same_film(straight, made)


def padded(film: Path, out: Path, size: int) -> Path:
    """A film with so many bytes more in it, that nobody shows: a box "free" (ISO/IEC 14496-12, 8.1.2), mostly holes."""
    shutil.copy(film, out)
    with out.open("ab") as file:
        file.write((1).to_bytes(4, "big") + b"free" + (size + 16).to_bytes(8, "big"))
        file.truncate(file.tell() + size)
    return out


class Memory:
    """The most anonymous memory that processes of a name have held, by their numbers, bytes."""

    def __init__(self, root: int) -> None:
        self.root, self.over, self.most = root, threading.Event(), dict[str, int]()
        self.thread = threading.Thread(target=self.look)

    def __enter__(self) -> "Memory":
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        self.thread.join()

    def look(self) -> None:
        while not self.over.wait(0.05):
            for process in [self.root, *children_of([self.root])]:
                try:
                    name = Path(f"/proc/{process}/cmdline").read_bytes().partition(b"\0")[0].decode()
                    status = Path(f"/proc/{process}/status").read_text()
                except OSError:
                    continue
                held = next((int(line.split()[1]) for line in status.splitlines() if line.startswith("RssAnon")), 0)
                kind = "worker" if "ray::" in name else name
                self.most[kind] = max(self.most.get(kind, 0), 1024 * held)


def test_a_large_source_is_sent_in_pieces_and_takes_no_memory(film, straight, tmp_path):
    """Twice: as it is, and with 300 MB more in it; MEGABYTES says otherwise."""
    size = int(os.environ.get("MEGABYTES", "300")) * 10**6
    held = {}
    for name, more in (("small", 0), ("large", size)):
        (tmp_path / name / "tmp").mkdir(parents=True)
        (tmp_path / name / "here").mkdir()
        source = padded(film, tmp_path / name / "here" / "film.mp4", more)
        with (
            ray_cluster(0) as cluster,
            node_apart(cluster.address, source.parent, tmp_path / name / "tmp") as node,
            Memory(node.pid) as of_node,
        ):
            wait_for(lambda cluster=cluster: alive(cluster) == 2, 60, "the node")
            words = command(source, tmp_path / f"{name}.mp4", cluster.address, **KNOBS)
            driver = subprocess.Popen(words, cwd=tmp_path, env=VARIABLES)
            with Memory(driver.pid) as of_driver:
                assert driver.wait(300) == 0
            held[name] = {"driver": max(of_driver.most.values()), "worker": of_node.most["worker"]}
            left = [path for path in (tmp_path / name / "tmp").rglob("units/*") if path.is_dir()]
            assert left == []
        assert same_film(straight, tmp_path / f"{name}.mp4")
    record(f"{size / 1e6:g} MB more: {held}")
    for who in ("driver", "worker"):
        assert held["large"][who] < held["small"][who] + 150e6


def test_a_batch_keeps_every_node_busy_to_the_end(cluster, tmp_path):
    """Two nodes and unequal zooms, which cannot be cut up; the longest is the last in the job file."""
    from vidream.cluster.spread import run_batch

    write_picture(tmp_path / "seed.png", Picture(textured(96, 128)))
    lengths = [8, 24, 12, 36, 16, 48, 20, 60]
    jobs = "".join(
        f'[[job]]\ncommand = "zoom"\nsource = "seed.png"\noutput = "{length}.mkv"\nframes = {length}\n'
        f'layer = "block4"\noctaves = 2\n'
        for length in lengths
    )
    (tmp_path / "jobs.toml").write_text(jobs)
    looks: list[tuple[float, int]] = []
    began = []

    def listener(event: Event) -> None:
        if isinstance(event, ClusterProgress):
            if event.running and any(each.frames for each in event.running):
                began.append(time.monotonic())
            if began:
                looks.append((time.monotonic(), len(event.running)))

    results = run_batch(tmp_path / "jobs.toml", cluster.address, cores=1, on_event=listener)
    assert [result.state for result in results] == ["done"] * len(lengths)
    last_work = max(at for at, running in looks if running)
    looks = [look for look in looks if look[0] <= last_work]
    spans = [(after - at, 2 - running) for (at, running), (after, _) in pairwise(looks)]
    idle = sum(span * free for span, free in spans) / (2 * sum(span for span, _ in spans))
    record(f"idle {idle:.1%} of {last_work - began[0]:.1f} s on two nodes")
    assert idle < 0.1


def alive(cluster) -> int:
    """How many nodes the cluster has, its head among them."""
    from ray._raylet import GcsClient

    return sum(info.state == 0 for info in GcsClient(address=cluster.address).get_all_node_info().values())
