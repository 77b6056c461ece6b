"""A film, from file to file."""

from pathlib import Path
from typing import Any

from vidream.config import configure
from vidream.dream.catalogue import check_goal
from vidream.errors import ConfigError, MediaError
from vidream.media.paths import check_out
from vidream.media.reader import open_video
from vidream.media.still import PICTURES
from vidream.media.writer import ENDINGS
from vidream.render.dreamer import read_files
from vidream.render.film import make_film, playable
from vidream.render.film_plan import FilmPlan
from vidream.render.outcome import Progress, Rendered
from vidream.render.session import is_finished


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
    source, out = Path(source), Path(out)
    plan = plan_video(source, out, preset=preset, draft=draft, **knobs)
    check_out(
        out, plan.config.files.overwrite or is_finished(out), [*plan.files, *read_files(plan.config)], ENDINGS, PICTURES
    )
    timeline, end = plan.timeline, plan.config.film.end
    return make_film(
        plan,
        out,
        plan.files,
        progress,
        sound=plan.video.sound,
        start=timeline.start + plan.video.begins,
        duration=None if end is None else end - timeline.start,
    )


def plan_video(
    source: str | Path, out: str | Path, *, preset: str | None = None, draft: bool = False, **knobs: Any
) -> FilmPlan:
    """What `render_video` would render: its frames, its times, its knobs. Nothing is dreamed or written.

    Raises:
        ConfigError, MediaError: as `render_video`; OUT is not looked at.
    """
    config = configure("video", preset=preset, draft=draft, **knobs)
    check_goal(config.goal)
    if config.motion.persistence == 0 and config.dream.dream_every > 1:
        raise ConfigError("--dream-every: with --persistence 0 nothing is carried to the frames between; leave one out")
    source, out = Path(source), Path(out)
    video = open_video(source, config.film.fps, config.files.max_pixels)
    plan = FilmPlan(video, playable(out, config.film.fps or video.fps, config))
    if plan.count == 0:
        length = "" if video.count is None else f"; the film is {float(video.count / video.fps):.2f} s long"
        raise MediaError(f"{source}: no frame lies between --start and --end{length}")
    return plan
