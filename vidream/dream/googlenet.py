"""The GoogLeNet of the first DeepDream (Mordvintsev et al. 2015): fetched once, checked, kept in the user's cache.

Neither Keras' get_file nor a library of cache folders would do better: the one prints to stdout, waits without end for
a server that does not answer, and unpacks before anything but the archive is checked; the other would look for this
file elsewhere on some systems than where earlier versions put it.
"""

import hashlib
import io
import os
import zipfile
from pathlib import Path

from vidream.errors import MediaError
from vidream.events import warn

GOOGLENET = "inception5h"
"""What --network calls it."""

SOURCE = "https://storage.googleapis.com/download.tensorflow.org/models/inception5h.zip"  # TensorFlow's own tutorial
ZIP_SHA1 = "e3b84c7e240ce8025b30d868f5e840b4bba9761d"
GRAPH_SHA1 = "c8a5a000ee8d8dd75886f152a50a9c5b53d726a5"
GRAPH_FILE = "tensorflow_inception_graph.pb"
PATIENCE = 60  # seconds without an answer


def googlenet() -> Path:
    """The graph of inception5h: from the cache, or fetched into it.

    Raises:
        MediaError: it is not in the cache and cannot be fetched, or is not what it should be.
    """
    path = cache_folder() / GRAPH_FILE
    if path.is_file() and hashlib.sha1(path.read_bytes()).hexdigest() == GRAPH_SHA1:
        return path
    warn(f"fetching {GOOGLENET}, once (50 MB)")
    archive = _fetch()
    if hashlib.sha1(archive).hexdigest() != ZIP_SHA1:
        raise MediaError(f"{GOOGLENET}: what was fetched is not what it should be; nothing is kept of it")
    graph = zipfile.ZipFile(io.BytesIO(archive)).read(GRAPH_FILE)
    if hashlib.sha1(graph).hexdigest() != GRAPH_SHA1:
        raise MediaError(f"{GOOGLENET}: its graph is not what it should be; nothing is kept of it")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_suffix(f".{os.getpid()}")
        temporary.write_bytes(graph)
        temporary.replace(path)
    except OSError as error:
        raise MediaError(f"{path}: cannot be kept: {error.strerror}; XDG_CACHE_HOME names another folder") from None
    return path


def is_fetched() -> bool:
    """Whether the graph lies in the cache; what it holds is checked when it is read."""
    return (cache_folder() / GRAPH_FILE).is_file()


def _fetch() -> bytes:
    import http.client
    import urllib.error
    import urllib.request

    try:
        with urllib.request.urlopen(SOURCE, timeout=PATIENCE) as answer:
            data: bytes = answer.read()
    except (urllib.error.URLError, OSError, http.client.HTTPException) as error:
        why = getattr(error, "reason", None) or error
        raise MediaError(
            f"{GOOGLENET}: not on this machine, and cannot be fetched ({why}); give the graph itself, "
            f"--network path/to/{GRAPH_FILE}; efficientnet-lite0 works offline"
        ) from None
    return data


def cache_folder() -> Path:
    """Where what was fetched is kept: vidream in XDG_CACHE_HOME, or in .cache of the home folder."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "vidream"
