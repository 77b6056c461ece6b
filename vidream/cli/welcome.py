"""What a newcomer meets: `vidream` without a command, and the order of `vidream --help`."""

from collections.abc import Mapping
from textwrap import wrap

import typer

from vidream.cli.examples import epilog
from vidream.cli.output import say
from vidream.version import __version__

ABOUT = "DeepDream for moving pictures: holds still where it should, flows where it should."
"""What vidream is, in a line."""

DEEPDREAM = (
    "A DeepDream shows what a neural network sees in a picture, eyes, feathers, arches, by strengthening it until you"
    " see it, too."
)
"""What a DeepDream is."""

GROUPS: Mapping[str, tuple[str, ...]] = {
    "Make": ("demo", "video", "zoom", "music", "image", "live", "studio", "batch", "composite"),
    "Choose a look": ("presets", "preview", "layers", "classes", "networks"),
    "Measure, keep": ("report", "recipe", "bench", "clean"),
}
"""Commands by what they are for, in the order of help."""

FIRST = ("vidream demo", "vidream video clip.mp4", "vidream zoom photo.jpg")
"""Commands to begin with, which can be pasted."""


def begin_with() -> str:
    """What `vidream` and `vidream --help` end with."""
    return "\n" + "\n".join(["Begin with one of these:", *(f"    {command}" for command in FIRST)])


def welcome() -> None:
    """What vidream is, its commands, and what to begin with, on standard output."""
    say(f"vidream {__version__}, DeepDream for moving pictures.")
    say("")
    for line in wrap(DEEPDREAM, 80):
        say(line)
    say("")
    width = max(map(len, GROUPS))
    for group, commands in GROUPS.items():
        say(f"{group:<{width}}  {', '.join(commands)}")
    say("")
    say("`vidream --help` says what each does, `vidream video --help` what one takes.")
    say("")
    for line in begin_with().strip().splitlines():
        say(line)


def introduce(app: typer.Typer) -> None:
    """Give each command of an application its place in the help, and examples at the end of its own."""
    groups = {command: group for group, commands in GROUPS.items() for command in commands}
    order = list(groups)
    for command in app.registered_commands:
        assert command.callback is not None
        command.name = command.name or command.callback.__name__
        command.rich_help_panel, command.epilog = groups[command.name], epilog(command.name)
    app.registered_commands.sort(key=lambda command: order.index(command.name or ""))
