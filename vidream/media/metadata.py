"""The metadata of a film's file: tags of the file, of its streams and of its chapters, read with a bound."""

from pathlib import Path

from vidream.errors import MediaError, RenderError
from vidream.media import ffmetadata
from vidream.media.ffmetadata import Metadata
from vidream.media.ffmpeg import Ffmpeg, input_file
from vidream.media.paths import check_source

LARGEST = 1_000_000
"""Bytes; a file with more metadata is refused."""
STREAM_TAGS = ("-map", "0", "-copy_unknown", "-c", "copy", "-frames", "0", "-f", "ffmetadata", "-")
"""ffmpeg's arguments for an output of the tags of a file and of each of its streams."""
FILE_TAGS = ("-f", "ffmetadata", "-")
"""ffmpeg's arguments for an output of the tags of a file alone."""


def read_metadata(path: Path) -> dict[str, str]:
    """The tags of a film or a sound file, by name in lower case: title, artist, comment.

    Args:
        path: the file, of any kind that ffmpeg may open.

    Raises:
        MediaError: there is no such file, it cannot be read, or it has more than LARGEST bytes of metadata.
    """
    check_source(path, "film")
    return {key.lower(): value for key, value in ask_metadata(path, FILE_TAGS).tags.items()}


def ask_metadata(path: Path, output: tuple[str, ...] = STREAM_TAGS) -> Metadata:
    """The metadata of a file.

    Args:
        path: the file.
        output: STREAM_TAGS or FILE_TAGS.

    Raises:
        MediaError: it cannot be read, or it has more than LARGEST bytes of metadata.
    """
    try:
        with Ffmpeg([*input_file(path), *output], f"read {path}", pulled=True) as film:
            text = film.pull_some(LARGEST + 1)
    except RenderError as error:
        raise MediaError(f"{path}: its metadata cannot be read: {error}") from None
    if len(text) > LARGEST:
        problem = f"has more than {LARGEST:,} bytes of metadata"
        raise MediaError(f"{path}: {problem}; take it out first, by ffmpeg -map_metadata -1")
    return ffmetadata.parse(text.decode("utf-8", "replace"))
