"""Anything that goes on giving frames -> a LiveSource: the newest of them, read in a thread of its own."""

import contextvars
import logging
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Generator
from contextlib import closing

import cv2

from vidream.errors import Cancelled, MediaError, VidreamError, first_line
from vidream.events import checkpoint
from vidream.frames import PEAK, Frame, Pixels, Size, size_of
from vidream.live.source import LiveFrame

RETRY = 1.0
"""Seconds until what was lost is looked for again, at first; each time SLOWER times as many, at most LONGEST_RETRY."""
SLOWER, LONGEST_RETRY = 1.5, 10.0
SHORT, LONG = 2.0, 6.0
"""Seconds without a frame: of what goes on all the time, that are told of; after which it is begun anew."""
GLANCE = 0.1
"""Seconds between two looks at whether the run is cancelled, while the first frame is waited for."""
ENDING = 5.0
"""Seconds that a thread is waited for at the end: a driver may hang."""

_LOG = logging.getLogger("vidream")


class Feed(ABC):
    """What frames are read from; most go on all the time. str() names it in messages."""

    silence = SHORT
    """Seconds without a frame that are told of; infinite where it may have nothing new for any time."""
    patience = LONG
    """Seconds without a frame after which it is interrupted, to be begun anew; infinite where that would be no help."""
    waits = 30.0
    """Seconds that its first frame may take."""
    once = False
    """Whether what has ended does not come back."""

    @property
    def remark(self) -> str:
        """What is not as it should be though frames come; "" if nothing."""
        return ""

    @abstractmethod
    def frames(self, stop: threading.Event) -> Generator[Pixels]:
        """Frames, (H, W, 3), each as soon as it is there, until it is lost or `stop` is set. It is called again then.

        Raises:
            VidreamError: it cannot be had, or is lost.
        """

    def interrupt(self) -> None:
        """End the frames soon, from another thread, as far as the device allows. It never raises."""
        return


class Newest:
    """The newest frame of a feed: a LiveSource. What is lost is looked for again, with growing patience."""

    def __init__(self, feed: Feed, sized: Callable[[Size], Size]) -> None:
        """Begin to read, and wait for the first frame.

        Args:
            feed: what is read.
            sized: the size, px, of what comes in a size.

        Raises:
            VidreamError: it cannot be had, or no frame came in time.
        """
        self._feed, self._sized = feed, sized
        self._stop, self._news = threading.Event(), threading.Condition()
        self._frame: LiveFrame | None = None
        self._size: Size | None = None
        self._count, self._dropped, self._fault, self._error = 0, 0, "", list[VidreamError]()
        self._heard = time.monotonic()  # when the last frame came, or the feed was begun
        run = contextvars.copy_context().run
        self._thread = threading.Thread(target=run, args=(self._read,), name=f"read {feed}", daemon=True)
        self._thread.start()
        try:
            self._await_first()
        except BaseException:
            self.close()
            raise

    def __str__(self) -> str:
        return str(self._feed)

    @property
    def size(self) -> Size:
        """Of every frame, px."""
        assert self._size is not None
        return self._size

    @property
    def dropped(self) -> int:
        """Frames that nobody took before the next one came."""
        return self._dropped

    @property
    def trouble(self) -> str:
        """What is wrong now; "" while frames come as they should."""
        if self._fault:
            return self._fault if self._feed.once else f"{self._fault}; looking again"
        silence = time.monotonic() - self._heard
        if silence < self._feed.silence:
            return self._feed.remark
        return f"{self._feed}: no picture for {silence:.0f} s"

    def newest(self, wait: float) -> LiveFrame | None:
        """The newest frame that was not taken yet; None: none came within `wait` seconds."""
        with self._news:
            self._news.wait_for(lambda: self._frame is not None, wait)
            frame, self._frame = self._frame, None
        silence = time.monotonic() - self._heard
        if frame is None and silence > self._feed.patience:
            self._fault, self._heard = f"{self._feed}: no picture for {silence:.0f} s", time.monotonic()
            self._feed.interrupt()
        return frame

    def close(self) -> None:
        """End its thread and let go of the device."""
        self._stop.set()
        self._feed.interrupt()
        self._thread.join(ENDING)

    def _await_first(self) -> None:
        until = time.monotonic() + self._feed.waits
        with self._news:
            while self._frame is None and not self._error:
                if time.monotonic() > until:
                    raise MediaError(f"{self._feed}: no picture came in {self._feed.waits:.0f} s; does anything send?")
                self._news.wait(GLANCE)
                checkpoint()
        if self._error:
            raise self._error[0]

    def _read(self) -> None:
        """Read until the end, whatever is lost; the thread."""
        patience = RETRY
        while not self._stop.is_set():
            count, self._heard = self._count, time.monotonic()
            try:
                with closing(self._feed.frames(self._stop)) as frames:
                    for pixels in frames:
                        if self._stop.is_set():
                            return
                        self._take(pixels)
                self._lose(MediaError(f"{self._feed}: has ended"))
            except Cancelled:
                return
            except VidreamError as error:
                self._lose(error)
            except (OSError, MemoryError, cv2.error) as error:  # no more processes, a frame that OpenCV cannot take
                self._lose(MediaError(f"{self._feed}: {first_line(error)}"))
            except Exception as error:  # a bug, or what a listener of the run raised  # noqa: BLE001
                _LOG.debug("%s", self._feed, exc_info=True)
                self._lose(MediaError(f"{self._feed}: {type(error).__name__}: {first_line(error)}"))
            if self._feed.once:
                return
            if self._count > count:
                patience = RETRY
            self._stop.wait(patience)
            patience = min(LONGEST_RETRY, SLOWER * patience)

    def _take(self, pixels: Pixels) -> None:
        """One more frame is there."""
        second = time.monotonic()
        if self._size is None:
            self._size = even(self._sized(size_of(pixels)))
        frame = Frame(fitted(pixels, self._size), PEAK)
        with self._news:
            self._dropped += self._frame is not None
            self._frame = LiveFrame(frame, self._count, second)
            self._count += 1
            self._heard, self._fault = second, ""
            self._news.notify_all()

    def _lose(self, error: VidreamError) -> None:
        """The feed has ended."""
        with self._news:
            self._fault = str(error)
            if self._count == 0:
                self._error.append(error)
            self._news.notify_all()


def even(size: Size) -> Size:
    """The largest size of even sides that lies within a size; no side falls under 2 px."""
    return Size(max(2, size.width // 2 * 2), max(2, size.height // 2 * 2))


def fitted(pixels: Pixels, size: Size) -> Pixels:
    """Pixels that fill a size; what stands over is cropped, evenly on both sides."""
    own = size_of(pixels)
    if own == size:
        return pixels
    scale = max(size.width / own.width, size.height / own.height)
    width, height = min(own.width, round(size.width / scale)), min(own.height, round(size.height / scale))
    left, top = (own.width - width) // 2, (own.height - height) // 2
    interpolation = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    cropped = pixels[top : top + max(1, height), left : left + max(1, width)]
    resized: Pixels = cv2.resize(cropped, size, interpolation=interpolation)
    return resized
