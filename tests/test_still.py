"""One picture in, one out: its colours, its depth, its name."""

import subprocess
import sys

import cv2
import numpy as np
import PIL.Image
import pytest
from PIL import ImageCms
from synthetic import SAMPLES, textured

from vidream.errors import ConfigError, MediaError
from vidream.jobs.still import dream_image, render_image
from vidream.media.still import Picture, read_picture, write_picture

COLOURS = np.zeros((20, 30, 3), np.uint8)
COLOURS[:, :15], COLOURS[:, 15:] = (204, 51, 0), (0, 102, 255)


@pytest.fixture
def pillow():
    return PIL.Image.fromarray(COLOURS)


@pytest.mark.parametrize(
    ("name", "mode", "off"),
    [
        ("rgb.png", "RGB", 0),
        ("rgb.bmp", "RGB", 0),
        ("rgb.tiff", "RGB", 0),
        ("rgb.webp", "RGB", 7),
        ("rgb.jpg", "RGB", 3),
        ("cmyk.jpg", "CMYK", 3),
        ("palette.png", "P", 0),
    ],
)
def test_every_kind_of_picture_is_read_as_srgb(tmp_path, pillow, name, mode, off):
    options = {"quality": 97, "subsampling": 0} if name.endswith("jpg") else {}
    options |= {"quality": 97} if name.endswith("webp") else {}
    pillow.convert(mode).save(tmp_path / name, **options)
    picture = read_picture(tmp_path / name)
    assert picture.pixels.dtype == np.uint8
    assert picture.alpha is None
    assert np.abs(picture.pixels.astype(int) - COLOURS).mean() <= off


def test_sixteen_bits_are_rounded_to_eight(tmp_path):
    cv2.imwrite(str(tmp_path / "rgb.png"), COLOURS[..., ::-1].astype(np.uint16) * 257)
    np.testing.assert_array_equal(read_picture(tmp_path / "rgb.png").pixels, COLOURS)
    grey = np.array([[0, 257, 32896, 65535]], np.uint16)
    cv2.imwrite(str(tmp_path / "grey.png"), grey)
    np.testing.assert_array_equal(read_picture(tmp_path / "grey.png").pixels[..., 1], [[0, 1, 128, 255]])


@pytest.mark.parametrize("mode", ["L", "1", "LA", "I;16"])
def test_grey_becomes_three_equal_channels(tmp_path, pillow, mode):
    PIL.Image.fromarray(COLOURS[..., 0]).convert(mode).save(tmp_path / "grey.png")
    picture = read_picture(tmp_path / "grey.png")
    assert picture.pixels.shape == (20, 30, 3)
    assert (picture.pixels == picture.pixels[..., :1]).all()
    assert (picture.alpha is not None) == (mode == "LA")


@pytest.mark.parametrize("turned", range(2, 9))
def test_exif_turns_the_picture_upright(tmp_path, pillow, turned):
    """Stored so that EXIF says how to turn it: what is read is the picture, whichever of the seven it is."""
    undo = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}  # Pillow's transpositions
    exif = PIL.Image.Exif()
    exif[0x0112] = turned
    pillow.transpose(PIL.Image.Transpose(undo[turned])).save(tmp_path / "a.png", exif=exif)
    np.testing.assert_array_equal(read_picture(tmp_path / "a.png").pixels, COLOURS)


@pytest.mark.parametrize("name", ["out.png", "out.webp"])
def test_alpha_and_profile_are_kept_aside_and_put_back(tmp_path, tiny, name):
    alpha = np.tile(np.arange(30, dtype=np.uint8) * 8, (20, 1))
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    write_picture(tmp_path / "in.png", Picture(COLOURS, alpha, profile))
    render_image(tmp_path / "in.png", tmp_path / name, steps=2, **tiny)
    made = read_picture(tmp_path / name)
    np.testing.assert_array_equal(made.alpha, alpha)
    assert made.profile == profile
    assert np.abs(made.pixels.astype(int) - COLOURS)[:, 15:].mean() > 2


def test_a_palette_with_a_transparent_colour_has_alpha(tmp_path, pillow):
    palette = pillow.quantize(4)
    palette.save(tmp_path / "a.png", transparency=palette.getpixel((0, 0)))
    picture = read_picture(tmp_path / "a.png")
    assert (picture.alpha[:, :15] == 0).all()
    assert (picture.alpha[:, 15:] == 255).all()


