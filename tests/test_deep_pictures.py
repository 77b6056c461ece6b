"""Pictures of 16 bits and of floats: what is read is what was written, and other programs read the same of ours."""

import struct
import subprocess
import sys
import zlib

import cv2
import numpy as np
import OpenImageIO
import PIL.Image
import pytest
import tifffile
from PIL import ImageCms, ImageOps
from synthetic import textured

from vidream import configure, render_image, render_video, render_zoom
from vidream.errors import MediaError
from vidream.frames import Size
from vidream.media.exr import read_exr, write_exr
from vidream.media.light import level_of, light_of, to_bt709
from vidream.media.picture_text import read_text
from vidream.media.raw import RGB24
from vidream.media.reader import frames, open_video
from vidream.media.still import Picture, as_srgb, picture_size, read_picture, write_picture
from vidream.plan.mask import shares

pytestmark = pytest.mark.usefixtures("notes")
SIDES = (40, 60)
DEEP = np.random.default_rng(1).integers(0, 65536, (*SIDES, 3), np.uint16)
VEIL = np.random.default_rng(2).integers(0, 65536, SIDES, np.uint16)
RAMP = np.broadcast_to(np.linspace(0, 65535, 4096).astype(np.uint16).reshape(64, 64, 1), (64, 64, 3)).copy()
"""4096 levels of 65536."""
HALF_CLEAR = RAMP[..., 0] // 2 + 1
"""Nowhere clear altogether, where an OpenEXR file keeps no colour."""
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


@pytest.fixture
def notes(caplog):
    """Notes are in caplog, as warnings are."""
    caplog.set_level("INFO")


def by_openimageio(path):
    """(H, W, channels), as it is stored."""
    settings = OpenImageIO.ImageSpec()
    settings.attribute("oiio:UnassociatedAlpha", 1)
    file = OpenImageIO.ImageInput.open(str(path), settings)
    assert file, OpenImageIO.geterror()
    samples = file.read_image(file.spec().format)
    file.close()
    return samples


def chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(samples, colour_type, *chunks):
    """A PNG of 16 bits by hand: (H, W, channels)."""
    height, width = samples.shape[:2]
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 16, colour_type, 0, 0, 0))
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in samples)
    content = [b"\x89PNG\r\n\x1a\n", header, *chunks, chunk(b"IDAT", zlib.compress(rows)), chunk(b"IEND", b"")]
    return b"".join(content)


# ---------------------------------------------------------------- written, and read by others


@pytest.mark.parametrize("ending", [".png", ".tif"])
@pytest.mark.parametrize("alpha", [None, VEIL])
def test_sixteen_bits_are_read_by_others_as_they_were_written(tmp_path, ending, alpha):
    path = tmp_path / f"a{ending}"
    write_picture(path, Picture(DEEP, alpha, SRGB), {"vidream": "größer\n"})
    whole = DEEP if alpha is None else np.dstack([DEEP, alpha])
    np.testing.assert_array_equal(by_openimageio(path), whole)
    order = [2, 1, 0, 3][: whole.shape[2]]
    np.testing.assert_array_equal(cv2.imread(str(path), cv2.IMREAD_UNCHANGED), whole[..., order])
    with PIL.Image.open(path) as pillow:
        assert pillow.info["icc_profile"] == SRGB
        assert pillow.mode == ("RGB" if alpha is None else "RGBA")
        nearest = np.array(pillow).astype(int) * 257 - whole  # Pillow keeps the upper 8 bits
        assert np.abs(nearest).max() <= 257
    if ending == ".tif":
        np.testing.assert_array_equal(tifffile.imread(path), whole)
    read = read_picture(path)
    np.testing.assert_array_equal(read.samples, DEEP)
    assert (read.alpha is None) == (alpha is None)
    assert alpha is None or np.array_equal(read.alpha, alpha)
    assert read.profile == SRGB
    assert read_text(path) == {"vidream": "größer\n"}


