"""What was heard in songs, kept in a folder for whatever is made of them next: a film, a preview, a timeline."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from pathlib import Path

from vidream.analysis import SongAnalysis, save
from vidream.events import warn
from vidream.jobs.kept_song import read_song

MOST_KEPT = 200
"""Songs in a folder: some 2 MB each for five minutes. The ones that were used longest ago go."""

_FOLDER: ContextVar[Path | None] = ContextVar("vidream_songs", default=None)


@contextmanager
def songs_kept_in(folder: Path) -> Iterator[None]:
    """Within the block, what is heard in songs is kept in a folder, and not listened to where it is there already.

    A thread that is begun within has none of it, unless it runs in a copy of the context.

    Args:
        folder: that exists; nothing else should be in it.
    """
    token = _FOLDER.set(folder)
    try:
        yield
    finally:
        _FOLDER.reset(token)


class ShelvedSong:
    """What was heard in a song, under a name of its own in the folder of `songs_kept_in`; nothing without one."""

    def __init__(self, name: str) -> None:
        folder = _FOLDER.get()
        self._path = None if folder is None else folder / name

    @property
    def there(self) -> bool:
        """Whether anything is kept."""
        return self._path is not None and self._path.is_file()

    def load(self) -> SongAnalysis | None:
        """What was kept; None if nothing was, or if it is damaged, which is warned of."""
        if self._path is None or not self._path.is_file():
            return None
        try:
            with self._path.open("rb") as file:
                song = read_song(file, self._path)
            os.utime(self._path)
        except (OSError, ValueError) as error:
            warn(f"not the analysis of a sound ({error}); it is analysed anew", self._path)
            return None
        return song

    def save(self, song: SongAnalysis) -> None:
        """Keep it, whole; where the disk refuses, a warning says so: the song is listened to again another time."""
        if self._path is None:
            return
        aside = self._path.with_name(f"{self._path.stem}.{os.getpid()}.part")
        try:
            save(song, aside)
            aside.replace(self._path)
        except OSError as error:
            with suppress(OSError):
                aside.unlink(missing_ok=True)
            warn(f"cannot be written: {error.strerror}; the song will be listened to again", self._path)
            return
        _make_room(self._path.parent)


def _make_room(folder: Path) -> None:
    """Take away the songs that were used longest ago, where there are too many."""
    kept = sorted(folder.glob("heard-*.npz"), key=lambda path: path.stat().st_mtime)
    for path in kept[:-MOST_KEPT]:
        path.unlink(missing_ok=True)
