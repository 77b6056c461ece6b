"""ffmpeg at work: run without a shell, on local files alone, its errors in one line."""

import subprocess
import tempfile
import threading
import time
from collections.abc import Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from numpy.typing import NDArray

from vidream.errors import MediaError, RenderError
from vidream.events import checkpoint
from vidream.media.fflog import reason_of
from vidream.media.program import executable
from vidream.media.stamps import Stamps
from vidream.system.processes import own_session

# Before each -i. Whatever a file asks for, no address is opened; and what could name other files (playlists, concat
# scripts, image patterns, generators) is not opened at all, whatever its ending.
FORMATS = (
    "mov,matroska,webm,avi,mpeg,mpegts,mpegvideo,vob,flv,asf,ogg,gif,apng,webp_anim,mxf,nut,ivf,obu,h264,hevc,m4v,dv,rm,"
    "yuv4mpegpipe,wav,w64,aiff,mp3,flac,aac,ac3,eac3,caf,wv,amr,amrnb,amrwb,au,tta,dts,dtshd,ape,dsf,iff,mpc,mpc8,tak,"
    "shn,voc,oma,truehd,mlp,loas,gsm,qcp,xwma,sox,ircam,avr,nistsphere,pvf,rso,wve,wsd,osq,bonk,qoa"
)
LOCAL = ("-protocol_whitelist", "file,pipe,fd", "-format_whitelist", FORMATS)
PATIENCE = 300.0  # seconds without a frame, after the first
GLANCE = 0.2  # seconds between two looks at whether a run is cancelled
LOOK = 3600  # seconds that a look at a file may take: a very large one is read to its end
DAMAGED = "is the file damaged?"


def local(path: Path) -> str:
    """A path as ffmpeg must be given it, so that no part of its name is read as a protocol or a flag."""
    return f"file:{path.absolute()}"


def input_file(path: Path, *options: str) -> list[str]:
    """The arguments that open a local file for reading.

    Args:
        path: the file.
        *options: of ffmpeg, for this input.
    """
    return [*LOCAL, *options, "-i", local(path)]


def decoder(name: str) -> list[str]:
    """The arguments of an input that have its picture decoded by the decoder of a name; "": by the usual one."""
    return ["-c:v", name] if name else []


def in_use(stream: str, file: int = 0) -> list[str]:
    """The arguments of an output that takes a stream and throws it away, so that it is in use.

    Args:
        stream: ffmpeg's name of it: "a:0" is the first sound, "V:0" the first picture that is no cover.
        file: the number of the input.

    Of MPEG-TS, MPEG-PS and Ogg, whose clocks may jump, ffmpeg counts time from the start of the streams in use. Whoever
    reads the picture alone, and the sound alone, has two clocks.
    """
    return ["-map", f"{file}:{stream}", "-c", "copy", "-f", "null", "-"]


@dataclass(frozen=True)
class Answer:
    """What ffmpeg tells of a file."""

    output: str
    """What it wrote."""
    log: str
    """What it logged."""
    begins: Fraction | None
    """Seconds on the file's clock of the first frame that it decoded; None where it decoded none."""


def ask(path: Path, inputs: Sequence[str], outputs: Sequence[str]) -> Answer:
    """Open a local file with ffmpeg; whether it ends well or badly is for the answer to tell.

    Args:
        path: the file.
        inputs: options of the input.
        outputs: what is done with it. An output that decodes has STAMPS among its options, and makes a few frames.

    Raises:
        MediaError: it takes more than LOOK seconds.
    """
    with closing(Stamps()) as stamps:
        arguments = [*input_file(path, *inputs), *stamps.named(outputs)]
        command = [executable(), "-hide_banner", "-nostdin", "-nostats", *arguments]
        output, log = _outputs(command, path)
        begins = stamps.next()
    return Answer(output.decode("utf-8", "replace"), log.decode("utf-8", "replace"), begins)


def _outputs(command: Sequence[str], path: Path) -> tuple[bytes, bytes]:
    """What a command writes to standard output and error; it is ended where the run is cancelled."""
    until = time.monotonic() + LOOK
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as run:
        try:
            while time.monotonic() < until:
                with suppress(subprocess.TimeoutExpired):
                    return run.communicate(timeout=GLANCE)
                checkpoint()
            raise MediaError(f"{path}: not looked through in {LOOK // 60} minutes; {DAMAGED}")
        finally:
            run.kill()