@pytest.mark.parametrize("alpha", [None, VEIL])
def test_a_tiff_of_8_bits_is_read_by_others(tmp_path, alpha):
    shallow = None if alpha is None else (alpha >> 8).astype(np.uint8)
    write_picture(tmp_path / "a.tiff", Picture(textured(*SIDES), shallow, SRGB), {"vidream": "a"})
    whole = textured(*SIDES) if alpha is None else np.dstack([textured(*SIDES), shallow])
    np.testing.assert_array_equal(tifffile.imread(tmp_path / "a.tiff"), whole)
    with PIL.Image.open(tmp_path / "a.tiff") as pillow:
        np.testing.assert_array_equal(np.array(pillow), whole)
    assert read_picture(tmp_path / "a.tiff").profile == SRGB
    assert read_text(tmp_path / "a.tiff") == {"vidream": "a"}


@pytest.mark.parametrize(("bits", "kind", "nearest"), [(16, "half", 2**-11), (32, "float", 1e-6)])
def test_an_openexr_file_is_linear_light_multiplied_by_its_alpha(tmp_path, bits, kind, nearest):
    write_picture(tmp_path / "a.exr", Picture(DEEP, VEIL), {"vidream": "größer\n"}, bits=bits)
    share = VEIL[..., None] / 65535
    light = (DEEP / 65535) ** 2.4 * share
    expected = np.dstack([light, share])
    read = by_openimageio(tmp_path / "a.exr")
    spec = OpenImageIO.ImageBuf(str(tmp_path / "a.exr")).spec()
    assert (str(spec.format), spec.channelnames) == (kind, ("R", "G", "B", "A"))
    assert spec.getattribute("vidream") == "größer\n"
    assert np.allclose(spec.getattribute("chromaticities"), (0.64, 0.33, 0.3, 0.6, 0.15, 0.06, 0.3127, 0.329))
    np.testing.assert_allclose(read, expected, rtol=nearest, atol=2**-25)
    assert read_text(tmp_path / "a.exr")["vidream"] == "größer\n"


def test_a_profile_that_openexr_cannot_hold_is_told(tmp_path, caplog):
    write_picture(tmp_path / "a.exr", Picture(DEEP, None, SRGB))
    assert "a.exr: OpenEXR has no ICC profile" in caplog.text


def test_sixteen_bits_through_openexr_of_32_come_back_as_they_were(tmp_path):
    write_picture(tmp_path / "a.exr", Picture(DEEP), bits=32)
    read = read_picture(tmp_path / "a.exr")
    np.testing.assert_array_equal(np.rint(read.samples * np.float32(257)), DEEP)


@pytest.mark.parametrize(("dtype", "bits"), [(np.float16, 16), (np.float32, 32)])
def test_openexr_comes_back_with_its_negatives_and_what_is_beyond_white(tmp_path, dtype, bits):
    """Equal of half; of float within the rounding of two powers."""
    light = np.random.default_rng(3).normal(0.5, 4, (*SIDES, 3)).astype(dtype)
    alpha = np.random.default_rng(4).uniform(0.01, 1, SIDES).astype(dtype)
    channels = {name: light[..., place] for place, name in enumerate("RGB")}
    write_exr(tmp_path / "a.exr", {**channels, "A": alpha})
    write_picture(tmp_path / "b.exr", read_picture(tmp_path / "a.exr"), bits=bits)
    written = read_exr(tmp_path / "b.exr", 10_000)[0]
    for name, channel in {**channels, "A": alpha}.items():
        assert written[name].dtype == dtype
        if bits == 16:
            np.testing.assert_array_equal(written[name], channel)
        else:
            np.testing.assert_allclose(written[name], channel.astype(np.float32), rtol=2e-6)


# ---------------------------------------------------------------- light


