"""The 1000 classes of ImageNet, by name."""

from functools import cache
from pathlib import Path

from vidream.errors import ConfigError, nearest


@cache
def classes() -> tuple[str, ...]:
    """Their names, by number."""
    lines = Path(__file__).with_name("classes.txt").read_text(encoding="utf-8").splitlines()
    return tuple(line for line in lines if not line.startswith("#"))


def class_number(name: str) -> int:
    """A class by its name, in any case, or by its number.

    Raises:
        ConfigError: there is none of that name.
    """
    if len(name) <= 3 and name.isascii() and name.isdecimal():
        return int(name)
    known, wanted = [each.lower() for each in classes()], name.strip().lower()
    if wanted not in known:
        raise ConfigError(f"--toward {name}: no such class of ImageNet; {suggested(wanted, known)}")
    return known.index(wanted)


def suggested(name: str, known: list[str]) -> str:
    """The names that hold it, else those that look like it."""
    holding = [each for each in known if name in each.split() or (len(name) > 3 and name in each)]
    if holding:
        return f"did you mean {', '.join(holding[:5])}?"
    alike = nearest(name, known)
    return alike if alike.startswith("did") else "give one of its 1000 names, such as goldfish, or a number to 999"
