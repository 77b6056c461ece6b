"""Whether a network from elsewhere can be dreamed with: a picture goes through it, and a gradient comes back."""

from collections.abc import Sequence

from vidream.dream.bounds import check_values
from vidream.dream.network import Network
from vidream.dream.runtime import tf
from vidream.dream.tensors import TensorNetwork
from vidream.errors import MediaError, first_line


def try_network(name: str, network: Network, layers: Sequence[str]) -> None:
    """Raise MediaError unless a picture of some odd size goes through, and a gradient comes back.

    Args:
        name: what a message calls the network.
        network: one that TensorFlow runs.
        layers: of it, that are to be climbed.
    """
    assert isinstance(network, TensorNetwork)
    height, width = network.smallest + 21, network.smallest + 34
    picture = tf.fill((1, height, width, 3), 100.0)
    try:
        traced = tf.function(lambda images: network.activations(images, layers)).get_concrete_function(
            tf.TensorSpec(picture.shape, tf.float32)
        )
        outputs = [output.shape for operation in traced.graph.get_operations() for output in operation.outputs]
        check_values(name, (shape.as_list() if shape.rank else () for shape in outputs), height * width)
        with tf.GradientTape() as tape:
            tape.watch(picture)
            answers = network.activations(picture, layers)
            value = tf.add_n([tf.reduce_mean(tf.square(answer)) for answer in answers.values()])
        gradient = tape.gradient(value, picture)
    except MediaError:
        raise
    except Exception as error:  # noqa: BLE001 (whatever TensorFlow raises on a network that is not ours)
        raise MediaError(
            f"--network {name}: cannot be dreamed with, at pictures of any size: {first_line(error)}"
        ) from None
    if gradient is None:
        raise MediaError(f"--network {name}: {', '.join(layers)}: no gradient comes back to the picture")
