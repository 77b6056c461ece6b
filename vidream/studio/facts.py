"""What is known of a file once it has been looked at: size, length, sound, recipe; and a small picture of it."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, fields
from fractions import Fraction
from pathlib import Path
from typing import Any, Self

from vidream.errors import Cancelled, InputError, VidreamError
from vidream.events import scope
from vidream.frames import Pixels, Size, size_of
from vidream.jobs.recipes import may_have_recipe, recipe_of
from vidream.media.files import write_file
from vidream.media.jpeg import jpeg_of
from vidream.media.reader import frame_at, open_sound, open_video
from vidream.media.sound import claimed_seconds, sound_length
from vidream.media.still import picture_size, read_picture, srgb_frame
from vidream.resample import fit_pixels
from vidream.studio.folder import Kind

SIDE = 320
"""Px of the long side of a small picture, at most."""
MOMENT = Fraction(1)
"""Second of a film that its small picture shows; of a shorter one, its middle."""
MOST_PIXELS = 64_000_000
"""Px of a picture that a small one is made of; a larger one would take too much of the server's memory."""


@dataclass(frozen=True)
class Facts:
    """What is known of a file."""

    seconds: float | None = None
    """How long it is; None of a picture, or where it is not known."""
    width: int | None = None
    """Px; None of a song."""
    height: int | None = None
    """Px; None of a song."""
    fps: float | None = None
    """Frames a second of a film."""
    sound: bool = False
    """Whether it can be heard."""
    recipe: bool = False
    """Whether it says how it was made."""
    problem: str = ""
    """Why it cannot be read; "" where it can."""

    @classmethod
    def of(cls, kept: object) -> Self | None:
        """Facts that were kept as JSON; None: they are of another edition."""
        if not isinstance(kept, Mapping) or {*kept} != {field.name for field in fields(cls)}:
            return None
        return cls(**kept)

    def wire(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)


def look_at(path: Path, kind: Kind) -> Facts:
    """Look at a file as a job would; what is wrong with it is a fact, too.

    Args:
        path: of the file.
        kind: what it is taken for.

    Raises:
        Cancelled: the scope's caller wants it to stop.
    """
    try:
        return checked(path, kind)
    except Cancelled:
        raise
    except VidreamError as error:
        return Facts(problem=str(error).removeprefix(f"{path}: "))


def checked(path: Path, kind: Kind) -> Facts:
    """Look at a file as a job would.

    Args:
        path: of the file.
        kind: what it is taken for.

    Raises:
        MediaError: it cannot be read as that.
    """
    with scope(lambda _: None):  # what is to be said of it is said when it is dreamed
        if kind == "song":
            open_sound(path)
            return Facts(seconds=claimed_seconds(path) or float(sound_length(path)), sound=True)
        if kind == "picture":
            size = picture_size(path)
            return Facts(width=size.width, height=size.height, recipe=_has_recipe(path))
        video = open_video(path)
        seconds = None if video.count is None else float(video.count / video.fps)
        return Facts(seconds, *video.size, float(video.fps), video.sound is not None, _has_recipe(path))


def _has_recipe(path: Path) -> bool:
    with suppress(InputError):
        return may_have_recipe(path) and bool(recipe_of(path))
    return False


def make_small(path: Path, kind: Kind, out: Path, facts: Facts) -> bool:
    """Make a small picture (JPEG) of a film or a picture; whether there is one to be had.

    Args:
        path: of the file.
        kind: what it is.
        out: where the small picture is written.
        facts: of the file.
    """
    try:
        with scope(lambda _: None):
            pixels = _shown(path, kind, facts)
    except Cancelled:
        raise
    except VidreamError:
        return False
    if pixels is None:
        return False
    size = size_of(pixels)
    step = max(1, max(size) // (4 * SIDE))  # of a large picture no copies of floats are made
    try:
        write_file(out, jpeg_of(fit_pixels(pixels[::step, ::step], _small(size))), mode=0o600)
    except OSError:  # a full disk: the file can be dreamed all the same
        return False
    return True


def _shown(path: Path, kind: Kind, facts: Facts) -> Pixels | None:
    """What a small picture shows; None where there is nothing to show."""
    if facts.problem or kind == "song":
        return None
    if kind == "picture":
        return srgb_frame(read_picture(path, MOST_PIXELS), path).pixels()
    middle = Fraction(facts.seconds or 0) / 2
    return frame_at(path, min(MOMENT, middle), MOST_PIXELS).pixels()


def _small(size: Size) -> Size:
    """A size, made to fit into a square of SIDE."""
    share = min(1.0, SIDE / max(size))
    return Size(max(1, round(size.width * share)), max(1, round(size.height * share)))
