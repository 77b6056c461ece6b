"""A sound track -> its samples, mixed to one channel, at one rate."""

import re
from fractions import Fraction
from math import inf
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vidream.errors import MediaError, RenderError
from vidream.events import checkpoint, warn
from vidream.media.fflog import decode_errors
from vidream.media.ffmpeg import Ffmpeg, ask, in_use, input_file
from vidream.media.reader import open_sound
from vidream.media.video import Sound
from vidream.text import figure

COARSE = 4000  # Hz, to measure how long it is
OPPOSED = 0.05  # of the energy of two channels: with less in their sum, they are opposed to each other
PIECE = 1 << 20  # bytes read at once
LIMIT = 8.0  # times full scale: samples beyond are a mistake of whoever wrote them


def read_sound(path: Path, rate: int, max_seconds: float = inf) -> NDArray[np.float32]:
    """The default or the first sound of a file of any kind, mixed to one channel.

    Memory: 4 bytes a sample and a piece, 159 MB for 30 minutes at 22,050 Hz.

    Args:
        path: the file.
        rate: Hz, of what is returned.
        max_seconds: that it may last.

    Returns:
        (N,) float32, full scale 1, N > 0. Sample 0 is what is heard at the file's own start: if the sound begins later
        than the picture, it begins with silence. What is no number in the file is 0.

    Raises:
        MediaError: there is no such file, nothing in it can be heard, or it lasts longer than `max_seconds`.
    """
    sound = open_sound(path)
    _check_seconds(path, claimed_seconds(path), max_seconds)
    samples, share = _mix(sound, rate, (0.5, 0.5), max_seconds)
    if share < OPPOSED:  # what is the same in both, but upside down, cancels out
        samples, _ = _mix(sound, rate, (0.5, -0.5), max_seconds)
    if not len(samples):
        raise MediaError(f"{path}: has no sound that can be read")
    return samples


def sound_length(path: Path, max_seconds: float = inf) -> Fraction:
    """Seconds from the file's start to the end of its sound, to a sample at the low rate that it is read at.

    Args:
        path: the file.
        max_seconds: that it may last.

    Raises:
        MediaError: there is no such file, nothing in it can be heard, or it lasts longer than `max_seconds`.
    """
    return Fraction(len(read_sound(path, COARSE, max_seconds)), COARSE)


def claimed_seconds(path: Path) -> float:
    """How long a file says that it lasts; 0 where it does not say. Nothing is decoded."""
    match = re.search(r"^ *Duration: (\d+):(\d+):(\d+\.\d+)", ask(path, [], []).log, re.MULTILINE)
    if match is None:
        return 0.0
    return int(match[1]) * 3600 + int(match[2]) * 60 + float(match[3])


def _check_seconds(path: Path, seconds: float, most: float) -> None:
    if seconds > most:
        raise MediaError(f"{path}: lasts longer than --max-seconds {figure(most)} allows; raise that if it is meant")


def _mix(sound: Sound, rate: int, gains: tuple[float, float], max_seconds: float) -> tuple[NDArray[np.float32], float]:
    """The two channels, mixed, (N,); and how much of their energy is in that, 0..1."""
    path, samples, energy, energy_mixed = sound.path, bytearray(), 0.0, 0.0
    try:
        with Ffmpeg(_reading(sound, rate), f"read {path}", pulled=True) as reading:
            while piece := reading.pull_some(PIECE):
                checkpoint()
                stereo = np.frombuffer(piece[: len(piece) // 8 * 8], "<f4").reshape(-1, 2)
                stereo = np.clip(np.nan_to_num(stereo, posinf=0, neginf=0), -LIMIT, LIMIT)
                mixed = stereo @ np.array(gains, np.float32)
                energy += float(np.square(stereo, dtype=np.float64).sum()) / 2
                energy_mixed += float(np.square(mixed, dtype=np.float64).sum())
                samples += mixed.tobytes()
                _check_seconds(path, len(samples) / 4 / rate, max_seconds)  # whatever it has claimed
            if decode_errors(reading.lines()):
                warn("damaged: parts of its sound cannot be read; they are left out", path)
    except RenderError as error:
        raise MediaError(f"{path}: its sound cannot be read to the end ({error}); convert it first") from None
    share = energy_mixed / energy if energy else 1.0
    return np.frombuffer(samples, np.float32), share


def _reading(sound: Sound, rate: int) -> list[str]:
    """Ffmpeg's arguments that write a sound as raw stereo."""
    filters = f"aresample=async=1:first_pts=0{_paired(sound)}"
    output = ["-map", f"0:a:{sound.track}", "-af", filters, "-ac", "2", "-ar", str(rate), "-f", "f32le", "-"]
    clock = in_use("V:0") if sound.pictured else []
    return [*input_file(sound.path), *output, *clock]


def _paired(sound: Sound) -> str:
    """Channels that no layout names, mixed by turns to the left and to the right; ffmpeg mixes all that have one."""
    unnamed = re.fullmatch(r"(\d+) channels(?: \(.*\))?", sound.channels)
    if unnamed is None or int(unnamed[1]) <= 2:
        return ""
    count = int(unnamed[1])
    sides = ("+".join(f"{2 / count:.6f}*c{index}" for index in range(side, count, 2)) for side in (0, 1))
    return ",pan=stereo|" + "|".join(f"c{side}={mixed}" for side, mixed in enumerate(sides))
