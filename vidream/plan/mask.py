"""Where the dream is seen: a picture or a film of light and dark, or what moves."""

from collections.abc import Iterator
from fractions import Fraction
from itertools import islice
from math import floor
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from vidream.config import Mask, RunConfig
from vidream.events import warn
from vidream.frames import Flow, Pixels, Size, size_of
from vidream.media.codecs import PICTURES_READ
from vidream.media.reader import frames, open_video
from vidream.media.still import Picture, read_picture
from vidream.resample import fitted, resize_linear, resized

Share = NDArray[np.float32]
"""(H, W, 1), 0..1: how far the dream is seen at each px."""

MOTION = "motion"
SOFTEST = 6.0  # px: a sigma that a mask is made small for
STILL, MOVING = 0.0005, 0.003  # of the long side, in a frame: what moves less is still, what moves more moves


def is_picture(mask: Mask) -> bool:
    return mask.mask is not None and Path(mask.mask).suffix.lower() in PICTURES_READ


def mask_files(mask: Mask) -> list[Path]:
    """The file that a mask is read from."""
    return [] if mask.mask in (None, MOTION) else [Path(str(mask.mask))]


def shares(mask: Mask, size: Size, fps: Fraction | None, max_pixels: int, first: int = 0) -> Iterator[Share | None]:
    """The mask at each output frame from `first` on, without end; None where all is seen. The last one stays.

    fps is of the output; None for a picture, whose mask is no film.

    Raises:
        MediaError: the mask cannot be read.
    """
    if mask.mask in (None, MOTION):
        while True:
            yield None
    path = Path(str(mask.mask))
    if fps is None or is_picture(mask):
        still = _share(_lit(read_picture(path, max_pixels)), size, mask)
        while True:
            yield still
    film = open_video(path, max_pixels=max_pixels)
    shown = floor(first * film.fps / fps)
    shown = shown if film.count is None else min(shown, film.count - 1)
    upcoming = enumerate(frames(film, shown), shown)
    (at, frame), ended = next(upcoming), False
    for number in range(first, 2**62):
        while not ended and at < floor(number * film.fps / fps):
            following = next(upcoming, None)
            if following is None:
                warn("the mask ends before the film; its last frame stays", path)
                ended = True
            else:
                at, frame = following
        yield _share(frame.pixels(), size, mask)


class Masks:
    """The masks of a film, asked for by output frame, forwards."""

    def __init__(self, config: RunConfig, size: Size, fps: Fraction) -> None:
        self._config, self._size, self._fps = config, size, fps
        self._upcoming: Iterator[Share | None] | None = None
        self._next = 0

    def at(self, frame: int, motion: Flow | None) -> Share | None:
        """The mask at an output frame; `motion` is how the film moves there."""
        mask = self._config.mask
        if mask.mask == MOTION:
            still = np.zeros((2, 2, 2), np.float32)
            return moving_share(still if motion is None else motion, self._size, mask)
        if self._upcoming is None:
            self._upcoming = shares(mask, self._size, self._fps, self._config.files.max_pixels, frame)
            self._next = frame
        share = next(islice(self._upcoming, frame - self._next, None))
        self._next = frame + 1
        return share


def _lit(picture: Picture) -> Pixels:
    """What is transparent is dark."""
    if picture.alpha is None:
        return picture.pixels
    return (picture.pixels.astype(np.float32) * (picture.alpha[..., None] / np.float32(255))).astype(np.uint8)


def _share(pixels: Pixels, size: Size, mask: Mask) -> Share:
    """White is 1, black 0."""
    light = cv2.cvtColor(fitted(pixels, size), cv2.COLOR_RGB2GRAY).astype(np.float32) / 255
    return feathered(light[..., None], mask)


def moving_share(flow: Flow, size: Size, mask: Mask) -> Share:
    """1 where a flow moves, 0 where it stands."""
    length = np.linalg.norm(flow, axis=-1) / max(flow.shape[:2])
    moving = np.clip((length - STILL) / (MOVING - STILL), 0, 1).astype(np.float32)
    return feathered(resize_linear(moving[..., None], size), mask)


def feathered(share: Share, mask: Mask) -> Share:
    """With soft borders, and turned over if that is asked for."""
    size, sigma = size_of(share), mask.mask_feather * max(share.shape[:2])
    soft = share
    if sigma > 0:  # what is that soft can be made small, at a hundredth of the cost
        small = size.at_most(round(max(size) * min(1, SOFTEST / sigma)))
        less = resized(share, small)
        blurred = cv2.GaussianBlur(less, (0, 0), sigma * max(small) / max(size)).reshape(less.shape)
        soft = resize_linear(blurred, size)
    return 1 - soft if mask.mask_invert else soft
