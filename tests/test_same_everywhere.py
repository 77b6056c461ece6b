"""A film is the same on any count of threads or cores, its encoder included; parts of two kinds are not joined."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from synthetic import needs_native, panned, textured, write_film

from vidream.config import configure
from vidream.dream import choice
from vidream.dream.settings import TENSORFLOW_THREADS, RuntimeSettings, cores, set_runtime
from vidream.errors import MediaError, OtherKind
from vidream.frames import Shot
from vidream.jobs.jobspec import JobSpec
from vidream.jobs.video import render_video
from vidream.media.codecs import CODECS, H264
from vidream.media.containers import CONTAINERS
from vidream.media.program import executable
from vidream.media.reader import open_video
from vidream.render.filenames import PROGRESS
from vidream.render.fingerprint import SINCE_THREADS, changes, frames_fingerprint, is_key_of, key_of, kind_of_part
from vidream.render.parted import PARTS, RenderedPart
from vidream.render.session import Session
from vidream.render.workfolder import folder_of

needs_cores = pytest.mark.skipif(
    not hasattr(os, "sched_setaffinity") or (os.cpu_count() or 1) < 2, reason="one core, or no way to choose"
)


@contextmanager
def on_cores(count: int) -> Iterator[None]:
    """Within the block this thread, and what it starts, has so many cores; 0: all."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, range(count or os.cpu_count() or 1))
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def decoded(path: Path) -> bytes:
    raw = ("-f", "rawvideo", "-")
    return subprocess.run([executable(), "-v", "error", "-i", path, *raw], capture_output=True, check=True).stdout


def noisy(count: int) -> list[np.ndarray]:
    """Frames that move far, with noise: an encoder has much to decide, and looks less far with several at a time."""
    noise, scene = np.random.default_rng(3).normal(0, 4, (count, 144, 256, 3)), panned(count, 144, 256, (2, 30))
    return [np.clip(frame + noise[i], 0, 255).astype(np.uint8) for i, frame in enumerate(scene)]


@needs_cores
@pytest.mark.parametrize("codec", CODECS, ids=lambda codec: codec.word)
def test_an_encoder_makes_the_same_frames_on_one_core_and_on_all(tmp_path, codec):
    ending = next(ending for ending, container in CONTAINERS.items() if codec in (container.codec, *container.codecs))
    made = []
    for count in (1, 0):
        with on_cores(count):
            film = tmp_path / f"{count}{ending}"
            made.append(decoded(write_film(film, noisy(12), crf=None, pix_fmt=None, codec=codec.word)))
    assert made[0] == made[1]


@pytest.mark.parametrize("vectors", ["0", "sse2", "avx2"])
def test_h264_is_the_same_on_processors_with_other_instructions(tmp_path, vectors):
    """libx264 may say so of this one; by itself it reckons otherwise with each kind."""
    frames = np.stack(noisy(30))
    raw = ("-f", "rawvideo", "-pix_fmt", "rgb24", "-s", "256x144", "-r", "25", "-i", "-", *H264.encoder)
    at = H264.encoder.index("-x264-params") + 1
    made = []
    for more in ((), (*H264.encoder[at - 1 : at], f"{H264.encoder[at]}:asm={vectors}")):
        out = tmp_path / "out.mp4"
        command = [executable(), "-v", "error", "-y", *raw, *more, "-pix_fmt", "yuv420p", "-crf", "18", str(out)]
        subprocess.run(command, input=frames.tobytes(), check=True)
        made.append(decoded(out))
    assert made[0] == made[1]


FCC = ("-colorspace", "fcc")
PQ = ("-color_primaries", "bt2020", "-color_trc", "smpte2084", "-colorspace", "bt2020nc")


@pytest.mark.parametrize(
    ("pixels", "tags"),
    [
        ("yuv420p", ()),
        ("yuv420p10le", ()),
        ("yuv422p10le", ()),
        ("yuv420p10le", PQ),
        ("yuv420p", ("-colorspace", "fcc")),
    ],
)
def test_a_film_is_read_the_same_on_any_number_of_threads(tmp_path, pixels, tags):
    """Of filters that cut a frame up for threads, none is seen where it was cut."""
    film, frames = tmp_path / "in.mkv", np.stack([textured(640, 256, seed=number) for number in range(2)])
    raw = ("-f", "rawvideo", "-pix_fmt", "rgb24", "-s", "256x640", "-i", "-", "-c:v", "ffv1", "-pix_fmt", pixels)
    subprocess.run([executable(), "-v", "error", *raw, *tags, film], input=frames.tobytes(), check=True)
    filters, made = ",".join(open_video(film).filters), set()
    for threads in ("1", "3", "16"):
        read = ("-filter_threads", threads, "-i", film, "-vf", filters, "-f", "rawvideo", "-")
        made.add(subprocess.run([executable(), "-v", "error", *read], capture_output=True, check=True).stdout)
    assert len(made) == 1


