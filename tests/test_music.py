"""A song and a seed -> a film that moves with it."""

from fractions import Fraction
from itertools import pairwise
from typing import Any, Literal

import numpy as np
import pytest
from synthetic import clicks, ffmpeg, heard, panned, read_film, rendered, textured, write_film

from vidream.analysis import analyse
from vidream.config import configure
from vidream.curves import Curve
from vidream.errors import ConfigError, MediaError
from vidream.jobs import song_score
from vidream.jobs.dry_run import DryRun
from vidream.jobs.music import base_command, music_job, plan_music, render_music
from vidream.jobs.pulse import with_pulse
from vidream.jobs.song_score import SongScore
from vidream.jobs.zoom import plan_zoom
from vidream.media.sound import read_sound
from vidream.media.still import Picture, write_picture
from vidream.plan.film import FilmPlan
from vidream.plan.zoom import ZoomPlan
from vidream.render.state import no_dream
from vidream.render.workfolder import folder_of

SECONDS, BEAT = 6.0, 0.5
TIMES = [0.25 + BEAT * number for number in range(12)]


@pytest.fixture(scope="module")
def song(tmp_path_factory):
    """Clicks, 120 a minute."""
    return clicks(tmp_path_factory.mktemp("song") / "song.wav", TIMES, SECONDS)


@pytest.fixture
def seed(tmp_path):
    write_picture(tmp_path / "seed.png", Picture(textured(64, 96)))
    return tmp_path / "seed.png"


@pytest.fixture
def film(tmp_path):
    """20 frames at 20 a second, each of another brightness."""
    return write_film(tmp_path / "film.mp4", [np.full((64, 96, 3), 10 + 12 * n, np.uint8) for n in range(20)], fps=20)


def moved(frames) -> np.ndarray:
    pixels = [frame.astype(np.float32) for frame in frames]
    return np.array([0.0] + [np.abs(now - before).mean() for before, now in pairwise(pixels)])


def on_beats(movement: np.ndarray, fps: float, times) -> tuple[float, float]:
    """(share of the beats within a frame of which movement peaks, movement there over that between beats)."""
    beats = [round(time * fps) for time in times if 3 < time * fps < len(movement) - 4]
    near = [range(beat - 1, beat + 2) for beat in beats]
    peaks = [
        max(movement[beat - 3 : beat + 4]) == max(movement[frame] for frame in frames)
        for beat, frames in zip(beats, near, strict=True)
    ]
    off = np.ones(len(movement), bool)
    off[[0, *(frame for frames in near for frame in frames)]] = False
    return float(np.mean(peaks)), float(np.mean([max(movement[frames]) for frames in near]) / movement[off].mean())


@pytest.mark.parametrize("fps", [25, 60])
def test_the_camera_surges_on_the_beat(song, seed, tmp_path, fps):
    plan = plan_music(song, seed, tmp_path / "out.mp4", size="96x64", fps=fps)
    frames = [pixels for _, pixels, _ in rendered(plan.steps(), no_dream)]
    share, ratio = on_beats(moved(frames), fps, TIMES)
    assert share >= 0.9
    assert ratio >= 1.5


def test_without_a_pulse_it_does_not(song, seed, tmp_path):
    plan = plan_music(song, seed, tmp_path / "out.mp4", size="96x64", fps=25, pulse=0)
    assert plan.config.moving == {}
    frames = [pixels for _, pixels, _ in rendered(plan.steps(), no_dream)]
    assert on_beats(moved(frames), 25, TIMES)[1] < 1.2


def test_a_films_dream_is_stronger_and_its_forms_swell_on_the_beat(song, film, tmp_path):
    plan = plan_music(song, film, tmp_path / "out.mp4")
    strengths = np.array([plan.config.at(frame, plan.clock).dream.strength for frame in range(plan.count)])
    swells = np.array([plan.config.at(frame, plan.clock).motion.swell for frame in range(plan.count)])
    for values, peak in ((strengths, 1.15), (swells, 1.0)):
        for time in TIMES[1:-1]:
            frame = round(time * 20)
            assert values[frame] == values[frame - 3 : frame + 4].max() == pytest.approx(peak, rel=1e-3)
    assert strengths.min() < 0.9
    assert swells.min() < 0.2


def span(value: object) -> tuple[float, float]:
    """The least and the most of a knob that moves."""
    assert isinstance(value, Curve)
    return value.span


