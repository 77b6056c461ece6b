"""Where each pixel was in the frame before, how far that can be believed, and fetching it from there."""

from collections.abc import Callable, Mapping

import cv2
import numpy as np
from numpy.typing import NDArray

from vidream.frames import Flow, Image, Pixels, Trust
from vidream.spline import fetched

Grey = NDArray[np.uint8]

DIS_SMALLEST = 12  # px a side; DIS raises below that

# Ruder, Dosovitskiy and Brox 2016: |b + f|^2 > OCCLUDED (|b|^2 + |f|^2) + SLACK means occluded
OCCLUDED, SLACK = 0.01, 0.5
# A fetched pixel that differs by this many levels (0..255) is believed in full, and not at all
BELIEVED, DOUBTED = 15.0, 40.0
TRUST_BLUR = 1.5  # px

SWELLS = 1.04  # times, at most, at any wavelength, in one fetch by OpenCV's Lanczos4 (measured)

FLOW_SIZE = 320  # px, the long side at which motion is measured: less noise than at more, and cheaper
FLAT = 2.0  # levels a px: a root mean square gradient below this is noise, and tells nothing of motion
REACH = 0.05  # of the long side: how far motion is extended into what is flat
EXPLAINED = 1.5  # levels: measured motion must explain the picture by this much better than extended motion


def _dis(now: Grey, before: Grey) -> Flow:
    """Dense Inverse Search (Kroeger et al. 2016), preset medium."""
    if min(now.shape) < DIS_SMALLEST:
        return np.zeros((*now.shape, 2), np.float32)
    flow: Flow = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM).calc(now, before, None)
    return flow


def _farneback(now: Grey, before: Grey) -> Flow:
    """Polynomial expansion (Farneback 2003)."""
    flow: Flow = cv2.calcOpticalFlowFarneback(now, before, None, 0.5, 5, 15, 3, 5, 1.1, 0)
    return flow


FLOWS: Mapping[str, Callable[[Grey, Grey], Flow]] = {"dis": _dis, "farneback": _farneback}


def grey(pixels: Pixels) -> Grey:
    values: Grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    return values


def optical_flow(now: Pixels, before: Pixels, method: str = "dis") -> Flow:
    """Backward flow: (H, W, 2) px, for each pixel of `now` where it lies in `before`. Methods: see FLOWS.

    The simplest motion that explains the picture. In a flat sky the measured flow follows noise, and a dream carried by
    it boils; so the motion of what has structure is extended into what has none, and the measured flow counts only
    where it explains the picture better than that.
    """
    measured = FLOWS[method](grey(now), grey(before))
    extended = _extended(measured, now)
    gain = _unexplained(now, before, extended) - _unexplained(now, before, measured)
    better: Flow = cv2.GaussianBlur(np.clip(gain / EXPLAINED - 1, 0, 1), (0, 0), 3)[..., None]
    return extended + better * (measured - extended)


def _extended(flow: Flow, now: Pixels) -> Flow:
    """The flow of what has structure, spread into what is flat (normalised convolution, Knutsson and Westin 1993)."""
    smooth = cv2.GaussianBlur(grey(now), (0, 0), 1).astype(np.float32)
    slopes = [cv2.Sobel(smooth, cv2.CV_32F, dx, dy, scale=1 / 8) for dx, dy in ((1, 0), (0, 1))]
    energy = cv2.GaussianBlur(slopes[0] ** 2 + slopes[1] ** 2, (0, 0), 4)
    structure = np.clip(1 - FLAT**2 / (energy + 1e-6), 0, 1)
    sigma = REACH * max(now.shape)
    weight: NDArray[np.float32] = cv2.GaussianBlur(structure, (0, 0), sigma)[..., None]
    spread: Flow = cv2.GaussianBlur(flow * structure[..., None], (0, 0), sigma)
    return spread / (weight + np.float32(0.01))  # where nothing is near, it stands still


