"""What a plan says and the loop carries out: one frame, and how it follows from the one before."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol, TypeAlias

from vidream.clock import Clock
from vidream.config import RunConfig
from vidream.frames import Flow, Frame, Image, Pixels, Size, Trust
from vidream.plan.bars import Bars


@dataclass(frozen=True, eq=False)
class FilmStep:
    """One frame of a film to be dreamed, and how it follows from the one before."""

    index: int
    """Of the source frame, from 0 at the start of the source."""
    config: RunConfig
    """Every knob as it is at this frame: no curve is left in it."""
    source: Frame
    """The source frame, at the output's size."""
    cut: bool
    """Nothing is carried into it: a shot begins, or nothing is ever carried."""
    flow: Flow | None = None
    """Flow from the frame before, at a size no larger than the dream's; None at a cut."""
    trust: Trust | None = None
    """Trust at the flow's size; None: all of the flow is believed, or there is none."""
    hold: int = 1
    """How many output frames show it; 0: it is dreamed, and not shown."""
    flash: bool = False
    """It interrupts a shot that goes on after it: the next step follows from the one before."""
    mask: Image | None = None
    """(H, W, 1), 0..1, at the output's size: how far the dream is seen; None: all of it."""
    bars: Bars | None = None
    """What it and the frames ahead tell of a film's black bars; None: there are none."""


@dataclass(frozen=True, eq=False)
class Return:
    """How a looped zoom leads back into its first frame."""

    flow: Flow
    """Flow at the output's size: where in the first frame each pixel is fetched."""
    share: Trust
    """(H, W, 1), 0..1: how far the first frame is seen; 1 everywhere would be the first frame again."""


@dataclass(frozen=True, eq=False)
class ZoomStep:
    """One frame of a zoom to be dreamed: the frame before, as the camera has moved."""

    index: int
    """Of the output frame, from 0."""
    config: RunConfig
    """Every knob as it is at this frame: no curve is left in it."""
    cut: bool
    """Nothing is carried into it: it is the first frame, dreamed from the seed."""
    seed: Pixels | Image | None = None
    """Of the first frame: what the zoom begins with, Pixels at the output's size."""
    flow: Flow | None = None
    """Flow of the camera's move, at the output's size; None at the first frame."""
    trust: Trust | None = None
    """Trust at the output's size: low where the camera uncovers what was outside; None: all of it."""
    mask: Image | None = None
    """(H, W, 1), 0..1, at the output's size: how far the dream is seen; None: all of it."""
    back: Return | None = None
    """How it leads into the first frame, at the end of a loop; None elsewhere."""

    @property
    def hold(self) -> int:
        """How many output frames show it: one."""
        return 1

    @property
    def flash(self) -> bool:
        """Whether it interrupts a shot: never."""
        return False


Step: TypeAlias = FilmStep | ZoomStep


class Plan(Protocol):
    """What is to be rendered, as data: yields steps that can be looked at without a network."""

    @property
    def config(self) -> RunConfig:
        """Of the run; its numbers may be curves."""

    @property
    def fps(self) -> Fraction:
        """Frames a second of the output, exact."""

    @property
    def clock(self) -> Clock:
        """Of the output: what its curves go by."""

    @property
    def size(self) -> Size:
        """Of what is dreamed, px: the output, less the bars that --fit pad puts round it."""

    @property
    def canvas(self) -> Size:
        """Of the output, px."""

    @property
    def count(self) -> int | None:
        """Output frames in all; None when the source does not say."""

    def steps(self, after: int | None = None) -> Iterator[Step]:
        """All steps, or those that come after the one with index `after`, which must be no flash."""
