"""A camera, by OpenCV: a Feed."""

import sys
import threading
import time
from collections.abc import Callable, Generator
from pathlib import Path

import cv2

from vidream.errors import MediaError
from vidream.frames import Pixels, Size
from vidream.live.feeds import SHORT, Feed

WISH = Size(1280, 720)
"""What a camera is asked for, where --size asks for nothing else: most have it."""
SMALL = 640 * 480
"""Px up to which a camera sends its frames as they are; larger ones do not fit through USB 2 but as JPEG."""
RATE = 30
"""Frames a second that it is asked for."""
MISSES = 5
"""Reads in a row that may give nothing: of a cheap camera, one does now and then."""


class Camera(Feed):
    """A camera, by its number from 0, or by its file, /dev/video0. What it is asked for it may refuse.

    Its thread reads all the time, so that no frame waits in the driver. A driver may hang in a read (OpenCV gives up
    after some 10 s with Video4Linux): nothing can end that from outside.
    """

    patience = float("inf")

    def __init__(self, which: int | Path, sized: Callable[[Size], Size]) -> None:
        """A camera; it is not opened yet.

        Args:
            which: its number, or its file.
            sized: the size, px, at which frames of a size are wanted.
        """
        self._which, self._wish = which, sized(WISH)

    def __str__(self) -> str:
        return f"camera:{self._which}"

    def frames(self, stop: threading.Event) -> Generator[Pixels]:
        level = cv2.utils.logging.setLogLevel(0)  # it would write its own lines between ours
        camera = cv2.VideoCapture()
        try:
            self._open(camera)
            misses, last = 0, time.monotonic()
            while not stop.is_set():
                there, frame = camera.read()
                if there and frame is not None:
                    misses, last = 0, time.monotonic()
                    yield cv2.cvtColor(frame, cv2.COLOR_BGR2RGB)
                    continue
                misses += 1
                if misses > MISSES or time.monotonic() - last > SHORT:
                    raise MediaError(f"{self}: gives no picture; is it unplugged, or does another program use it?")
                stop.wait(1 / RATE)
        finally:
            camera.release()
            cv2.utils.logging.setLogLevel(level)

    def _open(self, camera: "cv2.VideoCapture") -> None:
        """Open it, and ask for a size and a rate.

        Raises:
            MediaError: there is no such camera, or it cannot be had.
        """
        which = self._which if isinstance(self._which, int) else str(self._which)
        if not camera.open(which, cv2.CAP_V4L2 if sys.platform == "linux" else cv2.CAP_ANY):
            raise MediaError(f"{self}: {_missing(self._which)}")
        if self._wish.width * self._wish.height > SMALL:
            camera.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG"))
        camera.set(cv2.CAP_PROP_FRAME_WIDTH, self._wish.width)
        camera.set(cv2.CAP_PROP_FRAME_HEIGHT, self._wish.height)
        camera.set(cv2.CAP_PROP_FPS, RATE)


def cameras() -> list[int] | None:
    """The numbers of the cameras that are plugged in; None: this system does not tell."""
    if sys.platform != "linux":
        return None
    names = (path.name.removeprefix("video") for path in Path("/dev").glob("video[0-9]*"))
    return sorted(int(name) for name in names if name.isdecimal())


def _missing(which: int | Path) -> str:
    """Why a camera cannot be opened, as far as the system tells."""
    fault = "cannot be opened; is it plugged in, may it be used, and does no other program use it?"
    if sys.platform != "linux":
        return fault
    there = cameras()
    path = which if isinstance(which, Path) else Path(f"/dev/video{which}")
    if path.exists():
        return fault
    if there:
        return f"no such camera; there are {', '.join(f'camera:{number}' for number in there)}"
    return "no camera is plugged in; a film, a folder of pictures, or screen would do as well"
