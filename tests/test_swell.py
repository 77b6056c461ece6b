"""Forms that swell: they grow out of their middles, stay where they are, and nothing of it is carried on."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from synthetic import textured

from vidream.config import configure
from vidream.frames import PEAK, Context, Frame
from vidream.plan.step import FilmStep
from vidream.render.loop import render
from vidream.render.swell import REACH, swell

H, W = 180, 320
Y, X = np.mgrid[:H, :W].astype(np.float32)


def blob(cx: float, cy: float, radius: float = 10) -> np.ndarray:
    """A form: rings that fade outward."""
    distance = np.hypot(X - cx, Y - cy)
    return (
        (40 * np.cos(distance) * np.exp(-np.square(distance / radius)))[..., None].repeat(3, axis=-1).astype(np.float32)
    )


def spread(residual: np.ndarray) -> tuple[float, float, float]:
    """The centre of |residual|, and its deviation from there, px."""
    weight = np.abs(residual).sum(axis=-1)
    weight = weight / weight.sum()
    cx, cy = (weight * X).sum(), (weight * Y).sum()
    return float(cx), float(cy), float(np.sqrt((weight * (np.square(X - cx) + np.square(Y - cy))).sum()))


def test_without_a_swell_it_is_itself():
    residual = blob(100, 90)
    assert swell(residual, 0) is residual


def test_a_form_grows_out_of_its_middle_and_shrinks_to_it():
    residual = blob(100, 90)
    cx, cy, width = spread(residual)
    for amount, grows in ((1, 1), (2, 2), (-1, -1)):
        x, y, other = spread(swell(residual, amount))
        assert (x, y) == (pytest.approx(cx, abs=0.5), pytest.approx(cy, abs=0.5))
        assert 0.4 * REACH * W < grows / abs(grows) * (other - width) / abs(amount) < 1.1 * REACH * W


def test_each_form_swells_by_itself():
    far, near = blob(70, 90), blob(250, 60, 16)
    swollen = swell(far + near, 1)
    for form, half in ((far, np.s_[:, : W // 2]), (near, np.s_[:, W // 2 :])):
        alone = np.zeros_like(form)
        alone[half] = swollen[half]
        before, after = spread(form), spread(alone)
        assert after[:2] == pytest.approx(before[:2], abs=1.0)
        assert after[2] > before[2] + 0.3 * REACH * W


def test_what_is_uniform_stays():
    residual = np.full((H, W, 3), 7, np.float32)
    np.testing.assert_allclose(swell(residual, 4), residual, atol=0.01)


@pytest.mark.parametrize("size", [(1, 1), (2, 40), (5, 3), (5, 5)])
def test_the_smallest_films_swell_or_stay(size):
    residual = np.full((*size, 3), 7, np.float32)
    np.testing.assert_allclose(swell(residual, 1), residual, atol=0.01)


def test_a_little_more_swell_moves_it_a_little_more():
    residual = blob(100, 90) + blob(220, 100, 20)
    frames = [swell(residual, amount) for amount in np.linspace(0, 1, 9)]
    moves = [np.abs(after - before).mean() for before, after in pairwise(frames)]
    assert max(moves) < 2 * min(moves)


def test_what_is_carried_knows_nothing_of_it():
    source = textured(H, W)
    config = configure("video", swell=2, octaves=1)
    still = replace(config, motion=replace(config.motion, swell=0.0))

    def dream(start, config, steps, /, context=Context()):
        return start + 0.2 * blob(100, 90)

    shown = []
    for each in (config, still):
        step = FilmStep(0, each, Frame(source.astype(np.float32), PEAK), cut=True)
        (rendered,) = render([step], dream)
        shown.append(rendered)
    assert np.array_equal(shown[0].state.dreamed, shown[1].state.dreamed)
    assert np.array_equal(shown[0].residual, shown[1].residual)
    assert not np.array_equal(shown[0].frame.pixels(), shown[1].frame.pixels())
