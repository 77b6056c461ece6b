"""Films and pictures are read and written as they are."""

import os
import re
from fractions import Fraction

import numpy as np
import pytest
from synthetic import (
    SAMPLES,
    add_sound,
    clicks,
    each_frame,
    ffmpeg,
    heard,
    panned,
    pixels_of,
    probe,
    read_film,
    textured,
    write_film,
)

from vidream.errors import MediaError
from vidream.frames import Size
from vidream.jobs.video import render_video
from vidream.media.containers import ENDINGS
from vidream.media.paths import check_out
from vidream.media.picture_formats import PICTURES
from vidream.media.reader import open_sound, open_video
from vidream.media.sequence import sequence
from vidream.media.video import Sound


def luma(frame):
    return frame.astype(float) @ (0.2126, 0.7152, 0.0722)


@pytest.mark.parametrize("ending", [".mp4", ".mov", ".mkv", ".webm"])
@pytest.mark.parametrize("fps", [Fraction(24000, 1001), 25, Fraction(30000, 1001), 50, 60, Fraction(25, 2)])
def test_in_then_out_keeps_count_rate_and_size(tmp_path, ending, fps):
    source = write_film(tmp_path / "in.mp4", panned(7, 48, 64), fps)
    video = open_video(source)
    assert (video.fps, video.count, video.size, video.sound) == (fps, 7, Size(64, 48), None)
    assert len(list(pixels_of(video))) == 7
    out = tmp_path / f"out{ending}"
    render_video(source, out, strength=0)
    again = open_video(out)
    assert again.fps == fps
    assert again.size == video.size
    assert len(list(pixels_of(again))) == 7


def test_frames_begin_where_they_are_told_to(tmp_path):
    scene = panned(6, 48, 64, by=(8, 0))
    video = open_video(write_film(tmp_path / "in.mp4", scene))
    late = list(pixels_of(video, 4))
    assert len(late) == 2
    assert np.abs(late[0].astype(int) - scene[4]).mean() < 3 < np.abs(late[0].astype(int) - scene[3]).mean()
    assert list(pixels_of(video, 6)) == []


@pytest.mark.parametrize("sample", ["city.mp4", "bunny.mp4"])
def test_identity_is_nearly_lossless_and_keeps_colours(tmp_path, sample):
    out = tmp_path / "out.mp4"
    render_video(SAMPLES / sample, out, strength=0, crf=10, end=1)
    source, copy = read_film(SAMPLES / sample)[0][:25], read_film(out)[0]
    assert len(copy) == 25
    errors = []
    for a, b in zip(source, copy, strict=True):
        mse = np.square(luma(a) - luma(b)).mean()
        assert 10 * np.log10(255**2 / mse) >= 41
        errors.append(np.abs(a.astype(int) - b).mean())
        assert np.abs((a.astype(int) - b).mean((0, 1))).max() < 0.5  # neither darker nor of another hue
    assert np.mean(errors) < 1.5


def test_the_film_is_tagged_bt709(tmp_path):
    line = probe(write_film(tmp_path / "in.mp4", panned(2), pix_fmt="yuv420p")).video_line
    assert re.search(r"yuv420p\(tv, bt709, progressive", line), line


def test_colours_are_converted_as_tagged(tmp_path):
    """Saturated bars through the writer and, by ffmpeg's own reading of the tags, back."""
    bars = np.zeros((64, 128, 3), np.uint8)
    for index, colour in enumerate([(255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 0)]):
        bars[:, index * 32 : index * 32 + 32] = colour
    write_film(tmp_path / "bars.mp4", [bars] * 2, pix_fmt="yuv444p", crf=1)
    ffmpeg("-i", tmp_path / "bars.mp4", "-vf", "scale=in_color_matrix=bt709:in_range=tv", tmp_path / "bars_%d.png")
    from PIL import Image

    back = np.array(Image.open(tmp_path / "bars_1.png").convert("RGB")).astype(int)
    inner = np.abs(back - bars).reshape(64, 4, 32, 3)[:, :, 4:28]
    assert inner.mean() < 2


