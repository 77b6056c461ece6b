"""The tools by which a live dream is measured: their known answers."""

import cv2
import numpy as np
import pytest
from clips import difference, numbered, sights_of, there_and_back
from counter import BITS, burn, read
from figures import Sight, pace
from synthetic import textured

SCENE = textured(90, 160)


@pytest.mark.parametrize("number", [0, 1, 2, 1234, 2**BITS - 1])
def test_a_counter_is_read_in_any_size_and_under_a_dream(number):
    burned = burn(textured(360, 640), number)
    rng = np.random.default_rng(number)
    forms = cv2.resize(rng.normal(0, 120, (45, 80, 3)), (640, 360))
    dreamed = np.clip(burned + forms, 0, 255).astype(np.uint8)
    for size in ((640, 360), (320, 180), (514, 290), (1280, 720)):
        assert read(cv2.resize(burned, size)) == number
        assert read(cv2.resize(dreamed, size)) == number


def test_numbers_in_a_row_differ_by_one_pair_of_blocks():
    for number in range(300):
        changed = np.abs(burn(SCENE, number).astype(int) - burn(SCENE, number + 1)).max(axis=(0, 2)) > 0
        assert 0 < np.count_nonzero(changed) <= -(-160 // BITS)


def test_no_counter_is_read_where_there_is_none_or_it_is_half_gone():
    assert read(np.full((90, 160, 3), 128, np.uint8)) is None
    one, other = burn(SCENE, 5).astype(float), burn(SCENE, 6).astype(float)
    assert read(((one + other) / 2).astype(np.uint8)) is None


def test_a_film_is_read_at_its_own_times(tmp_path):
    clip = numbered(tmp_path / "clip.mp4", there_and_back([SCENE] * 2), 9)
    assert [sight.number for sight in sights_of(clip)] == list(range(9))
    assert [sight.second for sight in sights_of(clip)] == pytest.approx([i / 25 for i in range(9)], abs=1e-3)


def test_the_pace_of_frames_that_come_evenly_but_for_one():
    seconds = [*(i / 20 for i in range(51)), 2.7]
    even = pace([Sight(second, i) for i, second in enumerate(seconds)])
    assert even.rate == pytest.approx(51 / 2.7)
    assert even.short == pytest.approx(50 / 51)
    assert even.longest == even.gap == pytest.approx(0.2)
    assert even.repeated == even.unread == 0


def test_a_frame_shown_twice_is_no_shown_frame():
    doubled = pace([Sight(i / 30, i // 2) for i in range(61)])
    assert doubled.repeated == 30
    assert doubled.rate == pytest.approx(15)
    assert doubled.short == 1
    assert pace([Sight(0, None), Sight(1, None), Sight(2, 4)]).unread == 2


def test_how_far_a_frame_is_from_its_source_says_nothing_of_the_counter():
    assert difference(burn(SCENE, 3), burn(SCENE, 777)) == 0
    assert difference(burn(SCENE // 2, 3), burn(SCENE // 2 + 7, 777)) == 7
