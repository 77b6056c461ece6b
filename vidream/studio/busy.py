"""What somebody waits for: while it is dreamed, what is made ahead stands still."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Busy:
    """Whether somebody waits for something."""

    def __init__(self) -> None:
        self._waits = 0
        self._heard: list[Callable[[bool], None]] = []

    def __bool__(self) -> bool:
        return self._waits > 0

    def listen(self, heard: Callable[[bool], None]) -> None:
        """Call it whenever somebody begins, or ends, to wait."""
        self._heard.append(heard)

    def begin(self) -> None:
        """Somebody waits; `end` must follow."""
        self._waits += 1
        if self._waits == 1:
            self._tell()

    def end(self) -> None:
        """It is there."""
        self._waits -= 1
        if self._waits == 0:
            self._tell()

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Somebody waits as long as the block lasts."""
        self.begin()
        try:
            yield
        finally:
            self.end()

    def _tell(self) -> None:
        for heard in self._heard:
            heard(bool(self))
