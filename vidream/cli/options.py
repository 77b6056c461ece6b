"""A command's flags, made from the fields of the config: one knob, one place."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import Field
from typing import Annotated, Any, get_type_hints

import typer

from vidream.cli.complete import of_knob
from vidream.cli.help_order import PANEL_OF, PANELS, HelpAll, order
from vidream.config import AIMS, EVERY_COMMAND, default_of, flag, knobs, unused_knobs
from vidream.text import figure

KINDS = {"zoom": "of a picture", "video": "of a film"}
HELP_ALL = inspect.Parameter("help_all", inspect.Parameter.KEYWORD_ONLY, default=False, annotation=HelpAll)
"""The flag that shows all of a command's help."""

SEVERAL = ("layer", "toward", "write_markers", "looks", "to")
"""Knobs whose flags may be repeated."""


def with_knobs(command: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a function every flag of `command`, and call it with those that were typed as `knobs`, by name.

    The function declares its own parameters and ends with a keyword parameter `knobs: dict[str, Any]`.
    """

    def decorate(function: Callable[..., None]) -> Callable[..., None]:
        hints = get_type_hints(function, include_extras=True)
        parameters = [
            parameter.replace(annotation=hints[parameter.name])
            for parameter in inspect.signature(function).parameters.values()
            if parameter.name != "knobs"
        ]
        flags = {knob.name: _parameter(command, knob) for _, knob in knobs(command)}
        names = flags.keys()
        own, late = _parted(parameters)
        sorted_flags = [flags[name] for panel in order(command) for name in PANELS[panel] if name in names]

        def run(**values: Any) -> None:
            typed = {name: value for name, value in values.items() if name in names and value not in (None, [])}
            others = {name: value for name, value in values.items() if name not in (*names, HELP_ALL.name)}
            function(**others, knobs=typed)

        run.__name__, run.__doc__ = function.__name__, function.__doc__
        run.__signature__ = inspect.Signature([*own, HELP_ALL, *sorted_flags, *late])  # type: ignore[attr-defined]
        return run

    return decorate


def _parted(parameters: list[inspect.Parameter]) -> tuple[list[inspect.Parameter], list[inspect.Parameter]]:
    """Parameters that come before the knobs, and those whose panel of help comes last."""
    own: list[inspect.Parameter] = []
    late: list[inspect.Parameter] = []
    for each in parameters:
        panel = getattr(each.annotation.__metadata__[0], "rich_help_panel", None)
        (late if panel else own).append(each.replace(kind=inspect.Parameter.KEYWORD_ONLY) if panel else each)
    return own, late


def _parameter(command: str, knob: Field[Any]) -> inspect.Parameter:
    """The parameter of a knob. Its default None is "not given"; values are read and checked by the config alone."""
    names, metavar, kind = flag(knob.name), knob.metadata["kind"].metavar, _type(knob)
    if knob.type is bool:
        metavar = None
        if knob.default or not knob.metadata["run_only"]:  # which a look may set, and a flag must overrule
            names += f"/{flag(f'no_{knob.name}')}"
    option = typer.Option(
        names,
        help=f"{knob.metadata['about']}{_default(command, knob)}",
        metavar=metavar,
        rich_help_panel=PANEL_OF[knob.name],
        show_default=False,
        autocompletion=of_knob(knob),
    )
    return inspect.Parameter(
        knob.name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=Annotated[kind, option]
    )


def _type(knob: Field[Any]) -> Any:
    """What the command line reads a knob as."""
    if knob.type is bool:
        return bool | None
    if knob.name in SEVERAL:
        return list[str] | None
    return str | None


def _default(command: str, knob: Field[Any]) -> str:
    """The end of a help line: the default as it would be typed; where they differ, of each kind of run, and aim."""
    bases = [base for base in EVERY_COMMAND[command].bases if knob.name not in unused_knobs(command, base)]

    def default(*aims: str) -> str:
        of_kinds = {KINDS[base]: _typed(default_of(command, knob, base, aims)) for base in bases}
        return _of_each(of_kinds) or _typed(default_of(command, knob, aims=aims))

    plain = default()
    aimed: dict[str, list[str]] = {}
    for aim in AIMS:
        aimed.setdefault(default(aim), []).append(flag(aim))
    others = [f"with {' or '.join(flags)} {value}" for value, flags in aimed.items() if value != plain]
    text = "; ".join(filter(None, (plain, *others)))
    return f" \\[{text}]" if text else ""


def _of_each(defaults: Mapping[str, str]) -> str:
    """One default if all are the same; else each with its kind of run; "" for none."""
    if len({*defaults.values()}) <= 1:
        return next(iter(defaults.values()), "")
    return ", ".join(f"{kind}: {default}" for kind, default in defaults.items() if default)


def _typed(default: Any) -> str:
    """A default as it would be typed; "" where there is nothing to type."""
    if default in (None, ()) or isinstance(default, bool):
        return ""
    if isinstance(default, float):
        return figure(default)
    if isinstance(default, tuple):
        separator = "," if isinstance(default[0], float) else " "
        return separator.join(map(_typed, default))
    return str(default)
