"""A run on disk: what is done, what may be gone on with, and whose it is.

OUT.vidream/ holds the film's segments, what the last of them hands on, and two small files: `session.json` says what
the run belongs to, `progress.json` how far it is. A segment counts when progress.json says so, and that is written last
and renamed into place: whenever the run is cut short, what progress.json names is whole.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

import numpy as np

import vidream
from vidream.config import RunConfig
from vidream.dream.catalogue import weights_of
from vidream.errors import MediaError, RenderError
from vidream.frames import Pixels
from vidream.media.paths import disk_refusals
from vidream.media.writer import Maker, Write
from vidream.render.loop import Carried
from vidream.render.step import Step

PARTS = "parts.json"  # of a film that is made in parts
SEGMENT = 24  # output frames: what is done twice, at most, after a stop


def folder_of(out: Path) -> Path:
    """Beside OUT; of pictures whose folder is made with them, beside that folder."""
    name = f"{out.name.replace('%', '_')}.vidream"
    beside = out.parent.parent / f"{out.parent.name}-{name}"
    return out.parent / name if out.parent.exists() and not beside.exists() else beside


def belonging(sources: Iterable[Path | bytes], config: RunConfig) -> dict[str, Any]:
    """What a run belongs to: the content of its sources, its knobs. If any of it changes, it is another film."""
    settings = {group: values for group, values in asdict(config).items() if group != "files"}
    digest = hashlib.sha256()
    for each in sources:
        if isinstance(each, bytes):
            digest.update(hashlib.sha256(each).digest())
            continue
        with each.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    flat = {f"{name}": str(value) for values in settings.values() for name, value in values.items()}
    return {"source": digest.hexdigest(), "weights": weights_of(config.goal), "vidream": vidream.__version__, **flat}


class Session:
    """`with Session(out, maker, belongs, fresh) as session:` write to it, then finish it.

    frames   output frames that are safe
    after    index of the source frame of the last step that is safe; None before the first
    carried  what that step hands on
    """

    def __init__(
        self, out: Path, maker: Maker, belongs: Mapping[str, Any], *, fresh: bool = False, first: int = 0
    ) -> None:
        self.out, self.maker, self.belongs, self.fresh = out, maker, dict(belongs), fresh
        self.folder = folder_of(out)
        self.frames, self.finished = first, False
        self.after: int | None = None
        self.carried: Carried | None = None
        self._firsts: list[int] = []
        self._segment: AbstractContextManager[Write] | None = None
        self._write: Write | None = None
        self._pending = 0  # output frames of the open segment
        self._last: tuple[Step, Carried | None] | None = None

    def __enter__(self) -> Self:
        with disk_refusals(self.out, "; what is done stays"):
            self.folder.mkdir(exist_ok=True)
            self._lock = locked(self.folder / "lock", self.out)
            try:
                self._open()
            except BaseException:
                self._lock.close()
                raise
        return self

    def _open(self) -> None:
        mine, theirs = self.belongs, read_json(self.folder / "session.json")
        done = read_json(self.folder / "progress.json")
        if done and done["finished"] and not theirs and not self.fresh:  # its removal was cut short
            self.frames, self.finished = done["frames"], True
            return
        if self.fresh or theirs is None:
            for path in self.folder.iterdir():
                if path.name != "lock":
                    _delete(path)
            save_json(self.folder / "session.json", mine)
            return
        changed = [name for name in {**mine, **theirs} if mine.get(name) != theirs.get(name)]
        if changed:
            what = ", ".join(
                name if len(str(mine.get(name))) > 20 else f"{name} (was {theirs.get(name)}, is {mine.get(name)})"
                for name in changed
            )
            raise MediaError(f"{self.folder}: holds another render of {self.out}: changed: {what}; --fresh starts over")
        if done is not None:
            self.frames, self.after, self._firsts = done["frames"], done["after"], done["segments"]
            self.finished = done["finished"]
            if done["carried"]:
                with np.load(self.folder / done["carried"], allow_pickle=False) as arrays:
                    self.carried = Carried(
                        **{name: arrays[name] for name in arrays if name != "age"}, age=int(arrays["age"])
                    )

    def write(self, step: Step, pixels: Pixels, carried: Carried | None) -> None:
        """One step's output frame, as often as it is held. Segments begin at cuts, and SEGMENT frames after."""
        with disk_refusals(self.out, "; what is done stays"):
            if step.hold == 0:
                return
            begins = step.flow is None and step.trust is None and carried is not None
            if self._pending and (begins or self._pending >= SEGMENT) and not (self._last and self._last[0].flash):
                self.close()
            if self._write is None:
                self._segment = self.maker.segment(self.folder, self.frames)
                self._write = self._segment.__enter__()
            for _ in range(step.hold):
                self._write(pixels)
            self._pending += step.hold
            self._last = step, carried

    def close(self) -> None:
        """End the open segment and make it count."""
        if self._segment is None or self._last is None:
            return
        segment, self._segment, self._write = self._segment, None, None
        segment.__exit__(None, None, None)
        step, carried = self._last
        first, self.frames = self.frames, self.frames + self._pending
        self._firsts.append(first)
        self.after, self._pending, self._last = step.index, 0, None
        name = f"carried-{self.frames:08d}.npz" if carried else ""
        if carried:
            with (self.folder / name).open("wb") as file:
                np.savez(file, **{name: value for name, value in vars(carried).items() if value is not None})
                _flush(file)
        self._progress(name)
        for old in self.folder.glob("carried-*.npz"):
            if old.name != name:
                old.unlink()

    def pieces(self, first: int) -> "Pieces":
        """What has been made from output frame `first` on."""
        own = {"lock", "session.json", "progress.json"}
        made = (path for path in sorted(self.folder.iterdir()) if path.is_file() and path.name not in own)
        files = [(path.name, path.read_bytes()) for path in made if path.suffix != ".npz"]
        return Pieces(first, self.frames - first, self._firsts, files)

    def _progress(self, carried: str) -> None:
        save_json(
            self.folder / "progress.json",
            {
                "frames": self.frames,
                "after": self.after,
                "segments": self._firsts,
                "carried": carried,
                "finished": self.finished,
            },
        )

    def finish(self) -> None:
        """Make OUT of what is done, and take the folder away."""
        with disk_refusals(self.out, "; what is done stays"):
            if not self.finished:
                self.close()
                self.maker.join(self.folder, self._firsts, self.frames)
                self.finished = True
                self._progress("")
            self.maker.place(self.folder, self.frames)
            self._remove()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._segment is not None:
            self._segment.__exit__(kind or RenderError, error or RenderError("not finished"), trace)
        if self.folder.exists() and not self.frames:
            self._remove()  # nothing is lost with it
        self._lock.close()

    def _remove(self) -> None:
        """What says that the run is finished goes last, so that a removal that is cut short can be taken up."""
        last = ["session.json", "progress.json"]
        for name in [*(path.name for path in self.folder.iterdir() if path.name not in last), *last]:
            _delete(self.folder / name)
        self.folder.rmdir()


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
        self.belongs["how"] = "in parts, by a cluster"
        super()._open()
        self._parts: dict[str, Any] = read_json(self.folder / PARTS) or {}
        self.frames = self.frames if self.finished else sum(part["frames"] for part in self._parts.values())

    @property
    def taken(self) -> set[int]:
        return {int(first) for first in self._parts}

    def take(self, pieces: Pieces) -> None:
        """Keep a part; it counts from now on."""
        with disk_refusals(self.out, "; what is done stays"):
            for name, content in pieces.files:
                with (self.folder / Path(name).name).open("wb") as file:
                    file.write(content)
                    _flush(file)
            self._parts[str(pieces.first)] = {"frames": pieces.frames, "segments": pieces.segments}
            save_json(self.folder / PARTS, self._parts)
            self.frames += pieces.frames

    def finish(self) -> None:
        self._firsts = sorted(first for part in self._parts.values() for first in part["segments"])
        super().finish()


