"""A film's alpha goes from its file to what is written, or makes the mask; the colours are those read without it."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import PIL.Image
import pytest
from synthetic import ffmpeg, panned, textured, write_film

from vidream import configure, render_image, render_video
from vidream.config import MAX_PIXELS
from vidream.errors import ConfigError, MediaError
from vidream.frames import PEAK, Frame, Size
from vidream.jobs.video import plan_video
from vidream.jobs.zoom import plan_zoom
from vidream.media.reader import frames, open_video
from vidream.media.still import read_picture
from vidream.plan.film import FilmPlan
from vidream.plan.mask import alpha_share, shares
from vidream.plan.source import FilmFile
from vidream.plan.timeline import Timeline
from vidream.render.loop import render
from vidream.render.state import no_dream
from vidream.resample import fit_frame

SIZE = Size(64, 48)
RAMP = np.broadcast_to(np.linspace(0, 65535, SIZE.width).round().astype("<u2"), (SIZE.height, SIZE.width))
"""An alpha from 0 to opaque, across."""

KEPT = {
    "rgba.mkv": ("rgba", "-c:v", "ffv1"),
    "rgba64.mkv": ("gbrap16le", "-c:v", "ffv1"),
    "gbrap10.mkv": ("gbrap10le", "-c:v", "ffv1"),
    "yuva420.mkv": ("yuva420p", "-c:v", "ffv1"),
    "yuva422p10.mkv": ("yuva422p10le", "-c:v", "ffv1"),
    "ya8.mov": ("ya8", "-c:v", "png"),
    "ya16.mov": ("ya16be", "-c:v", "png"),
    "png.mov": ("rgba", "-c:v", "png"),
    "png16.mov": ("rgba64be", "-c:v", "png"),
    "qtrle.mov": ("argb", "-c:v", "qtrle"),
    "hapalpha.mov": ("rgba", "-c:v", "hap", "-format", "hap_alpha"),
    "prores.mov": ("yuva444p10le", "-c:v", "prores_ks", "-profile:v", "4444", "-alpha_bits", "16"),
    "vp9.webm": ("yuva420p", "-c:v", "libvpx-vp9", "-lossless", "1"),
    "vp8.webm": ("yuva420p", "-c:v", "libvpx", "-crf", "4", "-b:v", "9M", "-auto-alt-ref", "0"),
}
"""Kinds of film with an alpha: the pixel format, and ffmpeg's arguments."""


def film_with_alpha(path: Path, pixels: str, *codec: str, count: int = 3, alpha: np.ndarray = RAMP) -> Path:
    """A film of a moving scene, of 16-bit colours and an alpha, as its kind stores them."""
    raw = path.with_suffix(".raw")
    with raw.open("wb") as file:
        for scene in panned(count, SIZE.height, SIZE.width):
            samples = np.dstack([scene.astype("<u2") * 257, alpha]).astype("<u2")
            file.write(samples.tobytes())
    source = ("-f", "rawvideo", "-pix_fmt", "rgba64le", "-s", SIZE, "-i", raw)
    said = ffmpeg(*source, "-pix_fmt", pixels, *codec, path)
    raw.unlink()
    assert path.exists(), said
    return path


@pytest.fixture
def clear(tmp_path):
    """A film of 16 bits with an alpha, without any loss."""
    return film_with_alpha(tmp_path / "clear.mkv", "gbrap16le", "-c:v", "ffv1")


@pytest.mark.parametrize("kind", KEPT)
def test_alpha_is_read_and_the_colours_are_those_without(tmp_path, kind):
    video = open_video(film_with_alpha(tmp_path / kind, *KEPT[kind]))
    assert video.alpha
    with_alpha, without = list(frames(video, alpha=True)), list(frames(video))
    assert len(with_alpha) == len(without) == 3
    for frame, opaque in zip(with_alpha, without, strict=True):
        assert opaque.alpha is None
        assert frame.alpha is not None
        np.testing.assert_array_equal(frame.samples, opaque.samples)
        assert frame.alpha.dtype == frame.samples.dtype
        nearest = {"vp8.webm": 0.1, "hapalpha.mov": 4 / 255}.get(kind, 2 / 255)  # as ffmpeg rounds to 8 bits
        assert np.abs(frame.opacity[..., 0] - RAMP / 65535).max() < nearest


@pytest.mark.parametrize("kind", ["rgba64.mkv", "png16.mov", "ya16.mov"])
def test_alpha_of_16_bits_is_read_to_the_bit(tmp_path, kind):
    video = open_video(film_with_alpha(tmp_path / kind, *KEPT[kind]))
    for frame in frames(video, alpha=True):
        np.testing.assert_array_equal(frame.alpha[..., 0], RAMP)


