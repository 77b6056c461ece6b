"""Makes the table of docs/masters.md: each codec is written by vidream, read back by another reader, and compared.

    python docs/masters/table.py [WORD ...]

The film is 24 frames of 320x192 of 16 bits: a ramp from black to white, grey at the top and with slow waves of colour
below, and an alpha. It is
rendered with `--strength 0 --quality master`, so that only the codec comes between. What is read back is compared with
what was given: luma in code values of 10 bits, 0 to 1023 (alpha in those, too), and how many levels the grey ramp has
of its 320. Films are read by PyAV, pictures by tifffile, OpenCV and OpenEXR. With words, their rows alone are
printed; without, all are put between the marks of docs/masters.md.
"""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import OpenEXR
import tifffile
from numpy.typing import NDArray

from vidream.config import RunConfig, configure
from vidream.jobs.video import render_video
from vidream.media.containers import CONTAINERS
from vidream.media.picture_formats import PICTURE_CODECS
from vidream.media.program import executable

PAGE = Path(__file__).resolve().parents[1] / "masters.md"
BEGIN, END = "<!-- read back: made by docs/masters/table.py -->", "<!-- end -->"
WIDTH, HEIGHT, FRAMES = 320, 192, 24
GREY = 32
"""Rows of grey at the top."""
RANGES = ("unsaid", "limited", "full")
"""By their number in ffmpeg."""
LUMA = np.array([0.2126, 0.7152, 0.0722])


@dataclass(frozen=True)
class Reading:
    """What another reader finds in a file."""

    codec: str
    """Its name."""
    pixels: str
    """The pixel format."""
    count: int
    """Frames."""
    tags: str
    """Primaries, transfer and matrix by their numbers in ITU-T H.273; the range."""
    luma: NDArray[np.float64]
    """(frames, H, W), 0..1."""
    alpha: NDArray[np.float64] | None
    """(frames, H, W), 0..1; None: it has none."""


def source(folder: Path) -> tuple[Path, NDArray[np.float64], NDArray[np.float64]]:
    """A film of 16 bits with alpha, its luma and its alpha, (frames, H, W), 0..1."""
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    frames = []
    for number in range(FRAMES):
        ramp = x / (WIDTH - 1)
        height = 0.2 * ramp * (1 - ramp) * (y >= GREY)
        colour = [ramp + height * np.sin(2 * np.pi * (y / HEIGHT + number / 48 + shift / 3)) for shift in range(3)]
        frames.append(np.stack([*colour, 0.1 + 0.9 * y / (HEIGHT - 1)], axis=2))
    samples = np.rint(np.stack(frames) * 65535).astype("<u2")
    path = folder / "source.mkv"
    pipe = ["-f", "rawvideo", "-pix_fmt", "rgba64le", "-s", f"{WIDTH}x{HEIGHT}", "-r", "24", "-i", "pipe:0"]
    tags = "setparams=range=pc:color_primaries=bt709:color_trc=bt709:colorspace=gbr"
    command = [executable(), "-v", "error", *pipe, "-vf", tags, "-c:v", "ffv1", "-pix_fmt", "gbrap16le", str(path)]
    subprocess.run(command, input=samples.tobytes(), check=True)
    values = samples / 65535
    return path, values[..., :3] @ LUMA, values[..., 3]


def read_film(path: Path) -> Reading:
    """A film, by PyAV and numpy: no scaler comes between."""
    with av.open(str(path)) as film:
        stream = film.streams.video[0]
        context = stream.codec_context
        read = [planes(frame) for frame in film.decode(stream)]
        tags = f"{context.color_primaries}, {context.color_trc}, {context.colorspace}, {RANGES[context.color_range]}"
        luma = np.stack([luma for luma, _ in read])
        alphas = [alpha for _, alpha in read if alpha is not None]
        return Reading(context.name, str(context.pix_fmt), len(read), tags, luma, np.stack(alphas) if alphas else None)


def planes(frame: av.VideoFrame) -> tuple[NDArray[np.float64], NDArray[np.float64] | None]:
    """Luma, and alpha if there is one, of a decoded frame's own samples: (H, W) each, 0..1."""
    form = frame.format
    peak = 2 ** form.components[0].bits - 1
    if form.is_rgb and not form.is_planar:
        packed = frame.to_ndarray(format="rgba64le" if peak > 255 else "rgba") / (65535 if peak > 255 else 255)
        return packed[..., :3] @ LUMA, packed[..., 3] if len(form.components) == 4 else None
    values = [_samples(frame, component) for component in form.components]
    alphas = [value / peak for value, component in zip(values, form.components, strict=True) if component.is_alpha]
    alpha = alphas[0] if alphas else None
    if form.is_rgb:
        return np.stack(values[:3], axis=2) / peak @ LUMA, alpha
    level = (peak + 1) / 256
    return (values[0] / level - 16) / 219, alpha


