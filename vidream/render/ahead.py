"""Doing the next while this one is done: frames are read and their motion measured beside the gradient."""

import contextvars
import queue
import threading
from collections.abc import Generator, Iterable
from typing import TypeVar

from vidream.events import checkpoint

T = TypeVar("T")

MOST = 3  # items that wait, at most: what is ahead takes memory
PATIENCE = 0.1  # seconds after which a side looks whether the other is still there, and whether to go on


def ahead(items: Iterable[T], most: int = MOST) -> Generator[T]:
    """The same items in the same order, made in a thread of its own, at most `most` of them early.

    What the making raises is raised here, in its place. Close it, or let it come to its end: the thread ends with it.
    The thread belongs to the caller's run: what it tells arrives there, and a cancelled run ends it.
    """
    made: queue.Queue[tuple[T | None, BaseException | None, bool]] = queue.Queue(most)
    over = threading.Event()

    def give(item: T | None, error: BaseException | None = None, last: bool = False) -> bool:
        while not over.is_set():
            try:
                made.put((item, error, last), timeout=PATIENCE)
                return True
            except queue.Full:
                continue
        return False

    def make() -> None:
        try:
            for item in items:
                if not give(item):
                    return
        except BaseException as error:  # noqa: BLE001 (raised where it is waited for)
            give(None, error, last=True)
        else:
            give(None, last=True)
        finally:
            if isinstance(items, Generator):
                items.close()

    context = contextvars.copy_context()
    thread = threading.Thread(target=context.run, args=(make,), name="ahead", daemon=True)
    thread.start()
    try:
        while True:
            try:
                item, error, last = made.get(timeout=PATIENCE)
            except queue.Empty:
                checkpoint()
                continue
            if error is not None:
                raise error
            if last:
                return
            yield item  # type: ignore[misc]
    finally:
        over.set()
        thread.join()
