"""What the knobs come to for one run: defaults, then the preset, then --draft, then what was given."""

import os
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import Field, fields, replace
from typing import Any, Literal, Unpack, overload

from vidream.clock import Marker
from vidream.config.commands import AIMS, EVERY_COMMAND, default_of, flag, knobs, tables_for, unused_knobs
from vidream.config.keywords import CompositeKnobs, ImageKnobs, LiveKnobs, MusicKnobs, VideoKnobs, ZoomKnobs
from vidream.config.kinds import wrong
from vidream.config.layering import OVERRULED, contradictions, format_knobs, laid_over, without_overruled
from vidream.config.presets import is_shipped, load_preset
from vidream.config.recipe import Recipe, base_name
from vidream.config.run_config import Origin, RunConfig
from vidream.config.sizing import Sizing
from vidream.curve_parts import drivers_of, markers_of
from vidream.errors import ConfigError, nearest
from vidream.frames import Size

SEEDS = {"zoom": "a picture", "video": "a film"}
"""The command that a music visual is based on -> what it is made of."""
MUSICAL = ("music", "live")
"""Commands whose curves may follow music."""


@overload
def configure(
    command: Literal["video"], *, preset: str | Recipe | None = None, draft: bool = False, **knobs: Unpack[VideoKnobs]
) -> RunConfig: ...
@overload
def configure(
    command: Literal["zoom"], *, preset: str | Recipe | None = None, draft: bool = False, **knobs: Unpack[ZoomKnobs]
) -> RunConfig: ...
@overload
def configure(
    command: Literal["image"], *, preset: str | Recipe | None = None, draft: bool = False, **knobs: Unpack[ImageKnobs]
) -> RunConfig: ...
@overload
def configure(
    command: Literal["music"],
    *,
    base: str | None = None,
    preset: str | Recipe | None = None,
    draft: bool = False,
    **knobs: Unpack[MusicKnobs],
) -> RunConfig: ...
@overload
def configure(
    command: Literal["live"], *, base: str | None = None, preset: str | Recipe | None = None, **knobs: Unpack[LiveKnobs]
) -> RunConfig: ...
@overload
def configure(command: Literal["composite"], **knobs: Unpack[CompositeKnobs]) -> RunConfig: ...
@overload
def configure(command: str, *, preset: str | Recipe | None = None, draft: bool = False) -> RunConfig: ...
def configure(
    command: str, *, base: str | None = None, preset: str | Recipe | None = None, draft: bool = False, **knobs: Any
) -> RunConfig:
    """Every knob of one run, checked.

    Args:
        command: "video", "zoom", "image", "music", "live" or "composite"; decides the defaults.
        base: of "music" and "live", the command that this run is like: "zoom", into a picture, or "video", over a film.
        preset: a shipped look by name, the path of a TOML file, or what `vidream.recipe_of` gives of a film.
        draft: small and fast, with the same seeds and timing.
        **knobs: by name, as on the command line or as values; None counts as not given.

    Raises:
        ConfigError: with everything that is wrong in the knobs, or with the preset, at once.
    """
    if "like" in knobs:
        warnings.warn("configure(like=) is called base=", DeprecationWarning, stacklevel=2)
        base = knobs.pop("like")
    table = _usable_knobs(command, base, knobs)
    tables = tables_for(command, base)
    given = {name: value for name, value in knobs.items() if value is not None}
    problems = [*contradictions(given, "--")]
    if "passes_as" in given and "passes" not in given:
        problems.append("--passes-as: says how passes are written, and none is asked for; give --passes dream, too")
    if problems:
        raise ConfigError("; ".join(problems))
    look: dict[str, Any] = {}
    if preset is not None:
        look = load_preset(preset, *tables, given=given)
    values = _below(look, given, tables)
    drafted = _drafted(tables, values, given) if draft else {}
    values = laid_over(drafted, values) | given
    beside = {*given, *drafted}
    beside |= {name for knob in beside for name in OVERRULED.get(knob, ())}
    origin = Origin(command=command, base=base or "", given=tuple(sorted(beside)))
    if preset is not None:
        path = preset.path if isinstance(preset, Recipe) else os.fspath(preset)
        origin = replace(origin, look="" if is_shipped(preset) else path, preset=base_name(path))
    config = RunConfig(**_groups(command, base, table, values), origin=origin)
    musical = [name for name, curve in config.moving.items() if curve.musical]
    if musical and command not in MUSICAL:
        raise ConfigError(
            f"{flag(musical[0])}: follows music, and {command} has none; vidream music has, and a curve may follow"
            f' any sound, of = "song.wav"'
        )
    _check_files(config)
    return config


