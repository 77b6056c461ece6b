"""A film, from file to file."""

import threading
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any, Unpack

from vidream.config import Recipe, RunConfig
from vidream.config.keywords import VideoKnobs
from vidream.dream.catalogue import check_goal
from vidream.errors import ConfigError, MediaError
from vidream.events import Listener, Progress, note, scope, warn
from vidream.jobs.default_out import out_or_default
from vidream.jobs.drivers import driven
from vidream.jobs.given_beats import check_beats
from vidream.jobs.hints import hint
from vidream.jobs.job import Rendered, check_and_run
from vidream.jobs.length import frames_under_sound
from vidream.jobs.passes import check_passes
from vidream.jobs.render_job import RenderJob
from vidream.jobs.settings import config_of, limit_frame_rate
from vidream.jobs.source_file import source_file_of
from vidream.media.reader import open_video, tell_of_transparency
from vidream.media.target import holds_alpha, keeps_alpha
from vidream.media.video import Video
from vidream.plan.film import FilmPlan
from vidream.plan.mask import ALPHA
from vidream.plan.source import FilmFile, files_of, video_of


def render_video(
    source: str | Path,
    out: str | Path | None = None,
    *,
    preset: str | Recipe | None = None,
    draft: bool = False,
    config: RunConfig | None = None,
    on_event: Listener | None = None,
    cancel: threading.Event | None = None,
    progress: Progress | None = None,
    **knobs: Unpack[VideoKnobs],
) -> Rendered:
    """Dream a film, sound and all. OUT appears whole or not at all; a render that was stopped goes on where it was.

    Args:
        source: a film file.
        out: its ending decides: .mp4 .mov .mkv .webm .gif, or a pattern of pictures such as frames/%05d.png.
            None: SOURCE-dream.mp4 beside the source.
        preset: a shipped look by name (`vidream presets` lists them), or the path of a TOML file, or of a
            film or a picture that has a recipe.
        draft: small and fast, with the same seeds and timing.
        config: every knob, built by `configure("video", ...)`; in place of preset, draft and knobs.
        on_event: called with each vidream.Event, in this thread: stages, frames, warnings. What it raises ends the run.
        cancel: set it from another thread, or from on_event, and the run ends within a frame with Cancelled; what is
            done stays, and the same call goes on from there.
        progress: the older form of on_event, for one release more: called with (frames done, frames in all or None).
        **knobs: the flags of `vidream video` by name: `layer="block4"`, `persistence=0.9`, `size="1280x720"`, ...

    Returns:
        Where it lies, how many frames it has, their size, and how long it took.

    Raises:
        ConfigError: an unknown preset, knob, network or layer, or a value out of range.
        MediaError: SOURCE is no film that can be read, or OUT may not be written.
        RenderError: ffmpeg failed, for instance on a full disk.
        Cancelled: `cancel` was set.
    """
    with scope(on_event, cancel, progress):
        out = out_or_default("video", source, out, preset=preset, draft=draft, config=config, knobs=knobs)
        return check_and_run(video_job(source, out, preset=preset, draft=draft, config=config, **knobs))


def video_job(source: str | Path, out: str | Path, **arguments: Any) -> RenderJob:
    """The job of a film, ready to be checked and run. Arguments and errors are those of `plan_video`."""
    return job_of_plan(plan_video(source, out, **arguments), source, Path(out))


def job_of_plan(plan: FilmPlan, source: str | Path, out: Path) -> RenderJob:
    """The job of a film whose plan is made, with the sound of its source, which a person calls `source`."""
    video, start, end = video_of(plan.source), plan.timeline.start, plan.timeline.end
    assert video is not None
    return RenderJob(
        plan,
        out,
        files_of(plan.source),
        sound=video.sound,
        start=start + video.begins,
        duration=None if end is None else end - start,
        source_file=source_file_of(plan),
        names={"source": str(source)},
    )


def plan_video(
    source: str | Path,
    out: str | Path,
    *,
    preset: str | Recipe | None = None,
    draft: bool = False,
    config: RunConfig | None = None,
    **knobs: Unpack[VideoKnobs],
) -> FilmPlan:
    """What `render_video` would render: its frames, its times, its knobs. Nothing is dreamed or written.

    Arguments are those of `render_video`; `vidream.DryRun` shows the plan's numbers.

    Raises:
        ConfigError, MediaError: as `render_video`; OUT is not looked at.
    """
    config = config_of("video", config, preset, draft, knobs)
    plan = film_plan(config, source, out, config.film.fps)
    if plan.count == 0:
        problem = "no frame lies between --start and --end"
        if plan.source.count is not None:
            problem += f"; the film is {float(plan.source.count / plan.source.fps):.2f} s long"
        raise MediaError(f"{source}: {problem}")
    hint(plan, out, preset, draft, knobs)
    start = Fraction(0) if config.film.sound else plan.timeline.start
    return driven(plan, start, Path(out))


def film_plan(
    config: RunConfig,
    source: str | Path,
    out: str | Path,
    pictures: Fraction | None = None,
    video: Video | None = None,
) -> FilmPlan:
    """The plan of a film, which may have no frame.

    Args:
        config: every knob of it.
        source: a film, or pictures in a row.
        out: its ending may limit the frame rate.
        pictures: frames a second of a source that has no rate of its own.
        video: the source, where it was opened already.
    """
    check_goal(config.goal)
    check_beats(config)
    if config.motion.persistence == 0 and config.dream.dream_every > 1:
        raise ConfigError("--dream-every: with --persistence 0 nothing is carried to the frames between; leave one out")
    source, out = Path(source), Path(out)
    film = _film_file(video or open_video(source, pictures, config.files.max_pixels), config, out)
    video = film.video
    stated = config.film.fps or video.fps
    playing = limit_frame_rate(config, out, stated)
    length, fps = config.film.length, playing.film.fps or video.fps
    if length is None:
        return _checked(FilmPlan(film, playing))
    frames = frames_under_sound(length, config, stated, fps, out, video.sound.path if video.sound else None)
    end = (config.film.start or Fraction(0)) + frames / fps
    plan = FilmPlan(film, replace(playing, film=replace(playing.film, length=None, end=end)))
    if plan.count is not None and plan.count < frames:
        warn(f"ends {frames - plan.count} frames before --length {length} is full", source)
    return _checked(plan)


def _checked(plan: FilmPlan) -> FilmPlan:
    check_passes(plan)
    return plan


def _film_file(video: Video, config: RunConfig, out: Path) -> FilmFile:
    """A film as the source of OUT; its alpha is read where OUT can hold it, or the mask is made of it.

    Raises:
        ConfigError: what is asked for does not go together.
        MediaError: the mask is to be made of an alpha, and the film has none.
    """
    masked, hdr = config.mask.mask == ALPHA, config.film.hdr == "keep" and video.hdr is not None
    if masked and not video.alpha:
        raise MediaError(f"{video.path}: has no alpha, which --mask alpha takes; give a FILE, or leave it out")
    if hdr and (masked or config.film.passes):
        raise ConfigError(f"--{'mask alpha' if masked else 'passes'}: of SDR alone; leave out --hdr keep")
    if video.hdr and not hdr:
        note("is of HDR, and brought to SDR; --hdr keep leaves it as it is", video.path)
    if config.film.hdr == "keep" and not hdr:
        note("is not of HDR, so that --hdr keep changes nothing", video.path)
    holds = not hdr and holds_alpha(out, config.film)
    if not holds:
        tell_of_transparency(video, keeps_alpha(out, config.film.codec))
    return FilmFile(video, alpha=video.alpha and (holds or masked), hdr=hdr)
