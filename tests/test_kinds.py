"""Every kind of film, with --strength 0 as the sharpest check: what comes out is what a player would show."""

import resource
import shutil
import struct
import subprocess
import zlib
from dataclasses import replace
from fractions import Fraction
from typing import Any

import cv2
import numpy as np
import PIL.Image
import PIL.ImageSequence
import pytest
from synthetic import SAMPLES, clicks, ffmpeg, heard, panned, pixels_of, probe, read_film, textured, write_film

from vidream.errors import MediaError
from vidream.frames import Size
from vidream.jobs.still import render_image
from vidream.jobs.video import render_video
from vidream.media.reader import open_video, tell_of_transparency
from vidream.media.still import Picture, write_picture

# A picture without symmetry: red above left, green above right, blue below left, white below right
QUARTERS = np.zeros((96, 128, 3), np.uint8)
QUARTERS[:48, :64], QUARTERS[:48, 64:] = (220, 30, 30), (30, 200, 30)
QUARTERS[48:, :64], QUARTERS[48:, 64:] = (30, 30, 220), (240, 240, 240)


def first(path):
    video = open_video(path)
    return next(pixels_of(video)).astype(int), video


def far(a, b) -> float:
    return float(np.abs(np.asarray(a).astype(int) - b).mean())


@pytest.mark.parametrize(("turned", "times"), [(90, 1), (180, 2), (270, 3)])
def test_a_phones_rotation_is_honoured_once(tmp_path, turned, times):
    stored = write_film(tmp_path / "stored.mp4", [QUARTERS] * 3)
    ffmpeg("-display_rotation", turned, "-i", stored, "-c", "copy", tmp_path / "phone.mp4")
    render_video(tmp_path / "phone.mp4", tmp_path / "out.mp4", strength=0, crf=5)
    shown = np.rot90(QUARTERS, times)
    assert far(first(tmp_path / "phone.mp4")[0], shown) < 3
    assert far(first(tmp_path / "out.mp4")[0], shown) < 3


@pytest.mark.parametrize(
    ("ending", "codec"),
    [
        (".mp4", ("-c:v", "libsvtav1", "-crf", "10")),
        (".webm", ("-c:v", "libvpx-vp9", "-crf", "5", "-b:v", "0")),
        (".webm", ("-c:v", "libvpx", "-crf", "4", "-b:v", "4M")),
        (".mp4", ("-c:v", "libx265", "-crf", "5", "-x265-params", "log-level=none")),
        (".mpg", ("-c:v", "mpeg2video", "-q:v", "1")),
        (".avi", ("-c:v", "mjpeg", "-q:v", "1")),
        (".mkv", ("-c:v", "ffv1")),
        (".mov", ("-c:v", "prores_ks", "-profile:v", "3")),
        (".avi", ("-c:v", "mpeg4", "-vtag", "xvid", "-q:v", "1")),
        (".flv", ("-c:v", "flv1", "-q:v", "1")),
        (".ts", ("-c:v", "libx264", "-crf", "5")),
        (".wmv", ("-c:v", "wmv2", "-q:v", "1")),
        (".gif", ()),
    ],
)
def test_every_codec_is_read(tmp_path, ending, codec):
    scene = panned(10, 96, 128)
    source = write_film(tmp_path / "lossless.mp4", scene)
    film = tmp_path / f"in{ending}"
    ffmpeg("-i", source, *codec, film)
    made = render_video(film, tmp_path / "out.mp4", strength=0, crf=5)
    assert made.frames == 10
    assert open_video(film).fps == 25
    for read, meant in zip(pixels_of(open_video(film)), scene, strict=True):
        assert far(read, meant) < (18 if ending == ".gif" else 8)


