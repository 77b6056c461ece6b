"""Write the oldest versions that pyproject.toml allows, as constraints for pip: python tests/oldest.py [EXTRA ...]."""

import argparse
import re
import sys
import tomllib
from pathlib import Path

PROJECT = Path(__file__).parents[1] / "pyproject.toml"
BOUND = re.compile(r"(?P<name>[A-Za-z0-9._-]+)(?:\[[^\]]*\])?\s*>=\s*(?P<version>[0-9][0-9.]*)")


def oldest(extras: list[str]) -> list[str]:
    """The constraints, such as "numpy == 1.26": of what is always needed, and of the extras named.

    A requirement without a lower bound, or with one version alone, needs none.
    """
    project = tomllib.loads(PROJECT.read_text(encoding="utf-8"))["project"]
    wanted = [*project["dependencies"]]
    for extra in extras:
        wanted += project["optional-dependencies"][extra]
    found = (BOUND.match(requirement) for requirement in wanted)
    return sorted({f"{bound['name']} == {bound['version']}" for bound in found if bound})


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("extra", nargs="*", help="an extra of pyproject.toml; its bounds are written, too")
    sys.stdout.writelines(f"{line}\n" for line in oldest(parser.parse_args().extra))


if __name__ == "__main__":
    main()
