"""What tells one run from another: if any of it changes, it is another film; and what of it a session's frames are."""

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from types import MappingProxyType
from typing import Any

from vidream.config import COMMANDS, RunConfig, knobs
from vidream.dream.catalogue import weights_digest
from vidream.dream.choice import TENSORFLOW, label_of, onednn_of, tensorflow_threads
from vidream.dream.processor import processor_kind
from vidream.dream.settings import INTRAOP
from vidream.native.library import ABI, library
from vidream.plan.inputs import guides, read_files, time_files
from vidream.plan.mask import mask_files
from vidream.render.journal import Progress
from vidream.version import __version__

NO_FRAME = ("sound", "streams", "timecode")
"""Knobs on which no frame depends."""
SAID_OTHERWISE = ("engine", "for_", "length")
"""Knobs that a fingerprint does not hold as they were given."""
SINCE_THREADS = ("threads", "processor")
"""Entries that fingerprints have since TensorFlow has the same threads everywhere."""
SINCE_ENGINES = ("fetching", "onednn", *SINCE_THREADS)
"""Entries that fingerprints have since there are several engines."""
EDITIONS = ((), SINCE_THREADS, SINCE_ENGINES)
"""Entries that fingerprints of each edition do not have, from this one back."""
SAID_SINCE = ("encoded", *SINCE_ENGINES)
"""Entries that the first editions did not have: where one is missing, it may have been anything."""
UNSAID = {"engine": TENSORFLOW}
"""What an entry stands for that a fingerprint does not have: the first editions had no other engine."""
BY_A_CLUSTER = "in parts, by a cluster"
"""What the entry "how" of a fingerprint says of a film that is made in parts."""
ASKED = ("preset", "given")
"""Entries of a session that say how its knobs were asked for; no frame depends on them."""
COMPARED_APART = {"source", "older", "beside", "pictures", "out", "how", *ASKED, *NO_FRAME}
"""Entries of a fingerprint that are not compared by their name alone."""
LONGEST_VALUE = 20
"""Characters of a value that is told where it has changed; a longer one is a digest."""


def run_fingerprint(sources: Iterable[Path | bytes], config: RunConfig) -> dict[str, Any]:
    """The fingerprint of OUT: the content of its sources, and its knobs, by name.

    Where any engine may have made it, none is named: what was made stays made when another engine is installed.

    Raises:
        OSError: a source cannot be read.
    """
    fingerprint = {"source": _join(map(_digest, sources)), **_knobs(config)}
    if config.goal.engine != "auto":
        fingerprint["engine"] = label_of(config.goal.engine)
    return fingerprint


def frames_fingerprint(
    sources: Sequence[Path | bytes], config: RunConfig, pictures: Collection[Path] = (), engine: str = TENSORFLOW
) -> dict[str, Any]:
    """The fingerprint of a film's frames: without what only the finished film has, its sound.

    Args:
        sources: of the film, its sound track apart.
        config: of the run.
        pictures: those of its sources that are pictures in a row; each has a digest of its own.
        engine: the label of what computes the gradients.

    Raises:
        OSError: a source cannot be read.
    """
    digests = [_digest(source) for source in sources]
    extra = [_digest(path) for path in (*guides(config), *mask_files(config.mask), *time_files(config))]
    fingerprint: dict[str, Any] = {"source": _join([*digests, *extra])}
    fingerprint |= {name: value for name, value in _knobs(config).items() if name not in NO_FRAME}
    fingerprint |= _engine_entries(engine, config)
    if config.film.sound:  # the first edition counted it among the sources
        fingerprint["older"] = _join([*digests, *map(_digest, read_files(config))])
    if not pictures:
        return fingerprint
    row = set(pictures)
    pairs = list(zip(sources, digests, strict=True))
    rest = [digest.hex() for path, digest in pairs if path not in row] + [digest.hex() for digest in extra]
    fingerprint["beside"] = hashlib.sha256(" ".join(rest).encode()).hexdigest()
    fingerprint["pictures"] = [
        [path.name, digest.hex()] for path, digest in pairs if isinstance(path, Path) and path in row
    ]
    return fingerprint


