"""Films of every kind are read as another reader reads them: PyAV for the stored samples, BT.709's formulas for colour.

PyAV brings libraries of its own; nothing of it converts here.
"""

from collections.abc import Mapping
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from synthetic import ffmpeg

from vidream import render_video
from vidream.media.reader import frames, open_video

X265 = ("-c:v", "libx265", "-preset", "ultrafast", "-crf", "8", "-x265-params", "log-level=error")
KINDS: Mapping[str, tuple[str, ...]] = {
    "hevc10.mkv": ("yuv420p10le", *X265),
    "hevc12.mkv": ("yuv444p12le", *X265),
    "h264.mkv": ("yuv422p10le", "-c:v", "libx264", "-preset", "ultrafast", "-crf", "8"),
    "vp9.webm": ("yuv444p12le", "-c:v", "libvpx-vp9", "-crf", "8", "-cpu-used", "8"),
    "av1.mkv": ("yuv420p10le", "-c:v", "libsvtav1", "-crf", "8", "-preset", "12", "-svtav1-params", "lp=1"),
    "prores.mov": ("yuv422p10le", "-c:v", "prores_ks", "-profile:v", "hq"),
    "prores4444.mov": ("yuv444p10le", "-c:v", "prores_ks", "-profile:v", "4444"),
    "dnxhr.mov": ("yuv422p10le", "-c:v", "dnxhd", "-profile:v", "dnxhr_hqx"),
    "dnxhr444.mov": ("yuv444p10le", "-c:v", "dnxhd", "-profile:v", "dnxhr_444"),
    "cineform.mov": ("yuv422p10le", "-c:v", "cfhd"),
    "cineform-rgb.mov": ("gbrp12le", "-c:v", "cfhd"),
    "v210.mov": ("yuv422p10le", "-c:v", "v210"),
    "r210.mov": ("gbrp10le", "-c:v", "r210"),
    "jpeg2000.mov": ("yuv444p12le", "-c:v", "jpeg2000"),
    "png.mov": ("rgb48be", "-c:v", "png"),
    "png-grey.mov": ("gray16be", "-c:v", "png"),
    "hap.mov": ("rgba", "-c:v", "hap"),
    "hapq.mov": ("rgba", "-c:v", "hap", "-format", "hap_q"),
    "qtrle.mov": ("rgb24", "-c:v", "qtrle"),
    "yuv444-8.mkv": ("yuv444p", "-c:v", "ffv1"),
    "yuv444-9.mkv": ("yuv444p9le", "-c:v", "ffv1"),
    "yuv420-10.mkv": ("yuv420p10le", "-c:v", "ffv1"),
    "yuv422-12.mkv": ("yuv422p12le", "-c:v", "ffv1"),
    "yuv444-16.mkv": ("yuv444p16le", "-c:v", "ffv1"),
    "rgb8.mkv": ("gbrp", "-c:v", "utvideo"),
    "rgb10.mkv": ("gbrp10le", "-c:v", "ffv1"),
    "rgb12.mkv": ("gbrp12le", "-c:v", "ffv1"),
    "rgb14.mkv": ("gbrp14le", "-c:v", "ffv1"),
    "rgb16.mkv": ("gbrp16le", "-c:v", "ffv1"),
    "rgb48.mkv": ("rgb48le", "-c:v", "ffv1"),
    "grey12.mkv": ("gray12le", "-c:v", "ffv1"),
}
"""Kinds of film: the pixel format, and ffmpeg's arguments."""
GRADIENT = "gradients=s=256x128:d=0.08:speed=0.01:c0=0x182030:c1=0xf0e0d0,format=gbrp16le"
TINTED = "lutyuv=u=maxval*0.55:v=maxval*0.4"
"""One colour everywhere, so that it is no matter how an enlarging filter would mix colours."""
TAGS = "scale=out_color_matrix=bt709:out_range=tv,setparams=colorspace=bt709:color_primaries=bt709:color_trc=bt709"


def film_of(path: Path, pixels: str, *codec: str) -> Path:
    filters = [TAGS, f"format={pixels}"]
    if "420" in pixels or "422" in pixels:
        filters.append(TINTED)
    said = ffmpeg("-f", "lavfi", "-i", GRADIENT, "-vf", ",".join(filters), *codec, "-colorspace", "bt709", path)
    assert path.exists(), said
    return path


