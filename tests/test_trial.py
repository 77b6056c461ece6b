"""What can fail at the end is found before the first frame; what cannot be, loses nothing."""

import errno
import re
import shutil
import subprocess
import sys
import tempfile
from collections import namedtuple
from fractions import Fraction

import numpy as np
import pytest
from synthetic import add_sound, clicks, each_frame, ffmpeg, heard, panned, probe, read_film, write_film

from vidream.errors import MediaError, RenderError
from vidream.frames import PEAK, Frame, Size
from vidream.jobs.video import render_video, video_job
from vidream.media import trial, writer
from vidream.media.codecs import H264
from vidream.media.containers import CONTAINERS
from vidream.media.fflog import reason_of
from vidream.media.ffmpeg import run as run_ffmpeg
from vidream.media.maker import Encoding
from vidream.media.room import check_room
from vidream.media.trial import check_trial
from vidream.media.video import Sound
from vidream.media.writer import maker, try_out
from vidream.render.leftovers import frames_safe

RATE = 48000


@pytest.fixture
def silent(tmp_path):
    return write_film(tmp_path / "silent.mp4", panned(25, 48, 64), pix_fmt="yuv420p")


def tones(path, count: int, seconds: float = 1.0, layout: str | None = None):
    """A .wav whose channels each have a tone of their own; and the tones, in Hz."""
    frequencies = [200 + 80 * number for number in range(count)]
    times = np.arange(int(seconds * RATE)) / RATE
    phases = 2 * np.pi * np.array([number * number / (2 * count) for number in range(count)])  # they peak apart
    samples = 0.5 * np.sin(2 * np.pi * np.outer(times, frequencies) + phases)
    path.with_suffix(".raw").write_bytes((samples * 32767).astype("<i2").tobytes())
    channels = ["-ch_layout", layout] if layout else ["-ac", count]
    ffmpeg("-f", "s16le", "-ar", RATE, *channels, "-i", path.with_suffix(".raw"), "-c:a", "pcm_s16le", path)
    return path, frequencies


def sound_of(path) -> np.ndarray:
    """(N, channels) of -1..1."""
    said = ffmpeg("-i", path)
    layout = re.search(r"Audio: .* Hz, ([^,]+),", said)[1]
    channels = {"mono": 1, "stereo": 2}.get(layout) or sum(int(each) for each in re.findall(r"\d+", layout)[:2])
    channels = {"quad": 4, "hexagonal": 6, "octagonal": 8}.get(layout.split("(")[0], channels)
    ffmpeg("-i", path, "-map", "0:a", "-f", "f32le", path.with_suffix(".f32"))
    return np.frombuffer(path.with_suffix(".f32").read_bytes(), "<f4").reshape(-1, channels)


