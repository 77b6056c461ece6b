"""A path -> what it is (Video), and its frames, one after the other."""

from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

import cv2

from vidream.errors import MediaError
from vidream.frames import Pixels, Size, Video
from vidream.media.ffmpeg import sound_of

cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)

LARGEST_DENOMINATOR = 1001  # of the frame rates that cameras and players know: 30000/1001


def open_video(path: Path) -> Video:
    """Look at a film: its first frame is read, its count is only what the header says.

    Raises:
        MediaError: there is no such file, it is no film, or it has no frame that can be read.
    """
    if path.is_dir():
        raise MediaError(f"{path}: a folder, not a film; name a film in it")
    if not path.is_file():
        raise MediaError(f"{path}: no such file")
    with _capture(path) as capture:
        there, first = capture.read()
        if not there:
            raise MediaError(f"{path}: has no frame that can be read; is it damaged, or sound only?")
        rate, count = capture.get(cv2.CAP_PROP_FPS), capture.get(cv2.CAP_PROP_FRAME_COUNT)
    if not 0.01 <= rate <= 1000:
        raise MediaError(f"{path}: gives no frame rate that could be true ({rate:g}); convert it first")
    return Video(
        path=path,
        size=Size(first.shape[1], first.shape[0]),
        fps=Fraction(rate).limit_denominator(LARGEST_DENOMINATOR),
        count=int(count) if 0 < count < 1e8 else None,
        sound=sound_of(path),
    )


def frames(video: Video, first: int = 0) -> Iterator[Pixels]:
    """The film's frames from number `first` on, as Pixels at its size, streaming."""
    with _capture(video.path) as capture:
        for _ in range(first):  # decoding is the only seeking that is exact
            if not capture.grab():
                return
        while True:
            there, frame = capture.read()
            if not there:
                return
            yield cv2.cvtColor(frame, cv2.COLOR_BGR2RGB)


@contextmanager
def _capture(path: Path) -> Iterator[cv2.VideoCapture]:
    capture = cv2.VideoCapture(str(path.absolute()), cv2.CAP_FFMPEG)
    try:
        if not capture.isOpened():
            raise MediaError(f"{path}: not a film that can be read")
        yield capture
    finally:
        capture.release()
