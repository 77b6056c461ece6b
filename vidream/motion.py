"""Where each pixel was in the frame before, and how far that can be trusted."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from math import ceil, log2

import cv2
import numpy as np
from numpy.typing import NDArray

from vidream.frames import Flow, Image, Pixels, Trust
from vidream.warp import is_inside, warp_linear

Grey = NDArray[np.uint8]
Field = NDArray[np.float32]
"""(H, W): a number for each px."""

DIS_SMALLEST = 12
"""Px a side, under which Dense Inverse Search raises."""

REFINEMENTS = 3
"""Of a measured flow, by a variational method; five, as the preset has, tell hardly more and cost 3 ms a frame."""

OCCLUDED, OCCLUDED_PX = 0.01, 0.5
"""A px is occluded where |b + f|^2 > OCCLUDED (|b|^2 + |f|^2) + OCCLUDED_PX (Ruder, Dosovitskiy and Brox 2016)."""

TRUSTED, DOUBTED = 15.0, 40.0
"""Levels, 0..255, by which a fetched px may differ to be trusted in full, and from which on it is not at all."""

MOST_FADE = 1.5
"""From one frame to the next a fade changes the contrast of a picture by at most this factor."""

CLEARLY = 0.7
"""Share of the difference between two frames that is left, at most, once a fade of theirs is made up for."""

SPARSE, FEW = 4, 100
"""Px between those that a fade is told by, and how few of them tell nothing."""

MEAN = np.full((1, 3), 1 / 3, np.float32)
"""Weights of the colours."""

TRUST_BLUR = 1.5
"""Px: standard deviation of the blur of a trust, so that no edge of it shows."""

FLOW_SIZE = 480
"""Px of the long side at which motion is measured: at less, what moves fast and what is narrow is lost; more is
dearer."""

MIN_SLOPE = 2.0
"""Levels a px: a root mean square gradient below this is noise, and tells nothing of motion."""

SPREAD = 0.05
"""Of the long side: how far motion is spread into what is flat; the standard deviation of a normal distribution."""

WIDE = 4.0
"""Px: standard deviation from which on a blur is done at half the size, where it comes out the same."""

STILLNESS = np.float32(0.01)
"""Share of structure around a px below which the motion spread to it fades: where nothing is near, it stands still.
Above it, motion is spread in full: a hundredth less of 60 px a frame would be half a px off at each."""

FLAT_GAIN, MIN_GAIN = 1.5, 0.5
"""Levels by which measured motion must explain the picture better than spread motion, where the picture is flat and
where it is full of structure: noise, which the measured motion follows, is told from structure by this."""


def _dis(frame: Grey, previous: Grey) -> Flow:
    """Dense Inverse Search (Kroeger et al. 2016), preset medium with fewer refinements.

    Each is made anew: of a small picture OpenCV changes the settings of a search for good.
    """
    if min(frame.shape) < DIS_SMALLEST:
        return np.zeros((*frame.shape, 2), np.float32)
    search = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    search.setVariationalRefinementIterations(REFINEMENTS)
    flow: Flow = search.calc(frame, previous, None)
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


@dataclass(frozen=True, eq=False)
class View:
    """A picture as motion looks at it: what is needed of it is made when it is first asked for, and once.

    A picture is measured against the one before and the one after, both ways each time; whoever follows a film hands
    its views along.
    """

    pixels: Pixels
    """(H, W, 3)."""

    _parts: dict[tuple[int, ...], "View"] = field(default_factory=dict, init=False, repr=False)
    """By their edges."""

    @cached_property
    def grey(self) -> Grey:
        """(H, W): light and dark."""
        return grey(self.pixels)

    @cached_property
    def image(self) -> Image:
        """(H, W, 3): the picture."""
        return self.pixels.astype(np.float32)

    @cached_property
    def blurred(self) -> Field:
        """(H, W), 0..255: light and dark without their finest grain."""
        blurred: Field = cv2.GaussianBlur(self.grey, (0, 0), 1).astype(np.float32)
        return blurred

    @cached_property
    def structure(self) -> Flow:
        """At half the size, the same for both parts: how far what is near tells of motion, 0..1; 0 where it is flat."""
        smooth = cv2.GaussianBlur(self.grey, (0, 0), 1)
        across, down = (cv2.Sobel(smooth, cv2.CV_32F, dx, dy, scale=1 / 8) for dx, dy in ((1, 0), (0, 1)))
        energy = cv2.GaussianBlur(cv2.pyrDown(across * across + down * down), (0, 0), 2)
        return _twice(np.maximum(1 - np.float32(MIN_SLOPE**2) / (energy + np.float32(1e-6)), 0))

    @cached_property
    def structure_near(self) -> Flow:
        """As large as `structure`, from STILLNESS on: how much of it there is as far around as motion is spread."""
        return _twice(np.maximum(_blur_widely(self.structure[..., 0]), STILLNESS))

    def part(self, inside: tuple[slice, slice]) -> "View":
        """A view of some of its rows and columns, of which what was made for an equal part before is shared."""
        height, width = self.pixels.shape[:2]
        edges = *inside[0].indices(height), *inside[1].indices(width)
        if edges == (0, height, 1, 0, width, 1):
            return self
        if edges not in self._parts:
            self._parts[edges] = View(self.pixels[inside])
        return self._parts[edges]


def optical_flow(frame: View | Pixels, previous: View | Pixels, method: str = "dis") -> Flow:
    """Backward flow: the simplest motion that explains the picture.

    In a flat sky the measured flow follows noise, and a dream carried by it boils. So the motion of what has structure
    is spread into what has none, and the measured flow counts only where it explains the picture better than that.

    Args:
        frame: (H, W, 3) uint8, or a view of it.
        previous: the frame before it, of the same size.
        method: one of FLOWS.

    Returns:
        (H, W, 2) float32 px: for each pixel of `frame` where it lies in `previous`.
    """
    frame, previous = _view(frame), _view(previous)
    measured = FLOWS[method](frame.grey, previous.grey)
    spread = _spread(measured, frame)
    gain: Field = cv2.GaussianBlur(
        cv2.subtract(_unexplained(frame, previous, spread), _unexplained(frame, previous, measured)), (0, 0), 3
    )
    structure = cv2.pyrUp(frame.structure[..., 0], dstsize=gain.shape[::-1])
    needed = FLAT_GAIN - np.float32(FLAT_GAIN - MIN_GAIN) * structure
    share: Field = cv2.GaussianBlur(np.clip(gain / needed - 1, 0, 1), (0, 0), 3)
    flow: Flow = cv2.add(spread, cv2.multiply(_twice(share), cv2.subtract(measured, spread)))
    return flow


def _view(picture: View | Pixels) -> View:
    return picture if isinstance(picture, View) else View(picture)


def _spread(flow: Flow, frame: View) -> Flow:
    """The flow of what has structure, spread into what is flat (normalised convolution, Knutsson and Westin 1993)."""
    small = cv2.divide(_blur_widely(cv2.multiply(cv2.pyrDown(flow), frame.structure)), frame.structure_near)
    spread: Flow = cv2.pyrUp(small, dstsize=flow.shape[1::-1])
    return spread


def _twice(values: Field) -> Flow:
    """(H, W, 2): the same for both parts of a vector."""
    vectors: Flow = cv2.merge([values, values])
    return vectors


def _blur_widely(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Values (H, W) or (H, W, C), blurred as far as motion is spread: by a Gaussian, on a picture that is smaller.

    They are halved until the blur is WIDE px, and doubled again, by OpenCV's pyramids, whose filter is all but a
    Gaussian of 1 px itself. What is mirrored outside is put on before, so that the result is that of the full size.
    """
    sigma = SPREAD * max(values.shape[:2])
    halvings = max(0, int(log2(sigma / WIDE)))
    scale = 2**halvings
    height, width = values.shape[:2]
    small, sizes = values, []
    if halvings:
        # mirrored about the last px, which is none of a smaller size; about the first each size is mirrored by itself
        below, beside = (ceil(3 * sigma / scale) * scale + -(side - 1) % scale for side in (height, width))
        small = cv2.copyMakeBorder(values, 0, below, 0, beside, cv2.BORDER_REFLECT_101)
    for _ in range(halvings):
        sizes.append(small.shape[1::-1])
        small = cv2.pyrDown(small)
    variance = sigma**2 - 2 * (scale**2 - 1) / 3  # without that of the pyramids: 1 + 4 + 16 ... each way
    blurred = cv2.GaussianBlur(small, (0, 0), variance**0.5 / scale)
    for size in reversed(sizes):
        blurred = cv2.pyrUp(blurred, dstsize=size)
    inside: NDArray[np.float32] = blurred[:height, :width]
    return inside


