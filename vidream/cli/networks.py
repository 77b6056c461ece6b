"""`vidream networks`, `vidream layers` and `vidream classes`: what there is to dream with, and towards."""

import json
from dataclasses import asdict
from math import inf, isfinite
from typing import Any

from vidream.cli.messages import console
from vidream.cli.output import show_table, table
from vidream.cli.progress import alive
from vidream.config import DEFAULT, configure, presets
from vidream.dream.catalogue import check_goal
from vidream.dream.classes import classes, groups, plain, suggestion
from vidream.dream.families import FAMILIES, family_of
from vidream.errors import ConfigError


def show_presets() -> None:
    """The shipped looks, on standard output: name, the command that each is for, what it looks like, what it lacks."""
    listed = table("name", "for", "what it looks like")
    for preset in presets():
        network, about = configure("image", preset=preset.name).goal.network, preset.about
        if preset.name == DEFAULT:
            about += " The default."
        if not family_of(network).is_here(network):
            about += f" Not here yet: {family_of(network).origin(network)}."
        listed.add_row(preset.name, preset.command, about)
    show_table(listed)


def show_networks(*, as_json: bool) -> None:
    """The networks by name, and where the weights of each come from, as a table or as JSON."""
    rows = [(name, family.origin(name)) for family in FAMILIES for name in family.names]
    if as_json:
        print(json.dumps([{"name": name, "weights": weights} for name, weights in rows], indent=1))
        return
    listed, default = table("name", "weights", header=False), configure("image").goal.network
    for name, weights in rows:
        listed.add_row(name, f"{weights}; the default" if name == default else weights)
    show_table(listed)


def _finite(facts: dict[str, Any]) -> dict[str, Any]:
    """What JSON can hold: what is without end is null."""
    return {key: None if value == inf else value for key, value in facts.items()}


def show_layers(name: str, *, as_json: bool) -> None:
    """The layers of a network that can be dreamed with, on standard output, as a table or as JSON.

    Raises:
        ConfigError: there is no such network.
        MediaError: it cannot be read.
    """
    goal = configure("image", network=name).goal
    check_goal(goal)
    with alive(console(), f"looking at {name}"):
        from vidream.dream.load import outline  # may import TensorFlow

        layers = outline(goal)
    if as_json:
        print(json.dumps([{"name": layer, **_finite(asdict(facts))} for layer, facts in layers.items()], indent=1))
        return
    figures = ("channels", "stride", "receptive field", "cost")
    listed = table("layer", *figures, right=figures)
    for layer, facts in layers.items():
        field = f"{facts.field:.0f} px" if isfinite(facts.field) else "all"
        listed.add_row(layer, str(facts.channels), str(facts.stride), field, f"{facts.share:.0%}")
    show_table(listed)


def show_classes(word: str | None, *, as_json: bool) -> None:
    """What --toward may name, on standard output, as a table or as JSON.

    Args:
        word: a group, whose classes are listed, or a part of the names of classes; None: the groups are listed.
        as_json: a list of {"number", "name"}, or of {"name", "classes"}.

    Raises:
        ConfigError: no group and no class has that word.
    """
    if word is None:
        held = {group: [classes()[number] for number in numbers] for group, numbers in groups().items()}
        if as_json:
            print(json.dumps([{"name": group, "classes": names} for group, names in held.items()], indent=1))
            return
        listed = table("group", "classes", "such as", right=("classes",))
        for group, names in held.items():
            listed.add_row(group, str(len(names)), ", ".join(names[:4]))
        show_table(listed)
        return
    found = _classes_of(word.strip().lower())
    if not found:
        known = [*groups(), *(name.lower() for name in classes())]
        raise ConfigError(
            f"vidream classes {word}: no such class of ImageNet; {suggestion(word.strip().lower(), known)}"
        )
    if as_json:
        print(json.dumps([{"number": number, "name": classes()[number]} for number in found], indent=1))
        return
    listed = table("number", "class", right=("number",))
    for number in found:
        listed.add_row(str(number), classes()[number])
    show_table(listed)


def _classes_of(word: str) -> list[int]:
    """The numbers of the classes of a group, or, if there is none of that name, of those whose names hold a word."""
    if plain(word) in groups():
        return list(groups()[plain(word)])
    return [number for number, name in enumerate(classes()) if word in name.lower()]
