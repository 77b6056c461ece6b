"""`vidream studio`: its page's address, and its end, in the terminal."""

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from vidream.cli.messages import console
from vidream.cli.output import say
from vidream.cli.words import words_parser
from vidream.errors import InputError

if TYPE_CHECKING:
    from vidream.studio.run import Opened

NEEDED = ("starlette", "uvicorn", "websockets")
"""Packages of the extra "studio"."""


def open_studio(folder: Path, opens: bool, app: typer.Typer) -> None:
    """Serve the studio of a folder until Ctrl-C.

    Args:
        folder: whose films, pictures and songs are dreamed, and into which films go.
        opens: whether the page is shown in the browser.
        app: the command line, which reads what is typed in the page.

    Raises:
        InputError: what it needs is not installed; or the folder has a studio already.
    """
    if not all(map(find_spec, NEEDED)):
        raise InputError("the studio needs a few packages more: pip install 'vidream[studio]'")
    from vidream.studio.run import run_studio

    def opened(studio: "Opened") -> None:
        console().say(f"the studio of {folder.resolve()} is open at this address; Ctrl-C closes it")
        say(studio.address)
        sys.stdout.flush()
        if opens:
            _show(studio.once)

    run_studio(folder, words_parser(app), opened, console().say)


def _show(address: str) -> None:
    """Open an address in the browser, which may write what it likes: it has none of our streams."""
    command = [sys.executable, "-m", "webbrowser", address]
    quiet = subprocess.DEVNULL
    try:
        subprocess.Popen(command, stdin=quiet, stdout=quiet, stderr=quiet, start_new_session=True)
    except OSError as error:
        console().say(f"no browser could be opened: {error.strerror}; open the address yourself")
