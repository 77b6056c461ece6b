"""Passes: what else can be shown of a rendered frame than the film itself. Each is a function of a RenderedFrame.

A pass is at the size of OUT, and its frame n belongs to OUT's frame n. Its values are those of the display-coded
picture, as the film has them: 1 is full white.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from vidream.frames import PEAK, Frame, Image, Size
from vidream.media.raw import RawFormat
from vidream.plan.step import FilmStep, ZoomStep
from vidream.render.composite import RenderedFrame
from vidream.resample import flow_at, pad_frame, resize_linear

Plane = NDArray[np.float32]
Channels = Mapping[str, Plane]
"""(H, W) each, by the name that it has in an OpenEXR file."""

CLEAR = np.float32(0.45)
"""Code values by which a film's values may differ from the code that is written for them: beyond, at half a code, what
is computed from a pass in another order of sums could be written as the next code."""
COLOURS = ("R", "G", "B")


@dataclass(frozen=True)
class View:
    """A rendered frame as passes look at it."""

    rendered: RenderedFrame
    """What the loop made."""
    written: RawFormat
    """The depth at which OUT's frames are written."""
    repeats: bool = False
    """Whether the output frame shows what the one before it shows: nothing has moved between them."""

    @property
    def size(self) -> Size:
        """Of OUT, px."""
        return self.rendered.frame.size

    @cached_property
    def source(self) -> Image:
        """(H, W, 3), 1 is white: what the dream lies over, with the black around it that --fit pads."""
        step = self.rendered.step
        if isinstance(step, FilmStep):
            frame = step.source
        else:
            assert self.rendered.source is not None
            frame = Frame(self.rendered.source, PEAK)
        return _as_shares(pad_frame(frame, self.size))

    @cached_property
    def film(self) -> Image:
        """(H, W, 3), 1 is white: what is seen; what goes beyond white and black is not cut off.

        Where it lies at half a code between two that OUT may have, it is moved to the side of the one that is written.
        """
        frame, peak = self.rendered.frame, np.float32(self.written.peak)
        if self.written.dtype.kind == "f":
            return _as_shares(frame)
        codes: Image = np.multiply(frame.samples, peak / np.float32(frame.peak), dtype=np.float32)
        nearest = np.rint(codes)
        np.clip(codes, nearest - CLEAR, nearest + CLEAR, out=codes)
        codes /= peak
        return codes

    def placed(self, values: Image, size: Size) -> Image:
        """Values (h, w, C) of a picture of `size`, within OUT's frame; 0 in what --fit pads around it.

        values: of any size.
        """
        return pad_frame(Frame(resize_linear(values, size), PEAK), self.size).samples.astype(np.float32, copy=False)

    @property
    def picture(self) -> Size:
        """Of what is dreamed, px: OUT's, less what --fit pads around it."""
        step = self.rendered.step
        if isinstance(step, FilmStep):
            return step.source.size
        assert self.rendered.source is not None
        height, width = self.rendered.source.shape[:2]
        return Size(width, height)


def _as_shares(frame: Frame) -> Image:
    """Its samples, 1 is white."""
    return frame.samples.astype(np.float32) / np.float32(frame.peak)


def _colours(image: Image) -> Channels:
    return {name: image[..., index] for index, name in enumerate(COLOURS)}


def dream(view: View) -> Channels:
    """What the dream adds to the source, signed: source + dream is the film, to the code value that is written."""
    return _colours(view.film - view.source)


def source(view: View) -> Channels:
    """What the dream lies over, as it was read, at OUT's size."""
    return _colours(view.source)


def matte(view: View) -> Channels:
    """How far the dream is seen, 0..1: the mask times the strength, 0 in black bars."""
    step, size = view.rendered.step, view.picture
    share = np.full((size.height, size.width, 1), min(1.0, step.config.dream.strength), np.float32)
    if view.rendered.mask is not None:
        share = np.clip(np.float32(step.config.dream.strength) * view.rendered.mask, 0, 1)
    if view.rendered.bars is not None:
        share = view.rendered.bars.between(share, np.zeros_like(share))
    return {"Y": view.placed(share, size)[..., 0]}


