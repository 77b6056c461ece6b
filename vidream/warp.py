"""Fetching a picture through a flow: result[y, x] = image[y + dy, x + dx], mirrored outside."""

import cv2
import numpy as np
from numpy.typing import NDArray

from vidream.frames import Flow, Image
from vidream.native import sampling
from vidream.native.library import library
from vidream.spline import PREFILTER, WEIGHTS, Plane, sample_spline

SWELLS = 1.04
"""Gain, at most, at any wavelength, of one fetch by OpenCV's Lanczos4; measured on sine waves."""

STEPS = 32
"""Places within a px that Lanczos' window is known for, to OpenCV and so to the native part: the nearest is taken."""


def _lanczos() -> Plane:
    """sinc(d) sinc(d / 4) at the distances of eight px from each of STEPS places, normed to add up to 1."""
    distances = np.arange(STEPS)[:, None] / STEPS + 3 - np.arange(8)
    weights = np.sinc(distances) * np.sinc(distances / 4)
    weights[0] = distances[0] == 0  # where sinc leaves a trace of rounding
    normed: Plane = (weights / weights.sum(1, keepdims=True)).astype(np.float32)
    return normed


LANCZOS = _lanczos()
"""(STEPS, 8): the weights of the px from three before a place on, by how far past a px it is."""


def fetch_places(flow: Flow) -> tuple[Plane, Plane]:
    """Where each px is fetched from: columns and rows, (H, W) float32, counted from the middle of the top left px."""
    height, width = flow.shape[:2]
    columns = np.arange(width, dtype=np.float32) + flow[..., 0]
    rows = np.arange(height, dtype=np.float32)[:, None] + flow[..., 1]
    return columns, rows


def is_inside(flow: Flow, margin: float) -> NDArray[np.bool_]:
    """Whether each px is fetched from inside the picture: (H, W).

    margin: px around the middles of the outermost px that belong to it; 0.5: up to their outer edges.
    """
    columns, rows = fetch_places(flow)
    right, bottom = flow.shape[1] - 1 + margin, flow.shape[0] - 1 + margin
    inside: NDArray[np.bool_] = (columns >= -margin) & (columns <= right) & (rows >= -margin) & (rows <= bottom)
    return inside


def warp(image: Image, flow: Flow) -> Image:
    """The image fetched by a quintic spline: it can be done again and again, see vidream.spline. Shapes as given."""
    if library() is not None:
        return sampling.sample_spline(image, flow, PREFILTER, WEIGHTS, relative=True)
    return sample_spline(image, *_mirrored_places(flow))


def warp_lanczos(image: Image, flow: Flow) -> Image:
    """The image fetched by Lanczos' window: at a quarter of a spline's cost, for what fades by more than SWELLS."""
    if library() is not None:
        return sampling.sample_lanczos(image, flow, LANCZOS, relative=True)
    values: Image = cv2.remap(image, *_mirrored_places(flow), cv2.INTER_LANCZOS4, borderMode=cv2.BORDER_REFLECT)
    return values


def warp_linear(image: Image, flow: Flow) -> Image:
    """The image fetched linearly from between the nearest px: fastest, and a little softer each time."""
    values: Image = cv2.remap(image, *_mirrored_places(flow), cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
    return values


def shrunk_warp(image: Image, flow: Flow) -> Image:
    """`warp` for a flow that may shrink the picture: what would be too fine for it is blurred away before."""
    last = flow.shape[1] - 1
    scale = float(np.hypot(*(flow[0, -1] - flow[0, 0] + (last, 0)))) / max(1, last)
    if scale <= 1:
        return warp(image, flow)
    return warp(cv2.GaussianBlur(image, (0, 0), 0.5 * (scale**2 - 1) ** 0.5 + 1e-3), flow)


def _mirrored_places(flow: Flow) -> tuple[Plane, Plane]:
    """`fetch_places`, mirrored to within a picture's side of the picture: OpenCV mirrors one fold at a time."""
    height, width = flow.shape[:2]
    columns, rows = fetch_places(flow)
    return _mirror(columns, width), _mirror(rows, height)


def _mirror(places: Plane, side: int) -> Plane:
    """Places along one axis: those that lie further out than `side` px, moved by whole periods of the mirroring."""
    if places.min() > -side and places.max() < 2 * side:
        return places
    mirrored: Plane = np.mod(places + np.float32(0.5), np.float32(2 * side)) - np.float32(0.5)
    return mirrored
