"""Files of a user that are read whole, within a bound."""

from pathlib import Path

from vidream.errors import MediaError, first_line


def read_bounded(path: Path, most: int) -> bytes:
    """The content of a file.

    Args:
        path: of a file; a link to one is followed.
        most: bytes that it may have.

    Raises:
        MediaError: it is no file, cannot be read, or is larger.
    """
    try:
        if not path.is_file():
            raise MediaError(f"{path}: {'not a file' if path.exists() else 'no such file'}")
        with path.open("rb") as file:
            content = file.read(most + 1)
    except (OSError, ValueError) as error:
        raise MediaError(f"{path}: cannot be read ({first_line(error)})") from None
    if len(content) > most:
        raise MediaError(f"{path}: larger than {most / 1e6:g} MB, the most that such a file may have")
    return content
