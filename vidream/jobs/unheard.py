"""A song that nobody has listened to yet, for a look at what does not wait for it."""

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from vidream.clock import Driver
from vidream.jobs.song_score import SongScore, digest_of, kept_name
from vidream.jobs.song_shelf import ShelvedSong
from vidream.notation import MIDI_ENDINGS, TABLE_ENDINGS
from vidream.plan.film import FilmPlan
from vidream.plan.inputs import drivers
from vidream.plan.zoom import ZoomPlan

BEAT = 0.5
"""Seconds from one beat to the next of a song that nobody knows."""


class Unheard:
    """A song that is silent, and has two beats a second. It is a vidream.clock.Score, and a vidream.clock.Drivers."""

    def __init__(self, start: Fraction = Fraction(0)) -> None:
        """start: seconds of the song before the film's first frame."""
        self.start = start

    def beat(self, second: float) -> float:
        """The number of the beat at a second of the film."""
        return (second + float(self.start)) / BEAT

    def second(self, beat: float) -> float:
        """The second of the film at which a beat falls."""
        return beat * BEAT - float(self.start)

    def marks(self, name: str) -> Sequence[float]:
        """The film's first moment alone. name: of what is marked."""
        del name
        return (0.0,)

    def level(self, driver: str | Driver, attack: float | None, release: float | None, frame: int) -> float:
        """0: nothing is heard."""
        del driver, attack, release, frame
        return 0.0


def without_unheard(plan: FilmPlan | ZoomPlan) -> tuple[FilmPlan | ZoomPlan, bool]:
    """A plan in which every sound that is not known yet is silent, and whether there is one."""
    score, unheard = plan.score, False
    if isinstance(score, SongScore) and not _is_known(score.song):
        plan, unheard = replace(plan, score=Unheard(score.start)), True
    sounds = {Path(driver.file) for driver in drivers(plan.config)}
    sounds = {path for path in sounds if path.suffix.lower() not in (*MIDI_ENDINGS, *TABLE_ENDINGS)}
    if not all(map(_is_known, sounds)):
        plan, unheard = replace(plan, drivers=Unheard()), True
    return plan, unheard


def _is_known(song: Path) -> bool:
    """Whether what is heard in a sound lies on the shelf."""
    try:
        return ShelvedSong(kept_name(digest_of(song))).there
    except OSError:
        return True  # whoever opens it says what is wrong
