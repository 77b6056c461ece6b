"""What is dropped on the page comes into FOLDER: under a name of ours, over nothing, if the engine can read it.

It lies among the studio's own until it is whole and has been looked at. What a server that was killed has left there
is known by a record, and goes at the next start.
"""

import json
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import BufferedRandom
from pathlib import Path

from vidream.errors import InputError, MediaError
from vidream.jobs.names import Naming
from vidream.media.files import create_file, fresh_name, put, write_file
from vidream.media.paths import disk_refusals
from vidream.media.still import read_picture
from vidream.studio.facts import checked
from vidream.studio.folder import KINDS, MOST, Folder, Kind

LARGEST = 3_000_000_000
"""Bytes of what is dropped; what is larger is put into the folder by other means."""
SPARE = 500_000_000
"""Bytes that are left free on the disk."""
MOST_AT_ONCE = 3
"""Files that come at the same time."""
RECORD = "uploads.json"
"""The file that says which files have come in part."""
HALVES = "uploads"
"""The folder in which they lie."""
_OURS = re.compile(r"\.vidream-[0-9a-f]{16}\.\w+", re.ASCII)
_TRIES = 1000


class Upload:
    """A file that is coming."""

    def __init__(self, name: str, size: int, half: Path) -> None:
        """A file, of which nothing has come yet.

        Args:
            name: ours, without a folder.
            size: bytes that it is said to have.
            half: where it lies until it is whole.
        """
        self.name, self.size, self.half = name, size, half
        self.come = 0
        """Bytes that have come."""
        self._file: BufferedRandom = create_file(half)

    @property
    def kind(self) -> Kind:
        """What it is taken for."""
        return KINDS[Path(self.name).suffix]

    def write(self, part: bytes) -> None:
        """Take the next bytes.

        Raises:
            InputError: they are more than was said.
            RenderError: the disk refuses.
        """
        self.come += len(part)
        if self.come > self.size:
            raise InputError(f"{self.name}: is larger than was said; drop it again")
        with disk_refusals(Path(self.name)):
            self._file.write(part)

    def check(self) -> None:
        """Look at it as a job would, when all has come.

        Raises:
            InputError: it broke off, or cannot be read as what its ending says.
        """
        with disk_refusals(Path(self.name)):
            self._file.close()
        if self.come < self.size:
            raise InputError(f"{self.name}: broke off after {self.come:,} of {self.size:,} bytes; drop it again")
        try:
            checked(self.half, self.kind)
            if self.kind == "picture":
                read_picture(self.half)
        except MediaError as error:
            raise MediaError(str(error).replace(str(self.half), self.name)) from None

    def close(self) -> None:
        """Leave nothing of it where it lay."""
        with suppress(OSError):
            self._file.close()
        self.half.unlink(missing_ok=True)


class Uploads:
    """What is coming into a folder."""

    def __init__(self, folder: Folder, kept: Path) -> None:
        """Take away what an earlier server has left half.

        Args:
            folder: into which it comes.
            kept: a folder of the studio's own, on the same disk.
        """
        self._folder, self._record, self._halves = folder, kept / RECORD, kept / HALVES
        self._coming: dict[str, Upload] = {}
        self._halves.mkdir(mode=0o700, exist_ok=True)
        for name in self._recorded():
            (self._halves / name).unlink(missing_ok=True)
        self._write_record()

    def offer(self, name: str, size: int) -> str:
        """The name that a file would have, if it may come.

        Args:
            name: what it is called where it comes from.
            size: bytes.

        Raises:
            InputError: it may not.
        """
        ours = our_name(name)
        if size <= 0:
            raise InputError(f"{ours}: is empty; choose another file")
        if size > LARGEST:
            limit = f"is larger than the {LARGEST // 10**9} GB that are taken here"
            raise InputError(f"{ours}: {limit}; copy it into the folder yourself: {self._folder.root}")
        if len(self._coming) >= MOST_AT_ONCE:
            raise InputError(f"{ours}: {MOST_AT_ONCE} files are coming already; wait for one of them")
        if len(self._folder.files()) + len(self._coming) >= MOST:
            raise InputError(f"{ours}: the folder has {MOST} files already; move some away")
        coming = sum(upload.size - upload.come for upload in self._coming.values())
        free = shutil.disk_usage(self._folder.root).free
        if size + coming + SPARE > free:
            raise InputError(f"{ours}: {free / 1e9:.1f} GB are free on the disk, too little for it; make room first")
        return ours

    @contextmanager
    def coming(self, name: str, size: int) -> Iterator[Upload]:
        """A file that comes; when the block ends, nothing is left of it but what was placed.

        Args:
            name: what it is called where it comes from.
            size: bytes.

        Raises:
            InputError: it may not come.
            RenderError: the disk refuses.
        """
        ours = self.offer(name, size)
        half = fresh_name(Path(ours).suffix)
        self._write_record(half)  # before it is there
        try:
            with disk_refusals(Path(ours)):
                upload = Upload(ours, size, self._halves / half)
            self._coming[half] = upload
            yield upload
        finally:
            if half in self._coming:
                self._coming.pop(half).close()
            self._write_record()

    def place(self, upload: Upload) -> Path:
        """Put a file that is whole into the folder, under its name or, where that is taken, the next that is not.

        Raises:
            VidreamError: the disk refuses, or all names are taken.
        """
        whole = Path(upload.name)
        for number in range(1, _TRIES):
            target = self._folder.root / (f"{whole.stem}-{number}{whole.suffix}" if number > 1 else upload.name)
            with suppress(FileExistsError), disk_refusals(whole):
                put(upload.half, target, overwrite=False)
                return target
        raise InputError(f"{upload.name}: this name is taken, and so are the next {_TRIES}; rename the file")

    def _recorded(self) -> list[str]:
        """The names of what an earlier server has left, as it wrote them down."""
        with suppress(OSError, ValueError):
            names = json.loads(self._record.read_bytes())
            if isinstance(names, list):
                return [name for name in names if isinstance(name, str) and _OURS.fullmatch(name)]
        return []

    def _write_record(self, *upcoming: str) -> None:
        with disk_refusals(self._record):
            write_file(self._record, json.dumps([*self._coming, *upcoming]).encode(), mode=0o600)


def our_name(name: str) -> str:
    """The name that a file gets in FOLDER, made of the one that it has where it comes from.

    Raises:
        InputError: its ending is none that can be read.
    """
    given = Path(re.split(r"[/\\]", name[-1000:])[-1].replace("%", "_"))  # frames/%05d.png means many pictures
    ending = given.suffix.lower()
    if ending not in KINDS:
        shown = given.name[-80:] or "this"
        raise InputError(f"{shown}: neither a film, a picture nor a song that is known by its ending; convert it first")
    return Naming(f"{{stem}}{ending}", {"stem": given.stem.strip()}, {}, {}).name()
