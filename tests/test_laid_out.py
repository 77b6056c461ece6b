"""What is drawn of a look is what its film does; what was heard in a song is kept for all; peaks are a sound's own."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from synthetic import clicks, panned, write_film

from vidream.config import configure
from vidream.errors import ConfigError
from vidream.jobs import song_score
from vidream.jobs.laid_out import LaidOut, Look, marked
from vidream.jobs.shots import shots_of
from vidream.jobs.song_score import SongScore
from vidream.jobs.song_shelf import songs_kept_in
from vidream.jobs.video import film_plan
from vidream.jobs.wave import COARSER, FINEST, read_peaks

HITS = [0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 3.5]
OUT = Path("out.mp4")
ZOOM: dict[str, Any] = {"fps": 20, "frames": 90}


@pytest.fixture
def song(tmp_path):
    return clicks(tmp_path / "song.wav", HITS, 4)


def laid(command: str, source: object, song: Path | None = None, **knobs: Any) -> LaidOut:
    look = Look(command, str(source), None if song is None else str(song), None, knobs)
    return LaidOut(look.plan(OUT), OUT)


def strengths(film: LaidOut) -> list[float]:
    return [film.plan.config.at(frame, film.clock).dream.strength for frame in range(film.count)]


@pytest.mark.parametrize(
    "curve",
    [
        {"keys": [["0.5s", 1.0], ["2s", 1.6], ["3s", 0.2]], "ease": "in-out"},
        {"sum": [1, {"product": [{"sine": [0.2, 0.1], "period": "0.7s"}, {"cycle": [1, 2, 3], "every": 9}]}]},
    ],
)
def test_each_frame_is_drawn_as_it_will_be(seed, curve):
    film = laid("zoom", seed, strength=curve, **ZOOM)
    sampled = film.sampled(film.plan.config.moving["strength"], 0, 10**6, 10**6)
    assert [*sampled.frames] == [*range(90)]
    assert [*sampled.lows] == [*sampled.highs] == strengths(film)


def test_a_piece_has_the_lowest_and_the_highest_of_its_frames(seed):
    film = laid("zoom", seed, strength={"cycle": [1, 2, 0.5], "every": 1}, **ZOOM)
    sampled = film.sampled(film.plan.config.moving["strength"], 30, 59, 5)
    assert [*sampled.frames] == [30, 36, 42, 48, 54]
    assert ([*sampled.lows], [*sampled.highs]) == ([0.5] * 5, [2.0] * 5)


@pytest.mark.parametrize(("first", "last", "frames"), [(50, 10, [50]), (-5, 1, [0, 1]), (500, 600, [89])])
def test_frames_that_are_none_of_the_film_are_brought_into_it(seed, first, last, frames):
    film = laid("zoom", seed, strength={"sine": [1, 0.5], "period": "1s"}, **ZOOM)
    assert [*film.sampled(film.plan.config.moving["strength"], first, last, 100).frames] == frames


def test_of_a_long_film_not_every_frame_is_reckoned(seed):
    film = laid("zoom", seed, strength={"sine": [1, 0.5], "period": "1s"}, fps=20, frames=10_000_000)
    sampled = film.sampled(film.plan.config.moving["strength"], 0, 10_000_000, 800)
    assert len(sampled.frames) == 800
    assert sampled.frames[-1] > 9_900_000


def test_whole_numbers_are_drawn_as_the_film_rounds_them(seed):
    film = laid("zoom", seed, octaves={"keys": [[0, 2], [80, 5]]}, **ZOOM)
    sampled = film.sampled(film.plan.config.moving["octaves"], 0, 89, 90, whole=True)
    assert [*sampled.lows] == [film.plan.config.at(frame, film.clock).dream.octaves for frame in range(90)]


def test_other_curves_are_laid_over_the_same_film(song, seed):
    """As if it were planned anew: with the pulse, and where beats are."""
    film = laid("music", seed, song, fps=20, strength=1.0)
    look = Look("music", str(seed), str(song), None, {"fps": 20, "strength": {"sine": [0.5, 0.2], "period": "2b"}})
    again, anew = film.with_look(look), LaidOut(look.plan(OUT), OUT)
    assert strengths(again) == strengths(anew) != strengths(film)
    assert again.plan.config == anew.plan.config
    assert again.clock.score is film.clock.score


def test_a_look_says_what_moves_without_its_pulse(song, seed):
    look = Look("music", str(seed), str(song), None, {"turn": 3})
    assert "zoom" in look.config().moving
    assert not look.config(pulsed=False).moving


def test_a_file_that_a_curve_comes_to_follow_is_opened(song, clip):
    film = laid("video", clip)
    look = Look("video", str(clip), None, None, {"strength": {"follow": "onset", "of": str(song)}})
    again = film.with_look(look)
    assert again.sounds == [song]
    assert max(strengths(again)) > 0.99


def test_beats_of_a_film_are_those_of_its_own_sound_where_a_curve_follows_it(song, clip):
    knobs: dict[str, Any] = {"sound": str(song), "start": 1}
    film = laid("video", clip, strength={"follow": "beats", "of": str(song)}, **knobs)
    assert film.score is not None
    assert film.score.song == film.sound == song
    assert laid("video", clip, **knobs).score is None


def test_beats_have_places_as_the_clock_has_them(song, seed):
    film = laid("music", seed, song, fps=20, tempo=120, first_beat=0.5, start=1)
    first, places = film.beat_places
    assert first == 1
    assert places == pytest.approx([0.5 * number for number in range(7)])
    assert film.marks["beats"] == pytest.approx([0.5 * number for number in range(6)])


def test_markers_have_places_in_the_film(tmp_path, seed):
    labels = tmp_path / "labels.txt"
    labels.write_text("1.5\t1.5\tverse\n3.0\t3.0\tchorus\n")
    keys = {"keys": [["@verse", 0], ["@chorus", 1]]}
    look = Look("zoom", str(seed), None, None, {"strength": keys, "markers": str(labels), **ZOOM})
    film = LaidOut(look.plan(OUT), OUT)
    assert film.marker_second("chorus") == 3.0
    own = marked(look.config(False).moving["strength"], film)
    assert film.sampled(own, 0, 89, 90).highs[45] == pytest.approx(0.5, abs=0.02)
    with pytest.raises(ConfigError, match="no such marker"):
        film.marker_second("coda")


@pytest.mark.parametrize(("command", "error"), [("image", "has no time"), ("music", "no song yet")])
def test_what_has_no_time_says_so(seed, command, error):
    with pytest.raises(ConfigError, match=error):
        Look(command, str(seed)).plan(OUT)


def score(song: Path) -> SongScore:
    song_score._analysis.cache_clear()
    return SongScore(song, Fraction(25), 0, OUT)


def test_a_song_is_listened_to_once_whatever_is_made_of_it(tmp_path, song, monkeypatch):
    shelf = tmp_path / "songs"
    shelf.mkdir()
    with songs_kept_in(shelf):
        first = score(song).heard
        monkeypatch.setattr(song_score, "analyse", None)
        again = score(song).heard
    assert np.array_equal(first.beats, again.beats)
    assert np.array_equal(first.signals["low"], again.signals["low"])
    with pytest.raises(TypeError):
        _ = score(song).heard  # without a folder it must listen


def test_what_is_damaged_is_listened_to_anew(tmp_path, song, caplog):
    shelf = tmp_path / "songs"
    shelf.mkdir()
    with songs_kept_in(shelf):
        first = score(song).heard
        (kept,) = shelf.iterdir()
        kept.write_bytes(kept.read_bytes()[:500])
        again = score(song).heard
        assert "analysed anew" in caplog.text
        assert np.array_equal(first.beats, again.beats)
        caplog.clear()
        assert score(song).heard is not None
        assert not caplog.text


def test_peaks_are_the_lowest_and_the_highest_samples(tmp_path):
    path = clicks(tmp_path / "song.wav", [0.5, 1.0], 2)
    fine, coarse, coarsest = read_peaks(path, 10)
    assert len(fine) == 2 * FINEST
    assert len(coarse) == 2 * FINEST / COARSER
    assert len(coarsest) == 7
    loud = np.flatnonzero(np.abs(fine).max(axis=1) > 20)
    assert loud[0] == pytest.approx(0.5 * FINEST, abs=2)
    assert (fine[:, 0] <= fine[:, 1]).all()
    assert coarse[:, 1].max() == fine[:, 1].max() == coarsest[:, 1].max()
    assert coarse[:, 0].min() == fine[:, 0].min()


def test_shots_are_those_of_the_film_whatever_is_carried(tmp_path):
    frames = [*panned(12, 64, 96), *(255 - frame for frame in panned(12, 64, 96))]
    path = write_film(tmp_path / "two.mp4", frames)
    config = configure("video", persistence=0, cuts=False)
    assert [shot.first for shot in shots_of(film_plan(config, path, OUT))] == [0, 12]