@pytest.mark.parametrize("matrix", ["bt601", "bt709"])
@pytest.mark.parametrize("span", ["limited", "full"])
@pytest.mark.parametrize("depth", ["yuv444p", "yuv444p10le"])
def test_colours_are_kept_whatever_they_are_tagged(tmp_path, matrix, span, depth):
    bars = np.zeros((64, 128, 3), np.uint8)
    colours = [
        (255, 0, 0),
        (0, 255, 0),
        (0, 0, 255),
        (255, 255, 0),
        (0, 255, 255),
        (255, 0, 255),
        (128,) * 3,
        (255,) * 3,
    ]
    for index, colour in enumerate(colours):
        bars[:, index * 16 : index * 16 + 16] = colour
    write_picture(tmp_path / "bars.png", Picture(bars))
    name = {"bt601": "smpte170m", "bt709": "bt709"}[matrix]
    convert = f"scale=out_color_matrix={matrix}:out_range={span}:flags=accurate_rnd,format={depth}"
    tags = ("-colorspace", name, "-color_range", {"limited": "tv", "full": "pc"}[span])
    codec = ("-c:v", "libx264", "-qp", "0")
    ffmpeg("-loop", 1, "-i", tmp_path / "bars.png", "-frames:v", 2, "-vf", convert, *codec, *tags, tmp_path / "in.mp4")
    assert far(first(tmp_path / "in.mp4")[0], bars) < 2
    render_video(tmp_path / "in.mp4", tmp_path / "out.mp4", strength=0, crf=2, pix_fmt="yuv444p")
    assert far(first(tmp_path / "out.mp4")[0], bars) < 2


@pytest.mark.parametrize("transfer", ["smpte2084", "arib-std-b67"])
def test_hdr_becomes_what_an_sdr_screen_would_show(tmp_path, transfer):
    """Greys and colours of an SDR picture, brought to HDR at 203 cd/m2 and back: not grey, not dark, in order."""
    ramp = np.zeros((64, 128, 3), np.uint8)
    for index in range(8):
        ramp[:32, index * 16 : index * 16 + 16] = 20 + index * 28
        ramp[32:, index * 16 : index * 16 + 16] = ((150, 60, 60), (60, 130, 60))[index % 2]
    source = write_film(tmp_path / "sdr.mp4", [ramp] * 2)
    into = (
        "zscale=matrixin=bt709:transferin=bt709:primariesin=bt709:rangein=limited:transfer=linear:npl=203,format=gbrpf32le,"
        f"zscale=primaries=bt2020:transfer={transfer}:matrix=bt2020nc:range=limited:npl=203,format=yuv420p10le"
    )
    tags = ("-color_primaries", "bt2020", "-color_trc", transfer, "-colorspace", "bt2020nc")
    quiet = ("-c:v", "libx265", "-crf", "4", "-x265-params", "log-level=none")
    ffmpeg("-i", source, "-vf", into, *quiet, *tags, tmp_path / "hdr.mp4")
    shown, video = first(tmp_path / "hdr.mp4")
    assert any("tonemap" in each for each in video.filters)
    greys = shown[8:24, 8::16].mean((0, 2))
    assert (np.diff(greys) > 5).all()
    assert np.abs(greys[:6] - (20 + 28 * np.arange(6))).max() < 25
    red, green = shown[40:60, 6:10].mean((0, 1)), shown[40:60, 22:26].mean((0, 1))
    assert red[0] > red[1] + 40
    assert green[1] > green[0] + 30
    assert np.abs(shown[8:24] - shown[8:24].mean(2, keepdims=True)).mean() < 4  # greys stay grey


def test_interlaced_is_deinterlaced(tmp_path):
    """A white bar moves; in interlaced frames its edge is a comb, row by row."""
    scene = []
    for index in range(16):
        frame = np.full((96, 128, 3), 20, np.uint8)
        frame[:, index * 6 : index * 6 + 30] = 230
        scene.append(frame)
    source = write_film(tmp_path / "50.mp4", scene, 50)
    weave = "interlace=scan=tff:lowpass=0"
    ffmpeg("-i", source, "-vf", weave, "-c:v", "libx264", "-crf", 3, "-flags", "+ildct+ilme", tmp_path / "in.mp4")

    def comb(frame):
        rows = frame[..., 0].astype(int)
        return np.abs(rows[2:] - 2 * rows[1:-1] + rows[:-2]).mean()

    video = open_video(tmp_path / "in.mp4")
    plain = tuple(each for each in video.filters if "bwdif" not in each)
    combed = list(pixels_of(replace(video, filters=plain)))
    read = list(pixels_of(video))
    assert len(read) == len(combed) == 8
    assert comb(combed[4]) > 10
    assert comb(read[4]) < 0.2 * comb(combed[4])