def test_levels_and_light_are_each_others_inverse():
    light = np.array([-8, -1, -0.001, 0, 0.18, 1, 65504], np.float32)
    level = level_of(light)
    assert level[5] == 255
    np.testing.assert_allclose(level[4], 255 * 0.18 ** (1 / 2.4), rtol=1e-6)
    np.testing.assert_allclose(light_of(level), light, rtol=1e-6)


def test_light_of_other_primaries_becomes_that_of_bt709():
    """BT.2020: the matrix of ITU-R BT.2087, whose white is the same; and any white becomes white."""
    bt2020 = (0.708, 0.292, 0.17, 0.797, 0.131, 0.046, 0.3127, 0.329)
    converted = to_bt709(np.eye(3, dtype=np.float32)[None], bt2020)[0]
    expected = [[1.6605, -0.1246, -0.0182], [-0.5876, 1.1329, -0.1006], [-0.0728, -0.0083, 1.1187]]
    np.testing.assert_allclose(converted, expected, atol=1e-4)
    ap0 = (0.7347, 0.2653, 0.0, 1.0, 0.0001, -0.077, 0.32168, 0.33767)  # ACES
    np.testing.assert_allclose(to_bt709(np.ones((1, 1, 3), np.float32), ap0), np.ones((1, 1, 3)), atol=1e-5)


@pytest.mark.parametrize("chromaticities", [(0.0,) * 8, (0.3, 0.3) * 4, (float("nan"),) * 8])
def test_what_is_no_primaries_is_refused(chromaticities):
    with pytest.raises(ValueError, match="no primaries"):
        to_bt709(np.ones((1, 1, 3), np.float32), chromaticities)


def test_px_that_are_no_numbers_are_told_and_do_not_spread(tmp_path, caplog):
    light = np.full((4, 5, 3), 0.5, np.float16)
    light[0, 0, 1], light[1, 1], light[2, 2] = np.nan, np.inf, -np.inf
    write_exr(tmp_path / "a.exr", {name: light[..., place] for place, name in enumerate("RGB")})
    read = read_picture(tmp_path / "a.exr").samples
    assert "some of its px are not numbers" in caplog.text
    assert np.isfinite(read).all()
    assert read[0, 0, 1] == 0
    assert read[0, 0, 0] == read[3, 3, 0]


def test_what_is_said_of_pictures_in_a_row_is_said_once(tmp_path, caplog):
    light = np.full((4, 5), 0.5, np.float16)
    for number in range(6):
        value = np.nan if number in (3, 4) else 0.5
        write_exr(tmp_path / f"{number}.exr", {f"beauty.{name}": np.full_like(light, value) for name in "RGB"})
    assert len(list(frames(open_video(tmp_path / "%d.exr")))) == 6
    assert caplog.text.count("its layer beauty") == 1
    assert caplog.text.count("of 2 of its pictures, first 3.exr: some of its px are not numbers") == 1


def test_greys_and_layers_of_openexr_are_read(tmp_path, caplog):
    one, two = np.full((3, 4), 0.25, np.float16), np.full((3, 4), 0.5, np.float16)
    write_exr(tmp_path / "grey.exr", {"Y": one})
    assert np.allclose(read_picture(tmp_path / "grey.exr").samples, 255 * 0.25 ** (1 / 2.4))
    layers = {f"diffuse.{name}": two for name in "RGB"} | {f"diffuse.long.{name}": one for name in "RGB"}
    write_exr(tmp_path / "layers.exr", {**layers, "depth.Z": one})
    assert np.allclose(read_picture(tmp_path / "layers.exr").samples, 255 * 0.5 ** (1 / 2.4))
    assert "its layer diffuse is what is shown" in caplog.text
    write_exr(tmp_path / "none.exr", {"depth.Z": one})
    with pytest.raises(MediaError, match=r"no channels R, G and B, but depth\.Z"):
        read_picture(tmp_path / "none.exr")


# ---------------------------------------------------------------- read, of other programs


