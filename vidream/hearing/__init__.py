"""What can be heard in a sound: beats, bars, sections, onsets, loudness, bands; and envelopes of them for a film.

Numbers in, numbers out; librosa is imported here alone, and not before something is to be heard.
"""

from vidream.hearing.compiled import prepare_compiled
from vidream.hearing.envelopes import ENVELOPES, Kind, envelope
from vidream.hearing.hear import RATE, hear
from vidream.hearing.heard import Heard, load, save

__all__ = ["ENVELOPES", "RATE", "Heard", "Kind", "envelope", "hear", "load", "prepare_compiled", "save"]
