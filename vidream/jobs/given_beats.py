"""What the knobs of a music visual say of its song's beats."""

from pathlib import Path

from vidream.analysis import GivenBeats
from vidream.analysis.beat_file import read_beats
from vidream.config import Music
from vidream.errors import ConfigError
from vidream.notation import MIDI_ENDINGS

FACTORS = {"half": 0.5, "double": 2.0}
"""By the name of the switch: how many times the tempo that is heard."""


def given_beats(knobs: Music, duration: float) -> GivenBeats | None:
    """What is given of a song's beats; None: nothing is.

    Args:
        knobs: of the run.
        duration: of the song, seconds.

    Raises:
        ConfigError: two of them contradict each other, or lie after the song's end.
        MediaError: the file of beats cannot be read as such.
    """
    _check(knobs, duration)
    factor = next((factor for name, factor in FACTORS.items() if getattr(knobs, name)), 1.0)
    first = None if knobs.first_beat is None else float(knobs.first_beat)
    if knobs.beats is not None:
        times, bars = read_beats(Path(knobs.beats), duration, first or 0.0)
        return GivenBeats(times=times, bars=bars, metre=knobs.bar)
    if (knobs.tempo, first, knobs.bar, factor) == (None, None, None, 1.0):
        return None
    return GivenBeats(knobs.tempo, first, factor, knobs.bar)


def _check(knobs: Music, duration: float) -> None:
    """Raise ConfigError if two knobs contradict each other, or the first beat lies after the song's end."""
    given = {
        "--tempo": knobs.tempo is not None,
        "--beats": knobs.beats is not None,
        "--half": knobs.half,
        "--double": knobs.double,
    }
    names = [name for name, is_given in given.items() if is_given]
    if len(names) > 1:
        raise ConfigError(f"{names[0]} with {names[1]}: each says how fast the song beats; give one of them")
    if knobs.first_beat is None:
        return
    if knobs.beats is not None and Path(knobs.beats).suffix.lower() not in MIDI_ENDINGS:
        raise ConfigError(f"--first-beat with --beats: {knobs.beats} says itself where its beats are; leave one out")
    if knobs.first_beat >= duration:
        raise ConfigError(f"--first-beat: {float(knobs.first_beat):g} s is after the song's end, {duration:.1f} s")
