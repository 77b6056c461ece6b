"""A zoom without end, from a seed to a file."""

from dataclasses import replace
from math import log
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from vidream.config import RunConfig, configure
from vidream.curves import Curve
from vidream.dream.catalogue import check_goal
from vidream.errors import ConfigError
from vidream.frames import Image, Pixels, Size, as_pixels, size_of
from vidream.jobs.film import FilmJob, made, playable
from vidream.jobs.job import Progress, Rendered
from vidream.media.files import fitting
from vidream.plan.mask import MOTION, is_picture, mask_files
from vidream.plan.memory import check_memory
from vidream.plan.seed import file_of, read_seed
from vidream.plan.zoom import ZoomPlan
from vidream.resample import fitted

NOISE = "noise"
FURTHEST = 50  # times, in one frame
NOISE_SHAPE = Size(16, 9)
NOISE_CELLS = (2, 4, 8, 16, 32)  # clouds along the long side


def render_zoom(
    source: str | Path,
    out: str | Path | None = None,
    *,
    preset: str | None = None,
    draft: bool = False,
    progress: Progress | None = None,
    **knobs: Any,
) -> Rendered:
    """Dream a picture, go a little closer, dream again. A zoom that was stopped goes on where it was.

    Args:
        source: the seed: a picture file; a film's frame, "clip.mp4@12.5"; or "noise".
        out: as `render_video`; None: SEED-zoom.mp4 in the working directory.
        preset: a shipped look by name (`vidream presets` lists them), or the path of a TOML file.
        draft: small and fast, with the same camera and seeds.
        progress: called with (frames done, frames in all).
        **knobs: the flags of `vidream zoom` by name: zoom=1.5, turn=4, drift=(0.02, 0), size="1280x720", ...

    Raises:
        ConfigError: an unknown preset, knob, network or layer, or a value out of range.
        MediaError: SEED is nothing that can be seen, or OUT may not be written.
        RenderError: ffmpeg failed, for instance on a full disk.
    """
    return made(zoom_job(source, out or default_out(str(source)), preset=preset, draft=draft, **knobs), progress)


def zoom_job(source: str | Path, out: str | Path, **asked: Any) -> FilmJob:
    """What `render_zoom` would run."""
    plan = plan_zoom(source, out, **asked)
    file = seed_file(str(source))
    return FilmJob(plan, Path(out), (plan.seed.tobytes(), *([file] if file else [])))


def plan_zoom(
    source: str | Path, out: str | Path, *, preset: str | None = None, draft: bool = False, **knobs: Any
) -> ZoomPlan:
    """What `render_zoom` would render: its frames, its camera, its knobs. Nothing is dreamed or written.

    Raises:
        ConfigError, MediaError: as `render_zoom`; OUT is not looked at.
    """
    return zoom_plan(configure("zoom", preset=preset, draft=draft, **knobs), source, out)


def zoom_plan(config: RunConfig, source: str | Path, out: str | Path) -> ZoomPlan:
    """The same, of a config."""
    check_goal(config.goal)
    if config.mask.mask == MOTION:
        raise ConfigError("--mask motion: nothing moves in a zoom but its camera; give a picture or a film")
    if config.camera.reverse and mask_files(config.mask) and not is_picture(config.mask):
        raise ConfigError("--reverse: the mask would run backwards, too; leave one out")
    low, high = _span(config.camera.zoom)
    if config.film.fps and max(abs(log(low)), abs(log(high))) / config.film.fps > log(FURTHEST):
        raise ConfigError(f"--zoom goes too far in one frame: over {FURTHEST} times; more --fps, or less --zoom")
    film, pixels = config.film, None if str(source) == NOISE else read_seed(str(source), config.files.max_pixels)
    assert film.fps is not None
    assert film.size is not None
    size = film.size.of(NOISE_SHAPE if pixels is None else size_of(pixels))
    check_memory(config, size, "zoom")
    seed = noise(size, config.dream.seed) if pixels is None else fitted(pixels, size)
    playing = playable(Path(out), film.fps, config)
    assert playing.film.fps is not None
    frames = max(1, round(config.camera.frames * playing.film.fps / film.fps))
    return ZoomPlan(seed, replace(playing, camera=replace(playing.camera, frames=frames)))


def _span(zoom: float | Curve) -> tuple[float, float]:
    return zoom.span if isinstance(zoom, Curve) else (zoom, zoom)


def seed_file(seed: str) -> Path | None:
    """The file that a seed is read from; None for noise."""
    return None if seed == NOISE else file_of(seed)


def default_out(seed: str) -> Path:
    return Path(fitting((seed_file(seed) or Path(NOISE)).stem, "-zoom.mp4"))


def noise(size: Size, seed: int) -> Pixels:
    """Something to begin with: soft clouds of colour around mid-grey, as strong at each of a few large scales."""
    rng = np.random.default_rng(seed)
    clouds: Image = np.zeros((size.height, size.width, 3), np.float32)
    for cells in NOISE_CELLS:
        shape = Size(*(max(2, round(cells * side / max(size))) for side in size))
        octave = rng.normal(0, 1, (shape.height, shape.width, 3)).astype(np.float32)
        clouds += cv2.resize(octave, size, interpolation=cv2.INTER_CUBIC)
    return as_pixels(128 + 50 * clouds / clouds.std())
