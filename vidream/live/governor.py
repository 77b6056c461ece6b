"""The pace of a live dream: how large it is, and how often a frame is dreamed, so that frames come evenly.

Of the efforts that fit into the time of a frame the largest picture counts first, then how often it is dreamed. What an
effort costs is measured while it runs; what another would cost follows from the px it has.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from math import floor, inf

from vidream.config import RunConfig

EVERY = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32)
"""Which one of so many frames may be dreamed, beside the fewest that --dream-rate allows."""
SIZE_STEP = 1.15
"""Times from one size to the next."""
GRID = 16
"""Px: sizes are multiples of it, as the network's layers like them."""
FIXED = 0.3
"""Of a frame's time, what does not depend on its size; measured."""
CARRIED = 0.55
"""Times what a dreamed frame takes: a carried one, before one was measured."""
FULL, ROOM, START = 0.85, 0.7, 0.5
"""Of the time that there is for a frame: more than the first is too much; less than the second, after a step up, is
room for it; the third is what a rehearsal, in which nothing is shown or written yet, may take."""
WORST = 2.0
"""Intervals that a frame may take; it is shown later by as much."""
RISE = 1.35
"""Times the size, at most, that is taken at once where there is room for more."""
SECOND = 1.0
"""Seconds of frames by which it is decided."""
RECENT = 8
"""Frames of each kind whose mean counts."""
CALM, LONGEST_CALM = 3.0, 60.0
"""Seconds without a change before a step up; doubled, up to the second, by each that had to be taken back."""
MOST_DELAY = 0.1
"""Seconds from a frame's tick to its being shown, at most."""
MARGIN = 0.006
"""Seconds before a frame is due by which it should be there."""
FORGETTING = 0.97
"""Of the delay, what is kept at each frame that needs less."""


@dataclass(frozen=True)
class Effort:
    """How much a live dream takes upon itself."""

    size: int
    """Long side of the dream, px."""
    every: int
    """One of so many frames is dreamed."""
    octaves: int
    """That are taken from the look's, the smallest first: 0 but where the least size is still too much."""


def efforts(config: RunConfig, most: int) -> list[Effort]:
    """Every effort within the limits of the knobs, the least first.

    Args:
        config: of the run: `live` says the limits.
        most: long side of what is shown, px: no dream is larger.
    """
    live = config.live
    largest = min(most, config.dream.dream_size or most)
    least = min(largest, live.least_size)
    sizes = sorted({largest, least, *_sizes_between(least, largest)})
    slowest = max(1, floor(float(live.rate) / live.dream_rate))
    rhythms = sorted({slowest, *(every for every in EVERY if every < slowest)}, reverse=True)
    usual = [Effort(size, every, 0) for size in sizes for every in rhythms]
    fewer = range(max(0, config.dream.octaves - 1), 0, -1)
    return [*(Effort(least, slowest, octaves) for octaves in fewer), *usual]


def _sizes_between(least: int, largest: int) -> Iterator[int]:
    size = float(largest)
    while size > least:
        yield max(least, round(size / GRID) * GRID)
        size /= SIZE_STEP


class Governor:
    """Chooses an effort by what frames cost. The stage tells what it made, the show what it showed."""

    def __init__(self, config: RunConfig, most: int) -> None:
        """Begin in the lower half of what there is.

        Args:
            config: of the run, a number for each knob.
            most: long side of what is shown, px.
        """
        self.interval = float(1 / config.live.rate)
        self._efforts = efforts(config, most)
        self._octaves, self._ratio = config.dream.octaves, config.dream.octave_ratio
        self._index = len(self._efforts) // 3
        self._dreamed = deque[float](maxlen=RECENT)
        self._carried = deque[float](maxlen=RECENT)
        self._since = 0.0
        self._calm = CALM
        self._raised = False
        self._warm = 0
        self.delay = min(MOST_DELAY, self.interval)

    @property
    def effort(self) -> Effort:
        """What the next frame is made with."""
        return self._efforts[self._index]

    @property
    def at_least(self) -> bool:
        """Whether the next frame is made with the least effort that there is."""
        return self._index == 0

    def made(self, seconds: float, waited: float, *, dreamed: bool) -> None:
        """A frame was made.

        Args:
            seconds: that it took.
            waited: from its tick until it was there.
            dreamed: whether it was dreamed, or carried alone.
        """
        wanted = min(MOST_DELAY, waited + MARGIN)
        self.delay = max(wanted, FORGETTING * self.delay + (1 - FORGETTING) * wanted)
        if self._warm > 0:  # memory of a new size is new
            self._warm -= 1
            return
        (self._dreamed if dreamed else self._carried).append(seconds)
        self._since += max(seconds, self.interval)
        if self._since < SECOND or not self._dreamed:
            return
        if self._cost(self.effort) > FULL * self.interval:
            self._take(min(max(0, self._fitting(FULL)), max(0, self._index - 1)))
        elif self._since >= self._calm and self._fitting(ROOM, RISE * self.effort.size) > self._index:
            self._take(self._fitting(ROOM, RISE * self.effort.size))

    def rehearsed(self, seconds: float, *, dreamed: bool) -> None:
        """A frame was made that nobody sees, to know what one takes."""
        (self._dreamed if dreamed else self._carried).append(seconds)

    def begin(self) -> None:
        """Begin with what fits, by what was rehearsed."""
        if self._dreamed:
            self._take(max(0, self._fitting(START)))
        self._raised = False

    def _take(self, index: int) -> None:
        if index < self._index and self._raised:
            self._calm = min(LONGEST_CALM, 2 * self._calm)
        self._raised = index > self._index
        self._index, self._since, self._warm = index, 0.0, 2
        self._dreamed.clear()
        self._carried.clear()

    def _fitting(self, share: float, largest: float = inf) -> int:
        """The greatest effort, no larger than so many px, that takes at most a share of the time; -1: none does."""
        fits = (
            index
            for index, effort in enumerate(self._efforts)
            if effort.size <= largest and self._cost(effort) <= share * self.interval
        )
        return max(fits, default=-1)

    def _cost(self, effort: Effort) -> float:
        """Seconds a frame, in the mean; as good as endless where one alone takes too long."""
        now = self.effort
        scale = FIXED + (1 - FIXED) * (effort.size / now.size) ** 2
        dreamed = _mean(self._dreamed) * scale
        carried = _mean(self._carried) * scale if self._carried else CARRIED * dreamed
        dreamed *= self._work(effort.octaves) / self._work(now.octaves)
        if dreamed > WORST * self.interval:
            return inf
        return (dreamed + (effort.every - 1) * carried) / effort.every

    def _work(self, octaves: int) -> float:
        """Times the largest octave's px, those of so many octaves; 0: of all that the look has."""
        return sum(self._ratio ** (-2 * octave) for octave in range(octaves or self._octaves))


def _mean(values: deque[float]) -> float:
    return sum(values) / len(values)
