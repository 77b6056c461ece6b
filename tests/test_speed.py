"""The gradient is as fast as it was, on the kinds of machine whose figures are kept; plots and tables are of these."""

import json
import re
from importlib import import_module
from pathlib import Path

import pytest

from vidream.bench.core import core_share
from vidream.bench.machine import this_machine
from vidream.dream.choice import NATIVE, TENSORFLOW
from vidream.native.library import library

KEPT = Path(__file__).parents[1] / "docs" / "benchmarks"

LOST = 0.2
"""Of its share of the peak, what a gradient may not lose."""


def kept(engine: str) -> list[float]:
    """Shares that gradients by this engine have had on machines of this kind."""
    here = this_machine(engine)
    files = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(KEPT.glob("*/*.json"))]
    same = ("processor", "vectors", "engine")
    return [file["core"] for file in files if all(file["machine"][name] == getattr(here, name) for name in same)]


def test_the_figures_that_are_kept_are_those_of_bench():
    paths = [*KEPT.glob("*/*.json")]
    assert len(paths) > 2
    for path in paths:
        figures = json.loads(path.read_text(encoding="utf-8"))
        assert 0 < figures["core"] < 1, path
        assert figures["machine"]["processor"], path
        assert re.fullmatch(r"\d+\.\d+\.\d+", path.parent.name), "a release"


def test_plots_and_tables_are_of_the_figures_that_are_kept(monkeypatch):
    monkeypatch.syspath_prepend(str(KEPT))
    made = import_module("over_releases").made()
    assert len(made) > 2
    for path, text in made.items():
        assert path.read_text(encoding="utf-8") == text, f"{path}: python docs/benchmarks/over_releases.py"


@pytest.mark.slow
@pytest.mark.parametrize("engine", [NATIVE, TENSORFLOW])
def test_the_gradient_keeps_its_share_of_the_peak(engine):
    """By CPU time, on one thread; the best of three, as other work takes caches away."""
    if engine == NATIVE and library() is None:
        pytest.skip("there is no native part")
    shares = kept(engine)
    if not shares:
        pytest.skip(f"docs/benchmarks has no figures of {this_machine(engine)}")
    share = max(core_share(engine) for _ in range(3))
    assert share > (1 - LOST) * max(shares)
