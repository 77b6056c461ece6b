"""The passes of a job: which are wanted, where they go, what makes them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from vidream.config import RunConfig
from vidream.errors import ConfigError
from vidream.frames import Size
from vidream.media.backwards import backwards
from vidream.media.channel_folder import ChannelFolder
from vidream.media.maker import Encoding, SegmentMaker
from vidream.media.picture_formats import PICTURES
from vidream.media.sequence import sequence
from vidream.media.trial import check_trial
from vidream.media.writer import maker as maker_for
from vidream.plan.dream_pass import PASS_FIRST, PASS_FIT, PASS_FPS, PASS_NAME, PASS_REPEATS
from vidream.plan.film import FilmPlan
from vidream.plan.step import Plan
from vidream.plan.zoom import ZoomPlan
from vidream.render.output import PassOutput
from vidream.render.passes import PASSES, Channels, View


@dataclass(frozen=True)
class Kind:
    """A kind of file for passes: a word of --passes-as."""

    ending: str
    """The ending of its files."""
    half: bool = False
    """Whether numbers are half floats, however exact they ought to be."""
    codec: str | None = None
    """The word of --codec for passes that are pictures of whole numbers; None: they are numbers as they are."""
    is_film: bool = False
    """Whether they are films; else pictures in a row."""
    steps: float = 0.0
    """Of an alpha, to 1."""
    share: float = 1.0
    """Its bytes on disk, as a share of those of floats."""


KINDS: Mapping[str, Kind] = {
    "exr32": Kind(".exr"),
    "exr": Kind(".exr", half=True, share=0.4),
    "png16": Kind(".png", codec="png16", steps=65535.0, share=0.6),
    "prores4444": Kind(".mov", codec="prores4444", is_film=True, steps=1023.0, share=0.6),
}
"""By word of --passes-as."""

PASS_FILMS = tuple({kind.ending for kind in KINDS.values() if kind.is_film})
"""Endings of passes that are films."""
PASS_PICTURES = tuple({kind.ending for kind in KINDS.values() if not kind.is_film})
"""Endings of passes that are pictures in a row."""
FRAMES = "%05d"
"""The numbers of the pictures in a film's passes."""


def asked(config: RunConfig) -> tuple[str, ...]:
    """The names of the passes that a run makes, in the order of PASSES."""
    wanted = (config.film.passes or "").split(",")
    return tuple(name for name in PASSES if name in wanted)


def check_passes(plan: FilmPlan | ZoomPlan) -> None:
    """Raise ConfigError if a pass is wanted that a plan does not have, or that --passes-as cannot hold."""
    names, kind = asked(plan.config), plan.config.film.passes_as
    for name in names:
        if isinstance(plan, ZoomPlan) and not PASSES[name].of_zoom:
            has = " and ".join(other for other, row in PASSES.items() if row.of_zoom)
            raise ConfigError(f"--passes {name}: a zoom has no such pass; it has {has}")
        if KINDS[kind].codec and PASSES[name].picture is None:
            raise ConfigError(f"--passes {name}: has negative values, which --passes-as {kind} does not hold; exr does")
        if isinstance(plan, FilmPlan) and name in ("flow", "trust") and not plan.carries:
            why = "--strength 0" if plan.config.dream.strength == 0 else "--persistence 0"
            raise ConfigError(f"--passes {name}: with {why} no motion is measured; leave one out")


def pass_out(out: Path, name: str, kind: Kind) -> Path:
    """Where a pass of OUT goes: beside film.mov film.dream/%05d.exr, beside frames/%04d.png frames.dream/%04d.exr.

    Args:
        out: a film, or a pattern of pictures.
        name: the name of the pass.
        kind: its kind of file.
    """
    pictures = sequence(out, PICTURES)
    beside, frames = out.with_name(f"{out.stem}.{name}"), FRAMES
    if pictures is not None:
        folder, frames = out.parent, out.stem
        beside = folder.with_name(f"{folder.name}.{name}") if folder.name else folder / name
    if kind.is_film:
        return beside.with_name(beside.name + kind.ending)
    return beside / f"{frames}{kind.ending}"