def test_jpeg_leaves_alpha_out_and_says_so(tmp_path, caplog):
    write_picture(tmp_path / "in.png", Picture(COLOURS, np.full((20, 30), 9, np.uint8)))
    render_image(tmp_path / "in.png", tmp_path / "out.jpg", strength=0)
    assert "JPEG has no alpha" in caplog.text
    made = read_picture(tmp_path / "out.jpg")
    assert made.alpha is None
    assert np.abs(made.pixels.astype(int) - COLOURS).mean() < 3


@pytest.mark.parametrize("content", [b"", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"not a picture"])
def test_what_is_no_picture_is_one_line(tmp_path, content):
    path = tmp_path / "a.png"
    path.write_bytes(content)
    with pytest.raises(MediaError, match=r"not a picture|damaged") as caught:
        read_picture(path)
    assert "\n" not in str(caught.value)
    whole = (SAMPLES / "cat.png").read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(MediaError, match="damaged"):
        read_picture(path)


def test_a_size_that_the_format_cannot_hold_is_told_before_the_dream(tmp_path):
    write_picture(tmp_path / "in.png", Picture(np.zeros((1, 16384, 3), np.uint8)))
    with pytest.raises(MediaError, match=r"\.webp holds 16383 px a side"):
        render_image(tmp_path / "in.png", tmp_path / "out.webp")


def test_a_percent_sign_in_a_pictures_name_means_nothing(tmp_path):
    write_picture(tmp_path / "in.png", Picture(COLOURS))
    render_image(tmp_path / "in.png", tmp_path / "a%d.png", strength=0)
    with pytest.raises(MediaError, match="is there already"):
        render_image(tmp_path / "in.png", tmp_path / "a%d.png", strength=0)


def test_missing_pictures_and_folders_are_refused(tmp_path):
    with pytest.raises(MediaError, match="no such file"):
        read_picture(tmp_path / "none.png")
    with pytest.raises(MediaError, match="a folder"):
        read_picture(tmp_path)


def test_dream_image_keeps_the_shape_and_what_it_was_given(tiny):
    pixels = textured(50, 70)
    given = pixels.copy()
    dreamed = dream_image(pixels, steps=2, **tiny)
    assert (dreamed.shape, dreamed.dtype) == ((50, 70, 3), np.uint8)
    np.testing.assert_array_equal(pixels, given)
    assert np.abs(dreamed.astype(int) - pixels).mean() > 2
    np.testing.assert_array_equal(dream_image(pixels, steps=2, **tiny), dreamed)
    assert dream_image(pixels, steps=2, seed=1, **tiny).tobytes() != dreamed.tobytes()
    np.testing.assert_array_equal(dream_image(pixels, strength=0), pixels)


def test_strength_is_the_share_of_the_residual(tiny):
    pixels = textured(50, 70)
    whole = dream_image(pixels, steps=2, **tiny).astype(int) - pixels
    half = dream_image(pixels, steps=2, strength=0.5, **tiny).astype(int) - pixels
    assert np.abs(half - whole / 2).max() <= 1


@pytest.mark.parametrize("size", [(1, 1), (2, 3), (1, 200)])
def test_the_smallest_pictures_are_dreamed(tiny, size):
    assert dream_image(textured(*size), steps=1, **tiny).shape == (*size, 3)


@pytest.mark.parametrize(
    "pixels",
    [
        np.zeros((4, 4)),
        np.zeros((4, 4, 4), np.uint8),
        np.zeros((4, 4, 3), np.float32),
        np.zeros((0, 4, 3), np.uint8),
        "a.png",
    ],
)
def test_pixels_must_be_pixels(pixels):
    with pytest.raises(ConfigError, match="pixels must be uint8"):
        dream_image(pixels)


@pytest.mark.slow
@pytest.mark.ci
def test_a_4k_still_is_dreamed_within_4_gb(tmp_path):
    script = f"""
import cv2, numpy as np, resource, vidream
photo = cv2.imread({str(SAMPLES / "mountains.jpg")!r})[..., ::-1]
dreamed = vidream.dream_image(cv2.resize(photo, (3840, 2160)), dream_size=0, steps=1)
assert dreamed.shape == (2160, 3840, 3)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    unit = 1 if sys.platform == "darwin" else 1024
    assert int(run.stdout) * unit < 4e9
