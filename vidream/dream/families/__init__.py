"""Every family of networks that can be dreamed with, one row each. A new one is a module here, and a row below."""

from pathlib import Path

from vidream.dream.families import frozen_graphs, in_the_box, keras_applications, keras_files
from vidream.dream.families.family import Family
from vidream.errors import ConfigError, nearest

FAMILIES: tuple[Family, ...] = (
    in_the_box.FAMILY,
    frozen_graphs.FAMILY,
    keras_applications.FAMILY,
    keras_files.FAMILY,
)
"""In the order in which `vidream networks` lists them."""


def network_names() -> list[str]:
    """What --network calls the networks that are no files."""
    return [name for family in FAMILIES for name in family.names]


def family_of(network: str) -> Family:
    """The family of a network.

    Args:
        network: its name, or the path of a file that holds it.

    Raises:
        ConfigError: there is no network of that name.
    """
    for family in FAMILIES:
        if network in family.names:
            return family
    for family in FAMILIES:
        if family.ending and Path(network).suffix == family.ending:
            return family
    endings = " or ".join(sorted(family.ending for family in FAMILIES if family.ending))
    raise ConfigError(
        f"--network {network}: no such network; {nearest(network, network_names())} `vidream networks` lists them; "
        f"or give a {endings} file"
    )
