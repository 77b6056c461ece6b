"""What is known of a film or a sound before it is read: Video, Sound, and how their times are to be taken."""

from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

from vidream.frames import Size
from vidream.media.colour import Stored


@dataclass(frozen=True)
class Overlap:
    """Where one of several joined recordings begins before the sound of those before it is over."""

    time: Fraction
    """When it begins: seconds, on the clock that ffmpeg tells."""
    late: Fraction
    """Seconds by which all that follows comes later, so that nothing overlaps."""


@dataclass(frozen=True)
class Sound:
    """A sound track of a file."""

    path: Path
    """The file."""
    codec: str
    """ffmpeg's name of the codec: aac, mp3, vorbis, pcm_s16le."""
    channels: str = ""
    """ffmpeg's name of the channels' layout: mono, stereo, 5.1(side), "60 channels"; "" where it is not known."""
    pictured: bool = False
    """Whether the file has a picture, too. Some kinds of file count time from the start of what is read of them, so
    that the picture must be read wherever the sound is, and the other way round (vidream.media.ffmpeg.in_use)."""
    track: int = 0
    """The number of the track among the file's sound tracks; 0 is the first."""
    overlaps: tuple[Overlap, ...] = ()
    """Of joined recordings, in order (vidream.media.overlaps)."""
    jumps: bool = False
    """Whether the file's clock begins anew on the way, so that no moment can be sought by its time."""
    choice: str = field(default="", compare=False, repr=False)
    """What is to be told of its choice among several, wherever the film takes but one; "" if nothing."""


@dataclass(frozen=True)
class Pace:
    """How a film's stored frames fill its constant rate."""

    rate: Fraction
    """Frames a second, exact."""
    count: int
    """Frames in all at that rate, as the film's packets tell."""
    ending: int = 1
    """Frames that the last stored one is shown for."""
    longest: Fraction = Fraction(0)
    """Seconds that any stored frame is shown for, at most."""
    in_order: bool = False
    """Whether each stored frame is a frame, one after the other, since the file's clock is too coarse for the rate."""


@dataclass(frozen=True)
class Mastering:
    """The display that a film of HDR was graded on (SMPTE ST 2086)."""

    points: tuple[Fraction, ...]
    """x and y of red, green, blue and white."""
    least: Fraction
    """cd/m2 of its black."""
    most: Fraction
    """cd/m2 of its white."""


@dataclass(frozen=True)
class Hdr:
    """How a film of HDR is coded, so that it can be kept."""

    transfer: str
    """vidream.hdr.PQ or HLG."""
    primaries: str
    """What red, green and blue are, by ffmpeg's names; bt2020 in nearly all."""
    filters: tuple[str, ...] = ()
    """ffmpeg's, in place of Video.filters, that make RGB of the stored frames and change nothing else."""
    mastering: Mastering | None = None
    """The display that it was graded on; None: not told."""
    brightest: tuple[int, int] | None = None
    """cd/m2 of the brightest px, and of the brightest frame's mean; None: not told."""


@dataclass(frozen=True)
class Video:
    """A film on disk, as its packets and its first frame tell."""

    path: Path
    """The file; of pictures, their folder or pattern."""
    size: Size
    """Px of a frame as it is shown: turned upright, px square."""
    fps: Fraction
    """Frames a second, exact and constant: frames of a variable rate are repeated to fill it."""
    count: int | None
    """Frames in all, as far as can be known before they are read."""
    begins: Fraction = Fraction(0)
    """Second after the file's own start at which the first frame lies; the sound may lie before."""
    sound: Sound | None = None
    """None for a silent film."""
    filters: tuple[str, ...] = ()
    """ffmpeg's, that make of the stored frames what they should look like. None of them keeps anything of a film but a
    few frames, as ffmpeg begins them anew wherever size or colours change."""
    stored: Stored | None = None
    """How its frames lie in it; None for pictures."""
    pictures: tuple[Path, ...] = ()
    """The files of a sequence of pictures, in order; () for a film."""
    pace: Pace | None = None
    """How stored frames become frames at `fps`; None for pictures."""
    max_pixels: int = 2**31 - 1
    """Px that any frame may have."""
    track: int = 0
    """The number of the picture among the file's; 0 is the first, as in nearly all."""
    deep: bool = False
    """Whether the stored samples have more than 8 bits, so that frames are uint16."""
    hdr: Hdr | None = None
    """How it is kept as it is, of a film of HDR; None: it is of SDR."""
    alpha: bool = False
    """Whether the stored px have an alpha; nothing need be seen through."""
    alpha_filters: tuple[str, ...] = ()
    """ffmpeg's, in place of `filters`, that keep the alpha."""
    alpha_decoder: str = ""
    """ffmpeg's decoder that reads the alpha; "": the usual one."""
