"""Beats that are given override those that are heard; a tempo says how sure it is; a beat is as high as it is loud."""

import struct

import numpy as np
import pytest
from songs import BALLAD, DRUM_AND_BASS, HOUSE, SWING, compound, of_pattern, pip, played, snare, steady, thump

from vidream.analysis import SAMPLE_RATE, Events, GivenBeats, SongAnalysis, analyse, load, save, with_beats
from vidream.analysis.beat_file import read_beats
from vidream.analysis.heights import LEAST, beat_heights, with_loud_heights
from vidream.analysis.kicks import measure_kicks
from vidream.analysis.onsets import measure_onsets
from vidream.analysis.sureness import measure_sureness
from vidream.config import configure
from vidream.errors import ConfigError, MediaError
from vidream.jobs.given_beats import given_beats
from vidream.jobs.song_score import describe

pytestmark = pytest.mark.usefixtures("listener")

HOP = 0.01


def analysis_of(beats, metre=4, seconds=20.0, onsets=(), strengths=(), loudness=0.2, low=None) -> SongAnalysis:
    """A sound in which nothing but this is heard."""
    signals = {
        name: np.full(round(seconds / HOP), 0.1, np.float32) for name in ("mid", "high", "percussive", "harmonic")
    }
    times = np.arange(round(seconds / HOP)) * HOP
    signals["loudness"] = np.broadcast_to(np.asarray(loudness, np.float32), times.shape)
    signals["low"] = np.full(times.shape, 0.1, np.float32) if low is None else low
    beats = np.asarray(beats, np.float64)
    events = {
        "beats": Events.regular(beats),
        "bars": Events.regular(beats[::metre]),
        "sections": Events.regular(np.array([0.0, 9.9])),
        "onset": Events(np.asarray(onsets, np.float64), np.asarray(strengths, np.float32)),
    }
    return SongAnalysis(seconds, 120.0, metre, events, signals, HOP)


@pytest.fixture
def heard():
    """120 a minute from 0.25 s on; every other onset is twice as strong, from the second on."""
    beats = 0.25 + 0.5 * np.arange(39)
    return analysis_of(beats, onsets=beats, strengths=np.where(np.arange(39) % 2, 1.0, 0.5))


def test_half_takes_the_beats_that_begin_bars(heard):
    song = with_beats(heard, GivenBeats(factor=0.5))
    np.testing.assert_allclose(song.beats, heard.beats[::2])
    np.testing.assert_allclose(song.bars, heard.bars[::2])


def test_half_takes_the_stronger_of_every_two_beats_where_bars_begin_on_both():
    beats = 0.25 + 0.5 * np.arange(39)
    heard = analysis_of(beats, 3, onsets=beats, strengths=np.where(np.arange(39) % 2, 1.0, 0.5))
    song = with_beats(heard, GivenBeats(factor=0.5))
    np.testing.assert_allclose(song.beats, beats[1::2])
    assert song.tempo == pytest.approx(60)
    assert (song.sureness, song.other_tempo) == (1.0, 0.0)


def test_double_puts_one_between_each_two(heard):
    song = with_beats(heard, GivenBeats(factor=2))
    np.testing.assert_allclose(song.beats, 0.25 + 0.25 * np.arange(77))
    assert song.tempo == pytest.approx(240)


def test_half_follows_a_tempo_that_drifts():
    beats = 0.3 + np.cumsum(np.linspace(0.4, 0.7, 30))
    song = with_beats(analysis_of(beats, onsets=beats, strengths=np.ones(30)), GivenBeats(factor=0.5))
    np.testing.assert_allclose(song.beats, beats[::2])


def test_a_tempo_and_a_first_beat_are_even_and_begin_a_bar(heard):
    song = with_beats(heard, GivenBeats(tempo=91, first_beat=0.43, metre=3))
    np.testing.assert_allclose(song.beats, np.arange(0.43, 20, 60 / 91))
    np.testing.assert_allclose(song.bars, song.beats[::3])
    assert (song.tempo, song.metre) == (91, 3)
    assert set(song.sections[1:]) <= set(song.bars)
    assert abs(song.sections[1] - 9.9) < 1.0


