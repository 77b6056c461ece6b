"""The files beside the code are whole: changelog, citation, forms, hooks, workflows; and they agree with the code."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

import vidream

ROOT = Path(__file__).parents[1]
FORMS = sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml"))
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


def read_yaml(path: Path) -> Any:
    yaml = pytest.importorskip("yaml", reason="comes with Ray")
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def test_the_changelog_begins_with_this_version_and_goes_back_from_it():
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    versions = re.findall(r"^## (\d+\.\d+\.\d+) - (\d{4}-\d\d-\d\d|unreleased)$", text, re.MULTILINE)
    assert len(versions) == len(re.findall(r"^## ", text, re.MULTILINE))
    assert versions[0][0] == vidream.__version__
    numbers = [tuple(map(int, version.split("."))) for version, _ in versions]
    assert numbers == sorted(numbers, reverse=True)
    assert all(date != "unreleased" for _, date in versions[1:])
    kinds = set(re.findall(r"^### (.+)$", text, re.MULTILINE))
    assert kinds <= {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}


def test_the_citation_is_of_this_version():
    citation = read_yaml(ROOT / "CITATION.cff")
    assert citation["version"] == vidream.__version__
    assert citation["license"] == tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["license"]
    assert {"cff-version", "message", "title", "authors"} <= set(citation)


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_a_form_has_what_its_site_asks_for(path):
    form = read_yaml(path)
    if path.stem == "config":
        assert form == {"blank_issues_enabled": True}
        return
    assert {"name", "description", "body"} <= set(form)
    fields = [field for field in form["body"] if field["type"] != "markdown"]
    names = [field["id"] for field in fields]
    assert len(names) == len(set(names))
    for field in fields:
        assert field["type"] in ("input", "textarea", "dropdown", "checkboxes")
        assert field["attributes"]["label"]


def test_hooks_run_what_the_development_install_brings():
    hooks = read_yaml(ROOT / ".pre-commit-config.yaml")["repos"]
    assert [repo["repo"] for repo in hooks] == ["local"]
    needs = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]["dev"]
    brought = {re.split(r"[ >=]", need)[0] for need in needs} | {"lint-imports"}
    for hook in hooks[0]["hooks"]:
        assert hook["entry"].split()[0] in brought
        assert hook["language"] == "system"


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_a_workflow_is_read_and_its_jobs_end(path):
    workflow = read_yaml(path)
    assert workflow["permissions"] == {"contents": "read"}
    for name, job in workflow["jobs"].items():
        assert job["timeout-minutes"] > 0, name
        assert set(job.get("needs", [])) <= set(workflow["jobs"])
        for step in job["steps"]:
            assert ("uses" in step) != ("run" in step)
            assert "@" in step.get("uses", "@")


def test_an_image_is_built_of_what_a_build_needs_and_nothing_else():
    docker = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    stages = re.findall(r"^FROM (\S+) AS (\w+)$", docker, re.MULTILINE)
    assert [name for _, name in stages] == ["build", "base", "cuda", "ray", "cpu"]
    assert set(re.findall(r"--target (\w+)", docker)) == {"cpu", "cuda", "ray"}
    sent = re.findall(r"^!(.+)$", (ROOT / ".dockerignore").read_text(encoding="utf-8"), re.MULTILINE)
    assert {"vidream", "configs", "CMakeLists.txt", "LICENSE", "README.md", "pyproject.toml"} <= set(sent)
    assert {path.name for path in ROOT.glob("hatch_*.py")} <= set(sent)
    assert all((ROOT / name).exists() for name in sent)
    wheel = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert set(wheel["force-include"]) <= set(sent)
