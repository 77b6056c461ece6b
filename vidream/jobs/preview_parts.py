"""What a preview is asked for, and what it shows."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypeAlias

from vidream.config import Mask, RunConfig
from vidream.config.film_knobs import Files, Film
from vidream.config.knobs import Music
from vidream.config.run_config import Origin
from vidream.frames import Image, Pixels, Size

Stage: TypeAlias = Literal["source", "coarse", "fine", "deep", "film"]
"""How true what is shown is.

source  nothing is dreamed yet
coarse  small, and in few steps
fine    at 480 px, settled or nearly
deep    as if a film's shot, or a zoom, began just before
film    as what is made has it
"""

BEST_FIRST: tuple[Stage, ...] = ("film", "deep", "fine", "coarse")
"""The stages that are dreamed."""
COARSE, FINE = 0.16, 1.3
"""Seconds that a stage's dream may take."""
COARSE_SIDES = (384, 320, 256, 224, 192, 160, 128)
"""Px of the long side at which a coarse dream may be, the largest that is quick enough."""
FINE_SIDE = 480
"""Px of the long side of a fine dream, at most."""


@dataclass(frozen=True)
class Wanted:
    """What is to be seen."""

    command: str
    """A name in COMMANDS."""
    source: str
    """A film, a picture, a film's frame, "clip.mp4@12.5", or "noise"."""
    song: str | None = None
    """Of a music visual."""
    second: float = 0.0
    """The moment: of a film's source, of a zoom, of a song."""
    preset: str | None = None
    """A look."""
    knobs: Mapping[str, Any] = field(default_factory=dict)
    """Over it, by name."""
    side: int = 960
    """Px, at most, of the long side of what is shown."""
    full: bool = False
    """Whether the last picture has the size of what is made, however large."""


@dataclass(frozen=True, eq=False)
class Shown:
    """A picture of the moment."""

    pixels: Pixels
    """Uint8 (H, W, 3)."""
    stage: Stage
    """How true it is."""
    dreamed: Size | None = None
    """Px at which the network saw it; None: it did not."""
    out: Size | None = None
    """Px of what is made."""
    settled: bool = False
    """Whether its stage gets no better."""
    index: int = 0
    """The number of the frame: of a film's source, of a zoom."""
    last: bool = False
    """Whether nothing better comes."""


@dataclass(frozen=True, eq=False)
class Dreamt:
    """What a stage has dreamed, kept: what is laid over it, and how far, is a matter of moments."""

    stage: Stage
    """Which."""
    residual: Image
    """What the dream adds, at the dream's size."""
    dreamed: Image | None = None
    """The dreamed picture, where something is carried on from it."""


def dreamed_alike(config: RunConfig) -> RunConfig:
    """A config in which all is as ever that is only laid over a dream: of equal ones, the dreams are equal.

    config: at a moment, of a film or a picture; in a zoom, what is seen of a frame acts on all that follow.
    """
    return replace(
        config,
        dream=replace(config.dream, strength=1.0, keep_colour=False),
        mask=Mask(bars=config.mask.bars),
        motion=replace(config.motion, swell=0.0),
        music=Music(),
        film=Film(),
        files=Files(),
        origin=Origin(),
    )
