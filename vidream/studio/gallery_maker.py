"""The server's side of the gallery's process: what it is told to make, what it has made, what it is asked."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from itertools import count
from typing import Any

from vidream.errors import RenderError
from vidream.studio.child import Child
from vidream.studio.gallery_cells import Cell
from vidream.studio.gallery_kept import Kept
from vidream.studio.gallery_subject import Subject

WORK = "vidream.studio.gallery_work"
NICE = 10
"""How far it steps back before what somebody waits for."""


class Maker:
    """Has glimpses made."""

    def __init__(self, kept: Kept, changed: Callable[[], None], failed: Callable[[str], None]) -> None:
        """kept: where they go. changed: called when something is there. failed: called with what went wrong."""
        self._kept, self._changed, self._failed = kept, changed, failed
        self._child = Child(WORK, self._heard, nice=NICE)
        self._subject: Subject | None = None
        self._told: Subject | None = None  # by the process that runs
        self._wanted: list[tuple[str, str]] = []
        self._problems: dict[str, str] = {}
        self._asked: dict[int, asyncio.Future[Any]] = {}
        self._paused = False
        self._numbers, self._lock = count(), asyncio.Lock()
        self._writing: set[asyncio.Task[None]] = set()
        self.problem = ""
        """Why it does not go on; "" while it does."""

    @property
    def waiting(self) -> int:
        """What is still to be made."""
        return len(self._wanted)

    def problem_of(self, key: str) -> str:
        """Why a glimpse could not be made; "" if nothing is known against it."""
        return self._problems.get(key, "")

    async def look_at(self, subject: Subject) -> None:
        """From now on all is made of that."""
        self._subject, self._wanted = subject, []
        self._problems.clear()
        if self._child.pid is not None:
            async with self._lock:
                await self._tell_subject()

    async def want(self, wanted: Sequence[tuple[Cell, str, str]], command: str) -> None:
        """Have these made, in that order, and nothing else.

        Args:
            wanted: cell, key, and "still" or "loop".
            command: video, zoom or image.
        """
        missing = [
            (cell, key, part)
            for cell, key, part in wanted
            if not self._kept.has(key, part) and key not in self._problems
        ]
        names = [(key, part) for _, key, part in missing]
        if names == self._wanted:
            return
        self._wanted = names
        if not names and self._child.pid is None:
            return
        cells = [{"key": key, "part": part, "command": command, **cell.look} for cell, key, part in missing]
        async with self._lock:
            await self._tell_subject()
            await self._child.send({"do": "want", "cells": cells})
        self._changed()

    async def pause(self, on: bool) -> None:
        """Stand still, or go on."""
        self._paused = on
        if self._child.pid is not None:
            await self._child.send({"do": "pause", "on": on})

    async def ask(self, what: str, about: Mapping[str, Any]) -> Any:
        """Ask the process something: see vidream.studio.gallery_answers.

        Raises:
            RenderError: it cannot be answered; or the process has died.
        """
        number = next(self._numbers)
        future = self._asked[number] = asyncio.get_running_loop().create_future()
        async with self._lock:
            await self._tell_subject()
            await self._child.send({"do": "ask", "id": number, "what": what, "about": about})
        try:
            return await future
        finally:
            self._asked.pop(number, None)

    async def close(self) -> None:
        """End the process."""
        await self._child.close()
        await asyncio.gather(*self._writing, return_exceptions=True)

    async def _tell_subject(self) -> None:
        subject = self._subject
        if subject is None or (subject == self._told and self._child.pid is not None):
            return
        self._told = subject
        told = {"source": subject.source, "second": subject.second, "film": subject.film}
        await self._child.send({"do": "subject", **told})
        await self._child.send({"do": "pause", "on": self._paused})

    def _heard(self, message: Mapping[str, Any], payload: bytes) -> None:
        """In the server's loop."""
        if "ended" in message:
            self._end(message["ended"])
        elif "answer" in message:
            self._settle(message)
        elif message.get("problem"):
            self._problems[message["made"]] = message["problem"]
            self._done(message["made"], message["part"])
        else:
            task = asyncio.get_running_loop().create_task(self._keep(message["made"], message["part"], payload))
            self._writing.add(task)
            task.add_done_callback(self._writing.discard)

    async def _keep(self, key: str, part: str, content: bytes) -> None:
        try:
            await asyncio.to_thread(self._kept.put, key, part, content)
        except OSError as error:
            self._failed(f"what the gallery makes cannot be kept: {error.strerror}; make room on the disk")
        self._done(key, part)

    def _done(self, key: str, part: str) -> None:
        self._wanted = [each for each in self._wanted if each != (key, part)]
        self._changed()

    def _settle(self, message: Mapping[str, Any]) -> None:
        future = self._asked.get(message["answer"])
        if future is None or future.done():
            return
        if "problem" in message:
            future.set_exception(RenderError(message["problem"]))
        else:
            future.set_result(message["value"])

    def _end(self, sentence: str) -> None:
        """It died: those who asked are told; what was wanted is wanted again with the next change."""
        if self._wanted and not self._asked:
            self._problems[self._wanted[0][0]] = sentence  # it is left out, and the others are made
        self._told, self._wanted = None, []
        for future in self._asked.values():
            if not future.done():
                future.set_exception(RenderError(sentence))
        self._failed(sentence)
