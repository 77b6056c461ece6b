"""The bench: what it compares is the same, and it says all that it should."""

import json

import cv2
import numpy as np
import pytest
from synthetic import textured

from vidream.bench import bench, film, gradients, timing
from vidream.bench.stock import stock_gradient, stock_network
from vidream.cli.bench import draw, rows, show_growth
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


def test_everything_is_measured_and_said(monkeypatch):
    monkeypatch.setattr(gradients, "SIZES", (Size(64, 48),))
    monkeypatch.setattr(film, "FILM", Size(96, 64))
    monkeypatch.setattr(film, "COUNT", 4)
    monkeypatch.setattr(timing, "ROUNDS", 2)
    measured = bench()
    plain = json.loads(json.dumps(measured.plain()))
    assert set(plain["parts"]) == {"decode", "encode", "flow", "warp"}
    numbers = [plain[name] for name in ("peak", "bandwidth", "frame", "first", "memory")]
    assert all(number > 0 for number in (*numbers, *plain["parts"].values(), plain["gradients"][0]["ms"]))
    assert 0 < measured.rest < 1
    assert len(list(rows(measured))) == 2 + 1 + 4 + 3
    page = draw(measured)
    assert (page < 200).any(-1).mean() > 0.01
    assert cv2.imencode(".png", page)[0]


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
