"""Which engine a run has; that a film never has two; that without TensorFlow's engine there is no TensorFlow."""

import json
import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from synthetic import (
    SAMPLES,
    Stop,
    needs_native,
    read_film,
    stop_after,
    textured,
)

from vidream.config import configure
from vidream.dream import choice, processor
from vidream.dream.catalogue import check_goal
from vidream.dream.choice import engine_of, label_of, onednn_of
from vidream.dream.load import load_network
from vidream.errors import ConfigError, MediaError
from vidream.events import Event, NoteEvent, scope
from vidream.jobs.still import image_job, render_image
from vidream.jobs.video import render_video
from vidream.media.still import Picture, write_picture
from vidream.native.library import ABI, library
from vidream.render.filenames import OWNER, PROGRESS
from vidream.render.fingerprint import ASKED, SINCE_ENGINES, key_of
from vidream.render.journal import read_progress
from vidream.render.session import Session
from vidream.render.workfolder import folder_of

MISSING = "the native part was not built: no C++ compiler was found"


def goal(**knobs):
    return configure("video", **knobs).goal


@pytest.fixture(autouse=True)
def plain(monkeypatch):
    """No wish in the environment, no GPU, nothing told before."""
    monkeypatch.delenv(choice.VARIABLE, raising=False)
    monkeypatch.setattr(choice, "has_gpu", lambda: False)
    choice._note_once.cache_clear()


@pytest.fixture
def without(monkeypatch):
    """A machine on which the native part was not built."""
    monkeypatch.setattr(choice, "library", lambda: None)
    monkeypatch.setattr(choice, "missing", lambda: MISSING)


@pytest.fixture
def with_avx2(monkeypatch):
    """A machine that has the native part, with AVX2."""
    monkeypatch.setattr(choice, "library", object)
    monkeypatch.setattr(choice, "vectors", lambda: "avx2")
    monkeypatch.setattr(choice, "vector_set", lambda: "avx2")


def test_auto_is_native_where_the_native_part_can_run_the_network(with_avx2):
    assert engine_of(goal()) == "native"
    assert engine_of(goal(network="vgg16")) == "tensorflow"
    assert engine_of(goal(engine="tensorflow")) == "tensorflow"
    assert label_of("native") == f"native {ABI} avx2"


def test_auto_is_tensorflow_where_that_is_faster_or_wished_for(with_avx2, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(choice, "has_gpu", lambda: True)
        assert engine_of(goal()) == "tensorflow"
        assert engine_of(goal(engine="native")) == "native"
        patch.setenv(choice.VARIABLE, "native")
        assert engine_of(goal()) == "native"
    with monkeypatch.context() as patch:
        patch.setattr(choice, "FASTER_BY_TENSORFLOW", frozenset({"avx2"}))
        assert engine_of(goal()) == "tensorflow"
    monkeypatch.setenv(choice.VARIABLE, "tensorflow")
    assert engine_of(goal()) == "tensorflow"


def test_native_where_it_cannot_be_is_one_line_before_anything_is_done(without):
    with pytest.raises(ConfigError, match="^" + re.escape(f"--engine native: {MISSING}; leave it out, and")):
        check_goal(goal(engine="native"))
    with pytest.raises(ConfigError, match=r"^--engine native: vgg16 is run by TensorFlow alone; leave it out"):
        check_goal(goal(engine="native", network="vgg16"))
    check_goal(goal())


def test_the_fallback_is_told_once_and_only_where_there_could_be_another(without):
    told: list[Event] = []
    with scope(told.append):
        choice.note_fallback(goal(network="vgg16"))
        choice.note_fallback(goal(engine="tensorflow"))
        assert not told
        for _ in range(3):
            choice.note_fallback(goal())
    assert [event.message for event in told if isinstance(event, NoteEvent)] == [
        f"TensorFlow dreams, which is slower: {MISSING}"
    ]
    assert engine_of(goal()) == "tensorflow"


def test_the_engine_is_no_affair_of_a_look(tmp_path):
    (tmp_path / "look.toml").write_text('engine = "native"\n')
    with pytest.raises(ConfigError, match="engine"):
        configure("video", preset=str(tmp_path / "look.toml"))
    with pytest.raises(ConfigError, match=r"--engine must be one of auto, native, tensorflow"):
        goal(engine="onnx")


def test_a_gpu_is_one_that_tensorflow_would_find(monkeypatch, tmp_path):
    monkeypatch.setattr(processor, "GPU_DEVICES", (str(tmp_path / "device"),))
    monkeypatch.setattr("ctypes.util.find_library", lambda name: name)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    assert not processor.has_gpu()
    (tmp_path / "device").touch()
    assert processor.has_gpu()
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "-1")
    assert not processor.has_gpu()


# What is made of it is known again


def table_of(folder: Path) -> dict[str, str]:
    table: dict[str, str] = json.loads((folder / OWNER).read_text())
    return table


def stopped_by(engine: Any, film: Path, out: Path, **knobs) -> Path:
    with pytest.raises(Stop):
        render_video(film, out, on_event=stop_after(30), engine=engine, **knobs)
    return folder_of(out)


