"""Pictures as a film: their size, and their frames; one that cannot be read is shown as what lies before it."""

import logging
from collections.abc import Generator, Iterable, Iterator
from pathlib import Path

from vidream.errors import MediaError
from vidream.frames import Pixels, Size, Video, size_of
from vidream.media.still import read_picture
from vidream.resample import fitted

log = logging.getLogger(__name__)


def first_size(path: Path, pictures: Iterable[Path], max_pixels: int) -> Size:
    """The size of the first picture that can be read, which is the film's.

    Raises:
        MediaError: none can be; or the first has more px than `max_pixels`.
    """
    errors = []
    for picture in pictures:
        try:
            return size_of(read_picture(picture, max_pixels).pixels)
        except MediaError as error:
            if "--max-pixels" in str(error):
                raise
            errors.append(error)
    raise MediaError(f"{path}: none of its pictures can be read ({errors[0]})")


def pictures_shown(video: Video, first: int) -> Generator[Pixels]:
    """The pictures from number `first` on, at the film's size.

    A damaged one is shown as the nearest before it that can be read; if there is none, as the nearest after. How many
    were damaged is said at the end.
    """
    damaged: list[MediaError] = []
    held = next(_readable(video, [*reversed(video.pictures[:first])], []), None) if first else None
    waiting = 0
    for path in video.pictures[first:]:
        pixels = next(_readable(video, [path], damaged), held)
        if pixels is None:
            waiting += 1
            continue
        for _ in range(waiting + 1):
            yield pixels
        waiting, held = 0, pixels
    if damaged:
        count = "1 of its pictures" if len(damaged) == 1 else f"{len(damaged)} of its pictures"
        log.warning("%s: damaged: %s cannot be read (%s); what lies before is shown", video.path, count, damaged[0])


def _readable(video: Video, pictures: Iterable[Path], damaged: list[MediaError]) -> Iterator[Pixels]:
    for path in pictures:
        try:
            yield fitted(read_picture(path, video.max_pixels).pixels, video.size)
        except MediaError as error:
            damaged.append(error)
