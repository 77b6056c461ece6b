"""Every knob once: its default, range, unit, and one line of help.

The command line, presets and the Python API all read these fields. A default that differs from command to command
stands in config.commands; a preset says only what differs. A field of a number may hold a Curve, until RunConfig.at.
"""

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from vidream.config.kinds import (
    Choice,
    Kind,
    Names,
    Number,
    Pair,
    Switch,
    Text,
    Timestamp,
)
from vidream.config.layers import Layer, Layers


def knob(default: Any, kind: Kind, about: str, *, run_only: bool = False) -> Any:
    """A field with what the command line, TOML and checks need to know of it.

    Args:
        default: of the command that has no other in config.commands.
        kind: what it may hold, and how that is read.
        about: its line of help.
        run_only: it belongs to one run, and is not for presets: a file, a time of the source, what may be replaced.
    """
    return field(default=default, metadata={"kind": kind, "about": about, "run_only": run_only})


@dataclass(frozen=True)
class Goal:
    """What the dream climbs towards."""

    panel = "Network"

    network: str = knob(
        "efficientnet-lite0",
        Text("NAME|FILE"),
        "The network that dreams, one of `vidream networks`. Or a .keras file, or a frozen graph (.pb).",
    )
    weights: str | None = knob(
        None, Text("FILE"), "Weights of the network on disk (.h5, .keras), instead of a download.", run_only=True
    )
    layer: tuple[Layer, ...] = knob(
        (),
        Layers(),
        "What forms: a layer of the network, or channels of it; `vidream preview` shows them. Repeat it to mix"
        " several, each with its weight. Without it: block10 of efficientnet-lite0, with --guide block13, too.",
    )
    toward: tuple[Layer, ...] = knob(
        (),
        Layers("CLASS[=WEIGHT]", classes=True),
        "Dream towards a thing, such as goldfish or dogs; `vidream classes` lists them. It is a class of ImageNet,"
        " or a group of them; repeat it to mix several. It brings other defaults.",
    )
    guide: str | None = knob(
        None,
        Text("PICTURE"),
        "Dream what this picture has: its flowers, its bricks. Each place becomes what it is most like in it. It"
        " brings other defaults.",
        run_only=True,
    )
    objective: str = knob(
        "l2", Choice(("mean", "l2")), "What is raised in each layer: its mean, or its mean of squares (l2)."
    )
    engine: str = knob(
        "auto",
        Choice(("auto", "native", "tensorflow")),
        "What computes the gradients: native is fastest, for the networks in the box; TensorFlow runs every network.",
        run_only=True,
    )


@dataclass(frozen=True)
class Dream:
    """How a picture is dreamed. Defaults are a film's; COMMANDS has what differs for others."""

    panel = "Dream"

    octaves: int = knob(
        3,
        Number(1, 12, True),
        "At how many sizes it is dreamed: more make larger forms, as a smaller --dream-size does. The sizes go"
        " from small to large.",
    )
    octave_ratio: float = knob(
        1.4, Number(1.05, 4), "How much larger each size is than the one before: more makes larger forms, too."
    )
    steps: int = knob(
        1,
        Number(1, 1000, True),
        "Steps at each octave: more dream further, and take longer. Of a picture they are all; of a film or a zoom"
        " those for each frame.",
    )
    first_steps: int = knob(
        6,
        Number(1, 1000, True),
        "Steps at each octave of a frame that nothing is carried to: a zoom's first; each, with --persistence 0.",
    )
    step_size: float = knob(1.0, Number(0, 100), "How far one step goes, in levels of 0..255: more dreams further.")
    norm: str = knob("mean", Choice(("mean", "std")), "What the gradient is divided by: mean |g|, or its deviation.")
    shape: str = knob(
        "cascade",
        Choice(("none", "cascade", "laplacian", "soft", "natural")),
        "Larger, calmer forms, or finer ones: none is the finest, soft the largest. It shapes the gradient; none"
        " is grainy, too; natural is soft in colours nearer to those of photographs.",
    )
    recipe: str = knob(
        "vidream",
        Choice(("vidream", "googlenet-2015", "inception-v3")),
        "How a picture goes through its octaves: our way, or to the letter as one of the two tutorials.",
    )
    jitter: int = knob(32, Number(0, 512, True), "Random shift before each step, in px; 0 is off.")
    tile: int = knob(
        832, Number(128, 4096, True, fixed=True), "Side of the largest square that is dreamed in one piece, in px."
    )
    tv: float = knob(0.0, Number(0, 10), "Smoothing: how strongly total variation is held down.")
    dream_tv: float = knob(
        0.0,
        Number(0, 10),
        "Smoothing of the dream alone: how strongly total variation of what it adds to a frame is held down.",
    )
    taper: float = knob(
        1.0,
        Number(0.1, 1),
        "How many of the steps are left from each octave to the next larger, and how far smaller they grow: 1 is all;"
        " at 0.5 the smallest, where whole things form, has most.",
    )
    dream_size: int = knob(
        640,
        Number(0, 16384, True, fixed=True),
        "Long side, in px, at which the network sees the picture: less makes larger forms, faster. 0 is full size."
        " In a hurry turn this down first: at 480 a film takes little more than half of the gradient's time, and"
        " is steadier.",
    )
    dream_every: int = knob(
        1,
        Number(1, 60, True, fixed=True),
        "Dream every Nth frame only, further; the ones between follow the motion. Faster, and a little less"
        " steady: in a film turn --dream-size down before.",
    )
    strength: float = knob(
        1.0,
        Number(0, 10),
        "How strong the dream is, 0 is none; to dream further: --step-size, --steps. In a film or a picture it is"
        " how much is laid over the source; in a zoom how much of it the next frame begins with.",
    )
    keep_colour: bool = knob(False, Switch(), "Dream in light and dark only; the colours stay the source's.")
    seed: int = knob(
        0,
        Number(0, 2**32 - 1, True, fixed=True),
        "Where chance starts: another number, another dream. The same seed makes the same bytes.",
    )


