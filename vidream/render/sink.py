"""Where rendered frames go."""

from typing import Protocol

from vidream.render.composite import RenderedFrame


class Sink(Protocol):
    """Takes rendered frames in their order. A Session is one, that keeps a film on disk; a window may be another."""

    def write(self, rendered: RenderedFrame) -> None:
        """Take a frame, which is to be seen `rendered.step.hold` times; 0: it is not seen.

        Raises:
            RenderError: it cannot be written.
        """

    def close(self) -> None:
        """No more frames come: make safe, or show, what has been written."""
