"""What is heard while it sounds: beats in time within 50 ms from the fourth bar on, and levels as a film has them."""

from fractions import Fraction

import numpy as np
import pytest
from causal_songs import listened
from songs import Song, ambient, clicks, kinds, more_kinds, thump, tone

from vidream.analysis import SAMPLE_RATE, analyse, envelope
from vidream.analysis.causal_levels import CausalLevels
from vidream.analysis.lock import Beating, BeatLock, fit
from vidream.analysis.percentiles import Percentiles
from vidream.live.heard import Heard
from vidream.live.score import LiveScore

pytestmark = pytest.mark.usefixtures("listener")

SONGS = {**kinds(), **more_kinds()}


def excerpt(name: str, seconds: float) -> Song:
    """The first seconds of a song."""
    song = SONGS[name]()
    return Song(song.samples[: round(seconds * SAMPLE_RATE)], song.beats[song.beats < seconds - 0.1], song.metre)


@pytest.mark.parametrize(
    ("name", "seconds"),
    [
        ("rock 120", 20),
        ("waltz 120", 14),
        ("6/8 66 drums", 18),
        pytest.param("techno 128 bass hat", 16, marks=pytest.mark.slow),
        pytest.param("swing 160", 14, marks=pytest.mark.slow),
    ],
)
def test_beats_of_a_steady_song_are_shown_within_50_ms_from_the_fourth_bar_on(name, seconds):
    song = excerpt(name, seconds)
    shown = listened(song.samples)
    assert shown.hits(song) > 0.97
    assert shown.lock(song) <= 4
    assert shown.tempo == pytest.approx(60 / np.diff(song.beats).mean(), rel=0.01)


def test_bars_begin_where_the_song_says():
    song = SONGS["techno 150 pad"]()
    shown = listened(song.samples, seconds=22).bars
    late = song.bars[(song.bars > 14) & (song.bars < 21)]
    assert np.abs(shown - late[:, None]).min(axis=1).max() < 0.05


UNSTEADY = ("change", "glide", "rubato")
OTHERWISE_COUNTED = ("funk", "3/4 ballad")
"""Songs of which an analysis of the whole counts other beats, too: twice as many, or two of three."""


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in SONGS if not name.startswith((*UNSTEADY, *OTHERWISE_COUNTED))])
def test_every_steady_song(name):
    song = SONGS[name]()
    shown = listened(song.samples)
    if not len(song.beats):
        assert len(shown.beats) < 10
        return
    assert shown.hits(song) > 0.9


def test_nothing_beats_in_silence_and_in_chords_that_swell():
    assert not len(listened(np.zeros(8 * SAMPLE_RATE, np.float32)).beats)
    assert not len(listened(ambient(16).samples).beats)


def test_a_lock_stays_with_its_beats_while_others_are_found_for_a_moment():
    lock, beats = BeatLock(), np.arange(0.25, 60, 0.5)
    for now in range(4, 20):
        found = beats[beats < now]
        if now in (8, 12):
            found = found[::2]  # half as fast
        if now == 15:
            found = found[:-1] + 0.25  # between
        beating = lock.find(float(now), found[-12:])
        assert (beating is None) == (now in (4, 8, 12, 15))  # at 4 s there were none before
        assert beating is None or beating.step == pytest.approx(0.5)
    for now in range(20, 26):  # and goes over to what stays
        lock.find(float(now), beats[beats < now][::2][-6:])
    assert lock.beating.step == pytest.approx(1.0)


def test_beats_are_foretold_though_one_is_missing_and_one_is_off():
    beats = np.delete(np.arange(0.0, 8, 0.4), 16)
    beats[-6] += 0.09
    beating = fit(8.0, beats)
    assert beating.step == pytest.approx(0.4, abs=0.002)
    assert Beating(8.0, 0.4).error(beating) == pytest.approx(0, abs=0.01)
    assert fit(8.0, beats[:3]) is None


def test_percentiles_forget():
    percentiles = Percentiles(100)
    assert percentiles.at(50) == 0
    percentiles.add(np.full(50, 0.5, np.float32))
    assert percentiles.at(99) == pytest.approx(0.5, rel=0.06)
    for _ in range(20):
        percentiles.add(np.full(50, 0.01, np.float32))
    assert percentiles.at(99) == pytest.approx(0.01, rel=0.06)


def heard(samples, block=512):
    """A score that has heard a sound, and what it was told."""
    levels, score, told = CausalLevels(SAMPLE_RATE), LiveScore(now=lambda: 0.0), []
    for first in range(0, len(samples), block):
        each = levels.hear(samples[first : first + block])
        told.append(each)
        score.hear(Heard(each.seconds, each.levels))
    return score, told


@pytest.fixture(scope="module")
def song():
    """Twenty s: bass, mid and high sounds in turn, and a thump every half second."""
    t = np.arange(20 * SAMPLE_RATE) / SAMPLE_RATE
    tones = [np.sin(2 * np.pi * pitch * t) * ((t // 1) % 3 == n) for n, pitch in enumerate((80, 700, 5000))]
    sound, _ = clicks(120, thump, 20.0)
    return (0.3 * sound + 0.3 * sum(tones)).astype(np.float32)


@pytest.fixture(scope="module")
def levels_of_rock():
    """A film's song, and a score that has heard it."""
    samples = SONGS["rock 120"]().samples[: 18 * SAMPLE_RATE]
    return analyse(samples), heard(samples)[0]


@pytest.mark.parametrize("name", ["loudness", "low", "mid", "high", "percussive", "onset"])
def test_levels_are_as_a_film_has_them(levels_of_rock, name):
    analysis, score = levels_of_rock
    film = envelope(analysis, name, Fraction(25), 450)[150:]
    live = [score.level(name, None, None, 40 * frame) for frame in range(150, 450)]
    assert np.corrcoef(film, live)[0, 1] > 0.75
    assert np.abs(film.mean() - np.mean(live)) < 0.1


def test_a_level_is_there_within_40_ms_and_not_before(song):
    silence = np.zeros(SAMPLE_RATE, np.float32)
    levels = CausalLevels(SAMPLE_RATE)
    levels.hear(tone(80, 2.0) * np.float32(0.9))
    levels.hear(silence)
    assert levels.hear(silence[:2048]).levels["low"].max() == 0
    struck = levels.hear(tone(80, 0.04))
    assert struck.levels["low"].max() > 0.3
    assert struck.levels["onset"].max() > 0.3
    assert struck.seconds[-1] > 3.04 + 2048 / SAMPLE_RATE - 0.03


def test_levels_do_not_depend_on_what_comes_later_nor_much_on_the_blocks(song):
    whole, cut = heard(song[: 6 * SAMPLE_RATE])[1], heard(song[: 4 * SAMPLE_RATE])[1]
    for name, values in cut[100].levels.items():
        assert (values == whole[100].levels[name]).all()
    score, other = heard(song[: 6 * SAMPLE_RATE])[0], heard(song[: 6 * SAMPLE_RATE], 1300)[0]
    for name in ("low", "harmonic", "onset"):
        one, two = ([each.level(name, None, None, frame) for frame in range(3000, 5900, 40)] for each in (score, other))
        assert np.abs(np.subtract(one, two)).max() < 0.1


def test_silence_and_a_faint_noise_are_nothing():
    noise = np.random.default_rng(0).normal(0, 10 ** (-70 / 20), 4 * SAMPLE_RATE).astype(np.float32)
    for samples in (np.zeros(4 * SAMPLE_RATE, np.float32), noise):
        _, told = heard(samples)
        assert max(each.levels[name].max() for each in told[1:] for name in each.levels) < 0.2
