"""How the dream's gradients are to be computed: one record for the process, set before anything heavy is imported."""

import os
import re
from dataclasses import dataclass


@dataclass(frozen=True)
class RuntimeSettings:
    """What a run asks of its engine. Whatever the host program has set up of TensorFlow itself stays as it is."""

    threads: int | None = None
    """Threads of the native engine, and operations that TensorFlow does at a time; None: as many as there are cores for
    this process, and as TensorFlow chooses. No result depends on it. Where TF_NUM_INTEROP_THREADS is set, that holds
    for TensorFlow; what one of its operations is shared out among is TENSORFLOW_THREADS, whatever is said here.
    """

    deterministic: bool = True
    """Whether the same input gives the same bytes each time, on a GPU, too; the native engine always does."""

    memory_growth: bool = True
    """Whether a GPU's memory is taken as it is needed, instead of all at once: a desktop stays usable."""


TENSORFLOW_THREADS = 4
"""Threads among which TensorFlow shares out an operation, on any machine: it adds up what each has summed, so that the
gradient depends on their number. Where TF_NUM_INTRAOP_THREADS is set, or a host program has chosen, that holds.
"""

INTRAOP = "TF_NUM_INTRAOP_THREADS"
"""The environment variable by which TensorFlow is told of another number."""

ONEDNN = "TF_ENABLE_ONEDNN_OPTS"
"""The environment variable that tells TensorFlow, at its import, whether to use oneDNN. Where it is set, that holds."""

_settings = RuntimeSettings()
_onednn: bool | None = None


def set_runtime(settings: RuntimeSettings) -> None:
    """Set how gradients are to be computed in this process.

    Of TensorFlow, threads and memory growth are heeded by the first run alone: it cannot change them afterwards.
    """
    global _settings  # noqa: PLW0603 (they are the process's)
    _settings = settings


def runtime_settings() -> RuntimeSettings:
    """How gradients are to be computed in this process."""
    return _settings


def threads_of_a_run() -> int:
    """How many threads the native engine may use: as the settings say, else one for each core that is ours."""
    return _settings.threads or cores()


def cores() -> int:
    """How many cores this process may use, as far as the system says; at least 1."""
    if hasattr(os, "process_cpu_count"):  # Python 3.13
        return os.process_cpu_count() or 1
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def threads_by_environment() -> int:
    """Among how many threads TensorFlow shares out an operation where nobody has set it up otherwise."""
    said = os.environ.get(INTRAOP)
    if said is None:
        return TENSORFLOW_THREADS
    number = re.match(r"\s*\+?(\d+)", said)
    return int(number[1]) if number and int(number[1]) else cores()


def set_onednn(wanted: bool | None) -> None:
    """Set whether TensorFlow is to use oneDNN once it is imported; None: as it chooses."""
    global _onednn  # noqa: PLW0603 (TensorFlow is the process's)
    _onednn = wanted


def onednn() -> bool | None:
    """Whether TensorFlow is to use oneDNN; None: as it chooses."""
    return _onednn
