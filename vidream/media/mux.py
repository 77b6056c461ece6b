"""A sound beside a picture that is copied: ffmpeg's arguments, so that both begin together and end as they should."""

from fractions import Fraction

from vidream.media.ffmpeg import in_use, input_file
from vidream.media.maker import Encoding
from vidream.media.overlaps import COPIED, DECODED, to_file_clock
from vidream.media.soundtrack import Way

FADE = Fraction(1)  # second
LENIENT = ("-max_error_rate", "1")  # a sound that cannot all be decoded is no reason to fail


class SoundInput:
    """What a sound adds to a command whose input 0 is the picture; the sound is input 1."""

    def __init__(self, encoding: Encoding, way: Way, count: int, trial: Fraction | None = None) -> None:
        """Reckon which part of the sound belongs to the film.

        Args:
            encoding: the film; it has a sound.
            way: how it gets that.
            count: output frames in all.
            trial: seconds of sound that are enough, sought without care for exactness; None for the film itself.
        """
        self.encoding, self.way, self.trial = encoding, way, trial
        self.film_length = count / encoding.fps
        duration = encoding.duration
        if encoding.fade:
            duration = self.film_length
        self.length = min((length for length in (duration, trial) if length is not None), default=None)
        self.overlaps = encoding.sound.overlaps if encoding.sound else ()

    @property
    def inputs(self) -> list[str]:
        """The arguments that open the sound."""
        if not self.way.copied and self.trial is None:
            return input_file(self.way.sound.path)  # filters cut it: some kinds of file cannot be sought exactly
        return input_file(self.way.sound.path, *self._span())

    @property
    def outputs(self) -> list[str]:
        """Arguments of the film: how the sound is encoded, and filtered."""
        arguments = [*self.way.encoder]
        if self.overlaps and self.way.copied:
            arguments += ["-bsf:a", COPIED]
        filters = self._filters()
        if filters and not self.way.copied:
            arguments += ["-af", ",".join(filters)]
        arguments += LENIENT
        if self.length is not None:  # as an option of the input it would count from where the sound begins, maybe late
            arguments += ["-t", _seconds(max(self.length, self.film_length))]
        return arguments

    @property
    def clock(self) -> list[str]:
        """An output of its own that keeps a sound on the clock of its file's picture; [] where none is needed."""
        if not self.way.sound.pictured or self.trial is not None:
            return []
        return in_use("V:0", 1)

    def _span(self) -> list[str]:
        """Options of an input that leave of a sound what belongs to the picture."""
        encoding, options = self.encoding, list[str]()
        start = to_file_clock(encoding.start, self.overlaps)
        if self.length is not None:
            options += ["-t", _seconds(to_file_clock(encoding.start + self.length, self.overlaps) - start)]
        if start and self.trial is None:
            options += ["-itsoffset", f"-{_seconds(start)}"]
        elif start and encoding.sound and not encoding.sound.jumps:
            options += ["-ss", _seconds(start)]
        return options

    def _filters(self) -> list[str]:
        filters = [DECODED] if self.overlaps else []
        if self.trial is None:
            start = self.encoding.start
            end = "" if self.length is None else f":end={_seconds(start + self.length)}"
            filters += [f"atrim=start={_seconds(start)}{end}", f"asetpts=PTS-{_seconds(start)}/TB"]
        filters += self.way.filters
        if self.encoding.fade and not self.encoding.seamless:
            begins = max(Fraction(0), self.film_length - FADE)
            filters.append(f"afade=t=out:st={_seconds(begins)}:d={_seconds(min(FADE, self.film_length))}")
        return filters


def _seconds(time: Fraction) -> str:
    return f"{float(time):.6f}"
