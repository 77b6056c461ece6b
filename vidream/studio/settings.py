"""What a document comes to: paths, the config of its run, every knob's value, and what is wrong or missing."""

import re
from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from typing import Any, cast

from vidream.config import Recipe, RunConfig, configure, is_shipped, knob_name
from vidream.config.layering import laid_over
from vidream.config.presets import load_preset
from vidream.config.recipe import base_name
from vidream.config.toml_writer import toml_value
from vidream.dream.catalogue import check_goal
from vidream.dream.families import family_of
from vidream.errors import ConfigError, VidreamError
from vidream.plan.seed import NOISE, file_of, time_of
from vidream.studio.document import (
    Document,
    canonical_knobs,
    for_presets,
    kinds_of,
    tables_of,
)
from vidream.studio.folder import names_in
from vidream.studio.look_files import look_path
from vidream.studio.named_files import Entry, Table, entry, with_names, with_paths
from vidream.studio.room import Refusal

FILM = "film"


def base_of(document: Document, table: Table) -> str | None:
    """The command that a music visual is like: "video" of a film, "zoom" of all else; None: it is none."""
    if document.command != "music":
        return None
    source = None if document.source is None else entry(table, document.source)
    if source is not None and source.kind == FILM and not document.noise:
        return "video"
    return "zoom"


def preset_path(document: Document, table: Table) -> str | None:
    """What `configure` takes as preset. ConfigError: the look is not in FOLDER any more."""
    if not document.preset or is_shipped(document.preset):
        return document.preset or None
    return str(look_path(table.root, document.preset))


def checked(document: Document, table: Table, before: Document | None = None) -> Document:
    """The document in its one form: knobs in the order of help, files by their names.

    Args:
        document: as it was asked for.
        table: the files of FOLDER, in which all that it names anew must be.
        before: what it was made of, whose files may have gone since.

    Raises:
        Refusal: a knob cannot be so; in the words of the command line.
        ConfigError: something else cannot.
    """
    base = base_of(document, table)
    values = {name: value for name, value in document.knobs.items() if value is not None}
    kinds = kinds_of(document.command, base)
    for name, raw in values.items():
        if name in kinds and (before is None or before.knobs.get(name) != raw):
            values[name] = with_names(name, kinds[name], raw, table)
    document = replace(document, knobs=canonical_knobs(values, document.command, base))
    run_config(document, table)
    return document


def run_config(document: Document, table: Table) -> RunConfig:
    """Every knob of the run that the document asks for.

    Raises:
        Refusal, ConfigError: as `configure`, files by their names in FOLDER.
    """
    base, make = base_of(document, table), cast(Callable[..., RunConfig], configure)  # knobs are checked at run time
    kinds = kinds_of(document.command, base)
    try:
        preset = preset_path(document, table)
        knobs = {name: with_paths(name, kinds[name], raw, table, gone=True) for name, raw in document.knobs.items()}
        return make(document.command, base=base, preset=preset, **knobs)
    except Refusal:
        raise
    except ConfigError as error:
        raise told(str(error), table, kinds) from None


def told(message: str, table: Table, kinds: Mapping[str, Any]) -> ConfigError:
    """An error as the page shows it: files by their names in FOLDER, beside the knob that it is about."""
    plain = message.replace(f"{table.root}/", "")
    match = re.match(r"--([a-z][a-z-]*)", plain)
    name = knob_name(match[1]) if match else ""
    return Refusal(plain, name) if name in kinds else ConfigError(plain)


def wire(document: Document, table: Table) -> dict[str, Any]:
    """What a child process is told, which makes a config of it: names of commands and looks, paths, knobs.

    Raises:
        InputError: a file is not in FOLDER any more.
    """
    base = base_of(document, table)
    kinds = kinds_of(document.command, base)
    source = None if document.source is None else str(table.path(document.source))
    return {
        "command": document.command,
        "base": base,
        "source": "noise" if document.noise else source,
        "song": None if document.song is None else str(table.path(document.song)),
        "second": document.second,
        "preset": preset_path(document, table),
        "knobs": {name: with_paths(name, kinds[name], raw, table) for name, raw in document.knobs.items()},
    }


def under(document: Document, table: Table) -> dict[str, Any]:
    """What the preset alone sets, by knob, as TOML holds it, files by their names in FOLDER."""
    base, preset = base_of(document, table), preset_path(document, table)
    if preset is None:
        return {}
    kinds = kinds_of(document.command, base)
    values = load_preset(preset, *tables_of(document.command, base), given=document.knobs)
    named = {name: names_in(table.root, values[name]) for name in kinds if name in values}
    return canonical_knobs(named, document.command, base)


def values_of(config: RunConfig, table: Table) -> dict[str, Any]:
    """Every knob's value in a config, as TOML holds it; null where there is none."""
    command, base = config.origin.command, config.origin.base or None
    groups = [getattr(config, group.name) for group in fields(RunConfig)]
    held = {knob.name: getattr(group, knob.name) for group in groups for knob in fields(group)}
    kinds = kinds_of(command, base)
    return {name: None if held[name] is None else _as_toml(kinds[name], held[name], table) for name in kinds}


