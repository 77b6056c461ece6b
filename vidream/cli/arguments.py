"""Flags that several commands share, and that are no knobs."""

from pathlib import Path
from typing import Annotated

import typer

from vidream.cli.output import say
from vidream.native.library import summary as native_summary
from vidream.version import __version__


def _version(wanted: bool) -> None:
    """Print it, and end."""
    if wanted:
        say(f"vidream {__version__}")
        say(f"gradients by {native_summary()}")
        raise typer.Exit


Version = Annotated[
    bool,
    typer.Option(
        "--version", callback=_version, is_eager=True, help="Show the version, and what computes the gradients."
    ),
]
Preset = Annotated[
    str | None,
    typer.Option(
        "--preset",
        metavar="NAME|FILE",
        help="A look from `vidream presets`, a .toml file, or a film or picture that vidream made; flags override it.",
    ),
]
Draft = Annotated[
    bool,
    typer.Option(
        "--draft", help="Small and fast, with the same seeds, camera and timing: to judge before the long run."
    ),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Print every knob that moves, frame by frame; dream nothing.")]
Cluster = Annotated[
    str | None,
    typer.Option("--cluster", metavar="auto|ADDRESS", help="Spread the work over this Ray cluster."),
]
Cores = Annotated[
    int,
    typer.Option(
        "--cores", metavar="N", min=1, help="Cores for each part, on a cluster without GPUs. \\[2]", show_default=False
    ),
]
Jobs = Annotated[
    int | None,
    typer.Option(
        "--jobs",
        metavar="N",
        min=1,
        help="How many at a time, each in a process of its own. \\[by cores, memory and GPUs]",
        show_default=False,
    ),
]
Plot = Annotated[Path | None, typer.Option("--plot", metavar="PNG", help="Draw every knob that moves.")]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace what is there already.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
BenchEngine = Annotated[
    str,
    typer.Option("--engine", metavar="auto|native|tensorflow", help="What renders; native leaves TensorFlow out."),
]
