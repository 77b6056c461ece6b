"""A GIF's comment. ffmpeg reads it, and writes none."""

from pathlib import Path

from vidream.errors import RenderError

TRAILER = b"\x3b"
COMMENT = b"\x21\xfe"
PIECE = 255  # bytes at most that follow one count


def add_comment(path: Path, text: str) -> None:
    """Put a comment at the end of a GIF, by GIF89a's Comment Extension.

    Args:
        path: the GIF.
        text: what it says, in UTF-8.

    Raises:
        RenderError: the file does not end as a GIF does.
    """
    data = text.encode("utf-8", "replace").replace(b"\0", b"")
    pieces = (data[at : at + PIECE] for at in range(0, len(data), PIECE))
    with path.open("rb+") as file:
        file.seek(-len(TRAILER), 2)
        if file.read() != TRAILER:
            raise RenderError(f"{path}: does not end as a GIF does")
        file.seek(-len(TRAILER), 2)
        file.write(COMMENT + b"".join(bytes([len(piece)]) + piece for piece in pieces) + b"\0" + TRAILER)
