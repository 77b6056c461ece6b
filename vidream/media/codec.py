"""What a codec of films is: encoder, depths, limits of size, grades. The rows are in vidream.media.codecs."""

from dataclasses import dataclass

from vidream.frames import Size
from vidream.media.grades import Grade
from vidream.media.pixels import PixelFormat

ANY = Size(1, 1)
"""No limit to a frame, px."""


@dataclass(frozen=True)
class Codec:
    """How a film's picture is encoded."""

    word: str
    """What --codec calls it."""
    name: str
    """Its name for people."""
    key: str
    """Its name in the records of a session: segments of another codec cannot be resumed."""
    encoder: tuple[str, ...]
    """ffmpeg's arguments; the first two are "-c:v" and the encoder."""
    grades: tuple[Grade, ...]
    """One or several for each quality; if several, the first is for 8 bits."""
    segment: str
    """The ending of its segments: a container that keeps times exactly, and that ffmpeg joins without encoding."""
    longest: int
    """The longest side that it takes, px."""
    least: Size = ANY
    """The smallest frame that it takes, px."""
    multiple: Size = ANY
    """The sides of its planes must be multiples of this, px; those of colour are smaller where px share it."""
    reorder: int = 0
    """Frames by which the order of decoding may differ from that of showing; 0 without B-frames."""
    odd: bool = False
    """Whether sides may be odd although px share samples of colour."""
    plain: bool = False
    """Whether it gets the usual pixel format whatever the source has, because players expect no other."""
    sdr: bool = False
    """Whether its pictures are always tagged as BT.709, so that it cannot hold HDR."""
    intra: bool = False
    """Whether it encodes each frame by itself. Its films are for editing, with PCM sound if the container holds it."""
    tag: str = ""
    """The tag that QuickTime needs; "" if it is the one that ffmpeg writes."""
    alpha_segment: str = ""
    """The ending of segments with alpha, if it is another than `segment`."""
    with_alpha: str = ""
    """The word of the codec of its family that has an alpha; "" if that is itself, or there is none."""

    @property
    def pixel_formats(self) -> tuple[PixelFormat, ...]:
        """All that it takes, in any grade, each once."""
        return tuple(dict.fromkeys(row for grade in self.grades for row in grade.pixel_formats))

    @property
    def has_crf(self) -> bool:
        """Whether --crf applies to it."""
        return any(grade.crf is not None for grade in self.grades)

    @property
    def needs(self) -> str:
        """Ffmpeg's name of its encoder."""
        return self.encoder[1]

    @property
    def segments(self) -> set[str]:
        """The endings that its segments may have."""
        return {self.segment_of(row) for row in self.pixel_formats}

    def segment_of(self, pixel_format: PixelFormat) -> str:
        """The ending of segments in a pixel format."""
        return self.alpha_segment if self.alpha_segment and pixel_format.alpha else self.segment

    def steps_of(self, pixel_format: PixelFormat) -> Size:
        """The steps in which its sides grow, px."""
        shared = ANY if self.odd else pixel_format.chroma
        return Size(self.multiple.width * shared.width, self.multiple.height * shared.height)

    def stored_size(self, size: Size, pixel_format: PixelFormat) -> Size:
        """The size at which frames of `size` are stored: each side grows until the codec takes it."""
        across, down = self.steps_of(pixel_format)
        return Size(size.width + -size.width % across, size.height + -size.height % down)
