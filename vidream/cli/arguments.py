"""Flags that several commands share, and that are no knobs."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from vidream.amounts import bytes_of
from vidream.cli.complete import looks, words
from vidream.cli.output import say
from vidream.dream.presence import summary
from vidream.errors import ConfigError
from vidream.version import __version__


def _version(context: typer.Context, wanted: bool) -> None:
    """Print it, and end."""
    if wanted and not context.resilient_parsing:  # as when a shell completes
        say(f"vidream {__version__}")
        say(f"gradients by {summary()}")
        raise typer.Exit


def film_out(default: str = "") -> Any:
    """The argument OUT of whatever makes a film. default: its name where none is given."""
    given = f" [{default}]" if default else ""
    return typer.Argument(metavar="OUT", help=f"mp4, mov, mkv, webm, gif, or frames/%05d.png.{given}")


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
        help="The look: a name from `vidream presets`, your .toml file, or a film or picture that vidream made."
        " Flags override it.",
        autocompletion=looks,
    ),
]
Draft = Annotated[
    bool,
    typer.Option(
        "--draft", help="Small and fast, to judge before the long run. Seeds, camera and timing are the same."
    ),
]
DryRun = Annotated[
    bool,
    typer.Option(
        "--dry-run",
        help="Say how long it takes and what it will be; make nothing. It says its disk, too, its shots or its camera's"
        " path, and every knob that moves, frame by frame.",
    ),
]
Cluster = Annotated[
    str | None,
    typer.Option(
        "--cluster",
        metavar="auto|ADDRESS",
        help="Spread the work over this Ray cluster.",
        rich_help_panel="Cluster",
    ),
]
Cores = Annotated[
    int,
    typer.Option(
        "--cores",
        metavar="N",
        min=1,
        help="Cores for each part, on a cluster without GPUs. \\[2]",
        show_default=False,
        rich_help_panel="Cluster",
    ),
]
Nodes = Annotated[
    bool,
    typer.Option(
        "--nodes",
        help="Show the cluster's nodes: what each is at, what it has made, and why it is left out.",
        rich_help_panel="Cluster",
    ),
]
Cache = Annotated[
    str | None,
    typer.Option(
        "--cache",
        metavar="SIZE",
        help="How much each node of a cluster keeps of the sources that it was sent, such as 500MB. \\[20GB]",
        show_default=False,
        rich_help_panel="Cluster",
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
Plot = Annotated[Path | None, typer.Option("--plot", metavar="PNG", help="Draw every number that moves.")]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace what is there already.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
BenchEngine = Annotated[
    str,
    typer.Option(
        "--engine",
        metavar="auto|native|tensorflow",
        help="What renders; native leaves TensorFlow out.",
        autocompletion=words("auto", "native", "tensorflow"),
    ),
]


@dataclass(frozen=True)
class Farm:
    """A cluster that is to do the work, as the flags say."""

    address: str
    """HOST:PORT, or "auto"."""
    cores: int
    """For each part."""
    nodes: bool
    """Whether the nodes are to be shown."""
    cache: int | None
    """Bytes that each node keeps of sources; None: as it is otherwise."""

    @property
    def options(self) -> dict[str, Any]:
        """Those that were given, as keywords of vidream.cluster.spread."""
        return {"cores": self.cores} if self.cache is None else {"cores": self.cores, "cache": self.cache}


def farm_of(cluster: str | None, cores: int, nodes: bool, cache: str | None) -> Farm | None:
    """The cluster that flags name; None for none.

    Raises:
        ConfigError: a flag is of no use without one, or no size.
    """
    given = {"--nodes": nodes, "--cache": cache is not None}
    alone = next((name for name, is_given in given.items() if is_given), None)
    if cluster is None and alone is not None:
        raise ConfigError(f"{alone}: is for a cluster; give --cluster, or leave it out")
    return None if cluster is None else Farm(cluster, cores, nodes, None if cache is None else _bytes(cache))


def _bytes(cache: str) -> int:
    try:
        return bytes_of(cache)
    except ValueError as error:
        raise ConfigError(f"--cache {error}") from None
