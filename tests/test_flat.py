"""Flat places of a film: found in its source, begun on octaves of their own, with little of the finest."""

import numpy as np
import pytest
from synthetic import textured

from vidream.config import configure
from vidream.dream.flat import FORM_SIZE, SLANT, SMALLEST, STRUCTURE, FlatPlaces, flat_octaves, flatness
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


@pytest.mark.parametrize(("times", "flat"), [(0.5, 16 / 17), (1, 1 / 2), (2, 1 / 17)])
def test_a_source_as_steep_as_structure_is_half_flat(times, flat):
    period = 40
    wave = np.sin(np.arange(320) * 2 * np.pi / period) * times * STRUCTURE * period / (2 * np.pi) * 2**0.5
    source = (100 + wave).astype(np.float32)[None, :, None] + np.zeros((180, 320, 3), np.float32)
    assert flatness(source)[80:100, 60:260].mean() == pytest.approx(flat, abs=0.03)


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
    places = FlatPlaces(np.array([0, 0.5, 1], np.float32)[None, :, None], [Size(3, 1)], None)
    sizes = Size(3, 1), Size(2 * FORM_SIZE, 1), Size(FORM_SIZE, 1), Size(SMALLEST, 1)
    own, fine, large, larger = (places.gain(octave, size)[0] for octave, size in enumerate(sizes))
    assert fine[0] == large[0] == larger[0] == 1  # where it is not flat
    assert fine[-1] == pytest.approx(2**-SLANT)
    assert fine[len(fine) // 2] == pytest.approx((1 + 2**-SLANT) / 2, rel=0.01)
    assert large[-1] == 1 < larger[-1] < 2
    np.testing.assert_allclose(own[:, 0], larger[-1] * np.array([0, 0.5, 1]), rtol=1e-6)  # no smaller one is larger


def test_each_frame_of_a_film_has_one_of_the_flat_places_octaves_in_turn_and_its_steps_are_of_all():
    start, flat = np.full((360, 640, 3), 100, np.float32), np.ones((1, 1, 1), np.float32)
    usual = RECIPES["vidream"].sizes(SIZE, knobs())
    for turn, own in ((0, (167, 94)), (1, (234, 132)), (8, (167, 94))):
        gradient = Grain()
        dream(start, gradient, knobs(), 1, Context(flat=flat, turn=turn))
        assert gradient.sizes == [own, *usual]
    all_at_once, in_turn = (FlatPlaces(flat, flat_octaves(usual[0], 1.4), turn) for turn in (None, 1))
    for octave, size in enumerate([*in_turn.sizes, *usual]):
        times = 2 if octave < 2 else 1
        np.testing.assert_allclose(in_turn.gain(octave, size), times * all_at_once.gain(octave, size), rtol=1e-6)
    none = FlatPlaces(flat, [], 3)
    assert not none.rests(0)
    assert none.gain(0, SIZE).max() < 1


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
