"""What `--dry-run` and `--plot` show: every knob that moves, frame by frame, before anything is dreamed."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from vidream.cli.panels import page, panel, save
from vidream.errors import ConfigError
from vidream.media.paths import check_out
from vidream.render.dreamer import read_files
from vidream.render.step import Plan


def show(plan: Plan, sources: Sequence[Path | None], *, table: bool, plot: Path | None) -> None:
    """Print the timeline, and draw it.

    Raises:
        ConfigError: the plan cannot say how many frames there will be, so there is nothing to draw over.
    """
    if plan.count is None:
        raise ConfigError("the film does not say how long it is: there is no timeline to show")
    clock, frames = plan.clock, range(plan.count)
    numbers = [plan.config.at(frame, clock).numbers for frame in frames]
    moving = {name: [float(at[name]) for at in numbers] for name in plan.config.moving}
    length = float(plan.count / plan.fps)
    said = f"{plan.count} frames, {plan.size}, {float(plan.fps):g} a second, {length:.2f} s"
    if plot is not None:
        check_out(plot, True, [*sources, *read_files(plan.config)], (".png",))
        drawn = [panel(name, {"": values}) for name, values in moving.items()] or [panel("nothing moves", {"": [0.0]})]
        save(plot, page(said, drawn))
    if table:
        print("\n".join([said, *_rows(moving, plan)]))


def _rows(moving: dict[str, list[float]], plan: Plan) -> Iterator[str]:
    if not moving:
        yield "nothing moves: every knob stays as it is"
        return
    widths = {name: max(len(name), 8) for name in moving}
    yield "  ".join([" frame", "    time", *(f"{name:>{width}}" for name, width in widths.items())])
    for frame, values in enumerate(zip(*moving.values(), strict=True)):
        numbers = (f"{value:>{width}.4g}" for value, width in zip(values, widths.values(), strict=True))
        yield "  ".join([f"{frame:6d}", f"{float(frame / plan.fps):8.3f}", *numbers])
