"""Pictures as a film: their size, and their frames; one that cannot be read is shown as what lies before it."""

from collections.abc import Generator, Iterable, Iterator
from pathlib import Path

from vidream.errors import MediaError
from vidream.events import checkpoint, warn
from vidream.frames import PEAK, Frame, Size, Video, size_of
from vidream.media.still import read_picture
from vidream.resample import fitted


def first_size(path: Path, pictures: Iterable[Path], max_pixels: int) -> Size:
    """The size of the first picture that can be read, which is the film's. That it is transparent is said.

    Raises:
        MediaError: none can be; or the first has more px than `max_pixels`.
    """
    errors = []
    for picture in pictures:
        try:
            read = read_picture(picture, max_pixels)
            if read.transparent:
                warn("its transparency is left out; films that play everywhere have none", path)
            return size_of(read.pixels)
        except MediaError as error:
            if "--max-pixels" in str(error):
                raise
            errors.append(error)
    raise MediaError(f"{path}: none of its pictures can be read ({errors[0]})")


def pictures_shown(video: Video, first: int) -> Generator[Frame]:
    """The pictures from number `first` on, at the film's size; of 8 bits, also those that are stored with more.

    A damaged one is shown as the nearest before it that can be read; if there is none, as the nearest after. How many
    were damaged is said at the end; so is how many were transparent, unless the first was, which was said before.
    """
    damaged: list[MediaError] = []
    clear: list[Path] = []
    held = next(_readable(video, [*reversed(video.pictures[:first])], [], []), None) if first else None
    waiting = 0
    for path in video.pictures[first:]:
        frame = next(_readable(video, [path], damaged, clear), held)
        if frame is None:
            waiting += 1
            continue
        for _ in range(waiting + 1):
            yield frame
        waiting, held = 0, frame
    if clear and clear[0] != video.pictures[0]:
        warn(f"transparency is left out of {len(clear)} of its pictures, first {clear[0].name}", video.path)
    if damaged:
        count = "1 of its pictures" if len(damaged) == 1 else f"{len(damaged)} of its pictures"
        warn(f"damaged: {count} cannot be read ({damaged[0]}); what lies before is shown", video.path)


def _readable(video: Video, pictures: Iterable[Path], damaged: list[MediaError], clear: list[Path]) -> Iterator[Frame]:
    """Those that can be read, at the film's size; the errors of the others, and which are transparent, are noted."""
    for path in pictures:
        checkpoint()
        try:
            read = read_picture(path, video.max_pixels)
        except MediaError as error:
            damaged.append(error)
            continue
        if read.transparent:
            clear.append(path)
        yield Frame(fitted(read.pixels, video.size), PEAK)
