"""What can be heard in a sound: beats, bars, sections, onsets, loudness, bands; and envelopes of them for a film.

Numbers in, numbers out; librosa is imported here alone, and not before something is to be heard.
"""

from vidream.analysis.compiled import prepare_compiled
from vidream.analysis.envelopes import ENVELOPES, Kind, envelope
from vidream.analysis.hear import RATE, hear
from vidream.analysis.heard import SongAnalysis, load, save

__all__ = ["ENVELOPES", "RATE", "Kind", "SongAnalysis", "envelope", "hear", "load", "prepare_compiled", "save"]