def test_a_pulse_leaves_what_the_look_says_between():
    still = configure("music", base="zoom", zoom=0.8, step_size=2, pulse=0)
    half, whole = (
        with_pulse(configure("music", base="zoom", zoom=0.8, step_size=2, pulse=p), "zoom") for p in (0.5, 1)
    )
    assert with_pulse(still, "zoom") is still
    assert span(whole.camera.zoom) == pytest.approx((0.8**3.2, 0.8**0.3))  # outward it surges outward
    assert span(half.camera.zoom)[0] == pytest.approx(0.8**2.1)
    assert span(whole.dream.step_size) == pytest.approx((1.2, 3.6))


def test_a_pulse_is_added_to_the_swell_of_a_look(song, film, tmp_path):
    plan = plan_music(song, film, tmp_path / "out.mp4", swell=0.5, fps=20, beat_height="even", pulse_to="swell")
    swells = [plan.config.at(frame, plan.clock).motion.swell for frame in range(5, 16)]  # from one beat to the next
    assert [swells[0], swells[-1]] == pytest.approx([1.5, 1.5], abs=0.01)
    assert min(swells) == pytest.approx(0.5, abs=0.2)


def test_a_pulse_moves_the_knobs_that_are_named(song, seed, film, tmp_path):
    out = tmp_path / "out.mp4"
    assert set(plan_music(song, seed, out).config.moving) == {"zoom", "step_size"}
    assert set(plan_music(song, seed, out, pulse_to="vivid", turn=3).config.moving) == {"vivid"}
    assert set(plan_music(song, seed, out, pulse_to=["turn", "step_size"], turn=3).config.moving) == {
        "turn",
        "step_size",
    }
    assert set(plan_music(song, film, out, pulse_to="zoom,strength").config.moving) == {"strength"}
    with pytest.raises(
        ConfigError, match=r"--pulse-to: zoom does nothing here; what moves is step-size, strength, swell"
    ):
        plan_music(song, film, out, pulse_to="zoom")
    with pytest.raises(ConfigError, match="--pulse-to: turn is 0, and so many times 0 is 0; give --turn"):
        plan_music(song, seed, out, pulse_to="turn")
    with pytest.raises(ConfigError, match="--pulse-to must be one or several of zoom, turn"):
        plan_music(song, seed, out, pulse_to="jitter")


def test_what_is_given_overrides_what_is_heard_and_is_another_film(song, seed, tmp_path):
    beats = tmp_path / "beats.csv"
    beats.write_text("0.5\n1.5\n")
    out, fingerprints = tmp_path / "out.mp4", set()
    for knobs in ({}, {"half": True}, {"tempo": 90, "first_beat": 0.43}, {"beats": beats}, {"bar": 3}):
        job = music_job(song, seed, out, **knobs)
        score = job.plan.clock.score
        assert isinstance(score, SongScore)
        assert score.heard.beats == pytest.approx(TIMES, abs=0.01)
        assert DryRun(job.plan).heard is (score.heard if knobs else None)
        fingerprints.add(str(job.frames_fingerprint()))
        if "tempo" in knobs:
            assert score.marks("bars") == pytest.approx(np.arange(0.43, 6, 4 * 60 / 90))
        if "beats" in knobs:
            assert beats in job.read
    beats.write_text("0.5\n1.6\n")
    fingerprints.add(str(music_job(song, seed, out, beats=beats).frames_fingerprint()))
    assert len(fingerprints) == 6


def test_bars_of_a_zooms_sound_are_those_that_are_given(song, seed, tmp_path):
    def frames(**knobs: Any) -> int:
        return plan_zoom(seed, tmp_path / "out.mp4", size="96x64", fps=20, sound=song, **knobs).count

    assert frames(length="2bars") == 80  # 120 a minute
    assert frames(length="2bars", tempo=100, bar=3) == 72


def test_beats_are_even_where_it_is_asked_for(seed, tmp_path):
    """Of four soft clicks after eight loud ones, at 120 a minute."""
    t = np.arange(round(6.4 * 22050)) / 22050
    loud = np.where(t > 4.1, 0.04, 0.8) * np.sin(2 * np.pi * 700 * t) * (t % 0.5 < 0.05)
    (tmp_path / "raw").write_bytes(loud.astype("<f4").tobytes())
    ffmpeg("-f", "f32le", "-ar", 22050, "-ac", 1, "-i", tmp_path / "raw", tmp_path / "soft.wav")
    heights: list[tuple[Literal["even", "loud"], float]] = [("even", 1.0), ("loud", 0.3)]
    for height, expected in heights:
        plan = plan_music(tmp_path / "soft.wav", seed, tmp_path / "out.mp4", fps=20, tempo=120, beat_height=height)
        levels = [plan.clock.score.level("beats", None, None, frame) for frame in (20, 110)]
        assert levels[0] == 1
        assert levels[1] <= expected
        assert (levels[1] == 1) == (height == "even")


