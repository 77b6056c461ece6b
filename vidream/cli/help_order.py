"""What `--help` shows of a command, and in which order; `--help-all` shows the rest, too, and all of each text."""

import copy
import re
from collections.abc import Collection, Mapping, Sequence
from typing import Annotated, Any

import typer
from rich.markup import escape
from typer.core import TyperCommand

from vidream.config import EVERY_COMMAND, knobs
from vidream.config.kinds import Number, Pair
from vidream.config.layers import Layers

PANELS: Mapping[str, tuple[str, ...]] = {
    "Look": ("layer", "toward", "guide", "network", "keep_colour", "seed"),
    "Strength": ("strength", "step_size", "steps"),
    "Forms": ("shape", "octaves", "octave_ratio", "dream_size"),
    "Part and size": ("start", "end", "length", "frames", "for_", "size", "fit", "fps", "loop"),
    "Output": ("sound", "codec", "quality", "overwrite", "fresh"),
    "Mask": ("mask", "mask_feather", "mask_invert", "bars"),
    "Motion": ("persistence", "carry", "swell", "cuts"),
    "Camera": ("zoom", "turn", "drift", "focus", "vivid", "reverse"),
    "Live": (
        *("looks", "ears", "to", "seconds", "full_screen", "display", "window", "fade", "rate", "dream_rate"),
        *("least_size", "osc", "midi", "midi_learn", "attract"),
    ),
    "Music": (
        *("pulse", "pulse_to", "beat_height", "tempo", "half", "double", "first_beat", "bar", "beats", "markers"),
    ),
    "Fine points": (
        *("weights", "objective", "engine", "first_steps", "norm", "taper", "tv", "dream_tv", "jitter", "recipe"),
        *("tile", "dream_every", "flow", "cut_threshold", "anchor"),
    ),
    "Encoding": ("streams", "crf", "pix_fmt", "hdr", "timecode", "no_recipe"),
    "For editors": ("passes", "passes_as", "write_markers"),
    "Limits": ("max_pixels", "max_seconds"),
    "Cluster": (),
}
"""Every knob, in the panel of help that it stands in; from what everybody needs to what hardly anybody does."""

RARE = ("Fine points", "Encoding", "For editors", "Limits", "Cluster")
"""Panels that --help-all alone shows."""

RARE_FOR = {"video": ("Music",), "zoom": ("Music",)}
"""And those that are rare for a command."""

FIRST = {"music": ("Music", "Camera"), "zoom": ("Camera",), "live": ("Live", "Music")}
"""Panels that come first in a command: what it alone is about."""

LONGEST = 14
"""Characters of what stands for a value, so that the text beside it has room; longer choices go into the text."""

STILL, FOLLOW = ("image", "preview", "composite"), ("music", "live")
"""Commands whose numbers do not move, as far as a newcomer goes; commands that hear music."""

PANEL_OF = {name: panel for panel, names in PANELS.items() for name in names}
MOVING = {
    knob.name
    for command in EVERY_COMMAND
    for _, knob in knobs(command)
    if isinstance(knob.metadata["kind"], Pair)
    or (isinstance(knob.metadata["kind"], Number) and not knob.metadata["kind"].fixed)
    or (isinstance(knob.metadata["kind"], Layers) and not knob.metadata["kind"].classes)
}
"""Knobs that take a curve."""

_DEFAULT = re.compile(r"\s*\\\[(?P<text>[^\[\]]+)\]\s*$")
_SENTENCE = re.compile(r"(?<=[a-z0-9)`]\.)\s+(?=[A-Z`-])")


class KnobCommand(TyperCommand):
    """A command with knobs, whose --help is short; completion and the docs know all of it."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Print it: of each parameter the first sentence, of panels those that are not rare."""
        rare = {*RARE, *RARE_FOR.get(str(self.name), ())}
        TyperCommand.format_help(_shown(self, rare, whole=False), ctx, formatter)

    def get_help_option(self, ctx: Any) -> Any:
        """The flag --help, whose type is not shown either."""
        option: Any = TyperCommand.get_help_option(self, ctx)
        if option is not None:
            option.metavar = ""
        return option


def _show_all(context: typer.Context, wanted: bool) -> None:
    """Print all of it, and end."""
    if wanted and not context.resilient_parsing:  # as when a shell completes
        command: Any = context.command
        TyperCommand.format_help(_shown(command, (), whole=True), context, context.make_formatter())
        raise typer.Exit


HelpAll = Annotated[
    bool,
    typer.Option(
        "--help-all", is_eager=True, callback=_show_all, help="Show every option, and all that is to be said of each."
    ),
]


def order(command: str) -> list[str]:
    """The panels of a command's help, the first first."""
    first = FIRST.get(command, ())
    return [*first, *(panel for panel in PANELS if panel not in first)]


def _shown(command: TyperCommand, rare: Collection[str], *, whole: bool) -> TyperCommand:
    """A command as its help shows it: without the rare panels, with whole texts or their first sentences."""
    name, shown = str(command.name), copy.copy(command)
    panels = {id(each): getattr(each, "rich_help_panel", None) for each in command.params}
    moves = name not in STILL
    shown.params = [_text_of(each, moves, whole) for each in command.params if panels[id(each)] not in rare]
    left = [panel for panel in order(name) if panel in rare and panel in panels.values()]
    more = [f"More: --help-all ({', '.join(left)})."] if left else [] if whole else ["More: --help-all."]
    shown.epilog = "\n" + escape("\n".join([*more, *(_of_curves(name) if moves else ())])) + f"\n{command.epilog}"
    return shown


def _of_curves(command: str) -> list[str]:
    """What the mark of a knob that moves means."""
    follows = '{ follow = "low", base = 0.8, amount = 0.4 }'
    waves = '{ sine = [1, 0.3], period = "4s" }'
    return [
        "(curve): a number that may change over time, or with music:",
        f"    --strength '{follows if command in FOLLOW else waves}'",
        "  How: configs/README.md; what it comes to: --dry-run.",
    ]


def _text_of(parameter: Any, moves: bool, whole: bool) -> Any:
    """A parameter with the text that help has for it.

    Args:
        parameter: of a command.
        moves: whether to say that its number may be a curve.
        whole: its whole text, or the first sentence.
    """
    if not parameter.opts[0].startswith("-"):
        return parameter
    shown, text = copy.copy(parameter), parameter.help or ""
    found = _DEFAULT.search(text)
    about, default = (text[: found.start()], found["text"]) if found else (text, "")
    if not whole:
        about, default = _SENTENCE.split(about)[0], default.split(";")[0]
    if parameter.secondary_opts or getattr(parameter, "is_flag", False):
        shown.metavar = ""  # else <bool>
    if parameter.metavar and len(parameter.metavar) > LONGEST:
        shown.metavar, words = _short_metavar(parameter.metavar)
        about += "" if all(word in about for word in words) else f" ({', '.join(words)})"
    about += " (curve)" if moves and parameter.name in MOVING else ""
    shown.help = f"{about} \\[{default}]" if default else about
    if parameter.secondary_opts:
        shown.opts, shown.secondary_opts = [f"--[no-]{parameter.opts[0].removeprefix('--')}"], []
    return shown


def _short_metavar(metavar: str) -> tuple[str, Sequence[str]]:
    """What stands for a value in a few characters, and the words that go into the text instead."""
    if "[" in metavar:  # NAME[:CHANNELS][=WEIGHT]
        return metavar.partition("[")[0], ()
    first, *words = metavar.split("|")
    return (first, words) if first.isupper() else ("WORD", [first, *words])
