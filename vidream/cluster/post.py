"""What goes between the driver and its nodes beside units and their answers: letters, and pieces of files."""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

import numpy as np

from vidream.events import Event, FrameEvent, Listener, StageEvent, WarningEvent

HEARTBEAT = 3.0
"""Seconds between two signs of life of a unit under way."""
NO_PICTURE = np.zeros((1, 1, 3), np.uint8)


@dataclass(frozen=True)
class Post:
    """How a node writes of a unit to the driver, and asks it for pieces of files."""

    attempt: int
    """Number of the attempt."""
    mailbox: Any
    """The actor that takes letters."""
    sources: Any
    """The actor that reads pieces."""
    look: float
    """Seconds between two letters that say how far it is."""

    def send(self, event: Event | None) -> None:
        """Write to the driver; None: it has begun, or is alive."""
        self.mailbox.post.remote(self.attempt, event)

    def fetch(self, path: str) -> Callable[[int, int], bytes]:
        """What reads a file of the driver's: (offset, size) -> that many bytes of it, or up to its end."""
        import ray

        def piece(offset: int, size: int) -> bytes:
            content: bytes = ray.get(self.sources.read.remote(path, offset, size))
            return content

        return piece


class Correspondent:
    """`with Correspondent(post, originals) as listener:` the driver is told of a unit, and that it is alive."""

    def __init__(self, post: Post, originals: Mapping[str, str]) -> None:
        """Nothing is sent yet.

        Args:
            post: to the driver.
            originals: the path where the driver has a file, by the path of its copy here.
        """
        self._post, self._originals = post, originals
        self._last_frame = 0.0
        self._over = threading.Event()
        self._heart = threading.Thread(target=self._beat, name="heartbeat", daemon=True)

    def __enter__(self) -> Self:
        self._heart.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()

    def _beat(self) -> None:
        self._post.send(None)
        while not self._over.wait(HEARTBEAT):
            self._post.send(None)

    @property
    def listener(self) -> Listener:
        """Who sends warnings, stages, and now and then a frame without its picture."""

        def send(event: Event) -> None:
            if isinstance(event, WarningEvent):
                self._post.send(replace(event, about=self._originals.get(str(event.about), event.about)))
            elif isinstance(event, StageEvent):
                self._post.send(event)
            elif isinstance(event, FrameEvent) and time.monotonic() - self._last_frame >= self._post.look:
                self._last_frame = time.monotonic()
                self._post.send(replace(event, picture=NO_PICTURE))

        return send


class Mailbox:
    """An actor: nodes post letters, the driver collects them. Of each attempt the latest frame alone is kept."""

    def __init__(self) -> None:
        self._latest: dict[int, Event | None] = {}  # by attempt: a frame, or that it is alive
        self._others: list[tuple[int, Event]] = []

    def post(self, attempt: int, event: Event | None) -> None:
        """Take a letter."""
        if event is None:
            self._latest.setdefault(attempt, None)
        elif isinstance(event, FrameEvent):
            self._latest[attempt] = event
        else:
            self._latest.pop(attempt, None)  # it was before
            self._others.append((attempt, event))

    def collect(self) -> list[tuple[int, Event | None]]:
        """All letters since the last time, as (attempt, event)."""
        letters = [*self._others, *self._latest.items()]
        self._latest, self._others = {}, []
        return letters


class Sources:
    """An actor on the driver's machine: it reads pieces of the files that are offered, and of no other."""

    def __init__(self) -> None:
        self._offered: dict[str, int] = {}  # how often, by path
        self._turn = threading.Lock()  # several threads read, and may be told at a time

    def offer(self, path: str) -> None:
        """Let a file be read."""
        with self._turn:
            self._offered[path] = self._offered.get(path, 0) + 1

    def withdraw(self, path: str) -> None:
        """Let it be read no more, once everybody who has offered it says so."""
        with self._turn:
            count = self._offered.pop(path, 0) - 1
            if count > 0:
                self._offered[path] = count

    def read(self, path: str, offset: int, size: int) -> bytes:
        """So many bytes of a file, or up to its end. PermissionError: it is not offered."""
        with self._turn:
            if path not in self._offered:
                raise PermissionError(f"{path} is not offered")
        with Path(path).open("rb") as file:
            file.seek(offset)
            return file.read(size)