@pytest.mark.parametrize("fps", [Fraction(25), Fraction(30000, 1001), Fraction(60)])
def test_the_film_is_as_long_as_its_song(song, seed, tmp_path, fps):
    plan = plan_music(song, seed, tmp_path / "out.mp4", fps=fps)
    assert abs(plan.count / fps - Fraction(SECONDS)) <= 1 / fps


def test_picture_and_sound_are_in_time(song, seed, tmp_path, tiny):
    made = render_music(song, seed, tmp_path / "out.mkv", size="96x64", fps=20, **tiny)
    assert made.frames == 120
    assert heard(made.out) == pytest.approx(TIMES, abs=0.003)
    share, _ = on_beats(moved(read_film(made.out)[0]), 20, TIMES)
    assert share >= 0.9
    assert not folder_of(made.out).exists()


@pytest.mark.parametrize("kind", [".flac", ".mp3", ".ogg", ".opus", ".m4a", ".aiff", ".mp4"])
def test_every_kind_of_song(song, seed, tmp_path, kind):
    given = tmp_path / f"given{kind}"
    if kind == ".mp4":
        silent = write_film(tmp_path / "silent.mp4", panned(50))
        ffmpeg("-i", silent, "-i", song, "-map", "0:v", "-map", "1:a", "-c:v", "copy", "-c:a", "aac", given)
    else:
        ffmpeg("-i", song, given)
    plan = plan_music(given, seed, tmp_path / "out.mp4", fps=50)
    assert plan.count == pytest.approx(300, abs=3)
    assert plan.clock.score.marks("beats") == pytest.approx(TIMES, abs=0.03)


def test_a_film_begins_again_until_the_song_is_over(song, film, tmp_path):
    made = render_music(song, film, tmp_path / "out.mkv", strength=0, pulse=0, crf=0)
    frames, _ = read_film(made.out)
    assert len(frames) == made.frames == 120
    levels = [frame.mean() for frame in frames]
    assert levels[:20] == pytest.approx([10 + 12 * n for n in range(20)], abs=3)
    assert levels == pytest.approx(levels[:20] * 6, abs=1)


def test_a_longer_film_is_cut(song, tmp_path):
    film = write_film(tmp_path / "long.mp4", panned(200), fps=25)
    plan = plan_music(song, film, tmp_path / "out.mp4")
    assert plan.count == 150
    assert sum(step.hold for step in plan.steps()) == 150


def test_a_film_that_began_again_goes_on_where_it_was(song, film, tmp_path):
    plan = plan_music(song, film, tmp_path / "out.mp4", strength=0)
    assert isinstance(plan, FilmPlan)
    whole, rest = list(plan.steps()), list(plan.steps(after=50))
    assert [step.index for step in rest] == [step.index for step in whole if step.index > 50]
    for one, other in zip(rest, whole[-len(rest) :], strict=True):
        np.testing.assert_array_equal(one.source.samples, other.source.samples)


def test_a_part_of_the_song(song, seed, tmp_path):
    """Its start is no multiple of a beat: every shift shows."""
    made = render_music(song, seed, tmp_path / "out.mkv", size="96x64", fps=20, start="1.3", end="4", strength=0)
    assert made.frames == 54
    expected = [time - 1.3 for time in TIMES if 1.3 <= time < 4]
    assert heard(made.out) == pytest.approx(expected, abs=0.003)
    plan = plan_music(song, seed, tmp_path / "out.mkv", fps=20, start="1.3", end="4")
    assert plan.clock.score.marks("beats")[: len(expected)] == pytest.approx(expected, abs=0.01)
    zooms = [plan.config.at(frame, plan.clock).camera.zoom for frame in range(54)]
    assert {round(time * 20) for time in expected} == set(np.argsort(zooms)[-len(expected) :].tolist())
    score = plan.clock.score
    for beat in (-3, 0, 4.5, 30):
        assert score.beat(score.second(beat)) == pytest.approx(beat)
    assert score.second(3) == pytest.approx(TIMES[3] - 1.3, abs=0.01)


