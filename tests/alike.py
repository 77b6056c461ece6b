"""How different looks are, as what they are for.

    python tests/alike.py                      the nearest to each of the shipped looks
    python tests/alike.py kick mine.toml       how far each shipped look is from these, nearest first

Distances are in just noticeable differences: under 1, people take the two for one look.
"""

import sys
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np

from vidream.clock import START
from vidream.config import Preset, configure, presets
from vidream.dream.families import family_of, in_the_box
from vidream.jobs.likeness import Signature, distance, signature
from vidream.jobs.moment import MOMENTS, SHOWN_BY
from vidream.jobs.scene import Scene, read_scene
from vidream.render.dreamer import make_dreamer

SAMPLES = Path(__file__).parents[1] / "samples"
SCENES = {
    "video": ("bunny.mp4@1.6", "city.mp4@1.2"),
    "zoom": ("mountains.jpg", "cat.png"),
    "image": ("mountains.jpg", "cat.png"),
}
"""What is dreamed over, by the command that shows a look."""
SIDE = 256
"""px of a scene's long side: at smaller ones, two seeds of a look differ as much as two looks."""
JUST_NOTICEABLE = 0.11
"""The least distance, at SIDE, between two looks that people tell apart.

Measured on the looks of the first edition: two seeds of one look, which nobody tells apart, are 0.06 to 0.10 apart;
animals and creatures, which people tell apart side by side, 0.12; engraving and ripples, near relatives, 0.17; looks
that nobody mistakes, 0.2 to 0.4.
"""


def looks() -> list[Preset]:
    """The shipped looks whose network is in the box: the others cannot be made here."""
    return [each for each in presets() if family_of(_network(each)) is in_the_box.FAMILY]


def _network(look: Preset) -> str:
    return configure("image", preset=str(look.path)).goal.network


def command_of(one: Preset, other: Preset) -> str:
    """The command that shows two looks beside each other: one for films and one for zooms are both seen as zooms."""
    first, second = SHOWN_BY[one.command], SHOWN_BY[other.command]
    return first if first == second else "zoom"


def difference(one: Preset, other: Preset, scenes: int | None = None, seeds: tuple[int, int] = (0, 0)) -> float:
    """How far two looks are from each other, in just noticeable differences, both seen as what they are for.

    scenes: how many are looked at; None: all.
    seeds: of each; with two of them, one look is compared with itself.
    """
    command, (first, second) = command_of(one, other), seeds
    pairs = [
        (shown(one.path, command, scene, first), shown(other.path, command, scene, second))
        for scene in SCENES[command][:scenes]
    ]
    return float(np.mean([distance(*pair) for pair in pairs])) / JUST_NOTICEABLE


@cache
def shown(path: Path, command: str, scene: str, seed: int = 0) -> Signature:
    """What a look looks like on a scene, as a command shows it."""
    given: Any = {"preset": str(path), "seed": seed}
    config = configure(command, **given)
    if command == "image":
        config = config.at(0, START)
    return signature(MOMENTS[command](_scene(scene), config, make_dreamer(config)))


@cache
def _scene(name: str) -> Scene:
    return read_scene(str(SAMPLES / name), SIDE, 10**8)


def pairs(known: Sequence[Preset], command: str, scenes: int | None = None) -> Iterator[tuple[float, str, str]]:
    """Of each two looks that a command shows beside each other: how far they are apart, and their names."""
    for one, other in combinations(known, 2):
        if command_of(one, other) == command:
            yield difference(one, other, scenes), one.name, other.name


def named(name: str) -> Preset:
    """A look by its name, or by the path of its file; a shipped one is the same by either."""
    path = Path(name).resolve()
    shipped = (each for each in presets() if each.name == name or each.path == path)
    return next(shipped, Preset(path.stem, "", path))


def main(names: Sequence[str]) -> None:
    known = looks()
    for look in [named(name) for name in names] or known:
        far = sorted((difference(look, each), each.name) for each in known if each != look)
        nearest = far if names else far[:4]
        print(f"{look.name} ({look.command}):", ", ".join(f"{name} {value:.2f}" for value, name in nearest), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
