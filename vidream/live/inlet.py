"""A pipe or an address that somebody sends to, by ffmpeg: a Feed."""

import stat
import sys
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from vidream.config import RunConfig
from vidream.errors import ConfigError, nearest
from vidream.live.decoder import Decoded, fit_filters
from vidream.media.ffmpeg import FORMATS, LOCAL, local

SCHEMES: Mapping[str, tuple[str, ...]] = {
    "udp": ("udp",),
    "srt": ("srt",),
    "tcp": ("tcp",),
    "rtmp": ("rtmp", "tcp"),
    "rtmps": ("rtmps", "rtmp", "tls", "tcp"),
    "rtsp": ("rtsp", "rtp", "udp", "tcp"),
    "http": ("http", "tcp"),
    "https": ("https", "tls", "tcp"),
}
"""Those that an address may have -> the protocols that ffmpeg may then speak: nothing that is sent opens another."""
SENT = f"{FORMATS},mpjpeg,mjpeg,jpeg_pipe,rtsp,live_flv"
"""Kinds that may be sent; no playlists, which could name other addresses and files."""
PROMPT = ("-analyzeduration", "1000000", "-thread_type", "slice")
"""ffmpeg's, so that nothing waits: at most a second is looked at before the first frame; no thread is a frame ahead."""
ALONE = "40000000"
"""Microseconds of silence after which ffmpeg ends by itself, later than we would end it: else, if this process was
killed while nobody sent, it would listen for ever, and no other could at its port."""
OF_SCHEME: Mapping[str, tuple[str, ...]] = {
    "udp": ("-timeout", ALONE),
    "http": ("-max_redirects", "0"),
    "https": ("-max_redirects", "0"),
    "rtsp": ("-rtsp_transport", "tcp"),
}
"""ffmpeg's, of some schemes: no answer leads elsewhere; no frame is torn by a packet that is lost."""

PORTLESS = ("udp", "srt", "tcp")
"""Schemes that have no usual port: an address says which."""


def is_address(word: str) -> bool:
    """Whether a word is an address, whatever its scheme: it has ://."""
    return "://" in word


def is_pipe(word: str) -> bool:
    """Whether a word is standard input, "-", or the path of a named pipe."""
    if word == "-":
        return True
    try:
        return stat.S_ISFIFO(Path(word).stat().st_mode)
    except (OSError, ValueError):
        return False


def pipe(word: str, config: RunConfig) -> Decoded:
    """The feed of standard input or of a named pipe, in any kind of film that needs no seeking: MPEG-TS, NUT, Y4M.

    Raises:
        ConfigError: standard input is a terminal.
    """
    if word == "-" and sys.stdin is not None and sys.stdin.isatty():
        raise ConfigError("-: standard input is a terminal; send a film into it: ffmpeg … -f mpegts - | vidream live -")
    opened = "pipe:0" if word == "-" else local(Path(word))
    arguments = (*LOCAL[:-1], SENT, *PROMPT, "-i", opened)
    filters, most, ever = fit_filters(config.film), config.files.max_pixels, float("inf")
    return Decoded(word, arguments, filters, most, patience=ever, waits=ever, once=word == "-")


def address(word: str, config: RunConfig) -> Decoded:
    """The feed of an address.

    Raises:
        ConfigError: its scheme is none that is read, or it has no host.
    """
    parts = urlsplit(word)
    if parts.scheme not in SCHEMES:
        raise ConfigError(f"{parts.scheme}://: no address that is read; {nearest(parts.scheme, SCHEMES)}")
    if not parts.netloc:
        raise ConfigError(f"{parts.scheme}://: has no host; write {parts.scheme}://HOST:PORT")
    if parts.scheme in PORTLESS and not _has_port(parts):
        raise ConfigError(f"{parts.scheme}://: needs a port from 1 to 65535; write {parts.scheme}://HOST:PORT")
    whitelists = ("-protocol_whitelist", ",".join(SCHEMES[parts.scheme]), "-format_whitelist", SENT)
    arguments = (*whitelists, *PROMPT, *OF_SCHEME.get(parts.scheme, ()), "-i", word)
    name = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
    return Decoded(name, arguments, fit_filters(config.film), config.files.max_pixels, secret=word)


def _has_port(parts: SplitResult) -> bool:
    """Whether an address says a port that there can be."""
    try:
        return bool(parts.port)
    except ValueError:
        return False
