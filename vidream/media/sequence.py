"""Pictures as a film: a folder of them, or a pattern such as frames/%05d.png."""

import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from vidream.media.picture_formats import PICTURES_READ

NUMBER = re.compile(r"%(?:0(\d{1,2}))?d")
MET = 9999  # pictures of two patterns that are looked at for a name that both give


@dataclass(frozen=True)
class Sequence:
    """Many pictures under one pattern, `frames/%05d.png`; what is written is numbered from 1, as ffmpeg numbers."""

    pattern: Path
    """With one number in its name, as %d or %05d."""

    def picture(self, number: int) -> Path:
        """The path of the picture of a number."""
        return self.pattern.with_name(NUMBER.sub(lambda match: f"{number:0{match[1] or 1}d}", self.pattern.name))

    def existing(self) -> Iterator[Path]:
        """The pictures of this pattern that exist, whatever their numbers; by number."""
        if not self.pattern.parent.is_dir():
            return
        start, _, end = NUMBER.split(self.pattern.name)
        similar = re.compile(re.escape(start) + r"([0-9]+)" + re.escape(end))
        matches = (similar.fullmatch(path.name) for path in self.pattern.parent.iterdir())
        for number in sorted(int(match[1]) for match in matches if match and self.names(match.string)):
            yield self.picture(number)

    def names(self, name: str) -> bool:
        """Whether the pattern gives a file this name, to the letter: f_%03d.png gives f_007.png, and not f_7.png."""
        start, _, end = NUMBER.split(self.pattern.name)
        number = name[len(start) : len(name) - len(end)]
        return number.isdecimal() and number.isascii() and self.picture(int(number)).name == name

    def meets(self, other: "Sequence") -> bool:
        """Whether two patterns give a picture the same name: x%03d.png and x0%d.png give x010.png. To MET pictures."""
        start, _, end = NUMBER.split(self.pattern.name)
        other_start, _, other_end = NUMBER.split(other.pattern.name)
        starts = start.startswith(other_start) or other_start.startswith(start)
        ends = end.endswith(other_end) or other_end.endswith(end)
        return starts and ends and any(other.names(self.picture(number).name) for number in range(1, MET + 1))


def sequence(path: Path, pictures: tuple[str, ...]) -> Sequence | None:
    """The sequence that a path stands for; None when it is the name of one file.

    Args:
        path: a pattern, or a file.
        pictures: the endings that pictures may have.
    """
    if path.suffix.lower() in pictures and len(NUMBER.findall(path.name)) == 1:
        return Sequence(path)
    return None


def pictures_of(path: Path) -> tuple[Path, ...]:
    """The pictures that a path stands for as a film; () when it stands for none.

    A folder's are taken in the order of their names, in which 2 comes before 10, and B after a.
    """
    try:
        if path.is_dir():
            return tuple(sorted(filter(_is_picture, path.iterdir()), key=_natural_order))
        pattern = sequence(path, PICTURES_READ)
        if pattern is None or path.exists():
            return ()
        return tuple(pattern.existing())
    except (OSError, ValueError):  # a name too long, a folder that may not be entered: told where it is opened
        return ()


def _is_picture(path: Path) -> bool:
    return path.suffix.lower() in PICTURES_READ and not path.name.startswith(".") and not _blocks(path)


def _blocks(path: Path) -> bool:
    """Whether it is a named pipe or a device, which would be waited for; a link that leads nowhere is told of later."""
    try:
        mode = path.stat().st_mode
    except OSError:
        return False
    return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))


def _natural_order(path: Path) -> tuple[list[tuple[int, str]], str]:
    """A key to sort paths by, by which numbers in names count as numbers."""
    key = []
    for part in re.split(r"(\d+)", path.name.casefold()):
        if part.isdecimal():
            key.append((int(part), ""))
        else:
            key.append((-1, part))
    return key, path.name
