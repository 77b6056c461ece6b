"""The pulse of a live dream: what of it acts in the loop, and a zoom's camera, which is thrown when a frame is shown.

In a film each frame is the way of the camera on from the last, so that a pulse may say how fast it goes. A live zoom
goes on evenly; on a beat, and only as it is shown, it is seen from where its camera will be a moment later, so that the
beat is there with the next frame that is shown, however seldom frames are made.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import cv2
import numpy as np

from vidream.clock import Clock
from vidream.config import Camera, RunConfig
from vidream.frames import Pixels, size_of
from vidream.jobs.pulse import DEFAULTS, moved, pulsed_knobs
from vidream.plan.zoom import move_of

THROW = 0.35
"""Seconds by which a zoom is seen ahead on a beat, at --pulse 1: about as far as a film's pulse throws it; by eye."""

AT_REST: Mapping[str, Any] = {"zoom": 1.0, "turn": 0.0, "drift": (0.0, 0.0)}
"""What of a camera is thrown, as a person would call it -> its value of a camera that stands."""

RISE = 1.0
"""Seconds in which a pulse comes up once beats are known. Before that a look is as it says, not as between beats."""

FAINTEST = 0.25
"""Px: a move by less is not seen."""


class Pulse:
    """How a run's pulse moves it."""

    def __init__(self, config: RunConfig) -> None:
        """Say what it moves.

        Raises:
            ConfigError: no knob that --pulse-to names can be moved.
        """
        base = config.origin.base or "video"
        names = pulsed_knobs(config, base) if config.music.pulse else DEFAULTS[base]
        self._thrown = [name for name in names if base == "zoom" and name in AT_REST]
        self._moved = [name for name in names if name not in self._thrown]
        self._share, self._second = 0.0, 0.0

    def follow(self, second: float, clock: Clock) -> None:
        """Come up while beats are known, and fade while none are. second: of the clock."""
        step = max(0.0, second - self._second) / RISE
        self._second = max(second, self._second)
        if clock.score is not None and clock.score.marks("beats"):
            self._share = min(1.0, self._share + step)
        else:
            self._share = max(0.0, self._share - step)

    def config(self, config: RunConfig) -> RunConfig:
        """A config with what acts in the loop, and on the dream as it is shown; its numbers may be curves."""
        pulse = config.music.pulse * self._share
        return moved(config, self._moved, pulse) if pulse else config

    def throw(self, config: RunConfig, second: float, clock: Clock) -> tuple[Camera, float]:
        """How a zoom is shown at a moment.

        Args:
            config: a number for each knob.
            second: of the clock.
            clock: whose frames are moments.

        Returns:
            The camera, of which what is not thrown stands; and the seconds by which it is ahead.
        """
        camera = replace(config.camera, **{name: rest for name, rest in AT_REST.items() if name not in self._thrown})
        ahead = THROW * config.music.pulse * self._share
        if ahead and self._thrown:
            ahead *= clock.music.level("beats", None, None, round(second * float(clock.fps)))
        return camera, ahead if self._thrown else 0.0


def thrown(pixels: Pixels, camera: Camera, ahead: float) -> Pixels:
    """A frame as a camera sees it a moment later; outside of it lies its mirror image.

    Args:
        pixels: (H, W, 3).
        camera: a number for each knob.
        ahead: seconds.
    """
    size = size_of(pixels)
    move = move_of(camera, size, ahead)
    corners = np.array([[x, y, 1] for x in (0, size.width) for y in (0, size.height)])
    if np.abs(corners @ move.T - corners[:, :2]).max() < FAINTEST:
        return pixels
    result: Pixels = cv2.warpAffine(
        pixels, move, size, flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, borderMode=cv2.BORDER_REFLECT_101
    )
    return result
