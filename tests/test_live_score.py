"""A live score counts beats that somebody taps, tells or hears: evenly, never twice, and as high as in a film."""

import math
from fractions import Fraction

import numpy as np
import pytest

from vidream.analysis import GivenBeats
from vidream.analysis.lock import Beating
from vidream.clock import FOLLOWED, Clock
from vidream.curves import Cycle, Follow
from vidream.live.heard import Heard
from vidream.live.pace import MOST_KNOTS, Pace
from vidream.live.score import LiveScore
from vidream.live.taps import Taps


class Now:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.moment = 100.0

    def __call__(self) -> float:
        return self.moment


@pytest.fixture
def now():
    return Now()


def score_of(now, *taps, **kwargs):
    """A score that began at 100 s, and was tapped so many seconds after that."""
    score = LiveScore(now=now, **kwargs)
    for tap in taps:
        now.moment = 100 + tap
        score.tap()
    return score


def beats_of(score, second):
    """Seconds of the beats that fall due in the two seconds after one."""
    return [mark for mark in score.marks("beats") if second < mark < second + 2]


def test_a_count_is_the_inverse_of_its_places_and_never_falls():
    rng = np.random.default_rng(0)
    pace, places = Pace(0.0, 0.0, 0.5), np.sort(rng.uniform(0, 60, 40))
    for place in places:
        before = [pace.count(each) for each in np.linspace(-5, place, 50)]
        pace.correct(place, rng.uniform(0, 60), rng.uniform(0.3, 0.8))
        assert [pace.count(each) for each in np.linspace(-5, place, 50)] == pytest.approx(before)
    counts = [pace.count(each) for each in np.linspace(-5, 70, 2000)]
    assert (np.diff(counts) > 0).all()
    assert [pace.place(count) for count in counts] == pytest.approx(np.linspace(-5, 70, 2000))


@pytest.mark.parametrize("error", [-0.45, -0.2, -0.01, 0.0, 0.01, 0.2, 0.45])
def test_a_corrected_count_is_whole_where_it_shall_be_after_two_steps_at_most(error):
    pace = Pace(0.0, 0.0, 0.5)
    pace.correct(10.1, 10 + error * 0.5, 0.5)
    later = np.arange(11.5, 20, 0.5) + error * 0.5
    assert [(pace.count(place) + 0.5) % 1 for place in later] == pytest.approx([0.5] * len(later))


def test_a_count_that_is_set_goes_up_at_once_and_on_from_there():
    pace = Pace(0.0, 0.0, 0.5)
    pace.set(10.2, 21.0, 0.4)
    pace.correct(10.2, 10.2, 0.4)
    assert [pace.count(place) for place in (10.1, 10.2, 10.6)] == pytest.approx([20.2, 21, 22])
    assert [pace.place(count) for count in (20.2, 21, 22)] == pytest.approx([10.1, 10.2, 10.6])


def test_memory_of_a_count_stays_flat_and_what_was_counted_lately_stays():
    pace = Pace(0.0, 0.0, 0.5)
    for number in range(5 * MOST_KNOTS):
        pace.correct(number * 0.5, number * 0.5 + 0.01 * (number % 3), 0.5)
    assert len(pace._knots) <= MOST_KNOTS + 2
    assert pace.count(0.0) == 0
    assert pace.count(5 * MOST_KNOTS * 0.5) == pytest.approx(5 * MOST_KNOTS, abs=0.1)


def test_taps_tell_a_tempo_though_one_is_missed_and_all_are_uneven():
    rng = np.random.default_rng(1)
    taps = Taps()
    for number in (0, 1, 2, 4, 5, 6):
        taps.add(0.4 * number + rng.normal(0, 0.01))
    assert taps.beating is not None
    assert taps.beating.step == pytest.approx(0.4, rel=0.02)
    assert taps.beating.whole == pytest.approx(2.4, abs=0.02)


def test_taps_in_another_tempo_begin_anew():
    taps = Taps()
    for moment in (0, 0.5, 1.0, 1.5, 2.2, 2.9, 3.6):
        taps.add(moment)
    assert taps.beating is not None
    assert taps.beating.step == pytest.approx(0.7)


def test_without_ears_or_taps_nothing_is_to_be_seen(now):
    score = score_of(now)
    assert [score.level(name, None, None, frame) for name in FOLLOWED for frame in (0, 250, 5000)] == [0.0] * 30
    assert (score.tempo, str(score.beat_at()), len(score.marks("beats")), len(score.marks("bars"))) == (0.0, "", 0, 0)
    assert score.beat(3.0) == 6.0


