"""The reference of the command line: a page for each command, from what the command line itself knows of its flags."""

import inspect
import re
from collections.abc import Iterator, Mapping
from dataclasses import Field
from typing import Any

from generated import MADE, cell, toctree, write_pages
from sphinx.application import Sphinx
from typer.main import get_command

import vidream
from vidream.cli import app as vidream_app
from vidream.cli.examples import EXAMPLES
from vidream.config import COMMANDS, EVERY_COMMAND, keywords, knobs
from vidream.config.kinds import Number, Pair
from vidream.config.layers import Layers

FOLDER = MADE / "commands"
DEFAULT_PANEL = {True: "Options", False: "Arguments"}
FUNCTIONS = {
    "video": "render_video",
    "zoom": "render_zoom",
    "music": "render_music",
    "image": "render_image",
    "batch": "run_batch",
    "live": "run_live",
    "composite": "render_composite",
    "preview": "make_sheet",
    "report": "make_report",
}
"""The function of Python that does what a command does."""
KNOBS_OF = {"preview": "image"}
"""A command with the knobs of another one -> that one."""
IN_JOBS = {knob.name for command in COMMANDS for _, knob in knobs(command)}
IN_LOOKS = {knob.name for command in COMMANDS for _, knob in knobs(command) if not knob.metadata["run_only"]}
"""Knobs that a job file may set; that a look may set, too."""
FLAG = re.compile(r"(?<![\w-])--[a-z][a-z-]*[a-z]")
BRACKETED = re.compile(r"\s*\\?\[([^\[\]]+)\]\s*$")
"""The default, at the end of a line of help."""


def write(_: Sphinx) -> None:
    """Write the pages."""
    write_pages(FOLDER, pages())


def pages() -> dict[str, str]:
    """The page of each command, and their index, by file name."""
    commands: Mapping[str, Any] = get_command(vidream_app).commands  # type: ignore[attr-defined]
    shown = {name: command for name, command in commands.items() if not command.hidden}
    rows = [f"| [`vidream {name}`]({name}.md) | {cell(_about(command))} |" for name, command in shown.items()]
    return {
        "index.md": _index(rows, list(shown)),
        **{f"{name}.md": _page(name, command) for name, command in shown.items()},
    }


def _index(rows: list[str], names: list[str]) -> str:
    lines = [
        "# The commands",
        "What `vidream --help` and `vidream COMMAND --help-all` say; and for each knob its key in a TOML file, of a"
        " look or of a job, and its keyword in Python.",
        "\n".join(["| command | what it does |", "|---|---|", *rows]),
        toctree(names, ":hidden:"),
    ]
    return "\n\n".join(lines)


def _page(name: str, command: Any) -> str:
    """The page of a command."""
    parts = [f"# vidream {name}", _text(command.help), f"```sh\n{_usage(name, command)}\n```", *_examples(name)]
    function = FUNCTIONS.get(name)
    if function:
        parts.append(f"In Python: {{py:func}}`vidream.{function}`, whose keywords are given below.")
    table = {knob.name: knob for _, knob in knobs(KNOBS_OF.get(name, name))} if _has_knobs(name) else {}
    words = _keywords(name)
    for panel, parameters in _panels(command).items():
        parts.append(f"## {panel}")
        for parameter in parameters:
            parts += _entry(parameter, table.get(parameter.name), words)
    return "\n\n".join(parts) + "\n"


def _has_knobs(name: str) -> bool:
    return KNOBS_OF.get(name, name) in EVERY_COMMAND


def _usage(name: str, command: Any) -> str:
    """How a command is typed, without its flags."""
    words = []
    for parameter in command.params:
        if not _is_option(parameter):
            words.append(parameter.metavar if parameter.required else f"[{parameter.metavar}]")
    return " ".join(["vidream", name, *words, "[OPTIONS]"])


def _examples(name: str) -> list[str]:
    """The examples of a command's help."""
    lines = [line for each in EXAMPLES[name] for line in (f"# {each.about}", each.command)]
    return ["\n".join(["```sh", *lines, "```"])]


def _is_option(parameter: Any) -> bool:
    return bool(parameter.opts[0].startswith("-"))


