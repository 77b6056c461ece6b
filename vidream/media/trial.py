"""What can fail at the end is tried at the beginning: a frame and a moment of sound are made, joined, thrown away."""

from pathlib import Path

from vidream.errors import MediaError, RenderError
from vidream.events import warn
from vidream.media.containers import container_of
from vidream.media.encoders import check_encoder
from vidream.media.maker import Encoding, Maker
from vidream.media.paths import workshop
from vidream.media.target import target_of
from vidream.media.writer import try_out

_passed: set[tuple[object, ...]] = set()  # what went well before, in this process, and had nothing to be said of


def check_trial(maker: Maker, out: Path, encoding: Encoding) -> None:
    """Try what makes OUT, with everything that takes part: encoders, file system, the sound itself.

    A warning tells where sound of the source's own cannot be read, and is left out; and what is done to it.

    Args:
        maker: what makes OUT.
        out: the film.
        encoding: what it is to be.

    Raises:
        MediaError: OUT cannot be made so.
    """
    _check_size(out, encoding)
    changed = encoding.sound and encoding.sound.path.stat().st_mtime_ns
    key = (out.absolute().parent, out.suffix, encoding, changed)
    if key in _passed:
        return
    try:
        with workshop(out) as folder:
            message = try_out(maker, folder, encoding.size)
    except RenderError as error:
        check_encoder(out, encoding)
        raise MediaError(f"{error} (found in a trial, before the first frame)") from None
    except ValueError as error:  # of Pillow, to which a picture is too large for its kind
        raise MediaError(f"{out}: cannot be written as {encoding.size}: {error}") from None
    except FileNotFoundError as error:  # there is no temporary folder at all
        raise MediaError(f"{out}: cannot be written: {error.strerror}") from None
    if not message:
        _passed.add(key)
    elif encoding.sound:
        warn(message, encoding.sound.path)


def _check_size(out: Path, encoding: Encoding) -> None:
    """Raise MediaError if the picture is larger, or smaller, than what is to encode it takes."""
    if container_of(out) is None:
        return
    target = target_of(out, encoding)
    codec, size = target.codec, target.stored_size(encoding.size)
    if max(encoding.size) > codec.longest:
        bound = f"{codec.name} takes at most {codec.longest} px a side"
        raise MediaError(f"{out}: {bound}, not {encoding.size}; give a smaller --size")
    if size.width < codec.least.width or size.height < codec.least.height:
        bound = f"{codec.name} takes at least {codec.least} px"
        raise MediaError(f"{out}: {bound}, not {encoding.size}; give a larger --size")
