"""Threads that begin outputs, and find their units, while more are wanted."""

import os
import threading
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from contextvars import copy_context
from typing import Self

from vidream.cluster.units import length_of
from vidream.errors import Cancelled
from vidream.events import Event, MessageEvent, checkpoint, scope, tell
from vidream.jobs.item import BatchItem, ItemStartEvent

FINDERS = 4
"""Outputs that are begun, and whose shots are found, at a time, at most: each takes a core."""


class Order:
    """In which order items are begun: the longest first; films last when few are left: cut up, they fill the rest."""

    def __init__(self, items: Sequence[BatchItem]) -> None:
        """All are left."""
        longest = sorted(enumerate(items), key=lambda entry: -length_of(entry[1]))
        self._films = deque(entry for entry in longest if entry[1].spec.command == "video")
        self._others = deque(entry for entry in longest if entry[1].spec.command != "video")

    def __len__(self) -> int:
        return len(self._films) + len(self._others)

    def take(self, room: int) -> tuple[int, BatchItem]:
        """The next one, with its index; room: units that are made at a time. Raises IndexError if none is left."""
        films, others = self._films, self._others
        first = films and others and len(self) > room and length_of(films[0][1]) > length_of(others[0][1])
        return films.popleft() if first or not others else others.popleft()


class Finders:
    """`with Finders(items, begin):` those of one run."""

    def __init__(self, items: Sequence[BatchItem], begin: Callable[[int, BatchItem, int], None]) -> None:
        """None has begun.

        Args:
            items: what is to be made.
            begin: called in a thread with an item's index, the item, and how many are left to begin after it; it
                calls `found` for each unit.
        """
        self.messages: set[str] = set()  # that were told
        self.stop = threading.Event()
        self._left, self._begin = Order(items), begin
        self._room = 0
        self._failure: BaseException | None = None  # what has ended a thread
        self._wanted, self._missing, self._turn = threading.Event(), 0, threading.Lock()
        threads = min(FINDERS, len(items), os.cpu_count() or 1)
        self._threads = [threading.Thread(target=copy_context().run, args=(self._find,)) for _ in range(threads)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop.set()
        self._wanted.set()
        for thread in self._threads:
            thread.join()

    def want(self, units: int, room: int) -> None:
        """Outputs are begun until so many more units are found. room: units that are made at a time.

        Raises:
            BaseException: what has ended a thread, as its output would never end.
        """
        if self._failure is not None:
            raise self._failure
        self._missing, self._room = units, room
        if units > 0:
            self._wanted.set()
        else:
            self._wanted.clear()

    def found(self) -> None:
        """A unit was found."""
        self._missing -= 1
        if self._missing <= 0:
            self._wanted.clear()

    def _find(self) -> None:
        """What each thread does."""
        try:
            with suppress(Cancelled), scope(self._remember, self.stop):  # whoever runs knows that it is cancelled
                self._find_until_stopped()
        except BaseException as error:  # noqa: BLE001 (raised where it is waited for)
            self._failure = error

    def _find_until_stopped(self) -> None:
        while True:
            self._wanted.wait()
            checkpoint()
            with self._turn:
                if not self._left:
                    return
                index, item = self._left.take(self._room)
                left = len(self._left)
            tell(ItemStartEvent(index, item))
            self._begin(index, item, left)

    def _remember(self, event: Event) -> None:
        """A listener: what is told here need not be told again when a node finds it, too."""
        if isinstance(event, MessageEvent):
            self.messages.add(event.message)
