"""Addresses that a show is streamed to: rtmp://, srt://, udp://, and no others."""

import re
import socket
import subprocess
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from functools import cache
from urllib.parse import SplitResult, parse_qsl, urlsplit

from vidream.errors import ConfigError
from vidream.frames import Size
from vidream.live.encoder import check_h264, h264
from vidream.live.stream import StreamTarget, hidden
from vidream.media.program import executable

ADDRESS = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*://")
PX_BITS = 0.3  # of each px that is sent, at most: a dream is full of detail
LEAST_BITS, MOST_BITS = 500_000, 6_000_000  # a second; public services take no more
KNOCK = 5.0  # seconds in which a host answers
SILENCE = ("-f", "lavfi", "-i", "anullsrc=r=44100:cl=stereo")
"""ffmpeg's input of a sound without end: public services refuse pictures that have none."""
MPEGTS = ("-muxdelay", "0", "-muxpreload", "0", "-f", "mpegts")


@dataclass(frozen=True)
class Scheme:
    """A kind of address."""

    muxer: tuple[str, ...]
    """ffmpeg's arguments for what is sent."""
    knock: Callable[[SplitResult], None]
    """Raises OSError where nobody listens, as far as that can be known without sending anything that is seen."""
    port: int | None = None
    """The usual one; None: it must be said."""
    beside: tuple[str, ...] = ()
    """ffmpeg's arguments of another input."""
    options: Mapping[str, str] = field(default_factory=dict)
    """What is written behind a question mark where an address does not say it itself."""


def _connect(address: SplitResult) -> None:
    port = address.port or SCHEMES[address.scheme].port
    with closing(socket.create_connection((address.hostname, port), KNOCK)):
        pass


def _find(address: SplitResult) -> None:
    socket.getaddrinfo(address.hostname, address.port, type=socket.SOCK_DGRAM)


def _tap(address: SplitResult) -> None:
    """An empty packet: where no program listens, a near system says so, though a far one may not."""
    if _listens(address):
        return
    family, kind, protocol, _, place = socket.getaddrinfo(address.hostname, address.port, type=socket.SOCK_DGRAM)[0]
    with socket.socket(family, kind, protocol) as probe:
        probe.settimeout(0.3)
        probe.connect(place)
        probe.send(b"")
        try:
            probe.recv(1)
        except TimeoutError:
            return


SCHEMES: Mapping[str, Scheme] = {
    "rtmp": Scheme(("-c:a", "aac", "-b:a", "96k", "-shortest", "-f", "flv"), _connect, 1935, SILENCE),
    # one that waits for a caller must not wait on, holding its port, when nobody feeds it any more
    "srt": Scheme(MPEGTS, _tap, options={"listen_timeout": "10000000"}),
    "udp": Scheme(MPEGTS, _find, options={"pkt_size": "1316"}),
}


def check_address(text: str) -> None:
    """Look whether a stream can go to an address, as far as that can be known.

    Raises:
        ConfigError: it is no such address; nobody listens there; this ffmpeg cannot send there.
        MediaError: this ffmpeg has no encoder.
    """
    address = _read(text)
    name = _name_of(address)
    if address.scheme not in _protocols():
        raise ConfigError(f"{name}: this ffmpeg knows no {address.scheme}; set IMAGEIO_FFMPEG_EXE to one that does")
    check_h264(name)
    try:
        SCHEMES[address.scheme].knock(address)
    except (OSError, UnicodeError) as error:  # a name may be none that can be asked for
        reason = getattr(error, "strerror", None) or str(error)
        raise ConfigError(
            f"{name}: {reason[:1].lower()}{reason[1:]}; is the receiver there, and the name right?"
        ) from None


def stream_target(text: str, size: Size, rate: float) -> StreamTarget:
    """Where a stream to an address goes, and how.

    Args:
        text: the address.
        size: of every frame, px.
        rate: about how many are sent in a second.

    Raises:
        ConfigError: it is no such address.
    """
    address = _read(text)
    scheme = SCHEMES[address.scheme]
    bits = str(round(min(MOST_BITS, max(LEAST_BITS, PX_BITS * size.width * size.height * rate))))
    picture = h264(rate, "-tune", "zerolatency", "-crf", "23", "-maxrate", bits, "-bufsize", bits)
    options = dict(parse_qsl(address.query))
    missing = [f"{name}={value}" for name, value in scheme.options.items() if name not in options]
    url = address._replace(query="&".join(filter(None, (address.query, *missing)))).geturl()
    parts = (url, address.path, *address.path.split("/"), address.query, address.fragment, *options.values())
    arguments = (*picture, *scheme.muxer, "-flush_packets", "1", url)
    return StreamTarget(_name_of(address), arguments, scheme.beside, hidden(parts))


def _read(text: str) -> SplitResult:
    """The parts of an address; ConfigError where it is none that can be sent to."""
    known = ", ".join(f"{name}://" for name in SCHEMES)
    shown = text.split("://", maxsplit=1)[0]
    if not re.fullmatch(r"[!-~]+", text):
        raise ConfigError(
            f"--to: an address of {shown}:// has letters that no address has; write them as %20 and so on"
        )
    try:
        address = urlsplit(text)
        host, port = address.hostname, address.port
    except ValueError:
        raise ConfigError(f"--to: {shown}://... is no address; write {shown}://HOST:PORT") from None
    if address.scheme not in SCHEMES:
        raise ConfigError(f"--to: {shown}:// is not streamed to; known: {known}")
    if not (host or _listens(address)) or not (port or SCHEMES[address.scheme].port):
        raise ConfigError(f"--to: {shown}://{host or ''} lacks its host or its port; write {shown}://HOST:PORT")
    return address


def _listens(address: SplitResult) -> bool:
    """Whether it waits for a receiver to call, instead of calling one."""
    return address.scheme == "srt" and dict(parse_qsl(address.query)).get("mode") == "listener"


def name_of(text: str) -> str:
    """An address, or any other output, as it may be shown: what follows a host may be a key that nobody must see."""
    if not ADDRESS.match(text):
        return text
    return _name_of(_read(text))


def _name_of(address: SplitResult) -> str:
    host = address.hostname or ""
    if ":" in host:
        host = f"[{host}]"
    return f"{address.scheme}://{host}:{address.port}" if address.port else f"{address.scheme}://{host}"


@cache
def _protocols() -> frozenset[str]:
    """What this ffmpeg can send by."""
    command = [executable(), "-hide_banner", "-nostdin", "-protocols"]
    listed = subprocess.run(command, capture_output=True, stdin=subprocess.DEVNULL, check=False).stdout
    return frozenset(listed.decode("utf-8", "replace").partition("Output:")[2].split())
