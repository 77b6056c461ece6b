"""The native part as one shared library, called by ctypes, or the reason why there is none.

The library lies beside this module: `pip install` puts it there, and so does `cmake -B build && cmake --build build` in
a tree of the sources.
"""

import ctypes
import os
import sys
from functools import cache
from pathlib import Path

ABI = 2
"""The number of the agreement with the library's C functions; `abi.h` has the same, and says when it changes."""

NAME = "libvidream" + {"win32": ".dll", "darwin": ".dylib"}.get(sys.platform, ".so")
"""The file of the library."""

NO_VECTORS = "none"
"""What VIDREAM_VECTORS is where everything is to be done as without a native part."""

REASON = "not_built.txt"
"""Where `hatch_build.py` writes why it could not build the library."""

_FOLDER = Path(__file__).parent


def library() -> ctypes.CDLL | None:
    """Return the native part, loaded once; None where there is none (see `missing`)."""
    return _load()[0]


def missing() -> str:
    """Say in one line why there is no native part, and what to do; "" where there is one."""
    return _load()[1]


def vector_set() -> str:
    """Name the instructions that the native part uses here: avx512, avx2, neon; "" where there is none.

    The environment's VIDREAM_VECTORS chooses a smaller set than the processor's largest; with "none" there is no
    native part.
    """
    native = library()
    return "" if native is None else _text(native, "vidream_vectors")


def vector_sets() -> list[str]:
    """Name all that VIDREAM_VECTORS may choose here, the largest first."""
    native = library()
    return [] if native is None else _text(native, "vidream_vectors_possible").split()


@cache
def _load() -> tuple[ctypes.CDLL | None, str]:
    """The library, or the reason why there is none."""
    path, wanted = _FOLDER / NAME, os.environ.get("VIDREAM_VECTORS")
    if wanted == NO_VECTORS or not path.is_file():
        return None, _why_not_there(wanted)
    try:
        native = ctypes.CDLL(str(path))
        found = native.vidream_abi()
    except (OSError, AttributeError) as error:
        return None, f"the native part, {path}, does not load ({' '.join(str(error).split())}); install vidream again"
    if found != ABI:
        return None, f"the native part, {path}, is of another edition ({found}, not {ABI}); install vidream again"
    possible = _text(native, "vidream_vectors_possible").split()
    if not possible:
        return None, "the native part needs a processor with AVX2 and FMA, which this one has not"
    if wanted and wanted not in possible:
        return None, f"VIDREAM_VECTORS={wanted} is not possible here; it may be {' or '.join(possible)}"
    return native, ""


def _why_not_there(wanted: str | None) -> str:
    if wanted == NO_VECTORS:
        return f"the native part is not used: VIDREAM_VECTORS is {NO_VECTORS}"
    try:
        reason = (_FOLDER / REASON).read_text(encoding="utf-8").strip()
    except OSError:
        reason = "run `cmake -B build && cmake --build build` where its sources are"
    return f"the native part was not built: {reason}"


def _text(native: ctypes.CDLL, function: str) -> str:
    """What a C function without arguments says."""
    call = native[function]
    call.restype = ctypes.c_char_p
    text: bytes = call()
    return text.decode()
