"""The analysis of a sound: beats, bars, sections, onsets, loudness, bands; and envelopes of them for a film.

Numbers in, numbers out. `analyser` has the stages in order:

    samples > timbre                          loudness, bands, percussive and harmonic; chroma and cepstrum
            > onsets, edges, kicks            how much begins, how sharply, how much of it is a bass drum
            > tempogram > segments > pulse    how fast it beats, where that changes, what beats there
            > octave > tracker > beats        which multiple of the tempo is the beat, and where each beat is
            > form                            bars and sections
            > sureness                        how sure the tempo is, and which other one it may be
            > song                            all of it, as data that can be saved
            > given, heights                  beats as a musician gives them, and as high as they are loud
            > envelopes                       a value for each frame

While a sound is heard, `causal_levels`, `causal_onsets` (with `percentiles`) and `causal_beats` (with `lock`) do as
much of it as can be done by what came before, with the same stages.

What a musician has beside the sound is read by `midi` (notes, tempi, time signatures), `labels` (Audacity's), `srt`
(subtitles), `cues` (of a WAV file) and `levels` (a table's columns); of these `beat_file` makes beats, and `markers`
moments with names.

librosa is imported here alone, and not before something is analysed. A constant that names no source was set by trial.
"""

from vidream.analysis.analyser import analyse
from vidream.analysis.envelopes import ENVELOPES, EnvelopeShape, envelope, peaks, with_tails
from vidream.analysis.given import GivenBeats, with_beats
from vidream.analysis.heights import HEIGHTS
from vidream.analysis.numba_cache import listening, prepare_numba_cache
from vidream.analysis.samples import SAMPLE_RATE
from vidream.analysis.song import SAVED_NUMBERS, SAVED_ROWS, Events, SongAnalysis, load, save

__all__ = [
    "ENVELOPES",
    "HEIGHTS",
    "SAMPLE_RATE",
    "SAVED_NUMBERS",
    "SAVED_ROWS",
    "EnvelopeShape",
    "Events",
    "GivenBeats",
    "SongAnalysis",
    "analyse",
    "envelope",
    "listening",
    "load",
    "peaks",
    "prepare_numba_cache",
    "save",
    "with_beats",
    "with_tails",
]
