"""What is live, as a stream of pictures for programs beside the page, such as OBS: an address that is its own key.

The pictures come as MJPEG, which browsers call multipart/x-mixed-replace: each takes the place of the one before. Who
reads slowly gets the newest: nothing waits for anybody, and each stream holds one picture.
"""

import asyncio
import secrets
from collections.abc import Callable
from contextlib import suppress

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from vidream.studio.guard import STREAMS

MOST = 4
"""Programs that may read at the same time."""
STUCK = 10.0
"""Seconds within which a picture must be taken; who does not is hung up on."""
BOUNDARY = "vidream"


class Streams:
    """The programs that read, and the newest picture."""

    def __init__(self, changed: Callable[[], None] = lambda: None) -> None:
        """changed: called when one comes or goes."""
        self._changed = changed
        self.key = secrets.token_urlsafe(32)
        """In the address; whoever has it sees what is live, and can do nothing else."""
        self.count = 0
        """Programs that read now."""
        self._picture: bytes | None = None
        self._wake = asyncio.Event()

    @property
    def address(self) -> str:
        """Without host and port."""
        return f"{STREAMS}{self.key}"

    @property
    def route(self) -> Route:
        """Where they are answered."""
        return Route(f"{STREAMS}{{key}}", self._answer, methods=["GET"])

    def fits(self, key: str) -> bool:
        """Whether a key is the right one; how long that takes tells nothing of it."""
        return secrets.compare_digest(key.encode("utf-8", "surrogatepass"), self.key.encode())

    def renew(self) -> None:
        """Have another key: streams by the old one end."""
        self.key = secrets.token_urlsafe(32)
        self._rouse()

    def show(self, jpeg: bytes) -> None:
        """Give a picture to all."""
        self._picture = jpeg
        self._rouse()

    def come(self, programs: int) -> None:
        """So many more read; under 0, fewer."""
        self.count += programs
        self._changed()

    def _rouse(self) -> None:
        wake, self._wake = self._wake, asyncio.Event()
        wake.set()

    async def _answer(self, request: Request) -> Response:
        key = request.path_params["key"]
        if not self.fits(key):
            return PlainTextResponse("this address is no longer right; copy it anew from the studio's page\n", 403)
        if self.count >= MOST:
            return PlainTextResponse(f"{MOST} programs show it already; close one of them\n", 503)
        return _Stream(self, key)

    async def send_to(self, send: Send, key: str) -> None:
        """Send pictures to one that reads, until its key is an old one, or it does not take them."""
        sent: bytes | None = None
        while self.fits(key):
            wake, picture = self._wake, self._picture
            if picture is None or picture is sent:
                await wake.wait()
                continue
            async with asyncio.timeout(STUCK):
                await send({"type": "http.response.body", "body": _part(picture), "more_body": True})
            sent = picture


def _part(picture: bytes) -> bytes:
    """A picture between two boundaries: browsers show one when they have seen that it ends."""
    head = f"Content-Type: image/jpeg\r\nContent-Length: {len(picture)}\r\n\r\n".encode()
    return head + picture + f"\r\n--{BOUNDARY}\r\n".encode()


class _Stream(Response):
    """The answer to one that reads."""

    def __init__(self, streams: Streams, key: str) -> None:
        super().__init__(media_type=f"multipart/x-mixed-replace; boundary={BOUNDARY}")
        del self.headers["content-length"]
        self._streams, self._key = streams, key

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._streams.come(1)
        tasks: list[asyncio.Task[None]] = []
        try:
            await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
            await send({"type": "http.response.body", "body": f"--{BOUNDARY}\r\n".encode(), "more_body": True})
            tasks = [asyncio.create_task(self._streams.send_to(send, self._key)), asyncio.create_task(_gone(receive))]
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._streams.come(-1)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        with suppress(OSError, RuntimeError):
            await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _gone(receive: Receive) -> None:
    """Wait until one that reads has hung up."""
    while (await receive())["type"] != "http.disconnect":
        pass