@pytest.mark.parametrize(
    ("ending", "codec", "kept"),
    [
        (".mp4", ("-c:a", "aac"), "aac"),
        (".mp4", ("-c:a", "libmp3lame"), "mp3"),
        (".mp4", ("-c:a", "ac3"), "ac3"),
        (".mp4", ("-c:a", "libopus"), "aac"),
        (".mp4", ("-c:a", "flac"), "aac"),
        (".mov", ("-c:a", "pcm_s16le"), "aac"),
        (".mkv", ("-c:a", "flac"), "flac"),
        (".mkv", ("-c:a", "libvorbis"), "vorbis"),
        (".webm", ("-c:a", "libopus"), "opus"),
        (".webm", ("-c:a", "libvorbis"), "vorbis"),
        (".webm", ("-c:a", "aac"), "opus"),
    ],
)
def test_sound_is_copied_where_players_expect_it_else_encoded(tmp_path, ending, codec, kept):
    silent = write_film(tmp_path / "silent.mp4", panned(10), 10)
    source = add_sound(silent, tmp_path / "in.mkv", *codec, seconds=1)
    out = tmp_path / f"out{ending}"
    render_video(source, out, strength=0)
    assert probe(out).audio == kept
    assert probe(out).duration == pytest.approx(1, abs=0.06)


@pytest.mark.parametrize(("codec", "ending"), [("aac", ".mp4"), ("libopus", ".mp4"), ("libopus", ".webm")])
@pytest.mark.parametrize("start", [0, 0.6])
def test_picture_and_sound_are_trimmed_alike(tmp_path, codec, ending, start):
    """A white frame and a click at 1.0 s stay together, within a frame, whatever is cut off before."""
    black, white = np.zeros((48, 64, 3), np.uint8), np.full((48, 64, 3), 255, np.uint8)
    silent = write_film(tmp_path / "silent.mp4", [white if i == 25 else black for i in range(50)])
    sound = clicks(tmp_path / "clicks.wav", [1.0], 2)
    source = tmp_path / "in.mkv"
    ffmpeg("-i", silent, "-i", sound, "-map", "0:v", "-map", "1:a", "-c:v", "copy", "-c:a", codec, source)
    out = tmp_path / f"out{ending}"
    render_video(source, out, strength=0, start=start, end=1.6)
    flash = [index / 25 for index, frame in enumerate(read_film(out)[0]) if frame.mean() > 128]
    assert flash == [pytest.approx(1 - start, abs=1e-6)]
    assert heard(out) == [pytest.approx(1 - start, abs=0.04)]
    assert probe(out).duration == pytest.approx(1.6 - start, abs=0.06)


def test_an_odd_size_is_kept_or_evened_out_and_said(tmp_path, caplog):
    odd = panned(3, 47, 63)
    webm = write_film(tmp_path / "odd.webm", odd, pix_fmt="yuv420p")
    full = write_film(tmp_path / "odd.mp4", odd, pix_fmt="yuv444p")
    assert open_video(webm).size == open_video(full).size == Size(63, 47)
    assert not caplog.records
    even = read_film(write_film(tmp_path / "even.mp4", odd, pix_fmt="yuv420p"))[0][0]
    assert even.shape == (48, 64, 3)
    assert np.abs(even[:, -1].astype(int) - even[:, -2]).mean() < 8
    assert "63x47 becomes 64x48" in caplog.text


def test_a_gif_has_all_frames_and_says_what_it_cannot_keep(tmp_path, caplog):
    silent = write_film(tmp_path / "silent.mp4", panned(10), 25)
    source = add_sound(silent, tmp_path / "in.mp4", seconds=0.4)
    render_video(source, tmp_path / "out.gif", strength=0)
    read, fps = read_film(tmp_path / "out.gif")
    assert (len(read), fps) == (10, 25)
    assert np.abs(read[3].astype(int) - panned(10)[3]).mean() < 12
    assert "no sound" in caplog.text
    assert "hundredths" not in caplog.text
    render_video(source, tmp_path / "30.gif", strength=0, fps=30)
    assert "hundredths" in caplog.text
    render_video(source, tmp_path / "60.gif", strength=0, fps=60)
    assert "50 frames a second of a GIF at most" in caplog.text
    assert probe(tmp_path / "60.gif").duration == pytest.approx(0.4, abs=0.011)


