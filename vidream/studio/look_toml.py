"""The look as TOML: the text of a preset file, which `--preset FILE` takes, and back."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from vidream.config import COMMANDS, flag
from vidream.config.layering import laid_over
from vidream.config.presets import COMMAND, look_values
from vidream.config.toml import MOST_BYTES, parse_toml
from vidream.config.toml_writer import toml_entry
from vidream.errors import ConfigError
from vidream.studio import settings
from vidream.studio.document import Document, canonical_knobs, for_presets, kinds_of, tables_of
from vidream.studio.named_files import Table, with_names

NAMED = "TOML"
"""What messages call the text."""


def toml_of(document: Document, table: Table) -> str:
    """The text of a preset file with all that the look sets, its preset's part too; knobs of one run are left out.

    Raises:
        ConfigError: the preset is not there any more.
    """
    values = settings.look_values(document, table)
    entries = [toml_entry(_key(name), value) for name, value in values.items()]
    return "\n".join([toml_entry(COMMAND, document.command), *entries]) + "\n"


def _key(name: str) -> str:
    return flag(name).removeprefix("--")


def with_toml(document: Document, text: str, table: Table) -> Document:
    """A document whose look is what a text says; knobs of one run stay as they are.

    The preset stays, and the knobs are those that differ from it; where the text leaves out what the preset sets, it
    goes, and the text alone is the look.

    Args:
        document: the look before.
        text: of a preset file.
        table: the files of FOLDER.

    Raises:
        ConfigError: it is no TOML, or what it says is wrong, all of it at once.
    """
    data = text.encode("utf-8", "replace")
    if len(data) > MOST_BYTES:
        raise ConfigError(f"{NAMED}: larger than {MOST_BYTES:,} bytes, and no look is")
    parsed = parse_toml(data, NAMED)
    command = parsed.get(COMMAND, document.command)
    if not isinstance(command, str) or command not in COMMANDS:
        raise ConfigError(f"{NAMED}: {COMMAND} must be one of {', '.join(COMMANDS)}")
    if command != document.command:
        document = replace(document, command=command, preset="", out="")
    values = _values(document, parsed, table)
    once = for_presets(command)
    kinds = kinds_of(command, settings.base_of(document, table))
    rest = {name: raw for name, raw in document.knobs.items() if name not in once and name in kinds}
    own = _over_preset(document, {**values}, table)
    if own is None:
        document, own = replace(document, preset=""), values
    return settings.checked(replace(document, knobs={**rest, **own}), table, document)


def _values(document: Document, parsed: Mapping[str, Any], table: Table) -> dict[str, Any]:
    """What the text sets, in its one form, files by their names in FOLDER."""
    base = settings.base_of(document, table)
    values = look_values(parsed, NAMED, *tables_of(document.command, base))
    kinds = kinds_of(document.command, base)
    usable = {name: raw for name, raw in values.items() if name in kinds}
    for name, raw in usable.items():
        usable[name] = with_names(name, kinds[name], raw, table)
    return canonical_knobs(usable, document.command, base)


def _over_preset(document: Document, values: Mapping[str, Any], table: Table) -> dict[str, Any] | None:
    """The knobs that make the values over the document's preset; None: there are none that do."""
    mine = for_presets(document.command)
    try:
        below = {name: raw for name, raw in settings.under(document, table).items() if name in mine}
    except ConfigError:
        return None
    own = {name: raw for name, raw in values.items() if name in document.knobs or below.get(name) != raw}
    return own if laid_over(own, below) == values else None
