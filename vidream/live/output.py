"""Where live frames go: a window, a file, another program, the network."""

from dataclasses import dataclass
from typing import Protocol

from vidream.frames import Pixels, Size


@dataclass(frozen=True, eq=False)
class Shown:
    """A frame as it is shown."""

    pixels: Pixels
    """(H, W, 3), of the same even size all along; nobody changes them."""
    number: int
    """From 0, rising by one."""
    second: float
    """Since the first shown frame, of the clock."""


class Output(Protocol):
    """Takes each frame as it is shown, in the thread that shows. str() names it in messages."""

    @property
    def trouble(self) -> str:
        """What is wrong now, for the status line: "connection refused; tried again"; "" while all is well."""

    def show(self, shown: Shown) -> None:
        """Take a frame, and return at once: what takes time is done in a thread of the output's own.

        Raises:
            RenderError: it is broken; it is named on the status line and closed, and the others go on. Whatever else it
                raises, a bug of its own, has the same effect.
        """

    def close(self) -> None:
        """No more frames come: make safe what was written. It never raises."""


class Opener(Protocol):
    """Makes an output, once the size of the frames is known."""

    def __call__(self, size: Size, rate: float) -> Output:
        """The output, for frames of a size at about `rate` a second.

        Raises:
            ConfigError, MediaError, RenderError: it cannot be; before the first frame.
        """
