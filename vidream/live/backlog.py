"""Frames that wait for what takes them, in a thread of its own: whoever shows never waits."""

import queue
import threading
import time
from collections.abc import Callable
from contextlib import suppress

from vidream.errors import RenderError, VidreamError, first_line
from vidream.frames import Size
from vidream.live.output import Shown

ROOM = 2**27  # bytes of frames
GLANCE = 0.1  # seconds between two looks at whether the thread has ended


class Backlog:
    """A bounded queue and the thread that empties it; frames that find it full are left out, and counted."""

    def __init__(self, take: Callable[[Shown], None], size: Size, rate: float, seconds: float) -> None:
        """Start the thread.

        Args:
            take: called with each frame in turn, in the thread. What it raises is the end of it.
            size: of the frames, px.
            rate: about how many come in a second.
            seconds: of frames that wait at most, about.
        """
        self.left_out = 0
        """Frames that found it full."""
        self._take, self._failure = take, None  # type: Callable[[Shown], None], VidreamError | None
        most = min(seconds * rate, ROOM / (3 * size.width * size.height))
        self._waiting: queue.Queue[Shown | None] = queue.Queue(max(2, round(most)))
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._work, name="output", daemon=True)
        self._thread.start()

    def put(self, shown: Shown) -> None:
        """Let a frame wait for its turn.

        Raises:
            VidreamError: what `take` has raised; RenderError, what else it was.
        """
        if self._failure is not None:
            raise self._failure
        try:
            self._waiting.put_nowait(shown)
        except queue.Full:
            self.left_out += 1

    def close(self, patience: float) -> bool:
        """Let those that wait be taken, and end the thread; whether it has ended within `patience` seconds."""
        until = time.monotonic() + patience
        while self._thread.is_alive() and time.monotonic() < until:
            with suppress(queue.Full):
                self._waiting.put(None, timeout=GLANCE)
                self._thread.join(until - time.monotonic())
        self._over.set()  # no frame is taken any more
        return not self._thread.is_alive()

    def _work(self) -> None:
        try:
            while (shown := self._waiting.get()) is not None and not self._over.is_set():
                self._take(shown)
        except VidreamError as error:
            self._failure = error
        except Exception as error:  # a bug: it is told, too, or frames would wait for ever  # noqa: BLE001
            self._failure = RenderError(f"{type(error).__name__}: {first_line(error)}")
