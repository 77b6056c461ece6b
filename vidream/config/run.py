"""What the knobs come to for one run: defaults, then the preset, then --draft, then what was given."""

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import Field, fields, replace
from typing import Any, Literal, Unpack, overload

from vidream.config.commands import COMMANDS, default_of, flag, knobs, tables_for, unused_knobs
from vidream.config.keywords import ImageKnobs, MusicKnobs, VideoKnobs, ZoomKnobs
from vidream.config.kinds import wrong
from vidream.config.presets import is_shipped, load_preset
from vidream.config.run_config import Origin, RunConfig
from vidream.config.sizing import Sizing
from vidream.errors import ConfigError, nearest
from vidream.frames import Size

SEEDS = {"zoom": "a picture", "video": "a film"}
"""The command that a music visual is based on -> what it is made of."""


@overload
def configure(
    command: Literal["video"], *, preset: str | None = None, draft: bool = False, **given: Unpack[VideoKnobs]
) -> RunConfig: ...
@overload
def configure(
    command: Literal["zoom"], *, preset: str | None = None, draft: bool = False, **given: Unpack[ZoomKnobs]
) -> RunConfig: ...
@overload
def configure(
    command: Literal["image"], *, preset: str | None = None, draft: bool = False, **given: Unpack[ImageKnobs]
) -> RunConfig: ...
@overload
def configure(
    command: Literal["music"],
    *,
    base: str | None = None,
    preset: str | None = None,
    draft: bool = False,
    **given: Unpack[MusicKnobs],
) -> RunConfig: ...
@overload
def configure(command: str, *, preset: str | None = None, draft: bool = False) -> RunConfig: ...
def configure(
    command: str, *, base: str | None = None, preset: str | None = None, draft: bool = False, **given: Any
) -> RunConfig:
    """Every knob of one run, checked.

    Args:
        command: a name in COMMANDS; decides the defaults.
        base: of a command that has bases, the one that this run of it is like.
        preset: a shipped look by name, or the path of a TOML file.
        draft: small and fast, with the same seeds and timing.
        **given: knobs by name, as on the command line or as values; None counts as not given.

    Raises:
        ConfigError: with everything that is wrong in what was given, or with the preset, at once.
    """
    if "like" in given:
        warnings.warn("configure(like=) is called base=", DeprecationWarning, stacklevel=2)
        base = given.pop("like")
    table = _usable_knobs(command, base, given)
    tables = tables_for(command, base)
    chosen: dict[str, Any] = {}
    if preset is not None:
        chosen |= load_preset(preset, *tables)
    if draft:
        chosen |= _drafted(tables, chosen)
    chosen |= {name: value for name, value in given.items() if value is not None}
    origin = Origin(command=command, base=base or "")
    if preset is not None and not is_shipped(preset):
        origin = replace(origin, look=preset)
    config = RunConfig(**_groups(command, base, table, chosen), origin=origin)
    musical = [name for name, curve in config.moving.items() if curve.musical]
    if musical and command != "music":
        raise ConfigError(f"{flag(musical[0])}: follows music, and {command} has none; vidream music has")
    return config


def _usable_knobs(command: str, base: str | None, given: Mapping[str, Any]) -> dict[str, tuple[str, Field[Any]]]:
    """(group, field) of each knob that does something, by name.

    Raises:
        ConfigError: one that is given does nothing here, or is none.
    """
    table = {knob.name: (group, knob) for group, knob in knobs(command)}
    for name in given:
        if name not in table:
            raise ConfigError(f"{flag(name)}: {command} has no such knob; {nearest(name, table)}")
    unused = unused_knobs(command, base)
    for name, value in given.items():
        if name in unused and value is not None:
            raise ConfigError(f"{flag(name)}: does nothing where SEED is {SEEDS[str(base)]}; leave it out")
    return {name: entry for name, entry in table.items() if name not in unused}


def _groups(
    command: str, base: str | None, table: Mapping[str, tuple[str, Field[Any]]], chosen: Mapping[str, Any]
) -> dict[str, Any]:
    """RunConfig's groups, by name: what was chosen, read, over the defaults.

    Raises:
        ConfigError: with all that is wrong in what was chosen.
    """
    values: dict[str, dict[str, Any]] = {}
    problems = []
    for name, (group, knob) in table.items():
        value = default_of(command, knob, base)
        if name in chosen:
            try:
                value = knob.metadata["kind"].read(chosen[name])
            except ValueError as error:
                problems.append(wrong(flag(name), error, chosen[name]))
        values.setdefault(group, {})[name] = value
    if problems:
        raise ConfigError("; ".join(problems))
    types: dict[str, Any] = {group.name: group.type for group in fields(RunConfig)}
    return {group: types[group](**knobs_of_it) for group, knobs_of_it in values.items()}


def _drafted(tables: Sequence[str], chosen: Mapping[str, Any]) -> Mapping[str, Any]:
    """What --draft sets. A look that has a shape of its own keeps it: else another picture would be judged."""
    drafted = {name: value for command in tables for name, value in COMMANDS[command].draft.items()}
    try:
        shaped, small = (Sizing().read(values["size"]) for values in (chosen, drafted))
    except (KeyError, ValueError):
        return drafted
    if shaped.height is not None:
        drafted["size"] = str(Size(shaped.width, shaped.height).at_most(small.width))
    return drafted
