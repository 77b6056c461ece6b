"""The look as a command line: exactly what a person types in FOLDER, and back, without a shell."""

import os
import re
import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any, TypeAlias

from vidream.config import COMMANDS, is_shipped
from vidream.config.recipe import typed_knob, unlike_a_flag
from vidream.errors import ConfigError
from vidream.jobs.recipes import recipe_of
from vidream.media.containers import ENDINGS, container_of
from vidream.media.picture_formats import PICTURES
from vidream.plan.seed import NOISE, file_of, time_of
from vidream.render.disk import fit_name
from vidream.studio import settings
from vidream.studio.document import Document
from vidream.studio.named_files import Entry, Table, entry, named
from vidream.text import figure, printable, shell_command

LONGEST = 100_000
"""Characters of a command line."""
SOURCES = {"video": "SOURCE", "image": "SOURCE", "zoom": "SEED", "music": "SEED"}
"""The command -> what stands where no source is chosen yet, as its help calls it."""
SONG = "SONG"
"""What stands where no song is chosen yet."""


@dataclass(frozen=True)
class Typed:
    """A command line, read by the command line's own parser."""

    command: str
    """The first word after vidream."""
    arguments: Mapping[str, str]
    """Its files, by what help calls them, in small letters: source, out, song."""
    preset: str
    """A look; "" for none."""
    knobs: Mapping[str, Any]
    """What was typed, by knob: texts, lists of texts, and switches."""
    others: Sequence[str] = ()
    """Other flags that were typed, which say nothing of a look."""


Parse: TypeAlias = Callable[[Sequence[str]], Typed]
"""Reads the words after vidream, as the command line does. ConfigError: they are not as it wants them."""


def command_line(document: Document, table: Table) -> str:
    """What a person types in FOLDER to make what the document asks for."""
    knobs = [word for name, raw in document.knobs.items() for word in typed_knob(name, raw)]
    preset = ["--preset", unlike_a_flag(document.preset)] if document.preset else []
    files = [unlike_a_flag(file) for file in _files(document, table)]
    return shell_command(["vidream", document.command, *files, *preset, *knobs])


def _files(document: Document, table: Table) -> list[str]:
    seed = SOURCES[document.command]
    source = None if document.source is None else entry(table, document.source)
    if document.noise:
        seed = NOISE
    elif source is not None:
        seed = _seed(document, source)
    files = [seed, out_name(document, table)]
    if document.command != "music":
        return files
    song = None if document.song is None else entry(table, document.song)
    return [SONG if song is None else song.name, *files]


def _seed(document: Document, source: Entry) -> str:
    """A source as its command takes it: of a film, a picture and a zoom are made of one frame."""
    if source.kind == settings.FILM and document.command in ("image", "zoom"):
        return f"{source.name}@{figure(document.second)}"
    return source.name


def out_name(document: Document, table: Table) -> str:
    """The name of what is to be made, in FOLDER, where nothing is called so yet."""
    if document.out:
        return document.out
    source = None if document.source is None else entry(table, document.source)
    stem = "dream" if source is None else PurePosixPath(source.name).stem
    if document.noise:
        stem = NOISE
    if document.command == "music" and document.song is not None:
        song = entry(table, document.song)
        stem = stem if song is None else PurePosixPath(song.name).stem
    look = PurePosixPath(document.preset).stem or "dream"
    return _free(table.root, f"{stem}-{look}", _ending(document))


def _free(root: Path, stem: str, ending: str) -> str:
    """A name in a folder that nothing there has."""
    numbers = ["", *(f"-{number}" for number in range(2, 1000))]
    names = (fit_name(f"{stem}{number}", ending, root) for number in numbers)
    return next((name for name in names if not os.path.lexists(root / name)), f"{stem}{ending}")


def _ending(document: Document) -> str:
    """The ending of what is to be made: that of the first kind of file that holds the codec that is asked for."""
    codec = document.knobs.get("codec")
    if document.command == "image":
        return {"exr": ".exr", "exr32": ".exr", "tiff16": ".tif"}.get(str(codec), ".png")
    for ending in ENDINGS:
        container = container_of(Path(f"x{ending}"))
        assert container is not None
        if codec is None or any(each.word == codec for each in container.codecs):
            return ending
    return ".mp4"