@needs_native
def test_a_film_is_gone_on_with_by_the_engine_that_began_it(tmp_path, film, tiny):
    """Of TensorFlow nothing is said, as in the editions that had no other."""
    straight, out = tmp_path / "straight.mp4", tmp_path / "out.mp4"
    render_video(film, straight, engine="tensorflow", **tiny)
    folder = stopped_by("tensorflow", film, out, **tiny)
    assert "engine" not in table_of(folder)
    with pytest.raises(MediaError, match=r"changed: engine \(was tensorflow, is native \d+ \w+\); --fresh starts over"):
        render_video(film, out, engine="native", **tiny)
    told: list[Event] = []
    render_video(film, out, on_event=told.append, **tiny)
    np.testing.assert_array_equal(read_film(out)[0], read_film(straight)[0])
    lines = [event.text for event in told if isinstance(event, NoteEvent)]
    assert lines == ["goes on with tensorflow, as it was begun; --fresh begins anew without"]


@needs_native
def test_a_film_that_the_native_engine_began_has_no_frame_of_another(tmp_path, film, tiny, monkeypatch):
    straight, out = tmp_path / "straight.mp4", tmp_path / "out.mp4"
    render_video(film, straight, **tiny)
    folder = stopped_by("auto", film, out, **tiny)
    label = label_of("native")
    assert table_of(folder)["engine"] == label
    with pytest.raises(MediaError, match=rf"changed: engine \(was {label}, is tensorflow\)"):
        render_video(film, out, engine="tensorflow", **tiny)
    with monkeypatch.context() as patch:  # on another kind of processor
        patch.setattr(choice, "vector_set", lambda: "other")
        with pytest.raises(MediaError, match=rf"changed: engine \(was {label}, is native \d+ other\)"):
            render_video(film, out, **tiny)
    with monkeypatch.context() as patch:  # where it was not built
        patch.setattr(choice, "library", lambda: None)
        patch.setattr(choice, "missing", lambda: MISSING)
        with pytest.raises(MediaError, match=rf"changed: engine \(was {label}, is tensorflow\)"):
            render_video(film, out, **tiny)
    render_video(film, out, **tiny)
    np.testing.assert_array_equal(read_film(out)[0], read_film(straight)[0])


@pytest.mark.parametrize("left", [(OWNER, PROGRESS), (PROGRESS,)])
def test_a_finished_film_of_an_older_edition_is_finished(tmp_path, film, tiny, monkeypatch, left):
    """It was cut short when OUT was in its place, and said nothing of engines; "auto" makes it not again."""
    out = tmp_path / "out.mp4"
    with monkeypatch.context() as patch:
        patch.setattr(Session, "_remove", lambda self: None)
        render_video(film, out, engine="tensorflow", **tiny)
    folder, when = folder_of(out), out.stat().st_mtime_ns
    older = {name: text for name, text in table_of(folder).items() if name not in ("engine", *ASKED, *SINCE_ENGINES)}
    progress = replace(read_progress((folder / PROGRESS).read_bytes()), belongs=key_of(older))
    (folder / OWNER).write_text(json.dumps(older))
    (folder / PROGRESS).write_text(json.dumps(progress.table()))
    for path in folder.iterdir():
        if path.name not in left:
            path.unlink()
    render_video(film, out, **tiny)
    assert out.stat().st_mtime_ns == when
    assert not folder.exists()


def test_what_is_made_stays_made_whatever_engine_is_installed(tmp_path, with_avx2, monkeypatch):
    """A batch's records: an earlier edition's, and those of a machine with another engine."""
    write_picture(tmp_path / "in.png", Picture(textured(20, 30)))

    def fingerprint(**knobs):
        return image_job(tmp_path / "in.png", tmp_path / "out.png", **knobs).fingerprint()

    assert "engine" not in fingerprint()
    assert fingerprint(engine="tensorflow")["engine"] == "tensorflow"
    assert fingerprint(engine="native")["engine"] == f"native {ABI} avx2"


# No TensorFlow


@needs_native
@pytest.mark.parametrize(
    "call",
    [
        "render_image(cat, 'out.png', draft=True, steps=2)",
        "render_image(cat, 'out.png', draft=True, steps=2, preset='kick')",
        "render_image(cat, 'out.png', draft=True, steps=2, guide=cat, layer='block5')",
        "render_image(cat, 'out.png', draft=True, steps=2, toward='goldfish')",
        "render_video(city, 'out.mp4', draft=True, end=0.2, first_steps=1)",
        "render_zoom(cat, 'out.mp4', draft=True, frames=2, first_steps=1)",
        "make_sheet(cat, 'out.png', channels='block7', top=2, octaves=1, steps=1)",
        "make_sheet(cat, 'out.png', layers=True, octaves=1, steps=1)",
    ],
)
def test_the_networks_in_the_box_need_no_tensorflow(tmp_path, call):
    names = f"cat, city = {str(SAMPLES / 'cat.png')!r}, {str(SAMPLES / 'city_tiny.mp4')!r}"
    ask = "print(sorted({'tensorflow', 'keras'} & set(sys.modules)))"
    code = f"import sys\nfrom vidream import *\n{names}\n{call}\n{ask}"
    run = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert run.stdout.splitlines()[-1] == "[]"


