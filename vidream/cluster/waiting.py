"""Units that nobody is at, in the order in which they are given out."""

import heapq
from collections.abc import Iterator
from math import inf


class Waiting:
    """Numbers of units, each once: those that are to go first, then the heaviest, then in order."""

    def __init__(self) -> None:
        """None."""
        self._heap: list[tuple[float, int]] = []  # some entries do not count any more
        self._keys: dict[int, float] = {}  # of those that wait, the key of the entry that counts

    def __len__(self) -> int:
        return len(self._keys)

    def __iter__(self) -> Iterator[int]:
        """In no order."""
        return iter([*self._keys])

    def add(self, number: int, weight: float = inf) -> None:
        """A unit waits; one that does so already does not go later than it would."""
        key = min(-weight, self._keys.get(number, inf))
        if self._keys.get(number) != key:
            self._keys[number] = key
            heapq.heappush(self._heap, (key, number))

    def take(self) -> tuple[int, float] | None:
        """The first, with its weight: it waits no more; None: none waits."""
        while self._heap:
            key, number = heapq.heappop(self._heap)
            if self._keys.get(number) == key:
                del self._keys[number]
                return number, -key
        return None

    def discard(self, number: int) -> None:
        """A unit does not wait any more, if it did."""
        self._keys.pop(number, None)
        if len(self._heap) > 2 * len(self._keys) + 100:
            self._heap = [(key, each) for each, key in self._keys.items()]
            heapq.heapify(self._heap)