def test_a_pattern_is_pictures_numbered_from_one(tmp_path):
    source = write_film(tmp_path / "in.mp4", panned(12))
    out = tmp_path / "100% frames" / "f_%03d.png"
    render_video(source, out, strength=0)
    names = sorted(path.name for path in out.parent.glob("[!.]*"))
    assert names == [f"f_{number:03d}.png" for number in range(1, 13)]
    with pytest.raises(MediaError, match=r"12 pictures are there already, first .*f_001\.png; --overwrite"):
        render_video(source, out, strength=0)
    (out.parent / "notes.txt").write_text("kept")
    render_video(source, out, strength=0, end=0.2, overwrite=True)
    assert len(list(out.parent.glob("*.png"))) == 5  # none of the longer one is left among them
    assert (out.parent / "notes.txt").exists()
    assert not list(tmp_path.glob(".*"))
    assert sequence(out, PICTURES)


def test_a_pattern_replaces_its_own_pictures_alone(tmp_path):
    """What is written is replaced, and nothing else, whatever its name; the source never is."""
    source = write_film(tmp_path / "in.mp4", panned(3))
    for name in ("f_7.png", "f_0007.png", "f_2019.png", "f_009.png", "g_001.png"):
        (tmp_path / name).write_text(name)
    render_video(source, tmp_path / "f_%03d.png", strength=0, overwrite=True)
    there = {path.name for path in tmp_path.glob("*.png")}
    kept = {"f_7.png", "f_0007.png", "f_2019.png", "f_009.png", "g_001.png"}
    assert there == {"f_001.png", "f_002.png", "f_003.png", *kept}
    assert all((tmp_path / name).read_text() == name for name in kept)
    own = source.rename(tmp_path / "c_00007.png")
    with pytest.raises(MediaError, match="is the source itself"):
        render_video(own, tmp_path / "c_%05d.png", strength=0, overwrite=True)


def test_percent_signs_elsewhere_are_just_percent_signs(tmp_path):
    source = write_film(tmp_path / "in.mp4", panned(2))
    render_video(source, tmp_path / "100%done.mp4", strength=0)
    assert (tmp_path / "100%done.mp4").exists()


@pytest.mark.parametrize("ending", [".mkv", ".webm", ".mp4"])
def test_sound_that_fits_no_container_is_encoded(tmp_path, ending):
    """5.1(side), as DVDs have it, which Opus refuses; and a codec that Matroska refuses."""
    silent = write_film(tmp_path / "silent.mp4", panned(10), 10)
    six = "pan=5.1(side)|c0=c0|c1=c0|c2=c0|c3=c0|c4=c0|c5=c0"
    ac3 = add_sound(silent, tmp_path / "ac3.mp4", "-af", six, "-c:a", "ac3", seconds=1)
    odd = add_sound(silent, tmp_path / "odd.mov", "-c:a", "adpcm_ima_qt", seconds=1)
    for source in (ac3, odd):
        out = tmp_path / f"{source.stem}-out{ending}"
        render_video(source, out, strength=0)
        assert probe(out).audio
        assert probe(out).duration == pytest.approx(1, abs=0.1)


@pytest.mark.parametrize("ending", [".mp4", ".mkv", ".webm"])
def test_a_picture_that_begins_later_than_its_sound_stays_in_sync(tmp_path, ending):
    black, white = np.zeros((48, 64, 3), np.uint8), np.full((48, 64, 3), 255, np.uint8)
    silent = write_film(tmp_path / "silent.mp4", [white if i == 10 else black for i in range(30)])
    sound = clicks(tmp_path / "clicks.wav", [0.9], 2)  # 0.5 s later: frame 10
    source = tmp_path / "in.mkv"
    ffmpeg(
        "-itsoffset",
        0.5,
        "-i",
        silent,
        "-i",
        sound,
        "-map",
        "0:v",
        "-map",
        "1:a",
        "-c:v",
        "copy",
        "-c:a",
        "aac",
        source,
    )
    out = tmp_path / f"out{ending}"
    render_video(source, out, strength=0)
    assert heard(out) == [pytest.approx(10 / 25, abs=0.04)]