def _check_files(config: RunConfig) -> None:
    """Raise ConfigError if a curve follows a file where there is no time, or has a marker where no file names them."""
    for name, curve in config.moving.items():
        driver, marker = next(drivers_of(curve), None), next(markers_of(curve), None)
        if config.origin.command == "image" and (driver or marker):
            raise ConfigError(f"{flag(name)}: follows {driver or marker}, and a picture has no time")
        if marker and config.origin.command == "live":
            raise ConfigError(f"{flag(name)}: has the marker {marker}, and a live dream has no film that they are of")
        if marker and config.film.markers is None:
            raise ConfigError(f"{flag(name)}: has the marker {marker}; --markers FILE says where that is")
    ends: dict[str, object] = {"start": config.film.start, "end": config.film.end}
    for name, end in ends.items():
        if isinstance(end, Marker) and config.film.markers is None:
            raise ConfigError(f"--{name}: has the marker {end}; --markers FILE says where that is")


def _usable_knobs(command: str, base: str | None, values: Mapping[str, Any]) -> dict[str, tuple[str, Field[Any]]]:
    """(group, field) of each knob that does something, by name.

    Raises:
        ConfigError: a knob that does nothing here, or is unknown.
    """
    table = {knob.name: (group, knob) for group, knob in knobs(command)}
    for name in values:
        if name not in table:
            raise ConfigError(f"{flag(name)}: {command} has no such knob; {nearest(name, table)}")
    unused = unused_knobs(command, base)
    for name, value in values.items():
        if name in unused and value is not None:
            raise ConfigError(f"{flag(name)}: does nothing where SEED is {SEEDS[str(base)]}; leave it out")
    return {name: entry for name, entry in table.items() if name not in unused}


def _below(look: Mapping[str, Any], given: Mapping[str, Any], tables: Sequence[str]) -> dict[str, Any]:
    """What holds where nothing is given: a format's size and rate, and over them what the look says."""
    wanted = laid_over(given, look).get("for_")
    return {**format_knobs(wanted, film="video" in tables), **without_overruled(look, given)}


def _groups(
    command: str, base: str | None, table: Mapping[str, tuple[str, Field[Any]]], values: Mapping[str, Any]
) -> dict[str, Any]:
    """RunConfig's groups, by name: the values, read, over the defaults, of which some are an aim's.

    Raises:
        ConfigError: with all that is wrong in the values.
    """
    groups: dict[str, dict[str, Any]] = {}
    problems = []
    aims = [name for name in AIMS if values.get(name)]
    for name, (group, knob) in table.items():
        value = default_of(command, knob, base, aims)
        if name in values:
            try:
                value = knob.metadata["kind"].read(values[name])
            except ValueError as error:
                problems.append(wrong(flag(name), error, values[name]))
        groups.setdefault(group, {})[name] = value
    if problems:
        raise ConfigError("; ".join(problems))
    types: dict[str, Any] = {group.name: group.type for group in fields(RunConfig)}
    return {group: types[group](**knobs_of_it) for group, knobs_of_it in groups.items()}


def _drafted(tables: Sequence[str], values: Mapping[str, Any], given: Mapping[str, Any]) -> Mapping[str, Any]:
    """What --draft sets, over the values of a look, and under what is given.

    A look that has a shape of its own keeps it: else another picture would be judged.
    """
    drafted = {name: value for command in tables for name, value in EVERY_COMMAND[command].draft.items()}
    if "crf" in given:
        drafted.pop("quality", None)
    try:
        shaped, small = (Sizing().read(each["size"]) for each in (values, drafted))
    except (KeyError, ValueError):
        return drafted
    if shaped.height is not None:
        drafted["size"] = str(Size(shaped.width, shaped.height).at_most(small.width))
    return drafted
