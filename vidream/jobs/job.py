"""A render, ready to be checked and run."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from vidream.config import RunConfig
from vidream.frames import Size
from vidream.render.session import Placed

Progress = Callable[[int, int | None], None]
"""Called with (output frames done, output frames in all or None when the source does not say)."""


@dataclass(frozen=True)
class Rendered:
    """What was made: where, how many output frames, their size, and how long it took in seconds."""

    out: Path
    frames: int
    size: Size
    seconds: float


class Job(Protocol):
    """What one command asks for.

    out     what is made
    config  of the run
    size    of the output, px
    frames  of the output; None when the source does not say
    """

    @property
    def out(self) -> Path: ...
    @property
    def config(self) -> RunConfig: ...
    @property
    def size(self) -> Size: ...
    @property
    def frames(self) -> int | None: ...
    def check(self) -> None:
        """Raise MediaError if OUT may not be written, or what is read beside the source is not there."""

    def belongs(self) -> dict[str, Any]:
        """What it is made of, and how: if any of this changes, it is another job."""

    def run(self, progress: Progress | None = None, placed: Placed | None = None) -> Rendered:
        """Make it, whole or not at all."""
