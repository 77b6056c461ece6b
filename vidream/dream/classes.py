"""The 1000 classes of ImageNet by name, and groups of them: what --toward may name."""

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

from vidream.errors import ConfigError, nearest


@cache
def classes() -> tuple[str, ...]:
    """The names of the 1000 classes of ImageNet, by number."""
    return tuple(_lines("classes.txt"))


@cache
def groups() -> Mapping[str, tuple[int, ...]]:
    """The numbers of the classes that belong together, by the group's name: "dogs" -> 151, 152, ..., 268."""
    rows = (line.split(" | ") for line in _lines("groups.txt"))
    return {name: tuple(_numbers(ranges)) for name, _, ranges in rows}


def _lines(file: str) -> Iterator[str]:
    lines = Path(__file__).with_name(file).read_text(encoding="utf-8").splitlines()
    return (line for line in lines if not line.startswith("#"))


def _numbers(ranges: str) -> Iterator[int]:
    """7-9,12 -> 7, 8, 9, 12."""
    for part in ranges.split(","):
        first, _, last = part.partition("-")
        yield from range(int(first), int(last or first) + 1)


def class_numbers(name: str) -> tuple[int, ...]:
    """The numbers, 0..999, of the classes that a name stands for: one class, or all of a group.

    Args:
        name: of a group or a class, in any case, with hyphens for spaces or not; or a class's number as a text.

    Raises:
        ConfigError: there is no group and no class of that name.
    """
    if len(name) <= 3 and name.isascii() and name.isdecimal():
        return (int(name),)
    wanted = plain(name)
    if wanted in groups():
        return groups()[wanted]
    known = [plain(label) for label in classes()]
    if wanted not in known:
        labels = [*groups(), *(label.lower() for label in classes())]
        raise ConfigError(f"--toward {name}: no such class of ImageNet; {suggestion(name.strip().lower(), labels)}")
    return (known.index(wanted),)


def plain(name: str) -> str:
    """A name as it is compared: in small letters, with spaces for hyphens, so that it can be typed as one word."""
    return name.strip().lower().replace("-", " ")


def suggestion(name: str, known: list[str]) -> str:
    """The end of an error about an unknown name: the ones that hold what was given, else those that look like it."""
    holding = [each for each in known if name in each.split() or (len(name) > 2 and name in each)]
    if holding:
        return f"did you mean {', '.join(holding[:5])}?"
    similar = nearest(name, known)
    if similar.startswith("did"):
        return similar
    return "give one of its 1000 names, a group, such as dogs, or a number to 999; `vidream classes` lists them"