def _engine_entries(engine: str, config: RunConfig) -> dict[str, str]:
    """What is said of what computes: of the engine, where it is not TensorFlow as it comes; and of fetching."""
    entries = {"fetching": "OpenCV" if library() is None else f"native {ABI}"}
    if engine != TENSORFLOW:
        return {**entries, "engine": engine}
    entries |= {"threads": str(tensorflow_threads()), "processor": processor_kind()}
    chosen = onednn_of(config.goal.network)
    return entries if chosen is None else {**entries, "onednn": "on" if chosen else "off"}


def kind_of_part(engine: str, network: str) -> str:
    """Of which kind a part is that this machine makes: parts of one film must be of one kind.

    Args:
        engine: the label of what computes the gradients.
        network: its name, or the path of a file that holds it.

    Returns:
        Such as "vidream 1.0, native 1 avx2" or "vidream 1.0, tensorflow, 4 threads, avx512".
    """
    words = [f"vidream {__version__}", engine]
    if engine == TENSORFLOW:
        words += [f"{tensorflow_threads()} threads", processor_kind()]
        chosen = onednn_of(network)
        if chosen is not None:
            words.append(f"oneDNN {'on' if chosen else 'off'}")
    return ", ".join(words)


def _digest(source: Path | bytes) -> bytes:
    if isinstance(source, bytes):
        return hashlib.sha256(source).digest()
    with source.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()


def _join(digests: Iterable[bytes]) -> str:
    return hashlib.sha256(b"".join(digests)).hexdigest()


def _knobs(config: RunConfig) -> dict[str, str]:
    """Every knob that what is made depends on, as text; the network's weights; the version."""
    groups = {group: values for group, values in asdict(config).items() if group not in ("live", "files", "origin")}
    named = {name: value for values in groups.values() for name, value in values.items()}
    knobs = {name: str(value) for name, value in named.items() if name not in SAID_OTHERWISE}
    return {"weights": weights_digest(config.goal), "vidream": __version__, **knobs}


def asked_for(config: RunConfig) -> dict[str, str]:
    """How knobs were asked for: the name of the look, and those of the knobs beside it, with commas between."""
    return {"preset": config.origin.preset or "none", "given": ",".join(config.origin.given)}


def key_of(fingerprint: Mapping[str, Any]) -> str:
    """A digest of a fingerprint."""
    return hashlib.sha256(json.dumps(fingerprint, sort_keys=True).encode()).hexdigest()


def is_key_of(key: str, fingerprint: Mapping[str, Any]) -> bool:
    """Whether a digest is that of a fingerprint, or of what it was before there were several engines."""
    editions = ({name: value for name, value in fingerprint.items() if name not in since} for since in EDITIONS)
    return key in map(key_of, editions)


def is_whole(fingerprint: Mapping[str, Any], owner: Mapping[str, Any], progress: Progress) -> bool:
    """Whether a finished session is of this run in all, its sound, too.

    Args:
        fingerprint: of this run.
        owner: what the session says that it belongs to.
        progress: of the session.
    """
    if progress.belongs:
        return is_key_of(progress.belongs, fingerprint)
    return bool(owner["source"] == fingerprint.get("older", fingerprint["source"]))  # of the first edition


