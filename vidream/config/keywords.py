"""The keyword arguments of `render_video` and its like, for editors and type checkers; written by a script.

python tests/make_keywords.py

Names, docstrings and types are those of vidream.config.knobs, which alone says ranges and defaults. None counts as not
given. Each class may stand as the type of keyword arguments: `**knobs: Unpack[VideoKnobs]`.
"""

import os
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any, Literal, TypeAlias, TypedDict

from vidream.config.layers import Layer
from vidream.config.length import Length
from vidream.config.sizing import Fit
from vidream.config.timecode import Timecode
from vidream.curves import Curve

NumberOrCurve: TypeAlias = float | Curve | Mapping[str, Any]
"""A number; or a curve of it over time, as TOML would hold it: see vidream.notation."""

WholeOrCurve: TypeAlias = int | Curve | Mapping[str, Any]
"""A whole number; or a curve of it over time, rounded at each frame."""

PairOfNumbers: TypeAlias = str | Sequence[NumberOrCurve]
"""Two numbers or curves, across and down: (0.5, 0.45), or "0.5,0.45"."""

LayerNames: TypeAlias = str | Layer | Mapping[str, Any] | Sequence[str | Layer | Mapping[str, Any]]
"""One or several of "block4", "block4=0.5", "block4:7,20-25", or {"name": "block4", "weight": a curve}."""

NameOrPath: TypeAlias = str | os.PathLike[str]
"""A name, or where a file lies."""

NamesOrPaths: TypeAlias = NameOrPath | Sequence[NameOrPath]
"""One or several names, or places of files."""

NamesOfKnobs: TypeAlias = str | Sequence[str]
"""One or several: "zoom,step-size", or a list of them."""

NamesOfPasses: TypeAlias = str | Sequence[str]
"""One or several: "dream,matte", or a list of them."""

Seconds: TypeAlias = float | Fraction | str
"""Seconds from the start: 12.5; or "1:30"."""

FrameRate: TypeAlias = float | Fraction | str
"""Frames a second: 25, 29.97, or "30000/1001"."""

SizeOfFilm: TypeAlias = int | str | Fit
"""A long side, in px: 1280; "1280x720"; or "1280max", which only shrinks."""

LengthOfFilm: TypeAlias = int | str | Length
"""Frames, 300; or "10s", "1:30", "32beats", "8bars"."""

TimecodeOfFrame: TypeAlias = str | Timecode
"""Hours, minutes, seconds, frames: "01:00:00:00"; drop frame "01:00:00;00"."""


class OverlayKnobs(TypedDict, total=False):
    """Knobs that all have."""

    strength: NumberOrCurve | None
    """How strong the dream is, 0 is none; to dream further: --step-size, --steps. In a film or a picture it is how much
    is laid over the source; in a zoom how much of it the next frame begins with. 0..10.
    """

    keep_colour: bool | None
    """Dream in light and dark only; the colours stay the source's."""

    mask: NameOrPath | None
    """Dream where this picture or film is light. Or motion: where the film moves; alpha: where it is opaque."""

    mask_feather: float | None
    """Softness of the mask's borders, as a share of the long side. 0..0.5."""

    mask_invert: bool | None
    """Turn the mask round. Dream where it is dark, where nothing moves, or where it is transparent."""

    overwrite: bool | None
    """Replace the output if it is there."""

    max_pixels: int | None
    """Refuse a source with more px in a picture than this. 1..."""


class FileKnobs(TypedDict, total=False):
    """Knobs of whatever writes a file."""

    codec: (
        Literal[
            "h264",
            "hevc",
            "hevc10",
            "av1",
            "vp9",
            "prores",
            "prores4444",
            "dnxhr",
            "dnxhr444",
            "hap",
            "hapq",
            "hapalpha",
            "dxv",
            "cineform",
            "ffv1",
            "v210",
            "gif",
            "png",
            "png16",
            "tiff16",
            "exr",
            "exr32",
        ]
        | None
    )
    """How OUT is encoded, where its ending leaves a choice: h264, prores, png16 and others. These are h264, hevc,
    hevc10, av1, vp9, ffv1; in .mov also prores, prores4444, dnxhr, dnxhr444, cineform, v210, hap, hapq, hapalpha, dxv;
    pictures: png, png16, tiff16, exr, exr32.
    """

    no_recipe: bool | None
    """Do not write into the output how it was made."""


class SizeKnobs(TypedDict, total=False):
    """Knobs of whatever makes frames in a row."""

    size: SizeOfFilm | None
    """Size of the film: 1280x720 fills and crops, 1280 is the long side, 1280max only shrinks."""

    fit: Literal["crop", "pad"] | None
    """Where --size has another shape: crop what stands over, evenly, or pad with black."""