def test_taps_are_followed_and_beats_rise_before_they_fall_due(now):
    score = score_of(now, 1.0, 1.4, 1.8, 2.2)
    assert score.tempo == pytest.approx(150)
    assert beats_of(score, 2.5) == pytest.approx([2.6, 3.0, 3.4, 3.8, 4.2])
    levels = [score.level("beats", 0.04, 0.2, frame) for frame in (2560, 2600, 2640, 2800)]
    assert levels == pytest.approx([np.exp(-1), 1.0, np.exp(-0.2), np.exp(-1)])
    assert str(score.beat_at(3.0)).startswith("150.0 beats a minute, ")


def test_one_tap_moves_beats_to_the_nearest_and_keeps_their_tempo(now):
    score = score_of(now, 1.0, 1.5, 2.0, 2.5, 12.55)
    assert score.tempo == pytest.approx(120)
    assert beats_of(score, 14.0) == pytest.approx([14.05, 14.55, 15.05, 15.55])


def test_a_nudge_moves_beats_and_those_that_are_heard(now):
    score = score_of(now, 1.0, 1.5, 2.0, 2.5)
    score.nudge(-0.03)
    assert beats_of(score, 5.0) == pytest.approx([5.47, 5.97, 6.47, 6.97])
    now.moment = 110.0
    score.hear(Heard(np.zeros(0), beating=Beating(110.01, 0.5)))
    assert beats_of(score, 12.0) == pytest.approx([12.48, 12.98, 13.48, 13.98])


def test_ears_refine_taps_where_they_agree_and_lead_again_after_silence(now):
    score = score_of(now, 1.0, 1.5, 2.0, 2.5)
    for whole, step, beats in (
        (110.02, 0.505, [12.04, 12.545, 13.05, 13.555]),  # they agree
        (110.27, 0.505, [12.04, 12.545, 13.05, 13.555]),  # between its beats
        (110.02, 0.3, [12.04, 12.545, 13.05, 13.555]),  # another tempo
        (110.02, 0.2525, [12.04, 12.545, 13.05, 13.555]),  # twice as fast
    ):
        now.moment = 110.0
        score.hear(Heard(np.zeros(0), beating=Beating(whole, step)))
        assert beats_of(score, 12.0) == pytest.approx(beats)
    for second in range(12, 20):
        now.moment = 100 + second
        score.hear(Heard(np.array([now()]), loudness=np.zeros(1, np.float32)))
    score.hear(Heard(np.zeros(0), beating=Beating(119.0, 0.8)))
    assert score.tempo == pytest.approx(75)


def test_an_outside_clock_leads_over_taps_and_ears_while_it_goes_on(now):
    score = score_of(now, 1.0, 1.5, 2.0, 2.5)
    for number in range(8):
        now.moment = 104 + 0.6 * number
        score.outside_beat(first=number % 3 == 0)
        score.hear(Heard(np.zeros(0), beating=Beating(104.1, 0.5)))
    assert score.tempo == pytest.approx(100)
    assert beats_of(score, 9.0) == pytest.approx([9.4, 10.0, 10.6])
    now.moment = 120.0
    score.listen()
    score.hear(Heard(np.zeros(0), beating=Beating(120.1, 0.5)))
    assert score.tempo == pytest.approx(120)


def test_tempo_and_first_beat_are_as_given_whatever_is_heard(now):
    score = LiveScore(GivenBeats(tempo=100, first_beat=1.3, metre=3), now=now)
    score.hear(Heard(np.zeros(0), beating=Beating(104.1, 0.5), bar=104.1))
    assert list(score.marks("beats")[:3]) == pytest.approx([1.3, 1.9, 2.5])
    assert list(score.marks("bars")[:3]) == pytest.approx([1.3, 3.1, 4.9])


def test_a_given_tempo_takes_its_beats_from_what_is_heard_at_any_multiple(now):
    score = LiveScore(GivenBeats(tempo=100), now=now)
    now.moment = 110.0
    score.hear(Heard(np.zeros(0), beating=Beating(110.2, 0.301)))
    assert score.tempo == 100
    assert (score.second(20) - 10.2 + 0.15) % 0.3 == pytest.approx(0.15)