def test_what_is_opposed_in_two_channels_is_heard(song, tmp_path):
    opposed, right = tmp_path / "opposed.wav", tmp_path / "right.wav"
    ffmpeg("-i", song, "-af", "pan=stereo|c0=c0|c1=-1*c0", opposed)
    ffmpeg("-i", song, "-af", "pan=stereo|c0=0*c0|c1=c0", right)
    plain = read_sound(song, 8000)
    for path in (opposed, right):
        found = read_sound(path, 8000)
        assert len(found) == pytest.approx(len(plain), abs=80)
        assert np.abs(found).max() > 0.4 * np.abs(plain).max()


def test_samples_that_are_no_numbers_are_silence_in_the_film(seed, tmp_path):
    samples = np.zeros(88200, "<f4")
    for time in (0.25, 0.75, 1.25, 1.75):
        samples[round(time * 44100) :][:300] = 0.6
    samples[[4410, 4411, 20000]] = np.nan, np.inf, 1e30
    (tmp_path / "raw").write_bytes(samples.tobytes())
    ffmpeg("-f", "f32le", "-ar", 44100, "-ac", 1, "-i", tmp_path / "raw", "-c:a", "pcm_f32le", tmp_path / "nan.wav")
    for ending in (".mp4", ".mkv"):
        made = render_music(tmp_path / "nan.wav", seed, tmp_path / f"out{ending}", size="96x64", fps=20, strength=0)
        clicks_heard = [time for time in heard(made.out) if abs(time - 20000 / 44100) > 0.05]
        assert clicks_heard == pytest.approx([0.25, 0.75, 1.25, 1.75], abs=0.03)
    assert np.isfinite(read_sound(tmp_path / "nan.wav", 8000)).all()


def test_another_song_or_seed_is_another_film(song, seed, film, tmp_path):
    def fingerprint(song, seed):
        return music_job(song, seed, tmp_path / "out.mp4").fingerprint()["source"]

    other = clicks(tmp_path / "other.wav", TIMES[:5], SECONDS)
    write_picture(tmp_path / "another.png", Picture(textured(64, 96, seed=3)))
    pairs = ((song, seed), (other, seed), (song, tmp_path / "another.png"), (song, film))
    found = [fingerprint(*pair) for pair in pairs]
    assert len({*found}) == 4
    assert fingerprint(song, seed) == found[0]


def test_a_music_look_stands_over_what_it_is_like(tmp_path):
    look = tmp_path / "look.toml"
    look.write_text("octaves = 5\n[zoom]\nzoom = 1.5\nturn = 2\n[music]\nturn = 7\npulse = 0\n[video]\noctaves = 9\n")
    config = configure("music", base="zoom", preset=str(look))
    assert (config.dream.octaves, config.camera.zoom, config.camera.turn) == (5, 1.5, 7)


def test_a_camera_that_only_turns_surges_too():
    config = with_pulse(configure("music", base="zoom", zoom=1, turn=10, drift="0.1,0"), "zoom")
    assert span(config.camera.turn) == pytest.approx((3, 32))
    assert span(config.camera.drift[0]) == pytest.approx((0.03, 0.32))
    with pytest.raises(ConfigError, match="--pulse cannot move over time"):
        configure("music", base="zoom", pulse={"follow": "low"})  # type: ignore[call-overload]


def test_too_fast_a_surge_is_refused(song, seed, tmp_path):
    with pytest.raises(ConfigError, match="--zoom goes too far in one frame"):
        plan_music(song, seed, tmp_path / "out.mp4", zoom=100, pulse=2, fps=4)


def test_a_draft_of_pictures_shows_each_as_long(song, tmp_path):
    (tmp_path / "pictures").mkdir()
    for number, pixels in enumerate(panned(12, 64, 96)):
        write_picture(tmp_path / "pictures" / f"{number:03d}.png", Picture(pixels))
    plans = [plan_music(song, tmp_path / "pictures", tmp_path / "out.mp4", draft=draft) for draft in (False, True)]
    assert [plan.source.fps for plan in plans if isinstance(plan, FilmPlan)] == [25, 25]


def test_a_kept_analysis_that_cannot_be_read_is_made_anew(song, tmp_path):
    folder = tmp_path / "out.mp4.vidream"
    folder.mkdir()
    (folder / "session.json").write_text('{"source": ""}')
    beats = SongScore(song, Fraction(25), 0, tmp_path / "out.mp4").analysis.beats
    (kept,) = folder.glob("heard-*.npz")
    kept.write_bytes(kept.read_bytes()[:100])
    assert np.array_equal(SongScore(song, Fraction(25), 0, tmp_path / "out.mp4").analysis.beats, beats)


