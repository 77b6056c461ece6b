"""Whether a network has the layers, channels and classes that are asked for."""

from collections.abc import Mapping

from vidream.config import Goal
from vidream.dream.anatomy import LayerInfo
from vidream.dream.classes import class_numbers, classes
from vidream.errors import ConfigError, nearest


def check_layers(goal: Goal, layers: Mapping[str, LayerInfo]) -> None:
    """Raise ConfigError unless a network with these layers has what is asked for."""
    known = 0
    if "logits" in layers:
        known = layers["logits"].channels
    check_classes(goal, known)
    for layer in goal.layer:
        if layer.name not in layers:
            raise ConfigError(f"--layer {layer.name}: {goal.network} has no such layer; {nearest(layer.name, layers)}")
        channels = layers[layer.name].channels
        if any(last >= channels for _, last in layer.channels):
            raise ConfigError(f"--layer {layer}: {layer.name} has the channels 0 to {channels - 1}")


def check_classes(goal: Goal, known: int) -> None:
    """Raise ConfigError unless a network that knows so many classes has what --toward names."""
    for named in goal.toward:
        class_numbers(named.name)
        if known != len(classes()):
            raise ConfigError(f"--toward {named.name}: {goal.network} knows no classes; efficientnet-lite0 does")
