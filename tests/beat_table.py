"""A table of how well beats are found in songs whose beats are known: `python tests/beat_table.py [PART OF A NAME]`."""

import sys

import mir_eval
import numpy as np
from songs import kinds, more_kinds

from vidream.analysis import analyse


def main(part: str) -> None:
    """Print a row for each song whose name has `part` in it."""
    show("song", "F (70 ms)", "offset, ms", "BPM", "true", "bar", "true", "sure", "perhaps")
    for name, make in {**kinds(), **more_kinds()}.items():
        if part not in name:
            continue
        song = make()
        analysis = analyse(song.samples)
        found, true = analysis.beats, song.beats
        score, offset, tempo = float(not len(found)), 0.0, 0.0
        if len(true):
            score = mir_eval.beat.f_measure(true, found, 0.07)
            tempo = 60 / float(np.median(np.diff(true)))
        if len(found) and len(true):
            offset = 1000 * float(np.median(found - true[np.abs(found[:, None] - true).argmin(axis=1)]))
        tempi = f"{analysis.tempo:.1f}", f"{tempo:.1f}"
        sure = f"{analysis.sureness:.2f}", f"{analysis.other_tempo:.1f}"
        show(name, f"{score:.3f}", f"{offset:.1f}", *tempi, analysis.metre, song.metre, *sure)


def show(*columns: object) -> None:
    """Print a row."""
    sys.stdout.write(" | ".join(map(str, columns)) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(" ".join(sys.argv[1:]))
