"""Networks that Keras knows by name: those of keras.applications."""

import re
from collections.abc import Mapping
from pathlib import Path

from vidream.config import Goal
from vidream.dream.anatomy import LayerInfo
from vidream.dream.families.family import Family, file_digest
from vidream.dream.network import Network
from vidream.errors import ConfigError

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
"""Module of keras.applications -> its architectures. Not NASNet: built for any size, as a dream needs it, it runs at
none.
"""

WEIGHTS_ENDINGS = (".h5", ".keras")


def kebab(name: str) -> str:
    """ResNet50V2 -> resnet50-v2, MobileNetV3Small -> mobilenet-v3-small, EfficientNetB0 -> efficientnet-b0."""
    words = name.replace("NeXt", "next").replace("Net", "net").replace("VGG", "Vgg")
    return "-".join(re.findall(r"XLarge|[A-Z][a-z]*\d*", words)).lower()


KERAS_NAMES: Mapping[str, tuple[str, str]] = {
    kebab(architecture): (module, architecture)
    for module, architectures in KERAS.items()
    for architecture in architectures.split()
}
"""What --network calls it -> module and architecture in keras.applications."""


def _check(goal: Goal) -> None:
    if goal.weights is None:
        return
    path = Path(goal.weights)
    if path.suffix not in WEIGHTS_ENDINGS:
        raise ConfigError(f"--weights {path}: must end in {', '.join(WEIGHTS_ENDINGS)} or .weights.h5")
    if not path.is_file():
        raise ConfigError(f"--weights {path}: no such file")
    from vidream.dream.stored import check_weights_file  # brings HDF5

    check_weights_file(path, goal.network)


def _outline(name: str) -> Mapping[str, LayerInfo]:
    from vidream.dream.keras.applications import outline_of

    return outline_of(*KERAS_NAMES[name])


def _load(name: str, weights: str | None) -> Network:
    from vidream.dream.keras.applications import application

    module, architecture = KERAS_NAMES[name]
    return application(module, architecture, Path(weights) if weights else None)


FAMILY = Family(
    names=KERAS_NAMES,
    ending="",
    origin="Keras fetches its ImageNet weights at first use, or --weights FILE",
    check=_check,
    load=_load,
    outline=_outline,
    weights_digest=file_digest,
)