class Ffmpeg:
    """ffmpeg at work: `with Ffmpeg(args, "write x.mp4") as run: run.feed(samples)`, or `run.pull(bytes)`.

    Leaving the block waits until it is done and raises RenderError if it failed; leaving by an exception, or before all
    has been pulled, kills it. It has a session of its own: a Ctrl-C meant for us does not end it before we do.
    """

    def __init__(self, arguments: Sequence[str], task: str, *, pulled: bool = False) -> None:
        """Start it.

        Args:
            arguments: ffmpeg's.
            task: completes "ffmpeg could not ..." should it fail.
            pulled: whether what it writes is read; else it is fed.
        """
        self.task, self._unread = task, pulled
        self.killed = False
        """Whether somebody has ended it by `kill`: what it lacks then says nothing of the file."""
        self.stamps = Stamps()
        level = "verbose" if pulled else "error"
        self._log: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 (closed by __exit__)
        stdin, stdout = subprocess.PIPE, subprocess.DEVNULL
        if pulled:
            stdin, stdout = stdout, stdin
        self._process = subprocess.Popen(
            [executable(), "-hide_banner", "-nostdin", "-nostats", "-v", level, "-y", *self.stamps.named(arguments)],
            stdin=stdin,
            stdout=stdout,
            stderr=self._log,
            **own_session(),
        )
        self._waiting_since: float | None = None  # by time.monotonic
        self._watch: threading.Thread | None = None
        self._hung, self._over = False, threading.Event()

    def feed(self, samples: NDArray[Any]) -> None:
        """Send one frame of raw video, all of it.

        Args:
            samples: (H, W, 3), or whatever its input is; contiguous.

        Raises:
            RenderError: it has ended, which it should not.
        """
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(samples.data)
            self._process.stdin.flush()
        except OSError:  # it has ended: its log tells why
            self._process.kill()
            raise self._failure() from None

    def pull(self, size: int) -> bytes | None:
        """The next `size` bytes of what it writes; None at the end, where what is left is too little.

        After the first, it is ended if it writes nothing for PATIENCE seconds: a decoder may hang on a damaged file.
        """
        assert self._process.stdout is not None
        if self._watch is not None:
            self._waiting_since = time.monotonic()
        data = self._process.stdout.read(size)
        self._waiting_since = None
        if len(data) == size:
            if self._watch is None:
                self._watch = threading.Thread(target=self._watch_for_hang, name="watch", daemon=True)
                self._watch.start()
            return data
        self._unread = False
        return None

    def _watch_for_hang(self) -> None:
        while not self._over.wait(min(1.0, PATIENCE / 4)):
            since = self._waiting_since
            if since is not None and time.monotonic() - since > PATIENCE:
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
        if self._watch is not None:
            self._watch.join()
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
            self._log.close()
            self.stamps.close()

    def wait(self) -> None:
        """Until it has ended, which may take minutes: it is ended where the run is cancelled."""
        while True:
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(GLANCE)
                return
            checkpoint()

    def kill(self) -> None:
        """End it at once, from any thread: whoever feeds it gets RenderError, whoever reads it finds its end."""
        self.killed = True
        self._process.kill()

    def close(self) -> None:
        """End it, where its block was never entered."""
        self._unread = True
        with self:
            pass

    def lines(self) -> list[str]:
        """The lines that it has logged, once it has ended."""
        self._process.wait()
        self._log.seek(0)
        return [line for line in self._log.read().decode("utf-8", "replace").splitlines() if line.strip()]

    def _failure(self) -> RenderError:
        if self._hung:
            return RenderError(f"ffmpeg could not {self.task}: it hung for {PATIENCE:g} s; {DAMAGED}")
        return RenderError(f"ffmpeg could not {self.task}: {reason_of(self.lines())}")


def run(arguments: Sequence[str], task: str) -> None:
    """Run ffmpeg to its end.

    Args:
        arguments: ffmpeg's.
        task: completes "ffmpeg could not ..." should it fail.

    Raises:
        RenderError: it fails.
        Cancelled: the caller wants no more of it.
    """
    with Ffmpeg(arguments, task) as work:
        work.wait()
