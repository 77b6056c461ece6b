"""What pyproject.toml asks for: TensorFlow where it has wheels, lower bounds that are tested, a reason for each."""

import importlib.util
import tomllib
from pathlib import Path

import pytest
from oldest import oldest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
NEEDS = [Requirement(text) for text in PROJECT["dependencies"]]


@pytest.mark.parametrize(
    ("python", "system", "machine", "asked_for"),
    [
        ("3.11", "linux", "x86_64", True),
        ("3.13", "linux", "aarch64", True),
        ("3.13", "darwin", "arm64", True),
        ("3.12", "win32", "AMD64", True),
        ("3.14", "linux", "x86_64", False),
        ("3.12", "darwin", "x86_64", False),
        ("3.12", "win32", "ARM64", False),
        ("3.13", "linux", "riscv64", False),
    ],
)
def test_tensorflow_is_asked_for_where_it_has_wheels(python, system, machine, asked_for):
    (need,) = (need for need in NEEDS if need.name == "tensorflow")
    here = {"python_version": python, "sys_platform": system, "platform_machine": machine}
    assert need.marker.evaluate(here) == asked_for


def test_only_tensorflow_is_left_out_anywhere():
    assert [need.name for need in NEEDS if need.marker] == ["tensorflow"]


def test_the_oldest_are_those_of_all_lower_bounds():
    extras = ["cluster", "editors", "live", "studio"]
    wanted = [*NEEDS, *(Requirement(text) for extra in extras for text in PROJECT["optional-dependencies"][extra])]
    found = {need.name: need.specifier for need in map(Requirement, oldest(extras))}
    assert found.keys() == {need.name for need in wanted if ">=" in str(need.specifier)}
    for need in wanted:
        if need.name in found:
            assert str(found[need.name]).removeprefix("==") == str(need.specifier).removeprefix(">=")
    for command in ("tests/oldest.py cluster editors live studio", "vidream video samples/bunny.mp4"):
        assert command in (ROOT / ".ci" / "oldest").read_text(encoding="utf-8")


def test_each_package_says_what_it_is_for(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "docs"))
    spec = importlib.util.spec_from_file_location("packages", ROOT / "docs" / "packages.py")
    packages = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(packages)
    assert packages.WHY.keys() == {packages.canonical(need.name) for need in NEEDS}
    page = (ROOT / "docs" / "packages.md").read_text(encoding="utf-8")
    for name, why in packages.WHY.items():
        assert f"| {name} | {why} |" in page
