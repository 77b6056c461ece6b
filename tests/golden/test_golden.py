"""What is planned and made stays the same, but on purpose: `python tests/golden write`, and a commit that says why."""

import json
import os
import sys
from pathlib import Path

import jobs
import pytest
from jobs import JOBS

GOLDEN = json.loads((Path(__file__).with_name("golden.json")).read_text())


@pytest.fixture(scope="module")
def sources(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("golden")
    jobs.make_sources(folder)
    return folder


def test_the_plans_are_the_same(sources):
    """On every machine: shots, flashes, holds, counts."""
    assert dict(jobs.plans(sources)) == GOLDEN["plans"]


@pytest.mark.slow
@pytest.mark.ci
@pytest.mark.skipif(jobs.machine() not in GOLDEN["made"], reason="nothing is known of such a machine: see tests/golden")
def test_the_frames_are_the_same(sources):
    """On a machine whose bytes are known; on others: python tests/golden against COMMIT."""
    jobs.carry_out(sources, sys.executable, os.environ)
    assert {job: jobs.digest(sources / out) for job, (out, _) in JOBS.items()} == GOLDEN["made"][jobs.machine()]
