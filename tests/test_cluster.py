"""A film made by many machines is the film that one makes. Ray runs two nodes on this one."""

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ray_nodes import ray_cluster
from synthetic import cut_film, needs_native, panned, same_film, textured, write_film

import vidream
from vidream.cluster import node
from vidream.cluster.engines import Engines
from vidream.cluster.farm import NodeCheck
from vidream.cluster.progress import ClusterProgress, PartEvent
from vidream.cluster.units import Unit, units_of
from vidream.dream.choice import VARIABLE
from vidream.errors import Cancelled, MediaError, RenderError
from vidream.events import Event, FrameEvent, NoteEvent, scope
from vidream.frames import Shot
from vidream.jobs.jobspec import JobSpec
from vidream.jobs.recipes import recipe_of
from vidream.jobs.render_job import RenderJob
from vidream.jobs.video import plan_video
from vidream.media.still import Picture, write_picture
from vidream.native.library import vector_sets
from vidream.plan.film import FilmPlan
from vidream.render import segments
from vidream.render.parted import RenderedPart
from vidream.render.session import Session
from vidream.render.workfolder import folder_of

KNOBS: dict[str, Any] = {"octaves": 1, "dream_size": 128, "layer": "block4"}


@pytest.fixture(scope="module")
def film(tmp_path_factory) -> Path:
    return cut_film(tmp_path_factory.mktemp("film") / "cut.mp4", 4)


def film_job(film: Path, out: Path) -> RenderJob:
    """The film once more, without a dream."""
    job = JobSpec("it", "video", str(film), out, arguments={"strength": 0}).job()
    assert isinstance(job, RenderJob)
    return job


def test_shots_are_what_the_steps_begin_anew_at(film, tmp_path):
    plan = plan_video(film, tmp_path / "x.mp4")
    starts = [step.index for step in plan.steps() if step.cut]
    assert starts == [0, 60, 120, 180]
    assert list(plan.shots()) == [Shot(0, 59), Shot(60, 119), Shot(120, 179), Shot(180, 239)]


def test_a_part_has_the_steps_of_the_whole(film, tmp_path):
    plan = plan_video(film, tmp_path / "x.mp4")
    whole = [step for step in plan.steps() if 60 <= step.index <= 179]
    part = list(replace(plan, part=Shot(60, 179)).steps())
    assert [step.index for step in part] == [step.index for step in whole]
    for one, other in zip(part, whole, strict=True):
        assert np.array_equal(one.source.samples, other.source.samples)
        assert one.cut == other.cut
        assert one.flow is None or np.array_equal(one.flow, other.flow)


def test_units_are_shots_put_together_until_they_are_worth_a_journey(film, tmp_path):
    spec = JobSpec("it", "video", str(film), tmp_path / "x.mp4")
    units = [*units_of(0, spec, spec.job())]
    assert [(unit.part, unit.first, unit.frames) for unit in units] == [
        (Shot(60 * number, 60 * number + 59), 60 * number, 60) for number in range(4)
    ]
    short = JobSpec("it", "video", str(film), tmp_path / "x.mp4", arguments={"fps": 10})
    assert [(unit.first, unit.frames) for unit in units_of(0, short, short.job())] == [(0, 48), (48, 48)]
    alone = JobSpec("it", "video", str(film), tmp_path / "x.mp4", arguments={"persistence": 0})
    assert [unit.part for unit in units_of(0, alone, alone.job())] == [None]
    loop = JobSpec("it", "video", str(film), tmp_path / "x.mp4", arguments={"loop": True})
    assert [unit.part for unit in units_of(0, loop, loop.job())] == [None]
    assert next(units_of(0, loop, loop.job())).weight > 0 == units[0].weight < units[0].work


