"""What the loop makes of a frame, in parts, and what is seen of them: how far, in which colours, where."""

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from vidream.config import Dream
from vidream.frames import LUMA, PEAK, Flow, Frame, Image, Trust, size_of
from vidream.hdr import with_change
from vidream.plan.bars import Bars
from vidream.plan.step import Step, ZoomStep
from vidream.render.state import LoopState
from vidream.render.swell import swell
from vidream.resample import in_colours, pad_frame, resize

LUMA_CHROMA = np.array([[0.2126, 0.7152, 0.0722], [-0.2126, -0.7152, 0.9278], [0.7874, -0.7152, -0.0722]])
LUMA_CHROMA /= np.array([[1], [1.8556], [1.5748]])
"""R, G, B -> luma, and Cb and Cr in levels around 0, -127.5..127.5 (ITU-R BT.709)."""
FAINTEST = 0.1
"""Levels: a deviation below that is noise, and is not made stronger."""
CRISPER = 1.2
"""Times the anchor's pull by which missing detail is added; measured."""
SMOOTH = np.array([1, 2, 1], np.float32) / 4
"""Weights along each axis of what is added as detail: nothing of what alternates from px to px is left."""
SOFTER = 0.5
"""Share of the anchor's pull by which detail beyond the most is taken away; measured."""
SHARPEST = 1.4
"""Times the anchor's detail, as soft photos have it after a second: detail beyond that is drawn back; measured."""


@dataclass(frozen=True, eq=False)
class RenderedFrame:
    """What the loop made of a step, in parts: a composite makes a picture of them, other passes may be made, too."""

    step: Step
    """The plan's step, which has the frame's mask, flow and trust."""
    source: Image | None = None
    """What the residual lies over, at the output's size: a film's frame; in a zoom the frame before, as the camera has
    moved. None: nothing was dreamed, and a film's frame is as its step has it."""
    residual: Image | None = None
    """What the dream adds to the source, -255..255, at the dream's size; None: nothing was dreamed."""
    state: LoopState | None = None
    """What it hands on to the next frame; None: nothing."""
    bars: Bars | None = None
    """A film's black bars, as far as its shot tells; None: there are none."""

    @property
    def mask(self) -> Image | None:
        """(H, W, 1), 0..1, at the output's size: how far the residual is to be seen; None: all of it."""
        return self.step.mask

    @property
    def flow(self) -> Flow | None:
        """Flow from the frame before, at the size at which it was measured; None: nothing was carried."""
        return self.step.flow

    @property
    def trust(self) -> Trust | None:
        """Trust in the flow, at its size; None: all of it."""
        return self.step.trust

    @cached_property
    def frame(self) -> Frame:
        """What is seen of it, at the output's size: the picture, with black around it where --fit pads it."""
        film, picture = self.step.config.film, self.picture
        if film.fit == "crop":
            return picture
        return pad_frame(picture, film.sizes(picture.size)[1])

    @property
    def picture(self) -> Frame:
        """What is seen of it, at the size that is dreamed: the source with the residual over it, between a film's bars.

        Of a film that was not dreamed, the source frame itself, at its own depth; else float32 of peak 255, whose
        values may lie a little outside, with the source's alpha. In a zoom, strength and mask have acted inside the
        loop, as what is seen of one frame is what the next begins with.
        """
        step = self.step
        if isinstance(step, ZoomStep):
            assert self.state is not None
            return Frame(self.state.visible, PEAK)
        if self.source is None or self.residual is None:
            return step.source
        residual = swell(self.residual, step.config.motion.swell)
        image = composite(self.source, residual, step.config.dream, step.mask)
        if self.bars is not None:
            image = self.bars.between(image, self.source)
        opacity, transfer = step.source.opacity, step.source.transfer
        if transfer:
            coded = step.source.samples.astype(np.float32) / np.float32(step.source.peak)
            image = with_change(coded, (image - self.source) / np.float32(PEAK), transfer) * np.float32(PEAK)
        return Frame(image, PEAK, None if opacity is None else opacity * np.float32(PEAK), transfer)


