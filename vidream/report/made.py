"""What the recipe in a dreamed film says: of which film it was made, of which part, and where its picture lies."""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from vidream.config import Recipe, RunConfig, configure
from vidream.config.film_knobs import Film
from vidream.config.length import Length
from vidream.config.recipe import base_name
from vidream.errors import ConfigError, InputError, MediaError
from vidream.events import note
from vidream.jobs.recipes import recipe_of
from vidream.media.video import Video
from vidream.text import printable

SAID = ("start", "end", "length", "fps", "size", "fit", "for_")
"""Knobs that say which part of its source a film shows, and where in it."""

OF_THE_SOURCE = ("video", "composite")
"""Commands whose --start and --end are times of the source; of music they are those of the song."""


@dataclass(frozen=True)
class Made:
    """How a film was made, as far as its recipe says."""

    name: str = ""
    """Of the file that it was made of, without its folder; "": nothing is known."""
    film: Film | None = None
    """Its knobs, of size and of rate; None: they are not known."""
    is_alone: bool = False
    """Whether each frame was dreamed alone, with nothing carried to it."""
    is_of_another: bool = False
    """Whether it is measured against a source of another name."""


def made_as(dreamed: Path) -> Made:
    """What the recipe of a dreamed film says; nothing where it has none that can be read.

    Raises:
        MediaError: by its recipe it was made of no film.
    """
    recipe = recipe_in(dreamed)
    if recipe is None:
        return Made()
    if "zoom" in (recipe.command, recipe.made.get("base")):
        raise MediaError(
            f"{dreamed}: its recipe says that it was made of a picture, {printable(recipe.made['source'])}: "
            "it follows no film that it could be measured against"
        )
    knobs = {name: raw for name, raw in recipe.knobs.items() if name in SAID}
    if recipe.command not in OF_THE_SOURCE:
        knobs = {name: raw for name, raw in knobs.items() if name not in ("start", "end", "length")}
    build: Callable[..., RunConfig] = configure  # the knobs are not typed here: they are checked at run time
    try:
        film = build("video", **knobs).film
    except ConfigError:  # a marker, @chorus, whose file is not here; a knob of another version
        if any(name in knobs for name in ("start", "end", "length")):
            note("its recipe does not say in seconds which part of its source it shows: give --start", dreamed)
        return Made(recipe.made["source"], is_alone=_is_alone(recipe))
    return Made(recipe.made["source"], film, _is_alone(recipe))


def _is_alone(recipe: Recipe) -> bool:
    """Whether nothing was carried from frame to frame."""
    return recipe.knobs.get("persistence") in (0, "0")


def recipe_in(path: Path) -> Recipe | None:
    """The recipe of a film; None: it has none that can be read."""
    try:
        return recipe_of(path)
    except InputError:
        return None


def check_source(source: Video, dreamed: Path, made: Made) -> bool:
    """Whether a film was, by its recipe, made of a source of another name; that is told.

    Raises:
        ConfigError: the two films have changed places.
    """
    of_source = recipe_in(source.path)
    if of_source is not None and of_source.made["source"] == base_name(str(dreamed)):
        raise ConfigError(
            f"{source.path} was made of {dreamed}: SOURCE comes first, then DREAMED; give them the other way round"
        )
    given = base_name(str(source.path))
    is_another = bool(made.name) and made.name != given and ("%" in made.name) == ("%" in given)
    if is_another:
        note(
            f"its recipe says that it was made of {printable(made.name)}; if {printable(given)} is another film, "
            "the figures mean nothing",
            dreamed,
        )
    return is_another


def part_of(film: Film, fps: Fraction, lasts: Fraction | None) -> tuple[Fraction | None, Fraction | None]:
    """Where in its source a film begins and ends, seconds, as its knobs say.

    Args:
        film: the knobs.
        fps: frames a second of the source, in which a length in frames is counted unless the knobs say a rate.
        lasts: seconds of the film itself, which a length in beats or bars has become; None: not known.
    """
    if film.length is None:
        return film.start, film.end
    seconds = lasts if film.length.musical else seconds_of(film.length, film.fps or fps)
    return film.start, None if seconds is None else (film.start or Fraction(0)) + seconds


def seconds_of(length: Length, fps: Fraction) -> Fraction:
    """Seconds of a length in seconds or frames.

    Raises:
        ConfigError: it is in beats or bars.
    """
    if length.musical:
        raise ConfigError(f"--length {length}: a report hears no beats; give seconds such as 10s, or frames")
    return length.value / fps if length.unit == "frames" else length.value
