"""Looks: TOML files in configs/, and anybody's own.

A key is a flag's name; a table such as [video] or [image] holds for that command alone. The key `command` names
the command for which the look is made; it shows there at its best, and every other command takes it, too. A table
[made] tells how a film was made: see vidream.config.recipe.
"""

import os.path
import re
import reprlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from vidream.config.commands import COMMANDS, flag, knob_name, knobs
from vidream.config.curve_files import files_in, stays_beside, with_files
from vidream.config.kinds import Kind, wrong
from vidream.config.layering import contradictions, laid_over
from vidream.config.recipe import KNOBS, LOOK_KNOBS, MADE, RUN, Recipe, names_file
from vidream.config.toml import read_toml
from vidream.errors import ConfigError, nearest
from vidream.events import note
from vidream.notation import is_curve
from vidream.version import __version__

MOST_PROBLEMS = 20
"""That are told at once."""

DEFAULT = "animals"
"""The look that is dreamed where none is asked for."""
COMMAND = "command"
"""The key of the command for which a look is made."""
ANY = "video"
"""The command for which a look is made that does not say it: a film holds what a picture and a zoom hold, too."""


@dataclass(frozen=True)
class Preset:
    """A shipped look."""

    name: str
    """What --preset calls it."""

    about: str
    """What it looks like, in one line."""

    path: Path
    """The TOML file that it stands in."""

    @property
    def command(self) -> str:
        """The command for which it is made: a name in COMMANDS."""
        command: str = read_toml(self.path, str(self.path)).get(COMMAND, ANY)
        return command


def configs_folder() -> Path:
    """Where the shipped looks are: in the package when installed, beside it in a checkout."""
    package = Path(__file__).resolve().parents[1]
    installed = package / "configs"
    if installed.is_dir():
        return installed
    return package.parent / "configs"


def presets() -> Iterator[Preset]:
    """The shipped looks, by name. The first line of each file says what it looks like."""
    for path in _shipped().values():
        with path.open(encoding="utf-8") as file:
            yield Preset(path.stem, file.readline().lstrip("# ").strip(), path)


def _shipped() -> dict[str, Path]:
    """The files of the shipped looks, by name."""
    return {path.stem: path for path in sorted(configs_folder().glob("*.toml"))}


def is_shipped(name: str | Recipe) -> bool:
    """Whether it is the name of a look that comes with vidream, and not the path of a file."""
    if isinstance(name, Recipe):
        return False
    return os.fspath(name) in _shipped()


def load_preset(preset: str | Recipe, *commands: str, given: Collection[str] = ()) -> dict[str, Any]:
    """The values that a look sets, by knob name.

    Args:
        preset: a shipped look, or the path of a TOML file; or the recipe of a film or a picture.
        commands: names in COMMANDS: whose tables hold, each over the ones before.
        given: the knobs that are given beside it.

    Raises:
        ConfigError: no such look, no such file, not TOML, or keys and values that are wrong: all of them at once.
    """
    if isinstance(preset, Recipe):
        return _look_of_recipe(preset, commands, given)
    if not isinstance(preset, str | os.PathLike):
        raise ConfigError(f"--preset must be a look's name or a .toml file, not {preset!r}")
    name = os.fspath(preset)
    shipped = _shipped()
    path = shipped.get(name, Path(name))
    if name not in shipped and path.suffix != ".toml" and path.name == name and not os.path.exists(name):
        close = nearest(name, shipped, cutoff=0.6)
        if not close.startswith("did you mean"):
            close = "`vidream presets` lists them;"
        raise ConfigError(f"--preset {name}: no such look; {close} or give a .toml file")
    if name not in shipped and os.path.isdir(path):
        raise ConfigError(f"--preset {name}: a folder; name a picture in it, a film, or a .toml file")
    table = read_toml(path, f"--preset {name}")
    values = look_values(table, f"--preset {name}", *commands, given=given)
    return {key: with_files(KNOBS[key], value, lambda file: str(path.parent / file)) for key, value in values.items()}


def look_values(table: Mapping[str, Any], named: str, *commands: str, given: Collection[str] = ()) -> dict[str, Any]:
    """The values that the table of a look sets, by knob name; files that its curves follow as it names them.

    Args:
        table: what TOML holds.
        named: what a message calls it.
        commands: names in COMMANDS: whose tables hold, each over the ones before.
        given: the knobs that are given beside it.

    Raises:
        ConfigError: keys and values that are wrong, all of them at once.
    """
    problems = list(islice(_problems(table), MOST_PROBLEMS))
    if problems:
        version = table[MADE].get("vidream") if isinstance(table.get(MADE), Mapping) else None
        ending = "" if version in (None, __version__) else f"; it is of vidream {reprlib.repr(version)}"
        raise ConfigError(f"{named}: {'; '.join(problems)}{ending}")
    return _with_run(_values(table, commands), table, named, commands, given)


