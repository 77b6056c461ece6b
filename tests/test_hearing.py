import subprocess
import sys
from dataclasses import fields, replace
from fractions import Fraction

import mir_eval
import numpy as np
import pytest
from songs import HOUSE, ROCK, burst, clicks, pip, played, snare, thump
from synthetic import ffmpeg, panned, write_film

from vidream.analysis import ENVELOPES, RATE, SongAnalysis, envelope, hear, load, save
from vidream.analysis.kicks import kicks_of
from vidream.errors import ConfigError, MediaError
from vidream.media.sound import read_sound

RATES = [Fraction(24000, 1001), Fraction(24), Fraction(25), Fraction(30), Fraction(60), Fraction(120)]


def assert_found(heard, times, bpm):
    assert mir_eval.beat.f_measure(times, heard.beats, 0.07) >= 0.95
    late = heard.beats[np.abs(heard.beats[:, None] - times).argmin(axis=0)] - times
    assert abs(np.median(late)) < 0.003
    assert heard.tempo == pytest.approx(bpm, rel=0.003)


@pytest.mark.parametrize("bpm", [70, 96, 120, 128, 174])
@pytest.mark.parametrize(
    ("voice", "snr", "first", "accent"), [(pip, None, 0.0, 1), (pip, 15, 0.3, 4), (burst, 10, 0.2, 1)]
)
def test_beats_are_where_the_clicks_are(bpm, voice, snr, first, accent):
    sound, times = clicks(bpm, voice, 30.0, first, snr, accent)
    assert_found(hear(sound), times, bpm)


@pytest.mark.slow
@pytest.mark.parametrize("bpm", [70, 96, 120, 128, 174])
@pytest.mark.parametrize("voice", [pip, burst, thump])
@pytest.mark.parametrize("snr", [None, 20, 10])
@pytest.mark.parametrize("accent", [1, 4])
def test_beats_are_where_the_clicks_are_of_every_kind(bpm, voice, snr, accent):
    if voice is burst and accent == 4 and snr == 10 and bpm > 120:
        pytest.xfail("of bursts of 8 ms in such noise, only the accents are taken for beats")
    for first in (0.0, 0.3, np.random.default_rng(bpm).uniform(0, 60 / bpm)):
        sound, times = clicks(bpm, voice, 45.0, first, snr, accent)
        assert_found(hear(sound), times, bpm)


def test_the_first_and_the_last_click_are_beats():
    sound, times = clicks(120, seconds=20.0)
    assert np.abs(hear(sound).beats - times).max() < 0.003


@pytest.mark.parametrize(("pattern", "bpm"), [(ROCK, 90), (ROCK, 120), (HOUSE, 124), (HOUSE, 140)])
def test_hats_between_beats_are_no_beats(pattern, bpm):
    beat, bars = 60 / bpm, 14
    events = [(0.2 + (4 * bar + at) * beat, voice, gain) for bar in range(bars) for at, voice, gain in pattern]
    sound = played(events, 0.5 + bars * 4 * beat, 0.003)
    assert_found(hear(sound), 0.2 + np.arange(bars * 4) * beat, bpm)


def test_a_changing_tempo_is_followed():
    times = [0.3]
    while times[-1] < 58:
        times.append(times[-1] + 60 / (110 + 20 * times[-1] / 60))
    heard = hear(played([(time, pip, 0.8) for time in times], 60.0))
    assert mir_eval.beat.f_measure(np.array(times), heard.beats) >= 0.95


def block(rng):
    return np.ones(round(0.005 * RATE))


@pytest.mark.parametrize(
    ("bpm", "voice", "count", "tail"),
    [
        (120, block, 12, 0.5),
        (90, thump, 6, 0.1),
        (120, thump, 16, 0.04),
        (90, block, 8, 1.0),
        (110, block, 20, 0.7),
        (174, block, 20, 0.7),
    ],
)
def test_a_short_song_has_as_many_beats_as_clicks_wherever_it_ends(bpm, voice, count, tail):
    """tail: beats between the last click and the end."""
    times = 0.25 + np.arange(count) * 60 / bpm
    heard = hear(played([(time, voice, 0.7) for time in times], times[-1] + tail * 60 / bpm))
    assert heard.beats == pytest.approx(times, abs=0.006)
    assert heard.tempo == pytest.approx(bpm, abs=0.1)


