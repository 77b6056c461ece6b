"""An output of one's own, the newest picture once a second, for a page or a door: `own_output.py camera now.jpg 60`."""

import sys
from pathlib import Path

from PIL import Image

import vidream
from vidream.frames import Size
from vidream.live.backlog import Backlog
from vidream.live.output import Shown

SOURCE, PICTURE, SECONDS = sys.argv[1:]


class Poster:
    """A picture that is always the newest. It has what vidream.live.output.Output asks for."""

    trouble = ""
    """What is wrong now, for the status line."""

    def __init__(self, size: Size, rate: float) -> None:
        self.every, self.path = max(1, round(rate)), Path(PICTURE)
        self.backlog = Backlog(self.write, size, rate=1.0, seconds=2.0)  # a thread, so that the show never waits

    def __str__(self) -> str:
        return str(self.path)

    def show(self, shown: Shown) -> None:
        """Take one frame of a second."""
        if shown.number % self.every == 0:
            self.backlog.put(shown)  # raises what `write` has raised

    def close(self) -> None:
        """Write what waits."""
        self.backlog.close(patience=5.0)

    def write(self, shown: Shown) -> None:
        """Make a new picture, and put it in the place of the old one, so that nobody sees half of it."""
        fresh = self.path.with_name(f".{self.path.name}.new")
        try:
            Image.fromarray(shown.pixels).save(fresh, "JPEG", quality=90)
            fresh.replace(self.path)
        except OSError as error:
            raise vidream.RenderError(f"{self}: cannot be written: {error.strerror}") from None


played = vidream.run_live(SOURCE, outputs=[Poster], window=False, seconds=float(SECONDS))
print(f"{played.frames} frames in {played.seconds:.0f} s")
