import csv
import json

import cv2
import numpy as np
import pytest
from synthetic import SAMPLES, panned, textured, write_film

from vidream.errors import MediaError
from vidream.media.reader import frames, open_video
from vidream.motion import FLOWS, grey
from vidream.render.video import render_video
from vidream.report import COLUMNS, believed, measure, summary

SCENE = panned(12, 96, 128, by=(2, 0))


@pytest.fixture
def source(tmp_path):
    return write_film(tmp_path / "source.mp4", SCENE)


def sums(source, dreamed):
    return summary(list(measure(source, dreamed)))


def test_a_film_against_itself_adds_nothing(tmp_path, source):
    rng = np.random.default_rng(0)
    restless = [np.clip(frame + rng.normal(0, 3, frame.shape), 0, 255).astype(np.uint8) for frame in SCENE]
    itself = write_film(tmp_path / "restless.mp4", restless)
    assert sums(itself, itself)["warp_error"] > 1
    assert sums(itself, itself)["excess"] == 0
    figures = sums(source, source)
    assert figures["frames"] == 12
    assert figures["excess"] == figures["strength"] == figures["luma_drift"] == figures["cuts"] == 0
    assert figures["low_trust"] < 0.2


def test_noise_is_flicker_and_what_moves_with_the_film_is_none(tmp_path, source):
    rng = np.random.default_rng(0)
    noisy = [np.clip(frame + rng.normal(0, 10, frame.shape), 0, 255).astype(np.uint8) for frame in SCENE]
    flicker = sums(source, write_film(tmp_path / "noisy.mp4", noisy))
    assert flicker["excess"] == pytest.approx(
        1e4 * 2 * (10 / 255) ** 2, rel=0.35
    )  # two frames' noise; the warp blurs one
    marks = (textured(110, 160, 5).astype(float) - 128) / 5
    painted = [
        np.clip(frame + marks[:96, 2 * i : 128 + 2 * i], 0, 255).astype(np.uint8) for i, frame in enumerate(SCENE)
    ]
    steady = sums(source, write_film(tmp_path / "painted.mp4", painted))
    assert steady["strength"] == pytest.approx(np.abs(marks).mean(), rel=0.15)
    assert steady["excess"] < 0.1 * flicker["excess"]


def test_drifts_and_strength_are_what_they_say(tmp_path, source):
    brighter = [np.clip(frame * 0.8 + 10 + index, 0, 255).astype(np.uint8) for index, frame in enumerate(SCENE)]
    plain = [(frame * 0.8).astype(np.uint8) for frame in SCENE]
    base = write_film(tmp_path / "plain.mp4", plain)
    figures = sums(base, write_film(tmp_path / "brighter.mp4", brighter))
    assert figures["luma_drift"] == pytest.approx(11, abs=0.7)
    assert figures["chroma_drift"] == pytest.approx(0, abs=0.3)
    assert figures["strength"] == pytest.approx(15.5, abs=0.7)
    assert figures["strength_ends"] == [pytest.approx(11, abs=0.7), pytest.approx(21, abs=0.7)]
    red = [np.clip(frame.astype(int) + np.array((30, 0, 0)), 0, 255).astype(np.uint8) for frame in plain]
    assert next(measure(base, write_film(tmp_path / "red.mp4", red))).chroma == pytest.approx(20, abs=1)


def test_a_cut_is_told_and_not_measured(tmp_path):
    path = write_film(tmp_path / "in.mp4", SCENE[:5] + [textured(96, 128, 9)] * 4)
    rows = list(measure(path, path))
    assert [row.frame for row in rows if row.cut] == [5]
    assert [row.frame for row in rows if row.warp_error is None] == [0, 5]


def test_motion_boundaries_are_left_out_of_what_is_believed():
    ground, square = textured(96, 128, 1), textured(40, 40, 2)

    def frame(left):
        picture = ground.copy()
        picture[28:68, left : left + 40] = square
        return grey(picture)

    backward, forward = FLOWS["dis"](frame(42), frame(34)), FLOWS["dis"](frame(34), frame(42))
    holds, edge = believed(backward, forward)
    assert holds[5:20, 5:20].all()
    assert not (holds & edge).any()
    assert edge[24:72, 30:90].sum() > 50
    assert holds[24:72, 30:90].mean() < 0.9


def test_films_that_do_not_match_are_refused(tmp_path, source):
    short = write_film(tmp_path / "short.mp4", SCENE[:7])
    for pair in ((source, short), (short, source)):
        with pytest.raises(MediaError, match=r"short\.mp4: ends at frame 7, where .*source\.mp4 goes on"):
            sums(*pair)


def test_another_size_is_compared_at_the_sources(tmp_path, source):
    large = write_film(tmp_path / "large.mp4", [cv2.resize(frame, (256, 192)) for frame in SCENE])
    assert sums(source, large)["strength"] < 6


def test_the_command_tells_writes_and_gates(tmp_path, source, vidream_command):
    rng = np.random.default_rng(0)
    noisy = [np.clip(frame + rng.normal(0, 10, frame.shape), 0, 255).astype(np.uint8) for frame in SCENE]
    dreamed = write_film(tmp_path / "dreamed.mp4", noisy)
    run = vidream_command("report", source, dreamed, "--csv", "r.csv", "--plot", "r.png", "--max-flicker", "100")
    assert (run.returncode, run.stderr) == (0, "")
    assert "excess" in run.stdout
    with (tmp_path / "r.csv").open() as file:
        table = list(csv.DictReader(file))
    assert tuple(table[0]) == COLUMNS
    assert len(table) == 12
    assert float(table[5]["excess"]) > 5
    plot = cv2.imread(str(tmp_path / "r.png"))
    assert plot.shape[1] == 1200
    assert (plot < 128).any(-1).mean() > 0.005  # something is drawn
    gated = vidream_command("report", source, dreamed, "--json", "--max-flicker", "1")
    assert gated.returncode == 1
    figures = json.loads(gated.stdout)
    assert figures["frames"] == len(figures["per_frame"]) == 12
    refused = vidream_command("report", source, dreamed, "--plot", "no/r.png")
    assert refused.returncode == 2
    assert "the folder no does not exist" in refused.stderr
    onto = vidream_command("report", source, dreamed, "--csv", "r.txt")
    assert onto.returncode == 2


@pytest.mark.slow
@pytest.mark.ci
@pytest.mark.parametrize(("sample", "end"), [("city.mp4", 2), ("bunny.mp4", 4)])
def test_what_is_carried_flickers_far_less_at_no_less_strength(tmp_path, sample, end):
    """The excess of the default against every frame on its own: at most 0.15 of it."""
    shot = write_film(tmp_path / "shot.mp4", list(frames(open_video(SAMPLES / sample)))[: end * 25], crf=1)
    render_video(shot, tmp_path / "carried.mp4")
    render_video(shot, tmp_path / "alone.mp4", persistence=0)
    carried, alone = sums(shot, tmp_path / "carried.mp4"), sums(shot, tmp_path / "alone.mp4")
    assert carried["excess"] <= 0.15 * alone["excess"]
    assert carried["strength"] >= alone["strength"]
    assert carried["edges"] <= alone["edges"]
