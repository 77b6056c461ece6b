"""Frames keep the depth that their source has."""

import re
import subprocess
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from synthetic import ffmpeg, pixels_of, write_film

from vidream import render_video
from vidream.frames import PEAK, Frame, Size
from vidream.media.colour import SDR_OF_8_BITS, SDR_OF_16_BITS, Stored
from vidream.media.program import executable
from vidream.media.raw import RGB24, RGB48
from vidream.media.reader import frame_at, frames, open_video

SIZE = Size(64, 16)
CODES = np.arange(1024, dtype="<u2").reshape(SIZE.height, SIZE.width)
"""Every sample of 10 bits."""

COLOURLESS = np.full_like(CODES, 512)


def stored(path: Path, pixels: str, planes: list[np.ndarray], tags: str = "", span: str = "tv") -> Path:
    """A film of one frame, stored as its planes are; its tags as the filter setparams takes them."""
    path.with_suffix(".raw").write_bytes(b"".join(plane.tobytes() for plane in planes))
    raw = ("-f", "rawvideo", "-pix_fmt", pixels, "-s", SIZE, "-i", path.with_suffix(".raw"))
    tagged = ("-vf", f"setparams=range={span}{tags}")
    said = ffmpeg(*raw, *tagged, "-c:v", "ffv1", "-color_range", span, path)
    assert path.exists(), said
    return path


def only_frame(path: Path):
    (frame,) = frames(open_video(path))
    return frame


@pytest.mark.parametrize(
    ("span", "black", "white"),
    [("tv", 64, 940), ("pc", 0, 1023)],
)
def test_every_grey_of_10_bits_is_read_to_a_65535th(tmp_path, span, black, white):
    """ITU-R BT.709: of 10 bits in limited range, 64 is black and 940 white."""
    frame = only_frame(stored(tmp_path / "in.mkv", "yuv444p10le", [CODES, COLOURLESS, COLOURLESS], span=span))
    assert (frame.samples.dtype, frame.peak) == (np.uint16, 65535)
    meant = np.clip((CODES.astype(float) - black) / (white - black), 0, 1) * 65535
    assert np.abs(frame.samples - meant[..., None]).max() <= 1


def test_colours_of_10_bits_are_those_of_bt709(tmp_path):
    y, cb, cr = np.random.default_rng(0).integers(300, 700, (3, SIZE.height, SIZE.width)).astype("<u2")
    tags = ":colorspace=bt709"
    read = only_frame(stored(tmp_path / "in.mkv", "yuv444p10le", [y, cb, cr], tags)).samples / 65535
    light, blue, red = (y - 64.0) / 876, (cb - 512.0) / 896, (cr - 512.0) / 896
    r, b = light + 1.5748 * red, light + 1.8556 * blue
    g = (light - 0.2126 * r - 0.0722 * b) / 0.7152
    np.testing.assert_allclose(read, np.clip(np.stack([r, g, b], -1), 0, 1), atol=2e-4)


def test_rgb_of_16_bits_is_read_as_it_is(tmp_path):
    red, green, blue = np.random.default_rng(0).integers(0, 65536, (3, SIZE.height, SIZE.width)).astype("<u2")
    frame = only_frame(stored(tmp_path / "in.mkv", "gbrp16le", [green, blue, red]))
    np.testing.assert_array_equal(frame.samples, np.stack([red, green, blue], -1))


@pytest.mark.parametrize("bits", [9, 10, 12, 14, 16])
def test_every_grey_of_a_grey_film_is_read(tmp_path, bits):
    greys = np.linspace(0, 2**bits - 1, CODES.size).round().astype("<u2").reshape(CODES.shape)
    frame = only_frame(stored(tmp_path / "in.mkv", f"gray{bits}le", [greys], span="pc"))
    meant = np.repeat(greys[..., None] / (2**bits - 1) * 65535, 3, -1)
    assert np.abs(frame.samples - meant).max() <= (0 if bits == 16 else 1)


@pytest.mark.parametrize("transfer", ["bt709", "arib-std-b67"])
def test_odd_sides_are_read(tmp_path, transfer):
    """Where px share samples of colour, which zimg takes of even sides alone."""
    ffmpeg(
        *("-f", "lavfi", "-i", "color=0x808080:s=63x47:d=0.04", "-c:v", "ffv1"),
        *("-vf", f"format=yuv420p10le,setparams=colorspace=bt709:color_trc={transfer}", tmp_path / "in.mkv"),
    )
    frame = only_frame(tmp_path / "in.mkv")
    assert frame.size == (63, 47)
    assert frame.samples.dtype == np.uint16
    assert np.ptp(frame.samples.reshape(-1, 3), axis=0).max() == 0


@pytest.mark.parametrize(("pixels", "white"), [("gray10le", 1023), ("gray16le", 65535), ("gbrp10le", 1023)])
def test_full_white_is_full_white(tmp_path, pixels, white):
    planes = [np.full_like(CODES, white)] * (3 if pixels.startswith("gbr") else 1)
    assert np.all(only_frame(stored(tmp_path / "in.mkv", pixels, planes)).samples == 65535)


def test_a_film_of_8_bits_is_of_8_bits(tmp_path):
    planes = list(np.random.default_rng(0).integers(0, 256, (3, SIZE.height, SIZE.width)).astype(np.uint8))
    frame = only_frame(stored(tmp_path / "in.mkv", "gbrp", planes))
    assert (frame.samples.dtype, frame.peak) == (np.uint8, 255)
    np.testing.assert_array_equal(frame.samples, np.stack([planes[2], planes[0], planes[1]], -1))
    assert frame.pixels() is frame.samples


