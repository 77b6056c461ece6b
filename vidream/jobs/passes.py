"""The passes of a job: which there are, where they are put, what makes them."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from vidream.config import RunConfig
from vidream.errors import ConfigError
from vidream.frames import Size
from vidream.media.channel_folder import ChannelFolder
from vidream.media.maker import SegmentMaker
from vidream.media.picture_formats import PICTURES
from vidream.media.sequence import sequence
from vidream.plan.dream_pass import PASS_FIRST, PASS_FIT, PASS_FPS, PASS_NAME
from vidream.plan.film import FilmPlan
from vidream.plan.step import Plan
from vidream.plan.zoom import ZoomPlan
from vidream.render.output import PassOutput
from vidream.render.passes import PASSES, Channels, View

FRAMES = "%05d"
"""How the pictures of a film's passes are numbered."""


def asked(config: RunConfig) -> tuple[str, ...]:
    """The names of the passes that a run makes, in the order of PASSES."""
    wanted = (config.film.passes or "").split(",")
    return tuple(name for name in PASSES if name in wanted)


def check_passes(plan: FilmPlan | ZoomPlan) -> None:
    """Raise ConfigError if a pass is asked for that there is not, or that cannot be written so."""
    names, kind = asked(plan.config), plan.config.film.passes_as
    for name in names:
        if isinstance(plan, ZoomPlan) and not PASSES[name].of_zoom:
            has = " and ".join(other for other, row in PASSES.items() if row.of_zoom)
            raise ConfigError(f"--passes {name}: a zoom has no such pass; it has {has}")
        if kind == "png16" and PASSES[name].picture is None:
            raise ConfigError(f"--passes {name}: has negative values, which --passes-as {kind} does not hold; exr does")
        if isinstance(plan, FilmPlan) and name in ("flow", "trust") and not plan.carries:
            why = "--strength 0" if plan.config.dream.strength == 0 else "--persistence 0"
            raise ConfigError(f"--passes {name}: with {why} no motion is measured; leave one out")


def pass_out(out: Path, name: str, ending: str) -> Path:
    """Where a pass of OUT is put: film.mov has film.dream/%05d.exr, frames/%04d.png has frames.dream/%04d.exr.

    Args:
        out: a film, or a pattern of pictures.
        name: of the pass.
        ending: of its files.
    """
    pictures = sequence(out, PICTURES)
    if pictures is None:
        return out.with_name(f"{out.stem}.{name}") / f"{FRAMES}{ending}"
    folder = out.parent
    beside = folder.with_name(f"{folder.name}.{name}") if folder.name else folder / name
    return beside / out.with_suffix(ending).name


def pass_outputs(plan: Plan, out: Path, texts: Mapping[str, str] | None = None) -> tuple[PassOutput[Any], ...]:
    """What makes the passes that a plan's config asks for, beside OUT. texts: what each file says of the whole."""
    return tuple(_output(plan, out, name, texts or {}) for name in asked(plan.config))


def _output(plan: Plan, out: Path, name: str, texts: Mapping[str, str]) -> PassOutput[Any]:
    row, kind = PASSES[name], plan.config.film.passes_as
    total = plan.count if plan.config.camera.reverse else None
    path = pass_out(out, name, ".exr")
    maker: SegmentMaker[Channels] = ChannelFolder(path, f"{name}-", {**texts, **_attributes(plan, name)}, total)
    half = kind == "exr" or not row.exact

    def channels(view: View) -> Any:
        depth = np.float16 if half else np.float32
        return {key: plane.astype(depth, copy=False) for key, plane in row.channels(view).items()}

    return PassOutput(name, path, maker, channels)


def _attributes(plan: Plan, name: str) -> dict[str, str]:
    """What each file of a pass says of itself; `vidream composite` reads it."""
    texts = {PASS_NAME: name, PASS_FPS: str(plan.fps), PASS_FIT: plan.config.film.fit}
    if isinstance(plan, FilmPlan):
        texts[PASS_FIRST] = str(plan.timeline.first_index)
    return texts


def bytes_of_passes(config: RunConfig, size: Size) -> float:
    """Bytes on disk that the passes of a frame take, about."""
    share = 0.5 if config.film.passes_as == "exr" else 1.0
    return sum(PASSES[name].px_bytes for name in asked(config)) * share * size.width * size.height


def described(plan: Plan, out: Path) -> Iterable[str]:
    """A line for each pass that will be written."""
    count = plan.count or "?"
    for each in pass_outputs(plan, out):
        yield f"{each.name}: {each.out}, {count} pictures, {plan.canvas}"