def with_command_line(document: Document, text: str, table: Table, parse: Parse) -> Document:
    """A document that is what a command line asks for.

    Args:
        document: the look before; the moment that is shown stays, where the command line says nothing of it.
        text: as it is typed: vidream video clip.mp4 dream.mp4 --octaves 4.
        table: the files of FOLDER.
        parse: reads the words.

    Raises:
        ConfigError: it is not what the command line takes, or names files that are not in FOLDER.
    """
    typed = parse(split(text))
    if typed.command not in COMMANDS:
        raise ConfigError(f"vidream {printable(typed.command)}: makes no look; the studio has {', '.join(COMMANDS)}")
    if typed.others:
        raise ConfigError(f"{typed.others[0]}: says nothing of a look; leave it out")
    found = replace(document, command=typed.command, preset="", knobs={}, out="")
    found = _with_files(found, typed.arguments, table)
    found, looked = _with_preset(found, typed.preset, table)
    found = settings.checked(replace(found, knobs={**looked, **typed.knobs}), table)
    out = typed.arguments.get("out", "")
    if out and out != out_name(found, table):
        return replace(found, out=checked_out(out, found.command))
    return found


def _with_files(document: Document, arguments: Mapping[str, str], table: Table) -> Document:
    """The document with the files that were typed."""
    seed = arguments.get("source")
    if seed == NOISE and document.command in ("zoom", "music"):
        document = replace(document, noise=True)
    elif seed is None or seed == SOURCES[document.command]:
        document = replace(document, source=None, noise=False)
    else:
        document = _with_seed(document, seed, table)
    song = arguments.get("song")
    if song is not None:
        document = replace(document, song=None if song == SONG else named(table, song, SONG).id)
    return document


def _with_seed(document: Document, seed: str, table: Table) -> Document:
    found, second = entry(table, seed), document.second
    if found is None and document.command in ("image", "zoom") and "@" in seed:
        moment = time_of(seed)
        found = named(table, str(file_of(seed)), SOURCES[document.command])
        second = float(moment or 0)
    elif found is None and document.command == "music" and "@" in seed:
        raise ConfigError(f"{seed}: a film is dreamed whole to a song here; for one frame, make a picture of it first")
    elif found is None:
        found = named(table, seed, SOURCES[document.command])
    return replace(document, source=found.id, noise=False, second=second)


def _with_preset(document: Document, preset: str, table: Table) -> tuple[Document, dict[str, Any]]:
    """The document with a look by its name; or the knobs of a film's recipe, where a film or a picture is named."""
    name = preset.removeprefix("./")
    if not name or is_shipped(name):
        return replace(document, preset=name), {}
    film = entry(table, name)
    if film is not None:
        taken = settings.of_recipe(recipe_of(table.path(film.id)), document, table)
        return document, dict(taken.knobs)
    return replace(document, preset=name), {}


def checked_out(out: str, command: str) -> str:
    """The name of a file that is to be made, if it may be one.

    Raises:
        ConfigError: it leads out of FOLDER, or is of a kind that the command does not make.
    """
    name = out.removeprefix("./")
    if re.search(r'[/\\:*?"<>|\x00-\x1f\x7f]', name) or name.startswith(".") or len(os.fsencode(name)) > 240:
        raise ConfigError(f"OUT {printable(out[:80])}: must be a plain name; films lie in the studio's folder")
    endings = PICTURES if command == "image" else ENDINGS
    if PurePosixPath(name).suffix.lower() not in endings:
        raise ConfigError(f"OUT {printable(out[:80])}: must end in {', '.join(endings)}")
    return name


def split(text: str) -> list[str]:
    """The words after vidream of a command line, as a shell would part them; nothing in them is carried out.

    Raises:
        ConfigError: it is too long, a quote is not closed, or it does not begin with vidream.
    """
    if len(text) > LONGEST:
        raise ConfigError(f"the command line is longer than {LONGEST:,} characters")
    joined = re.sub(r"\\\r?\n", " ", text.strip())
    joined = re.sub(r"(?<!\S)\$'((?:[^'\\]|\\x[0-9a-f]{2})*)'(?!\S)", _unescaped, joined)
    try:
        words = shlex.split(joined.removeprefix("$ "))
    except ValueError as error:
        raise ConfigError(f"the command line cannot be read: {str(error).lower()}") from None
    if not words or words[0] != "vidream":
        raise ConfigError(f"a command line begins with vidream, such as vidream video SOURCE OUT; not {text[:40]!r}")
    return words[1:]


def _unescaped(match: re.Match[str]) -> str:
    r"""A word that `shell_command` has written as $'caf\xe9.png', quoted as others are."""
    parts = re.sub(rb"\\x([0-9a-f]{2})", lambda byte: bytes.fromhex(byte[1].decode()), os.fsencode(match[1]))
    return shlex.quote(os.fsdecode(parts))