def test_a_song_is_analysed_once_and_kept_in_the_session(song, seed, tmp_path, monkeypatch):
    song_score._analysis.cache_clear()
    analysed = []
    monkeypatch.setattr(song_score, "analyse", lambda samples, rate: analysed.append(1) or analyse(samples, rate))
    folder = tmp_path / "out.mp4.vidream"
    folder.mkdir()
    (folder / "session.json").write_text('{"source": ""}')
    first = SongScore(song, Fraction(25), 0, tmp_path / "out.mp4").analysis
    song_score._analysis.cache_clear()
    again = SongScore(song, Fraction(60), 0, tmp_path / "out.mp4").analysis
    assert analysed == [1]
    assert np.array_equal(first.beats, again.beats)


def test_a_seed_is_zoomed_into_or_played():
    assert [base_command(each) for each in ("noise", "a.png", "clip.mp4@12.5", "a.JPG")] == ["zoom"] * 4
    assert [base_command(each) for each in ("clip.mp4", "loop.gif", "frames/%05d.png")] == ["video"] * 3


def test_knobs_of_the_other_kind_are_refused(song, seed, film, tmp_path):
    with pytest.raises(ConfigError, match="--persistence: does nothing where SEED is a picture"):
        plan_music(song, seed, tmp_path / "out.mp4", persistence=0.9)
    with pytest.raises(ConfigError, match="--turn: does nothing where SEED is a film"):
        plan_music(song, film, tmp_path / "out.mp4", turn=3)
    with pytest.raises(ConfigError, match="--frames: music has no such knob"):
        plan_music(song, seed, tmp_path / "out.mp4", frames=3)  # type: ignore[call-arg]


def test_silence_and_the_shortest_sounds_are_films_that_do_not_move_with_them(seed, tmp_path):
    for name, seconds, frames in (("silence", 2.0, 40), ("short", 0.03, 1)):
        path = clicks(tmp_path / f"{name}.wav", [], seconds)
        plan = plan_music(path, seed, tmp_path / "out.mp4", fps=20)
        assert plan.count == frames
        assert isinstance(plan, ZoomPlan)
        assert {plan.config.at(frame, plan.clock).dream.step_size for frame in range(frames)} == {
            configure("music", base="zoom").dream.step_size * 0.6
        }


def test_what_is_no_song_is_said(seed, film, tmp_path):
    for path, said in ((tmp_path / "none.mp3", "no such file"), (film, "no sound"), (seed, "no sound")):
        with pytest.raises(MediaError, match=said):
            plan_music(path, seed, tmp_path / "out.mp4")


def test_beyond_its_end(song, seed, tmp_path):
    parts: list[tuple[dict[str, Any], str]] = [
        ({"start": "7"}, r"--start 0:07: \S+ ends before that, at 0:06; give an earlier one$"),
        ({"start": "7", "end": "8"}, r"--start 0:07: \S+ ends before that"),
        ({"start": "4", "end": "2"}, r"--end 0:02: is before --start 0:04"),
        ({"start": "4", "end": "4"}, r"--end 0:04: not one frame lies between 0:04 and it"),
        ({"end": "0"}, r"--end 0:00: not one frame lies between 0:00 and it"),
        ({"start": "5.99"}, r"--start 0:06: not one frame lies between it and the end of"),
    ]
    for part, said in parts:
        with pytest.raises(ConfigError, match=said):
            plan_music(song, seed, tmp_path / "out.mp4", **part)


def test_the_command_line(vidream_command, song, seed, tmp_path):
    shown = vidream_command("music", song, "--dry-run", "--plot", "plan.png", "--fps", 20, "--size", "96x64")
    assert shown.returncode == 0, shown.stderr
    assert "120 frames, 96x64, 20 a second, 6.00 s; 120.0 beats a minute (98% sure), 4 a bar" in shown.stdout
    assert (tmp_path / "plan.png").stat().st_size > 10_000
    missing = vidream_command("music", song)
    assert missing.returncode == 2
    assert "SEED is missing" in missing.stderr


def test_a_draft_has_the_same_camera(song, seed, tmp_path):
    plan, draft = (plan_music(song, seed, tmp_path / "out.mp4", draft=draft) for draft in (False, True))
    assert (draft.size.width, draft.fps) == (320, 15)
    assert (plan.size.width, plan.fps) == (960, 30)
    assert draft.count / draft.fps == plan.count / plan.fps
    mine = plan_music(song, seed, tmp_path / "out.mp4", draft=True, size="480", fps=24)
    assert (mine.size.width, mine.fps) == (480, 24)
