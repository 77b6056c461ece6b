"""A job file -> a spec for each film or picture: defaults, globs and matrices are multiplied out.

[defaults]
size = "960"

[[job]]
command = "music"
song = "songs/*.flac"
source = "seeds/cat.png"
output = "films/{stem}-{preset}.mp4"
matrix = { preset = ["coral", "temple"] }
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from vidream.config.toml import read_toml
from vidream.errors import Problems, nearest
from vidream.jobs.globs import Globs
from vidream.jobs.jobspec import JobSpec
from vidream.jobs.jobtable import MOST, MOST_PROBLEMS, JobTable, unknown_keys
from vidream.jobs.places import Outputs

TABLES = ("defaults", "job")
NO_JOBS = "has no jobs; each is a table [[job]]"
"""What is wrong with a file that asks for nothing."""


def read_job_file(path: Path) -> tuple[list[JobSpec], list[str]]:
    """The specs of a job file, in its order, and whatever is wrong in it. Paths in it are relative to its folder.

    What the file itself makes is not among what its globs find.

    Raises:
        ConfigError: it is no job file at all.
    """
    table = read_toml(path, str(path))
    jobs, defaults, problems = _tables(table)
    problems += [f"defaults: {problem}" for problem in unknown_keys(defaults, None)]
    specs: list[JobSpec] = []
    globs = Globs(path.absolute().parent)
    for number, job in enumerate(jobs[:MOST], 1):
        try:
            specs += JobTable(number, job, defaults).specs(globs, MOST - len(specs))
        except Problems as error:
            problems += [f"job {number}: {line}" for line in error.lines]
        if len(problems) > MOST_PROBLEMS:
            return [], [*problems[:MOST_PROBLEMS], "there is more; these first"]
    specs = without_own_outputs(specs)
    problems += clashes(specs)
    made = ((out, spec.title) for spec in specs for out in (spec.out, *spec.beside))
    maker = Outputs(made).maker_of_source(path)
    if maker:
        problems.append(f"{maker} makes this job file itself")
    return specs, problems[:MOST_PROBLEMS]


def _tables(table: Mapping[str, Any]) -> tuple[list[dict[str, Any]], dict[str, Any], list[str]]:
    """The jobs and the defaults of a file, and what is wrong with its tables."""
    problems = [f"{key}: no such table; {nearest(key, TABLES)}" for key in table if key not in TABLES]
    jobs, defaults = table.get("job", []), table.get("defaults", {})
    if not isinstance(jobs, list) or not jobs or not all(isinstance(job, dict) for job in jobs):
        problems.append(NO_JOBS)
        jobs = []
    if not isinstance(defaults, dict):
        problems.append("defaults must be a table")
        defaults = {}
    return jobs, defaults, problems


def without_own_outputs(specs: Sequence[JobSpec]) -> list[JobSpec]:
    """The specs but for those whose globs found what the job file itself makes; the makers know who found it."""
    if not any(spec.from_glob for spec in specs):
        return [*specs]
    made = ((path, str(number)) for number, spec in enumerate(specs) for path in (spec.out, *spec.beside))
    outputs = Outputs(made)
    finders: dict[int, list[str]] = {}  # titles, by number of the spec that makes what they found
    left_out: set[int] = set()
    for number, spec in enumerate(specs):
        makers = _makers(spec, outputs) - {number}
        for maker in makers:
            finders.setdefault(maker, []).append(spec.title)
        if makers:
            left_out.add(number)
    return [
        replace(spec, finders=tuple(finders.get(number, ())))
        for number, spec in enumerate(specs)
        if number not in left_out
    ]


def _makers(spec: JobSpec, outputs: Outputs) -> set[int]:
    """The numbers of those that make what the globs of a spec found."""
    if not spec.from_glob:
        return set()
    names = (outputs.maker_of_source(path) for path in spec.files)
    return {int(name) for name in names if name is not None}


BESIDE = "give each output a name of its own, and markers an ending alone (csv)"
"""What to do where two jobs make one file beside their outputs."""


def _told_apart(spec: JobSpec, other: str) -> str:
    """What to do where two make one output. other: the title of the second."""
    if other.startswith(f"job {spec.number} "):
        return "put what tells them apart into its output: {stem}, {song}, {preset}, or what the matrix changes, {turn}"
    return "give one of them another output, or leave it out"


def clashes(specs: Sequence[JobSpec]) -> list[str]:
    """Outputs that are made twice, or that another job reads."""
    outputs, problems = Outputs(()), []
    for spec in specs:
        made = {spec.out: "", **dict.fromkeys(spec.beside, BESIDE)}
        for path, remedy in made.items():
            other = outputs.maker_of(path)
            if other:
                problems.append(f"{other} and {spec.title} both make {path}; {remedy or _told_apart(spec, other)}")
                break
        for path in made:
            outputs.add(path, spec.title)
    readers = {path: spec.title for spec in specs for path in spec.files}
    for path, reader in readers.items():
        maker = outputs.maker_of_source(path)
        own_folder = maker == reader and path.is_dir()  # pictures may be put beside those that they are made of
        if maker and not own_folder:
            problems.append(f"{maker} makes what {reader} reads")
    return problems