@pytest.mark.parametrize("ending", [".mkv", ".mp4", ".mov"])
@pytest.mark.parametrize("default", [0, 1, 2])
def test_of_several_tracks_the_default_one_is_taken(tmp_path, caplog, ending, default):
    caplog.set_level("INFO", "vidream")
    source, inputs, maps = tmp_path / f"in{ending}", list[object](), list[object]()
    for number, (size, at) in enumerate([((48, 64), 0.3), ((64, 96), 0.6), ((80, 128), 0.9)]):
        silent = write_film(tmp_path / f"{number}.mp4", panned(30, *size), pix_fmt="yuv420p")
        inputs += ["-i", silent, "-i", clicks(tmp_path / f"{number}.wav", [at], 1.2)]
        maps += ["-map", 2 * number, "-map", 2 * number + 1, f"-disposition:v:{number}", "0"]
        maps += [f"-disposition:a:{number}", "0"]
    flags = [f"-disposition:{kind}:{default}" for kind in "va"]
    codecs = ("-c:v", "copy", "-c:a:0", "aac", "-c:a:1", "ac3", "-c:a:2", "libmp3lame")
    ffmpeg(*inputs, *maps, flags[0], "default", flags[1], "default", *codecs, source)
    codec, at = [("aac", 0.3), ("ac3", 0.6), ("mp3", 0.9)][default]
    render_video(source, tmp_path / "out.mp4", strength=0)
    assert open_video(tmp_path / "out.mp4").size == [Size(64, 48), Size(96, 64), Size(128, 80)][default]
    assert heard(tmp_path / "out.mp4") == [pytest.approx(at, abs=0.04)]
    assert (probe(tmp_path / "out.mp4").audio, open_sound(source).codec) == (codec, codec)
    assert f"of its 3 sound tracks, number {default + 1} ({codec}, mono" in caplog.text
    assert f"of its 3 picture tracks, number {default + 1} (h264" in caplog.text
    film = write_film(tmp_path / "long.mp4", panned(75), pix_fmt="yuv420p")  # the fade at its end is after the click
    render_video(film, tmp_path / "under.mp4", strength=0, sound=str(source))
    assert probe(tmp_path / "under.mp4").audio
    assert heard(tmp_path / "under.mp4") == [pytest.approx(at, abs=0.04)]


