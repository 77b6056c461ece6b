"""What a run tells its caller while it works, and how its caller stops it.

A caller hands over `on_event`, which is called with each Event, and `cancel`, a threading.Event. Both reach code at any
depth through a context variable, so that a reader of frames can warn without a parameter in every layer above it:

    with scope(on_event, cancel):        # a job, a batch, a sheet, a film on a cluster
        tell(StageEvent("rendering"))
        warn("its transparency is left out", path)
        checkpoint()                     # raises Cancelled

`on_event` is called in the thread that opened the scope, one event after the other: what another thread tells waits
until that thread next tells or checks. Scopes nest; an event goes to the innermost listener first, then outward.
Without a scope, warnings and notes go to `logging` alone, under the name "vidream"; handlers and levels are the host's.
"""

import logging
import queue
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeAlias

from vidream.errors import Cancelled
from vidream.frames import Frame, Pixels

THUMBNAIL = 160
"""The most px that a FrameEvent's picture has along its long side."""

_LOG = logging.getLogger("vidream")


@dataclass(frozen=True)
class Event:
    """Something that a run tells; each kind is a subclass, and a listener may leave out the kinds it does not know."""


StageName: TypeAlias = Literal[
    "connecting",
    "asking nodes",
    "reading",
    "sending",
    "sending back",
    "listening",
    "finding shots",
    "waking the network",
    "warming up",
    "rendering",
    "joining",
    "trying looks",
    "looking at",
    "comparing",
    "measuring",
]


@dataclass(frozen=True)
class StageEvent(Event):
    """A stage of the work begins; it lasts until the next one, or the first frame after it."""

    stage: StageName
    """What is done now. "warming up" comes at the first frame of each shot."""
    about: Path | str | None = None
    """The file that it is done to or for, where there is one."""


@dataclass(frozen=True)
class CountEvent(Event):
    """So much of a stage is done, where that can be counted and no frame is made: a report's frames, a file's jobs."""

    done: int
    """How many are done."""
    total: int | None
    """How many there are in all; None where nobody knows."""


@dataclass(frozen=True)
class FrameEvent(Event):
    """One more step of an output is rendered; a source frame that is held counts as often as it is shown."""

    out: Path
    """The output."""
    frames: int
    """Output frames that are done, those of an earlier, stopped run among them."""
    total: int | None
    """Output frames in all; None where the source does not say."""
    seconds: float
    """Since the rendering of this output began in this run."""
    picture: Pixels = field(repr=False, compare=False)
    """The frame, small: uint8 (H, W, 3), at most THUMBNAIL px along its long side. Every n-th pixel, not filtered."""


@dataclass(frozen=True)
class MessageEvent(Event):
    """A sentence for a person."""

    text: str
    """What there is to say."""
    about: Path | str | None = None
    """The file, or the flag, of which it is said; None: the text says it."""

    @property
    def message(self) -> str:
        """The whole sentence, what it is about first."""
        return self.text if self.about is None else f"{self.about}: {self.text}"


@dataclass(frozen=True)
class WarningEvent(MessageEvent):
    """The result will differ from what may be expected: a damaged source, a sound left out."""


@dataclass(frozen=True)
class NoteEvent(MessageEvent):
    """Good to know; nothing is wrong."""


Listener: TypeAlias = Callable[[Event], None]
"""Called with each event. What it raises ends the run and reaches the caller."""
Progress: TypeAlias = Callable[[int, int | None], None]
"""The older form, for one release more: called with (frames done, frames in all or None)."""