@pytest.mark.parametrize("transfer", ["bt709", "smpte2084"])
def test_colours_under_a_clear_alpha_are_read_wherever_zimg_converts_them(tmp_path, transfer):
    nothing = np.zeros_like(RAMP)
    film_with_alpha(tmp_path / "a.mkv", "yuva444p10le", "-c:v", "ffv1", alpha=nothing)
    tags = ("-vf", f"setparams=color_trc={transfer}:colorspace=bt2020nc:color_primaries=bt2020:range=tv")
    ffmpeg("-i", tmp_path / "a.mkv", *tags, "-c:v", "ffv1", tmp_path / "b.mkv")
    video = open_video(tmp_path / "b.mkv")
    for frame, opaque in zip(frames(video, alpha=True), frames(video), strict=True):
        np.testing.assert_array_equal(frame.samples, opaque.samples)
        assert frame.samples.std() > 1000
        assert not frame.alpha.any()


def test_colours_that_are_multiplied_by_the_alpha_are_divided_by_it(tmp_path):
    """OpenEXR's are, and ffmpeg tells that of it: what is half seen through has the colour of what is opaque."""
    read = {}
    for pixels, alpha in (("gbrpf32le", 1), ("gbrapf32le", 0.5)):
        colour = f"color=0xc08040@{alpha}:s=64x48:d=0.04,format=rgba,format={pixels}"
        ffmpeg("-f", "lavfi", "-i", colour, "-c:v", "exr", "-pix_fmt", pixels, tmp_path / f"{pixels}.mov")
        (read[pixels],) = frames(open_video(tmp_path / f"{pixels}.mov"), alpha=True)
    opaque, clear = read["gbrpf32le"], read["gbrapf32le"]
    np.testing.assert_allclose(clear.opacity, 0.5, atol=3e-3)
    np.testing.assert_allclose(clear.samples / 65535, opaque.samples / 65535, atol=3e-3)


@pytest.mark.parametrize("tags", ["color_primaries=smpte432", "color_trc=linear", "color_trc=smpte2084"])
def test_every_row_is_there_where_primaries_or_light_are_converted(tmp_path, tags):
    light = np.full((SIZE.height, SIZE.width, 4), 40000, "<u2")
    (tmp_path / "in.raw").write_bytes(light.tobytes())
    raw = ("-f", "rawvideo", "-pix_fmt", "rgba64le", "-s", SIZE, "-i", tmp_path / "in.raw")
    ffmpeg(*raw, "-pix_fmt", "gbrap16le", "-vf", f"setparams={tags}", "-c:v", "ffv1", tmp_path / "in.mkv")
    video = open_video(tmp_path / "in.mkv")
    for frame in (*frames(video), *frames(video, alpha=True)):
        assert frame.samples.min() > 30000
        assert np.ptp(frame.samples.reshape(-1, 3), axis=0).max() <= 1


def test_a_film_with_alpha_is_the_same_from_wherever_it_is_begun(clear):
    video = open_video(clear)
    whole = list(frames(video, alpha=True))
    (last,) = frames(video, 2, alpha=True)
    np.testing.assert_array_equal(last.samples, whole[2].samples)
    np.testing.assert_array_equal(last.alpha, whole[2].alpha)


def test_frames_of_one_time_keep_their_alpha(tmp_path):
    """Colour and alpha go two ways through ffmpeg, and meet again by time."""
    source = film_with_alpha(tmp_path / "a.mkv", "rgba", "-c:v", "ffv1", count=6)
    ffmpeg("-i", source, "-vf", "setpts=floor(N/2)*2", "-fps_mode", "passthrough", "-c", "ffv1", tmp_path / "b.mkv")
    video = open_video(tmp_path / "b.mkv")
    read, without = list(frames(video, alpha=True)), list(frames(video))
    assert len(read) == len(without)
    for frame, opaque in zip(read, without, strict=True):
        np.testing.assert_array_equal(frame.samples, opaque.samples)


def test_a_dreamed_film_keeps_its_alpha(clear, tiny):
    config = configure("video", persistence=0.0, steps=1, **tiny)
    video = open_video(clear)
    plan = FilmPlan(FilmFile(video, alpha=True), config)

    def brighter(image, config, steps, /, context=None):
        return image + 20

    for rendered, source in zip(render(plan.steps(), brighter), frames(video, alpha=True), strict=True):
        assert np.abs(rendered.frame.samples - source.image()).min() > 1
        assert rendered.frame.peak == PEAK
        np.testing.assert_array_equal(np.rint(rendered.frame.alpha * (65535 / PEAK)), source.alpha)