@pytest.mark.parametrize("first", [0.03, 0.2, 0.44])
def test_a_tempo_alone_is_put_where_most_begins(first):
    rng = np.random.default_rng(3)
    beats = np.arange(first, 20, 0.5)
    offbeat = np.arange(first + 0.25, 20, 0.5)
    onsets = np.concatenate([beats + rng.normal(0, 0.003, len(beats)), offbeat])
    order = np.argsort(onsets)
    strengths = np.concatenate([np.ones(len(beats)), np.full(len(offbeat), 0.8)])[order]
    song = with_beats(analysis_of([], onsets=onsets[order], strengths=strengths), GivenBeats(tempo=120))
    np.testing.assert_allclose(song.beats, beats, atol=0.004)


def test_a_first_beat_alone_moves_what_is_heard(heard):
    song = with_beats(heard, GivenBeats(first_beat=1.0))
    np.testing.assert_allclose(song.beats, np.arange(1.0, 19.5, 0.5))
    np.testing.assert_allclose(song.bars, song.beats[::4])


def test_a_first_beat_after_all_that_are_heard_is_refused(heard):
    with pytest.raises(ValueError, match="no beats are heard in it from --first-beat on"):
        with_beats(heard, GivenBeats(first_beat=19.9))


def test_a_single_beat_goes_on_at_its_tempo(heard):
    song = with_beats(heard, GivenBeats(tempo=30, first_beat=19.0))
    assert song.beats.tolist() == [19]
    assert [song.beat_number(second) for second in (15, 19, 19.5)] == [-2, 0, 0.25]
    assert [song.time_of_beat(beat) for beat in (-1, 0, 2)] == [17, 19, 23]


def test_a_bar_alone_leaves_the_beats(heard):
    song = with_beats(heard, GivenBeats(metre=3))
    np.testing.assert_array_equal(song.beats, heard.beats)
    assert song.metre == 3
    assert set(np.diff(np.searchsorted(song.beats, song.bars))) == {3}


def test_without_beats_there_is_nothing_to_halve():
    with pytest.raises(ValueError, match="no beats are heard in it; give --tempo, or --beats"):
        with_beats(analysis_of([]), GivenBeats(factor=0.5))


def test_beats_of_a_file_are_taken_as_they_are(heard, tmp_path):
    path = tmp_path / "beats.csv"
    path.write_text("time,beat\n0.5,3\n1.5,1\n2.7,2\n4.0,3\n5.0,1\n# the end\n99,1\n")
    times, bars = read_beats(path, heard.duration)
    song = with_beats(heard, GivenBeats(times=times, bars=bars))
    assert song.beats.tolist() == [0.5, 1.5, 2.7, 4.0, 5.0]
    assert song.bars.tolist() == [1.5, 5.0]
    assert song.metre == 3
    assert with_beats(heard, GivenBeats(times=times, bars=bars, metre=2)).metre == 2


@pytest.mark.parametrize(
    ("text", "beats", "bars"),
    [
        ("0.5\t0.5\t1\n1\t1\t2\n1.5\t1.5\t\n", [0.5, 1.0, 1.5], [0.5]),  # Audacity
        ("0.5\t0.5\n1.0\t1.0\n", [0.5, 1.0], []),
        ("0.43 1\n0.9 2\n", [0.43, 0.9], [0.43]),
        ("0,5;x\n1,25;1\n", [0.5, 1.25], [1.25]),
        ("0,500000\t0,500000\t1\r\n1,250000\t1,250000\tfour on the floor, 1\r\n", [0.5, 1.25], [0.5]),
        ("\ufeffseconds\r\n0.5\r\n1\r\n", [0.5, 1.0], []),
    ],
)
def test_tables_of_several_kinds(tmp_path, text, beats, bars):
    path = tmp_path / "beats.txt"
    path.write_bytes(text.encode())
    read = read_beats(path, 60)
    assert [times.tolist() for times in read] == [beats, bars]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("0.5\nx\n1\n", "line 2 must begin with a beat's second, such as 0.43, not 'x'"),
        ("0.5\n1\n\n0.7\n", "line 4 has a beat at 0.7 s, after one at 1 s; sort them"),
        ("0.5\n-1\n", "line 2 must begin"),
        ("0.5\n70\n", "has 1 beats within the 60.0 s of the song; 2 are needed"),
        ("", "has 0 beats"),
    ],
)
def test_a_file_that_has_no_beats_is_refused(tmp_path, text, words):
    path = tmp_path / "beats.txt"
    path.write_text(text)
    with pytest.raises(MediaError, match="beats.txt: " + words):
        read_beats(path, 60)


