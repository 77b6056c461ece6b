"""Networks as Keras models in .keras files."""

from pathlib import Path

from vidream.config import Goal
from vidream.dream.families.family import Family, check_network_file, file_digest
from vidream.dream.network import Network
from vidream.dream.presence import has_tensorflow


def _check(goal: Goal) -> None:
    check_network_file(goal)
    from vidream.dream.stored import check_model_file  # brings HDF5

    check_model_file(Path(goal.network))


def _load(name: str, weights: str | None) -> Network:  # noqa: ARG001 (of its name alone)
    from vidream.dream.keras.files import model_file

    return model_file(Path(name))


FAMILY = Family(
    names=(),
    ending=".keras",
    origin=lambda name: "",
    check=_check,
    load=_load,
    outline=None,
    is_here=lambda name: has_tensorflow() and Path(name).is_file(),
    weights_digest=file_digest,
)
