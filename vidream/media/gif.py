"""A GIF's comment, which ffmpeg reads but does not write."""

from pathlib import Path

from vidream.errors import RenderError

TRAILER = b"\x3b"
COMMENT = b"\x21\xfe"
PIECE = 255  # bytes of a sub-block, at most


def add_comment(path: Path, text: str) -> None:
    """Append a comment to a GIF: a Comment Extension of GIF89a, in UTF-8.

    Args:
        path: the GIF.
        text: the comment; NULs are left out.

    Raises:
        RenderError: the file does not end as a GIF must.
    """
    data = text.encode("utf-8", "replace").replace(b"\0", b"")
    pieces = (data[at : at + PIECE] for at in range(0, len(data), PIECE))
    with path.open("rb+") as file:
        file.seek(-len(TRAILER), 2)
        if file.read() != TRAILER:
            raise RenderError(f"{path}: does not end as a GIF does")
        file.seek(-len(TRAILER), 2)
        file.write(COMMENT + b"".join(bytes([len(piece)]) + piece for piece in pieces) + b"\0" + TRAILER)
