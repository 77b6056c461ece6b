"""ffmpeg's arguments that put streams beside a finished picture, so that all begin together and end as they should."""

from collections import Counter
from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Protocol

from vidream.media import ffmetadata
from vidream.media.contents import label_of
from vidream.media.ffmetadata import Metadata
from vidream.media.ffmpeg import in_use, input_file, local
from vidream.media.maker import Encoding
from vidream.media.overlaps import COPIED, DECODED, to_file_clock
from vidream.media.soundtrack import Way

FADE = Fraction(1)  # second
LENIENT = ("-max_error_rate", "1")  # a sound that cannot all be decoded is no reason to fail
SILENT = ("-map_metadata", "-1", "-map_chapters", "-1")  # chapters would be those of the sound, without their names
TAGS = "tags.ffmeta"
"""The file beside the segments that holds the film's metadata."""


class SideStream(Protocol):
    """A stream that a film has beside its picture."""

    kind: str
    """ffmpeg's letter for its kind: a sound, s subtitles, d data, t attachment."""

    @property
    def inputs(self) -> list[str]:
        """The arguments that open its file."""

    @property
    def stream(self) -> str:
        """Ffmpeg's name of it in its file: "a:0", or its number."""

    @property
    def tags(self) -> Mapping[str, str]:
        """Its tags: language, title."""

    def outputs(self, number: int) -> list[str]:
        """The film's arguments for it. number: its number in the film among the streams of its kind."""

    def clock(self, file: int) -> list[str]:
        """An output of its own that keeps it on the clock of its file's picture; [] where none is needed.

        file: the number of the input.
        """


class Mux:
    """A command that puts streams beside a picture."""

    def __init__(
        self, picture: Sequence[str], outputs: Sequence[str], tags: Mapping[str, str], languages: Mapping[str, str]
    ) -> None:
        """Begin with the picture, alone.

        Args:
            picture: the arguments that open it.
            outputs: arguments of the film for it.
            tags: its tags.
            languages: codes of languages -> the codes that the kind of file has for them, if they differ.
        """
        self._files, self._maps = [[*picture]], ["-map", "0:v:0"]
        self._outputs, self._clocks = [*outputs], list[str]()
        self._tags, self._counts = [tags], Counter[str]()
        self._languages = languages

    def add(self, stream: SideStream) -> None:
        """Add a stream."""
        if stream.inputs not in self._files:  # what is opened alike is read once
            self._files.append(stream.inputs)
        file = self._files.index(stream.inputs)
        self._maps += ["-map", f"{file}:{stream.stream}"]
        self._outputs += stream.outputs(self._counts[stream.kind])
        self._clocks += stream.clock(file)
        self._tags.append(stream.tags)
        self._counts[stream.kind] += 1

    def arguments(self, folder: Path, metadata: Metadata, out: Sequence[str]) -> list[str]:
        """ffmpeg's, all of them.

        Args:
            folder: where the file with the metadata is written.
            metadata: of the film and its chapters; tags of its streams are added here.
            out: the last arguments of the film, its path among them.
        """
        files, says = [argument for file in self._files for argument in file], [*SILENT]
        metadata = Metadata(metadata.tags, tuple(map(self._translated, self._tags)), metadata.chapters)
        if not metadata.is_empty:
            (folder / TAGS).write_text(ffmetadata.text_of(metadata), encoding="utf-8", newline="\n")
            number = str(len(self._files))
            files += ["-f", "ffmetadata", "-i", local(folder / TAGS)]
            says = ["-map_metadata", number, "-map_chapters", number]
            for stream in range(len(self._tags)):
                says += [f"-map_metadata:s:{stream}", f"{number}:s:{stream}"]
        return [*files, *self._maps, *self._outputs, *says, *out, *self._clocks]

    def _translated(self, tags: Mapping[str, str]) -> Mapping[str, str]:
        """Tags with the language's code that the kind of file knows."""
        language = tags.get("language", "")
        return {**tags, "language": self._languages.get(language, language)}


class SoundInput:
    """A sound beside the picture. It is a SideStream."""

    kind = "a"

    def __init__(
        self, encoding: Encoding, way: Way, count: int, trial: Fraction | None = None, late: Fraction = Fraction(0)
    ) -> None:
        """Reckon which part of the sound belongs to the film.

        Args:
            encoding: the film; it has a sound.
            way: how it gets that.
            count: output frames in all.
            trial: seconds of sound that are enough, sought without care for exactness; None for the film itself.
            late: seconds by which all of the file comes later where this sound is read, too.
        """
        self.encoding, self.way, self.trial, self.late = encoding, way, trial, late
        self.film_length = count / encoding.fps
        duration = encoding.duration
        if encoding.fade:
            duration = self.film_length
        end = self.film_length if way.exact and trial is None else None  # editors show a sound that is longer
        self.length = min((length for length in (duration, trial, end) if length is not None), default=None)
        self.overlaps = encoding.sound.overlaps if encoding.sound else ()

    @property
    def inputs(self) -> list[str]:
        if not self.way.copied and self.trial is None:  # filters cut it: some kinds of file cannot be sought exactly
            return input_file(self.way.sound.path, *offset(self.late))
        return input_file(self.way.sound.path, *self._span())

    @property
    def stream(self) -> str:
        return f"a:{self.way.sound.track}"

    @property
    def tags(self) -> Mapping[str, str]:
        return label_of(self.way.sound.path, "audio", self.way.sound.track)

    def outputs(self, number: int) -> list[str]:
        """How the sound is encoded, and filtered."""
        arguments = [*self.way.encoder]
        if self.overlaps and self.way.copied:
            arguments += ["-bsf:a", COPIED]
        filters = self._filters()
        if filters and not self.way.copied:
            arguments += ["-filter:a", ",".join(filters)]
        arguments = [f"{each}:{number}" if each.endswith(":a") else each for each in arguments]
        arguments += LENIENT
        if self.length is not None:  # as an option of the input it would count from where the sound begins, maybe late
            arguments += ["-t", seconds(max(self.length, self.film_length))]
        return arguments

    def clock(self, file: int) -> list[str]:
        if not self.way.sound.pictured or self.trial is not None:
            return []
        return in_use("V:0", file)

    def _span(self) -> list[str]:
        """Options of an input that leave of a sound what belongs to the picture."""
        encoding, options = self.encoding, list[str]()
        start = to_file_clock(encoding.start, self.overlaps)
        if self.length is not None:
            options += ["-t", seconds(to_file_clock(encoding.start + self.length, self.overlaps) - start)]
        if self.trial is None:
            options += offset(start + self.late)
        elif start and encoding.sound and not encoding.sound.jumps:
            options += ["-ss", seconds(start)]
        return options

    def _filters(self) -> list[str]:
        filters = [DECODED] if self.overlaps else []
        if self.trial is None:
            start = self.encoding.start
            end = "" if self.length is None else f":end={seconds(start + self.length)}"
            filters += [f"atrim=start={seconds(start)}{end}", f"asetpts=PTS-{seconds(start)}/TB"]
        filters += self.way.filters
        if self.encoding.fade and not self.encoding.seamless:
            begins = max(Fraction(0), self.film_length - FADE)
            filters.append(f"afade=t=out:st={seconds(begins)}:d={seconds(min(FADE, self.film_length))}")
        return filters


def offset(time: Fraction) -> list[str]:
    """Options of an input of which all is to come so many seconds earlier."""
    return ["-itsoffset", f"-{seconds(time)}"] if time else []


def seconds(time: Fraction) -> str:
    """A time as ffmpeg is given it."""
    return f"{float(time):.6f}"
