"""A song and a seed -> a film that moves with the music, from file to file."""

import threading
from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any, Unpack

from vidream.config import Recipe, RunConfig
from vidream.config.keywords import MusicKnobs
from vidream.config.kinds import Rate
from vidream.errors import ConfigError
from vidream.events import Listener, Progress, note, scope
from vidream.jobs.default_out import out_or_default
from vidream.jobs.drivers import driven
from vidream.jobs.given_beats import given_beats
from vidream.jobs.hints import hint
from vidream.jobs.job import Rendered, check_and_run
from vidream.jobs.length import frames_of_song
from vidream.jobs.pulse import with_pulse
from vidream.jobs.render_job import RenderJob
from vidream.jobs.settings import config_of
from vidream.jobs.song_score import SongScore
from vidream.jobs.source_file import source_file_of
from vidream.jobs.video import film_plan
from vidream.jobs.zoom import seed_file, zoom_plan
from vidream.media.picture_formats import PICTURES_READ
from vidream.media.reader import open_sound
from vidream.media.sequence import sequence
from vidream.media.sound import sound_length
from vidream.plan.film import FilmPlan
from vidream.plan.memory import check_listening
from vidream.plan.seed import NOISE, is_frame
from vidream.plan.source import files_of
from vidream.plan.zoom import ZoomPlan
from vidream.text import clock_time

AFTER = Fraction(1, 10)
"""Seconds that --end may lie after the song's end without a word: times are told to a tenth."""


def render_music(
    song: str | Path,
    source: str | Path,
    out: str | Path | None = None,
    *,
    preset: str | Recipe | None = None,
    draft: bool = False,
    config: RunConfig | None = None,
    on_event: Listener | None = None,
    cancel: threading.Event | None = None,
    progress: Progress | None = None,
    **knobs: Unpack[MusicKnobs],
) -> Rendered:
    """Dream a picture or a film in time with a song, as long as the song. What was stopped goes on where it was.

    Args:
        song: a sound file, or a film's sound.
        source: the seed, a picture, a film's frame or "noise", which is zoomed into; or a film, which is cut to the
            song's length, or begun again until it is full.
        out: as `render_video`; None: SONG-music.mp4 beside the song.
        preset: a shipped look by name (`vidream presets` lists them), or the path of a TOML file, or of a
            film or a picture that has a recipe.
        draft: small and fast, with the same camera, seeds and timing.
        config: every knob, built by `configure("music", ...)`; in place of preset, draft and knobs.
        on_event: called with each vidream.Event, in this thread: stages, frames, warnings. What it raises ends the run.
        cancel: set it from another thread, or from on_event, and the run ends within a frame with Cancelled; what is
            done stays, and the same call goes on from there.
        progress: the older form of on_event, for one release more: called with (frames done, frames in all or None).
        **knobs: the flags of `vidream music` by name: `pulse=0.5`, `strength={"follow": "low"}`, ...

    Returns:
        Where it lies, how many frames it has, their size, and how long it took.

    Raises:
        ConfigError: an unknown preset, knob, network or layer, or a value out of range.
        MediaError: SONG cannot be heard, SEED is nothing that can be seen, or OUT may not be written.
        RenderError: ffmpeg failed, for instance on a full disk.
        Cancelled: `cancel` was set.
    """
    with scope(on_event, cancel, progress):
        base = base_command(str(source))
        out = out_or_default("music", song, out, preset=preset, draft=draft, config=config, knobs=knobs, base=base)
        return check_and_run(music_job(song, source, out, preset=preset, draft=draft, config=config, **knobs))


def music_job(song: str | Path, source: str | Path, out: str | Path, **arguments: Any) -> RenderJob:
    """The job of a music visual, ready to be checked and run. Arguments and errors are those of `plan_music`."""
    plan = plan_music(song, source, out, **arguments)
    assert isinstance(plan.score, SongScore)
    seeds: list[Path | bytes] = []
    if isinstance(plan, FilmPlan):
        seeds += files_of(plan.source)
    else:
        seeds += [plan.seed.tobytes(), *filter(None, [seed_file(str(source))])]
    assert plan.count is not None
    return RenderJob(
        plan,
        Path(out),
        (Path(song), *seeds),
        sound=open_sound(Path(song)),
        start=plan.score.start,
        duration=None if plan.config.film.end is None else plan.count / plan.fps,
        source_file=source_file_of(plan),
        names={"song": str(song), "source": str(source)},
    )


