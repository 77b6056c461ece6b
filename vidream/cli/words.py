"""The words of a command line, read and not carried out: for who shows a command that may be edited."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from typer.exceptions import Exit, TyperException

from vidream.config import EVERY_COMMAND, knobs
from vidream.errors import ConfigError, nearest

if TYPE_CHECKING:
    import typer

    from vidream.studio.look_words import Parse, Typed

HELP = ("-h", "--help", "--help-all")


def words_parser(group: Any) -> "Parse":
    """What reads the words after vidream as an application does, and does nothing else.

    Args:
        group: the command line, as `typer.main.get_command` makes it of an application: all its commands are there.
    """
    commands = group.commands

    def parse(words: Sequence[str]) -> "Typed":
        """ConfigError: there is no such command, or it does not take these words."""
        if not words:
            raise ConfigError("a command comes first, such as vidream video SOURCE OUT")
        if words[0] not in commands or words[0] not in EVERY_COMMAND:
            raise ConfigError(f"vidream {words[0]}: makes no look; {nearest(words[0], EVERY_COMMAND)}")
        if any(word in HELP for word in words):
            raise ConfigError("--help: each knob says what it is where the pointer rests on it; leave it out")
        return _read(commands[words[0]], words[0], list(words[1:]))

    return parse


def _read(command: "typer.core.TyperCommand", name: str, words: list[str]) -> "Typed":
    from vidream.studio.look_words import Typed

    try:
        context = command.make_context(name, words)
    except TyperException as error:
        raise ConfigError(" ".join(error.format_message().split())) from None
    except Exit:
        raise ConfigError(f"vidream {name}: a flag of it shows something and ends; leave it out") from None
    given = {key: value for key, value in context.params.items() if value not in (None, [], ())}
    known = {knob.name for _, knob in knobs(name)}
    files = {each.name for each in command.params if each.param_type_name == "argument"}
    flags = {each.name: each.opts[0] for each in command.params}
    others = [flags[key] for key in given if key not in {*known, *files, "preset"} and _is_typed(context, key)]
    return Typed(
        command=name,
        arguments={key: str(given[key]) for key in given if key in files},
        preset=str(given.get("preset", "")),
        knobs={key: list(value) if isinstance(value, tuple) else value for key, value in given.items() if key in known},
        others=others,
    )


def _is_typed(context: Any, name: str) -> bool:
    """Whether a parameter was typed, and not left at its default."""
    source = context.get_parameter_source(name)
    return source is not None and source.name == "COMMANDLINE"
