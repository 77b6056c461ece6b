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

Move = NDArray[np.float64]

STILL: Move = np.eye(2, 3)
EDGE_BLUR = 1.5  # px


def move(size: Size, zoom: float, turn: float, drift: tuple[float, float], focus: tuple[float, float]) -> Move:
    """The move that makes the picture `zoom` times larger and turns it about `focus`, then shifts the camera.

    Args:
        size: of the frames, px.
        zoom: factor, over 0.
        turn: degrees, clockwise as seen.
        drift: camera to the right and down, in widths of the frame.
        focus: share of width and height.
    """
    centre = np.array([focus[0] * size.width - 0.5, focus[1] * size.height - 0.5])
    c, s = cos(radians(turn)), sin(radians(turn))
    turned = np.array([[c, s], [-s, c]]) / zoom
    halfway = (np.eye(2) + turned) / 2  # the drift is spread over the frame, and so is what it drifts across
    shift = centre - turned @ centre + halfway @ np.array(drift) * size.width
    return np.column_stack([turned, shift])


def after(first: Move, second: Move) -> Move:
    """The two moves as one, in the order of time: where in the frame before `first` what `second` shows is fetched."""
    return np.column_stack([first[:, :2] @ second[:, :2], first[:, :2] @ second[:, 2] + first[:, 2]])


def inverse(move: Move) -> Move:
    """The move back."""
    back = np.linalg.inv(move[:, :2])
    return np.column_stack([back, -back @ move[:, 2]])


def camera_flow(size: Size, move: Move) -> Flow:
    """The move as a Flow, (H, W, 2) float32 px."""
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


def inside(size: Size, move: Move) -> NDArray[np.float32]:
    """(H, W): how many px inside of the frame before's border each px is fetched; outside, below 0."""
    flow = camera_flow(size, move)
    x = np.arange(size.width, dtype=np.float32) + flow[..., 0]
    y = np.arange(size.height, dtype=np.float32)[:, None] + flow[..., 1]
    across = np.minimum(x + 0.5, size.width - 0.5 - x)
    down = np.minimum(y + 0.5, size.height - 0.5 - y)
    depth: NDArray[np.float32] = np.minimum(across, down)
    return depth


def corners_inside(size: Size, move: Move) -> NDArray[np.float64]:
    """The same, of the frame's four corner px alone: nothing of it lies further outside than the least of them."""
    corners = np.array([[x, y, 1] for x in (0, size.width - 1) for y in (0, size.height - 1)])
    places = corners @ move.T + 0.5
    depth: NDArray[np.float64] = np.minimum(places, (size.width, size.height) - places).min(-1)
    return depth


def uncovered(size: Size, move: Move) -> Trust | None:
    """Trust in what the move fetches: 0 where it lies outside; None where all of it lies inside."""
    within = inside(size, move) >= 0
    if within.all():
        return None
    trust: Trust = cv2.GaussianBlur(within.astype(np.float32), (0, 0), EDGE_BLUR)[..., None]
    return trust
