"""The target of a run: the rows that OUT's ending, --codec, --quality, --crf and --pix-fmt come to.

If no pixel format is asked for, it follows the depth and the alpha of the source as far as the codec goes.
"""

from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

from vidream.config import Film
from vidream.errors import MediaError
from vidream.events import note, warn
from vidream.frames import Size
from vidream.media.codec import Codec
from vidream.media.codecs import CODECS, kept_whole
from vidream.media.containers import CONTAINERS, Container, SoundRule, container_of
from vidream.media.grades import GOOD, Grade
from vidream.media.maker import Encoding
from vidream.media.mastering import with_light
from vidream.media.picture_formats import PICTURE_WORDS, picture_format_of
from vidream.media.pixels import BT709, Colours, PixelFormat
from vidream.media.video import Hdr


@dataclass(frozen=True)
class Target:
    """What a film is encoded as."""

    container: Container
    """The kind of file."""
    codec: Codec
    """The codec of its picture."""
    grade: Grade
    """How finely it encodes."""
    pixel_format: PixelFormat
    """How px are stored."""
    hdr: Hdr | None = None
    """How its frames are coded if it is HDR; None: it is SDR."""
    prefix: str = ""
    """What the names of its files begin with until they are put in place."""

    @property
    def segment(self) -> str:
        """The ending of its segments."""
        return self.codec.segment_of(self.pixel_format)

    @property
    def sound(self) -> SoundRule | None:
        """The rule for its sound; None: it has none."""
        if self.codec.intra and self.container.master_sound:
            return self.container.master_sound
        return self.container.sound

    @property
    def encoder(self) -> tuple[str, ...]:
        """Ffmpeg's arguments that encode raw frames into a segment."""
        return (*self._encoder, *self.pixel_format.arguments(self._colours), *self._tag)

    def rush_encoder(self, size: Size) -> tuple[str, ...]:
        """Ffmpeg's arguments that keep raw frames as the encoder will be given them, without loss.

        Args:
            size: of the frames as they are stored.
        """
        return (*kept_whole(size), *self.pixel_format.arguments(self._colours))

    @property
    def encoder_of_rushes(self) -> tuple[str, ...]:
        """Ffmpeg's arguments that encode what was kept so into a segment."""
        return (*self._encoder, *self.pixel_format.stored(self._colours), *self._tag)

    @property
    def _encoder(self) -> tuple[str, ...]:
        encoder = with_light(self.codec.encoder, self.hdr) if self.hdr else self.codec.encoder
        return (*encoder, *self.grade.rate)

    @property
    def _colours(self) -> Colours:
        return Colours("bt2020nc", self.hdr.primaries, self.hdr.transfer) if self.hdr else BT709

    @property
    def _tag(self) -> tuple[str, ...]:
        return ("-tag:v", self.codec.tag) if self.codec.tag else ()

    @property
    def tag(self) -> tuple[str, ...]:
        """Ffmpeg's arguments for the tag of the picture when segments are joined."""
        return ("-tag:v", self.codec.tag) if self.codec.tag and self.container.quicktime else ()

    def stored_size(self, size: Size) -> Size:
        """The size at which frames of `size` are stored."""
        return self.codec.stored_size(size, self.pixel_format)


def codec_of(out: Path, word: str | None) -> Codec:
    """The codec of a film.

    Args:
        out: the film; its ending is one of CONTAINERS.
        word: of --codec; None: the usual one of its kind.

    Raises:
        MediaError: its kind of file does not hold that codec.
    """
    container = CONTAINERS[out.suffix.lower()]
    if word is None:
        return container.codec
    for codec in container.codecs:
        if codec.word == word:
            return codec
    raise _unfit(out, word, [codec.word for codec in container.codecs])


def check_word(out: Path, word: str | None) -> None:
    """Raise MediaError if --codec and OUT do not fit each other. Unknown endings are for check_out to refuse."""
    if word is None:
        return
    if container_of(out) is not None:
        codec_of(out, word)
        return
    fitting = [known for known, endings in PICTURE_WORDS.items() if out.suffix.lower() in endings]
    if word not in fitting:
        raise _unfit(out, word, fitting)


