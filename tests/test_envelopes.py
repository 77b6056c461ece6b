"""Envelopes peak on the frame nearest to what sounds, rise ahead of it, and follow what they are named after."""

from fractions import Fraction

import numpy as np
import pytest
from songs import clicks, pip, tone

from vidream.analysis import ENVELOPES, SAMPLE_RATE, analyse, envelope
from vidream.clock import FOLLOWED, MARKS
from vidream.errors import ConfigError

RATES = [Fraction(24000, 1001), Fraction(24), Fraction(25), Fraction(30), Fraction(60), Fraction(120)]


@pytest.fixture(scope="module")
def song():
    """Ten s: bass, mid and high sounds in turn, and a thump every half second."""
    t = np.arange(10 * SAMPLE_RATE) / SAMPLE_RATE
    tones = [np.sin(2 * np.pi * pitch * t) * ((t // 1) % 3 == n) for n, pitch in enumerate((80, 700, 5000))]
    sound, _ = clicks(120, pip, 10.0)
    return analyse((0.3 * sound + 0.3 * sum(tones)).astype(np.float32))


def test_what_can_be_followed_is_what_an_analysis_has(song):
    assert {*FOLLOWED} == {*ENVELOPES} == {*song.events, *song.signals}
    assert {*MARKS} <= {*song.events}


@pytest.mark.parametrize("fps", RATES)
@pytest.mark.parametrize("name", ["beats", "bars", "sections", "onset"])
def test_an_envelope_peaks_on_the_frame_nearest_to_its_event(song, fps, name):
    values = envelope(song, name, fps, round(10 * fps))
    times, heights = song.events[name].times, song.events[name].strengths
    assert values.dtype == np.float32
    assert len(times)
    frames = np.floor(times * float(fps) + 0.5).astype(int)
    for frame, height in zip(frames, heights, strict=True):
        assert values[frame] >= height - 1e-6
    if name == "beats":
        peaks = np.flatnonzero((values[1:-1] > values[:-2]) & (values[1:-1] > values[2:])) + 1
        assert set(frames[1:-1]) <= set(peaks)


def test_attack_looks_ahead_and_release_falls(song):
    values = envelope(song, "bars", Fraction(100), 1000, attack=0.1, release=0.2)
    at = round(song.bars[2] * 100)
    assert values[at] == 1
    assert values[at - 10] == pytest.approx(np.exp(-1), abs=0.01)
    assert values[at + 20] == pytest.approx(np.exp(-1), abs=0.01)
    sudden = envelope(song, "bars", Fraction(100), 1000, attack=0, release=0)
    assert sorted(np.unique(sudden)) == [0, 1]
    assert sudden.sum() == len(song.bars)


@pytest.mark.parametrize("fps", [Fraction(25), Fraction(60), Fraction(240)])
def test_bands_follow_what_sounds_in_them(song, fps):
    for n, name in enumerate(("low", "mid", "high")):
        values = envelope(song, name, fps, round(9 * fps), attack=0, release=0)
        sounding = (np.arange(len(values)) / float(fps)) // 1 % 3 == n
        assert values.min() >= 0
        assert np.median(values[sounding]) > 0.7
        assert np.median(values[~sounding]) < 0.1


def test_loudness_is_in_decibels_and_a_steady_tone_is_loud():
    t = np.arange(10 * SAMPLE_RATE) / SAMPLE_RATE
    rising = analyse((10 ** ((-40 + 4 * t) / 20) * 0.5 * np.sin(2 * np.pi * 500 * t)).astype(np.float32))
    values = envelope(rising, "loudness", Fraction(25), 250, attack=0, release=0)
    steps = np.diff(values[50:200:25])
    assert steps == pytest.approx(np.full(len(steps), steps.mean()), abs=0.005)
    assert 0.1 < steps.mean() < 0.11
    steady = envelope(analyse(tone(500, 5)), "loudness", Fraction(25), 120)
    assert steady[5:115].min() > 0.95


def test_a_band_of_hiss_far_under_the_sound_is_nothing():
    t = np.arange(5 * SAMPLE_RATE) / SAMPLE_RATE
    hiss = np.random.default_rng(0).normal(0, 10 ** (-62 / 20), len(t))
    analysis = analyse((0.7 * np.sin(2 * np.pi * 100 * t) + hiss).astype(np.float32))
    assert np.median(analysis.signals["high"]) > 10 ** (-70 / 20)
    assert not envelope(analysis, "high", Fraction(25), 100)[5:].any()


def test_an_envelope_ends_with_the_sound(song):
    assert not envelope(song, "loudness", Fraction(25), 400, release=0)[252:].any()


def test_unknown_names_and_negative_times_are_refused(song):
    with pytest.raises(ConfigError, match="did you mean beats"):
        envelope(song, "beat", Fraction(25), 10)
    with pytest.raises(ConfigError, match="seconds, 0 or more"):
        envelope(song, "beats", Fraction(25), 10, attack=-1)