@pytest.mark.parametrize("fit", ["crop", "pad"])
def test_alpha_is_fitted_as_the_picture_is(clear, fit):
    config = configure("video", strength=0.0, size="96x48", fit=fit)
    plan = FilmPlan(FilmFile(open_video(clear), alpha=True), config)
    for rendered in render(plan.steps(), no_dream):
        alpha = rendered.frame.opacity[..., 0]
        assert alpha.shape == (48, 96)
        if fit == "pad":
            assert alpha[:, :16].min() == alpha[:, 80:].min() == 1  # the black around it is opaque
            np.testing.assert_allclose(alpha[:, 16:80], RAMP / 65535, atol=1e-4)


@pytest.mark.parametrize("size", [Size(24, 18), Size(150, 100)])
def test_colours_of_what_is_seen_through_do_not_bleed(size):
    """A white disc on clear black, at another size: white wherever anything of it is seen."""
    y, x = np.mgrid[:48, :64]
    disc = ((x - 32) ** 2 + (y - 24) ** 2 < 15**2)[..., None]
    fitted = fit_frame(Frame(np.repeat(disc, 3, -1) * np.uint8(255), PEAK, disc * np.uint8(255)), size)
    edge = (fitted.alpha[..., 0] > 2) & (fitted.alpha[..., 0] < 253)
    assert edge.sum() > 10
    assert fitted.samples[fitted.alpha[..., 0] > 2].min() >= 254
    opaque = Frame(textured(48, 64), PEAK)
    np.testing.assert_array_equal(
        fit_frame(replace(opaque, alpha=np.full((48, 64, 1), 255, np.uint8)), size).samples,
        fit_frame(opaque, size).samples,
    )


def test_a_frame_of_another_alpha_is_another_frame():
    """A still picture that fades: a frame that repeats the one before is held, and this is none."""
    samples = np.zeros((4, 4, 3), np.uint8)
    fading = [Frame(samples, PEAK, np.full((4, 4, 1), level, np.uint8)) for level in (0, 0, 128)]
    held = Timeline(Fraction(25), Fraction(25)).hold(enumerate([*fading, Frame(samples, PEAK)]), merge=True)
    assert [(index, hold) for index, _, hold in held] == [(0, 2), (2, 1), (3, 1)]


def test_alpha_goes_from_pictures_to_pictures(tmp_path):
    for number in range(3):
        pixels = np.dstack([textured(16, 24, number), np.linspace(0, 255, 24 * 16).astype(np.uint8).reshape(16, 24)])
        PIL.Image.fromarray(pixels).save(tmp_path / f"in{number}.png")
    render_video(tmp_path / "in%d.png", tmp_path / "out" / "%d.png", strength=0)
    for number in range(3):
        before, after = (read_picture(tmp_path / name) for name in (f"in{number}.png", f"out/{number + 1}.png"))
        np.testing.assert_array_equal(after.pixels, before.pixels)
        np.testing.assert_array_equal(after.alpha, before.alpha)


def test_transparency_is_said_to_be_left_out_where_it_is(clear, tmp_path, caplog):
    render_video(clear, tmp_path / "%d.png", strength=0)
    assert "transparency" not in caplog.text
    render_video(clear, tmp_path / "out.mp4", strength=0)
    assert caplog.text.count("its transparency is left out") == 1


@pytest.mark.parametrize(
    ("word", "name", "kept"),
    [
        ("hapq", "a.mov", "hapalpha"),
        ("dxv", "a.mov", "hapalpha"),
        ("prores", "a.mkv", "prores4444"),
        (None, "a.mkv", ""),
    ],
)
def test_the_codec_with_alpha_that_is_named_is_of_the_family_that_was_asked_for(clear, caplog, word, name, kept):
    plan_video(clear, name, codec=word)
    assert f"its transparency is left out; --codec {kept}" in caplog.text


# The mask that is a film's own alpha


def test_the_dream_stays_inside_the_alpha(clear, tiny):
    plan = plan_video(clear, "out.mp4", mask="alpha", mask_feather=0.0, **tiny)
    for step in plan.steps():
        np.testing.assert_allclose(step.mask[..., 0], RAMP / 65535, atol=1e-6)
    inverted = plan_video(clear, "out.mp4", mask="alpha", mask_feather=0.0, mask_invert=True, **tiny)
    for step in inverted.steps():
        np.testing.assert_allclose(step.mask[..., 0], 1 - RAMP / 65535, atol=1e-6)


