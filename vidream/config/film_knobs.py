"""The knobs of files: what is read, how the film is written, what may be replaced."""

from dataclasses import dataclass
from fractions import Fraction

from vidream.config.codec_words import CODEC_WORDS, CodecWord
from vidream.config.formats import FORMATS
from vidream.config.kinds import Choice, Names, Number, Rate, Switch, Text, Timestamp
from vidream.config.knobs import knob
from vidream.config.length import Length, Lengths
from vidream.config.marker_files import MarkerFiles
from vidream.config.sizing import Fit, Sizing
from vidream.config.timecode import Timecode, Timecodes
from vidream.frames import Size

MAX_PIXELS = 100_000_000
"""px that a picture may have, unless --max-pixels says otherwise."""

PIXEL_FORMATS = (
    *("yuv420p", "yuv422p", "yuv444p", "yuva420p", "yuv420p10le", "yuv422p10le", "yuv444p10le", "yuva444p10le"),
    *("yuv420p12le", "yuv444p12le", "bgr0", "bgra", "gbrp12le", "gbrap12le", "gbrp16le", "gbrap16le"),
)

MAX_SECONDS = 14_400.0
"""Four hours: how long a song may be, unless --max-seconds says otherwise."""

PASSES = ("dream", "matte", "flow", "trust", "source")
"""What may be written beside OUT."""


@dataclass(frozen=True)
class Film:
    """What is read, and how the film is written."""

    panel = "Film"

    start: Fraction | None = knob(
        None, Timestamp(marked=True), "Begin here: seconds, mm:ss, or a marker, @chorus.", run_only=True
    )
    end: Fraction | None = knob(
        None, Timestamp(marked=True), "End here: seconds, mm:ss, or a marker, @verse.", run_only=True
    )
    markers: str | None = knob(
        None,
        Text("FILE"),
        "Moments with names, @chorus in a curve, from a file. Labels of Audacity (.txt), .srt, or the cue points"
        " of a .wav. Those named section ... say where the song's sections begin.",
        run_only=True,
    )
    length: Length | None = knob(
        None,
        Lengths(),
        "How long it is: seconds, 10s, or frames, 300; with a song beats or bars, 32beats, 8bars.",
    )
    for_: str | None = knob(
        None,
        Choice(tuple(FORMATS)),
        "What it is for, which says its size. It also says that a zoom has 30 frames a second.",
    )
    size: Fit | None = knob(
        None,
        Sizing(),
        "Size of the film: 1280x720 fills and crops, 1280 is the long side, 1280max only shrinks.",
    )
    fit: str = knob(
        "crop",
        Choice(("crop", "pad")),
        "Where --size has another shape: crop what stands over, evenly, or pad with black.",
    )
    fps: Fraction | None = knob(
        None, Rate(), "Frames a second. A film keeps its duration; a zoom its --frames, and its pace."
    )
    loop: bool = knob(
        False,
        Switch(),
        "Let the end lead into the beginning. It is for a film that is itself a loop, and for any zoom.",
    )
    sound: str | None = knob(
        None, Text("FILE"), "Put this sound under the film, cut to its length and faded out.", run_only=True
    )
    streams: str = knob(
        "first",
        Choice(("first", "all", "picture")),
        "What is kept of the source: its first sound; all sounds, subtitles and data; or the picture alone.",
    )
    timecode: Timecode | None = knob(
        None,
        Timecodes(),
        "Time code of the first frame: 01:00:00:00, drop frame 01:00:00;00. Without it, that of the source.",
        run_only=True,
    )
    codec: str | None = knob(
        None,
        CodecWord(CODEC_WORDS, "WORD"),
        "How OUT is encoded, where its ending leaves a choice: h264, prores, png16 and others. These are h264,"
        " hevc, hevc10, av1, vp9, ffv1; in .mov also prores, prores4444, dnxhr, dnxhr444, cineform, v210, hap,"
        " hapq, hapalpha, dxv; pictures: png, png16, tiff16, exr, exr32.",
    )
    quality: str | None = knob(
        None,
        Choice(("small", "good", "master")),
        "How fine the encoding is: small to send, good to keep, master to work on. Without it, good.",
    )
    crf: int | None = knob(
        None,
        Number(0, 51, True, fixed=True),
        "The quality as a number, for h264, hevc, av1 and vp9: lower is better, 18 is good h264.",
    )
    pix_fmt: str | None = knob(
        None,
        Choice(PIXEL_FORMATS, "FORMAT"),
        "Pixel format, in place of the one that suits codec and source; yuv420p plays everywhere, yuv444p keeps odd "
        "sizes and fine colour.",
    )
    hdr: str = knob(
        "sdr",
        Choice(("sdr", "keep")),
        "A film in HDR: sdr converts it to SDR; keep leaves it in PQ or HLG, with a codec of 10 bits or more.",
    )
    passes: str | None = knob(
        None,
        Names(PASSES),
        "Write these beside OUT, frame by frame, for a compositor: the dream alone, how far it is seen, motion in px,"
        " how reliable that is, the source. A zoom has dream and flow.",
        run_only=True,
    )
    passes_as: str = knob(
        "exr32",
        Choice(("exr32", "exr", "png16", "prores4444")),
        "What passes are written as: EXR in float, whose source + dream is the film; EXR in half float; PNG of 16"
        " bits, or a ProRes 4444 film, whose dream is a layer with alpha, to go over the source.",
        run_only=True,
    )

    def sizes(self, source: Size) -> tuple[Size, Size]:
        """What a source of a size becomes, px: the picture that is dreamed, and the frame that it lies in."""
        if self.size is None:
            return source, source
        frame = self.size.of(source)
        if self.fit == "pad":
            return self.size.within(source), frame
        return frame, frame


@dataclass(frozen=True)
class Files:
    """What may be replaced, and how much a file may ask for."""

    panel = "Files"

    overwrite: bool = knob(False, Switch(), "Replace the output if it is there.", run_only=True)
    fresh: bool = knob(False, Switch(), "Start over, whatever an earlier render of OUT has left.", run_only=True)
    write_markers: tuple[str, ...] = knob(
        (),
        MarkerFiles(),
        "Write the film's shots, and its song's sections, bars and beats, for editors: to this file, or, with otio,"
        " edl, csv or txt (Audacity labels) alone, beside OUT. Repeat it for several.",
        run_only=True,
    )
    no_recipe: bool = knob(False, Switch(), "Do not write into the output how it was made.", run_only=True)
    max_pixels: int = knob(
        MAX_PIXELS,
        Number(1, 2**40, True, fixed=True),
        "Refuse a source with more px in a picture than this.",
        run_only=True,
    )
    max_seconds: float = knob(
        MAX_SECONDS, Number(1, 1e6, fixed=True), "Refuse a song that is longer than this.", run_only=True
    )
