"""Networks that Keras knows, with their preprocessing; vidream.dream.keras_file has models in files."""

import warnings
import zipfile
import zlib
from collections.abc import Callable, Collection, Iterator, Mapping
from functools import cache
from math import inf
from pathlib import Path
from typing import Any

import numpy as np

from vidream.dream.anatomy import Facts, Part, facts
from vidream.dream.runtime import Tensor, tf
from vidream.dream.stored import check_weights
from vidream.errors import MediaError

keras = tf.keras
BROKEN = (
    *(OSError, ValueError, TypeError, LookupError, AttributeError, RuntimeError, MemoryError, zlib.error),
    *(zipfile.BadZipFile, tf.errors.OpError),
)
"""What Keras raises on files that are not what they should be."""


class Absorbed(keras.layers.Layer):  # type: ignore[misc, name-defined]
    """In the place of a batch norm that has been folded into the convolution before it."""

    def call(self, inputs: Tensor, training: bool | None = None, mask: Tensor | None = None) -> Tensor:
        return inputs


class KerasNetwork:
    """A Keras model and what it wants pictures to be: see vidream.dream.network.Network.

    model    functional, with a picture of any size as its input
    prepare  float32 RGB 0..255 -> its input
    """

    smallest = 75  # InceptionV3's; none of the others wants more

    def __init__(self, model: Any, prepare: Callable[[Tensor], Tensor]) -> None:
        self._model, self._prepare = model, prepare
        self.layers = _layers(model)
        self._hidden, self._folded = folded(model)
        self._upto = cache(self._cut)

    def _cut(self, layers: tuple[str, ...]) -> Any:
        """The model up to the layers; folded, unless what is asked for disappears in the folding."""
        model = self._model if self._hidden & set(layers) else self._folded
        return keras.Model(model.inputs[0], [model.get_layer(name).output for name in layers])

    def activations(self, images: Tensor, layers: Collection[str]) -> dict[str, Tensor]:
        wanted = tuple(name for name in self.layers if name in layers)
        found = self._upto(wanted)(self._prepare(images), training=False)
        answers = found if isinstance(found, list) else [found]
        return {name: tf.cast(answer, images.dtype) for name, answer in zip(wanted, answers, strict=True)}


def outline_of(module: str, architecture: str) -> Mapping[str, Facts]:
    """The layers of one of keras.applications, without its weights."""
    keras.utils.clear_session()
    return _layers(_builder(module, architecture)(include_top=False, weights=None, input_shape=(None, None, 3)))


def _builder(module: str, architecture: str) -> Callable[..., Any]:
    home = getattr(keras.applications, module)
    build: Callable[..., Any] = getattr(home, architecture, None) or getattr(keras.applications, architecture)
    return build


def application(module: str, architecture: str, weights: Path | None) -> KerasNetwork:
    """One of keras.applications, with weights from a file, or those that its makers trained on ImageNet.

    Raises:
        MediaError: the weights are not those of this architecture, or are not here and cannot be fetched.
    """
    keras.utils.clear_session()  # else layers' names count on from those of models before
    build = _builder(module, architecture)
    if weights is None:
        keras.utils.disable_interactive_logging()  # its progress would go to stdout
        try:
            model = build(include_top=False, weights="imagenet", input_shape=(None, None, 3))
        except Exception as error:  # noqa: BLE001 (a download that fails is a bare Exception in Keras)
            raise MediaError(
                f"{architecture}: its weights are not on this machine, and cannot be fetched "
                f"({str(error).splitlines()[0]}); give them with --weights FILE; efficientnet-lite0 works offline"
            ) from None
    else:
        model = _with_weights(build, weights)
    return KerasNetwork(model, getattr(keras.applications, module).preprocess_input)


def _with_weights(build: Callable[..., Any], path: Path) -> Any:
    """The features of an architecture, with weights from a file that may hold the classifier's, too."""
    try:
        check_weights(path)
    except BROKEN as error:
        raise MediaError(f"--weights {path}: not the weights of {build.__name__}: {first_line(error)}") from None
    model = build(include_top=False, weights=None, input_shape=(None, None, 3))
    said = []
    for head in (False, True):
        keras.utils.clear_session()
        source = build(include_top=True, weights=None) if head else model
        try:
            _load(source, path)
        except BROKEN as error:
            said.append(first_line(error))
            continue
        for layer in model.layers if head else ():
            layer.set_weights(source.get_layer(layer.name).get_weights())
        return model
    raise MediaError(f"--weights {path}: not the weights of {model.name}: {said[-1]}")


def _load(model: Any, path: Path) -> None:
    """Every weight of the model from a file. Keras only warns of what it does not find: here that is a ValueError."""
    for weight in model.weights:
        if str(weight.dtype).startswith("float"):
            weight.assign(np.full(weight.shape, np.nan))
    with warnings.catch_warnings(action="ignore"):
        model.load_weights(str(path))
    missing = [
        layer.name for layer in model.layers if any(np.isnan(np.sum(each, dtype=float)) for each in layer.get_weights())
    ]
    if missing:
        raise ValueError(f"it has none for {', '.join(missing[:3])}")


