"""Octaves, jitter and seeds: equal calls give equal dreams."""

import numpy as np
import pytest
from synthetic import textured

from vidream.config import configure
from vidream.dream.objective import l2_of
from vidream.dream.octaves import dream
from vidream.dream.recipe import RECIPES
from vidream.dream.tiles import TiledGradient
from vidream.frames import Context, Size


@pytest.fixture
def gradient(tiny_network):
    return TiledGradient(tiny_network, l2_of("block3"), 512)


def knobs(**given):
    return configure("image", **({"octaves": 2} | given)).dream


START = textured(60, 80).astype(np.float32)


def octave_sizes(size, chosen):
    return RECIPES[chosen.recipe].sizes(size, chosen)


def test_the_number_of_octaves_counts_sizes():
    assert octave_sizes(Size(640, 360), knobs(octaves=3)) == [Size(327, 184), Size(457, 257), Size(640, 360)]
    assert octave_sizes(Size(640, 360), knobs(octaves=1)) == [Size(640, 360)]
    assert min(octave_sizes(Size(3, 1), knobs(octaves=12, octave_ratio=4))) >= (1, 1)


def test_the_same_seed_gives_the_same_bytes_and_another_does_not(gradient):
    first = dream(START, gradient, knobs(seed=4), 2)
    assert dream(START, gradient, knobs(seed=4), 2).tobytes() == first.tobytes()
    assert not np.array_equal(dream(START, gradient, knobs(seed=5), 2), first)
    assert not np.array_equal(dream(START, gradient, knobs(seed=4), 2, Context(place=(1,))), first)


def test_without_jitter_the_seed_and_the_place_do_not_count(gradient):
    still = dream(START, gradient, knobs(jitter=0, seed=1), 2)
    np.testing.assert_array_equal(dream(START, gradient, knobs(jitter=0, seed=2), 2, Context(place=(9,))), still)
    assert not np.array_equal(dream(START, gradient, knobs(jitter=8, seed=1), 2), still)


def test_what_has_moved_is_dreamed_as_where_it_was(gradient):
    """The network's grid moves along, at every octave in its measure; without, and without jitter, it stays."""
    chosen, moved = knobs(octaves=1, shape="none"), np.roll(START, (-5, -9), (0, 1))
    expected = np.roll(dream(START, gradient, chosen, 2), (-5, -9), (0, 1))
    np.testing.assert_array_equal(dream(moved, gradient, chosen, 2, Context(travel=(-5.2, -8.7))), expected)
    assert not np.array_equal(dream(moved, gradient, chosen, 2), expected)
    far = dream(moved, gradient, chosen, 2, Context(travel=(-5 + 64, -9 - 3200)))  # the grid repeats
    np.testing.assert_array_equal(far, expected)
    still = knobs(octaves=1, jitter=0)
    stayed = dream(START, gradient, still, 1, Context(travel=(5, 9)))
    np.testing.assert_array_equal(stayed, dream(START, gradient, still, 1))
    two = dream(START, gradient, knobs(), 1, Context(travel=(7, 4)))
    assert not np.array_equal(two, dream(START, gradient, knobs(), 1))


def test_jitter_stays_within_its_px_and_is_rolled_back():
    seen = []

    class Spy(TiledGradient):
        def __init__(self):
            pass

        def __call__(self, image):
            rows, columns = np.unravel_index(image[..., 0].argmax(), image.shape[:2])
            seen.append((rows, columns))
            return 0.0, image  # its brightest px: where a step lands

    start = np.zeros((40, 40, 3), np.float32)
    start[10, 12] = 50
    result = dream(start, Spy(), knobs(octaves=1, jitter=7, shape="none", step_size=0.01), 60)
    shifts = np.array(seen) - (10, 12)
    assert shifts.min() == 0
    assert shifts.max() == 7
    assert np.unravel_index(result[..., 0].argmax(), (40, 40)) == (10, 12)
    assert (result[..., 0] > 0).sum() == 1


