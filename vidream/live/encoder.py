"""Frames as they are shown -> ffmpeg, each with its own time."""

import struct
import threading
from collections.abc import Sequence

import cv2
import numpy as np

from vidream.errors import MediaError
from vidream.frames import Size
from vidream.live.output import Shown
from vidream.media.encoders import encoders
from vidream.media.ffmpeg import Ffmpeg
from vidream.media.pixels import YUV420

TICKS = 1000
"""Of a second: times are whole numbers of these, as Matroska has them."""
KEYFRAMES = 2.0  # seconds between them, as those who pass streams on want it
IVF = struct.Struct("<4sHH4sHHIII4x")  # wiki.multimedia.cx/index.php/IVF: a header of 32 bytes
IVF_FRAME = struct.Struct("<IQ")  # and one of 12 before each frame: its bytes, its time
# ffmpeg begins at once: it looks at no more of what it is fed than its header
FED = ("-probesize", "32", "-analyzeduration", "0", "-fpsprobesize", "0", "-f", "ivf", "-i", "pipe:0")
EXACT_TIMES = ("-fps_mode", "passthrough", "-enc_time_base", f"1:{TICKS}")


def h264(rate: float, *arguments: str) -> tuple[str, ...]:
    """Ffmpeg's arguments for a picture that is encoded while it is shown: H.264, of 4:2:0 and BT.709.

    Args:
        rate: about how many frames there are in a second.
        *arguments: of libx264, beside those that all have.
    """
    keyframes = str(max(1, round(KEYFRAMES * rate)))
    pace = ("-x264-params", f"fps={rate:.3f}")  # or else it spreads a second's bits over as many frames as TICKS
    return (
        "-c:v",
        "libx264",
        "-preset",
        "superfast",
        "-bf",
        "0",
        "-g",
        keyframes,
        *pace,
        *arguments,
        *YUV420.arguments(),
    )


def check_h264(name: str) -> None:
    """Raise MediaError, about an output of a name, unless this ffmpeg has the encoder."""
    if "libx264" not in encoders():
        fault = "this ffmpeg has no encoder libx264, which H.264 takes"
        raise MediaError(f"{name}: {fault}; set IMAGEIO_FFMPEG_EXE to an ffmpeg that has it")


class LiveEncoder:
    """An ffmpeg that is fed frames with the times at which they are shown, from the first one on."""

    def __init__(self, size: Size, output: Sequence[str], task: str, beside: Sequence[str] = ()) -> None:
        """Start it.

        Args:
            size: of every frame, px, even.
            output: ffmpeg's arguments: encoder, pixel format, where it goes.
            task: completes "ffmpeg could not ..." should it fail.
            beside: ffmpeg's arguments of another input, such as a sound.
        """
        self._size, self._run = size, Ffmpeg([*FED, *beside, *EXACT_TIMES, *output], task)
        self._first, self._last = None, -1  # type: float | None, int
        self._fed = np.empty(IVF_FRAME.size + size.width * size.height * 4, np.uint8)

    def write(self, shown: Shown) -> None:
        """Encode a frame.

        Raises:
            RenderError: ffmpeg has ended, which it should not.
        """
        if self._first is None:
            self._first = shown.second
            header = IVF.pack(b"DKIF", 0, IVF.size, b"RGBA", *self._size, TICKS, 1, 0)
            self._run.feed(np.frombuffer(header, np.uint8))
        self._last = max(self._last + 1, round((shown.second - self._first) * TICKS))
        IVF_FRAME.pack_into(self._fed.data, 0, self._fed.nbytes - IVF_FRAME.size, self._last)
        picture = self._fed[IVF_FRAME.size :].reshape(self._size.height, self._size.width, 4)
        cv2.cvtColor(shown.pixels, cv2.COLOR_RGB2RGBA, dst=picture)
        self._run.feed(self._fed)

    def kill(self) -> None:
        """End it at once; `write`, where it waits in another thread, raises RenderError."""
        self._run.kill()

    def close(self, patience: float) -> None:
        """Let it end what it has begun; it is killed after `patience` seconds.

        Raises:
            RenderError: it fails.
        """
        timer = threading.Timer(patience, self._run.kill)
        timer.start()
        try:
            with self._run:
                pass
        finally:
            timer.cancel()