@pytest.mark.parametrize(("aspect", "size"), [("4/3", Size(171, 96)), ("2/3", Size(128, 144)), ("1/1", Size(128, 96))])
def test_anamorphic_px_keep_their_shape(tmp_path, aspect, size):
    source = write_film(tmp_path / "square.mp4", [QUARTERS] * 2)
    ffmpeg("-i", source, "-vf", f"setsar={aspect}", "-c:v", "libx264", "-crf", 1, tmp_path / "in.mp4")
    shown, video = first(tmp_path / "in.mp4")
    assert video.size == size
    assert far(shown, cv2.resize(QUARTERS, size)) < 6
    render_video(tmp_path / "in.mp4", tmp_path / "out.mp4", strength=0, pix_fmt="yuv444p")
    assert open_video(tmp_path / "out.mp4").size == size
    assert "SAR 1:1" in probe(tmp_path / "out.mp4").video_line or "SAR" not in probe(tmp_path / "out.mp4").video_line


def test_a_variable_rate_becomes_constant_and_each_frame_is_dreamed_once(tmp_path, tiny):
    """Frames 0-9 at 25 a second, then each held three times as long, with a sound that must stay in sync."""
    scene = [textured(48, 64, index) for index in range(20)]
    source = write_film(tmp_path / "cfr.mp4", scene)
    slow = "setpts='if(lt(N,10),N,10+(N-10)*3)/25/TB'"
    ffmpeg("-i", source, "-vf", slow, "-fps_mode", "vfr", "-c:v", "libx264", "-crf", 5, tmp_path / "vfr.mp4")
    video = open_video(tmp_path / "vfr.mp4")
    assert video.fps == 25
    assert video.count == pytest.approx(40, abs=8)  # told from the header, before it is read
    shown = list(pixels_of(video))
    assert len(shown) == pytest.approx(40, abs=2)
    times = [int(np.argmin([far(frame, each) for each in scene])) for frame in shown]
    assert times[:10] == list(range(10))
    assert times[10:37] == [10 + k // 3 for k in range(27)]

    seen = []
    from vidream.dream.octaves import OctaveDreamer

    whole = OctaveDreamer.__call__
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(OctaveDreamer, "__call__", lambda self, *a, **k: seen.append(1) or whole(self, *a, **k))
        made = render_video(tmp_path / "vfr.mp4", tmp_path / "out.mp4", persistence=0, **tiny)
    assert len(seen) == 20
    assert made.frames == len(shown)


@pytest.mark.parametrize("ending", [".mp4", ".webm"])
def test_a_variable_rate_stays_in_sync_with_its_sound(tmp_path, ending):
    """Frame 12 of 20 is white and is shown at 16 / 25 s, when it clicks."""
    dark = [frame // 4 for frame in panned(20, 48, 64)]
    dark[12] = np.full_like(dark[0], 255)
    source = write_film(tmp_path / "cfr.mp4", dark)
    slow = "setpts='if(lt(N,10),N,10+(N-10)*3)/25/TB'"
    tick = clicks(tmp_path / "clicks.wav", [16 / 25], 1.6)
    film = ("-c:v", "libx264", "-crf", 5, "-c:a", "aac", tmp_path / "vfr.mp4")
    ffmpeg("-i", source, "-i", tick, "-map", "0:v", "-map", "1:a", "-vf", slow, "-fps_mode", "vfr", *film)
    out = tmp_path / f"out{ending}"
    render_video(tmp_path / "vfr.mp4", out, strength=0)
    flash = [index / 25 for index, frame in enumerate(read_film(out)[0]) if frame.mean() > 150]
    assert flash == [pytest.approx(16 / 25 + step / 25) for step in range(3)]
    assert heard(out) == [pytest.approx(16 / 25, abs=0.04)]


@pytest.mark.parametrize("name", ["film.jpg", "film.txt", "film", "film.mkv"])
def test_a_wrong_ending_does_not_matter(tmp_path, name):
    source = write_film(tmp_path / "in.mp4", panned(4)).rename(tmp_path / name)
    assert render_video(source, tmp_path / "out.mp4", strength=0).frames == 4


def test_a_song_with_cover_art_is_no_film(tmp_path):
    write_picture(tmp_path / "cover.png", Picture(QUARTERS))
    tone = ("-f", "lavfi", "-i", "sine=duration=1")
    ffmpeg(
        *tone,
        "-i",
        tmp_path / "cover.png",
        "-map",
        "0",
        "-map",
        "1",
        "-disposition:v",
        "attached_pic",
        tmp_path / "a.mp3",
    )
    with pytest.raises(MediaError, match="no frame that can be read; is it damaged, or sound only"):
        open_video(tmp_path / "a.mp3")


def test_what_an_edit_list_cuts_off_is_not_shown(tmp_path):
    source = write_film(tmp_path / "in.mp4", panned(50, 48, 64, by=(1, 0)), crf=10)
    ffmpeg("-ss", "0.6", "-i", source, "-t", "0.8", "-c", "copy", tmp_path / "edit.mp4")
    read = list(pixels_of(open_video(tmp_path / "edit.mp4")))
    assert len(read) == pytest.approx(20, abs=2)
    assert far(read[0], panned(50, 48, 64, by=(1, 0))[15]) < 4
    made = render_video(tmp_path / "edit.mp4", tmp_path / "out.mp4", strength=0)
    assert made.frames == len(read)


@pytest.mark.parametrize("channels", [1, 2, 6])
def test_mono_stereo_and_six_channels(tmp_path, channels):
    silent = write_film(tmp_path / "silent.mp4", panned(10), 10)
    tone = f"sine=frequency=440:duration=1,aformat=channel_layouts={ {1: 'mono', 2: 'stereo', 6: '5.1'}[channels] }"
    ffmpeg("-i", silent, "-f", "lavfi", "-i", tone, "-c:v", "copy", "-c:a", "aac", tmp_path / "in.mp4")
    for ending in (".mp4", ".webm"):
        render_video(tmp_path / "in.mp4", tmp_path / f"out{ending}", strength=0)
        said = ffmpeg("-i", tmp_path / f"out{ending}")
        assert {1: "mono", 2: "stereo", 6: "5.1"}[channels] in said


def test_of_several_tracks_the_first(tmp_path):
    silent = write_film(tmp_path / "silent.mp4", panned(10), 10)
    tones = [("-f", "lavfi", "-i", f"sine=frequency={pitch}:duration=1:sample_rate=48000") for pitch in (500, 2000)]
    maps = ("-map", "0:v", "-map", "1:a", "-map", "2:a", "-c:v", "copy", "-c:a", "aac")
    ffmpeg("-i", silent, *tones[0], *tones[1], *maps, tmp_path / "in.mp4")
    render_video(tmp_path / "in.mp4", tmp_path / "out.mp4", strength=0)
    assert ffmpeg("-i", tmp_path / "out.mp4").count("Audio:") == 1
    ffmpeg("-i", tmp_path / "out.mp4", "-f", "s16le", "-ac", 1, tmp_path / "heard.raw")
    heard = np.frombuffer((tmp_path / "heard.raw").read_bytes(), np.int16).astype(float)[4800:43200]
    assert np.abs(np.fft.rfft(heard)).argmax() * 48000 / len(heard) == pytest.approx(500, abs=5)


@pytest.mark.parametrize("seconds", [0.5, 3])
def test_sound_that_is_shorter_or_longer_than_the_picture(tmp_path, seconds):
    silent = write_film(tmp_path / "silent.mp4", panned(10), 10)
    tone = ("-f", "lavfi", "-i", f"sine=duration={seconds}")
    ffmpeg("-i", silent, *tone, "-c:v", "copy", "-c:a", "aac", tmp_path / "in.mp4")
    assert render_video(tmp_path / "in.mp4", tmp_path / "out.mp4", strength=0).frames == 10
    assert probe(tmp_path / "out.mp4").duration == pytest.approx(max(1, seconds), abs=0.06)


def test_transparency_is_said_to_be_left_out(tmp_path, caplog):
    source = write_film(tmp_path / "in.mp4", [QUARTERS] * 2)
    clear = ("-vf", "format=yuva444p10le,colorchannelmixer=aa=0.5", "-c:v", "prores_ks", "-profile:v", "4444")
    ffmpeg("-i", source, *clear, tmp_path / "in.mov")
    assert far(first(tmp_path / "in.mov")[0], QUARTERS) < 4
    tell_of_transparency(open_video(tmp_path / "in.mov"))
    assert "transparency is left out" in caplog.text


SAVED: dict[str, dict[str, Any]] = {
    ".webp": {"lossless": True, "exact": True},
    "blended.webp": {"lossless": True, "minimize_size": True},
    ".gif": {"disposal": 2},
    ".png": {"default_image": False},
    ".apng": {"disposal": 1, "blend": 0},
}


def animated(path, clear, **options):
    """A square that moves over soft forms, in frames of 40 to 200 ms; with `clear`, px that are seen through."""
    images, shown = [], [40, 80, 120, 40, 200, 80]
    for k in range(len(shown)):
        frame = textured(48, 64)
        frame[10:26, 6 * k : 6 * k + 16] = 40 * k
        alpha = np.full((48, 64, 1), 255, np.uint8)
        alpha[30:40, 20 - 2 * k :] = 0 if clear else 255
        images.append(PIL.Image.fromarray(np.dstack([frame, alpha]) if clear else frame))
    images[0].save(path, save_all=True, append_images=images[1:], duration=shown, **options)
    return shown


@pytest.mark.parametrize("clear", [False, True])
@pytest.mark.parametrize("kind", SAVED)
def test_animated_pictures_are_films_with_the_times_and_the_frames_that_are_seen(tmp_path, caplog, kind, clear):
    """Each frame as Pillow composes it, for as long as it says; transparency is told where there is any."""
    path = tmp_path / f"in{kind}"
    shown = animated(path, clear, **SAVED[kind])
    video = open_video(path)
    assert (video.size, video.fps, video.count) == ((64, 48), 25, sum(shown) // 40)
    with PIL.Image.open(path) as file:
        composed = [np.array(frame.convert("RGBA")) for frame in PIL.ImageSequence.Iterator(file)]
    expected = [image for image, time in zip(composed, shown, strict=True) for _ in range(time // 40)]
    for got, image in zip(pixels_of(video), expected, strict=True):
        opaque = image[..., 3] == 255
        np.testing.assert_array_equal(got[opaque], image[..., :3][opaque])
    tell_of_transparency(video)
    assert ("transparency is left out" in caplog.text) == clear


@pytest.mark.parametrize("clear", [{0, 1, 2}, {2}, set()], ids=str)
def test_transparent_pictures_of_a_folder_are_said(tmp_path, caplog, clear):
    for number in range(3):
        alpha = np.full((16, 24), 0 if number in clear else 255, np.uint8)
        write_picture(tmp_path / f"{number}.png", Picture(textured(16, 24), alpha))
    video = open_video(tmp_path)
    tell_of_transparency(video)
    assert len(list(pixels_of(video))) == 3
    assert caplog.text.count("transparency is left out") == bool(clear)


def test_pictures_are_a_film(tmp_path):
    scene = panned(12, 48, 64)
    (tmp_path / "shots").mkdir()
    for number, frame in enumerate(scene):
        write_picture(tmp_path / "shots" / f"f{number + 7}.png", Picture(frame))
    (tmp_path / "shots" / "notes.txt").write_text("no picture")
    for source, fps in ((tmp_path / "shots", None), (tmp_path / "shots" / "f%d.png", 12)):
        out = tmp_path / f"{fps}.mp4"
        render_video(source, out, strength=0, fps=fps, crf=1, pix_fmt="yuv444p")
        assert open_video(out).fps == (fps or 25)
        for read, meant in zip(pixels_of(open_video(out)), scene, strict=True):
            assert far(read, meant) < 3


@pytest.mark.parametrize("size", [(1, 1), (2, 1), (1, 3), (3, 500)])
@pytest.mark.parametrize("name", ["out.mp4", "out.webm", "out.mkv", "out.gif"])
def test_the_smallest_films(tmp_path, tiny, size, name):
    write_picture(tmp_path / "f1.png", Picture(textured(*size)))
    write_picture(tmp_path / "f2.png", Picture(textured(size[0], size[1], 1)))
    assert render_video(tmp_path / "f%d.png", tmp_path / name, **tiny).frames == 2


@pytest.mark.slow
def test_a_4k_film(tmp_path, tiny):
    source = write_film(tmp_path / "in.mp4", [cv2.resize(frame, (3840, 2160)) for frame in panned(3)], crf=25)
    assert render_video(source, tmp_path / "out.mp4", **tiny).size == (3840, 2160)


# Hostile: what names other files, or the network, is not opened, whatever it is called


SECRET = SAMPLES / "bunny.mp4"
SCRIPTS = {
    "concat": "ffconcat version 1.0\nfile secret.mp4\n",
    "concat, absolute": "ffconcat version 1.0\nfile '{folder}/secret.mp4'\n",
    "playlist": "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nsecret.ts\n#EXT-X-ENDLIST\n",
    "playlist, http": "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nhttp://127.0.0.1:9/secret.ts\n#EXT-X-ENDLIST\n",
    "dash": '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static"><Period>'
    '<AdaptationSet><Representation id="0" mimeType="video/mp4"><BaseURL>secret.mp4</BaseURL></Representation>'
    "</AdaptationSet></Period></MPD>",
    "sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 9 RTP/AVP 96\n"
    "a=rtpmap:96 H264/90000\n",
    "svg": '<svg xmlns="http://www.w3.org/2000/svg"><image href="secret.mp4"/></svg>',
}


@pytest.mark.parametrize("script", SCRIPTS)
@pytest.mark.parametrize("ending", [".mp4", ".m3u8", ".ffconcat", ".mkv"])
def test_a_script_that_names_another_film_is_refused(tmp_path, script, ending):
    shutil.copy(SECRET, tmp_path / "secret.mp4")
    ffmpeg("-i", SECRET, "-c", "copy", tmp_path / "secret.ts")
    trap = tmp_path / f"trap{ending}"
    trap.write_text(SCRIPTS[script].format(folder=tmp_path))
    with pytest.raises(MediaError, match="not a film that can be read"):
        render_video(trap, tmp_path / "out.mp4", strength=0)
    assert not (tmp_path / "out.mp4").exists()


@pytest.mark.parametrize(
    "address", ["http://127.0.0.1:9/a.mp4", "concat:secret.mp4", "file:secret.mp4", "data:,x", "-"]
)
def test_an_address_is_no_film(tmp_path, address, monkeypatch):
    shutil.copy(SECRET, tmp_path / "secret.mp4")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(MediaError, match="no such file"):
        render_video(address, "out.mp4", strength=0)


def test_a_film_that_claims_to_be_enormous_is_refused_before_memory_is_taken(tmp_path):
    """2 kB of H.264 that says 16000 x 16000."""
    black = ("-f", "lavfi", "-i", "color=black:s=16000x16000:r=25:d=0.04")
    ffmpeg(*black, "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", tmp_path / "in.mp4")
    assert (tmp_path / "in.mp4").exists()
    with pytest.raises(MediaError, match=r"16000x16000, more than --max-pixels"):
        render_video(tmp_path / "in.mp4", tmp_path / "out.mp4", strength=0)


@pytest.mark.parametrize("name", ["claims.png", "holds.png"])
def test_a_picture_that_is_enormous_is_refused_before_memory_is_taken(tmp_path, name):
    """A header that says 60000 x 60000; and 30000 x 30000 of one colour, packed into little."""
    side = {"claims.png": 60000, "holds.png": 30000}[name]
    rows = zlib.compress(b"\0" * (side // 8 + 1) * (side if name == "holds.png" else 1), 9)
    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", rows), (b"IEND", b""))
    chunks = (
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in parts
    )
    (tmp_path / name).write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(chunks))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(MediaError, match=rf"{side}x{side}, more than --max-pixels 100000000"):
        render_video(tmp_path, tmp_path / "out.mp4", strength=0)
    with pytest.raises(MediaError, match=rf"{side}x{side}, more than --max-pixels"):
        render_image(tmp_path / name, tmp_path / "out.png", strength=0)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000


def test_rates_that_are_clocks_are_not_believed(tmp_path):
    """A film in a 90 kHz clock with frames at odd times: neither 90,000 frames a second nor an endless film."""
    source = write_film(tmp_path / "cfr.mp4", panned(20))
    odd = "settb=1/90000,setpts='(N*3600+mod(N*977,251))'"
    clock = ("-fps_mode", "passthrough", "-enc_time_base", "1/90000", "-video_track_timescale", 90000)
    ffmpeg("-i", source, "-vf", odd, *clock, "-c:v", "libx264", tmp_path / "in.mp4")
    video = open_video(tmp_path / "in.mp4")
    assert 10 < video.fps < 241
    assert len(list(pixels_of(video))) < 241
    assert isinstance(video.fps, Fraction)


def test_nothing_that_ffmpeg_says_reaches_the_user(tmp_path, vidream_command):
    broken = bytearray((SAMPLES / "bunny.mp4").read_bytes())
    broken[80_000:140_000] = b"\xaa" * 60_000
    (tmp_path / "in.mp4").write_bytes(broken)
    run: subprocess.CompletedProcess = vidream_command("video", "in.mp4", "out.mp4", "--strength", "0")
    assert run.returncode == 0, run.stderr
    assert len(run.stderr.splitlines()) == 1
    assert "in.mp4: damaged: " in run.stderr
    assert probe(tmp_path / "out.mp4").duration == pytest.approx(4, abs=0.3)
