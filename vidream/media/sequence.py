"""Pictures as a film: a folder of them, or a pattern such as frames/%05d.png."""

import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from vidream.media.codecs import PICTURES_READ

NUMBER = re.compile(r"%(?:0(\d{1,2}))?d")
MET = 9999  # pictures of two patterns that are looked at for a name that both give


@dataclass(frozen=True)
class Sequence:
    """Many pictures under one pattern, `frames/%05d.png`; what is written is numbered from 1, as ffmpeg numbers."""

    pattern: Path

    def picture(self, number: int) -> Path:
        return self.pattern.with_name(NUMBER.sub(lambda match: f"{number:0{match[1] or 1}d}", self.pattern.name))

    def there(self) -> Iterator[Path]:
        """The pictures of this pattern, whatever their numbers, that are there already; by number."""
        before, _, after = NUMBER.split(self.pattern.name)
        likely = re.compile(re.escape(before) + r"([0-9]+)" + re.escape(after))
        if self.pattern.parent.is_dir():
            found = (likely.fullmatch(path.name) for path in self.pattern.parent.iterdir())
            for number in sorted(int(match[1]) for match in found if match and self.names(match.string)):
                yield self.picture(number)

    def names(self, name: str) -> bool:
        """Whether the pattern gives a file this name, to the letter: f_%03d.png gives f_007.png, and not f_7.png."""
        before, _, after = NUMBER.split(self.pattern.name)
        number = name[len(before) : len(name) - len(after)]
        return number.isdecimal() and number.isascii() and self.picture(int(number)).name == name

    def meets(self, other: "Sequence") -> bool:
        """Whether two patterns give a picture the same name: x%03d.png and x0%d.png give x010.png. To MET pictures."""
        (before, _, after), (one, _, two) = NUMBER.split(self.pattern.name), NUMBER.split(other.pattern.name)
        starts = before.startswith(one) or one.startswith(before)
        ends = after.endswith(two) or two.endswith(after)
        return starts and ends and any(other.names(self.picture(number).name) for number in range(1, MET + 1))


def sequence(path: Path, pictures: tuple[str, ...]) -> Sequence | None:
    """The sequence that a path stands for; None when it is the name of one file."""
    if path.suffix.lower() in pictures and len(NUMBER.findall(path.name)) == 1:
        return Sequence(path)
    return None


def pictures_of(path: Path) -> tuple[Path, ...]:
    """The pictures that a path stands for as a film; () when it stands for none.

    A folder's are taken in the order of their names, in which 2 comes before 10, and B after a.
    """
    try:
        if path.is_dir():
            found = (file for file in path.iterdir() if file.suffix.lower() in PICTURES_READ and not _waits(file))
            return tuple(sorted((file for file in found if not file.name.startswith(".")), key=_natural))
        many = None if path.exists() else sequence(path, PICTURES_READ)
        return tuple(many.there()) if many else ()
    except (OSError, ValueError):  # a name too long, a folder that may not be entered: told where it is opened
        return ()


def _waits(path: Path) -> bool:
    """Whether it is a named pipe or a device, which would be waited for; a link that leads nowhere is told of later."""
    try:
        mode = path.stat().st_mode
    except OSError:
        return False
    return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))


def _natural(path: Path) -> tuple[list[tuple[int, str]], str]:
    parts = re.split(r"(\d+)", path.name.casefold())
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in parts], path.name
