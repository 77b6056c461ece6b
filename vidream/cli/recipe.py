"""`vidream recipe`: how a film or a picture was made."""

from pathlib import Path

from vidream.cli.output import say
from vidream.jobs.recipes import recipe_of


def show(path: Path) -> None:
    """The recipe, on standard output, and as its last line, a comment of TOML, the command that makes it.

    Raises:
        MediaError: the file cannot be read, or has no recipe.
        ConfigError: its recipe is damaged, or of another version whose knobs are not known here.
    """
    recipe = recipe_of(path)
    command = recipe.command_line
    for line in recipe.text.splitlines():
        say(line)
    say("")
    say(f"# {command}")
