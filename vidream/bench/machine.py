"""What a figure of speed belongs to: processor, vector instructions, engine, threads, other work, versions."""

import os
import platform
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

from vidream.dream.choice import label_of
from vidream.dream.processor import processor_name, vectors
from vidream.dream.settings import cores, threads_of_a_run
from vidream.native.library import missing
from vidream.version import __version__

PACKAGES = ("numpy", "opencv-python", "tensorflow")
"""What else computes, whose versions are named."""


@dataclass(frozen=True)
class Machine:
    """What was measured on, and with."""

    processor: str
    """What it calls itself."""

    vectors: str
    """Its widest vector instructions, "avx2"; "" where that is not known."""

    cores: int
    """That this process may use."""

    threads: int
    """That a gradient may use, as far as we say; TensorFlow may have its own."""

    engine: str
    """What computes the gradients of a default film, with all that its bytes depend on: "native 1 avx2"."""

    without_native: str
    """Why there is no native engine; "" where there is one."""

    load: float
    """Processes that wanted a core in the minute before, those of others; nan where the system does not say."""

    system: str
    """Name and release."""

    versions: dict[str, str]
    """Of vidream, Python and PACKAGES."""


def this_machine(engine: str) -> Machine:
    """This one. engine: NATIVE or TENSORFLOW, which computes the gradients of a default film."""
    versions = {"vidream": __version__, "python": platform.python_version()}
    for package in PACKAGES:
        try:
            versions[package] = version(package)
        except PackageNotFoundError:
            versions[package] = ""
    try:
        load = os.getloadavg()[0]
    except (AttributeError, OSError):  # Windows has none
        load = float("nan")
    return Machine(
        processor=processor_name(),
        vectors=vectors(),
        cores=cores(),
        threads=threads_of_a_run(),
        engine=label_of(engine),
        without_native=missing(),
        load=load,
        system=f"{platform.system()} {platform.release()}",
        versions=versions,
    )
