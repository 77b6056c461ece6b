"""How much memory a run will take at most, reckoned from its sizes.

The shares are measured: the most that `image`, `zoom` and `video` held at several sizes, with the embedded network.
"""

from pathlib import Path

from vidream.config import RunConfig
from vidream.dream.choice import NATIVE, TENSORFLOW, engine_of
from vidream.errors import MediaError
from vidream.events import note
from vidream.frames import Size
from vidream.media.still import picture_size
from vidream.plan.inputs import guides
from vidream.plan.mask import is_picture, mask_files
from vidream.system.memory import available, resident

MB = 1_000_000
AWAKE = {NATIVE: 160 * MB, TENSORFLOW: 780 * MB}
"""Bytes of a run with the embedded network before it dreams anything, by engine."""
AT_REST = 100 * MB
"""Bytes of a run that dreams nothing."""
TILE = 400
"""Bytes for each px of what goes through the network at once."""
READ, WRITTEN = 20, 140
"""Bytes for each px of a frame that ffmpeg holds, which reads and encodes beside us."""
PIXEL = {"still": 20, "deep still": 45, "film": 95 + READ + WRITTEN, "zoom": WRITTEN}
"""Bytes for each px of what is made, by kind; of a film several frames are on their way."""
DREAM = {"still": 80, "deep still": 80, "film": 140, "zoom": 230}
"""Bytes for each px of what is dreamed, by kind; a zoom is dreamed at its full size."""
MASK = 12
"""Bytes for each px of what is made, where there is a mask."""
PICTURE = 30
"""Bytes for each px of a picture, while it is read."""
LISTENING, SECOND = 350 * MB, 300_000
"""Bytes to hear a song: at least, and for each second of it."""
LARGE = 4_000 * MB
"""Bytes from which on a run says what it takes."""
WHAT_TAKES_LESS = {
    "still": "a smaller picture, or a smaller --dream-size,",
    "deep still": "a smaller picture, or a smaller --dream-size,",
    "film": "a smaller --size",
    "zoom": "a smaller --size",
}


def needed(config: RunConfig, size: Size, kind: str) -> int:
    """Bytes that a run takes at most.

    Args:
        config: of the run.
        size: px, of what is made.
        kind: "still", "deep still" for one of more than 8 bits, "film" or "zoom".

    Raises:
        MediaError: a guide or a mask is no picture.
    """
    dream_size = size
    if kind != "zoom":
        dream_size = size.at_most(config.dream.dream_size)
    pixels, dream_pixels = size.width * size.height, dream_size.width * dream_size.height
    total = PIXEL[kind] * pixels
    if config.mask.mask:
        total += MASK * pixels
    pictures = guides(config)
    if is_picture(config.mask):
        pictures += mask_files(config.mask)
    for path in pictures:
        picture = picture_size(path, config.files.max_pixels)
        total += PICTURE * picture.width * picture.height
    if config.dream.strength == 0 and kind != "zoom":
        return total + AT_REST
    return (
        total
        + AWAKE[engine_of(config.goal)]
        + TILE * min(config.dream.tile**2, dream_pixels)
        + DREAM[kind] * dream_pixels
    )


def check_memory(config: RunConfig, size: Size, kind: str) -> None:
    """Refuse a run that takes more memory than this machine has, and say what a large one takes.

    Args:
        config: of the run.
        size: px, of what is made.
        kind: "still", "deep still" for one of more than 8 bits, "film" or "zoom".

    Raises:
        MediaError: it takes more than there is.
    """
    total, free = needed(config, size, kind), available()
    if free is not None and total > free + resident():  # a network that is awake is not woken again
        figures = f"takes about {_gigabytes(total)} of memory, and {_gigabytes(free)} are free here"
        raise MediaError(f"{size}: {figures}; {WHAT_TAKES_LESS[kind]} takes less")
    if total > LARGE:
        note(f"takes about {_gigabytes(total)} of memory", str(size))


def check_reading(path: Path, max_pixels: int) -> None:
    """Raise MediaError if a picture takes more memory than this machine has, only to be read."""
    size, free = picture_size(path, max_pixels), available()
    total = PICTURE * size.width * size.height
    if free is not None and total > free:
        raise MediaError(f"{path}: {size}: takes {_gigabytes(total)} of memory, and {_gigabytes(free)} are free here")


def check_listening(path: Path, seconds: float) -> None:
    """Raise MediaError if a song of so many seconds takes more memory than this machine has, only to be heard."""
    total, free = round(LISTENING + SECOND * seconds), available()
    if free is not None and total > free:
        raise MediaError(
            f"{path}: {seconds / 60:.0f} minutes of sound take {_gigabytes(total)} of memory to be heard, and "
            f"{_gigabytes(free)} are free here; cut it into shorter ones"
        )


def _gigabytes(amount: int) -> str:
    return f"{amount / 1e9:.1f} GB"
