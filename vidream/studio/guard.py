"""The door of the studio: who may ask, from where, and for what. It wraps the whole application.

The page is served on this machine alone, and yet anybody can knock: every page that a browser shows may send requests
to 127.0.0.1, other users of the machine may, too, and a name that leads elsewhere may be made to lead here ("DNS
rebinding"). So, as Jupyter does it:

- a random token in the start address is exchanged for a cookie, and nothing is answered without that cookie;
- the Host of a request must be this machine by one of its three names, with our port: a rebound name is none of them;
- an Origin, where there is one, must be ours, and whatever changes anything must have one. Cookies know no ports: for a
  browser, a page at another port of 127.0.0.1 is of the same site, and its requests carry ours;
- what a browser says of where a request comes from (Sec-Fetch-Site) must not be another page.

What it cannot help: a browser that visits a server of another user of this machine sends our cookie there, too.
"""

import re
import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from types import MappingProxyType

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MOST_JSON = 1_000_000
"""Bytes of what an action is asked with."""
STREAMS = "/stream/"
"""Under it, programs that keep no cookies may ask for what is shown live: a token of its own follows."""
LONGEST_PATH = 500
"""Characters."""

JSON, BYTES = "application/json", "application/octet-stream"
CONTENT: Mapping[str, str] = MappingProxyType({"POST": JSON, "PUT": BYTES})
"""How something may be sent: method -> the kind of content that it must have."""
ASKING = ("GET", "HEAD")
"""Methods that change nothing."""

HEADERS: Mapping[str, str] = MappingProxyType(
    {
        "Content-Security-Policy": "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none';"
        " object-src 'none'",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }
)
"""Of every answer."""

_PLAIN_PATH = re.compile(r"/|(/[A-Za-z0-9_-][A-Za-z0-9_.-]*)+/?", re.ASCII)
_TOKEN = re.compile(r"token=([A-Za-z0-9_-]{1,200})", re.ASCII)
_START = "this is a studio of vidream; open it by the address that `vidream studio` printed when it was started"
_ELSEWHERE = "this request comes from another page"


@dataclass(frozen=True)
class Keys:
    """What opens a studio: random, made anew at each start."""

    token: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)
    """In the start address; whoever has it is given the cookie."""
    cookie: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)
    """The cookie's value."""
    once: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)
    """A token for the browser that we open: programs' arguments can be read by other users, so it is taken once."""


class Refused(Exception):  # noqa: N818 (an answer, no fault of ours)
    """A request that is not let in: a status, and why."""

    def __init__(self, status: int, why: str) -> None:
        self.status, self.why = status, why
        super().__init__(why)


class Guard:
    """An ASGI application that lets through to another what may be let through."""

    def __init__(self, app: ASGIApp, port: int, keys: Keys, is_stream: Callable[[str], bool]) -> None:
        """Guard an application.

        Args:
            app: what is guarded.
            port: that the server listens on, on this machine.
            keys: what opens it.
            is_stream: whether a text is now the key of what is live, which shows that, and opens nothing else; how long
                it takes tells nothing of the key.
        """
        self._app, self._keys, self._fits_stream = app, keys, is_stream
        self._once: str | None = keys.once
        self._hosts = frozenset(f"{name}:{port}" for name in ("127.0.0.1", "localhost", "[::1]"))
        self._cookie = f"vidream-studio-{port}"  # a cookie knows no port: two studios would take each other's

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        send = _with_headers(send)
        try:
            if self._is_start(scope):
                await self._start(_Ask(scope), send)
                return
            self._check(scope)
            if scope.get("method") == "POST":
                receive = await _whole(_Ask(scope), receive)
        except Refused as refused:
            await _refuse(scope, send, refused)
            return
        await self._app(scope, receive, send)

    def _is_start(self, scope: Scope) -> bool:
        """Whether somebody comes with the start address, and its token is right.

        Raises:
            Refused: it comes by a name that is none of ours, or the token is wrong.
        """
        if scope["type"] != "http" or scope["path"] != "/" or scope["method"] not in ASKING:
            return False
        given = _TOKEN.fullmatch(scope["query_string"].decode("latin-1"))
        if given is None:
            return False
        self._check_host(_Ask(scope))
        if self._once is not None and _equal(given[1], self._once):
            self._once = None
        elif not _equal(given[1], self._keys.token):
            raise Refused(403, _START)
        return True

    async def _start(self, ask: "_Ask", send: Send) -> None:
        """Give the cookie, and send the browser on to the address without the token.

        A browser that comes from a link on another page (a terminal in a page) counts the redirection as that page's,
        and keeps a strict cookie back; it is sent on by a page of ours.
        """
        cookie = f"{self._cookie}={self._keys.cookie}; Path=/; HttpOnly; SameSite=Strict"
        headers = [(b"set-cookie", cookie.encode()), (b"content-type", b"text/html; charset=utf-8")]
        if ask.one("sec-fetch-site") in ("", "none", "same-origin"):
            await _answer(send, 303, [*headers, (b"location", b"/")], b"")
        else:
            await _answer(send, 200, headers, b'<!doctype html><meta http-equiv="refresh" content="0; url=/">')

    def _check(self, scope: Scope) -> None:
        """Raise Refused unless the request may be let through."""
        ask = _Ask(scope)
        host = self._check_host(ask)
        self._check_origin(ask, host)
        if not (self._has_cookie(ask) or self._is_stream(ask)):
            raise Refused(403, _START)
        _check_path(scope)
        if not ask.method:
            return
        if ask.method not in ASKING and ask.method not in CONTENT:
            raise Refused(405, f"only {', '.join((*ASKING, *CONTENT))} are answered here")
        wanted = CONTENT.get(ask.method)
        kind = ask.one("content-type").partition(";")[0].strip().lower()
        if wanted is not None and kind != wanted:
            raise Refused(415, f"what is sent by {ask.method} must be {wanted}")

    def _check_host(self, ask: "_Ask") -> str:
        """The Host, which is one of ours; else Refused is raised."""
        hosts = ask.all("host")
        if len(hosts) != 1 or hosts[0] not in self._hosts:
            raise Refused(403, "the studio answers to 127.0.0.1, localhost and [::1] alone, with its own port")
        return hosts[0]

    def _check_origin(self, ask: "_Ask", host: str) -> None:
        """Raise Refused if a request comes from elsewhere, or changes something and does not say whence it comes."""
        origins = ask.all("origin")
        if any(origin != f"http://{host}" for origin in origins) or len(origins) > 1:
            raise Refused(403, _ELSEWHERE)
        if not origins and ask.method not in ASKING:
            raise Refused(403, "what changes anything must say which page it comes from")
        if any(site not in ("same-origin", "none") for site in ask.all("sec-fetch-site")):
            raise Refused(403, _ELSEWHERE)

    def _has_cookie(self, ask: "_Ask") -> bool:
        pairs = (pair.partition("=") for line in ask.all("cookie") for pair in line.split(";"))
        values = [value.strip() for name, _, value in pairs if name.strip() == self._cookie]
        return any(_equal(value, self._keys.cookie) for value in values)

    def _is_stream(self, ask: "_Ask") -> bool:
        """Whether somebody asks for what is live, by its own token."""
        path = str(ask.scope["path"])
        if ask.method not in ASKING or not path.startswith(STREAMS):
            return False
        return self._fits_stream(path.removeprefix(STREAMS))


