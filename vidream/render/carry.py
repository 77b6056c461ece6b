"""What a film's frame has of the dream of those before it.

carry = "residual":  carried = trust * warp(dreamed_before - source_before)
carry = "picture":   carried = trust * (warp(dreamed_before) - source)

What is shown follows what is dreamed a little late, along the flow, so that what a dream changes to and fro is not
seen:

unseen = LATE * trust * (dreamed - source - carried + warp(unseen_before))
shown  = dreamed - unseen
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np

from vidream.frames import Flow, Image, Travel, Trust, size_of
from vidream.plan.bars import Bars
from vidream.plan.step import FilmStep
from vidream.render.backdrop import Backdrop, Seen, is_seen, moved, recall
from vidream.render.state import LoopState
from vidream.resample import flow_at, in_colours, resize_linear
from vidream.warp import SWELLS, warp, warp_lanczos, warp_linear

LATE = 2 / 3
"""Of what a film's dream has changed in what was carried, the share that is not seen at once; a third of the rest comes
up at each frame after. With more of it forms lag behind their own growth. Where nothing could be carried all is seen at
once: otherwise a film with fast motion grows pale."""

Fetch = Callable[[Image], Image]
Carry = Callable[[Image, Image, Image, Fetch], Image]


def _carry_residual(source: Image, source_before: Image, dreamed_before: Image, fetch: Fetch) -> Image:
    del source
    return fetch(dreamed_before - source_before)


def _carry_picture(source: Image, source_before: Image, dreamed_before: Image, fetch: Fetch) -> Image:
    del source_before
    return fetch(dreamed_before) - source


CARRIES: Mapping[str, Carry] = {"residual": _carry_residual, "picture": _carry_picture}
"""By the name that --carry has: what is added to the source of the dream before."""


@dataclass(frozen=True, eq=False)
class Carried:
    """What a film's frame has of those before it, at the dream's size."""

    residual: Image
    """What was dreamed before, where it can be believed."""
    unseen: Image
    """What of it was not seen yet."""
    flow_trust: Image | np.float32
    """How far what is fetched along the flow is believed, for each colour."""
    trust: Trust | None
    """How far what is carried is believed, since the last frame that was dreamed; None: all of it."""
    travel: Travel
    """Of the shot."""
    backdrop: Backdrop | None
    """Of the shot, as it was known before this frame."""
    seen: Seen | None
    """Where this frame shows the backdrop; None: nothing is known of that, as in a flash."""

    def unseen_of(self, dreamed: Image, source: Image) -> Image:
        """What is not seen yet of the frame, where every frame is dreamed."""
        unseen: Image = dreamed - source
        unseen -= self.residual
        unseen += self.unseen
        unseen *= np.float32(LATE) * self.flow_trust
        return unseen


def carry(step: FilmStep, flow: Flow, source: Image, previous: LoopState, bars: Bars | None) -> Carried:
    """What a film's frame has of those before it.

    Args:
        step: of the frame.
        flow: to it from the frame before, of any size.
        source: (H, W, 3): the frame, at the dream's size.
        previous: what the frame before hands on.
        bars: of the film, between which the dream stays; None: it has none.
    """
    motion = step.config.motion
    flow = flow_at(flow, size_of(source))
    fetch = partial(warp_lanczos if motion.persistence * SWELLS < 1 else warp, flow=flow)
    residual = CARRIES[motion.carry](source, previous.reference, previous.dreamed, fetch)
    unseen = np.zeros_like(source)
    if previous.unseen is not None:
        unseen = warp_linear(previous.unseen, flow)
    travel, backdrop = previous.further_travel(flow), previous.backdrop
    flow_trust: Image | np.float32 = np.float32(1)
    trust: Trust | None = None
    seen: Seen | None = None
    if step.trust is not None:
        trust = resize_linear(step.trust, size_of(source))
        flow_trust = in_colours(trust)
        seen = is_seen(flow, trust, previous.travel, travel)
        residual *= flow_trust
        unseen *= flow_trust
        if backdrop is not None:
            backdrop = moved(backdrop, previous.travel, travel)
            recalled = (1 - trust) * recall(backdrop, source)
            residual += in_colours(recalled) * backdrop[1]
            trust = trust + recalled
    if bars is not None:
        residual, unseen = (bars.between(image, np.zeros_like(image)) for image in (residual, unseen))
    return Carried(residual, unseen, flow_trust, previous.mean_trust(trust, flow), travel, backdrop, seen)
