"""Without TensorFlow the native engine dreams with the networks in the box; what needs more says so in one line."""

import os
import re
import subprocess
import sys

import PIL.Image
import pytest
from synthetic import SAMPLES, needs_native

from vidream.config import configure
from vidream.dream import choice, presence
from vidream.dream.catalogue import check_goal
from vidream.dream.choice import engine_of, is_here
from vidream.dream.families import family_of
from vidream.errors import ConfigError

LACK = r"TensorFlow is not installed; pip install tensorflow, if it has wheels for Python 3\.\d+ on \S+ \S+"

COMMANDS = """
import sys
from pathlib import Path

sys.modules["tensorflow"] = None  # as if it were not installed
from vidream.cli import main

photo, film, out = sys.argv[1:]
for words in (
    ["--version"],
    ["presets"],
    ["networks"],
    ["image", photo, f"{out}/p.png", "--octaves", "1"],
    ["video", film, f"{out}/v.mp4", "--size", "64", "--octaves", "1", "--end", "0:00.1"],
    ["zoom", photo, f"{out}/z.mp4", "--size", "64x64", "--octaves", "1", "--frames", "2"],
    ["image", photo, f"{out}/no.png", "--network", "vgg16"],
    ["image", photo, f"{out}/no.png", "--engine", "tensorflow"],
    ["layers", "vgg16"],
):
    print("::", *words[:1], main(words), flush=True)
print(any(name.partition(".")[0] in ("keras", "h5py") for name in sys.modules))
"""


def goal(**knobs):
    return configure("image", **knobs).goal


@pytest.fixture
def without(monkeypatch):
    """A Python into which TensorFlow was not installed."""
    monkeypatch.setitem(sys.modules, "tensorflow", None)


@pytest.fixture
def native(monkeypatch):
    """A machine that has the native part, with AVX2, whatever this one has."""
    for module in (choice, presence):
        monkeypatch.setattr(module, "library", object)
        monkeypatch.setattr(module, "vector_set", lambda: "avx2")
    monkeypatch.setattr(choice, "vectors", lambda: "avx2")


@needs_native
def test_commands_work_by_the_native_engine_alone(tmp_path):
    photo = tmp_path / "in" / "photo.png"
    photo.parent.mkdir()
    PIL.Image.new("RGB", (64, 48), (90, 120, 60)).save(photo)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "VIDREAM_ENGINE": "tensorflow"}
    run = subprocess.run(
        [sys.executable, "-c", COMMANDS, str(photo), str(SAMPLES / "bunny.mp4"), str(tmp_path)],
        check=False,
        capture_output=True,
        text=True,
        env=environment,
    )
    assert re.findall(r"^:: (.*)", run.stdout, re.MULTILINE) == [
        "--version 0",
        "presets 0",
        "networks 0",
        "image 0",
        "video 0",
        "zoom 0",
        "image 2",
        "image 2",
        "layers 2",
    ], run.stderr
    assert run.stdout.endswith("False\n")
    assert {path.name for path in tmp_path.iterdir()} == {"in", "p.png", "v.mp4", "z.mp4"}
    assert re.search(rf"^gradients by native \(\S+\) for the networks in the box; {LACK}$", run.stdout, re.MULTILINE)
    assert re.findall(r"^vidream: .*", run.stderr, re.MULTILINE)[-3:] == [
        line
        for text in (
            "--network vgg16: vgg16 is run by TensorFlow alone; {}",
            "--engine tensorflow: {}; or leave --engine out",
            "--network vgg16: vgg16 is run by TensorFlow alone; {}",
        )
        for line in [f"vidream: {text.format(presence.lack())}"]
    ]


def test_auto_is_native_whatever_would_be_faster(without, native, monkeypatch):
    monkeypatch.setattr(choice, "has_gpu", lambda: True)
    assert engine_of(goal()) == "native"
    monkeypatch.setenv(choice.VARIABLE, "tensorflow")
    assert engine_of(goal()) == "native"
    check_goal(goal())
    assert not is_here("tensorflow", "efficientnet-lite0")


def test_what_needs_it_is_one_line_before_anything_is_done(without, native, tmp_path):
    with pytest.raises(ConfigError, match=f"^--network vgg16: vgg16 is run by TensorFlow alone; {LACK}$"):
        check_goal(goal(network="vgg16"))
    with pytest.raises(ConfigError, match=f"^--engine tensorflow: {LACK}; or leave --engine out$"):
        check_goal(goal(engine="tensorflow"))
    with pytest.raises(ConfigError, match=f"^--engine native: vgg16 is run by TensorFlow alone; {LACK}$"):
        check_goal(goal(engine="native", network="vgg16"))


def test_with_neither_engine_nothing_dreams_and_that_is_one_line(without, monkeypatch):
    for module in (choice, presence):
        monkeypatch.setattr(module, "library", lambda: None)
        monkeypatch.setattr(module, "missing", lambda: "the native part was not built: no C++ compiler was found")
    with pytest.raises(ConfigError, match=f"^--network efficientnet-lite0: the native part .* was found; {LACK}$"):
        check_goal(goal())
    assert re.fullmatch(f"nothing: the native part .* was found; {LACK}", presence.summary())


def test_networks_that_it_alone_runs_are_not_here(without, monkeypatch, tmp_path):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5").touch()
    for name in ("vgg16", "inception5h", "mine.keras", "mine.pb"):
        assert not family_of(name).is_here(name)
    assert family_of("vgg16").origin("vgg16").startswith("needs TensorFlow, which is not installed; Keras fetches")
    assert family_of("efficientnet-lite0").is_here("efficientnet-lite0")


def test_with_it_nothing_is_said(native):
    assert presence.has_tensorflow()
    assert presence.summary() == "native (avx2)"
    assert presence.with_lack("fetched") == "fetched"
