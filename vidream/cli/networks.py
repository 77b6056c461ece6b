"""`vidream networks` and `vidream layers`: what there is to dream with."""

import json
from dataclasses import asdict
from math import isfinite

from vidream.cli.output import show_table, table
from vidream.config import configure
from vidream.dream.catalogue import EMBEDDED, GOOGLENET, KERAS_NAMES, check_goal

IN_THE_BOX = "in the box, works offline"
FETCHED = "Keras fetches its ImageNet weights at first use, or --weights FILE"
FROZEN = "the GoogLeNet of 2015; fetched at first use, or --network path/to/tensorflow_inception_graph.pb"


def show_networks(*, as_json: bool) -> None:
    """The networks by name, and where the weights of each come from, as a table or as JSON."""
    rows = [*((name, IN_THE_BOX) for name in EMBEDDED), (GOOGLENET, FROZEN), *((name, FETCHED) for name in KERAS_NAMES)]
    if as_json:
        print(json.dumps([{"name": name, "weights": weights} for name, weights in rows], indent=1))
        return
    listed = table("name", "weights", header=False)
    for row in rows:
        listed.add_row(*row)
    show_table(listed)


def show_layers(name: str, *, as_json: bool) -> None:
    """The layers of a network that can be dreamed with, as a table or as JSON."""
    goal = configure("image", network=name).goal
    check_goal(goal)
    from vidream.dream.network import outline  # may import TensorFlow

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