def _samples(frame: av.VideoFrame, component: av.video.format.VideoFormatComponent) -> NDArray[np.float64]:
    """A component of a planar frame, (H, W)."""
    plane = frame.planes[component.plane]
    kind = np.dtype("<u2") if component.bits > 8 else np.dtype("u1")
    rows = np.frombuffer(bytes(plane), kind).reshape(plane.height, plane.line_size // kind.itemsize)
    return rows[: component.height, : component.width].astype(np.float64)


def read_pictures(out: Path) -> Reading:
    """Pictures in a row: PNG by OpenCV, TIFF by tifffile, EXR by OpenEXR."""
    read = [READERS[out.suffix](path) for path in sorted(out.parent.glob(f"*{out.suffix}"))]
    reader, pixels, first = read[0]
    frames = np.stack([samples for _, _, samples in read])
    alpha = frames[..., 3] if first.shape[2] == 4 else None
    return Reading(reader, pixels, len(read), "", frames[..., :3] @ LUMA, alpha)


def _png(path: Path) -> tuple[str, str, NDArray[np.float64]]:
    samples = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    assert samples is not None
    return "OpenCV", str(samples.dtype), samples[..., [2, 1, 0, 3][: samples.shape[2]]] / np.iinfo(samples.dtype).max


def _tiff(path: Path) -> tuple[str, str, NDArray[np.float64]]:
    samples = tifffile.imread(path)
    return "tifffile", str(samples.dtype), samples / np.iinfo(samples.dtype).max


def _exr(path: Path) -> tuple[str, str, NDArray[np.float64]]:
    """Linear light, multiplied by alpha -> levels as a display of gamma 2.4 has them."""
    with OpenEXR.File(str(path), separate_channels=True) as file:
        channels = {name: channel.pixels for name, channel in file.channels().items()}
    kind, samples = channels["R"].dtype, np.stack([channels[name].astype(np.float64) for name in "RGB"], axis=2)
    if "A" not in channels:
        return "OpenEXR", str(kind), samples.clip(0) ** (1 / 2.4)
    alpha = channels["A"].astype(np.float64)[..., None]
    return "OpenEXR", str(kind), np.concatenate([(samples / alpha).clip(0) ** (1 / 2.4), alpha], axis=2)


READERS = {".png": _png, ".tif": _tiff, ".exr": _exr}
"""By ending."""


def compare(reading: Reading, luma: NDArray[np.float64], alpha: NDArray[np.float64]) -> list[str]:
    """The cells of a row: what was found, and how far it is from what was given."""
    error = np.abs(reading.luma[:, :HEIGHT, :WIDTH] - luma) * 1023
    found = "equal" if error.max() < 1e-6 else f"{error.mean():.2f}, at most {error.max():.1f}"
    levels = len(np.unique(np.rint(np.median(reading.luma[0][: GREY // 2], axis=0) * 65535)))
    seen = "none"
    if reading.alpha is not None and reading.alpha.min() < 1:  # a decoder may give one to what has none
        off = np.abs(reading.alpha[:, :HEIGHT, :WIDTH] - alpha) * 1023
        seen = "equal" if off.max() < 1e-6 else f"{off.mean():.2f}, at most {off.max():.1f}"
    return [reading.codec, reading.pixels, reading.tags, f"{reading.count}", found, f"{levels}", seen]


def rows(folder: Path, words: list[str]) -> Iterator[list[str]]:
    """A row for each codec in each kind of film that holds it."""
    path, luma, alpha = source(folder)
    for ending, container in CONTAINERS.items():
        for codec in container.codecs:
            if container.palette or (words and codec.word not in words):
                continue
            out = folder / f"{codec.word}{ending}"
            render_video(path, out, config=_config(codec.word, quality="master"))
            yield [codec.word, ending, *compare(read_film(out), luma, alpha)]
    for word, picture in PICTURE_CODECS.items():
        if words and word not in words:
            continue
        out = folder / word / f"%03d{picture.kind.endings[0]}"
        render_video(path, out, config=_config(word))
        yield [word, out.suffix, *compare(read_pictures(out), luma, alpha)]


def _config(word: str, **knobs: Any) -> RunConfig:
    values: dict[str, Any] = {"codec": word, "strength": 0, **knobs}
    return configure("video", **values)


HEAD = ("--codec", "file", "found", "pixel format", "tags", "frames", "luma", "levels", "alpha")


def main() -> None:
    """Print the rows, and put them into the page if they are all."""
    words = sys.argv[1:]
    lines = [f"| {' | '.join(HEAD)} |", f"|{'---|' * len(HEAD)}"]
    with tempfile.TemporaryDirectory() as folder:
        for row in rows(Path(folder), words):
            lines.append(f"| {' | '.join(row)} |")
            print(lines[-1], flush=True)
    if not words:
        page = PAGE.read_text(encoding="utf-8")
        head, rest = page.split(BEGIN)
        tail = rest.split(END)[1]
        PAGE.write_text("\n".join([head + BEGIN, *lines, END + tail]), encoding="utf-8")


if __name__ == "__main__":
    main()
