"""A film's stored frames, decoded by ffmpeg, each with its number at the film's rate."""

from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass, replace
from fractions import Fraction

from vidream.events import checkpoint, warn
from vidream.frames import Frame
from vidream.media.fflog import decode_errors
from vidream.media.ffmpeg import Ffmpeg, decoder, in_use, input_file
from vidream.media.overlaps import to_file_clock, to_film_clock
from vidream.media.probe import too_large
from vidream.media.raw import RGB24, RGB48, RGBA32, RGBA64, RawFormat
from vidream.media.stamps import STAMPS
from vidream.media.timing import slot_of
from vidream.media.video import Hdr, Overlap, Pace, Video

RUN_UP = Fraction(1)
"""Seconds before a frame that is sought, from which all are decoded: what follows may lean on what lies before."""
INDEXED = (".mp4", ".mov", ".m4v", ".mkv", ".webm")
"""Kinds of file in which a moment can be sought by its time."""
DEINTERLACE = "bwdif=mode=send_frame:deint=interlaced"


def film_to_read(video: Video, pace: Pace, *, alpha: bool, hdr: bool) -> "ReadFilm":
    """How a film is read.

    Args:
        video: the film.
        pace: of it.
        alpha: whether its frames are to have the alpha that it has.
        hdr: whether they are to be coded as the film is, where it is of HDR; they then have no alpha.
    """
    if hdr and video.hdr:
        return ReadFilm(video, pace, hdr=video.hdr)
    return ReadFilm(video, pace, alpha and video.alpha)


@dataclass(frozen=True)
class ReadFilm:
    """A film, and how it is read."""

    video: Video
    """The film."""
    pace: Pace
    """How its stored frames fill its rate."""
    alpha: bool = False
    """Whether its frames have their alpha."""
    hdr: Hdr | None = None
    """How they are coded where a film of HDR is kept as it is; None: as sRGB."""
    sparse: bool = False
    """Whether frames that no other frame needs are left out, undecoded: for a show, where decoding is too slow."""
    sought: bool = False
    """Whether what lies long before the first frame is passed over, undecoded, where the kind of file lets one: for a
    look at a moment. A damaged file's frames may differ from those that are decoded from its beginning."""

    @property
    def raw(self) -> RawFormat:
        """As which its frames come."""
        if self.hdr:
            return RGB48
        if self.alpha:
            return RGBA64 if self.video.deep else RGBA32
        return RGB48 if self.video.deep else RGB24

    def arguments(self, begin: Fraction | None) -> list[str]:
        """Ffmpeg's, that write raw frames from a time on, or all."""
        video, chosen = self.video, ["-skip_frame", "noref"] if self.sparse else []
        if begin is not None and self.sought and begin > RUN_UP and _has_index(video):
            place = f"{float(begin - RUN_UP):.6f}"
            chosen = [*chosen, "-ss", place, "-copyts", "-start_at_zero"]
        filters = [*video.filters]
        if self.alpha:
            filters, chosen = [*video.alpha_filters], [*chosen, *decoder(video.alpha_decoder)]
        elif self.hdr:
            filters = [*self.hdr.filters]
        if begin is not None:
            filters.insert(filters.count(DEINTERLACE), f"select=gte(t\\,{float(begin):.6f})")
        opening = input_file(video.path, *chosen, "-max_pixels", str(video.max_pixels))
        picture = ["-map", f"0:V:{video.track}", "-vf", ",".join(filters), "-fps_mode", "passthrough", STAMPS]
        clock = in_use(f"a:{video.sound.track}") if video.sound else []
        return [*opening, *picture, "-f", "rawvideo", "-", *clock]


def stored_frames(film: ReadFilm, first: int) -> Generator[tuple[int, Frame]]:
    """The film's stored frames, with their numbers at its rate; of those before `first`, the last one at least.

    All are decoded, which is the only seeking that is exact; those that are not needed are left out before they are
    converted, where the times of the rest tell their numbers.
    """
    video, pace = film.video, film.pace
    if not first or pace.in_order:
        yield from _decode(film, None)
        return
    begin = to_file_clock(video.begins + (first - 1) / pace.rate - pace.longest, _overlaps(video))
    with closing(_decode(film, begin)) as decoded:
        numbered = next(decoded, None)
        if numbered is not None and numbered[0] <= first:
            yield numbered
            yield from decoded
            return
    yield from _decode(film, None)  # the frames just before cannot be read: what is before them is shown


def _has_index(video: Video) -> bool:
    """Whether moments of a film can be sought by the times that its frames have."""
    sound = video.sound
    return video.path.suffix.lower() in INDEXED and not (sound and (sound.jumps or sound.overlaps))


def _decode(film: ReadFilm, begin: Fraction | None) -> Generator[tuple[int, Frame]]:
    """Stored frames from a time on, or all, with their numbers."""
    yield from decoded(film, start(film, begin), whole=begin is None)


def start(film: ReadFilm, begin: Fraction | None = None) -> Ffmpeg:
    """Ffmpeg, that has begun to decode a film from a time on, or all of it; for `decoded`, or to be closed.

    Args:
        film: the film.
        begin: seconds on the file's clock; None: its beginning.
    """
    return Ffmpeg(film.arguments(begin), f"read {film.video.path}", pulled=True)


def decoded(film: ReadFilm, run: Ffmpeg, *, whole: bool = True, told: bool = True) -> Generator[tuple[int, Frame]]:
    """The stored frames that an ffmpeg decodes, with their numbers; it has ended when they have.

    Args:
        film: the film.
        run: what decodes it.
        whole: whether it does so from the beginning, so that there must be frames.
        told: whether a warning tells of those that could not be read.

    Raises:
        RenderError: it failed in the middle.
    """
    video, pace, raw, expected = film.video, film.pace, film.raw, 0
    overlaps, frame_bytes = _overlaps(video), raw.frame_bytes(video.size)
    with run:
        while (data := run.pull(frame_bytes)) is not None:
            time = run.stamps.next()
            if time is not None:
                time = to_film_clock(time, overlaps)
            slot = slot_of(time, expected, video.begins, pace)
            checkpoint()
            frame = raw.frame(data, video.size)
            yield slot, replace(frame, transfer=film.hdr.transfer) if film.hdr else frame
            expected = slot + 1
        if told and not run.killed and (expected or whole):  # else there is nothing from that time on
            _tell_of_damage(video, pace, run.lines(), expected)


def _overlaps(video: Video) -> tuple[Overlap, ...]:
    return video.sound.overlaps if video.sound else ()


def _tell_of_damage(video: Video, pace: Pace, lines: list[str], reached: int) -> None:
    """Say, once the film is read to its end, how many frames could not be, by ffmpeg's count and by their times."""
    lost = max(decode_errors(lines), pace.count - pace.ending + 1 - reached)
    if lost <= 0:
        return
    large = too_large("\n".join(lines))
    if large is None:
        warn(f"damaged: {lost} of its frames cannot be read; what lies before is shown", video.path)
        return
    reason = f"{lost} of its frames are {large}, more than --max-pixels {video.max_pixels} allows, or cannot be read"
    warn(f"{reason}; what lies before is shown", video.path)
