"""The look of the page as a live dream has it, and the looks that its buttons play."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from vidream.config import RunConfig, configure, knobs, unused_knobs
from vidream.config.commands import flag
from vidream.errors import Cancelled, VidreamError
from vidream.events import note, warn
from vidream.live.looks import load_look, suitable

YOURS = "your look"
"""By this name the board plays the look that is tuned in the page."""


def live_config(base: str, look: Mapping[str, Any], run: Mapping[str, Any]) -> RunConfig:
    """The config of a live dream.

    Args:
        base: "video" or "zoom".
        look: "preset", a name or a path, or nothing; "knobs", as TOML holds them: those that a live dream has not, such
            as the length of a film, are left out.
        run: knobs of the run itself, such as its rate.

    Raises:
        ConfigError: it cannot be.
    """
    known = {knob.name for _, knob in knobs("live")} - unused_knobs("live", base) - {*run}
    given = {name: value for name, value in look["knobs"].items() if name in known}
    left = [flag(name) for name in look["knobs"] if name not in known and name not in run]
    if left:
        note(f"{', '.join(left)}: left out of the live dream, which has no use for it")
    config = configure("live", base=base, preset=look["preset"] or None, **given, **run)
    return replace(config, origin=replace(config.origin, look=YOURS))


def with_looks(config: RunConfig, saved: Sequence[str]) -> RunConfig:
    """A config whose --looks are those that somebody saved, then those that come with vidream and suit what is dreamed.

    Args:
        config: of the run.
        saved: paths; one that cannot be dreamed here is left out, and warned of.
    """
    names = []
    for name in (*saved, *suitable(config.origin.base)):
        try:
            load_look(config, name, {}, here=True)
        except Cancelled:
            raise
        except VidreamError as error:
            warn(f"left out of the looks: {error}")
        else:
            names.append(name)
    return replace(config, live=replace(config.live, looks=tuple(names)))
