"""Commands that print an answer and write no file."""

from pathlib import Path
from typing import Annotated

import typer

from vidream.cli import complete
from vidream.cli.arguments import Json
from vidream.cli.messages import console
from vidream.cli.progress import alive


def presets() -> None:
    """List the looks that come with vidream: what each is for, and what it looks like."""
    from vidream.cli.networks import show_presets

    show_presets()


def networks(json: Json = False) -> None:
    """List the networks that can dream."""
    from vidream.cli.networks import show_networks

    show_networks(as_json=json)


def layers(
    network: Annotated[
        str,
        typer.Argument(
            metavar="NETWORK", help="A name from `vidream networks`, or a file.", autocompletion=complete.networks
        ),
    ],
    json: Json = False,
) -> None:
    """List the layers of a network: channels, stride, receptive field, share of the whole network's cost."""
    from vidream.cli.networks import show_layers

    show_layers(network, as_json=json)


def classes(
    word: Annotated[
        str | None,
        typer.Argument(
            metavar="WORD",
            help="A group, to see its classes; or a part of classes' names.",
            autocompletion=complete.class_groups,
        ),
    ] = None,
    json: Json = False,
) -> None:
    """List what --toward may name: the groups of ImageNet's classes; with WORD, classes."""
    from vidream.cli.networks import show_classes

    show_classes(word, as_json=json)


def recipe(
    film: Annotated[Path, typer.Argument(metavar="FILE", help="A film or a picture that vidream made.")],
) -> None:
    """Print how a film or a picture was made: its look as TOML, and the command that makes it."""
    from vidream.cli.recipe import show

    show(film)


def clean(
    remove: Annotated[bool, typer.Option("--remove", help="Remove it, but for what is in use.")] = False,
    cluster: Annotated[
        str | None,
        typer.Option("--cluster", metavar="auto|ADDRESS", help="Ask every node of this Ray cluster instead."),
    ] = None,
) -> None:
    """List what vidream keeps on this machine outside of your folders: copies of films, parts, logs, compiled code.

    Nothing goes without --remove. A film's folder OUT.vidream is yours: it is neither listed nor touched.
    """
    with alive(console(), "looking for what is kept"):
        from vidream.cli.clean import show, show_nodes
    if cluster is None:
        show(remove=remove)
    else:
        show_nodes(cluster, remove=remove)


ANSWERS = (recipe, presets, networks, layers, classes, clean)
"""In the order in which --help lists them."""
