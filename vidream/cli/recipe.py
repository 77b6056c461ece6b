"""`vidream recipe`: how a film or a picture was made."""

from pathlib import Path

from vidream.cli.messages import console
from vidream.cli.output import say
from vidream.cli.progress import alive
from vidream.jobs.recipes import recipe_of


def show(path: Path) -> None:
    """Print the recipe of a film or a picture; the last line, a TOML comment, is the command that makes it again.

    Raises:
        MediaError: the file cannot be read, or has no recipe.
        ConfigError: its recipe is damaged, or has knobs of another version that this one does not know.
    """
    with alive(console(), f"looking at {path.name}"):
        recipe = recipe_of(path)
    command = recipe.command_line
    for line in recipe.text.splitlines():
        say(line)
    say("")
    say(f"# {command}")
