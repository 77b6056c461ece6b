"""A zoom as data: how its camera moves from frame to frame."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np

from vidream.camera import STILL, Move, after, camera_flow, inside, inverse, move, uncovered
from vidream.clock import Clock, Score
from vidream.config import RunConfig
from vidream.frames import Pixels, Size, size_of
from vidream.render.loop import WANDER
from vidream.render.mask import shares
from vidream.render.step import Return, Step

STATED = 30  # frames a second: the rate at which what acts on each frame is stated
RETURN = 3.0  # seconds in which a loop's first frame comes up, half of the film at most
UNSEEN = 1e-3  # a share below which the first frame is too small and too faint to be looked for
RISEN = 0.6  # of that time, until all of it is there


@dataclass(frozen=True)
class ZoomPlan:
    """The steps of a zoom: the seed, Pixels at the output's size, and the camera's moves; score: of its music."""

    seed: Pixels
    config: RunConfig
    score: Score | None = None

    @property
    def fps(self) -> Fraction:
        assert self.config.film.fps is not None
        return self.config.film.fps

    @property
    def clock(self) -> Clock:
        return Clock(self.fps, self.score)

    @property
    def size(self) -> Size:
        return size_of(self.seed)

    @property
    def count(self) -> int:
        return self.config.camera.frames

    def steps(self, after: int | None = None) -> Iterator[Step]:
        """The zoom's steps, or those after frame `after`."""
        first = 0 if after is None else after + 1
        masks = shares(self.config.mask, self.size, self.fps, self.config.files.max_pixels, first)
        for index, mask in zip(range(first, self.count), masks, strict=False):
            config = self.config.at(index, self.clock)
            if index == 0:
                yield Step(index, config, seed=self.seed, mask=mask)
            else:
                config = per_frame(config, self.fps)
                moved = self.move(index)
                flow, trust = camera_flow(self.size, moved), uncovered(self.size, moved)
                yield Step(index, config, flow=flow, trust=trust, mask=mask, back=self._back(index))

    def move(self, index: int) -> Move:
        """The camera's move from frame index - 1 to this one: its rates are those halfway between."""
        now = self.config.at(index - 0.5, self.clock).camera
        second = float(1 / self.fps)
        drift = now.drift[0] * second, now.drift[1] * second
        return move(self.size, now.zoom**second, now.turn * second, drift, now.focus)

    def _back(self, index: int) -> Return | None:
        """Towards the end of a loop: where in the first frame each px of this one will lie, and how far it is seen.

        The camera keeps moving as it does. The first frame is laid where that camera would see it from here, small at
        first, and comes up there with soft borders; as they are moved outside, it fills the picture, at the frame after
        the last.
        """
        length = min(RETURN * float(self.fps), self.count / 2)
        left = self.count - index
        if not self.config.film.loop or left >= length:
            return None
        onward = STILL
        for later in range(index + 1, self.count + 1):
            onward = after(onward, self.move(later))
        home = inverse(onward)
        depth = inside(self.size, home)
        share = eased(np.clip(depth / max(1e-3, -float(depth.min())), 0, 1))  # as soft as what is around it is wide
        shown = np.float32(eased(min(1.0, (1 - left / length) / RISEN))) * share[..., None]
        return Return(camera_flow(self.size, home), shown) if shown.max() > UNSEEN else None


def eased(u: Any) -> Any:
    """0..1 -> 0..1, without a corner at either end."""
    return u * u * (3 - 2 * u)


def per_frame(config: RunConfig, fps: Fraction) -> RunConfig:
    """What acts on each frame, stated at 30 frames a second, for another rate: in a second it comes to the same."""
    share = STATED / float(fps)
    step_size = config.dream.step_size * share**WANDER
    anchor = 1 - (1 - config.camera.anchor) ** share
    return replace(
        config, dream=replace(config.dream, step_size=step_size), camera=replace(config.camera, anchor=anchor)
    )