def _as_toml(kind: Any, value: Any, table: Table) -> Any:
    if value == ():
        return []
    try:
        return names_in(table.root, toml_value(kind, value))
    except ValueError:
        return str(value)


def problems(document: Document, table: Table, config: RunConfig | None = None) -> dict[str, str]:
    """What stands in the way of dreaming the document, by knob; "" for what is about none. Nothing is fetched.

    Args:
        document: the look.
        table: the files of FOLDER.
        config: what it comes to; None: that is found out.
    """
    if document.source is not None and entry(table, document.source) is None:
        return {"": "the source is no longer in the folder; choose another"}
    if document.song is not None and entry(table, document.song) is None:
        return {"": "the song is no longer in the folder; choose another"}
    try:
        wire(document, table)
        config = config or run_config(document, table)
        network = config.goal.network
        check_goal(config.goal)
        if config.goal.weights is None and not family_of(network).is_here(network):
            raise ConfigError(f"--network {network}: not here; {family_of(network).origin(network)}")
    except VidreamError as error:
        kinds = kinds_of(document.command, base_of(document, table))
        found = told(str(error), table, kinds)
        return {getattr(found, "knob", ""): str(found)}
    return {}


def of_recipe(recipe: Recipe, document: Document, table: Table) -> Document:
    """A document with the look of a film or a picture, as its recipe says it; its files are looked for in FOLDER.

    Raises:
        ConfigError: it was made by another version, or of files that are not here.
    """
    command = recipe.command if recipe.command in ("video", "zoom", "image", "music") else document.command
    found = replace(document, command=command, preset="", knobs={}, out="")
    base = base_of(found, table)
    files = {name: recipe.knobs.get(name) for name in ("guide", "weights", "mask")}
    here = {name: file for name, file in files.items() if isinstance(file, str) and entry(table, file) is not None}
    values = {**load_preset(recipe, *tables_of(command, base), given=here), **here}
    kinds = kinds_of(command, base)
    return checked(replace(found, knobs={name: value for name, value in values.items() if name in kinds}), table)


def taken(recipe: Recipe, document: Document, table: Table) -> tuple[Document, list[str]]:
    """A document with the look of a film or a picture, on what that was made of, where FOLDER has it.

    Else the source and the song stay as they are, and the command becomes one that the source can have.

    Returns:
        It, and the knobs that had to be left out.

    Raises:
        ConfigError: as `of_recipe`.
    """
    found = of_recipe(recipe, _of_own_files(recipe, document, table), table)
    source = None if found.source is None else entry(table, found.source)
    command = found.command
    if found.noise and command not in ("zoom", "music"):
        command = "zoom"
    elif command == "video" and source is not None and source.kind == "picture":
        command = "image"
    return adapted(replace(found, command=command), table)


def _of_own_files(recipe: Recipe, document: Document, table: Table) -> Document:
    """A document with the source and the song that a recipe names, those of them that are in FOLDER."""
    names = recipe.arguments
    song = _file_called(names.get("song", ""), ("song",), document.song, table)
    if song is not None:
        document = replace(document, song=song.id)
    seed = names.get("source", "")
    if seed == NOISE:
        return replace(document, noise=True)
    source, second = _file_called(seed, (FILM, "picture"), document.source, table), None
    if source is None and "@" in seed:
        source, second = _file_called(str(file_of(seed)), (FILM,), document.source, table), time_of(seed)
    if source is None or (source.id == document.source and second is None and not document.noise):
        return document
    return replace(document, source=source.id, noise=False, second=float(second or 0))


def _file_called(name: str, kinds: tuple[str, ...], now: str | None, table: Table) -> Entry | None:
    """The file of FOLDER that a recipe means, which has names without folders: the present one, if it can be that."""
    found = [each for each in table.files() if each.kind in kinds and base_name(each.name) == name]
    of_present = [each for each in found if each.id == now]
    at_top = [each for each in found if each.name == name]
    alone = found if len(found) == 1 else []
    return next(iter([*of_present, *at_top, *alone]), None)


def adapted(document: Document, table: Table) -> tuple[Document, list[str]]:
    """A document without the knobs that it cannot have, as its command has become another; and these knobs.

    Raises:
        ConfigError: something else is wrong.
    """
    kinds, left = kinds_of(document.command, base_of(document, table)), list[str]()
    left += [name for name in document.knobs if name not in kinds]
    while True:
        kept = replace(document, knobs={name: raw for name, raw in document.knobs.items() if name not in left})
        try:
            return checked(kept, table, kept), left
        except Refusal as error:
            if error.knob not in kept.knobs:
                raise
            left.append(error.knob)


def look_values(document: Document, table: Table) -> dict[str, Any]:
    """The values that make the look, preset and all, as a preset file holds them; those of one run are left out."""
    mine, kinds = for_presets(document.command), kinds_of(document.command, base_of(document, table))
    over = {name: value for name, value in document.knobs.items() if name in mine}
    below = {name: value for name, value in under(document, table).items() if name in mine}
    laid = laid_over(over, below)
    return {name: laid[name] for name in kinds if name in laid}