class _Scope:
    """A listener and a cancel switch, inside another scope or none."""

    def __init__(self, on_event: Listener | None, cancel: threading.Event | None, outer: "_Scope | None") -> None:
        self.on_event, self.cancel, self.outer = on_event, cancel, outer
        self.thread = threading.get_ident()
        self.failure: BaseException | None = None  # what the listener has raised: it hears no more
        self.waiting: queue.SimpleQueue[Event] = queue.SimpleQueue()

    def tell(self, event: Event) -> None:
        self.waiting.put(event)
        if threading.get_ident() == self.thread:
            self.deliver()

    def deliver(self) -> None:
        """Call the listeners with what waits. To be called in this scope's thread."""
        while self.failure is None:
            try:
                event = self.waiting.get_nowait()
            except queue.Empty:
                return
            if self.on_event is not None:
                self._call(self.on_event, event)
            if self.outer is not None:
                self.outer.tell(event)

    def _call(self, on_event: Listener, event: Event) -> None:
        token = _SCOPE.set(None)  # a run that a listener starts is another run, not a part of this one
        try:
            on_event(event)
        except BaseException as error:
            self.failure = error
            raise
        finally:
            _SCOPE.reset(token)

    def check(self) -> None:
        """Raise what a listener has raised, wherever that was caught; or Cancelled, if that is wanted."""
        if self.failure is not None:
            raise self.failure
        if self.cancel is not None and self.cancel.is_set():
            raise Cancelled("cancelled by the caller")
        if self.outer is not None:
            self.outer.check()


_SCOPE: ContextVar[_Scope | None] = ContextVar("vidream_scope", default=None)


@contextmanager
def scope(
    on_event: Listener | None = None, cancel: threading.Event | None = None, progress: Progress | None = None
) -> Iterator[None]:
    """A run: within the block, what is told reaches `on_event`, and checkpoints look at `cancel`.

    Args:
        on_event: called with each event, in this thread.
        cancel: once it is set, the next checkpoint raises Cancelled.
        progress: the older form of `on_event`; raises a DeprecationWarning.
    """
    if progress is not None:
        warnings.warn("progress= is going; on_event= tells more", DeprecationWarning, stacklevel=4)
        on_event = _with_progress(on_event, progress)
    run = _Scope(on_event, cancel, _SCOPE.get())
    token = _SCOPE.set(run)
    try:
        yield
    except BaseException as error:
        run.deliver()
        if run.failure not in (None, error):
            raise run.failure from error  # it was caught on its way, and made into something else
        raise
    else:
        run.deliver()
        if run.failure is not None:
            raise run.failure
    finally:
        _SCOPE.reset(token)


def _with_progress(on_event: Listener | None, progress: Progress) -> Listener:
    """A listener that calls `progress` at each frame, and `on_event`, if there is one, with everything."""

    def listener(event: Event) -> None:
        if on_event is not None:
            on_event(event)
        if isinstance(event, FrameEvent):
            progress(event.frames, event.total)

    return listener


def tell(event: Event) -> None:
    """Hand an event to whoever listens to this run; without a run it is lost."""
    run = _SCOPE.get()
    if run is not None:
        run.tell(event)


def warn(text: str, about: Path | str | None = None) -> None:
    """Tell a WarningEvent, and log it as a warning."""
    event = WarningEvent(text, about)
    _LOG.warning("%s", event.message)
    tell(event)


def note(text: str, about: Path | str | None = None) -> None:
    """Tell a NoteEvent, and log it as an information."""
    event = NoteEvent(text, about)
    _LOG.info("%s", event.message)
    tell(event)


def checkpoint() -> None:
    """Let events that other threads have told come through, and stop here if the caller wants it.

    Raises:
        Cancelled: the caller has set `cancel`.
        BaseException: what a listener has raised, if somebody caught it.
    """
    run = _SCOPE.get()
    if run is None:
        return
    if threading.get_ident() == run.thread:
        run.deliver()
    run.check()


def thumbnail(frame: Frame) -> Pixels:
    """A frame, small: every n-th pixel, at most THUMBNAIL px along the long side. A copy: uint8 (h, w, 3)."""
    every = -(-max(frame.size) // THUMBNAIL)
    return Frame(frame.samples[::every, ::every].copy(), frame.peak, transfer=frame.transfer).pixels()
