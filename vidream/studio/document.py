"""The look that is worked on, as data: a command, what it is dreamed of, a preset, and the knobs over it."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from vidream.config import COMMANDS, flag, knobs, unused_knobs
from vidream.config.commands import tables_for
from vidream.config.kinds import Kind, wrong
from vidream.config.toml_writer import toml_value
from vidream.errors import nearest
from vidream.studio.room import Refusal

NOT_OF_A_LOOK = ("overwrite", "fresh")
"""Knobs that the studio does not have: it names each film anew, and replaces none."""

LONGEST_DAY = 86_400.0
"""Seconds: a moment of a film that is shown is no later."""


@dataclass(frozen=True)
class Document:
    """A look, and what it is a look of. Files go by the ids and names of FOLDER's table."""

    command: str = "video"
    """A name in COMMANDS."""
    source: str | None = None
    """The id of a film or a picture in FOLDER; None: none is chosen yet."""
    noise: bool = False
    """Whether noise is dreamed of, in place of a source."""
    song: str | None = None
    """The id of what a music visual is dreamed to."""
    second: float = 0.0
    """The moment of the source that is shown; of a film, the frame that a picture or a zoom is made of."""
    preset: str = ""
    """A shipped look by name, or the name of a file in FOLDER, looks/mine.toml; "" for none."""
    knobs: Mapping[str, Any] = field(default_factory=dict)
    """What is set over the preset, by knob, as TOML holds it, files by their names in FOLDER; in the order of help."""
    out: str = ""
    """The name of the file that is to be made; "" for one by source and look."""

    def stored(self) -> dict[str, Any]:
        """It as JSON."""
        return asdict(self)


def read_document(stored: object) -> Document:
    """A document that was stored. ValueError: it is none."""
    if not isinstance(stored, dict) or not {*stored} <= {each.name for each in fields(Document)}:
        raise ValueError("is no look")
    document = Document(**stored)
    texts = (document.command, document.preset, document.out)
    ids = (document.source, document.song)
    right = all(isinstance(text, str) for text in texts) and all(each is None or isinstance(each, str) for each in ids)
    seconds = isinstance(document.second, int | float) and math.isfinite(document.second)
    if not right or not seconds or document.command not in COMMANDS or not isinstance(document.knobs, dict):
        raise ValueError("is no look")
    return document


def kinds_of(command: str, base: str | None) -> dict[str, Kind]:
    """The kind of each knob that does something in the studio, by name, in the order of help."""
    unused = {*unused_knobs(command, base), *NOT_OF_A_LOOK}
    return {knob.name: knob.metadata["kind"] for _, knob in knobs(command) if knob.name not in unused}


def for_presets(command: str) -> set[str]:
    """The names of a command's knobs that a look may set; the others belong to one run."""
    return {knob.name for _, knob in knobs(command) if not knob.metadata["run_only"]}


def tables_of(command: str, base: str | None) -> tuple[str, ...]:
    """The commands whose tables in a look hold."""
    return tables_for(command, base)


def canonical(name: str, kind: Kind, raw: Any) -> Any:
    """A knob's value as TOML holds it, always written in one way.

    Raises:
        Refusal: it cannot be read, or TOML cannot say it.
    """
    try:
        value = kind.read(raw)
    except ValueError as error:
        raise Refusal(wrong(flag(name), error, raw), name) from None
    try:
        return toml_value(kind, value)
    except ValueError:
        raise Refusal(f"{flag(name)} cannot be written down exactly; give it in decimals", name) from None


def canonical_knobs(values: Mapping[str, Any], command: str, base: str | None) -> dict[str, Any]:
    """Knobs as a document has them: in the order of help, each written in one way.

    None is left out, and so is a switch of one run that is off, which no flag says.

    Raises:
        Refusal: the command has no such knob, or it cannot be read.
    """
    kinds = kinds_of(command, base)
    check_names([name for name, raw in values.items() if raw is not None], command, base)
    off = [knob.name for _, knob in knobs(command) if knob.metadata["run_only"] and values.get(knob.name) is False]
    given = {name: values[name] for name in kinds if values.get(name) is not None and name not in off}
    return {name: canonical(name, kinds[name], raw) for name, raw in given.items()}


def check_names(names: Iterable[str], command: str, base: str | None) -> None:
    """Raise Refusal if a command has no knob of one of these names."""
    kinds = kinds_of(command, base)
    for name in names:
        if name not in kinds:
            raise Refusal(_stranger(name, command, base, kinds), name)


def _stranger(name: str, command: str, base: str | None, known: Mapping[str, Kind]) -> str:
    if name in NOT_OF_A_LOOK:
        return f"{flag(name)}: the studio names each film anew and replaces none; leave it out"
    if name in unused_knobs(command, base):
        seed = {"zoom": "a picture", "video": "a film"}[str(base)]
        return f"{flag(name)}: does nothing where SEED is {seed}; leave it out"
    return f"{flag(name)}: {command} has no such knob; {nearest(name, known)}"
