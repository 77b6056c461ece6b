"""`vidream networks` and `vidream layers`: what there is to dream with."""

import json
from dataclasses import asdict
from math import isfinite

from vidream.cli.output import show_table, table
from vidream.config import configure
from vidream.dream.catalogue import check_goal
from vidream.dream.families import FAMILIES


def show_networks(*, as_json: bool) -> None:
    rows = [(name, family.origin) for family in FAMILIES for name in family.names]
    if as_json:
        print(json.dumps([{"name": name, "weights": weights} for name, weights in rows], indent=1))
        return
    listed = table("name", "weights", header=False)
    for row in rows:
        listed.add_row(*row)
    show_table(listed)


def show_layers(name: str, *, as_json: bool) -> None:
    goal = configure("image", network=name).goal
    check_goal(goal)
    from vidream.dream.load import outline  # may import TensorFlow

    layers = outline(goal)
    if as_json:
        rows = ({"name": each, **asdict(facts)} for each, facts in layers.items())
        plain = [{key: value if value != float("inf") else None for key, value in row.items()} for row in rows]
        print(json.dumps(plain, indent=1))
        return
    figures = ("channels", "stride", "receptive field", "cost")
    listed = table("layer", *figures, right=figures)
    for each, facts in layers.items():
        field = f"{facts.field:.0f} px" if isfinite(facts.field) else "all"
        listed.add_row(each, str(facts.channels), str(facts.stride), field, f"{facts.share:.0%}")
    show_table(listed)
