"""Where each pixel was in the frame before, how far that can be believed, and fetching it from there."""

from collections.abc import Callable, Mapping

import cv2
import numpy as np
from numpy.typing import NDArray

from vidream.frames import Flow, Image, Pixels, Size, Trust, size_of

Grey = NDArray[np.uint8]

DIS_SMALLEST = 12  # px a side; DIS raises below that

# Ruder, Dosovitskiy and Brox 2016: |b + f|^2 > OCCLUDED (|b|^2 + |f|^2) + SLACK means occluded
OCCLUDED, SLACK = 0.01, 0.5
# A fetched pixel that differs by this many levels (0..255) is believed in full, and not at all
BELIEVED, DOUBTED = 15.0, 40.0
TRUST_BLUR = 1.5  # px


def _dis(now: Grey, before: Grey) -> Flow:
    """Dense Inverse Search (Kroeger et al. 2016), preset medium."""
    if min(now.shape) < DIS_SMALLEST:
        return np.zeros((*now.shape, 2), np.float32)
    return cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM).calc(now, before, None)  # type: ignore


def _farneback(now: Grey, before: Grey) -> Flow:
    """Polynomial expansion (Farneback 2003)."""
    return cv2.calcOpticalFlowFarneback(now, before, None, 0.5, 5, 15, 3, 5, 1.1, 0)  # type: ignore[call-overload]


FLOWS: Mapping[str, Callable[[Grey, Grey], Flow]] = {"dis": _dis, "farneback": _farneback}


def grey(pixels: Pixels) -> Grey:
    return cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)  # type: ignore[return-value]


def optical_flow(now: Pixels, before: Pixels, method: str = "dis") -> Flow:
    """Backward flow: (H, W, 2) px, for each pixel of `now` where it lies in `before`. Methods: see FLOWS."""
    return FLOWS[method](grey(now), grey(before))


def warp(image: Image, flow: Flow, interpolation: int = cv2.INTER_CUBIC) -> Image:
    """`image` fetched through the flow: result[y, x] = image[y + dy, x + dx], mirrored outside; shapes as given."""
    height, width = flow.shape[:2]
    columns = np.arange(width, dtype=np.float32) + flow[..., 0]
    rows = np.arange(height, dtype=np.float32)[:, None] + flow[..., 1]
    return cv2.remap(image, columns, rows, interpolation, borderMode=cv2.BORDER_REFLECT)  # type: ignore


def trust(now: Pixels, before: Pixels, backward: Flow, forward: Flow) -> Trust:
    """How far `before`, fetched through `backward`, may be believed at each pixel of `now`: (H, W, 1), 0..1.

    It is believed where forward and backward flow cancel (Ruder et al. 2016), where what is fetched looks like what is
    there, and where it comes from inside the picture; blurred, so that no edge of it shows.
    """
    height, width = backward.shape[:2]
    fetched = warp(forward, backward, cv2.INTER_LINEAR)
    lengths = np.square(backward).sum(-1) + np.square(fetched).sum(-1)
    holds = np.square(backward + fetched).sum(-1) <= OCCLUDED * lengths + SLACK
    columns = np.arange(width, dtype=np.float32) + backward[..., 0]
    rows = np.arange(height, dtype=np.float32)[:, None] + backward[..., 1]
    inside = (columns >= -0.5) & (columns <= width - 0.5) & (rows >= -0.5) & (rows <= height - 0.5)
    difference = np.abs(warp(before.astype(np.float32), backward, cv2.INTER_LINEAR) - now).mean(-1)
    alike = (DOUBTED - cv2.blur(difference, (5, 5))) / (DOUBTED - BELIEVED)
    believed = np.where(holds & inside, np.clip(alike, 0, 1), 0).astype(np.float32)
    return np.clip(cv2.GaussianBlur(believed, (0, 0), TRUST_BLUR), 0, 1)[..., None]


def flow_at(flow: Flow, size: Size) -> Flow:
    """The same motion on a grid of another size: resampled, its vectors scaled with it."""
    now = size_of(flow)
    if now == size:
        return flow
    scale = np.array((size.width / now.width, size.height / now.height), np.float32)
    return cv2.resize(flow, size, interpolation=cv2.INTER_LINEAR).reshape(size.height, size.width, 2) * scale


def trust_at(trust: Trust, size: Size) -> Trust:
    if size_of(trust) == size:
        return trust
    return cv2.resize(trust, size, interpolation=cv2.INTER_LINEAR).reshape(size.height, size.width, 1)