@pytest.mark.parametrize("ending", [".mkv", ".mp4"])
def test_a_film_that_was_cut_short_says_how_much_is_lost(tmp_path, caplog, ending):
    source = write_film(tmp_path / f"in{ending}", [textured(48, 64, i) for i in range(40)])
    source.write_bytes(source.read_bytes()[: source.stat().st_size // 2])
    made = render_video(source, tmp_path / "out.mp4", strength=0)
    assert 10 < made.frames < 30
    lost = re.search(r"it ends before its time; about (\d+) of its frames are lost", caplog.text)
    assert int(lost[1]) == pytest.approx(40 - made.frames, abs=2)


def test_interlaced_and_new_codecs_are_read(tmp_path):
    """OpenCV's own reader gives black frames for the first and none for the second."""
    source = write_film(tmp_path / "in.mp4", panned(5, 96, 128))
    ffmpeg("-i", source, "-c:v", "mpeg2video", "-q:v", 2, "-flags", "+ildct+ilme", tmp_path / "i.mpg")
    ffmpeg("-i", source, "-c:v", "libsvtav1", "-crf", 20, tmp_path / "a.mp4")
    for name in ("i.mpg", "a.mp4"):
        first = next(pixels_of(open_video(tmp_path / name)))
        assert np.abs(first.astype(int) - panned(5, 96, 128)[0]).mean() < 10


def test_only_what_can_be_written_passes(tmp_path, monkeypatch):
    source = write_film(tmp_path / "in.mp4", panned(2))
    for name, message in {
        "out.avi": "ends in .avi",
        "out": "has no ending",
        "no/out.mp4": "does not exist; make it first",
        "no/no/%d.png": "does not exist; make it first",
        "in.mp4": "is the source itself",
        "x" * 300 + ".mp4": "cannot be written: File name too long",
        "f.png": "one picture cannot hold a film; give a pattern",
        "f_%d_%d.png": "give a pattern with one number",
        "f_%5d.png": "give a pattern with one number",
    }.items():
        with pytest.raises(MediaError, match=message):
            check_out(tmp_path / name, False, [source], ENDINGS, PICTURES)
    (tmp_path / "folder.mp4").mkdir()
    with pytest.raises(MediaError, match="a folder"):
        check_out(tmp_path / "folder.mp4", True, [source], ENDINGS)
    for ending in ENDINGS:
        check_out(tmp_path / f"fine{ending}", False, [source], ENDINGS)
    monkeypatch.setattr(os, "access", lambda path, mode: path != tmp_path)  # root may write everywhere
    with pytest.raises(MediaError, match="not writable; choose another"):
        check_out(tmp_path / "out.mp4", False, [source], ENDINGS)


def test_an_existing_film_is_replaced_only_when_asked(tmp_path):
    source, out = write_film(tmp_path / "in.mp4", panned(3)), tmp_path / "out.mp4"
    out.write_text("mine")
    with pytest.raises(MediaError, match="is there already; --overwrite replaces it"):
        render_video(source, out, strength=0)
    assert out.read_text() == "mine"
    render_video(source, out, strength=0, overwrite=True)
    assert len(read_film(out)[0]) == 3


@pytest.mark.parametrize("name", ["out.mp4", "out.gif", "out/%d.png", "out.webm"])
def test_a_render_that_fails_at_its_start_leaves_nothing(tmp_path, name):
    source = write_film(tmp_path / "in.mp4", panned(5))

    def fail(done, total):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        render_video(source, tmp_path / name, strength=0, on_event=each_frame(fail))
    assert list(tmp_path.iterdir()) == [source]


def test_what_ffmpeg_says_is_told_in_one_line(tmp_path):
    gone = Sound(tmp_path / "gone.wav", "aac")
    with pytest.raises(MediaError, match=r"gone\.wav: no such file") as caught:
        write_film(tmp_path / "out.mp4", [textured(48, 64)], sound=gone)
    assert "\n" not in str(caught.value)
    assert not list(tmp_path.iterdir())


def test_names_are_taken_literally(tmp_path):
    for name in ['it\'s a "film".mp4', "-v.mp4", "映画 %d.mp4", "concat:a|b.mp4"]:
        source = write_film(tmp_path / "plain.mp4", panned(3)).rename(tmp_path / name)
        out = tmp_path / ("out " + name.replace("%d", "%"))
        render_video(source, out, strength=0)
        assert len(read_film(out)[0]) == 3


@pytest.mark.parametrize("content", [b"", b"not a film at all", b"\x00\x00\x00\x18ftypmp42" + b"\x00" * 400])
def test_what_is_no_film_is_refused(tmp_path, content, capfd):
    path = tmp_path / "film.mp4"
    path.write_bytes(content)
    with pytest.raises(MediaError, match=r"not a film|no frame"):
        open_video(path)
    assert capfd.readouterr().err == ""


def test_missing_files_folders_and_sound_alone_are_refused(tmp_path):
    with pytest.raises(MediaError, match="no such file"):
        open_video(tmp_path / "none.mp4")
    with pytest.raises(MediaError, match="a folder"):
        open_video(tmp_path)
    with pytest.raises(MediaError, match=r"not a film|no frame"):
        open_video(clicks(tmp_path / "clicks.wav", [0.1], 1))
