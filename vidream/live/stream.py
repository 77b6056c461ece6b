"""A stream: frames go to another program or over the network while they are shown, tried again whenever it breaks."""

import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from vidream.errors import VidreamError
from vidream.frames import Size
from vidream.live.backlog import Backlog
from vidream.live.encoder import LiveEncoder
from vidream.live.output import Shown

WAITING = 0.5  # seconds of frames that wait at most: those who look at a stream want it now
AGAIN = 3.0  # seconds until it is tried again
SETTLED = 5.0  # seconds after which what was wrong is past: some addresses take three to refuse
STUCK = 10.0  # seconds in which not one frame is taken
END = 3.0  # seconds in which it ends in order


@dataclass(frozen=True)
class StreamTarget:
    """Where a stream goes, and how."""

    name: str
    """What is shown of it: neither keys nor passwords."""
    arguments: tuple[str, ...]
    """ffmpeg's: encoder, kind of stream, address."""
    beside: tuple[str, ...] = ()
    """ffmpeg's, of another input, such as a sound."""
    secrets: tuple[str, ...] = ()
    """What no message may show."""
    hint: str = ""
    """What may be the cause, at the end of a message."""


class Stream:
    """Hands frames to an ffmpeg, and starts another one when that has ended. It never breaks for good."""

    def __init__(self, target: StreamTarget, size: Size, rate: float) -> None:
        """Begin with the first frame.

        Args:
            target: where it goes.
            size: of every frame, px, even.
            rate: about how many come in a second.
        """
        self._target, self._size = target, size
        self._encoder: LiveEncoder | None = None
        self._fault = ""  # of the last try
        self._tried = -AGAIN  # when, by time.monotonic; as all that follow
        self._busy: float | None = None  # since when a frame is being taken
        self._lock = threading.Lock()  # whoever starts or kills the encoder
        self._over = False
        self._backlog = Backlog(self._take, size, rate, WAITING)

    @property
    def trouble(self) -> str:
        """Why it does not go; "" while it does."""
        busy = self._busy
        if busy is not None and time.monotonic() - busy > AGAIN:
            return f"{self}: nobody takes the frames"
        if self._fault and (self._encoder is None or time.monotonic() - self._tried < SETTLED):
            return f"{self._fault}; tried again every {AGAIN:g} s"
        return ""

    def __str__(self) -> str:
        return self._target.name

    def show(self, shown: Shown) -> None:
        busy = self._busy
        if busy is not None and time.monotonic() - busy > STUCK:
            self._kill()
        self._backlog.put(shown)

    def close(self) -> None:
        """End it in order, or else by force."""
        if not self._backlog.close(END):
            self._over = True
            self._kill()
            self._backlog.close(END)
        if self._encoder is not None:
            self._end(self._encoder)

    def _take(self, shown: Shown) -> None:
        """Send a frame; it never raises what a stream may have."""
        self._busy = time.monotonic()
        try:
            self._send(shown)
        except (VidreamError, OSError) as error:
            self._fault = self._told(str(error))
            if self._encoder is not None:
                self._end(self._encoder)
        finally:
            self._busy = None

    def _send(self, shown: Shown) -> None:
        now = time.monotonic()
        if self._encoder is None:
            if now - self._tried < AGAIN:
                return
            self._tried = now
            with self._lock:
                if self._over:
                    return
                target = self._target
                self._encoder = LiveEncoder(self._size, target.arguments, f"stream to {self}", target.beside)
        self._encoder.write(shown)

    def _kill(self) -> None:
        """Make whoever waits for the encoder go on."""
        with self._lock:
            if self._encoder is not None:
                self._encoder.kill()

    def _end(self, encoder: LiveEncoder) -> None:
        with suppress(VidreamError):  # it has been told
            encoder.close(END)
        with self._lock:
            self._encoder = None

    def _told(self, fault: str) -> str:
        """What is shown of a fault."""
        for secret in self._target.secrets:
            fault = fault.replace(secret, "...")
        return f"{fault}{self._target.hint}"


def hidden(texts: Sequence[str]) -> tuple[str, ...]:
    """Those texts that are worth hiding, longest first, so that none is hidden in part."""
    return tuple(sorted({text for text in texts if len(text) > 2}, key=len, reverse=True))