@needs_cores
@needs_native
def test_a_film_by_the_native_engine_has_the_same_bytes_on_any_number_of_threads(tmp_path, monkeypatch):
    """Of all that is between source and OUT: motion, warping, the gradient, composing, the encoder."""
    film = write_film(tmp_path / "in.mp4", [*panned(7, 144, 192), *panned(4, 144, 192)[::-1]])
    monkeypatch.setattr("vidream.dream.settings._settings", RuntimeSettings())
    before, made = cv2.getNumThreads(), set()
    try:
        for threads, cores in ((1, 1), (2, 0), (8, 0)):
            set_runtime(RuntimeSettings(threads=threads))
            cv2.setNumThreads(threads)
            out = tmp_path / f"{threads}-{cores}" / "out.mp4"
            out.parent.mkdir()
            with on_cores(cores):
                render_video(film, out, engine="native", octaves=2, steps=2, first_steps=3, mask="motion")
            made.add(out.read_bytes())
    finally:
        cv2.setNumThreads(before)
    assert len(made) == 1


GRADIENT = """
import hashlib
import sys
import numpy as np
from vidream.config import configure
from vidream.dream.load import load_network
from vidream.dream.objective import l2_of
from vidream.dream.settings import RuntimeSettings, set_runtime
from vidream.dream.tiles import TiledGradient
set_runtime(RuntimeSettings(threads=int(sys.argv[1]) or None))
picture = np.random.default_rng(1).uniform(0, 255, (150, 200, 3)).astype(np.float32)
_, gradient = TiledGradient(load_network(configure("image", engine="tensorflow").goal), l2_of("block10"), 512)(picture)
print(hashlib.sha256(gradient.tobytes()).hexdigest())
"""


