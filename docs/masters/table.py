"""Makes the table of docs/masters.md: each codec is written by vidream, read back by another reader, and compared.

    python docs/masters/table.py [WORD ...]

The film is 24 frames of 320x192 of 16 bits: a ramp from black to white over a slow wave of colour, and an alpha. It is
rendered with `--strength 0 --quality master`, so that only the codec comes between; what is read back is compared with
what was given in code values of 10 bits (0 to 1023), luma alone where the codec shares colour between px. Films are read
by PyAV, pictures by tifffile, OpenCV and OpenEXR. The rows are put between the marks in docs/masters.md.
"""

import subprocess
import sys
import tempfile
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from vidream.jobs.video import render_video
from vidream.media.ffmpeg import executable

PAGE = Path(__file__).resolve().parents[1] / "masters.md"
BEGIN, END = "<!-- read back: made by docs/masters/table.py -->", "<!-- end -->"
WIDTH, HEIGHT, FRAMES = 320, 192, 24
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
    """Primaries, transfer, matrix, range, as numbers of ITU-T H.273."""
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
        waves = [0.05 * np.sin(2 * np.pi * (y / HEIGHT + number / 48 + shift / 3)) for shift in range(3)]
        colour = [np.clip(ramp + wave * 4 * ramp * (1 - ramp), 0, 1) for wave in waves]
        frames.append(np.stack([*colour, y / (HEIGHT - 1)], axis=2))
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
        tags = "/".join(
            str(value) for value in (context.color_primaries, context.color_trc, context.colorspace, context.color_range)
        )
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
    rows = np.frombuffer(plane, kind).reshape(plane.height, plane.line_size // kind.itemsize)
    return rows[: component.height, : component.width].astype(np.float64)
