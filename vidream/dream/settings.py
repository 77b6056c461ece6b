"""How TensorFlow is to run: one record for the process, which can be set before TensorFlow is imported."""

from dataclasses import dataclass


@dataclass(frozen=True)
class RuntimeSettings:
    """What a run asks of TensorFlow. Whatever the host program has set up itself stays as it is."""

    threads: int | None = None
    """Cores for one operation, and operations at a time; None: as TensorFlow chooses. Where TF_NUM_INTRAOP_THREADS or
    TF_NUM_INTEROP_THREADS is set, that holds.
    """

    deterministic: bool = True
    """Whether the same input gives the same bytes each time, on a GPU, too."""

    memory_growth: bool = True
    """Whether a GPU's memory is taken as it is needed, instead of all at once: a desktop stays usable."""


_settings = RuntimeSettings()


def set_runtime(settings: RuntimeSettings) -> None:
    """Set how TensorFlow is to run in this process.

    Threads and memory growth are heeded by the first run alone: TensorFlow cannot change them afterwards.
    """
    global _settings  # noqa: PLW0603 (they are the process's)
    _settings = settings


def runtime_settings() -> RuntimeSettings:
    """How TensorFlow is to run in this process."""
    return _settings
