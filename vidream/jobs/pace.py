"""How fast frames come, and how long the rest will take."""


class Pace:
    """Seconds a frame and seconds left, from what has been seen.

    The first frame pays for warm-up and start, and is left out; the last frames count more than those long ago.
    """

    MEMORY = 0.9  # weight of the past at each frame

    def __init__(self) -> None:
        self.done = 0
        self._at: float | None = None
        self._first: tuple[int, float] | None = None
        self._mean = self._weight = 0.0

    def see(self, done: int, at: float) -> None:
        """`done` frames are made at a time, in seconds of any clock."""
        if self._at is not None and done > self.done:
            seconds = (at - self._at) / (done - self.done)
            for _ in range(min(done - self.done, 100)):
                self._mean = self.MEMORY * self._mean + (1 - self.MEMORY) * seconds
                self._weight = self.MEMORY * self._weight + (1 - self.MEMORY)
        self.done, self._at = done, at
        self._first = self._first or (done, at)

    @property
    def mean(self) -> float | None:
        """Seconds a frame of all that have been seen after the first; None where there are none."""
        if self._first is None or self._at is None or self.done <= self._first[0]:
            return None
        return (self._at - self._first[1]) / (self.done - self._first[0])

    @property
    def seconds_a_frame(self) -> float | None:
        """None while nobody can know."""
        if not self._weight:
            return None
        return self._mean / self._weight

    def left(self, total: int | None) -> float | None:
        """Seconds until `total` frames are done; None while nobody can know."""
        if self.seconds_a_frame is None or total is None:
            return None
        return self.seconds_a_frame * max(0, total - self.done)
