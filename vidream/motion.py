"""Where each pixel was in the frame before, and how far that can be trusted."""

from collections.abc import Callable, Mapping

import cv2
import numpy as np
from numpy.typing import NDArray

from vidream.frames import Flow, Pixels, Trust
from vidream.warp import is_inside, warp_linear

Grey = NDArray[np.uint8]
Field = NDArray[np.float32]
"""(H, W): a number for each px."""

DIS_SMALLEST = 12
"""Px a side, under which Dense Inverse Search raises."""

OCCLUDED, OCCLUDED_PX = 0.01, 0.5
"""A px is occluded where |b + f|^2 > OCCLUDED (|b|^2 + |f|^2) + OCCLUDED_PX (Ruder, Dosovitskiy and Brox 2016)."""

TRUSTED, DOUBTED = 15.0, 40.0
"""Levels, 0..255, by which a fetched px may differ to be trusted in full, and from which on it is not at all."""

TRUST_BLUR = 1.5
"""Px: standard deviation of the blur of a trust, so that no edge of it shows."""

FLOW_SIZE = 320
"""Px of the long side at which motion is measured: less noise than at more, and cheaper."""

MIN_SLOPE = 2.0
"""Levels a px: a root mean square gradient below this is noise, and tells nothing of motion."""

SPREAD = 0.05
"""Of the long side: how far motion is spread into what is flat; the standard deviation of a normal distribution."""

MIN_GAIN = 1.5
"""Levels by which measured motion must explain the picture better than spread motion."""


def _dis(frame: Grey, previous: Grey) -> Flow:
    """Dense Inverse Search (Kroeger et al. 2016), preset medium."""
    if min(frame.shape) < DIS_SMALLEST:
        return np.zeros((*frame.shape, 2), np.float32)
    flow: Flow = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM).calc(frame, previous, None)
    return flow


def _farneback(frame: Grey, previous: Grey) -> Flow:
    """Polynomial expansion (Farneback 2003)."""
    flow: Flow = cv2.calcOpticalFlowFarneback(frame, previous, None, 0.5, 5, 15, 3, 5, 1.1, 0)
    return flow


FLOWS: Mapping[str, Callable[[Grey, Grey], Flow]] = {"dis": _dis, "farneback": _farneback}
"""Ways to measure a flow, by name: of a frame and the one before, to a backward flow."""


def grey(pixels: Pixels) -> Grey:
    """(H, W) uint8: light and dark of a picture, as OpenCV weighs the colours (BT.601)."""
    values: Grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    return values


def optical_flow(frame: Pixels, previous: Pixels, method: str = "dis") -> Flow:
    """Backward flow: the simplest motion that explains the picture.

    In a flat sky the measured flow follows noise, and a dream carried by it boils. So the motion of what has structure
    is spread into what has none, and the measured flow counts only where it explains the picture better than that.

    Args:
        frame: (H, W, 3) uint8.
        previous: the frame before it, of the same size.
        method: one of FLOWS.

    Returns:
        (H, W, 2) float32 px: for each pixel of `frame` where it lies in `previous`.
    """
    measured = FLOWS[method](grey(frame), grey(previous))
    spread = _spread(measured, frame)
    gain = _unexplained(frame, previous, spread) - _unexplained(frame, previous, measured)
    share: Field = cv2.GaussianBlur(np.clip(gain / MIN_GAIN - 1, 0, 1), (0, 0), 3)[..., None]
    return spread + share * (measured - spread)


def _spread(flow: Flow, frame: Pixels) -> Flow:
    """The flow of what has structure, spread into what is flat (normalised convolution, Knutsson and Westin 1993)."""
    smooth = cv2.GaussianBlur(grey(frame), (0, 0), 1).astype(np.float32)
    slopes = [cv2.Sobel(smooth, cv2.CV_32F, dx, dy, scale=1 / 8) for dx, dy in ((1, 0), (0, 1))]
    energy = cv2.GaussianBlur(slopes[0] ** 2 + slopes[1] ** 2, (0, 0), 4)
    structure = np.clip(1 - MIN_SLOPE**2 / (energy + 1e-6), 0, 1)
    sigma = SPREAD * max(frame.shape)
    weight: Field = cv2.GaussianBlur(structure, (0, 0), sigma)[..., None]
    spread: Flow = cv2.GaussianBlur(flow * structure[..., None], (0, 0), sigma)
    return spread / (weight + np.float32(0.01))  # where nothing is near, it stands still


def _unexplained(frame: Pixels, previous: Pixels, flow: Flow) -> Field:
    """(H, W), levels: how much `frame` differs from `previous` fetched through the flow, over a few px."""
    source, target = (cv2.GaussianBlur(pixels, (0, 0), 1).astype(np.float32) for pixels in (previous, frame))
    difference = np.abs(warp_linear(source, flow) - target).mean(-1)
    blurred: Field = cv2.GaussianBlur(difference, (0, 0), 3)
    return blurred


def is_visible(backward: Flow, forward: Flow) -> NDArray[np.bool_]:
    """Where forward and backward flow cancel, so that what is fetched was not occluded: (H, W)."""
    returning = warp_linear(forward, backward)
    lengths = np.square(backward).sum(-1) + np.square(returning).sum(-1)
    visible: NDArray[np.bool_] = np.square(backward + returning).sum(-1) <= OCCLUDED * lengths + OCCLUDED_PX
    return visible


def trust(frame: Pixels, previous: Pixels, backward: Flow, forward: Flow) -> Trust:
    """How far `previous`, fetched through `backward`, may be trusted at each pixel of `frame`.

    It is trusted where it was visible, where it looks like what is there, and where it comes from inside the picture;
    blurred, so that no edge of it shows.

    Args:
        frame: (H, W, 3) uint8.
        previous: the frame before it, of the same size.
        backward: (H, W, 2) px, from `frame` to `previous`.
        forward: (H, W, 2) px, from `previous` to `frame`.

    Returns:
        (H, W, 1) float32, 0..1.
    """
    difference = np.abs(warp_linear(previous.astype(np.float32), backward) - frame).mean(-1)
    similarity = np.clip((DOUBTED - cv2.blur(difference, (5, 5))) / (DOUBTED - TRUSTED), 0, 1)
    possible = is_visible(backward, forward) & is_inside(backward, 0.5)
    blurred: Trust = cv2.GaussianBlur(np.where(possible, similarity, 0).astype(np.float32), (0, 0), TRUST_BLUR)
    return np.clip(blurred, 0, 1)[..., None]
