"""A film of a show: recorded as it is shown, with the times of showing, and playable whatever ends it."""

import re
import shutil
import subprocess
from contextlib import suppress
from functools import cache
from math import inf
from pathlib import Path

from vidream.errors import MediaError, RenderError
from vidream.events import warn
from vidream.frames import Size
from vidream.live.backlog import Backlog
from vidream.live.encoder import LiveEncoder, check_h264, h264
from vidream.live.output import Shown
from vidream.media.ffmpeg import local
from vidream.media.files import create_file
from vidream.media.paths import check_out
from vidream.media.program import executable

RECORDED = (".mp4", ".mkv")
"""The endings of films that are recorded."""
CRF = "18"
FRAGMENT = 500  # milliseconds: what is lost at most, beside what waits, if all ends at once
WAITING = 2.0  # seconds of frames that wait at most
DRAIN = 20.0  # seconds in which what waits is encoded at the end
FULL = 2**20  # bytes: a disk with less has no room for the next frames
FINISH = 120.0  # seconds in which ffmpeg makes an ordinary film of it


class Recorder:
    """Writes frames into a film."""

    def __init__(self, path: Path, size: Size, rate: float, *, overwrite: bool = False) -> None:
        """Begin the film.

        Args:
            path: what check_recording lets pass.
            size: of every frame, px, even.
            rate: about how many come in a second.
            overwrite: whether what is there may be replaced.

        Raises:
            MediaError: it may not be replaced; it cannot be written; there is no encoder.
        """
        check_h264(str(path))
        self._path, self._made, self._frames, self._broken = path, False, 0, False
        self._begin(overwrite=overwrite)
        arguments = [*h264(rate, "-crf", CRF), *_muxer(path), local(path)]
        self._encoder = LiveEncoder(size, arguments, f"write {path}")
        self._backlog = Backlog(self._write, size, rate, WAITING)

    @property
    def trouble(self) -> str:
        """How many frames it lacks; "" where it has all."""
        if self._backlog.left_out:
            return f"{self}: {self._backlog.left_out} frames are left out, since they come faster than it is written"
        return ""

    def __str__(self) -> str:
        return str(self._path)

    def show(self, shown: Shown) -> None:
        try:
            self._backlog.put(shown)
        except RenderError:
            self._broken = True
            raise

    def close(self) -> None:
        """End the film: an .mp4 becomes an ordinary one, for every player. A film without frames is taken away."""
        if not self._backlog.close(DRAIN):
            self._encoder.kill()
        try:
            self._encoder.close(FINISH)
        except RenderError as error:
            if not self._broken:  # else it was told where it was shown
                warn(str(self._fault(error)))
        if self._made and not self._frames:
            with suppress(OSError):
                self._path.unlink()

    def _begin(self, *, overwrite: bool) -> None:
        """Make the file, unless it is there and may be replaced; nobody's file is in its place since a moment ago."""
        try:
            with create_file(self._path):
                self._made = True
        except FileExistsError:
            if not overwrite:
                raise MediaError(f"{self._path}: is there already; --overwrite replaces it") from None
        except OSError as error:
            raise MediaError(f"{self._path}: cannot be written: {error.strerror}") from None

    def _write(self, shown: Shown) -> None:
        try:
            self._encoder.write(shown)
        except RenderError as error:
            raise self._fault(error) from None
        self._frames += 1

    def _fault(self, error: RenderError) -> RenderError:
        """Why ffmpeg has failed: its log may lie on the disk that is full, and say nothing."""
        if _free(self._path) < FULL:
            return RenderError(f"{self}: the disk is full; what was written can be played")
        return error


def check_recording(path: Path, *, overwrite: bool = False, sources: tuple[Path, ...] = ()) -> None:
    """Raise MediaError unless a film can be recorded there.

    Args:
        path: where; its ending is one of RECORDED.
        overwrite: whether what is there may be replaced.
        sources: files that are read, which are never replaced.
    """
    check_out(path, overwrite, sources, RECORDED)


def _free(path: Path) -> float:
    """Bytes that are free on the disk of a file."""
    try:
        return shutil.disk_usage(path.parent).free
    except OSError:
        return inf


def _muxer(path: Path) -> tuple[str, ...]:
    """Ffmpeg's arguments for a file that can be played to where it was written, whatever becomes of ffmpeg."""
    if path.suffix.lower() == ".mkv":
        return ("-f", "matroska", "-cluster_time_limit", str(FRAGMENT), "-flush_packets", "1")
    pieces = ("-frag_duration", str(FRAGMENT * 1000), "-flush_packets", "1")
    if _makes_whole():
        return ("-f", "mp4", "-movflags", "+hybrid_fragmented", *pieces)
    return ("-f", "mp4", "-movflags", "+empty_moov+default_base_moof", *pieces)


@cache
def _makes_whole() -> bool:
    """Whether this ffmpeg makes an ordinary film of pieces when it ends, as those since 8.0 do."""
    command = [executable(), "-hide_banner", "-nostdin", "-h", "muxer=mp4"]
    manual = subprocess.run(command, capture_output=True, stdin=subprocess.DEVNULL, check=False).stdout
    return re.search(rb"^ +hybrid_fragmented ", manual, re.MULTILINE) is not None