def levels(samples: np.ndarray, frequencies) -> np.ndarray:
    """How loud each frequency is in the middle of a sound, 1 for a full tone, in the channel where it is loudest."""
    middle = samples[RATE // 4 : RATE // 4 + RATE // 2]
    spectrum = np.abs(np.fft.rfft(middle * np.hanning(len(middle))[:, None], axis=0)) * 4 / len(middle)
    return np.array([spectrum[round(each * len(middle) / RATE)].max() for each in frequencies])


def undecodable(film, out):
    """Its codec is renamed to one that nobody can decode."""
    content = add_sound(film, out, "-c:a", "pcm_s16le", seconds=1).read_bytes()
    out.write_bytes(content.replace(b"sowt", b"apac"))
    return out


def damaged(film, out):
    """AAC of which every packet is overwritten."""
    source = add_sound(film, out.with_suffix(".adts.mkv"), "-c:a", "aac", seconds=1)
    ffmpeg("-i", source, "-map", "0", "-c", "copy", "-bsf:a", "noise=amount=1", out)
    return out


def nameless(film, out):
    """A codec that Matroska does not know."""
    source = add_sound(film, out.with_suffix(".x.mkv"), "-c:a", "libvorbis", seconds=1)
    out.write_bytes(source.read_bytes().replace(b"A_VORBIS", b"A_NOBODY"))
    return out


UNREADABLE = [(undecodable, ".mov"), (damaged, ".mkv"), (nameless, ".mkv")]


@pytest.mark.parametrize(("spoiled", "ending"), UNREADABLE)
@pytest.mark.parametrize("out", ["out.mp4", "out.mkv"])
def test_sound_that_nobody_can_decode_is_left_out_and_said_first(tmp_path, silent, caplog, spoiled, ending, out):
    source, said = spoiled(silent, tmp_path / f"in{ending}"), []
    made = render_video(source, tmp_path / out, strength=0, on_event=each_frame(lambda *_: said.append(caplog.text)))
    assert made.frames == 25
    assert len(read_film(tmp_path / out)[0]) == 25
    assert probe(tmp_path / out).audio is None
    assert "cannot be used: it cannot be decoded; the film is made without sound" in said[0]


@pytest.mark.parametrize("out", ["out.mp4", "out.mkv", "out.webm"])
def test_the_next_track_is_taken(tmp_path, silent, caplog, out):
    bad = undecodable(silent, tmp_path / "bad.mov")
    good = clicks(tmp_path / "good.wav", [0.4], 1)
    both = tmp_path / "both.mov"
    ffmpeg("-i", silent, "-i", bad, "-i", good, "-map", "0:v", "-map", "1:a", "-map", "2:a", "-c", "copy", both)
    render_video(both, tmp_path / out, strength=0)
    assert heard(tmp_path / out) == [pytest.approx(0.4, abs=0.04)]
    assert "sound track 1 (apple_apac) cannot be used; track 2 is" in caplog.text
    render_video(silent, tmp_path / f"put-{out}", strength=0, sound=str(both))
    assert probe(tmp_path / f"put-{out}").audio


@pytest.mark.parametrize(("spoiled", "ending"), UNREADABLE)
def test_sound_that_was_named_and_cannot_be_decoded_is_refused_first(tmp_path, silent, spoiled, ending):
    named = spoiled(silent, tmp_path / f"named{ending}")
    script = f"""
import sys
from vidream.errors import MediaError
from vidream.jobs.video import render_video
try:
    render_video({str(silent)!r}, {str(tmp_path / "out.mp4")!r}, sound={str(named)!r})
except MediaError as error:
    print(error)
print("tensorflow" in sys.modules)
"""
    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert re.fullmatch(
        r".*named\.\w+: its sound \(\w+\) cannot be decoded; convert it first, or name another\nFalse\n", said
    )
    assert not (tmp_path / "out.mp4").exists()
    assert not list(tmp_path.glob("*.vidream"))


def test_protected_sound_is_refused(tmp_path, silent):
    key = "00112233445566778899aabbccddeeff"
    tone = ("-f", "lavfi", "-i", f"sine=440:d=2:r={RATE}")
    locked = ("-encryption_scheme", "cenc-aes-ctr", "-encryption_key", key, "-encryption_kid", key)
    ffmpeg(*tone, "-c:a", "aac", *locked, tmp_path / "locked.m4a")
    with pytest.raises(MediaError, match="cannot be decoded"):
        render_video(silent, tmp_path / "out.mp4", strength=0, sound=str(tmp_path / "locked.m4a"))


def put_under(out, song):
    """A film with a song under it, as a job makes it: tried first. Its sound."""
    size, sound = Size(64, 48), Sound(song, "pcm_s16le")
    encoding = Encoding(size, Fraction(25), 20, "yuv420p", sound)
    check_trial(maker(out, encoding), out, encoding)
    return sound_of(write_film(out, [np.zeros((48, 64, 3), np.uint8)] * 25, pix_fmt="yuv420p", crf=20, sound=sound))


@pytest.mark.parametrize(
    ("channels", "ending"), [(9, ".webm"), (10, ".mp4"), (12, ".mp4"), (24, ".webm"), (60, ".webm")]
)
def test_more_channels_than_a_codec_takes_are_mixed_down(tmp_path, caplog, channels, ending):
    """All of them are heard, none louder than it was, together as loud as they are; nothing clips."""
    song, frequencies = tones(tmp_path / "song.wav", channels)
    samples = put_under(tmp_path / f"out{ending}", song)
    assert f"its {channels} channels are mixed down to two" in caplog.text
    assert samples.shape[1] == 2
    assert np.abs(samples).max() < 1
    found = levels(samples, frequencies)
    assert (
        np.delete(found, 18) if channels == 24 else found
    ).min() > 0.02  # 18 of 22.2: a second low-frequency channel
    assert found.max() <= 0.52
    middle = samples[RATE // 4 : RATE // 4 * 3]
    assert np.sqrt(np.square(middle).mean(0)).min() > 0.15  # a tone of 0.5 alone has 0.35


def test_channels_that_say_the_same_do_not_clip_when_they_are_mixed(tmp_path):
    times = np.arange(RATE) / RATE
    samples = np.repeat((32767 * np.sin(2 * np.pi * 440 * times)).astype("<i2")[:, None], 12, 1)
    (tmp_path / "a.raw").write_bytes(samples.tobytes())
    ffmpeg("-f", "s16le", "-ar", RATE, "-ac", 12, "-i", tmp_path / "a.raw", tmp_path / "a.wav")
    out = put_under(tmp_path / "out.mp4", tmp_path / "a.wav")
    assert 0.5 < np.abs(out[RATE // 4 : RATE // 2]).max() < 1
    assert np.abs(out).max() < 1


CHANNELS = {"mono": 1, "quad": 4, "hexagonal": 6, "octagonal": 8, "cube": 8}
LAYOUTS = ["mono", "2.1", "3.0", "3.0(back)", "4.0", "quad(side)", "4.1", "5.0(side)", "5.1", "5.1(side)", "6.0(front)"]
LAYOUTS += ["hexagonal", "6.1(back)", "7.0", "7.1(wide)", "octagonal", "5.1.2", "cube", "7.1.4"]


@pytest.mark.parametrize("ending", [".mp4", ".webm"])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_is_taken(tmp_path, layout, ending):
    count = CHANNELS.get(layout.split("(")[0]) or sum(map(int, layout.split("(")[0].split(".")))
    song, frequencies = tones(tmp_path / "song.wav", count, layout=layout)
    samples = put_under(tmp_path / f"out{ending}", song)
    assert np.abs(samples).max() < 1
    found = levels(samples, frequencies)
    assert np.sort(found)[".1" in layout :].min() > 0.02  # of a low-frequency channel such tones are not kept


@pytest.mark.parametrize("ending", [".mp4", ".mkv", ".webm"])
@pytest.mark.parametrize("rate", [4000, 22050, 192000])
def test_every_rate_is_taken(tmp_path, rate, ending):
    ffmpeg("-f", "lavfi", "-i", f"sine=440:d=1:r={rate}", tmp_path / "song.wav")
    out = tmp_path / f"out{ending}"
    assert np.abs(put_under(out, tmp_path / "song.wav")).max() > 0.05
    assert probe(out).duration == pytest.approx(1, abs=0.3)  # a frame of AAC at 4,000 Hz is a quarter of a second


def test_mp3_that_mp4_refuses_is_encoded_and_said(tmp_path, silent, caplog):
    """At 8,000 Hz: found out when the file is begun, which copied sound is not."""
    source = add_sound(silent, tmp_path / "in.mkv", "-ar", "8000", "-c:a", "libmp3lame", seconds=1)
    render_video(source, tmp_path / "out.mp4", strength=0)
    assert probe(tmp_path / "out.mp4").audio == "aac"
    assert "its mp3 sound cannot be copied (it is damaged, or of a kind" in caplog.text


@pytest.mark.parametrize("ending", [".mp4", ".mkv", ".webm"])
def test_sound_that_ends_before_the_film_begins_is_left_out(tmp_path, caplog, ending):
    long = write_film(tmp_path / "long.mp4", panned(60, 48, 64), pix_fmt="yuv420p")
    source, out = add_sound(long, tmp_path / "in.mp4", seconds=0.5), tmp_path / f"out{ending}"
    render_video(source, out, strength=0, start=2)
    assert "its sound ends before 2.00 s; the film is made without sound" in caplog.text
    assert probe(out).audio is None
    assert probe(out).duration == pytest.approx(0.4, abs=0.01)


@pytest.mark.parametrize("ending", [".mp4", ".mkv", ".webm"])
def test_sound_that_begins_late_comes_when_it_should(tmp_path, ending):
    long = write_film(tmp_path / "long.mp4", panned(60, 48, 64), pix_fmt="yuv420p")
    sound = clicks(tmp_path / "clicks.wav", [0.2, 0.7], 1)
    inputs = ("-i", long, "-itsoffset", 1, "-i", sound)
    ffmpeg(*inputs, "-map", "0:v", "-map", "1:a", "-c:v", "copy", "-c:a", "aac", tmp_path / "in.mp4")
    out, early = tmp_path / f"out{ending}", tmp_path / f"early{ending}"
    render_video(tmp_path / "in.mp4", out, strength=0, end=1.6)
    assert heard(out) == [pytest.approx(1.2, abs=0.04)]
    assert probe(out).duration == pytest.approx(1.6, abs=0.06)
    render_video(tmp_path / "in.mp4", early, strength=0, end=0.8)
    assert probe(early).duration == pytest.approx(0.8, abs=0.06)


def test_a_reason_is_told_without_addresses():
    said = """\
[aac @ 0x563d8af7fd80] Unsupported channel layout "7.1.4"
[aost#0:0/aac @ 0x563d8af7f180] [enc:aac @ 0x563d8af7fc80] Error while opening encoder - maybe incorrect parameters
[af#0:0 @ 0x563d8af80480] Task finished with error code: -22 (Invalid argument)
[out#0/mp4 @ 0x563d8af7e440] Nothing was written into output file, because at least one of its streams received no data
Error opening output files: Invalid argument""".splitlines()
    assert reason_of(said) == 'Unsupported channel layout "7.1.4"'
    assert reason_of(["[out#0/mp4 @ 000001f2a3b4c5d6] Nothing was written"]) == "Nothing was written"
    full = [
        "[out#0/matroska @ 0x1] Error writing trailer: No space left on device",
        "[out#0/mp4 @ 0x2] Conversion failed!",
    ]
    assert reason_of(full) == "Error writing trailer: No space left on device"
    assert reason_of([]) == "it was ended"


@pytest.mark.parametrize(
    ("name", "size", "message"),
    [
        ("out.mp4", Size(16386, 2), "H.264 takes at most 16384 px a side, not 16386x2"),
        ("out.mkv", Size(2, 16386), "H.264 takes at most 16384 px a side"),
        ("out.webm", Size(65536, 2), "VP9 takes at most 65535 px a side"),
        ("out.gif", Size(65536, 2), "GIF takes at most 65535 px a side"),
        ("%d.webp", Size(20000, 2), "webp"),
    ],
)
def test_a_size_that_no_encoder_takes_is_refused(tmp_path, name, size, message):
    encoding = Encoding(size, Fraction(25), 20, "yuv420p", None)
    with pytest.raises((MediaError, RenderError), match=f"(?i){message}") as caught:
        check_trial(maker(tmp_path / name, encoding), tmp_path / name, encoding)
    assert "\n" not in str(caught.value)
    assert " @ " not in str(caught.value)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("ending", CONTAINERS)
@pytest.mark.parametrize("pix_fmt", [each.name for each in H264.pixel_formats])
@pytest.mark.parametrize("size", [Size(1, 1), Size(63, 47)])
def test_what_passes_the_trial_can_be_made(tmp_path, ending, pix_fmt, size):
    out = tmp_path / f"out{ending}"
    encoding = Encoding(size, Fraction(25), 20, pix_fmt, None)
    if (ending, pix_fmt) == (".gif", "yuv420p10le"):
        with pytest.raises(MediaError, match=r"^--pix-fmt yuv420p10le: GIF has one of its own; leave"):
            maker(out, encoding)
        return
    check_trial(maker(out, encoding), out, encoding)
    assert not list(tmp_path.iterdir())
    write_film(out, [np.zeros((size.height, size.width, 3), np.uint8)] * 3, pix_fmt=pix_fmt)
    assert out.stat().st_size


def test_a_trial_is_made_once_for_a_job_and_for_those_like_it(tmp_path, silent, monkeypatch):
    tried, whole = [], try_out
    monkeypatch.setattr(trial, "try_out", lambda *given: tried.append(given) or whole(*given))
    source = add_sound(silent, tmp_path / "in.mp4", seconds=1)
    for _ in range(2):  # as a batch does: looked into first, made later
        video_job(source, tmp_path / "out.mp4", strength=0).check()
    render_video(source, tmp_path / "out.mp4", strength=0)
    assert len(tried) == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.mp4", "out.mp4", "silent.mp4"]
    (tmp_path / "out.mp4").unlink()
    clicks(tmp_path / "song.wav", [0.1], 1)
    job = video_job(source, tmp_path / "out.mp4", strength=0, sound=str(tmp_path / "song.wav"))
    job.check()
    assert len(tried) == 2


def test_a_join_that_fails_leaves_what_is_done_and_goes_on(tmp_path, silent, caplog, monkeypatch):
    """Its disk is full when it is joined: nothing of the whole stays, every frame does."""
    source, out = add_sound(silent, tmp_path / "in.mp4", seconds=1), tmp_path / "out.mp4"
    whole = run_ffmpeg

    def full(arguments, task):
        whole(arguments, task)
        if "-c:v" in arguments and ".vidream-" not in arguments[-1]:  # not the trial
            raise RenderError(f"ffmpeg could not {task}: No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(writer, "run", full)
        with pytest.raises(RenderError, match=r"No space left on device; what is done stays$"):
            render_video(source, out, strength=0)
    assert frames_safe(out) >= 24
    assert "encoded anew" not in caplog.text  # it is not the sound's fault
    assert not list((tmp_path / "out.mp4.vidream").glob("whole*"))
    made = []
    assert render_video(source, out, strength=0, on_event=each_frame(lambda done, _: made.append(done))).frames == 25
    assert len(made) <= 1
    assert len(read_film(out)[0]) == 25


def test_sound_that_cannot_be_copied_to_its_end_is_encoded(tmp_path, silent, caplog, monkeypatch):
    source, out = add_sound(silent, tmp_path / "in.mp4", seconds=1), tmp_path / "out.mp4"
    whole = run_ffmpeg

    def fussy(arguments, task):
        if "-copypriorss:a:0" in arguments and ".vidream-" not in arguments[-1]:
            raise RenderError(f"ffmpeg could not {task}: it changes its mind in the middle")
        whole(arguments, task)

    monkeypatch.setattr(writer, "run", fussy)
    render_video(source, out, strength=0)
    assert probe(out).audio == "aac"
    assert "it changes its mind in the middle); it is encoded anew" in caplog.text


Usage = namedtuple("Usage", "total used free")


def test_a_disk_that_is_too_small_is_told_before_the_first_frame(tmp_path, silent, caplog, monkeypatch):
    for free, refused, warned in ((10**12, False, False), (2_000, False, True), (500, True, False)):
        caplog.clear()
        monkeypatch.setattr(shutil, "disk_usage", lambda _, free=free: Usage(10**12, 0, free))
        job = video_job(silent, tmp_path / "out.mp4", strength=0)
        if refused:
            with pytest.raises(MediaError, match=r"too little for 25 frames; make room first"):
                job.check()
        else:
            job.check()
        assert ("it may need" in caplog.text) == warned
    assert not list(tmp_path.glob("*.vidream"))


@pytest.mark.parametrize("name", ["out.mp4", "out.webm", "out.gif", "%d.png", "%d.jpg"])
def test_what_is_refused_for_want_of_room_would_not_fit(tmp_path, name, monkeypatch):
    """The plainest film there is needs more than the least that is asked for."""
    size, count, frame = Size(64, 48), 50, np.zeros((48, 64, 3), np.uint8)
    folder = tmp_path / "made"
    folder.mkdir()
    encoding = Encoding(size, Fraction(25), 51, "yuv420p", None)
    made = maker(tmp_path / name, encoding)
    with made.segment(folder, 0) as write:
        for _ in range(count):
            write(Frame(frame, PEAK))
    made.join(folder, [0], count)
    used = sum(path.stat().st_size for path in folder.iterdir())
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(10**12, 0, used))
    check_room(tmp_path / name, encoding, count)


def test_a_film_larger_than_its_disk_takes_in_one_file_is_told(tmp_path, caplog, monkeypatch):
    def refused(**_):
        raise OSError(errno.EFBIG, "File too large")

    encoding = Encoding(Size(1920, 1080), Fraction(25), None, None, None)
    check_room(tmp_path / "out.mp4", encoding, 100_000)
    assert "beyond 4 GB" not in caplog.text
    monkeypatch.setattr(tempfile, "TemporaryFile", refused)
    check_room(tmp_path / "out.mp4", encoding, 1000)
    assert "beyond 4 GB" not in caplog.text
    check_room(tmp_path / "out.mp4", encoding, 100_000)
    assert "beyond 4 GB" in caplog.text


@pytest.mark.parametrize("codec", ["pcm_f32le", "pcm_f64le", "pcm_f32be", "pcm_f64be"])
@pytest.mark.parametrize("channels", [1, 2, 6, 12])
def test_floats_stay_what_they_are_in_mkv(tmp_path, silent, codec, channels):
    """To the bit, beyond full scale, too; what is no number is silent."""
    samples = np.random.default_rng(2).normal(0, 0.9, (RATE, channels)).astype(">f4" if "be" in codec else "<f4")
    samples[1000], samples[2000] = np.nan, np.inf
    (tmp_path / "raw").write_bytes(samples.tobytes())
    source = tmp_path / "in.mov"
    raw = ("-f", "f32be" if "be" in codec else "f32le", "-ar", RATE, "-ac", channels, "-i", tmp_path / "raw")
    said = ffmpeg("-i", silent, *raw, "-map", "0:v", "-map", "1:a", "-c:v", "copy", "-c:a", codec, source)
    assert source.exists(), said
    render_video(source, tmp_path / "out.mkv", strength=0)
    assert probe(tmp_path / "out.mkv").audio == codec.replace("be", "le")
    ffmpeg("-i", tmp_path / "out.mkv", "-map", "0:a", "-f", "f32le", tmp_path / "out.f32")
    kept = np.frombuffer((tmp_path / "out.f32").read_bytes(), "<f4").reshape(-1, channels)
    meant = np.where(np.isfinite(samples), samples, 0)
    assert np.array_equal(kept[: len(meant)], meant[: len(kept)])
    assert len(kept) == pytest.approx(RATE, abs=RATE // 25)