def test_png_of_16_bits_of_every_kind_is_read(tmp_path):
    def read(name, content):
        (tmp_path / name).write_bytes(content)
        assert picture_size(tmp_path / name) == SIDES[::-1]
        return read_picture(tmp_path / name)

    grey = DEEP[..., :1]
    np.testing.assert_array_equal(read("grey.png", png(grey, 0)).samples, np.repeat(grey, 3, axis=2))
    veiled = read("ga.png", png(np.dstack([grey, VEIL]), 4))
    np.testing.assert_array_equal(veiled.samples, np.repeat(grey, 3, axis=2))
    np.testing.assert_array_equal(veiled.alpha, VEIL)
    gamma = read("gamma.png", png(DEEP, 2, chunk(b"gAMA", struct.pack(">I", 100000))))
    np.testing.assert_array_equal(gamma.samples, DEEP)  # as of 8 bits: what browsers do with it is a matter of its own
    key = read("key.png", png(DEEP, 2, chunk(b"tRNS", DEEP[3, 4].astype(">u2").tobytes())))
    assert key.alpha[3, 4] == 0
    assert (key.alpha == 65535).sum() == key.alpha.size - 1


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"compression": "zlib", "predictor": True},
        {"bigtiff": True},
        {"byteorder": ">"},
        {"tile": (16, 16)},
        {"rowsperstrip": 3},
    ],
)
def test_tiff_of_16_bits_of_every_layout_is_read(tmp_path, options):
    tifffile.imwrite(tmp_path / "a.tif", DEEP, photometric="rgb", metadata=None, iccprofile=SRGB, **options)
    read = read_picture(tmp_path / "a.tif")
    np.testing.assert_array_equal(read.samples, DEEP)
    assert read.profile == SRGB
    assert picture_size(tmp_path / "a.tif") == SIDES[::-1]


def test_tiff_that_opencv_compresses_by_lzw_is_read(tmp_path):
    cv2.imwrite(str(tmp_path / "a.tif"), DEEP[..., ::-1], [cv2.IMWRITE_TIFF_COMPRESSION, 5])
    np.testing.assert_array_equal(read_picture(tmp_path / "a.tif").samples, DEEP)


def test_tiff_whose_colours_lie_apart_is_refused_which_others_misread(tmp_path):
    planes = np.ascontiguousarray(DEEP.transpose(2, 0, 1))
    tifffile.imwrite(tmp_path / "a.tif", planes, photometric="rgb", planarconfig="separate", metadata=None)
    with pytest.raises(MediaError, match="its colours lie in planes of their own"):
        read_picture(tmp_path / "a.tif")


@pytest.mark.parametrize("extra", ["assocalpha", "unassalpha", "unspecified"])
def test_the_fourth_channel_of_a_tiff_is_what_it_says(tmp_path, extra):
    tifffile.imwrite(
        tmp_path / "a.tif", np.dstack([DEEP, VEIL]), photometric="rgb", extrasamples=[extra], metadata=None
    )
    read = read_picture(tmp_path / "a.tif")
    if extra == "unspecified":
        assert read.alpha is None
    else:
        np.testing.assert_array_equal(read.alpha, VEIL)
    expected = DEEP
    if extra == "assocalpha":
        expected = np.rint(DEEP / (VEIL[..., None] / 65535)).clip(0, 65535)
    np.testing.assert_allclose(read.samples, expected, atol=1)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_tiff_of_floats_is_linear_light(tmp_path, dtype, caplog):
    light = np.random.default_rng(3).normal(0.5, 2, (*SIDES, 3)).astype(dtype)
    tifffile.imwrite(tmp_path / "a.tif", light, photometric="rgb", metadata=None)
    np.testing.assert_array_equal(read_picture(tmp_path / "a.tif").samples, level_of(light.astype(np.float32)))
    assert "taken for linear light" in caplog.text


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("ending", ["png", "tif"])
def test_which_way_is_up_is_as_pillow_says(tmp_path, orientation, ending):
    exif = PIL.Image.Exif()
    exif[0x0112] = orientation
    shallow = (DEEP >> 8).astype(np.uint8)
    if ending == "png":
        body = exif.tobytes()[6:]
        (tmp_path / "deep.png").write_bytes(png(DEEP, 2, chunk(b"eXIf", body)))
    else:
        tag = [(0x0112, 3, 1, orientation, True)]
        tifffile.imwrite(tmp_path / "deep.tif", DEEP, photometric="rgb", metadata=None, extratags=tag)
    PIL.Image.fromarray(shallow).save(tmp_path / "a.jpg", exif=exif)
    with PIL.Image.open(tmp_path / "a.jpg") as pillow:
        size = ImageOps.exif_transpose(pillow).size
    deep = read_picture(tmp_path / f"deep.{ending}")
    assert picture_size(tmp_path / f"deep.{ending}") == size
    turned = PIL.Image.fromarray(shallow)
    turned.getexif()[0x0112] = orientation
    np.testing.assert_array_equal(np.right_shift(deep.samples, 8), np.array(ImageOps.exif_transpose(turned)))


