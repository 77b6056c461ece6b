"""TensorFlow, imported in silence. Everybody takes `tf` from here.

The import takes seconds, so only what dreams may import this module. It sets nothing: a run does, by `prepare` and
`deterministic`, and only what the host program has left as it was.
"""

import logging
import os
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from typing import Any

from vidream.dream.presence import has_tensorflow, lack
from vidream.dream.settings import (
    INTRAOP,
    ONEDNN,
    TENSORFLOW_THREADS,
    cores,
    onednn,
    runtime_settings,
    threads_by_environment,
)
from vidream.errors import ConfigError

LOG_LEVEL = "TF_CPP_MIN_LOG_LEVEL"


@contextmanager
def _silenced() -> Iterator[None]:
    """Point file descriptor 2 away: what TensorFlow's libraries print while loading heeds no variable.

    Should the import fail, what they wrote is printed after all.
    """
    sys.stderr.flush()
    stderr = os.dup(2)
    with tempfile.TemporaryFile() as written:
        os.dup2(written.fileno(), 2)
        try:
            yield
        except Exception:
            written.seek(0)
            os.write(stderr, written.read())
            raise
        finally:
            os.dup2(stderr, 2)
            os.close(stderr)


@contextmanager
def _quiet_libraries() -> Iterator[None]:
    """Within the block TensorFlow's libraries log nothing; they read the level once, when they are loaded."""
    if LOG_LEVEL in os.environ:
        yield
        return
    os.environ[LOG_LEVEL] = "3"
    try:
        yield
    finally:
        del os.environ[LOG_LEVEL]


@contextmanager
def _with_onednn() -> Iterator[None]:
    """Within the block, in which TensorFlow is imported, a variable says whether it is to use oneDNN; it reads it once.

    Afterwards the variable is gone: processes that are started from here choose for themselves.
    """
    wanted = onednn()
    if wanted is None or ONEDNN in os.environ:
        yield
        return
    os.environ[ONEDNN] = str(int(wanted))
    try:
        yield
    finally:
        del os.environ[ONEDNN]


@contextmanager
def _in_silence() -> Iterator[None]:
    """Within the block TensorFlow prints nothing, unless the host program imported it: then that is the host's say."""
    if not OURS:
        yield
        return
    with _silenced(), _quiet_libraries():
        yield


OURS = "tensorflow" not in sys.modules
"""Whether TensorFlow is in this process because of us, and not because the host program uses it."""


def _tensorflow() -> Any:
    if not has_tensorflow():  # a command has asked before; this is for whoever imports us
        raise ConfigError(lack())
    with _in_silence(), _with_onednn():
        import tensorflow
    return tensorflow


tf: Any = _tensorflow()
Tensor = Any


@cache
def prepare() -> None:
    """Set TensorFlow up for the runs of this process, as far as nobody else has.

    What cannot be set any more, because TensorFlow is in use, stays as it is.
    """
    settings = runtime_settings()
    if OURS and tf.get_logger().level == logging.NOTSET:
        tf.get_logger().setLevel(logging.ERROR)
    _set_threads(settings.threads)
    with _in_silence():
        if settings.memory_growth:
            _grow_memory()
        tf.zeros(()).numpy()  # devices are set up now, in silence


def _set_threads(operations: int | None) -> None:
    """Threads within an operation and between operations, where neither is chosen by anybody else."""
    threading_of = tf.config.threading
    with suppress(RuntimeError):  # in use
        if OURS and INTRAOP not in os.environ and not threading_of.get_intra_op_parallelism_threads():
            threading_of.set_intra_op_parallelism_threads(TENSORFLOW_THREADS)
        if operations is None or "TF_NUM_INTEROP_THREADS" in os.environ:
            return
        if not threading_of.get_inter_op_parallelism_threads():
            threading_of.set_inter_op_parallelism_threads(operations)


def threads_of_an_operation() -> int:
    """Among how many threads TensorFlow shares out an operation, or will once a run has set it up."""
    from tensorflow.python.eager import context  # there is no public name for asking whether it is in use

    chosen = int(tf.config.threading.get_intra_op_parallelism_threads())
    if chosen or INTRAOP in os.environ:
        return chosen or threads_by_environment()
    in_use = context.context()._context_handle is not None
    return TENSORFLOW_THREADS if OURS and not in_use else cores()


def _grow_memory() -> None:
    """Let each GPU's memory be taken as needed, where nobody has chosen."""
    for gpu in tf.config.list_physical_devices("GPU"):
        with suppress(RuntimeError, ValueError):  # in use, or divided into logical devices
            if tf.config.experimental.get_memory_growth(gpu) is None:
                tf.config.experimental.set_memory_growth(gpu, True)


class _Determinism:
    """How many threads are within `deterministic`, and whether the host had it before the first of them."""

    def __init__(self) -> None:
        self._lock, self._depth, self._hosts = threading.Lock(), 0, False

    def enter(self) -> None:
        from tensorflow.python.framework import config  # there is no public name for asking, nor for giving it back

        with self._lock:
            if self._depth == 0:
                self._hosts = config.is_op_determinism_enabled()
                config.enable_op_determinism()
            self._depth += 1

    def leave(self) -> None:
        from tensorflow.python.framework import config

        with self._lock:
            self._depth -= 1
            if self._depth == 0 and not self._hosts:
                config.disable_op_determinism()


_determinism = _Determinism()


@contextmanager
def deterministic() -> Iterator[None]:
    """Within the block, the same input gives the same bytes each time, on a GPU, too.

    It holds for the whole process, so that it is given back at the end: for a host that has not asked for it,
    TensorFlow's own chance would fail without a seed.
    """
    if not runtime_settings().deterministic:
        yield
        return
    _determinism.enter()
    try:
        yield
    finally:
        _determinism.leave()
