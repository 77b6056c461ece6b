"""The bench: what it compares is the same, and it says all that it should."""

import json
import subprocess
import sys
from dataclasses import replace

import cv2
import numpy as np
import pytest
from synthetic import needs_native, textured

from vidream.bench import bench, film, gradients, timing
from vidream.bench.machine import this_machine
from vidream.bench.stock import stock_gradient, stock_network
from vidream.cli.bench import described, draw, rows, show_growth
from vidream.dream.families.in_the_box import EMBEDDED, embedded
from vidream.dream.objective import l2_of
from vidream.dream.runtime import tf
from vidream.dream.tiles import TiledGradient
from vidream.frames import Size
from vidream.jobs.side_file import SideFile


def test_the_stock_network_is_the_same_network():
    image = textured(96, 128).astype(np.float32)
    _, ours = TiledGradient(embedded("efficientnet-lite0"), l2_of("block10"), 512)(image)
    lite = EMBEDDED["efficientnet-lite0"]
    theirs = stock_gradient(lite.architecture, lite.read_weights(), "block10")(image)
    assert np.linalg.norm(ours - theirs) / np.linalg.norm(theirs) < 1e-2
    assert np.vdot(ours, theirs) / np.linalg.norm(ours) / np.linalg.norm(theirs) > 0.9999


def test_the_cost_is_what_the_layers_cost():
    """By the shapes of the stock network's weights and answers."""
    lite = EMBEDDED["efficientnet-lite0"]
    model = stock_network(lite.architecture, lite.read_weights(), "block10")
    total = 0.0
    for layer in model.layers:
        if "Conv2D" in type(layer).__name__:
            shape = tf.keras.Model(model.input, layer.output).compute_output_shape((1, 256, 256, 3))
            total += np.prod(layer.kernel.shape) * shape[1] * shape[2]
    assert gradients.cost_up_to(lite.architecture, "block10") * 256 * 256 == pytest.approx(total, rel=1e-3)


@pytest.fixture
def small(monkeypatch):
    """Little to measure."""
    monkeypatch.setattr(gradients, "SIZES", (Size(64, 48),))
    monkeypatch.setattr(gradients, "NETWORKS_SIZE", Size(96, 64))
    monkeypatch.setattr(film, "FILM", Size(96, 64))
    monkeypatch.setattr(film, "COUNT", 4)
    monkeypatch.setattr(timing, "ROUNDS", 2)


def test_everything_is_measured_and_said(small):
    measured = bench()
    plain = json.loads(json.dumps(measured.plain()))
    assert set(plain["parts"]) == {"decode", "encode", "flow", "warp"}
    assert 0.05 < plain["core"] < 1
    numbers = [plain[name] for name in ("peak", "bandwidth", "frame", "first", "memory")]
    assert all(number > 0 for number in (*numbers, *plain["parts"].values(), plain["gradients"][0]["ms"]))
    assert 0 < measured.rest < 1
    assert len(list(rows(measured))) == 3 + 1 + 3 + 4 + 3
    assert list(measured.networks) == ["efficientnet-lite0", "efficientnet-lite1", "efficientnet-lite2"]
    assert min(measured.networks.values()) > 0
    compared = measured.gradients[0]
    assert (compared.tensorflow_ms is None) == (measured.machine.engine == "tensorflow")
    assert compared.cpu_ms > 0
    assert compared.stock_ms == pytest.approx(compared.faster * compared.ms, rel=1)
    page = draw(measured)
    assert (page < 200).any(-1).mean() > 0.01
    assert cv2.imencode(".png", page)[0]


def test_a_figure_belongs_to_a_machine_an_engine_and_what_else_ran(monkeypatch):
    monkeypatch.setattr("os.getloadavg", lambda: (7.5, 1, 1), raising=False)
    machine = this_machine("tensorflow")
    assert machine.processor
    assert (machine.engine, machine.cores > 0, machine.load) == ("tensorflow", True, 7.5)
    lines = list(described(replace(machine, cores=2, without_native="no compiler", vectors="avx2")))
    assert machine.processor in lines[0]
    assert ", avx2, 2 cores" in lines[0]
    assert lines[1].startswith("gradients by tensorflow, ")
    assert lines[2:] == [
        "no native engine: no compiler",
        "other work: 7.5 processes wanted a core in the minute before; do not trust the figures",
    ]


@needs_native
def test_the_native_engine_is_measured_without_tensorflow(tmp_path):
    """In a process of its own."""
    code = (
        "import sys\nfrom vidream.bench import bench, film, gradients, timing\nfrom vidream.frames import Size\n"
        "gradients.SIZES, film.FILM, film.COUNT, timing.ROUNDS = (Size(64, 48),), Size(96, 64), 4, 1\n"
        "measured = bench('native')\n"
        "print(measured.machine.engine.split()[0], measured.gradients[0].stock_ms, 'tensorflow' in sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == "native None False\n"


@pytest.mark.slow
def test_growth_is_measured_and_drawn(monkeypatch, capsys, tmp_path):
    monkeypatch.setattr("vidream.bench.by_knob.GROWTH", {"octaves": (1, 3), "steps": (1, 4), "dream_every": (1, 4)})
    monkeypatch.setattr("vidream.bench.by_knob.TIMED", 6)
    show_growth(as_json=True, plot=SideFile(tmp_path / "growth.png", ".png", overwrite=False))
    grown = json.loads(capsys.readouterr().out)
    assert {name: [value for value, _ in points] for name, points in grown.items()} == {
        "octaves": [1, 3],
        "steps": [1, 4],
        "dream_every": [1, 4],
    }
    assert all(seconds > 0 for points in grown.values() for _, seconds in points)
    drawing = cv2.imread(str(tmp_path / "growth.png"))
    assert len(drawing) == 50 + 3 * 260
