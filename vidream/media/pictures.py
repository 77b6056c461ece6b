"""Pictures as a film: their size, and their frames; one that cannot be read is shown as what lies before it."""

from collections.abc import Generator, Iterable
from dataclasses import replace
from pathlib import Path

from vidream.errors import MediaError
from vidream.events import checkpoint, warn
from vidream.frames import Frame
from vidream.media.picture import Remark
from vidream.media.still import Picture, read_picture
from vidream.media.video import Video
from vidream.resample import fit_frame


def first_picture(path: Path, pictures: Iterable[Path], max_pixels: int, remark: Remark) -> Picture:
    """The first picture that can be read, whose size is the film's.

    Args:
        path: the folder or the pattern, for messages.
        pictures: the files, in order.
        max_pixels: px that a picture may have.
        remark: is told what is to be said of it.

    Raises:
        MediaError: none can be read; or the first has more px than `max_pixels`.
    """
    errors = []
    for file in pictures:
        try:
            return read_picture(file, max_pixels, remark)
        except MediaError as error:
            if "--max-pixels" in str(error):
                raise
            errors.append(error)
    raise MediaError(f"{path}: none of its pictures can be read ({errors[0]})")


def picture_frames(video: Video, first: int, *, alpha: bool = False) -> Generator[Frame]:
    """The pictures from number `first` on, at the film's size; at their own depths.

    A damaged picture is shown as the nearest before it that can be read; if there is none, as the nearest after. At the
    end, warnings tell how many were damaged; and without their alpha, how many were transparent unless the first was,
    which was told before.

    Args:
        video: the film that they are.
        first: the number of the first picture.
        alpha: whether they have their alpha.
    """
    reader = _Reader(video, alpha)
    previous = reader.nearest_before(first)
    waiting = 0  # damaged pictures before the first that can be read
    for path in video.pictures[first:]:
        frame = reader.read(path) or previous
        if frame is None:
            waiting += 1
            continue
        for _ in range(waiting + 1):
            yield frame
        waiting, previous = 0, frame
    reader.tell()


class _Reader:
    """Reads pictures at the film's size, and notes which are damaged and which are transparent."""

    def __init__(self, video: Video, alpha: bool) -> None:
        self.video, self.alpha = video, alpha
        self.errors: list[MediaError] = []
        self.transparent: list[Path] = []
        self.remarks: dict[str, list[Path]] = {}

    def read(self, path: Path) -> Frame | None:
        """None where the picture is damaged."""
        checkpoint()
        try:
            picture = read_picture(
                path, self.video.max_pixels, lambda text: self.remarks.setdefault(text, []).append(path)
            )
        except MediaError as error:
            self.errors.append(error)
            return None
        frame = picture.frame
        if not self.alpha:
            frame = replace(frame, alpha=None)
            if picture.transparent:
                self.transparent.append(path)
        return fit_frame(frame, self.video.size)

    def nearest_before(self, number: int) -> Frame | None:
        """The nearest picture before a number that can be read; nothing is noted."""
        reader = _Reader(self.video, self.alpha)
        frames = map(reader.read, reversed(self.video.pictures[:number]))
        return next((frame for frame in frames if frame is not None), None)

    def tell(self) -> None:
        """Say what was noted."""
        path = self.video.path
        if self.transparent and self.transparent[0] != self.video.pictures[0]:
            count, first = len(self.transparent), self.transparent[0].name
            warn(f"transparency is left out of {count} of its pictures, first {first}", path)
        for text, paths in self.remarks.items():
            if paths[0] != self.video.pictures[0]:
                warn(f"of {len(paths)} of its pictures, first {paths[0].name}: {text}", path)
        if self.errors:
            message = f"damaged: {len(self.errors)} of its pictures cannot be read ({self.errors[0]})"
            warn(f"{message}; what lies before is shown", path)
