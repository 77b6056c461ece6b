"""A zoom as data: how its camera moves from frame to frame."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vidream.camera import STILL, Move, border_distance, camera_flow, compose, corner_distances, invert, move, uncovered
from vidream.clock import Clock, Drivers, Score
from vidream.config import Camera, RunConfig
from vidream.frames import Image, Pixels, Size, size_of
from vidream.plan.cadence import ZOOM_STEP_EXPONENT
from vidream.plan.mask import shares
from vidream.plan.step import Return, ZoomStep

STATED_RATE = 30
"""Frames a second at which knobs that act on each frame are stated."""
RETURN = 3.0
"""Seconds in which a loop's first frame comes up; half of the film at most."""
UNSEEN = 1e-3
"""A share, 0..1, below which the first frame is too small and too faint to be looked for."""
RISEN = 0.6
"""Share of RETURN after which the first frame is as strong as it gets."""
SOFTNESS = 0.2
"""Share of the short side: the least width of the first frame's border."""

Plane = NDArray[np.float32]


@dataclass(frozen=True)
class ZoomPlan:
    """The steps of a zoom: a seed, and the moves of a camera."""

    seed: Pixels | Image
    """What it begins with, at the size that is dreamed; an Image has no value outside of 0..255."""
    config: RunConfig
    """Of the run; its numbers may be curves."""
    score: Score | None = None
    """Of its music; None: it has none."""
    drivers: Drivers | None = None
    """The files that its curves follow; None: they follow none."""

    @property
    def fps(self) -> Fraction:
        """Frames a second, exact."""
        assert self.config.film.fps is not None
        return self.config.film.fps

    @property
    def clock(self) -> Clock:
        """Of the output: what its curves go by."""
        return Clock(self.fps, self.score, self.drivers)

    @property
    def size(self) -> Size:
        """Of what is dreamed, px: the output, less the bars that --fit pad puts round it."""
        return size_of(self.seed)

    @property
    def canvas(self) -> Size:
        """Of the output, px."""
        return self.config.film.sizes(self.size)[1]

    @property
    def start(self) -> Fraction:
        """Second of the sound under it at which it begins."""
        return self.config.film.start or Fraction(0)

    @property
    def count(self) -> int:
        """Output frames in all."""
        return self.config.camera.frames

    def steps(self, after: int | None = None) -> Iterator[ZoomStep]:
        """The zoom's steps, or those after frame `after`."""
        first = 0
        if after is not None:
            first = after + 1
        masks = shares(self.config.mask, self.size, self.fps, self.config.files.max_pixels, first)
        for index, mask in zip(range(first, self.count), masks, strict=False):
            config = self.config.at(index, self.clock)
            if index == 0:
                yield ZoomStep(index, config, cut=True, seed=self.seed, mask=mask)
            else:
                config = per_frame(config, self.fps)
                camera = self.move(index)
                flow, trust = camera_flow(self.size, camera), uncovered(self.size, camera)
                yield ZoomStep(index, config, cut=False, flow=flow, trust=trust, mask=mask, back=self._back(index))

    def move(self, index: int) -> Move:
        """The camera's move from frame index - 1 to this one: its rates are those halfway between."""
        return move_of(self.config.at(index - 0.5, self.clock).camera, self.size, float(1 / self.fps))

    def _back(self, index: int) -> Return | None:
        """Towards the end of a loop: where in the first frame each px of this one will lie, and how far it is seen.

        The camera keeps moving as it does. The first frame is laid where that camera would see it from here, small at
        first, and comes up there with soft borders; as they are moved outside, it fills the picture, at the frame after
        the last.

        What is laid over one frame is still there in the next, so that each adds only what is missing: of what still
        hides the first frame, the share that hides it no longer.
        """
        length = min(RETURN * float(self.fps), self.count / 2)
        left = self.count - index
        if not self.config.film.loop or left >= length:
            return None
        onward = STILL
        for later in range(index + 1, self.count + 1):
            onward = compose(onward, self.move(later))
        home = invert(onward)
        depth = border_distance(self.size, home)
        risen = self._risen(depth, home, 1 - left / length)
        if risen.max() <= UNSEEN:
            return None
        earlier = self._risen(depth, invert(compose(self.move(index), onward)), 1 - (left + 1) / length)
        hidden, hidden_before = 1 - risen, 1 - earlier
        kept = np.divide(hidden, hidden_before, out=np.zeros_like(hidden), where=hidden_before > 0)
        return Return(camera_flow(self.size, home), 1 - np.minimum(kept, 1)[..., None])

    def _risen(self, depth: Plane, home: Move, time: float) -> Plane:
        """How much of what is seen is the first frame, (H, W), 0..1, at a share of the time in which it comes up.

        Args:
            depth: px inside of the first frame's border of what is looked at.
            home: the move from the frame of that time to the first frame.
            time: 0..1; before 0 nothing is seen.

        Its border is as soft as what is around it is wide, and never harder than SOFTNESS: where less is around it, the
        softness reaches outside, into its mirror image, and there is no line at which it ends.
        """
        around = max(0.0, -float(corner_distances(self.size, home).min()))
        softness = max(around, SOFTNESS * min(self.size))
        share: Plane = eased(np.clip((depth - around) / softness + 1, 0, 1))
        return np.float32(eased(min(1.0, max(0.0, time) / RISEN))) * share


def move_of(camera: Camera, size: Size, seconds: float) -> Move:
    """A camera's move, by its rates at a moment, in so many seconds. size: of the frames, px."""
    drift = camera.drift[0] * seconds, camera.drift[1] * seconds
    return move(size, camera.zoom**seconds, camera.turn * seconds, drift, camera.focus)


def eased(u: Any) -> Any:
    """0..1 -> 0..1, without a corner at either end."""
    return u * u * (3 - 2 * u)


def per_frame(config: RunConfig, fps: Fraction) -> RunConfig:
    """What acts on each frame, stated at 30 frames a second, for another rate: in a second it comes to the same."""
    share = STATED_RATE / float(fps)
    step_size = config.dream.step_size * share**ZOOM_STEP_EXPONENT
    anchor = 1 - (1 - config.camera.anchor) ** share
    return replace(
        config, dream=replace(config.dream, step_size=step_size), camera=replace(config.camera, anchor=anchor)
    )
