"""Passes: what a compositor gets of each rendered frame beside the film: dream, matte, flow, trust, source.

Each pass is a function of a View. It has the size of OUT, and its frame n belongs to OUT's frame n. Colours are
display-coded, as in the film; 1 is full white.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from vidream.frames import PEAK, Frame, Image, Size
from vidream.media.exr import COLOURS
from vidream.media.raw import RawFormat
from vidream.plan.step import FilmStep, ZoomStep
from vidream.render.composite import RenderedFrame
from vidream.resample import flow_at, pad_frame, resize_linear

Plane = NDArray[np.float32]
Channels = Mapping[str, Plane]
"""The channels of a pass, (H, W) each, by their names in an OpenEXR file."""

CLEAR = np.float32(0.45)
"""The most, in code values, by which `View.film` may differ from the code that is written for it. At half a code, the
order of the sums could decide whether source + dream is rounded to the next code."""


@dataclass(frozen=True)
class View:
    """A rendered frame, as passes see it."""

    rendered: RenderedFrame
    """The frame, as the loop made it."""
    written: RawFormat
    """The depth at which OUT's frames are written."""
    repeats: bool = False
    """Whether this output frame repeats the one before it, so that nothing moves between them."""

    @property
    def size(self) -> Size:
        """The size of OUT, px."""
        return self.rendered.frame.size

    @cached_property
    def source(self) -> Image:
        """The source, (H, W, 3), 1 is white; in black bars where --fit pads it."""
        step = self.rendered.step
        if isinstance(step, FilmStep):
            frame = step.source
        else:
            assert self.rendered.source is not None
            frame = Frame(self.rendered.source, PEAK)
        return _as_shares(pad_frame(frame, self.size))

    @cached_property
    def film(self) -> Image:
        """The film, (H, W, 3), 1 is white, not clipped at white and black.

        A value half-way between two codes of OUT is moved towards the code that is written, see CLEAR.
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
        """Values resized to the picture, in OUT's frame; 0 in the bars that --fit pads.

        Args:
            values: (h, w, C), of any size.
            size: the size of the picture, px.
        """
        return pad_frame(Frame(resize_linear(values, size), PEAK), self.size).samples.astype(np.float32, copy=False)

    @property
    def picture(self) -> Size:
        """The size of the picture that is dreamed, px: OUT's without the bars that --fit pads."""
        step = self.rendered.step
        if isinstance(step, FilmStep):
            return step.source.size
        assert self.rendered.source is not None
        height, width = self.rendered.source.shape[:2]
        return Size(width, height)


def _as_shares(frame: Frame) -> Image:
    """The samples of a frame, 1 is white."""
    return frame.samples.astype(np.float32) / np.float32(frame.peak)


def _colours(image: Image) -> Channels:
    return {name: image[..., index] for index, name in enumerate(COLOURS)}


def dream(view: View) -> Channels:
    """What the dream adds to the source, signed: source + dream is the film, to the code value."""
    return _colours(view.film - view.source)


def source(view: View) -> Channels:
    """The source as it was read, at OUT's size."""
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
    """Motion, px, by Nuke's convention: u counts to the right, v upwards.

    `backward`: where each px was in the frame before. In a zoom with --reverse it is `forward`, the frame after. 0 at a
    cut, and where a frame is repeated.
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
    """How reliable the flow is, 0..1; 0 at a cut."""
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
