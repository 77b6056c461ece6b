"""A job file as its text: jobs are added, moved and taken out, and whatever else a person wrote stays as it is.

Comments, [defaults], globs, the order of keys: nothing is written anew but the [[job]] tables that the studio adds. A
comment directly above a [[job]], without an empty line between, belongs to it.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from vidream.config import flag
from vidream.config.toml_writer import toml_entry
from vidream.errors import ConfigError

HEAD = (
    "# The queue of vidream studio. `vidream batch queue.toml` makes the same without it, and makes nothing twice.\n"
    "# Change it as you like: the studio adds, moves and takes out whole [[job]] tables, and nothing else.\n"
)
"""What a new file begins with."""

_JOB = re.compile(r"[ \t]*\[\[[ \t]*(job|\"job\"|'job')[ \t]*\]\]")
_OF_JOB = re.compile(r"[ \t]*\[{1,2}[ \t]*(job|\"job\"|'job')[ \t]*\.")
_TABLE = re.compile(r"[ \t]*\[")


@dataclass(frozen=True)
class JobText:
    """The text of a job file in parts: jobs, and what stands before and between them."""

    parts: tuple[str, ...]
    """One after the other, they are the file."""
    jobs: tuple[int, ...]
    """Which parts are a [[job]] each, in order: job 1 of the file is `parts[jobs[0]]`."""

    @property
    def text(self) -> str:
        """The whole file."""
        return "".join(self.parts)

    def job(self, number: int) -> str:
        """The text of a job. number: of it in its file, from 1."""
        return self.parts[self.jobs[number - 1]]

    def added(self, jobs: Iterable[str], before: int | None = None) -> "JobText":
        """With further jobs, at the end or before a job. A file without any line gets a head.

        Args:
            jobs: their text.
            before: the number of the job that they are put before; None: at the end.
        """
        parts, new = list(self.parts or (HEAD,)), ["\n" + job.strip("\n") + "\n" for job in jobs]
        if parts and not parts[-1].endswith("\n"):
            parts[-1] += "\n"
        at = len(parts) if before is None else self.jobs[before - 1]
        return split("".join([*parts[:at], *new, *parts[at:]]))

    def without(self, *numbers: int) -> "JobText":
        """Without some jobs."""
        out = {self.jobs[number - 1] for number in numbers}
        return split("".join(part for at, part in enumerate(self.parts) if at not in out))

    def moved(self, number: int, before: int | None) -> "JobText":
        """With a job put before another, or (None) at the end; what stands between jobs stays where it is."""
        order = [each for each in range(1, len(self.jobs) + 1) if each != number]
        order.insert(len(order) if before is None else order.index(before), number)
        texts = [_ended(self.job(each)) for each in order]
        parts = list(self.parts)
        for at, text in zip(self.jobs, texts, strict=True):
            parts[at] = text
        return split("".join(parts))


def split(text: str) -> JobText:
    """A job file in parts. Its parts are parsed one by one, and must say together what the whole says.

    Raises:
        ConfigError: it is no TOML; or its jobs cannot be told apart without writing them anew.
    """
    parts, jobs = _cut(text)
    try:
        table = tomllib.loads(text)
        alone = [tomllib.loads(part) for part in parts]
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"not TOML that the studio can change: {error}") from None
    if [part.get("job") for at, part in enumerate(alone) if at in jobs] != [[each] for each in table.get("job", [])]:
        raise ConfigError("its jobs cannot be told apart; write each as a table of its own, below a line [[job]]")
    return JobText(tuple(parts), tuple(jobs))


def _cut(text: str) -> tuple[list[str], list[int]]:
    """The parts of a text, and which of them begin with a [[job]]."""
    parts: list[list[str]] = [[]]
    jobs: list[int] = []
    for line in text.splitlines(keepends=True):
        is_job = bool(_JOB.match(line))
        is_other = _TABLE.match(line) and not _OF_JOB.match(line) and len(parts) - 1 in jobs
        if is_job or (is_other and _ends_value(parts[-1])):
            parts.append(_lead(parts[-1]))
        if is_job:
            jobs.append(len(parts) - 1)
        parts[-1].append(line)
    kept = [number for number, lines in enumerate(parts) if lines]
    return ["".join(parts[number]) for number in kept], [kept.index(number) for number in jobs]


def _lead(lines: list[str]) -> list[str]:
    """Take from the end of lines the comments that stand directly above what comes next, and the empty lines above."""
    at = len(lines)
    while at and lines[at - 1].lstrip().startswith("#"):
        at -= 1
    if at == 0 or lines[at - 1].strip():
        at = len(lines)  # comments that hang on what is above
    while at and not lines[at - 1].strip():
        at -= 1
    taken = lines[at:]
    del lines[at:]
    return taken


def _ends_value(lines: Sequence[str]) -> bool:
    """Whether lines are TOML as they stand: a list that goes on has a [ at the beginning of a line, too."""
    try:
        tomllib.loads("".join(lines))
    except ValueError:
        return False
    return True


def _ended(text: str) -> str:
    return text if text.endswith("\n") else text + "\n"


def job_table(keys: Mapping[str, Any]) -> str:
    """The text of a [[job]] with such keys: what TOML can hold, by the names of knobs or of job files."""
    lines = [toml_entry(_word(key), value) for key, value in keys.items()]
    return "\n".join(["[[job]]", *lines]) + "\n"


def _word(key: str) -> str:
    """A key as job files have it: octave_ratio -> octave-ratio."""
    return flag(key).removeprefix("--")
