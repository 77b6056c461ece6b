"""Every codec holds what its row says: known colours, and each frame once at its time, in joined segments, too."""

import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from fractions import Fraction
from itertools import accumulate, pairwise
from pathlib import Path

import av
import numpy as np
import pytest
from synthetic import add_sound, each_frame, ffmpeg, panned, write_film

from vidream.config import configure
from vidream.errors import Cancelled, MediaError, RenderError
from vidream.events import scope
from vidream.frames import Frame, Size
from vidream.jobs.encoding import described
from vidream.jobs.video import plan_video, render_video
from vidream.media import encoders
from vidream.media.codec import Codec
from vidream.media.codecs import CODECS
from vidream.media.containers import CONTAINERS
from vidream.media.grades import QUALITIES
from vidream.media.maker import Encoding
from vidream.media.reader import frames, open_video
from vidream.media.target import check_word, endings_of, holds_alpha, keeps_alpha, target_of
from vidream.media.trial import check_trial
from vidream.media.writer import maker
from vidream.render.leftovers import frames_safe

FULL = 65535.0
SIZE = Size(256, 128)
BITS = 8
RAMP = np.rint(np.linspace(0, FULL, 1024)).astype(np.uint16)[None, :, None].repeat(128, 0).repeat(3, 2)
"""(128, 1024, 3): black to white, in 16 bits."""
CORNERS = [(0, 0, 0), (1, 1, 1), (1, 0, 0), (0, 1, 0), (0, 0, 1), (1, 1, 0), (0, 1, 1), (1, 0, 1)]
"""Black, white, the primaries and what two of them make."""
WORDS = {codec.word: codec for codec in CODECS}
DEEP = [codec.word for codec in CODECS if any(row.deep for row in codec.pixel_formats) and not codec.plain]
WITH_ALPHA = [codec.word for codec in CODECS if any(row.alpha for row in codec.pixel_formats)]
PAIRS = [(codec, ending) for codec in CODECS for ending in endings_of(codec.word)]

OFF = {"hap": 3.0, "hapq": 2.8, "hapalpha": 3.0, "dxv": 3.0, "h264": 2.0, "gif": 1.5}
"""Code values of 10 bits by which a gradient of 16 bits is off on average, at most; of others 0.5."""
CORNERS_OFF = {"av1": 5.0, "hapq": 8.1}
"""Code values of 10 bits by which a large field of a primary is off at any px, at most."""


def wanted(**given) -> Encoding:
    return Encoding(SIZE, Fraction(25), **{"crf": None, "pix_fmt": None, "sound": None, **given})


def film_of(path: Path, codec: Codec, shown: list[Frame], **given) -> list[Frame]:
    """What is read of a film of frames that was written with a codec."""
    given = {"quality": "master", "deep": shown[0].peak > 255, **given}
    write_film(path, shown, crf=None, pix_fmt=None, codec=codec.word, **given)
    video = open_video(path)
    return list(frames(video, alpha=video.alpha))


def off(frame: Frame, samples: np.ndarray) -> np.ndarray:
    """By how much a frame is brighter than samples of 16 bits, in code values of 10 bits."""
    return (frame.samples / np.float64(frame.peak) - samples / FULL) * 1023


@pytest.mark.parametrize("codec", CODECS, ids=lambda codec: codec.word)
def test_a_gradient_of_16_bits_comes_back(tmp_path, codec):
    ending = ".mkv" if codec.word == "ffv1" else endings_of(codec.word)[0]
    read = film_of(tmp_path / f"out{ending}", codec, [Frame(RAMP, FULL)] * 2)
    assert len(read) == 2
    error = off(read[0], RAMP)
    assert np.abs(error).mean() < OFF.get(codec.word, 0.5)
    if codec.word in DEEP:
        assert abs(error.mean()) < 0.08  # nothing is rounded one way
        assert len(np.unique(read[0].samples[64, :, 1])) > 850  # 8 bits have 220, or 256
    if codec.word == "ffv1":
        np.testing.assert_array_equal(read[0].samples, RAMP)