def test_parts_are_gathered_in_any_order_and_kept(film, tmp_path, monkeypatch):
    monkeypatch.setattr(segments, "ENCODED", 60)  # without a dream, no segment ends at a cut
    job = film_job(film, tmp_path / "x.mp4")
    made = {}
    for number, part in enumerate([Shot(0, 119), Shot(120, 239)]):
        (tmp_path / str(number)).mkdir()
        assert isinstance(job.plan, FilmPlan)
        half = replace(job, plan=replace(job.plan, part=part), out=tmp_path / str(number) / "x.mp4")
        made[part.first] = half.render_part(part.first)
    assert [pieces.frames for pieces in made.values()] == [120, 120]
    with job.parted_session() as gathering:
        gathering.add(made[120])
    with job.parted_session() as gathering:  # as after a power cut
        assert gathering.taken == {120}
        gathering.add(made[0])
        gathering.finish()
    straight = JobSpec("it", "video", str(film), tmp_path / "y.mp4", arguments={"strength": 0}).job().run()
    assert same_film(job.out, straight.out)
    assert not folder_of(job.out).exists()


def test_parts_that_do_not_meet_are_not_joined(film, tmp_path):
    """A node that has read less of its source than others would leave a gap that nobody sees."""
    job = film_job(film, tmp_path / "x.mp4")
    plan: Any = job.plan
    with job.parted_session() as gathering:
        for first in (0, 120):
            part = replace(job, out=tmp_path / f"{first}.mp4", plan=replace(plan, part=Shot(first, first + 59)))
            gathering.add(part.render_part(first))
        with pytest.raises(RenderError, match="one ends before frame 60, the next begins with 120; --fresh"):
            gathering.finish()
    assert not job.out.exists()


def test_parts_that_were_joined_are_taken_up(film, tmp_path, monkeypatch):
    """Cut short before the film was in its place, and before the folder was gone."""
    job = film_job(film, tmp_path / "x.mp4")
    (tmp_path / "made").mkdir()
    pieces = replace(job, out=tmp_path / "made" / "x.mp4").render_part(0)
    with monkeypatch.context() as patch:
        patch.setattr(Session, "_put_in_place", lambda self: 1 / 0)
        with job.parted_session() as gathering:
            gathering.add(pieces)
            with pytest.raises(ZeroDivisionError):
                gathering.finish()
    job.check()
    with monkeypatch.context() as patch:
        patch.setattr(Session, "_remove", lambda self: None)
        with job.parted_session() as gathering:
            assert gathering.finished
            gathering.finish()
    before = job.out.read_bytes()
    job.check()  # what is there is its own
    with job.parted_session() as gathering:
        assert gathering.frames == 240
        gathering.finish()
    assert job.out.read_bytes() == before
    assert not folder_of(job.out).exists()


def test_a_film_in_parts_is_not_gone_on_with_by_one_machine(film, tmp_path):
    job = film_job(film, tmp_path / "x.mp4")
    with job.parted_session() as gathering:
        gathering.add(RenderedPart(120, 120, [120], [("00000120.mp4", b"")]))
    before = contents(folder_of(job.out))
    words = r"x\.mp4\.vidream: .*x\.mp4 was begun by a cluster; give --cluster, or --fresh, which starts over"
    with pytest.raises(MediaError, match=words):
        job.run()
    assert contents(folder_of(job.out)) == before


def test_a_film_of_one_machine_is_not_gone_on_with_by_a_cluster(film, tmp_path):
    job, cancel = film_job(film, tmp_path / "x.mp4"), threading.Event()

    def stop(event: Event) -> None:
        if isinstance(event, FrameEvent) and event.frames > 60:
            cancel.set()

    with pytest.raises(Cancelled, match="frames are safe"):
        job.run(on_event=stop, cancel=cancel)
    before = contents(folder_of(job.out))
    words = "was begun without a cluster; leave --cluster out, or give --fresh, which starts over"
    with pytest.raises(MediaError, match=words), job.parted_session():
        pass
    assert contents(folder_of(job.out)) == before
    assert job.run().frames == 240


