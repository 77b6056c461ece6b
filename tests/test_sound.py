"""Sounds of all kinds are read, in their time; what cannot be heard is refused in one line."""

import numpy as np
import pytest
from songs import clicks, pip
from synthetic import ffmpeg, panned, write_film

from vidream.analysis import SAMPLE_RATE, analyse
from vidream.errors import MediaError
from vidream.media.sound import read_sound


@pytest.mark.parametrize(
    "ending", ["wav", "flac", "ogg", "opus", "mp3", "m4a", "aiff", "8.wav", "96k.wav", "f32.wav", "mp4", "mkv"]
)
def test_sounds_of_all_kinds_are_read_in_time(tmp_path, ending):
    sound, times = clicks(120, pip, 8.0, first=0.5)
    (tmp_path / "raw").write_bytes(sound.tobytes())
    given = ["-f", "f32le", "-ar", str(SAMPLE_RATE), "-ac", "1", "-i", tmp_path / "raw"]
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
    samples = read_sound(path, SAMPLE_RATE)
    assert samples.dtype == np.float32
    assert len(samples) / SAMPLE_RATE == pytest.approx(8.0, abs=0.06)
    assert analyse(samples).beats == pytest.approx(times, abs=0.006)


def test_a_sound_with_a_cover_is_a_sound(tmp_path):
    sound, times = clicks(120, pip, 8.0)
    (tmp_path / "raw").write_bytes(sound.tobytes())
    ffmpeg("-f", "lavfi", "-i", "color=red:s=64x64:d=1", "-frames:v", "1", tmp_path / "cover.png")
    cover = ["-i", tmp_path / "cover.png", "-map", "0:a", "-map", "1:v", "-disposition:v", "attached_pic"]
    ffmpeg("-f", "f32le", "-ar", str(SAMPLE_RATE), "-ac", "1", "-i", tmp_path / "raw", *cover, tmp_path / "song.mp3")
    assert len(analyse(read_sound(tmp_path / "song.mp3", SAMPLE_RATE)).beats) == len(times)


def test_a_sound_that_begins_after_its_picture_is_heard_in_its_time(tmp_path):
    sound, times = clicks(120, pip, 6.0)
    (tmp_path / "raw").write_bytes(sound.tobytes())
    given = ["-f", "f32le", "-ar", str(SAMPLE_RATE), "-ac", "1", "-i", tmp_path / "raw"]
    film = write_film(tmp_path / "film.mp4", panned(10, 48, 64))
    later = ["-map", "0:v", "-map", "1:a", "-af", "asetpts=PTS+1.5/TB", "-c:a", "pcm_s16le"]
    ffmpeg("-i", film, *given, *later, tmp_path / "late.mkv")
    assert analyse(read_sound(tmp_path / "late.mkv", SAMPLE_RATE)).beats == pytest.approx(times + 1.5, abs=0.006)


def test_what_is_no_number_is_silence(tmp_path):
    sound, _ = clicks(120, pip, 4.0)
    sound[5000:5100] = np.nan
    sound[6000] = np.inf
    sound[7000] = 1e30
    (tmp_path / "raw").write_bytes(sound.tobytes())
    given = ("-f", "f32le", "-ar", str(SAMPLE_RATE), "-ac", "1", "-i", tmp_path / "raw")
    ffmpeg(*given, "-c:a", "pcm_f32le", tmp_path / "nan.wav")
    samples = read_sound(tmp_path / "nan.wav", SAMPLE_RATE)
    assert np.isfinite(samples).all()
    assert np.abs(samples).max() <= 8
    assert analyse(samples).duration == pytest.approx(4.0, abs=0.01)


def test_thirty_milliseconds_are_read_whole(tmp_path):
    ffmpeg("-f", "lavfi", "-i", "sine=frequency=440:duration=0.03", tmp_path / "short.wav")
    assert len(read_sound(tmp_path / "short.wav", SAMPLE_RATE)) == pytest.approx(0.03 * SAMPLE_RATE, abs=2)


@pytest.mark.parametrize("kind", ["broken", "empty", "text", "silent film", "none"])
def test_what_cannot_be_heard_is_refused_in_one_line(tmp_path, kind):
    path = tmp_path / "song.mp3"
    if kind == "silent film":
        path = write_film(tmp_path / "film.mp4", panned(3, 48, 64))
    elif kind != "none":
        path.write_bytes({"broken": b"ID3\x04" + bytes(300), "empty": b"", "text": b"#EXTM3U\nother.mp3\n"}[kind])
    with pytest.raises(MediaError) as refused:
        read_sound(path, SAMPLE_RATE)
    assert "\n" not in str(refused.value)
