"""A render, ready to be checked and run."""

import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from vidream.config import RunConfig
from vidream.errors import Cancelled
from vidream.events import Listener
from vidream.frames import Size
from vidream.render.session import Placed
from vidream.text import counted


@dataclass(frozen=True)
class Rendered:
    """What a finished render has made."""

    out: Path
    """The film, the picture, or the pattern of pictures that was written."""
    frames: int
    """Output frames; of a picture 1."""
    size: Size
    """Of the output, px."""
    seconds: float
    """How long this run took; a run that went on counts its own time alone."""
    passes: tuple[Path, ...] = ()
    """The passes beside it: films, or patterns of pictures."""


class Job(Protocol):
    """What one command asks for: a film, a zoom, a music visual or a picture, with all that it is made of."""

    @property
    def out(self) -> Path:
        """What is made."""

    @property
    def config(self) -> RunConfig:
        """Every knob of it."""

    @property
    def size(self) -> Size:
        """Of the output, px."""

    @property
    def frames(self) -> int | None:
        """Output frames; None when the source does not say."""

    @property
    def memory(self) -> int:
        """Bytes that making it takes at most: see vidream.plan.memory."""

    def check(self) -> None:
        """Raise MediaError if OUT may not be written, or what is read beside the source is not there."""

    def fingerprint(self) -> dict[str, Any]:
        """What it is made of, and how: if any of this changes, it is another job."""

    def run(
        self,
        on_event: Listener | None = None,
        cancel: threading.Event | None = None,
        *,
        placed: Placed | None = None,
    ) -> Rendered:
        """Make it, whole or not at all.

        Args:
            on_event: called with each event.
            cancel: once it is set, the run raises Cancelled within a frame.
            placed: called with the number of frames when OUT is in its place.
        """


def check_and_run(job: Job) -> Rendered:
    """What a job makes, once all that can be known to be wrong with it is checked."""
    job.check()
    return job.run()


def cancelled(out: Path, frames_safe: int) -> Cancelled:
    """The error of a run that its caller stopped, when so many output frames of it are on disk."""
    if frames_safe:
        safe = counted(frames_safe, "frame", are=True)
        return Cancelled(f"{out}: cancelled; {safe} safe, and the same call goes on from there")
    return Cancelled(f"{out}: cancelled; no frame was safe yet")
