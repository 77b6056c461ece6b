"""What was heard in a song, kept in the folder of a session: a film that goes on need not listen again."""

import tempfile
from contextlib import closing
from pathlib import Path
from typing import IO, Any

import numpy as np

from vidream.analysis import SAVED_NUMBERS, SAVED_ROWS, SongAnalysis, load, save
from vidream.errors import MediaError
from vidream.events import warn
from vidream.media.paths import disk_refusals
from vidream.render.arrays import read_arrays
from vidream.render.filenames import OWNER, session_names
from vidream.render.workfolder import Workfolder, folder_of


class KeptSong:
    """What was heard, under a name of its own in the folder of OUT's session; nothing where there is no session."""

    def __init__(self, out: Path, name: str) -> None:
        self.out, self.name = out, name

    def load(self) -> SongAnalysis | None:
        """What was kept; None if nothing was, or if it is damaged, which is warned of."""
        folder = self._folder()
        if folder is None:
            return None
        with closing(folder):
            if not folder.has(self.name):
                return None
            try:
                with folder.open(self.name) as file:
                    return read_song(file, folder.here() / self.name)
            except (OSError, ValueError) as error:
                warn(f"not the analysis of a sound ({error}); it is analysed anew", self.name)
                return None

    def save(self, song: SongAnalysis) -> None:
        """Keep it, if there is a session. RenderError if the disk refuses."""
        folder = self._folder()
        if folder is None:
            return
        with disk_refusals(self.out), closing(folder), tempfile.TemporaryDirectory() as aside:
            save(song, Path(aside) / self.name)
            folder.write(self.name, (Path(aside) / self.name).read_bytes())

    def _folder(self) -> Workfolder | None:
        folder = Workfolder.there(folder_of(self.out), session_names(self.out), self.out)
        if folder is not None and not folder.has(OWNER):
            folder.close()
            return None
        return folder


def read_song(file: IO[bytes], path: Path) -> SongAnalysis:
    """What was heard in a song, from a file that anybody may have written.

    Args:
        file: open, at its start.
        path: where it lies.

    Raises:
        ValueError: with the reason: it is something else, or is damaged.
        OSError: it cannot be read.
    """
    arrays = read_arrays(file, _fits)
    if not _is_valid(arrays):
        raise ValueError("its values are out of range")
    try:
        return load(path)
    except MediaError as error:
        raise ValueError(str(error)) from None


def _fits(name: str, shape: tuple[int, ...], dtype: "np.dtype[Any]") -> bool:
    """Whether an array is one of a SongAnalysis: a number, or a row of numbers, as its name says."""
    fits = (name in SAVED_NUMBERS and shape == ()) or (name in SAVED_ROWS and len(shape) == 1)
    return fits and dtype.kind in "fiu"


def _is_valid(arrays: dict[str, Any]) -> bool:
    """Whether the values are such as an analysis has."""
    if not all(np.isfinite(array).all() for array in arrays.values()):
        return False
    if not arrays.keys() >= SAVED_NUMBERS | SAVED_ROWS:
        return False
    if min(arrays["duration"], arrays["tempo"]) < 0 or arrays["hop"] <= 0 or arrays["metre"] < 1:
        return False
    return all((np.diff(arrays[name]) > 0).all() for name in ("beats", "bars", "sections"))
