"""A length in seconds, frames, beats or bars -> the part of its music that a film has, and how many frames it is."""

from dataclasses import dataclass
from fractions import Fraction
from math import floor
from pathlib import Path

import numpy as np

from vidream.analysis import SongAnalysis
from vidream.config import RunConfig
from vidream.config.length import MOST, Length
from vidream.errors import ConfigError
from vidream.events import note
from vidream.jobs.given_beats import given_beats
from vidream.jobs.song_score import SongScore
from vidream.media.sound import sound_length
from vidream.plan.memory import check_listening
from vidream.text import counted, figure

STEADY = 0.02
"""Seconds: the tempo is steady where the standard deviation of the beats from even ones is less."""

USUAL_METRE = 4
"""Beats a bar where a tempo is given, and nothing else."""


@dataclass(frozen=True)
class Stretch:
    """A part of a song that is so many beats long."""

    start: float
    """Seconds of the song at which it begins."""
    seconds: float
    """How long it is."""
    beats: float
    """How many beats it has."""


def frames_under_sound(
    length: Length, config: RunConfig, stated: Fraction, fps: Fraction, out: Path, own: Path | None = None
) -> int:
    """How many frames a length is; in beats and bars by --tempo, or of the sound that is heard under the film.

    Args:
        length: of the film.
        config: of the run.
        stated: frames a second, in which a length in frames is counted.
        fps: frames a second that the film is going to have.
        out: what is made.
        own: the file of the sound that the film has itself, which is heard unless --sound names another.

    Raises:
        ConfigError: there is neither tempo nor a sound that has beats, or there would be more frames than a film may
            have.
        MediaError: the sound cannot be heard.
    """
    if not length.musical:
        return timed_frames(length, stated, fps)
    tempo, metre = config.music.tempo, config.music.bar
    if tempo is not None:
        beats = _beats(length, metre or USUAL_METRE)
        return musical_frames(length, Stretch(0.0, beats * 60 / tempo, beats), fps)
    song, start = own, float(config.film.start or 0)
    if config.film.sound is not None:
        song, start = Path(config.film.sound), 0.0
    if song is None:
        raise ConfigError(f"--length {length}: how long are {length.unit}? --tempo 120 says it, or a song by --sound")
    seconds = float(sound_length(song, config.files.max_seconds))
    check_listening(song, seconds)
    analysis = SongScore(song, fps, 0, out, given_beats(config, seconds)).analysis
    return musical_frames(length, stretch_of(length, analysis, start, str(song), snap=False), fps)


def frames_of_loop(length: Length, config: RunConfig, fps: Fraction, out: Path) -> tuple[int, int]:
    """The frame of its sound that a zoom without end begins with, which is on a bar or a beat, and how many it has.

    Args:
        length: in beats or bars.
        config: of the run, which names a sound.
        fps: frames a second of the film.
        out: what is made.

    Raises:
        ConfigError: no beats are heard in the sound, or it ends before the film.
        MediaError: the sound cannot be heard.
    """
    assert config.film.sound is not None
    song = Path(config.film.sound)
    seconds = sound_length(song, config.files.max_seconds)
    check_listening(song, float(seconds))
    score = SongScore(song, fps, 0, out, given_beats(config, float(seconds)))
    return frames_of_song(length, score, seconds, Fraction(0), fps)


def frames_of_song(
    length: Length, song: SongScore, seconds: Fraction, start: Fraction, stated: Fraction
) -> tuple[int, int]:
    """The frame of a song that a film begins with, and how many frames it has.

    In bars it begins with the bar that is nearest to `start`, in beats with the beat.

    Args:
        length: of the film.
        song: the whole of it, at the film's frame rate.
        seconds: how long the song is.
        start: seconds of the song.
        stated: frames a second, in which a length in frames is counted.

    Raises:
        ConfigError: the song has no beats, or ends before the film.
    """
    fps = song.fps
    if length.musical:
        stretch = stretch_of(length, song.analysis, float(start), str(song.song), snap=True)
        first, frames = round(stretch.start * fps), musical_frames(length, stretch, fps)
        note(f"begins at {stretch.start:.2f} s of the song", f"--length {length}")
    else:
        first, frames = round(start * fps), timed_frames(length, stated, fps)
    left = seconds - first / fps
    if frames / fps > left + 1 / fps:
        lasting = f"{float(frames / fps):.2f} s, and {song.song} has {max(0.0, float(left)):.2f} s from there on"
        if frames / fps > seconds + 1 / fps:  # wherever it begins
            remedy = _most_that_fits(length, song, start, left)
        else:
            remedy = _earlier_beat(length, song, seconds, frames) or "less of it, or an earlier --start, fits"
        raise ConfigError(f"--length {length}: that is {lasting}; {remedy}")
    return first, frames


