"""What a family of networks is: one row of vidream.dream.families.FAMILIES."""

import hashlib
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from vidream.config import Goal, Layer
from vidream.dream.anatomy import LayerInfo
from vidream.dream.network import Network
from vidream.errors import ConfigError, MediaError


@dataclass(frozen=True)
class Family:
    """Networks that are checked, loaded and told apart in the same way.

    A row is read before TensorFlow is imported; only `load` and, where it must, `outline` import it.
    """

    names: Collection[str]
    """What --network calls its networks; none where all of them come from files."""

    ending: str
    """How the name of a file ends that holds such a network, ".pb"; "" where none does."""

    origin: Callable[[str], str]
    """Where a network's weights come from, by its name, and whether they are here, as `vidream networks` says it."""

    check: Callable[[Goal], None]
    """Raise ConfigError or MediaError unless what is asked for can be had, as far as that is known by now."""

    load: Callable[[str, str | None], Network]
    """The network as TensorFlow runs it, from --network and --weights. Raises MediaError."""

    outline: Callable[[str], Mapping[str, LayerInfo]] | None
    """The layers of a network by its name, without its weights; None where it must be loaded to know them."""

    is_here: Callable[[str], bool]
    """Whether all that a network of its needs is on this machine, by the network's name: its weights, and TensorFlow
    where that alone runs it.
    """

    weights_digest: Callable[[Goal], str]
    """What tells one network's weights from another's."""

    default_layers: Mapping[str, str] = field(default_factory=dict)
    """The layer that a network is dreamed with where none is asked for, by the network's name."""

    guide_layers: Mapping[str, tuple[Layer, ...]] = field(default_factory=dict)
    """Those with which a guide is followed where none is asked for, by the network's name; without, the default."""

    knows_classes: bool = False
    """Whether its networks end in the classes of ImageNet, so that --toward can be had."""

    needs_trial: bool = True
    """Whether a picture must go through it, and a gradient come back, before it is used: it comes from elsewhere."""

    load_native: Callable[[str], Network] | None = None
    """The network as the native engine runs it, from --network; None where TensorFlow alone can. Raises MediaError."""

    onednn: Mapping[str, Mapping[str, bool]] = field(default_factory=dict)
    """Whether TensorFlow is to use oneDNN, by the network's name and the processor's vector set, "avx2"; where nothing
    is said, that is TensorFlow's own choice.
    """


def check_network_file(goal: Goal) -> None:
    """Raise ConfigError unless --network is a file, and comes without --weights."""
    path = Path(goal.network)
    if path.is_dir():
        raise ConfigError(f"--network {path}: a folder, not a file")
    if not path.is_file():
        raise ConfigError(f"--network {path}: no such file")
    if goal.weights is not None:
        raise ConfigError(f"--weights {goal.weights}: {path} holds its own; leave it out")


def file_digest(goal: Goal) -> str:
    """The SHA-256 of the file that holds a network's weights, in hex.

    Of a network whose weights are fetched, a text that stands for whatever its makers publish.

    Raises:
        MediaError: the file cannot be read.
    """
    path = Path(goal.weights or goal.network)
    if not path.is_file():
        return "as its makers publish them"
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise MediaError(f"{path}: cannot be read: {error.strerror}") from None
