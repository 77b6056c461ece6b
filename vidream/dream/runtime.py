"""TensorFlow, imported in silence and set to give the same bytes for the same seed. Everybody takes `tf` from here.

The import takes seconds, so only what dreams may import this module.
"""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def _silenced() -> Iterator[None]:
    """Point file descriptor 2 away: what TensorFlow's libraries print while loading heeds no variable.

    Should the import fail, what they said is printed after all.
    """
    sys.stderr.flush()
    kept = os.dup(2)
    with tempfile.TemporaryFile() as said:
        os.dup2(said.fileno(), 2)
        try:
            yield
        except Exception:
            said.seek(0)
            os.write(kept, said.read())
            raise
        finally:
            os.dup2(kept, 2)
            os.close(kept)


def _tensorflow() -> Any:
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    with _silenced():
        import tensorflow

        tensorflow.get_logger().setLevel("ERROR")
        tensorflow.config.experimental.enable_op_determinism()
        tensorflow.random.set_seed(0)  # asked for by determinism; all chance here is numpy's
        for gpu in tensorflow.config.list_physical_devices("GPU"):
            tensorflow.config.experimental.set_memory_growth(gpu, True)  # a desktop stays usable
        tensorflow.zeros(()).numpy()  # devices are set up now, in silence
    return tensorflow


tf: Any = _tensorflow()
Tensor = Any