def plan_music(
    song: str | Path,
    source: str | Path,
    out: str | Path,
    *,
    preset: str | Recipe | None = None,
    draft: bool = False,
    config: RunConfig | None = None,
    **knobs: Unpack[MusicKnobs],
) -> FilmPlan | ZoomPlan:
    """What `render_music` would render: its frames, its times, its knobs. Nothing is dreamed or written.

    Arguments are those of `render_music`; `vidream.DryRun` shows the plan's numbers.

    The song is listened to when the plan's steps, or its clock's score, are first asked; for a length in beats or bars
    it is listened to here.

    Raises:
        ConfigError, MediaError: as `render_music`; OUT is not looked at.
    """
    song, base = Path(song), base_command(str(source))
    settings = with_pulse(config_of("music", config, preset, draft, knobs, base=base), base)
    length, film = settings.film.length, replace(settings.film, length=None)
    plan = _silent_plan(replace(settings, film=film), source, out, base, config, knobs)
    hint(plan, out, preset, draft, knobs)
    seconds = sound_length(song, settings.files.max_seconds)
    check_listening(song, float(seconds))
    given, settings = given_beats(settings, float(seconds)), plan.config
    score = SongScore(song, plan.fps, 0, Path(out), given, settings.music.beat_height)
    if length is None:
        first, frames = _frames(song, seconds, settings, plan.fps)
    else:
        first, frames = frames_of_song(length, score, seconds, film.start or Fraction(0), film.fps or plan.fps)
        part = replace(settings.film, start=first / plan.fps, end=(first + frames) / plan.fps)
        settings = replace(settings, film=part)
    score = score.begun_at(first)
    if isinstance(plan, FilmPlan):
        plan = replace(plan, score=score, config=settings, length=frames / plan.fps)
    else:
        settings = replace(settings, camera=replace(settings.camera, frames=frames))
        plan = replace(plan, score=score, config=settings)
    return driven(plan, score.start, Path(out))


def _silent_plan(
    settings: RunConfig,
    source: str | Path,
    out: str | Path,
    base: str,
    config: RunConfig | None,
    knobs: Mapping[str, Any],
) -> FilmPlan | ZoomPlan:
    """The plan of the film without its song. config, knobs: what the caller gave."""
    if base == "zoom":
        return zoom_plan(settings, source, out)
    if config is not None:
        return film_plan(settings, source, out, config.film.fps)
    rate = knobs.get("fps")  # a draft's own rate is none for pictures: they are shown as fast as the film shows them
    return film_plan(settings, source, out, Rate().read(rate) if rate else None)


def _frames(song: Path, length: Fraction, config: RunConfig, fps: Fraction) -> tuple[int, int]:
    """The song's frame that the film begins with, and how many frames it has. length: seconds of the song."""
    first = round((config.film.start or Fraction(0)) * fps)
    end = length if config.film.end is None else min(length, config.film.end)
    if config.film.end is not None and config.film.end > length + AFTER:
        note(
            f"ends at {clock_time(float(length))}, before --end {clock_time(float(config.film.end))}; so does the film",
            song,
        )
    frames = round(end * fps) - first
    if frames < 1 and (config.film.start, config.film.end) != (None, None):
        raise ConfigError(_why_nothing(song, length, config.film.start, config.film.end))
    return first, max(1, frames)


def _why_nothing(song: Path, length: Fraction, start: Fraction | None, end: Fraction | None) -> str:
    """What to say where no frame lies between --start and --end. length: seconds of the song."""
    begun, ended = (clock_time(float(second or 0)) for second in (start, end))
    if start is not None and start >= length:
        return f"--start {begun}: {song} ends before that, at {clock_time(float(length))}; give an earlier one"
    if start is not None and end is not None and end < start:
        return f"--end {ended}: is before --start {begun}; give a later --end, or an earlier --start"
    if end is not None:
        return f"--end {ended}: not one frame lies between {begun} and it; give a later one"
    return f"--start {begun}: not one frame lies between it and the end of {song}; give an earlier one"


def base_command(source: str) -> str:
    """The command whose defaults a music visual of a seed has: "zoom" of a picture, "video" of a film."""
    if sequence(Path(source), PICTURES_READ):
        return "video"
    if source == NOISE or is_frame(source) or Path(source).suffix.lower() in PICTURES_READ:
        return "zoom"
    return "video"
