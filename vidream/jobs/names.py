"""Names of outputs, made of the names of what they are made of: what file systems take is kept, each is its own."""

import hashlib
import os.path
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from unicodedata import normalize

from vidream.errors import Problems, nearest

LONGEST = 240
"""Bytes of a name: 255 are taken, and something may yet be appended."""
DIGITS = 6  # of a digest

_FORBIDDEN = re.compile(r'[/\\:*?"<>|\x00-\x1f\x7f-\x9f\u2028\u2029]+')  # on some system or other
_RESERVED = re.compile(r"(CON|PRN|AUX|NUL|COM[0-9¹²³]|LPT[0-9¹²³])", re.IGNORECASE)  # on Windows, whatever the ending
_PLACE = re.compile(r"\{(\w*)\}")
OF_FILES = ("stem", "source", "song")
NAMES = (*OF_FILES, "preset")  # other values are numbers, layers, curves: what they have beside letters becomes _
_PLAIN = re.compile(r"[^\w.+=-]+")


@dataclass(frozen=True)
class Naming:
    """How an output is named: a pattern, and what is filled in."""

    pattern: str
    """A path with names in braces."""
    values: Mapping[str, Any]
    """What stands for each name."""
    files: Mapping[str, str]
    """The files whose names `stem`, `source` and `song` are, relative to the job file's folder."""
    tags: Mapping[str, str]
    """What is appended to a value, by its name, so that the output differs from another one's."""

    def name(self) -> str:
        """The pattern, filled in.

        Raises:
            Problems: nothing is called so.
        """
        return "/".join(self._component(component) for component in self.pattern.split("/"))

    def tagged(self, by: str) -> "Naming":
        """A naming that tells files of one name apart: by their "ending", or by a "digest" of their paths."""
        tag = {"ending": _ending, "digest": _digest}[by]
        tags = {key: tag(self.files[key]) for key in self._file_keys()}
        if by == "digest":
            tags |= {key: _digest(text) for key, text in self._other_values() if text != self._value(key)}
        return replace(self, tags=tags)

    def identity(self) -> tuple[str, ...]:
        """What the name stands for: two namings of one identity cannot be told apart."""
        files = (self.files[key] for key in self._file_keys())
        return (*files, *(text for _, text in self._other_values()))

    def _file_keys(self) -> list[str]:
        """The keys of files whose names are in the pattern."""
        return [key for key in OF_FILES if f"{{{key}}}" in self.pattern and key in self.files]

    def _other_values(self) -> list[tuple[str, str]]:
        """(key, value) of what is filled in that is no file's name."""
        keys = dict.fromkeys(match[1] for match in _PLACE.finditer(self.pattern))
        return [(key, str(self.values[key])) for key in keys if key in self.values and key not in self.files]

    def _component(self, pattern: str) -> str:
        """One name of the path. What a person wrote stays; what is filled in is made to fit."""
        if not _PLACE.search(pattern):
            return pattern
        texts = [self._value(match[1]) for match in _PLACE.finditer(pattern)]
        room = LONGEST - 2 - len(os.fsencode(_PLACE.sub("", pattern)))  # one _ may come before, one after
        if len(os.fsencode("".join(texts))) > room:
            texts = [_shortened(text, room // len(texts)) for text in texts]
        filled = _joined(pattern, texts)
        if pattern.endswith("}"):
            filled = filled.rstrip(". ")
        filled = filled or "_"
        if filled[0] in ".-" and filled[0] != pattern[0]:
            filled = "_" + filled
        stem, dot, rest = filled.partition(".")
        if _RESERVED.fullmatch(stem.rstrip()):
            return f"{stem}_{dot}{rest}"
        return filled

    def _value(self, key: str) -> str:
        if key not in self.values:
            raise Problems([f"output: nothing is called {{{key[:80]}}}; {nearest(key[:80], self.values)}"])
        text = str(self.values[key])
        if key == "preset":
            text = Path(text).stem
        text = text[: 4 * LONGEST]
        replaced = _FORBIDDEN if key in NAMES else _PLAIN
        plain = replaced.sub("_", normalize("NFC", text)).lstrip(".") or "_"
        if key in self.files and plain != normalize("NFC", text).lstrip("."):
            plain = f"{plain}-{_digest(text)}"  # another name may come to the same
        tag = self.tags.get(key)
        return f"{plain}-{tag}" if tag else plain


def _joined(pattern: str, texts: Iterable[str]) -> str:
    upcoming = iter(texts)
    return _PLACE.sub(lambda _: next(upcoming), pattern)


def _shortened(text: str, length: int) -> str:
    """So many bytes of a text at most; a digest of all of it tells it from others that begin like it."""
    if len(os.fsencode(text)) <= length:
        return text
    end = f"-{_digest(text)}"
    start = text[:LONGEST]
    while start and len(os.fsencode(start + end)) > length:
        start = start[:-1]
    return start + end


def _ending(path: str) -> str:
    return Path(path).suffix.lstrip(".")


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:DIGITS]


def shortened(text: str, most: int = 80) -> str:
    """A text as it is shown to a person: of a long one, the beginning."""
    return text if len(text) <= most else f"{text[:most]}..."


def told_apart(namings: Sequence[Naming]) -> list[str]:
    """The name of each naming. Equal names of different files are made different: by their endings, or by a digest.

    What a name becomes depends on the names that it would be mistaken for, and on no others.
    """
    names = [naming.name() for naming in namings]
    for by in ("ending", "digest"):
        for number in _confused(names, namings):
            names[number] = namings[number].tagged(by).name()
    return names


def _confused(names: Sequence[str], namings: Sequence[Naming]) -> list[int]:
    """The numbers of those whose name another one has, too, that is made of other files."""
    by_name: dict[str, list[int]] = {}
    for number, name in enumerate(names):
        by_name.setdefault(normalize("NFC", name), []).append(number)
    return [
        number
        for group in by_name.values()
        if len({namings[number].identity() for number in group}) > 1
        for number in group
    ]
