"""A word of the command line -> where live frames come from, or a zoom."""

import re
from pathlib import Path

from vidream.config import RunConfig
from vidream.errors import ConfigError
from vidream.frames import Size
from vidream.jobs.music import base_command
from vidream.live.camera import Camera
from vidream.live.clip import Clip
from vidream.live.feeds import Feed, Newest
from vidream.live.inlet import address, is_address, is_pipe, pipe
from vidream.live.screen import screen
from vidream.live.source import LiveSource

CAMERA, SCREEN = "camera", "screen"
"""Words that are no files; ./screen is one."""
SMOOTH = 2
"""Frames of a clip for each that is shown, at most: more would be dropped."""
DEVICE = re.compile(r"/dev/(?:video\d+|v4l/by-(?:id|path)/[^/]+)", re.ASCII)
"""What Linux calls a camera; by-id is one that stays the same whatever else is plugged in."""


def is_zoom(word: str) -> bool:
    """Whether a word means a zoom: a picture, "noise", or a film's frame, clip.mp4@12.5."""
    name, _, _ = word.partition(":")
    if name in ("", CAMERA, SCREEN) or is_address(word) or is_pipe(word):
        return False
    return base_command(word) == "zoom"


def open_source(word: str, config: RunConfig) -> LiveSource:
    """The source that a word means, once its first frame is there; its frames have an even size.

    Args:
        word: "" or "camera", the first camera; "camera:1", "/dev/video1"; "screen", or a part of it,
            "screen:1280x720+1920+0"; "-", standard input; a named pipe; an address, "udp://127.0.0.1:5000"; a film, or
            pictures in a row as a folder or a pattern. What `is_zoom` says yes to is none.
        config: of the run: its --size, --fit, --rate and --max-pixels.

    Raises:
        VidreamError: it cannot be had.
    """

    def sized(size: Size) -> Size:
        return config.film.sizes(size)[0]

    return Newest(_feed(word, config), sized)


def _feed(word: str, config: RunConfig) -> Feed:
    """What a word means, not opened yet."""

    def sized(size: Size) -> Size:
        return config.film.sizes(size)[0]

    name, colon, rest = word.partition(":")
    if is_address(word):
        return address(word, config)
    if name == SCREEN:
        return screen(rest, config)
    if name == CAMERA or not word:
        return Camera(_camera(rest if colon else "0", word), sized)
    if DEVICE.fullmatch(word):
        return Camera(Path(word), sized)
    if is_pipe(word):
        return pipe(word, config)
    return Clip(Path(word), sized, SMOOTH * config.live.rate, config.files.max_pixels)


def _camera(which: str, word: str) -> int | Path:
    """The number or the file of a camera."""
    if re.fullmatch(r"\d{1,3}", which, re.ASCII):
        return int(which)
    if DEVICE.fullmatch(which):
        return Path(which)
    raise ConfigError(f"{word}: must be a camera's number or file: camera:1, camera:/dev/video1")