def _delete(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def is_finished(out: Path) -> bool:
    """Whether a run was cut short after the film was made, when only its folder, or its last name, was missing."""
    done = read_json(folder_of(out) / "progress.json")
    return done is not None and bool(done["finished"])


def frames_safe(out: Path) -> int:
    """Output frames that a stopped run has on disk."""
    done = read_json(folder_of(out) / "progress.json")
    return 0 if done is None else int(done["frames"])


def frames_gathered(out: Path) -> int:
    """The same, of a film that is made in parts."""
    return sum(part["frames"] for part in (read_json(folder_of(out) / PARTS) or {}).values())


def locked(path: Path, out: Path) -> IO[bytes]:
    """An open file that nobody else can lock until it is closed or its owner is gone."""
    file = path.open("ab")
    try:
        if os.name == "nt":
            import msvcrt

            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        raise MediaError(f"{out}: is being rendered by somebody else; wait, or name another file") from None
    return file


def read_json(path: Path) -> dict[str, Any] | None:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):  # not there, or cut short before it counted
        return None
    return content if isinstance(content, dict) else None


def save_json(path: Path, content: Mapping[str, Any]) -> None:
    fresh = path.with_suffix(".new")
    with fresh.open("w", encoding="utf-8") as file:
        json.dump(content, file, indent=1)
        _flush(file)
    fresh.replace(path)


def _flush(file: IO[Any]) -> None:
    """Down to the disk: what counts survives a power cut."""
    file.flush()
    os.fsync(file.fileno())
