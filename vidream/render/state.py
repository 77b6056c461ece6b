"""What one frame's dream hands on to the next, and what a dream is to the loop."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from vidream.config import RunConfig
from vidream.frames import Image, Trust
from vidream.plan.bars import Borders


class Dreamer(Protocol):
    """A picture -> the picture, dreamed: see vidream.dream.octaves.dream."""

    def __call__(
        self, start: Image, now: RunConfig, steps: int, place: tuple[int, ...] = (), trust: Trust | None = None
    ) -> Image: ...


def no_dream(
    start: Image, now: RunConfig, steps: int, place: tuple[int, ...] = (), trust: Trust | None = None
) -> Image:
    """The Dreamer that dreams nothing."""
    return start


@dataclass(frozen=True)
class LoopState:
    """What one step hands to the next: Images of the dream's size. All that a stopped render needs to go on.

    source   of a film, the frame's source; of a zoom, its first frame, dreamed: what it is match_anchor to
    dreamed  the frame, dreamed
    fresh    what the last dreamed step added; None: nothing is being handed over
    age      steps since then
    trust    the mean of what those steps have fetched; None: all of it
    bars     what is known of the shot's black bars; None: there are none
    """

    source: Image
    dreamed: Image
    fresh: Image | None = None
    age: int = 0
    trust: Trust | None = None
    bars: Borders | None = None

    def due(self, now: RunConfig) -> bool:
        """Whether the next step is one to be dreamed."""
        return self.age + 1 >= now.dream.dream_every

    def shown(self, now: RunConfig) -> Image:
        """What is seen: with `dream_every` N, each of N frames shows an Nth more of what the dreamed one added.

        So what is added appears as smoothly as what is carried fades: no pulse.
        """
        if self.fresh is None:
            return self.dreamed
        share = (self.age + 1) / now.dream.dream_every
        return self.dreamed - np.float32(1 - share) * self.fresh
