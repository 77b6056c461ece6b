"""`vidream networks` and `vidream layers`: what there is to dream with."""

import json
from dataclasses import asdict
from math import inf, isfinite
from typing import Any

from vidream.cli.output import show_table, table
from vidream.config import configure
from vidream.dream.catalogue import check_goal
from vidream.dream.families import FAMILIES


def show_networks(*, as_json: bool) -> None:
    """The networks by name, and where the weights of each come from, as a table or as JSON."""
    """The networks that can dream, on standard output."""
    rows = [(name, family.origin(name)) for family in FAMILIES for name in family.names]
    if as_json:
        print(json.dumps([{"name": name, "weights": weights} for name, weights in rows], indent=1))
        return
    listed = table("name", "weights", header=False)
    for row in rows:
        listed.add_row(*row)
    show_table(listed)


def _finite(facts: dict[str, Any]) -> dict[str, Any]:
    """What JSON can hold: what is without end is null."""
    return {key: None if value == inf else value for key, value in facts.items()}


def show_layers(name: str, *, as_json: bool) -> None:
    """The layers of a network that can be dreamed with, as a table or as JSON."""
    """A network's layers, on standard output. Raises ConfigError or MediaError if it cannot be read."""
    goal = configure("image", network=name).goal
    check_goal(goal)
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
