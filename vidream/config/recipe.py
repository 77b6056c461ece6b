"""Recipes: the TOML text in a film or a picture that says how it was made.

A recipe is a look like any preset: at the top are the knobs of the look, in [music] those that follow music. [made] has
facts: of what it was made, and by which version. [made.run] has the knobs that belong to this one run. Files appear by
their names alone, without folders.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from vidream.config.commands import AIMS, COMMANDS, EVERY_COMMAND, default_of, flag, knob_name, knobs, unused_knobs
from vidream.config.curve_files import with_files
from vidream.config.kinds import Kind, Pair, Text, wrong
from vidream.config.layers import Layers
from vidream.config.marker_files import MarkerFiles
from vidream.config.run_config import RunConfig
from vidream.config.toml import parse_toml
from vidream.config.toml_writer import toml_entry, toml_text, toml_value
from vidream.curves import Curve
from vidream.errors import ConfigError, nearest
from vidream.text import shell_command
from vidream.version import __version__

MADE, RUN = "made", "run"
"""The table of facts; and in it, the table of the run's own knobs."""
FIRST = "# Made by vidream "
"""The beginning of every recipe, which tells it from other comments of a film."""
LARGEST = 65_536
"""Bytes; a larger recipe is refused."""
LARGEST_WRITTEN = 16_384
"""Bytes, about, of a recipe that is written: beyond, the longest knobs are only named."""
NOT_MADE = ("overwrite", "fresh", "no_recipe", "write_markers")
"""Knobs that change nothing in what is made."""
ALWAYS = ("network", "seed")
"""Knobs that a recipe has even if they are at their defaults."""
OF_ONE_FILM = ("film", "files")
"""Groups of knobs that a preset may set but that are not part of a look: size, rate, length, quality."""
FACTS = ("vidream", "source", "song", "dream", "out", "base", "preset", "digest")
"""The texts in [made]: the version; names of files; the command that a music visual is like; the look that was given;
the digest of the network's weights. "out" is there where OUT is pictures in a row."""


def base_name(path: str) -> str:
    """The name of a file without its folder, of a path of any system; as text that UTF-8 can write."""
    return re.split(r"[\\/]", path.rstrip("\\/"))[-1].encode("utf-8", "replace").decode()


def words_of(kind: Kind) -> tuple[str, ...]:
    """The words that a knob takes in place of a file: "motion"."""
    return tuple(word for word in kind.metavar.split("|") if word.islower())


def names_file(kind: Kind, value: object) -> bool:
    """Whether a knob's value names a file, or a network that may be a file."""
    takes = isinstance(kind, Text) and any(word in ("FILE", "PICTURE") for word in kind.metavar.split("|"))
    return takes and value not in words_of(kind)


def changed_knobs(config: RunConfig) -> dict[str, Any]:
    """The knobs of a run that differ from the defaults of its command, and those of ALWAYS, by name."""
    command, base = config.origin.command, config.origin.base or None
    unused, found = unused_knobs(command, base), dict[str, Any]()
    aims = [name for name in AIMS if getattr(config.goal, name)]
    for group, knob in knobs(command):
        value = getattr(getattr(config, group), knob.name)
        usual = value == default_of(command, knob, base, aims) and knob.name not in ALWAYS
        if not usual and knob.name not in unused and knob.name not in NOT_MADE:
            found[knob.name] = value
    return found


