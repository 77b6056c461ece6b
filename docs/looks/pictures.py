"""Make the pictures of the looks from the samples: `python docs/looks/pictures.py` (about half an hour on one core).

    python docs/looks/pictures.py NAME ...    these alone: a look, a network, NETWORK/LAYER, or page: README.md

LOOK.webp             a frame of what a command makes, or four, for each row of LOOKS; docs/gallery has the others
NETWORK/LAYER.webp    one picture, dreamed with a layer, for each layer of each network in the box
README.md             all looks by their pictures, where the repository is browsed; the site has a page for each
"""

import os
import sys
import tempfile
from dataclasses import dataclass
from html import escape
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

from PIL import Image

from vidream.config import Preset, presets
from vidream.dream.families.in_the_box import EMBEDDED

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
WIDTH = 320
"""Px, of every picture."""
QUALITY = 58
"""Of WebP: 160 pictures have room in 1.5 MB."""
NOT_HERE = ("googlenet-2015", "inception-v3")
"""Looks whose networks are fetched at first use: no picture of them is made."""


@dataclass(frozen=True)
class Shown:
    """What shows a look: one frame of a film, or four of them, two by two."""

    command: str
    """As a user types it in the project's folder."""
    frames: tuple[int, ...]
    """Counted from 0."""
    about: str
    """What is seen, for those who cannot see it."""


def _zoom(seed: str, look: str, about: str, frames: int = 45) -> Shown:
    """The last frame of a short zoom."""
    command = f"vidream zoom {seed} {look}.mp4 --preset {look} --frames {frames} --size 480x270"
    return Shown(command, (frames - 1,), about)


def _film(film: str, look: str, about: str) -> Shown:
    """The last frame of a film's first second."""
    return Shown(f"vidream video samples/{film}.mp4 {look}.mp4 --preset {look} --end 1", (24,), about)


LOOKS = {
    "apes": _zoom("samples/dandelion.jpg", "apes", "faces of apes and monkeys, with dark eyes and bare brows", 60),
    "brass": _zoom("samples/mountains.jpg", "brass", "mountains as brushed metal, in broad fans that catch the light"),
    "chrysalis": Shown(
        "vidream zoom samples/dandelion.jpg chrysalis.mp4 --preset chrysalis --length 6s --fps 15 --size 480x270",
        (12, 36, 60, 88),
        "four moments: bead-work coils swell into fruit and pods, and coil up again",
    ),
    "citadel": _zoom("samples/mountains.jpg", "citadel", "castles on cliffs, grown out of mountains", 75),
    "coral": _zoom("samples/mountains.jpg", "coral", "plump heaps of folded, woolly ridges"),
    "creatures": Shown(
        "vidream video samples/bunny.mp4 creatures.mp4 --preset creatures --end 1",
        (9,),
        "a great brown bear's head in soft fur, behind a rabbit",
    ),
    "enamel": _zoom("samples/dandelion.jpg", "enamel", "domes and rings of ribbed glass in bright enamel"),
    "engraving": _film("bunny", "engraving", "a rabbit and its meadow in fine engraved lines"),
    "journey": Shown(
        "vidream zoom samples/mountains.jpg journey.mp4 --preset journey --size 480x270",
        (400, 750, 1150, 1500),
        "four moments of a flight: eyes, beasts, feathers, towers",
    ),
    "mosaic": _film("bunny", "mosaic", "a rabbit and its meadow, laid in short bright strips"),
    "paint": _zoom("samples/city.mp4@0.8", "paint", "a city at night in short curled strokes of a wet brush"),
    "ripples": _film("bunny", "ripples", "a rabbit and its meadow in rings and rows of dots and stitches"),
    "temple": _zoom("samples/mountains.jpg", "temple", "mountains as carved and latticed stone"),
    "tiles": _zoom("samples/city.mp4@0.8", "tiles", "glazed tiles and lit windows, row on row"),
    "turnover": Shown(
        "vidream zoom samples/mountains.jpg turnover.mp4 --preset turnover --length 12s --fps 15 --size 480x270",
        (30, 75, 120, 170),
        "four moments: bubbles, patches of cloth, braided thatch, mosaic arches",
    ),
    "wolf": _zoom("samples/cat.png", "wolf", "wolves' faces and eyes in long soft fur"),
}
"""What shows a look that has no still in the gallery."""

GROUPS = {
    "video": ("For films", "They hold still where the film does."),
    "zoom": ("For zooms", "They grow out of a picture as the camera falls into it."),
    "music": ("For music", "They move with beats and loudness."),
    "image": ("For single pictures", "Two well-known tutorials, to the letter."),
}
"""The command that looks are made for -> the heading above them, and a line."""
COLUMNS = 3
"""Looks side by side in README.md."""

