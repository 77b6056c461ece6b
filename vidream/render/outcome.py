"""What a render tells while it runs, and when it is done."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from vidream.frames import Size

Progress = Callable[[int, int | None], None]
"""Called with (output frames done, output frames in all or None when the source does not say)."""


@dataclass(frozen=True)
class Rendered:
    """What was made: where, how many output frames, their size, and how long it took in seconds."""

    out: Path
    frames: int
    size: Size
    seconds: float
