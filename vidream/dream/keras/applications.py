"""Networks that Keras knows by name, with weights from a file or as their makers trained them."""

import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from vidream.dream.anatomy import LayerInfo
from vidream.dream.keras import BROKEN, apart, keras
from vidream.dream.keras.infos import layers_of
from vidream.dream.keras.network import KerasNetwork
from vidream.dream.runtime import prepare
from vidream.dream.stored import check_weights
from vidream.errors import MediaError, first_line
from vidream.system.locks import in_turn


def outline_of(module: str, architecture: str) -> Mapping[str, LayerInfo]:
    """The layers of one of keras.applications, from the picture up; no weights are needed."""
    prepare()
    build = _builder(module, architecture)
    return layers_of(apart(build, include_top=False, weights=None, input_shape=(None, None, 3)))


def application(module: str, architecture: str, weights: Path | None) -> KerasNetwork:
    """One of keras.applications.

    Args:
        module: of keras.applications, "resnet_v2".
        architecture: in it, "ResNet50V2".
        weights: a file; None for those that its makers trained on ImageNet, which Keras fetches.

    Raises:
        MediaError: the weights are not those of this architecture, or are not here and cannot be fetched.
    """
    build = _builder(module, architecture)
    if weights is None:
        model = apart(_with_imagenet, build, architecture)
    else:
        model = apart(_with_weights, build, weights)
    return KerasNetwork(model, getattr(keras.applications, module).preprocess_input)


def _builder(module: str, architecture: str) -> Callable[..., Any]:
    home = getattr(keras.applications, module)
    build: Callable[..., Any] = getattr(home, architecture, None) or getattr(keras.applications, architecture)
    return build


def _with_imagenet(build: Callable[..., Any], architecture: str) -> Any:
    """The features of an architecture, with the weights that Keras fetches."""
    keras.utils.disable_interactive_logging()  # its progress would go to stdout
    try:
        with in_turn(Path(__file__)):  # Keras writes weights where others read them
            return build(include_top=False, weights="imagenet", input_shape=(None, None, 3))
    except Exception as error:  # noqa: BLE001 (a download that fails is a bare Exception in Keras)
        raise MediaError(
            f"{architecture}: its weights are not on this machine, and cannot be fetched ({first_line(error)}); "
            "give them with --weights FILE; efficientnet-lite0 works offline"
        ) from None


def _with_weights(build: Callable[..., Any], path: Path) -> Any:
    """The features of an architecture, with weights from a file that may hold the classifier's, too."""
    try:
        check_weights(path)
    except BROKEN as error:
        raise MediaError(f"--weights {path}: not the weights of {build.__name__}: {first_line(error)}") from None
    model = build(include_top=False, weights=None, input_shape=(None, None, 3))
    try:
        _load(model, path)
        return model
    except BROKEN:
        pass  # it may hold those of the whole classifier
    classifier = apart(build, include_top=True, weights=None)
    try:
        _load(classifier, path)
    except BROKEN as error:
        raise MediaError(f"--weights {path}: not the weights of {model.name}: {first_line(error)}") from None
    for layer in model.layers:
        layer.set_weights(classifier.get_layer(layer.name).get_weights())
    return model


def _load(model: Any, path: Path) -> None:
    """Every weight of the model from a file. Keras only warns of what it does not find: here that is a ValueError."""
    for weight in model.weights:
        if str(weight.dtype).startswith("float"):
            weight.assign(np.full(weight.shape, np.nan))
    with warnings.catch_warnings(action="ignore"):
        model.load_weights(str(path))
    missing = [
        layer.name
        for layer in model.layers
        if any(np.isnan(np.sum(weight, dtype=float)) for weight in layer.get_weights())
    ]
    if missing:
        raise ValueError(f"it has none for {', '.join(missing[:3])}")
