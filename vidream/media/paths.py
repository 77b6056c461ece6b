"""What may be read, what may be written, and what is there already: asked before any work is done."""

import errno
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from vidream.errors import MediaError, RenderError, nearest
from vidream.frames import Size
from vidream.media.files import FRESH, kind_of, move_file, target_of
from vidream.media.picture_formats import PICTURES_READ
from vidream.media.sequence import pictures_of, sequence

DISK = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EROFS, errno.EACCES, errno.EPERM, errno.ENAMETOOLONG}
DISK |= {errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.ELOOP, errno.ESTALE, errno.ETIMEDOUT, errno.ENOTCONN}


FILMS = (".mov", ".mp4", ".mkv")
OTHER_FILMS = (".avi", ".mxf", ".m4v", ".mpg", ".mpeg", ".ts", ".m2ts", ".mts", ".wmv", ".flv", ".ogv", ".3gp")
"""Endings of films that are not written."""
SONGS = (
    ".wav",
    ".mp3",
    ".flac",
    ".m4a",
    ".ogg",
    ".oga",
    ".opus",
    ".aac",
    ".aif",
    ".aiff",
    ".aifc",
    ".ac3",
    ".caf",
    ".au",
    ".w64",
)
"""Endings of sounds without a picture that are offered to be heard; one of another ending is read, too."""


def check_source(path: Path, kind: str) -> None:
    """Raise MediaError unless there is a file to read.

    Args:
        path: the file.
        kind: "film", "picture", "sound" or "file".
    """
    try:
        if path.is_dir():
            raise MediaError(f"{path}: {_of_folder(path, kind)}")
        if not path.exists():
            raise MediaError(f"{path}: no such file")
        if not path.is_file():
            raise MediaError(f"{path}: {kind_of(path.stat().st_mode)}, not a file; save a {kind} from it first")
        if not os.access(path, os.R_OK):
            raise MediaError(f"{path}: may not be read; change its permissions")
    except (OSError, ValueError) as error:  # a name too long, a folder that may not be entered
        raise MediaError(f"{path}: cannot be read: {getattr(error, 'strerror', None) or error}") from None


def _of_folder(path: Path, kind: str) -> str:
    """Why a folder cannot be read as a film, a picture, a sound or a file: of a film, it has no pictures."""
    if not os.access(path, os.R_OK | os.X_OK):
        return "a folder that may not be read; change its permissions"
    if kind in ("film", "file") and not pictures_of(path):
        return f"a folder without pictures ({' '.join(PICTURES_READ)}); name a film in it, or a folder of pictures"
    return f"a folder, not a {kind}; name a {kind} in it"


def check_pixels(path: Path, size: Size, most: int) -> None:
    """Raise MediaError if a picture of `size` has more px than `most`, before any memory is taken for it."""
    if size.width * size.height > most:
        raise MediaError(f"{path}: claims {size}, more than --max-pixels {most} allows; raise that if it is meant")


def check_out(
    out: Path, overwrite: bool, sources: Iterable[Path | None], endings: tuple[str, ...], pictures: tuple[str, ...] = ()
) -> None:
    """Raise MediaError unless OUT can be written: its ending, its folder, what is there already.

    Args:
        out: a file with one of `endings`, or a sequence of one of `pictures`.
        overwrite: whether what is there may be replaced; what is read never is.
        sources: what is read; None for what is no file.
        endings: those that one file may have.
        pictures: those that the pictures of a sequence may have; empty where there can be no sequence.
    """
    try:
        _check_out(out, overwrite, sources, endings, pictures)
    except (OSError, ValueError) as error:
        raise MediaError(f"{out}: cannot be written: {getattr(error, 'strerror', None) or error}") from None


def _check_out(
    out: Path, overwrite: bool, sources: Iterable[Path | None], endings: tuple[str, ...], pictures: tuple[str, ...]
) -> None:
    ending, pattern = out.suffix.lower(), sequence(out, pictures)
    if ending in pictures and not pattern:
        raise MediaError(f"{out}: one picture cannot hold a film; give a pattern with one number, frames/%05d{ending}")
    if ending not in endings and not pattern:
        fault = f"ends in {out.suffix}" if ending else "has no ending"
        raise MediaError(f"{out}: {fault}; {_other_ending(out, endings, pictures)}")
    folder = _destination(out).parent
    if pattern and not _destination(folder).exists():
        folder = folder.parent  # the folder of a sequence is made with it
    _check_folder(out, folder)
    if out.is_dir():
        raise MediaError(f"{out}: a folder; name a file")
    existing = list(pattern.existing()) if pattern else [path for path in [out] if path.exists()]
    for path in existing:
        if pattern and path.is_symlink():
            raise MediaError(f"{path}: a link; frames do not replace links; remove it, or choose another folder")
        if not path.is_file():
            raise MediaError(f"{path}: {kind_of(path.stat().st_mode)}; a file does not replace it; name another")
    source_files = {_identity(source) for source in sources if source is not None and source.exists()}
    if any(_identity(path) in source_files for path in existing):
        raise MediaError(f"{out}: is the source itself, or is read beside it; name another file")
    if existing and not overwrite:
        raise MediaError(_of_existing(out, existing))


