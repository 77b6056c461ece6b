"""A network's name -> the network. Weights, layers and input range belong to the network."""

from collections.abc import Collection, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from vidream.config import Goal
from vidream.dream.anatomy import Facts
from vidream.dream.catalogue import EMBEDDED, GOOGLENET, GRAPH, KERAS_NAMES, MODEL, check_layers

if TYPE_CHECKING:
    from vidream.dream.runtime import Tensor


class Network(Protocol):
    """What is dreamed with.

    layers    each layer that `activations` knows, from the picture up, and what is known of it
    smallest  px a side: the least that it can see
    """

    @property
    def layers(self) -> Mapping[str, Facts]: ...
    @property
    def smallest(self) -> int: ...
    def activations(self, images: "Tensor", layers: Collection[str]) -> "dict[str, Tensor]":
        """What the layers answer; nothing above the highest of them is computed.

        Args:
            images: float32 (N, H, W, 3), sRGB 0..255.
            layers: names from `layers`.

        Returns:
            float32 (N, h, w, channels) for each layer; (N, channels) for one that has no place in the picture.
        """


def network(goal: Goal) -> Network:
    """The network that is asked for, with its weights; the same object each time.

    Raises:
        ConfigError: it has not the layers that are asked for.
        MediaError: it cannot be read, or its weights cannot be had.
    """
    found = _network(goal.network, goal.weights)
    check_layers(goal, found.layers)
    return found


def outline(goal: Goal) -> Mapping[str, Facts]:
    """The layers of a network, from the picture up; no weights are needed, nor fetched, but for a frozen graph."""
    if goal.network in EMBEDDED:
        return EMBEDDED[goal.network].layers
    if goal.network in KERAS_NAMES:
        from vidream.dream.keras_network import outline_of

        return outline_of(*KERAS_NAMES[goal.network])
    return _network(goal.network, goal.weights).layers


@cache
def _network(name: str, weights: str | None) -> Network:
    if name in EMBEDDED:
        from vidream.dream.embedded import embedded

        return embedded(name)
    if name == GOOGLENET or Path(name).suffix == GRAPH:
        from vidream.dream.frozen import Frozen, googlenet

        return Frozen(googlenet() if name == GOOGLENET else Path(name))
    from vidream.dream.keras_network import application, model_file

    if Path(name).suffix == MODEL:
        return model_file(Path(name))
    module, architecture = KERAS_NAMES[name]
    return application(module, architecture, Path(weights) if weights else None)
