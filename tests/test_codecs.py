"""What is written is a row in a table, and frames are brought to its depth."""

import subprocess
from fractions import Fraction
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
from synthetic import panned, probe, textured, write_film

from vidream.config.film_knobs import Film
from vidream.errors import MediaError
from vidream.frames import PEAK, Frame, Size
from vidream.jobs.video import render_video
from vidream.media.backwards import backwards
from vidream.media.codecs import CODECS, H264, VP9
from vidream.media.containers import CONTAINERS
from vidream.media.maker import Encoding
from vidream.media.picture_formats import PICTURE_FORMATS, PICTURES, PICTURES_READ
from vidream.media.pillow import READ
from vidream.media.pixels import YUV420, YUV422, YUV444
from vidream.media.program import executable
from vidream.media.raw import RGB24, RGB48, RGBA32, RGBA64
from vidream.media.reader import frames, open_video
from vidream.media.target import encoded_as, target_of
from vidream.media.writer import maker
from vidream.resample import fit_frame, pad_frame

DEEP: Literal["yuv420p10le"] = "yuv420p10le"
RAMP = np.repeat(np.repeat(np.linspace(0, 255, 1024, dtype=np.float32)[None], 16, 0)[..., None], 3, 2)
"""(16, 1024, 3): black to white, four steps to each level of 8 bits."""


def luma(path: Path) -> np.ndarray:
    """The stored Y of a film's first frame of 10 bits, as wide and high as RAMP."""
    raw = ("-frames:v", "1", "-f", "rawvideo", "-pix_fmt", DEEP, "-")
    decoded = subprocess.run([executable(), "-v", "error", "-i", path, *raw], capture_output=True, check=True).stdout
    height, width = RAMP.shape[:2]
    return np.frombuffer(decoded, "<u2")[: height * width].reshape(height, width)


@pytest.mark.parametrize("ending", [".mp4", ".webm"])
def test_a_gradient_has_as_many_levels_as_10_bits_have(tmp_path, ending):
    """ITU-R BT.709 with 10 bits: 64 is black, 940 white, and each of the 877 between is there."""
    film = write_film(tmp_path / f"out{ending}", [Frame(RAMP, PEAK)] * 2, pix_fmt=DEEP)
    assert f"{DEEP}(tv, bt709" in probe(film).video_line
    stored = luma(film)
    assert len(np.unique(stored)) == 877
    assert np.abs(stored - (64 + 876 * RAMP[..., 0] / PEAK)).max() <= 1.1
    read = next(frames(open_video(film)))
    assert read.samples.dtype == np.uint16
    assert np.abs(read.image() - RAMP).max() < 0.4


def test_what_is_read_of_10_bits_is_written_with_10_bits(tmp_path):
    source = write_film(tmp_path / "in.mp4", [Frame(RAMP, PEAK)] * 2, pix_fmt=DEEP)
    again = write_film(tmp_path / "out.mp4", frames(open_video(source)), pix_fmt=DEEP)
    assert len(np.unique(luma(again))) > 850
    assert np.abs(luma(again).astype(int) - luma(source)).max() <= 1


@pytest.mark.parametrize("options", [{}, {"loop": True}, {"fps": 12.5}], ids=str)
def test_a_render_keeps_10_bits(tmp_path, options):
    source, out = write_film(tmp_path / "in.mp4", [Frame(RAMP, PEAK)] * 4, pix_fmt=DEEP), tmp_path / "out.mp4"
    render_video(source, out, strength=0, crf=0, pix_fmt=DEEP, **options)
    assert len(np.unique(luma(out))) > 850
    assert np.abs(luma(out).astype(int) - luma(source)).max() <= 1


def test_what_has_8_bits_is_what_it_was_when_it_is_written_with_10(tmp_path):
    """In greys, of which nothing is shared between px."""
    scene = [np.repeat(frame[..., :1], 3, 2) for frame in panned(3)]
    read = [frame.image() for frame in frames(open_video(write_film(tmp_path / "out.mp4", scene, pix_fmt=DEEP)))]
    assert np.abs(np.array(read) - scene).mean() < 0.5
    assert abs((np.array(read) - scene).mean()) < 0.02


def test_frames_of_the_depth_that_is_encoded_are_not_copied():
    shallow = Frame(textured(8, 8), PEAK)
    assert RGB24.quantised(shallow) is shallow
    deep = RGB48.frame(RGB48.quantised(shallow).samples.tobytes(), Size(8, 8))
    assert RGB48.quantised(deep) is deep
    np.testing.assert_array_equal(deep.samples, shallow.samples.astype(int) * 257)
    np.testing.assert_array_equal(RGB24.quantised(deep).samples, shallow.samples)


def test_an_image_is_rounded_and_clipped_once():
    image = np.array([[[-3.0, 0.499, 0.501], [127.5, 254.6, 300.0]]], np.float32)
    np.testing.assert_array_equal(RGB24.quantised(Frame(image, PEAK)).samples, [[[0, 0, 1], [128, 255, 255]]])
    np.testing.assert_array_equal(RGB48.quantised(Frame(image, PEAK)).samples, [[[0, 128, 129], [32768, 65432, 65535]]])


