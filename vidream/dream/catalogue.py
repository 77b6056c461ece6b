"""Which networks there are, and what can be checked of a request before TensorFlow is imported."""

import hashlib
import math
import re
from collections.abc import Mapping
from pathlib import Path

from vidream.config import Goal, Layer
from vidream.dream.anatomy import Facts
from vidream.dream.architecture import EFFICIENTNET_LITE0, EfficientNet
from vidream.dream.bounds import check_graph_file
from vidream.dream.classes import class_number, classes
from vidream.errors import ConfigError, MediaError, nearest

EMBEDDED: dict[str, EfficientNet] = {"efficientnet-lite0": EFFICIENTNET_LITE0}
WEIGHTS_SHA256 = {"efficientnet-lite0": "57934424"}  # the digits that the file of weights has in its name

GOOGLENET = "inception5h"  # the network of the first DeepDream (2015), as a frozen graph

# keras.applications: module -> its architectures. Not NASNet: built for any size, as a dream needs it, it runs at none
KERAS = {
    "convnext": "ConvNeXtTiny ConvNeXtSmall ConvNeXtBase ConvNeXtLarge ConvNeXtXLarge",
    "densenet": "DenseNet121 DenseNet169 DenseNet201",
    "efficientnet": " ".join(f"EfficientNetB{number}" for number in range(8)),
    "efficientnet_v2": " ".join(f"EfficientNetV2{each}" for each in ("B0", "B1", "B2", "B3", "S", "M", "L")),
    "inception_resnet_v2": "InceptionResNetV2",
    "inception_v3": "InceptionV3",
    "mobilenet": "MobileNet",
    "mobilenet_v2": "MobileNetV2",
    "mobilenet_v3": "MobileNetV3Small MobileNetV3Large",
    "resnet": "ResNet50 ResNet101 ResNet152",
    "resnet_v2": "ResNet50V2 ResNet101V2 ResNet152V2",
    "vgg16": "VGG16",
    "vgg19": "VGG19",
    "xception": "Xception",
}


def kebab(name: str) -> str:
    """ResNet50V2 -> resnet50-v2, MobileNetV3Small -> mobilenet-v3-small, EfficientNetB0 -> efficientnet-b0."""
    whole = name.replace("NeXt", "next").replace("Net", "net").replace("VGG", "Vgg")
    return "-".join(re.findall(r"XLarge|[A-Z][a-z]*\d*", whole)).lower()


GRAPH, MODEL = ".pb", ".keras"  # endings of files that hold a network
WEIGHTS = (".h5", ".keras")


KERAS_NAMES: Mapping[str, tuple[str, str]] = {
    kebab(each): (module, each) for module, architectures in KERAS.items() for each in architectures.split()
}
"""Our name -> module and architecture in keras.applications."""


def names() -> list[str]:
    """Every network that has a name."""
    return [*EMBEDDED, GOOGLENET, *KERAS_NAMES]


def check_goal(goal: Goal) -> None:
    """Raise ConfigError unless the network is there, and, of an embedded one, its layers."""
    name = goal.network
    if name in EMBEDDED:
        if goal.weights is not None:
            raise ConfigError(f"--weights {goal.weights}: {name} has its weights in the box; leave it out")
        check_layers(goal, EMBEDDED[name].layers)
        return
    if Path(name).suffix in (GRAPH, MODEL):
        if not Path(name).is_file():
            raise ConfigError(f"--network {name}: {'a folder, not a file' if Path(name).is_dir() else 'no such file'}")
        if goal.weights is not None:
            raise ConfigError(f"--weights {goal.weights}: {name} holds its own; leave it out")
        _check_file(Path(name))
    elif name == GOOGLENET and goal.weights is not None:
        raise ConfigError(f"--weights {goal.weights}: give the graph itself as --network; it holds its weights")
    elif name not in names():
        raise ConfigError(
            f"--network {name}: no such network; {nearest(name, names())} `vidream networks` lists them; "
            "or give a .keras or .pb file"
        )
    if goal.weights is not None:
        if Path(goal.weights).suffix not in WEIGHTS:
            raise ConfigError(f"--weights {goal.weights}: must end in {', '.join(WEIGHTS)} or .weights.h5")
        if not Path(goal.weights).is_file():
            raise ConfigError(f"--weights {goal.weights}: no such file")
        from vidream.dream.stored import check_weights_file

        check_weights_file(Path(goal.weights), name)


def _check_file(path: Path) -> None:
    """Raise MediaError unless a network's file can be loaded safely, as far as can be known without TensorFlow."""
    if path.suffix == GRAPH:
        check_graph_file(path)
        return
    from vidream.dream.stored import check_model_file  # brings HDF5

    check_model_file(path)


GUIDE_SIDE = 28  # px of the layer, along the long side, from which a guide's features are taken
DEFAULT_LAYERS = {"efficientnet-lite0": "block10"}
DEFAULT_STRIDE = 16  # of a network without a default of its own: the last layer with this stride


def chosen_layers(goal: Goal, layers: Mapping[str, Facts]) -> tuple[Layer, ...]:
    """The layers that are climbed: those that are asked for; none beside a class; else the network's default."""
    if goal.layer or (goal.toward and not goal.guide):
        return goal.layer
    last = [name for name, each in layers.items() if each.stride <= DEFAULT_STRIDE and math.isfinite(each.field)]
    return (Layer(DEFAULT_LAYERS.get(goal.network) or (last or list(layers))[-1]),)


def check_layers(goal: Goal, layers: Mapping[str, Facts]) -> None:
    """Raise ConfigError unless the network has the layers, the channels and the classes that are asked for."""
    for named in goal.toward:
        class_number(named.name)
        if "logits" not in layers or layers["logits"].channels != len(classes()):
            raise ConfigError(f"--toward {named.name}: {goal.network} knows no classes; efficientnet-lite0 does")
    for layer in goal.layer:
        if layer.name not in layers:
            raise ConfigError(f"--layer {layer.name}: {goal.network} has no such layer; {nearest(layer.name, layers)}")
        channels = layers[layer.name].channels
        if any(last >= channels for _, last in layer.channels):
            raise ConfigError(f"--layer {layer}: {layer.name} has the channels 0 to {channels - 1}")


def weights_of(goal: Goal) -> str:
    """What tells one network's weights from another's."""
    if goal.network in EMBEDDED:
        return WEIGHTS_SHA256[goal.network]
    file = goal.weights or goal.network
    if not Path(file).is_file():
        return "as its makers publish them"
    try:
        with Path(file).open("rb") as opened:
            return hashlib.file_digest(opened, "sha256").hexdigest()
    except OSError as error:
        raise MediaError(f"{file}: cannot be read: {error.strerror}") from None