def test_what_ffmpeg_has_of_more_than_8_bits_is_deep():
    """Each of its formats by the depths that it tells of it."""
    listed = subprocess.run([executable(), "-hide_banner", "-pix_fmts"], capture_output=True, text=True, check=True)
    formats = re.findall(r"^[I.]\S{4} (\w+) +\d+ +\d+ +([\d-]+)$", listed.stdout, re.MULTILINE)
    depths = {name: max(map(int, bits.split("-"))) for name, bits in formats}
    assert len(depths) > 200
    bayer = {name for name in depths if name.startswith("bayer")}  # told are the bits of a px's three
    for name in depths.keys() - bayer:
        assert Stored(SIZE, name, "tv", "bt709", "bt709", "bt709").raw is (RGB48 if depths[name] > 8 else RGB24), name


@pytest.mark.parametrize("transfer", ["bt709", "smpte2084"])
def test_what_can_be_seen_through_is_as_bright_as_what_cannot(tmp_path, transfer):
    tags, grey = f":color_trc={transfer}:colorspace=bt2020nc:color_primaries=bt2020", np.full_like(CODES, 400)
    opaque = stored(tmp_path / "opaque.mkv", "yuv444p10le", [grey, COLOURLESS, COLOURLESS], tags)
    clear = stored(tmp_path / "clear.mkv", "yuva444p10le", [grey, COLOURLESS, COLOURLESS, CODES], tags)
    np.testing.assert_array_equal(only_frame(clear).samples, only_frame(opaque).samples)


def test_hdr_is_deep_and_as_bright_as_in_8_bits(tmp_path):
    tags = ":colorspace=bt2020nc:color_primaries=bt2020:color_trc=arib-std-b67"
    video = open_video(stored(tmp_path / "in.mkv", "yuv444p10le", [CODES, COLOURLESS, COLOURLESS], tags))
    (deep,) = frames(video)
    assert len(np.unique(deep.samples)) > 256
    at = video.filters.index(SDR_OF_16_BITS[0])
    filters = (*video.filters[:at], *SDR_OF_8_BITS, *video.filters[at + 2 : -1], "format=rgb24")
    (shallow,) = frames(replace(video, filters=filters, deep=False))
    assert np.abs(deep.image() - shallow.image()).max() < 1


def test_a_film_of_10_bits_gives_pixels_where_they_are_asked_for(tmp_path):
    film = stored(tmp_path / "in.mkv", "yuv444p10le", [CODES, COLOURLESS, COLOURLESS])
    pixels = frame_at(film, Fraction(0)).pixels()
    assert pixels.dtype == np.uint8
    meant = np.clip((CODES.astype(float) - 64) / 876, 0, 1) * 255
    assert np.abs(pixels - meant[..., None]).max() <= 0.502
    again = write_film(tmp_path / "out.mp4", [pixels])
    assert np.abs(next(pixels_of(open_video(again))).astype(int) - pixels).max() <= 1


@pytest.mark.parametrize("fed", [RGB24, RGB48])
def test_every_sample_is_brought_to_another_depth_by_the_nearest(fed):
    """As many levels as there are, whole numbers and floats."""
    deep, shallow = np.arange(65536, dtype=np.uint16), np.arange(256, dtype=np.uint8)
    for frame in (Frame(deep.reshape(256, 256, 1), 65535), Frame(shallow.reshape(16, 16, 1), 255)):
        nearest = np.rint(frame.samples * (fed.peak / frame.peak))
        np.testing.assert_array_equal(fed.quantised(frame).samples, nearest)
        np.testing.assert_array_equal(fed.quantised(Frame(frame.image(), PEAK)).samples, nearest)
    beyond = Frame(np.full((2, 2, 3), 1e12, np.float32), PEAK)
    assert fed.quantised(beyond).samples.min() == fed.peak


# A dreamed film


@pytest.fixture(scope="module")
def dusk(tmp_path_factory) -> Path:
    """A film of 16 bits: a sky that grows brighter by 20 levels of 8 bits over 256 px, between black bars."""
    sky = np.zeros((144, 256, 3), "<u2")
    sky[16:128] = np.linspace(24000, 29140, 256).round().astype("<u2")[:, None]
    path = tmp_path_factory.mktemp("dusk") / "dusk.mkv"
    path.with_suffix(".raw").write_bytes(sky.tobytes() * 3)
    raw = ("-f", "rawvideo", "-pix_fmt", "rgb48le", "-s", "256x144", "-i", path.with_suffix(".raw"))
    ffmpeg(*raw, "-pix_fmt", "gbrp16le", "-c:v", "ffv1", path)
    return path


@pytest.mark.parametrize(
    "knobs",
    [{}, {"swell": 0.05}, {"bars": "dream"}, {"fit": "pad", "size": "320x144"}, {"size": "384x216"}],
    ids=["plain", "swell", "bars", "pad", "larger"],
)
def test_a_dreamed_sky_has_no_bands(dusk, tmp_path, tiny, knobs):
    """The levels along a line of it: of 8 bits some 20 bands, of 16 bits a level of its own for nearly each px."""
    levels = {}
    for depth in ("gbrp16le", "bgr0"):
        out = tmp_path / f"{depth}.mkv"
        render_video(dusk, out, codec="ffv1", pix_fmt=depth, strength=0.05, steps=1, **knobs, **tiny)
        (frame, *_) = frames(open_video(out))
        height, width = frame.samples.shape[:2]
        line = frame.samples[height // 2, width // 4 : width // 2]
        levels[depth] = max(len(np.unique(line[:, channel])) for channel in range(3))
    assert levels["bgr0"] < 20
    assert levels["gbrp16le"] > 45
