"""`vidream studio`: its page's address, and its end, in the terminal."""

import sys
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vidream.cli.messages import console
from vidream.cli.output import say
from vidream.cli.words import words_parser
from vidream.errors import InputError
from vidream.system.desktop import browse
from vidream.text import install

if TYPE_CHECKING:
    from vidream.studio.look_words import Parse
    from vidream.studio.run import Opened

NEEDED = ("starlette", "uvicorn", "websockets")
"""Packages of the extra "studio"."""


def studio(
    context: typer.Context,
    folder: Annotated[
        Path,
        typer.Argument(metavar="FOLDER", help="Its films, pictures and songs are dreamed; what is made goes into it."),
    ] = Path(),
    no_open: Annotated[bool, typer.Option("--no-open", help="Print the page's address, and open no browser.")] = False,
) -> None:
    """Choose, tune, see and queue looks in a page of this machine."""
    open_studio(folder, not no_open, words_parser(context.find_root().command))


def open_studio(folder: Path, opens: bool, parse: "Parse") -> None:
    """Serve the studio of a folder until Ctrl-C.

    Args:
        folder: whose films, pictures and songs are dreamed, and into which films go.
        opens: whether the page is shown in the browser.
        parse: reads the words of a command line that is typed in the page.

    Raises:
        InputError: what it needs is not installed; or the folder has a studio already.
    """
    if not all(map(find_spec, NEEDED)):
        raise InputError(f"the studio needs a few packages more: {install('studio')}")
    from vidream.studio.run import run_studio

    def opened(studio: "Opened") -> None:
        console().say(f"the studio of {folder.resolve()} is open at this address; Ctrl-C closes it")
        say(studio.address)
        sys.stdout.flush()
        if opens:
            _show(studio.once)

    run_studio(folder, parse, opened, console().say)


def _show(address: str) -> None:
    """Open an address in the browser, or say that this cannot be done."""
    try:
        browse(address)
    except OSError as error:
        console().say(f"no browser could be opened: {error.strerror}; open the address yourself")