def _unexplained(frame: View, previous: View, flow: Flow) -> Field:
    """(H, W), levels: how much `frame` differs in light and dark from `previous` fetched through the flow."""
    difference: Field = cv2.absdiff(warp_linear(previous.blurred, flow), frame.blurred)
    return difference


def similarity(one: Image, other: Image) -> Field:
    """(H, W), 0..1: how alike two pictures look around each px, from DOUBTED levels apart to TRUSTED."""
    difference = cv2.transform(cv2.absdiff(one, other), MEAN)
    alike: Field = np.clip((DOUBTED - cv2.blur(difference, (5, 5))) / (DOUBTED - TRUSTED), 0, 1)
    return alike


def _as_bright(fetched: Image, image: Image, possible: NDArray[np.bool_]) -> Image:
    """What was fetched from the frame before, as bright and as rich in contrast as the frame: as in a fade.

    Only a change of all the picture is made up for, by mean and standard deviation; and only a small one, as a flash of
    light is to be told from a film that goes on.

    Args:
        fetched: (H, W, 3), 0..255.
        image: (H, W, 3): the frame.
        possible: (H, W): where the one can be the other.
    """
    chosen = possible[::SPARSE, ::SPARSE]
    before, now = (picture[::SPARSE, ::SPARSE][chosen].mean(-1) for picture in (fetched, image))
    if before.size < FEW or min(before.std(), now.std()) < MIN_SLOPE:
        return fetched
    gain = now.std() / before.std()
    offset = now.mean() - gain * before.mean()
    if not 1 / MOST_FADE <= gain <= MOST_FADE or abs(now.mean() - before.mean()) > DOUBTED:
        return fetched
    if np.abs(now - gain * before - offset).mean() > CLEARLY * np.abs(now - before).mean():
        return fetched
    fetched *= gain
    fetched += offset
    return fetched