def test_what_has_changed_comes_before_who_has_begun(film, tmp_path):
    job = film_job(film, tmp_path / "x.mp4")
    with job.parted_session() as gathering:
        gathering.add(RenderedPart(120, 120, [120], [("00000120.mp4", b"")]))
    with pytest.raises(MediaError, match=r"changed: strength \(was .*\); --fresh starts over"):
        JobSpec("it", "video", str(film), job.out, arguments={"strength": 1}).job().run()


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize(
    "name",
    [
        "session.json",
        "progress.json",
        "lock",
        "../00000000.mp4",
        "/tmp/00000000.mp4",
        "00000999.mp4",
        "00000000.png",
        "",
    ],
)
def test_a_part_is_made_of_its_own_frames_alone(film, tmp_path, name):
    job = film_job(film, tmp_path / "x.mp4")
    with job.parted_session() as gathering:
        before = {path.name: path.read_bytes() for path in folder_of(job.out).iterdir()}
        with pytest.raises(RenderError, match=r"a node has sent .*, which is no part of it"):
            gathering.add(RenderedPart(0, 120, [0], [("00000000.mp4", b""), (name, b"hostile")]))
        assert {path.name: path.read_bytes() for path in folder_of(job.out).iterdir()} == before
    assert not folder_of(job.out).exists()


@pytest.mark.parametrize(
    "part", [(0, 0, [0]), (-1, 24, [-1]), ("0", 24, [0]), (0, 24, [0, 99]), (0, 24, ["../x"]), (0, 24, [])]
)
def test_a_part_that_does_not_fit_together_is_refused(film, tmp_path, part):
    job = film_job(film, tmp_path / "x.mp4")
    with job.parted_session() as gathering, pytest.raises(RenderError, match="what a node has sent has a part"):
        gathering.add(RenderedPart(part[0], part[1], part[2], [("00000000.mp4", b"")]))


PARTS = ["", "[]", '{"a": 3}', '{"0": {"frames": 24}}', '{"0": {"frames": "a", "segments": [0]}}']
PARTS += ['{"0": {"frames": 50, "segments": [0]}, "24": {"frames": 24, "segments": [24]}}']
PARTS += ['{"0": {"frames": 50, "segments": ["../../x"]}}', '{"../x": {"frames": 50, "segments": [0]}}']
PARTS += ['{"0": {"frames": 24, "segments": [0]}}']  # whose film is not there


@pytest.mark.parametrize("content", PARTS)
def test_parts_that_are_damaged_are_said(film, tmp_path, content):
    job = film_job(film, tmp_path / "x.mp4")
    with job.parted_session() as gathering:
        gathering.add(RenderedPart(120, 120, [120], [("00000120.mp4", b"")]))
    (folder_of(job.out) / "00000120.mp4").unlink()
    (folder_of(job.out) / "parts.json").write_text(content)
    with pytest.raises(MediaError, match=r"x\.mp4\.vidream: damaged: .*; --fresh starts over"), job.parted_session():
        pass


def kinds(*natives: str, processor: str = "avx2", on_gpus: bool = False) -> Engines:
    """Of nodes that make a unit at a time each."""
    return Engines([(NodeCheck("9", native=label, processor=processor), 1) for label in natives], on_gpus)


@pytest.mark.parametrize(
    ("asked", "natives", "on_gpus", "engine"),
    [
        ("auto", ["native 1 avx2", "native 1 avx2"], False, "native 1 avx2"),
        ("auto", ["native 1 avx2", "native 1 avx2"], True, "tensorflow"),
        ("auto", ["native 1 avx2", "native 1 avx512", "native 1 avx512"], False, "native 1 avx512"),
        ("auto", ["native 1 avx2", ""], False, "native 1 avx2"),
        ("auto", ["", ""], False, "tensorflow"),
        ("tensorflow", ["native 1 avx2"], False, "tensorflow"),
        ("tensorflow", ["native 1 avx2", "native 1 avx512"], False, "tensorflow"),
        ("tensorflow", ["native 1 avx2", ""], False, "tensorflow"),
        ("native", ["native 1 avx2"], True, "native 1 avx2"),
        ("native", ["native 1 avx2", "", ""], False, "native 1 avx2"),
    ],
)
def test_all_parts_of_a_film_have_one_engine(film, tmp_path, monkeypatch, asked, natives, on_gpus, engine):
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.setattr("vidream.dream.choice.why_not_native", lambda network: "")
    job = JobSpec("it", "video", str(film), tmp_path / "x.mp4", arguments={"engine": asked}).job()
    engines = kinds(*natives, on_gpus=on_gpus)
    notes: list[str] = []
    with scope(lambda event: notes.append(event.message) if isinstance(event, NoteEvent) else None):
        chosen = engines.with_engine(job)
        processor = engines.processor(chosen)
    assert isinstance(chosen, RenderJob)
    assert chosen.engine == engine
    assert chosen.frames_fingerprint().get("engine", "tensorflow") == engine
    spec = JobSpec("it", "video", str(film), tmp_path / "x.mp4")
    units = [*units_of(0, spec, chosen, processor=processor)]
    assert {unit.engine for unit in units} == {engine}
    assert {unit.processor for unit in units} == ({"avx2"} if engine == "tensorflow" and any(natives) else {processor})
    several = {*natives} - {""} if engine != "tensorflow" else {bool(label) for label in natives}
    assert len(notes) == (len(several) > 1)
    assert all("made by the nodes with" in text for text in notes)


