"""What a plan says and the loop carries out: one frame, and how it follows from the one before."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol

from vidream.clock import Clock
from vidream.config import RunConfig
from vidream.frames import Flow, Image, Pixels, Size, Trust
from vidream.plan.bars import Bars


@dataclass(frozen=True)
class Return:
    """How a loop leads back into its first frame.

    flow   Flow at the output's size: where in the first frame each pixel is fetched
    share  Trust: how far the first frame is seen; 1 everywhere would be the first frame again
    """

    flow: Flow
    share: Trust


@dataclass(frozen=True)
class Step:
    """One frame to be dreamed, and how it follows from the one before.

    index   of the source frame, from 0 at the start of the file; of a zoom, of the frame itself
    config  every knob as it is at this frame: no curve is left in it
    source  Pixels at the output's size; None: a zoom has none
    seed    what a zoom begins with, in its first step; Pixels at the output's size
    flow    Flow at a size no larger than the dream's; None: nothing is carried (first frame, cut)
    trust   Trust at the flow's size; None: all of it
    hold    how many output frames show it
    flash   it interrupts what goes on after it: the next step follows from the one before
    mask    (H, W, 1), 0..1, at the output's size: how far the dream is seen; None: all of it
    back    how it leads into the first frame, at the end of a zoom that is a loop
    bars    what it and the frames ahead tell of a film's black bars; None: there are none
    """

    index: int
    config: RunConfig
    source: Pixels | None = None
    flow: Flow | None = None
    trust: Trust | None = None
    hold: int = 1
    flash: bool = False
    seed: Pixels | None = None
    mask: Image | None = None
    back: Return | None = None
    bars: Bars | None = None


class Plan(Protocol):
    """What is to be rendered, as data: yields steps that can be looked at without a network.

    config  of the run; its numbers may be curves
    fps     of the output, exact
    clock   of the output: what its curves go by
    size    of the output, px
    count   output frames; None when the source does not say
    """

    @property
    def config(self) -> RunConfig: ...
    @property
    def fps(self) -> Fraction: ...
    @property
    def clock(self) -> Clock: ...
    @property
    def size(self) -> Size: ...
    @property
    def count(self) -> int | None: ...
    def steps(self, after: int | None = None) -> Iterator[Step]:
        """All steps, or those that come after the one with index `after`, which must be no flash."""