@dataclass(frozen=True)
class _Ask:
    """A request, or the handshake of a WebSocket."""

    scope: Scope

    @property
    def method(self) -> str:
        """GET, POST...; "" of a handshake."""
        return str(self.scope.get("method", ""))

    def all(self, name: str) -> list[str]:
        """What stands in every header of a name."""
        found = (value for key, value in self.scope["headers"] if key.lower() == name.encode())
        return [value.decode("latin-1") for value in found]

    def one(self, name: str) -> str:
        """What stands in the only header of a name; "" where there is none, or several."""
        values = self.all(name)
        return values[0] if len(values) == 1 else ""


def _too_large() -> Refused:
    return Refused(413, f"an action is asked with {MOST_JSON:,} bytes at most")


def _equal(given: str, right: str) -> bool:
    """Whether two texts are equal, in a time that tells nothing of where they differ."""
    return secrets.compare_digest(given.encode("utf-8", "surrogatepass"), right.encode())


def _check_path(scope: Scope) -> None:
    """Raise Refused unless the path is made of plain names: none is hidden, nothing in it is escaped."""
    path = str(scope["path"])
    raw = scope.get("raw_path")
    if len(path) > LONGEST_PATH or not _PLAIN_PATH.fullmatch(path) or (raw is not None and raw != path.encode()):
        raise Refused(404, "there is no such address")


async def _whole(ask: _Ask, receive: Receive) -> Receive:
    """All that is sent with an action, read before the action is looked for; then it is given as if it came now.

    What is put (PUT) has bounds of its own, where it is taken.

    Raises:
        Refused: it is more than an action needs; what says so itself is not read.
    """
    claimed = ask.one("content-length") or "0"
    if ask.all("transfer-encoding") and ask.all("content-length"):
        raise Refused(400, "its length is said twice")
    if not re.fullmatch(r"\d{1,20}", claimed, re.ASCII) or int(claimed) > MOST_JSON:
        raise _too_large()
    body, last = bytearray(), False
    while not last:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Refused(400, "it broke off")
        body += message.get("body", b"")
        last = not message.get("more_body", False)
        if len(body) > MOST_JSON:
            raise _too_large()
    upcoming: list[Message] = [{"type": "http.request", "body": bytes(body), "more_body": False}]

    async def again() -> Message:
        return upcoming.pop() if upcoming else await receive()

    return again


def _with_headers(send: Send) -> Send:
    """What sends answers, with the headers of all of them; what a route says of caching stays."""

    async def sending(message: Message) -> None:
        if message["type"] in ("http.response.start", "websocket.http.response.start"):
            headers = MutableHeaders(raw=list(message.get("headers", ())))
            headers.update(HEADERS)
            headers.setdefault("Cache-Control", "no-store")
            message = {**message, "headers": headers.raw}
        await send(message)

    return sending


async def _refuse(scope: Scope, send: Send, refused: Refused) -> None:
    """Say why a request is not let in, and hang up: what else would be sent is not waited for."""
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"connection", b"close")]
    content = f"{HTTPStatus(refused.status).phrase}: {refused.why}\n".encode()
    if scope["type"] == "http":
        await _answer(send, refused.status, headers, b"" if scope["method"] == "HEAD" else content)
    elif "websocket.http.response" in scope.get("extensions", {}):
        await _answer(send, refused.status, headers[:1], content, "websocket.http.response")
    else:
        await send({"type": "websocket.close", "code": 1008})


async def _answer(
    send: Send, status: int, headers: Iterable[tuple[bytes, bytes]], body: bytes, kind: str = "http.response"
) -> None:
    """Send a whole answer."""
    headers = [*headers, (b"content-length", str(len(body)).encode())]
    await send({"type": f"{kind}.start", "status": status, "headers": headers})
    await send({"type": f"{kind}.body", "body": body})