def changes(
    fingerprint: Mapping[str, Any],
    owner: Mapping[str, Any],
    progress: Progress | None,
    asked: Mapping[str, str] = MappingProxyType({}),
) -> list[str]:
    """What makes this run another than a session's, in words; none if nothing does.

    Of pictures in a row, only those that the session's frames were made of must be as they were. `other_way` has to be
    asked as well.

    Args:
        fingerprint: of this run.
        owner: what the session says that it belongs to.
        progress: of the session; None: nothing is done yet.
        asked: how this run's knobs were asked for: where the look is another, it stands for the knobs that it sets.
    """
    words, of_look = [], _set_by_look(asked, owner)
    if "pictures" in fingerprint and "pictures" in owner and fingerprint["beside"] == owner.get("beside"):
        number = _first_other_picture(fingerprint, owner, progress)
        if number is not None:
            pictures = [*owner["pictures"], *fingerprint["pictures"][len(owner["pictures"]) :]]
            words.append(f"source (picture {number + 1}, {pictures[number][0]})")
    elif owner["source"] not in (fingerprint["source"], fingerprint.get("older")):
        words.append("source")
    for name in {**fingerprint, **owner}:
        value, previous = (table.get(name, UNSAID.get(name)) for table in (fingerprint, owner))
        if name in COMPARED_APART or value == previous:
            continue
        if name in SAID_SINCE and previous is None:
            continue
        if name in SINCE_THREADS and value is None:
            continue  # another engine, which is told
        if name in of_look:
            words.append(_change("preset", owner["preset"], asked["preset"]))
        else:
            words.append(_change(name, previous, value))
    return list(dict.fromkeys(words))


def _set_by_look(asked: Mapping[str, str], owner: Mapping[str, Any]) -> set[str]:
    """The names of the knobs that differ since the look is another; none where it is the same, or is not known."""
    if not {*ASKED} <= asked.keys() & owner.keys() or asked["preset"] == owner["preset"]:
        return set()
    given = {*asked["given"].split(","), *owner["given"].split(",")}
    return {knob.name for command in COMMANDS for _, knob in knobs(command)} - given


def _change(name: str, previous: str | None, value: str | None) -> str:
    """What is another, in words."""
    if len(str(value)) > LONGEST_VALUE:
        return name
    if name == "threads":
        return f"TensorFlow's threads (were {previous}, are {value}; {INTRAOP}={previous} goes on)"
    return f"{name} (was {previous}, is {value})"


def other_way(fingerprint: Mapping[str, Any], owner: Mapping[str, Any]) -> str:
    """What to do where a cluster has begun what one machine is to go on with, or the other way round; "" where not."""
    if fingerprint.get("how") == owner.get("how"):
        return ""
    if owner.get("how") == BY_A_CLUSTER:
        return "was begun by a cluster; give --cluster, or --fresh, which starts over"
    return "was begun without a cluster; leave --cluster out, or give --fresh, which starts over"


def _first_other_picture(
    fingerprint: Mapping[str, Any], owner: Mapping[str, Any], progress: Progress | None
) -> int | None:
    """The number, from 0, of the first picture that is another, of those that count."""
    new, old = ([digest for _, digest in entry["pictures"]] for entry in (fingerprint, owner))
    count = _pictures_that_count(fingerprint, progress, len(old))
    if count is None:
        count = max(len(new), len(old))
    elif progress is not None and progress.after is not None:
        following, last = new[count : count + 1], new[progress.after : progress.after + 1]
        if following == last:
            count += 1  # the last safe frame would be held on: its hold is part of what is done
    pairs = enumerate(zip(_fill(new, count), _fill(old, count), strict=True))
    return next((number for number, (digest, previous) in pairs if digest != previous), None)


def _pictures_that_count(fingerprint: Mapping[str, Any], progress: Progress | None, pictures: int) -> int | None:
    """How many pictures the safe frames show, from the first; None: all must be as they were."""
    if "how" in fingerprint or fingerprint.get("loop") == "True":  # parts from anywhere; a loop begins with its end
        return None
    if progress is None or progress.frames == 0:
        return 0
    if progress.finished or progress.through is None or progress.through + 1 >= pictures:
        return None
    return progress.through + 1


def _fill(digests: Sequence[str], count: int) -> list[str]:
    """The first `count` of them, "" where there are fewer."""
    return [*digests[:count], *[""] * (count - len(digests))]