def _look_of_recipe(recipe: Recipe, commands: Collection[str], given: Collection[str]) -> dict[str, Any]:
    """The values that the recipe of a film sets. No file that it names is opened: nobody has named it here."""
    if recipe.command not in COMMANDS:
        problem = f"made by vidream {recipe.command}, whose recipe is no look; name the film that was dreamed"
        raise ConfigError(f"--preset {recipe.path}: {problem}")
    problems = list(islice(_problems(recipe.table), MOST_PROBLEMS))
    if problems:
        raise recipe.foreign("; ".join(problems))
    values = {name: value for name, value in _values(recipe.table, commands).items() if name in LOOK_KNOBS}
    for name, value in values.items():
        file = next(files_in(KNOBS[name], value), None)
        if file is not None and name not in given:
            problem = f"its {flag(name)} follows {file}, which is not in its recipe"
            raise ConfigError(f"--preset {recipe.path}: {problem}; give {flag(name)} anew")
    return _with_run(values, recipe.table, f"--preset {recipe.path}", commands, given)


def _with_run(
    values: Mapping[str, Any], table: Mapping[str, Any], named: str, commands: Collection[str], given: Collection[str]
) -> dict[str, Any]:
    """A look's values; and of a recipe's knobs of its run the mask, if it is no file and fits the command.

    Args:
        values: of the look.
        table: that they are from, which may be a recipe's.
        named: what a message calls it.
        commands: for which the look is taken.
        given: the knobs that are given beside it.

    Raises:
        ConfigError: it was dreamed with a file that is not given: without, it would be another dream.
    """
    made = table.get(MADE)
    if not isinstance(made, Mapping):
        return dict(values)
    run, network = made.get(RUN, {}), str(values.get("network", ""))
    files = {"guide": run.get("guide"), "weights": run.get("weights")}
    if not re.fullmatch(r"[\w-]*", network):
        files["network"] = network
    for name, file in files.items():
        if isinstance(file, str) and name not in given:
            what = f"its {name} {reprlib.repr(file)} is not in its recipe"
            raise ConfigError(f"{named}: {what}; give {flag(name)} {KNOBS[name].metavar.split('|')[-1]}")
    mask = run.get("mask")
    if not isinstance(mask, str) or "mask" in given:
        return dict(values)
    if names_file(KNOBS["mask"], mask) or table.get(COMMAND) not in commands:
        note(f"its mask {reprlib.repr(mask)} is not taken; it is dreamed everywhere without --mask", named)
        return dict(values)
    return {**values, "mask": mask}


def _values(table: Mapping[str, Any], commands: Iterable[str]) -> dict[str, Any]:
    """The knobs of a look's table, and those of its commands' tables over them."""
    values = by_knob({key: value for key, value in table.items() if not _is_no_knob(key, value)})
    for command in commands:
        of_command = table.get(command, {})
        if _is_table(command, of_command):
            values = laid_over(by_knob(of_command), values)
    return values


def _is_no_knob(key: str, value: object) -> bool:
    return key in (COMMAND, MADE) or _is_table(key, value)


def _is_table(key: str, value: object) -> bool:
    """Whether it is a command's own table; `zoom` is a knob, too, and may hold a curve."""
    return key in COMMANDS and not (key in KNOBS and (is_curve(value) or not isinstance(value, Mapping)))


def by_knob(table: Mapping[str, Any]) -> dict[str, Any]:
    """A table with the knobs' names for keys: octave-ratio -> octave_ratio."""
    return {knob_name(key): value for key, value in table.items()}


def _problems(table: Mapping[str, Any], command: str | None = None) -> Iterator[str]:
    """What is wrong in a table of a preset, each with its key."""
    known = _kinds_for_presets(command)
    prefix = f"[{command}] " if command else ""
    yield from contradictions(by_knob(table), prefix)
    for key, value in table.items():
        name = knob_name(key)
        named = prefix + key
        if command is None and key == COMMAND:
            if value not in tuple(COMMANDS):
                yield f"{key} must be one of {', '.join(COMMANDS)}, not {reprlib.repr(value)}"
        elif command is None and key == MADE:
            if not isinstance(value, Mapping) or not isinstance(value.get(RUN, {}), Mapping):
                yield f"{key} must be a table, as a recipe has it"
        elif command is None and _is_table(name, value):
            if isinstance(value, Mapping):
                yield from _problems(value, name)
            else:
                yield f"{named} must be a table"
        elif name not in known:
            yield f"{named}: no such knob, {nearest(name, known)}"
        else:
            try:
                known[name].read(value)
            except ValueError as error:
                yield wrong(named, error, value)
                continue
            for file in files_in(known[name], value):
                if not stays_beside(file):
                    yield f"{named} follows {reprlib.repr(file)}; a look's files lie beside it, or in folders there"


def _kinds_for_presets(command: str | None) -> dict[str, Kind]:
    """The kind of each knob that a preset may set, for a command or for any."""
    commands = [command] if command else list(COMMANDS)
    fields = [knob for name in commands for _, knob in knobs(name)]
    return {knob.name: knob.metadata["kind"] for knob in fields if not knob.metadata["run_only"]}
