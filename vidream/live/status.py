"""What a live dream does, for a key's overlay, the terminal and those who ask by OSC."""

from dataclasses import dataclass

from vidream.events import Event
from vidream.text import figure


@dataclass(frozen=True)
class Status:
    """How it goes, of the last second or so."""

    rate: float = 0.0
    """Shown frames a second."""
    dream_rate: float = 0.0
    """Dreamed frames a second."""
    size: int = 0
    """Long side of the dream, px."""
    octaves: int = 0
    """That are dreamed."""
    latency: float | None = 0.0
    """Seconds from a source's frame being there to its dream being shown; None while no new frame comes."""
    dropped: int = 0
    """Frames of the source that nobody took, since the start."""
    late: int = 0
    """Frames that were shown more than half an interval late, since the start."""
    missed_rate: float = 0.0
    """Frames a second that were asked for, where even the least effort is too much to show so many; 0 where not."""
    look: str = ""
    """The look that is played."""
    beat: str = ""
    """Tempo and bar, such as "120.0 beats a minute, 2 of 4"; "" without ears or taps."""
    troubles: tuple[str, ...] = ()
    """What is wrong now, of the source, the outputs, the ears: one line each."""

    @property
    def lines(self) -> tuple[str, ...]:
        """A few lines in plain words, troubles last."""
        pace = f"{self.rate:.1f} shown, {self.dream_rate:.1f} dreamed a second"
        work = f"dream {self.size} px, {self.octaves} octave{'s' if self.octaves != 1 else ''}"
        if self.latency is not None:
            work += f", {self.latency * 1000:.0f} ms to the screen"
        lost = f"{self.dropped} dropped, {self.late} shown late"
        missed = ""
        if self.missed_rate:
            missed = f"cannot hold {figure(self.missed_rate)} a second: less --rate, or another look"
        return tuple(filter(None, (pace, work, lost, self.look, self.beat, missed, *self.troubles)))


@dataclass(frozen=True)
class StatusEvent(Event):
    """How a live dream goes; told about once a second."""

    second: float
    """Since the first shown frame."""
    status: Status
    """Of the last second or so."""
