"""Models in .keras files: nothing in them is run, and nothing is made of them that their bytes cannot hold."""

import json
import re
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from vidream.dream.bounds import EXPANSION, SMALL, check_channels, check_nodes, names_in, read_config
from vidream.dream.keras import BROKEN, keras
from vidream.dream.keras.network import KerasNetwork
from vidream.dream.keras_names import KERAS_NAMES
from vidream.dream.runtime import Tensor
from vidream.dream.stored import check_weights
from vidream.errors import MediaError, first_line
from vidream.events import warn

LAYERS = frozenset(
    """
    Activation ActivityRegularization Add AlphaDropout Average AveragePooling2D BatchNormalization Concatenate
    Conv2D Conv2DTranspose Cropping2D Dense DepthwiseConv2D Dot Dropout ELU Flatten GaussianDropout GaussianNoise
    GlobalAveragePooling2D GlobalMaxPooling2D GroupNormalization Identity InputLayer LayerNormalization LeakyReLU
    MaxPooling2D Maximum Minimum Multiply Normalization PReLU Permute ReLU Rescaling Reshape Resizing
    SeparableConv2D Softmax SpatialDropout2D Subtract UnitNormalization UpSampling2D ZeroPadding2D
    """.split()  # noqa: SIM905 (a list of them would be a page long)
)
"""Layers that a model's config may name: what computes on pictures, and nothing that loads, fetches, or runs what it is
given.
"""

MODELS = frozenset({"Functional", "Sequential", "Model"})
"""Models that it may name."""

PARTS = ("initializers", "regularizers", "constraints", "dtype_policies")
"""Modules of what layers are made of; it may name all that is in them."""

ARITHMETIC = ("ops.numpy", "ops.nn")
"""Modules of sums and products between layers."""

OF_APPLICATIONS = {("applications.convnext", "LayerScale"), ("applications.inception_resnet_v2", "CustomScaleLayer")}
"""(module, class) of layers that only networks of keras.applications have."""

PLAIN = frozenset({"__keras_tensor__", "__tensor__", "__numpy__", "__tuple__", "__ellipsis__", "__slice__"})
"""Names of values that are no classes."""


def _computes(module: str, name: str) -> bool:
    """Whether a class is of Keras itself, and one of those that only compute."""
    if module != "keras" and not module.startswith("keras."):
        return False
    home = module.removeprefix("keras").removeprefix(".").removeprefix("src").removeprefix(".")
    package = home.partition(".")[0]
    if (home, name) in OF_APPLICATIONS:
        return True
    if package in ("layers", "models", ""):
        return name in LAYERS or name in MODELS or name == "DTypePolicy"
    return package in PARTS or home.startswith(ARITHMETIC)


def model_file(path: Path) -> KerasNetwork:
    """A model in a .keras file.

    Nothing in it is run: no lambda layers, no pickles, no classes that are not Keras' own.

    Raises:
        MediaError: it is no such file, holds something of the kind, or asks for more than a machine can hold.
    """
    try:
        config = json.loads(read_config(path))
        _refuse_what_runs(config, path)
        check_nodes(path, names_in(config), "layers")
        check_weights(path)
        with warnings.catch_warnings(action="ignore"), _no_more_weights(path):
            model = keras.models.load_model(str(path), compile=False, safe_mode=True)
        model = _of_any_size(model)
    except MediaError:
        raise
    except BROKEN as error:
        raise MediaError(f"{path}: not a Keras model that can be used: {first_line(error)}") from None
    network = KerasNetwork(model, _preparation(model, path))
    check_channels(path, network.layers)
    return network


@contextmanager
def _no_more_weights(path: Path) -> Iterator[None]:
    """Raise MediaError as soon as layers ask for more weights than a file can hold: they are made before it is read."""
    make, left = keras.layers.Layer.add_weight, path.stat().st_size * EXPANSION + SMALL

    def counted(self: Any, shape: Any = None, *arguments: Any, **options: Any) -> Any:
        nonlocal left
        left -= int(np.prod([float(side or 1) for side in shape or ()])) * 4
        if left < 0:
            raise MediaError(f"{path}: its layers want more weights than it can hold; not read")
        return make(self, shape, *arguments, **options)

    keras.layers.Layer.add_weight = counted
    try:
        yield
    finally:
        keras.layers.Layer.add_weight = make


def _refuse_what_runs(config: object, path: Path) -> None:
    """Raise MediaError if Keras would look up anything by its name that does more than compute."""
    if isinstance(config, list):
        for part in config:
            _refuse_what_runs(part, path)
    if not isinstance(config, Mapping):
        return
    if "class_name" in config:
        module, name = config.get("module"), config["class_name"]
        keras_own = config.get("registered_name") in (None, name)
        known = isinstance(module, str) and isinstance(name, str) and keras_own and _computes(module, name)
        plain = module is None and name in PLAIN
        if not (plain or known):
            raise MediaError(f"{path}: holds {module}.{name}, which is not loaded: only Keras' own layers are")
    elif "module" in config:
        raise MediaError(f"{path}: holds something of {config['module']}, which is not loaded")
    for part in config.values():
        _refuse_what_runs(part, path)


def _of_any_size(model: Any) -> Any:
    """A model, made anew for pictures of any size; weights and names are kept.

    Raises:
        ValueError: it does not read one RGB picture, or holds a model in a model.
    """
    shape = model.inputs[0].shape
    if len(model.inputs) != 1 or len(shape) != 4 or shape[-1] != 3:
        raise ValueError("it does not read one RGB picture")
    model = keras.Model(model.inputs[0], model.outputs, name=model.name)  # a Sequential, too, is functional then
    if any(hasattr(layer, "layers") for layer in model.layers):
        raise ValueError("it holds a model in a model; save it as one")
    if tuple(shape[1:3]) == (None, None):
        return model
    picture = keras.Input((None, None, 3), name=model.inputs[0].name)
    clone = keras.models.clone_model(model, input_tensors=[picture] if isinstance(model.input, list) else picture)
    clone.set_weights(model.get_weights())
    return clone


def _preparation(model: Any, path: Path) -> Callable[[Tensor], Tensor]:
    """What makes of an RGB picture, 0..255, what a model wants.

    It is known by the name that Keras gave the model; a model that scales pictures itself wants them as they are.
    """
    modules = {_plain(architecture): module for module, architecture in KERAS_NAMES.values()}
    module = modules.get(_plain(re.sub(r"_\d\.\d\d_\d+$", "", model.name)))  # mobilenet_1.00_224
    if module:
        return getattr(keras.applications, module).preprocess_input  # type: ignore[no-any-return]
    if any(type(layer).__name__ in ("Rescaling", "Normalization") for layer in model.layers[:3]):
        return lambda images: images
    warn("does not say what it wants; it is given pictures in -1..1", path)
    return lambda images: images / 127.5 - 1


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())
