"""What the knobs of a run say of the beats and sections of its song, or of the sounds that it goes by."""

from pathlib import Path, PurePath

from vidream.analysis import GivenBeats
from vidream.analysis.beat_file import read_beats
from vidream.analysis.markers import read_sections
from vidream.analysis.samples import Times
from vidream.clock import MARKS, Driver
from vidream.config import Music, RunConfig, flag
from vidream.errors import ConfigError
from vidream.events import warn
from vidream.notation import MIDI_ENDINGS, TABLE_ENDINGS
from vidream.plan.inputs import drivers
from vidream.text import counted, figure

FACTORS = {"half": 0.5, "double": 2.0}
"""By the name of the switch: how many times the tempo that is heard."""

SPEEDS = ("tempo", "beats", *FACTORS)
"""Names of the knobs that say how fast a song beats."""


def given_beats(config: RunConfig, duration: float) -> GivenBeats | None:
    """What is given of a song's beats and sections; None: nothing is.

    Args:
        config: of the run.
        duration: of the song, seconds.

    Raises:
        ConfigError: two of them contradict each other, or lie after the song's end.
        MediaError: the file of beats, or that of markers, cannot be read as such.
    """
    knobs = config.music
    _check_contradictions(knobs)
    if knobs.first_beat is not None and knobs.first_beat >= duration:
        raise ConfigError(
            f"--first-beat: {figure(float(knobs.first_beat))} s is after the song's end, {duration:.1f} s"
        )
    factor = next((factor for name, factor in FACTORS.items() if getattr(knobs, name)), 1.0)
    first = None if knobs.first_beat is None else float(knobs.first_beat)
    sections = _sections(config.film.markers, duration)
    if knobs.beats is not None:
        times, bars = read_beats(Path(knobs.beats), duration, first or 0.0)
        return GivenBeats(times=times, bars=bars, metre=knobs.bar, sections=sections)
    given = GivenBeats(knobs.tempo, first, factor, knobs.bar, sections=sections)
    if not given.of_beats and sections is None:
        return None
    return given


def _sections(markers: str | None, duration: float) -> Times | None:
    """Where the sections of a song begin, as the file of markers says; None: it does not say, or there is none."""
    if markers is None:
        return None
    sections = read_sections(Path(markers))
    within = sections[sections < duration]
    if len(within) < len(sections):
        late = counted(len(sections) - len(within), "section")
        warn(f"{late} in it would begin after the song's end, {duration:.1f} s, and count for nothing", markers)
    return within if len(within) else None


def check_beats(config: RunConfig) -> None:
    """Raise ConfigError if knobs contradict each other, or a zoom or a film is told of beats that nothing goes by."""
    knobs, length = config.music, config.film.length
    _check_contradictions(knobs)
    if config.origin.command == "music" or sounds_with_beats(config):
        return
    if config.film.sound is not None and config.files.write_markers:
        return  # they are marked for editors
    if knobs.first_beat is not None and not loops_on_beat(config):
        raise ConfigError("--first-beat: says where beats begin, and no curve follows the beats of a sound")
    if length is not None and length.musical:
        return
    for name in (*SPEEDS, "bar"):
        if getattr(knobs, name):
            raise ConfigError(
                f"{flag(name)}: says how long beats or bars are, and no --length is counted in them, nor does a curve "
                f"follow the beats of a sound"
            )


def loops_on_beat(config: RunConfig) -> bool:
    """Whether a zoom begins on a beat of the sound under it: one that is a loop, and is counted in beats or bars."""
    film = config.film
    counted = film.length is not None and film.length.musical
    return config.origin.command == "zoom" and film.loop and counted and film.sound is not None


def sounds_with_beats(config: RunConfig) -> list[Path]:
    """The sounds whose beats, bars or sections the curves of a config follow, each once."""
    return list(dict.fromkeys(Path(driver.file) for driver in drivers(config) if _has_beats(driver)))


def _has_beats(driver: Driver) -> bool:
    is_sound = PurePath(driver.file).suffix.lower() not in (*MIDI_ENDINGS, *TABLE_ENDINGS)
    return is_sound and driver.name in MARKS


def _check_contradictions(knobs: Music) -> None:
    """Raise ConfigError if two knobs contradict each other."""
    names = [flag(name) for name in SPEEDS if getattr(knobs, name)]
    if len(names) > 1:
        raise ConfigError(f"{names[0]} with {names[1]}: each says how fast the song beats; give one of them")
    if knobs.first_beat is None or knobs.beats is None:
        return
    if Path(knobs.beats).suffix.lower() not in MIDI_ENDINGS:
        raise ConfigError(f"--first-beat with --beats: {knobs.beats} says itself where its beats are; leave one out")
