"""Where live frames come from: the newest one counts, and nothing waits."""

from dataclasses import dataclass
from typing import Protocol

from vidream.frames import Frame, Size


@dataclass(frozen=True, eq=False)
class LiveFrame:
    """A frame, and when it was there."""

    frame: Frame
    """At the source's size."""
    number: int
    """Counts the frames that the source has had, from 0, those dropped too."""
    second: float
    """Of time.monotonic(), at which it was there."""


class LiveSource(Protocol):
    """A camera, a screen, a clip in its own time. It is read in a thread of its own; str() names it in messages."""

    @property
    def size(self) -> Size:
        """Of every frame, px: what comes in another size later is fitted to it."""

    @property
    def dropped(self) -> int:
        """Frames that nobody took before the next one came."""

    @property
    def trouble(self) -> str:
        """What is wrong now, for the status line: "unplugged; looking again"; "" while frames come."""

    def newest(self, wait: float) -> LiveFrame | None:
        """The newest frame that was not taken yet; None: none came within `wait` seconds. It never raises."""

    def close(self) -> None:
        """End its thread and let go of the device."""
