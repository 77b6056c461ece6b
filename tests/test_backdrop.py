"""What most of a shot shows is known again, once what hid it has passed."""

import numpy as np
import pytest
from synthetic import rendered, textured

from vidream.config import configure
from vidream.frames import PEAK, Context, Frame
from vidream.plan.step import FilmStep
from vidream.render.backdrop import UNKNOWN, is_seen, moved, recall, renew

SIZE = (48, 64)
PLACE = textured(*SIZE, seed=1)
SQUARE = np.s_[12:32, 20:44]
"""Where something stands before it for a while."""


def picture(value):
    return np.full((*SIZE, 3), value, np.float32)


def of(source, residual):
    return np.stack([source.astype(np.float32), residual])


@pytest.mark.parametrize("by", [(0, 0), (3, -5), (-2, 7), (48, 0), (0, -200)])
def test_a_backdrop_moves_by_whole_px_and_what_comes_in_is_unknown(by):
    before = of(PLACE, picture(7))
    after = moved(before, (10.4, -3.4), (10.4 + by[0], -3.4 + by[1]))
    padded = np.full((2, *SIZE, 3), UNKNOWN, np.float32)
    for row in range(SIZE[0]):
        for column in range(SIZE[1]):
            if 0 <= row - by[0] < SIZE[0] and 0 <= column - by[1] < SIZE[1]:
                padded[:, row, column] = before[:, row - by[0], column - by[1]]
    np.testing.assert_array_equal(after, padded)


def test_parts_of_a_px_add_up():
    before, travel = of(PLACE, picture(7)), 0.0
    for _ in range(10):
        before, travel = moved(before, (0.0, travel), (0.0, travel + 0.3)), travel + 0.3
    np.testing.assert_array_equal(before[0][:, 3:], PLACE[:, :-3])


def test_a_backdrop_is_believed_where_it_looks_like_what_is_there():
    there = PLACE.astype(np.float32)
    there[:, 40:] = 255 - there[:, 40:]
    backdrop = of(PLACE, picture(7))
    backdrop[:, :10] = UNKNOWN
    believed = recall(backdrop, there)[..., 0]
    assert believed.shape == SIZE
    assert believed[14:, :36].min() == 1
    assert believed[:10, :36].max() == 0
    assert believed[14:, 44:].mean() < 0.3


def test_the_backdrop_is_seen_where_the_picture_goes_on_and_moves_as_most_of_it():
    flow = np.zeros((*SIZE, 2), np.float32) + np.array([3, -1], np.float32)
    flow[SQUARE] = 9
    trust = np.ones((*SIZE, 1), np.float32)
    trust[:, :5] = 0.5
    expected = np.ones(SIZE, bool)
    expected[SQUARE] = expected[:, :5] = False
    np.testing.assert_array_equal(is_seen(flow, trust, (4.0, 4.0), (5.0, 1.0)) > 0, expected)


def test_what_is_seen_is_renewed_and_the_rest_is_kept():
    seen = np.zeros(SIZE, np.uint8)
    seen[SQUARE] = 1
    first = renew(None, picture(1), picture(2), seen)
    assert (first[0][SQUARE].mean(), first[1][SQUARE].mean(), first[0, 0, 0, 0]) == (1, 2, UNKNOWN)
    second = renew(first, picture(3), picture(4), 1 - seen)
    assert (second[0][SQUARE].mean(), second[1][SQUARE].mean(), *second[:, 0, 0, 0]) == (1, 2, 3, 4)


def film(now, after=PLACE, **more):
    """A place that stands still; in its third and fourth frames something hides a part of it, and is gone again."""
    hidden = PLACE.copy()
    hidden[SQUARE] = 255 - hidden[SQUARE]
    still, passing = np.zeros((*SIZE, 2), np.float32), np.zeros((*SIZE, 2), np.float32)
    passing[SQUARE] = 20
    for index, frame in enumerate((PLACE, PLACE, hidden, hidden, after)):
        trust = np.ones((*SIZE, 1), np.float32)
        if index in (2, 4):
            trust[SQUARE] = 0
        flow = passing if index in (2, 3) else still
        yield FilmStep(index, now, Frame(frame, PEAK), index == 0, flow if index else None, trust, **more)


def once(start, now, steps, context=Context()):
    """A stand-in for the dream: forms grow while nothing is followed yet, none after."""
    return start + (PLACE - 128.0).astype(np.float32) * (0.1 if context.trust is None else 0)


@pytest.mark.parametrize("every", [1, 2])
def test_what_was_dreamed_is_there_again_when_what_hid_it_has_passed(every):
    now = configure("video", dream_size=0, octaves=1, persistence=0.9, dream_every=every)
    states = [state for _, _, state in rendered(film(now), once)]
    residuals = [state.dreamed - state.reference for state in states]
    inner = np.s_[16:28, 24:40]
    assert np.abs(residuals[1][inner]).mean() > 10
    np.testing.assert_allclose(residuals[2][inner], 0)  # the passer-by has no dream yet
    np.testing.assert_allclose(residuals[4][inner], 0.9 * residuals[1][inner], rtol=1e-5)


def test_where_another_thing_has_come_nothing_is_there_again():
    another = PLACE.copy()
    another[SQUARE] = np.roll(255 - another, 9, 1)[SQUARE]
    now = configure("video", dream_size=0, octaves=1, persistence=0.9)
    states = [state for _, _, state in rendered(film(now, another), once)]
    inner = (states[4].dreamed - states[4].reference)[16:28, 24:40]
    assert np.abs(inner).mean() < 0.2 * np.abs(states[1].dreamed - states[1].reference)[16:28, 24:40].mean()


def test_the_dream_takes_larger_steps_only_where_nothing_is_known():
    trusts = []

    def dreamer(start, now, steps, context=Context()):
        trusts.append(context.trust)
        return start

    list(rendered(film(configure("video", dream_size=0, octaves=1)), dreamer))
    assert trusts[-3][16:28, 24:40].mean() < 0.2
    assert trusts[-1].min() == 1


def test_a_render_goes_on_with_its_backdrop():
    now = configure("video", dream_size=0, octaves=1, persistence=0.9)
    whole = list(rendered(film(now), once))
    for stop in (2, 3, 4):
        rest = rendered(list(film(now))[stop:], once, whole[stop - 1][2])
        for (_, pixels, _), (_, expected, _) in zip(rest, whole[stop:], strict=True):
            np.testing.assert_array_equal(pixels, expected)


def test_a_cut_forgets_it_and_a_flash_does_not():
    now = configure("video", dream_size=0, octaves=1)
    still = np.zeros((*SIZE, 2), np.float32)
    trust = np.ones((*SIZE, 1), np.float32)
    steps = [
        FilmStep(index, now, Frame(PLACE, PEAK), flow is None, flow, believed)
        for index, (flow, believed) in enumerate([(None, None), (still, trust), (still, None), (None, None)])
    ]
    known = [state.backdrop is not None for _, _, state in rendered(steps, once)]
    assert known == [False, True, True, False]