def is_visible(backward: Flow, forward: Flow) -> NDArray[np.bool_]:
    """Where forward and backward flow cancel, so that what is fetched was not occluded: (H, W)."""
    returning = warp_linear(forward, backward)
    apart = _square_length(backward + returning)
    lengths = _square_length(backward) + _square_length(returning)
    visible: NDArray[np.bool_] = apart <= np.float32(OCCLUDED) * lengths + np.float32(OCCLUDED_PX)
    return visible


def _square_length(flow: Flow) -> Field:
    """(H, W), px^2."""
    across, down = flow[..., 0], flow[..., 1]
    length: Field = across * across + down * down
    return length


def trust(frame: View | Pixels, previous: View | Pixels, backward: Flow, forward: Flow) -> Trust:
    """How far `previous`, fetched through `backward`, may be trusted at each pixel of `frame`.

    It is trusted where it was visible, where it looks like what is there, and where it comes from inside the picture;
    blurred, so that no edge of it shows.

    Args:
        frame: (H, W, 3) uint8, or a view of it.
        previous: the frame before it, of the same size.
        backward: (H, W, 2) px, from `frame` to `previous`.
        forward: (H, W, 2) px, from `previous` to `frame`.

    Returns:
        (H, W, 1) float32, 0..1.
    """
    possible = is_visible(backward, forward) & is_inside(backward, 0.5)
    image = _view(frame).image
    fetched = _as_bright(warp_linear(_view(previous).image, backward), image, possible)
    blurred: Trust = cv2.GaussianBlur(similarity(fetched, image) * possible, (0, 0), TRUST_BLUR)
    return np.clip(blurred, 0, 1)[..., None]