def test_films_are_shared_out_among_nodes_of_several_kinds(film, tmp_path, monkeypatch):
    monkeypatch.setattr("vidream.dream.choice.why_not_native", lambda network: "")
    monkeypatch.delenv(VARIABLE, raising=False)
    engines = kinds("native 1 avx2", "native 1 avx512", "native 1 avx512")
    jobs = [JobSpec("it", "video", str(film), tmp_path / f"{number}.mp4").job() for number in range(6)]
    chosen = [getattr(engines.with_engine(job), "engine", "") for job in jobs]
    assert (chosen.count("native 1 avx512"), chosen.count("native 1 avx2")) == (4, 2)


def test_a_film_is_gone_on_with_by_nodes_of_the_kind_that_began_it(film, tmp_path):
    nodes = [(NodeCheck("9", processor=name), room) for name, room in (("avx512", 9), ("avx2", 1))]
    job = JobSpec("it", "video", str(film), tmp_path / "x.mp4", arguments={"engine": "tensorflow"}).job()
    engines = Engines(nodes, False)
    job = engines.with_engine(job)
    assert engines.processor(job) == "avx512, without the native part"
    begun = engines.processor(job, "vidream 1.0, tensorflow, 4 threads, avx2")
    assert begun == "avx2, without the native part"


def test_the_native_engine_is_asked_for_and_nobody_has_it(film, tmp_path, monkeypatch):
    monkeypatch.setattr("vidream.dream.choice.why_not_native", lambda network: "")
    job = JobSpec("it", "video", str(film), tmp_path / "x.mp4", arguments={"engine": "native"}).job()
    with pytest.raises(RenderError, match="--engine native: no node has the native part"):
        kinds("", "").with_engine(job)


def test_a_part_is_not_made_by_another_engine_than_its_film_has(film, tmp_path):
    """By a node that has come later."""
    spec = JobSpec("it", "video", str(film), tmp_path / "x.mp4")
    unit = Unit(0, spec, Shot(0, 59), 0, 60, "native 99 avx7")
    with pytest.raises(RenderError, match=r"it has no engine native 99 avx7, with which x\.mp4 was begun"):
        node._rendered(unit, {}, tmp_path / "made")


# With a real cluster


@pytest.fixture
def cluster():
    with ray_cluster() as made:
        yield made


def command(*arguments):
    return [sys.executable, "-m", "vidream", *map(str, arguments)]


def flags(**knobs):
    return [part for name, value in knobs.items() for part in (f"--{name.replace('_', '-')}", value)]


@pytest.mark.slow
@pytest.mark.ci
def test_a_film_by_a_cluster_is_the_film_by_one_machine(cluster, film, tmp_path):
    knobs = flags(**KNOBS)
    subprocess.run(command("video", film, tmp_path / "one.mp4", *knobs), check=True, capture_output=True)
    spread = ["--cluster", cluster.address, "--cores", 1]
    run = subprocess.run(
        command("video", film, tmp_path / "many.mp4", *knobs, *spread), check=False, capture_output=True, text=True
    )
    assert run.returncode == 0, run.stderr
    assert "240 frames" in run.stdout
    assert same_film(tmp_path / "one.mp4", tmp_path / "many.mp4")
    assert recipe_of(tmp_path / "one.mp4").knobs == recipe_of(tmp_path / "many.mp4").knobs


