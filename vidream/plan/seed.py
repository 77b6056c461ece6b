"""One picture to begin with: a picture file, or a film's frame, `clip.mp4@12.5`."""

import os.path
import re
from pathlib import Path

from vidream.config.kinds import Timestamp
from vidream.errors import ConfigError, MediaError
from vidream.frames import Pixels
from vidream.media.codecs import PICTURES_READ
from vidream.media.reader import frame_at
from vidream.media.still import as_srgb, read_picture
from vidream.plan.memory import check_reading


def file_of(given: str) -> Path:
    """The file that it is read from."""
    return _split(given)[0]


def is_frame(given: str) -> bool:
    """Whether a film's frame is meant."""
    return _split(given)[1] is not None


def read_seed(given: str, max_pixels: int) -> Pixels:
    """The picture.

    Raises:
        ConfigError: what follows the @ is no time.
        MediaError: there is no such file, it is not what it should be, or the film is not that long.
    """
    path, time = _split(given)
    if time is None:
        try:
            check_reading(path, max_pixels)
            return as_srgb(read_picture(path, max_pixels), path)
        except MediaError as error:
            if path.is_file() and path.suffix.lower() not in PICTURES_READ:
                raise MediaError(f"{error}; a film's frame is written {path}@12.5") from None
            raise
    try:
        seconds = Timestamp().read(time)
    except ValueError as error:
        raise ConfigError(f"{given}: what follows the @ {error}") from None
    return frame_at(path, seconds, max_pixels)


def _split(given: str) -> tuple[Path, str | None]:
    """A film's path and a time; a file that is really called so is meant itself."""
    match = re.fullmatch(r"(.+)@([\d:.]+)", given, re.DOTALL)
    if match is None or os.path.exists(given):
        return Path(given), None
    return Path(match[1]), match[2]