@dataclass(frozen=True)
class Mask:
    """Where the dream is seen."""

    panel = "Mask"

    mask: str | None = knob(
        None,
        Text("FILE|motion|alpha"),
        "Dream where this picture or film is light. Or motion: where the film moves; alpha: where it is opaque.",
        run_only=True,
    )
    mask_feather: float = knob(
        0.01, Number(0, 0.5, fixed=True), "Softness of the mask's borders, as a share of the long side."
    )
    mask_invert: bool = knob(
        False, Switch(), "Turn the mask round. Dream where it is dark, where nothing moves, or where it is transparent."
    )
    bars: str = knob(
        "keep", Choice(("keep", "dream")), "A film's black bars, above and below or beside it: kept black, or dreamed."
    )


@dataclass(frozen=True)
class Motion:
    """How the dream moves from frame to frame."""

    panel = "Motion"

    persistence: float = knob(
        0.95,
        Number(0, 1),
        "How much of the last frame's dream goes on: less is weaker; 0 dreams each frame alone, and flickers.",
    )
    carry: str = knob(
        "residual",
        Choice(("residual", "picture")),
        "What goes on: the dream alone (residual), which holds still; or the picture, which melts.",
    )
    swell: float = knob(
        0.0,
        Number(-4, 4),
        "How far the dream's forms swell out of their middles as they are shown. It is in hundredths of the width;"
        " under 0 they shrink.",
    )
    flow: str = knob("dis", Choice(("dis", "farneback")), "How motion is measured.")
    cuts: bool = knob(True, Switch(), "Begin anew at each cut. Without, the dream is carried across it.")
    cut_threshold: float = knob(
        27.0, Number(0, 255, fixed=True), "How much two frames must differ, in levels, to be a cut."
    )


@dataclass(frozen=True)
class Camera:
    """How a zoom moves; rates are by the second, whatever the frame rate."""

    panel = "Camera"

    frames: int = knob(300, Number(1, 10_000_000, True, fixed=True), "How many frames.")
    zoom: float = knob(1.3, Number(0.01, 100), "How many times larger the picture grows in a second; under 1, smaller.")
    turn: float = knob(0.0, Number(-3600, 3600), "Degrees a second that the picture turns, clockwise.")
    drift: tuple[float, float] = knob(
        (0.0, 0.0), Pair(-10, 10), "How far the camera moves right and down, in frame widths a second."
    )
    focus: tuple[float, float] = knob(
        (0.5, 0.5), Pair(0, 1), "What zoom and turn move about, as shares of width and height."
    )
    anchor: float = knob(
        0.2,
        Number(0, 1),
        "How much of the way the colours and contrast of each frame, at 30 a second, are drawn back to the first's.",
    )
    vivid: float = knob(
        1.0, Number(0, 10), "How colourful it stays, times its first frame; --anchor draws it there; 0 is grey."
    )
    reverse: bool = knob(False, Switch(), "Play it backwards: outward.")


@dataclass(frozen=True)
class Music:
    """How a music visual moves with its song, and where beats are, wherever they are heard."""

    panel = "Music"

    pulse: float = knob(
        1.0,
        Number(0, 2, fixed=True),
        "How much it moves on each beat; 0 is as the look says. Over a picture the camera and the steps move; in a"
        " film the dream's forms swell.",
    )
    pulse_to: str | None = knob(
        None,
        Names(("zoom", "turn", "drift", "vivid", "step-size", "strength", "swell")),
        "The knobs that the pulse moves, instead; with commas between several.",
    )
    beat_height: str = knob(
        "loud", Choice(("loud", "even")), "How high a beat is: as it is loud, so that a break is calm; or all even."
    )
    tempo: float | None = knob(
        None,
        Number(20, 400, fixed=True),
        "Beats a minute, whatever is heard; a song's are even from --first-beat on.",
        run_only=True,
    )
    first_beat: Fraction | None = knob(
        None, Timestamp(), "Where the first beat is, which begins a bar: seconds, or mm:ss.", run_only=True
    )
    half: bool = knob(False, Switch(), "Every other of the beats that are heard.", run_only=True)
    double: bool = knob(False, Switch(), "The beats that are heard, and one between each two.", run_only=True)
    beats: str | None = knob(
        None,
        Text("FILE"),
        "The beats themselves, from a file. Labels of Audacity, a table of seconds, or a MIDI file's tempo track.",
        run_only=True,
    )
    bar: int | None = knob(
        None, Number(1, 32, True, fixed=True), "How many beats a bar has, whatever is heard.", run_only=True
    )
