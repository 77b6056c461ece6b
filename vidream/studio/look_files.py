"""Looks that people have saved: TOML files in FOLDER/looks, or in FOLDER itself; by name, never by a path."""

from collections.abc import Iterator
from pathlib import Path

from vidream.config.toml import read_toml
from vidream.config.toml_writer import toml_text
from vidream.errors import ConfigError, MediaError, VidreamError, nearest
from vidream.jobs.jobfile import TABLES
from vidream.jobs.names import Naming
from vidream.jobs.side_file import SideFile
from vidream.text import printable

LOOKS = "looks"
"""The folder in FOLDER in which looks are saved."""
ENDING = ".toml"
MOST = 500
"""Looks that are listed."""


def saved_looks(root: Path) -> list[str]:
    """The names of the looks in a folder, relative to it, with / between: "looks/mine.toml"."""
    found: list[str] = []
    for folder in (root / LOOKS, root):
        for path in _tomls(folder):
            if len(found) < MOST and is_inside(root, path) and _is_look(path):
                found.append(path.relative_to(root).as_posix())
    return found


def _tomls(folder: Path) -> Iterator[Path]:
    try:
        yield from sorted(path for path in folder.glob(f"[!.]*{ENDING}") if path.is_file())
    except OSError:
        return


def _is_look(path: Path) -> bool:
    try:
        table = read_toml(path, path.name)
    except VidreamError:
        return False
    return bool(table) and table.keys().isdisjoint(TABLES)  # a job file is none, nor one that is emptied


def is_inside(root: Path, path: Path) -> bool:
    """Whether a path, its links resolved, lies in a folder."""
    return path.resolve().is_relative_to(root.resolve())


def look_path(root: Path, name: str) -> Path:
    """Where a look lies.

    Args:
        root: FOLDER.
        name: as `saved_looks` lists it.

    Raises:
        ConfigError: there is none of that name.
    """
    if not _is_saved(root, name):
        looks = saved_looks(root)
        known = nearest(name, looks) if looks else "none is saved yet"
        raise ConfigError(f"--preset {printable(name[:80])}: no look of the studio's folder has that name; {known}")
    return root / name


def _is_saved(root: Path, name: str) -> bool:
    """Whether a look is called so: asked at each turn of a knob, so no other file is read."""
    folder, _, file = name.rpartition("/")
    if folder not in ("", LOOKS) or file != Path(file).name or file.startswith(".") or not file.endswith(ENDING):
        return False
    path = root / name
    try:
        return path.is_file() and is_inside(root, path) and _is_look(path)
    except (OSError, ValueError):  # no name that a file may have
        return False


def file_name(name: str) -> str:
    """The name of the file that a look is saved in, whatever a person calls it. ConfigError: it has no letter."""
    given = name.strip().removesuffix(ENDING).strip()
    if not given or not any(letter.isalnum() for letter in given):
        raise ConfigError("name: must be the look's name, such as red-coral")
    return Naming("{stem}.toml", {"stem": given}, {}, {}).name()


def save_look(root: Path, name: str, text: str, *, beside_files: bool, overwrite: bool) -> str:
    """Write a look, whole or not at all.

    Args:
        root: FOLDER.
        name: what a person calls it.
        text: the TOML text.
        beside_files: it follows files in FOLDER, and so must lie beside these; else in the folder of looks.
        overwrite: whether a look of that name may be replaced.

    Returns:
        Its name, relative to FOLDER.

    Raises:
        MediaError: there is one of that name, or it cannot be written.
    """
    folder = root if beside_files else root / LOOKS
    if not is_inside(root, folder):
        raise MediaError(f"{LOOKS}: leads out of the studio's folder; looks are saved in it alone")
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise MediaError(f"{folder.name}: cannot be made: {error.strerror}") from None
    path = folder / file_name(name)
    if path.is_symlink():
        raise MediaError(f"{path.name}: is a link; give the look another name")
    if path.exists() and not overwrite:
        raise MediaError(f"{path.relative_to(root).as_posix()}: is there already; give another name, or overwrite it")
    with SideFile(path, ENDING, overwrite).open() as fresh:
        fresh.write_text(text, encoding="utf-8")
    return path.relative_to(root).as_posix()


def headline(name: str) -> str:
    """The first line of a saved look, which says what it is."""
    return f"# {toml_text(name)[1:-1]}\n"
