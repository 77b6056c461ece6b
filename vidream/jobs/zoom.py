"""A zoom without end, from a seed to a file."""

import threading
from dataclasses import replace
from math import log
from pathlib import Path
from typing import Any, Unpack

import cv2
import numpy as np

from vidream.config import Recipe, RunConfig
from vidream.config.keywords import ZoomKnobs
from vidream.curves import Curve
from vidream.dream.catalogue import check_goal
from vidream.errors import ConfigError
from vidream.events import Listener, Progress, scope
from vidream.frames import PEAK, Image, Pixels, Size, as_pixels
from vidream.jobs.default_out import out_or_default
from vidream.jobs.drivers import driven
from vidream.jobs.given_beats import check_beats, loops_on_beat
from vidream.jobs.hints import hint
from vidream.jobs.job import Rendered, check_and_run
from vidream.jobs.length import frames_of_loop, frames_under_sound
from vidream.jobs.passes import check_passes
from vidream.jobs.render_job import RenderJob
from vidream.jobs.settings import config_of, limit_frame_rate
from vidream.plan.mask import ALPHA, MOTION, is_picture, mask_files
from vidream.plan.memory import check_memory
from vidream.plan.seed import NOISE, file_of, read_seed
from vidream.plan.zoom import ZoomPlan
from vidream.resample import fit_frame

LARGEST_ZOOM = 50  # times, in one frame
NOISE_SHAPE = Size(16384, 9216)
NOISE_CELLS = (2, 4, 8, 16, 32)  # clouds along the long side


def render_zoom(
    source: str | Path,
    out: str | Path | None = None,
    *,
    preset: str | Recipe | None = None,
    draft: bool = False,
    config: RunConfig | None = None,
    on_event: Listener | None = None,
    cancel: threading.Event | None = None,
    progress: Progress | None = None,
    **knobs: Unpack[ZoomKnobs],
) -> Rendered:
    """Dream a picture, go a little closer, dream again. A zoom that was stopped goes on where it was.

    Args:
        source: the seed: a picture file; a film's frame, `clip.mp4@12.5`; or "noise".
        out: as `render_video`; None: SEED-zoom.mp4 beside the seed.
        preset: a shipped look by name (`vidream presets` lists them), or the path of a TOML file, or of a
            film or a picture that has a recipe.
        draft: small and fast, with the same camera and seeds.
        config: every knob, built by `configure("zoom", ...)`; in place of preset, draft and knobs.
        on_event: called with each vidream.Event, in this thread: stages, frames, warnings. What it raises ends the run.
        cancel: set it from another thread, or from on_event, and the run ends within a frame with Cancelled; what is
            done stays, and the same call goes on from there.
        progress: the older form of on_event, for one release more: called with (frames done, frames in all or None).
        **knobs: the flags of `vidream zoom` by name: `zoom=1.5`, `turn=4`, `drift=(0.02, 0)`, `size="1280x720"`, ...

    Returns:
        Where it lies, how many frames it has, their size, and how long it took.

    Raises:
        ConfigError: an unknown preset, knob, network or layer, or a value out of range.
        MediaError: SEED is nothing that can be seen, or OUT may not be written.
        RenderError: ffmpeg failed, for instance on a full disk.
        Cancelled: `cancel` was set.
    """
    with scope(on_event, cancel, progress):
        out = out_or_default("zoom", source, out, preset=preset, draft=draft, config=config, knobs=knobs)
        return check_and_run(zoom_job(source, out, preset=preset, draft=draft, config=config, **knobs))


def zoom_job(source: str | Path, out: str | Path, **arguments: Any) -> RenderJob:
    """The job of a zoom, ready to be checked and run. Arguments and errors are those of `plan_zoom`."""
    plan = plan_zoom(source, out, **arguments)
    file = seed_file(str(source))
    files = (file,) if file else ()
    return RenderJob(plan, Path(out), (plan.seed.tobytes(), *files), start=plan.start, names={"source": str(source)})


