"""Make the pictures of the gallery from the samples: `python docs/gallery/make.py` (about half an hour on two cores).

    python docs/gallery/make.py NAME ...    these alone: hero, journey, music, studio, page, or the name of a still

hero.webp              bunny.mp4 three times, side by side: the source, each frame dreamed alone, and with vidream
NAME.jpg               a frame of a film or a zoom, for each row of STILLS
journey.jpg, .mp4      the look `journey`: twelve moments in a row, and the film
music.jpg, .mp4        a music visual: moments over the song's waveform and beats, and the film
studio.webp            two of the studio's pages, side by side, from docs/pictures
README.md              the page that shows them, each above the command that makes it
"""

import shlex
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from vidream.analysis.analyser import analyse
from vidream.media.reader import frames, open_video
from vidream.media.sound import read_sound
from vidream.report.report import make_report

HERE = Path(__file__).parent
ROOT = HERE.parents[1]


@dataclass(frozen=True)
class Still:
    """A frame of what a command makes."""

    command: str
    """As a user types it in the project's folder."""
    frame: int
    """The one that is shown, counted from 0."""
    about: str
    """What is seen, for those who cannot see it."""


STILLS = {
    "animals": Still(
        "vidream video samples/bunny.mp4 animals.mp4 --end 2",
        49,
        "a rabbit and its meadow, grown into beasts, eyes and fur",
    ),
    "masonry": Still(
        "vidream video samples/bunny.mp4 masonry.mp4 --preset masonry --end 2",
        49,
        "a rabbit and its meadow as walls and arches of old dressed stone",
    ),
    "impasto": Still(
        "vidream video samples/city.mp4 impasto.mp4 --preset impasto",
        99,
        "towers at night under a sky in broad strokes of oil paint",
    ),
    "tresses": Still(
        "vidream zoom samples/mountains.jpg tresses.mp4 --preset tresses --frames 60 --size 640x360",
        59,
        "mountains as long shining hair, combed in great arcs",
    ),
    "kick": Still(
        "vidream zoom samples/dandelion.jpg kick.mp4 --preset kick --frames 60 --size 640x360",
        59,
        "furred beasts with glass eyes on a dandelion meadow",
    ),
    "garden": Still(
        "vidream zoom samples/dandelion.jpg garden.mp4 --preset garden --frames 90 --size 640x360",
        89,
        "a dandelion meadow as leaves, fruit and small furry beasts, bead by bead",
    ),
    "silk": Still(
        "vidream zoom samples/mountains.jpg silk.mp4 --preset silk --frames 60 --size 640x360",
        59,
        "hills and sky as folds of woven silk",
    ),
    "feathers": Still(
        "vidream zoom samples/bunny.mp4@2 feathers.mp4 --preset feathers --frames 60 --size 640x360",
        59,
        "broad soft feathers, each laid over the next",
    ),
    "eyes": Still(
        "vidream zoom samples/cat.png eyes.mp4 --preset eyes --frames 60 --size 640x360",
        59,
        "calm eyes with heavy lids in a skin of woven strands",
    ),
    "towers": Still(
        "vidream zoom samples/city.mp4@0.8 towers.mp4 --preset towers --frames 60 --size 640x360",
        59,
        "domes and towers, tier on tier, lit from within",
    ),
    "ammonites": Still(
        "vidream zoom samples/mountains.jpg ammonites.mp4 --preset ammonites --frames 60 --size 640x360",
        59,
        "beaded shells, coil beside coil",
    ),
    "tubes": Still(
        "vidream zoom samples/mountains.jpg tubes.mp4 --preset tubes --frames 60 --size 640x360",
        59,
        "mountains as glowing tubes and domes, ring on ring",
    ),
    "melting": Still(
        "vidream video samples/bunny.mp4 melting.mp4 --preset melting --end 2",
        49,
        "a rabbit and its meadow running like molten glass",
    ),
    "plankton": Still(
        "vidream zoom noise plankton.mp4 --preset plankton --frames 60 --size 640x360",
        59,
        "round glassy cells with bright rims, glowing in many colours",
    ),
    "waves": Still(
        "vidream zoom noise waves.mp4 --preset waves --frames 60 --size 640x360",
        59,
        "slow heavy curls of many colours",
    ),
}
"""By the name of the picture."""

JOURNEY = "vidream zoom samples/mountains.jpg journey.mp4 --preset journey --size 480x270"
MUSIC = "vidream music samples/groove120.mp3 samples/dandelion.jpg music.mp4 --preset kick --size 480x270"