@needs_native
def test_a_picture_needs_nothing_that_takes_long_to_import(tmp_path):
    heavy = "tensorflow keras librosa numba scipy scenedetect av h5py ray matplotlib http".split()  # noqa: SIM905
    code = (
        "import sys\nfrom vidream.cli import main\n"
        f"main(['image', {str(SAMPLES / 'cat.png')!r}, 'out.png', '--draft', '--steps', '1', '--engine', 'native'])\n"
        f"print(sorted(set({heavy!r}) & set(sys.modules)))"
    )
    run = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert run.stdout.splitlines()[-1] == "[]"


@needs_native
@pytest.mark.slow
@pytest.mark.ci
def test_a_picture_is_done_within_four_seconds(tmp_path):
    """Of one core's time, command and all: other work on the machine does not count."""
    before = os.times()
    command = [
        sys.executable,
        "-m",
        "vidream",
        "image",
        SAMPLES / "cat.png",
        tmp_path / "out.png",
        "--engine",
        "native",
    ]
    subprocess.run(command, check=True, capture_output=True)
    after = os.times()
    assert sum(after[2:4]) - sum(before[2:4]) < 4


def test_both_engines_make_a_picture(tmp_path):
    """The knob reaches what computes."""
    write_picture(tmp_path / "in.png", Picture(textured(40, 50)))
    kinds = set()
    engines: list[Any] = ["tensorflow", *(["native"] if library() else [])]
    for engine in engines:
        render_image(tmp_path / "in.png", tmp_path / f"{engine}.png", engine=engine, octaves=1, steps=1)
        kinds.add(type(load_network(goal(engine=engine))).__name__)
    assert kinds <= {"EmbeddedNetwork", "NativeNetwork"}
    assert ("NativeNetwork" in kinds) == (library() is not None)


# TensorFlow's oneDNN

ASK = """
import os, sys
from vidream.config import configure
from vidream.dream import choice
choice.vectors = lambda: {vectors!r}
for network in {networks!r}:
    choice.choose_onednn(network)
    from vidream.dream.runtime import tf
    from tensorflow.python.util import _pywrap_util_port
    print(choice.onednn_of(network), _pywrap_util_port.IsMklEnabled(), "TF_ENABLE_ONEDNN_OPTS" in os.environ)
"""


def asked(vectors: str, *networks: str, **variables: str) -> list[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TF_")} | variables
    run = subprocess.run(
        [sys.executable, "-c", ASK.format(vectors=vectors, networks=networks)],
        env=environment, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return run.stdout.splitlines()


@pytest.mark.slow
def test_onednn_is_chosen_by_network_and_processor_before_tensorflow_is_imported():
    assert asked("avx2", "vgg16") == ["True True False"]
    assert asked("avx2", "mobilenet-v2", "vgg16") == ["False False False"] * 2  # the first has it
    assert asked("avx2", "resnet50")[0].startswith("None")
    assert asked("avx512", "mobilenet-v2")[0].startswith("None")
    assert asked("avx2", "mobilenet-v2", TF_ENABLE_ONEDNN_OPTS="1") == ["None True True"]  # the user has chosen


@needs_native
def test_a_film_by_tensorflow_says_what_fetches_between_its_pixels(monkeypatch):
    """The native part fetches for it, too; a session of an edition that had none is gone on with."""
    from vidream.render import fingerprint
    from vidream.render.fingerprint import changes, frames_fingerprint

    mine = frames_fingerprint([], configure("video"), engine=choice.TENSORFLOW)
    monkeypatch.setattr(fingerprint, "library", lambda: None)
    without = frames_fingerprint([], configure("video"), engine=choice.TENSORFLOW)
    assert changes(without, mine, None) == [f"fetching (was native {ABI}, is OpenCV)"]
    older = {name: value for name, value in mine.items() if name != "fetching"}
    assert changes(without, older, None) == changes(mine, older, None) == []


def test_onednn_is_in_a_films_fingerprint_where_we_chose_it(monkeypatch):
    from vidream.render.fingerprint import changes, frames_fingerprint

    monkeypatch.setattr(choice, "vectors", lambda: "avx2")
    monkeypatch.delitem(sys.modules, "tensorflow", raising=False)
    monkeypatch.delenv("TF_ENABLE_ONEDNN_OPTS", raising=False)
    assert (onednn_of("vgg16"), onednn_of("mobilenet-v2"), onednn_of("resnet50")) == (True, False, None)
    mine = frames_fingerprint([], configure("video", network="vgg16"))
    assert mine["onednn"] == "on"
    assert changes(mine, {**mine, "onednn": "off"}, None) == ["onednn (was off, is on)"]
    older = {name: value for name, value in mine.items() if name != "onednn"}
    assert changes(mine, older, None) == []
    assert "onednn" not in frames_fingerprint([], configure("video", network="resnet50"))