class OutputKnobs(TypedDict, total=False):
    """Knobs of whatever writes frames in a row."""

    markers: NameOrPath | None
    """Moments with names, @chorus in a curve, from a file. Labels of Audacity (.txt), .srt, or the cue points of a
    .wav. Those named section ... say where the song's sections begin.
    """

    fps: FrameRate | None
    """Frames a second. A film keeps its duration; a zoom its --frames, and its pace."""

    streams: Literal["first", "all", "picture"] | None
    """What is kept of the source: its first sound; all sounds, subtitles and data; or the picture alone."""

    timecode: TimecodeOfFrame | None
    """Time code of the first frame: 01:00:00:00, drop frame 01:00:00;00. Without it, that of the source."""

    quality: Literal["small", "good", "master"] | None
    """How fine the encoding is: small to send, good to keep, master to work on. Without it, good."""

    crf: int | None
    """The quality as a number, for h264, hevc, av1 and vp9: lower is better, 18 is good h264. 0..51."""

    pix_fmt: (
        Literal[
            "yuv420p",
            "yuv422p",
            "yuv444p",
            "yuva420p",
            "yuv420p10le",
            "yuv422p10le",
            "yuv444p10le",
            "yuva444p10le",
            "yuv420p12le",
            "yuv444p12le",
            "bgr0",
            "bgra",
            "gbrp12le",
            "gbrap12le",
            "gbrp16le",
            "gbrap16le",
        ]
        | None
    )
    """Pixel format, in place of the one that suits codec and source; yuv420p plays everywhere, yuv444p keeps odd sizes
    and fine colour.
    """

    fresh: bool | None
    """Start over, whatever an earlier render of OUT has left."""

    write_markers: NamesOrPaths | None
    """Write the film's shots, and its song's sections, bars and beats, for editors: to this file, or, with otio, edl,
    csv or txt (Audacity labels) alone, beside OUT. Repeat it for several.
    """


class PartKnobs(TypedDict, total=False):
    """Knobs of whatever is a part of a film or a song."""

    start: Seconds | None
    """Begin here: seconds, mm:ss, or a marker, @chorus."""

    end: Seconds | None
    """End here: seconds, mm:ss, or a marker, @verse."""


class SoundKnobs(TypedDict, total=False):
    """Knobs of whatever takes a sound from elsewhere."""

    sound: NameOrPath | None
    """Put this sound under the film, cut to its length and faded out."""


class SharedKnobs(TypedDict, total=False):
    """Knobs of whatever dreams."""

    network: NameOrPath | None
    """The network that dreams, one of `vidream networks`. Or a .keras file, or a frozen graph (.pb)."""

    weights: NameOrPath | None
    """Weights of the network on disk (.h5, .keras), instead of a download."""

    layer: LayerNames | None
    """What forms: a layer of the network, or channels of it; `vidream preview` shows them. Repeat it to mix several,
    each with its weight. Without it: block10 of efficientnet-lite0, with --guide block13, too.
    """

    toward: LayerNames | None
    """Dream towards a thing, such as goldfish or dogs; `vidream classes` lists them. It is a class of ImageNet, or a
    group of them; repeat it to mix several. It brings other defaults.
    """

    guide: NameOrPath | None
    """Dream what this picture has: its flowers, its bricks. Each place becomes what it is most like in it. It brings
    other defaults.
    """

    objective: Literal["mean", "l2"] | None
    """What is raised in each layer: its mean, or its mean of squares (l2)."""

    engine: Literal["auto", "native", "tensorflow"] | None
    """What computes the gradients: native is fastest, for the networks in the box; TensorFlow runs every network."""

    octaves: WholeOrCurve | None
    """At how many sizes it is dreamed: more make larger forms, as a smaller --dream-size does. The sizes go from small
    to large. 1..12.
    """

    octave_ratio: NumberOrCurve | None
    """How much larger each size is than the one before: more makes larger forms, too. 1.05..4."""

    steps: WholeOrCurve | None
    """Steps at each octave: more dream further, and take longer. Of a picture they are all; of a film or a zoom those
    for each frame. 1..1000.
    """

    step_size: NumberOrCurve | None
    """How far one step goes, in levels of 0..255: more dreams further. 0..100."""

    norm: Literal["mean", "std"] | None
    """What the gradient is divided by: mean |g|, or its deviation."""

    shape: Literal["none", "cascade", "laplacian", "soft", "natural"] | None
    """Larger, calmer forms, or finer ones: none is the finest, soft the largest. It shapes the gradient; none is
    grainy, too; natural is soft in colours nearer to those of photographs.
    """

    recipe: Literal["vidream", "googlenet-2015", "inception-v3"] | None
    """How a picture goes through its octaves: our way, or to the letter as one of the two tutorials."""

    jitter: WholeOrCurve | None
    """Random shift before each step, in px; 0 is off. 0..512."""

    tile: int | None
    """Side of the largest square that is dreamed in one piece, in px. 128..4096."""

    tv: NumberOrCurve | None
    """Smoothing: how strongly total variation is held down. 0..10."""

    dream_tv: NumberOrCurve | None
    """Smoothing of the dream alone: how strongly total variation of what it adds to a frame is held down. 0..10."""

    taper: NumberOrCurve | None
    """How many of the steps are left from each octave to the next larger, and how far smaller they grow: 1 is all; at
    0.5 the smallest, where whole things form, has most. 0.1..1.
    """

    seed: int | None
    """Where chance starts: another number, another dream. The same seed makes the same bytes. 0..."""