def test_a_film_that_is_masked_by_its_alpha_is_dreamed_there_alone(clear, tmp_path, tiny):
    half = np.where(RAMP < 32768, 0, 65535).astype("<u2")
    film = film_with_alpha(tmp_path / "half.mkv", "rgba", "-c:v", "ffv1", alpha=half)
    render_video(film, tmp_path / "%d.png", mask="alpha", mask_feather=0.0, steps=1, **tiny)
    inside = half > 0
    for number, source in enumerate(frames(open_video(film)), 1):
        picture = read_picture(tmp_path / f"{number}.png")
        np.testing.assert_array_equal(picture.pixels[~inside], source.samples[~inside])
        assert np.abs(picture.pixels[inside].astype(int) - source.samples[inside]).mean() > 2
        np.testing.assert_array_equal(picture.alpha, half // 257)


def test_a_picture_that_is_masked_by_its_alpha_is_dreamed_there_alone(tmp_path, tiny):
    inside = np.zeros((48, 64), bool)
    inside[:, 20:] = True
    PIL.Image.fromarray(np.dstack([textured(48, 64), np.uint8(255) * inside])).save(tmp_path / "in.png")
    render_image(tmp_path / "in.png", tmp_path / "out.png", mask="alpha", mask_feather=0.0, steps=1, **tiny)
    before, after = read_picture(tmp_path / "in.png"), read_picture(tmp_path / "out.png")
    np.testing.assert_array_equal(after.pixels[~inside], before.pixels[~inside])
    assert np.abs(after.pixels[inside].astype(int) - before.pixels[inside]).mean() > 2
    np.testing.assert_array_equal(after.alpha, before.alpha)


@pytest.mark.parametrize("name", ["out.png", "out.tif", "out.exr", "out.webp"])
def test_a_still_of_a_film_has_its_alpha(clear, tmp_path, caplog, name):
    video = open_video(clear)
    second = [*frames(video, alpha=True)][1]
    render_image(f"{clear}@{float(1 / video.fps)}", tmp_path / name, strength=0)
    after = read_picture(tmp_path / name)
    assert after.alpha is not None
    np.testing.assert_allclose(after.alpha / after.peak, second.alpha[..., 0] / second.peak, atol=1 / 255)
    if name == "out.png":
        np.testing.assert_array_equal(after.samples, second.samples)
    assert "transparency" not in caplog.text


def test_a_still_of_a_film_is_masked_by_its_alpha(tmp_path, tiny):
    half = np.where(RAMP < 32768, 0, 65535).astype("<u2")
    film = film_with_alpha(tmp_path / "half.mkv", "rgba", "-c:v", "ffv1", alpha=half)
    render_image(f"{film}@0", tmp_path / "out.png", mask="alpha", mask_feather=0.0, steps=1, **tiny)
    before, after = next(frames(open_video(film))).samples, read_picture(tmp_path / "out.png").pixels
    np.testing.assert_array_equal(after[half == 0], before[half == 0])
    assert np.abs(after[half > 0].astype(int) - before[half > 0]).mean() > 2


def test_what_has_no_alpha_makes_no_mask(film, seed, tmp_path):
    with pytest.raises(MediaError, match=r"in\.mp4: has no alpha, which --mask alpha takes"):
        plan_video(film, tmp_path / "out.mp4", mask="alpha")
    with pytest.raises(MediaError, match=r"seed\.png: has no alpha, which --mask alpha takes"):
        render_image(seed, tmp_path / "out.png", mask="alpha")
    with pytest.raises(ConfigError, match="a zoom has no alpha"):
        plan_zoom(seed, tmp_path / "out.mp4", mask="alpha")


def test_a_frame_that_is_opaque_is_dreamed_everywhere():
    mask = configure("video", mask="alpha").mask
    assert alpha_share(Frame(np.zeros((6, 8, 3), np.uint8), PEAK), mask).min() == 1


def test_a_mask_of_16_bits_keeps_its_steps(tmp_path):
    """A ramp of a whole line has as many levels as px, of which 8 bits would have 256."""
    ramp = np.linspace(0, 65535, 1024).round().astype("<u2")
    (tmp_path / "ramp.raw").write_bytes(np.tile(ramp, (4, 1)).tobytes())
    source = ("-f", "rawvideo", "-pix_fmt", "gray16le", "-s", "1024x4", "-i", tmp_path / "ramp.raw")
    ffmpeg(*source, "-c:v", "ffv1", tmp_path / "ramp.mkv")
    mask = configure("video", mask=str(tmp_path / "ramp.mkv"), mask_feather=0.0).mask
    share = next(shares(mask, Size(1024, 4), Fraction(25), MAX_PIXELS))
    assert len(np.unique(share)) > 1000
    np.testing.assert_allclose(share[0, :, 0], ramp / 65535, atol=2e-5)


def test_what_is_transparent_in_a_mask_that_is_a_film_is_dark(tmp_path, clear):
    mask = configure("video", mask=str(clear), mask_feather=0.0).mask
    share = next(shares(mask, SIZE, Fraction(25), MAX_PIXELS))
    opaque = write_film(tmp_path / "opaque.mkv", panned(3, SIZE.height, SIZE.width), crf=0, pix_fmt="yuv444p")
    light = next(shares(configure("video", mask=str(opaque), mask_feather=0.0).mask, SIZE, Fraction(25), MAX_PIXELS))
    np.testing.assert_allclose(share[..., 0], light[..., 0] * (RAMP / 65535), atol=0.02)
