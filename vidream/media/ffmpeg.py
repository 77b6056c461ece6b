"""The ffmpeg that imageio-ffmpeg ships: run without a shell, on local files alone, its errors in one line.

imageio-ffmpeg's own writer looks neither at ffmpeg's exit status nor at what it says, so that a full disk would pass
for a finished film; only the program is taken from it.
"""

import re
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from vidream.errors import MediaError, RenderError
from vidream.frames import Pixels
from vidream.media.stamps import OPTION, Stamps

# Before each -i. Whatever a file asks for, no address is opened; and what could name other files (playlists, concat
# scripts, image patterns, generators) is not opened at all, whatever its ending.
FORMATS = (
    "mov,matroska,webm,avi,mpeg,mpegts,mpegvideo,vob,flv,asf,ogg,gif,apng,webp_anim,mxf,nut,ivf,obu,h264,hevc,m4v,dv,rm,"
    "yuv4mpegpipe,wav,w64,aiff,mp3,flac,aac,ac3,eac3,caf,wv,amr,amrnb,amrwb,au,tta,dts,dtshd,ape,dsf,iff,mpc,mpc8,tak,"
    "shn,voc,oma,truehd,mlp,loas,gsm,qcp,xwma,sox,ircam,avr,nistsphere,pvf,rso,wve,wsd,osq,bonk,qoa"
)
LOCAL = ("-protocol_whitelist", "file,pipe,fd", "-format_whitelist", FORMATS)
OLDEST = "7.0"
PATIENCE = 300.0  # seconds without a frame, after the first
LOOKED_AT = 3600  # seconds that a look at a file may take: a very large one is read to its end
DAMAGED = "is the file damaged?"
ADDRESS = re.compile(r"\[[^\[\]]* @ (?:0x)?[0-9a-fA-F]+\] *")  # [out#0/mp4 @ 0x55d3c0], in what ffmpeg says


@cache
def executable() -> str:
    """The path of the ffmpeg that imageio-ffmpeg ships."""
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
    """Raise RenderError unless the program has what films are read with; builds of no version are judged by that, too.

    The command lines of this package are run with ffmpeg 7.0 and 9.0.
    """
    command = [program, "-nostdin", "-h", "long"]
    try:
        run = subprocess.run(command, capture_output=True, stdin=subprocess.DEVNULL, check=False)
    except OSError as error:
        raise RenderError(f"{program}: cannot be run: {error.strerror}; set IMAGEIO_FFMPEG_EXE to an ffmpeg") from None
    told = (run.stdout + run.stderr).decode("utf-8", "replace")
    if f"-{OPTION}_fmt" in told:
        return
    version = re.search(r"ffmpeg version (\S+)", told)
    named = f"ffmpeg {version[1]} is too old" if version else "not an ffmpeg"
    raise RenderError(f"{program}: {named}; unset IMAGEIO_FFMPEG_EXE, or set it to ffmpeg {OLDEST} or newer")


def local(path: Path) -> str:
    """A path as ffmpeg must be given it, so that no part of its name is read as a protocol or a flag."""
    return f"file:{path.absolute()}"


def source(path: Path, *options: str) -> list[str]:
    """The arguments that open a local file for reading."""
    return [*LOCAL, *options, "-i", local(path)]


def beside(stream: str, file: int = 0) -> list[str]:
    """An output that takes a stream and throws it away, so that it is in use: "a:0" or "V:0" of an input file.

    Of MPEG-TS, MPEG-PS and Ogg, whose clocks may jump, ffmpeg counts time from the start of the streams in use. Whoever
    reads the picture alone, and the sound alone, has two clocks.
    """
    return ["-map", f"{file}:{stream}", "-c", "copy", "-f", "null", "-"]


@dataclass(frozen=True)
class Told:
    """What ffmpeg wrote, what it said beside it, and the time of the first frame that it decoded, if any."""

    written: str
    said: str
    begins: Fraction | None