class BeatKnobs(TypedDict, total=False):
    """Knobs of whatever dreams frames in a row."""

    first_steps: WholeOrCurve | None
    """Steps at each octave of a frame that nothing is carried to: a zoom's first; each, with --persistence 0. 1..1000.
    """

    beat_height: Literal["loud", "even"] | None
    """How high a beat is: as it is loud, so that a break is calm; or all even."""

    tempo: float | None
    """Beats a minute, whatever is heard; a song's are even from --first-beat on. 20..400."""

    first_beat: Seconds | None
    """Where the first beat is, which begins a bar: seconds, or mm:ss."""

    half: bool | None
    """Every other of the beats that are heard."""

    double: bool | None
    """The beats that are heard, and one between each two."""

    bar: int | None
    """How many beats a bar has, whatever is heard. 1..32."""


class FrameKnobs(TypedDict, total=False):
    """Knobs of whatever dreams frames for a file."""

    dream_every: int | None
    """Dream every Nth frame only, further; the ones between follow the motion. Faster, and a little less steady: in a
    film turn --dream-size down before. 1..60.
    """

    beats: NameOrPath | None
    """The beats themselves, from a file. Labels of Audacity, a table of seconds, or a MIDI file's tempo track."""

    length: LengthOfFilm | None
    """How long it is: seconds, 10s, or frames, 300; with a song beats or bars, 32beats, 8bars."""

    for_: Literal["reel", "story", "square", "landscape", "4k"] | None
    """What it is for, which says its size. It also says that a zoom has 30 frames a second."""

    loop: bool | None
    """Let the end lead into the beginning. It is for a film that is itself a loop, and for any zoom."""

    passes: NamesOfPasses | None
    """Write these beside OUT, frame by frame, for a compositor: the dream alone, how far it is seen, motion in px, how
    reliable that is, the source. A zoom has dream and flow.
    """

    passes_as: Literal["exr32", "exr", "png16", "prores4444"] | None
    """What passes are written as: EXR in float, whose source + dream is the film; EXR in half float; PNG of 16 bits, or
    a ProRes 4444 film, whose dream is a layer with alpha, to go over the source.
    """

    max_seconds: float | None
    """Refuse a song that is longer than this. 1..."""


class SourceKnobs(TypedDict, total=False):
    """Knobs of whatever dreams over a source."""

    dream_size: int | None
    """Long side, in px, at which the network sees the picture: less makes larger forms, faster. 0 is full size. In a
    hurry turn this down first: at 480 a film takes little more than half of the gradient's time, and is steadier.
    0..16384.
    """


class MotionKnobs(TypedDict, total=False):
    """Knobs of whatever follows a film's motion."""

    bars: Literal["keep", "dream"] | None
    """A film's black bars, above and below or beside it: kept black, or dreamed."""

    persistence: NumberOrCurve | None
    """How much of the last frame's dream goes on: less is weaker; 0 dreams each frame alone, and flickers. 0..1."""

    carry: Literal["residual", "picture"] | None
    """What goes on: the dream alone (residual), which holds still; or the picture, which melts."""

    swell: NumberOrCurve | None
    """How far the dream's forms swell out of their middles as they are shown. It is in hundredths of the width; under 0
    they shrink. -4..4.
    """

    flow: Literal["dis", "farneback"] | None
    """How motion is measured."""

    cuts: bool | None
    """Begin anew at each cut. Without, the dream is carried across it."""

    cut_threshold: float | None
    """How much two frames must differ, in levels, to be a cut. 0..255."""


class HdrKnobs(TypedDict, total=False):
    """Knobs of whatever is made of a film's file."""

    hdr: Literal["sdr", "keep"] | None
    """A film in HDR: sdr converts it to SDR; keep leaves it in PQ or HLG, with a codec of 10 bits or more."""


