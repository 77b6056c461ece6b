"""What ffmpeg decodes without end: a screen, a pipe, an address; each a Feed."""

import re
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Generator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import IO, Self

import numpy as np

from vidream.config.film_knobs import Film
from vidream.errors import MediaError
from vidream.frames import Pixels
from vidream.live.feeds import LONG, SHORT, Feed
from vidream.media.fflog import reason_of
from vidream.media.program import executable
from vidream.system.processes import own_session

LINES = 20
"""Of its log, the newest, that are kept."""
PIPE = 2**20
"""Bytes that the system keeps between it and us, where it can be asked to: fewer turns for large frames."""
HEADER = re.compile(rb"P6\n(\d+) (\d+)\n255\n")
OUT = ("-an", "-sn", "-dn", "-fps_mode", "passthrough", "-f", "image2pipe", "-c:v", "ppm", "-flush_packets", "1", "-")
"""Every frame with its size before it, as soon as it is decoded."""


def widen(pipe: IO[bytes]) -> None:
    """Let a pipe hold PIPE bytes, where the system lets us: some have a lower bound, some know of none."""
    if sys.platform == "linux":
        import fcntl

        with suppress(OSError):
            fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, PIPE)


class Decoder:
    """ffmpeg at work, whose frames are read; leaving its block ends it. It has a session of its own: no Ctrl-C."""

    def __init__(self, arguments: Sequence[str], *, stdin: bool = False) -> None:
        """Start it.

        Args:
            arguments: ffmpeg's, input and filters.
            stdin: whether it reads this process's standard input.
        """
        self._process = subprocess.Popen(
            [executable(), "-hide_banner", "-nostdin", "-nostats", "-v", "error", *arguments, *OUT],
            stdin=None if stdin else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            **own_session(),
        )
        assert self._process.stdout is not None
        widen(self._process.stdout)
        self._log: deque[bytes] = deque(maxlen=LINES)
        self._listener = threading.Thread(target=self._listen, name="ffmpeg's log", daemon=True)
        self._listener.start()

    def _listen(self) -> None:
        assert self._process.stderr is not None
        with self._process.stderr as lines:
            while line := lines.readline(1000):
                self._log.append(line)

    def frames(self, max_pixels: int) -> Generator[Pixels]:
        """(H, W, 3) of each frame, until it ends; a frame that is larger than `max_pixels` ends it, too."""
        pipe = self._process.stdout
        assert pipe is not None
        while True:
            header = HEADER.fullmatch(b"".join(pipe.readline(30) for _ in range(3)))
            if header is None:
                return
            width, height = int(header[1]), int(header[2])
            if width * height > max_pixels:
                self._log.append(b"its frames have more px than --max-pixels allows")
                return
            data = pipe.read(width * height * 3)
            if len(data) < width * height * 3:
                return
            yield np.frombuffer(data, np.uint8).reshape(height, width, 3)

    def kill(self) -> None:
        """End it at once, from any thread."""
        self._process.kill()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        assert self._process.stdout is not None
        self._process.stdout.close()
        self._process.wait()
        self._listener.join()

    @property
    def reason(self) -> str:
        """Why it ended, by its log, once its block is left; "" where it says nothing."""
        lines = [line.decode("utf-8", "replace").strip() for line in self._log]
        return reason_of(lines) if any(lines) else ""


@dataclass(eq=False)
class Decoded(Feed):
    """Frames of what ffmpeg opens."""

    name: str
    """In messages."""
    arguments: tuple[str, ...]
    """ffmpeg's, to open it."""
    filters: str
    """ffmpeg's, that bring its frames to about the size that is shown."""
    max_pixels: int
    """Px that a frame may have."""
    silence: float = SHORT
    patience: float = LONG
    waits: float = 30.0
    once: bool = False
    """Whether it is this process's standard input: what has ended does not come back."""
    secret: str = ""
    """What of the arguments is not to be seen on a stage: the address, with its passwords."""

    def __post_init__(self) -> None:
        self._run: Decoder | None = None

    def __str__(self) -> str:
        return self.name

    def frames(self, stop: threading.Event) -> Generator[Pixels]:
        with Decoder(self._command(), stdin=self.once) as run:
            self._run = run
            if not stop.is_set():  # else nobody would have ended it
                yield from run.frames(self.max_pixels)
            self._run = None
        raise MediaError(f"{self}: {self._told(run.reason) or 'has ended'}")

    def interrupt(self) -> None:
        run = self._run
        if run is not None:
            run.kill()

    def _command(self) -> list[str]:
        limit = ("-max_pixels", str(self.max_pixels))
        return [*limit, *self.arguments, "-map", "0:V:0", "-vf", self.filters, "-pix_fmt", "rgb24"]

    def _told(self, reason: str) -> str:
        """What ffmpeg says, without what is secret."""
        return reason.replace(self.secret, self.name) if self.secret else reason


def fit_filters(film: Film) -> str:
    """Ffmpeg's filters that bring frames of whatever size to the one that is shown, or nearly: see Film.sizes."""
    fit = film.size
    if fit is None:
        return "null"
    flags, even = "flags=area", "force_original_aspect_ratio=decrease:force_divisible_by=2"
    if fit.height is None:
        sides = f"{fit.width}:{fit.width}"
        if fit.shrink_only:
            sides = f"'min({fit.width},iw)':'min({fit.width},ih)'"
        return f"scale={sides}:{even}:{flags}"
    if film.fit == "pad":
        return f"scale={fit.width}:{fit.height}:{even}:{flags}"
    return f"scale={fit.width}:{fit.height}:force_original_aspect_ratio=increase:{flags},crop={fit.width}:{fit.height}"
