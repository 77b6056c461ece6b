"""One picture."""

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Unpack

import numpy as np

from vidream.clock import START
from vidream.config import Dream, Recipe, RunConfig
from vidream.config.keywords import ImageKnobs
from vidream.dream.catalogue import check_goal
from vidream.errors import Cancelled, ConfigError, MediaError
from vidream.events import FrameEvent, Listener, StageEvent, checkpoint, scope, tell, thumbnail, warn
from vidream.frames import LUMA, PEAK, Context, Frame, Image, Pixels, Size, size_of
from vidream.jobs.default_out import out_or_default
from vidream.jobs.job import Rendered, check_and_run
from vidream.jobs.recipes import COMMENT, recipe_for
from vidream.jobs.settings import config_of
from vidream.media.paths import check_out, check_source, replacing
from vidream.media.picture_formats import PICTURES, bits_of, picture_format_of
from vidream.media.raw import RGB24, RawFormat
from vidream.media.reader import frame_at
from vidream.media.still import Picture, check_size, is_deep, picture_size, read_picture, write_picture
from vidream.media.target import check_word, tell_of_rounding
from vidream.plan.inputs import files_beside, read_files
from vidream.plan.mask import ALPHA, Share, alpha_share, is_picture, shares
from vidream.plan.memory import check_memory, needed
from vidream.plan.seed import file_of, time_of
from vidream.render.composite import composite
from vidream.render.dreamer import make_dreamer
from vidream.render.fingerprint import run_fingerprint
from vidream.render.session import Placed
from vidream.resample import resize

ROWS = 256  # of a picture, that are composited at once


def dream_image(
    pixels: Pixels,
    *,
    preset: str | Recipe | None = None,
    draft: bool = False,
    config: RunConfig | None = None,
    on_event: Listener | None = None,
    cancel: threading.Event | None = None,
    **knobs: Unpack[ImageKnobs],
) -> Pixels:
    """Dream one picture.

    Args:
        pixels: uint8 (H, W, 3), sRGB 0..255.
        preset: a shipped look by name (`vidream presets` lists them), or the path of a TOML file, or of a
            film or a picture that has a recipe.
        draft: small and fast, to try a look.
        config: every knob, built by `configure("image", ...)`; in place of preset, draft and knobs.
        on_event: called with each vidream.Event, in this thread. What it raises ends the run.
        cancel: set it from another thread, and the run ends within a step with Cancelled.
        **knobs: the flags of `vidream image` by name: `layer="block4"`, `octaves=5`, `strength=0.7`, ...

    Returns:
        uint8 (H, W, 3), the size of what was given.

    Raises:
        ConfigError: an unknown preset, knob, network or layer, or a value out of range.
        Cancelled: `cancel` was set.
    """
    settings = still_settings(config, preset, draft, knobs)
    if settings.mask.mask == ALPHA:
        raise ConfigError("--mask alpha: pixels have none; give a FILE")
    fits = isinstance(pixels, np.ndarray) and pixels.dtype == np.uint8 and pixels.ndim == 3 and pixels.shape[2] == 3
    if not fits or pixels.size == 0:
        actual = f"{getattr(pixels, 'dtype', type(pixels).__name__)} {getattr(pixels, 'shape', '')}".strip()
        raise ConfigError(f"pixels must be uint8 (height, width, 3), not {actual}")
    with scope(on_event, cancel):
        return _dreamed(Picture(pixels), settings, RGB24).pixels()