def test_one_step_is_the_formula(gradient):
    chosen = knobs(octaves=1, jitter=0, shape="none", step_size=2.5)
    _, slope = gradient(START)
    expected = np.clip(START + 2.5 * slope / np.abs(slope).mean(), 0, 255)
    np.testing.assert_allclose(dream(START, gradient, chosen, 1), expected, atol=1e-3)


def test_detail_of_small_octaves_reaches_the_picture(gradient):
    """With a gradient that knows only coarse forms, two octaves add what is twice as coarse."""
    one = dream(START, gradient, knobs(octaves=1, step_size=1), 2) - START
    three = dream(START, gradient, knobs(octaves=3, octave_ratio=2, step_size=1), 2) - START

    def coarse(residual):
        return residual.reshape(15, 4, 20, 4, 3).mean((1, 3)).std()

    assert coarse(three) > 1.5 * coarse(one)


def test_a_step_is_larger_where_nothing_could_be_carried(gradient):
    trust = np.ones((15, 20, 1), np.float32)
    trust[:, 10:] = 0
    chosen = knobs(octaves=1, jitter=0, step_size=0.5)
    plain = np.abs(dream(START, gradient, chosen, 1) - START)
    gained = np.abs(dream(START, gradient, chosen, 1, Context(trust=trust)) - START)
    assert gained[:, :32].mean() == pytest.approx(plain[:, :32].mean(), rel=1e-3)
    assert gained[:, 50:].mean() == pytest.approx(5 * plain[:, 50:].mean(), rel=0.05)  # but for what is clipped


def test_total_variation_is_held_down(gradient):
    def variation(image):
        return np.abs(np.diff(image, axis=0)).mean() + np.abs(np.diff(image, axis=1)).mean()

    rough = dream(START, gradient, knobs(), 4)
    assert variation(dream(START, gradient, knobs(tv=1), 4)) < 0.9 * variation(rough)


def test_of_the_dream_alone_total_variation_is_held_down(gradient):
    def variation(image):
        added = image - START
        return np.abs(np.diff(added, axis=0)).mean() + np.abs(np.diff(added, axis=1)).mean()

    rough = dream(START, gradient, knobs(), 4)
    assert variation(dream(START, gradient, knobs(dream_tv=1), 4)) < 0.9 * variation(rough)
    dark = START * np.float32(0.5)
    lighter, alone, both = (
        dream(dark, Constant(), knobs(octaves=1, jitter=0, shape="none", **given), 3)
        for given in ({}, {"dream_tv": 1}, {"tv": 1})
    )
    np.testing.assert_allclose(alone, lighter, atol=1e-3)  # a gradient of ones adds as much to every px
    assert np.abs(both - lighter).mean() > 0.5


def test_what_comes_out_is_a_picture(gradient):
    wild = dream(START * 1.4 - 50, gradient, knobs(step_size=50), 2)
    assert wild.shape == START.shape
    assert wild.dtype == np.float32
    assert wild.min() >= 0
    assert wild.max() <= 255


class Constant(TiledGradient):
    """A gradient of ones, and how many times each size was asked for."""

    def __init__(self):
        self.sides = []

    def __call__(self, image):
        self.sides.append(image.shape[1])
        return 0.0, np.ones_like(image)


def test_a_taper_leaves_fewer_and_smaller_steps_to_each_larger_size():
    chosen = knobs(octaves=3, taper=0.5, shape="none", step_size=4, jitter=0)
    spy = Constant()
    grey = np.full((40, 64, 3), 100, np.float32)
    dreamed = dream(grey, spy, chosen, 4)
    assert [spy.sides.count(width) for width in (33, 46, 64)] == [4, 2, 1]
    sizes = [
        4 * 0.5 ** ((octave + step / count) / 2) for octave, count in enumerate((4, 2, 1)) for step in range(count)
    ]
    np.testing.assert_allclose(dreamed - grey, sum(sizes), rtol=1e-4)
    alike = Constant()
    dream(grey, alike, knobs(octaves=3), 4)
    assert [alike.sides.count(width) for width in (33, 46, 64)] == [4, 4, 4]
