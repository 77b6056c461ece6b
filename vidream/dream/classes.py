"""The 1000 classes of ImageNet, by name."""

from functools import cache
from pathlib import Path

from vidream.errors import ConfigError, nearest


@cache
def classes() -> tuple[str, ...]:
    """The names of the 1000 classes of ImageNet, by number."""
    lines = Path(__file__).with_name("classes.txt").read_text(encoding="utf-8").splitlines()
    return tuple(line for line in lines if not line.startswith("#"))


def class_number(name: str) -> int:
    """The number of a class, 0..999, by its name, in any case, or by its number as a text.

    Raises:
        ConfigError: there is no class of that name.
    """
    if len(name) <= 3 and name.isascii() and name.isdecimal():
        return int(name)
    known, wanted = [label.lower() for label in classes()], name.strip().lower()
    if wanted not in known:
        raise ConfigError(f"--toward {name}: no such class of ImageNet; {suggestion(wanted, known)}")
    return known.index(wanted)


def suggestion(name: str, known: list[str]) -> str:
    """The end of an error about an unknown class: the names that hold what was given, else those that look like it."""
    holding = [each for each in known if name in each.split() or (len(name) > 3 and name in each)]
    if holding:
        return f"did you mean {', '.join(holding[:5])}?"
    similar = nearest(name, known)
    if similar.startswith("did"):
        return similar
    return "give one of its 1000 names, such as goldfish, or a number to 999"
