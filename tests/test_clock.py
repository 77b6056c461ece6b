"""Picture and sound on one clock, whatever kind of file they come from: a white frame and a click stay together."""

import itertools
import re
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from synthetic import clicks, ffmpeg, panned, pixels_of, probe, write_film

from vidream.errors import MediaError
from vidream.jobs.video import render_video
from vidream.media.reader import frame_at, open_sound, open_video
from vidream.media.sound import read_sound, sound_length

X264 = ("-c:v", "libx264", "-g", "10", "-sc_threshold", "0", "-pix_fmt", "yuv420p")
MPEG2 = ("-c:v", "mpeg2video", "-q:v", "2", "-g", "10")
KINDS = {
    ".ts": (*X264, "-c:a", "ac3"),
    ".mts": (*X264, "-c:a", "aac", "-f", "mpegts"),
    ".m2ts": (*X264, "-c:a", "ac3"),
    ".mpg": (*MPEG2, "-c:a", "mp2"),
    ".vob": (*MPEG2, "-c:a", "ac3", "-f", "vob"),
    ".ogv": ("-c:v", "libtheora", "-q:v", "7", "-c:a", "libvorbis"),
    ".flv": ("-c:v", "flv1", "-q:v", "2", "-c:a", "libmp3lame", "-ar", "44100"),
    ".avi": ("-c:v", "mpeg4", "-bf", "2", "-q:v", "2", "-c:a", "pcm_s16le"),
    ".mp4": (*X264, "-c:a", "aac"),
    ".mkv": (*X264, "-c:a", "flac"),
    ".mov": (*X264, "-c:a", "pcm_s16le"),
    ".webm": ("-c:v", "libvpx", "-b:v", "1M", "-c:a", "libopus"),
}
FLASH = 30  # the frame of 50, at 25 a second


