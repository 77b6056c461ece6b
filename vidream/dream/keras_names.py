"""The networks of keras.applications by name; Keras itself is not imported."""

import re
from collections.abc import Mapping

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
