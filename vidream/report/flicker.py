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
from vidream.frames import LUMA, Flow, Image, Pixels, size_of
from vidream.motion import FLOWS, grey, is_visible
from vidream.plan.follow import LOOK_AHEAD, MOVED_TRUST
from vidream.report.comparison import Comparison
from vidream.warp import is_inside, warp_linear

BOUNDARY, BOUNDARY_PX = 0.01, 0.002
"""Ruder's motion boundaries: |grad u|^2 + |grad v|^2 > BOUNDARY |b|^2 + BOUNDARY_PX."""

MIN_TRUST = 0.2
"""Share of a frame in which the flow must hold; with no more, its flicker cannot be measured."""

COARSE = 16
"""Px of the long side to which frames are averaged, so that noise is gone, where cuts are looked for."""

MIN_CHANGE = 10.0
"""Levels, 0..255: the mean difference of two such frames from which on they may be of two shots."""

ERROR_SCALE = 1e4
"""How many times a squared difference on a scale of 0..1 is shown as."""

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class FrameFigures:
    """One frame of a dreamed film against its source.

    A warp error is the mean squared difference to the frame before it, warped, on a scale of 0..1, times 1e4.
    """

    frame: int
    """Its number in the dreamed film, from 0."""
    warp_error: float | None
    """Of the dreamed frame, where the flow holds: lower is steadier; None at the first frame, at a cut, and where
    `unfollowed`."""
    warp_error_source: float | None
    """Of the source's frame there: what no dream is to blame for."""
    excess: float | None
    """Dreamed less source: the flicker that was added."""
    edges: float | None
    """Of the dreamed frame at motion boundaries, where a carry tends to boil; None where there are none."""
    strength: float
    """Mean of `|dreamed - source|`, 0..255."""
    luma: float
    """Mean of dreamed less source, 0..255: brightness."""
    chroma: float
    """Mean of dreamed less source of the colour channel that differs most from their mean, 0..255: tint."""
    sharpness: float
    """Mean of `|Laplacian|` of the dreamed frame, levels."""
    low_trust: float
    """Share of the frame in which the flow does not hold, 0..1."""
    cut: bool
    """The source's next shot begins here; a flash of light begins none."""
    unfollowed: bool
    """Hardly anything can be followed from the frame before: at most cuts, but also in noise, in what repeats itself,
    in what moves too fast."""


Pair = tuple[Pixels, Pixels]
"""(source, dreamed): one frame of both films, at one size."""


def measure(films: Comparison) -> Iterator[FrameFigures]:
    """Each frame's figures, one after the other.

    Raises:
        MediaError: there is no frame to measure.
    """
    figures: FrameFigures | None = None
    for figures in _confirm_cuts(_measure_pairs(films.pairs(), films.skipped)):
        yield figures
    if figures is None:
        raise MediaError(f"{films.dreamed.path}: has no frame to measure")


def _measure_pairs(pairs: Iterator[Pair], first: int) -> Iterator[tuple[FrameFigures, Image]]:
    """Each frame's figures, with the coarse picture of its source. first: the number of the first."""
    previous: Pair | None = None
    for index, pair in enumerate(pairs, first):
        yield _measure_pair(index, pair, previous), _coarse(pair[0])
        previous = pair


def _confirm_cuts(measured: Iterator[tuple[FrameFigures, Image]]) -> Iterator[FrameFigures]:
    """The figures without cuts that are a flash of light, after which the picture is back within LOOK_AHEAD frames."""
    pending: list[FrameFigures] = []  # from what looks like a cut on
    before_cut = previous = np.zeros((0, 0, 3), np.float32)
    for figures, coarse in measured:
        if pending:
            pending.append(figures)
            if not _is_changed(coarse, before_cut):
                yield from (replace(row, cut=False) for row in pending)
                pending = []
            elif len(pending) > LOOK_AHEAD:
                yield from map(_without_errors, pending)
                pending = []
        elif figures.cut:
            pending, before_cut = [figures], previous
        else:
            yield figures
        previous = coarse
    yield from map(_without_errors, pending)