SAMPLE = "samples/dandelion.jpg"
"""The picture that is dreamed with each layer."""
SIDE = 480
"""Px of its long side as it is dreamed; what is shown is smaller."""


def layer_command(network: str, layer: str) -> str:
    """What makes the picture of a layer."""
    named = "" if network == "efficientnet-lite0" else f" --network {network}"
    return f"vidream image {SAMPLE} {layer}.png{named} --layer {layer} --dream-size {SIDE}"


def gallery() -> Any:
    """The module that makes the gallery, docs/gallery/make.py."""
    spec = spec_from_file_location("gallery_make", HERE.parent / "gallery" / "make.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def layers() -> dict[str, tuple[str, str]]:
    """NETWORK/LAYER -> (network, layer), of the networks in the box."""
    return {
        f"{network}/{layer}": (network, layer)
        for network, embedded in EMBEDDED.items()
        for layer in embedded.architecture.layers
    }


def main(names: list[str]) -> None:
    """Make what is named; without names, all."""
    os.chdir(ROOT)
    known = [*LOOKS, *layers(), "page"]
    wanted = [name for name in known if not names or {name, name.partition("/")[0]} & {*names}]
    if missing := {*names} - {*known, *EMBEDDED}:
        sys.exit(f"no such look, network or layer: {', '.join(sorted(missing))}")
    (HERE / "README.md").write_text(page(), encoding="utf-8")
    for name in wanted:
        if name == "page":
            continue
        with tempfile.TemporaryDirectory() as folder:
            if name in LOOKS:
                made = _look(name, Path(folder))
            else:
                made = _layer(*layers()[name], Path(folder))
        path = HERE / f"{name}.webp"
        path.parent.mkdir(exist_ok=True)
        made.save(path, quality=QUALITY, method=6)
        print(path.relative_to(ROOT), path.stat().st_size)


def page() -> str:
    """README.md: each look by its picture, which leads to its file."""
    parts = [
        "# The looks in the box",
        "A look's picture leads to its file, to copy and to change: [how to write a look](../../configs/README.md).\n"
        "Any command takes any look, such as `vidream video clip.mp4 --preset engraving`, and\n"
        "`vidream preview photo.jpg looks.png --presets` tries them on a picture of yours."
        " [More about looks](../looks.md)",
    ]
    for command, (title, line) in GROUPS.items():
        cells = [_cell(look) for look in presets() if look.command == command]
        rows = ["<tr>" + "\n".join(cells[at : at + COLUMNS]) + "</tr>" for at in range(0, len(cells), COLUMNS)]
        parts += [f"## {title}", line, "\n".join(["<table>", *rows, "</table>"])]
    return "\n\n".join(parts) + "\n"


def _cell(look: Preset) -> str:
    stills = gallery().STILLS
    shown = stills.get(look.name) or LOOKS.get(look.name)
    picture = f"../gallery/{look.name}.jpg" if look.name in stills else f"{look.name}.webp"
    image = f'<img src="{picture}" width="{WIDTH}" alt="{shown.about}"><br>' if shown else ""
    link = f'<a href="../../configs/{look.path.name}">{image}<b>{look.name}</b></a>'
    return f'<td valign="top" width="{100 // COLUMNS}%">{link}<br><sub>{escape(look.about)}</sub></td>'


def _look(name: str, folder: Path) -> Image.Image:
    """The picture of a look. The film of `journey` is the gallery's, if it is there: it takes an hour."""
    row, make = LOOKS[name], gallery()
    kept = HERE.parent / "gallery" / f"{name}.mp4"
    film = kept if row.command == make.JOURNEY and kept.exists() else make.run(row.command, folder)
    frames = make.pictures(film)
    shown = [frames[number] for number in row.frames]
    if len(shown) == 1:
        return _small(shown[0])
    height = round(WIDTH * shown[0].height / shown[0].width)
    quarters: Image.Image = make.grid(shown, (WIDTH // 2, height // 2), 2)
    return quarters


def _layer(network: str, layer: str, folder: Path) -> Image.Image:
    """The picture of a layer."""
    from vidream.cli import main as vidream

    program, command, source, out, *flags = layer_command(network, layer).split()
    assert program == "vidream"
    if status := vidream([command, source, str(folder / out), *flags]):
        sys.exit(status)
    return _small(Image.open(folder / out))


def _small(image: Image.Image) -> Image.Image:
    small = image.convert("RGB")
    small.thumbnail((WIDTH, WIDTH), Image.Resampling.LANCZOS)
    return small


if __name__ == "__main__":
    main(sys.argv[1:])
