"""Commands that measure: a film that was dreamed, this machine."""

from pathlib import Path
from typing import Annotated

import typer

from vidream.cli.arguments import BenchEngine, Json, Overwrite
from vidream.cli.film import side_file
from vidream.cli.messages import notes


def report(
    source: Annotated[Path, typer.Argument(metavar="SOURCE", help="The film that was dreamed.")],
    dreamed: Annotated[Path, typer.Argument(metavar="DREAMED", help="What became of it.")],
    csv: Annotated[Path | None, typer.Option(help="Write every frame's figures here, as CSV.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print the sums and every frame's figures as JSON.")] = False,
    plot: Annotated[Path | None, typer.Option(help="Draw four panels into this PNG.")] = None,
    max_flicker: Annotated[
        float | None,
        typer.Option(metavar="X", help="Exit with 1 if the mean excess warp error is above this, or hardly measured."),
    ] = None,
    start: Annotated[str | None, typer.Option(metavar="TIME", help="Begin here: seconds of SOURCE, or mm:ss.")] = None,
    end: Annotated[str | None, typer.Option(metavar="TIME", help="End here: seconds of SOURCE, or mm:ss.")] = None,
    length: Annotated[
        str | None, typer.Option(metavar="10s|300", help="How much is measured: seconds, or frames of SOURCE.")
    ] = None,
    overwrite: Overwrite = False,
) -> None:
    """Measure how steady a dreamed film is, against its source."""
    knobs = {"overwrite": overwrite}
    table = side_file(csv, knobs, [source, dreamed], None, ".csv")
    drawing = side_file(plot, knobs, [source, dreamed], csv)
    from vidream.cli.report import show

    with notes():
        show(
            source,
            dreamed,
            start=start,
            end=end,
            length=length,
            csv=table,
            as_json=json,
            plot=drawing,
            max_flicker=max_flicker,
        )


def bench(
    json: Json = False,
    plot: Annotated[Path | None, typer.Option("--plot", metavar="PNG", help="Draw the times.")] = None,
    growth: Annotated[
        bool, typer.Option("--growth", help="How a frame's cost grows with size, octaves and steps, instead.")
    ] = False,
    engine: BenchEngine = "auto",
    overwrite: Overwrite = False,
) -> None:
    """Measure how fast this machine dreams, part by part: a minute."""
    drawing = side_file(plot, {"overwrite": overwrite}, [], None)
    from vidream.cli.bench import show, show_growth

    if growth:
        show_growth(as_json=json, plot=drawing)
    else:
        show(engine=engine, as_json=json, plot=drawing)