def _unexplained(now: Pixels, before: Pixels, flow: Flow) -> NDArray[np.float32]:
    """(H, W), levels: how much `now` differs from `before` fetched through the flow, over a few px."""
    there, here = (cv2.GaussianBlur(pixels, (0, 0), 1).astype(np.float32) for pixels in (before, now))
    difference = np.abs(warp_linear(there, flow) - here).mean(-1)
    blurred: NDArray[np.float32] = cv2.GaussianBlur(difference, (0, 0), 3)
    return blurred


def warp(image: Image, flow: Flow) -> Image:
    """`image` fetched through the flow: result[y, x] = image[y + dy, x + dx], mirrored outside; shapes as given.

    It may be done again and again: see vidream.spline.
    """
    return fetched(image, *_places(flow))


def warp_lanczos(image: Image, flow: Flow) -> Image:
    """The same by Lanczos' window, at a quarter of the cost, for what fades by more than it may swell: SWELLS."""
    values: Image = cv2.remap(image, *_places(flow), cv2.INTER_LANCZOS4, borderMode=cv2.BORDER_REFLECT)
    return values


def warp_linear(image: Image, flow: Flow) -> Image:
    """The same between the nearest px, linearly: faster, and a little softer each time."""
    values: Image = cv2.remap(image, *_places(flow), cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
    return values


def _places(flow: Flow) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Columns and rows that a flow fetches from, mirrored into reach: OpenCV mirrors far places one fold at a time."""
    height, width = flow.shape[:2]
    columns = np.arange(width, dtype=np.float32) + flow[..., 0]
    rows = np.arange(height, dtype=np.float32)[:, None] + flow[..., 1]
    return _in_reach(columns, width), _in_reach(rows, height)


def _in_reach(places: NDArray[np.float32], side: int) -> NDArray[np.float32]:
    if places.min() > -side and places.max() < 2 * side:
        return places
    reached: NDArray[np.float32] = np.mod(places + np.float32(0.5), np.float32(2 * side)) - np.float32(0.5)
    return reached


def shrunk_warp(image: Image, flow: Flow) -> Image:
    """`warp` for a flow that may shrink the picture: what would be too fine for it is blurred away before."""
    last = flow.shape[1] - 1
    scale = float(np.hypot(*(flow[0, -1] - flow[0, 0] + (last, 0)))) / max(1, last)
    if scale <= 1:
        return warp(image, flow)
    return warp(cv2.GaussianBlur(image, (0, 0), 0.5 * (scale**2 - 1) ** 0.5 + 1e-3), flow)


def trust(now: Pixels, before: Pixels, backward: Flow, forward: Flow) -> Trust:
    """How far `before`, fetched through `backward`, may be believed at each pixel of `now`: (H, W, 1), 0..1.

    It is believed where forward and backward flow cancel (Ruder et al. 2016), where what is fetched looks like what is
    there, and where it comes from inside the picture; blurred, so that no edge of it shows.
    """
    height, width = backward.shape[:2]
    returning = warp_linear(forward, backward)
    lengths = np.square(backward).sum(-1) + np.square(returning).sum(-1)
    holds = np.square(backward + returning).sum(-1) <= OCCLUDED * lengths + SLACK
    columns = np.arange(width, dtype=np.float32) + backward[..., 0]
    rows = np.arange(height, dtype=np.float32)[:, None] + backward[..., 1]
    inside = (columns >= -0.5) & (columns <= width - 0.5) & (rows >= -0.5) & (rows <= height - 0.5)
    difference = np.abs(warp_linear(before.astype(np.float32), backward) - now).mean(-1)
    alike = (DOUBTED - cv2.blur(difference, (5, 5))) / (DOUBTED - BELIEVED)
    believed = np.where(holds & inside, np.clip(alike, 0, 1), 0).astype(np.float32)
    blurred: Trust = cv2.GaussianBlur(believed, (0, 0), TRUST_BLUR)
    return np.clip(blurred, 0, 1)[..., None]
