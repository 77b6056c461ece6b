"""The recipes in films and pictures: written from a run's knobs, and read from files."""

import os
from collections.abc import Mapping
from pathlib import Path

from vidream.config import COMMANDS, Goal, Recipe, RunConfig, is_shipped
from vidream.config.recipe import FIRST, base_name, read_recipe, recipe_text
from vidream.dream.catalogue import weights_digest
from vidream.errors import InputError, MediaError
from vidream.events import warn
from vidream.media.containers import ENDINGS
from vidream.media.metadata import read_metadata
from vidream.media.picture_formats import PICTURES
from vidream.media.picture_text import read_text
from vidream.media.sequence import pictures_of, sequence

COMMENT = "comment"
"""The name of the tag, or of the text in a picture, that holds the recipe."""


def recipe_of(path: str | Path) -> Recipe:
    """The recipe in a film or a picture that vidream made.

    `print(recipe)` shows it as TOML; `recipe.command_line` is the command that makes the film again; `preset=recipe`,
    or the path itself, takes its look.

    Args:
        path: of the film, of the picture, or of pictures in a row, frames/%05d.png.

    Raises:
        MediaError: it cannot be read, or has no recipe.
        ConfigError: its recipe is damaged, or larger than any that vidream writes.
    """
    path = Path(path)
    file = next(iter(pictures_of(path)), path)
    texts = read_metadata(file) if file.suffix.lower() in ENDINGS else read_text(file)
    text = texts.get(COMMENT, "")
    if not text.startswith(FIRST):
        raise MediaError(f"{path}: has no recipe; films and pictures have one that vidream made, without --no-recipe")
    return read_recipe(text, str(path))


def may_have_recipe(preset: object) -> bool:
    """Whether a look is given by the name of a film or a picture that is there."""
    if not isinstance(preset, str | os.PathLike) or is_shipped(os.fspath(preset)):
        return False
    path = Path(preset)
    try:
        return path.suffix.lower() in (*ENDINGS, *PICTURES) and path.is_file()
    except (OSError, ValueError):  # a name too long, a NUL in it
        return False


def warn_of_other_weights(recipe: Recipe, goal: Goal) -> None:
    """Warn if the network that a look is taken for has other weights here than where its film was made."""
    said, network = recipe.made.get("digest"), recipe.knobs.get("network")
    if not said or network != goal.network:
        return
    try:
        other = said != weights_digest(goal)
    except InputError:
        return  # that it is not here is told where it is looked for
    if other:
        warn(f"was dreamed with other weights of {network} than are here: it will look otherwise", recipe.path)


def recipe_for(config: RunConfig, out: Path, names: Mapping[str, str]) -> str:
    """The recipe of what a run makes; "" where it is to have none.

    Args:
        config: of the run.
        out: what is made.
        names: of the files that it is made of, by what the command calls them: source, song.

    Raises:
        MediaError: the network's weights cannot be read.
    """
    asked = config.origin.asked or config
    if asked.files.no_recipe:
        return ""
    files = {**names}
    if sequence(out, PICTURES):  # of films and pictures, the file's own name tells it: the same run, the same bytes
        files["out"] = str(out)
    facts = {what: base_name(file) for what, file in files.items()}
    if asked.origin.command in COMMANDS:
        facts["digest"] = weights_digest(asked.goal)
    return recipe_text(asked, facts)