def test_a_film_that_runs_backwards_keeps_its_depth(tmp_path):
    encoding = Encoding(Size(1024, 16), Fraction(25), 0, DEEP, None)
    making = backwards(maker(tmp_path / "out.mp4", encoding), 3)
    with making.segment(tmp_path, 0) as write:
        for number in range(3):
            write(Frame(RAMP * np.float32((3 - number) / 3), PEAK))
    making.join(tmp_path, [0], 3)
    making.place(tmp_path, 3)
    levels = [frame.image().mean() for frame in frames(open_video(tmp_path / "out.mp4"))]
    assert levels == pytest.approx([RAMP.mean() * third / 3 for third in (1, 2, 3)], abs=0.2)
    assert len(np.unique(luma(tmp_path / "out.mp4"))) > 256


@pytest.mark.parametrize(("word", "ending", "apart"), [("prores", ".mov", 0.5), ("ffv1", ".mkv", 0.0)])
def test_what_has_16_bits_comes_back(tmp_path, word, ending, apart):
    """As it was, of ProRes to half a level of 255."""
    scene = [RGB48.quantised(Frame(RAMP * np.float32(share), PEAK)) for share in (1, 0.7, 0.4)]
    film = write_film(tmp_path / f"out{ending}", scene, crf=None, pix_fmt=None, codec=word, deep=True)
    read = list(frames(open_video(film)))
    assert [frame.samples.dtype for frame in read] == [np.uint16] * 3
    assert max(np.abs(a.image() - b.image()).max() for a, b in zip(read, scene, strict=True)) <= apart


def test_the_choices_of_pix_fmt_are_the_rows():
    names = {row.name for codec in CODECS if len(codec.pixel_formats) > 1 for row in codec.pixel_formats}
    assert set(Film.__dataclass_fields__["pix_fmt"].metadata["kind"].names) == names


def wanted(**given) -> Encoding:
    return Encoding(Size(64, 48), Fraction(25), **{"crf": None, "pix_fmt": None, "sound": None, **given})


def test_a_pixel_format_that_a_codec_does_not_take_is_refused():
    with pytest.raises(MediaError, match=r"^--pix-fmt bgr0: VP9 does not take it; give one of yuv420p, "):
        target_of(Path("out.webm"), wanted(pix_fmt="bgr0"))
    assert target_of(Path("out.gif"), wanted(pix_fmt="yuv444p")).pixel_format.rgb  # it leaves no choice


def test_sides_grow_only_where_colour_is_shared():
    odd = Size(63, 47)
    assert [H264.stored_size(odd, each) for each in (YUV420, YUV422, YUV444)] == [(64, 48), (64, 47), (63, 47)]
    assert VP9.stored_size(odd, YUV420) == odd
    assert H264.stored_size(Size(64, 48), YUV420) == (64, 48)


def test_the_names_of_what_is_stored_do_not_change():
    """A session that an earlier edition left is known by them."""
    names = {ending: encoded_as(Path(f"a{ending}")) for ending in (*CONTAINERS, *PICTURES)}
    films = {".mp4": "H.264", ".mov": "H.264", ".mkv": "H.264", ".webm": "VP9", ".gif": "gif"}
    pictures = {".png": "png", ".jpg": "jpg", ".jpeg": "jpeg", ".webp": "webp"}
    assert names == films | pictures | {".tif": "tif", ".tiff": "tiff", ".exr": "exr"}
    assert {container.codec.segment for container in CONTAINERS.values()} == {".mp4"}


def test_every_picture_that_is_written_is_read():
    assert set(PICTURES) < set(PICTURES_READ)
    assert {each.name for each in PICTURE_FORMATS if not each.light} < set(READ)


def test_alpha_is_written_at_the_depth_of_its_frame() -> None:
    samples, alpha = np.full((2, 4, 3), 255, np.uint8), np.full((2, 4, 1), 51, np.uint8)
    frame = Frame(samples, PEAK, alpha)
    written = RGBA64.samples(frame)
    assert written.shape == (2, 4, 4)
    assert written.dtype == np.uint16
    assert np.array_equal(written[0, 0], [65535, 65535, 65535, 51 * 257])
    back = RGBA64.frame(written.tobytes(), Size(4, 2))
    assert back.alpha is not None
    assert np.array_equal(RGBA32.quantised(back).alpha, alpha)
    assert np.array_equal(RGB24.samples(frame), samples)
    assert np.all(RGBA32.samples(Frame(samples, PEAK))[..., 3] == 255)
    padded = pad_frame(fit_frame(frame, Size(8, 4)), Size(12, 4))
    assert padded.alpha is not None
    assert np.array_equal(padded.alpha[0, :, 0], [255] * 2 + [51] * 8 + [255] * 2)