def render_image(
    source: str | Path,
    out: str | Path | None = None,
    *,
    preset: str | Recipe | None = None,
    draft: bool = False,
    config: RunConfig | None = None,
    on_event: Listener | None = None,
    cancel: threading.Event | None = None,
    **knobs: Unpack[ImageKnobs],
) -> Rendered:
    """Dream a picture file, or a film's frame, `clip.mp4@12.5`. Alpha and colour profile are kept aside and put back.

    Args:
        source: the picture, or a film and a time in it.
        out: .png, .tif, .exr, .jpg or .webp; where it can, it has the depth of the source, or what `codec` says.
            None: SOURCE-dream.png beside the source.
        preset: a shipped look by name (`vidream presets` lists them), or the path of a TOML file, or of a
            film or a picture that has a recipe.
        draft: small and fast, to try a look.
        config: every knob, built by `configure("image", ...)`; in place of preset, draft and knobs.
        on_event: called with each vidream.Event, in this thread. What it raises ends the run.
        cancel: set it from another thread, and the run ends within a step with Cancelled.
        **knobs: the flags of `vidream image` by name.

    Returns:
        Where it lies, how many frames it has, their size, and how long it took.

    Raises:
        ConfigError: as `dream_image`.
        MediaError: SOURCE is no picture, or OUT may not be written.
        RenderError: the disk refuses.
        Cancelled: `cancel` was set; nothing was written.
    """
    with scope(on_event, cancel):
        out = out_or_default("image", source, out, preset=preset, draft=draft, config=config, knobs=knobs)
        return check_and_run(image_job(source, out, preset=preset, draft=draft, config=config, **knobs))


@dataclass(frozen=True)
class StillJob:
    """A picture to be dreamed. It is a vidream.jobs.job.Job."""

    picture: Picture
    """Its pixels, and what goes with them."""
    out: Path
    """What is made."""
    config: RunConfig
    """Every knob of it."""
    file: Path
    """That it is read from."""
    source: str = ""
    """As it was given: the file, or a film's frame."""
    frames: int = 1
    """A picture is one frame."""

    @property
    def size(self) -> Size:
        """Of the picture, px."""
        return size_of(self.picture.samples)

    @property
    def bits(self) -> int:
        """Of a sample of OUT."""
        return bits_of(self.out, self.config.film.codec, self.deep)

    @property
    def memory(self) -> int:
        """Bytes that making it takes at most."""
        return needed(self.config, self.size, "deep still" if self.deep else "still")

    @property
    def deep(self) -> bool:
        """Whether the picture has more than 8 bits."""
        return self.picture.samples.dtype != np.uint8

    @property
    def recipe(self) -> str:
        """How it is made, as OUT carries it; "" where it is to carry none."""
        return recipe_for(self.config, self.out, {"source": self.source})

    def check(self) -> None:
        """Raise MediaError if OUT may not be written, or what is read beside the picture is not there."""
        for path in read_files(self.config):
            check_source(path, "file")
        check_word(self.out, self.config.film.codec)
        check_out(self.out, self.config.files.overwrite, [self.file, *files_beside(self.config)], PICTURES)
        check_size(self.out, self.size)
        tell_of_rounding(self.out, self.bits, deep=self.deep)
        kind = picture_format_of(self.out)
        if kind and not kind.light and self.picture.brighter_than_white:
            warn("its light beyond white is lost; .exr keeps it", self.out)

    def fingerprint(self) -> dict[str, Any]:
        """What it is made of, and how."""
        return run_fingerprint([self.picture.samples.tobytes(), *read_files(self.config)], self.config)

    def run(
        self,
        on_event: Listener | None = None,
        cancel: threading.Event | None = None,
        *,
        placed: Placed | None = None,
    ) -> Rendered:
        """Dream it, and write it whole or not at all. RenderError if the disk refuses; Cancelled: `cancel` was set."""
        with scope(on_event, cancel):
            try:
                return self._run(placed)
            except Cancelled:
                raise Cancelled(f"{self.out}: cancelled; nothing was written") from None

    def _run(self, placed: Placed | None) -> Rendered:
        began = time.monotonic()
        kind = picture_format_of(self.out)
        dreamed = _dreamed(self.picture, self.config, RGB24 if kind is None else kind.raw(self.bits))
        sources = [self.file, *read_files(self.config)]
        with replacing(self.out, overwrite=self.config.files.overwrite, sources=sources) as path:
            alpha = None if dreamed.alpha is None else dreamed.alpha[..., 0]
            text = {COMMENT: self.recipe} if self.recipe else {}
            write_picture(path, Picture(dreamed.samples, alpha, self.picture.profile), text, self.bits)
        if placed:
            placed(1)
        seconds = time.monotonic() - began
        tell(FrameEvent(self.out, 1, 1, seconds, thumbnail(dreamed)))
        return Rendered(self.out, 1, self.size, seconds)


