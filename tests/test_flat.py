"""Flat places of a film: found in its source, begun on octaves of their own, with little of the finest."""

import numpy as np
import pytest
from synthetic import textured

from vidream.config import configure
from vidream.dream.flat import FORM_SIZE, SMALLEST, flat_gain, flat_octaves, flatness
from vidream.dream.octaves import dream
from vidream.dream.recipe import RECIPES
from vidream.dream.tiles import TiledGradient
from vidream.frames import Context, Size

SIZE = Size(640, 360)


class Grain(TiledGradient):
    """A stand-in for the gradient: grain of two px at each octave, and which sizes it was asked at."""

    def __init__(self):
        self.sizes = []

    def __call__(self, image):
        self.sizes.append((image.shape[1], image.shape[0]))
        return 0.0, np.random.default_rng(len(self.sizes)).choice(np.array([-1, 1], np.float32), image.shape)


def knobs(**given):
    return configure("video", shape="none", jitter=0, **given).dream


def half_flat():
    """Left structure, right a slow gradient with a film's grain."""
    source = np.linspace(60, 90, 360, dtype=np.float32)[:, None, None] + np.zeros((360, 640, 3), np.float32)
    source += np.random.default_rng(0).normal(0, 2, source.shape).astype(np.float32)
    source[:, :320] = textured(360, 320)
    return source


def fine_share(residual):
    """The share of its energy in periods under 6 px."""
    grey = residual.mean(2) - residual.mean()
    power = np.abs(np.fft.fft2(grey * np.outer(np.hanning(len(grey)), np.hanning(len(grey[0]))))) ** 2
    frequency = np.hypot(np.fft.fftfreq(len(grey))[:, None], np.fft.fftfreq(len(grey[0])))
    return power[frequency > 1 / 6].sum() / power.sum()


def test_a_gradient_with_grain_is_flat_and_a_texture_is_not():
    flat = flatness(half_flat())
    assert flat.shape == (180, 320, 1)
    assert flat.dtype == np.float32
    assert flat[:, :140].max() < 0.1
    assert flat[:, 180:].min() > 0.9


def test_flatness_is_of_the_picture_and_not_of_its_size():
    small = half_flat().reshape(180, 2, 320, 2, 3).mean((1, 3))
    np.testing.assert_allclose(flatness(small), flatness(half_flat()), atol=1e-3)
    assert flatness(np.zeros((1, 1, 3), np.float32)) == 1


@pytest.mark.parametrize("recipe", RECIPES)
def test_flat_places_have_octaves_of_their_own_but_in_a_tutorial(recipe):
    gradient = Grain()
    start = np.full((360, 640, 3), 100, np.float32)
    dream(start, gradient, knobs(recipe=recipe), 1, Context(flat=np.ones((1, 1, 1), np.float32)))
    own = {"vidream": [(167, 94), (234, 132)]}.get(recipe, [])
    assert gradient.sizes == [*own, *RECIPES[recipe].sizes(SIZE, knobs(recipe=recipe))]


def test_a_small_octave_is_smallest_of_all():
    assert flat_octaves(Size(163, 92), 1.4) == []
    assert flat_octaves(Size(1, 1), 1.05) == []
    for ratio in (1.05, 1.4, 4):
        sizes = flat_octaves(Size(980, 551), ratio)
        assert sizes == sorted(sizes)
        assert max(sizes[0]) >= SMALLEST > max(sizes[0]) / ratio - 1


def test_a_finer_octave_steps_less_where_the_source_is_flat():
    flat = np.array([0, 0.5, 1], np.float32)[None, :, None]
    none, half, full = flat_gain(flat, Size(2 * FORM_SIZE, 1), elsewhere=True).ravel()
    assert none == 1
    assert full == pytest.approx(2**-1.2)
    assert half == pytest.approx((none + full) / 2)
    np.testing.assert_array_equal(flat_gain(flat, Size(FORM_SIZE, 1), elsewhere=True), np.ones_like(flat))
    np.testing.assert_array_equal(flat_gain(flat, Size(FORM_SIZE, 1), elsewhere=False), flat)
    largest = flat_gain(flat, Size(SMALLEST, 1), elsewhere=True)
    assert largest.max() < 2
    np.testing.assert_array_equal(flat_gain(flat, Size(1, 20), elsewhere=True), largest)


def test_where_the_source_has_structure_nothing_changes():
    """Of flat places' own octaves nothing is added there; those of all places are the same as without."""
    start = np.full((360, 640, 3), 100, np.float32)
    nowhere = np.zeros((1, 1, 1), np.float32)

    class Coarse(Grain):
        def __call__(self, image):
            self.sizes.append(image.shape)
            return 0.0, image - image.mean() + 1  # a function of the picture alone

    start[100:200, 100:200] = 140
    without = dream(start, Coarse(), knobs(), 1)
    np.testing.assert_array_equal(dream(start, Coarse(), knobs(), 1, Context(flat=nowhere)), without)


def test_a_flat_place_gets_less_fine_grain_and_no_less_dream():
    start = np.full((360, 640, 3), 120, np.float32)
    before = dream(start, Grain(), knobs(), 1) - start
    after = dream(start, Grain(), knobs(), 1, Context(flat=np.ones((1, 1, 1), np.float32))) - start
    assert fine_share(after) < 0.5 * fine_share(before)
    assert after.std() > before.std()


def test_a_taper_counts_from_the_smallest_octave_of_all_places():
    gradient, chosen = Grain(), knobs(octaves=3, taper=0.5)
    dream(np.full((360, 640, 3), 100, np.float32), gradient, chosen, 4, Context(flat=np.ones((1, 1, 1), np.float32)))
    own = RECIPES["vidream"].sizes(SIZE, chosen)
    assert [gradient.sizes.count(size) for size in own] == [4, 2, 1]
    assert {gradient.sizes.count(size) for size in {*gradient.sizes} - {*own}} == {4}
