"""Making the next item while this one is used: frames are read and their motion measured beside the gradient."""

import contextvars
import queue
import threading
from collections.abc import Generator, Iterable
from typing import Generic, TypeVar

from vidream.events import checkpoint

T = TypeVar("T")

MOST = 3
"""Items that wait, at most: what is ahead takes memory."""
PATIENCE = 0.1
"""Seconds after which a side looks whether the other is still there, and whether to go on."""


def ahead(items: Iterable[T], most: int = MOST) -> Generator[T]:
    """The same items in the same order, made in a thread of its own, at most `most` of them early.

    What the making raises is raised here, in its place. Close it, or let it come to its end: the thread ends with it.
    The thread belongs to the caller's run: what it tells arrives there, and a cancelled run ends it.
    """
    maker = _Maker(items, most)
    thread = threading.Thread(target=contextvars.copy_context().run, args=(maker.run,), name="ahead", daemon=True)
    thread.start()
    try:
        yield from maker.results()
    finally:
        maker.stop.set()
        thread.join()


class _Maker(Generic[T]):
    """Two ends of a queue: `run` fills it, in its thread, and `results` empties it.

    No queue.Queue: a Ctrl-C between two of its lines, in the thread that empties it, leaves it locked for ever.
    """

    def __init__(self, items: Iterable[T], most: int) -> None:
        self.items = items
        self.stop = threading.Event()
        self._results: queue.SimpleQueue[list[T] | BaseException | None] = queue.SimpleQueue()
        self._room: queue.SimpleQueue[None] = queue.SimpleQueue()  # a place for each item that may wait
        for _ in range(most):
            self._room.put(None)

    def run(self) -> None:
        """Make every item, then say that it was the last: None, or what was raised."""
        try:
            for item in self.items:
                if not self._put([item]):
                    return
        except BaseException as error:  # noqa: BLE001 (raised where it is waited for)
            self._put(error)
        else:
            self._put(None)
        finally:
            if isinstance(self.items, Generator):
                self.items.close()

    def _put(self, result: list[T] | BaseException | None) -> bool:
        """Wait for room; False if nobody wants it any more."""
        while not self.stop.is_set():
            try:
                self._room.get(timeout=PATIENCE)
            except queue.Empty:
                continue
            self._results.put(result)
            return True
        return False

    def results(self) -> Generator[T]:
        """The items as they come."""
        while True:
            try:
                result = self._results.get(timeout=PATIENCE)
            except queue.Empty:
                checkpoint()
                continue
            self._room.put(None)
            if result is None:
                return
            if isinstance(result, BaseException):
                raise result
            yield from result
