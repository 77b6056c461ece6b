"""What the loop makes of a frame, in parts, and what is seen of them: how far, in which colours, where."""

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np

from vidream.config import Dream
from vidream.frames import LUMA, PEAK, Flow, Frame, Image, Trust, size_of
from vidream.plan.bars import Bars
from vidream.plan.step import Step, ZoomStep
from vidream.render.state import LoopState
from vidream.resample import resized

# R, G, B -> luma, and Cb and Cr in levels around 0, -127.5..127.5 (BT.709)
LUMA_CHROMA = np.array([[0.2126, 0.7152, 0.0722], [-0.2126, -0.7152, 0.9278], [0.7874, -0.7152, -0.0722]])
LUMA_CHROMA /= np.array([[1], [1.8556], [1.5748]])
FAINTEST = 0.1  # levels: a deviation below that is noise, and is not made stronger
CRISPER = 0.5  # of the anchor's pull: how far detail is drawn; measured
SHARPEST = 1.4  # times the anchor's detail, what soft photos have after a second: more of it is drawn back; measured


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
        """What is seen of it: the source with the residual over it, between a film's bars.

        Of a film that was not dreamed, the source frame itself, at its own depth; else float32 of peak 255, whose
        values may lie a little outside. In a zoom, strength and mask have acted inside the loop, as what is seen of
        one frame is what the next begins with.
        """
        step = self.step
        if isinstance(step, ZoomStep):
            assert self.state is not None
            return Frame(self.state.visible(step.config), PEAK)
        if self.source is None or self.residual is None:
            return step.source
        image = composite(self.source, self.residual, step.config.dream, step.mask)
        if self.bars is not None:
            image = self.bars.between(image, self.source)
        return Frame(image, PEAK)


def composite(source: Image, residual: Image, knobs: Dream, mask: Image | None = None) -> Image:
    """The source with the residual over it, enlarged to its size, as strong as is asked for.

    In all colours, or in light and dark only; where the mask, (H, W, 1) 0..1, lets it be seen.
    """
    if knobs.keep_colour:
        residual = np.repeat(residual @ LUMA, 3, axis=-1)
    seen = np.float32(knobs.strength) * (1 if mask is None else mask)
    return source + seen * resized(residual, size_of(source))


def match_anchor(image: Image, anchor: Image, pull: float, vivid: float = 1.0) -> Image:
    """The means and standard deviations of luma, Cb and Cr, drawn to those of `anchor`; by 1 they become them.

    vivid: the anchor's Cb and Cr are taken so many times as strong; its mean colour only less, by what is under 1.

    Not of R, G and B: their deviations can hold while they part from each other, and colour grows between them.
    """
    if pull == 0:
        return image
    (mean, deviation), (to_mean, to_deviation) = (
        [each.reshape(-1) for each in cv2.meanStdDev(cv2.transform(picture, LUMA_CHROMA))]
        for picture in (image, anchor)
    )
    to_mean = to_mean * (1, min(1, vivid), min(1, vivid))
    to_deviation = to_deviation * (1, vivid, vivid)
    gain = 1 + pull * (to_deviation / np.maximum(deviation, FAINTEST) - 1)
    offset = mean + pull * (to_mean - mean) - gain * mean
    back = np.linalg.inv(LUMA_CHROMA)
    drawn: Image = cv2.transform(image, np.column_stack([back @ np.diag(gain) @ LUMA_CHROMA, back @ offset]))
    return drawn


def match_sharpness(image: Image, anchor: Image, pull: float) -> Image:
    """Its fine detail, in light and dark, drawn to at least as much as `anchor` has, at most to SHARPEST times that.

    Without it a sharp photo, moved faster than a step dreams, goes soft in a second; a soft one gathers too much.
    """
    if pull == 0:
        return image
    (detail, mine), theirs = _detail(image), _detail(anchor)[1]
    mine = max(mine, FAINTEST)
    lack = min(1.0, min(max(mine, theirs), SHARPEST * theirs) / mine - 1)
    crisper: Image = image if lack == 0 else image + np.float32(CRISPER * pull * lack) * detail
    return crisper


def _detail(image: Image) -> tuple[Image, float]:
    """What of the luma differs from its 3 x 3 mean, (H, W, 1), and its mean strength, levels."""
    light = image @ LUMA
    detail: Image = light - cv2.blur(light, (3, 3))[..., None]
    return detail, float(np.abs(detail).mean())


def fade_colour(image: Image, share: float) -> Image:
    """With that share of its colour; its light and dark stay."""
    light: Image = image @ LUMA
    paler: Image = light + np.float32(share) * (image - light)
    return paler
