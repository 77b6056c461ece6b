"""Looks: TOML files in configs/, and anybody's own.

A key is a flag's name; a table such as [video] or [image] holds for that command alone.
"""

import os.path
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from vidream.config.commands import COMMANDS, knobs
from vidream.config.kinds import wrong
from vidream.config.toml import read_toml
from vidream.errors import ConfigError, nearest
from vidream.notation import is_curve

MOST_PROBLEMS = 20  # that are told at once


@dataclass(frozen=True)
class Preset:
    """A look's name, its one-line description, and the file that it stands in."""

    name: str
    about: str
    path: Path


def configs_folder() -> Path:
    """Where the shipped looks are: in the package when installed, beside it in a checkout."""
    package = Path(__file__).resolve().parents[1]
    shipped = package / "configs"
    return shipped if shipped.is_dir() else package.parent / "configs"


def presets() -> Iterator[Preset]:
    """The shipped looks, by name. The first line of each file says what it looks like."""
    for path in sorted(configs_folder().glob("*.toml")):
        with path.open(encoding="utf-8") as file:
            yield Preset(path.stem, file.readline().lstrip("# ").strip(), path)


def is_shipped(name: str) -> bool:
    """Whether it is the name of a look that comes with vidream, and not the path of a file."""
    return any(preset.name == os.fspath(name) for preset in presets())


def load_preset(name: str, *commands: str) -> dict[str, Any]:
    """The values that a look sets, by knob name.

    Args:
        name: a shipped look, or the path of a TOML file.
        commands: names in COMMANDS: whose tables hold, each over the ones before.

    Raises:
        ConfigError: no such look, no such file, not TOML, or keys and values that are wrong: all of them at once.
    """
    if not isinstance(name, str | os.PathLike):
        raise ConfigError(f"--preset must be a look's name or a .toml file, not {name!r}")
    name = os.fspath(name)
    shipped = {preset.name: preset.path for preset in presets()}
    path = shipped.get(name, Path(name))
    if name not in shipped and path.suffix != ".toml" and path.name == name and not os.path.exists(name):
        raise ConfigError(f"--preset {name}: no such look; {nearest(name, shipped)} or give a .toml file")
    table = read_toml(path, f"--preset {name}")
    problems = list(islice(_problems(table), MOST_PROBLEMS))
    if problems:
        raise ConfigError(f"--preset {name}: " + "; ".join(problems))
    common = {key: value for key, value in table.items() if not _is_table(key, value)}
    values = _named(common)
    for command in commands:
        own = table.get(command, {})
        values |= _named(own) if _is_table(command, own) else {}
    return values


def _is_table(key: str, value: object) -> bool:
    """Whether it is a command's own table; `zoom` is a knob, too, and may hold a curve."""
    return key in COMMANDS and not (key in _KNOBS and (is_curve(value) or not isinstance(value, Mapping)))


_KNOBS = {each.name for command in COMMANDS for _, each in knobs(command)}


def _named(table: Mapping[str, Any]) -> dict[str, Any]:
    return {key.replace("-", "_"): value for key, value in table.items()}


def _problems(table: Mapping[str, Any], command: str | None = None) -> Iterator[str]:
    """What is wrong in a table of a preset, each with its key."""
    known = {
        each.name: each.metadata
        for name in ([command] if command else COMMANDS)
        for _, each in knobs(name)
        if not each.metadata["run_only"]
    }
    for key, value in table.items():
        name, where = key.replace("-", "_"), f"[{command}] {key}" if command else key
        if command is None and _is_table(name, value):
            if isinstance(value, Mapping):
                yield from _problems(value, name)
            else:
                yield f"{where} must be a table"
        elif name not in known:
            yield f"{where}: no such knob, {nearest(name, known)}"
        else:
            try:
                known[name]["kind"].read(value)
            except ValueError as error:
                yield wrong(where, error, value)
