"""Make the pictures of the README from the samples: `python docs/pictures.py` (some minutes).

hero.webp  bunny.mp4 three times, side by side: the source, each frame dreamed alone, and as vidream dreams it
kick.jpg   a frame of the look `kick`, zooming into dandelion.jpg
"""

import tempfile
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

import vidream
from vidream.media.reader import frames, open_video

HERE = Path(__file__).parent
SAMPLES = HERE.parent / "samples"

PANEL = 384, 216
"""Width and height of each of the three films, px."""
EVERY = 2
"""Each second frame is shown: 12.5 a second."""
SHADE, INK = (0, 0, 0, 150), (255, 255, 255, 255)
KICK_FRAME = 40


def main() -> None:
    """Make both."""
    with tempfile.TemporaryDirectory() as folder:
        hero(Path(folder))
        kick(Path(folder))


def hero(folder: Path) -> None:
    """Write hero.webp."""
    source, alone, dream = SAMPLES / "bunny.mp4", folder / "alone.mp4", folder / "dream.mp4"
    vidream.render_video(source, alone, persistence=0)
    vidream.render_video(source, dream)
    panels = {"source": source, "frame by frame": alone, "vidream": dream}
    films = [panel_frames(path, label) for label, path in panels.items()]
    first, *others = [side_by_side(each) for each in zip(*films, strict=True)]
    milliseconds = round(1000 * EVERY / open_video(source).fps)
    first.save(
        HERE / "hero.webp",
        save_all=True,
        append_images=others,
        duration=milliseconds,
        loop=0,
        quality=60,
        method=6,
    )


def panel_frames(path: Path, label: str) -> list[Image.Image]:
    """Each EVERYth frame of a film, at the panel's size, with its label in the corner."""
    shown = [frame.pixels() for frame in list(frames(open_video(path)))[::EVERY]]
    return [labeled(Image.fromarray(pixels).resize(PANEL, Image.Resampling.LANCZOS), label) for pixels in shown]


def labeled(image: Image.Image, label: str) -> Image.Image:
    """The image with a label on a dark strip in its lower left corner."""
    font = ImageFont.load_default(size=17)
    strip = Image.new("RGBA", image.size)
    draw = ImageDraw.Draw(strip)
    height, width = 26, round(font.getlength(label)) + 16
    draw.rectangle((0, image.height - height, width, image.height), fill=SHADE)
    draw.text((8, image.height - height + 2), label, font=font, fill=INK)
    return Image.alpha_composite(image.convert("RGBA"), strip).convert("RGB")


def side_by_side(images: tuple[Image.Image, ...]) -> Image.Image:
    """Images of one height, in a row."""
    row = Image.new("RGB", (sum(each.width for each in images), images[0].height))
    for number, each in enumerate(images):
        row.paste(each, (number * each.width, 0))
    return row


def kick(folder: Path) -> None:
    """Write kick.jpg."""
    made = folder / "kick" / "%04d.png"
    vidream.render_zoom(SAMPLES / "dandelion.jpg", made, preset="kick", frames=KICK_FRAME, size="1280x720")
    with Image.open(made.with_name(f"{KICK_FRAME:04d}.png")) as image:
        image.save(HERE / "kick.jpg", quality=88)


if __name__ == "__main__":
    main()
