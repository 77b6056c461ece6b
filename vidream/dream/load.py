"""A network's name -> the network, or its layers alone."""

from collections.abc import Mapping
from functools import cache

from vidream.config import Goal
from vidream.dream.anatomy import LayerInfo
from vidream.dream.catalogue import chosen_layers
from vidream.dream.choice import NATIVE, choose_onednn, engine_of
from vidream.dream.families import family_of
from vidream.dream.layers import check_layers
from vidream.dream.network import Network
from vidream.errors import MediaError


def load_network(goal: Goal) -> Network:
    """The network that is asked for, with its weights, ready for the engine of the run; the same object each time.

    Raises:
        ConfigError: it has not the layers that are asked for.
        MediaError: it cannot be read, or its weights cannot be had.
    """
    network = _load(goal.network, goal.weights, engine_of(goal))
    if not network.layers:
        raise MediaError(f"--network {goal.network}: has no convolutional layer, so it cannot be used")
    check_layers(goal, network.layers)
    if family_of(goal.network).needs_trial:
        from vidream.dream.trial import try_network

        try_network(goal.network, network, [layer.name for layer in chosen_layers(goal, network.layers)])
    return network


def outline(goal: Goal) -> Mapping[str, LayerInfo]:
    """The layers of a network, from the picture up; its weights are read, or fetched, only where they must be.

    Raises:
        MediaError: it cannot be read, or its weights cannot be had.
    """
    family = family_of(goal.network)
    if family.outline is not None:
        choose_onednn(goal.network)
        return family.outline(goal.network)
    return _load(goal.network, goal.weights, engine_of(goal)).layers


@cache
def _load(name: str, weights: str | None, engine: str) -> Network:
    family = family_of(name)
    if engine == NATIVE:
        assert family.load_native is not None
        return family.load_native(name)
    choose_onednn(name)
    from vidream.dream.runtime import prepare

    prepare()
    return family.load(name, weights)
