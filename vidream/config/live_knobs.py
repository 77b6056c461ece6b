"""The knobs of `vidream live`: what comes in, what goes out, who plays it."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from vidream.config.kinds import Number, Rate, Switch, Text
from vidream.config.knobs import knob


@dataclass(frozen=True)
class Texts:
    """One or several texts: "show.mp4", or a list of them."""

    metavar: str
    """How help writes one."""

    commas: bool = False
    """Whether a comma parts two, wherever it stands."""

    def read(self, raw: object) -> tuple[str, ...]:
        """A text, or a list of texts, none of them empty."""
        texts = (raw,) if isinstance(raw, str) else raw
        if self.commas and isinstance(texts, Sequence) and all(isinstance(text, str) for text in texts):
            texts = [part.strip() for text in texts for part in text.split(",")]
        if not isinstance(texts, Sequence) or not all(isinstance(text, str) and text for text in texts):
            raise ValueError("must be a text, or a list of texts")
        return tuple(texts)


@dataclass(frozen=True)
class Live:
    """How a live dream keeps its pace, what shows it, and who plays it."""

    panel = "Live"

    rate: Fraction = knob(
        Fraction(15),
        Rate(),
        "Frames shown a second. Held by dreaming smaller, and less often.",
    )
    dream_rate: float = knob(
        7.0,
        Number(0.1, 120, fixed=True),
        "Dreamed frames a second, at least; those between follow the motion.",
    )
    least_size: int = knob(
        160,
        Number(64, 16384, True, fixed=True),
        "Long side, in px, under which the dream never shrinks to keep the pace. --dream-size is the most.",
    )
    fade: float = knob(
        2.0, Number(0, 60, fixed=True), "Seconds in which one look goes over into another; 0 is at once."
    )
    looks: tuple[str, ...] = knob(
        (),
        Texts("NAMES", commas=True),
        "Looks to play with keys 1 to 9, OSC and MIDI, with commas between. The first plays at once; names or"
        " .toml files.",
        run_only=True,
    )
    window: bool = knob(True, Switch(), "Show it in a window.", run_only=True)
    full_screen: bool = knob(False, Switch(), "Begin with the window over all of the screen.", run_only=True)
    display: int | None = knob(
        None, Number(1, 64, True, fixed=True), "Which display the window begins on, from 1.", run_only=True
    )
    to: tuple[str, ...] = knob(
        (),
        Texts("OUT"),
        "Where else it goes: a film that is recorded, a loopback camera, or an address. A film is recorded as"
        " shown (.mp4, .mkv), {time} in its name being when; the camera is such as /dev/video10; the address"
        " rtmp://, srt:// or udp://. Repeat it for several.",
        run_only=True,
    )
    seconds: float | None = knob(
        None, Number(0.1, 1e7, fixed=True), "End so long after the first shown frame.", run_only=True
    )
    ears: str | None = knob(
        None,
        Text("microphone|speakers|DEVICE|FILE"),
        "What beats and levels are heard from: a microphone or line, what this machine plays, or a file. A file is"
        " a stand-in for those.",
        run_only=True,
    )
    osc: str | None = knob(
        None,
        Text("[HOST:]PORT"),
        "Listen for OSC messages, such as /vidream/strength 0.8. From this machine alone, unless HOST is 0.0.0.0.",
        run_only=True,
    )
    midi: str | None = knob(
        None, Text("FILE"), "Play by MIDI: this TOML file says which controller moves which knob.", run_only=True
    )
    midi_learn: bool = knob(
        False, Switch(), "Write the --midi file: move a controller, and say which knob it is for.", run_only=True
    )
    attract: float | None = knob(
        None,
        Number(1, 1e6, fixed=True),
        "Seconds without motion after which the dream deepens by itself. Motion wakes the picture.",
        run_only=True,
    )