def test_a_picture_of_16_bits_of_another_profile_becomes_srgb(tmp_path):
    """By 8 bits, as all that is given for an example is."""
    write_picture(tmp_path / "a.png", Picture(RAMP, None, SRGB))
    pixels = as_srgb(read_picture(tmp_path / "a.png"), tmp_path / "a.png")
    assert pixels.dtype == np.uint8
    assert np.abs(pixels.astype(int) - (RAMP.astype(int) + 128) // 257).max() <= 1


# ---------------------------------------------------------------- through vidream


@pytest.mark.parametrize("ending", [".png", ".tif", ".tiff"])
def test_a_gradient_of_16_bits_comes_back_equal(tmp_path, ending):
    write_picture(tmp_path / f"in{ending}", Picture(RAMP, RAMP[..., 0], SRGB))
    render_image(tmp_path / f"in{ending}", tmp_path / f"out{ending}", strength=0)
    read = read_picture(tmp_path / f"out{ending}")
    np.testing.assert_array_equal(read.samples, RAMP)
    np.testing.assert_array_equal(read.alpha, RAMP[..., 0])
    assert read.profile == SRGB
    assert 'command = "image"' in read_text(tmp_path / f"out{ending}")["comment"]


@pytest.mark.parametrize(
    ("name", "codec"), [("%d.png", None), ("%d.tif", None), ("%d.tiff", "tiff16"), ("%d.exr", "exr32")]
)
def test_a_gradient_of_16_bits_comes_back_equal_in_a_row(tmp_path, name, codec):
    for number in range(3):
        write_picture(tmp_path / f"in{number}.png", Picture(np.roll(RAMP, number, 0), HALF_CLEAR))
    render_video(tmp_path / "in%d.png", tmp_path / "out" / name, strength=0, codec=codec)
    for number, frame in enumerate(frames(open_video(tmp_path / "out" / name), alpha=True)):
        scaled = frame.image() * np.float32(257)
        np.testing.assert_array_equal(np.rint(scaled), np.roll(RAMP, number, 0))
        np.testing.assert_array_equal(np.rint(frame.opacity[..., 0] * 65535), HALF_CLEAR)


@pytest.mark.parametrize("codec", [None, "exr32"])
def test_openexr_comes_back_through_a_film(tmp_path, codec):
    light = np.random.default_rng(3).normal(0.5, 4, (*SIDES, 3)).astype(np.float16)
    (tmp_path / "in").mkdir()
    for number in range(2):
        write_exr(tmp_path / "in" / f"{number}.exr", {name: light[..., place] for place, name in enumerate("RGB")})
    render_video(tmp_path / "in", tmp_path / "out" / "%d.exr", strength=0, codec=codec)
    for number in (1, 2):
        written = read_exr(tmp_path / "out" / f"{number}.exr", 10_000)[0]
        assert written["R"].dtype == (np.float32 if codec else np.float16)
        for place, name in enumerate("RGB"):
            np.testing.assert_allclose(written[name], light[..., place].astype(np.float32), rtol=2e-6)


def test_a_dreamed_gradient_has_more_levels_than_8_bits_have(tmp_path, tiny):
    write_picture(tmp_path / "in.png", Picture(RAMP))
    render_image(tmp_path / "in.png", tmp_path / "out.png", steps=2, **tiny)
    write_picture(tmp_path / "shallow.png", Picture(RAMP), bits=8)
    render_image(tmp_path / "shallow.png", tmp_path / "deep.png", steps=2, codec="png16", **tiny)
    deep, dithered = (read_picture(tmp_path / name) for name in ("out.png", "deep.png"))
    assert len(np.unique(deep.samples[..., 0])) > 2000
    assert len(np.unique(dithered.samples[..., 0])) > 1000  # of the dream over 8 bits
    assert np.abs(deep.frame.image() - dithered.frame.image()).mean() < 3
    render_image(tmp_path / "in.png", tmp_path / "8.png", steps=2, codec="png", **tiny)
    np.testing.assert_array_equal(read_picture(tmp_path / "8.png").samples, RGB24.quantised(deep.frame).samples)


def test_what_is_brighter_than_white_is_kept_under_the_dream(tmp_path, tiny):
    light = np.full((48, 64, 3), 0.2, np.float32)
    light[:, 32:] = 9
    light += np.random.default_rng(1).uniform(0, 0.1, light.shape).astype(np.float32)
    write_exr(tmp_path / "in.exr", {name: light[..., place] for place, name in enumerate("RGB")})
    render_image(tmp_path / "in.exr", tmp_path / "out.exr", steps=2, codec="exr32", **tiny)
    (tmp_path / "in").mkdir()
    (tmp_path / "in.exr").rename(tmp_path / "in" / "1.exr")
    render_video(tmp_path / "in", tmp_path / "out" / "%d.exr", steps=2, codec="exr32", **tiny)
    for path in (tmp_path / "out.exr", tmp_path / "out" / "1.exr"):
        red = read_exr(path, 10_000)[0]["R"]
        assert np.isfinite(red).all()
        assert 6 < red[:, 40:].mean() < 12
        assert np.abs(red - light[..., 0]).mean() > 1e-3


def share_of(path):
    return next(shares(configure("image", mask=str(path), mask_feather=0.0).mask, Size(64, 64), None, 10**6))


def test_a_mask_of_16_bits_is_a_smooth_ramp_and_one_of_floats_its_numbers(tmp_path):
    write_picture(tmp_path / "a.png", Picture(RAMP))
    share = share_of(tmp_path / "a.png")
    np.testing.assert_allclose(share[..., 0], RAMP[..., 0] / 65535, atol=2e-5)
    assert len(np.unique(share)) == 4096
    matte = (RAMP[..., 0] / 65535).astype(np.float32)
    write_exr(tmp_path / "b.exr", {"Y": matte})
    share = share_of(tmp_path / "b.exr")
    np.testing.assert_allclose(share[..., 0], matte, atol=1e-6)


def test_a_zoom_begins_with_16_bits(tmp_path):
    """What 8 bits would show as bands: its first frame has as many levels as its seed."""
    wide = np.broadcast_to(np.linspace(20000, 22000, 96).astype(np.uint16)[None, :, None], (64, 96, 3)).copy()
    write_picture(tmp_path / "seed.png", Picture(wide))
    render_zoom(tmp_path / "seed.png", tmp_path / "%d.png", frames=2, strength=0, size="96", codec="png16")
    first = read_picture(tmp_path / "1.png").samples
    np.testing.assert_array_equal(first, wide)


def test_a_films_frame_has_the_films_depth(tmp_path):
    for number in range(2):
        write_picture(tmp_path / f"{number}.png", Picture(RAMP))
    render_video(tmp_path / "%d.png", tmp_path / "a.mkv", strength=0, codec="ffv1")
    render_image(f"{tmp_path / 'a.mkv'}@0.02", tmp_path / "out.png", strength=0)
    np.testing.assert_array_equal(read_picture(tmp_path / "out.png").samples, RAMP)


# ---------------------------------------------------------------- what is refused, and what is said


@pytest.mark.parametrize(
    ("out", "codec", "says"),
    [
        ("out.jpg", "png16", r"--codec png16 goes into \.png"),
        ("out.webp", "exr", r"--codec exr goes into \.exr"),
        ("out.png", "tiff16", r"--codec tiff16 goes into \.tif, \.tiff; \.png takes png, png16"),
        ("out.png", "prores", r"--codec prores goes into \.mov"),
        ("out.bmp", None, r"ends in \.bmp"),
    ],
)
def test_what_does_not_go_together_is_one_line(tmp_path, seed, film, out, codec, says):
    with pytest.raises(MediaError, match=says) as caught:
        render_image(seed, tmp_path / out, codec=codec)
    assert "\n" not in str(caught.value)
    with pytest.raises(MediaError, match=says):
        render_video(film, tmp_path / f"%d{out}", codec=codec)


@pytest.mark.parametrize("ending", [".jpg", ".webp"])
def test_16_bits_that_are_rounded_are_told_once(tmp_path, ending, caplog):
    write_picture(tmp_path / "in.png", Picture(RAMP))
    render_image(tmp_path / "in.png", tmp_path / f"out{ending}", strength=0)
    assert caplog.text.count("its source has more than 8 bits") == 1
    caplog.clear()
    (tmp_path / "in.png").rename(tmp_path / "1.png")
    render_video(tmp_path / "%d.png", tmp_path / "made" / f"%d{ending}", strength=0)
    assert caplog.text.count("its source has more than 8 bits") == 1


@pytest.mark.parametrize("kind", ["png", "tif", "float.tif"])
def test_a_damaged_picture_is_one_line_and_nothing_is_printed(tmp_path, kind, capfd):
    path = tmp_path / f"a.{kind}"
    if kind == "float.tif":
        tifffile.imwrite(path, DEEP.astype(np.float32), photometric="rgb", compression="zlib")
    else:
        write_picture(path, Picture(DEEP))
    content = path.read_bytes()
    flipped = bytearray(content)
    flipped[len(content) // 2] ^= 0xFF
    for broken in (content[: len(content) // 2], bytes(flipped), content[:60]):
        path.write_bytes(broken)
        with pytest.raises(MediaError, match=rf"a\.{kind}: (damaged: |not a picture that can be read)") as caught:
            read_picture(path)
        assert "\n" not in str(caught.value)
    printed = capfd.readouterr()
    assert printed.out == printed.err == ""


def test_what_claims_too_much_is_refused_before_it_is_decoded(tmp_path):
    write_picture(tmp_path / "a.png", Picture(DEEP))
    write_picture(tmp_path / "a.tif", Picture(DEEP))
    write_picture(tmp_path / "a.exr", Picture(DEEP))
    for name in ("a.png", "a.tif", "a.exr"):
        for look in (read_picture, picture_size):
            with pytest.raises(MediaError, match=rf"{name}: claims 60x40, more than --max-pixels 2399 allows"):
                look(tmp_path / name, 2399)
        read_picture(tmp_path / name, 2400)
    tifffile.imwrite(tmp_path / "b.tif", DEEP, photometric="rgb", tile=(16, 16), metadata=None)
    content = (tmp_path / "b.tif").read_bytes()
    side = struct.pack("<HHII", 322, 4, 1, 16)
    assert side in content
    huge = content.replace(side, struct.pack("<HHII", 322, 4, 1, 2**30))
    (tmp_path / "b.tif").write_bytes(huge)
    with pytest.raises(MediaError, match="its tiles claim 1073741824x16 px"):
        read_picture(tmp_path / "b.tif")


def test_pictures_of_8_bits_are_as_they_were(tmp_path):
    """The same bytes, by Pillow's own hand."""
    picture = Picture(textured(*SIDES), (VEIL >> 8).astype(np.uint8), SRGB)
    for ending in (".png", ".webp"):
        write_picture(tmp_path / f"a{ending}", picture)
        pillow = PIL.Image.fromarray(picture.samples)
        pillow.putalpha(PIL.Image.fromarray(picture.alpha))
        pillow.save(tmp_path / f"b{ending}", icc_profile=SRGB, quality=95)
        assert (tmp_path / f"a{ending}").read_bytes() == (tmp_path / f"b{ending}").read_bytes()


def test_a_row_that_mixes_depths_is_a_film(tmp_path):
    write_picture(tmp_path / "1.png", Picture(RAMP))
    write_picture(tmp_path / "2.png", Picture(RAMP), bits=8)
    video = open_video(tmp_path / "%d.png")
    assert video.deep
    one, two = frames(video)
    assert np.abs(one.image() - two.image()).max() < 0.51


@pytest.mark.slow
def test_no_damage_ends_the_program(tmp_path):
    """Bytes of pictures are changed at random, in a process of its own, which lives on and says what is wrong."""
    write_picture(tmp_path / "a.png", Picture(DEEP, VEIL), {"vidream": "x" * 50})
    write_picture(tmp_path / "a.tif", Picture(DEEP, VEIL), {"vidream": "x" * 50})
    tifffile.imwrite(tmp_path / "b.tif", DEEP.astype(np.float32), photometric="rgb", tile=(16, 16), metadata=None)
    program = f"""
import pathlib, random, warnings
from vidream.errors import MediaError
from vidream.media.picture_text import read_text
from vidream.media.still import picture_size, read_picture
warnings.simplefilter("error")
folder, random, refused = pathlib.Path({str(tmp_path)!r}), random.Random(1), 0
for turn in range(1500):
    name = random.choice(["a.png", "a.tif", "b.tif"])
    changed = bytearray((folder / name).read_bytes())
    for _ in range(random.randint(1, 4)):
        changed[random.randrange(random.choice([120, 500, len(changed)]))] = random.choice([0, 1, 127, 128, 255])
    (folder / ("broken-" + name)).write_bytes(changed)
    for look in (read_picture, picture_size, read_text):
        try:
            look(folder / ("broken-" + name), 100_000)
        except MediaError as error:
            assert len(str(error).splitlines()) == 1
            refused += 1
print(refused)
"""
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr[-2000:]
    assert 500 < int(run.stdout) < 4500


@pytest.mark.parametrize(("name", "lost"), [("a.tif", 1), ("a.png", 1), ("a.jpg", 1), ("a.exr", 0)])
def test_light_beyond_white_is_said_to_be_lost(tmp_path, caplog, name, lost):
    light = np.linspace(0, 3, 40 * 60 * 3, dtype=np.float32).reshape(40, 60, 3)
    tifffile.imwrite(tmp_path / "in.tif", light, photometric="rgb")
    render_image(tmp_path / "in.tif", tmp_path / name, strength=0)
    assert caplog.text.count("its light beyond white is lost; .exr keeps it") == lost


def test_light_up_to_white_is_not_said_to_be_lost(tmp_path, caplog):
    tifffile.imwrite(tmp_path / "in.tif", np.ones((40, 60, 3), np.float32), photometric="rgb")
    render_image(tmp_path / "in.tif", tmp_path / "out.png", strength=0)
    assert "beyond white" not in caplog.text
