"""A command's flags, made from the fields of the config: one knob, one place."""

import inspect
from collections.abc import Callable
from dataclasses import Field, fields
from typing import Annotated, Any, get_type_hints

import typer

from vidream.config import COMMANDS, RunConfig, default_of, flag, knobs, unused_knobs

KINDS = {"zoom": "of a picture", "video": "of a film"}
DRAFT = "Small and fast, with the same seeds, camera and timing: to judge before the long run."


def with_knobs(command: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a function every flag of `command`; it is called with `knobs`, what was given by name, beside its own.

    The function declares its own parameters and ends with a keyword parameter `knobs: dict[str, Any]`.
    """

    def decorate(function: Callable[..., None]) -> Callable[..., None]:
        own = [
            parameter.replace(annotation=get_type_hints(function, include_extras=True)[parameter.name])
            for parameter in inspect.signature(function).parameters.values()
            if parameter.name != "knobs"
        ]
        flags = [_parameter(command, group, each) for group, each in knobs(command)]
        names = {parameter.name for parameter in flags}

        def run(**given: Any) -> None:
            chosen = {name: value for name, value in given.items() if name in names and value not in (None, [])}
            function(**{name: value for name, value in given.items() if name not in names}, knobs=chosen)

        run.__name__, run.__doc__ = function.__name__, function.__doc__
        run.__signature__ = inspect.Signature([*own, *flags])  # type: ignore[attr-defined]
        return run

    return decorate


def _parameter(command: str, group: str, each: Field[Any]) -> inspect.Parameter:
    kind = each.metadata["kind"]
    panels = {field.name: field.type.panel for field in fields(RunConfig)}  # type: ignore[union-attr]
    switch, several = each.type is bool, each.name in ("layer", "toward")
    option = typer.Option(
        f"{flag(each.name)}/--no-{each.name}" if switch and each.default else flag(each.name),
        help=f"{each.metadata['about']}{_default(command, each)}",
        metavar=None if switch else kind.metavar,
        rich_help_panel=panels[group],
        show_default=False,
    )
    # None is "not given", so that a preset keeps its say; values are read and checked by the config alone
    annotation: Any = bool | None if switch else list[str] | None if several else str | None
    return inspect.Parameter(
        each.name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=Annotated[annotation, option]
    )


def _default(command: str, each: Field[Any]) -> str:
    """The end of a help line: the default as it would be typed; of each kind of run, where they differ."""
    likes = [like for like in COMMANDS[command].bases if each.name not in unused_knobs(command, like)]
    shown = {like: _shown(default_of(command, each, like)) for like in likes} or {"": _shown(default_of(command, each))}
    if len({*shown.values()}) > 1:
        text = ", ".join(f"{KINDS[like]}: {default}" for like, default in shown.items() if default)
    else:
        text = next(iter(shown.values()))
    return f" \\[{text}]" if text else ""


def _shown(default: Any) -> str:
    if default in (None, ()) or isinstance(default, bool):
        return ""
    if isinstance(default, tuple):
        separator = "," if isinstance(default[0], float) else " "
        default = separator.join(f"{each:g}" if isinstance(each, float) else str(each) for each in default)
    return f"{default:g}" if isinstance(default, float) else str(default)
