"""Segments that are joined make one film: each frame once, in order, at its time, whatever their lengths."""

import shutil
import struct
from dataclasses import replace
from fractions import Fraction
from itertools import accumulate

import cv2
import numpy as np
import pytest
from synthetic import ffmpeg, probe, read_film

from vidream.errors import RenderError
from vidream.frames import PEAK, Frame, Size
from vidream.media.backwards import backwards
from vidream.media.codecs import CODECS
from vidream.media.containers import CONTAINERS
from vidream.media.maker import Encoding
from vidream.media.raw import RGB24, RGB48
from vidream.media.writer import maker
from vidream.render.segments import SEGMENT

SIZE, BITS = Size(64, 16), 8
FILMS = {ending: container for ending, container in CONTAINERS.items() if not container.palette}
RATES = [25, Fraction(24000, 1001), Fraction(30000, 1001), Fraction(25, 2), 50, 60, 120]


def numbered(number: int) -> np.ndarray:
    """A frame that says its number, in stripes."""
    stripes = [235 if number >> bit & 1 else 20 for bit in range(BITS)]
    return np.repeat(np.repeat(np.array(stripes, np.uint8), SIZE.width // BITS)[None, :, None], SIZE.height, 0).repeat(
        3, 2
    )


def number_of(frame: np.ndarray) -> int:
    middles = frame[SIZE.height // 2, SIZE.width // BITS // 2 :: SIZE.width // BITS].mean(-1)
    return sum(1 << bit for bit in range(BITS) if middles[bit] > 128)


def encoding(fps, **given) -> Encoding:
    return Encoding(SIZE, Fraction(fps), 18, "yuv420p", None, **given)


def write_segment(made, folder, first: int, length: int, numbers=None) -> None:
    with made.segment(folder, first) as write:
        for number in numbers or range(first, first + length):
            write(Frame(numbered(number), PEAK))


def film(path, lengths, fps=25, make=lambda made, count: made, numbers=None):
    """A film of segments of these lengths, written as a session writes it."""
    count = sum(lengths)
    made, folder = make(maker(path, encoding(fps)), count), path.with_suffix(".made")
    folder.mkdir()
    firsts = [0, *accumulate(lengths)][:-1]
    for first, length in zip(firsts, lengths, strict=True):
        write_segment(made, folder, first, length, numbers and numbers[first : first + length])
    made.join(folder, firsts, count)
    made.place(folder, count)
    return path


def boxes(data: bytes):
    """The boxes of an .mp4, and those in them: (name, content)."""
    at = 0
    while at + 8 <= len(data):
        size, name = struct.unpack_from(">I4s", data, at)
        assert size >= 8
        content = data[at + 8 : at + size]
        yield name.decode("latin-1"), content
        if name in (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"edts"):
            yield from boxes(content)
        at += size


def decode_times(path) -> list[tuple[int, int]]:
    """The stts box: (frames, ticks that each lasts)."""
    table = dict(boxes(path.read_bytes()))["stts"]
    return list(struct.iter_unpack(">II", table[8:]))


def check(path, count: int, fps, numbers=None) -> None:
    """Every frame once, in order; the rate that a stranger reads; even decode times."""
    frames, rate = read_film(path)
    assert [number_of(frame) for frame in frames] == list(numbers or range(count)), path
    assert rate == pytest.approx(float(fps), rel=1e-9), path
    if path.suffix in (".mp4", ".mov"):
        assert [frames for frames, _ in decode_times(path)] == [count], path
        assert [name for name, _ in boxes(path.read_bytes())][:2] == ["ftyp", "moov"]  # it plays before all is there


def by_rate(path, fps) -> int:
    """How many frames come out when they are decoded one for each tick of the rate."""
    said = ffmpeg("-i", path, "-map", "0:v", "-r", str(fps), "-fps_mode", "cfr", "-f", "null", "-")
    return int(said.rsplit("frame=", 1)[1].split()[0])


def first_shown(path) -> float:
    """Seconds."""
    capture = cv2.VideoCapture(str(path))
    capture.read()
    return capture.get(cv2.CAP_PROP_POS_MSEC) / 1000


@pytest.fixture(scope="module")
def segments(tmp_path_factory):
    """By codec: a folder of every segment that a film of 1 to 60 frames may have, named first-length."""
    folders = {}
    for ending, container in FILMS.items():
        if container.codec not in folders:
            folder = folders[container.codec] = tmp_path_factory.mktemp("segments")
            made = maker(folder / f"x{ending}", encoding(25))
            for first in range(0, 60, SEGMENT):
                for length in range(1, min(SEGMENT, 60 - first) + 1):
                    write_segment(made, folder, first, length)
                    (folder / f"{first:08d}.mp4").rename(folder / f"{first}-{length}")
    return folders


@pytest.mark.parametrize("ending", FILMS)
def test_every_length_is_evenly_timed(tmp_path, segments, ending):
    ready = segments[FILMS[ending].codec]
    for count in range(1, 61):
        out = tmp_path / f"{count}{ending}"
        made, firsts = maker(out, encoding(25)), list(range(0, count, SEGMENT))
        for first in firsts:
            shutil.copy(ready / f"{first}-{min(SEGMENT, count - first)}", tmp_path / f"{first:08d}.mp4")
        made.join(tmp_path, firsts, count)
        made.place(tmp_path, count)
        check(out, count, 25)
        if count % SEGMENT in (1, 2):
            assert by_rate(out, 25) == count


@pytest.mark.parametrize("ending", FILMS)
@pytest.mark.parametrize("fps", RATES)
def test_cuts_anywhere_keep_the_rate(tmp_path, ending, fps):
    """Short pieces at the start, in the middle, at the end."""
    lengths = [1, 2, 24, 1, 2]
    out = film(tmp_path / f"out{ending}", lengths, fps)
    check(out, sum(lengths), fps)
    assert by_rate(out, fps) == sum(lengths)
    assert first_shown(out) == 0


@pytest.mark.parametrize("ending", FILMS)
def test_a_film_that_runs_backwards_is_timed_as_well(tmp_path, ending):
    lengths = [24, 2, 24, 1, 3]
    count = sum(lengths)
    check(film(tmp_path / f"out{ending}", lengths, 25, backwards), count, 25, range(count - 1, -1, -1))


def test_a_held_frame_is_shown_as_often_as_it_is_held(tmp_path):
    numbers = [number for number in range(17) for _ in range(3)]
    check(film(tmp_path / "out.mp4", [24, 25, 2], 25, numbers=numbers), 51, 25, numbers)


def test_segments_of_an_earlier_edition_are_mended(tmp_path):
    """Encoded as the first edition did, B-frames and all, whatever today's encoder is told."""
    lengths, firsts = [24, 2, 24, 1], [0, 24, 26, 50]
    for first, length in zip(firsts, lengths, strict=True):
        raw = tmp_path / "raw"
        raw.write_bytes(b"".join(numbered(number).tobytes() for number in range(first, first + length)))
        picture = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", SIZE, "-r", "30000/1001", "-i", raw]
        encoder = ["-c:v", "libx264", "-preset", "medium", "-crf", 18, "-pix_fmt", "yuv420p"]
        ffmpeg(*picture, *encoder, tmp_path / f"{first:08d}.mp4")
    made = maker(tmp_path / "out.mp4", encoding(Fraction(30000, 1001)))
    made.join(tmp_path, firsts, 51)
    made.place(tmp_path, 51)
    check(tmp_path / "out.mp4", 51, Fraction(30000, 1001))


def test_a_long_film_does_not_drift(tmp_path):
    """2,500 segments, whose length is no whole number of microseconds: the last is shown when it should be."""
    count, fps = 2500, 750
    made = maker(tmp_path / "out.mp4", encoding(fps))
    write_segment(made, tmp_path, 0, 1)
    for first in range(1, count):
        (tmp_path / f"{first:08d}.mp4").hardlink_to(tmp_path / f"{0:08d}.mp4")
    made.join(tmp_path, range(count), count)
    made.place(tmp_path, count)
    table = dict(boxes((tmp_path / "out.mp4").read_bytes()))
    [(frames, ticks)] = decode_times(tmp_path / "out.mp4")
    scale, duration = struct.unpack_from(">II", table["mdhd"], 12)
    assert (frames, duration, Fraction(scale, ticks)) == (count, count * ticks, fps)
    assert len(set(struct.iter_unpack(">II", table["ctts"][8:]))) == 1  # each is shown as long after it is decoded


INTER = {codec.word: codec for codec in CODECS if not codec.intra and codec.word not in ("av1", "gif")}  # AV1 varies


def pictures(deep: bool) -> list[Frame]:
    """Some frames of moving grain."""
    rng = np.random.default_rng(1)
    grain = rng.integers(0, 256, (48, 80, 3)).astype(np.float32)
    frames = [np.roll(grain, number, 1)[:, :64] for number in range(14)]
    raw = RGB48 if deep else RGB24
    return [raw.quantised(Frame(frame, PEAK)) for frame in frames]


@pytest.mark.parametrize("alpha", [False, True])
@pytest.mark.parametrize("deep", [False, True])
@pytest.mark.parametrize("word", INTER)
def test_what_is_encoded_of_rushes_is_what_is_encoded_at_once(tmp_path, word, deep, alpha):
    """Colours, depth, alpha, times: each frame of the two films is the same to the last bit."""
    ending = next(ending for ending, container in CONTAINERS.items() if INTER[word] in container.codecs)
    films, frames = [], pictures(deep)
    if alpha:
        frames = [replace(frame, alpha=np.full((48, 64, 1), frame.peak // 3, frame.samples.dtype)) for frame in frames]
    for name, rushes, lengths in (("once", False, [14]), ("rushes", True, [5, 1, 8])):
        folder, out = tmp_path / name, tmp_path / f"{name}{ending}"
        folder.mkdir()
        given = Encoding(Size(64, 48), Fraction(24000, 1001), None, None, None, codec=word, deep=deep, alpha=alpha)
        made, firsts = maker(out, replace(given, rushes=rushes)), [0, *accumulate(lengths)][:-1]
        for first, length in zip(firsts, lengths, strict=True):
            with made.segment(folder, first) as write:
                for frame in frames[first : first + length]:
                    write(frame)
        made.encode(folder, firsts, 14)
        made.join(folder, [0], 14)
        films.append(folder / f"whole{ending}")
    ffmpeg("-i", films[0], "-f", "framecrc", tmp_path / "once.crc")
    ffmpeg("-i", films[1], "-f", "framecrc", tmp_path / "rushes.crc")
    assert (tmp_path / "rushes.crc").read_text() == (tmp_path / "once.crc").read_text()
    assert probe(films[1]).video_line.split("(")[1:3] == probe(films[0]).video_line.split("(")[1:3]


@pytest.mark.parametrize("size", [Size(2, 2), Size(2, 1080), Size(7680, 4320)])
def test_frames_of_any_size_wait_to_be_encoded(tmp_path, size):
    """FFV1 cuts a frame into slices: a narrow one cannot be cut, and one of 8K not in four."""
    made = maker(tmp_path / "a.mp4", Encoding(size, Fraction(25), None, None, None, rushes=True))
    with made.segment(tmp_path, 0) as write:
        write(Frame(np.zeros((size.height, size.width, 3), np.uint8), PEAK))
    assert probe(tmp_path / made.rush_names(0, 1)[0]).video_line.count(str(size)) == 1


@pytest.mark.parametrize("fault", ["missing", "torn"])
def test_a_rush_that_cannot_be_read_is_not_left_out(tmp_path, fault):
    made = maker(tmp_path / "a.mp4", Encoding(Size(64, 48), Fraction(25), None, None, None, rushes=True))
    for first in (0, 14):
        with made.segment(tmp_path, first) as write:
            for frame in pictures(deep=False):
                write(frame)
    rush = tmp_path / made.rush_names(14, 28)[0]
    content = rush.read_bytes()
    rush.unlink()
    if fault == "torn":
        rush.write_bytes(content[: len(content) // 2])
    with pytest.raises(RenderError, match="could not write"):
        made.encode(tmp_path, [0, 14], 28)
    assert not (tmp_path / made.names(0, 28)[0]).exists()
