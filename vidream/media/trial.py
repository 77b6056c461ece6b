"""What can fail at the end is tried at the beginning: a frame and a moment of sound are made, joined, thrown away."""

from pathlib import Path

from vidream.errors import MediaError, RenderError
from vidream.events import warn
from vidream.media.containers import CONTAINERS, GIF_LONGEST
from vidream.media.paths import workshop
from vidream.media.writer import Encoding, Maker, try_out

_passed: set[tuple[object, ...]] = set()  # what went well before, in this process, and had nothing to be said of


def check_trial(made: Maker, out: Path, encoding: Encoding) -> None:
    """Try what makes OUT, with everything that takes part: encoders, file system, the sound itself.

    Sound of the source's own that cannot be read is left out, which is said; so is what is done to it.

    Raises:
        MediaError: OUT cannot be made so.
    """
    _check_size(out, encoding)
    written = encoding.sound and encoding.sound.path.stat().st_mtime_ns
    key = (out.absolute().parent, out.suffix, encoding, written)
    if key in _passed:
        return
    try:
        with workshop(out) as folder:
            said = try_out(made, folder, encoding.size)
    except RenderError as error:
        raise MediaError(f"{error} (found in a trial, before the first frame)") from None
    except ValueError as error:  # of Pillow, to which a picture is too large for its kind
        raise MediaError(f"{out}: cannot be written as {encoding.size}: {error}") from None
    except FileNotFoundError as error:  # there is no temporary folder at all
        raise MediaError(f"{out}: cannot be written: {error.strerror}") from None
    if not said:
        _passed.add(key)
    elif encoding.sound:
        warn(said, encoding.sound.path)


def _check_size(out: Path, encoding: Encoding) -> None:
    """Raise MediaError if the picture is larger than what is to encode it takes."""
    ending = out.suffix.lower()
    if ending in CONTAINERS:
        name, longest = CONTAINERS[ending].codec.name, CONTAINERS[ending].codec.longest
    elif ending == ".gif":
        name, longest = "GIF", GIF_LONGEST
    else:
        return
    if max(encoding.size) > longest:
        raise MediaError(f"{out}: {name} takes at most {longest} px a side, not {encoding.size}; give a smaller --size")