def _unfit(out: Path, word: str, fitting: list[str]) -> MediaError:
    others = f"; {out.suffix.lower()} takes {', '.join(fitting)}" if fitting else ""
    return MediaError(f"{out}: --codec {word} goes into {', '.join(endings_of(word))}{others}")


def endings_of(word: str) -> list[str]:
    """The endings that a word of --codec fits."""
    films = [ending for ending, row in CONTAINERS.items() if word in [codec.word for codec in row.codecs]]
    return [*films, *PICTURE_WORDS.get(word, ())]


def target_of(out: Path, encoding: Encoding) -> Target:
    """What a film is encoded as.

    Args:
        out: the film; its ending is one of CONTAINERS.
        encoding: what it is to be.

    Raises:
        MediaError: what is asked for does not go together.
    """
    container, codec = CONTAINERS[out.suffix.lower()], codec_of(out, encoding.codec)
    grades = [grade for grade in codec.grades if grade.quality == (encoding.quality or GOOD)]
    if encoding.crf is not None and codec.has_crf:
        grades = [grade.at(encoding.crf) for grade in grades]
    elif encoding.crf is not None and not container.palette:
        raise MediaError(f"{out}: {codec.name} has no --crf; give --quality small, good or master")
    choices = [(grade, row) for grade in grades for row in grade.pixel_formats if _fits(row, codec, container)]
    grade, pixel_format = _chosen(choices, encoding, codec, container)
    if encoding.hdr and codec.sdr:
        raise MediaError(f"{out}: {codec.name} cannot say that it is HDR, as --hdr keep asks; --codec prores can")
    if encoding.hdr and not pixel_format.deep:
        raise MediaError(f"{out}: --hdr keep takes 10 bits or more, {codec.name} has 8; {_keeping(out, 'deep')} them")
    return Target(container, codec, grade, pixel_format, encoding.hdr, encoding.prefix)


def _fits(pixel_format: PixelFormat, codec: Codec, container: Container) -> bool:
    """Whether a kind of film holds a codec in a pixel format: one of QuickTime has no room for an alpha beside VP9."""
    return not (pixel_format.alpha and codec.alpha_segment and container.quicktime)


def _chosen(
    choices: list[tuple[Grade, PixelFormat]], encoding: Encoding, codec: Codec, container: Container
) -> tuple[Grade, PixelFormat]:
    """The grade and the pixel format that are asked for, or else those that suit the source."""
    asked = encoding.pix_fmt
    if asked is not None:
        found = next((choice for choice in choices if choice[1].name == asked), None)
        if found is None and container.palette and asked in _SHALLOW:
            return choices[0]  # its px are colours of a palette, whatever is asked
        if found is None:
            if len(codec.pixel_formats) == 1:
                raise MediaError(f"--pix-fmt {asked}: {codec.name} has one of its own; leave --pix-fmt out")
            names = dict.fromkeys(row.name for _, row in choices)
            at = f" at --quality {encoding.quality}" if encoding.quality else ""
            given = f"{'one of ' if len(names) > 1 else ''}{', '.join(names)}"
            raise MediaError(f"--pix-fmt {asked}: {codec.name} does not take it{at}; give {given}")
        return found
    if codec.plain:
        return choices[0]
    fitting = [choice for choice in choices if choice[1].alpha == encoding.alpha] or choices
    return next((choice for choice in fitting if choice[1].deep == encoding.deep), fitting[0])


_SHALLOW = {row.name for codec in CODECS for row in codec.pixel_formats if not (row.deep or row.alpha)}


def written_size(out: Path, encoding: Encoding) -> Size:
    """The size of the film, or of the pictures, that is written, px.

    Raises:
        MediaError: what is asked for does not go together.
    """
    if container_of(out) is None:
        return encoding.size
    return target_of(out, encoding).stored_size(encoding.size)


