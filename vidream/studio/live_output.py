"""What pages see of a live dream: each frame as a JPEG, the newest alone, and a recording while somebody wants one."""

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from vidream.errors import VidreamError
from vidream.events import MessageEvent, scope
from vidream.frames import Size
from vidream.live.output import Shown
from vidream.live.recorder import Recorder, check_recording
from vidream.media.jpeg import jpeg_of
from vidream.studio.child import Send

END = 3.0
"""Seconds in which the thread that encodes has to end."""


class PageOutput:
    """An output of a live dream whose frames go to the server. See `vidream.live.output.Output`."""

    def __init__(self, size: Size, rate: float, send: Send, beside: Callable[[], dict[str, Any]]) -> None:
        """Start the thread that encodes.

        Args:
            size: of the frames, px.
            rate: about how many come in a second.
            send: to the server.
            beside: called with each frame in that thread: what else its header has.
        """
        self.watched = True
        """Whether anybody sees it: else nothing is encoded."""
        self.size = size
        """Of the frames, px."""
        self._rate, self._send, self._beside = rate, send, beside
        self._newest: tuple[Shown, float] | None = None
        self._skipped, self._over = 0, False
        self._changed = threading.Condition()
        self._recorder, self._recording, self._broken = None, threading.Lock(), ""  # type: Recorder | None, Any, str
        self._thread = threading.Thread(target=self._work, name="page", daemon=True)
        self._thread.start()

    @property
    def black(self) -> bytes:
        """A JPEG of nothing, for when it is over."""
        return jpeg_of(np.zeros((self.size.height, self.size.width, 3), np.uint8))

    def __str__(self) -> str:
        return "the page"

    @property
    def trouble(self) -> str:
        """Of the recording: nothing else can be wrong."""
        with self._recording:
            return self._recorder.trouble if self._recorder is not None else self._broken

    def show(self, shown: Shown) -> None:
        """Put a frame in the place of one that was not encoded yet; record it, if that is wanted."""
        with self._changed:
            self._skipped += self._newest is not None
            self._newest = shown, time.monotonic()
            self._changed.notify()
        with self._recording:
            if self._recorder is not None:
                self._record(self._recorder, shown)

    def record(self, path: Path) -> None:
        """Record from now on. MediaError: it may not be written, or something is recorded already."""
        self.end_recording()
        check_recording(path)
        recorder = Recorder(path, self.size, self._rate)
        with self._recording:
            self._recorder, self._broken = recorder, ""
        self._send({"kind": "recording", "path": str(path)})

    def end_recording(self) -> None:
        """End the recording, if there is one; its film is made whole in a thread of its own, which is then told."""
        with self._recording:
            recorder, self._recorder = self._recorder, None
        if recorder is not None:
            threading.Thread(target=self._finish, args=(recorder,), name="recording").start()

    def close(self) -> None:
        """No more frames come; what was recorded is made whole."""
        with self._changed:
            self._over = True
            self._changed.notify()
        self._thread.join(END)
        with self._recording:
            recorder, self._recorder = self._recorder, None
        if recorder is not None:
            self._finish(recorder)

    def _record(self, recorder: Recorder, shown: Shown) -> None:
        try:
            recorder.show(shown)
        except VidreamError as error:  # the disk is full: the show goes on
            self._recorder, self._broken = None, str(error)
            threading.Thread(target=self._finish, args=(recorder,), name="recording").start()

    def _finish(self, recorder: Recorder) -> None:
        said: list[str] = []
        with scope(lambda event: said.append(event.message) if isinstance(event, MessageEvent) else None, None):
            recorder.close()
        self._send({"kind": "recorded", "path": str(recorder), "problem": "; ".join(said) or self._broken})

    def _work(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._newest is not None or self._over)
                if self._newest is None or self._over:
                    return
                (shown, made), self._newest = self._newest, None
                skipped = self._skipped
            beside = self._beside()
            if self.watched:
                header = {"kind": "frame", "number": shown.number, "made": made, "skipped": skipped, **beside}
                self._send(header, jpeg_of(shown.pixels))
