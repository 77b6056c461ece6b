"""The seconds of a show: those since its first shown frame."""

from collections.abc import Callable


class TimeBase:
    """Turns moments of time.monotonic() into seconds of the show, which begins when its first frame is shown."""

    def __init__(self, on_begin: Callable[[float], None]) -> None:
        """It has not begun. on_begin: called with the moment when it does."""
        self.start: float | None = None
        self._on_begin = on_begin

    def begin(self, moment: float) -> None:
        """The first frame is shown at a moment; nothing happens where one was before."""
        if self.start is None:
            self.start = moment
            self._on_begin(moment)

    def second(self, moment: float) -> float:
        """Seconds since the first shown frame, 0 before it."""
        if self.start is None:
            return 0.0
        return max(0.0, moment - self.start)
