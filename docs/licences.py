"""The tables of docs/licences.md: which packages vidream needs, and under which licence each is.

    pip install '.[cluster,editors,live,studio]'
    python docs/licences.py            # writes the tables anew
    python docs/licences.py --check    # fails where the page says something else

It asks what is installed here, and no network. Versions are not in the tables: licences change less often.
"""

import importlib.metadata
import re
import sys
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path

from packaging.requirements import Requirement

PAGE = Path(__file__).with_name("licences.md")
PROJECT = PAGE.parents[1] / "pyproject.toml"
PACKAGE = "vidream"
EXTRAS = ("cluster", "editors", "live", "studio")
"""Those whose packages are looked up. `cuda` brings gigabytes, and `dev` is not for those who use vidream."""
BEGIN, END = "<!-- made by docs/licences.py -->\n\n", "\n<!-- to here -->"

SPDX = {
    "3-Clause BSD License": "BSD-3-Clause",
    "Apache 2.0": "Apache-2.0",
    "Apache License 2.0": "Apache-2.0",
    "Apache Software License": "Apache-2.0",
    "BSD 3-Clause": "BSD-3-Clause",
    "BSD 3-Clause License": "BSD-3-Clause",
    "ISC License": "ISC",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
}
"""What packages call their licences -> the name that SPDX has for it."""
KNOWN = re.compile(r"(0BSD|Apache-2\.0|BSD-[23]-Clause|CC0-1\.0|ISC|LGPL-2\.1-or-later|MIT|MIT-0|MIT-CMU|MPL-2\.0)")
"""Names of SPDX's that a package may give without saying that they are such."""
TEXTS = {
    "Apache-2.0": ("Apache License", "Version 2.0"),
    "BSD-3-Clause": ("Redistribution and use in source and binary forms", "Neither the name"),
    "BSD-2-Clause": ("Redistribution and use in source and binary forms",),
    "MIT": ("Permission is hereby granted, free of charge", "without restriction"),
    "Unlicense": ("This is free and unencumbered software released into the public domain",),
}
"""A licence -> what its text says, the more demanding ones first."""


class UnknownLicenceError(Exception):
    """A package does not say its licence in any way that is read here."""


def licence_of(distribution: importlib.metadata.Distribution) -> str:
    """The licence of an installed package: what it declares, else what its licence's text is.

    Raises:
        UnknownLicenceError: neither tells.
    """
    told = distribution.metadata
    for expression in told.get_all("License-Expression") or []:
        return str(expression)
    named = "".join(told.get_all("License") or []).strip()
    names = [named, *(name.rpartition(" :: ")[2] for name in told.get_all("Classifier") or [] if "License ::" in name)]
    for name in names:
        if name in SPDX or re.fullmatch(rf"{KNOWN.pattern}( (AND|OR) {KNOWN.pattern})*", name):
            return SPDX.get(name, name)
    for text in (named, *_texts(distribution)):
        for licence, marks in TEXTS.items():
            if all(mark in text for mark in marks):
                return licence
    raise UnknownLicenceError(f"{told['Name']}: its licence is not known; it says {', '.join(names)[:80] or 'nothing'}")


def _texts(distribution: importlib.metadata.Distribution) -> Iterator[str]:
    """The licences that lie beside a package's metadata."""
    for file in distribution.files or []:
        if re.search(r"\.dist-info/(licenses/)?LICEN[CS]E[^/]*$", file.as_posix()):
            yield Path(str(file.locate())).read_text(encoding="utf-8", errors="replace")


def asked_for(extra: str | None = None) -> list[Requirement]:
    """What pyproject.toml asks for here: always, or with an extra."""
    project = tomllib.loads(PROJECT.read_text(encoding="utf-8"))["project"]
    needs = project["optional-dependencies"][extra] if extra else project["dependencies"]
    return [need for need in map(Requirement, needs) if need.marker is None or need.marker.evaluate()]


def requirements(package: str, extras: Iterable[str]) -> list[Requirement]:
    """What an installed package needs here, with any of these extras."""
    return [
        need
        for need in map(Requirement, importlib.metadata.requires(package) or [])
        if need.marker is None or any(need.marker.evaluate({"extra": extra}) for extra in ("", *extras))
    ]


def tree(needs: Iterable[Requirement]) -> dict[str, set[str]]:
    """All that is needed for these: the name of each package, and of those that need it."""
    found: dict[str, set[str]] = {}
    left = [(PACKAGE, need) for need in needs]
    while left:
        parent, need = left.pop()
        name = canonical(need.name)
        if name not in found:
            left += [(name, below) for below in requirements(name, need.extras)]
        found.setdefault(name, set()).add(parent)
    return found


def canonical(name: str) -> str:
    """A package's name as indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def tables() -> str:
    """The tables, as Markdown."""
    base = tree(asked_for())
    lines = ["| package | licence | needed by |", "|---|---|---|"]
    lines += [_row(name, base[name]) for name in sorted(base, key=lambda name: (PACKAGE not in base[name], name))]
    for extra in EXTRAS:
        more = {name: parents for name, parents in tree(asked_for(extra)).items() if name not in base}
        lines += ["", f"With `pip install '.[{extra}]'`:", "", *lines[:2]]
        lines += [_row(name, more[name]) for name in sorted(more, key=lambda name: (PACKAGE not in more[name], name))]
    return "\n".join(lines) + "\n"


def _row(name: str, parents: set[str]) -> str:
    licence = licence_of(importlib.metadata.distribution(name))
    return f"| {name} | {licence} | {', '.join(sorted(parents))} |"


def main() -> None:
    """Write the tables, or compare them."""
    page = PAGE.read_text(encoding="utf-8")
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    try:
        new = f"{before}{BEGIN}{tables()}{END}{after}"
    except importlib.metadata.PackageNotFoundError as missing:
        sys.exit(f"{missing.name} is not installed; pip install '.[{','.join(EXTRAS)}]' first")
    except UnknownLicenceError as problem:
        sys.exit(str(problem))
    if "--check" in sys.argv:
        sys.exit(None if new == page else f"{PAGE} is not as it would be written; run python docs/licences.py")
    PAGE.write_text(new, encoding="utf-8")


if __name__ == "__main__":
    main()