def first_line(error: Exception) -> str:
    """The first line of an error's message, or its type where it has none."""
    return (str(error).splitlines() or [type(error).__name__])[0]


def folded(model: Any) -> tuple[frozenset[str], Any]:
    """(names of convolutions that changed, the same model with each batch norm folded into the convolution before it).

    It can be, where nothing else reads the convolution and no activation lies between: w' = w g / sqrt(v + e),
    b' = beta + (b - m) g / sqrt(v + e)   (Ioffe and Szegedy 2015, at inference).
    """
    norms = {layer.name: _only_convolution_before(layer) for layer in model.layers}
    pairs = {convolution.name: model.get_layer(norm) for norm, convolution in norms.items() if convolution is not None}
    absorbed = {norm.name for norm in pairs.values()}

    def clone(layer: Any) -> Any:
        config = layer.get_config()
        if layer.name in absorbed:
            return Absorbed(name=layer.name)
        return type(layer).from_config(config | {"use_bias": True} if layer.name in pairs else config)

    result = keras.models.clone_model(model, clone_function=clone)
    for layer in model.layers:
        if layer.name in pairs:
            result.get_layer(layer.name).set_weights(_with_norm(layer, pairs[layer.name]))
        elif layer.name not in absorbed and layer.weights:
            result.get_layer(layer.name).set_weights(layer.get_weights())
    return frozenset(pairs), result


def _only_convolution_before(layer: Any) -> Any:
    """The convolution that a batch norm can be folded into; None if there is none."""
    if type(layer).__name__ != "BatchNormalization":
        return None
    before = _read_by(layer)
    if len(layer._inbound_nodes) != 1 or any(len(each._inbound_nodes) != 1 for each in before):
        return None  # used more than once
    if len(before) != 1 or type(before[0]).__name__ not in ("Conv2D", "DepthwiseConv2D"):
        return None
    convolution = before[0]
    linear = getattr(convolution.activation, "__name__", None) == "linear"
    return convolution if linear and len(convolution._outbound_nodes) == 1 else None


def _with_norm(convolution: Any, norm: Any) -> list[np.ndarray]:
    kernel, *bias = convolution.get_weights()
    scale = (norm.gamma.numpy() if norm.scale else 1) / np.sqrt(norm.moving_variance.numpy() + norm.epsilon)
    shift = norm.beta.numpy() if norm.center else 0
    depthwise = type(convolution).__name__ == "DepthwiseConv2D"  # (h, w, channels, multiplier), else (h, w, in, out)
    by_channel = scale.reshape(kernel.shape[2:]) if depthwise else scale
    return [kernel * by_channel, shift + ((bias[0] if bias else 0) - norm.moving_mean.numpy()) * scale]


def _read_by(layer: Any) -> list[Any]:
    """The operations whose outputs a layer reads."""
    return [tensor._keras_history.operation for tensor in layer._inbound_nodes[-1].input_tensors]


def _layers(model: Any) -> Mapping[str, Facts]:
    """Of the layers, from the picture up; not of the sums and products between them."""
    named = {layer.name for layer in model.layers}
    return {name: each for name, each in facts(_parts(model)).items() if name in named}


def _parts(model: Any) -> Iterator[Part]:
    for layer in model.operations:
        if type(layer).__name__ == "InputLayer":
            yield Part(layer.name, (), 0)
            continue
        shape = layer.output.shape
        placed = len(shape) == 4
        kernel, stride, cost = _window(layer)
        below = tuple(each.name for each in _read_by(layer))
        yield Part(layer.name, below, int(shape[-1]) if placed else 0, kernel if placed else inf, stride, cost)


def _window(layer: Any) -> tuple[float, int, float]:
    """(kernel, stride, cost) of one layer; of a model in a model, of all its layers in a row."""
    if hasattr(layer, "layers"):
        kernel, stride, cost = 1.0, 1, 0.0
        for each in layer.layers:
            further, step, more = _window(each)
            kernel, stride = kernel + (further - 1) * stride, stride * step
            cost += more / step**2
        return kernel, stride, cost * stride**2
    kind = type(layer).__name__
    if "Conv" in kind and hasattr(layer, "kernel_size"):
        side = max(layer.kernel_size)
        spread = (side - 1) * max(layer.dilation_rate) + 1
        return (
            spread,
            layer.strides[0],
            float(sum(np.prod(each.shape) for each in layer.weights if len(each.shape) == 4)),
        )
    if "Pooling" in kind and hasattr(layer, "pool_size"):
        return max(layer.pool_size), layer.strides[0], 0
    if kind.startswith("Global"):
        return inf, 1, 0
    if kind == "Dense":
        return 1, 1, float(np.prod(layer.kernel.shape))
    return 1, 1, 0