def plan_zoom(
    source: str | Path,
    out: str | Path,
    *,
    preset: str | Recipe | None = None,
    draft: bool = False,
    config: RunConfig | None = None,
    **knobs: Unpack[ZoomKnobs],
) -> ZoomPlan:
    """What `render_zoom` would render: its frames, its camera, its knobs. Nothing is dreamed or written.

    Arguments are those of `render_zoom`; `vidream.DryRun` shows the plan's numbers.

    Raises:
        ConfigError, MediaError: as `render_zoom`; OUT is not looked at.
    """
    plan = zoom_plan(config_of("zoom", config, preset, draft, knobs), source, out)
    hint(plan, out, preset, draft, knobs)
    return driven(plan, plan.start, Path(out))


def zoom_plan(config: RunConfig, source: str | Path, out: str | Path, seed: Pixels | Image | None = None) -> ZoomPlan:
    """The plan of a zoom into `source` with every knob of `config`; OUT's ending may limit the frame rate.

    seed: the first frame, where it was made already.
    """
    check_goal(config.goal)
    check_beats(config)
    if config.mask.mask == MOTION:
        raise ConfigError("--mask motion: nothing moves in a zoom but its camera; give a picture or a film")
    if config.mask.mask == ALPHA:
        raise ConfigError("--mask alpha: a zoom has no alpha; give a picture or a film")
    if config.camera.reverse and mask_files(config.mask) and not is_picture(config.mask):
        raise ConfigError("--reverse: the mask would run backwards, too; leave one out")
    low, high = _span(config.camera.zoom)
    if config.film.fps and max(abs(log(low)), abs(log(high))) / config.film.fps > log(LARGEST_ZOOM):
        raise ConfigError(f"--zoom goes too far in one frame: over {LARGEST_ZOOM} times; more --fps, or less --zoom")
    film = config.film
    if seed is None:
        seed = first_frame(str(source), config)
    assert film.fps is not None
    playing = limit_frame_rate(config, Path(out), film.fps)
    assert playing.film.fps is not None
    frames = max(1, round(config.camera.frames * playing.film.fps / film.fps))
    start = playing.film.start
    if film.length is not None and loops_on_beat(config):
        first, frames = frames_of_loop(film.length, config, playing.film.fps, Path(out))
        start = first / playing.film.fps
    elif film.length is not None:
        frames = frames_under_sound(film.length, config, film.fps, playing.film.fps, Path(out))
    camera, film = replace(playing.camera, frames=frames), replace(playing.film, length=None, start=start)
    plan = ZoomPlan(seed, replace(playing, camera=camera, film=film))
    check_passes(plan)
    return plan


def first_frame(source: str, config: RunConfig) -> Pixels | Image:
    """The first frame, at the size that the film has; an Image where its source has more than 8 bits.

    MediaError if it takes more memory than free.
    """
    assert config.film.size is not None
    if source == NOISE:
        size = config.film.size.of(NOISE_SHAPE)  # noise has no shape of its own
        check_memory(config, size, "zoom")
        return noise(size, config.dream.seed)
    frame = read_seed(source, config.files.max_pixels)
    size, _ = config.film.sizes(frame.size)
    check_memory(config, size, "zoom")
    fitted = fit_frame(frame, size)
    if fitted.samples.dtype == np.uint8:
        return fitted.pixels()
    return fitted.image().clip(0, PEAK)


def _span(zoom: float | Curve) -> tuple[float, float]:
    """The least and the most that a knob comes to."""
    if isinstance(zoom, Curve):
        return zoom.span
    return zoom, zoom


def seed_file(seed: str) -> Path | None:
    """The file that a seed is read from; None for noise."""
    if seed == NOISE:
        return None
    return file_of(seed)


def noise(size: Size, seed: int) -> Pixels:
    """Soft clouds of colour around mid-grey, as strong at each of a few large scales: uint8 (H, W, 3)."""
    rng = np.random.default_rng(seed)
    clouds: Image = np.zeros((size.height, size.width, 3), np.float32)
    for cells in NOISE_CELLS:
        shape = Size(*(max(2, round(cells * side / max(size))) for side in size))
        octave = rng.normal(0, 1, (shape.height, shape.width, 3)).astype(np.float32)
        clouds += cv2.resize(octave, size, interpolation=cv2.INTER_CUBIC)
    return as_pixels(128 + 50 * clouds / clouds.std())
