"""The config of a job: the one that a caller has built, or what a preset and knobs come to."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from vidream.config import Recipe, RunConfig, configure
from vidream.errors import ConfigError
from vidream.events import warn
from vidream.jobs.markers import with_marked_part
from vidream.jobs.recipes import may_have_recipe, recipe_of, warn_of_other_weights
from vidream.media.containers import container_of


def config_of(
    command: str,
    config: RunConfig | None,
    preset: str | Recipe | None,
    draft: bool,
    knobs: Mapping[str, Any],
    base: str | None = None,
) -> RunConfig:
    """Every knob of a job.

    Args:
        command: whose defaults hold.
        config: built by `configure` for that command; then nothing else may be given.
        preset: a shipped look by name, the path of a TOML file, or of a film or a picture that has a recipe; or that.
        draft: small and fast.
        knobs: by name; None counts as not given.
        base: the command that a music visual is like.

    Raises:
        ConfigError: a wrong knob, both a config and something else, or a config of another command.
    """
    if config is None:
        if preset is not None and not isinstance(preset, Recipe) and may_have_recipe(preset):
            preset = recipe_of(preset)
        build: Callable[..., RunConfig] = configure  # the knobs are not typed here: they are checked at run time
        config = build(command, base=base, preset=preset, draft=draft, **knobs)
        if isinstance(preset, Recipe):
            warn_of_other_weights(preset, config.goal)
        return _planned(config)
    arguments = {**knobs, "preset": preset, "draft": draft or None}
    surplus = [name for name, value in arguments.items() if value is not None]
    if surplus:
        raise ConfigError(f"config= holds every knob already; leave out {', '.join(surplus)}, or build the config so")
    if (config.origin.command, config.origin.base) != (command, base or ""):
        wanted = f'"{command}"'
        if base:
            wanted += f', base="{base}"'
        raise ConfigError(f"config= is of {config.origin.command or 'no command'}; configure({wanted}, ...) builds one")
    return _planned(config)


def _planned(config: RunConfig) -> RunConfig:
    """A config of which a plan may be made: it holds what was asked for, and its --start and --end are seconds."""
    if config.origin.asked is None:
        config = replace(config, origin=replace(config.origin, asked=config))
    return with_marked_part(config)


def limit_frame_rate(config: RunConfig, out: Path, fps: Fraction) -> RunConfig:
    """The config of a film at `fps` frames a second, or at the most that OUT's kind can play, with a warning."""
    container = container_of(out)
    if container is None or container.fastest is None or fps <= container.fastest:
        return config
    fastest, name = container.fastest, container.codec.name
    warn(f"players show {fastest} frames a second of a {name} at most; frames are left out", out)
    return replace(config, film=replace(config.film, fps=Fraction(fastest)))


def warn_of_softening(config: RunConfig) -> None:
    """Warn of a recipe that puts no detail back, and so softens what goes through it frame after frame."""
    if config.dream.recipe == "inception-v3":
        warn("made for one picture; it puts no detail back, and each frame gets softer", "--recipe inception-v3")