STILL_WIDTH = 320
"""Px."""
DREAM = "vidream video samples/bunny.mp4 dream.mp4"
ALONE = "vidream video samples/bunny.mp4 alone.mp4 --persistence 0 --first-steps 16"
"""Each frame by itself, with as many steps as make it as strong as DREAM."""
PANEL = 384, 360
"""Width and height of each of the hero's three films, px."""
SHOWN = 84, 0, 468, 360
"""What of a frame the hero shows, px: left, top, right, bottom."""
EVERY = 2
"""Each second frame of the hero is shown: 12.5 a second."""
MOMENTS, MOMENT = 12, (240, 135)
"""How many frames of a film stand in a row of a strip and the one below it, and the size of each, px."""
COLUMNS = 6
STUDIO, STUDIO_PAGE, GAP = ("look", "timeline"), (720, 405), 16
"""The pages of the studio that stand side by side, the size of each and what is between them, px."""
WAVE = 72
"""Px: the height of a waveform."""
RATE = 22_050
"""Samples a second of the sound that is drawn."""
LARGEST = 2_900_000
"""Bytes that a film of the gallery may have."""
SHADE, INK = (0, 0, 0, 150), (255, 255, 255, 255)
NIGHT, SOUND, BEAT = (14, 16, 22), (120, 190, 255), (255, 140, 60)


def main(names: list[str]) -> None:
    """Make what is named; without names, all."""
    makers: dict[str, Callable[[Path], None]] = {
        "hero": hero,
        "journey": journey,
        "music": music,
        "studio": studio,
        "page": page,
    }
    makers |= {name: partial(still, name) for name in STILLS}
    for name in names or makers:
        with tempfile.TemporaryDirectory() as folder:
            makers[name](Path(folder))


def hero(folder: Path) -> None:
    """Write hero.webp."""
    source = ROOT / "samples" / "bunny.mp4"
    alone, dream = run(ALONE, folder), run(DREAM, folder)
    panels = {
        "source": source,
        f"frame by frame: flicker {flicker(source, alone):.1f}": alone,
        f"vidream: flicker {flicker(source, dream):.1f}": dream,
    }
    films = [[labeled(each.crop(SHOWN), label) for each in pictures(path)[::EVERY]] for label, path in panels.items()]
    first, *others = [grid(each, PANEL, len(panels)) for each in zip(*films, strict=True)]
    milliseconds = round(1000 * EVERY / open_video(source).fps)
    first.save(
        HERE / "hero.webp", save_all=True, append_images=others, duration=milliseconds, loop=0, quality=50, method=6
    )


def flicker(source: Path, dreamed: Path) -> float:
    """What `vidream report` says of the flicker that a dream added: its excess warp error, x 1e-4."""
    return float(make_report(source, dreamed).summary["excess"])


def still(name: str, folder: Path) -> None:
    """Write NAME.jpg."""
    row = STILLS[name]
    shown = pictures(run(row.command, folder))[row.frame]
    shown.thumbnail((STILL_WIDTH, STILL_WIDTH), Image.Resampling.LANCZOS)
    shown.save(HERE / f"{name}.jpg", quality=88)


def journey(folder: Path) -> None:
    """Write journey.jpg and journey.mp4."""
    film = run(JOURNEY, folder)
    shown = pictures(film)
    grid(moments(shown), MOMENT, COLUMNS).save(HERE / "journey.jpg", quality=85)
    shrink(film, HERE / "journey.mp4", width=320)


def music(folder: Path) -> None:
    """Write music.jpg and music.mp4."""
    film = run(MUSIC, folder)
    strip = grid(moments(pictures(film)), MOMENT, COLUMNS)
    wave = waveform(ROOT / shlex.split(MUSIC)[2], strip.width)
    page = Image.new("RGB", (strip.width, wave.height + strip.height), NIGHT)
    page.paste(wave, (0, 0))
    page.paste(strip, (0, wave.height))
    page.save(HERE / "music.jpg", quality=85)
    shrink(film, HERE / "music.mp4", width=480)


def studio(_: Path) -> None:
    """Write studio.webp."""
    pages = [Image.open(HERE.parent / "pictures" / f"studio-{name}.webp").convert("RGB") for name in STUDIO]
    width, height = STUDIO_PAGE
    strip = Image.new("RGBA", (len(pages) * (width + GAP) - GAP, height))
    for number, each in enumerate(pages):
        strip.paste(each.resize(STUDIO_PAGE, Image.Resampling.LANCZOS), (number * (width + GAP), 0))
    strip.save(HERE / "studio.webp", quality=80, method=6)