def _panels(command: Any) -> dict[str, list[Any]]:
    """The parameters by the panel of help that they stand in, as --help-all lists them; --help itself is left out."""
    panels: dict[str, list[Any]] = {"Arguments": [], "Options": []}
    for parameter in command.params:
        if not parameter.hidden and "--help" not in parameter.opts:
            default = DEFAULT_PANEL[_is_option(parameter)]
            panels.setdefault(parameter.rich_help_panel or default, []).append(parameter)
    return {panel: parameters for panel, parameters in panels.items() if parameters}


def _entry(parameter: Any, knob: Field[Any] | None, words: set[str]) -> Iterator[str]:
    """The heading of a flag or an argument, by which others link to it; its facts; its help."""
    is_option = _is_option(parameter)
    title = next((name for name in parameter.opts if name.startswith("--")), parameter.opts[0])
    yield f"### `{title if is_option else parameter.metavar}`"
    about, default = _about_and_default(parameter)
    facts = [f"`{_typed(title, parameter)}`"] if is_option and not parameter.is_flag else []
    facts += [f"`{name}`" for name in (*parameter.opts, *parameter.secondary_opts) if is_option and name != title]
    if parameter.required:
        facts.append("required")
    if default:
        facts.append(f"default: {_text(default)}" if ";" in default or ": " in default else f"default: `{default}`")
    if parameter.multiple:
        facts.append("may be repeated")
    facts += _of_knob(knob)
    if parameter.name in words:
        facts.append(f"Python `{parameter.name}=`")
    if facts:
        yield "{.facts}\n" + " · ".join(facts)
    yield _text(about)


def _typed(title: str, parameter: Any) -> str:
    """A flag with what stands after it."""
    return f"{title} {parameter.metavar or parameter.name.upper()}"


def _of_knob(knob: Field[Any] | None) -> list[str]:
    """Where else a knob can be set, and whether it may move."""
    if knob is None:
        return []
    facts = []
    kind = knob.metadata["kind"]
    key = knob.name.rstrip("_").replace("_", "-")
    if knob.name in IN_LOOKS:
        facts.append(f"TOML `{key}`")
    elif knob.name in IN_JOBS:
        facts.append(f"TOML `{key}`, in a job file alone")
    if isinstance(kind, Pair) or (isinstance(kind, Number) and not kind.fixed):
        facts.append("[may move](../../curves.md#numbers-that-move)")
    elif isinstance(kind, Layers) and not kind.classes:
        facts.append("[weights may move](../../curves.md#numbers-that-move)")
    return facts


def _keywords(name: str) -> set[str]:
    """The keywords that the function takes which does what a command does."""
    function = FUNCTIONS.get(name)
    if function is None:
        return set()
    words = {*inspect.signature(getattr(vidream, function)).parameters}
    typed = getattr(keywords, f"{KNOBS_OF.get(name, name).capitalize()}Knobs", None)
    return words | ({*typed.__optional_keys__} if typed else set())


def _about_and_default(parameter: Any) -> tuple[str, str]:
    """A line of help without its default, and the default."""
    about = parameter.help or ""
    found = BRACKETED.search(about)
    if found:
        return about[: found.start()], found[1]
    default = parameter.default
    if parameter.show_default and default not in (None, False, True, [], ()) and not parameter.required:
        return about, str(default)
    return about, ""


def _about(command: Any) -> str:
    """The first paragraph of a command's help."""
    return _text(" ".join(inspect.cleandoc(command.help or "").split("\n\n")[0].split()))


def _text(text: str | None) -> str:
    """A text of the command line as Markdown: what would be read as markup stands as it is, flags are code."""
    clean = inspect.cleandoc(text or "").replace("\\[", "[")
    parts = re.split(r"(`[^`]*`)", clean)
    return "".join(part if part.startswith("`") else FLAG.sub(r"`\g<0>`", _escaped(part)) for part in parts)


def _escaped(text: str) -> str:
    return re.sub(r"([*_<>\[\]|$~])", r"\\\1", text)


def setup(app: Sphinx) -> dict[str, bool]:
    """What Sphinx calls."""
    app.connect("builder-inited", write)
    return {"parallel_read_safe": True}
