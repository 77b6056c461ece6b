"""A sound track -> its samples, mixed to one channel, at one rate."""

import re
from fractions import Fraction
from math import inf
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vidream.errors import MediaError, RenderError
from vidream.events import checkpoint, warn
from vidream.frames import Sound
from vidream.media.ffmpeg import Ffmpeg, ask, beside, source
from vidream.media.reader import open_sound

COARSE = 4000  # Hz, to measure how long it is
OPPOSED = 0.05  # of the energy of two channels: with less in their sum, they are opposed to each other
PIECE = 1 << 20  # bytes read at once
LIMIT = 8.0  # times full scale: samples beyond are a mistake of whoever wrote them


def read_sound(path: Path, rate: int, max_seconds: float = inf) -> NDArray[np.float32]:
    """The default or the first sound of a file of any kind: (N,) float32, full scale 1, `rate` Hz, mono, N > 0.

    Sample 0 is what is heard at the file's own start: if the sound begins later than the picture, with silence. What is
    no number in the file is 0. Memory: 4 bytes a sample and a piece, 159 MB for 30 minutes at 22,050 Hz.

    Raises:
        MediaError: there is no such file, nothing in it can be heard, or it lasts longer than `max_seconds`.
    """
    sound = open_sound(path)
    _check_seconds(path, _claimed_seconds(path), max_seconds)
    middle, share = _mixed(sound, rate, (0.5, 0.5), max_seconds)
    if share < OPPOSED:  # what is the same in both, but upside down, cancels out
        middle, _ = _mixed(sound, rate, (0.5, -0.5), max_seconds)
    if not len(middle):
        raise MediaError(f"{path}: has no sound that can be read")
    return middle


def _claimed_seconds(path: Path) -> float:
    """How long a file says that it lasts; 0 where it does not say. Nothing is decoded."""
    claimed = re.search(r"^ *Duration: (\d+):(\d+):(\d+\.\d+)", ask(path, [], []).said, re.MULTILINE)
    return int(claimed[1]) * 3600 + int(claimed[2]) * 60 + float(claimed[3]) if claimed else 0.0


def _check_seconds(path: Path, seconds: float, most: float) -> None:
    if seconds > most:
        raise MediaError(f"{path}: lasts longer than --max-seconds {most:g} allows; raise that if it is meant")


def _mixed(sound: Sound, rate: int, mix: tuple[float, float], max_seconds: float) -> tuple[NDArray[np.float32], float]:
    """The two channels, mixed; and how much of their energy is in it, 0..1."""
    path, wanted = sound.path, ["-map", f"0:a:{sound.track}", "-af", f"aresample=async=1:first_pts=0{_paired(sound)}"]
    wanted += ["-ac", "2", "-ar", str(rate), "-f", "f32le", "-", *(beside("V:0") if sound.pictured else [])]
    samples, energy, kept = bytearray(), 0.0, 0.0
    try:
        with Ffmpeg([*source(path), *wanted], f"read {path}", pulled=True) as reading:
            while piece := reading.pull_some(PIECE):
                checkpoint()
                both = np.frombuffer(piece[: len(piece) // 8 * 8], "<f4").reshape(-1, 2)
                both = np.clip(np.nan_to_num(both, posinf=0, neginf=0), -LIMIT, LIMIT)
                one = both @ np.array(mix, np.float32)
                energy += float(np.square(both, dtype=np.float64).sum()) / 2
                kept += float(np.square(one, dtype=np.float64).sum())
                samples += one.tobytes()
                _check_seconds(path, len(samples) / 4 / rate, max_seconds)  # whatever it has claimed
            _tell_of_damage(path, reading.said())
    except RenderError as error:
        raise MediaError(f"{path}: its sound cannot be read to the end ({error}); convert it first") from None
    return np.frombuffer(samples, np.float32), kept / energy if energy else 1.0


def _paired(sound: Sound) -> str:
    """Channels that no layout names, mixed by turns to the left and to the right; ffmpeg mixes all that have one."""
    unnamed = re.fullmatch(r"(\d+) channels(?: \(.*\))?", sound.channels)
    if unnamed is None or int(unnamed[1]) <= 2:
        return ""
    count = int(unnamed[1])
    sides = ("+".join(f"{2 / count:.6f}*c{index}" for index in range(side, count, 2)) for side in (0, 1))
    return ",pan=stereo|" + "|".join(f"c{side}={mixed}" for side, mixed in enumerate(sides))


def sound_length(path: Path, max_seconds: float = inf) -> Fraction:
    """Seconds from the file's start to the end of its sound, to a sample at the low rate that it is read at.

    Raises:
        MediaError: as read_sound.
    """
    return Fraction(len(read_sound(path, COARSE, max_seconds)), COARSE)


def _tell_of_damage(path: Path, said: list[str]) -> None:
    errors = [int(each) for line in said for each in re.findall(r"(\d+) decode errors", line)]
    if any(errors):
        warn("damaged: parts of its sound cannot be read; they are left out", path)