def composite(source: Image, residual: Image, knobs: Dream, mask: Image | None = None) -> Image:
    """The source with the residual over it, as strong as the knobs say.

    Args:
        source: (H, W, 3), 0..255.
        residual: (h, w, 3) of any size, which is enlarged to the source's; -255..255.
        knobs: `strength`; with `keep_colour` light and dark alone are laid over it.
        mask: (H, W, 1), 0..1: how far it is seen; None: all of it.

    Returns:
        (H, W, 3); values may lie a little outside of 0..255.
    """
    if knobs.keep_colour:
        residual = np.repeat(residual @ LUMA, 3, axis=-1)
    share: Image | np.float32 = np.float32(knobs.strength)
    if mask is not None:
        share = in_colours(share * mask)
    return source + share * resize(residual, size_of(source))


@dataclass(frozen=True, eq=False)
class Anchor:
    """A picture that others are drawn to: what is asked of it is measured once."""

    image: Image
    """(H, W, 3)."""

    @cached_property
    def moments(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """(3,) each: the means and the standard deviations of luma, Cb and Cr."""
        return _luma_chroma_moments(self.image)

    @cached_property
    def detail(self) -> float:
        """Mean strength of its fine detail, levels."""
        return _detail(self.image)[1]


def match_anchor(image: Image, anchor: Anchor, pull: float, vivid: float = 1.0) -> Image:
    """An image with the means and standard deviations of luma, Cb and Cr drawn to those of an anchor.

    Not those of R, G and B: their deviations can hold while they part from each other, and colour grows between them.

    Args:
        image: (H, W, 3).
        anchor: of any size.
        pull: 0..1, how far; by 1 they become the anchor's.
        vivid: the anchor's Cb and Cr count as so many times as strong; under 1 its mean colour does, too.
    """
    if pull == 0:
        return image
    (mean, deviation), (anchor_mean, anchor_deviation) = _luma_chroma_moments(image), anchor.moments
    anchor_mean = anchor_mean * (1, min(1, vivid), min(1, vivid))
    anchor_deviation = anchor_deviation * (1, vivid, vivid)
    gain = 1 + pull * (anchor_deviation / np.maximum(deviation, FAINTEST) - 1)
    offset = mean + pull * (anchor_mean - mean) - gain * mean
    to_rgb = np.linalg.inv(LUMA_CHROMA)
    matrix = np.column_stack([to_rgb @ np.diag(gain) @ LUMA_CHROMA, to_rgb @ offset])
    result: Image = cv2.transform(image, matrix)
    return result


def _luma_chroma_moments(image: Image) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(3,) each: the means and the standard deviations of luma, Cb and Cr."""
    mean, deviation = cv2.meanStdDev(cv2.transform(image, LUMA_CHROMA))
    return mean.reshape(-1), deviation.reshape(-1)


def match_sharpness(image: Image, anchor: Anchor, pull: float) -> Image:
    """An image whose fine detail is drawn to at least what an anchor has, and at most to SHARPEST times that.

    Without it a sharp photo, moved faster than a step dreams, goes soft in a second; a soft one gathers too much.
    What is added leaves out what alternates from px to px: nothing softens that where the camera hardly moves, and it
    would grow there to rows of black and white dots.

    Args:
        image: (H, W, 3). Its detail in light and dark changes, its colours do not.
        anchor: of any size.
        pull: 0..1, how far.
    """
    if pull == 0:
        return image
    detail, strength = _detail(image)
    strength, anchor_strength = max(strength, FAINTEST), anchor.detail
    wanted = min(max(strength, anchor_strength), SHARPEST * anchor_strength)
    gain = min(1.0, wanted / strength - 1)
    if gain == 0:
        return image
    if gain > 0:
        detail = cv2.sepFilter2D(detail, -1, SMOOTH, SMOOTH)[..., None] * np.float32(CRISPER * pull * gain)
    else:
        detail *= np.float32(SOFTER * pull * gain)
    return image + in_colours(detail)


def _detail(image: Image) -> tuple[Image, float]:
    """What of the luma differs from its 3 x 3 mean, (H, W, 1), and its mean strength, levels."""
    luma = image @ LUMA
    detail: Image = luma - cv2.blur(luma, (3, 3))[..., None]
    return detail, float(np.abs(detail).mean())


def fade_colour(image: Image, share: float) -> Image:
    """An image, or a residual, (H, W, 3), with a share, 0..1, of its colour; its light and dark stay."""
    luma: Image = image @ LUMA
    result: Image = luma + np.float32(share) * (image - luma)
    return result