def ask(path: Path, inputs: Sequence[str], outputs: Sequence[str]) -> Told:
    """What ffmpeg tells when it opens a local file and does `outputs` with it, well or badly.

    An output that decodes has STAMPS among its options, and makes a few frames at most.
    """
    with closing(Stamps()) as stamps:
        command = [executable(), "-hide_banner", "-nostdin", "-nostats", *source(path, *inputs), *stamps.named(outputs)]
        try:
            run = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=LOOKED_AT)
        except subprocess.TimeoutExpired:
            raise MediaError(f"{path}: not looked through in {LOOKED_AT // 60} minutes; {DAMAGED}") from None
        begins = stamps.next()
    return Told(run.stdout.decode("utf-8", "replace"), run.stderr.decode("utf-8", "replace"), begins)


class Ffmpeg:
    """ffmpeg at work: `with Ffmpeg(args, "write x.mp4") as run: run.feed(pixels)`, or `run.pull(bytes)`.

    Leaving the block waits until it is done and raises RenderError if it failed; leaving by an exception, or before all
    has been pulled, kills it. It has a session of its own, so that a Ctrl-C meant for us does not end it before we have
    told it to.
    """

    def __init__(self, arguments: Sequence[str], task: str, *, pulled: bool = False) -> None:
        self.task, self._unread = task, pulled
        self.stamps = Stamps()
        level = "verbose" if pulled else "error"
        self._said: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 (closed by __exit__)
        self._process = subprocess.Popen(
            [executable(), "-hide_banner", "-nostdin", "-nostats", "-v", level, "-y", *self.stamps.named(arguments)],
            stdin=subprocess.DEVNULL if pulled else subprocess.PIPE,
            stdout=subprocess.PIPE if pulled else subprocess.DEVNULL,
            stderr=self._said,
            start_new_session=True,
        )
        self._asked: float | None = None  # since when something is waited for, by time.monotonic
        self._watch: threading.Thread | None = None
        self._hung, self._over = False, threading.Event()

    def feed(self, pixels: Pixels) -> None:
        """Send one frame of raw video."""
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(pixels.data)
        except OSError:  # it has ended: say what it said
            self._process.kill()
            raise self._failure() from None

    def pull(self, size: int) -> bytes | None:
        """The next `size` bytes of what it writes; None at the end, where what is left is too little.

        After the first, it is ended if it writes nothing for PATIENCE seconds: a decoder may hang on a damaged file.
        """
        assert self._process.stdout is not None
        if self._watch is not None:
            self._asked = time.monotonic()
        data = self._process.stdout.read(size)
        self._asked = None
        if len(data) == size:
            if self._watch is None:
                self._watch = threading.Thread(target=self._watched, name="watch", daemon=True)
                self._watch.start()
            return data
        self._unread = False
        return None

    def _watched(self) -> None:
        while not self._over.wait(min(1.0, PATIENCE / 4)):
            asked = self._asked
            if asked is not None and time.monotonic() - asked > PATIENCE:
                self._hung = True
                self._process.kill()
                return

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
        self._over.set()
        try:
            if error is not None or self._unread:
                self._process.kill()
            for pipe in (self._process.stdin, self._process.stdout):
                with suppress(OSError):  # it ended before it had read all: its exit status tells
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
            self.stamps.close()

    def said(self) -> list[str]:
        """The lines that it has printed, once it has ended."""
        self._process.wait()
        self._said.seek(0)
        return [line for line in self._said.read().decode("utf-8", "replace").splitlines() if line.strip()]

    def _failure(self) -> RenderError:
        if self._hung:
            return RenderError(f"ffmpeg could not {self.task}: it hung for {PATIENCE:g} s; {DAMAGED}")
        return RenderError(f"ffmpeg could not {self.task}: {_reason(self.said())}")


def _reason(said: Sequence[str]) -> str:
    """The line that says why it failed, without the parts of ffmpeg that it passed through and their addresses."""
    lines = [ADDRESS.sub("", line).strip() for line in said]
    disk = [line for line in lines if DISK_REFUSED.search(line)]
    telling = [line for line in lines if not _CONSEQUENCE.match(line)]
    return next(iter(disk), (telling or lines or ["it was ended"])[-1])


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
