"""What can be said of a request for a network before TensorFlow is imported."""

import math
from collections.abc import Mapping

from vidream.config import Goal, Layer
from vidream.dream.anatomy import LayerInfo
from vidream.dream.choice import check_engine
from vidream.dream.families import family_of
from vidream.dream.layers import check_classes

DEFAULT_STRIDE = 16
"""px of the picture to one of the layer's: a network without a default layer has the last layer with this stride."""


def check_goal(goal: Goal) -> None:
    """Raise ConfigError or MediaError unless the network is there, its layers, where they are known, and the engine.

    That a network knows no classes is said before its weights are looked for.
    """
    family = family_of(goal.network)
    if not family.knows_classes:
        check_classes(goal, 0)
    family.check(goal)
    check_engine(goal)


def chosen_layers(goal: Goal, layers: Mapping[str, LayerInfo]) -> tuple[Layer, ...]:
    """The layers that are climbed: those that are asked for; none beside a class; else the network's defaults.

    Args:
        goal: what is asked for.
        layers: of the network, from the picture up.
    """
    if goal.layer or (goal.toward and not goal.guide):
        return goal.layer
    family = family_of(goal.network)
    if goal.guide and goal.network in family.guide_layers:
        return family.guide_layers[goal.network]
    default = family.default_layers.get(goal.network)
    if default is not None:
        return (Layer(default),)
    suitable = [name for name, info in layers.items() if info.stride <= DEFAULT_STRIDE and math.isfinite(info.field)]
    return (Layer((suitable or list(layers))[-1]),)


def weights_digest(goal: Goal) -> str:
    """What tells one network's weights from another's: part of what a session is known again by.

    Raises:
        MediaError: the file that holds them cannot be read.
    """
    return family_of(goal.network).weights_digest(goal)
