"""TOML files that a person wrote, presets and job files: the one reader of both, bounded before anything is parsed."""

import codecs
import re
import tomllib
from pathlib import Path
from typing import Any

from vidream.config.unquoted import why_not_toml
from vidream.errors import ConfigError

MOST_BYTES = 4_000_000
"""Of a file."""

MOST_PARTS = 16
"""Names in one dotted key: tomllib takes memory that grows with their square."""
LONGEST_NAME = 200
"""Characters of a key, as a message shows it whole."""

_STRING = re.compile(
    r'"""(?:\\.|[^\\])*?(?:"""|\Z)|' + r"'''.*?(?:'''|\Z)|" + r'"(?:\\.|[^"\\\n])*"?|' + r"'[^'\n]*'?|#[^\n]*",
    re.DOTALL,
)
_WORD = re.compile(r"[\w+-]+")
_LONG_KEY = re.compile(rf"(?:k[ \t]*\.[ \t]*){{{MOST_PARTS}}}")


def read_toml(path: Path, named: str) -> dict[str, Any]:
    """The table in a TOML file, UTF-8 with or without a byte order mark.

    Args:
        path: the file.
        named: what a message calls it: "jobs.toml", "--preset look.toml".

    Raises:
        ConfigError: it cannot be read, is larger than a file that a person writes, or is no TOML.
    """
    try:
        if path.is_fifo() and path.parts[:2] != ("/", "dev"):  # of a shell: <(...) and /dev/stdin are meant
            raise ConfigError(f"{named}: a named pipe, not a file; nobody may ever write to it")
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except (OSError, ValueError) as error:  # ValueError: a NUL in its name
        raise ConfigError(f"{named}: cannot be read: {getattr(error, 'strerror', None) or error}") from None
    if len(data) > MOST_BYTES:
        raise ConfigError(f"{named}: over {MOST_BYTES / 1e6:g} MB, more than a person writes; split it into several")
    return parse_toml(data, named)


def parse_toml(data: bytes, named: str) -> dict[str, Any]:
    """The table in the text of a TOML file, UTF-8 with or without a byte order mark.

    Args:
        data: the text, whose length is bounded.
        named: what a message calls it.

    Raises:
        ConfigError: it is no TOML.
    """
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise ConfigError(f"{named}: saved as UTF-16 (Unicode); save it again as UTF-8")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigError(f"{named}: not UTF-8 (byte {error.start}); save it again as UTF-8") from None
    if _LONG_KEY.search(_WORD.sub("k", _STRING.sub("k", text))):
        raise ConfigError(f"{named}: not TOML that is read: a key has more than {MOST_PARTS} names with dots between")
    try:
        table = tomllib.loads(text)
    except RecursionError:
        raise ConfigError(f"{named}: not TOML that is read: tables and lists lie too deep in each other") from None
    except ValueError as error:  # not TOML, a number of 5000 digits
        raise ConfigError(f"{named}: not TOML: {why_not_toml(error, text)}") from None
    _check_names(table, named)
    return table


def _check_names(table: dict[str, Any], named: str) -> None:
    """Raise ConfigError if a key, at whatever depth, is too long to be shown."""
    waiting: list[Any] = [table]
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            long = next((key for key in part if len(key) > LONGEST_NAME), None)
            if long is not None:
                raise ConfigError(f"{named}: the key {long[:20]}... has {len(long)} characters; no knob is called so")
            waiting += part.values()
        elif isinstance(part, list):
            waiting += part
