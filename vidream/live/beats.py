"""Where beats and bars are: heard, tapped, told by an outside clock, or given; and whose word counts."""

import math

from vidream.analysis import GivenBeats
from vidream.analysis.lock import Beating
from vidream.live.pace import Pace
from vidream.live.taps import Taps

DEFAULT_TEMPO, DEFAULT_METRE = 120.0, 4
"""Beats a minute and beats a bar, until others are known."""

AGREED_TEMPO, AGREED_PHASE = 0.04, 0.15
"""How far heard beats may be from tapped ones, to refine them: relative, and of a beat."""

MULTIPLES = (1.0, 2.0, 0.5, 3.0, 1 / 3)
"""How many times the counted interval a heard one may be, to be taken for the same beats."""

OUTSIDE_PATIENCE = 4.0
"""Seconds after the last beat of an outside clock for which it leads."""


class Beats:
    """The count of beats, and of bars. From the strongest word on: an outside clock, taps, what is given, ears.

    Every moment is in seconds of one clock. `now` is the moment at which something is said: what was counted before it
    stays, and a correction is made by going slower or faster after it.
    """

    def __init__(self, given: GivenBeats, moment: float) -> None:
        """Count from a moment on; given: tempo, first beat after that moment, factor, metre; its times are not used."""
        self.given = given
        self.metre = given.metre or DEFAULT_METRE
        self.known = given.tempo is not None
        """Whether there are beats; until then they are counted, but none is a mark."""
        self.first_mark = 0
        """Number of the first beat that is a mark."""
        self.nudged = 0.0
        """Seconds by which beats fall later than they are heard."""
        self.tapped = False
        """Whether taps lead, over ears."""
        self.taps, self._outside = Taps(), Taps()
        self._first, self.beats, self.bars = self._start(moment)

    def begin(self, moment: float) -> None:
        """Count beats from a moment on: the next one that is known is number 0."""
        self.first_mark = 0
        if not self.known or self._fixed:
            self._first, self.beats, self.bars = self._start(moment)
            return
        beat = math.ceil(self.beats.count(moment))
        bar = self.bar_beat(math.ceil(self.bars.count(beat)))
        self.beats = Pace(self.beats.place(beat), 0.0, self.beats.step)
        self.bars = Pace(float(bar - beat), 0.0, float(self.metre))

    def _start(self, moment: float) -> tuple[float, Pace, Pace]:
        """The moment of the first beat, and beats and bars that are counted from it on."""
        first = moment + (self.given.first_beat or 0.0)
        beats = Pace(first, 0.0, 60 / (self.given.tempo or DEFAULT_TEMPO))
        return first, beats, Pace(0.0, 0.0, float(self.metre))

    def bar_beat(self, bar: int) -> int:
        """The beat that begins a bar, by number: while bars are corrected, the nearest."""
        return round(self.bars.place(bar))

    def nearest(self, name: str, moment: float) -> tuple[float, ...]:
        """The moments of the last of "beats" or "bars" up to a moment, and of the next; and perhaps of others."""
        beat = self.beats.count(moment)
        numbers = [math.floor(beat), math.floor(beat) + 1]
        if name == "bars":
            bar = math.floor(self.bars.count(beat))
            numbers = [self.bar_beat(each) for each in (bar - 1, bar, bar + 1)]
        return tuple(self.beats.place(number) for number in numbers if self.known and number >= self.first_mark)

    def tap(self, now: float, moment: float) -> None:
        """Take a beat that somebody strikes."""
        if self.taps.add(moment):
            self._strike(now, moment, self.taps, 2 if self.known else 1)
        self.tapped = True

    def outside_beat(self, now: float, moment: float, first: bool) -> None:
        """Take a beat of an outside clock; first: that it begins a bar."""
        if self._outside.add(moment):
            self._strike(now, moment, self._outside, 1)
        if first:
            self.begin_bar(now, moment)

    def begin_bar(self, now: float, moment: float) -> None:
        """Let the beat that is nearest to a moment begin a bar."""
        beat = round(self.beats.count(moment))
        self.bars.correct(self.beats.count(now), float(beat), float(self.metre))

    def nudge(self, now: float, seconds: float) -> None:
        """Let beats fall later by so much, those that will be heard as well; earlier where it is negative."""
        self.nudged += seconds
        self.beats.shift(now, seconds)

    def listen(self) -> None:
        """Forget what was tapped, told and nudged."""
        self.tapped, self.nudged = False, 0.0
        self.taps, self._outside = Taps(), Taps()

    def ears_lead(self, now: float) -> bool:
        """Whether nobody says more than ears do."""
        return not (self.tapped or self._fixed or self._outside_leads(now))

    @property
    def _fixed(self) -> bool:
        """Whether every beat is given."""
        return self.given.tempo is not None and self.given.first_beat is not None

    def _outside_leads(self, now: float) -> bool:
        return bool(self._outside.moments) and now - self._outside.moments[-1] < OUTSIDE_PATIENCE

    def hear(self, now: float, heard: Beating) -> None:
        """Go by beats that are heard, as far as nobody says otherwise."""
        if self._outside_leads(now) or self._fixed:
            return
        step = heard.step / self.given.factor
        if self.given.tempo is not None or self.tapped:
            steps = (heard.step * multiple for multiple in MULTIPLES)
            step = min(steps, key=lambda each: abs(math.log(each / self.beats.step)))
            if abs(step / self.beats.step - 1) > AGREED_TEMPO:
                return
        candidates = range(max(1, round(step / heard.step)))
        wholes = [heard.whole + self.nudged + heard.step * number for number in candidates]
        whole = min(wholes, key=lambda each: abs(self._error(now, each, step)))
        if self.tapped and abs(self._error(now, whole, step)) > AGREED_PHASE:
            return
        if self.given.tempo is not None and not self.tapped:
            step = 60 / self.given.tempo
        self._correct(now, whole, step)

    def hear_bar(self, now: float, moment: float, metre: int) -> None:
        """Let a beat begin a bar of so many beats, as far as nobody says otherwise."""
        if self.ears_lead(now) and self.given.first_beat is None and self.given.metre in (None, metre):
            self.metre = metre
            self.begin_bar(now, moment + self.nudged)

    def _error(self, now: float, whole: float, step: float) -> float:
        """How many beats, -0.5 to 0.5, the count is short of that by which one falls on `whole`."""
        return ((now - whole) / step - self.beats.count(now) + 0.5) % 1 - 0.5

    def _correct(self, now: float, whole: float, step: float) -> None:
        begins = not self.known
        if begins:
            count = self.beats.count(now)
            self.beats.set(now, count + ((now - whole) / step - count) % 1, step)  # at once: nobody has seen one yet
            self.known, self.first_mark = True, max(0, math.ceil(self.beats.count(now)))
        self.beats.correct(now, whole, step)
        if begins and self.given.first_beat is not None:
            beats = (now - self._first) / step  # since the first one, which begins a bar
            beat = round(self.beats.count(now) - beats)
            self.bars.correct(self.beats.count(now), float(beat), float(self.metre))

    def _strike(self, now: float, moment: float, taps: Taps, intervals: int) -> None:
        """Go by beats that are struck; by their tempo, where there are so many intervals of them."""
        beating = taps.beating
        if beating is None or len(taps.moments) <= intervals:
            beating = Beating(moment, self.beats.step)
        if not self.known:
            self.beats.set(moment, math.ceil(self.beats.count(moment)), beating.step)
        self._correct(now, *beating)
