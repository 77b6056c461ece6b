"""How a process is started that is not ended by what ends us: options of subprocess.Popen."""

import os
import subprocess
from typing import TypedDict


class Options(TypedDict, total=False):
    """Of subprocess.Popen."""

    start_new_session: bool
    """Linux and macOS: it belongs to no terminal."""
    creationflags: int
    """Windows: how it belongs to ours."""


def own_session() -> Options:
    """Options with which a Ctrl-C in our terminal, and the terminal's end, are not heard by the process."""
    if os.name == "nt":
        return {"creationflags": getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)}
    return {"start_new_session": True}


def detached() -> Options:
    """Options with which the process outlives us, and the terminal."""
    if os.name == "nt":
        own = getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)
        return {"creationflags": getattr(subprocess, "DETACHED_PROCESS", 0) | own}
    return {"start_new_session": True}
