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

# What a model's config may name: what computes on pictures, and nothing that loads, fetches, or runs what it is given
LAYERS = frozenset(
    """
    Activation ActivityRegularization Add AlphaDropout Average AveragePooling2D BatchNormalization Concatenate
    Conv2D Conv2DTranspose Cropping2D Dense DepthwiseConv2D Dot Dropout ELU Flatten GaussianDropout GaussianNoise
    GlobalAveragePooling2D GlobalMaxPooling2D GroupNormalization Identity InputLayer LayerNormalization LeakyReLU
    MaxPooling2D Maximum Minimum Multiply Normalization PReLU Permute ReLU Rescaling Reshape Resizing
    SeparableConv2D Softmax SpatialDropout2D Subtract UnitNormalization UpSampling2D ZeroPadding2D
    """.split()  # noqa: SIM905 (a list of them would be a page long)
)
MODELS = frozenset({"Functional", "Sequential", "Model"})
PARTS = ("initializers", "regularizers", "constraints", "dtype_policies")  # what layers are made of; all of each module
ARITHMETIC = ("ops.numpy", "ops.nn")  # sums and products between layers
OWN = {("applications.convnext", "LayerScale"), ("applications.inception_resnet_v2", "CustomScaleLayer")}
PLAIN = frozenset({"__keras_tensor__", "__tensor__", "__numpy__", "__tuple__", "__ellipsis__", "__slice__"})


def _computes(module: str, name: str) -> bool:
    """Whether a class is of Keras itself, and one of those that only compute."""
    if module != "keras" and not module.startswith("keras."):
        return False
    home = module.removeprefix("keras").removeprefix(".").removeprefix("src").removeprefix(".")
    kind = home.partition(".")[0]
    if (home, name) in OWN:
        return True
    if kind in ("layers", "models", ""):
        return name in LAYERS or name in MODELS or name == "DTypePolicy"
    return kind in PARTS or home.startswith(ARITHMETIC)


def model_file(path: Path) -> KerasNetwork:
    """A model in a .keras file. Nothing in it is run: no lambda layers, no pickles, no classes that are not Keras' own.

    Raises:
        MediaError: it is no such file, or holds something of the kind.
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
    """Raise MediaError as soon as layers ask for more weights than the file has bytes: they are made before read."""
    make, left = keras.layers.Layer.add_weight, path.stat().st_size * EXPANSION + SMALL

    def counted(self: Any, shape: Any = None, *given: Any, **named: Any) -> Any:
        nonlocal left
        left -= int(np.prod([float(side or 1) for side in shape or ()])) * 4
        if left < 0:
            raise MediaError(f"{path}: its layers want more weights than it can hold; not read")
        return make(self, shape, *given, **named)

    keras.layers.Layer.add_weight = counted
    try:
        yield
    finally:
        keras.layers.Layer.add_weight = make


def _refuse_what_runs(config: object, path: Path) -> None:
    """Anything that Keras would look up by its name must be one that computes."""
    if isinstance(config, list):
        for each in config:
            _refuse_what_runs(each, path)
    if not isinstance(config, Mapping):
        return
    if "class_name" in config:
        module, name = config.get("module"), config["class_name"]
        own = config.get("registered_name") in (None, name)
        plain = module is None and name in PLAIN
        if not (plain or (own and isinstance(module, str) and isinstance(name, str) and _computes(module, name))):
            raise MediaError(f"{path}: holds {module}.{name}, which is not loaded: only Keras' own layers are")
    elif "module" in config:
        raise MediaError(f"{path}: holds something of {config['module']}, which is not loaded")
    for each in config.values():
        _refuse_what_runs(each, path)


def _of_any_size(model: Any) -> Any:
    """The same model for pictures of any size, if it can be; weights and names are kept."""
    shape = model.inputs[0].shape
    if len(model.inputs) != 1 or len(shape) != 4 or shape[-1] != 3:
        raise ValueError("it does not read one RGB picture")
    model = keras.Model(model.inputs[0], model.outputs, name=model.name)  # a Sequential, too, is functional then
    if any(hasattr(layer, "layers") for layer in model.layers):
        raise ValueError("it holds a model in a model; save it as one")
    if tuple(shape[1:3]) == (None, None):
        return model
    free = keras.Input((None, None, 3), name=model.inputs[0].name)
    clone = keras.models.clone_model(model, input_tensors=[free] if isinstance(model.input, list) else free)
    clone.set_weights(model.get_weights())
    return clone


def _preparation(model: Any, path: Path) -> Callable[[Tensor], Tensor]:
    """What a model wants pictures to be: by the name that Keras gave it, or because it scales them itself."""
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
