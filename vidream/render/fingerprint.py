"""What a run is made of, and how: if any of it changes, it is another film; and what of it a session's frames are."""

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from vidream.config import RunConfig
from vidream.dream.catalogue import weights_digest
from vidream.plan.inputs import guides, read_files
from vidream.plan.mask import mask_files
from vidream.render.journal import Progress
from vidream.version import __version__

NO_FRAME = ("sound",)  # knobs on which no frame depends
BY_A_CLUSTER = "in parts, by a cluster"
COMPARED_APART = {"source", "older", "beside", "pictures", "out", *NO_FRAME}


def run_fingerprint(sources: Iterable[Path | bytes], config: RunConfig) -> dict[str, Any]:
    """What OUT is made of: the content of its sources, its knobs."""
    return {"source": _joined(map(_digest, sources)), **_knobs(config)}


def frames_fingerprint(
    sources: Sequence[Path | bytes], config: RunConfig, pictures: Collection[Path] = ()
) -> dict[str, Any]:
    """What a film's frames are made of: the same without what only the finished film has, its sound.

    Args:
        sources: of the film, its sound track apart.
        config: of the run.
        pictures: those of its sources that are pictures in a row; each has a digest of its own.
    """
    digests = [_digest(each) for each in sources]
    also = [_digest(path) for path in (*guides(config), *mask_files(config.mask))]
    said = {"source": _joined([*digests, *also])}
    said |= {name: value for name, value in _knobs(config).items() if name not in NO_FRAME}
    if config.film.sound:  # the first edition counted it among the sources
        said["older"] = _joined([*digests, *map(_digest, read_files(config))])
    if not pictures:
        return said
    own = set(pictures)
    pairs = list(zip(sources, digests, strict=True))
    beside = [each.hex() for path, each in pairs if path not in own] + [each.hex() for each in also]
    rows = [[path.name, each.hex()] for path, each in pairs if isinstance(path, Path) and path in own]
    return {**said, "beside": hashlib.sha256(" ".join(beside).encode()).hexdigest(), "pictures": rows}


def _digest(source: Path | bytes) -> bytes:
    if isinstance(source, bytes):
        return hashlib.sha256(source).digest()
    with source.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()


def _joined(digests: Iterable[bytes]) -> str:
    return hashlib.sha256(b"".join(digests)).hexdigest()


def _knobs(config: RunConfig) -> dict[str, str]:
    settings = {group: values for group, values in asdict(config).items() if group not in ("files", "origin")}
    flat = {name: str(value) for values in settings.values() for name, value in values.items()}
    return {"weights": weights_digest(config.goal), "vidream": __version__, **flat}


def key_of(belongs: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(belongs, sort_keys=True).encode()).hexdigest()


def is_whole(mine: Mapping[str, Any], theirs: Mapping[str, Any], done: Progress) -> bool:
    """Whether a finished film of `theirs` is `mine` in all, its sound, too."""
    if done.belongs:
        return done.belongs == key_of(mine)
    return bool(theirs["source"] == mine.get("older", mine["source"]))  # of the first edition


def changes(mine: Mapping[str, Any], theirs: Mapping[str, Any], done: Progress | None) -> list[str]:
    """What makes another film of `mine` than of `theirs`, of which so much is done; in words, none if nothing does.

    Of pictures in a row, only those that what is done was made of must be as they were.
    """
    changed = []
    if "pictures" in mine and "pictures" in theirs and mine["beside"] == theirs.get("beside"):
        number = _first_changed(mine, theirs, done)
        if number is not None:
            names = [name for name, _ in (theirs["pictures"] if number < len(theirs["pictures"]) else mine["pictures"])]
            changed.append(f"source (picture {number + 1}, {names[number]})")
    elif theirs["source"] not in (mine["source"], mine.get("older")):
        changed.append("source")
    for name in {**mine, **theirs}:
        one, other = mine.get(name), theirs.get(name)
        if name == "encoded" and other is None:
            continue  # the first edition did not say
        if name not in COMPARED_APART and one != other:
            changed.append(name if len(str(one)) > 20 else f"{name} (was {other}, is {one})")
    return changed


def _first_changed(mine: Mapping[str, Any], theirs: Mapping[str, Any], done: Progress | None) -> int | None:
    """The number, from 0, of the first picture that is another, of those that count."""
    new, old = ([digest for _, digest in each["pictures"]] for each in (mine, theirs))
    counted = _counted(mine, done, len(old))
    if counted is None:
        counted = max(len(new), len(old))
    elif done is not None and done.after is not None and new[counted : counted + 1] == new[done.after : done.after + 1]:
        counted += 1  # the last safe frame would be held on: its hold is part of what is done
    pairs = enumerate(zip(_filled(new, counted), _filled(old, counted), strict=True))
    return next((number for number, (one, other) in pairs if one != other), None)


def _counted(mine: Mapping[str, Any], done: Progress | None, pictures: int) -> int | None:
    """How many pictures the safe frames show, from the first; None: all must be as they were."""
    if "how" in mine or mine.get("loop") == "True":  # parts from anywhere; a loop begins with its end
        return None
    if done is None or done.frames == 0:
        return 0
    if done.finished or done.through is None or done.through + 1 >= pictures:
        return None
    return done.through + 1


def _filled(digests: Sequence[str], count: int) -> list[str]:
    return [*digests[:count], *[""] * (count - len(digests))]
