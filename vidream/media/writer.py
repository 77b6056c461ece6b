"""Frames and sound -> a film on disk, in segments that are joined when all are there."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

import numpy as np

from vidream.errors import MediaError, RenderError
from vidream.events import warn
from vidream.frames import PEAK, Frame, Size
from vidream.media.containers import container_of
from vidream.media.extras import Extra, settle_extras
from vidream.media.fflog import DISK_REFUSED
from vidream.media.ffmetadata import Metadata
from vidream.media.ffmpeg import local, run
from vidream.media.files import move_file
from vidream.media.join import even_times, open_segments, rush_name, segment_name, whole_or_nothing
from vidream.media.kept_metadata import chapters_between
from vidream.media.maker import Encoding, Maker, Write
from vidream.media.mux import Mux, SoundInput
from vidream.media.palette import PaletteFilm
from vidream.media.picture_folder import PictureFolder
from vidream.media.picture_formats import PICTURES, bits_of
from vidream.media.segment import encode_frames
from vidream.media.sequence import sequence
from vidream.media.soundtrack import Way, silence_message, ways
from vidream.media.target import check_word, codec_of, target_of, tell_of_losses, tell_of_rounding

MOMENT = Fraction(1, 2)  # second of sound, for a trial


def maker(out: Path, encoding: Encoding) -> Maker:
    """What makes a film of frames.

    Args:
        out: where it will be; its ending tells its kind: one of CONTAINERS, or a pattern of pictures.
        encoding: what it is to be.
    """
    check_word(out, encoding.codec)
    container = container_of(out)
    if encoding.sound and (container is None or container.sound is None):
        warn(f"pictures have no sound; the sound of {encoding.sound.path} is left out", out)
    if sequence(out, PICTURES):
        if encoding.hdr:
            raise MediaError(
                f"{out}: --hdr keep writes films only, not pictures in a row; give .mov and --codec prores"
            )
        bits = bits_of(out, encoding.codec, encoding.deep)
        tell_of_rounding(out, bits, deep=encoding.deep)
        text = {name: text for name, text in encoding.metadata.items() if name == "comment"}
        return PictureFolder(out, encoding.prefix, text, bits)
    if container is not None and container.palette:
        return PaletteFilm(out, encoding)
    return EncodedFilm(out, encoding)


def wants_rushes(out: Path, word: str | None) -> bool:
    """Whether the frames of OUT are to be encoded many at a time: see vidream.media.maker.SegmentMaker.rushes.

    Args:
        out: a film, or a pattern of pictures.
        word: of --codec; None: the usual one.
    """
    container = container_of(out)
    return container is not None and not container.palette and not codec_of(out, word).intra


class EncodedFilm(Maker):
    """Makes films whose segments are joined as they are, with the sound beside them."""

    def __init__(self, out: Path, encoding: Encoding) -> None:
        self.out, self.encoding = out, encoding
        self.target = target_of(out, encoding)
        self.raw = self.target.pixel_format.raw
        self.rushes = encoding.rushes
        tell_of_losses(out, encoding, self.target)
        self._ways: Iterator[Way] = iter(())
        if encoding.sound and self.target.sound:
            self._ways = ways(encoding.sound, self.target.sound, encoding.start, cut=encoding.cuts_sound)
        self._way: Way | None = None  # once it has been tried
        self._extras: tuple[Extra, ...] | None = None  # once they have been tried

    @contextmanager
    def segment(self, folder: Path, first: int) -> Iterator[Write]:
        encoder, path = self.target.encoder, folder / self._segment(first)
        if self.rushes:
            encoder = self.target.rush_encoder(self.target.stored_size(self.encoding.size))
            path = folder / self._rush(first)
        with encode_frames(self.out, path, encoder, self.target, self.encoding) as write:
            yield write

    def rush_names(self, first: int, end: int) -> list[str]:
        return [self._rush(first)] if self.rushes else self.names(first, end)

    def encode(self, folder: Path, firsts: Sequence[int], end: int) -> None:
        if not self.rushes:
            return
        fps, path = self.encoding.fps, folder / self._segment(firsts[0])
        rushes = open_segments(folder, firsts, end, fps, self._rush)
        rate = ["-r", str(fps)]  # of an input: its frames come one after the other, whatever their files' clocks say
        with whole_or_nothing(path):  # without -xerror, what cannot be read is left out, and nobody is told
            run(["-xerror", *rate, *rushes, *self.target.encoder_of_rushes, local(path)], f"write {self.out}")

    def names(self, first: int, end: int) -> list[str]:
        return [self._segment(first)]

    def _segment(self, first: int) -> str:
        return segment_name(first, self.target)

    def _rush(self, first: int) -> str:
        return rush_name(first, self.target)

    def try_sound(self, folder: Path) -> str:
        """Join a segment of one frame with a moment of sound: how the film gets its sound is settled then.

        Returns:
            What its listener should know of the sound; "" if nothing.

        Raises:
            MediaError: the sound is one that was named for the film, and cannot be used.
            RenderError: the film cannot be made.
        """
        reason = ""
        for way in self._ways:
            try:
                self._join(folder, [0], 1, way, trial=MOMENT)
            except RenderError as error:
                reason = str(error)
                if DISK_REFUSED.search(reason):
                    raise
                continue
            self._way = way
            return way.message
        self._join(folder, [0], 1, None)
        if self.encoding.sound is None:
            return ""
        message = silence_message(self.encoding.sound, self.encoding.start, reason)
        if self.encoding.fade:
            raise MediaError(f"{self.encoding.sound.path}: {message}; convert it first, or name another file")
        return f"{message}; the film is made without sound"

    def try_extras(self, folder: Path) -> list[str]:
        """Join the first frame with a moment of each further stream: which the film gets, and how, is settled then.

        Returns:
            What is to be known of them.

        Raises:
            RenderError: the disk refuses.
        """

        def attempt(extra: Extra) -> None:
            self._join(folder, [0], 1, None, [extra], MOMENT)

        rule = self.target.container.streams
        track = self._way.sound.track if self._way else None
        self._extras, told = settle_extras(self.encoding, rule, self.target.sound, attempt, taken=track)
        return told

    def join(self, folder: Path, firsts: Sequence[int], count: int) -> None:
        way = self._way or next(self._ways, None)
        if self._extras is None:
            self.try_extras(folder)
        try:
            self._join(folder, firsts, count, way, self._extras or ())
        except RenderError as error:
            if DISK_REFUSED.search(str(error)) or not (self._extras or (way and way.copied)):
                raise
            self._join_less(folder, firsts, count, way, error)

    def _join_less(self, folder: Path, firsts: Sequence[int], count: int, way: Way | None, error: RenderError) -> None:
        """Without what cannot be written to its end, which no trial can tell."""
        if self._extras:
            warn(f"its further streams cannot be written to their end ({error}); they are left out", self.out)
            try:
                self._join(folder, firsts, count, way)
            except RenderError as again:
                if way is None or not way.copied or DISK_REFUSED.search(str(again)):
                    raise
                error = again
            else:
                return
        warn(f"its sound cannot be copied to its end ({error}); it is encoded anew", self.out)
        self._join(folder, firsts, count, next(self._ways))

    def _join(
        self,
        folder: Path,
        firsts: Sequence[int],
        count: int,
        way: Way | None,
        extras: Sequence[Extra] = (),
        trial: Fraction | None = None,
    ) -> None:
        """With the sound that `way` gets, and further streams; in a trial with so many seconds of them."""
        encoding, fps = self.encoding, self.encoding.fps
        picture = open_segments(folder, firsts, count, fps, self._segment)
        rule = self.target.container.streams
        options, languages = even_times(fps, self.target.codec.reorder), rule.languages if rule else {}
        mux = Mux(picture, ["-c:v", "copy", *options], encoding.label, languages)
        if way:
            mux.add(SoundInput(encoding, way, count, trial))
        for extra in extras:
            mux.add(extra.side_stream(encoding, count, trial))
        chapters = chapters_between(encoding.chapters, Fraction(0), count / fps)
        out = [*self.target.tag, *self.target.container.muxer, local(self._joined(folder))]
        with whole_or_nothing(self._joined(folder)):
            run(mux.arguments(folder, Metadata(encoding.metadata, (), chapters), out), f"write {self.out}")

    def place(self, folder: Path, count: int, *, overwrite: bool = True) -> None:
        if self._joined(folder).exists():
            move_file(self._joined(folder), self.out, overwrite=overwrite)

    def _joined(self, folder: Path) -> Path:
        return folder / f"{self.target.prefix}whole{self.out.suffix.lower()}"


def try_out(making: Maker, folder: Path, size: Size) -> str:
    """Make a frame, and a moment of its sound.

    Args:
        making: what is tried.
        folder: where; what is made stays there.
        size: of the frame, px.

    Returns:
        What a listener should know of the sound; "" if nothing.

    Raises:
        MediaError: the sound is one that was named for the film, and cannot be used.
        RenderError: the film cannot be made.
    """
    blank = Frame(np.zeros((size.height, size.width, 3), np.uint8), PEAK)
    with making.segment(folder, 0) as write:
        write(blank)
    making.encode(folder, [0], 1)
    if isinstance(making, EncodedFilm):
        message = making.try_sound(folder)
        for told in making.try_extras(folder):
            warn(told, making.out)
        return message
    making.join(folder, [0], 1)
    return ""