@pytest.mark.parametrize("codec", CODECS, ids=lambda codec: codec.word)
def test_black_white_and_the_primaries_stay(tmp_path, codec):
    """In the middle of large fields; to a code value of 10 bits, and of codecs of 8 bits to one of theirs."""
    ending = ".mkv" if codec.word == "ffv1" else endings_of(codec.word)[0]
    fields = (np.array(CORNERS) * FULL).astype(np.uint16)[None].repeat(64, 1).reshape(1, -1, 3).repeat(128, 0)
    read = film_of(tmp_path / f"out{ending}", codec, [Frame(fields, FULL)])
    for number, corner in enumerate(CORNERS):
        middle = slice(number * 64 + 24, number * 64 + 40)
        error = np.abs(off(read[0], fields)[56:72, middle])
        assert error.max() <= CORNERS_OFF.get(codec.word, 1.4 if codec.word in DEEP else 4.1), corner
        if codec.word in DEEP and codec.word not in CORNERS_OFF and sum(corner) in (0, 3):
            assert error.max() < 0.3, corner


@pytest.mark.parametrize("word", WITH_ALPHA)
def test_alpha_comes_back_and_so_do_the_colours_under_it(tmp_path, word):
    codec, alpha = WORDS[word], RAMP[:, ::-1, :1].copy()
    ending = ".mkv" if word == "ffv1" else endings_of(word)[-1]
    read = film_of(tmp_path / f"out{ending}", codec, [Frame(RAMP, FULL, alpha)] * 2, alpha=True)
    assert read[0].alpha is not None
    apart = np.abs(read[0].alpha / np.float64(read[0].peak) - alpha / FULL) * 1023
    assert apart.mean() < {"ffv1": 1e-9, "prores4444": 0.2, "hapalpha": 1.1}.get(word, 3.0)
    assert np.abs(off(read[0], RAMP))[:, 1000:].mean() < 4  # where it is nearly clear, and clear
    assert max(apart[:, 0].max(), apart[:, -1].max()) < 4  # what is opaque or clear stays so


@pytest.mark.parametrize(("codec", "ending"), PAIRS, ids=lambda value: getattr(value, "word", value))
def test_segments_of_any_length_make_one_even_film(tmp_path, codec, ending):
    """PyAV finds each frame once, at its time; in the file's order none waits for another longer than is told."""
    lengths, fps = [1, 3, 6, 2, 1], Fraction(30000, 1001)
    count, firsts = sum(lengths), [0, *accumulate(lengths)][:-1]
    out = tmp_path / f"out{ending}"
    made = maker(out, replace(wanted(codec=codec.word), fps=fps))
    for first, length in zip(firsts, lengths, strict=True):
        with made.segment(tmp_path, first) as write:
            for number in range(first, first + length):
                write(Frame(numbered(number), 255.0))
    made.join(tmp_path, firsts, count)
    made.place(tmp_path, count)
    video = open_video(out)
    assert (video.count, float(video.fps)) == (count, pytest.approx(float(fps), rel=1e-2 if ending == ".gif" else 1e-9))
    assert [number_of(frame.pixels()) for frame in frames(video)] == list(range(count))
    if ending == ".gif":
        return  # its clock counts hundredths
    with av.open(str(out)) as film:
        stream = film.streams.video[0]
        packets = [packet for packet in film.demux(stream) if packet.size]
        tick = stream.time_base
        assert stream.codec_context.codec_tag == "hvc1" or not (codec.name[:4] == "HEVC" and ending in (".mp4", ".mov"))
    shown = sorted(packet.pts * tick for packet in packets)
    coarse = Fraction(1, 1000) if ending in (".mkv", ".webm") else 0
    assert len(packets) == count
    assert all(abs(later - earlier - 1 / fps) <= coarse for earlier, later in pairwise(shown))
    if not coarse:
        assert {packet.duration * tick for packet in packets} == {1 / fps}
        assert all(packet.dts <= packet.pts for packet in packets)
        assert {later.dts - earlier.dts for earlier, later in pairwise(packets)} == {1 / fps / tick}


