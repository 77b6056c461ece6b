"""A network's name -> the network, or its layers alone."""

from collections.abc import Mapping
from functools import cache

from vidream.config import Goal
from vidream.dream.anatomy import LayerInfo
from vidream.dream.bounds import check_values
from vidream.dream.catalogue import chosen_layers
from vidream.dream.families import family_of
from vidream.dream.layers import check_layers
from vidream.dream.network import Network
from vidream.errors import MediaError, first_line


def load_network(goal: Goal) -> Network:
    """The network that is asked for, with its weights; the same object each time.

    Raises:
        ConfigError: it has not the layers that are asked for.
        MediaError: it cannot be read, or its weights cannot be had.
    """
    network = _load(goal.network, goal.weights)
    if not network.layers:
        raise MediaError(f"--network {goal.network}: has no convolutional layer, so it cannot be used")
    check_layers(goal, network.layers)
    if family_of(goal.network).needs_trial:
        _try(goal, network)
    return network


def outline(goal: Goal) -> Mapping[str, LayerInfo]:
    """The layers of a network, from the picture up; its weights are read, or fetched, only where they must be.

    Raises:
        MediaError: it cannot be read, or its weights cannot be had.
    """
    family = family_of(goal.network)
    if family.outline is not None:
        return family.outline(goal.network)
    return _load(goal.network, goal.weights).layers


@cache
def _load(name: str, weights: str | None) -> Network:
    from vidream.dream.runtime import prepare

    prepare()
    return family_of(name).load(name, weights)


def _try(goal: Goal, network: Network) -> None:
    """Raise MediaError unless a picture of some odd size goes through, and a gradient comes back."""
    from vidream.dream.runtime import tf

    layers = [layer.name for layer in chosen_layers(goal, network.layers)]
    height, width = network.smallest + 21, network.smallest + 34
    picture = tf.fill((1, height, width, 3), 100.0)
    try:
        traced = tf.function(lambda images: network.activations(images, layers)).get_concrete_function(
            tf.TensorSpec(picture.shape, tf.float32)
        )
        outputs = [output.shape for operation in traced.graph.get_operations() for output in operation.outputs]
        check_values(goal.network, (shape.as_list() if shape.rank else () for shape in outputs), height * width)
        with tf.GradientTape() as tape:
            tape.watch(picture)
            answers = network.activations(picture, layers)
            value = tf.add_n([tf.reduce_mean(tf.square(answer)) for answer in answers.values()])
        gradient = tape.gradient(value, picture)
    except MediaError:
        raise
    except Exception as error:  # noqa: BLE001 (whatever TensorFlow raises on a network that is not ours)
        raise MediaError(
            f"--network {goal.network}: cannot be dreamed with, at pictures of any size: {first_line(error)}"
        ) from None
    if gradient is None:
        raise MediaError(f"--network {goal.network}: {', '.join(layers)}: no gradient comes back to the picture")
