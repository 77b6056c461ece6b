"""What an installation does while nobody moves: the dream deepens, then old moments are played; motion wakes it.

A stillness that lasts would settle on one picture and look dead; so moments in which something moved are remembered
and played there and back, as if they were the source, until somebody moves before the camera again.
"""

from collections import deque
from dataclasses import dataclass, replace
from math import pi, sin

import cv2
import numpy as np
from numpy.typing import NDArray

from vidream.config import RunConfig
from vidream.frames import PEAK, Frame, Pixels, Size, size_of
from vidream.live.source import LiveFrame, LiveSource
from vidream.resample import fit_frame

CELLS = 32
"""Along the long side of the small picture that motion is looked for in: noise is lost in it, and people are not."""
MOVED = 6.0
"""Levels, 0..255, by which a cell that something moves in differs from what it was."""
MOST_STILL = 1
"""Cells that may differ so in a picture that stands still."""
BEFORE = 0.4
"""Seconds between two pictures that are compared, so that slow motion counts, too."""
DEEPENING = 20.0
"""Seconds from the first deeper frame to the deepest."""
WAKING = 0.7
"""Seconds in which motion brings the dream back to what the knobs say, and the camera back from an old moment."""
BREATH = 24.0
"""Seconds of a breath: the deepest dream rises and falls, so that forms dissolve and come again."""
MEMORY = 300
"""Moments that are remembered."""
MOMENT = 0.075
"""Seconds between two moments that are remembered."""
LARGEST = 1280
"""Px of the long side that a remembered moment has at most."""
QUALITY = 92
"""Of the JPEG pictures in which moments are kept."""
BLEND = 3.0
"""Seconds in which an old moment comes up over the camera."""


class Stillness:
    """How long nothing has moved before a camera."""

    def __init__(self) -> None:
        self._earlier = deque[tuple[float, NDArray[np.float32]]]()
        self.since: float | None = None
        """Of time.monotonic(): when something moved last, or the first picture came."""

    def look(self, pixels: Pixels, second: float) -> bool:
        """Whether something moved. pixels: (H, W, 3). second: of time.monotonic(), rising."""
        size = size_of(pixels).scaled_to(CELLS)
        small = cv2.resize(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), size, interpolation=cv2.INTER_AREA)
        cells = small.astype(np.float32) - small.mean()  # less the light of the room
        self._earlier.append((second, cells))
        while len(self._earlier) > 2 and second - self._earlier[1][0] >= BEFORE:
            self._earlier.popleft()
        before = self._earlier[0][1]
        moved = before.shape != cells.shape or bool(np.count_nonzero(np.abs(cells - before) > MOVED) > MOST_STILL)
        if moved or self.since is None:
            self.since = second
        return moved


@dataclass(frozen=True)
class Moment:
    """A picture that is remembered."""

    second: float
    """Of time.monotonic(), at which it was there."""
    jpeg: NDArray[np.uint8]
    """The picture, encoded."""

    @property
    def pixels(self) -> Pixels:
        """(H, W, 3)."""
        pixels: Pixels = cv2.cvtColor(cv2.imdecode(self.jpeg, cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)
        return pixels


class Attract:
    """A source that is watched: while nothing moves, old moments take its place, and `depth` says how deep to dream."""

    def __init__(self, source: LiveSource, patience: float) -> None:
        """Nothing was seen yet.

        Args:
            source: a camera, most of all.
            patience: seconds without motion until the dream deepens; after three times as many, and when it is deepest,
                old moments are played.
        """
        self._source, self._patience = source, patience
        self._stillness = Stillness()
        self._moments = deque[Moment](maxlen=MEMORY)
        self._depth = self._share = 0.0
        self._second: float | None = None

    def __str__(self) -> str:
        return str(self._source)

    @property
    def size(self) -> Size:
        """Of the source's frames; a remembered moment may be smaller."""
        return self._source.size

    @property
    def dropped(self) -> int:
        """Of the source."""
        return self._source.dropped

    @property
    def trouble(self) -> str:
        """Of the source."""
        return self._source.trouble

    @property
    def depth(self) -> float:
        """0: as the knobs say; 1: the deepest."""
        return self._depth

    def newest(self, wait: float) -> LiveFrame | None:
        """The source's newest frame, or, while nobody has moved for long, one from a time when somebody did."""
        newest = self._source.newest(wait)
        if newest is None:
            return None
        pixels = newest.frame.pixels()
        moved = self._stillness.look(pixels, newest.second)
        if moved:
            self._remember(pixels, newest.second)
        self._turn(newest.second)
        if self._share == 0:
            return newest
        return replace(newest, frame=self._blend(pixels, newest.second))

    def close(self) -> None:
        """Let go of the source."""
        self._source.close()

    def deepened(self, config: RunConfig) -> RunConfig:
        """The knobs of the loop, as deep as the stillness is long: larger forms, larger steps, more of them kept."""
        depth = self._depth
        if depth == 0 or self._second is None:
            return config
        depth *= 0.75 + 0.25 * sin(2 * pi * self._second / BREATH)
        dream = replace(
            config.dream,
            octaves=config.dream.octaves + round(2 * depth),
            step_size=config.dream.step_size * (1 + 0.6 * depth),
        )
        motion = replace(config.motion, persistence=config.motion.persistence ** (1 - 0.4 * depth))
        return replace(config, dream=dream, motion=motion)

    def _turn(self, second: float) -> None:
        """Let depth, and the share of old moments, follow how long nothing has moved."""
        assert self._stillness.since is not None
        still = second - self._stillness.since
        passed = second - (second if self._second is None else self._second)
        self._second = second
        deepest = self._patience + DEEPENING
        replayed = max(3 * self._patience, deepest)
        self._depth = _toward(self._depth, still > self._patience, passed, DEEPENING)
        self._share = _toward(self._share, still > replayed and len(self._moments) > 1, passed, BLEND)

    def _remember(self, pixels: Pixels, second: float) -> None:
        if self._moments and second - self._moments[-1].second < MOMENT:
            return
        size = size_of(pixels).at_most(LARGEST)
        small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
        made, jpeg = cv2.imencode(".jpg", small[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
        if made:
            self._moments.append(Moment(second, jpeg))

    def _blend(self, pixels: Pixels, second: float) -> Frame:
        """A remembered moment over what the camera sees, which stands still."""
        length = len(self._moments)
        turn = int(second / MOMENT) % (2 * length - 2)
        old = Frame(self._moments[min(turn, 2 * length - 2 - turn)].pixels, PEAK)
        moment = fit_frame(old, size_of(pixels)).pixels()
        return Frame(cv2.addWeighted(moment, self._share, pixels, 1 - self._share, 0), PEAK)


def _toward(value: float, on: bool, passed: float, rise: float) -> float:
    """A value, 0..1, after `passed` seconds: it rises to 1 in `rise` seconds while `on`, else falls in WAKING."""
    return min(1.0, value + passed / rise) if on else max(0.0, value - passed / WAKING)
