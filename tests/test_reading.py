"""What a film is, and its frames: each kind of fault by which films were once misread."""

import itertools
import re
import stat
import sys
import time
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from synthetic import add_sound, ffmpeg, panned, pixels_of, textured, write_film

from vidream.config import configure
from vidream.errors import MediaError, RenderError
from vidream.frames import Size
from vidream.jobs.video import render_video
from vidream.media import ffmpeg as media_ffmpeg
from vidream.media.program import executable
from vidream.media.reader import open_sound, open_video, tell_of_transparency
from vidream.media.sound import read_sound
from vidream.media.still import Picture, write_picture
from vidream.media.timing import Packet, pace_of
from vidream.plan.film import FilmPlan
from vidream.plan.source import FilmFile


def equal(one, other) -> bool:
    return len(one) == len(other) and all(np.array_equal(*pair) for pair in zip(one, other, strict=True))


def joined(folder: Path, *parts: Path) -> Path:
    """MPEG-TS files as one, as television and joined clips are."""
    whole = folder / "joined.ts"
    whole.write_bytes(b"".join(part.read_bytes() for part in parts))
    return whole


CHANGES = {
    "size": (("-vf", "scale=160:120"), ()),
    "pixel format": ((), ("-pix_fmt", "yuv444p")),
    "tags": ((), ("-colorspace", "smpte170m", "-color_primaries", "smpte170m", "-color_trc", "smpte170m")),
    "range": (("-vf", "scale=out_range=full"), ("-color_range", "pc")),
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("ending", [".ts", ".mkv"])
def test_a_film_that_changes_on_the_way_has_every_frame_from_wherever_it_is_begun(tmp_path, caplog, change, ending):
    """25 frames, then 25 of another size, format or colour: the same ones from each of them on."""
    scene = panned(50, 48, 64, by=(3, 0))
    for name, part in (("a", scene[:25]), ("b", scene[25:])):
        write_film(tmp_path / f"{name}.mp4", part, pix_fmt="yuv420p", crf=2)
    h264, (filters, options) = ("-c:v", "libx264", "-bf", "0", "-crf", "2"), CHANGES[change]
    ffmpeg("-i", tmp_path / "a.mp4", *h264, tmp_path / "a.ts")
    ffmpeg("-i", tmp_path / "b.mp4", *filters, *h264, *options, "-output_ts_offset", 1, tmp_path / "b.ts")
    film = joined(tmp_path, tmp_path / "a.ts", tmp_path / "b.ts")
    if ending == ".mkv":
        ffmpeg("-i", film, "-c", "copy", tmp_path / "joined.mkv")
        film = tmp_path / "joined.mkv"
    video = open_video(film)
    whole = list(pixels_of(video))
    assert (video.count, len(whole)) == (50, 50)
    for read, meant in zip(whole, scene, strict=True):
        assert np.abs(read.astype(int) - meant).mean() < 12
    for first in (1, 10, 24, 25, 26, 40, 49, 50):
        assert equal(list(pixels_of(video, first)), whole[first:])
    assert next(FilmPlan(FilmFile(video), configure("video", strength=0, start=0.8)).steps()).index == 20
    assert not caplog.records


def test_a_variable_rate_is_the_same_from_wherever_it_is_begun(tmp_path):
    source = write_film(tmp_path / "cfr.mp4", [textured(48, 64, index) for index in range(20)])
    slow = ("-vf", "setpts='if(lt(N,10),N,10+(N-10)*7)/25/TB'", "-fps_mode", "vfr", "-c:v", "libx264")
    ffmpeg("-i", source, *slow, tmp_path / "vfr.mp4")
    video = open_video(tmp_path / "vfr.mp4")
    whole = list(pixels_of(video))
    assert len(whole) == video.count > 70
    for first in range(0, len(whole) + 1, 3):
        assert equal(list(pixels_of(video, first)), whole[first:])


# Rates


@pytest.mark.parametrize("rate", [240, 480, 960, 1000, 1200, 600, Fraction(120000, 1001), Fraction(30000, 1001), 25])
@pytest.mark.parametrize("ending", [".mp4", ".mov", ".mkv", ".webm", ".ts"])
def test_a_rate_is_told_by_the_times_and_the_frames_are_all_there(tmp_path, rate, ending):
    film = tmp_path / f"in{ending}"
    codec = ("-c:v", "libvpx", "-b:v", "1M") if ending == ".webm" else ("-c:v", "libx264", "-preset", "ultrafast")
    noise = f"testsrc2=s=64x48:r={rate},noise=alls=60:allf=t"
    ffmpeg("-f", "lavfi", "-i", noise, "-frames:v", 24, "-pix_fmt", "yuv420p", *codec, film)
    video = open_video(film)
    assert (video.fps, video.count) == (rate, 24)
    whole = list(pixels_of(video))
    assert len(whole) == 24
    assert all(not np.array_equal(*pair) for pair in itertools.pairwise(whole))
    assert equal(list(pixels_of(video, 13)), whole[13:])


@pytest.mark.parametrize("rate", [Fraction(24000, 1001), 25, Fraction(30000, 1001), 480, 1200, Fraction(25, 2)])
@pytest.mark.parametrize("tick", [Fraction(1, 1000), Fraction(1, 90000), Fraction(1, 600)])
def test_a_rate_is_exact_whatever_clock_it_is_written_by(rate, tick):
    """Without any guess from the header, over 2000 frames."""
    step = 1 / (rate * tick)
    pace = pace_of([Packet(round(index * step), 0) for index in range(2000)], tick, Fraction(0))
    assert (pace.rate, pace.count) == (rate, 2000)


NTSC = Fraction(30000, 1001)
NOT_STORED = [
    ([1], 25),
    ([4], 50),
    ([30], Fraction(25, 2)),
    ([46], NTSC),
    ([4, 30], 25),
    ([20, 21, 22], 50),
    ([3, 9, 15, 21, 27], NTSC),
    ([*range(1, 40, 2)], 25),
]
COUNTING = {  # kinds of film whose clock ticks once a frame
    "mjpeg.avi": ("-c:v", "mjpeg", "-q:v", "2"),
    "mpeg4.avi": ("-c:v", "mpeg4", "-q:v", "2"),
    "reordered.avi": ("-c:v", "mpeg4", "-q:v", "2", "-bf", "2"),
    "h264.avi": ("-c:v", "libx264", "-crf", "8", "-bf", "2"),
    "theora.ogv": ("-c:v", "libtheora", "-q:v", "9"),
    "counting.mp4": ("-c:v", "libx264", "-crf", "8", "-bf", "2", "-video_track_timescale"),
    "counting.nut": ("-c:v", "mpeg4", "-q:v", "2"),
}


@pytest.mark.parametrize(("gaps", "rate"), NOT_STORED, ids=str)
@pytest.mark.parametrize("kind", COUNTING)
def test_what_lies_before_a_gap_is_held_for_it(tmp_path, caplog, kind, rate, gaps):
    """Frames that are not stored, since nothing moved or a recorder was too slow."""
    scene, film = panned(48, 48, 64, by=(3, 0)), tmp_path / kind
    source = write_film(tmp_path / "in.mkv", scene, fps=rate)
    clock = [Fraction(rate).numerator] if kind == "counting.mp4" else []
    left = f"settb=1/({rate}),setpts=N,select='not({'+'.join(f'eq(n,{gap})' for gap in gaps)})'"
    said = ffmpeg("-i", source, "-vf", left, "-fps_mode", "vfr", *COUNTING[kind], *clock, film)
    assert film.exists(), said
    video = open_video(film)
    numbers = [
        int(np.argmin([np.abs(frame.astype(int) - each).mean() for each in scene])) for frame in pixels_of(video)
    ]
    stored = [number for number in range(48) if number not in gaps]
    assert numbers == sorted(numbers)
    assert set(numbers) == set(stored)
    assert len(numbers) == video.count
    assert not caplog.records
    if kind not in ("reordered.avi", "h264.avi", "theora.ogv"):  # which tell times of decoding, or of the end
        assert video.fps == rate
        assert numbers == [max(each for each in stored if each <= number) for number in range(48)]
    elif len(gaps) < 9:  # else nobody knows that frames are missing
        assert (video.fps, video.count) == (rate, pytest.approx(48, abs=0 if 4 <= gaps[0] < 44 else 2))


@pytest.mark.parametrize("held", [4, 100])
def test_a_gifs_last_frame_is_held_as_long_as_it_says(tmp_path, held):
    """10 frames at 25 a second, the last of which lasts `held` hundredths of a second."""
    source = write_film(tmp_path / "in.mp4", panned(10))
    ffmpeg("-i", source, "-final_delay", held, tmp_path / "in.gif")
    video = open_video(tmp_path / "in.gif")
    assert video.count == len(list(pixels_of(video))) == 9 + held // 4


# Colours

MATRICES = {"smpte170m": (0.299, 0.114), "bt709": (0.2126, 0.0722), "bt2020nc": (0.2627, 0.0593)}
PRIMARIES = {
    "smpte170m": ((0.63, 0.34), (0.31, 0.595), (0.155, 0.07)),
    "bt470bg": ((0.64, 0.33), (0.29, 0.6), (0.15, 0.06)),
    "bt709": ((0.64, 0.33), (0.3, 0.6), (0.15, 0.06)),
    "smpte432": ((0.68, 0.32), (0.265, 0.69), (0.15, 0.06)),
    "bt2020": ((0.708, 0.292), (0.17, 0.797), (0.131, 0.046)),
}
SQUARE = 16  # px a side, of one colour each: 6 x 4 of them


def to_xyz(primaries) -> np.ndarray:
    """Linear RGB of primaries with a white of D65 -> CIE XYZ (SMPTE RP 177)."""
    columns = np.array([[x / y, 1, (1 - x - y) / y] for x, y in primaries]).T
    white = np.array([0.3127 / 0.3290, 1, (1 - 0.3127 - 0.3290) / 0.3290])
    return columns * np.linalg.solve(columns, white)


def stored(colours: np.ndarray, matrix: str, primaries: str, full: bool, depth: int) -> bytes:
    """RGB of BT.709, 0..1, as a display of gamma 2.4 shows it -> planes of a yuv444p film, as ITU-T H.273 defines."""
    linear = colours**2.4 @ (np.linalg.inv(to_xyz(PRIMARIES[primaries])) @ to_xyz(PRIMARIES["bt709"])).T
    red, green, blue = (np.clip(linear, 0, 1) ** (1 / 2.4)).T
    kr, kb = MATRICES[matrix]
    luma = kr * red + (1 - kr - kb) * green + kb * blue
    chroma = [(blue - luma) / (2 * (1 - kb)), (red - luma) / (2 * (1 - kr))]
    top, step = 2**depth - 1, 2 ** (depth - 8)
    planes = [luma * top if full else (219 * luma + 16) * step]
    planes += [each * top + 128 * step if full else (224 * each + 128) * step for each in chroma]
    kind = "<u2" if depth > 8 else "u1"
    numbers = [np.clip(np.rint(plane), 0, top).astype(kind).reshape(4, 6) for plane in planes]
    return b"".join(np.repeat(np.repeat(each, SQUARE, 0), SQUARE, 1).tobytes() for each in numbers)


def inside(primaries: str, count: int = 24) -> np.ndarray:
    """Colours that are not at the edge of either gamut."""
    rng, wanted = np.random.default_rng(3), np.linalg.inv(to_xyz(PRIMARIES[primaries])) @ to_xyz(PRIMARIES["bt709"])
    drawn = rng.uniform(0.12, 0.88, (4000, 3))
    linear = drawn**2.4 @ wanted.T
    return drawn[((linear > 0.003) & (linear < 0.9)).all(1)][:count]


@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize("depth", [8, 10, 12])
@pytest.mark.parametrize("primaries", PRIMARIES)
@pytest.mark.parametrize("matrix", MATRICES)
def test_colours_are_read_as_they_are_tagged(tmp_path, matrix, primaries, depth, full):
    colours = inside(primaries)
    raw, film = tmp_path / "raw", tmp_path / "in.mkv"
    raw.write_bytes(stored(colours, matrix, primaries, full, depth))
    pixels = {8: "yuv444p", 10: "yuv444p10le", 12: "yuv444p12le"}[depth]
    tags = f"range={'full' if full else 'limited'}:colorspace={matrix}:color_primaries={primaries}:color_trc=bt709"
    size = f"{6 * SQUARE}x{4 * SQUARE}"
    ffmpeg(
        "-f", "rawvideo", "-pix_fmt", pixels, "-s", size, "-i", raw, "-vf", f"setparams={tags}", "-c:v", "ffv1", film
    )
    assert np.abs(squares(film) - colours * 255).mean() < (4 if depth == 8 else 2)


@pytest.mark.parametrize(
    ("size", "matrix"),
    [
        ((1280, 720), "bt709"),
        ((1280, 544), "bt709"),
        ((608, 1080), "bt709"),
        ((768, 578), "bt709"),
        ((720, 576), "smpte170m"),
        ((640, 360), "smpte170m"),
    ],
)
def test_colours_without_tags_are_read_as_players_do(tmp_path, size, matrix):
    across, down = size
    red, film = f"color=0xC03020:s={across}x{down}:r=5:d=0.4", tmp_path / "in.mp4"
    convert = f"scale=out_color_matrix={matrix}:out_range=limited,format=yuv420p"
    none = "h264_metadata=matrix_coefficients=2:colour_primaries=2:transfer_characteristics=2"
    ffmpeg("-f", "lavfi", "-i", red, "-vf", convert, "-c:v", "libx264", "-qp", 2, "-bsf:v", none, film)
    read = next(pixels_of(open_video(film)))[8:-8, 8:-8].reshape(-1, 3).mean(0)
    assert read == pytest.approx((0xC0, 0x30, 0x20), abs=3)


def test_the_common_film_is_converted_in_one_pass_of_integers(tmp_path):
    film = write_film(tmp_path / "in.mp4", panned(2), pix_fmt="yuv420p")
    assert len(open_video(film).filters) == 2
    assert "zscale" not in str(open_video(film).filters)


def squares(film: Path) -> np.ndarray:
    """The mean of each square's middle."""
    pixels = next(pixels_of(open_video(film))).astype(float).reshape(4, SQUARE, 6, SQUARE, 3)
    return pixels[:, 4:12, :, 4:12].mean((1, 3)).reshape(24, 3)


# What is left out, or refused


@pytest.mark.parametrize("codec", [("libvpx", "-auto-alt-ref", "0"), ("libvpx-vp9",)])
def test_the_alpha_of_webm_is_said_to_be_left_out(tmp_path, caplog, codec):
    source = write_film(tmp_path / "in.mp4", panned(30))
    clear = ("-vf", "format=yuva420p,colorchannelmixer=aa=0.5,format=yuva420p", "-c:v", *codec)
    said = ffmpeg("-i", source, *clear, tmp_path / "in.webm")
    assert (tmp_path / "in.webm").stat().st_size > 1000, said
    video = open_video(tmp_path / "in.webm")
    tell_of_transparency(video)
    assert len(list(pixels_of(video))) == 30
    assert caplog.text.count("transparency is left out") == 1


SOUNDS = {
    ".wv": ("wavpack",),
    ".au": ("pcm_s16be",),
    ".tta": ("tta",),
    ".dts": ("dca", "-strict", "-2"),
    ".amr": ("libopencore_amrnb", "-ar", "8000"),
    ".aiff": ("pcm_s16be",),
    ".opus": ("libopus",),
    ".caf": ("alac",),
    ".voc": ("pcm_u8",),
    ".ac3": ("ac3",),
}


@pytest.mark.parametrize("ending", SOUNDS)
def test_every_kind_of_sound_file_is_read(tmp_path, ending):
    path = tmp_path / f"tone{ending}"
    tone = ("-f", "lavfi", "-i", "sine=frequency=440:duration=1:sample_rate=48000")
    said = ffmpeg(*tone, "-ac", 1, "-c:a", *SOUNDS[ending], path)
    assert path.exists(), said
    samples = read_sound(path, 8000)
    assert len(samples) == pytest.approx(8000, abs=600)
    assert np.abs(np.fft.rfft(samples[:8000])).argmax() * 8000 / len(samples[:8000]) == pytest.approx(440, abs=4)


@pytest.mark.parametrize("channels", [3, 5, 7, 10, 12, 24, 60])
def test_any_number_of_channels_is_mixed(tmp_path, channels):
    each = "|".join(["0.5*sin(440*2*PI*t)"] * channels)
    ffmpeg("-f", "lavfi", "-i", f"aevalsrc='{each}':d=1:s=48000", tmp_path / "in.wav")
    samples = read_sound(tmp_path / "in.wav", 8000)
    assert len(samples) == pytest.approx(8000, abs=50)
    assert 0.1 < np.abs(samples).max() < 2.5


def test_a_kind_of_file_that_is_not_read_is_called_so(tmp_path):
    (tmp_path / "song.m3u8").write_text("#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\na.ts\n#EXT-X-ENDLIST\n")
    (tmp_path / "song.mp3").write_text("ffconcat version 1.0\nfile a.mp3\n")
    for name in ("song.m3u8", "song.mp3"):
        with pytest.raises(MediaError, match="a kind of file that is not read"):
            open_sound(tmp_path / name)


def test_a_title_is_no_damage(tmp_path, caplog):
    source = write_film(tmp_path / "in.mp4", panned(5))
    title = "title=partial file\n[mov @ 0x55] Packet corrupt, partial file\n  Duration: 00:09:00.00, "
    named = add_sound(source, tmp_path / "named.mkv", "-c:a", "aac", "-metadata", title, seconds=0.2)
    assert open_video(named).count == 5
    assert not caplog.records


def test_a_px_that_is_absurdly_wide_is_said_and_taken_for_square(tmp_path, caplog):
    film = tmp_path / "in.mkv"
    ffmpeg("-f", "lavfi", "-i", "testsrc2=s=100x100:d=0.2", "-vf", "setsar=30000/1", "-c:v", "ffv1", film)
    assert open_video(film).size == Size(100, 100)
    assert "taken for square" in caplog.text
    with pytest.raises(MediaError, match=r"x100, more than --max-pixels 50000"):
        open_video(film, max_pixels=50_000)


def test_an_h264_film_of_an_absurd_aspect_has_all_its_frames_or_says_so(tmp_path, caplog):
    source, film = write_film(tmp_path / "in.mp4", panned(10)), tmp_path / "odd.mp4"
    ffmpeg("-i", source, "-c", "copy", "-bsf:v", "h264_metadata=sample_aspect_ratio=20000/1", film)
    made = render_video(film, tmp_path / "out.mp4", strength=0)
    assert made.frames == 10 or "of its frames cannot be read" in caplog.text


def test_max_pixels_is_asked_of_every_frame(tmp_path, caplog):
    """Four small JPEGs, then two large ones, in one file."""
    for number in range(6):
        write_picture(tmp_path / f"{number}.jpg", Picture(textured(*((90, 160) if number < 4 else (1550, 1600)))))
    parts = b"".join((tmp_path / f"{number}.jpg").read_bytes() for number in range(6))
    (tmp_path / "all.mjpeg").write_bytes(parts)
    ffmpeg("-f", "mjpeg", "-framerate", 25, "-i", tmp_path / "all.mjpeg", "-c", "copy", tmp_path / "in.mkv")
    video = open_video(tmp_path / "in.mkv", max_pixels=100_000)
    assert len(list(pixels_of(video))) == 4
    (line,) = [record.getMessage() for record in caplog.records]
    assert re.search(r"1600x1550, more than --max-pixels 100000 allows", line)


# Pictures


def test_a_damaged_picture_is_shown_as_the_one_before(tmp_path, caplog):
    folder, scene = tmp_path / "shots", [textured(48, 64, index) for index in range(8)]
    folder.mkdir()
    for number, frame in enumerate(scene):
        write_picture(folder / f"{number}.png", Picture(frame))
    for number, left in ((0, 0), (3, 100), (4, 0)):
        path = folder / f"{number}.png"
        path.write_bytes(path.read_bytes()[:left])
    video = open_video(folder)
    assert (video.size, video.count) == (Size(64, 48), 8)
    meant = [scene[number] for number in (1, 1, 2, 2, 2, 5, 6, 7)]
    assert equal(list(pixels_of(video)), meant)
    assert "3 of its pictures cannot be read" in caplog.text
    for first in range(9):
        assert equal(list(pixels_of(video, first)), meant[first:])
    for path in folder.iterdir():
        path.write_bytes(b"")
    with pytest.raises(MediaError, match="none of its pictures can be read"):
        open_video(folder)


# Another ffmpeg


def test_an_ffmpeg_that_is_too_old_is_refused_in_one_line(tmp_path, monkeypatch):
    import imageio_ffmpeg

    old = tmp_path / "ffmpeg"
    old.write_text(f"#!{sys.executable}\nprint('ffmpeg version 4.2.2-static Copyright')\n")
    old.chmod(old.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setattr(imageio_ffmpeg, "get_ffmpeg_exe", lambda: str(old))
    executable.cache_clear()
    try:
        with pytest.raises(RenderError, match=r"ffmpeg 4\.2\.2-static is too old; unset IMAGEIO_FFMPEG_EXE"):
            executable()
    finally:
        executable.cache_clear()


@pytest.mark.skipif(sys.platform == "win32", reason="a script is no program there")
def test_a_decoder_that_hangs_is_ended_and_said(tmp_path, monkeypatch):
    hangs = tmp_path / "ffmpeg"
    hangs.write_text(
        f"#!{sys.executable}\n"
        "import sys, time\n"
        "sys.stdout.buffer.write(bytes(12))\n"
        "sys.stdout.flush()\n"
        "time.sleep(60)\n"
    )
    hangs.chmod(0o700)
    monkeypatch.setattr(media_ffmpeg, "executable", lambda: str(hangs))
    monkeypatch.setattr(media_ffmpeg, "PATIENCE", 0.4)
    pulled = []

    def read():
        with media_ffmpeg.Ffmpeg([], "read x.mp4", pulled=True) as film:
            pulled.extend(iter(lambda: film.pull(12), None))

    began = time.monotonic()
    with pytest.raises(RenderError, match=r"could not read x\.mp4: it hung for 0\.4 s; is the file damaged\?"):
        read()
    assert pulled == [bytes(12)]
    assert time.monotonic() - began < 20
