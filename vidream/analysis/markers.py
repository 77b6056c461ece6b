"""Moments of a sound or a film that somebody has named: labels of Audacity, subtitles, cue points of a WAV file."""

import re
from pathlib import Path

import numpy as np

from vidream.analysis.cues import read_cues
from vidream.analysis.labels import Label, read_labels
from vidream.analysis.samples import Times
from vidream.analysis.srt import read_srt
from vidream.errors import MediaError

READERS = {".txt": read_labels, ".srt": read_srt, ".wav": read_cues, ".wave": read_cues}
"""How a file is read, by its ending."""

SECTION = re.compile(r"section\b")
"""How the names of markers begin that say where a section of the song does."""


def read_markers(path: Path) -> dict[str, float]:
    """The seconds of markers by their names, in small letters.

    Of several of one name the first has the name alone, the second is "name#2", and so on.

    Raises:
        MediaError: it cannot be read, or is of no kind that has markers.
    """
    places: dict[str, float] = {}
    counts: dict[str, int] = {}
    for label in _labels(path):
        name = marker_name(label.text)
        if not name:
            continue
        counts[name] = counts.get(name, 0) + 1
        if counts[name] > 1:
            name = f"{name}#{counts[name]}"
        places.setdefault(name, label.start)
    return places


def read_sections(path: Path) -> Times:
    """Where the sections of a song begin, by the markers that are called so: "section 1", "Section: chorus".

    Returns:
        (k,) float64 seconds, rising; none where no marker is called so.

    Raises:
        MediaError: as read_markers.
    """
    starts = [label.start for label in _labels(path) if SECTION.match(marker_name(label.text))]
    return np.unique(np.array(starts, np.float64))


def _labels(path: Path) -> tuple[Label, ...]:
    """The markers of a file, by their start."""
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        raise MediaError(f"{path}: markers are read from Audacity's labels (.txt), .srt and the cue points of a .wav")
    return reader(path)


def marker_name(text: str) -> str:
    """A name as it is compared: in small letters, with one blank between words."""
    return " ".join(text.casefold().split())