class CameraKnobs(TypedDict, total=False):
    """Knobs of whatever moves a camera over a picture."""

    zoom: NumberOrCurve | None
    """How many times larger the picture grows in a second; under 1, smaller. 0.01..100."""

    turn: NumberOrCurve | None
    """Degrees a second that the picture turns, clockwise. -3600..3600."""

    drift: PairOfNumbers | None
    """How far the camera moves right and down, in frame widths a second."""

    focus: PairOfNumbers | None
    """What zoom and turn move about, as shares of width and height."""

    anchor: NumberOrCurve | None
    """How much of the way the colours and contrast of each frame, at 30 a second, are drawn back to the first's. 0..1.
    """

    vivid: NumberOrCurve | None
    """How colourful it stays, times its first frame; --anchor draws it there; 0 is grey. 0..10."""


class PulseKnobs(TypedDict, total=False):
    """Knobs of whatever moves in time with music."""

    pulse: float | None
    """How much it moves on each beat; 0 is as the look says. Over a picture the camera and the steps move; in a film
    the dream's forms swell. 0..2.
    """

    pulse_to: NamesOfKnobs | None
    """The knobs that the pulse moves, instead; with commas between several."""


class VideoKnobs(
    OverlayKnobs,
    FileKnobs,
    SizeKnobs,
    OutputKnobs,
    PartKnobs,
    SoundKnobs,
    SharedKnobs,
    BeatKnobs,
    FrameKnobs,
    SourceKnobs,
    MotionKnobs,
    HdrKnobs,
    total=False,
):
    """The knobs of `vidream video`."""


class ZoomKnobs(
    OverlayKnobs,
    FileKnobs,
    SizeKnobs,
    OutputKnobs,
    SoundKnobs,
    SharedKnobs,
    BeatKnobs,
    FrameKnobs,
    CameraKnobs,
    total=False,
):
    """The knobs of `vidream zoom`."""

    frames: int | None
    """How many frames. 1..."""

    reverse: bool | None
    """Play it backwards: outward."""


class ImageKnobs(OverlayKnobs, FileKnobs, SharedKnobs, SourceKnobs, total=False):
    """The knobs of `vidream image`."""


class MusicKnobs(
    OverlayKnobs,
    FileKnobs,
    SizeKnobs,
    OutputKnobs,
    PartKnobs,
    SharedKnobs,
    BeatKnobs,
    FrameKnobs,
    SourceKnobs,
    MotionKnobs,
    HdrKnobs,
    CameraKnobs,
    PulseKnobs,
    total=False,
):
    """The knobs of `vidream music`."""


class CompositeKnobs(OverlayKnobs, FileKnobs, SizeKnobs, OutputKnobs, PartKnobs, SoundKnobs, total=False):
    """The knobs of `vidream composite`."""


class LiveKnobs(
    OverlayKnobs, SizeKnobs, SharedKnobs, BeatKnobs, SourceKnobs, MotionKnobs, CameraKnobs, PulseKnobs, total=False
):
    """The knobs of `vidream live`."""

    rate: FrameRate | None
    """Frames shown a second. Held by dreaming smaller, and less often."""

    dream_rate: float | None
    """Dreamed frames a second, at least; those between follow the motion. 0.1..120."""

    least_size: int | None
    """Long side, in px, under which the dream never shrinks to keep the pace. --dream-size is the most. 64..16384."""

    fade: float | None
    """Seconds in which one look goes over into another; 0 is at once. 0..60."""

    looks: NamesOrPaths | None
    """Looks to play with keys 1 to 9, OSC and MIDI, with commas between. The first plays at once; names or .toml files.
    """

    window: bool | None
    """Show it in a window."""

    full_screen: bool | None
    """Begin with the window over all of the screen."""

    display: int | None
    """Which display the window begins on, from 1. 1..64."""

    to: NamesOrPaths | None
    """Where else it goes: a film that is recorded, a loopback camera, or an address. A film is recorded as shown (.mp4,
    .mkv), {time} in its name being when; the camera is such as /dev/video10; the address rtmp://, srt:// or udp://.
    Repeat it for several.
    """

    seconds: float | None
    """End so long after the first shown frame. 0.1..."""

    ears: NameOrPath | None
    """What beats and levels are heard from: a microphone or line, what this machine plays, or a file. A file is a
    stand-in for those.
    """

    osc: NameOrPath | None
    """Listen for OSC messages, such as /vidream/strength 0.8. From this machine alone, unless HOST is 0.0.0.0."""

    midi: NameOrPath | None
    """Play by MIDI: this TOML file says which controller moves which knob."""

    midi_learn: bool | None
    """Write the --midi file: move a controller, and say which knob it is for."""

    attract: float | None
    """Seconds without motion after which the dream deepens by itself. Motion wakes the picture. 1..."""