def numbered(number: int) -> np.ndarray:
    """A frame that says its number, in stripes."""
    stripes = np.array([235 if number >> bit & 1 else 20 for bit in range(BITS)], np.uint8)
    return stripes.repeat(SIZE.width // BITS)[None, :, None].repeat(SIZE.height, 0).repeat(3, 2)


def number_of(pixels: np.ndarray) -> int:
    middles = pixels[SIZE.height // 2, SIZE.width // BITS // 2 :: SIZE.width // BITS].mean(-1)
    return sum(1 << bit for bit in range(BITS) if middles[bit] > 128)


@pytest.mark.parametrize("codec", CODECS, ids=lambda codec: codec.word)
def test_any_size_is_padded_or_refused_before_the_first_frame(tmp_path, codec, caplog):
    """What passes the trial can be made; what is added repeats the last row and column, and is told once."""
    ending = endings_of(codec.word)[0]
    for size in (Size(1, 1), Size(259, 123), Size(321, 181)):
        out, encoding = tmp_path / f"{size}{ending}", replace(wanted(codec=codec.word), size=size)
        stored = target_of(out, encoding).stored_size(size)
        if stored.width < codec.least.width or stored.height < codec.least.height:
            with pytest.raises(MediaError, match=rf"{codec.name} takes at least {codec.least} px, not {size}; give a"):
                check_trial(maker(out, encoding), out, encoding)
            continue
        caplog.clear()
        made = maker(out, encoding)
        assert len(caplog.messages) == (stored != size)
        check_trial(made, out, encoding)
        grey = np.full((size.height, size.width, 3), 100, np.uint8)
        write_film(out, [grey] * 2, crf=None, pix_fmt=None, codec=codec.word)
        assert open_video(out).size == stored
        assert len([*frames(open_video(out))]) == 2


MASTERS = {"prores": ".mov", "hevc10": ".mp4", "hap": ".mov", "ffv1": ".mkv", "vp9": ".webm", "av1": ".mp4"}


@pytest.fixture(scope="module")
def moving(tmp_path_factory) -> Path:
    """Two seconds, without a cut, large enough for every codec."""
    return write_film(tmp_path_factory.mktemp("moving") / "in.mkv", panned(50, 128, 256, by=(1, 0)), crf=4)


@pytest.mark.parametrize("word", ["prores", "hevc10"])
def test_what_is_stopped_keeps_every_frame(tmp_path, moving, word):
    straight, out = (tmp_path / f"{name}{MASTERS[word]}" for name in ("straight", "out"))
    render_video(moving, straight, strength=0, codec=word)
    knobs = {"strength": 0, "codec": word}
    safe = []
    for stop in (7, 30):
        cancel = threading.Event()
        with pytest.raises(Cancelled):
            render_video(moving, out, **knobs, cancel=cancel, on_event=each_frame(cancel_at(cancel, stop)))
        safe.append(frames_safe(out))
    assert safe == [7, 30]
    render_video(moving, out, **knobs)
    assert same_frames(straight, out)


def cancel_at(cancel: threading.Event, frame: int):
    def stop(done: int, total: int | None) -> None:
        if done >= frame:
            cancel.set()

    return stop


def same_frames(one: Path, other: Path) -> bool:
    pairs = zip(frames(open_video(one)), frames(open_video(other)), strict=True)
    return all(np.array_equal(a.samples, b.samples) for a, b in pairs)


@pytest.mark.slow
@pytest.mark.parametrize(
    "word", [pytest.param(word, marks=pytest.mark.ci if word == "prores" else ()) for word in MASTERS]
)
def test_killed_in_the_middle_it_goes_on_to_the_same_frames(tmp_path, moving, word):
    """By kill -9, twice, as soon as more is safe; then the same command to its end."""
    straight, out = (tmp_path / f"{name}{MASTERS[word]}" for name in ("straight", "out"))
    command = [sys.executable, "-m", "vidream", "video", str(moving)]
    knobs = ["--codec", word, "--layer", "block2", "--octaves", "1", "--dream-size", "64", "--fps", "50"]
    subprocess.run([*command, straight, *knobs], check=True, capture_output=True)
    for _ in range(2):
        safe = frames_safe(out)
        with subprocess.Popen([*command, out, *knobs], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as run:
            until = time.monotonic() + 60
            while frames_safe(out) <= safe and run.poll() is None and time.monotonic() < until:
                time.sleep(0.01)
            run.send_signal(signal.SIGKILL)
        assert safe < frames_safe(out) < 100
    subprocess.run([*command, out, *knobs], check=True, capture_output=True)
    assert open_video(out).count == 100
    assert same_frames(straight, out)


@pytest.mark.parametrize(
    ("name", "word", "source", "knobs", "sound"),
    [
        ("a.mov", "prores", "aac", {}, "pcm_s24le"),
        ("a.mov", "hap", "pcm_s16le", {}, "pcm_s16le"),
        ("a.mov", "h264", "aac", {}, "aac"),
        ("a.mkv", "ffv1", "aac", {}, "aac"),
        ("a.mkv", "ffv1", "aac", {"fps": 50, "loop": True, "end": 1}, "pcm_s24le"),
        ("a.mp4", "hevc10", "aac", {}, "aac"),
    ],
)
def test_sound_beside_what_is_to_be_edited_is_pcm(tmp_path, moving, name, word, source, knobs, sound):
    film = add_sound(moving, tmp_path / "in.mkv", "-c:a", source, seconds=2.0)
    render_video(film, tmp_path / name, strength=0, codec=word, **knobs)
    with av.open(str(tmp_path / name)) as made:
        assert [stream.codec_context.name for stream in made.streams.audio] == [sound]


def heard(path: Path, track: int = 0) -> np.ndarray:
    with av.open(str(path)) as file:
        return np.concatenate([frame.to_ndarray().ravel() for frame in file.decode(audio=track)])


@pytest.mark.parametrize(
    ("name", "word", "source", "knobs"),
    [
        ("a.mov", "prores", "pcm_s16le", {"end": 0.4}),
        ("a.mov", "prores", "aac", {"end": 0.41}),  # ten frames, too
        ("a.mov", "prores", "aac", {"end": 0.41, "streams": "all"}),
        ("a.mkv", "ffv1", "flac", {"end": 0.4, "streams": "all"}),
        ("a.mkv", "ffv1", "pcm_f32le", {"end": 0.4}),
        ("a.mov", "prores", "pcm_s24le", {"start": 1.6}),  # the sound is longer than the picture
    ],
)
def test_a_sound_that_can_be_cut_anywhere_ends_with_the_picture(tmp_path, moving, name, word, source, knobs):
    """An editor shows a black frame where it does not."""
    tone = ("-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000:duration=3", "-c:v", "copy")
    film, tracks = tmp_path / "in.mkv", 2 if "streams" in knobs else 1
    ffmpeg("-i", moving, *tone, "-map", "0:v", *("-map", "1:a") * tracks, "-c:a", source, film)
    render_video(film, tmp_path / name, strength=0, codec=word, **knobs)
    assert open_video(tmp_path / name).count == 10
    start = round(knobs.get("start", 0) * 48000)
    for track in range(tracks):
        made = heard(tmp_path / name, track)
        assert len(made) == 19200
        if source != "aac":
            np.testing.assert_array_equal(made, heard(film, track)[start : start + 19200])


@pytest.mark.parametrize(
    ("name", "knobs", "line"),
    [
        ("a.mp4", {}, "H.264, quality good, yuv420p, 8 bits, 256x128"),
        ("a.mp4", {"codec": "av1", "crf": 30}, "AV1, CRF 30, yuv420p, 8 bits, 256x128"),
        ("a.mov", {"codec": "hap", "size": "254x122"}, "HAP, quality good, rgba, 8 bits, 256x124"),
        ("%d.png", {"codec": "png16"}, "PNG, 16 bits, 256x128"),
        ("%d.exr", {}, "OpenEXR, 16 bits of floats, 256x128"),
    ],
)
def test_a_dry_run_says_what_will_be_written(moving, name, knobs, line):
    assert list(described(plan_video(moving, name, **knobs), Path(name))) == [f"{name}: {line}"]


def test_the_source_says_the_depth_and_the_alpha_as_far_as_the_codec_goes():
    def chosen(name: str, **given) -> str:
        return target_of(Path(name), wanted(**given)).pixel_format.name

    assert chosen("a.mp4", deep=True) == chosen("a.mp4", codec="h264", deep=True) == "yuv420p"
    assert chosen("a.webm", deep=True) == "yuv420p10le"
    assert chosen("a.webm", alpha=True) == "yuva420p"
    assert chosen("a.mp4", codec="vp9", alpha=True) == "yuv420p"  # it has no room for it
    assert chosen("a.mp4", codec="hevc") == "yuv420p"
    assert chosen("a.mp4", codec="hevc", deep=True) == chosen("a.mp4", codec="hevc10") == "yuv420p10le"
    assert chosen("a.mov", codec="prores4444") == "yuv444p10le"
    assert chosen("a.mov", codec="prores4444", alpha=True) == "yuva444p10le"
    assert [chosen("a.mov", codec="dnxhr", deep=deep) for deep in (False, True)] == ["yuv422p", "yuv422p10le"]
    assert chosen("a.mov", codec="dnxhr", quality="master") == "yuv422p10le"
    ffv1 = [chosen("a.mkv", codec="ffv1", deep=deep, alpha=alpha) for deep in (False, True) for alpha in (False, True)]
    assert ffv1 == ["bgr0", "bgra", "gbrp16le", "gbrap16le"]
    assert chosen("a.mp4", codec="hevc", pix_fmt="yuv444p12le") == "yuv444p12le"


def test_a_quality_is_a_grade_and_a_crf_a_number_in_its_place():
    def rate(name: str, **given) -> tuple[str, ...]:
        return target_of(Path(name), wanted(**given)).grade.rate

    assert rate("a.mp4") == rate("a.mp4", quality="good") == rate("a.mp4", crf=18) == ("-crf", "18")
    assert [rate("a.mov", codec="prores", quality=word)[1] for word in QUALITIES] == ["lt", "standard", "hq"]
    for codec in CODECS:
        assert {grade.quality for grade in codec.grades} == set(QUALITIES)
        sizes = [next(row.px_bytes for row in codec.grades if row.quality == word) for word in QUALITIES]
        assert sizes == sorted(sizes), codec.word


@pytest.mark.parametrize(
    ("name", "given", "message"),
    [
        ("a.mp4", {"codec": "prores"}, "a.mp4: --codec prores goes into .mov, .mkv; .mp4 takes h264, hevc, hevc10, "),
        ("a.mkv", {"codec": "exr"}, "a.mkv: --codec exr goes into .exr; .mkv takes h264"),
        ("a.gif", {"codec": "hap"}, "a.gif: --codec hap goes into .mov; .gif takes gif"),
        ("a.mov", {"codec": "dxv", "crf": 3}, "a.mov: DXV has no --crf; give --quality small, good or master"),
        ("a.mov", {"pix_fmt": "yuva444p10le"}, "--pix-fmt yuva444p10le: H.264 does not take it; give one of yuv420p, "),
        ("a.gif", {"pix_fmt": "gbrp16le"}, "--pix-fmt gbrp16le: GIF has one of its own; leave --pix-fmt out"),
        ("a.mov", {"codec": "hapq", "pix_fmt": "yuv420p"}, "--pix-fmt yuv420p: HAP Q has one of its own; leave "),
        (
            "a.mov",
            {"codec": "dnxhr", "quality": "master", "pix_fmt": "yuv422p"},
            "--pix-fmt yuv422p: DNxHR does not take it at --quality master; give yuv422p10le",
        ),
    ],
)
def test_what_does_not_go_together_is_one_line(name, given, message):
    with pytest.raises(MediaError) as caught:
        target_of(Path(name), wanted(**given))
    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)


def test_a_word_of_pictures_fits_pictures():
    check_word(Path("%05d.png"), "png16")
    check_word(Path("%05d.exr"), "exr32")
    with pytest.raises(MediaError, match=r"%05d\.png: --codec hevc goes into .*; \.png takes png, png16$"):
        check_word(Path("%05d.png"), "hevc")
    with pytest.raises(MediaError, match=r"%05d\.jpg: --codec png goes into \.png$"):
        check_word(Path("%05d.jpg"), "png")


def test_what_is_lost_is_said_with_the_word_that_keeps_it(tmp_path):
    heard = []
    with scope(heard.append):
        for name in ("a.mp4", "a.webm", "a.gif"):
            maker(tmp_path / name, wanted(deep=True))
    assert [event.message for event in heard] == [
        f"{tmp_path}/a.mp4: its source has more than 8 bits, H.264 in yuv420p has 8; --codec hevc keeps them",
        f"{tmp_path}/a.gif: its source has more than 8 bits, GIF has 8; .mp4 with --codec hevc keeps them",
    ]
    heard.clear()
    with scope(heard.append):
        maker(tmp_path / "a.mov", wanted(codec="hapalpha", deep=True, alpha=True))
        maker(tmp_path / "a.webm", wanted(deep=True, alpha=True))
    assert [event.message.rsplit("; ", 1)[1] for event in heard] == [
        "--codec prores4444 keeps them",
        ".mov with --codec prores4444 keeps them",
    ]
    assert keeps_alpha(Path("a.mp4")) == ".mov with --codec prores4444 keeps it"
    assert keeps_alpha(Path("a.mkv")) == "--codec prores4444 keeps it"
    film = configure("video").film
    names = ("a.mp4", "a.webm", "a.png", "a.gif")
    assert [holds_alpha(Path(name), film) for name in names] == [False, True, True, False]
    assert holds_alpha(Path("a.mov"), replace(film, codec="hapalpha"))
    assert not holds_alpha(Path("a.webm"), replace(film, pix_fmt="yuv420p"))


def test_an_encoder_that_is_not_here_is_told_before_the_first_frame(tmp_path, monkeypatch):
    """The row names an encoder that no ffmpeg has; what others there are is said."""
    gone = replace(WORDS["prores"], encoder=("-c:v", "gone"))
    codecs = tuple(gone if codec.word == "prores" else codec for codec in CONTAINERS[".mov"].codecs)
    monkeypatch.setitem(CONTAINERS, ".mov", replace(CONTAINERS[".mov"], codecs=codecs))
    monkeypatch.setattr(encoders, "encoders", lambda: frozenset({"libx264", "dnxhd"}))
    out, encoding = tmp_path / "out.mov", wanted(codec="prores")
    with pytest.raises((MediaError, RenderError)) as caught:
        check_trial(maker(out, encoding), out, encoding)
    assert str(caught.value) == (
        f"{out}: this ffmpeg has no encoder gone, which ProRes 422 takes; give --codec h264, dnxhr, dnxhr444, or "
        "set IMAGEIO_FFMPEG_EXE to an ffmpeg that has it"
    )
    assert not list(tmp_path.iterdir())


def test_every_encoder_is_known_to_the_ffmpeg_that_is_shipped():
    assert {codec.needs for codec in CODECS} <= encoders.encoders()


def test_the_size_that_is_told_is_the_one_that_is_written(film, tmp_path, caplog, tiny):
    made = render_video(film, tmp_path / "out.mov", codec="hap", size="62x46", strength=0, **tiny)
    assert "takes widths in steps of 4 px and heights in steps of 4 px: " in caplog.text
    assert made.size == open_video(made.out).size == (64, 48)


@pytest.mark.parametrize(("quality", "width"), [("good", 96), ("master", 80)])
def test_the_steps_of_cineform_are_those_of_its_smallest_plane_and_it_is_read_again(
    film, tmp_path, tiny, quality, width
):
    knobs = {"codec": "cineform", "quality": quality, "size": "80x34", "end": 0.08, "strength": 0, **tiny}
    made = render_video(film, tmp_path / "out.mov", **knobs)
    assert made.size == (width, 34)
    assert [frame.size for frame in frames(open_video(made.out))] == [made.size] * made.frames
