"""What a plan's film is encoded as, before it is known what sound it has."""

from collections.abc import Iterator
from pathlib import Path

from vidream.media.containers import container_of
from vidream.media.maker import Encoding
from vidream.media.picture_formats import bits_of, picture_format_of
from vidream.media.target import check_word, target_of
from vidream.plan.film import FilmPlan
from vidream.plan.source import hdr_of, video_of
from vidream.plan.step import Plan


def encoding_of(plan: Plan) -> Encoding:
    """What the film of a plan is to be, beside its frames and its sound."""
    knobs = plan.config.film
    video = video_of(plan.source) if isinstance(plan, FilmPlan) else None
    hdr = hdr_of(plan.source) if isinstance(plan, FilmPlan) else None
    return Encoding(
        size=plan.canvas,
        fps=plan.fps,
        crf=knobs.crf,
        pix_fmt=knobs.pix_fmt,
        sound=None,
        codec=knobs.codec,
        quality=knobs.quality,
        deep=video is not None and video.deep,
        alpha=video is not None and video.alpha and hdr is None,
        hdr=hdr,
    )


def described(plan: Plan, out: Path) -> Iterator[str]:
    """A line that says what OUT will be; nothing where its ending is none that is written.

    Raises:
        MediaError: what is asked for does not go together.
    """
    check_word(out, plan.config.film.codec)
    encoding, kind = encoding_of(plan), picture_format_of(out)
    if kind is not None:
        bits = bits_of(out, encoding.codec, encoding.deep)
        alpha = " with alpha" if kind.alpha and encoding.alpha else ""
        floats = " of floats" if kind.light else ""
        yield f"{out}: {kind.name}, {bits} bits{floats}{alpha}, {encoding.size}"
    if container_of(out) is None:
        return
    target = target_of(out, encoding)
    rate = f"quality {target.grade.quality}" if encoding.crf is None else f"CRF {encoding.crf}"
    alpha = " with alpha" if target.pixel_format.alpha else ""
    depth = f"{target.pixel_format.name}, {target.pixel_format.bits} bits{alpha}"
    yield f"{out}: {target.codec.name}, {rate}, {depth}, {target.stored_size(encoding.size)}"
