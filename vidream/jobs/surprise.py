"""Looks that nobody has asked for, drawn by chance from what is known to be good: shipped looks, mixed and varied."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from random import Random
from typing import Any

from vidream.config import Preset, RunConfig, configure, presets
from vidream.curves import Curve
from vidream.dream.families import family_of
from vidream.frames import Pixels
from vidream.jobs.between import Part, look_between, look_knobs, mixed_goal, named, rounded

SHARES = (0.35, 0.45, 0.55, 0.65)
"""Of the way between two looks: neither may be lost."""

VARIED: Mapping[str, tuple[float, float]] = {
    "step_size": (0.8, 1.35),
    "tv": (0.5, 1.8),
    "octave_ratio": (0.95, 1.08),
    "strength": (0.85, 1.15),
    "zoom": (0.95, 1.12),
}
"""Numbers -> what a look's is multiplied by, from and to: it stays what it is."""

TURNS, DRIFTS = (-8, -4, -3, 3, 4, 8), (-0.03, 0.03)
"""Degrees a second, frame widths a second: of a camera that otherwise goes straight."""
SHAPES = ("laplacian", "laplacian", "soft", "cascade")


@dataclass(frozen=True)
class Surprise:
    """A look that was drawn."""

    title: str
    """What it was made of: "coral + wolf"."""
    knobs: Mapping[str, Any]
    """As TOML holds them, over the defaults of the command."""


def surprise(command: str, seed: int, base: str | None = None, picture: Pixels | None = None) -> Surprise:
    """A look by chance: the same for the same seed, where the same networks are.

    Args:
        command: that takes it: what `configure` gets.
        seed: of chance.
        base: of music and live: the command that it is like.
        picture: uint8 (H, W, 3), at which is measured how hard what is mixed pulls; None: it counts as equal.
    """
    chance = Random(seed)
    stock = _stock(command, base)
    draw = chance.choices([_mixture, _on_the_way, _variation], weights=[4, 3, 2])[0]
    return draw(chance, stock, picture)


def _stock(command: str, base: str | None) -> dict[str, RunConfig]:
    """The shipped looks whose networks are here, but those that follow a tutorial to the letter, by name."""
    found = {}
    for preset in presets():
        config = _config(preset, base or command)
        if config.dream.recipe == "vidream" and family_of(config.goal.network).is_here(config.goal.network):
            found[preset.name] = config
    return found


def _config(preset: Preset, command: str) -> RunConfig:
    return configure(command, preset=preset.name)


def _mixture(chance: Random, stock: Mapping[str, RunConfig], picture: Pixels | None) -> Surprise:
    """Two or three motifs of one network, dreamed together in the manner of one of them."""
    by_network: dict[str, list[str]] = {}
    for name, config in stock.items():
        if not any(isinstance(layer.weight, Curve) for layer in config.goal.layer):
            by_network.setdefault(config.goal.network, []).append(name)
    names = chance.choice([names for names in by_network.values() for _ in names if len(names) > 1])
    chosen = chance.sample(names, min(len(names), chance.choice((2, 2, 3))))
    manner = stock[chosen[0]]
    parts = [Part(named(stock[name].goal), chance.choice((1, 1, 0.6))) for name in chosen]
    goal = mixed_goal(manner.goal, parts, picture, manner.dream.shape)
    return Surprise(" + ".join(chosen), look_knobs(_moved(chance, replace(manner, goal=goal))))


def _on_the_way(chance: Random, stock: Mapping[str, RunConfig], picture: Pixels | None) -> Surprise:
    """Between two looks of one network."""
    one = chance.choice([*stock])
    alike = [name for name in stock if name != one and stock[name].goal.network == stock[one].goal.network]
    if not alike:
        return _variation(chance, {one: stock[one]}, picture)
    other = chance.choice(alike)
    knobs = look_between(stock[one], stock[other], chance.choice(SHARES), picture)
    return Surprise(f"between {one} and {other}", knobs)


def _variation(chance: Random, stock: Mapping[str, RunConfig], _picture: Pixels | None) -> Surprise:
    """A look whose numbers are a little different, in another shape perhaps."""
    name = chance.choice([*stock])
    config = stock[name]
    dream = replace(config.dream, shape=chance.choice((config.dream.shape, *SHAPES)))
    return Surprise(f"{name}, varied", look_knobs(_moved(chance, replace(config, dream=dream))))


def _moved(chance: Random, config: RunConfig) -> RunConfig:
    """The numbers of VARIED varied, and a camera that turns or drifts, perhaps."""
    for group in ("dream", "camera"):
        values = getattr(config, group)
        for name, (low, high) in VARIED.items():
            old = getattr(values, name, None)
            if isinstance(old, int | float):
                values = replace(values, **{name: rounded(old * chance.uniform(low, high))})
        config = replace(config, **{group: values})
    if config.origin.command == "zoom" and config.camera.turn == 0 and chance.random() < 0.4:
        config = replace(config, camera=replace(config.camera, turn=float(chance.choice(TURNS))))
    return config
