"""Which encoders the ffmpeg that is here has: other systems' builds lack some."""

import re
import subprocess
from functools import cache
from pathlib import Path

from vidream.errors import MediaError
from vidream.media.containers import CONTAINERS, container_of
from vidream.media.maker import Encoding
from vidream.media.program import executable
from vidream.media.target import codec_of

_ROW = re.compile(r"^ V\S* (\S+)", re.MULTILINE)


@cache
def encoders() -> frozenset[str]:
    """The encoders of pictures that this ffmpeg has, by its names of them."""
    command = [executable(), "-hide_banner", "-nostdin", "-encoders"]
    listed = subprocess.run(command, capture_output=True, stdin=subprocess.DEVNULL, check=False).stdout
    return frozenset(_ROW.findall(listed.decode("utf-8", "replace")))


def check_encoder(out: Path, encoding: Encoding) -> None:
    """Raise MediaError if this ffmpeg lacks the encoder of a film; it says which others are here."""
    if container_of(out) is None:
        return
    codec = codec_of(out, encoding.codec)
    if codec.needs in encoders():
        return
    others = [each.word for each in CONTAINERS[out.suffix.lower()].codecs if each.needs in encoders()]
    instead = f"give --codec {', '.join(others)}, or " if others else ""
    raise MediaError(
        f"{out}: this ffmpeg has no encoder {codec.needs}, which {codec.name} takes; {instead}"
        "set IMAGEIO_FFMPEG_EXE to an ffmpeg that has it"
    )
