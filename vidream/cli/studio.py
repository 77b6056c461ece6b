"""`vidream studio`: its page's address, and its end, in the terminal."""

import sys
import webbrowser
from pathlib import Path

from vidream.cli.output import say
from vidream.errors import InputError


def open_studio(folder: Path, opens: bool) -> None:
    """Serve the studio of a folder until Ctrl-C. opens: its page in the browser.

    Raises:
        InputError: what it needs is not installed.
    """
    try:
        from vidream.studio.run import run_studio
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in ("starlette", "uvicorn", "websockets", "anyio"):
            raise
        raise InputError("the studio needs a few packages more: pip install 'vidream[studio]'") from None

    def opened(address: str) -> None:
        say(address)
        sys.stdout.flush()
        if opens:
            webbrowser.open(address)

    run_studio(folder, opened)
    say("the studio is closed")