@pytest.mark.parametrize(("voice", "is_kick"), [(thump, True), (block, False), (burst, False), (pip, False)])
def test_a_click_is_no_bass_drum(voice, is_kick):
    sound, times = clicks(120, voice, 6.0, first=0.3)
    assert (kicks_of(sound, RATE, 0.8).at(times) > 0.01).tolist() == [is_kick] * len(times)


def test_silence_before_and_after_has_no_beats():
    sound, times = clicks(120, thump, 12.0)
    heard = hear(np.concatenate([np.zeros(3 * RATE, np.float32), sound, np.zeros(4 * RATE, np.float32)]))
    assert len(heard.beats) == len(times)
    assert heard.beat_at(0) == pytest.approx(3.0, abs=0.003)


@pytest.mark.parametrize(("metre", "first"), [(4, 0), (4, 2), (3, 0), (3, 1)])
def test_bars_begin_on_the_accents(metre, first):
    times = 0.2 + np.arange(60) * 0.5
    events = [(time, thump, 0.9 if (n - first) % metre == 0 else 0.4) for n, time in enumerate(times)]
    heard = hear(played(events, 31.0, 0.002))
    assert heard.metre == metre
    assert heard.bars == pytest.approx(times[first::metre], abs=0.005)


def test_bars_begin_on_the_bass_however_loud_the_snare_is():
    times = 0.2 + np.arange(48) * 0.5
    voices = [(pip, 0.8), (snare, 0.8), (thump, 0.9), (snare, 0.8)]  # begins on the third beat of a bar
    heard = hear(played([(time, *voices[n % 4]) for n, time in enumerate(times)], 25.0, 0.002))
    assert heard.bars == pytest.approx(times[2::4], abs=0.008)


def tone(pitch, seconds):
    t = np.arange(round(seconds * RATE)) / RATE
    return (0.2 * sum(np.sin(2 * np.pi * pitch * n * t) / n for n in range(1, 5))).astype(np.float32)


def test_sections_begin_where_the_song_changes():
    clicking, _ = clicks(120, seconds=75.0)
    notes = np.concatenate([tone(220, 24), tone(330, 26), tone(277, 25)])
    assert hear(clicking * 0.5 + notes).sections == pytest.approx([0, 24, 50], abs=0.01)


@pytest.mark.parametrize(
    "sound",
    [
        np.zeros(5 * RATE, np.float32),
        np.full(5 * RATE, 1e-5, np.float32),
        np.random.default_rng(0).normal(0, 1e-5, 5 * RATE).astype(np.float32),
        np.zeros(1, np.float32),
    ],
    ids=["silence", "offset", "dither", "one sample"],
)
def test_silence_is_zero_everywhere(sound):
    heard = hear(sound)
    assert not heard.beats_found
    assert heard.tempo == 0
    assert heard.beat_at(4) == 2.0  # 120 BPM
    for name in ENVELOPES:
        if name != "sections":
            assert not envelope(heard, name, Fraction(25), 50).any(), name


@pytest.mark.parametrize("kind", ["noise", "drone", "one click", "30 ms", "by chance"])
def test_what_does_not_beat_has_no_beats(kind):
    rng = np.random.default_rng(1)
    sound = {
        "noise": lambda: rng.normal(0, 0.2, 20 * RATE).astype(np.float32),
        "drone": lambda: tone(110, 20),
        "one click": lambda: played([(1.0, pip, 0.8)], 5.0),
        "30 ms": lambda: tone(440, 0.03),
        "by chance": lambda: played([(t, pip, 0.8) for t in rng.uniform(0, 39, 60)], 40.0),
    }[kind]()
    heard = hear(sound)
    assert not heard.beats_found
    assert not envelope(heard, "bars", Fraction(25), 50).any()


def test_beats_are_counted_between_and_beyond_them():
    sound, _ = clicks(100, seconds=20.0, first=0.3)
    heard = hear(sound)
    for beat in (-2, 0, 0.5, 7.25, 40, 100):
        assert heard.beat_at(beat) == pytest.approx(0.3 + 0.6 * beat, abs=0.05)


