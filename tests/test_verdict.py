"""What a report says in words: a scale that does not hang on how strong a dream is, and the frames that stand out."""

from fractions import Fraction

import numpy as np
import pytest

from vidream.report import FrameFigures, summary
from vidream.report.made import Made
from vidream.report.verdict import ALONE, levels, of_alone, words

FPS = Fraction(25)
UNKNOWN = Made()


def film(excess, strength=10.0, cuts=(), **said):
    """Figures of a film with that excess in each frame, or these."""
    values = [excess] * 80 if isinstance(excess, float) else excess
    rows = [
        FrameFigures(i, each, each, each, None, strength, 0, 0, 0, 0, i in cuts, False) for i, each in enumerate(values)
    ]
    return summary(rows, **said), rows


def said(*arguments, made=UNKNOWN, begins=0, **options):
    sums, rows = film(*arguments, is_alone=made.is_alone, **options)
    return list(words(sums, rows, FPS, made, Fraction(begins)))


def test_films_that_were_measured_are_at_the_ends_of_the_scale():
    """samples/bunny.mp4 at 480x270 by the default look, each frame alone and carried: see docs/steady.md."""
    assert of_alone(8.06, 6.09) == pytest.approx(1, abs=0.03)
    assert of_alone(0.69, 9.86) == pytest.approx(0.18, abs=0.01)
    assert film(8.06, 6.09)[0]["verdict"] == "flickers"
    assert film(0.69, 9.86)[0]["verdict"] == "steady"


def test_a_dream_twice_as_strong_has_four_times_the_excess_at_the_same_share():
    assert of_alone(4 * 8.0, 2 * 6.0) == pytest.approx(of_alone(8.0, 6.0))
    alone = (ALONE * 6 / 255) ** 2 * 1e4
    assert levels(alone) == pytest.approx(ALONE * 6)


@pytest.mark.parametrize(
    ("excess", "strength", "begins"),
    [
        (2.1, 10.0, "steady: the dream adds flicker of 3.7 of 255 levels, 31 % of the 11.8 that one as strong has"),
        (3.6, 10.0, "not quite steady: the dream adds flicker of 4.8 of 255 levels, 41 % of the 11.8"),
        (21.4, 10.0, "it flickers: the dream adds flicker of 11.8 of 255 levels, 100 % of the 11.8"),
        (0.17, 99.0, "steady: the dream adds flicker of 1.1 of 255 levels, under 1 % of the 116.8"),
        (0.1, 1.2, "steady: the dream adds less than one of 255 levels of flicker"),
        (-0.5, 10.0, "steady: the dream adds no flicker"),
        (0.5, 0.4, "hardly a dream: 0.4 of 255 levels from its source"),
    ],
)
def test_a_word_for_the_figure(excess, strength, begins):
    (line,) = said(excess, strength)
    assert line.startswith(begins)


@pytest.mark.parametrize("excess", [0.5, 2.1, 0.1, -0.5])
def test_frames_that_were_each_dreamed_alone_are_never_steady(excess):
    alone = Made("clip.mp4", is_alone=True)
    assert film(excess, is_alone=True)[0]["verdict"] == "uneven"
    (line,) = said(excess, made=alone)
    assert line.startswith("not quite steady, each frame was dreamed alone (--persistence 0): the dream adds ")
    assert said(21.4, made=alone)[0].startswith("it flickers, each frame was dreamed alone (--persistence 0): ")


def test_a_verdict_against_another_source_holds_only_under_a_condition():
    (line,) = said(0.5, made=Made("clip.mp4", is_of_another=True))
    assert line.startswith("only if the source is clip.mp4: steady: ")


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
    assert said(values)[1:] == [f"{line} of the dreamed film"]


def test_restless_films_and_short_ones_have_none_that_stand_out():
    assert film(noise())[0]["stands_out"] == []
    restless = np.random.default_rng(0).normal(20, 6, 80)
    restless[30] = 40
    assert film(restless.tolist())[0]["stands_out"] == []
    assert film([0.5, 9.0, 0.5])[0]["stands_out"] == []


def test_many_are_cut_short():
    values = noise(**{f"f{frame}": 8.0 for frame in range(5, 80, 7)})
    assert said(values)[1].startswith(
        "stands out: frames 5, 12, 19, 26, 33, 40, 47, 54 and 3 more (every 7 frames), at 0.20,"
    )


def test_cuts_are_named_by_their_times_in_the_source_and_what_stands_out_by_those_in_the_film():
    out, cuts = said(noise(f50=9.0), cuts=(30,), begins=1)[1:]
    assert out == "stands out: frame 50, at 2.00 s of the dreamed film"
    assert cuts == "cuts, across which nothing is measured: at 2.20 s of the source, frame 30 of the dreamed film"
