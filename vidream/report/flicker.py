"""How steady a dreamed film is, and how strong: measured against its source, frame by frame.

The flow is measured on the source alone, so that every way of dreaming the same film is measured by the same ruler: the
error between a frame and its flow-warped predecessor, where the flow holds (Lai et al., "Learning Blind Video Temporal
Consistency", 2018; occlusions and motion boundaries after Ruder, Dosovitskiy and Brox 2016).
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from vidream.config import Motion
from vidream.cuts import differs
from vidream.errors import MediaError
from vidream.frames import Flow, Image, Pixels, size_of
from vidream.motion import FLOWS, OCCLUDED, SLACK, grey, warp_linear
from vidream.plan.follow import LOOK_AHEAD, MOVED_TRUST
from vidream.report.films import Comparison

BEND, BEND_SLACK = 0.01, 0.002  # Ruder's motion boundaries: |grad u|^2 + |grad v|^2 > BEND |b|^2 + BEND_SLACK
FOLLOWED = 0.2  # share of a frame that must be believed; below, its flicker cannot be measured
COARSE = 16  # px: the width to which frames are averaged, so that noise is gone, where cuts are looked for
CHANGED = 10.0  # levels, 0..255: the mean difference of two such frames from which they may be of two shots
LUMA = np.array((0.2126, 0.7152, 0.0722), np.float32)  # BT.709

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Measured:
    """One frame of a dreamed film against its source.

    warp_error         mean squared difference to the warped predecessor, 0..1 scale x 1e-4, where the flow holds;
                       lower is steadier; None at the first frame, at a cut, and where `unfollowed`
    warp_error_source  the same of the source: what no dream is to blame for
    excess             dreamed minus source: the flicker that was added
    edges              warp error at motion boundaries, where a carry tends to boil; None where there are none
    strength           mean |dreamed - source|, 0..255
    luma, chroma       mean dreamed minus source, 0..255: brightness, and the largest of the colour channels' own
    sharpness          mean |Laplacian| of dreamed
    low_trust          share of the frame in which the flow does not hold, 0..1
    cut                the source's next shot begins here; a flash of light begins none
    unfollowed         hardly anything can be followed from the frame before: at most cuts, but also in noise, in what
                       repeats itself, in what moves too fast
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
    unfollowed: bool


def measured(films: Comparison) -> Iterator[Measured]:
    """Each frame's figures, one after the other.

    Raises:
        MediaError: there is no frame to measure.
    """
    row: Measured | None = None
    for row in _settled(_rows(films.pairs())):
        yield row
    if row is None:
        raise MediaError(f"{films.dreamed.path}: has no frame to measure")


def _rows(pairs: Iterator[tuple[Pixels, Pixels]]) -> Iterator[tuple[Measured, Image]]:
    """Each frame's figures, with its coarse picture."""
    before: tuple[Pixels, Pixels] | None = None
    for index, now in enumerate(pairs):
        yield _measured(index, now, before), _coarse(now[0])
        before = now


def _settled(rows: Iterator[tuple[Measured, Image]]) -> Iterator[Measured]:
    """Without the cuts that were a flash of light: what was seen before is back within LOOK_AHEAD frames."""
    waiting: list[Measured] = []  # from what looks like a cut on
    before = last = np.zeros((0, 0, 3), np.float32)
    for row, coarse in rows:
        if waiting:
            waiting.append(row)
            if not _changed(coarse, before):
                yield from (replace(each, cut=False) for each in waiting)
                waiting = []
            elif len(waiting) > LOOK_AHEAD:
                yield from map(_cut, waiting)
                waiting = []
        elif row.cut:
            waiting, before = [row], last
        else:
            yield row
        last = coarse
    yield from map(_cut, waiting)


def _cut(row: Measured) -> Measured:
    """Nothing is expected to be steady across a cut."""
    return replace(row, warp_error=None, warp_error_source=None, excess=None, edges=None) if row.cut else row


def _coarse(pixels: Pixels) -> Image:
    size = size_of(pixels).at_most(COARSE)
    coarse: Image = cv2.resize(pixels.astype(np.float32), tuple(size), interpolation=cv2.INTER_AREA)
    return coarse


def _changed(now: Image, before: Image) -> bool:
    return bool(np.abs(now - before).mean() >= CHANGED)


def _measured(index: int, now: tuple[Pixels, Pixels], before: tuple[Pixels, Pixels] | None) -> Measured:
    source, dreamed = (pixels.astype(np.float32) for pixels in now)
    residual = dreamed - source
    means = residual.mean((0, 1))
    errors: dict[str, float | None] = dict.fromkeys(("warp_error", "warp_error_source", "excess", "edges"))
    low_trust, cut, unfollowed = 0.0, False, False
    if before is not None:
        flow = FLOWS["dis"](grey(now[0]), grey(before[0]))
        holds, edge = believed(flow, FLOWS["dis"](grey(before[0]), grey(now[0])))
        low_trust = 1 - float(holds.mean())
        unfollowed = bool(holds.mean() <= FOLLOWED)
        cut = bool(holds.mean() < MOVED_TRUST) and _is_cut(now[0], before[0])
        if not unfollowed:
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
        cut=cut,
        unfollowed=unfollowed,
    )


def _is_cut(now: Pixels, before: Pixels) -> bool:
    """As the renders' cut finder sees it; noise, which it may take for a cut, is averaged away."""
    return _changed(_coarse(now), _coarse(before)) and differs(now, before, Motion().cut_threshold)


def believed(backward: Flow, forward: Flow) -> tuple[Mask, Mask]:
    """(H, W) each: where the flow can be believed, and the motion boundaries that are left out of that."""
    height, width = backward.shape[:2]
    fetched = warp_linear(forward, backward)
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
    fetched = warp_linear(before.astype(np.float32), flow)
    error: NDArray[np.float32] = np.square((now - fetched) / 255).mean(-1) * np.float32(1e4)
    return error