def pass_outs(plan: Plan, out: Path) -> list[Path]:
    """Where the passes of a plan go."""
    return [pass_out(out, name, KINDS[plan.config.film.passes_as]) for name in asked(plan.config)]


def check_pass_trials(plan: Plan, out: Path) -> None:
    """Raise MediaError if what encodes a pass cannot do it; a frame is tried."""
    for each in pass_outputs(plan, out):
        if each.encoding is not None:
            check_trial(maker_for(each.out, each.encoding), each.out, each.encoding)


def pass_outputs(
    plan: Plan, out: Path, texts: Mapping[str, str] | None = None, rushes: bool = False
) -> tuple[PassOutput[Any], ...]:
    """What makes the passes that a plan's config asks for, beside OUT.

    Args:
        plan: what is rendered.
        out: the film, or the pattern of pictures.
        texts: what each file says of the whole.
        rushes: whether OUT has rushes, as its passes have then: see SegmentMaker.rushes.
    """
    make = _as_picture if KINDS[plan.config.film.passes_as].codec else _as_numbers
    return tuple(make(plan, out, name, texts or {}, rushes) for name in asked(plan.config))


def _as_numbers(plan: Plan, out: Path, name: str, texts: Mapping[str, str], rushes: bool) -> PassOutput[Any]:
    del rushes  # numbers lie in a file for each frame
    row, kind = PASSES[name], KINDS[plan.config.film.passes_as]
    total = plan.count if plan.config.camera.reverse else None
    path, half = pass_out(out, name, kind), kind.half or not row.exact
    maker: SegmentMaker[Channels] = ChannelFolder(path, f"{name}-", {**texts, **_attributes(plan, name)}, total)

    def channels(view: View) -> Any:
        return {
            key: plane.astype(np.float16 if half else np.float32, copy=False)
            for key, plane in row.channels(view).items()
        }

    return PassOutput(name, path, maker, channels)


def _as_picture(plan: Plan, out: Path, name: str, texts: Mapping[str, str], rushes: bool) -> PassOutput[Any]:
    kind, film = KINDS[plan.config.film.passes_as], plan.config.film
    picture, path, prefix = PASSES[name].picture, pass_out(out, name, kind), f"{name}-"
    assert picture is not None  # see check_passes
    encoding = Encoding(plan.canvas, plan.fps, None, None, None, metadata=texts, codec=kind.codec, prefix=prefix)
    encoding = replace(encoding, quality=film.quality, deep=True, alpha=name == "dream", rushes=rushes)
    maker = maker_for(path, encoding)
    if plan.config.camera.reverse:
        assert plan.count is not None  # of a zoom
        maker = backwards(maker, plan.count, prefix)
    return PassOutput(name, path, maker, lambda view: picture(view, kind.steps), encoding)


def _attributes(plan: Plan, name: str) -> dict[str, str]:
    """The attributes of each file of a pass, which `vidream composite` reads."""
    texts = {PASS_NAME: name, PASS_FPS: str(plan.fps), PASS_FIT: plan.config.film.fit}
    if isinstance(plan, FilmPlan):
        texts[PASS_FIRST] = str(plan.timeline.first_index)
        if plan.length is not None:
            texts[PASS_REPEATS] = "yes"
    return texts


def bytes_of_passes(config: RunConfig, size: Size) -> float:
    """Bytes on disk that the passes take for each frame, about."""
    share = KINDS[config.film.passes_as].share
    return sum(PASSES[name].px_bytes for name in asked(config)) * share * size.width * size.height


def described(plan: Plan, out: Path) -> Iterable[str]:
    """A line for each pass that will be written."""
    count = plan.count or "?"
    unit = "frames" if KINDS[plan.config.film.passes_as].is_film else "pictures"
    for name, path in zip(asked(plan.config), pass_outs(plan, out), strict=True):
        yield f"{name}: {path}, {count} {unit}, {plan.canvas}"
