"""A camera's move from one frame to the next, by formula: the flow of a zoom.

A Move is a float64 (2, 3) affine matrix: where in the frame before each px of this one is fetched, p' = A p + b, with
px (x, y) counted from the middle of the top left one.
"""

from functools import lru_cache
from math import cos, radians, sin

import cv2
import numpy as np
from numpy.typing import NDArray

from vidream.frames import Flow, Size, Trust
from vidream.warp import fetch_places

Move = NDArray[np.float64]

STILL: Move = np.eye(2, 3)
"""The move of a camera that stands still."""

EDGE_BLUR = 1.5
"""Px: standard deviation of the blur at the border of what a move uncovers."""


def move(size: Size, zoom: float, turn: float, drift: tuple[float, float], focus: tuple[float, float]) -> Move:
    """The move that makes the picture `zoom` times larger and turns it about `focus`, then shifts the camera.

    Args:
        size: of the frames, px.
        zoom: factor, over 0.
        turn: degrees, clockwise as seen.
        drift: camera to the right and down, in widths of the frame.
        focus: of width and height, 0..1: what stays in its place.

    Returns:
        (2, 3) float64.
    """
    centre = np.array([focus[0] * size.width - 0.5, focus[1] * size.height - 0.5])
    c, s = cos(radians(turn)), sin(radians(turn))
    matrix = np.array([[c, s], [-s, c]]) / zoom
    midway = (np.eye(2) + matrix) / 2  # the drift is spread over the frame, and so is what it drifts across
    shift = centre - matrix @ centre + midway @ np.array(drift) * size.width
    return np.column_stack([matrix, shift])


def compose(first: Move, second: Move) -> Move:
    """Two moves as one, in the order of time: where in the frame before `first` what `second` shows is fetched."""
    return np.column_stack([first[:, :2] @ second[:, :2], first[:, :2] @ second[:, 2] + first[:, 2]])


def invert(move: Move) -> Move:
    """The move back: composed with `move` in either order, it stands still."""
    matrix = np.linalg.inv(move[:, :2])
    return np.column_stack([matrix, -matrix @ move[:, 2]])


def camera_flow(size: Size, move: Move) -> Flow:
    """The move as a Flow: (H, W, 2) float32 px, read-only, for equal moves share it."""
    return _flow(size, tuple(move.ravel()))


@lru_cache(maxsize=4)  # a steady camera makes the same move at every frame
def _flow(size: Size, numbers: tuple[float, ...]) -> Flow:
    matrix = np.array(numbers).reshape(2, 3)
    x, y = np.arange(size.width, dtype=np.float64), np.arange(size.height, dtype=np.float64)[:, None]
    flow = np.stack(
        [row[0] * x + row[1] * y + row[2] - place for row, place in zip(matrix, (x, y), strict=True)], axis=-1
    ).astype(np.float32)
    flow.flags.writeable = False
    return flow


def border_distance(size: Size, move: Move) -> NDArray[np.float32]:
    """How far inside the border of the frame before each px is fetched: (H, W) float32 px; outside, below 0."""
    columns, rows = fetch_places(camera_flow(size, move))
    across = np.minimum(columns + 0.5, size.width - 0.5 - columns)
    down = np.minimum(rows + 0.5, size.height - 0.5 - rows)
    distance: NDArray[np.float32] = np.minimum(across, down)
    return distance


def corner_distances(size: Size, move: Move) -> NDArray[np.float64]:
    """`border_distance` of the frame's four corner px: (4,) px; nothing of the frame lies further outside than one."""
    corners = np.array([[x, y, 1] for x in (0, size.width - 1) for y in (0, size.height - 1)])
    places = corners @ move.T + 0.5
    distances: NDArray[np.float64] = np.minimum(places, (size.width, size.height) - places).min(-1)
    return distances


def uncovered(size: Size, move: Move) -> Trust | None:
    """Trust in what the move fetches: (H, W, 1), read-only, 0 where it lies outside; None where all lies inside."""
    return _uncovered(size, tuple(move.ravel()))


@lru_cache(maxsize=4)
def _uncovered(size: Size, numbers: tuple[float, ...]) -> Trust | None:
    inside = border_distance(size, np.array(numbers).reshape(2, 3)) >= 0
    if inside.all():
        return None
    trust: Trust = cv2.GaussianBlur(inside.astype(np.float32), (0, 0), EDGE_BLUR)[..., None]
    trust.flags.writeable = False
    return trust
