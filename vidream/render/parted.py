"""A film whose parts are made elsewhere: what comes back, and the session that keeps it."""

from dataclasses import asdict, dataclass, replace
from itertools import chain
from pathlib import Path

from vidream.errors import RenderError
from vidream.media.paths import disk_refusals
from vidream.render import kept
from vidream.render.fingerprint import BY_A_CLUSTER
from vidream.render.remains import digest_of, glanced
from vidream.render.session import Placed, Session

PARTS = "parts.json"


@dataclass(frozen=True)
class RenderedPart:
    """A part of a film: its first output frame, how many, the first of each segment, and the files (name, content)."""

    first: int
    frames: int
    segments: list[int]
    files: list[tuple[str, bytes]]


class PartedSession(Session):
    """A film whose parts are made elsewhere, in any order. `taken` holds the first frames of those that are here."""

    def _open(self) -> None:
        self.belongs["how"] = BY_A_CLUSTER
        super()._open()
        self._parts: dict[int, kept.Part] = self.read(PARTS, kept.parts) or {}
        if not self.finished:
            self.frames = sum(part.frames for part in self._parts.values())
            for first, part in self._parts.items():
                self.digests |= zip(part.segments, part.digests, strict=True)
                self.check_made(part.segments, first + part.frames)

    @property
    def taken(self) -> set[int]:
        return set(self._parts)

    def take(self, pieces: RenderedPart) -> None:
        """Keep a part; it counts from now on. RenderError if it is not one that a node can have made."""
        try:
            part = kept.part(pieces.first, pieces.frames, list(pieces.segments), [])
        except ValueError as error:
            raise RenderError(f"{self.out}: what a node has sent {error}") from None
        ends = [*part.segments[1:], pieces.first + pieces.frames]
        names = [self.maker.names(first, end) for first, end in zip(part.segments, ends, strict=True)]
        sent, made = {name for name, _ in pieces.files}, set(chain.from_iterable(names))
        if sent - made:
            raise RenderError(f"{self.out}: a node has sent {min(sent - made)}, which is no part of it")
        if made - sent:
            raise RenderError(f"{self.out}: a node has not sent {min(made - sent)}, which is a part of it")
        with disk_refusals(self.out, "; what is done stays"):
            for name, content in pieces.files:
                self.folder.write(name, content)
            part = replace(part, digests=tuple(digest_of(each, self.folder.open) for each in names))
            self.digests |= zip(part.segments, part.digests, strict=True)
            self._parts[pieces.first] = part
            self.save(PARTS, {str(first): asdict(each) for first, each in self._parts.items()})
            self.frames += pieces.frames

    def finish(self, placed: Placed | None = None) -> None:
        if not self.finished:
            self.firsts = sorted(first for part in self._parts.values() for first in part.segments)
        super().finish(placed)


def frames_of_parts(out: Path) -> int:
    """Output frames that have come home, of a film that is made in parts."""
    return sum(part.frames for part in (glanced(out, PARTS, kept.parts) or {}).values())