def flow(view: View) -> Channels:
    """Where each px is fetched from, px, as Nuke counts: u to the right, v upwards.

    Of a film that runs forwards, in the frame before: backward. Of a zoom that is played in reverse, in the frame after
    it: forward. 0 where nothing is fetched, as at a cut, and where a frame is shown once more.
    """
    size, motion = view.picture, view.rendered.flow
    if motion is None or view.repeats:
        motion = np.zeros((size.height, size.width, 2), np.float32)
    values = view.placed(flow_at(motion, size), size)
    layer = "backward"
    if isinstance(view.rendered.step, ZoomStep) and view.rendered.step.config.camera.reverse:
        layer = "forward"
    return {f"{layer}.u": values[..., 0], f"{layer}.v": -values[..., 1]}


def trust(view: View) -> Channels:
    """How far the flow is believed, 0..1: 0 at a cut, where nothing of the frame before goes on."""
    size, values = view.picture, view.rendered.trust
    if view.repeats or (values is None and view.rendered.flow is not None):
        values = np.ones((size.height, size.width, 1), np.float32)
    elif values is None:
        values = np.zeros((size.height, size.width, 1), np.float32)
    return {"Y": view.placed(values, size)[..., 0]}


def over(film: Image, source: Image, steps: float) -> tuple[Image, Image]:
    """The least that makes the film when it is laid over the source: film = source x (1 - alpha) + layer.

    In each colour, what is darker than the source needs an alpha of at least (source - film) / source, what is lighter
    (film - source) / (1 - source), so that 0 <= layer <= alpha; the most that any colour needs is taken.

    Args:
        film: (H, W, 3), 1 is white; what goes beyond white and black is cut off.
        source: of the same shape.
        steps: in which alpha is counted, to 1: it is rounded up to one of them, and the layer made for that.

    Returns:
        The layer, (H, W, 3), multiplied by its alpha already; and the alpha, (H, W, 1); 0..1.
    """
    film, source = np.clip(film, 0, 1), np.clip(source, 0, 1)
    further, room = np.abs(film - source), np.where(film < source, source, 1 - source)
    needed = np.divide(further, room, out=np.zeros_like(further), where=further > 0).max(axis=-1, keepdims=True)
    alpha = np.ceil(np.clip(needed, 0, 1) * np.float32(steps)) / np.float32(steps)
    return np.clip(film - source * (1 - alpha), 0, alpha), alpha


def _dream_over(view: View, steps: float) -> Frame:
    """The dream with an alpha, of so many steps; multiplied by it already."""
    layer, alpha = over(view.film, view.source, steps)
    return Frame(layer * np.float32(PEAK), PEAK, alpha * np.float32(PEAK))


def _seen(channels: Callable[[View], Channels]) -> Callable[[View, float], Frame]:
    """A pass as a picture, whose numbers are never negative: in grey, if it has one channel."""

    def picture(view: View, steps: float) -> Frame:
        del steps
        numbers = channels(view)
        planes = [numbers.get(name, numbers.get("Y")) for name in COLOURS]
        return Frame(np.stack(planes, axis=-1) * np.float32(PEAK), PEAK)  # type: ignore[arg-type]

    return picture


@dataclass(frozen=True)
class Pass:
    """A pass: what it holds, and how."""

    channels: Callable[[View], Channels]
    """Its channels, as numbers."""
    exact: bool
    """Whether half floats are too coarse for it where it is to be exact."""
    picture: Callable[[View, float], Frame] | None
    """It as a picture whose alpha has so many steps; None: there is none, as no picture has negative values."""
    px_bytes: float
    """Bytes for each px of a dreamed frame as floats, about."""
    of_zoom: bool = False
    """Whether a zoom has it, too."""


PASSES: Mapping[str, Pass] = {
    "dream": Pass(dream, exact=True, picture=_dream_over, px_bytes=9.0, of_zoom=True),
    "matte": Pass(matte, exact=False, picture=_seen(matte), px_bytes=0.5),
    "flow": Pass(flow, exact=True, picture=None, px_bytes=7.5, of_zoom=True),
    "trust": Pass(trust, exact=False, picture=_seen(trust), px_bytes=0.5),
    "source": Pass(source, exact=True, picture=_seen(source), px_bytes=7.5),
}
"""By the name that --passes has."""
