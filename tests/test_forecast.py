"""What a dry run says is what a render does; a plan is made once; no number has an exponent."""

import re

import numpy as np
import pytest
from synthetic import panned, textured, write_film

from vidream.cli import main
from vidream.cli.film import make_film
from vidream.cli.forecast import forecast, path_rows, path_words
from vidream.config import configure
from vidream.errors import MediaError
from vidream.jobs import forecast as forecasts
from vidream.jobs.estimate import Calibration
from vidream.jobs.forecast import Place, path_of
from vidream.jobs.video import video_job
from vidream.jobs.zoom import plan_zoom
from vidream.plan.zoom import ZoomPlan
from vidream.text import figure


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1e7, "10000000"),
        (-5.934e-24, "0"),
        (0.00001234, "0.00001234"),
        (-1234567.0, "-1234570"),
        (0.5, "0.5"),
        (3, "3"),
        (float("inf"), "inf"),
        (-0.0, "0"),
    ],
)
def test_a_number_has_no_exponent(value, text):
    assert figure(value) == text


def test_numbers_of_any_size_are_read_back():
    for value in np.random.default_rng(0).uniform(-8, 15, 200):
        shown = figure(10**value, 4)
        assert "e" not in shown
        assert float(shown) == pytest.approx(10**value, rel=1e-3)


def plan(frames=91, **knobs) -> ZoomPlan:
    config = configure("zoom", size="96x64", frames=frames, fps=30, **knobs)
    return ZoomPlan(np.ascontiguousarray(textured(64, 96)), config)


def test_a_path_ends_where_the_camera_does():
    *_, end = path_of(plan(zoom=2, turn=-10, drift="0.1,0"))
    assert (end.second, end.doublings, end.turn) == pytest.approx((3, 3, -30))
    assert end.drift == pytest.approx((0.3, 0))
    moving = [*path_of(plan(zoom={"keys": [["0s", 1.0], ["3s", 3.0]]}))]
    assert [round(place.second, 2) for place in moving] == [0, 1, 2, 3]
    assert moving[-1].doublings > moving[-2].doublings > 0


def test_a_long_path_is_sampled(monkeypatch):
    monkeypatch.setattr(forecasts, "SAMPLES", 10)
    *_, end = path_of(plan(frames=1001, zoom=1.1))
    assert 2**end.doublings == pytest.approx(1.1 ** (1000 / 30))
    assert end.second == pytest.approx(1000 / 30)


def test_a_path_in_words_and_rows():
    assert path_words(Place(1, -1, 90, (0.25, -0.5))) == (
        "goes 2 times further away, turns 90 degrees clockwise, drifts 0.25 widths right and 0.50 widths up"
    )
    assert path_words(Place(1, 0, 0, (0, 0))) == "ends where it began"
    rows = [*path_rows([Place(second, 100.0 * second, 0, (0, 0)) for second in range(100)])]
    assert len(rows) <= 23
    assert "99.00" in rows[-1]
    assert "2^9900.0 closer" in rows[-1]
    assert not any(re.search(r"\de[+-]?\d", row) for row in rows)


def film(folder):
    return write_film(folder / "in.mp4", [*panned(20), *(255 - picture[::-1] for picture in panned(20))])


def test_the_shots_are_those_of_the_film(tmp_path):
    lines = [*forecast(video_job(film(tmp_path), tmp_path / "out.mp4"), costs=False)]
    assert lines == ["2 shots found, which begin at 0.00, 0.80 s of the source"]


def test_what_cannot_be_measured_is_said(tmp_path, monkeypatch):
    def refuse(_):
        raise MediaError("it is not here")

    monkeypatch.setattr("vidream.cli.forecast.cost_of", refuse)
    *_, last = forecast(video_job(film(tmp_path), tmp_path / "out.mp4"), costs=True)
    assert last.endswith("out.mp4: how long it takes cannot be measured: it is not here")


def test_what_a_loop_takes_is_measured(tmp_path, tiny):
    """It begins with frames of its end, which are not shown."""
    loop = video_job(film(tmp_path), tmp_path / "out.mp4", loop=True, **tiny)
    assert Calibration().of(loop).size > 0


def test_a_plan_that_is_drawn_and_rendered_is_made_once(tmp_path, monkeypatch):
    made = []

    def make():
        made.append(True)
        return video_job(film(tmp_path), tmp_path / "out.mp4", strength=0, size="48")

    from vidream.cli.film import side_file

    make_film(make, tmp_path / "out.mp4", dry_run=False, plot=side_file(tmp_path / "plot.png", {}, [], None))
    assert made == [True]
    assert (tmp_path / "plot.png").exists()
    assert (tmp_path / "out.mp4").exists()


def test_a_film_that_may_not_be_made_is_not_drawn(tmp_path, capsys):
    film(tmp_path)
    (tmp_path / "out.mp4").write_text("mine")
    command = ["video", str(tmp_path / "in.mp4"), str(tmp_path / "out.mp4"), "--plot", str(tmp_path / "plot.png")]
    assert main(command) == 2
    assert "is there already" in capsys.readouterr().err
    assert not (tmp_path / "plot.png").exists()


def test_a_zoom_is_planned_as_it_is_foretold():
    planned = plan_zoom("noise", "out.mp4", size="96x64", zoom=1.5, frames=31)
    *_, end = path_of(planned)
    moves = np.prod([np.linalg.det(planned.move(frame)[:, :2]) ** -0.5 for frame in range(1, planned.count)])
    assert 2**end.doublings == pytest.approx(moves)
