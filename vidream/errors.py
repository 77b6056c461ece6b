"""Everything that vidream raises on purpose.

    VidreamError                what went wrong, what was given, what to do; one line
    ├── InputError              the request cannot be carried out as given        exit status 2
    │   ├── ConfigError         a knob, a preset, a layer or a network is wrong
    │   │   └── Problems        many things are, in a job file: a line each
    │   └── MediaError          a file cannot be read as what it should be, or may not be written
    ├── RenderError             it failed on the way: ffmpeg, the disk            exit status 1
    └── Cancelled               the caller wanted it to stop, or pressed Ctrl-C   exit status 130

Anything else that escapes is a bug and keeps its traceback.
"""

import difflib
from collections.abc import Iterable


class VidreamError(Exception):
    """Base of all errors that are meant for a person. `exit_status` is what the command line returns."""

    exit_status = 1


class InputError(VidreamError):
    """What is asked for cannot be done as it stands; nothing was begun. The command ends with status 2."""

    exit_status = 2


class ConfigError(InputError):
    """A knob, a preset, a layer or a network is wrong."""


class Problems(ConfigError):  # noqa: N818 (several)
    """Everything that is wrong at once; `lines` says each on a line of its own."""

    def __init__(self, lines: Iterable[str]) -> None:
        """From the lines, one for each problem."""
        self.lines = tuple(lines)
        super().__init__("; ".join(self.lines))


class MediaError(InputError):
    """A file cannot be read as what it should be, or may not be written."""


class RenderError(VidreamError):
    """It failed on the way: ffmpeg, a disk, a node of a cluster. What is done stays, and can be gone on with."""


class OtherKind(RenderError):  # noqa: N818 (a part is it)
    """A part of a film is of another kind than its other parts, and would look otherwise."""


class Cancelled(VidreamError):  # noqa: N818 (nothing failed)
    """The caller set `cancel`, or somebody pressed Ctrl-C. OUT was not written; the same call goes on from there."""

    exit_status = 130


def nearest(name: str, known: Iterable[str], *, cutoff: float = 0.5) -> str:
    """The end of an error about an unknown name: the nearest known ones, or all where none is near.

    cutoff: how alike two names must be to be near, from 0 to 1 for the same.
    """
    names = list(known)
    close = difflib.get_close_matches(name, names, n=3, cutoff=cutoff)
    if close:
        return f"did you mean {' or '.join(close)}?"
    return f"known: {', '.join(names)}"


def first_line(error: Exception) -> str:
    """What an error from elsewhere says, as part of a message of one line: at most 300 characters."""
    lines = str(error).splitlines() or [type(error).__name__]
    return lines[0][:300]


def close_one(name: str, known: Iterable[str]) -> str:
    """Which known names are near another; "" where none is."""
    said = nearest(name, known, cutoff=0.6)
    return said if said.startswith("did you mean") else ""
