"""One picture to begin with: a picture file, or a film's frame, `clip.mp4@12.5`."""

import os.path
import re
from fractions import Fraction
from pathlib import Path

from vidream.config.kinds import Timestamp
from vidream.errors import ConfigError, MediaError
from vidream.frames import Frame, Pixels
from vidream.media.picture_formats import PICTURES_READ
from vidream.media.reader import frame_at
from vidream.media.still import read_picture, srgb_frame
from vidream.plan.memory import check_reading

NOISE = "noise"
"""A seed that is no file."""


def file_of(seed: str) -> Path:
    """The file that a seed is read from: a picture, or the film whose frame it is."""
    return _split(seed)[0]


def is_frame(seed: str) -> bool:
    """Whether a seed is a film's frame."""
    return _split(seed)[1] is not None


def time_of(seed: str) -> Fraction | None:
    """Seconds from the beginning of the film whose frame a seed is; None: it is a picture.

    Raises:
        ConfigError: what follows the @ is no time.
    """
    _, time = _split(seed)
    if time is None:
        return None
    try:
        return Timestamp().seconds(time)
    except ValueError as error:
        raise ConfigError(f"{seed}: what follows the @ {error}") from None


def read_seed(seed: str, max_pixels: int) -> Frame:
    """The picture that a seed is, sRGB, at its own depth, without alpha.

    Args:
        seed: a picture's path, or "clip.mp4@12.5", a film's path and seconds.
        max_pixels: that it may have.

    Raises:
        ConfigError: what follows the @ is no time.
        MediaError: there is no such file, it is not what it should be, or the film is not that long.
    """
    path, seconds = file_of(seed), time_of(seed)
    if seconds is not None:
        return frame_at(path, seconds, max_pixels)
    try:
        check_reading(path, max_pixels)
        return srgb_frame(read_picture(path, max_pixels), path)
    except MediaError as error:
        if path.is_file() and path.suffix.lower() not in PICTURES_READ:
            raise MediaError(f"{error}; a film's frame is written {path}@12.5") from None
        raise


def check_example(picture: Pixels, name: str | Path) -> None:
    """Raise MediaError if a picture, of that name, shows nothing: no example of what to dream, or to look for."""
    if (picture == picture[:1, :1]).all():
        raise MediaError(f"{name}: is of one colour; give a picture that shows something")


def _split(seed: str) -> tuple[Path, str | None]:
    """A film's path and a time; a file that is really called so is meant itself."""
    match = re.fullmatch(r"(.+)@([\d:.]+)", seed, re.DOTALL)
    if match is None or os.path.exists(seed):
        return Path(seed), None
    return Path(match[1]), match[2]