@needs_native
@pytest.mark.slow
@pytest.mark.skipif(len(vector_sets()) < 2, reason="this processor has one vector set alone")
def test_a_film_is_made_by_nodes_of_one_vector_set_where_there_are_two(cluster, film, tmp_path):
    """Two nodes have the best one, a third another: its frames would differ."""
    cluster.add_node(num_cpus=1, env_vars={"VIDREAM_VECTORS": vector_sets()[-1]})
    knobs, spread = flags(**KNOBS), ["--cluster", cluster.address, "--cores", 1]
    run = subprocess.run(
        command("video", film, tmp_path / "many.mp4", *knobs, *spread), check=False, capture_output=True, text=True
    )
    assert run.returncode == 0, run.stderr
    assert "many.mp4: made by the nodes with native" in run.stderr
    subprocess.run(command("video", film, tmp_path / "one.mp4", *knobs), check=True, capture_output=True)
    assert same_film(tmp_path / "one.mp4", tmp_path / "many.mp4")


@pytest.mark.slow
def test_a_node_dies_in_mid_shot_and_the_film_is_whole(cluster, film, tmp_path):
    import ray

    from vidream.cluster.spread import render_video

    knobs = {**KNOBS, "octaves": 3}
    straight = JobSpec("it", "video", str(film), tmp_path / "one.mp4", arguments=knobs).job().run()
    killed = []

    def listener(event: Event) -> None:
        if not isinstance(event, ClusterProgress):
            return
        here = ray.get_runtime_context().get_node_id()
        others = [node for node in cluster.workers if node.node_id != here]
        if len([each for each in event.running if each.frames > 0]) == 2 and not killed:
            killed.append(event)
            threading.Thread(target=cluster.remove_node, args=(others[-1], False)).start()

    many = render_video(film, tmp_path / "many.mp4", cluster.address, cores=1, on_event=listener, **knobs)
    assert killed
    assert same_film(straight.out, many.out)
    assert not ray.is_initialized()


@pytest.mark.slow
def test_a_cancelled_film_by_a_cluster_keeps_its_parts_and_goes_on(cluster, film, tmp_path):
    import ray

    from vidream.cluster.spread import render_video

    out, cancel, parts = tmp_path / "many.mp4", threading.Event(), []

    def listener(event: Event) -> None:
        if isinstance(event, PartEvent):
            parts.append(event.frames)
            cancel.set()

    with pytest.raises(Cancelled, match="frames are safe, and the same call goes on from there"):
        render_video(film, out, cluster.address, cores=1, on_event=listener, cancel=cancel, **KNOBS)
    assert not out.exists()
    assert not ray.is_initialized()
    kept = (folder_of(out) / "parts.json").read_bytes()
    assert kept
    made = render_video(film, out, cluster.address, cores=1, on_event=listener, **KNOBS)
    assert sum(parts) == made.frames == 240
    straight = JobSpec("it", "video", str(film), tmp_path / "one.mp4", arguments=KNOBS).job().run()
    assert same_film(straight.out, out)