def tell_of_losses(out: Path, encoding: Encoding, target: Target) -> None:
    """Say what of its source a film cannot hold, and what would hold it; and if its size is another than asked for."""
    codec, pixel_format = target.codec, target.pixel_format
    if encoding.deep and not pixel_format.deep:
        which = f" in {pixel_format.name}" if len(codec.pixel_formats) > 1 else ""
        lost = f"its source has more than 8 bits, {codec.name}{which} has 8"
        needs = ("deep", "alpha") if encoding.alpha else ("deep",)
        note(f"{lost}; {_keeping(out, *needs)} them", out)
    size = target.stored_size(encoding.size)
    if size == encoding.size:
        return
    taken = f"no odd sides in {pixel_format.name}: the last row or column is repeated"
    if codec.multiple != (1, 1):
        across, down = codec.steps_of(pixel_format)
        steps = f"widths in steps of {across} px and heights in steps of {down} px"
        taken = f"{steps}: the last rows or columns are repeated"
    kept = "; --pix-fmt yuv444p or .webm keeps the size" if codec.plain else ""
    warn(f"{codec.name} takes {taken}, {encoding.size} becomes {size}{kept}", out)


def tell_of_rounding(out: Path, bits: int, *, deep: bool) -> None:
    """Say it where pictures have 8 bits, and their source more.

    Args:
        out: their path or pattern.
        bits: of their samples.
        deep: whether their source has more than 8.
    """
    if deep and bits == 8:
        note("its source has more than 8 bits, and is rounded to them; .png, .tif and .exr keep it", out)


def holds_alpha(out: Path, film: Film) -> bool:
    """Whether the film, or the pictures, at OUT keep the alpha of their frames.

    Raises:
        MediaError: what is asked for does not go together.
    """
    if container_of(out) is None:
        kind = picture_format_of(out)
        return kind is not None and kind.alpha
    wanted = Encoding(Size(1, 1), Fraction(1), film.crf, film.pix_fmt, None)
    wanted = replace(wanted, codec=film.codec, quality=film.quality, alpha=True)
    return target_of(out, wanted).pixel_format.alpha


def keeps_alpha(out: Path, word: str | None = None) -> str:
    """The end of a sentence about a film that has no alpha: what would.

    Args:
        out: the film.
        word: of --codec, whose own family comes first; it fits OUT.
    """
    container = container_of(out)
    if container is not None:
        family = codec_of(out, word).with_alpha
        if family in _words(container, ("alpha",)):
            return f"--codec {family} keeps it"
    return f"{_keeping(out, 'alpha')} it"


def _keeping(out: Path, *needs: str) -> str:
    """The words that would keep what a film cannot hold: for its ending, or for another; needs: "alpha", "deep"."""
    container = container_of(out)
    here = [] if container is None else _words(container, needs)
    if here:
        return f"--codec {here[0]} keeps"
    ending, words = next((ending, words) for ending, row in CONTAINERS.items() if (words := _words(row, needs)))
    return f"{ending} with --codec {words[0]} keeps"


def _words(container: Container, needs: tuple[str, ...]) -> list[str]:
    """The codecs of a container that hold what is needed; of an alpha those for editing first, which are exact."""
    codecs = [codec for codec in container.codecs if not codec.plain]
    if "alpha" in needs:
        codecs.sort(key=lambda codec: not codec.intra)
    holding = {
        codec.word: any(
            _fits(row, codec, container) and all(getattr(row, need) for need in needs) for row in codec.pixel_formats
        )
        for codec in codecs
    }
    return [word for word, holds in holding.items() if holds]


def encoded_as(out: Path, word: str | None = None) -> str:
    """What a session's records call the frames of OUT: its codec's key, or a picture's ending without the dot.

    Args:
        out: what is made.
        word: of --codec; None: the usual codec of its kind.
    """
    if container_of(out) is None:
        return word or out.suffix.lower().lstrip(".")
    return codec_of(out, word).key
