"""Taking up what an earlier run left: what may be gone on with, what is begun anew, what is refused.

OUT.vidream/ holds the film's segments, the state that the last of them hands on, and two small files: `session.json`
says what the run belongs to, `progress.json` how far it is. A segment counts when progress.json says so, and that is
written last and renamed into place: whenever the run is cut short, what progress.json names is whole.
"""

import json
import os
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any, TypeVar

from vidream.config import Files
from vidream.errors import MediaError
from vidream.frames import Size
from vidream.media.files import stamp_of, target_of
from vidream.media.join import RUSH
from vidream.media.picture_formats import PICTURES
from vidream.media.sequence import Sequence, sequence
from vidream.render.filenames import BEFORE_OWNER, OWNER, PRODUCT, PROGRESS, session_names
from vidream.render.fingerprint import UNSAID, changes, is_key_of, is_whole, other_way
from vidream.render.journal import Progress, read_fingerprint, read_progress
from vidream.render.leftovers import is_unaltered, read_or_none, unplaced
from vidream.render.output import Output
from vidream.render.segments import Segments
from vidream.render.workfolder import Workfolder, folder_of

T = TypeVar("T")


@dataclass(frozen=True)
class Provenance:
    """What OUT is made of."""

    fingerprint: Mapping[str, Any]
    """What tells it from another run: see vidream.render.fingerprint."""
    sources: tuple[Path, ...] = ()
    """The files that it is made of; OUT will be no more readable than any of them."""
    folders: tuple[Path, ...] = ()
    """Folders that were named as sources; OUT will be no more readable than any of them."""
    asked: Mapping[str, str] = field(default_factory=dict)
    """How its knobs were asked for: see vidream.render.fingerprint.asked_for."""


