"""Where the dream is seen: a picture or a film of light and dark, what moves, or what the film's own alpha shows."""

from collections.abc import Iterator
from fractions import Fraction
from itertools import count, islice, repeat
from math import floor
from pathlib import Path
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from vidream.config import Mask, RunConfig
from vidream.events import warn
from vidream.frames import PEAK, Flow, Frame, Samples, Size, size_of
from vidream.media.light import light_of
from vidream.media.picture_formats import PICTURES_READ
from vidream.media.reader import frames, open_video
from vidream.media.still import read_picture
from vidream.resample import fit_frame, resize, resize_linear

Share = NDArray[np.float32]
"""(H, W, 1), 0..1: how far the dream is seen at each px."""

UNEVEN = 0.05
"""The share by which a mask may be wider or higher for its size than the frames are, without a word."""
MOTION = "motion"
ALPHA = "alpha"
WORDS = (MOTION, ALPHA)
"""What --mask may be beside a file: the film itself tells where."""
SMALL_SIGMA = 6.0
"""Px: where the sigma of a feather is larger, the mask is blurred at a size at which it is this."""
STILL, MOVING = 0.0005, 0.003
"""Shares of the long side that a px moves by in a frame: less is still, more moves."""


def is_picture(mask: Mask) -> bool:
    """Whether a mask is read from a picture; not from a film, nor made of the film that is dreamed."""
    return mask.mask is not None and Path(mask.mask).suffix.lower() in PICTURES_READ


def mask_files(mask: Mask) -> list[Path]:
    """The file that a mask is read from, if it is read from one."""
    if mask.mask in (None, *WORDS):
        return []
    return [Path(str(mask.mask))]


def shares(mask: Mask, size: Size, fps: Fraction | None, max_pixels: int, first: int = 0) -> Iterator[Share | None]:
    """The mask of a file at each output frame from `first` on, without end; None where there is no file.

    Where a mask is a film and ends before, its last frame stays.

    Args:
        mask: the knobs of the mask.
        size: of the output, px.
        fps: of the output; None for a picture, whose mask is no film.
        max_pixels: that the mask's picture, or a frame of it, may have.
        first: the output frame to begin with.

    Raises:
        MediaError: the mask cannot be read.
    """
    if not mask_files(mask):
        yield from repeat(None)
    path = Path(str(mask.mask))
    if fps is None or is_picture(mask):
        frame = _opaque(read_picture(path, max_pixels).frame)
        _warn_of_another_shape(path, frame.size, size)
        yield from repeat(_share(frame, size, mask))
    yield from _film_shares(mask, path, size, Fraction(fps or 1), max_pixels, first)


def _film_shares(mask: Mask, path: Path, size: Size, fps: Fraction, max_pixels: int, first: int) -> Iterator[Share]:
    """Of a mask that is a film: the frame at the time of each output frame."""
    film = open_video(path, max_pixels=max_pixels)
    index = floor(first * film.fps / fps)
    if film.count is not None:
        index = min(index, film.count - 1)
    upcoming = enumerate(map(_opaque, frames(film, index, alpha=True)), index)
    index, frame = next(upcoming)
    _warn_of_another_shape(path, frame.size, size)
    has_ended = False
    for number in count(first):
        while not has_ended and index < floor(number * film.fps / fps):
            following = next(upcoming, None)
            if following is None:
                warn("the mask ends before the film; its last frame stays", path)
                has_ended = True
            else:
                index, frame = following
        yield _share(frame, size, mask)


def _warn_of_another_shape(path: Path, mask: Size, size: Size) -> None:
    """Warn of a mask of which a part is cropped, more than rounding to whole px explains."""
    across, down = size.width / mask.width, size.height / mask.height
    if abs(across / down - 1) > UNEVEN:
        warn(f"the mask is {mask}, the frames are {size}: it fills them, and what stands over is cropped", path)


class Masks:
    """The masks of a film, asked for by output frame, forwards."""

    def __init__(self, config: RunConfig, size: Size, fps: Fraction) -> None:
        self._config, self._size, self._fps = config, size, fps
        self._upcoming: Iterator[Share | None] | None = None
        self._next = 0

    def at(self, frame: int, source: Frame, motion: Flow | None) -> Share | None:
        """The mask at an output frame; None: all of the dream is seen.

        Args:
            frame: of the output, later than those asked for before.
            source: what the film shows there, at the output's size.
            motion: Flow of the film there; None: it stands still.
        """
        mask = self._config.mask
        if mask.mask == ALPHA:
            return alpha_share(source, mask)
        if mask.mask == MOTION:
            if motion is None:
                motion = np.zeros((2, 2, 2), np.float32)
            return moving_share(motion, self._size, mask)
        if self._upcoming is None:
            self._upcoming = shares(mask, self._size, self._fps, self._config.files.max_pixels, frame)
            self._next = frame
        share = next(islice(self._upcoming, frame - self._next, None))
        self._next = frame + 1
        return share


def _opaque(frame: Frame) -> Frame:
    """A frame over black: what is transparent is dark."""
    if frame.opacity is None:
        return frame
    return Frame(cast(Samples, (frame.samples * frame.opacity).astype(frame.samples.dtype)), frame.peak)


def _share(frame: Frame, size: Size, mask: Mask) -> Share:
    """White is 1, black 0; of floats, which are a matte and no picture, the number itself."""
    light = cv2.cvtColor(fit_frame(frame, size).samples, cv2.COLOR_RGB2GRAY).astype(np.float32) / frame.peak
    if frame.samples.dtype == np.float32:
        light = light_of(light.clip(0, 1) * np.float32(PEAK))
    return feather(light[..., None], mask)


def alpha_share(frame: Frame, mask: Mask) -> Share:
    """The mask of a frame's own alpha; feathered and inverted as the knobs say."""
    opacity = frame.opacity
    if opacity is None:
        opacity = np.ones((*frame.samples.shape[:2], 1), np.float32)
    return feather(opacity, mask)


def moving_share(flow: Flow, size: Size, mask: Mask) -> Share:
    """The mask of a flow, at `size`: 1 where it moves, 0 where it stands; feathered and inverted as the knobs say."""
    length = np.linalg.norm(flow, axis=-1) / max(flow.shape[:2])
    moving = np.clip((length - STILL) / (MOVING - STILL), 0, 1).astype(np.float32)
    return feather(resize_linear(moving[..., None], size), mask)


def feather(share: Share, mask: Mask) -> Share:
    """A mask with soft borders, inverted if the knobs say so; of the same size."""
    size, sigma = size_of(share), mask.mask_feather * max(share.shape[:2])
    if sigma > 0:  # what is that soft can be made small, at a hundredth of the cost
        small = size.at_most(round(max(size) * min(1, SMALL_SIGMA / sigma)))
        reduced = resize(share, small)
        blurred = cv2.GaussianBlur(reduced, (0, 0), sigma * max(small) / max(size)).reshape(reduced.shape)
        share = resize_linear(blurred, size)
    return 1 - share if mask.mask_invert else share
