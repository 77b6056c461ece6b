"""The texts in a picture file: text chunks of a PNG, attributes of an OpenEXR file, XMP of a JPEG, WebP or TIFF."""

from pathlib import Path

from vidream.config import MAX_PIXELS
from vidream.media.exr import exr_texts, is_exr
from vidream.media.pillow import opened
from vidream.media.xmp import LONGEST, texts_of


def read_text(path: Path, max_pixels: int = MAX_PIXELS) -> dict[str, str]:
    """The texts of a picture file, by name; {} if it has none. No px are decoded.

    These are the texts that write_picture writes; of a PNG every text before its px, of an OpenEXR file every attribute
    that is a text. Damaged XMP counts as none. A text has at most a million characters.

    Args:
        path: the file.
        max_pixels: the most px that it may have.

    Raises:
        MediaError: there is no such file, it is no picture, it is damaged, or it has more px than `max_pixels`.
    """
    if is_exr(path):
        return {name: text for name, text in exr_texts(path, max_pixels).items() if len(text) <= LONGEST}
    with opened(path, max_pixels) as file:
        if file.format == "PNG":
            return {str(name): str(text) for name, text in file.info.items() if isinstance(text, str)}
        packet = file.info.get("xmp", b"")
        return texts_of(packet) if isinstance(packet, bytes) else {}
