"""A look that changes by the sections of a song, of which only one is known, never changes: that is said."""

from vidream.clock import Driver
from vidream.curve_parts import parts_of
from vidream.curves import Curve, Cycle, Follow
from vidream.events import warn
from vidream.jobs.drivers import OpenDrivers
from vidream.jobs.song_score import SongScore
from vidream.plan.step import Plan

SECTIONS = "sections"
"""What a curve calls them: one of vidream.clock.MARKS."""


def warn_of_one_section(plan: Plan) -> None:
    """Warn if curves go by the sections of a sound that has one; it is listened to, if curves go by its sections."""
    by_sound: dict[Driver | None, list[str]] = {}
    for name, curve in plan.config.moving.items():
        for sound in dict.fromkeys(_sounds(curve)):
            by_sound.setdefault(sound, []).append(name)
    for sound, names in by_sound.items():
        score = _score(plan, sound)
        if score is None or len(score.analysis.sections) > 1:
            continue
        how = "given" if score.given is not None and score.given.sections is not None else "heard"
        warn(
            f"1 section is {how} in it: what goes by sections ({', '.join(names)}) stays as it begins; labels named "
            f"section 1, section 2 and so on, in a file for --markers, say where they begin",
            score.song,
        )


def _sounds(curve: Curve) -> list[Driver | None]:
    """The files by whose sections a curve goes; None is the song."""
    parts = list(parts_of(curve))
    songs: list[Driver | None] = [None for part in parts if isinstance(part, Cycle) and part.every == SECTIONS]
    return songs + [part.driver for part in parts if isinstance(part, Follow) and part.name == SECTIONS]


def _score(plan: Plan, sound: Driver | None) -> SongScore | None:
    """What is known of a sound that is followed; None: it has no sections at all, as a table."""
    clock = plan.clock
    if sound is None:
        return clock.score if isinstance(clock.score, SongScore) else None
    return clock.drivers.score(sound) if isinstance(clock.drivers, OpenDrivers) else None
