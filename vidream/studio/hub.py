"""The pages that are open, and what is pushed to them over their sockets."""

import asyncio
import json
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect

from vidream.studio.room import Room

MOST_WAITING = 2000
"""Messages that wait for a page; one that has more sleeps, and is told everything when it comes again."""
MOST_CHARACTERS = 50_000_000
"""Of these messages together."""
GONE = 1013
"""The code with which a page is let go that does not listen: "try again later" (RFC 6455's registry)."""


class Tab:
    """An open page: what waits to be sent to it."""

    def __init__(self, name: str, socket: WebSocket) -> None:
        self.name, self._socket = name, socket
        self._texts, self._characters = deque[str](), 0
        self._pictures: dict[str, bytes] = {}  # the newest of each room, and slot
        self._wake = asyncio.Event()
        self.overflown = False

    def text(self, text: str) -> None:
        """Send a text, after those before."""
        if len(self._texts) >= MOST_WAITING or self._characters + len(text) > MOST_CHARACTERS:
            self.overflown = True
        else:
            self._texts.append(text)
            self._characters += len(text)
        self._wake.set()

    def picture(self, name: str, content: bytes) -> None:
        """Send a picture in place of one of the same name that still waits."""
        self._pictures[name] = content
        self._wake.set()

    async def send(self) -> None:
        """Send what waits, until the page is gone."""
        while not self.overflown:
            await self._wake.wait()
            self._wake.clear()
            while (self._texts or self._pictures) and not self.overflown:
                if self._texts:
                    text = self._texts.popleft()
                    self._characters -= len(text)
                    await self._socket.send_text(text)
                if self._pictures:
                    await self._socket.send_bytes(self._pictures.pop(next(iter(self._pictures))))
        await self._socket.close(GONE)


class Hub:
    """Every open page."""

    def __init__(self) -> None:
        self._tabs: set[Tab] = set()
        self.busy = ""
        """Why what can wait has to: a dream is live, and needs all of the machine; "": nothing has."""

    @property
    def tabs(self) -> set[str]:
        """The names of the open pages."""
        return {tab.name for tab in self._tabs}

    def publish(self, room: str, data: Any) -> None:
        """Push JSON to every page."""
        if self._tabs:
            text = _message(room, data)
            for tab in self._tabs:
                tab.text(text)

    def tell(self, tab: str, room: str, data: Any) -> None:
        """Push JSON to one page, if it is open."""
        for each in self._tabs:
            if each.name == tab:
                each.text(_message(room, data))

    def picture(self, tab: str | None, room: str, header: Mapping[str, Any], jpeg: bytes, slot: str = "") -> None:
        """Push a picture to one page, or (None) to all.

        One of the same room, and of the same slot, that still waits there is left out.
        """
        head = json.dumps({"room": room, **header}).encode()
        content = len(head).to_bytes(4, "big") + head + jpeg
        for each in self._tabs:
            if tab in (None, each.name):
                each.picture(f"{room} {slot}", content)

    async def serve(self, socket: WebSocket, rooms: Sequence[Room]) -> None:
        """Talk to a page until it goes: every room's snapshot first, then what is pushed."""
        await socket.accept()
        tab = Tab(socket.query_params.get("tab", "")[:100], socket)
        for room in rooms:
            snapshot = room.snapshot()
            if snapshot is not None:
                tab.text(_message(room.name, snapshot))
        self._tabs.add(tab)
        sender = asyncio.create_task(tab.send())
        try:
            while True:
                await socket.receive_text()  # a page only says that it is there
        except (WebSocketDisconnect, KeyError, RuntimeError):
            pass
        finally:
            self._tabs.discard(tab)
            sender.cancel()
            with suppress(asyncio.CancelledError, WebSocketDisconnect, RuntimeError):
                await sender


def _message(room: str, data: Any) -> str:
    return json.dumps({"room": room, "data": data}, allow_nan=False)