@pytest.mark.slow
def test_the_driver_dies_and_the_same_command_goes_on(cluster, film, tmp_path):
    given = command("video", film, tmp_path / "many.mp4", *flags(**KNOBS), "--cluster", cluster.address, "--cores", 1)
    with subprocess.Popen(given, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as first:
        parts = folder_of(tmp_path / "many.mp4") / "parts.json"
        deadline = time.monotonic() + 120
        while not parts.exists() and time.monotonic() < deadline:
            time.sleep(0.1)
        first.send_signal(signal.SIGKILL)
    kept = parts.read_bytes()
    assert len(kept) > 0
    second = subprocess.run(given, check=False, capture_output=True, text=True)
    assert second.returncode == 0, second.stderr
    subprocess.run(command("video", film, tmp_path / "one.mp4", *flags(**KNOBS)), check=True, capture_output=True)
    assert same_film(tmp_path / "one.mp4", tmp_path / "many.mp4")


@pytest.mark.slow
def test_nodes_that_lack_something_are_left_out_and_named_and_the_others_make_the_film(cluster, film, tmp_path):
    other = tmp_path / "other"
    shutil.copytree(Path(vidream.__file__).parent, other / "vidream")
    version = other / "vidream" / "version.py"
    version.write_text(version.read_text().replace(f'"{vidream.__version__}"', '"0.0.1"'))
    cluster.add_node(num_cpus=1, env_vars={"IMAGEIO_FFMPEG_EXE": "/nowhere/ffmpeg"})
    cluster.add_node(num_cpus=1, env_vars={"PYTHONPATH": str(other)})
    spread = ["--cluster", cluster.address, "--cores", 1, *flags(**KNOBS)]
    run = subprocess.run(
        command("video", film, tmp_path / "many.mp4", *spread),
        check=False,
        capture_output=True,
        text=True,
        cwd=tmp_path,
    )
    assert run.returncode == 0, run.stderr
    lines = [line for line in run.stderr.splitlines() if "is left out" in line]
    assert len(lines) == 2, run.stderr
    assert all(line.startswith("node ") for line in lines)
    assert "ffmpeg" in run.stderr
    assert "it runs vidream 0.0.1, this is" in run.stderr
    straight = JobSpec("it", "video", str(film), tmp_path / "one.mp4", arguments=KNOBS).job().run()
    assert same_film(straight.out, tmp_path / "many.mp4")


@pytest.mark.slow
def test_a_batch_of_every_kind_by_a_cluster(cluster, film, tmp_path):
    write_picture(tmp_path / "seed.png", Picture(textured(48, 64)))
    write_film(tmp_path / "clip.mp4", panned(6, 48, 64), fps=10)
    shutil.copy(film, tmp_path / "cut.mp4")
    text = """
        [defaults]
        octaves = 1
        layer = "block4"
        [[job]]
        command = "image"
        source = "seed.png"
        output = "{dir}/{stem}.png"
        [[job]]
        command = "zoom"
        source = "seed.png"
        output = "{dir}/zoom.mkv"
        frames = 30
        size = "64x48"
        reverse = true
        [[job]]
        command = "video"
        source = "clip.mp4"
        output = "{dir}/clip/%03d.png"
        [[job]]
        command = "video"
        source = "cut.mp4"
        output = "{dir}/cut.gif"
        dream-size = 64
    """
    for name, spread in (("one", ()), ("many", ("--cluster", cluster.address, "--cores", 1))):
        (tmp_path / f"{name}.toml").write_text(text.replace("{dir}", name))
        run = subprocess.run(
            command("batch", tmp_path / f"{name}.toml", *spread), check=False, capture_output=True, text=True
        )
        assert run.returncode == 0, run.stderr + run.stdout
    for path in sorted((tmp_path / "one").rglob("*.*")):
        twin = tmp_path / "many" / path.relative_to(tmp_path / "one")
        assert path.read_bytes() == twin.read_bytes() if path.suffix == ".png" else same_film(path, twin)
    again = subprocess.run(
        command("batch", tmp_path / "many.toml", "--cluster", cluster.address, "--cores", 1),
        check=False,
        capture_output=True,
        text=True,
    )
    assert again.stdout.count("skipped") == 4


def test_no_cluster_is_one_line(film, tmp_path):
    run = subprocess.run(
        command("video", film, tmp_path / "x.mp4", "--cluster", "127.0.0.1:1", "--cores", 1),
        check=False,
        capture_output=True,
        text=True,
        env=os.environ | {"RAY_gcs_rpc_server_reconnect_timeout_s": "5"},
    )
    assert run.returncode == 2
    lines = [line for line in run.stderr.splitlines() if not line.startswith("connecting to ")]  # where that takes long
    assert len(lines) == 1, run.stderr
    assert "no Ray cluster answers" in lines[0]


@pytest.mark.slow
def test_more_cores_than_any_node_has_are_refused(cluster, film, tmp_path):
    run = subprocess.run(
        command("video", film, tmp_path / "x.mp4", "--cluster", cluster.address, "--cores", 3),
        check=False,
        capture_output=True,
        text=True,
    )
    assert run.returncode == 2
    line = run.stderr.splitlines()[-1]  # where connecting takes long, that is said before
    assert line.startswith("vidream: --cores 3: no node has 3 cores and 2 GB of memory; the largest, ")
    assert line.endswith("GB; --cores 1 would do")
