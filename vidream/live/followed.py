"""Files that the curves of a live dream follow: each plays from the first shown frame on, again and again."""

import os
from collections.abc import Iterable, Iterator
from fractions import Fraction
from math import ceil
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vidream.clock import Driver
from vidream.config import RunConfig
from vidream.curve_parts import parts_of
from vidream.curves import Follow
from vidream.jobs.drivers import OpenDrivers

RATE = Fraction(100)
"""Levels a second."""

Key = tuple[Driver, float | None, float | None]
"""What is followed, and how it rises and falls: attack and release, seconds."""


class FollowedFiles:
    """The levels of all files that some configs follow, measured before the first frame. It is a clock's Drivers."""

    def __init__(self, configs: Iterable[RunConfig], moments: Fraction) -> None:
        """Read the files.

        Args:
            configs: whose curves follow them.
            moments: of the clock, a second.

        Raises:
            MediaError: a file is not there, or cannot be read.
        """
        self._step = float(RATE / moments)
        self._levels: dict[Key, NDArray[np.float32]] = {}
        for config in configs:
            keys = [key for key in _followed(config) if key not in self._levels]
            if keys:
                opened = OpenDrivers(config, RATE, Fraction(0), Path(os.devnull))  # nothing is made, so none is kept
                for key in keys:
                    file = opened.files[key[0]]
                    self._levels[key] = file.envelope(max(1, ceil(file.duration * RATE)), *key[1:])

    def level(self, driver: Driver, attack: float | None, release: float | None, frame: int) -> float:
        """How strong something is in a file, 0..1: see vidream.clock.Drivers. After its end it begins anew."""
        levels = self._levels[driver, attack, release]
        return float(levels[int(frame * self._step) % len(levels)])

    def unread(self, config: RunConfig) -> Driver | None:
        """A file that a config follows, and whose levels were not measured; None: there is none."""
        return next((key[0] for key in _followed(config) if key not in self._levels), None)


def _followed(config: RunConfig) -> Iterator[Key]:
    for curve in config.moving.values():
        for part in parts_of(curve):
            if isinstance(part, Follow) and part.driver is not None:
                yield part.driver, part.attack, part.release