def recipe_text(config: RunConfig, facts: Mapping[str, str]) -> str:
    """The recipe of what a run makes.

    Args:
        config: the knobs as they were asked for, before a plan was made of them.
        facts: those of FACTS that the config does not have.
    """
    command, written, unwritten = config.origin.command, dict[str, Any](), list[str]()
    kinds = {knob.name: knob.metadata["kind"] for _, knob in knobs(command)}
    changed = changed_knobs(config)
    for name, value in changed.items():
        try:
            written[name] = _named_only(kinds[name], value)
        except ValueError:
            unwritten.append(name)
    while sum(len(toml_entry(name, value)) for name, value in written.items()) > LARGEST_WRITTEN:
        longest = max(written, key=lambda name: len(toml_entry(name, written[name])))
        unwritten.append(longest)
        del written[longest]
    look = {name: value for name, value in written.items() if name in LOOK_KNOBS}
    musical = {name for name, value in changed.items() if _is_musical(value)}
    origin = {"vidream": __version__, "base": config.origin.base, "preset": config.origin.preset}
    made: dict[str, Any] = {name: text for name in FACTS if (text := {**origin, **facts}.get(name))}
    if unwritten:
        made["unwritten"] = unwritten
    run = {name: value for name, value in written.items() if name not in look}
    hint = "`vidream recipe FILE` prints the whole command."
    if command in COMMANDS:
        hint = f"`--preset FILE` takes its look, {hint}"
    lines = [f"{FIRST}{__version__}: {hint}"]
    lines += [toml_entry("command", command), *_entries({name: look[name] for name in look if name not in musical})]
    lines += _titled("music", _entries({name: look[name] for name in look if name in musical}))
    lines += _titled(MADE, [toml_entry(key, fact) for key, fact in made.items()])
    lines += _titled(f"{MADE}.{RUN}", _entries(run))
    return "\n".join(lines) + "\n"


def _named_only(kind: Kind, value: Any) -> Any:
    """A knob's value as TOML can hold it, files by their names alone. ValueError: TOML cannot say it."""
    if names_file(kind, value):
        return base_name(str(value))
    return toml_value(kind, kind.read(with_files(kind, value, base_name)))


def _is_musical(value: Any) -> bool:
    """Whether a knob's value, or a part of it, follows music."""
    parts = [getattr(part, "weight", part) for part in (value if isinstance(value, tuple) else (value,))]
    return any(isinstance(part, Curve) and part.musical for part in parts)


def _entries(table: Mapping[str, Any]) -> list[str]:
    return [toml_entry(flag(name).removeprefix("--"), table[name]) for name in table]


def _titled(title: str, lines: list[str]) -> list[str]:
    """The lines of a TOML table; none if it is empty."""
    return ["", f"[{title}]", *lines] if lines else []


KNOBS: Mapping[str, Kind] = {knob.name: knob.metadata["kind"] for command in COMMANDS for _, knob in knobs(command)}
"""The name of each knob -> its kind."""

LOOK_KNOBS = frozenset(
    knob.name
    for command in COMMANDS
    for group, knob in knobs(command)
    if group not in OF_ONE_FILM and not knob.metadata["run_only"] and knob.name != "frames"
)
"""The knobs that are part of a look."""


@dataclass(frozen=True)
class Recipe:
    """How a film or a picture was made."""

    text: str
    """The TOML text."""
    path: str
    """The film or the picture that carries it."""
    table: Mapping[str, Any] = field(repr=False)
    """The table in the text."""

    def __str__(self) -> str:
        return self.text

    @property
    def made(self) -> Mapping[str, Any]:
        """The facts: of what it was made, and by which version."""
        made: Mapping[str, Any] = self.table[MADE]
        return made

    @property
    def command(self) -> str:
        """The command that made it: "video", "zoom", "image", "music" or "composite"."""
        return str(self.table["command"])

    @property
    def knobs(self) -> dict[str, Any]:
        """The knobs that differed from their defaults, for `configure`; files by their names."""
        look = {name: value for name, value in self.table.items() if name not in (MADE, "command")}
        music = look.pop("music", {})
        return {knob_name(key): value for key, value in {**look, **music, **self.made.get(RUN, {})}.items()}

    @property
    def arguments(self) -> dict[str, str]:
        """The names of its files, in and out, by the names of the command's arguments: song, source, dream, out."""
        files = {"out": self.path, **self.made}
        return {name: base_name(files[name]) for name in ("song", "source", "dream", "out") if name in files}

    @property
    def command_line(self) -> str:
        """The command, for a shell, that makes it again in the folder where its files are.

        Raises:
            ConfigError: it has knobs or values that this version does not know.
        """
        known = {knob.name for _, knob in knobs(self.command)} - {*NOT_MADE}
        words = list[str]()
        for name, raw in self.knobs.items():
            if name not in known:
                raise self.foreign(f"{name}: no such knob, {nearest(name, known)}")
            try:
                KNOBS[name].read(raw)
            except ValueError as error:
                raise self.foreign(wrong(name, error, raw)) from None
            words += typed_knob(name, _base_named(KNOBS[name], raw))
        return shell_command(["vidream", self.command, *map(unlike_a_flag, self.arguments.values()), *words])

    def foreign(self, problem: str) -> ConfigError:
        """The error about a recipe that this version cannot follow: it is of another version, or damaged."""
        version = self.made["vidream"]
        if version == __version__:
            return ConfigError(f"{self.path}: its recipe is damaged: {problem}")
        return ConfigError(f"{self.path}: made by vidream {version}, and this is {__version__}: {problem}")