@pytest.mark.parametrize(("factor", "tempo"), [(0.5, 60), (1.0, 120), (2.0, 240)])
def test_half_and_double_count_the_beats_that_are_heard(now, factor, tempo):
    score = LiveScore(GivenBeats(factor=factor), now=now)
    now.moment = 110.0
    score.hear(Heard(np.zeros(0), beating=Beating(110.2, 0.5)))
    assert score.tempo == pytest.approx(tempo)
    assert (score.beat(20.2) * max(1, 1 / factor)) % 1 == pytest.approx(0, abs=1e-6)


def test_seconds_and_beats_begin_with_the_first_shown_frame(now):
    score = score_of(now, 1.0, 1.5, 2.0, 2.5)
    score.begin_bar(2.0)
    score.begin(104.75)
    assert list(score.marks("beats")[:3]) == pytest.approx([0.25, 0.75, 1.25])
    assert score.beat(0.25) == pytest.approx(0)
    assert list(score.marks("bars")[:2]) == pytest.approx([1.25, 3.25])


def test_a_cycle_changes_on_beats_once_each_though_they_are_corrected(now):
    score = score_of(now)
    clock, cycle = Clock(Fraction(1000), score), Cycle(tuple(range(1000)), "beats")
    seen = []
    for frame in range(0, 20000, 20):
        now.moment = 100 + frame / 1000
        if frame % 1000 == 0 and frame >= 3000:
            score.hear(Heard(np.zeros(0), beating=Beating(now() + 0.1 * ((frame // 1000) % 3), 0.5)))
        seen.append(cycle.at(frame, clock))
    assert set(np.diff(seen)) == {0.0, 1.0}
    assert 28 <= seen[-1] <= 38


def test_what_is_heard_falls_as_in_a_film_and_rises_when_it_is_heard(now):
    score = LiveScore(now=now)
    score.hear(
        Heard(
            np.array([101.0, 101.1]),
            {"low": np.array([1.0, 0.0], np.float32), "onset": np.array([0.5, 0.0], np.float32)},
        )
    )
    clock = Clock(Fraction(1000), score)
    assert [Follow("low", 0.02, 0.2).at(frame, clock) for frame in (999, 1000, 1200)] == pytest.approx(
        [0, 1, np.exp(-1)]
    )
    assert Follow("onset", None, 0.1).at(1100, clock) == pytest.approx(0.5 * np.exp(-1))
    slow = [Follow("low", 1.0, 5.0).at(frame, clock) for frame in (1000, 2000, 3000)]
    assert slow[0] < slow[1] < slow[2] < 1


def sounding(score, now, second, loudness):
    """A second in which it is so loud."""
    now.moment = 100 + second
    moments = now() - np.arange(99, -1, -1) / 100
    score.hear(Heard(moments, loudness=np.full(100, loudness, np.float32)))
    return score.level("beats", None, None, round(1000 * score.second(math.ceil(score.beat(second)))))


def test_beats_are_as_high_as_it_is_loud_and_tapped_ones_high_in_silence(now):
    score = LiveScore(now=now)
    score.hear(Heard(np.zeros(0), beating=Beating(100.0, 0.5)))
    assert [sounding(score, now, second, 0.1) for second in range(1, 8)] == pytest.approx([1.0] * 7)
    calm = [sounding(score, now, second, 0.025) for second in range(8, 11)]
    assert calm[2] < 0.5
    assert sounding(score, now, 11, 0.1) == pytest.approx(1.0)
    assert [sounding(score, now, second, 0.0) for second in (12, 13)] == [0.0, 0.0]
    score.tap()
    assert sounding(score, now, 14, 0.0) > 0.9


def test_beats_that_shall_be_even_are_but_for_silence(now):
    score = LiveScore(now=now, even=True)
    score.hear(Heard(np.zeros(0), beating=Beating(100.0, 0.5)))
    assert [sounding(score, now, 1 + n, loud) for n, loud in enumerate((0.1, 0.1, 0.1, 0.01, 0.01, 0.0))] == [
        pytest.approx(high) for high in (1, 1, 1, 1, 1, 0)
    ]


def test_a_key_that_is_held_down_and_a_pad_that_bounces_tap_once(now):
    score = score_of(now, 1.0, 1.5, 2.0, 2.5)
    for repeated in range(40):
        now.moment = 102.55 + repeated / 30
        score.tap()
    assert score.tempo == pytest.approx(120)
    now.moment += 0.5
    score.tap()
    assert score.tempo == pytest.approx(120, abs=12)