def planes_by_pyav(path: Path) -> tuple[av.VideoFormat, list[np.ndarray]]:
    """The first frame's stored samples, (H, W, channels) each, chroma enlarged by repeating it, and their format."""
    with av.open(str(path)) as file:
        frame = next(file.decode(video=0))
    kind, components = frame.format, frame.format.components
    stored = "u1" if components[0].bits <= 8 else (">u2" if kind.name.endswith("be") else "<u2")
    channels = 1 if kind.is_planar or len(components) == 1 else {"rgb24": 3, "rgb48be": 3, "rgb0": 4}[kind.name]
    planes = []
    for plane in frame.planes:
        rows = np.frombuffer(bytes(plane), stored).reshape(plane.height, -1)
        samples = rows[:, : plane.width * channels].reshape(plane.height, plane.width, channels).astype(float)
        planes.append(np.kron(samples, np.ones((128 // plane.height, 256 // plane.width, 1))))
    return kind, planes


def read_by_pyav(path: Path) -> np.ndarray:
    """The first frame as RGB, (H, W, 3), 0..1, by the formulas of ITU-R BT.709."""
    kind, planes = planes_by_pyav(path)
    bits = kind.components[0].bits
    top = 2**bits - 1
    if planes[0].shape[-1] > 1:
        return planes[0][..., :3] / top
    if len(planes) == 1:
        return np.repeat(planes[0], 3, -1) / top
    if kind.is_rgb:
        return np.dstack([planes[2], planes[0], planes[1]]) / top
    step = 2 ** (bits - 8)
    luma, blue, red = (plane[..., 0] / step for plane in planes)
    y, cb, cr = (luma - 16) / 219, (blue - 128) / 224, (red - 128) / 224
    r, b = y + 1.5748 * cr, y + 1.8556 * cb
    return np.clip(np.dstack([r, (y - 0.2126 * r - 0.0722 * b) / 0.7152, b]), 0, 1)


def where_one_colour(path: Path) -> np.ndarray:
    """(H, W): where one colour is all that a filter which enlarges chroma may mix, 8 px to each side."""
    _, (_, *chroma) = planes_by_pyav(path)
    around = np.ones((17, 17), np.uint8)
    return np.all([cv2.erode(plane, around) == cv2.dilate(plane, around) for plane in chroma], 0)


@pytest.mark.parametrize("name", KINDS)
def test_a_film_is_read_as_another_reader_reads_it(tmp_path, name):
    path = film_of(tmp_path / name, *KINDS[name])
    read = next(frames(open_video(path)))
    eight = name in ("hap.mov", "hapq.mov", "qtrle.mov", "yuv444-8.mkv", "rgb8.mkv")
    assert read.samples.dtype == (np.uint8 if eight else np.uint16)
    far = np.abs(read.samples / read.peak - read_by_pyav(path))
    if "420" in KINDS[name][0] or "422" in KINDS[name][0]:
        one_colour = where_one_colour(path)  # libsvtav1, for one, makes a few more, other ones each time
        assert one_colour.mean() > 0.2
        assert far[one_colour].max() < 0.5 / 1023
        assert far.mean() < 0.2 / 1023
    else:
        assert far.max() <= 1.01 / read.peak


def gradient_of_16_bits(path: Path, pixels: str) -> np.ndarray:
    """A film of every red and green of 16 bits, one after the other; its samples, (H, W, 3)."""
    every = np.arange(65536, dtype="<u2").reshape(256, 256)
    samples = np.dstack([every, every.T, every[::-1]])
    path.with_suffix(".raw").write_bytes(samples.tobytes())
    raw = ("-f", "rawvideo", "-pix_fmt", "rgb48le", "-s", "256x256", "-i", path.with_suffix(".raw"))
    assert not ffmpeg(*raw, "-pix_fmt", pixels, "-c:v", "ffv1", path).count("Error")
    return samples


@pytest.mark.parametrize("pixels", ["gbrp16le", "rgb48le"])
def test_a_gradient_of_16_bits_comes_back_equal(tmp_path, pixels):
    samples = gradient_of_16_bits(tmp_path / "in.mkv", pixels)
    render_video(tmp_path / "in.mkv", tmp_path / "out.mkv", strength=0, codec="ffv1")
    np.testing.assert_array_equal(next(frames(open_video(tmp_path / "out.mkv"))).samples, samples)
    with av.open(str(tmp_path / "out.mkv")) as file:
        frame = next(file.decode(video=0))
    green, blue, red = (np.frombuffer(bytes(plane), "<u2").reshape(256, -1)[:, :256] for plane in frame.planes)
    np.testing.assert_array_equal(np.dstack([red, green, blue]), samples)
