"""A film whose parts are rendered elsewhere: what comes back, and the session that keeps it."""

from dataclasses import asdict, dataclass, replace
from itertools import chain
from pathlib import Path

from vidream.errors import OtherKind, RenderError
from vidream.media.paths import disk_refusals
from vidream.render.fingerprint import BY_A_CLUSTER, SINCE_THREADS
from vidream.render.journal import Part, checked_part, read_parts
from vidream.render.leftovers import digest_of_files, peek
from vidream.render.session import Placed, Session

PARTS = "parts.json"
"""The file that says which parts are there."""


@dataclass(frozen=True)
class RenderedPart:
    """A part of a film, as whoever rendered it sends it."""

    first: int
    """Its first output frame."""
    frames: int
    """Its output frames."""
    segments: list[int]
    """The first output frame of each of its segments."""
    files: list[tuple[str, bytes]]
    """(name, content) of the files of its segments."""
    kind: str = ""
    """Of which kind it is: see vidream.render.fingerprint.kind_of_part; "": nobody has said."""


class PartedSession(Session):
    """A film whose parts are rendered elsewhere, in any order."""

    def take_up(self) -> None:
        """Look at what an earlier run left, its parts among it."""
        self.fingerprint["how"] = BY_A_CLUSTER
        for name in SINCE_THREADS:  # this machine dreams nothing; of the nodes, each part says it
            self.fingerprint.pop(name, None)
        super().take_up()
        self._parts: dict[int, Part] = self.read(PARTS, read_parts) or {}
        if self.finished:
            return
        self.segments.frames = sum(part.frames for part in self._parts.values())
        for first, part in self._parts.items():
            self.segments.digests |= zip(part.segments, part.digests, strict=True)
            try:
                self.segments.check(part.segments, first + part.frames)
            except ValueError as error:
                raise self.damaged(str(error)) from None

    @property
    def taken(self) -> set[int]:
        """The first output frame of each part that is here."""
        return set(self._parts)

    def has(self, frame: int) -> bool:
        """Whether an output frame is in a part that is here."""
        return any(first <= frame < first + part.frames for first, part in self._parts.items())

    @property
    def kind(self) -> str:
        """Of which kind its parts are; "" while there is none that says so."""
        return next((part.kind for part in self._parts.values() if part.kind), "")

    def add(self, rendered: RenderedPart) -> None:
        """Keep a part; it counts from now on.

        Raises:
            RenderError: it is not one that a node can have made.
            OtherKind: it is of another kind than those that are here.
        """
        if self.kind and rendered.kind and rendered.kind != self.kind:
            raise OtherKind(
                f"{self.out}: its part is of another kind ({rendered.kind}) than those that are here ({self.kind}), "
                "and would look otherwise; make it of that kind, or begin anew with --fresh"
            )
        try:
            part = checked_part(rendered.first, rendered.frames, list(rendered.segments), [])
        except ValueError as error:
            raise RenderError(f"{self.out}: what a node has sent {error}") from None
        ends = [*part.segments[1:], rendered.first + rendered.frames]
        names = [self.output.names(first, end) for first, end in zip(part.segments, ends, strict=True)]
        sent, expected = {name for name, _ in rendered.files}, set(chain.from_iterable(names))
        if sent - expected:
            raise RenderError(f"{self.out}: a node has sent {min(sent - expected)}, which is no part of it")
        if expected - sent:
            raise RenderError(f"{self.out}: a node has not sent {min(expected - sent)}, which is a part of it")
        with disk_refusals(self.out, "; what is done stays"):
            for name, content in rendered.files:
                self.folder.write(name, content)
            part = replace(
                part, kind=rendered.kind, digests=tuple(digest_of_files(files, self.folder.open) for files in names)
            )
            self.segments.digests |= zip(part.segments, part.digests, strict=True)
            self._parts = {**self._parts, rendered.first: part}  # another thread may go through those from before
            self.save(PARTS, {str(first): asdict(entry) for first, entry in self._parts.items()})
            self.segments.frames += rendered.frames

    def finish(self, placed: Placed | None = None) -> None:
        """Make OUT of the parts, and take the folder away; see Session.finish.

        Raises:
            RenderError: what nodes have sent has a gap.
        """
        after = 0
        for first, part in sorted(self._parts.items()):
            if first != after:
                problem = f"its parts do not meet: one ends before frame {after}, the next begins with {first}"
                raise RenderError(f"{self.out}: {problem}; --fresh begins anew")
            after = first + part.frames
        if not self.finished:
            self.segments.firsts = sorted(first for part in self._parts.values() for first in part.segments)
        super().finish(placed)


def frames_of_parts(out: Path) -> int:
    """Output frames that are here, of a film that is made in parts."""
    return sum(part.frames for part in (peek(out, PARTS, read_parts) or {}).values())
