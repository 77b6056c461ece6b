"""The seconds of a show: those since its first shown frame."""


class TimeBase:
    """Turns moments of time.monotonic() into seconds of the show, which begins when its first frame is shown."""

    start: float | None = None
    """Of time.monotonic(): when the first frame was shown; None: none was yet."""

    def second(self, moment: float) -> float:
        """Seconds since the first shown frame, 0 before it."""
        if self.start is None:
            return 0.0
        return max(0.0, moment - self.start)