def _without_errors(figures: FrameFigures) -> FrameFigures:
    """At a cut, the figures without warp errors: nothing is expected to be steady across it."""
    if not figures.cut:
        return figures
    return replace(figures, warp_error=None, warp_error_source=None, excess=None, edges=None)


def _coarse(pixels: Pixels) -> Image:
    size = size_of(pixels).at_most(COARSE)
    coarse: Image = cv2.resize(pixels.astype(np.float32), tuple(size), interpolation=cv2.INTER_AREA)
    return coarse


def _is_changed(coarse: Image, previous: Image) -> bool:
    return bool(np.abs(coarse - previous).mean() >= MIN_CHANGE)


def _measure_pair(index: int, pair: Pair, previous: Pair | None) -> FrameFigures:
    """A frame's figures; previous: the pair before it, None for the first."""
    source, dreamed = (pixels.astype(np.float32) for pixels in pair)
    residual = dreamed - source
    means = residual.mean((0, 1))
    figures = FrameFigures(
        frame=index,
        warp_error=None,
        warp_error_source=None,
        excess=None,
        edges=None,
        strength=float(np.abs(residual).mean()),
        luma=float((residual @ LUMA[:, 0]).mean()),
        chroma=float(np.abs(means - means.mean()).max()),
        sharpness=float(np.abs(cv2.Laplacian(dreamed, cv2.CV_32F)).mean()),
        low_trust=0.0,
        cut=False,
        unfollowed=False,
    )
    if previous is None:
        return figures
    return _with_motion(figures, pair, previous)


def _with_motion(figures: FrameFigures, pair: Pair, previous: Pair) -> FrameFigures:
    """The figures with those that follow the source's motion from the pair before."""
    (source, dreamed), (previous_source, previous_dreamed) = pair, previous
    flow = FLOWS["dis"](grey(source), grey(previous_source))
    trusted, boundary = trusted_regions(flow, FLOWS["dis"](grey(previous_source), grey(source)))
    share = trusted.mean()
    figures = replace(
        figures,
        low_trust=1 - float(share),
        cut=bool(share < MOVED_TRUST) and _is_cut(source, previous_source),
        unfollowed=bool(share <= MIN_TRUST),
    )
    if figures.unfollowed:
        return figures
    source_error = _warp_error(source, previous_source, flow)
    dreamed_error = _warp_error(dreamed, previous_dreamed, flow)
    edges = None
    if boundary.any():
        edges = float(dreamed_error[boundary].mean())
    return replace(
        figures,
        warp_error=float(dreamed_error[trusted].mean()),
        warp_error_source=float(source_error[trusted].mean()),
        excess=float((dreamed_error - source_error)[trusted].mean()),
        edges=edges,
    )


def _is_cut(frame: Pixels, previous: Pixels) -> bool:
    """As the renders' cut finder sees it; noise, which it may take for a cut, is averaged away."""
    is_changed = _is_changed(_coarse(frame), _coarse(previous))
    return is_changed and differs(frame, previous, Motion().cut_threshold)


def trusted_regions(backward: Flow, forward: Flow) -> tuple[Mask, Mask]:
    """Where a flow holds, and the motion boundaries that are left out of that.

    Args:
        backward: (H, W, 2) px, from a frame to the one before.
        forward: (H, W, 2) px, the other way.

    Returns:
        (H, W) bool each; no px is in both.
    """
    bend = sum(np.gradient(backward[..., part], axis=axis) ** 2 for part in (0, 1) for axis in (0, 1))
    boundary = bend > BOUNDARY * np.square(backward).sum(-1) + BOUNDARY_PX
    possible = is_visible(backward, forward) & is_inside(backward, 0)
    return possible & ~boundary, possible & boundary


def _warp_error(frame: Pixels, previous: Pixels, flow: Flow) -> NDArray[np.float32]:
    """(H, W): squared difference to the warped predecessor, on a scale of 0..1, times ERROR_SCALE."""
    warped = warp_linear(previous.astype(np.float32), flow)
    error: NDArray[np.float32] = np.square((frame.astype(np.float32) - warped) / 255).mean(-1)
    return error * np.float32(ERROR_SCALE)