def page(_: Path) -> None:
    """Write README.md."""
    parts = [
        "# Gallery\n\nEvery picture is made by the command below it, in the project's folder, from its samples;"
        " `python docs/gallery/make.py` makes them all again.\n"
    ]
    parts += [f"![{row.about}]({name}.jpg)\n\n    {row.command}\n" for name, row in STILLS.items()]
    parts += [
        f"## A journey\n\n![Twelve moments of a zoom through the network](journey.jpg)\n\n    {JOURNEY}\n",
        "## In time with music\n\n![Twelve moments under the waveform of a song, its beats marked](music.jpg)\n\n"
        f"    {MUSIC}\n",
    ]
    (HERE / "README.md").write_text("\n".join(parts))


def run(command: str, folder: Path) -> Path:
    """The film that a command makes, in `folder`: its first word that ends in .mp4 and is no sample."""
    program, *words = shlex.split(command)
    assert program == "vidream"
    film = next(word for word in words if word.endswith(".mp4") and not word.startswith("samples/"))
    made = folder / film
    words[words.index(film)] = str(made)
    subprocess.run([sys.executable, "-m", "vidream", *words], cwd=ROOT, check=True)
    return made


def pictures(film: Path) -> list[Image.Image]:
    """The frames of a film."""
    return [Image.fromarray(frame.pixels()) for frame in frames(open_video(film))]


def moments(shown: list[Image.Image]) -> list[Image.Image]:
    """Frames of a film, evenly apart, from the middle of the first part to the middle of the last."""
    return [shown[(2 * number + 1) * len(shown) // (2 * MOMENTS)] for number in range(MOMENTS)]


def grid(images: Iterable[Image.Image], size: tuple[int, int], columns: int) -> Image.Image:
    """Images in rows, each at one size."""
    resized = [each.resize(size, Image.Resampling.LANCZOS) for each in images]
    rows = -(-len(resized) // columns)
    table = Image.new("RGB", (columns * size[0], rows * size[1]))
    for number, each in enumerate(resized):
        table.paste(each, (number % columns * size[0], number // columns * size[1]))
    return table


def labeled(image: Image.Image, label: str) -> Image.Image:
    """The image at the panel's size, with a label on a dark strip in its lower left corner."""
    image = image.resize(PANEL, Image.Resampling.LANCZOS)
    font = ImageFont.load_default(size=24)
    strip = Image.new("RGBA", image.size)
    draw = ImageDraw.Draw(strip)
    height, width = 36, round(font.getlength(label)) + 20
    draw.rectangle((0, image.height - height, width, image.height), fill=SHADE)
    draw.text((10, image.height - height + 3), label, font=font, fill=INK)
    return Image.alpha_composite(image.convert("RGBA"), strip).convert("RGB")


def waveform(song: Path, width: int) -> Image.Image:
    """The loudest sample of each px's time, above and below the middle; a line at each beat."""
    samples = read_sound(song, RATE)
    loudest = [np.abs(part).max() for part in np.array_split(samples, width)]
    image = Image.new("RGB", (width, WAVE), NIGHT)
    draw = ImageDraw.Draw(image)
    for beat in analyse(samples, RATE).beats:
        x = round(beat * RATE / len(samples) * width)
        draw.line((x, 0, x, WAVE), fill=BEAT)
    for x, height in enumerate(loudest):
        reach = round(float(height) * (WAVE / 2 - 6))
        draw.line((x, WAVE // 2 - reach, x, WAVE // 2 + reach), fill=SOUND)
    return image


def shrink(film: Path, out: Path, width: int) -> None:
    """A film for the page, in as few bytes as it may have: encoded twice, at the rate that fills them. width: px."""
    from imageio_ffmpeg import get_ffmpeg_exe

    video = open_video(film)
    count = sum(1 for _ in frames(video))
    rate = int(LARGEST * 8 * 0.95 * video.fps / count) - 96_000
    common = [get_ffmpeg_exe(), "-y", "-v", "error", "-i", str(film), "-vf", f"scale={width}:-2", "-c:v", "libx264"]
    common += ["-preset", "slower", "-b:v", str(rate)]
    log = str(film.with_suffix(""))
    first = ["-pass", "1", "-passlogfile", log, "-an", "-f", "null", "-"]
    second = ["-pass", "2", "-passlogfile", log, "-c:a", "aac", "-b:a", "96k", "-movflags", "+faststart", str(out)]
    subprocess.run([*common, *first], check=True)
    subprocess.run([*common, *second], check=True)


if __name__ == "__main__":
    main(sys.argv[1:])
