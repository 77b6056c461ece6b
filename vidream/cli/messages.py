"""What the package tells a person while a command runs: warnings always, notes where a command asks for them."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from vidream.cli.output import Console
from vidream.events import Event, Listener, NoteEvent, WarningEvent, scope

_CONSOLE: ContextVar[Console | None] = ContextVar("vidream_console", default=None)


def console() -> Console:
    """The console of the command that runs, on standard error: lines and bars must share one."""
    return _CONSOLE.get() or Console(stderr=True)


@contextmanager
def messages(console: Console | None = None) -> Iterator[None]:
    """A command: within the block, warnings go to the console, each once, and nothing goes to `logging`'s handlers.

    Args:
        console: whom `console()` names within the block; None: a new one on standard error.
    """
    target = console or Console(stderr=True)
    logger = logging.getLogger("vidream")
    previous = logger.handlers, logger.propagate
    logger.handlers, logger.propagate = [logging.NullHandler()], False
    token = _CONSOLE.set(target)

    shown: set[str] = set()

    def show(event: Event) -> None:
        if isinstance(event, WarningEvent) and event.message not in shown:
            shown.add(event.message)
            target.say(event.message)

    try:
        with scope(show):
            yield
    finally:
        _CONSOLE.reset(token)
        logger.handlers, logger.propagate = previous


@contextmanager
def notes() -> Iterator[None]:
    """Within the block notes go to the console, too, each once."""
    target = console()

    shown: set[str] = set()

    def show(event: Event) -> None:
        if isinstance(event, NoteEvent) and event.message not in shown:
            shown.add(event.message)
            target.say(event.message)

    with scope(show):
        yield


def both(first: Listener, second: Listener) -> Listener:
    """A listener that calls two, one after the other."""

    def listener(event: Event) -> None:
        first(event)
        second(event)

    return listener
