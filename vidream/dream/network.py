"""A network's name -> the network. Weights, layers and input range belong to the network."""

from collections.abc import Collection, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from vidream.config import Goal
from vidream.dream.anatomy import Facts
from vidream.dream.bounds import check_values
from vidream.dream.catalogue import EMBEDDED, GOOGLENET, GRAPH, KERAS_NAMES, MODEL, check_layers, chosen_layers
from vidream.errors import MediaError

if TYPE_CHECKING:
    from vidream.dream.runtime import Tensor


class Network(Protocol):
    """What is dreamed with.

    layers    each layer that `activations` knows, from the picture up, and what is known of it
    smallest  px a side: the least that it can see
    """

    def __hash__(self) -> int: ...
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
    if not found.layers:
        raise MediaError(
            f"--network {goal.network}: has no layer with a place in the picture; it is none to dream with"
        )
    check_layers(goal, found.layers)
    if goal.network not in EMBEDDED:
        _try(goal, found)
    return found


def _try(goal: Goal, found: Network) -> None:
    """Raise MediaError unless a picture of some odd size goes through, and a gradient comes back."""
    from vidream.dream.runtime import tf

    layers = [layer.name for layer in chosen_layers(goal, found.layers)]
    height, width = found.smallest + 21, found.smallest + 34
    picture = tf.fill((1, height, width, 3), 100.0)
    try:
        traced = tf.function(lambda images: found.activations(images, layers)).get_concrete_function(
            tf.TensorSpec(picture.shape, tf.float32)
        )
        outputs = [output.shape for operation in traced.graph.get_operations() for output in operation.outputs]
        check_values(goal.network, (shape.as_list() if shape.rank else () for shape in outputs), height * width)
        with tf.GradientTape() as tape:
            tape.watch(picture)
            answers = found.activations(picture, layers)
            value = tf.add_n([tf.reduce_mean(tf.square(answer)) for answer in answers.values()])
        gradient = tape.gradient(value, picture)
    except MediaError:
        raise
    except Exception as error:  # noqa: BLE001 (whatever TensorFlow raises on a network that is not ours)
        said = (str(error).splitlines() or [type(error).__name__])[0]
        raise MediaError(f"--network {goal.network}: cannot be dreamed with, at pictures of any size: {said}") from None
    if gradient is None:
        raise MediaError(f"--network {goal.network}: {', '.join(layers)}: no gradient comes back to the picture")


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
    if Path(name).suffix == MODEL:
        from vidream.dream.keras_file import model_file

        return model_file(Path(name))
    from vidream.dream.keras_network import application

    module, architecture = KERAS_NAMES[name]
    return application(module, architecture, Path(weights) if weights else None)
