"""Pictures, flows and trusts at another size: the one home of resampling on a grid."""

from fractions import Fraction
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from vidream.frames import PEAK, Flow, Frame, Pixels, Size, size_of


def resized(image: NDArray[np.float32], size: Size) -> NDArray[np.float32]:
    """(H, W, C) float32 at `size`: smaller by area, larger by cubic. The same size is the same array."""
    now = size_of(image)
    if now == size:
        return image
    smaller = size.width * size.height < now.width * now.height
    return _resampled(image, size, cv2.INTER_AREA if smaller else cv2.INTER_CUBIC)


def sampled(image: NDArray[np.float32], size: Size, centre: float) -> NDArray[np.float32]:
    """At `size` by linear interpolation of the nearest px, however much smaller it is: as TensorFlow scales.

    centre: 0.5 as tf.image.resize, where a px is in the middle of itself; 0 as tf.compat.v1.image.resize_bilinear.
    """
    result = image
    for axis, (to, of) in enumerate(zip(reversed(size), image.shape, strict=False)):
        places = (np.arange(to, dtype=np.float32) + np.float32(centre)) * np.float32(of / to) - np.float32(centre)
        before = np.floor(places)
        share = (places - before).reshape((-1, 1) if axis else (-1, 1, 1))
        near, far = (np.clip(each, 0, of - 1).astype(np.intp) for each in (before, np.ceil(places)))
        low, high = result.take(near, axis), result.take(far, axis)
        result = low + (high - low) * share
    return result


def resize_linear(values: NDArray[np.float32], size: Size) -> NDArray[np.float32]:
    """The same by linear interpolation, which never leaves the range of what is given: for flow and trust."""
    return values if size_of(values) == size else _resampled(values, size, cv2.INTER_LINEAR)


def flow_at(flow: Flow, size: Size) -> Flow:
    """The same motion on a grid of another size: its vectors are scaled with it."""
    now = size_of(flow)
    return resize_linear(flow, size) * np.array((size.width / now.width, size.height / now.height), np.float32)


def fitted(pixels: Pixels, size: Size) -> Pixels:
    """Fill `size` with the picture and crop what stands over, evenly on both sides."""
    return fit_frame(Frame(pixels, PEAK), size).pixels()


def fit_frame(frame: Frame, size: Size) -> Frame:
    """Fill `size` with the frame and crop what stands over, evenly on both sides; its depth stays."""
    if frame.size == size:
        return frame
    samples = frame.samples
    height, width = samples.shape[:2]
    scale = max(Fraction(size.width, width), Fraction(size.height, height))
    crop_width, crop_height = min(width, round(size.width / scale)), min(height, round(size.height / scale))
    left, top = (width - crop_width) // 2, (height - crop_height) // 2
    cropped = samples[top : top + max(1, crop_height), left : left + max(1, crop_width)]
    image = resized(cropped.astype(np.float32), size)
    if samples.dtype == np.float32:
        return Frame(image, frame.peak)
    rounded: Any = np.clip(np.rint(image), 0, frame.peak).astype(samples.dtype)
    return Frame(rounded, frame.peak)


def _resampled(values: NDArray[np.float32], size: Size, interpolation: int) -> NDArray[np.float32]:
    result: NDArray[Any] = cv2.resize(values, size, interpolation=interpolation)
    return result.reshape(size.height, size.width, values.shape[2])  # OpenCV drops a single channel's axis
