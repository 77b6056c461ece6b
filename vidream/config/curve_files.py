"""The files that curves follow, in values as a preset, a job file or a flag holds them, before they are read."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from os import PathLike, fspath
from pathlib import PurePosixPath, PureWindowsPath
from typing import Any

from vidream.config.kinds import Kind, Number, Pair, pair_of_tables
from vidream.config.layers import Layer, Layers
from vidream.config.unquoted import table_of
from vidream.curve_parts import drivers_of, rebuilt
from vidream.curves import Curve, Follow
from vidream.notation import DEEPEST

LEVELS = 2 * DEEPEST + 10
"""How deep lists and tables in each other are looked through; what lies deeper no curve has."""


def files_in(kind: Kind, raw: object) -> Iterator[str]:
    """The files that the curves in a value follow; none where it cannot be read."""
    names: list[str] = []

    def named(name: str) -> str:
        names.append(name)
        return name

    with_files(kind, raw, named)
    yield from dict.fromkeys(names)


def with_files(kind: Kind, raw: Any, place: Callable[[str], str]) -> Any:
    """A value whose curves follow files in other places.

    Args:
        kind: of its knob.
        raw: as it was given.
        place: the path of a file -> its new path.

    Returns:
        The same value, where no curve in it follows a file.
    """
    if not isinstance(kind, Number | Pair | Layers):
        return raw
    try:
        plain = _plain(kind, raw)
    except ValueError:
        return raw  # whoever reads it says what is wrong
    if not _follows_file(plain, LEVELS):
        return raw
    return _placed(plain, place, LEVELS)


def stays_beside(name: str) -> bool:
    """Whether a path leads nowhere but into the folder that it is relative to, on any system."""
    windows, posix = PureWindowsPath(name), PurePosixPath(name)
    return not (windows.anchor or posix.anchor or ".." in windows.parts)


def _plain(kind: Kind, raw: Any) -> Any:
    """A value with tables where text has them. ValueError: the text is not TOML."""
    if isinstance(kind, Layers):
        layers = [raw] if isinstance(raw, str | Mapping) else raw
        return [_plain_layer(each) for each in layers] if isinstance(layers, list | tuple) else layers
    if isinstance(kind, Pair) and isinstance(raw, str) and "{" in raw:
        return pair_of_tables(raw)
    if isinstance(kind, Pair) and isinstance(raw, list | tuple):
        return [table_of(part) for part in raw]
    return table_of(raw)


def _plain_layer(raw: Any) -> Any:
    if isinstance(raw, Layer):
        return {"name": raw.label, "weight": raw.weight}
    if isinstance(raw, Mapping):
        return {key: table_of(value) for key, value in raw.items()}
    if not isinstance(raw, str) or "{" not in raw:
        return raw
    name, _, weight = raw.partition("=")
    return {"name": name, "weight": table_of(weight.strip())}


def _follows_file(part: Any, levels: int) -> bool:
    if isinstance(part, Curve):
        return any(drivers_of(part))
    if levels == 0:
        return False
    if isinstance(part, Mapping):
        own = "follow" in part and isinstance(part.get("of"), str | PathLike)
        return own or any(_follows_file(value, levels - 1) for value in part.values())
    return isinstance(part, list | tuple) and any(_follows_file(each, levels - 1) for each in part)


def _placed(part: Any, place: Callable[[str], str], levels: int) -> Any:
    if isinstance(part, Curve):
        return rebuilt(part, lambda curve: _placed_follow(curve, place))
    if levels == 0:
        return part
    if isinstance(part, Mapping):
        table = {key: _placed(value, place, levels - 1) for key, value in part.items()}
        if "follow" in part and isinstance(part.get("of"), str | PathLike):
            table["of"] = place(fspath(part["of"]))
        return table
    if isinstance(part, list | tuple):
        return [_placed(each, place, levels - 1) for each in part]
    return part


def _placed_follow(curve: Curve, place: Callable[[str], str]) -> Curve:
    if not isinstance(curve, Follow) or curve.driver is None:
        return curve
    return replace(curve, driver=replace(curve.driver, file=place(curve.driver.file)))
