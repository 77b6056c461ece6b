"""The ffmpeg that imageio-ffmpeg ships: run without a shell, on local files alone, its errors in one line.

imageio-ffmpeg's own writer looks neither at ffmpeg's exit status nor at what it says, so that a full disk would pass
for a finished film; only the program is taken from it.
"""

import contextlib
import re
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from vidream.errors import RenderError
from vidream.frames import Pixels

# Before each -i. Whatever a file asks for, no address is opened; and what could name other files (playlists, concat
# scripts, image patterns, generators) is not opened at all, whatever its ending.
FORMATS = (
    "mov,matroska,webm,avi,mpeg,mpegts,mpegvideo,vob,flv,asf,ogg,gif,apng,mxf,nut,ivf,obu,h264,hevc,m4v,dv,rm,"
    "yuv4mpegpipe,wav,w64,aiff,mp3,flac,aac,ac3,eac3,caf"
)
LOCAL = ("-protocol_whitelist", "file,pipe,fd", "-format_whitelist", FORMATS)


@cache
def executable() -> str:
    import imageio_ffmpeg  # its import looks for the program

    try:
        program: str | None = shutil.which(imageio_ffmpeg.get_ffmpeg_exe())
    except RuntimeError:
        program = None
    if program is None:
        raise RenderError("no ffmpeg found: reinstall imageio-ffmpeg, or set IMAGEIO_FFMPEG_EXE to one")
    return program


def local(path: Path) -> str:
    """A path as ffmpeg must be given it, so that no part of its name is read as a protocol or a flag."""
    return f"file:{path.absolute()}"


def source(path: Path, *options: str) -> list[str]:
    """The arguments that open a local file for reading."""
    return [*LOCAL, *options, "-i", local(path)]


def describe(path: Path, inputs: Sequence[str], outputs: Sequence[str]) -> str:
    """What ffmpeg says, in full, when it opens a local file and does `outputs` with it, well or badly."""
    command = [executable(), "-hide_banner", "-nostdin", *source(path, *inputs), *outputs]
    return subprocess.run(command, capture_output=True, stdin=subprocess.DEVNULL, check=False).stderr.decode(
        "utf-8", "replace"
    )


class Ffmpeg:
    """ffmpeg at work: `with Ffmpeg(args, "write x.mp4") as run: run.feed(pixels)`, or `run.pull(bytes)`.

    Leaving the block waits until it is done and raises RenderError if it failed; leaving by an exception, or before all
    has been pulled, kills it. It has a session of its own, so that a Ctrl-C meant for us does not end it before we have
    told it to.
    """

    def __init__(self, arguments: Sequence[str], task: str, *, pulled: bool = False) -> None:
        self.task, self._unread = task, pulled
        self._said: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 (closed by __exit__)
        self._process = subprocess.Popen(
            [executable(), "-hide_banner", "-nostdin", "-v", "verbose" if pulled else "error", "-y", *arguments],
            stdin=subprocess.DEVNULL if pulled else subprocess.PIPE,
            stdout=subprocess.PIPE if pulled else subprocess.DEVNULL,
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

    def pull(self, size: int) -> bytes | None:
        """The next `size` bytes of what it writes; None at the end, where what is left is too little."""
        assert self._process.stdout is not None
        data = self._process.stdout.read(size)
        if len(data) == size:
            return data
        self._unread = False
        return None

    def pull_some(self, size: int) -> bytes:
        """The next `size` bytes of what it writes, fewer at the end, then none."""
        assert self._process.stdout is not None
        data = self._process.stdout.read(size)
        self._unread = len(data) == size
        return data

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if error is not None or self._unread:
                self._process.kill()
            for pipe in (self._process.stdin, self._process.stdout):
                with contextlib.suppress(OSError):  # it ended before it had read all: its exit status tells
                    if pipe is not None:
                        pipe.close()
            failed = self._process.wait() != 0
            if failed and error is None and not self._unread:
                raise self._failure()
        finally:
            if self._process.poll() is None:
                self._process.kill()
                self._process.wait()
            self._said.close()

    def said(self) -> list[str]:
        """The lines that it has printed, once it has ended."""
        self._process.wait()
        self._said.seek(0)
        lines = (line.strip() for line in self._said.read().decode("utf-8", "replace").splitlines())
        return [line for line in lines if line]

    def _failure(self) -> RenderError:
        return RenderError(f"ffmpeg could not {self.task}: {_reason(self.said())}")


def _reason(said: Sequence[str]) -> str:
    """The line that says why it failed, without the parts of ffmpeg that it passed through and their addresses."""
    lines = [_ADDRESS.sub("", line) for line in said]
    disk = [line for line in lines if DISK_REFUSED.search(line)]
    telling = [line for line in lines if not _CONSEQUENCE.match(line)]
    return next(iter(disk), (telling or lines or ["it was ended"])[-1])


_ADDRESS = re.compile(r"\[[^\[\]]* @ (?:0x)?[0-9a-fA-F]+\] *")
DISK_REFUSED = re.compile(r"No space left|Disk quota exceeded|File too large|Read-only file system")
_CONSEQUENCE = re.compile(
    r"Error (opening (in|out)put file|initializing filters|while opening encoder|sending frames|closing file)|"
    r"Task finished|Terminating thread|Could not (open encoder|write header)|Nothing was written|Conversion failed|"
    r"Exiting with|No filtered frames|Output file is empty"
)


def run(arguments: Sequence[str], task: str) -> None:
    """Run ffmpeg to its end. `task` completes "ffmpeg could not ..." should it fail."""
    with Ffmpeg(arguments, task):
        pass
