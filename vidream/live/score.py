"""The score of a live dream: beats that are heard, tapped or told, and levels that are heard."""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import RLock

from vidream.analysis import ENVELOPES, GivenBeats
from vidream.clock import FOLLOWED, MARKS
from vidream.live.beats import Beats
from vidream.live.heard import Heard, Trail
from vidream.live.heights import BeatHeights
from vidream.live.pace import Wholes

RATE = 1000
"""Frames a second of the clock by which a live dream's curves go."""

AHEAD = 64
"""Beats that `marks` has after now."""

CALM = 5.0
"""Seconds of silence after which ears lead again, over what was tapped: another song."""


@dataclass(frozen=True)
class BeatPlace:
    """Where in the music a moment is."""

    tempo: float
    """Beats a minute; 0.0 while none are known."""
    beat: float
    """Of its bar, from 1 to before metre + 1: 2.5 is halfway from the second to the third."""
    metre: int
    """Beats a bar."""

    def __str__(self) -> str:
        if not self.tempo:
            return ""
        return f"{self.tempo:.1f} beats a minute, {int(self.beat)} of {self.metre}"


class LiveScore:
    """A vidream.clock.Score that is made while it is played. Any thread may ask it, and tell it.

    Seconds are those since the first shown frame. Who says where beats are, from the strongest on: an outside clock;
    taps; what is given (--tempo with --first-beat); ears. Beats go on evenly, ahead of now, too, so that a curve rises
    into a beat as in a film. What was counted is not counted again: a correction is made by going slower or faster.
    """

    def __init__(
        self, given: GivenBeats | None = None, even: bool = False, now: Callable[[], float] = time.monotonic
    ) -> None:
        """Begin with nothing heard: every level is 0, and beats are counted at 120 a minute.

        Args:
            given: of the beats: tempo, first beat, factor, metre; no times.
            even: that beats are all as high as can be, however loud it is.
            now: seconds of a clock that never goes back; what is heard has moments of it.
        """
        self._even, self._now, self._lock = even, now, RLock()
        self._levels = {name: Trail() for name in FOLLOWED if name not in MARKS}
        self._origin = self._sounded = self._measured = now()
        self._heights, self._height = BeatHeights(), 1.0
        self._beats = Beats(given or GivenBeats(), self._origin)

    def begin(self, moment: float) -> None:
        """Count seconds, and beats, from a moment of the clock on: that at which the first frame is shown."""
        with self._lock:
            self._origin = moment
            self._beats.begin(moment)

    # --- what curves ask: vidream.clock.Score

    def beat(self, second: float) -> float:
        """How many beats there have been after the first; until beats are known, at 120 a minute or --tempo."""
        with self._lock:
            return self._beats.beats.count(self._origin + second)

    def second(self, beat: float) -> float:
        """The second at which so many beats have been after the first, as far as is known now."""
        with self._lock:
            return self._beats.beats.place(beat) - self._origin

    def marks(self, name: str) -> Sequence[float]:
        """The seconds at which "beats" or "bars" fall: those that were, and the next AHEAD beats; no "sections"."""
        with self._lock:
            beats = self._beats
            if name == "sections" or not beats.known:
                return ()
            first, last = beats.first_mark, math.floor(beats.beats.count(self._now())) + AHEAD
            if name == "beats":
                return Wholes(self.second, first, last - first + 1)
            first_bar, last_bar = math.ceil(beats.bars.count(first)), math.floor(beats.bars.count(last))
            return Wholes(lambda bar: self.second(beats.bar_beat(bar)), first_bar, last_bar - first_bar + 1)

    def level(self, name: str, attack: float | None, release: float | None, frame: int) -> float:
        """How strong something is, 0..1. frame: of RATE a second; attack and release: seconds, None: as in a film.

        Beats and bars rise before they fall due. What is heard cannot: it rises when it is heard; sections are not.
        """
        shape = ENVELOPES[name]
        attack = shape.attack if attack is None else attack
        release = shape.release if release is None else release
        with self._lock:
            moment = self._origin + frame / RATE
            if name in self._levels:
                return self._levels[name].level(moment, attack, release)
            if name == "sections":
                return 0.0
            marks = self._beats.nearest(name, moment)
            return self._height * max((_peak(moment - mark, attack, release) for mark in marks), default=0.0)

    # --- what hands do

    def tap(self, second: float | None = None) -> None:
        """Say that a beat is now, or at a second: of several taps the tempo is taken as well.

        One tap moves the beats that are known to the nearest; three or more say how fast they are. Taps hold until
        the music has been silent for CALM seconds; ears refine them where they agree.
        """
        with self._lock:
            self._beats.tap(self._now(), self._moment(second))

    def outside_beat(self, second: float | None = None, first: bool = False) -> None:
        """Take a beat, now or at a second, from an outside clock, which leads over all else while it goes on.

        Args:
            second: at which it is; None: now.
            first: that it begins a bar.
        """
        with self._lock:
            self._beats.outside_beat(self._now(), self._moment(second), first)

    def begin_bar(self, second: float | None = None) -> None:
        """Say that the beat nearest to now, or to a second, begins a bar."""
        with self._lock:
            self._beats.begin_bar(self._now(), self._moment(second))

    def nudge(self, seconds: float) -> None:
        """Let beats fall later by so much, and those that will be heard as well; earlier where it is negative."""
        with self._lock:
            self._beats.nudge(self._now(), seconds)

    def listen(self) -> None:
        """Forget what was tapped, told and nudged: ears lead again."""
        with self._lock:
            self._beats.listen()

    @property
    def tempo(self) -> float:
        """Beats a minute, now; 0.0 while none are known."""
        with self._lock:
            return 60 / self._beats.beats.step if self._beats.known else 0.0

    def beat_at(self, second: float | None = None) -> BeatPlace:
        """Where in the music it is now, or at a second. str() of it is a line for people, "" while none is known."""
        with self._lock:
            bar = self._beats.bars.count(self._beats.beats.count(self._moment(second)))
            metre = self._beats.metre
            return BeatPlace(self.tempo, 1 + bar % 1 * metre, metre)

    def _moment(self, second: float | None) -> float:
        return self._now() if second is None else self._origin + second

    # --- what ears tell

    def hear(self, heard: Heard) -> None:
        """Take what ears have heard. Its moments are of the clock that `now` reads."""
        with self._lock:
            now = self._now()
            for name, values in heard.levels.items():
                self._levels[name].add(heard.moments, values)
            if heard.loudness is not None:
                self._heights.hear(heard.moments, heard.loudness)
                self._take_height(now)
            if heard.beating is not None:
                self._beats.hear(now, heard.beating)
            if heard.bar is not None:
                self._beats.hear_bar(now, heard.bar, heard.metre)

    def _take_height(self, now: float) -> None:
        """How high beats are, as loud as it is; where somebody beats into silence, as high as can be."""
        beats, latest = self._beats, self._heights.latest
        if beats.known and latest > self._measured:
            first, stop = (math.floor(beats.beats.count(each)) + 1 for each in (self._measured, latest))
            for beat in range(max(first, stop - 4), stop):
                self._heights.count(beats.beats.place(beat))
        self._measured = max(latest, self._measured)
        self._height = self._heights.height(beats.beats.place(math.floor(beats.beats.count(now))))
        if self._height > 0:
            self._sounded = now
        elif beats.tapped and now - max(self._sounded, beats.taps.moments[-1]) > CALM:
            beats.tapped = False
        if (self._even and self._height > 0) or (self._height == 0 and not beats.ears_lead(now)):
            self._height = 1.0


def _peak(elapsed: float, attack: float, release: float) -> float:
    """What is seen of a mark so many seconds after it, or before, where that is negative: 1 at it."""
    reach = release if elapsed > 0 else attack
    if elapsed == 0 or reach == 0:
        return float(elapsed == 0)
    return math.exp(-abs(elapsed) / reach)