def gradient_by_tensorflow(threads: int, **variables: str) -> str:
    """The digest of a gradient in a process of its own."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TF_NUM_")} | variables
    command = [sys.executable, "-c", GRADIENT, str(threads)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout.split()[-1]


@pytest.mark.slow
@pytest.mark.ci
@needs_cores
def test_tensorflows_gradient_is_the_same_on_any_number_of_cores_and_of_operations_at_a_time():
    with on_cores(1):
        alone = gradient_by_tensorflow(1)
    with on_cores(0):
        assert gradient_by_tensorflow(0) == gradient_by_tensorflow(3) == alone
        assert gradient_by_tensorflow(0, TF_NUM_INTRAOP_THREADS="1") != alone  # or else there was nothing to fix


def threads_said(said: str | None, monkeypatch: pytest.MonkeyPatch) -> str:
    """What the fingerprint of a film by TensorFlow says of threads."""
    monkeypatch.delitem(sys.modules, "tensorflow", raising=False)
    monkeypatch.delenv("TF_NUM_INTRAOP_THREADS", raising=False)
    if said is not None:
        monkeypatch.setenv("TF_NUM_INTRAOP_THREADS", said)
    return frames_fingerprint([], configure("video", network="vgg16"))["threads"]


def test_threads_belong_to_the_session_of_a_film_by_tensorflow(monkeypatch):
    assert threads_said(None, monkeypatch) == str(TENSORFLOW_THREADS)
    assert threads_said("3", monkeypatch) == "3"
    assert threads_said("0", monkeypatch) == threads_said("none", monkeypatch) == str(cores())
    mine = frames_fingerprint([], configure("video", network="vgg16"))
    words = f"TensorFlow's threads (were 3, are {mine['threads']}; TF_NUM_INTRAOP_THREADS=3 goes on)"
    assert changes(mine, {**mine, "threads": "3"}, None) == [words]
    older = {name: text for name, text in mine.items() if name not in SINCE_THREADS}
    assert changes(mine, older, None) == []
    assert is_key_of(key_of(older), mine)
    assert is_key_of(key_of(mine), mine)
    assert not is_key_of(key_of({**mine, "threads": "3"}), mine)


def test_the_processor_belongs_to_the_session_of_a_film_by_tensorflow(monkeypatch):
    mine = frames_fingerprint([], configure("video", network="vgg16"))
    monkeypatch.setattr("vidream.dream.processor.instructions", lambda: "another")
    monkeypatch.setattr("vidream.dream.processor.has_gpu", lambda: False)
    there = frames_fingerprint([], configure("video", network="vgg16"))
    assert changes(there, mine, None) == [f"processor (was {mine['processor']}, is another)"]
    monkeypatch.setattr("vidream.dream.processor.has_gpu", lambda: True)
    assert frames_fingerprint([], configure("video", network="vgg16"))["processor"] == "another and a GPU"


@needs_native
def test_neither_belongs_to_a_film_by_the_native_engine():
    mine = frames_fingerprint([], configure("video"), engine=choice.label_of("native"))
    assert not {"threads", "processor"} & mine.keys()


def test_the_kind_of_a_part_names_all_that_its_frames_depend_on(monkeypatch):
    monkeypatch.setattr("vidream.render.fingerprint.__version__", "1.0")
    monkeypatch.setattr("vidream.render.fingerprint.processor_kind", lambda: "avx2")
    monkeypatch.setattr("vidream.render.fingerprint.tensorflow_threads", lambda: 8)
    monkeypatch.setattr("vidream.render.fingerprint.onednn_of", {"vgg16": True}.get)
    assert kind_of_part("native 1 avx2", "efficientnet-lite0") == "vidream 1.0, native 1 avx2"
    assert kind_of_part("tensorflow", "resnet50") == "vidream 1.0, tensorflow, 8 threads, avx2"
    assert kind_of_part("tensorflow", "vgg16") == "vidream 1.0, tensorflow, 8 threads, avx2, oneDNN on"


@pytest.fixture
def job(tmp_path):
    """A film in parts of which nothing is dreamed."""
    film = write_film(tmp_path / "in.mp4", panned(50, 32, 48))
    return JobSpec("it", "video", str(film), tmp_path / "x.mp4", arguments={"strength": 0}).job()


@pytest.fixture
def part(job, tmp_path):
    """Ten frames of it, from one on, as a node of a kind would send them."""

    def made(first: int, kind: str) -> RenderedPart:
        out = tmp_path / f"{first} {kind}" / "x.mp4"
        out.parent.mkdir()
        of = replace(job, out=out, plan=replace(job.plan, part=Shot(first, first + 9)))
        return replace(of.render_part(first), kind=kind)

    return made


def test_parts_of_two_kinds_are_not_joined_not_even_in_two_runs(job, part):
    with job.parted_session() as gathering:
        assert gathering.kind == ""
        gathering.add(part(10, "of one kind"))
        gathering.add(part(20, "of one kind"))
    words = r"x\.mp4: its part is of another kind \(another\) than those that are here \(of one kind\), and would look "
    with job.parted_session() as gathering:
        assert gathering.kind == "of one kind"
        with pytest.raises(OtherKind, match=words):
            gathering.add(part(30, "another"))
        assert gathering.taken == {10, 20}
        gathering.add(part(30, "of one kind"))
        assert gathering.taken == {10, 20, 30}


def test_parts_that_an_older_edition_kept_say_no_kind_and_are_gone_on_with(job, part):
    with job.parted_session() as gathering:
        gathering.add(part(10, "of one kind"))
    kept = folder_of(job.out) / PARTS
    parts = json.loads(kept.read_text())
    del parts["10"]["kind"]
    kept.write_text(json.dumps(parts))
    with job.parted_session() as gathering:
        assert (gathering.kind, gathering.taken) == ("", {10})
        gathering.add(part(20, "of one kind"))
        assert gathering.kind == "of one kind"
    parts["10"]["kind"] = 3
    kept.write_text(json.dumps(parts))
    with pytest.raises(MediaError, match="of which kind"), job.parted_session():
        pass


def test_a_node_says_of_which_kind_its_part_is(job, tmp_path):
    (tmp_path / "made").mkdir()
    made = replace(job, out=tmp_path / "made" / "x.mp4").render_part(0)
    assert made.kind == kind_of_part(job.engine_label, job.config.goal.network)


def test_the_machine_that_gathers_parts_is_none_of_their_making(job):
    """Nor are its threads; but the parts say theirs."""
    with replace(job, engine="tensorflow").parted_session() as gathering:
        assert not {"threads", "processor"} & gathering.fingerprint.keys()


def test_a_film_of_parts_by_tensorflow_that_was_put_in_place_is_known_to_be_finished(job, part, tmp_path, monkeypatch):
    """Cut short when but one file said so: on any machine that gathers, it is not made again."""
    job = replace(job, engine="tensorflow", plan=replace(job.plan, part=Shot(0, 9)))
    with monkeypatch.context() as patch:
        patch.setattr(Session, "_remove", lambda self: None)
        with job.parted_session() as gathering:
            gathering.add(part(0, "of one kind"))
            gathering.finish()
    for path in folder_of(job.out).iterdir():
        if path.name != PROGRESS:
            path.unlink()
    monkeypatch.setattr("vidream.dream.processor.instructions", lambda: "another")
    monkeypatch.setenv("TF_NUM_INTRAOP_THREADS", "3")
    before = job.out.stat().st_mtime_ns
    job.check()
    with job.parted_session() as gathering:
        assert gathering.finished
        gathering.finish()
    assert job.out.stat().st_mtime_ns == before
