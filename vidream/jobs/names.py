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
    """How an output is named.

    pattern  with names in braces
    values   what stands for them
    files    whose names `stem`, `source` and `song` are: relative to the job file's folder
    tags     what is appended to the name of a file, that it be told from another's
    """

    pattern: str
    values: Mapping[str, Any]
    files: Mapping[str, str]
    tags: Mapping[str, str]

    def name(self) -> str:
        """The pattern, filled in.

        Raises:
            Problems: nothing is called so.
        """
        return "/".join(self._component(each) for each in self.pattern.split("/"))

    def tagged(self, by: str) -> "Naming":
        """The same with its files told apart: by their "ending", or by a "digest" of their paths."""
        used = [key for key in OF_FILES if f"{{{key}}}" in self.pattern and key in self.files]
        tag = _ending if by == "ending" else _digest
        tags = {key: tag(self.files[key]) for key in used}
        if by == "digest":
            tags |= {key: _digest(text) for key, text in self._others() if text != self._value(key)}
        return replace(self, tags=tags)

    def told(self) -> tuple[str, ...]:
        """What its name stands for: two of which this is the same cannot be told apart."""
        files = [self.files[key] for key in OF_FILES if key in self.files and f"{{{key}}}" in self.pattern]
        return (*files, *(text for _, text in self._others()))

    def _others(self) -> list[tuple[str, str]]:
        """What is filled in that is no file's name, as it was given."""
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
        filled = (filled.rstrip(". ") if pattern.endswith("}") else filled) or "_"
        if filled[0] in ".-" and filled[0] != pattern[0]:
            filled = "_" + filled
        stem, dot, rest = filled.partition(".")
        return f"{stem}_{dot}{rest}" if _RESERVED.fullmatch(stem.rstrip()) else filled

    def _value(self, key: str) -> str:
        if key not in self.values:
            raise Problems([f"output: nothing is called {{{key[:80]}}}; {nearest(key[:80], self.values)}"])
        text = Path(str(self.values[key])).stem if key == "preset" else str(self.values[key])
        text = text[: 4 * LONGEST]
        odd = _FORBIDDEN if key in NAMES else _PLAIN
        plain = odd.sub("_", normalize("NFC", text)).lstrip(".") or "_"
        if key in self.files and plain != normalize("NFC", text).lstrip("."):
            plain = f"{plain}-{_digest(text)}"  # another name may come to the same
        return f"{plain}-{self.tags[key]}" if self.tags.get(key) else plain


def _joined(pattern: str, texts: Iterable[str]) -> str:
    upcoming = iter(texts)
    return _PLACE.sub(lambda _: next(upcoming), pattern)


def _shortened(text: str, length: int) -> str:
    """So many bytes of a text at most; a digest of all of it tells it from others that begin like it."""
    if len(os.fsencode(text)) <= length:
        return text
    end = f"-{_digest(text)}"
    kept = text[:LONGEST]
    while kept and len(os.fsencode(kept + end)) > length:
        kept = kept[:-1]
    return kept + end


def _ending(path: str) -> str:
    return Path(path).suffix.lstrip(".")


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:DIGITS]


def shortened(text: str, most: int = 80) -> str:
    """As it is shown."""
    return text if len(text) <= most else f"{text[:most]}..."


def told_apart(namings: Sequence[Naming]) -> list[str]:
    """The name of each. Names of different files that come to the same are made different: by ending, or by digest.

    What a name becomes depends on the names that it would be taken for, and on no others.
    """
    names = [naming.name() for naming in namings]
    for by in ("ending", "digest"):
        for number in _confused(names, namings):
            names[number] = namings[number].tagged(by).name()
    return names


def _confused(names: Sequence[str], namings: Sequence[Naming]) -> list[int]:
    """Which of them are named as another is that is made of other files."""
    by_name: dict[str, list[int]] = {}
    for number, name in enumerate(names):
        by_name.setdefault(normalize("NFC", name), []).append(number)
    return [
        number
        for group in by_name.values()
        if len({namings[number].told() for number in group}) > 1
        for number in group
    ]
