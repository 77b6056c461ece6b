"""What a film's file says of it: its tags, its streams' and its chapters', read with a bound."""

from pathlib import Path

from vidream.errors import MediaError, RenderError
from vidream.media import ffmetadata
from vidream.media.ffmetadata import Metadata
from vidream.media.ffmpeg import Ffmpeg, input_file
from vidream.media.paths import check_source

LARGEST = 1_000_000
"""Bytes that all that is said of a film may have."""
EVERY_STREAM = ("-map", "0", "-copy_unknown", "-c", "copy", "-frames", "0", "-f", "ffmetadata", "-")
"""ffmpeg's arguments, of an output that names each stream of a file and copies nothing of it."""
WHOLE_FILE = ("-f", "ffmetadata", "-")
"""ffmpeg's arguments, of an output that has no stream."""


def read_metadata(path: Path) -> dict[str, str]:
    """The tags of a whole film or sound, by their names in lower case: title, artist, comment.

    Args:
        path: the file; of any kind that ffmpeg opens here.

    Raises:
        MediaError: there is no such file, it cannot be read, or says more than LARGEST bytes.
    """
    check_source(path, "film")
    return {key.lower(): value for key, value in ask_metadata(path, WHOLE_FILE).tags.items()}


def ask_metadata(path: Path, output: tuple[str, ...] = EVERY_STREAM) -> Metadata:
    """All that a file says of itself.

    Args:
        path: the file.
        output: EVERY_STREAM or WHOLE_FILE.

    Raises:
        MediaError: it cannot be read, or says more than LARGEST bytes.
    """
    try:
        with Ffmpeg([*input_file(path), *output], f"read {path}", pulled=True) as film:
            text = film.pull_some(LARGEST + 1)
    except RenderError as error:
        raise MediaError(f"{path}: what it says of itself cannot be read: {error}") from None
    if len(text) > LARGEST:
        raise MediaError(f"{path}: says more than {LARGEST:,} bytes of itself, which is no film's; it is not read")
    return ffmetadata.read(text.decode("utf-8", "replace"))
