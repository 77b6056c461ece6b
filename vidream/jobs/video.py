"""A film, from file to file."""

from fractions import Fraction
from pathlib import Path
from typing import Any

from vidream.config import RunConfig, configure
from vidream.dream.catalogue import check_goal
from vidream.errors import ConfigError, MediaError
from vidream.jobs.film import FilmJob, made, playable
from vidream.jobs.job import Progress, Rendered
from vidream.media.reader import open_video
from vidream.plan.film import FilmPlan
from vidream.plan.source import FilmFile, files_of, video_of


def render_video(
    source: str | Path,
    out: str | Path,
    *,
    preset: str | None = None,
    draft: bool = False,
    progress: Progress | None = None,
    **knobs: Any,
) -> Rendered:
    """Dream a film, sound and all. OUT appears whole or not at all; a render that was stopped goes on where it was.

    Args:
        source: a film file.
        out: its ending decides: .mp4 .mov .mkv .webm .gif, or a pattern of pictures such as frames/%05d.png.
        preset: a shipped look by name (`vidream presets` lists them), or the path of a TOML file.
        draft: small and fast, with the same seeds and timing.
        progress: called with (frames done, frames in all or None).
        **knobs: the flags of `vidream video` by name: layer="block4", persistence=0.9, size="1280x720", ...

    Raises:
        ConfigError: an unknown preset, knob, network or layer, or a value out of range.
        MediaError: SOURCE is no film that can be read, or OUT may not be written.
        RenderError: ffmpeg failed, for instance on a full disk.
    """
    return made(video_job(source, out, preset=preset, draft=draft, **knobs), progress)


def video_job(source: str | Path, out: str | Path, **asked: Any) -> FilmJob:
    """What `render_video` would run."""
    plan = plan_video(source, out, **asked)
    timeline, video = plan.timeline, video_of(plan.source)
    assert video is not None
    return FilmJob(
        plan,
        Path(out),
        files_of(plan.source),
        sound=video.sound,
        start=timeline.start + video.begins,
        duration=None if timeline.end is None else timeline.end - timeline.start,
    )


def plan_video(
    source: str | Path, out: str | Path, *, preset: str | None = None, draft: bool = False, **knobs: Any
) -> FilmPlan:
    """What `render_video` would render: its frames, its times, its knobs. Nothing is dreamed or written.

    Raises:
        ConfigError, MediaError: as `render_video`; OUT is not looked at.
    """
    config = configure("video", preset=preset, draft=draft, **knobs)
    plan = film_plan(config, source, out, config.film.fps)
    if plan.count == 0:
        count = plan.source.count
        length = "" if count is None else f"; the film is {float(count / plan.source.fps):.2f} s long"
        raise MediaError(f"{source}: no frame lies between --start and --end{length}")
    return plan


def film_plan(config: RunConfig, source: str | Path, out: str | Path, pictures: Fraction | None = None) -> FilmPlan:
    """The same, of a config; it may have no frame. pictures: the rate of a source that has none."""
    check_goal(config.goal)
    if config.motion.persistence == 0 and config.dream.dream_every > 1:
        raise ConfigError("--dream-every: with --persistence 0 nothing is carried to the frames between; leave one out")
    source, out = Path(source), Path(out)
    video = open_video(source, pictures, config.files.max_pixels)
    return FilmPlan(FilmFile(video), playable(out, config.film.fps or video.fps, config))
