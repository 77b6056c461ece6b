"""What a report says in words: a scale that does not hang on how strong a dream is, and the frames that stand out."""

from fractions import Fraction

import numpy as np
import pytest

from vidream.report import FrameFigures, summary
from vidream.report.verdict import ALONE, levels, of_alone, words

FPS = Fraction(25)


def film(excess, strength=10.0, cuts=()):
    """Figures of a film with that excess in each frame, or these."""
    values = [excess] * 80 if isinstance(excess, float) else excess
    rows = [
        FrameFigures(i, each, each, each, None, strength, 0, 0, 0, 0, i in cuts, False) for i, each in enumerate(values)
    ]
    return summary(rows), rows


def said(*arguments, **options):
    sums, rows = film(*arguments, **options)
    return list(words(sums, rows, FPS))


def test_films_that_were_measured_are_at_the_ends_of_the_scale():
    """samples/bunny.mp4 at 480x270 by the default look, each frame alone and carried: see docs/steady.md."""
    assert of_alone(8.06, 6.09) == pytest.approx(1, abs=0.03)
    assert of_alone(0.69, 9.86) == pytest.approx(0.03, abs=0.01)
    assert film(8.06, 6.09)[0]["verdict"] == "flickers"
    assert film(0.69, 9.86)[0]["verdict"] == "steady"


def test_twice_as_strong_a_dream_flickers_four_times_as_much_on_the_same_scale():
    assert of_alone(4 * 8.0, 2 * 6.0) == pytest.approx(of_alone(8.0, 6.0))
    alone = (ALONE * 6 / 255) ** 2 * 1e4
    assert levels(alone) == pytest.approx(ALONE * 6)


@pytest.mark.parametrize(
    ("excess", "strength", "begins"),
    [
        (2.1, 10.0, "steady: the flicker is 3.7 of 255 levels, 10 % of that of a dream as strong"),
        (6.0, 10.0, "not quite steady: the flicker is 6.2 of 255 levels, 28 %"),
        (21.4, 10.0, "it flickers: the flicker is 11.8 of 255 levels, 100 %"),
        (0.1, 1.2, "steady: the dream adds less than one of 255 levels of flicker"),
        (-0.5, 10.0, "steady: the dream adds no flicker"),
        (0.5, 0.4, "hardly a dream: 0.4 of 255 levels from its source"),
    ],
)
def test_a_word_for_the_figure(excess, strength, begins):
    (line,) = said(excess, strength)
    assert line.startswith(begins)


def test_nothing_that_was_measured_is_said_to_be_nothing():
    sums, _ = film([None] * 80)
    assert (sums["verdict"], sums["of_alone"], sums["stands_out"]) == ("unmeasured", None, [])
    assert said([None] * 80) == ["not measured: no frame can be followed from the one before"]


def noise(**at):
    values = np.random.default_rng(0).normal(0.5, 0.3, 80)
    for frame, value in at.items():
        values[int(frame.removeprefix("f"))] = value
    return values.tolist()


@pytest.mark.parametrize(
    ("values", "line"),
    [
        (noise(f24=5.0, f48=4.0, f72=6.0), "stands out: frames 24, 48, 72 (every 24 frames), at 0.96, 1.92, 2.88 s"),
        (
            noise(f24=5.0, f25=4.0, f47=4.0, f72=6.0),
            "stands out: frames 24, 47, 72 (about every 24 frames), at 0.96, 1.88, 2.88 s",
        ),
        (noise(f30=9.0), "stands out: frame 30, at 1.20 s"),
        (noise(f30=9.0, f50=9.0), "stands out: frames 30, 50, at 1.20, 2.00 s"),
    ],
)
def test_frames_that_stand_out_are_named(values, line):
    assert said(values)[1:] == [line]


def test_restless_films_and_short_ones_have_none_that_stand_out():
    assert film(noise())[0]["stands_out"] == []
    restless = np.random.default_rng(0).normal(20, 6, 80)
    restless[30] = 40
    assert film(restless.tolist())[0]["stands_out"] == []
    assert film([0.5, 9.0, 0.5])[0]["stands_out"] == []


def test_many_are_cut_short_and_cuts_are_named():
    values = noise(**{f"f{frame}": 8.0 for frame in range(5, 80, 7)})
    assert said(values)[1].startswith(
        "stands out: frames 5, 12, 19, 26, 33, 40, 47, 54 and 3 more (every 7 frames), at 0.20,"
    )
    assert said(noise(), cuts=(30,))[-1] == "cuts of the source, across which nothing is measured: frame 30, at 1.20 s"