def test_a_midi_files_tempo_track_from_the_first_beat_on(tmp_path):
    path = tmp_path / "song.mid"
    track = b"\x00\xff\x58\x04\x03\x02\x18\x08\x00\xff\x51\x03\x09\x27\xc0\x00\xff\x2f\x00"  # 3/4, 0.6 s a beat
    path.write_bytes(b"MThd" + struct.pack(">IHHH", 6, 0, 1, 96) + b"MTrk" + struct.pack(">I", len(track)) + track)
    given = given_beats(configure("music", beats=str(path), first_beat="0.4"), 4.0)
    assert given is not None
    np.testing.assert_allclose(given.times, np.arange(0.4, 4, 0.6))
    np.testing.assert_allclose(given.bars, [0.4, 2.2])


@pytest.mark.parametrize(
    ("knobs", "words"),
    [
        ({"tempo": 91.0, "half": True}, "--tempo with --half"),
        ({"half": True, "double": True}, "--half with --double"),
        ({"tempo": 91.0, "beats": "b.csv"}, "--tempo with --beats"),
        ({"beats": "b.csv", "first_beat": 1}, "says itself where its beats are"),
        ({"first_beat": 30}, "--first-beat: 30 s is after the song's end, 20.0 s"),
    ],
)
def test_what_contradicts_is_refused(knobs, words):
    with pytest.raises(ConfigError, match=words):
        given_beats(configure("music", **knobs), 20.0)


def test_nothing_given_is_nothing():
    assert given_beats(configure("music"), 20.0) is None


@pytest.mark.parametrize(
    ("bpm", "pattern", "other"), [(174, DRUM_AND_BASS, 87), (190, SWING, 95), (124, HOUSE, 0), (120, SWING, 0)]
)
def test_a_tempo_that_may_be_half_says_so(bpm, pattern, other, tmp_path):
    song = analyse(of_pattern(steady(bpm, 48), pattern).samples)
    assert song.tempo == pytest.approx(bpm, rel=0.005)
    assert song.other_tempo == pytest.approx(other, rel=0.005)
    assert (song.sureness < 0.7) == bool(other)
    assert ("perhaps" in describe(song) and "--half" in describe(song)) == bool(other)
    save(song, tmp_path / "song.npz")
    again = load(tmp_path / "song.npz")
    assert (again.sureness, again.other_tempo) == (song.sureness, song.other_tempo)


def test_three_four_that_is_heard_as_six_eight_says_so():
    song = analyse(of_pattern(steady(96, 48), BALLAD, 3).samples)
    assert song.sureness < 0.5
    assert song.other_tempo == pytest.approx(1.5 * song.tempo)
    said = f"perhaps {song.other_tempo:.1f}: --tempo {song.other_tempo:.2f} --bar 3)"
    assert describe(song).endswith(said)


@pytest.mark.parametrize(("kind", "sure"), [("blues", True), ("drums", False)])
def test_six_eight_is_as_sure_as_its_eighths_come_in_threes(kind, sure):
    song = compound(75, kind)
    heard = analyse(song.samples)
    assert heard.tempo == pytest.approx(75, rel=0.01)
    assert (heard.sureness > 0.9) == sure
    assert heard.other_tempo == pytest.approx(0 if sure else 112.5, rel=0.01)


