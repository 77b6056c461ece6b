"""Which ffmpeg there is: that of imageio-ffmpeg, or the one that IMAGEIO_FFMPEG_EXE names.

imageio-ffmpeg's own writer looks neither at ffmpeg's exit status nor at what it says, so that a full disk would pass
for a finished film; only the program is taken from it.
"""

import re
import shutil
import subprocess
from functools import cache

from vidream.errors import RenderError
from vidream.media.stamps import OPTION

OLDEST = "7.0"


@cache
def executable() -> str:
    """The path of ffmpeg; IMAGEIO_FFMPEG_EXE overrules the one that imageio-ffmpeg ships.

    Raises:
        RenderError: there is none, or it is too old.
    """
    import imageio_ffmpeg  # its import looks for the program

    try:
        program: str | None = shutil.which(imageio_ffmpeg.get_ffmpeg_exe())
    except RuntimeError:
        program = None
    if program is None:
        raise RenderError("no ffmpeg found: reinstall imageio-ffmpeg, or set IMAGEIO_FFMPEG_EXE to one")
    _check_version(program)
    return program


def _check_version(program: str) -> None:
    """Raise RenderError unless the program has the option that films are read with; builds may tell no version.

    The command lines of this package are run with ffmpeg 7.0 and 9.0.
    """
    command = [program, "-nostdin", "-h", "long"]
    try:
        run = subprocess.run(command, capture_output=True, stdin=subprocess.DEVNULL, check=False)
    except OSError as error:
        raise RenderError(f"{program}: cannot be run: {error.strerror}; set IMAGEIO_FFMPEG_EXE to an ffmpeg") from None
    manual = (run.stdout + run.stderr).decode("utf-8", "replace")
    if f"-{OPTION}_fmt" in manual:
        return
    version, reason = re.search(r"ffmpeg version (\S+)", manual), "not an ffmpeg"
    if version:
        reason = f"ffmpeg {version[1]} is too old"
    raise RenderError(f"{program}: {reason}; unset IMAGEIO_FFMPEG_EXE, or set it to ffmpeg {OLDEST} or newer")
