"""The names of all files in the folder of a session, and in that of a batch. Any other file there is a user's own."""

import re
from pathlib import Path

from vidream.config import PASSES
from vidream.media.codecs import CODECS
from vidream.media.join import RUSH
from vidream.media.picture_formats import PICTURES
from vidream.media.sequence import sequence

LOCK = "lock"
OWNER = "session.json"
"""The file that says what a session belongs to."""
PROGRESS = "progress.json"
"""The file that says how far a session is."""
WAITING = "waiting"
"""A folder in which the first edition kept a segment that runs backwards."""

_FRESH = r"\.vidream-[0-9a-f]{16}(\.\w+)?"
_PASS = rf"(?:{'|'.join(PASSES)})-"
"""The beginning of the names of a pass's files."""

BEFORE_OWNER = re.compile(rf"{LOCK}|session\.new|{_FRESH}", re.ASCII)
"""Files that may be there before a session says whose it is."""
NUMBERED = re.compile(rf"({_PASS})?\d{{8,}}\.\w+", re.ASCII)
"""Files of segments."""
WHOLE = re.compile(rf"({_PASS})?whole\..+", re.ASCII)
"""Films, OUT or passes, that are joined and not yet in their places."""
PRODUCT = re.compile(rf"(?P<of>{_PASS})?(?:(?P<number>\d{{8,}})|whole)\.\w+", re.ASCII)
"""Files of which OUT or a pass is made: `of` is "dream-" for a pass, `number` that of a segment or a picture."""
UNENDED = re.compile(rf"\.vidream-.*|.+\.new|({_PASS})?waiting(-\d+)?|carried-\d+\.npz|({_PASS})?whole\..+", re.ASCII)
"""Files that a run which was cut short may have left half-written."""
BATCH_NAMES = re.compile(rf"{LOCK}|begun\.(json|new)|.+-[0-9a-f]{{6}}\.log|{_FRESH}", re.ASCII | re.DOTALL)
"""Files in the folder of a batch."""


def session_names(out: Path) -> re.Pattern[str]:
    """The names that a session of OUT gives to files in its folder."""
    ending = re.escape(out.suffix)
    segment = "|".join(sorted({re.escape(ending) for codec in CODECS for ending in codec.segments}))
    products = rf"\d{{8,}}({segment}|{re.escape(RUSH)})|whole{ending.lower()}|palette\.mkv"
    if sequence(out, PICTURES):
        products = rf"\d{{8,}}{ending}"
    states = r"(session|progress|parts)\.(json|new)|carried-\d{8,}\.npz|heard-[0-9a-f]{16}\.(npz|new)"
    passes = rf"{_PASS}((\d{{8,}}|whole)\.(exr|png|mov)|\d{{8,}}{re.escape(RUSH)}|waiting-\d+)"
    scripts = r"segments\.ffconcat|tags\.ffmeta"
    return re.compile(rf"{LOCK}|{states}|{products}|{passes}|{scripts}|{WAITING}(-\d+)?|{_FRESH}", re.ASCII)
