"""Whether a cluster's head listens at an address: found out in seconds, by the first bytes of gRPC, without Ray.

Ray itself waits for minutes where something else answers, or nothing. HTTP/2 is RFC 9113, its header fields RFC 7541.
"""

import os
import re
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias

from vidream.errors import ConfigError

ANSWER = 8.0
"""Seconds for a connection to be made: a machine that is switched off does not refuse it."""
WORD = 3.0
"""Seconds for whoever has taken the connection to say something."""

METHOD = b"/ray.rpc.NodeInfoGcsService/GetClusterId"
"""What a head alone answers: its cluster's id."""
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, SETTINGS, GOAWAY = 0, 1, 4, 7  # kinds of frames
ACK, END_STREAM, END_HEADERS = 1, 1, 4  # their flags
UNIMPLEMENTED, UNAUTHENTICATED = (b"\x0bgrpc-status\x02" + code for code in (b"12", b"16"))
# as gRPC's own servers write them: literal fields, not compressed
MOST = 65536  # bytes that are read at most

Listener: TypeAlias = Literal["head", "locked", "part", "grpc", "other", "silent"]
"""Who takes a connection: a head; one that wants a token; another gRPC server; one of gRPC, where more cannot be told;
another server; or nobody.
"""

BEGIN = "`ray start --head` begins one"
PORT = "the head's port is the one that `ray start --head` has printed, 6379 if none was given"


class Connection(Protocol):
    """What is asked of a socket."""

    def sendall(self, data: bytes, /) -> None:
        """Send all of it."""

    def recv(self, size: int, /) -> bytes:
        """Some bytes; none at the end."""

    def settimeout(self, seconds: float, /) -> None:
        """How long the others wait."""


@dataclass(frozen=True)
class Place:
    """Where a head should listen."""

    host: str
    """Its name or number, without brackets."""
    port: int
    """1 to 65535."""

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


def place_of(address: str) -> Place:
    """The host and the port of HOST:PORT; of an IPv6 number in brackets, too.

    Raises:
        ConfigError: it is none; or Ray Client's.
    """
    if (other := re.match(r"(\w+)://(\[[^]]+\]|[^:/]*)", address)) is not None:
        head = f"{other[2] or 'HEAD'}:6379"
        if other[1] == "ray":
            raise ConfigError(f"--cluster {address}: Ray Client's address; the head's own is needed, {head}; {PORT}")
        raise ConfigError(f"--cluster {address}: no cluster's address; it is HOST:PORT, such as {head}; {PORT}")
    match = re.fullmatch(r"\[([^]]+)\]:(\d{1,5})|([^:\s]+):(\d{1,5})", address)
    if match is None or not 0 < int(match[2] or match[4]) < 65536:
        raise ConfigError(f"--cluster {address}: no cluster's address; it is HOST:PORT, or auto; {PORT}")
    return Place(match[1] or match[3], int(match[2] or match[4]))


def probe(place: Place, name: str) -> bool:
    """Whether the head that answers there wants a token.

    Args:
        place: where it should listen.
        name: how the user has called it.

    Raises:
        ConfigError: nobody answers there, or somebody else does.
    """
    try:
        connection = socket.create_connection((place.host, place.port), ANSWER)
    except (OSError, UnicodeError) as error:
        reason = str(error) if isinstance(error, TimeoutError) else getattr(error, "strerror", None) or str(error)
        raise ConfigError(f"--cluster {name}: no Ray cluster answers ({reason}); {BEGIN}") from None
    with connection:
        if os.environ.get("RAY_USE_TLS", "0").lower() in ("1", "true"):
            return False  # Ray has the keys
        what = listener(connection, str(place))
    if what == "silent":
        raise ConfigError(
            f"--cluster {name}: takes the connection and says nothing; the head hangs, or it is no Ray cluster"
        )
    if what == "other":
        raise ConfigError(f"--cluster {name}: answers, but is no Ray cluster; {PORT}")
    if what == "part":
        raise ConfigError(f"--cluster {name}: answers, but is no cluster's head (Ray Client, or another part); {PORT}")
    return what == "locked"


def listener(connection: Connection, authority: str) -> Listener:
    """Who answers.

    Args:
        connection: just made.
        authority: HOST:PORT.
    """
    who: Listener = "other"
    try:
        connection.settimeout(WORD)
        connection.sendall(PREFACE + _call(authority.encode("ascii", "replace")[:100]))
        for kind, flags, payload in _frames(connection):
            who = "grpc"
            if kind == SETTINGS and not flags & ACK:
                connection.sendall(_frame(SETTINGS, ACK, 0))
            if kind == DATA:
                return "head"
            if kind == HEADERS and flags & END_STREAM and UNIMPLEMENTED in payload:
                return "part"
            if kind == HEADERS and flags & END_STREAM and UNAUTHENTICATED in payload:
                return "locked"
            if kind == GOAWAY or (kind == HEADERS and flags & END_STREAM):
                return who
    except TimeoutError:
        return "silent" if who == "other" else who
    except OSError:  # reset: what we send is not what it knows
        pass
    return who


def _call(authority: bytes) -> bytes:
    """A call of METHOD, after the greeting: POST and http are rows 3 and 6 of HPACK's table."""
    fields = {b":path": METHOD, b":authority": authority, b"te": b"trailers", b"content-type": b"application/grpc"}
    block = b"\x83\x86" + b"".join(
        b"\0" + bytes([len(name)]) + name + bytes([len(value)]) + value for name, value in fields.items()
    )
    return _frame(SETTINGS, 0, 0) + _frame(HEADERS, END_HEADERS, 1, block) + _frame(DATA, END_STREAM, 1, bytes(5))


def _frame(kind: int, flags: int, stream: int, payload: bytes = b"") -> bytes:
    return len(payload).to_bytes(3, "big") + bytes([kind, flags]) + stream.to_bytes(4, "big") + payload


def _frames(connection: Connection) -> Iterator[tuple[int, int, bytes]]:
    """Kind, flags and payload of what comes, for WORD seconds; nothing, where it does not begin as HTTP/2 does."""
    end, buffer, read, first = time.monotonic() + WORD, b"", 0, True
    while read < MOST and (received := connection.recv(4096)):
        buffer, read = buffer + received, read + len(received)
        if first and not _greets(buffer):
            return
        while len(buffer) >= 9 and len(buffer) >= (size := 9 + int.from_bytes(buffer[:3], "big")):
            first = False
            yield buffer[3], buffer[4], buffer[9:size]
            buffer = buffer[size:]
        if (left := end - time.monotonic()) <= 0:
            raise TimeoutError
        connection.settimeout(left)


def _greets(buffer: bytes) -> bool:
    """Whether it begins with a SETTINGS frame of some bytes, as far as it is there."""
    return buffer[:1] in (b"", b"\0") and buffer[3:4] in (b"", bytes([SETTINGS])) and not any(buffer[4:9])