def _other_ending(out: Path, endings: tuple[str, ...], pictures: tuple[str, ...]) -> str:
    """What to do about an ending that is not known: films have films in its place, one file has no pictures."""
    ending, films = out.suffix.lower(), [film for film in FILMS if film in endings]
    if ending in OTHER_FILMS and films:
        return f"give {' or '.join(films)}"
    several = pictures if "%" in out.name else ()
    answer = nearest(ending, (*endings, *several), cutoff=0.6)
    if pictures and not several and not answer.startswith("did you mean"):
        answer += f", or pictures, frames/%05d{pictures[0]}"
    return answer


def _check_folder(out: Path, folder: Path) -> None:
    """Raise MediaError unless OUT can be made in a folder."""
    private = next((parent for parent in (folder, *folder.absolute().parents) if parent.suffix == ".vidream"), None)
    if private is not None:
        raise MediaError(f"{out}: lies in {private}, where vidream keeps its own; choose another folder")
    parent = next((parent for parent in (folder, *folder.parents) if parent.exists()), folder)
    if parent.exists() and not parent.is_dir():
        raise MediaError(f"{out}: {parent} is {kind_of(parent.stat().st_mode)}, not a folder; name another file")
    if not folder.is_dir():
        raise MediaError(f"{out}: the folder {folder} does not exist; make it first")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise MediaError(f"{out}: the folder {folder} is not writable; choose another")


def _of_existing(out: Path, existing: list[Path]) -> str:
    """What to do about what is there already."""
    if len(existing) == 1:
        return f"{existing[0]}: is there already; --overwrite replaces it"
    return (
        f"{out}: {len(existing)} pictures are there already, first {existing[0]}; --overwrite replaces those that it "
        "writes over, and removes what an earlier, longer render of its own has left; all others stay"
    )


def check_outside(folder: Path, sources: Iterable[Path]) -> None:
    """Raise MediaError if any source lies in a folder that vidream clears: it would be removed, too."""
    real = Path(os.path.realpath(folder))
    for path in sources:
        if real in Path(os.path.realpath(path)).parents:
            reason = "lies where vidream keeps what it makes, which goes when the film is there"
            raise MediaError(f"{path}: {reason}; move it elsewhere first")


def _destination(out: Path) -> Path:
    """What OUT stands for. MediaError if it is a link that leads nowhere: nobody knows what was meant."""
    target = target_of(out)
    if out.is_symlink() and not target.exists():
        raise MediaError(f"{out}: a link to {target}, which is not there; name that itself, or remove the link")
    return target


def _identity(path: Path) -> tuple[int, int]:
    """The same for two names of one file."""
    status = path.stat()
    return status.st_dev, status.st_ino


@contextmanager
def disk_refusals(out: Path, consequence: str = "") -> Iterator[None]:
    """What the disk refuses in the block (it is full, it is read-only) is raised as RenderError that names OUT.

    Args:
        out: what is being made.
        consequence: what follows from it, with its semicolon; every RenderError from the block ends with it.
    """
    try:
        yield
    except OSError as error:
        if error.errno not in DISK:
            raise
        raise RenderError(f"{out}: cannot be written: {error.strerror}{consequence}") from None
    except RenderError as error:
        raise RenderError(f"{error}{consequence}") from None


@contextmanager
def replacing(out: Path, *, overwrite: bool = True, sources: Iterable[Path] = ()) -> Iterator[Path]:
    """A path to write a file to, which takes the place of OUT when the block ends well; else nothing has changed.

    Args:
        out: where the file is to be; a link there is followed.
        overwrite: whether what is there may be replaced.
        sources: what the file is made of: it will be no more readable than any of them.

    Raises:
        MediaError: there is something, and it may not be replaced.
        RenderError: the disk refuses.
    """
    with workshop(out) as folder:
        path = folder / out.name
        yield path
        move_file(path, out, overwrite=overwrite, sources=sources)


@contextmanager
def workshop(out: Path) -> Iterator[Path]:
    """A hidden folder beside OUT to make things in, on the same disk, so that they can be moved into place.

    It is gone when the block ends, however it ends.

    Raises:
        RenderError: the disk refuses, there or in the block.
    """
    parent = target_of(out).absolute().parent
    if not parent.exists():
        parent = parent.parent  # the folder of a sequence is made with it
    with disk_refusals(out):
        folder = Path(tempfile.mkdtemp(prefix=FRESH, dir=parent))
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)
