"""What a dream is to the loop, and what one frame hands on to the next."""

from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from vidream.config import RunConfig
from vidream.frames import Context, Flow, Image, Size, Travel, Trust, size_of
from vidream.plan.bars import Borders
from vidream.render.backdrop import Backdrop
from vidream.resample import resize, resize_linear
from vidream.warp import warp_linear

SPARSE = 4
"""Px between those that a median of a flow is taken of."""


class Dreamer(Protocol):
    """A picture -> the picture, dreamed. See vidream.dream.octaves.dream."""

    def __call__(
        self,
        start: Image,
        config: RunConfig,
        steps: int,
        /,
        context: Context = Context(),
    ) -> Image:
        """(H, W, 3), 0..255, of the same size.

        Args:
            start: the picture; values a little outside of 0..255 are allowed.
            config: every knob as it is at this frame.
            steps: at each octave.
            context: of the picture.
        """


def no_dream(start: Image, config: RunConfig, steps: int, /, context: Context = Context()) -> Image:
    """The Dreamer that dreams nothing: the picture itself."""
    del config, steps, context
    return start


@dataclass(frozen=True, eq=False)
class LoopState:
    """What one frame hands on to the next, at the dream's size: all that a stopped render needs to go on.

    What is dreamed is not all seen at once. With `--dream-every N` one frame of N is dreamed, further; what it adds
    comes up over the N frames from it on, as smoothly as what is carried fades, without a pulse.
    """

    reference: Image
    """What the dream is measured against: of a film, the frame's source; of a zoom, its first frame, to whose colours
    and detail each frame is drawn back."""
    dreamed: Image
    """The frame, with all of what its last dream added."""
    unseen: Image | None = None
    """What of `dreamed` is not seen yet; None: all is seen."""
    frames_since_dream: int = 0
    """Frames since the last one that was dreamed; 0: this one was."""
    trust: Trust | None = None
    """The mean trust of what the frames since then have carried; None: all of it was believed."""
    bars: Borders | None = None
    """What is known of the shot's black bars; None: there are none."""
    travel: Travel = (0.0, 0.0)
    """By which most of what the shot shows has moved, px of the dream's size."""
    turn: int = 0
    """How many frames of the shot were dreamed since its first."""
    backdrop: Backdrop | None = None
    """What most of the shot shows, of which something may hide a part now; None: nothing is known of it."""

    def at_size(self, size: Size) -> "LoopState":
        """It for a dream of another size from here on; itself where that is its own. No backdrop goes along."""
        before = size_of(self.reference)
        if size == before:
            return self
        reference, dreamed = resize(self.reference, size), resize(self.dreamed, size)
        unseen = None if self.unseen is None else resize(self.unseen, size)
        trust = None if self.trust is None else resize_linear(self.trust, size)
        rows, columns = (px * max(size) / max(before) for px in self.travel)
        return replace(
            self,
            reference=reference,
            dreamed=dreamed,
            unseen=unseen,
            trust=trust,
            travel=(rows, columns),
            backdrop=None,
        )

    def is_due(self, config: RunConfig) -> bool:
        """Whether the next frame is one to be dreamed."""
        return self.frames_since_dream + 1 >= config.dream.dream_every

    def unseen_share(self, config: RunConfig) -> np.float32:
        """The share of what is unseen that stays so at the next frame, if that is none to be dreamed."""
        left = config.dream.dream_every - 1 - self.frames_since_dream
        return np.float32((left - 1) / left)

    @property
    def visible(self) -> Image:
        """What is seen of the frame."""
        return self.dreamed if self.unseen is None else self.dreamed - self.unseen

    def further_travel(self, flow: Flow) -> Travel:
        """The travel of a frame. flow: to it, px of the dream's size; most of it counts, so that no passer-by does."""
        columns, rows = np.median(flow[::SPARSE, ::SPARSE].reshape(-1, 2), 0).tolist()
        return self.travel[0] - rows, self.travel[1] - columns

    def mean_trust(self, trust: Trust | None, flow: Flow) -> Trust | None:
        """The mean trust of a frame and of those before it that were not dreamed; None: all was believed.

        Args:
            trust: of the frame; None: all of it.
            flow: to the frame, of the same size.
        """
        if self.frames_since_dream == 0 or (trust is None and self.trust is None):
            return trust
        full: Trust = np.ones((1, 1, 1), np.float32)
        earlier = full
        if self.trust is not None:
            earlier = warp_linear(self.trust, flow).reshape(self.trust.shape)
        current = full if trust is None else trust
        mean: Trust = (self.frames_since_dream * earlier + current) / np.float32(self.frames_since_dream + 1)
        return mean