@pytest.fixture(scope="module")
def song():
    """Ten s: bass, mid and high sounds in turn, and a thump every half second."""
    t = np.arange(10 * RATE) / RATE
    tones = [np.sin(2 * np.pi * pitch * t) * ((t // 1) % 3 == n) for n, pitch in enumerate((80, 700, 5000))]
    sound, _ = clicks(120, pip, 10.0)
    return hear((0.3 * sound + 0.3 * sum(tones)).astype(np.float32))


@pytest.mark.parametrize("fps", RATES)
@pytest.mark.parametrize("name", ["beats", "bars", "sections", "onset"])
def test_an_envelope_peaks_on_the_frame_nearest_to_what_is_heard(song, fps, name):
    values = envelope(song, name, fps, round(10 * fps))
    times, heights = (song.onsets, song.onset_strengths) if name == "onset" else (getattr(song, name), None)
    assert values.dtype == np.float32
    assert len(times)
    frames = np.floor(times * float(fps) + 0.5).astype(int)
    for frame, height in zip(frames, heights if name == "onset" else np.ones(len(frames)), strict=True):
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


def test_blows_and_notes_are_told_apart():
    bursts, _ = clicks(120, burst, 20.0)
    heard = hear(np.concatenate([tone(440, 10), bursts[: 10 * RATE]]))
    half = len(heard.loudness) // 2
    assert heard.harmonic[:half].mean() > 5 * heard.harmonic[half:].mean()
    assert heard.percussive[half:].max() > 5 * np.median(heard.percussive[20 : half - 20])


def test_loudness_is_in_decibels_and_a_steady_tone_is_loud():
    t = np.arange(10 * RATE) / RATE
    rising = hear((10 ** ((-40 + 4 * t) / 20) * 0.5 * np.sin(2 * np.pi * 500 * t)).astype(np.float32))
    values = envelope(rising, "loudness", Fraction(25), 250, attack=0, release=0)
    steps = np.diff(values[50:200:25])
    assert steps == pytest.approx(np.full(len(steps), steps.mean()), abs=0.005)
    assert 0.1 < steps.mean() < 0.11
    steady = envelope(hear(tone(500, 5)), "loudness", Fraction(25), 120)
    assert steady[5:115].min() > 0.95


def test_a_band_of_hiss_far_under_the_sound_is_nothing():
    t = np.arange(5 * RATE) / RATE
    hiss = np.random.default_rng(0).normal(0, 10 ** (-62 / 20), len(t))
    heard = hear((0.7 * np.sin(2 * np.pi * 100 * t) + hiss).astype(np.float32))
    assert np.median(heard.high) > 10 ** (-70 / 20)
    assert not envelope(heard, "high", Fraction(25), 100)[5:].any()


def test_an_envelope_ends_with_the_sound(song):
    assert not envelope(song, "loudness", Fraction(25), 400, release=0)[252:].any()


def test_unknown_names_and_negative_times_are_refused(song):
    with pytest.raises(ConfigError, match="did you mean beats"):
        envelope(song, "beat", Fraction(25), 10)
    with pytest.raises(ConfigError, match="seconds, 0 or more"):
        envelope(song, "beats", Fraction(25), 10, attack=-1)


def test_what_was_heard_is_kept_and_the_same_twice(tmp_path, song):
    sound, _ = clicks(96, thump, 12.0)
    for name in ("a", "b"):
        save(hear(sound), tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    save(song, tmp_path / "song.npz")
    again = load(tmp_path / "song.npz")
    for each in fields(SongAnalysis):
        assert np.array_equal(getattr(again, each.name), getattr(song, each.name)), each.name
        assert type(getattr(again, each.name)) is type(getattr(song, each.name)), each.name
    save(replace(song, hop=0.5), tmp_path / "other.npz")
    assert (tmp_path / "other.npz").read_bytes() != (tmp_path / "song.npz").read_bytes()


@pytest.mark.parametrize("content", [b"", b"not at all", b"PK\x03\x04 broken", b"\x93NUMPY\x01\x00"])
def test_what_was_not_heard_is_refused_in_one_line(tmp_path, content):
    path = tmp_path / "x.npz"
    path.write_bytes(content)
    with pytest.raises(MediaError, match="not a sound that was heard") as refused:
        load(path)
    assert "\n" not in str(refused.value)


def test_samples_that_are_none_are_refused():
    for sound in (np.zeros(0, np.float32), np.zeros((9, 2), np.float32), np.full(9, np.nan, np.float32), np.zeros(9)):
        with pytest.raises(ValueError, match="samples"):
            hear(sound)
    with pytest.raises(ValueError, match="rate"):
        hear(np.zeros(9, np.float32), 8000)


@pytest.mark.parametrize(
    "ending", ["wav", "flac", "ogg", "opus", "mp3", "m4a", "aiff", "8.wav", "96k.wav", "f32.wav", "mp4", "mkv"]
)
def test_sounds_of_all_kinds_are_read_in_time(tmp_path, ending):
    sound, times = clicks(120, pip, 8.0, first=0.5)
    (tmp_path / "raw").write_bytes(sound.tobytes())
    given = ["-f", "f32le", "-ar", str(RATE), "-ac", "1", "-i", tmp_path / "raw"]
    how = {
        "8.wav": ["-c:a", "pcm_u8"],
        "96k.wav": ["-ar", "96000", "-ac", "2"],
        "f32.wav": ["-c:a", "pcm_f32le"],
        "ogg": ["-c:a", "libvorbis"],
    }
    if ending in ("mp4", "mkv"):
        given += ["-i", write_film(tmp_path / "film.mp4", panned(10, 48, 64)), "-map", "0:a", "-map", "1:v"]
    path = tmp_path / f"song.{ending}"
    said = ffmpeg(*given, *how.get(ending, []), path)
    assert path.exists(), said
    samples = read_sound(path, RATE)
    assert samples.dtype == np.float32
    assert len(samples) / RATE == pytest.approx(8.0, abs=0.06)
    assert hear(samples).beats == pytest.approx(times, abs=0.006)


def test_a_sound_with_a_cover_is_a_sound(tmp_path):
    sound, times = clicks(120, pip, 8.0)
    (tmp_path / "raw").write_bytes(sound.tobytes())
    ffmpeg("-f", "lavfi", "-i", "color=red:s=64x64:d=1", "-frames:v", "1", tmp_path / "cover.png")
    cover = ["-i", tmp_path / "cover.png", "-map", "0:a", "-map", "1:v", "-disposition:v", "attached_pic"]
    ffmpeg("-f", "f32le", "-ar", str(RATE), "-ac", "1", "-i", tmp_path / "raw", *cover, tmp_path / "song.mp3")
    assert len(hear(read_sound(tmp_path / "song.mp3", RATE)).beats) == len(times)


def test_a_sound_that_begins_after_its_picture_is_heard_in_its_time(tmp_path):
    sound, times = clicks(120, pip, 6.0)
    (tmp_path / "raw").write_bytes(sound.tobytes())
    given = ["-f", "f32le", "-ar", str(RATE), "-ac", "1", "-i", tmp_path / "raw"]
    film = write_film(tmp_path / "film.mp4", panned(10, 48, 64))
    later = ["-map", "0:v", "-map", "1:a", "-af", "asetpts=PTS+1.5/TB", "-c:a", "pcm_s16le"]
    ffmpeg("-i", film, *given, *later, tmp_path / "late.mkv")
    assert hear(read_sound(tmp_path / "late.mkv", RATE)).beats == pytest.approx(times + 1.5, abs=0.006)


def test_what_is_no_number_is_silence(tmp_path):
    sound, _ = clicks(120, pip, 4.0)
    sound[5000:5100] = np.nan
    sound[6000] = np.inf
    sound[7000] = 1e30
    (tmp_path / "raw").write_bytes(sound.tobytes())
    given = ("-f", "f32le", "-ar", str(RATE), "-ac", "1", "-i", tmp_path / "raw")
    ffmpeg(*given, "-c:a", "pcm_f32le", tmp_path / "nan.wav")
    samples = read_sound(tmp_path / "nan.wav", RATE)
    assert np.isfinite(samples).all()
    assert np.abs(samples).max() <= 8
    assert hear(samples).duration == pytest.approx(4.0, abs=0.01)


def test_thirty_milliseconds_are_read_whole(tmp_path):
    ffmpeg("-f", "lavfi", "-i", "sine=frequency=440:duration=0.03", tmp_path / "short.wav")
    assert len(read_sound(tmp_path / "short.wav", RATE)) == pytest.approx(0.03 * RATE, abs=2)


@pytest.mark.parametrize("kind", ["broken", "empty", "text", "silent film", "none"])
def test_what_cannot_be_heard_is_refused_in_one_line(tmp_path, kind):
    path = tmp_path / "song.mp3"
    if kind == "silent film":
        path = write_film(tmp_path / "film.mp4", panned(3, 48, 64))
    elif kind != "none":
        path.write_bytes({"broken": b"ID3\x04" + bytes(300), "empty": b"", "text": b"#EXTM3U\nother.mp3\n"}[kind])
    with pytest.raises(MediaError) as refused:
        read_sound(path, RATE)
    assert "\n" not in str(refused.value)


def test_nothing_heavy_is_imported_before_something_is_to_be_heard():
    code = "import sys, vidream.analysis, vidream.media.sound; print({'librosa', 'scipy', 'numba'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "set()\n"
