"""Networks as frozen TensorFlow graphs: the GoogLeNet of the first DeepDream (2015) by name, others as .pb files."""

from pathlib import Path

from vidream.config import Goal
from vidream.dream.bounds import check_graph_file
from vidream.dream.families.family import Family, check_network_file, file_digest
from vidream.dream.googlenet import GOOGLENET, GRAPH_FILE, googlenet, is_fetched
from vidream.dream.network import Network
from vidream.dream.presence import has_tensorflow, with_lack
from vidream.errors import ConfigError


def _check(goal: Goal) -> None:
    if goal.network != GOOGLENET:
        check_network_file(goal)
        check_graph_file(Path(goal.network))
    elif goal.weights is not None:
        raise ConfigError(f"--weights {goal.weights}: give the graph itself as --network; it holds its weights")


def _origin(name: str) -> str:  # noqa: ARG001 (there is one)
    if is_fetched():
        return with_lack("the GoogLeNet of 2015; fetched, works offline")
    return with_lack(f"the GoogLeNet of 2015; fetched at first use, or --network path/to/{GRAPH_FILE}")


def _load(name: str, weights: str | None) -> Network:  # noqa: ARG001 (of its name alone)
    from vidream.dream.frozen import Frozen

    if name == GOOGLENET:
        return Frozen(googlenet())
    return Frozen(Path(name))


FAMILY = Family(
    names=(GOOGLENET,),
    ending=".pb",
    origin=_origin,
    check=_check,
    load=_load,
    outline=None,
    is_here=lambda name: has_tensorflow() and (name != GOOGLENET or is_fetched()),
    weights_digest=file_digest,
)
