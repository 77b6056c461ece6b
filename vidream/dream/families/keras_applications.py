"""Networks that Keras knows by name: those of keras.applications."""

import os
import re
from collections.abc import Mapping
from pathlib import Path

from vidream.config import Goal
from vidream.dream.anatomy import LayerInfo
from vidream.dream.families.family import Family, file_digest
from vidream.dream.keras_names import KERAS_NAMES
from vidream.dream.network import Network
from vidream.dream.presence import has_tensorflow, with_lack
from vidream.errors import ConfigError

WEIGHTS_ENDINGS = (".h5", ".keras")
WEIGHTS_FILE = re.compile("(?:weights_)?(.+?)(?:_weights|_notop|_1_0|_224)")
"""How the name of a file begins that Keras keeps weights in: vgg16_weights_..., weights_mobilenet_v3_small_224_..."""


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


def _is_here(name: str) -> bool:
    """Whether Keras is here, and has fetched its weights before.

    It names the file by the architecture, each in a way of its own.
    """
    if not has_tensorflow():
        return False
    _, architecture = KERAS_NAMES[name]
    folder = Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras") / "models"
    found = (WEIGHTS_FILE.match(path.name) for path in folder.glob("*no*top*.h5"))
    return architecture.lower() in {re.sub("[^a-z0-9]", "", match[1]) for match in found if match}


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
    origin=lambda name: with_lack("Keras fetches its ImageNet weights at first use, or --weights FILE"),
    check=_check,
    load=_load,
    outline=_outline,
    is_here=_is_here,
    weights_digest=file_digest,
    # measured on two cores with AVX2 alone, where TensorFlow leaves oneDNN off: VGG16 gains 1.2 times by it,
    # MobileNetV2 loses a quarter, InceptionV3 and ResNet50 do not care
    onednn={"vgg16": {"avx2": True}, "mobilenet-v2": {"avx2": False}},
)
