"""Sizes of files and memory, as a person writes and reads them: 20GB, 500 MB. A GB is 10**9 bytes, a GiB 2**30."""

import math
import re
from collections.abc import Mapping

UNITS: Mapping[str, int] = {
    "B": 1,
    **{f"{letter}B": 10 ** (3 * power) for power, letter in enumerate("KMGT", 1)},
    **{f"{letter}iB": 2 ** (10 * power) for power, letter in enumerate("KMGT", 1)},
}
"""What a unit is, in bytes."""
_BY_NAME = {name.lower(): size for name, size in UNITS.items()}
_MOST = 10**18


def bytes_of(text: str) -> int:
    """A size in bytes, such as "20GB", "1.5 TB" or "0".

    Raises:
        ValueError: with what is wrong, as the end of a sentence that begins with the flag's name.
    """
    match = re.fullmatch(r"\s*(\d+(?:\.\d*)?|\.\d+)\s*([a-zA-Z]*)\s*", text, re.ASCII)
    size = float(match[1]) if match else math.nan
    if match and not match[2] and size == 0:
        return 0
    unit = _BY_NAME.get(match[2].lower()) if match else None
    if unit is None or not size * unit <= _MOST:
        raise ValueError(f"is {text!r}, which must be a size such as 20GB or 500MB")
    return round(size * unit)


def amount(size: float) -> str:
    """A size for a person: 2.1 GB, 12 MB, 0 kB; one digit after the point below ten."""
    for unit, name in ((10**12, "TB"), (10**9, "GB"), (10**6, "MB")):
        if size >= 0.995 * unit:
            return f"{size / unit:.1f} {name}" if size < 9.95 * unit or unit >= 10**9 else f"{size / unit:.0f} {name}"
    return f"{math.ceil(size / 1000)} kB"