def flashing(folder: Path, ending: str, picture: float = 0, sound: float = 0, *options: object) -> Path:
    """A film whose picture, or sound, begins some seconds after the file does; they flash and click together."""
    scene = [frame // 4 for frame in panned(50, 48, 64)]
    scene[FLASH] = np.full_like(scene[0], 255)
    silent = write_film(folder / "silent.mp4", scene)
    tick = clicks(folder / "click.wav", [FLASH / 25 + picture - sound], 3)
    film = folder / f"in{ending}"
    inputs = ("-itsoffset", picture, "-i", silent, "-itsoffset", sound, "-i", tick, "-map", "0:v", "-map", "1:a")
    said = ffmpeg(*inputs, *KINDS[ending], *options, film)
    assert film.exists(), said
    return film


def apart(path: Path) -> float:
    """Seconds from a film's flash to its click, both by one run of ffmpeg, which is one clock."""
    seen, heard = flashes_and_clicks(path)
    return heard[0] - seen[0]


def flashes_and_clicks(path: Path) -> tuple[list[float], list[float]]:
    """When each begins, in seconds."""
    seen, heard = path.with_suffix(".seen"), path.with_suffix(".heard")
    light = f"signalstats,metadata=mode=print:file={seen}"
    sound = ("-map", "0:a", "-af", "aresample=async=1:first_pts=0", "-f", "s16le", "-ar", 48000, "-ac", 1, heard)
    said = ffmpeg("-i", path, "-map", "0:V", "-vf", light, "-fps_mode", "passthrough", "-f", "null", "-", *sound)
    shown = re.findall(r"pts_time:(\S+)\n(?:.*\n)*?lavfi\.signalstats\.YAVG=(\S+)", seen.read_text())
    assert shown, said
    bright = [float(light) > 128 for _, light in shown]
    flashes = [
        float(time) for (time, _), now, before in zip(shown, bright, [False, *bright], strict=False) if now > before
    ]
    loud = np.flatnonzero(np.abs(np.frombuffer(heard.read_bytes(), np.int16).astype(int)) > 6000)
    return flashes, [each / 48000 for each in loud[np.diff(loud, prepend=-48000) > 4800]]


BEGUN = {"together": (0, 0), "the sound later": (0, 0.55), "the picture later": (0.73, 0)}


@pytest.mark.parametrize("ending", KINDS)
@pytest.mark.parametrize("begun", BEGUN)
def test_a_flash_and_its_click_stay_together(tmp_path, ending, begun):
    source = flashing(tmp_path, ending, *BEGUN[begun])
    out = tmp_path / "out.mkv"
    render_video(source, out, strength=0, crf=20)
    assert apart(out) == pytest.approx(apart(source), abs=0.02)


@pytest.mark.parametrize("ending", KINDS)
def test_they_stay_together_when_trimmed(tmp_path, ending):
    source = flashing(tmp_path, ending, 0.31, 0)
    render_video(source, tmp_path / "out.mp4", strength=0, crf=20, start=0.5, end=1.9)
    assert apart(tmp_path / "out.mp4") == pytest.approx(apart(source), abs=0.02)


@pytest.mark.parametrize("start", ["0.3", "0.31", "0.32", "0.33", "0.35"])
def test_picture_and_sound_begin_at_one_frame(tmp_path, start):
    """--start between two frames: both begin with the nearest, to the sample where the sound is encoded anew."""
    source = flashing(tmp_path, ".mov")
    render_video(source, tmp_path / "out.mov", strength=0, crf=20, start=start)
    assert apart(tmp_path / "out.mov") == pytest.approx(0, abs=0.002)


@pytest.mark.parametrize("ending", [".ts", ".mpg", ".m2ts", ".mp4"])
def test_a_clock_that_begins_far_from_0(tmp_path, ending):
    source = flashing(tmp_path, ending, 0.4, 0, "-output_ts_offset", 5000)
    render_video(source, tmp_path / "out.mp4", strength=0, crf=20)
    assert apart(tmp_path / "out.mp4") == pytest.approx(apart(source), abs=0.02)


def test_a_clock_that_wraps(tmp_path):
    """33 bits of 90 kHz, as broadcasts have them, that begin anew a second after the file does."""
    source = flashing(tmp_path, ".ts", 0.4, 0, "-output_ts_offset", 2**33 / 90000 - 1.5)
    video = open_video(source)
    assert (video.fps, len(list(pixels_of(video)))) == (25, 50)
    render_video(source, tmp_path / "out.mp4", strength=0, crf=20)
    assert apart(tmp_path / "out.mp4") == pytest.approx(apart(source), abs=0.02)


@pytest.mark.parametrize("ending", [".ts", ".mts"])
def test_a_capture_that_was_begun_in_the_middle(tmp_path, ending):
    """Its sound begins at once, its picture with the next keyframe."""
    whole = flashing(tmp_path, ending)
    data, step = whole.read_bytes(), 188  # bytes of a packet
    source = tmp_path / f"capture{ending}"
    source.write_bytes(data[len(data) // 10 // step * step + step :])
    render_video(source, tmp_path / "out.mp4", strength=0, crf=20)
    assert apart(tmp_path / "out.mp4") == pytest.approx(apart(whole), abs=0.02)


@pytest.mark.parametrize("ending", [".ts", ".mpg", ".ogv", ".mp4", ".mkv"])
def test_a_song_that_lies_in_a_film_is_heard_on_the_films_clock(tmp_path, ending):
    """The sound begins 0.55 s after the picture: with silence, which its length counts."""
    source = flashing(tmp_path, ending, 0, 0.55)
    samples = read_sound(source, 8000)
    click = np.flatnonzero(np.abs(samples) > 0.2)[0] / 8000
    assert click == pytest.approx(FLASH / 25 + float(open_video(source).begins), abs=0.04)
    assert float(sound_length(source)) == pytest.approx(len(samples) / 8000, abs=0.001)
    assert float(sound_length(source)) > 3


def test_the_track_put_under_a_film_is_taken_from_its_own_files_start(tmp_path):
    track = flashing(tmp_path, ".ts", 0, 0.55)
    silent = write_film(tmp_path / "film.mp4", [np.full((48, 64, 3), 255 * (i == FLASH), np.uint8) for i in range(60)])
    render_video(silent, tmp_path / "out.mp4", strength=0, sound=str(track))
    assert apart(tmp_path / "out.mp4") == pytest.approx(0, abs=0.04)
    assert open_sound(track).pictured
    assert open_video(silent).begins == Fraction(0)


PIECES = {
    "aac.ts": (*X264, "-bf", "3", "-c:a", "aac"),
    "ac3.m2ts": (*X264, "-c:a", "ac3"),
    "mp2.mpg": (*MPEG2, "-bf", "2", "-c:a", "mp2"),
    "ac3.vob": (*MPEG2, "-bf", "2", "-c:a", "ac3", "-f", "vob"),
}


def recorded(folder: Path, kind: str, pieces: int, *options: object) -> Path:
    """RenderedPart of 25 frames, each with a flash and a click at its frame 12, joined by their bytes."""
    scene = [frame // 4 for frame in panned(25, 120, 160)]  # more than a pack of MPEG-PS holds, each
    scene[12] = np.full_like(scene[0], 255)
    silent, tick = write_film(folder / "silent.mp4", scene), clicks(folder / "click.wav", [12 / 25], 1)
    piece, film = folder / f"piece-{kind}", folder / f"joined-{kind}"
    said = ffmpeg("-i", silent, "-i", tick, "-map", "0:v", "-map", "1:a", *PIECES[kind], *options, piece)
    assert piece.exists(), said
    film.write_bytes(piece.read_bytes() * pieces)
    return film


@pytest.mark.parametrize("out", ["out.mp4", "out.mkv", "out.webm"])
@pytest.mark.parametrize("kind", PIECES)
def test_joined_recordings_do_not_drift(tmp_path, caplog, kind, out):
    """Six of them, whose sound is up to 32 ms longer than their picture."""
    source = recorded(tmp_path, kind, 6)
    video = open_video(source)
    whole = list(pixels_of(video))
    assert len(whole) == video.count >= 6 * 25
    assert sum(frame.mean() > 200 for frame in whole) >= 6
    for first in (24, 26, 90):
        assert all(np.array_equal(*pair) for pair in zip(pixels_of(video, first), whole[first:], strict=True))
    render_video(source, tmp_path / out, strength=0, crf=20)
    flashes, heard = flashes_and_clicks(tmp_path / out)
    assert len(flashes) == len(heard) == 6
    assert heard == pytest.approx(flashes, abs=0.03)
    assert not caplog.records


@pytest.mark.parametrize("seconds", [0.5, 1.5])
def test_joined_recordings_whose_sound_is_of_another_length_keep_it_and_are_not_damaged(tmp_path, caplog, seconds):
    source = recorded(tmp_path, "aac.ts", 4, "-af", f"apad,atrim=end={seconds}")
    render_video(source, tmp_path / "out.mp4", strength=0, crf=20, start=2.2)
    assert probe(tmp_path / "out.mp4").audio == "aac"
    assert not caplog.records


@pytest.mark.parametrize("out", ["out.mp4", "out.webm"])
def test_joined_recordings_do_not_drift_when_trimmed(tmp_path, out):
    source = recorded(tmp_path, "aac.ts", 12)
    render_video(source, tmp_path / out, strength=0, crf=20, start=6.2, end=10.2)
    flashes, heard = flashes_and_clicks(tmp_path / out)
    assert len(flashes) == 4
    assert heard == pytest.approx(flashes, abs=0.03)
    assert open_video(tmp_path / out).count == 100


# What is said of it


def lines(caplog) -> list[str]:
    return [record.getMessage().split(": ", 1)[1] for record in caplog.records]


@pytest.mark.parametrize("jump", [5000, -5000])
def test_a_clock_that_jumps_is_no_loss(tmp_path, caplog, jump):
    one = flashing(tmp_path, ".ts", 0, 0, "-output_ts_offset", max(0, -jump)).rename(tmp_path / "one.ts")
    two = flashing(tmp_path, ".ts", 0, 0, "-output_ts_offset", max(0, jump))
    film = tmp_path / "joined.ts"
    film.write_bytes(one.read_bytes() + two.read_bytes())
    assert len(list(pixels_of(open_video(film)))) >= 100
    assert not caplog.records


def packets_of(path: Path) -> list[bytes]:
    data = path.read_bytes()
    return [data[at : at + 188] for at in range(0, len(data), 188)]


def test_a_capture_from_the_middle_on_is_not_damaged(tmp_path, caplog):
    packets, film = packets_of(flashing(tmp_path, ".ts")), tmp_path / "capture.ts"
    for left in range(len(packets) // 8, len(packets) // 2, len(packets) // 16):
        film.write_bytes(b"".join([*packets[left : left + 3], *packets[left + 4 :]]))
        assert 0 < len(list(pixels_of(open_video(film)))) < 51
    assert not caplog.records


def test_a_transport_stream_with_holes_says_how_many_frames_are_missing(tmp_path, caplog):
    packets, film = packets_of(flashing(tmp_path, ".ts")), tmp_path / "holed.ts"
    film.write_bytes(b"".join(packets[: len(packets) * 2 // 5] + packets[len(packets) * 3 // 5 :]))
    whole = list(pixels_of(open_video(film)))
    assert len(whole) == pytest.approx(50, abs=1)
    held = sum(np.array_equal(*pair) for pair in itertools.pairwise(whole))
    found = re.fullmatch(r"damaged: about (\d+) of its frames are missing; what lies before is shown", lines(caplog)[0])
    assert 8 <= int(found[1]) <= held  # of those after it up to the next key frame, the decoder makes something


def test_a_moment_after_the_end_is_no_damage(tmp_path, caplog):
    film = write_film(tmp_path / "in.mp4", panned(25))
    with pytest.raises(MediaError, match=r"has no frame at 99 s; it is 1\.00 s long"):
        frame_at(film, Fraction(99))
    assert not caplog.records


def test_damaged_sound_is_not_said_to_be_of_the_wrong_kind(tmp_path, caplog):
    packets, film = packets_of(flashing(tmp_path, ".mts")), tmp_path / "holed.ts"
    random = np.random.default_rng(1)
    film.write_bytes(b"".join(each for index, each in enumerate(packets) if index < 10 or random.random() > 0.05))
    render_video(film, tmp_path / "out.mp4", strength=0, crf=20)
    assert "does not fit" not in caplog.text
    assert "frames are missing" in caplog.text
