"""The ffmpeg that imageio-ffmpeg ships: run without a shell, on local files alone, its errors in one line.

imageio-ffmpeg's own writer looks neither at ffmpeg's exit status nor at what it says, so that a full disk would pass
for a finished film; only the program is taken from it.
"""

import contextlib
import re
import subprocess
import tempfile
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from vidream.errors import RenderError
from vidream.frames import Pixels, Sound

LOCAL = (
    "-protocol_whitelist",
    "file,pipe,fd",
)  # before each -i: whatever a file asks for, nothing else is opened


@cache
def executable() -> str:
    import imageio_ffmpeg  # its import looks for the program

    try:
        return str(imageio_ffmpeg.get_ffmpeg_exe())
    except RuntimeError:
        raise RenderError("no ffmpeg found: reinstall imageio-ffmpeg, or set IMAGEIO_FFMPEG_EXE to one") from None


def local(path: Path) -> str:
    """A path as ffmpeg must be given it, so that no part of its name is read as a protocol or a flag."""
    return f"file:{path.absolute()}"


def source(path: Path, *options: str) -> list[str]:
    """The arguments that open a local file for reading."""
    return [*LOCAL, *options, "-i", local(path)]


def sound_of(path: Path) -> Sound | None:
    """The first sound track of a file, or None."""
    said = subprocess.run(
        [executable(), "-hide_banner", "-nostdin", *source(path)],
        capture_output=True,
        stdin=subprocess.DEVNULL,
        check=False,
    ).stderr.decode("utf-8", "replace")
    found = re.search(r"^\s*Stream #0:\d+.*?: Audio: (\w+)", said, re.MULTILINE)
    return Sound(path, found[1]) if found else None


class Ffmpeg:
    """ffmpeg at work: `with Ffmpeg(args, "write x.mp4") as run: run.feed(pixels)`.

    Leaving the block waits until it is done and raises RenderError if it failed; leaving by an exception kills it.
    It has a session of its own, so that a Ctrl-C meant for us does not end it before we have told it to.
    """

    def __init__(self, arguments: Sequence[str], task: str) -> None:
        self.task = task
        self._said: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 (closed by __exit__)
        self._process = subprocess.Popen(
            [executable(), "-hide_banner", "-nostdin", "-v", "error", "-y", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=self._said,
            start_new_session=True,
        )

    def feed(self, pixels: Pixels) -> None:
        """Send one frame of raw video."""
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(pixels.data)
        except OSError:  # it has ended: say what it said
            self._process.kill()
            raise self._failure() from None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process.stdin is not None
        try:
            if error is not None:
                self._process.kill()
            with contextlib.suppress(OSError):  # it ended before it had read all: its exit status tells
                self._process.stdin.close()
            failed = self._process.wait() != 0
            if failed and error is None:
                raise self._failure()
        finally:
            if self._process.poll() is None:
                self._process.kill()
                self._process.wait()
            self._said.close()

    def _failure(self) -> RenderError:
        self._process.wait()
        self._said.seek(0)
        lines = [line.strip() for line in self._said.read().decode("utf-8", "replace").splitlines()]
        said = [line for line in lines if line]
        full = next((line for line in said if "No space left" in line), None)
        return RenderError(f"ffmpeg could not {self.task}: {full or (said[-1] if said else 'it was ended')}")


def run(arguments: Sequence[str], task: str) -> None:
    """Run ffmpeg to its end. `task` completes "ffmpeg could not ..." should it fail."""
    with Ffmpeg(arguments, task):
        pass
