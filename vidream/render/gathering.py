"""A film whose parts are made elsewhere: what comes back, and the session that keeps it."""

from collections.abc import Collection
from dataclasses import asdict, dataclass
from pathlib import Path

from vidream.errors import RenderError
from vidream.media.paths import disk_refusals
from vidream.media.sequence import sequence
from vidream.media.still import PICTURES
from vidream.render import kept
from vidream.render.fingerprint import BY_A_CLUSTER
from vidream.render.remains import NUMBERED, glanced
from vidream.render.session import Session

PARTS = "parts.json"


@dataclass(frozen=True)
class Pieces:
    """A part of a film: its first output frame, how many, the first of each segment, and the files (name, content)."""

    first: int
    frames: int
    segments: list[int]
    files: list[tuple[str, bytes]]


class Gathering(Session):
    """A film whose parts are made elsewhere, in any order. `taken` holds the first frames of those that are here."""

    def _open(self) -> None:
        self.belongs["how"] = BY_A_CLUSTER
        super()._open()
        self._parts: dict[int, kept.Part] = self.read(PARTS, kept.parts) or {}
        if not self.finished:
            self.frames = sum(part.frames for part in self._parts.values())
            self.check_made([number for first in self._parts for number in self._numbers(first)])

    def _numbers(self, first: int) -> Collection[int]:
        """Of a part's files."""
        part = self._parts[first]
        return range(first + 1, first + part.frames + 1) if self._many else part.segments

    @property
    def taken(self) -> set[int]:
        return set(self._parts)

    def take(self, pieces: Pieces) -> None:
        """Keep a part; it counts from now on. RenderError if it is not one that a node can have made."""
        try:
            part = kept.part(pieces.first, pieces.frames, list(pieces.segments))
        except ValueError as error:
            raise RenderError(f"{self.out}: what a node has sent {error}") from None
        strange = [name for name, _ in pieces.files if not self._is_of(name, pieces)]
        if strange:
            raise RenderError(f"{self.out}: a node has sent {strange[0]}, which is no part of it")
        with disk_refusals(self.out, "; what is done stays"):
            for name, content in pieces.files:
                self.folder.write(name, content)
            self._parts[pieces.first] = part
            self.save(PARTS, {str(first): asdict(each) for first, each in self._parts.items()})
            self.frames += pieces.frames

    def _is_of(self, name: str, pieces: Pieces) -> bool:
        """Whether a file is one of a part's: a film, or a picture, numbered from 1."""
        ending = self.out.suffix if sequence(self.out, PICTURES) else ".mp4"
        if not NUMBERED.fullmatch(name) or Path(name).suffix != ending:
            return False
        return pieces.first <= int(Path(name).stem) <= pieces.first + pieces.frames

    def finish(self) -> None:
        if not self.finished:
            self.firsts = sorted(first for part in self._parts.values() for first in part.segments)
        super().finish()


def frames_gathered(out: Path) -> int:
    """Output frames that have come home, of a film that is made in parts."""
    return sum(part.frames for part in (glanced(out, PARTS, kept.parts) or {}).values())