class SessionFolder:
    """The folder of a session, and what in it may be gone on with."""

    segments: Segments
    """What is safe, and what is being written."""
    complete: bool
    """All frames are made."""
    finished: bool
    """They are joined, too, with what goes under them."""

    def __init__(
        self,
        output: Output,
        provenance: Provenance,
        *,
        files: Files | None = None,
        first: int = 0,
        sizes: Collection[Size] = (),
    ) -> None:
        """The folder of OUT's session, not yet looked at.

        Args:
            output: what is made in the end.
            provenance: what it is made of.
            files: `fresh`: begin anew; `overwrite`: what is at OUT may be replaced; None: neither.
            first: the output frame that it begins with.
            sizes: px, that the pictures of a state may have.
        """
        files = files or Files()
        self.output, self.out, self.fingerprint = output, output.out, dict(provenance.fingerprint)
        self._asked = provenance.asked
        self.fresh, self.overwrite, self.sizes = files.fresh, files.overwrite, sizes
        self.folder = Workfolder(folder_of(self.out), session_names(self.out), self.out)
        self.segments = Segments(self.folder, output, first)
        self.finished, self.complete = False, False
        self._pictures = sequence(self.out, PICTURES)
        self._place = ""
        if self._pictures:
            self._place = self._relative(self.out)
        self._private = [*provenance.sources, *provenance.folders]
        self._stamps = {path: stamp_of(path) for path in provenance.sources}

    @property
    def engine(self) -> str:
        """The label of what computes the gradients of its frames."""
        return str(self.fingerprint.get("engine", UNSAID["engine"]))

    @property
    def frames(self) -> int:
        """Output frames that are safe."""
        return self.segments.frames

    def take_up(self) -> None:
        """Look at what an earlier run left, and go on with it or begin anew. The folder must be open.

        Raises:
            MediaError: it is of something else, or damaged.
        """
        owner = read_or_none(self.folder, OWNER, read_fingerprint) or {}
        if owner.get("out", self._place) != self._place:
            raise MediaError(
                f"{self.folder.path}: holds frames of {owner['out']}, which is another output than {self.out}; "
                "finish that first, or name another file"
            )
        if self.fresh:
            progress = read_or_none(self.folder, PROGRESS, read_progress)
            if progress is not None:
                self._check_strangers(owner, progress)
            self._begin_anew()
        else:
            self._go_on_or_begin(self.read(OWNER, read_fingerprint), self.read(PROGRESS, read_progress))

    def _go_on_or_begin(self, owner: Mapping[str, Any] | None, progress: Progress | None) -> None:
        if owner is None:
            self._open_without_owner(progress)
            return
        changed = changes(self.fingerprint, owner, progress, self._asked)
        if changed:
            raise MediaError(
                f"{self.folder.path}: holds another render of {self.out}: changed: {', '.join(changed)}; "
                "--fresh starts over, another OUT leaves it as it is"
            )
        if way := other_way(self.fingerprint, owner):
            raise MediaError(f"{self.folder.path}: {self.out} {way}")
        if progress is None:
            self.segments.delete_unended()
        elif progress.finished:
            self._go_on_to_place(progress, is_wanted=is_whole(self.fingerprint, owner, progress))
        else:
            self._go_on(progress)
        self._own()

    def _go_on_to_place(self, progress: Progress, is_wanted: bool) -> None:
        """All was made, and some of it may be in its place. is_wanted: with the sound that it is to have now."""
        waiting = unplaced(self.folder, self.output)
        if is_unaltered(self.folder, self.output, progress) and (waiting or is_wanted):
            self._go_on(progress, is_joined=is_wanted)
        elif not waiting:
            self._begin_anew()  # what was made of it was taken away since, or has another sound
        elif self._pictures:
            raise MediaError(
                f"{self.folder.path}: pictures that were put at {self.out} are gone, or were changed; "
                "--fresh --overwrite makes all of them anew"
            )
        else:
            self._go_on(progress)  # it is joined again

    def _open_without_owner(self, progress: Progress | None) -> None:
        """Nothing says whose it is: it is new, or its removal was cut short, when OUT was in its place already."""
        names = [name for name in self.folder.listed() if not BEFORE_OWNER.fullmatch(name)]
        if progress is not None and progress.finished and names == [PROGRESS]:
            is_ours = is_key_of(progress.belongs, self.fingerprint)
            if is_ours and is_unaltered(self.folder, self.output, progress):
                self.segments.frames, self.finished, self.complete = progress.frames, True, True
                return
            names = []
        if PROGRESS in names:
            raise self.damaged(f"{OWNER} is missing")
        if names:
            raise self._not_ours(names[0])
        self._begin_anew()

    def _begin_anew(self) -> None:
        """With nothing of an earlier run.

        Raises:
            MediaError: nothing says that what is there is of one.
        """
        names = [name for name in self.folder.listed() if not BEFORE_OWNER.fullmatch(name)]
        if names and not {OWNER, PROGRESS}.intersection(names):
            raise self._not_ours(names[0])
        self.folder.clear(keep=(OWNER, PROGRESS))
        for name in (PROGRESS, OWNER):  # as in _remove: what says that there is a session goes last
            self.folder.delete(name)
        self._own()

    def _own(self) -> None:
        """Write down what it belongs to."""
        owner = {**self.fingerprint, **self._asked}
        if self._place:
            owner["out"] = self._place
        self.save(OWNER, owner)

    def _not_ours(self, name: str) -> MediaError:
        return MediaError(
            f"{self.folder.path}: holds {name}, but no {OWNER}: nothing says that vidream made it; "
            f"move it away, or name another file than {self.out.name}"
        )

    def _go_on(self, progress: Progress, is_joined: bool = False) -> None:
        self.segments.restore(progress)
        self.complete = progress.finished
        self.finished = is_joined or (progress.finished and self.output.has_pictures_alone)
        if self.finished:
            return
        try:
            self.segments.check(progress.segments, progress.frames)
            self._check_strangers(self.fingerprint, progress)
            self.segments.delete_unended()
            self.segments.restore_state(progress, self.sizes)
        except ValueError as error:
            raise self.damaged(str(error)) from None

    def _check_strangers(self, owner: Mapping[str, Any], progress: Progress) -> None:
        """Raise MediaError if a file is named as one that is made here, and is none: it would go with the rest."""
        if "how" in owner or "True" in (owner.get("reverse"), self.fingerprint.get("reverse")):
            return  # there, what a segment that was not ended has left may have any number
        files = [match for match in map(PRODUCT.fullmatch, self.folder.listed()) if match and match["number"]]
        most = max(Counter(match["of"] for match in files).values(), default=0)  # of OUT, or of a pass
        ends, end = [*progress.segments[1:], progress.frames], progress.frames + most
        maker, passes = self.output.maker, str(owner.get("passes")).split(",")
        recoded = owner.get("encoded") != self.fingerprint.get(
            "encoded"
        )  # with --fresh: endings may be another codec's
        expected = {*chain.from_iterable(map(maker.names, progress.segments, ends)), *maker.names(progress.frames, end)}
        numbers, strangers = {Path(name).stem for name in expected}, set()
        for match in files:
            if match["of"] is None:
                may_be_rush = (maker.rushes or recoded) and match.string.endswith(RUSH)
                is_rush = may_be_rush and int(match["number"]) <= progress.frames
                is_ours = is_rush or match.string in expected or (recoded and match["number"] in numbers)
            else:
                is_ours = match["of"].removesuffix("-") in passes and int(match["number"]) <= end
            if not is_ours:
                strangers.add(match.string)
        if strangers:
            raise MediaError(
                f"{self.folder.path}: holds {min(strangers)}, which is not what was made; "
                f"move it away, or name another file than {self.out.name}"
            )

    def placed(self, pictures: Sequence) -> set[int]:
        """The numbers of those of its pictures that are in their place already. pictures: OUT's, or a pass's."""
        if not self.complete:
            return set()
        waiting = {*unplaced(self.folder, self.output).values()}
        return {number for number in range(1, self.frames + 1) if pictures.picture(number) not in waiting}

    def _relative(self, out: Path) -> str:
        """Where OUT lies, as seen from this session's folder: the two may be moved together."""
        return os.path.relpath(target_of(out).absolute(), self.folder.path.absolute().parent)

    def read(self, name: str, parse: Callable[[bytes], T]) -> T | None:
        """What a file of the folder says; None if it is not there.

        Raises:
            MediaError: it is damaged.
        """
        try:
            content = self.folder.read(name)
            return None if content is None else parse(content)
        except (OSError, ValueError) as error:
            raise self.damaged(f"{name} {error}") from None

    def damaged(self, reason: str) -> MediaError:
        """The error to raise where the folder is damaged."""
        return MediaError(f"{self.folder.path}: damaged: {reason}; --fresh starts over")

    def save(self, name: str, content: Mapping[str, Any]) -> None:
        """Write a file of the folder, as JSON, whole or not at all."""
        self.folder.write(name, json.dumps(content, indent=1).encode())