def _most_that_fits(length: Length, song: SongScore, start: Fraction, left: Fraction) -> str:
    """What to give in place of a length that is longer than its song. left: seconds of the song from its beginning."""
    if length.musical:
        whole = stretch_of(length, song.analysis, float(start), "", snap=True).seconds
        guess = floor(length.value * Fraction(max(Fraction(0), left) / Fraction(whole))) + 1
        for count in range(guess, 0, -1):
            less = Length(Fraction(count), length.unit)
            stretch = stretch_of(less, song.analysis, float(start), "", snap=True)
            if round(stretch.seconds * float(song.fps)) <= left * song.fps + 1:
                return f"--length {less} is the most that fits there"
    return "that is longer than the whole song; less of it fits"


def _earlier_beat(length: Length, song: SongScore, seconds: Fraction, frames: int) -> str:
    """What to give so that so many frames fit into a song, where they do if its first bar begins earlier; else ""."""
    analysis = song.analysis
    if length.unit != "bars":
        return ""
    before = floor(analysis.beat_number(0.0))  # the beats before the first that is heard, less than 0
    first = max(0.0, analysis.time_of_beat(min(0, before + 1)))
    if first + float(frames / song.fps) > float(seconds + 1 / song.fps):
        first = 0.0
    if first >= float(analysis.bars[0]):
        return ""
    return (
        f"bar one is heard at {analysis.bars[0]:.2f} s; if it is at {first:.2f} s, "
        f"--first-beat {figure(round(first, 2))} says so, and it fits; else give less"
    )


def timed_frames(length: Length, stated: Fraction, fps: Fraction) -> int:
    """How many frames are nearest to a length in seconds or frames; a bare number that is under a second is noted.

    Args:
        length: in seconds or frames.
        stated: frames a second, in which a length in frames is counted.
        fps: frames a second that the film is going to have.

    Raises:
        ConfigError: there would be more than a film may have.
    """
    seconds = length.value
    if length.unit == "frames":
        seconds = length.value / stated
        if seconds < 1:
            number = int(length.value)
            note(f"{counted(number, 'frame')}; --length {number}s is {counted(number, 'second')}", f"--length {length}")
    return _checked(length, max(1, floor(seconds * fps + Fraction(1, 2))))


def stretch_of(length: Length, song: SongAnalysis, start: float, about: str, *, snap: bool) -> Stretch:
    """The part of a song that a length in beats or bars is.

    Where the tempo is steady, the stretch is so many mean beats long, and begins where the mean beats say; else it goes
    from beat to beat.

    Args:
        length: in beats or bars.
        song: analysed.
        start: seconds of the song.
        about: what the song is called.
        snap: it begins with the bar, or the beat, that is nearest to `start`; without, at `start` itself.

    Raises:
        ConfigError: no beats are heard in the song.
    """
    if not song.has_beats:
        raise ConfigError(f"--length {length}: no beats are heard in {about}; give seconds, such as 10s")
    marks, beats = song.beats, _beats(length, song.metre)
    if length.unit == "bars":
        marks = song.bars
    if snap and len(marks):
        start = float(marks[np.abs(marks - start).argmin()])
    first = song.beat_number(start)
    begin, end = max(0, round(first)), min(len(song.beats), round(first + beats) + 1)
    numbers, times = np.arange(begin, end), song.beats[begin:end]
    if len(times) >= 4:
        interval, offset = np.polyfit(numbers, times, 1)
        if np.std(times - (offset + interval * numbers)) < STEADY:
            if snap:
                start = max(0.0, float(offset + interval * first))
            return Stretch(start, float(interval * beats), beats)
    return Stretch(start, song.time_of_beat(first + beats) - start, beats)


def musical_frames(length: Length, stretch: Stretch, fps: Fraction) -> int:
    """How many frames are nearest to a stretch of music; how they are rounded, and the tempo that they have, is noted.

    Raises:
        ConfigError: there would be more than a film may have.
    """
    exact = stretch.seconds * float(fps)
    frames = _checked(length, max(1, round(exact)))
    tempo = 60 * stretch.beats / stretch.seconds
    rounded = 60 * stretch.beats * float(fps) / frames
    text = f"{stretch.seconds:.3f} s at {tempo:.2f} beats a minute, {exact:.2f} frames"
    if f"{rounded:.2f}" != f"{tempo:.2f}":
        text += (
            f"; the film has {frames} whole ones, {float(frames / fps):.3f} s: "
            f"played in a loop, it goes with {rounded:.2f} beats a minute"
        )
    note(text, f"--length {length}")
    return frames


def _beats(length: Length, metre: int) -> float:
    """How many beats a length in beats or bars has. metre: beats a bar."""
    if length.unit == "bars":
        return float(length.value * metre)
    return float(length.value)


def _checked(length: Length, frames: int) -> int:
    if frames > MOST:
        raise ConfigError(f"--length {length}: {frames:,} frames; {MOST:,} are the most")
    return frames