@pytest.mark.parametrize(("metre", "other"), [(3, 80), (4, 0)])
def test_six_eight_that_is_taken_for_three_four_says_so(metre, other):
    """Beats at every second eighth of a 6/8; four of them are no bar that a 6/8 could have."""
    song = compound(80, "drums")
    peak = float(np.abs(song.samples).max())
    onsets, kicks = (measure(song.samples, SAMPLE_RATE, peak) for measure in (measure_onsets, measure_kicks))
    beats = np.arange(song.beats[0], song.beats[-1], 0.5)
    assert measure_sureness(onsets, kicks, 120, beats, metre)[1] == pytest.approx(other, rel=0.01)


def test_a_tempo_is_the_less_sure_the_fewer_of_its_beats_can_be_heard():
    times = np.asarray(steady(120, 48))
    samples = played([(time, pip, 0.8) for time in times], times[-1] + 0.5)
    peak = float(np.abs(samples).max())
    onsets, kicks = (measure(samples, SAMPLE_RATE, peak) for measure in (measure_onsets, measure_kicks))
    sureness, _ = measure_sureness(onsets, kicks, 120, times, 4)
    beside = times + np.where(np.arange(48) % 2, 0.2, 0)  # every other beat where nothing begins
    halved, other = measure_sureness(onsets, kicks, 120, beside, 4)
    assert halved == pytest.approx(sureness / 2, rel=0.01)
    assert other in (60, pytest.approx(180))  # what is not sure names what else it may be


def test_a_break_is_calm_and_the_next_beat_is_high_at_once():
    beats = 0.25 + 0.5 * np.arange(39)
    loudness = np.full(2000, 0.2, np.float32)
    loudness[500:1020] = 0.02  # the beats from 5.25 s to 9.75 s
    heights = beat_heights(analysis_of(beats, loudness=loudness))
    in_break = (beats > 5) & (beats < 10)
    assert heights[~in_break].min() == 1
    assert LEAST <= heights[in_break].min() <= heights[in_break].max() < 0.3


def test_a_louder_beat_is_no_lower():
    beats = 0.25 + 0.5 * np.arange(39)
    rising = (10 ** np.linspace(-2.5, -0.3, 2000)).astype(np.float32)
    song = with_loud_heights(analysis_of(beats, loudness=rising))
    heights = song.events["beats"].strengths
    assert (np.diff(heights) >= 0).all()
    assert heights[0] >= LEAST
    assert heights[-1] == 1
    np.testing.assert_allclose(song.events["bars"].strengths, heights[::4])


def test_one_soft_beat_among_loud_ones_is_as_high():
    beats = 0.25 + 0.5 * np.arange(39)
    loudness = np.full(2000, 0.2, np.float32)
    loudness[500:560] = 0.02
    assert beat_heights(analysis_of(beats, loudness=loudness)).min() == 1


def test_a_song_of_one_loudness_has_no_soft_beats():
    beats = 0.25 + 0.5 * np.arange(39)
    loudness = np.full(2000, 0.2, np.float32)
    loudness[1000:] *= 10 ** (-3 / 20)  # 3 dB
    assert beat_heights(analysis_of(beats, loudness=loudness)).min() > 0.8


def test_beats_in_silence_have_no_height():
    beats = 0.25 + 0.5 * np.arange(39)
    loudness = np.full(2000, 0.2, np.float32)
    loudness[1000:] = 0
    heights = beat_heights(analysis_of(beats, loudness=loudness))
    assert heights[beats > 12].max() == 0


def test_a_break_of_a_song_is_lower_than_the_rest():
    """Bars of drums, two of them at a tenth of the loudness."""
    times = steady(120, 48)
    events = [(time, (thump, snare)[n % 2], 0.08 if 16 <= n < 24 else 0.8) for n, time in enumerate(times)]
    song = analyse(played(events, times[-1] + 0.5, 0.0005))
    heights = np.interp(times, song.beats, beat_heights(song))
    assert heights[18:23].max() < 0.5 * heights[:14].min()
