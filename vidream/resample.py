"""Pictures, flows and trusts at another size: the one home of resampling on a grid."""

from dataclasses import replace
from fractions import Fraction
from functools import lru_cache
from math import ceil
from typing import Any, TypeVar, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from vidream.frames import PEAK, Flow, Frame, Image, Pixels, Samples, Size, Trust, size_of
from vidream.native.library import library
from vidream.native.sampling import Axis, shrink

LEAST_SHARE = 1e-3
"""Px that OpenCV leaves out of an area where no more of them is covered."""

CLEAR = 1e-3
"""Opacity, 0..1, at which a px has no colour of its own."""

Kept = TypeVar("Kept", Pixels, Image)


def resize(image: NDArray[np.float32], size: Size) -> NDArray[np.float32]:
    """An image at another size: smaller by area, larger by cubic interpolation.

    Args:
        image: (H, W, C).
        size: of the result, px.

    Returns:
        (size.height, size.width, C); the array itself where it has that size.
    """
    own = size_of(image)
    if own == size:
        return image
    if size.width <= own.width and size.height <= own.height and library() is not None:
        return shrink(image, _area(size.height, own.height), _area(size.width, own.width))
    interpolation = cv2.INTER_CUBIC
    if size.width * size.height < own.width * own.height:
        interpolation = cv2.INTER_AREA
    return _resampled(image, size, interpolation)


@lru_cache(maxsize=32)  # a dream shrinks every frame to the same sizes
def _area(new: int, old: int) -> Axis:
    """Of each of `new` px along a side, the px of the `old` that it covers, weighted by how far, as OpenCV does."""
    scale = old / new
    taps = min(old, ceil(scale) + 1)
    begins = np.arange(new) * scale
    ends = np.minimum(begins + scale, old)
    first = np.minimum(np.floor(begins + LEAST_SHARE).astype(np.int32), old - taps)
    px = first[:, None] + np.arange(taps)
    covered = np.minimum(ends[:, None], px + 1) - np.maximum(begins[:, None], px)
    weights = np.where(covered > LEAST_SHARE, covered, 0) / (ends - begins)[:, None]
    return Axis(first, weights.astype(np.float32))


def sample_linear(image: NDArray[np.float32], size: Size, centre: float) -> NDArray[np.float32]:
    """An image at another size by linear interpolation of the nearest px, however much smaller: as TensorFlow scales.

    Args:
        image: (H, W, C).
        size: of the result, px.
        centre: where a px is in itself: 0.5 as in tf.image.resize; 0 as in tf.compat.v1.image.resize_bilinear.
    """
    result = image
    for axis, (new, old) in enumerate(zip(reversed(size), image.shape, strict=False)):
        positions = (np.arange(new, dtype=np.float32) + np.float32(centre)) * np.float32(old / new) - np.float32(centre)
        floor = np.floor(positions)
        share = (positions - floor).reshape((-1, 1, 1)[: 3 - axis])
        low, high = (
            result.take(np.clip(index, 0, old - 1).astype(np.intp), axis) for index in (floor, np.ceil(positions))
        )
        result = low + (high - low) * share
    return result


def resize_linear(values: NDArray[np.float32], size: Size) -> NDArray[np.float32]:
    """A flow, a trust or a mask at another size by linear interpolation, which never leaves the range of the values.

    Args:
        values: (H, W, C).
        size: of the result, px.
    """
    if size_of(values) == size:
        return values
    return _resampled(values, size, cv2.INTER_LINEAR)


def flow_at(flow: Flow, size: Size) -> Flow:
    """The same motion for a picture of another size: its vectors are scaled with the grid."""
    own = size_of(flow)
    across, down = np.float32(size.width / own.width), np.float32(size.height / own.height)
    if across == down:
        return resize_linear(flow, size) * across
    return resize_linear(flow, size) * np.array((across, down))


def in_colours(values: Trust) -> Image:
    """(H, W, 1) -> (H, W, 3): the same for each colour. A product with it takes a tenth of what broadcasting takes."""
    image: Image = cv2.merge([values, values, values])
    return image


def fit_pixels(pixels: Pixels, size: Size) -> Pixels:
    """Pixels that fill `size`; what stands over is cropped, evenly on both sides."""
    return fit_frame(Frame(pixels, PEAK), size).pixels()


def fit_frame(frame: Frame, size: Size) -> Frame:
    """A frame that fills `size`, at its own depth, alpha and all; what stands over is cropped, evenly on both sides.

    Where it has an alpha, px count by it, so that the colours of what is seen through do not bleed into what is not.
    """
    if frame.size == size:
        return frame
    samples, peak, opacity = frame.samples, frame.peak, frame.opacity
    if opacity is None:
        return replace(frame, samples=_rounded(_fitted(samples, size), peak, samples))
    fitted = _fitted(opacity, size)
    colours = _fitted(samples * in_colours(opacity), size) / np.maximum(in_colours(fitted), CLEAR)
    image = np.where(fitted > CLEAR, colours, _fitted(samples, size))
    alpha = _rounded(fitted * np.float32(peak), peak, samples)
    return replace(frame, samples=_rounded(image, peak, samples), alpha=alpha)


def _fitted(samples: Samples, size: Size) -> Image:
    """Samples (H, W, C) that fill `size`."""
    height, width = samples.shape[:2]
    scale = max(Fraction(size.width, width), Fraction(size.height, height))
    crop_width, crop_height = min(width, round(size.width / scale)), min(height, round(size.height / scale))
    left, top = (width - crop_width) // 2, (height - crop_height) // 2
    cropped = samples[top : top + max(1, crop_height), left : left + max(1, crop_width)]
    return resize(cropped.astype(np.float32), size)


def _rounded(image: Image, peak: float, like: Samples) -> Samples:
    """Values 0..peak as samples of the same kind as others; floats as they are."""
    if like.dtype == np.float32:
        return image
    np.clip(np.rint(image), 0, peak, out=image)
    return cast(Samples, image.astype(like.dtype))


def pad_frame(frame: Frame, size: Size) -> Frame:
    """A frame of a size that is no smaller, at its own depth, with opaque black around it, evenly on both sides."""
    if frame.size == size:
        return frame
    alpha = None
    if frame.alpha is not None:
        alpha = _padded(frame.alpha, size, frame.peak)
    return replace(frame, samples=_padded(frame.samples, size, 0), alpha=alpha)


def _padded(samples: Samples, size: Size, border: float) -> Samples:
    """Samples (H, W, C) in the middle of `size`, of the same kind, with `border` around them."""
    height, width, channels = samples.shape
    left, top = _margins(size_of(samples), size)
    padded = np.full((size.height, size.width, channels), border, samples.dtype)
    padded[top : top + height, left : left + width] = samples
    return padded


def without_padding(image: Kept, size: Size) -> Kept:
    """What pad_frame has put black around: the picture of `size` in the middle of an image."""
    left, top = _margins(size, size_of(image))
    return image[top : top + size.height, left : left + size.width]


def _margins(inner: Size, outer: Size) -> tuple[int, int]:
    """Px at the left and above it, of a picture in the middle of a frame; even, as colours share px."""
    return (outer.width - inner.width) // 4 * 2, (outer.height - inner.height) // 4 * 2


def _resampled(values: NDArray[np.float32], size: Size, interpolation: int) -> NDArray[np.float32]:
    result: NDArray[Any] = cv2.resize(values, size, interpolation=interpolation)
    return result.reshape(size.height, size.width, values.shape[2])  # OpenCV drops a single channel's axis