def image_job(
    source: str | Path,
    out: str | Path,
    *,
    preset: str | Recipe | None = None,
    draft: bool = False,
    config: RunConfig | None = None,
    **knobs: Unpack[ImageKnobs],
) -> StillJob:
    """The job of a picture, ready to be checked and run. Arguments and errors are those of `render_image`."""
    config, file = still_settings(config, preset, draft, knobs), file_of(str(source))
    seconds = time_of(str(source))
    if seconds is not None:  # a film's frame
        frame = frame_at(file, seconds, config.files.max_pixels, alpha=True)
        picture = Picture(frame.samples, None if frame.alpha is None else frame.alpha[..., 0])
    else:
        kind = "deep still" if is_deep(file, config.files.max_pixels) else "still"
        check_memory(config, picture_size(file, config.files.max_pixels), kind)
        picture = read_picture(file, config.files.max_pixels)
    if config.mask.mask == ALPHA and picture.alpha is None:
        raise MediaError(f"{source}: has no alpha, which --mask alpha takes; give a FILE, or leave it out")
    return StillJob(picture, Path(out), config, file, str(source))


def still_settings(
    config: RunConfig | None, preset: str | Recipe | None, draft: bool, knobs: Mapping[str, Any]
) -> RunConfig:
    """Every knob of a picture, as it is: a picture has no time. Arguments and errors: those of `dream_image`."""
    config = config_of("image", config, preset, draft, knobs)
    check_goal(config.goal)
    if config.mask.mask not in (None, ALPHA) and not is_picture(config.mask):
        raise ConfigError(f"--mask {config.mask.mask}: of a picture, a mask is a picture, or its own alpha")
    return config.at(0, START)


def _dreamed(picture: Picture, config: RunConfig, raw: RawFormat) -> Frame:
    """A picture dreamed, at a certain depth, with its alpha."""
    for path in read_files(config):
        check_source(path, "file")
    frame, size = picture.frame, size_of(picture.samples)
    if config.mask.mask == ALPHA:
        mask: Share | None = alpha_share(frame, config.mask)
    else:
        mask = next(shares(config.mask, size, None, config.files.max_pixels))
    source = resize(frame.image(), size.at_most(config.dream.dream_size))
    if frame.samples.dtype == np.float32:
        source = source.clip(0, PEAK)  # what is brighter than white stays, and is not dreamed in
    dreamer = make_dreamer(config)
    tell(StageEvent("rendering"))
    dreamed = dreamer(source, config, config.dream.steps, Context((0,)))
    checkpoint()
    return _composite_by_rows(frame, dreamed - source, config.dream, mask, raw)


def _composite_by_rows(frame: Frame, residual: Image, knobs: Dream, mask: Share | None, raw: RawFormat) -> Frame:
    """What `composite` makes, at a certain depth; some rows at a time, so that few copies of it are held at once."""
    if knobs.keep_colour:
        residual = np.repeat(residual @ LUMA, 3, axis=-1)
    enlarged, plain = resize(residual, frame.size), replace(knobs, keep_colour=False)
    samples = np.empty(frame.samples.shape, raw.dtype)
    for first in range(0, len(samples), ROWS):
        rows = slice(first, first + ROWS)
        share = None if mask is None else mask[rows]
        source = Frame(frame.samples[rows], frame.peak).image()
        samples[rows] = raw.quantised(Frame(composite(source, enlarged[rows], plain, share), PEAK)).samples
    alpha = None
    if frame.alpha is not None:
        alpha = raw.quantised(Frame(frame.alpha, frame.peak)).samples
    return Frame(samples, raw.peak, alpha)
