"""The backdrop of a shot: what most of it shows, with its dream, kept while something passes before it.

Where a passer-by uncovers what was seen before, the frame before knows nothing of it, and the dream would grow anew, in
other forms. The backdrop is kept where the whole of the picture moves alike: it is moved by whole px, so that it stays
sharp however long it is hidden, and it is believed only where its source looks like what is there again. Long-term flow
serves the same end in artistic style transfer (Ruder, Dosovitskiy and Brox 2016); one picture that moves along with the
shot is enough where a camera stands or pans.

A backdrop is float32, (2, H, W, 3): a source, and the residual that was dreamed over it.
"""

from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from vidream.frames import Flow, Image, Travel, Trust
from vidream.motion import similarity

Backdrop = NDArray[np.float32]
Seen = NDArray[np.uint8]
"""(H, W): other than 0 where the backdrop is seen."""

UNKNOWN = -1000.0
"""Levels that no source has: where the backdrop was never seen."""

STEADY = 1.0
"""Px a frame, at most, by which the motion of the backdrop differs from that of most of the shot."""

SURE = 0.8
"""Trust from which on a px is seen to go on."""


def moved(backdrop: Backdrop, before: Travel, after: Travel) -> Backdrop:
    """A backdrop, where the shot has travelled from `before` to `after`; what comes into the picture is unknown."""
    rows, columns = (round(end) - round(begin) for begin, end in zip(before, after, strict=True))
    height, width = backdrop.shape[1:3]
    if abs(rows) >= height or abs(columns) >= width:
        return np.full_like(backdrop, UNKNOWN)
    out: Backdrop = np.empty_like(backdrop)
    to, of = zip(*(_overlap(by, side) for by, side in ((rows, height), (columns, width))), strict=True)
    out[:, *to] = backdrop[:, *of]
    for axis, part in ((1, to[0]), (2, to[1])):
        for outside in (slice(None, part.start), slice(part.stop, None)):
            out[(slice(None),) * axis + (outside,)] = UNKNOWN
    return out


def _overlap(by: int, side: int) -> tuple[slice, slice]:
    """Of a side in px that is moved: where what stays in is, and where it was."""
    return slice(max(by, 0), side + min(by, 0)), slice(max(-by, 0), side - max(by, 0))


def recall(backdrop: Backdrop, source: Image) -> Trust:
    """How far a backdrop is what is there, (H, W, 1), 0..1: by how alike its source and `source` look."""
    return similarity(backdrop[0], source)[..., None]


def is_seen(flow: Flow, trust: Trust, before: Travel, after: Travel) -> Seen:
    """Where a frame shows the backdrop: what goes on, and moves as most of the shot does."""
    columns, rows = before[1] - after[1], before[0] - after[0]
    steady = cv2.inRange(flow, (columns - STEADY, rows - STEADY), (columns + STEADY, rows + STEADY))
    return cast(Seen, cv2.bitwise_and(steady, cv2.inRange(trust[..., 0], SURE, 1.0)))


def renew(backdrop: Backdrop | None, source: Image, residual: Image, seen: Seen) -> Backdrop:
    """A backdrop with what is seen of it now.

    Args:
        backdrop: at this frame, which is changed; None: nothing is known yet.
        source: (H, W, 3).
        residual: (H, W, 3), of what is dreamed over it.
        seen: where.
    """
    if backdrop is None:
        backdrop = np.full((2, *source.shape), UNKNOWN, np.float32)
    for known, now in zip(backdrop, (source, residual), strict=True):
        cv2.copyTo(now, seen, known)
    return backdrop