def read_recipe(text: str, path: str) -> Recipe:
    """Parse the recipe of a film or a picture. Its knobs are not checked.

    Args:
        text: the recipe.
        path: the film or the picture, for messages.

    Raises:
        ConfigError: it is too large, or not a recipe.
    """
    data = text.encode("utf-8", "replace")
    if len(data) > LARGEST:
        raise ConfigError(f"{path}: its recipe is larger than {LARGEST} bytes; none that vidream writes is")
    table = parse_toml(data, f"{path}: its recipe")
    made = table.get(MADE)
    if table.get("command") not in tuple(EVERY_COMMAND) or not isinstance(made, dict):
        raise ConfigError(f"{path}: its recipe is damaged: it does not say what was made")
    texts = [made.get(name, "") for name in FACTS]
    if not all(isinstance(fact, str) and len(fact) < 1000 for fact in texts) or "source" not in made:
        raise ConfigError(f"{path}: its recipe is damaged: [{MADE}] does not say of what it was made")
    version = made.get("vidream", "")
    if not re.fullmatch(r"\d[\w.+-]{0,40}", version, re.ASCII):
        raise ConfigError(f"{path}: its recipe is damaged: [{MADE}] does not say which version made it")
    if not all(isinstance(part, dict) for part in (made.get(RUN, {}), table.get("music", {}))):
        raise ConfigError(f"{path}: its recipe is damaged: [{MADE}.{RUN}] and [music] are tables")
    return Recipe(text, path, table)


def _base_named(kind: Kind, raw: Any) -> Any:
    """A knob's value in a recipe, files by their names alone."""
    if names_file(kind, raw):
        return base_name(raw)
    return with_files(kind, raw, base_name)


def typed_knob(name: str, raw: Any) -> list[str]:
    """The words of a command line that set a knob.

    Args:
        name: of the knob.
        raw: its value as TOML holds it.
    """
    if isinstance(raw, bool):
        return [flag(name if raw else f"no_{name}")]
    kind = KNOBS[name]
    if isinstance(kind, Layers):
        layers = raw if isinstance(raw, list) else [raw]
        return [word for layer in layers for word in (flag(name), _typed_layer(layer))]
    if isinstance(kind, MarkerFiles) and isinstance(raw, list):
        return [word for each in raw for word in (flag(name), unlike_a_flag(each))]
    if isinstance(kind, Pair) and isinstance(raw, list):
        return [flag(name), ", ".join(map(toml_text, raw))]
    if names_file(kind, raw):
        return [flag(name), unlike_a_flag(raw)]
    return [flag(name), raw if isinstance(raw, str) else toml_text(raw)]


def _typed_layer(layer: Any) -> str:
    if isinstance(layer, str):
        return layer
    return f"{layer['name']}={toml_text(layer.get('weight', 1))}"


def unlike_a_flag(name: str) -> str:
    """A file's name as a word that no command line takes for a flag."""
    return f"./{name}" if name.startswith("-") else name
