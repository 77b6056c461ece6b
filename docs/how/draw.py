"""Make the pictures of docs/how.md, of real frames: `python docs/how/draw.py` (a minute).

carry.webp     one frame of a film: what is known before it, and what comes of it
octaves.webp   one picture at each of its octaves, small to large
beats.webp     four bars of a song: its waveform, its onset strength, its beats, and the pulse of a look
"""

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from vidream import configure, dream_image
from vidream.analysis.analyser import analyse
from vidream.analysis.envelopes import envelope
from vidream.frames import Flow, Pixels, as_pixels, size_of
from vidream.jobs.video import plan_video
from vidream.media.sound import read_sound
from vidream.media.still import read_picture
from vidream.plan.step import FilmStep
from vidream.render.carry import carry
from vidream.render.dreamer import make_dreamer
from vidream.render.loop import render
from vidream.resample import resize

HERE = Path(__file__).parent
SAMPLES = HERE.parents[1] / "samples"
FRAME = 14
"""Of the film whose parts are shown; its subject moves there."""
GAP, TITLE = 8, 26
"""Px between panels, and above each."""
PAPER, INK = (250, 250, 247), (30, 32, 38)
SOUND, STRENGTH, BEAT, PULSE = (90, 150, 210), (70, 70, 80), (235, 110, 30), (150, 60, 160)
RATE = 22_050
"""Samples a second of the sound that is drawn."""
SECONDS = 8.0
"""Of the song that is drawn."""
FASTEST = 6.0
"""Px a frame that are drawn in the fullest colour."""


def main() -> None:
    """Make all."""
    carried()
    octaves()
    beats()


def carried() -> None:
    """Write carry.webp."""
    plan = plan_video(SAMPLES / "bunny.mp4", "dream.mp4", size="320x180", end="1")
    frames = render(plan.steps(), make_dreamer(configure("video")))
    before, now = next(pair for pair in pairwise(frames) if pair[1].step.index == FRAME)
    assert isinstance(now.step, FilmStep)
    assert before.state is not None
    assert now.flow is not None
    assert now.trust is not None
    assert now.source is not None
    assert now.residual is not None
    brought = carry(now.step, now.flow, now.source, before.state, None)
    size = size_of(now.source)
    row(
        {
            "the frame": as_pixels(now.source),
            "its motion: colour is direction": wheel(resize(now.flow, size)),
            "trust: white is believed": np.repeat(as_pixels(255 * resize(now.trust, size)), 3, axis=2),
            "the dream before, carried here": as_pixels(128 + 2 * brought.residual),
            "deepened by one step": as_pixels(128 + 2 * now.residual),
            "laid over the frame": now.frame.pixels(),
        },
        HERE / "carry.webp",
        columns=3,
    )


def wheel(flow: Flow) -> Pixels:
    """A flow as colours: hue is where to, saturation how far."""
    angle = np.degrees(np.arctan2(flow[..., 1], flow[..., 0])) % 360 / 2
    far = np.clip(np.hypot(flow[..., 0], flow[..., 1]) / FASTEST, 0, 1)
    colours = np.dstack([angle, 255 * far, np.full_like(far, 255)]).astype(np.uint8)
    return cv2.cvtColor(colours, cv2.COLOR_HSV2RGB)


def octaves() -> None:
    """Write octaves.webp."""
    picture = read_picture(SAMPLES / "cat.png").pixels
    whole = size_of(picture).at_most(232)
    ratio = configure("image").dream.octave_ratio
    panels = {}
    for number in range(1, 5):
        side = round(max(whole) / ratio ** (4 - number))
        start = as_pixels(resize(picture.astype(np.float32), whole.at_most(side)))
        panels[f"octave {number}: {start.shape[1]} px wide"] = dream_image(start, octaves=number)
    row(panels, HERE / "octaves.webp", columns=4, enlarge=False)


def beats() -> None:
    """Write beats.webp."""
    whole = read_sound(SAMPLES / "groove120.mp3", RATE)
    samples, analysis = whole[: round(SECONDS * RATE)], analyse(whole, RATE)
    fps = Fraction(25)
    count = round(SECONDS * fps)
    width, lane = 960, 64
    page = Image.new("RGB", (width, 3 * (lane + TITLE + GAP)), PAPER)
    draw = ImageDraw.Draw(page)
    loudest = [float(part.max()) for part in np.array_split(np.abs(samples), width)]
    pulse, hats = (envelope(analysis, name, fps, count).tolist() for name in ("beats", "high"))
    lanes: dict[str, tuple[Sequence[float], tuple[int, int, int]]] = {
        "the waveform; a line is a beat, a long one begins a bar": (loudest, SOUND),
        "what a knob that follows beats gets, frame by frame": (pulse, PULSE),
        "what a knob that follows high gets: hats": (hats, STRENGTH),
    }
    for number, (title, (values, colour)) in enumerate(lanes.items()):
        foot = (number + 1) * (lane + TITLE + GAP) - GAP
        draw.text((4, foot - lane - TITLE + 4), title, font=font(), fill=INK)
        bar = width / len(values)
        for place, value in enumerate(values):
            left, right = place * bar, max(place * bar, (place + 1) * bar - 2)
            draw.rectangle((left, foot - round(value * lane), right, foot), fill=colour)
        for beat in analysis.beats:
            x = round(beat / SECONDS * width)
            draw.line((x, foot - lane // (1 if beat in analysis.bars else 2), x, foot), fill=BEAT)
    page.save(HERE / "beats.webp", quality=85, method=6)


def row(panels: dict[str, Pixels], out: Path, *, columns: int, enlarge: bool = True) -> None:
    """Write panels with their titles, some in a row."""
    images = {title: Image.fromarray(pixels) for title, pixels in panels.items()}
    width = max(image.width for image in images.values()) if enlarge else 232
    height = max(image.height for image in images.values())
    rows = -(-len(images) // columns)
    page = Image.new("RGB", (columns * (width + GAP) - GAP, rows * (height + TITLE + GAP) - GAP), PAPER)
    draw = ImageDraw.Draw(page)
    for number, (title, image) in enumerate(images.items()):
        left, top = number % columns * (width + GAP), number // columns * (height + TITLE + GAP)
        draw.text((left + 2, top + 4), title, font=font(), fill=INK)
        page.paste(image, (left, top + TITLE))
    page.save(out, quality=82, method=6)


def font() -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """Of titles."""
    return ImageFont.load_default(size=15)


if __name__ == "__main__":
    main()
