"""The process that plays, as the server sees it: what it is asked is answered, and what it tells is kept."""

import asyncio
import itertools
from collections.abc import Callable
from typing import Any

from vidream.errors import ConfigError, RenderError
from vidream.studio.child import Child, Message

MODULE = "vidream.studio.live_work"
PATIENCE = 30.0
"""Seconds within which it answers: a dream that ends may just be loading a network."""
MOST_NOTES = 4
"""Sentences that are kept."""
TOLD = ("status", "board", "ears")
"""Kinds of what it tells of which the last one counts."""


class LiveChild:
    """Asks the process, and keeps what a page is told of it."""

    def __init__(
        self, changed: Callable[[], None], shown: Callable[[Message, bytes], None], child: Any = Child
    ) -> None:
        """Nothing is started yet.

        Args:
            changed: called when there is something new to tell pages.
            shown: called with each frame, its header first; the header is empty of the black one at the end.
            child: makes the process.
        """
        self._changed, self._shown = changed, shown
        self._child = child(MODULE, self._heard)
        self._numbers = itertools.count(1)
        self._asked: dict[int, asyncio.Future[Message]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._run = 0
        self.phase = "off"
        """"off", "starting", "playing" or "ending"."""
        self.told: dict[str, Any] = {}
        """What it told last, by kind: TOLD; "stage"; "recording", where to; "recorded", the last one."""
        self.notes: list[dict[str, Any]] = []
        """The last sentences of this run."""
        self.problem = ""
        """Why the last dream ended, where nobody wanted it to."""

    @property
    def pid(self) -> int | None:
        """Of the process."""
        pid: int | None = self._child.pid
        return pid

    async def start(self, message: Message) -> None:
        """Begin a dream, in place of the one that plays. ConfigError, RenderError: it cannot."""
        self.phase, self.problem, self.notes, self.told = "starting", "", [], {}
        self._run = number = next(self._numbers)
        self._changed()
        try:
            await self._ask(number, {"do": "start", **message})
        except (ConfigError, RenderError) as error:
            self._over(str(error))
            raise

    async def stop(self) -> None:
        """End the dream."""
        if self.phase in ("starting", "playing"):
            self.phase = "ending"
            self._changed()
            await self.ask("stop")

    async def ask(self, what: str, **more: Any) -> Any:
        """Have something done, and get what is said of it. ConfigError: it cannot be, and why."""
        return (await self._ask(next(self._numbers), {"do": what, **more})).get("said")

    def tell(self, what: str, **more: Any) -> None:
        """Have something done; nobody waits for it."""
        if self.phase != "off":
            task = asyncio.create_task(self._child.send({"do": what, **more}))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """End the process."""
        await self._child.close()

    async def _ask(self, number: int, message: Message) -> Message:
        if self.phase == "off":
            raise ConfigError("nothing is played; start it first")
        future: asyncio.Future[Message] = asyncio.get_running_loop().create_future()
        self._asked[number] = future
        try:
            await self._child.send({**message, "ask": number})
            answer = await asyncio.wait_for(future, PATIENCE)
        except TimeoutError:
            raise RenderError("the dream does not answer; stop it, and start it again") from None
        finally:
            self._asked.pop(number, None)
        if "problem" in answer:
            raise ConfigError(answer["problem"])
        return answer

    def _heard(self, message: Message, payload: bytes) -> None:
        kind = message.get("kind")
        if "ended" in message:
            self._ended(message["ended"])
        elif kind == "answer":
            future = self._asked.get(message["ask"])
            if future is not None and not future.done():
                future.set_result(message)
        elif kind == "frame":
            if self.phase == "starting":
                self.phase = "playing"
                self._changed()
            self._shown(message, payload)
        elif kind == "over":
            if message["run"] == self._run:
                self._over(message["problem"], payload)
        elif kind is not None:
            self._keep(kind, message)
            self._changed()

    def _keep(self, kind: str, message: Message) -> None:
        if kind == "note":
            self.notes = [*self.notes, message][-MOST_NOTES:]
        elif kind == "recorded":
            self.told |= {"recorded": message, "recording": None}
        else:
            self.told[kind] = message

    def _over(self, problem: str, black: bytes = b"") -> None:
        self.phase, self.problem = "off", problem
        self.told = {kind: message for kind, message in self.told.items() if kind in ("recorded", "board")}
        if black:
            self._shown({}, black)
        self._changed()

    def _ended(self, sentence: str) -> None:
        """The process has died."""
        for future in self._asked.values():
            if not future.done():
                future.set_result({"problem": sentence})
        self._over(sentence)
