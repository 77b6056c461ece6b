"""A word of the command line -> where live frames come from, or a zoom."""

from pathlib import Path

from vidream.config import RunConfig
from vidream.frames import Size
from vidream.jobs.music import base_command
from vidream.live.clip import Clip
from vidream.live.feeds import Newest
from vidream.live.source import LiveSource


def is_zoom(word: str) -> bool:
    """Whether a word means a zoom: a picture, "noise", or a film's frame, clip.mp4@12.5."""
    return base_command(word) == "zoom"


def open_source(word: str, config: RunConfig) -> LiveSource:
    """The source that a word means, once its first frame is there; its frames have an even size.

    Args:
        word: what `is_zoom` says no to: a film, or pictures in a row as a folder or a pattern.
        config: of the run: its --size, --fit and --max-pixels.

    Raises:
        VidreamError: it cannot be had.
    """

    def sized(size: Size) -> Size:
        return config.film.sizes(size)[0]

    return Newest(Clip(Path(word), sized, config.files.max_pixels), sized)
