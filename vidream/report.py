"""How steady a dreamed film is, and how strong: measured against its source, frame by frame.

The flow is measured on the source alone, so that every way of dreaming the same film is measured by the same ruler: the
error between a frame and its flow-warped predecessor, where the flow holds (Lai et al., "Learning Blind Video Temporal
Consistency", 2018; occlusions and motion boundaries after Ruder, Dosovitskiy and Brox 2016).
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from itertools import zip_longest
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from vidream.errors import MediaError
from vidream.frames import Flow, Image, Pixels, size_of
from vidream.media.reader import frames, open_video
from vidream.motion import FLOWS, OCCLUDED, SLACK, grey, warp_once
from vidream.resample import fitted

WIDTH = 480  # px at most, at which films are measured
BEND, BEND_SLACK = 0.01, 0.002  # Ruder's motion boundaries: |grad u|^2 + |grad v|^2 > BEND |b|^2 + BEND_SLACK
FOLLOWED = 0.2  # share of a frame that must be believed; below, it is a cut and is not measured
LUMA = np.array((0.2126, 0.7152, 0.0722), np.float32)  # BT.709

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Measured:
    """One frame of a dreamed film against its source.

    warp_error         mean squared difference to the warped predecessor, 0..1 scale x 1e-4, where the flow holds;
                       lower is steadier; None at a cut and at the first frame
    warp_error_source  the same of the source: what no dream is to blame for
    excess             dreamed minus source: the flicker that was added
    edges              warp error at motion boundaries, where a carry tends to boil; None where there are none
    strength           mean |dreamed - source|, 0..255
    luma, chroma       mean dreamed minus source, 0..255: brightness, and the largest of the colour channels' own
    sharpness          mean |Laplacian| of dreamed
    low_trust          share of the frame in which the flow does not hold, 0..1
    cut                nothing can be followed from the frame before
    """

    frame: int
    warp_error: float | None
    warp_error_source: float | None
    excess: float | None
    edges: float | None
    strength: float
    luma: float
    chroma: float
    sharpness: float
    low_trust: float
    cut: bool


def measure(source: Path, dreamed: Path) -> Iterator[Measured]:
    """The frames that both films have, one after the other.

    Raises:
        MediaError: one of them is no film, they have no frame in common, or one has more frames than the other.
    """
    before: tuple[Pixels, Pixels] | None = None
    index = 0
    for index, (here, there) in enumerate(zip_longest(_frames(source), _frames(dreamed))):
        if here is None or there is None:
            ends, goes_on = (source, dreamed) if here is None else (dreamed, source)
            raise MediaError(f"{ends}: ends at frame {index}, where {goes_on} goes on: not the same film")
        now = here, fitted(there, size_of(here))
        yield _measured(index, now, before)
        before = now
    if before is None:
        raise MediaError(f"{source}: has no frame to measure")


def _frames(path: Path) -> Iterator[Pixels]:
    video = open_video(path)
    size = video.size.scaled_to(WIDTH) if video.size.width > WIDTH else video.size
    return (fitted(frame, size) for frame in frames(video))


def _measured(index: int, now: tuple[Pixels, Pixels], before: tuple[Pixels, Pixels] | None) -> Measured:
    source, dreamed = (pixels.astype(np.float32) for pixels in now)
    residual = dreamed - source
    means = residual.mean((0, 1))
    errors: dict[str, float | None] = dict.fromkeys(("warp_error", "warp_error_source", "excess", "edges"))
    low_trust, cut = 0.0, False
    if before is not None:
        flow = FLOWS["dis"](grey(now[0]), grey(before[0]))
        holds, edge = believed(flow, FLOWS["dis"](grey(before[0]), grey(now[0])))
        low_trust = 1 - float(holds.mean())
        cut = holds.mean() <= FOLLOWED
        if not cut:
            of_source = _error(source, before[0], flow)
            of_dreamed = _error(dreamed, before[1], flow)
            errors["warp_error"] = float(of_dreamed[holds].mean())
            errors["warp_error_source"] = float(of_source[holds].mean())
            errors["excess"] = float((of_dreamed - of_source)[holds].mean())
            errors["edges"] = float(of_dreamed[edge].mean()) if edge.any() else None
    return Measured(
        frame=index,
        **errors,
        strength=float(np.abs(residual).mean()),
        luma=float((residual @ LUMA).mean()),
        chroma=float(np.abs(means - means.mean()).max()),
        sharpness=float(np.abs(cv2.Laplacian(dreamed, cv2.CV_32F)).mean()),
        low_trust=low_trust,
        cut=bool(cut),
    )


def believed(backward: Flow, forward: Flow) -> tuple[Mask, Mask]:
    """(H, W) each: where the flow can be believed, and the motion boundaries that are left out of that."""
    height, width = backward.shape[:2]
    fetched = warp_once(forward, backward)
    squared = np.square(backward).sum(-1)
    occluded = np.square(backward + fetched).sum(-1) > OCCLUDED * (squared + np.square(fetched).sum(-1)) + SLACK
    bend = sum(np.gradient(backward[..., part], axis=axis) ** 2 for part in (0, 1) for axis in (0, 1))
    boundary = bend > BEND * squared + BEND_SLACK
    x = np.arange(width, dtype=np.float32) + backward[..., 0]
    y = np.arange(height, dtype=np.float32)[:, None] + backward[..., 1]
    outside = (x < 0) | (y < 0) | (x > width - 1) | (y > height - 1)
    return ~(occluded | boundary | outside), boundary & ~occluded & ~outside


def _error(now: Image, before: Pixels, flow: Flow) -> NDArray[np.float32]:
    """(H, W): squared difference to the warped predecessor, 0..1 scale, x 1e-4."""
    fetched = warp_once(before.astype(np.float32), flow)
    error: NDArray[np.float32] = np.square((now - fetched) / 255).mean(-1) * np.float32(1e4)
    return error


def summary(measured: Sequence[Measured]) -> dict[str, float | int | list[float]]:
    """In sum: means over frames, drifts from the first tenth of the film to the last, and how many cuts."""
    tenth = max(1, len(measured) // 10)

    def mean(name: str, rows: Sequence[Measured] = measured) -> float:
        values = [value for row in rows if (value := getattr(row, name)) is not None]
        return round(float(np.mean(values)), 3) if values else 0.0

    def ends(name: str) -> list[float]:
        return [mean(name, measured[tenth : 2 * tenth] or measured), mean(name, measured[-tenth:])]

    averaged = ("warp_error", "warp_error_source", "excess", "edges", "strength", "sharpness", "low_trust")
    return {
        "frames": len(measured),
        "cuts": sum(row.cut for row in measured),
        **{name: mean(name) for name in averaged},
        "strength_ends": ends("strength"),
        "sharpness_ends": ends("sharpness"),
        "luma_drift": round(mean("luma", measured[-tenth:]) - mean("luma", measured[:tenth]), 3),
        "chroma_drift": round(mean("chroma", measured[-tenth:]) - mean("chroma", measured[:tenth]), 3),
    }


def rows(measured: Sequence[Measured]) -> Iterator[dict[str, Any]]:
    return (asdict(row) for row in measured)


COLUMNS = tuple(each.name for each in fields(Measured))
