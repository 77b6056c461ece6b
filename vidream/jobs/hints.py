"""Notes on what a film will be that whoever asked for it may not have meant."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from vidream.config import Preset, Recipe, presets
from vidream.config.commands import COMMANDS
from vidream.events import note
from vidream.jobs.encoding import encoding_of
from vidream.media.containers import container_of
from vidream.media.grades import GOOD, QUALITIES
from vidream.media.target import Target, target_of
from vidream.plan.film import FilmPlan
from vidream.plan.step import Plan

ELSEWHERE = ("zoom", "music")
"""Commands whose looks are made to grow, or to move with a song, as a film over its source does not."""
PROFILE, SMALL = "-profile:v", QUALITIES[0]


def hint(plan: Plan, out: str | Path, preset: str | Recipe | None, draft: bool, knobs: Mapping[str, Any]) -> None:
    """Note what may surprise of a plan.

    Args:
        plan: of what is made.
        out: where it goes.
        preset: its look, as it was given.
        draft: whether it is small and fast.
        knobs: that were given, by name; None counts as not given.
    """
    if draft and knobs.get("quality") is None:
        _of_quality(plan, Path(out))
    if not isinstance(plan, FilmPlan):
        return
    if preset is not None:
        _of_look(preset)
    if plan.config.film.loop:
        note("the dream of its end leads into that of its beginning; the clip is a loop only if it was one", "--loop")
    _of_enlarging(plan)
    if knobs.get("dream_size") is not None:
        _of_drafts_dream_size(plan) if draft else _of_dream_size(plan)


def _of_look(preset: str | Recipe) -> None:
    """A look that is made for something else than a film."""
    command = command_of(preset)
    if command in ELSEWHERE:
        name = preset.path if isinstance(preset, Recipe) else preset
        note(f"made for vidream {command}; it is used for this film all the same", f"--preset {name}")


def command_of(preset: str | Recipe) -> str | None:
    """The command for which a look is made; None of a film that has one, which may be of any."""
    if isinstance(preset, Recipe):
        return None
    shipped = {each.name: each for each in presets()}
    if preset in shipped:
        return shipped[preset].command
    path = Path(preset)
    return Preset(path.stem, "", path).command if path.suffix == ".toml" else None


def _of_enlarging(plan: FilmPlan) -> None:
    """A --for that is larger than the film."""
    source, shown, wanted = plan.source.size, plan.size, plan.config.film.for_
    if wanted and max(shown.width / source.width, shown.height / source.height) > 1:
        note(f"{source} is enlarged to {plan.canvas}", f"--for {wanted}")


def _of_dream_size(plan: FilmPlan) -> None:
    """A --dream-size that is larger than the film, which is never enlarged for the network."""
    wanted, film = plan.config.dream.dream_size, max(plan.size)
    if wanted > film:
        note(f"the film is {film} px; more does nothing", f"--dream-size {wanted}")


def _of_drafts_dream_size(plan: FilmPlan) -> None:
    """A draft whose --dream-size was given: beside other drafts, and beside the film."""
    wanted = plan.config.dream.dream_size
    here, film = max(plan.size.at_most(wanted)), max(plan.source.size.at_most(wanted))
    if film > here:
        note(f"dreamed at its {here} px; the film, dreamed at {film} px, will have smaller forms", "--draft")
        return
    usual = max(plan.size.at_most(COMMANDS["video"].draft["dream_size"]))
    if here != usual:
        forms = "larger" if here > usual else "smaller"
        note(f"dreamed at {here} px, as the film will be; a draft without --dream-size has {forms} forms", "--draft")


def _of_quality(plan: Plan, out: Path) -> None:
    """A codec for editors that a draft makes coarser."""
    encoding = encoding_of(plan)
    if container_of(out) is None or encoding.codec is None or encoding.quality != SMALL:
        return
    small, good = (target_of(out, replace(encoding, quality=word)) for word in (SMALL, GOOD))
    if small.codec.intra and small.grade.arguments != good.grade.arguments:
        coarse, fine = (f"--quality {each.grade.quality}{_profile(each)}" for each in (small, good))
        note(f"{small.codec.name} by {coarse}; {fine} is finer", "--draft")


def _profile(target: Target) -> str:
    """The profile of a codec, such as " (profile lt)"."""
    words = target.grade.arguments
    return f" (profile {words[words.index(PROFILE) + 1]})" if PROFILE in words else ""
